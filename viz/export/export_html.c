/* export_html.c -- a graph as one page: its picture, its data, and a walk through its steps */
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "export.h"
#include "export_data.h"
#include "export_page.h"
#include "json.h"
#include "viz/picture/paint.h"

#define MARGIN 28.0
#define PAGE_MOST 200 /* elements of a tensor in the data */
#define PAD 13.0
#define ROW 28.0
#define CHIP 29.0
#define BASE 25.5 /* from the top of a box to its first baseline */

typedef struct Writer {
    Text *out;
    const NbModel *m; /* as drawn */
    const NbFlow *f;  /* as in the data */
    NbMeasure measure;
    size_t *taken; /* operands of each drawn node that have their edge */
} Writer;

/* --- text --- */

static void put_element(const Writer *w, const char *open, const char *text, const char *close)
{
    text_add(w->out, open);
    text_xml(w->out, text);
    text_add(w->out, close);
}

/* A text of a node: narrower letters, or an ellipsis at its end, when it is wider than its room. */
static void put_text(const Writer *w, const char *class, const char *anchor, double x, double y,
                     double room, NbRole role, const char *text)
{
    char part[400];
    size_t n = 0;
    if (w->measure.width(w->measure.user, text, role) > room * 1.1) {
        const char *at = text;
        while (*at && n + 8 < sizeof part) {
            size_t k = nb_utf8(at);
            memcpy(part + n, at, k ? k : 1);
            memcpy(part + n + (k ? k : 1), "…", 4);
            if (n > 0 && w->measure.width(w->measure.user, part, role) > room * 1.1) {
                break;
            }
            n += k ? k : 1;
            at += k ? k : 1;
        }
        memcpy(part + n, "…", 4);
        text = part;
    }
    text_printf(w->out, "<text class=\"%s\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\"", class,
                anchor, x, y);
    if (strcmp(class, "grad") == 0) {
        text_printf(w->out, " data-room=\"%.0f\"", room);
    }
    if (w->measure.width(w->measure.user, text, role) > room) {
        text_printf(w->out, " textLength=\"%.0f\" lengthAdjust=\"spacingAndGlyphs\"", room);
    }
    char set[500];
    nb_viz_typeset(text, set, sizeof set);
    put_element(w, ">", set, "</text>");
}

/* --- nodes --- */

static const char *const class[] = {
    [NB_NODE_LEAF] = "leaf", [NB_NODE_CONST] = "const",   [NB_NODE_INNER] = "inner",
    [NB_NODE_OP] = "opnode", [NB_NODE_NUMBER] = "number",
};

/* "n3", "o3" as in the data; numbers that are drawn have none. */
static void put_id(const Writer *w, const NbNode *n)
{
    size_t number = n->var ? nb_viz_flow_number(w->f, n->serial) : 0;
    if (number) {
        text_printf(w->out, " data-n=\"%c%zu\"", n->kind == NB_NODE_OP ? 'o' : 'n', number);
    }
}

static void put_box(const Writer *w, const NbNode *n, NbPoint size)
{
    bool chip = n->grad[0] && !w->m->hide_grad;
    double inside = size.x - 2 * PAD;
    char value[200]; /* "(2, 8)  norm 4.1" takes two rows */
    const char *second = nb_var_is_scalar(n->var) ? NULL : strstr(n->value, "  ");
    snprintf(value, sizeof value, "%.*s", second ? (int)(second - n->value) : 199, n->value);
    double value_width = w->measure.width(w->measure.user, value, NB_ROLE_VALUE);
    double name = w->measure.width(w->measure.user, n->label, NB_ROLE_NAME);
    double left = inside - value_width - 8;
    double name_room = left > inside * 0.4 ? left : inside * 0.4;
    text_printf(w->out, "<rect class=\"box\" width=\"%.1f\" height=\"%.1f\" rx=\"9\"/>", size.x,
                size.y);
    if (chip) {
        double y = size.y - CHIP;
        text_printf(w->out,
                    "<path class=\"chip\" d=\"M1,%.1fH%.1fV%.1fa8,8 0 0 1 -8,8H9a8,8 0 0 1 "
                    "-8,-8z\"/>",
                    y, size.x - 1, size.y - 9);
        put_text(w, "gl", "start", PAD, y + 20, inside, NB_ROLE_GRAD, "grad");
        put_text(w, "grad", "end", size.x - PAD, y + 20, inside - 50, NB_ROLE_GRAD, n->grad);
    }
    put_text(w, "name", "start", PAD, BASE, name_room, NB_ROLE_NAME, n->label);
    double used = name < name_room ? name : name_room, base = BASE;
    put_text(w, "value", "end", size.x - PAD, base, inside - used - 4, NB_ROLE_VALUE, value);
    if (second) {
        base += ROW - 3;
        put_text(w, "value", "end", size.x - PAD, base, inside, NB_ROLE_VALUE, second + 2);
    }
    if (n->op[0]) {
        put_text(w, "op", "start", PAD, base + ROW - 3, inside, NB_ROLE_FORMULA, n->op);
    }
}

static void put_node(const Writer *w, size_t i, NbPoint at, NbPoint size)
{
    const NbNode *n = &w->m->node[i];
    bool oval = n->kind == NB_NODE_OP, number = n->kind == NB_NODE_NUMBER;
    text_printf(w->out, "<g class=\"node %s%s", n->root ? "root" : class[n->kind],
                n -> stale                         ? " stale"
                     : n->aged && !w->m->hide_grad ? " aged"
                                                   : "");
    if (nb_viz_model_grades(w->m, n)) {
        double level = nb_viz_model_level(w->m, n->magnitude) * 5;
        text_printf(w->out, " s%d", level >= 4 ? 4 : (int)level);
    }
    text_add(w->out, "\"");
    put_id(w, n);
    text_printf(w->out, " transform=\"translate(%.1f,%.1f)\"", at.x - size.x / 2,
                at.y - size.y / 2);
    if (oval || number) {
        text_add(w->out, ">");
        text_printf(w->out,
                    oval ? "<ellipse class=\"box\" cx=\"%.1f\" cy=\"%.1f\" rx=\"%.1f\" "
                           "ry=\"%.1f\"/>"
                         : "<rect class=\"box\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                           "height=\"%.1f\" rx=\"6\"/>",
                    oval ? size.x / 2 : 0.0, oval ? size.y / 2 : 0.0, oval ? size.x / 2 : size.x,
                    oval ? size.y / 2 : size.y);
        put_text(w, oval ? "sign" : "value", "middle", size.x / 2, size.y / 2 + 7, size.x - 12,
                 oval ? NB_ROLE_SIGN : NB_ROLE_VALUE, oval ? n->op : n->value);
    } else {
        put_element(w, " tabindex=\"0\" role=\"img\" aria-label=\"", n->label, " = ");
        text_xml(w->out, n->value);
        put_element(w, n->op[0] ? ", " : "", n->op, "\">");
        put_box(w, n, size);
    }
    text_add(w->out, "</g>\n");
}

/* --- edges --- */

/* The edge of the data that drawn edge i stands for: its next operand that is drawn. */
static size_t data_edge(Writer *w, NbEdge e)
{
    const NbNode *from = &w->m->node[e.from], *to = &w->m->node[e.to];
    size_t result = w->f->place[nb_viz_flow_number(w->f, to->serial) - 1];
    if (from->kind == NB_NODE_OP) {
        return w->f->input_edge[result];
    }
    size_t k = w->taken[e.to];
    while (from->var && nb_var_input(to->var, (int)k).var != from->var &&
           k + 1 < (size_t)nb_var_inputs(to->var)) {
        k++; /* folded numbers have no edge */
    }
    w->taken[e.to] = k + 1;
    return w->f->input_edge[result - 1] + k;
}

static void put_edge(Writer *w, size_t i, const NbGeometry *g)
{
    const NbRoute *r = &g->route[i];
    const NbPoint *p = g->points + r->first;
    text_printf(w->out,
                "<path class=\"edge\" data-e=\"%zu\" marker-end=\"url(#tip-arrow)\" "
                "d=\"M%.1f,%.1f",
                data_edge(w, w->m->edge[i]), p[0].x, p[0].y);
    for (size_t k = 1; k + 2 < r->count; k += 3) {
        text_printf(w->out, "C%.1f,%.1f %.1f,%.1f %.1f,%.1f", p[k].x, p[k].y, p[k + 1].x,
                    p[k + 1].y, p[k + 2].x, p[k + 2].y);
    }
    text_add(w->out, "\"/>\n");
}

static void put_picture(Writer *w, const NbExport *what, const NbGeometry *g, const NbPoint *size)
{
    text_printf(w->out,
                "<svg class=\"graph\" xmlns=\"http://www.w3.org/2000/svg\" role=\"group\" "
                "viewBox=\"%.0f %.0f %.0f %.0f\"",
                -MARGIN, -MARGIN, g->w + 2 * MARGIN, g->h + 2 * MARGIN);
    put_element(w, " aria-label=\"graph of ", what->title ? what->title : "", "\">\n");
    text_add(w->out, "<defs><marker id=\"tip-arrow\" viewBox=\"0 0 10 10\" refX=\"1\" refY=\"5\" "
                     "markerUnits=\"userSpaceOnUse\" markerWidth=\"11\" markerHeight=\"11\" "
                     "orient=\"auto\"><path d=\"M0,0.8L10,5L0,9.2z\"/></marker></defs>\n");
    for (size_t i = 0; i < w->m->nedges && i < g->nedges; i++) {
        put_edge(w, i, g);
    }
    for (size_t i = 0; i < w->m->nnodes; i++) {
        put_node(w, i, g->at[i], size[i]);
    }
    text_add(w->out, "</svg>\n");
}

/* --- the page --- */

static void put_colour(Text *out, const char *name, const char *more, NbColour c)
{
    text_printf(out, "--%s%s:#%02x%02x%02x;", name, more, (unsigned)(c.r * 255 + 0.5),
                (unsigned)(c.g * 255 + 0.5), (unsigned)(c.b * 255 + 0.5));
}

static void put_theme(Text *out, const char *selector, NbTheme theme)
{
    static const NbRole filled[] = {NB_ROLE_LEAF, NB_ROLE_CONST,  NB_ROLE_INNER, NB_ROLE_ROOT,
                                    NB_ROLE_OP,   NB_ROLE_NUMBER, NB_ROLE_PANEL, NB_ROLE_CHIP};
    static const NbRole drawn[] = {NB_ROLE_NAME, NB_ROLE_FORMULA, NB_ROLE_NOTE};
    text_printf(out, "%s{color-scheme:%s;", selector, theme == NB_THEME_DARK ? "dark" : "light");
    put_colour(out, "page", "", nb_viz_look(theme, NB_ROLE_PAGE)->fill);
    put_colour(out, "rule", "", nb_viz_look(theme, NB_ROLE_GRID)->line);
    put_colour(out, "edge", "-line", nb_viz_look(theme, NB_ROLE_EDGE)->line);
    put_colour(out, "hover", "-line", nb_viz_look(theme, NB_ROLE_HOVER)->line);
    for (size_t i = 0; i < sizeof filled / sizeof filled[0]; i++) {
        const NbLook *look = nb_viz_look(theme, filled[i]);
        put_colour(out, nb_viz_role_name(filled[i]), "", look->fill);
        put_colour(out, nb_viz_role_name(filled[i]), "-line", look->line);
    }
    for (size_t i = 0; i < sizeof drawn / sizeof drawn[0]; i++) {
        put_colour(out, nb_viz_role_name(drawn[i]), "", nb_viz_look(theme, drawn[i])->line);
    }
    for (int i = 0; i < 5; i++) {
        char name[] = {'s', (char)('0' + i), '\0'};
        NbColour c = nb_viz_scale_colour(theme, i / 4.0);
        put_colour(out, name, "", c);
        name[0] = 'i';
        put_colour(out, name, "", nb_viz_ink_on(c));
    }
    NbColour mark = nb_viz_scale_colour(theme, 0.25);
    put_colour(out, "grad", "", mark);
    put_colour(out, "grad", "-ink", nb_viz_ink_on(mark));
    text_add(out, "}\n");
}

/* As the reader's system says, the theme button may differ; paper is light. */
static void put_themes(Text *out)
{
    put_theme(out, ":root", NB_THEME_LIGHT);
    text_add(out, "@media screen {\n@media (prefers-color-scheme: dark) {\n");
    put_theme(out, ":root:not([data-theme=light])", NB_THEME_DARK);
    text_add(out, "}\n");
    put_theme(out, ":root[data-theme=dark]", NB_THEME_DARK);
    text_add(out, "}\n");
}

static NbStatus put_data(const Writer *w, const NbJob *job, NbErr *err)
{
    NbDataForm form = {.title = job->what->title, .text = job->viz->style.text, .most = PAGE_MOST};
    return nb_viz_write_data(w->out, w->f, &form, err);
}

static bool is(const char *line, const char *slot)
{
    size_t n = strlen(slot);
    return strncmp(line, slot, n) == 0 && line[n] == '\n';
}

static NbStatus put_page(Writer *w, const NbJob *job, const NbGeometry *g, const NbPoint *size,
                         NbErr *err)
{
    const char *title = job->what->title ? job->what->title : "";
    NbStatus status = NB_OK;
    for (const char *const *line = nb_viz_page; *line && !status; line++) {
        if (is(*line, "@@html")) {
            text_printf(w->out, "<html lang=\"en\" data-digits=\"%d\"%s>\n",
                        nb_viz_picture_digits(&job->viz->style),
                        !job->what->has_theme         ? ""
                        : job->theme == NB_THEME_DARK ? " data-theme=\"dark\""
                                                      : " data-theme=\"light\"");
        } else if (is(*line, "@@title")) {
            put_element(w, "<title>", title, "</title>\n");
        } else if (is(*line, "@@heading")) {
            put_element(w, "<h1>", title, "</h1>\n");
        } else if (is(*line, "@@colours")) {
            put_themes(w->out);
        } else if (is(*line, "@@svg")) {
            put_picture(w, job->what, g, size);
        } else if (is(*line, "@@data")) {
            status = put_data(w, job, err);
        } else {
            text_add(w->out, *line);
        }
    }
    return status;
}

static NbStatus write_html(NbJob *job, NbErr *err)
{
    const NbViz *viz = job->viz;
    NbPoint *size = NULL;
    NbGeometry *g = NULL;
    NbFlow *f = nb_viz_flow_new(job->what->root, &viz->style, job->what->hide_grad, err);
    Writer w = {.out = &job->out, .m = job->model, .f = f, .measure = nb_viz_plain_measure()};
    NbStatus status = f ? nb_viz_place(job, &w.measure, &size, &g, err) : err->code;
    if (!status) {
        w.taken = calloc(job->model->nnodes + 1, sizeof *w.taken);
        status = w.taken ? put_page(&w, job, g, size, err)
                         : nb_fail(err, NB_EMEM, "out of memory writing a page");
    }
    if (!status) {
        size_t steps = f->c ? f->c->n : 0;
        snprintf(job->size, sizeof job->size, "%zu edges%s", job->model->nedges,
                 steps ? "" : ", no backward steps");
    }
    free(w.taken);
    nb_viz_geometry_free(&g);
    free(size);
    nb_viz_flow_free(&f);
    return status;
}

const NbFormat nb_viz_formats_html[] = {
    {"html", "text/html", "one page without network: pan, zoom, a walk through the steps",
     NB_FROM_GRAPH, NB_TAKES_THEME | NB_TAKES_HIDE | NB_TAKES_DIRECTION, write_html},
    {0},
};
