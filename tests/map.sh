# map.sh -- rewrites the source map in README.md from line 1 of every file
#
# Replaces what stands between the two lines `<!-- map -->` and `<!-- end of map -->`.
set -u
readme=$1
map=$(mktemp)
trap 'rm -f "$map"' EXIT
for dir in include/nabla src/base src/tensor src/ops src/graph src/optim src/nn src/data \
    repl/lang repl repl/cmd viz tests tests/unit tests/lang tests/pty tests/window \
    tests/samples tests/bench tests/fuzz; do
    files=$(find "$dir" -maxdepth 1 -name '*.[ch]' 2>/dev/null | LC_ALL=C sort)
    [ -n "$files" ] || continue
    printf '\n**%s/**\n\n' "$dir"
    for f in $files; do
        [ "${f%.h}" != "$f" ] && [ -e "${f%.h}.c" ] && continue
        head -n 1 "$f" | sed -n "s|^/\* ${f##*/} -- \(.*\) \*/\$|- \`${f##*/}\` \1|p"
    done
done >"$map"
awk -v map="$map" '
/^<!-- end of map -->/ { inside = 0; print "" }
!inside { print }
/^<!-- map -->/ { inside = 1; while ((getline line < map) > 0) print line }
' "$readme" >"$map.new" && cat "$map.new" >"$readme"
rm -f "$map.new"
