# docs.sh -- rewrites what the pages in doc/ have from the program and the sources
#
# docs.sh NABLA: in doc/commands.md and doc/exports.md replaces what stands between `<!-- NAME -->`
# and `<!-- end of NAME -->` by what `help` of the program says; doc/source-map.md gets line 1 of
# every file.
# docs.sh --speed TABLE: puts the table that bench wrote into doc/speed.md.
set -u
nabla=$1
part=$(mktemp)
trap 'rm -f "$part" "$part.new"' EXIT
export LC_ALL=C.UTF-8

# put NAME FILE: what stands in $part.
put() {
    awk -v part="$part" -v from="<!-- $1 -->" -v to="<!-- end of $1 -->" '
    $0 == to { inside = 0; print "" }
    !inside { print }
    $0 == from { inside = 1; print ""; while ((getline line < part) > 0) print line }
    ' "$2" >"$part.new" && cat "$part.new" >"$2"
}

if [ "$nabla" = --speed ]; then
    cp "$2" "$part"
    put speed doc/speed.md
    exit
fi

# Names of the groups given, as `help all` lists them.
names() {
    "$nabla" --norc -e 'help all' | awk -v groups=" $* " '
    /^[a-z]/ { in_group = index(groups, " " $1 " "); $1 = "" }
    /^help NAME/ { exit }
    in_group { for (i = 1; i <= NF; i++) if ($i != "") print $i }'
}

# Usage and first sentence of each name read.
sentences() {
    while read -r name; do
        "$nabla" --norc -e "help $name" | awk '
        /^[^ ]/ && !body { usage = usage (usage ? " " : "") $0; next }
        /^    / { exit }
        /^  / { body = 1; text = text (text ? " " : "") substr($0, 3) }
        END {
            if (match(text, /\. ([A-Z]|[a-z] =)/)) text = substr(text, 1, RSTART)
            printf "- `%s` %s\n", usage, text
        }'
    done
}

names session graph optimizers showing explaining | sort -u | sentences >"$part"
put commands doc/commands.md

"$nabla" --norc -e 'help all' | awk '
/^help NAME/ { exit }
/^[a-z]/ { group = $1; $1 = "" }
group ~ /^(statements|notation|ideas|session|graph|optimizers|showing|explaining|settings)$/ { next }
{ names[group] = names[group] " " $0; if (!(group in seen)) { seen[group] = 1; order[++n] = group } }
END {
    for (i = 1; i <= n; i++) {
        text = names[order[i]]; gsub(/ +/, " ", text); gsub(/^ | $/, "", text)
        printf "- %s: `%s`\n", order[i], text
    }
}' >"$part"
put operations doc/commands.md

"$nabla" --norc -e 'help export' | awk '
/^  [a-z]+  +[^ ]/ { if (line) print line; name = $1; $1 = ""; line = "- `" name "`" $0; next }
/^       / && line { sub(/^ +/, ""); line = line " " $0; next }
line { print line; line = "" }' >"$part"
put formats doc/exports.md

# listed FILE FROM BEFORE AFTER: in the list of functions below the line FROM each of an operation that
# is missing gets its line, `BEFORE name AFTER`.
listed() {
    sed -n 's/^NbVar \*\(nb_[a-z0-9_]*\)(.*/\1/p' include/nabla/operations.h | awk -v from="$2" \
        -v before="$3" -v after="$4" '
    function end_list() {
        for (i = 1; i <= n; i++) if (!(name[i] in has)) print before name[i] after | sort
        close(sort)
        list = 0
    }
    BEGIN { sort = "LC_ALL=C sort -t\\; -k1,1" }
    NR == FNR { name[++n] = $0; next }
    index($0, from) == 1 { below = 1 }
    below && index($0, before "nb_") == 1 {
        list = 1
        match($0, /nb_[a-z0-9_]*/)
        has[substr($0, RSTART, RLENGTH)]
        print | sort
        next
    }
    list { end_list(); below = 0 }
    { print; fflush() }
    END { if (list) end_list() }
    ' - "$1" >"$part.new" && cat "$part.new" >"$1"
}
version=$(sed -n 's/^.define NB_VERSION "\(.*\)"/\1/p' include/nabla/version.h)
listed src/exports.map 'NABLA_0 {' '    ' ';'
listed debian/libnabla0.symbols 'libnabla.so.0 ' ' ' "@NABLA_0 $version"

{
    printf '# Source map\n\nLine 1 of every file, by `make docs`.\n\n'
    for dir in include/nabla src/base src/tensor src/graph src/ops src/optim src/nn src/data src/text \
        $(find repl/lang -type d | LC_ALL=C sort) $(find repl -type d ! -path 'repl/lang*' | LC_ALL=C sort) \
        $(find viz -type d | LC_ALL=C sort) tests tests/runner tests/unit tests/pen tests/scene tests/lang tests/pty tests/window \
        tests/samples tests/bench tests/fuzz doc/reference; do
        files=$(find "$dir" -maxdepth 1 -name '*.[ch]' 2>/dev/null | LC_ALL=C sort)
        [ -n "$files" ] || continue
        printf '**%s/**\n\n' "$dir"
        for f in $files; do
            [ "${f%.h}" != "$f" ] && [ -e "${f%.h}.c" ] && continue
            head -n 1 "$f" | sed -n "s|^/\* ${f##*/} -- \(.*\) \*/\$|- \`${f##*/}\` \1|p"
        done
        echo
    done
} | sed '$d' >doc/source-map.md

# The layers as a picture, where Graphviz's dot is.
command -v dot >/dev/null && awk '
BEGIN {
    print "digraph layers { rankdir=TB; bgcolor=white; nodesep=0.2; ranksep=0.3"
    print "node [shape=box, style=\"rounded,filled\", fillcolor=\"#f4f6fa\", color=\"#5b6b8c\", fontname=\"DejaVu Sans\", fontsize=11, height=0.3]"
    print "edge [color=\"#8a97b0\", arrowsize=0.6]"
}
$1 == "layer" {
    for (i = 3; i <= NF; i++) { sub(/^@/, "", $i); print "\"" $2 "\" -> \"" $i "\"" }
}
END { print "}" }' tests/layers.txt | dot -Tsvg | sed "/^<!-- Generated by/,/-->$/d" >doc/layers.svg
:
