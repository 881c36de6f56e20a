# run.sh -- runs test programs, shows what failed, adds up the counts
#
# run.sh BUILD 'unit…' 'window…' 'language runner' 'outside…': called by make test. A program that
# dies or hangs counts as one failed test. V=1 shows everything.
set -u
B=$1
units=$2 windows=$3 runner=$4 outside=$5
root=$PWD

mkdir -p "$B/tmp"
tmp=$root/$B/tmp
export NB_PROGRAM="$root/$B/nabla" NB_BUILD="$root/$B" NB_TMP="$tmp" NB_ROOT="$root"
export HOME="$tmp" XDG_STATE_HOME="$tmp/state" XDG_CONFIG_HOME="$tmp/config"
export NABLA_HISTORY="$tmp/history" LC_ALL=C.UTF-8 TERM=xterm
unset NO_COLOR DISPLAY WAYLAND_DISPLAY COLUMNS LINES NB_TEST_FILTER
export NABLA_WORKER="$NB_PROGRAM"
export ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=0:allocator_may_return_null=1"
export LSAN_OPTIONS="suppressions=$root/tests/lsan.supp:print_suppressions=0"
export UBSAN_OPTIONS="print_stacktrace=1"
[ -n "${K-}" ] || unset K

passed=0
failed=0
log=$tmp/log

# run NAME COMMAND…: runs it, adds its counts.
run() {
    name=$1
    shift
    timeout -k 5 900 "$@" >"$log" 2>&1 </dev/null
    code=$?
    p=$(sed -n 's/^\[  PASSED  \] \([0-9][0-9]*\) test.*/\1/p' "$log" | awk '{ n += $1 } END { print n + 0 }')
    f=$(sed -n 's/^\[  FAILED  \] \([0-9][0-9]*\) test.*/\1/p' "$log" | awk '{ n += $1 } END { print n + 0 }')
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
    [ "$f" = 0 ] || echo "[  FAILED  ] $f test(s)."
}

valgrind=
if [ "${VALGRIND-0}" = 1 ]; then
    valgrind="valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite
        --suppressions=$root/tests/valgrind.supp"
fi

for t in $units; do
    # shellcheck disable=SC2086 # words
    run "${t#"$B"/tests/}" $valgrind "$t"
done
for t in $windows; do
    run "${t#"$B"/tests/}" xvfb-run -a -s "-screen 0 1280x1024x24" "$t"
done
for t in $runner; do
    run "lang" "$t" tests/lang/*.nabla
done
for t in $outside; do
    run "${t#"$B"/tests/}" "$t"
done

echo "$passed $failed" >"$B/counts"
if [ -n "${NB_PART-}" ]; then
    echo "$NB_PART: $passed of $((passed + failed)) tests passed"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" = 0 ] && [ "$passed" != 0 ]
