# run.sh -- runs test programs, shows what failed, adds up the counts
#
# run.sh BUILD 'unit…' 'window…' 'language runner' 'outside…' 'fuzzers…': called by make test. A program
# that dies or hangs counts as one failed test. V=1 shows everything. With VALGRIND=1 the programs and
# the nabla they start run under valgrind, which writes into files: what it reports fails the test
# that was running.
set -u
B=$1
units=${2-} windows=${3-} runner=${4-} outside=${5-} fuzzers=${6-}
root=$PWD

mkdir -p "$B/tmp"
tmp=$root/$B/tmp
program=$root/$B/nabla
export NB_PROGRAM="$program" NB_BUILD="$root/$B" NB_TMP="$tmp" NB_ROOT="$root"
rm -rf "$tmp/state" # what an earlier run remembered: ticks of lessons, places of windows
export HOME="$tmp" XDG_STATE_HOME="$tmp/state" XDG_CONFIG_HOME="$tmp/config"
export NABLA_HISTORY="$tmp/history" LC_ALL=C.UTF-8 TERM=xterm
unset NO_COLOR DISPLAY WAYLAND_DISPLAY COLUMNS LINES NB_TEST_FILTER
export NABLA_WORKER="$program" NABLA_LESSONS="$root/samples/lessons"
export ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=0:allocator_may_return_null=1"
export LSAN_OPTIONS="suppressions=$root/tests/lsan.supp:print_suppressions=0"
export UBSAN_OPTIONS="print_stacktrace=1"
[ -n "${K-}" ] || unset K

# Words to put before a program.
check=
limit=${NB_LIMIT-900}
reports=$tmp/reports
rm -rf "$reports"
if [ "${VALGRIND-0}" = 1 ]; then
    mkdir "$reports"
    check="valgrind -q --vgdb=no --error-exitcode=99 --leak-check=full --num-callers=24
        --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect
        --gen-suppressions=all
        --suppressions=$root/tests/valgrind.supp --log-file=$reports/%p"
    limit=21600 # the language alone takes hours
    # shellcheck disable=SC2086 # on one line
    printf '#!/bin/sh\nexec %s %s "$@"\n' "$(echo $check)" "$program" >"$tmp/nabla"
    chmod +x "$tmp/nabla"
    export NB_PROGRAM="$tmp/nabla" NB_WORKER="$program" NB_PATIENCE=20
fi

passed=0
failed=0
log=$tmp/log

# run NAME COMMAND…: runs it, adds its counts.
run() {
    name=$1
    shift
    timeout -k 5 $limit "$@" >"$log" 2>&1 </dev/null
    code=$?
    p=$(sed -n 's/^\[  PASSED  \] \([0-9][0-9]*\) test.*/\1/p' "$log" | awk '{ n += $1 } END { print n + 0 }')
    f=$(sed -n 's/^\[  FAILED  \] \([0-9][0-9]*\) test.*/\1/p' "$log" | awk '{ n += $1 } END { print n + 0 }')
    for r in "$reports"/*; do
        [ -e "$r" ] && grep -q '^==' "$r" || continue # the rest is no finding: system calls it does not know
        [ "$f" != 0 ] || p=$((p > 0 ? p - 1 : 0)) f=1
        cat "$r" >>"$log"
    done
    rm -f "$reports"/*
    if [ $code != 0 ] && [ "$f" = 0 ]; then
        f=1
        echo "$name: ended with status $code" >>"$log"
    fi
    passed=$((passed + p))
    failed=$((failed + f))
    if [ "${V-0}" = 1 ] || [ "$f" != 0 ]; then
        cat "$log"
    fi
    [ "$p" = 0 ] && [ "$f" = 0 ] && [ -n "${K-}" ] && return
    echo "[==========] $name: $((p + f)) test(s) run."
    echo "[  PASSED  ] $p test(s)."
    grep '^\[  SKIPPED \] [0-9]' "$log"
    [ "$f" = 0 ] || echo "[  FAILED  ] $f test(s)."
}

# Other builds than the usual one run each section of the language one way only.
[ "$B" = build ] || [ -n "${K-}" ] || export NB_ONCE=1

# shellcheck disable=SC2086 # words
for t in $units; do
    run "${t#"$B"/tests/}" $check "$t"
done
# shellcheck disable=SC2086 # those that open windows start a display for each test
for t in $windows; do
    run "${t#"$B"/tests/}" $check "$t"
done
export NB_JOBS="${NB_JOBS-$(nproc 2>/dev/null || echo 2)}" # sections of the language side by side
for t in $runner; do
    run "lang" "$t" tests/lang/*.nabla
done
for t in $outside; do
    run "${t#"$B"/tests/}" "$t"
done
# Corpora of fuzzers: each input once.
case ${K-} in '' | *fuzz*)
    # shellcheck disable=SC2086
    for t in $fuzzers; do
        run "${t#"$B"/tests/}" $check "$t" "tests/fuzz/corpus/${t##*/fuzz_}"
    done ;;
esac

echo "$passed $failed" >"$B/counts"
if [ -n "${NB_PART-}" ]; then
    echo "$NB_PART: $passed of $((passed + failed)) tests passed"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" = 0 ] && [ "$passed" != 0 ]
