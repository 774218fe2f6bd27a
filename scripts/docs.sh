# What is about the documentation. The programs are of PyPI, pinned in docs/requirements.txt, in build/docs-venv.

docs_programs() {
  local venv=build/docs-venv log=build/deps-docs.log
  ! cmp -s docs/requirements.txt "$venv/requirements.txt" || return 0
  deps cluster # python3-venv
  say "installing the documentation's programs into $venv with pip; its output goes to $log"
  mkdir -p build
  if ! { "$python" -m venv "$venv" && "$venv/bin/pip" install --disable-pip-version-check -r docs/requirements.txt; } \
    </dev/null >"$log" 2>&1; then
    rm -rf "$venv"
    tail -n 20 "$log" >&2
    die "could not install them; the whole output is in $log"
  fi
  cp docs/requirements.txt "$venv/requirements.txt"
}

build_docs() {
  docs_programs
  NO_MKDOCS_2_WARNING=1 build/docs-venv/bin/mkdocs build --strict --quiet
}

check_prose() {
  docs_programs
  say "prose"
  build/docs-venv/bin/python -B scripts/prose.py README.md docs/*.md
}
