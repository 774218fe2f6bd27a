# What the portable presets link and no package of Debian holds, in build/archives/native and build/archives/arm64.

# The libraries of which Debian packs no archive, as SOURCE=PACKAGE: they are built of Debian's source, with its patches, in the version
# whose headers are installed.
sources_archives=(prometheus-cpp=prometheus-cpp-dev fmtlib=libfmt-dev spdlog=libspdlog-dev)
# The rest for another architecture: their packages are unpacked beside the machine's own, and not installed.
packages_archives=(libboost1.81-dev libboost-json1.81-dev libboost-container1.81-dev libboost-system1.81-dev libssl-dev rapidjson-dev
  libyaml-cpp-dev libyaml-cpp0.7 libcli11-dev catch2)

archives() {
  local kind=$1 into=build/archives/$1 log=build/deps-archives-$1.log entry wanted made
  wanted=$(for entry in "${sources_archives[@]}"; do dpkg-query -W -f "${entry%=*}=\${source:Version}\n" "${entry#*=}"; done)
  made=$wanted
  [[ $kind == native ]] || made+=" ${packages_archives[*]}"
  [[ "$(cat "$into/made" 2>/dev/null)" != "$made" ]] || return 0
  say "building ${sources_archives[*]%=*} for $kind into $into; the output goes to $log"
  rm -rf "$into"
  mkdir -p "$into"
  if ! make_archives "$kind" "$(readlink -f "$into")" "$wanted" </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "could not make $into; the whole output is in $log"
  fi
  rm -rf "$into/apt"
  echo "$made" >"$into/made"
}

# make_archives KIND DIR WANTED: WANTED has a line SOURCE=VERSION for each.
make_archives() {
  local kind=$1 into=$2 wanted=$3 toolchain=() source package
  local apt=(apt-get -q -o "Dir::Etc::SourceList=$into/apt/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State=$into/apt"
    -o "Dir::State::status=$into/apt/status" -o "Dir::Cache=$into/apt/cache" -o APT::Sandbox::User=root)
  if [[ $kind == arm64 ]]; then
    apt+=(-o APT::Architecture=arm64 -o APT::Architectures=arm64)
    toolchain=(-DCMAKE_TOOLCHAIN_FILE="$here/cmake/arm64.cmake")
  fi
  mkdir -p "$into/apt/lists/partial" "$into/apt/cache"
  touch "$into/apt/status"
  # From where this machine has its packages, in lists of their own.
  # shellcheck disable=SC2016  # these are apt's names
  apt-get indextargets --format 'deb $(SITE) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
    sort -u | sed 'p; s/^deb /deb-src /' >"$into/apt/sources.list"
  "${apt[@]}" update || return
  if [[ $kind != native ]]; then
    (cd "$into/apt" && "${apt[@]}" download "${packages_archives[@]}") || return
    # What an SBOM says of them, as an image describes its own.
    mkdir -p "$into/status.d"
    for package in "$into"/apt/*.deb; do
      dpkg-deb -x "$package" "$into" && dpkg-deb -f "$package" >"$into/status.d/$(dpkg-deb -f "$package" Package)" || return
    done
  fi
  for source in $wanted; do
    (cd "$into/apt" && "${apt[@]}" source --download-only "$source" && dpkg-source -x "${source%=*}"_*.dsc "${source%=*}") || return
    cmake -G Ninja -S "$into/apt/${source%=*}" -B "$into/apt/build/${source%=*}" "${toolchain[@]}" \
      -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$into/usr" -DCMAKE_PREFIX_PATH="$into/usr" \
      -DBUILD_SHARED_LIBS=OFF -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
      -DENABLE_PULL=OFF -DENABLE_PUSH=OFF -DENABLE_COMPRESSION=OFF -DENABLE_TESTING=OFF \
      -DFMT_TEST=OFF -DFMT_DOC=OFF \
      -DSPDLOG_FMT_EXTERNAL=ON -DSPDLOG_BUILD_EXAMPLE=OFF -DSPDLOG_BUILD_TESTS=OFF || return
    nice cmake --build "$into/apt/build/${source%=*}" --parallel "${CMAKE_BUILD_PARALLEL_LEVEL:-$(jobs)}" --target install || return
  done
}
