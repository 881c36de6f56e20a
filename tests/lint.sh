# lint.sh -- checks what the compiler does not: layers, first lines, formatting, headers
#
# Called by make lint. Prints file:line: what is wrong; exit status 1 when anything is.
set -u
CC=${CC:-gcc}
bad=$(mktemp)
trap 'rm -f "$bad"' EXIT
sources=$(find include src repl viz tests samples -name '*.[ch]' | LC_ALL=C sort)

# --- who may include whom ---
# shellcheck disable=SC2086 # a list of files
awk '
BEGIN {
    n = split("assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp " \
              "signal stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn " \
              "string tgmath threads time uchar wchar wctype", word, " ")
    for (i = 1; i <= n; i++) libc[word[i] ".h"] = 1
    n = split("base tensor ops graph optim nn data", word, " ")
    for (i = 1; i <= n; i++) level[word[i]] = i
}
function wrong(why) { printf "%s:%d: %s may not include %s\n", FILENAME, FNR, why, name }
function top(path) { return substr(path, 1, index(path, "/") - 1) }
/^[ \t]*#[ \t]*include/ {
    name = $0
    sub(/^[^<"]*/, "", name)
    sub(/[ \t]*(\/[*\/].*)?$/, "", name)
    path = substr(name, 2, length(name) - 2)
    system_header = name ~ /^</
    public = path ~ /^nabla\//
    window = path ~ /^(SDL|cairo|pango|graphviz|gvc|cgraph|X11)/
    terminal = path ~ /^(readline|termios|curses)/

    if (terminal && path ~ /^readline/ && FILENAME != "repl/edit.c" && FILENAME !~ /^tests/)
        wrong("only repl/edit.c knows Readline: this file")
    if (FILENAME ~ /^include\/nabla\//) {
        if (!public && !(path in libc)) wrong("a public header")
        if (public && !system_header) print FILENAME ":" FNR ": write <" path ">"
    } else if (FILENAME ~ /^src\//) {
        split(FILENAME, part, "/")
        if (system_header && (window || terminal)) wrong("the engine")
        if (!system_header && !(top(path) in level)) wrong("the engine")
        else if (!system_header && level[top(path)] > level[part[2]])
            wrong("layer " part[2])
    } else if (FILENAME ~ /^viz\//) {
        if (terminal || (!system_header && path !~ /^viz\// && path ~ /\//)) wrong("viz")
    } else if (FILENAME ~ /^repl\/lang\//) {
        if (window || terminal || (!system_header && path !~ /^(lang|base)\//)) wrong("the language")
    } else if (FILENAME ~ /^repl\//) {
        if (window) wrong("the prompt")
        if (!system_header && (top(path) in level)) wrong("the prompt")
        if (path ~ /^viz\// && path != "viz/viz.h") wrong("the prompt")
        if (path ~ /^viz\// && FILENAME ~ /^repl\/cmd\//) {
            if (viz && viz != FILENAME)
                print FILENAME ":" FNR ": viz.h belongs in one file of repl/cmd, and " viz " has it"
            viz = FILENAME
        }
        if (path == "cmd/view_internal.h" && FILENAME !~ /^repl\/cmd\/view/) wrong("a command")
    } else if (FILENAME ~ /^samples\//) {
        if (!public && !(path in libc)) wrong("a sample")
    }
}' $sources >>"$bad"

# --- line 1 says the purpose; length ---
for f in $sources; do
    head -n 1 "$f" | grep -q "^/\* ${f##*/} -- [^ ].* \*/\$" ||
        echo "$f:1: line 1 must be /* ${f##*/} -- purpose */" >>"$bad"
    n=$(wc -l <"$f")
    [ "$n" -le 800 ] || echo "$f:800: $n lines: split files above 800" >>"$bad"
done
for f in $(find samples tests/lang -name '*.nabla' | LC_ALL=C sort); do
    head -n 1 "$f" | grep -q "^# ${f##*/} -- [^ ]" ||
        echo "$f:1: line 1 must be # ${f##*/} -- purpose" >>"$bad"
done

# --- text ---
later='TO''DO|FIX''ME|XX''X'
# shellcheck disable=SC2086
grep -nE "\\b($later)\\b" Makefile README.md .ci/* $sources 2>/dev/null |
    sed 's/:\([0-9]*\):.*/:\1: unfinished work/' >>"$bad"
# shellcheck disable=SC2086
grep -nE '[ 	]+$' $sources | sed 's/:\([0-9]*\):.*/:\1: blanks at the end/' >>"$bad"

# --- every header compiles alone ---
for f in $(find include src repl -name '*.h' | LC_ALL=C sort) viz/viz.h; do
    printf '#include "%s"\ntypedef int lint_unit;\n' "$f" | $CC -std=c17 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic \
        -Werror -fsyntax-only -Iinclude -Isrc -Irepl -I. -x c - >"$bad.cc" 2>&1 ||
        { sed 's/^/  /' "$bad.cc"; echo "$f:1: does not compile alone" >>"$bad"; }
done
rm -f "$bad.cc"

# --- formatting ---
if command -v clang-format >/dev/null 2>&1; then
    for f in $sources; do
        clang-format "$f" | cmp -s - "$f" || echo "$f:1: run make format" >>"$bad"
    done
else
    echo "clang-format is not installed: formatting not checked"
fi

if [ -s "$bad" ]; then
    cat "$bad"
    echo "lint: $(wc -l <"$bad") finding(s)"
    exit 1
fi
echo "lint: clean"
