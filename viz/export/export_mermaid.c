/* export_mermaid.c -- graphs as Mermaid flowcharts, for pages and Markdown */
#include <string.h>

#include <nabla/format.h>

#include "export.h"
#include "json.h"
#include "viz/diagram/scene_graph.h"

#define LONGEST 36 /* characters of a line; Mermaid breaks none */

/* At the start of a line these make lists in Mermaid's Markdown: "- x", "1. x". */
static bool starts_list(const char *text)
{
    size_t n = strspn(text, "0123456789");
    return n > 0 ? text[n] == '.' && (text[n + 1] == ' ' || !text[n + 1])
                 : *text && strchr("-*+", *text) && (text[1] == ' ' || !text[1]);
}

/* Text inside a quoted label. What Mermaid, its Markdown, its formulas or HTML would take for
 * something else is written by number, as in #35; . */
static void put_escaped(Text *out, const char *text)
{
    static const char special[] = "\"#&<>$`\\%{}@~";
    bool list = starts_list(text);
    for (int length = 0; *text; length++) {
        size_t n = nb_utf8(text);
        unsigned char c = (unsigned char)*text;
        if (length == LONGEST) {
            text_add(out, "…");
            return;
        }
        if (n == 0) {
            text_add(out, "\xef\xbf\xbd");
            n = 1;
        } else if (c < ' ' || c == 0x7f) {
            text_add(out, " ");
        } else if (strchr(special, c) || (list && !(c >= '0' && c <= '9'))) {
            text_printf(out, "#%d;", c);
            list = false;
        } else {
            text_addn(out, text, n);
        }
        text += n;
    }
}

static void put_line(Text *out, bool *more, const char *before, const char *text)
{
    text_add(out, *more ? "<br/>" : "");
    text_add(out, before);
    put_escaped(out, text);
    *more = true;
}

static void put_label(Text *out, const NbModel *m, const NbNode *n)
{
    bool more = false;
    char row[200];
    if (n->kind == NB_NODE_OP) {
        put_line(out, &more, "", n->op);
    } else if (n->kind == NB_NODE_NUMBER) {
        put_line(out, &more, "", n->value);
    } else {
        put_line(out, &more, "", n->label);
        text_add(out, n->value[0] == '(' && !n->blank_value ? " " : " = ");
        put_escaped(out, n->blank_value ? NB_BLANK : nb_viz_text_row(n->value, row, sizeof row));
        if (n->op[0]) {
            put_line(out, &more, "", n->op);
        }
        if (n->grad[0] && !m->hide_grad) {
            put_line(out, &more, "grad ", n->blank_grad ? NB_BLANK : n->grad);
            put_escaped(out, n->aged && !n->blank_grad ? " (stale)" : "");
        }
    }
}

typedef struct Class {
    const char *name;
    NbRole role;
    const char *open, *close; /* around the quoted label */
} Class;

/* By kind of node; the root comes last. */
static const Class classes[] = {
    [NB_NODE_LEAF] = {"leaf", NB_ROLE_LEAF, "(", ")"},
    [NB_NODE_CONST] = {"const", NB_ROLE_CONST, "[", "]"},
    [NB_NODE_INNER] = {"inner", NB_ROLE_INNER, "(", ")"},
    [NB_NODE_OP] = {"op", NB_ROLE_OP, "([", "])"},
    [NB_NODE_NUMBER] = {"number", NB_ROLE_NUMBER, "[", "]"},
    {"root", NB_ROLE_ROOT, "(", ")"},
};

#define NCLASSES (sizeof classes / sizeof classes[0])

static const Class *class_of(const NbNode *n)
{
    return &classes[n->root ? NCLASSES - 1 : (size_t)n->kind];
}

static const char *hex(NbColour c, char *buf, size_t cap)
{
    snprintf(buf, cap, "#%02x%02x%02x", (unsigned)(c.r * 255 + 0.5), (unsigned)(c.g * 255 + 0.5),
             (unsigned)(c.b * 255 + 0.5));
    return buf;
}

static void put_node(Text *out, const NbModel *m, size_t i)
{
    const NbNode *n = &m->node[i];
    const Class *k = class_of(n);
    bool round = n->kind == NB_NODE_OP && strlen(n->op) <= 3; /* short ones fit a circle */
    char id[32];
    text_printf(out, "  %s%s\"", nb_viz_node_id(n, id, sizeof id), round ? "((" : k->open);
    put_label(out, m, n);
    text_printf(out, "\"%s:::%s\n", round ? "))" : k->close, k->name);
}

/* The rim shows the gradient's magnitude, dashes that the value is stale. */
static void put_style(Text *out, const NbModel *m, size_t i, NbTheme theme)
{
    const NbNode *n = &m->node[i];
    char colour[16], id[32];
    nb_viz_node_id(n, id, sizeof id);
    bool shown = nb_viz_model_grades(m, n);
    if (shown) {
        NbColour c = nb_viz_scale_colour(theme, nb_viz_model_level(m, n->magnitude));
        text_printf(out, "  style %s stroke:%s,stroke-width:3px", id,
                    hex(c, colour, sizeof colour));
    } else if (n->stale) {
        text_printf(out, "  style %s stroke-width:2px", id);
    }
    if (n->stale) {
        text_add(out, ",stroke-dasharray:5 4");
    }
    text_add(out, shown || n->stale ? "\n" : "");
}

static void put_classes(Text *out, NbTheme theme)
{
    char fill[16], line[16], text[16];
    hex(nb_viz_look(theme, NB_ROLE_NAME)->line, text, sizeof text);
    for (size_t i = 0; i < NCLASSES; i++) {
        const NbLook *look = nb_viz_look(theme, classes[i].role);
        text_printf(out, "  classDef %s fill:%s,stroke:%s,color:%s\n", classes[i].name,
                    hex(look->fill, fill, sizeof fill), hex(look->line, line, sizeof line), text);
    }
}

static NbStatus write_mermaid(NbJob *job, NbErr *err)
{
    (void)err;
    const NbModel *m = job->model;
    Text *out = &job->out;
    if (job->what->has_theme) {
        text_printf(out, "%%%%{init: {\"theme\": \"%s\"}}%%%%\n",
                    job->theme == NB_THEME_DARK ? "dark" : "default");
    }
    NbPage page = nb_viz_export_page(job);
    bool upright = nb_viz_graph_upright(m, &page);
    text_printf(out, "flowchart %s\n", upright ? "TB" : "LR");
    for (size_t i = 0; i < m->nnodes; i++) {
        put_node(out, m, i);
    }
    for (size_t i = 0; i < m->nedges; i++) {
        char from[32], to[32];
        text_printf(out, "  %s --> %s\n",
                    nb_viz_node_id(&m->node[m->edge[i].from], from, sizeof from),
                    nb_viz_node_id(&m->node[m->edge[i].to], to, sizeof to));
    }
    put_classes(out, job->theme);
    for (size_t i = 0; i < m->nnodes; i++) {
        put_style(out, m, i, job->theme);
    }
    snprintf(job->size, sizeof job->size, "%zu edges", m->nedges);
    return NB_OK;
}

const NbFormat nb_viz_formats_mermaid[] = {
    {"mmd", "text/vnd.mermaid", "a Mermaid flowchart for Markdown and wikis", NB_FROM_GRAPH,
     NB_TAKES_THEME | NB_TAKES_HIDE | NB_TAKES_BLANK | NB_TAKES_DIRECTION | NB_ANY_SIZE,
     write_mermaid},
    {0},
};
