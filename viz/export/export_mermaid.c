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
static void put_escaped(NbBuf *out, const char *text)
{
    static const char special[] = "\"#&<>$`\\%{}@~";
    bool list = starts_list(text);
    for (int length = 0; *text; length++) {
        size_t n = nb_utf8(text);
        unsigned char c = (unsigned char)*text;
        if (length == LONGEST) {
            nb_viz_buf_text(out, "…");
            return;
        }
        if (n == 0) {
            nb_viz_buf_text(out, "\xef\xbf\xbd");
            n = 1;
        } else if (c < ' ' || c == 0x7f) {
            nb_viz_buf_text(out, " ");
        } else if (strchr(special, c) || (list && !(c >= '0' && c <= '9'))) {
            nb_viz_buf_printf(out, "#%d;", c);
            list = false;
        } else {
            nb_viz_buf_add(out, text, n);
        }
        text += n;
    }
}

static void put_line(NbBuf *out, bool *more, const char *before, const char *text)
{
    nb_viz_buf_text(out, *more ? "<br/>" : "");
    nb_viz_buf_text(out, before);
    put_escaped(out, text);
    *more = true;
}

static void put_label(NbBuf *out, const NbModel *m, const NbNode *n)
{
    bool more = false;
    if (n->kind == NB_NODE_OP) {
        put_line(out, &more, "", n->op);
    } else if (n->kind == NB_NODE_NUMBER) {
        put_line(out, &more, "", n->value);
    } else {
        put_line(out, &more, "", n->label);
        nb_viz_buf_text(out, n->value[0] == '(' ? " " : " = ");
        put_escaped(out, n->value);
        if (n->op[0]) {
            put_line(out, &more, "", n->op);
        }
        if (n->grad[0] && !m->hide_grad) {
            put_line(out, &more, "grad ", n->grad);
            put_escaped(out, n->aged ? " (stale)" : "");
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

static void put_node(NbBuf *out, const NbModel *m, size_t i)
{
    const NbNode *n = &m->node[i];
    const Class *k = class_of(n);
    bool round = n->kind == NB_NODE_OP && strlen(n->op) <= 3; /* short ones fit a circle */
    nb_viz_buf_printf(out, "  n%zu%s\"", i + 1, round ? "((" : k->open);
    put_label(out, m, n);
    nb_viz_buf_printf(out, "\"%s:::%s\n", round ? "))" : k->close, k->name);
}

/* The rim shows the gradient's magnitude, dashes that the value is stale. */
static void put_style(NbBuf *out, const NbModel *m, size_t i, NbTheme theme)
{
    const NbNode *n = &m->node[i];
    char colour[16];
    bool shown = n->has_grad && !m->hide_grad;
    if (shown) {
        NbColour c = nb_viz_scale_colour(theme, nb_viz_model_level(m, n->magnitude));
        nb_viz_buf_printf(out, "  style n%zu stroke:%s,stroke-width:3px", i + 1,
                          hex(c, colour, sizeof colour));
    } else if (n->stale) {
        nb_viz_buf_printf(out, "  style n%zu stroke-width:2px", i + 1);
    }
    if (n->stale) {
        nb_viz_buf_text(out, ",stroke-dasharray:5 4");
    }
    nb_viz_buf_text(out, shown || n->stale ? "\n" : "");
}

static void put_classes(NbBuf *out, NbTheme theme)
{
    char fill[16], line[16], text[16];
    hex(nb_viz_look(theme, NB_ROLE_NAME)->line, text, sizeof text);
    for (size_t i = 0; i < NCLASSES; i++) {
        const NbLook *look = nb_viz_look(theme, classes[i].role);
        nb_viz_buf_printf(out, "  classDef %s fill:%s,stroke:%s,color:%s\n", classes[i].name,
                          hex(look->fill, fill, sizeof fill), hex(look->line, line, sizeof line),
                          text);
    }
}

static NbStatus write_mermaid(NbJob *job, NbErr *err)
{
    (void)err;
    const NbModel *m = job->model;
    NbBuf *out = &job->out;
    if (job->what->has_theme) {
        nb_viz_buf_printf(out, "%%%%{init: {\"theme\": \"%s\"}}%%%%\n",
                          job->theme == NB_THEME_DARK ? "dark" : "default");
    }
    NbPage page = nb_viz_export_page(job);
    bool upright = nb_viz_graph_upright(m, &page);
    nb_viz_buf_printf(out, "flowchart %s\n", upright ? "TB" : "LR");
    for (size_t i = 0; i < m->nnodes; i++) {
        put_node(out, m, i);
    }
    for (size_t i = 0; i < m->nedges; i++) {
        nb_viz_buf_printf(out, "  n%u --> n%u\n", m->edge[i].from + 1, m->edge[i].to + 1);
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
     NB_TAKES_THEME | NB_TAKES_HIDE | NB_TAKES_DIRECTION, write_mermaid},
    {0},
};
