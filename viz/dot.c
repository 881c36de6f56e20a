/* dot.c -- a graph as DOT text, built and quoted by libcgraph */
#include "dot.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <graphviz/cgraph.h>

#include <nabla/format.h>

#include "theme.h"

/* libcgraph takes char * for text it only reads. */
static char *loose(const char *text)
{
    return (char *)(uintptr_t)text;
}

static void set(void *object, const char *name, const char *value)
{
    agsafeset(object, loose(name), loose(value), loose(""));
}

static void set_colour(void *object, const char *name, NbColour c)
{
    char text[8];
    snprintf(text, sizeof text, "#%02x%02x%02x", (unsigned)(c.r * 255 + 0.5),
             (unsigned)(c.g * 255 + 0.5), (unsigned)(c.b * 255 + 0.5));
    set(object, name, text);
}

/* What memory was refused is marked in out. */
static void set_buf(NbBuf *out, void *object, const char *name, NbBuf *b)
{
    out->failed |= b->failed;
    set(object, name, b->data ? b->data : "");
    nb_viz_buf_free(b);
}

/* DOT has no way to write a backslash before the closing quote, so each one is doubled, as in the
 * escape strings of its labels. */
static void set_text(NbBuf *out, void *object, const char *name, const char *text)
{
    NbBuf b = {0};
    for (const char *c = text; *c; c++) {
        nb_viz_buf_add(&b, c, 1);
        if (*c == '\\') {
            nb_viz_buf_add(&b, c, 1);
        }
    }
    set_buf(out, object, name, &b);
}

#define LONGEST 40 /* letters of a line; the attributes name and op have all of them */

/* A label is an escape string, so that \ and & must be doubled or spelled. Cut after `most`
 * letters; -1: all. */
static void label_text(NbBuf *b, const char *text, int most)
{
    int letters = 0;
    for (const char *c = text; *c;) {
        size_t n = nb_utf8(c);
        letters++;
        if (most >= 0 && letters > most) {
            nb_viz_buf_text(b, "…");
            return;
        }
        if (*c == '\\') {
            nb_viz_buf_text(b, "\\\\");
        } else if (*c == '&') {
            nb_viz_buf_text(b, "&amp;");
        } else if (n == 0) {
            nb_viz_buf_text(b, "\xef\xbf\xbd");
        } else {
            nb_viz_buf_add(b, c, n);
        }
        c += n + (n == 0);
    }
}

static void label_line(NbBuf *b, const char *before, const char *text)
{
    nb_viz_buf_text(b, b->size ? "\n" : "");
    nb_viz_buf_text(b, before);
    label_text(b, text, LONGEST);
}

static void set_label(NbBuf *out, Agnode_t *node, const NbNode *n, bool hide_grad)
{
    NbBuf b = {0};
    if (n->kind == NB_NODE_OP) {
        label_line(&b, "", n->op);
    } else if (n->kind == NB_NODE_NUMBER) {
        label_line(&b, "", n->value);
    } else {
        label_line(&b, "", n->label);
        label_line(&b, n->value[0] == '(' ? "" : "= ", n->value);
        if (n->op[0]) {
            label_line(&b, "", n->op);
        }
        if (n->grad[0] && !hide_grad) {
            label_line(&b, "grad ", n->grad);
        }
    }
    set_buf(out, node, "label", &b);
}

static void set_look(Agnode_t *node, const NbModel *m, const NbNode *n, NbTheme theme)
{
    static const NbRole role[] = {
        [NB_NODE_LEAF] = NB_ROLE_LEAF,     [NB_NODE_CONST] = NB_ROLE_CONST,
        [NB_NODE_INNER] = NB_ROLE_INNER,   [NB_NODE_OP] = NB_ROLE_OP,
        [NB_NODE_NUMBER] = NB_ROLE_NUMBER,
    };
    const NbLook *look = nb_viz_look(theme, n->root ? NB_ROLE_ROOT : role[n->kind]);
    set(node, "shape", n->kind == NB_NODE_OP ? "ellipse" : "box");
    set(node, "style",
        n->kind == NB_NODE_OP ? "filled"
        : n->stale            ? "rounded,filled,dashed"
                              : "rounded,filled");
    set_colour(node, "fillcolor", look->fill);
    set_colour(node, "color", look->line);
    set_colour(node, "fontcolor", nb_viz_look(theme, NB_ROLE_NAME)->line);
    if (n->has_grad && !m->hide_grad) {
        NbColour c = nb_viz_scale_colour(theme, nb_viz_model_level(m, n->magnitude));
        set_colour(node, "color", c);
        set(node, "penwidth", "2");
    }
}

static void node_name(const NbNode *n, size_t place, char *buf, size_t cap)
{
    if (n->kind == NB_NODE_NUMBER) {
        snprintf(buf, cap, "k%zu", place);
    } else if (n->copy > 0) {
        snprintf(buf, cap, "n%" PRIu64 "_%d", n->serial, n->copy);
    } else {
        snprintf(buf, cap, "%s%" PRIu64, n->kind == NB_NODE_OP ? "op" : "n", n->serial);
    }
}

#define TOOLTIP_MOST 60 /* elements of a tensor */

/* All digits of the value, for those who point at a node of the drawn picture. */
static void set_tooltip(NbBuf *out, Agnode_t *node, const NbNode *n)
{
    NbTensor tmp;
    char value[TOOLTIP_MOST * 32];
    NbBuf b = {0};
    if (n->kind == NB_NODE_OP || !n->var) {
        return;
    }
    nb_format_tensor(nb_var_data(n->var, &tmp), NB_DIGITS_FULL, TOOLTIP_MOST, 0, value,
                     sizeof value);
    label_text(&b, n->label, -1);
    nb_viz_buf_text(&b, " = ");
    label_text(&b, value, -1);
    nb_viz_buf_add(&b, "", 1);
    set_buf(out, node, "tooltip", &b);
}

static Agnode_t *add(NbBuf *out, Agraph_t *g, const NbModel *m, size_t place, NbTheme theme)
{
    const NbNode *n = &m->node[place];
    char name[48];
    node_name(n, place, name, sizeof name);
    Agnode_t *node = agnode(g, name, 1);
    if (!node) {
        return NULL;
    }
    set_label(out, node, n, m->hide_grad);
    set_text(out, node, "op", n->op);
    set_text(out, node, "value", n->value);
    set(node, "grad", m->hide_grad ? "" : n->grad);
    if (n->label[0]) {
        set_text(out, node, "name", n->label);
    }
    set_tooltip(out, node, n);
    if (n->stale) {
        set(node, "stale", "true");
    }
    set_look(node, m, n, theme);
    return node;
}

static bool fill(NbBuf *out, Agraph_t *g, const NbModel *m, NbTheme theme)
{
    Agnode_t **node = calloc(m->nnodes + 1, sizeof *node);
    bool good = node != NULL;
    for (size_t i = 0; i < m->nnodes && good; i++) {
        node[i] = add(out, g, m, i, theme);
        good = node[i] != NULL;
    }
    for (size_t i = 0; i < m->nedges && good; i++) {
        char name[24];
        snprintf(name, sizeof name, "e%zu", i);
        good = agedge(g, node[m->edge[i].from], node[m->edge[i].to], name, 1) != NULL;
    }
    free(node);
    return good;
}

static void set_graph(NbBuf *out, Agraph_t *g, const char *title, NbTheme theme)
{
    set(g, "rankdir", "LR");
    set_colour(g, "bgcolor", nb_viz_look(theme, NB_ROLE_PAGE)->fill);
    if (title && *title) {
        NbBuf b = {0};
        label_line(&b, "", title);
        set_buf(out, g, "tooltip", &b);
    }
    agattr(g, AGNODE, loose("fontname"), loose("DejaVu Sans"));
    agattr(g, AGNODE, loose("label"), loose("\\N"));
    agattr(g, AGEDGE, loose("arrowsize"), loose("0.8"));
    char grey[8];
    NbColour c = nb_viz_look(theme, NB_ROLE_EDGE)->line;
    snprintf(grey, sizeof grey, "#%02x%02x%02x", (unsigned)(c.r * 255), (unsigned)(c.g * 255),
             (unsigned)(c.b * 255));
    agattr(g, AGEDGE, loose("color"), grey);
}

NbStatus nb_viz_dot(const NbModel *m, const char *title, NbTheme theme, NbBuf *out, NbErr *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *mem = open_memstream(&text, &size);
    agseterr(AGMAX);
    Agraph_t *g = agopen(loose("nabla"), Agdirected, NULL);
    bool good = mem && g;
    if (good) {
        set_graph(out, g, title, theme);
        good = fill(out, g, m, theme) && agwrite(g, mem) != EOF;
    }
    if (mem && fclose(mem) != 0) {
        good = false;
    }
    if (g) {
        agclose(g);
    }
    if (good) {
        nb_viz_buf_add(out, text, size);
    }
    free(text);
    return good ? NB_OK : nb_fail(err, NB_EMEM, "out of memory writing a graph");
}
