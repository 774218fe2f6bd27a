# Debian 12 packages by what needs them. `deps GROUP...` installs what is missing and is done in a moment if nothing is.

packages_build=(
  g++ cmake ninja-build ccache mold pkg-config git ca-certificates
  libboost1.81-dev libboost-json1.81-dev libssl-dev rapidjson-dev libyaml-cpp-dev prometheus-cpp-dev
  libspdlog-dev libfmt-dev libcli11-dev catch2
  openssl curl python3
)
packages_test=(clang-format-16 python3-yaml)
packages_bench=(wrk)
packages_fuzz=(clang-16 libclang-rt-16-dev)
packages_lint=(clang-format-16 clang-tidy-16)
packages_image=(buildah debootstrap)

deps() {
  local group wanted=() missing=()
  for group in "$@"; do
    [[ $group =~ ^(build|test|bench|fuzz|lint|image)$ ]] || die "no such group of packages: $group"
    local -n list=packages_$group
    wanted+=("${list[@]}")
  done
  if ! command -v dpkg-query >/dev/null; then
    say "not a Debian: install the equivalents of these yourself: ${wanted[*]}"
    return
  fi
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
}

# One query for all: dpkg-query fails for names it has never heard of, and still lists the others.
missing_packages() {
  local installed
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
    sed -n 's/^installed //p' || true)
  printf '%s\n' "$@" | sort -u | grep -vxF -e "$installed" || true
}

install_packages() {
  local as_root=() log=build/deps.log
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "not root and no sudo: as root, run apt-get install $*"
    as_root=(sudo)
  fi
  say "installing with apt-get: $*"
  say "this takes a minute or two; its output goes to $log"
  mkdir -p build
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o Dpkg::Use-Pty=0)
  if ! { "${apt[@]}" update && "${apt[@]}" install --no-install-recommends "$@"; } </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "apt-get failed; the whole of its output is in $log"
  fi
}
