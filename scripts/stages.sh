# Building a preset, and what `./dev test`, `fuzz` and `lint` do with it.

# As many compilers as there are processors, but one for each 1.5 GiB of memory: Beast is hungry.
jobs() {
  local cpus memory_kib
  cpus=$(nproc)
  memory_kib=$(awk '/^MemAvailable/ {print $2}' /proc/meminfo)
  local by_memory=$((memory_kib / 1572864))
  ((by_memory > 0)) || by_memory=1
  echo $((cpus < by_memory ? cpus : by_memory))
}

# compile PRESET TARGET...
compile() {
  local preset=$1 dir=build/$1
  shift
  if [[ ! -f $dir/build.ninja || CMakePresets.json -nt $dir/build.ninja ]]; then
    say "configuring $dir"
    mkdir -p build
    cmake --preset "$preset" >"build/configure-$preset.log" 2>&1 || {
      cat "build/configure-$preset.log" >&2
      return 1
    }
    touch "$dir/build.ninja"
  fi
  say "building $dir: $*"
  # On stderr: what a verb itself has to say is alone on stdout. Behind tests that run meanwhile.
  nice cmake --build "$dir" --parallel "$(jobs)" --target "$@" >&2
}

# ThreadSanitizer of g++ 12 cannot place its shadow memory where the kernel randomises addresses widely.
without_address_randomisation() {
  if setarch -R true 2>/dev/null; then setarch -R "$@"; else "$@"; fi
}

stage_release() {
  compile release all &&
    ctest --preset release --parallel "$(nproc)" --no-tests=error --label-exclude '^cluster$'
}

# With kubectl, Helm and a real API server. These tests wait more than they work: two at a time, and behind them the next
# stages compile. What they show does not depend on the compiler's flags, so one stage has them.
stage_cluster() {
  (deps cluster prometheus && go_program "${actionlint[@]}") && "$python" demos/cluster_verbs.py build || return
  ctest --preset release --parallel 2 --no-tests=error --label-regex '^cluster$'
}

# The text of the sources, and of a page, is the same under every compiler flag: once is enough.
stage_asan-ubsan() {
  compile asan-ubsan all &&
    ctest --preset asan-ubsan --parallel "$(nproc)" --no-tests=error --label-exclude '^(once|cluster)$'
}

# What has threads.
stage_tsan() {
  compile tsan threaded_tests &&
    without_address_randomisation ctest --preset tsan --parallel "$(nproc)" --no-tests=error --label-regex '^threads$'
}

# Every stage runs, also after one that failed. A stage that fails with no test to blame, as when it does not
# compile, counts as one failure.
run_stages() {
  local stage status behind= passed=0 failures=0 failed_tests=
  mkdir -p build
  for stage in "$@"; do
    say "stage $stage"
    status=0
    "stage_$stage" 2>&1 | tee "build/test-$stage.log" || status=$?
    count_stage "$stage" $status
    [[ $stage == release ]] || continue
    stage_cluster >build/test-cluster.log 2>&1 &
    behind=$!
    # shellcheck disable=SC2064  # the process of now
    trap "kill $behind 2>/dev/null || true" EXIT
  done
  if [[ -n $behind ]]; then
    say "stage cluster"
    status=0
    wait "$behind" || status=$?
    trap - EXIT
    cat build/test-cluster.log
    count_stage cluster $status
  fi
  [[ -z $failed_tests ]] || printf 'Failed:\n%s' "$failed_tests"
  echo "$passed passed, $failures failed"
  ((failures == 0))
}

# The name of each test that failed, and the end of what it printed. ctest prints a test's output behind its result.
last_words() {
  awk '
    function told() { for (i = lines > 25 ? lines - 24 : 1; i <= lines; ++i) print "    " said[i]; lines = failed = 0 }
    /^ *[0-9]+\/[0-9]+ Test +#|^ +Start +[0-9]+:|^[0-9]+% tests passed/ { if (failed) told() }
    /^ *[0-9]+\/[0-9]+ Test +#.*\*\*\*/ { sub(/^[^#]*#[0-9]+: /, "Test "); print; failed = 1; next }
    failed && NF { said[++lines] = $0 }' "$1"
}

# Adds what a stage's log says to `passed`, `failures` and `failed_tests` of the caller.
count_stage() {
  local stage=$1 status=$2 log=build/test-$1.log summary total=0 failed=0
  summary=$(grep -E '^[0-9]+% tests passed' "$log" || true)
  if [[ $summary =~ ([0-9]+)\ tests?\ failed\ out\ of\ ([0-9]+) ]]; then
    failed=${BASH_REMATCH[1]} total=${BASH_REMATCH[2]}
  fi
  if ((status != 0 && failed == 0)); then
    say "stage $stage failed; its output is in $log"
    failed=1 total=$((total + 1))
  fi
  passed=$((passed + total - failed))
  failures=$((failures + failed))
  failed_tests+=$(last_words "$log" | sed "s/^Test /  $stage: /")
  [[ -z $failed_tests || $failed_tests == *$'\n' ]] || failed_tests+=$'\n'
}

run_fuzzers() {
  local seconds=$1 target name work failed=0 found=0
  for target in build/fuzz/tests/fuzz/fuzz_*; do
    [[ -f $target && -x $target ]] || continue
    found=1
    name=${target##*/fuzz_}
    work=build/fuzz/work/$name
    mkdir -p "$work/found" "$work/crashes"
    say "fuzzing $name for $seconds s"
    if "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$work/crashes/" \
      "$work/found" "tests/fuzz/corpus/$name" >"$work/log" 2>&1; then
      grep -E '^(#[0-9]+[[:space:]]+DONE|Done )' "$work/log" || true
    else
      failed=1
      tail -n 40 "$work/log"
      say "$name failed: input in $work/crashes, log in $work/log"
    fi
  done
  ((found)) || die "no fuzz target in build/fuzz/tests/fuzz"
  return $failed
}

check_format() {
  say "clang-format"
  find webhook tests -name '*.[ch]pp' -print0 | xargs -0 clang-format-16 --dry-run --Werror
}

check_tidy() {
  compile release all
  say "clang-tidy"
  "$python" -B tests/structure/tidy.py --all build/release
}
