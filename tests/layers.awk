# layers.awk -- holds every include and every symbol of an object file against tests/layers.txt
#
# awk -f layers.awk layers.txt layers.known SOURCES… [nm -A output]
# A reference is named by module: layer/stem, so that moving a file to its layer's folder changes
# nothing here. strict=1: what is known must be there. update=mended prints the list of known ones
# without those that are mended, update=all what there is.

function fail(text)
{
    if (update) print text >"/dev/stderr"
    else print text
    bad++
}

function layer_of(path, i)
{
    if (path in layers_seen) return layers_seen[path]
    for (i = 1; i <= nfile; i++)
        if (path ~ pattern[i]) return layers_seen[path] = place[i]
    fail(path ".c:1: no line of tests/layers.txt names its layer")
    return layers_seen[path] = "?"
}

# layer/stem of a path
function module(path, m)
{
    sub(/\.[a-z]+$/, "", path)
    m = layer_of(path)
    stem = path
    sub(/.*\//, "", stem)
    m = m "/" stem
    if (!(m in home)) home[m] = path
    return m
}

function layer(m) { return substr(m, 1, index(m, "/") - 1) }

function note(from, to, why, a, b)
{
    a = layer(from)
    b = layer(to)
    if (a == b || a == "?" || b == "?" || (a, b) in may) return
    if (!((from " " to) in reference)) order[++nrefs] = from " " to
    else if (index(reference[from " " to], why)) return
    reference[from " " to] = reference[from " " to] " " why
}

# --- the map ---
FILENAME == ARGV[1] && $1 == "layer" {
    for (i = 3; i <= NF; i++) {
        to = substr($i, 2)
        may[$2, to]
        for (j = 1; j <= nlayer; j++) if ((to, names[j]) in may) may[$2, names[j]]
    }
    names[++nlayer] = $2
}
FILENAME == ARGV[1] && $1 == "exempt" { exempt[$2] }
FILENAME == ARGV[1] && $1 == "file" {
    text = $2
    gsub(/\*/, ".*", text)
    pattern[++nfile] = "^" text "$"
    place[nfile] = $3
}

# --- what is known to be wrong ---
FILENAME == ARGV[2] && NF { known[$0] }
FILENAME == ARGV[1] || FILENAME == ARGV[2] { next }

# --- objects: nm -A ---
FILENAME == "-" {
    path = $1
    sub(/:.*/, "", path)
    sub(/^.*\/obj\//, "", path)
    type = $(NF - 1)
    if (type ~ /^[TDBRC]$/ && $NF in strong && strong[$NF] != path)
        fail("layers: " $NF " is in " strong[$NF] " and in " path ": an archive takes either")
    if (type ~ /^[TDBRC]$/) strong[$NF] = path
    if (type ~ /^[TDBRVWC]$/) defined[$NF] = path
    else if (type == "U") { nneeds++; needs_path[nneeds] = path; needs[nneeds] = $NF }
    next
}

# --- sources ---
/^[ \t]*#[ \t]*include[ \t]*["<]/ {
    if (FNR == 1) next
    name = $0
    sub(/^[^<"]*[<"]/, "", name)
    sub(/[">].*$/, "", name)
    path = ""
    n = split("src/ repl/ include/ ", root, " ")
    if (name in exists) path = name
    for (i = 1; i <= n && path == ""; i++) if ((root[i] name) in exists) path = root[i] name
    local = FILENAME
    sub(/[^\/]*$/, name, local)
    if (path == "" && local in exists) path = local
    if (path != "") note(module(FILENAME), module(path), name)
}

BEGIN {
    for (i = 1; i < ARGC; i++) exists[ARGV[i]]
}

# Modules of a layer that `from` reaches by calls, itself only through others.
function reach(from, queue, head, tail, u, n, next_, i)
{
    head = tail = 0
    queue[++tail] = from
    while (head < tail) {
        u = queue[++head]
        n = split(calls[u], next_, " ")
        for (i = 1; i <= n; i++)
            if (!((from, next_[i]) in reached)) {
                reached[from, next_[i]]
                queue[++tail] = next_[i]
            }
    }
}

function circles(   i, j, m, u)
{
    for (i = 1; i <= ncallers; i++) reach(callers[i])
    for (i = 1; i <= ncallers; i++) {
        m = callers[i]
        if (!((m, m) in reached) || layer(m) in exempt) continue
        inside[++ninside] = m
        for (j = 1; j <= ncallers; j++) {
            u = callers[j]
            if (u != m && (m, u) in reached && (u, m) in reached) circle[m] = circle[m] " " u
        }
    }
}

# A fault that is there: known, or to be told.
function present(key, text)
{
    kept[key]
    if (update) {
        if (update == "all" || key in known) print key
    } else if (!(key in known)) fail(text)
}

END {
    for (i = 1; i <= nneeds; i++) {
        if (!(needs[i] in defined)) continue
        from = module(needs_path[i])
        to = module(defined[needs[i]])
        if (from == to) continue
        note(from, to, needs[i])
        if (layer(from) == layer(to) && !((from, to) in call)) {
            call[from, to]
            if (!(from in calls)) callers[++ncallers] = from
            calls[from] = calls[from] " " to
        }
    }
    circles()
    for (i = 1; i <= nrefs; i++) {
        split(order[i], pair, " ")
        total[layer(pair[1]) " to " layer(pair[2])]++
        present("refers " order[i],
                "layers: " pair[1] " may not know " pair[2] ":" reference[order[i]])
    }
    for (i = 1; i <= ninside; i++) {
        inlayer[layer(inside[i])]++
        present("circle " inside[i], "layers: " inside[i] " is in a circle:" circle[inside[i]])
    }
    if (update) exit
    if (nneeds && strict)
        for (k in known) if (!(k in kept)) fail("layers: mended; make layers strikes it out: " k)
    text = ""
    for (i = 1; i <= nlayer; i++)
        for (j = 1; j <= nlayer; j++) {
            k = names[i] " to " names[j]
            if (k in total) text = text ", " k " " total[k]
        }
    printf "layers: %d references upward%s\n", nrefs, text
    text = ""
    for (i = 1; i <= nlayer; i++)
        if (names[i] in inlayer) text = text ", " names[i] " " inlayer[names[i]]
    printf "layers: %d files in circles%s\n", ninside, text
    exit bad > 0
}
