# pages.awk -- pages of the manual (nabla 3) from the headers and the examples beside this file
#
#   awk -v out=FOLDER -v version=V -v date=D -f doc/reference/pages.awk include/nabla/*.h doc/reference/*.c
# D is a day as 2026-11-24. Writes FOLDER/nabla_NAME.3 for each header, in mdoc, FOLDER/nabla.3 that lists them, and for each
# function a file that points to its page. What stands above a declaration, or beside it, is its
# text; a comment with `--- title ---` is a heading. An example is shown under the last of the
# functions that the comment above it names.

# 2026-11-24 as the macro wants it.
BEGIN {
    split("January February March April May June July August September October November December", month, " ")
    split(date, day, "-")
    date = month[day[2] + 0] " " (day[3] + 0) ", " day[1]
}
FNR == 1 {
    header = FILENAME ~ /\.h$/ && FILENAME ~ /include\/nabla\//
    file = FILENAME
    sub(/.*\//, "", file)
    sub(/\.[ch]$/, "", file)
    inside = kind = ""
    if (header) {
        order[++nfiles] = file
        purpose[file] = $0
        sub(/^\/\* [^ ]* -- /, "", purpose[file])
        sub(/ \*\/$/, "", purpose[file])
        nitems[file] = 0
        body = file == "nabla" # its text stands above its guard
    }
    example = ""
    next
}

# --- headers ---
header && file == "nabla" && /^#ifndef/ {
    if (pending != "") item("text", pending, "")
    pending = ""
    body = 0
}
header && /^extern "C"/ { body = 1; guard = 0; getline; next }
header && /^#ifdef __cplusplus/ { guard = 1; next }
header && guard && /^#(else|endif)/ { guard = 0; if (/^#endif/) next }
header && body && guard && /^}/ { body = 0; next }
header && body && guard { next }
header && /^\/\* clang-format/ { next }
header && body { declarations(); next }

# A comment, or a declaration with what stands beside it.
function declarations() {
    if (comment_open) { more_comment($0); return }
    if (declaration == "" && /^\/\*/) {
        text = ""
        comment_at = "above"
        comment_open = 1
        more_comment(substr($0, 3))
        return
    }
    if (declaration == "" && /^[ \t]*$/) {
        if (pending != "") { item("text", pending, ""); pending = "" }
        group = 0
        return
    }
    if (declaration == "" && $0 ~ /^#(if|else|endif)/) return
    declare($0)
}
function more_comment(line,    end) {
    if (line !~ /^ \*\//) sub(/^ \* ?/, "", line)
    end = index(line, "*/")
    if (end) line = substr(line, 1, end - 1)
    sub(/[ \t]+$/, "", line)
    text = text (text == "" ? "" : "\n") line
    if (!end) return
    comment_open = 0
    if (comment_at == "beside") {
        beside[file, nitems[file]] = text
        return
    }
    group = 0
    if (text ~ /^ ?---/) {
        if (pending != "") { item("text", pending, ""); pending = "" }
        sub(/^ *--- */, "", text)
        sub(/ *---.*$/, "", text)
        item("heading", text, "")
        return
    }
    if (pending != "") item("text", pending, "")
    pending = text
}
# One more line of a declaration, which ends with ; outside braces, or is a #define.
function declare(line,    bare, end, n, at) {
    if (declaration == "" && line ~ /^#define/) macro = 1
    bare = line
    gsub(/\/\*[^*]*\*\//, "", bare)
    n = gsub(/{/, "{", bare)
    depth += n - gsub(/}/, "}", bare)
    if (macro) end = line !~ /\\$/
    else end = depth == 0 && (bare ~ /;[ \t]*(\/\*.*)?$/ || (inline_body && bare ~ /^}/))
    if (!macro && declaration == "" && line ~ /^static inline/) inline_body = 1
    declaration = declaration (declaration == "" ? "" : "\n") line
    if (!end) return
    at = depth == 0 && !macro && line ~ /;[ \t]*\/\*/ && declaration !~ /{/ ? index(line, "/*") : 0
    if (at) {
        comment_at = "beside"
        text = ""
        n = length(declaration) - length(line)
        note = substr(line, at + 2)
        declaration = substr(declaration, 1, n + at - 1)
        sub(/[ \t]+$/, "", declaration)
    }
    if (inline_body) sub(/\n{.*/, ";", declaration)
    # In a row the text above holds for all.
    item("declaration", pending, declaration)
    joined[file, nitems[file]] = group
    group = 1
    pending = declaration = ""
    macro = inline_body = depth = 0
    if (at) { comment_open = 1; more_comment(note) }
}
function item(kind, text, code,    i, words, n) {
    i = ++nitems[file]
    what[file, i] = kind
    said[file, i] = text
    written[file, i] = code
    if (kind != "declaration") return
    n = code
    if (n ~ /^(typedef|enum|#define|struct)/) return
    sub(/\(.*/, "", n)
    sub(/.*[ *]/, "", n)
    if (n !~ /^nb_/) return
    name[file, i] = n
    page[n] = file
    place[n] = i
    nnames[file]++
}

# --- examples ---
!header && /^\/\* nb_/ { naming = 1; names = "" }
!header && naming {
    line = $0
    gsub(/^\/\* |^ \* | ?\*\/$/, "", line)
    names = names " " line
    if (/\*\/$/) naming = 0
    next
}
!header && /^EXAMPLES/ { helpers = "" }
!header && names != "" && /^{/ { inside = 1; example = ""; next }
!header && inside && /^}/ {
    n = split(names, each, " ")
    last = ""
    for (i = 1; i <= n; i++)
        if (each[i] in page && (last == "" || place[each[i]] > place[last])) last = each[i]
    for (i = 1; i <= n; i++) {
        if (index(example, each[i] "(") || index(helpers, each[i] "(")) shown[each[i]] = 1
        if (!(each[i] in page)) { print "no such function: " each[i] > "/dev/stderr"; wrong = 1 }
    }
    helpers = ""
    if (last != "") examples[last] = examples[last] (examples[last] == "" ? "" : "\n\n") example
    names = ""
    inside = 0
    next
}
!header && !inside { helpers = helpers $0 } # callbacks above an example belong to it
!header && inside {
    line = $0
    sub(/^    /, "", line)
    if (line ~ /^\(void\)ctx;/) next
    example = example (example == "" ? "" : "\n") line
}

# --- pages ---
function literal(text,    n, lines, i) {
    gsub(/\\/, "\\e", text)
    n = split(text, lines, "\n")
    for (i = 1; i <= n; i++) {
        if (lines[i] ~ /^[.']/) lines[i] = "\\&" lines[i]
        print lines[i] > path
    }
}
# Text of a comment; what is indented in it, or looks like a list, stays as it is. Tabs and
# sentences: mdoc wants a line for each.
function prose(text,    n, lines, i, raw, gap, line) {
    gsub(/\\/, "\\e", text)
    n = split(text, lines, "\n")
    raw = gap = 0
    for (i = 1; i <= n; i++) {
        line = lines[i]
        if (line ~ /^ *$/) {
            if (raw && i < n && lines[i + 1] ~ /^  +[^ ]/) print "" > path
            else gap = i > 1
            continue
        }
        if (line ~ /^  +[^ ]/) {
            if (!raw) print ".Bd -literal -offset indent" > path
            raw = 1
            print line ~ /^ *[.']/ ? "\\&" line : line > path
            continue
        }
        if (raw) { print ".Ed" > path; gap = 1 }
        if (gap) print ".Pp" > path
        raw = gap = 0
        sub(/^ +/, "", line)
        gsub(/\. +/, ".\n", line)
        gsub(/\n[.']/, "\n\\\\\\&.", line)
        print line ~ /^[.']/ ? "\\&" line : line > path
    }
    if (raw) print ".Ed" > path
}
function head(title, about) {
    print ".\\\" made from the header and its examples by doc/reference/pages.awk" > path
    print ".Dd " date > path
    print ".Dt " toupper(title) " 3" > path
    print ".Os nabla " version > path
    print ".Sh NAME" > path
    print ".Nm " title > path
    gsub(/\n/, " ", about)
    print ".Nd " about > path
}
function library(f) {
    return f == "session" ? "nabla-session" : f == "viz" ? "nabla-viz" : "nabla"
}
function write_page(f,    i, n, title) {
    path = out "/nabla_" f ".3"
    head("nabla_" f, purpose[f])
    print ".Sh SYNOPSIS\n.In nabla/" f ".h" > path
    print ".Dl cc \\&... $(pkg-config --cflags --libs " library(f) ")" > path
    print ".Sh DESCRIPTION" > path
    fresh = 1
    for (i = 1; i <= nitems[f]; i++) {
        if (what[f, i] == "heading") {
            print ".Ss " toupper(substr(said[f, i], 1, 1)) substr(said[f, i], 2) > path
            fresh = 1
            continue
        }
        if (what[f, i] == "text") {
            if (!fresh) print ".Pp" > path
            fresh = 0
            prose(said[f, i])
            continue
        }
        if (!joined[f, i] && !fresh) print ".Pp" > path
        fresh = 0
        print ".Bd -literal -compact" > path
        literal(written[f, i])
        print ".Ed" > path
        notes = beside[f, i]
        while (i < nitems[f] && what[f, i + 1] == "declaration" && joined[f, i + 1] && notes == "" && beside[f, i + 1] == "" &&
            !(name[f, i] in examples)) {
            i++
            print ".Bd -literal -compact" > path
            literal(written[f, i])
            print ".Ed" > path
        }
        first = i
        while (joined[f, first] && said[f, first] == "") first--
        if (said[f, first] != "" && !told[f, first]) {
            told[f, first] = 1
            prose(said[f, first])
        }
        if (notes != "") {
            print ".Bd -ragged -offset indent -compact" > path
            prose(notes)
            print ".Ed" > path
        }
        if (name[f, i] in examples) {
            print ".Pp\nExample:\n.Bd -literal -offset indent" > path
            literal(examples[name[f, i]])
            print ".Ed" > path
            joined[f, i + 1] = 0
        }
    }
    print ".Sh SEE ALSO" > path
    if (f != "nabla") print ".Xr nabla 1 ,\n.Xr nabla 3" > path
    close(path)
}
END {
    for (i = 1; i <= nfiles; i++) if (order[i] != "nabla") write_page(order[i])
    path = out "/nabla.3"
    head("nabla", purpose["nabla"])
    print ".Sh SYNOPSIS\n.In nabla/nabla.h\n.Dl cc \\&... $(pkg-config --cflags --libs nabla)" > path
    print ".Sh DESCRIPTION" > path
    for (i = 1; i <= nitems["nabla"]; i++) {
        if (what["nabla", i] != "text") continue
        if (i > 1) print ".Pp" > path
        prose(said["nabla", i])
    }
    print ".Ss Pages" > path
    print ".Bl -tag -width nabla_operations" > path
    for (i = 1; i <= nfiles; i++)
        if (order[i] != "nabla") print ".It Xr nabla_" order[i] " 3\n" purpose[order[i]] > path
    print ".El" > path
    print ".Sh EXAMPLES\n.Bd -literal -offset indent" > path
    literal("NbCtx *ctx = nb_ctx_new();\nNbVar *x = nb_var_scalar(ctx, 3, NB_LEAF);\n" \
            "NbVar *y = nb_apply1(ctx, nb_op_find(\"square\"), x);\n" \
            "if (y && nb_backward(y, NULL) == NB_OK) printf(\"%g\\n\", nb_var_grad_value(x)); /* 6 */\n" \
            "nb_var_unref(&y);\nnb_var_unref(&x);\nnb_ctx_free(&ctx);")
    print ".Ed\n.Sh SEE ALSO\n.Xr nabla 1" > path
    close(path)
    for (n in page) {
        path = out "/" n ".3"
        print ".so man3/nabla_" page[n] ".3" > path
        close(path)
        if (!(n in shown)) { print "no example: " n > "/dev/stderr"; wrong = 1 }
    }
    exit wrong
}
