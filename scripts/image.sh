# `./dev image`: the container image, by docker with buildx where its engine runs, else by buildah, which needs none.

image_bytes_max=60000000

build_image() {
  local tag=secret-hygiene:dev platform='' push=0
  while (($#)); do
    case $1 in
      --tag) tag=${2:?--tag takes a name}; shift 2 ;;
      --platform) platform=${2:?--platform takes a list such as linux/amd64,linux/arm64}; shift 2 ;;
      --push) push=1; shift ;;
      *) die "image takes --tag NAME, --platform LIST and --push, not $1" ;;
    esac
  done
  mkdir -p build
  local arguments=(--tag "$tag"
    --build-arg "VERSION=$(version)"
    --build-arg "REVISION=$(git rev-parse --quiet --verify HEAD 2>/dev/null || echo unknown)")
  if docker buildx version >/dev/null 2>&1 && docker info >/dev/null 2>&1; then
    build_with_docker
  else
    if [[ -n $platform ]] || ((push)); then die "--platform and --push need docker with buildx and a running engine"; fi
    build_with_buildah
  fi
}

# docker cannot load images for several platforms: without --push they are left as one OCI archive, and not tried.
build_with_docker() {
  [[ -z ${BASE_IMAGE:-} ]] || arguments+=(--build-arg "BASE_IMAGE=$BASE_IMAGE")
  [[ -z $platform ]] || arguments+=(--platform "$platform")
  say "building $tag with docker"
  if ((push)); then
    docker buildx build "${arguments[@]}" --push . >&2
  elif [[ $platform == *,* ]]; then
    docker buildx build "${arguments[@]}" --output type=oci,dest=build/image.oci.tar . >&2
    say "left in build/image.oci.tar"
  else
    docker buildx build "${arguments[@]}" --load . >&2
    local container
    container=$(docker create "$tag")
    docker export "$container" >build/image-root.tar
    docker rm "$container" >/dev/null
    try_image docker run --rm --read-only --cap-drop ALL "$tag"
  fi
}

build_with_buildah() {
  ((EUID == 0)) || die "no engine runs here, and without one this needs root: sudo ./dev image"
  deps image
  local base=${BASE_IMAGE:-}
  [[ -n $base ]] || base=$(base_image)
  say "building $tag with buildah on $base; its output goes to build/image.log"
  logged buildah bud --isolation chroot --layers "${arguments[@]}" --build-arg "BASE_IMAGE=$base" .
  local container
  container=$(buildah from --pull-never "$tag")
  tar -C "$(buildah mount "$container")" -cf build/image-root.tar .
  try_image buildah run --isolation chroot "$container" -- /usr/bin/secret-hygiene
  buildah rm "$container" >/dev/null
}

logged() {
  "$@" >build/image.log 2>&1 && return
  tail -n 40 build/image.log >&2
  die "$1 failed; the whole of its output is in build/image.log"
}

# The Dockerfile's own base where it can be had, else one of the same content, made once from Debian's packages.
base_image() {
  local default made=localhost/secret-hygiene-base:bookworm container
  default=$(sed -n 's/^ARG BASE_IMAGE=//p' Dockerfile)
  if timeout 120 buildah pull --quiet "$default" >/dev/null 2>&1; then
    echo "$default"
  elif buildah inspect --type image "$made" >/dev/null 2>&1; then
    echo "$made"
  else
    say "no registry gives $default: making it with debootstrap"
    rm -rf build/image-base
    logged debootstrap --variant=minbase bookworm build/image-base
    # Where this machine gets Debian's packages and its security updates, if it is a bookworm itself.
    if grep -qs bookworm-security /etc/apt/sources.list.d/debian.sources; then
      rm -f build/image-base/etc/apt/sources.list
      cp /etc/apt/sources.list.d/debian.sources build/image-base/etc/apt/sources.list.d/
    fi
    container=$(buildah from scratch)
    logged buildah add "$container" build/image-base /
    logged buildah commit --rm "$container" "$made"
    rm -rf build/image-base
    echo "$made"
  fi
}

# try_image RUN...: RUN is a command that runs the image's program; build/image-root.tar holds the image's files.
try_image() {
  local bytes files
  "$@" --version
  "$@" lint /usr/share/secret-hygiene/policies/default
  "$@" lint /usr/share/secret-hygiene/policies/strict
  files=$(tar -tf build/image-root.tar)
  if grep -E '/(ba|da)?sh$' <<<"$files"; then die "the image has a shell"; fi
  bytes=$(stat -c %s build/image-root.tar)
  rm -f build/image-root.tar
  ((bytes < image_bytes_max)) || die "the image has $bytes bytes, at most $image_bytes_max are meant"
  say "$tag: $((bytes / 1000000)) MB, $(grep -vc '/$' <<<"$files") files; the program in it runs"
}
