# named.sh -- of these folders of tests, those that may have a test whose name matches the pattern
#
#   sh tests/named.sh '*shape*' unit window lang …
# Names of tests stand in the files: as words in C, as titles of sections.
pattern=$1
shift
for part in "$@"; do
    case $part in
    lang) awk '/^#-+ ./ { sub(/^#-+ /, ""); n = FILENAME; sub(/.*\//, "", n)
        print n ": " $0 " (script)"; print n ": " $0 " (pipe)"; print n ": " $0 " (session)" }' tests/lang/*.nabla ;;
    fuzz) (cd tests/fuzz && ls | sed 's/\..*//') ;;
    *) grep -oh '[A-Za-z_][A-Za-z0-9_]*' tests/"$part"/*.c | LC_ALL=C sort -u ;;
    esac | {
        while IFS= read -r name; do
            # shellcheck disable=SC2254 # a pattern
            case $name in $pattern) echo "$part"; break ;; esac
        done
        cat >/dev/null
    }
done
