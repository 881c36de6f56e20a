/* dot.c -- a graph as DOT text */
#include "dot.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <nabla/format.h>

#include "viz/picture/theme.h"

/* --- words of DOT --- */

static bool is_word(unsigned char c)
{
    return isalnum(c) || c == '_' || c >= 0x80;
}

/* Digits with a sign before them and a point among them, and more than one of the two alone. */
static bool is_number(const char *text)
{
    size_t n = strlen(text), points = 0;
    for (size_t i = 0; i < n; i++) {
        points += text[i] == '.';
        bool sign = text[i] == '-' && i == 0;
        if (!isdigit((unsigned char)text[i]) && text[i] != '.' && !sign) {
            return false;
        }
    }
    return points < 2 && !(n == 1 && !isdigit((unsigned char)*text));
}

static bool needs_quotes(const char *text)
{
    static const char *const keyword[] = {"node", "edge", "strict", "graph", "digraph", "subgraph"};
    for (size_t i = 0; i < sizeof keyword / sizeof keyword[0]; i++) {
        if (strcasecmp(text, keyword[i]) == 0) {
            return true;
        }
    }
    unsigned char first = (unsigned char)*text;
    if (isdigit(first) || first == '.' || first == '-') {
        return !is_number(text);
    }
    for (const char *c = text; *c; c++) {
        if (!is_word((unsigned char)*c)) {
            return true;
        }
    }
    return !*text;
}

/* Part of a word or of a number. */
static bool holds_on(char c)
{
    return is_word((unsigned char)c) || c == '.' || c == '-';
}

#define LINE 128 /* letters, from where on a text may go on in the next line */

/* Long texts are broken where a word begins: there nothing reads the break. */
static void put_id(Text *out, const char *text)
{
    Text b = {0};
    bool quotes = needs_quotes(text);
    size_t count = 0;
    for (const char *c = text; *c; c++) {
        if (*c == '"') {
            text_add(&b, "\\\"");
        } else {
            c += text_letter(&b, c) - 1;
        }
        bool between = !holds_on(c[0]) && c[0] != '\\' && holds_on(c[1]);
        if (++count >= LINE && c[1] && between) {
            text_add(&b, "\\\n");
            quotes = true;
            count = 0;
        }
    }
    text_add(out, quotes ? "\"" : "");
    text_addn(out, b.s, b.len);
    text_add(out, quotes ? "\"" : "");
    out->failed |= b.failed;
    text_free(&b);
}

/* --- attributes: in the order of the alphabet --- */

#define MOST_ATTRIBUTES 16

typedef struct Attributes {
    const char *name[MOST_ATTRIBUTES];
    Text text[MOST_ATTRIBUTES];
    int n;
} Attributes;

/* What is to be written behind the name, each once; borrowed until the next call. */
static Text *attribute(Attributes *a, const char *name)
{
    int at = a->n;
    while (at > 0 && strcmp(a->name[at - 1], name) > 0) {
        a->name[at] = a->name[at - 1];
        a->text[at] = a->text[at - 1];
        at--;
    }
    a->n++;
    a->name[at] = name;
    a->text[at] = (Text){0};
    return &a->text[at];
}

static void set(Attributes *a, const char *name, const char *value)
{
    if (*value) {
        text_add(attribute(a, name), value);
    }
}

static void set_colour(Attributes *a, const char *name, NbColour c)
{
    text_printf(attribute(a, name), "#%02x%02x%02x", (unsigned)(c.r * 255 + 0.5),
                (unsigned)(c.g * 255 + 0.5), (unsigned)(c.b * 255 + 0.5));
}

/* DOT has no way to write a backslash before the closing quote, so each one is doubled, as in the
 * escape strings of its labels. */
static void set_text(Attributes *a, const char *name, const char *text)
{
    Text *b = *text ? attribute(a, name) : NULL;
    for (const char *c = text; *c; c++) {
        text_addn(b, c, 1);
        if (*c == '\\') {
            text_addn(b, c, 1);
        }
    }
}

static void put_attributes(Text *out, Attributes *a, const char *between, const char *end)
{
    for (int i = 0; i < a->n; i++) {
        text_printf(out, "%s%s=", i ? between : "", a->name[i]);
        put_id(out, a->text[i].s ? a->text[i].s : "");
        out->failed |= a->text[i].failed;
        text_free(&a->text[i]);
    }
    text_add(out, end);
    a->n = 0;
}

/* --- nodes --- */

#define LONGEST 40 /* letters of a line; the attributes name and op have all of them */

/* A label is an escape string, so that \ and & must be doubled or spelled. Cut after `most`
 * letters; -1: all. */
static void label_text(Text *b, const char *text, int most)
{
    int letters = 0;
    for (const char *c = text; *c;) {
        letters++;
        if (most >= 0 && letters > most) {
            text_add(b, "…");
            return;
        }
        if (*c == '\\' || *c == '&') {
            text_add(b, *c == '&' ? "&amp;" : "\\\\");
            c++;
        } else {
            c += text_letter(b, c);
        }
    }
}

static void label_line(Text *b, const char *before, const char *text)
{
    text_add(b, b->len ? "\n" : "");
    text_add(b, before);
    label_text(b, text, LONGEST);
}

static void set_label(Attributes *a, const NbNode *n, bool hide_grad)
{
    Text *b = attribute(a, "label");
    if (n->kind == NB_NODE_OP) {
        label_line(b, "", n->op);
    } else if (n->kind == NB_NODE_NUMBER) {
        label_line(b, "", n->value);
    } else {
        label_line(b, "", n->label);
        bool blank = n->blank_value;
        const char *gap = blank || n->value[0] != '[' ? NULL : strstr(n->value, ",  [");
        if (gap) {
            char first[64];
            snprintf(first, sizeof first, "%.*s", (int)(gap + 1 - n->value), n->value);
            label_line(b, "= ", first);
            label_line(b, "", gap + 3);
        } else {
            label_line(b, n->value[0] == '(' && !blank ? "" : "= ", blank ? NB_BLANK : n->value);
        }
        if (n->op[0]) {
            label_line(b, "", n->op);
        }
        if (n->grad[0] && !hide_grad) {
            label_line(b, "grad ", n->blank_grad ? NB_BLANK : n->grad);
            text_add(b, n->aged && !n->blank_grad ? " (stale)" : "");
        }
    }
}

static void set_look(Attributes *a, const NbModel *m, const NbNode *n, NbTheme theme)
{
    static const NbRole role[] = {
        [NB_NODE_LEAF] = NB_ROLE_LEAF,     [NB_NODE_CONST] = NB_ROLE_CONST,
        [NB_NODE_INNER] = NB_ROLE_INNER,   [NB_NODE_OP] = NB_ROLE_OP,
        [NB_NODE_NUMBER] = NB_ROLE_NUMBER,
    };
    const NbLook *look = nb_viz_look(theme, n->root ? NB_ROLE_ROOT : role[n->kind]);
    set(a, "shape", n->kind == NB_NODE_OP ? "ellipse" : "box");
    set(a, "style",
        n->kind == NB_NODE_OP ? "filled"
        : n->stale            ? "rounded,filled,dashed"
                              : "rounded,filled");
    set_colour(a, "fillcolor", look->fill);
    set_colour(a, "fontcolor", nb_viz_look(theme, NB_ROLE_NAME)->line);
    if (nb_viz_model_grades(m, n)) {
        set_colour(a, "color", nb_viz_scale_colour(theme, nb_viz_model_level(m, n->magnitude)));
        set(a, "penwidth", "2");
    } else {
        set_colour(a, "color", look->line);
    }
}

#define TOOLTIP_MOST 60 /* elements of a tensor */

/* All digits of the value, for those who point at a node of the drawn picture. */
static void set_tooltip(Attributes *a, const NbNode *n)
{
    NbTensor tmp;
    char value[TOOLTIP_MOST * 32];
    if (n->kind == NB_NODE_OP || !n->var || n->blank_value) {
        return;
    }
    nb_format_tensor(nb_var_data(n->var, &tmp), NB_DIGITS_FULL, TOOLTIP_MOST, 0, value,
                     sizeof value);
    Text *b = attribute(a, "tooltip");
    label_text(b, n->label, -1);
    text_add(b, " = ");
    label_text(b, value, -1);
}

static void put_node(Text *out, const NbModel *m, size_t place, NbTheme theme)
{
    const NbNode *n = &m->node[place];
    Attributes a = {0};
    char name[48], row[200];
    nb_viz_node_id(n, name, sizeof name);
    set_label(&a, n, m->hide_grad);
    set_text(&a, "op", n->op);
    set_text(&a, "value", n->blank_value ? "" : nb_viz_text_row(n->value, row, sizeof row));
    set(&a, "grad", m->hide_grad || n->blank_grad ? "" : n->grad);
    if (n->label[0]) {
        set_text(&a, "name", n->label);
    }
    set_tooltip(&a, n);
    if (n->stale) {
        set(&a, "stale", "true");
    }
    if (n->aged && !m->hide_grad && !n->blank_grad) {
        set(&a, "grad_stale", "true");
    }
    set_look(&a, m, n, theme);
    text_printf(out, "\t%s\t[", name);
    put_attributes(out, &a, ",\n\t\t", "];\n");
}

/* --- the graph --- */

static void put_defaults(Text *out, const char *title, NbTheme theme)
{
    Attributes a = {0};
    set(&a, "rankdir", "LR");
    set_colour(&a, "bgcolor", nb_viz_look(theme, NB_ROLE_PAGE)->fill);
    if (title && *title) {
        label_line(attribute(&a, "tooltip"), "", title);
    }
    text_add(out, "\tgraph [");
    put_attributes(out, &a, ",\n\t\t", "\n\t];\n");
    set(&a, "fontname", "DejaVu Sans");
    set(&a, "label", "\\N");
    text_add(out, "\tnode [");
    put_attributes(out, &a, ",\n\t\t", "\n\t];\n");
    NbColour c = nb_viz_look(theme, NB_ROLE_EDGE)->line;
    set(&a, "arrowsize", "0.8");
    text_printf(attribute(&a, "color"), "#%02x%02x%02x", (unsigned)(c.r * 255),
                (unsigned)(c.g * 255), (unsigned)(c.b * 255));
    text_add(out, "\tedge [");
    put_attributes(out, &a, ",\n\t\t", "\n\t];\n");
}

/* Edges by the nodes they begin at: those of node i are from[first[i]] up to from[first[i + 1]]. */
static bool sort_edges(const NbModel *m, size_t **first, size_t **from)
{
    *first = calloc(m->nnodes + 2, sizeof **first);
    *from = calloc(m->nedges + 1, sizeof **from);
    if (!*first || !*from) {
        return false;
    }
    size_t *at = *first + 1; /* where the next one of a node goes, and at last the next node's */
    for (size_t i = 0; i < m->nedges; i++) {
        at[m->edge[i].from + 1]++;
    }
    for (size_t i = 0; i < m->nnodes; i++) {
        at[i + 1] += at[i];
    }
    for (size_t i = 0; i < m->nedges; i++) {
        (*from)[at[m->edge[i].from]++] = i;
    }
    return true;
}

static void put_edge(Text *out, const NbModel *m, size_t i)
{
    char from[48], to[48];
    nb_viz_node_id(&m->node[m->edge[i].from], from, sizeof from);
    nb_viz_node_id(&m->node[m->edge[i].to], to, sizeof to);
    text_printf(out, "\t%s -> %s\t[key=e%zu];\n", from, to, i);
}

/* Each node with the edges that begin there, behind the nodes they lead to. */
static void put_all(Text *out, const NbModel *m, NbTheme theme, const size_t *first,
                    const size_t *from, bool *written)
{
    for (size_t i = 0; i < m->nnodes; i++) {
        if (!written[i]) {
            put_node(out, m, i, theme);
        }
        written[i] = true;
        for (size_t k = first[i]; k < first[i + 1]; k++) {
            uint32_t to = m->edge[from[k]].to;
            if (!written[to]) {
                put_node(out, m, to, theme);
            }
            written[to] = true;
            put_edge(out, m, from[k]);
        }
    }
}

NbStatus nb_viz_dot(const NbModel *m, const char *title, NbTheme theme, Text *out, NbErr *err)
{
    size_t *first = NULL, *from = NULL;
    bool *written = calloc(m->nnodes + 1, sizeof *written);
    bool ok = written && sort_edges(m, &first, &from);
    if (ok) {
        text_add(out, "digraph nabla {\n");
        put_defaults(out, title, theme);
        put_all(out, m, theme, first, from, written);
        text_add(out, "}\n");
    }
    free(written);
    free(first);
    free(from);
    return ok ? NB_OK : nb_fail(err, NB_EMEM, "out of memory writing a graph");
}
