# `./dev release STEP...`: what .github/workflows/release.yaml runs, each step without a network once the packages are there.
# `--dry-run` makes everything, and publishes nothing. scripts/release.py says what is in build/release-artifacts.

release_out=build/release-artifacts

release() {
  (($#)) || die "release takes --dry-run, or steps: binary, arm64, chart, image-sbom, finish"
  local step
  # What runs for a tag would else publish one version under the name of another.
  [[ ${GITHUB_REF_TYPE:-} != tag || $GITHUB_REF_NAME == "v$(version)" ]] || die "the tag is $GITHUB_REF_NAME, the version v$(version)"
  [[ $1 != --dry-run ]] || { rm -rf "$release_out"; set -- binary chart finish; }
  mkdir -p "$release_out"
  for step in "$@"; do
    case $step in
      binary) release_binary portable "$(dpkg --print-architecture)" strip ;;
      arm64) release_binary portable-arm64 arm64 aarch64-linux-gnu-strip ;;
      chart) release_chart ;;
      image-sbom) release_image_sbom ;;
      finish) release_finish ;;
      *) die "release knows no step $step" ;;
    esac
  done
  (cd "$release_out" && ls -l) >&2
}

release_binary() {
  local preset=$1 arch=$2 stripped=build/$1/stripped/secret-hygiene unpacked=()
  if [[ $preset == portable-arm64 ]]; then
    deps build arm64
    unpacked=(build/archives/arm64/status.d)
  else
    deps build portable
  fi
  compile "$preset" secret-hygiene
  mkdir -p "${stripped%/*}"
  "$3" -o "$stripped" "build/$preset/secret-hygiene"
  # ldd runs the loader, which a program for another processor has none of here.
  [[ $preset == portable-arm64 ]] || "$python" -B scripts/release.py check "$stripped" >&2
  "$python" -B scripts/release.py archive "$stripped" "$arch" "${unpacked[@]}" "$release_out"
  valid_sbom "$release_out"/secret-hygiene_*_linux_"$arch".spdx.json
}

# The chart that is published names the image that is: IMAGE with its registry, and IMAGE_DIGEST.
release_chart() {
  local chart=manifests/chart
  deps cluster
  "$python" demos/cluster_verbs.py build
  if [[ -n ${IMAGE:-} ]]; then
    chart=build/release-chart
    rm -rf "$chart"
    cp -R manifests/chart "$chart"
    "$python" -B scripts/release.py values "$IMAGE" "$IMAGE_DIGEST" "$chart/values.yaml"
  fi
  build/cluster-bin/helm4 package "$chart" --destination "$release_out" >&2
}

# The image's own description of its packages, from `./dev image` or from any other root file system of it.
release_image_sbom() {
  local root=${IMAGE_ROOT:-build/image-root}
  [[ -d $root/var/lib/dpkg/status.d ]] || die "no image in $root: set IMAGE_ROOT to its files"
  "$python" -B scripts/release.py image-sbom "$root/var/lib/dpkg/status.d" "$release_out"
  valid_sbom "$release_out/image.spdx.json"
}

# By the tools of SPDX's own project.
valid_sbom() {
  scanners_of_python
  build/scanners/venv/bin/pyspdxtools --infile "$1" >&2
}

release_finish() {
  local url=()
  [[ -z ${GITHUB_REPOSITORY:-} ]] || url=(--url "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY")
  "$python" -B scripts/release.py finish "$release_out" "${url[@]}"
}
