# lint.sh -- checks what the compiler does not: layers, first lines, formatting, headers
#
# Called by make lint, with the object files in LINT_OBJECTS. Prints file:line: what is wrong; exit
# status 1 when anything is. `lint.sh layers` looks at the layers alone, and strikes out of
# tests/layers.known what is mended.
set -u
CC=${CC:-gcc}
bad=$(mktemp)
trap 'rm -f "$bad"' EXIT
sources=$(find include src repl viz web tests samples doc -name '*.[ch]' | LC_ALL=C sort)
scripts=$(find web tests/web -name '*.js' -o -name '*.mjs' -o -name '*.css' | LC_ALL=C sort)

# --- who may include whom: the layers, then what they do not say ---
layers() {
    if [ -n "${LINT_OBJECTS-}" ]; then
        # shellcheck disable=SC2086 # lists of files
        ${NM:-nm} -A $LINT_OBJECTS
    fi | awk -v strict="${LINT_STRICT-}" -v update="$1" -f tests/layers.awk tests/layers.txt \
        tests/layers.known $(find include src repl viz web -name '*.[ch]' | LC_ALL=C sort) -
}
if [ "${1-}" = layers ]; then
    # What is mended is struck out; with "all" what is there now is known.
    layers "${2:-mended}" | LC_ALL=C sort >"$bad" && cat "$bad" >tests/layers.known
    layers ""
    exit
fi
layers "" | tee -a "$bad" | grep '^layers: [0-9]'
sed -i '/^layers: [0-9]/d' "$bad"

# shellcheck disable=SC2086 # a list of files
awk '
BEGIN {
    n = split("assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp " \
              "signal stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn " \
              "string tgmath threads time uchar wchar wctype", word, " ")
    for (i = 1; i <= n; i++) libc[word[i] ".h"] = 1
    n = split("tensor ops graph optim nn data", word, " ")
    for (i = 1; i <= n; i++) engine[word[i]] = 1
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
    lang = FILENAME ~ /^repl\/lang\//

    if (path ~ /^(cairo|pango)/ && FILENAME !~ /draw_cairo\.c$/)
        wrong("only draw_cairo.c knows cairo: this file")
    if (path ~ /^(repl\/)?session\/core\.h$/ && FILENAME !~ /^(repl\/session|tests)\//)
        wrong("core.h is the session\047s own: this file")
    if (path ~ /^readline/ && FILENAME !~ /^repl\/(.*\/)?edit\.c$|^tests/)
        wrong("only edit.c knows Readline: this file")
    if (FILENAME ~ /^include\/nabla\//) {
        if (!public && !(path in libc)) wrong("a public header")
        if (public && !system_header) print FILENAME ":" FNR ": write <" path ">"
    } else if (FILENAME ~ /^src\//) {
        if (system_header && (window || terminal)) wrong("the engine")
    } else if (FILENAME ~ /^(viz|repl)\//) {
        if (!system_header && top(path) in engine) wrong("what is not the engine")
        if (FILENAME ~ /^viz/ && terminal) wrong("viz")
        if (FILENAME ~ /^repl/ && window) wrong("the prompt")
        if (lang && terminal) wrong("the language")
        if (FILENAME ~ /^repl/ && path ~ /^viz\// && path != "viz/viz.h") wrong("the prompt")
        if (path ~ /^viz\// && FILENAME ~ /^repl\/cmd\//) {
            if (viz && viz != FILENAME)
                print FILENAME ":" FNR ": viz.h belongs in one file of repl/cmd, and " viz " has it"
            viz = FILENAME
        }
        if (path == "cmd/view_internal.h" && FILENAME !~ /^repl\/cmd\/view/) wrong("a command")
    } else if (FILENAME ~ /^samples\//) {
        if (!public && !(path in libc) && path != "pthread.h") wrong("a sample")
    }
}' $sources >>"$bad"

# --- line 1 says the purpose; length ---
# shellcheck disable=SC2046,SC2086
awk '
function ends() {
    if (lines > 800) print file ":800: " lines " lines: split files above 800"
}
FNR == 1 {
    ends()
    file = FILENAME
    name = file
    sub(/.*\//, "", name)
    sign = name ~ /\.nabla$/ ? "# " : name ~ /\.m?js$/ ? "// " : "/* "
    end = sign == "/* " ? " */" : ""
    head = sign name " -- "
    rest = substr($0, length(head) + 1)
    if (index($0, head) != 1 || rest !~ /^[^ ]/ || substr(rest, length(rest) - length(end) + 1) != end)
        print file ":1: line 1 must be " head "purpose" end
}
{ lines = file ~ /\.nabla$/ ? 0 : FNR }
END { ends() }' $sources $scripts $(find samples tests/lang -name '*.nabla' | LC_ALL=C sort) >>"$bad"

# --- text ---
later='TO''DO|FIX''ME|XX''X'
# shellcheck disable=SC2086
grep -nE "\\b($later)\\b" Makefile README.md .ci/* $sources $scripts 2>/dev/null |
    sed 's/:\([0-9]*\):.*/:\1: unfinished work/' >>"$bad"
# shellcheck disable=SC2086
grep -nE '[ 	]+$' $sources $scripts | sed 's/:\([0-9]*\):.*/:\1: blanks at the end/' >>"$bad"

# --- scripts of the page are scripts ---
node=$(command -v node || command -v nodejs || true)
for f in $scripts; do
    case $f in *.css) continue ;; esac
    [ -z "$node" ] || "$node" --check "$f" >"$bad.js" 2>&1 || echo "$f:$(sed -n '1s/.*://p' "$bad.js"): $(sed -n 's/^SyntaxError: //p' "$bad.js")"
done >>"$bad"
rm -f "$bad.js"

# --- every header compiles alone ---
for f in $({ find include src repl -name '*.h'; find viz -name viz.h; } | LC_ALL=C sort); do
    printf '#include "%s"\ntypedef int lint_unit;\n' "$f" | $CC -std=c17 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic \
        -Werror -fsyntax-only -Iinclude -Isrc -Irepl -I. -x c - >"$bad.cc" 2>&1 ||
        { sed 's/^/  /' "$bad.cc"; echo "$f:1: does not compile alone" >>"$bad"; }
done
rm -f "$bad.cc"

# --- formatting ---
if command -v clang-format >/dev/null 2>&1; then
    # shellcheck disable=SC2086 # a list of files
    printf '%s\n' $sources | xargs -P 2 -n 60 clang-format --dry-run -Werror 2>&1 |
        sed -n 's/:[0-9]*:[0-9]*: error: code should be clang-formatted.*/:1: run make format/p' |
        sort -u >>"$bad"
else
    echo "clang-format is not installed: formatting not checked"
fi

if [ -s "$bad" ]; then
    cat "$bad"
    echo "lint: $(wc -l <"$bad") finding(s)"
    exit 1
fi
echo "lint: clean"
