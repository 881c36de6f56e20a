/* scene_card.c -- the card beside a node: formula, exact value, local derivatives, gradient */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <nabla/format.h>

#include "scene_graph.h"
#include "text/gradient.h"

#define PAD 14.0
#define LINE 25.0
#define CARD_MOST 620.0
#define OPERANDS 4 /* whose local derivatives are listed */
#define GRID_ROWS 5
#define GRID_COLS 6

typedef struct Card {
    NbScene *s;
    const NbMeasure *me;
    const NbVizStyle *style;
    NbVar *v;
    double y, w;
} Card;

static void add_line(Card *c, NbRole role, const char *text)
{
    double w = c->me->width(c->me->user, text, role);
    NbPrim *p = nb_viz_scene_text(c->s, role, NB_LEFT, PAD, c->y + 19, text);
    p->w = w > CARD_MOST ? CARD_MOST : 0;
    w = w > CARD_MOST ? CARD_MOST : w;
    c->w = w > c->w ? w : c->w;
    c->y += LINE;
}

static void add_title(Card *c)
{
    char label[96], op[200], line[320];
    const char *name = nb_text_label(c->style->text, c->v, label, sizeof label);
    const char *formula = nb_viz_text_op(c->style->text, c->v, op, sizeof op);
    NbKind kind = nb_var_kind(c->v);
    if (formula[0] && strcmp(formula, name) != 0) {
        snprintf(line, sizeof line, "%s = %s", name, formula);
    } else {
        snprintf(line, sizeof line, "%s   %s", name,
                 kind == NB_LEAF    ? "leaf"
                 : kind == NB_INNER ? ""
                                    : "const");
    }
    add_line(c, NB_ROLE_NAME, line);
}

static void add_number(Card *c, const char *what, double value)
{
    char number[40], line[80];
    nb_format_number(value, NB_DIGITS_FULL, number, sizeof number);
    snprintf(line, sizeof line, "%s %s", what, number);
    add_line(c, NB_ROLE_PANEL_TEXT, line);
}

/* --- tensors --- */

static void add_measures(Card *c, const char *what, const NbTensor *t)
{
    double sum = 0, least = INFINITY, most = -INFINITY;
    char norm[40], low[40], high[40], line[240];
    bool nan = false;
    for (int64_t i = 0; i < t->size; i++) {
        double v = nb_tensor_at(t, i);
        sum += v * v;
        least = v < least ? v : least;
        most = v > most ? v : most;
        nan = nan || isnan(v);
    }
    nb_format_number(sqrt(sum), 6, norm, sizeof norm);
    nb_format_number(least, 6, low, sizeof low);
    nb_format_number(most, 6, high, sizeof high);
    snprintf(line, sizeof line, "%s %s   min %s   max %s%s", what, norm, low, high,
             nan ? "   with nan" : "");
    add_line(c, NB_ROLE_PANEL_TEXT, line);
}

/* Numbers in columns, those in the middle of long rows left out. */
static void add_grid(Card *c, const NbTensor *t)
{
    int64_t cols = t->shape.rank > 0 ? t->shape.dim[t->shape.rank - 1] : 1;
    int64_t rows = cols > 0 ? t->size / cols : 0;
    double step = 82, top = c->y;
    int across = cols > GRID_COLS ? GRID_COLS : (int)cols,
        down = rows > GRID_ROWS ? GRID_ROWS : (int)rows;
    for (int r = 0; r < down; r++) {
        for (int k = 0; k < across; k++) {
            bool gap = (cols > GRID_COLS && k == GRID_COLS - 2) ||
                       (rows > GRID_ROWS && r == GRID_ROWS - 2);
            int64_t row = rows > GRID_ROWS && r == GRID_ROWS - 1 ? rows - 1 : r;
            int64_t col = cols > GRID_COLS && k == GRID_COLS - 1 ? cols - 1 : k;
            char number[40];
            nb_format_number(nb_tensor_at(t, row * cols + col), 4, number, sizeof number);
            nb_viz_scene_text(c->s, NB_ROLE_PANEL_TEXT, NB_RIGHT, PAD + step * (k + 1) - 8,
                              top + 19 + 22 * r, gap ? "…" : number)
                ->w = step - 10;
        }
    }
    c->y += 22 * down + 6;
    c->w = fmax(c->w, step * across);
}

static void add_heat(Card *c, const NbTensor *t)
{
    NbHeat h;
    char most[40], line[120];
    if (!nb_viz_heat(t, 8, 32, &h)) {
        c->s->failed = true;
        return;
    }
    if (h.rows == 0) {
        return;
    }
    double high = h.rows < 2 ? 18 : 9.0 * h.rows;
    nb_viz_scene_heat(c->s, &h, PAD, c->y + 4, fmax(c->w, 260), high);
    c->w = fmax(c->w, 260);
    c->y += high + 8;
    nb_format_number(h.most, 3, most, sizeof most);
    snprintf(line, sizeof line, "colours: −%s … 0 … %s", most, most);
    add_line(c, NB_ROLE_NOTE, line);
    nb_viz_heat_free(&h);
}

static void add_tensor(Card *c)
{
    char dims[160], line[220];
    NbTensor tmp;
    const NbTensor *t = nb_var_data(c->v, &tmp);
    snprintf(line, sizeof line, "shape %s", nb_shape_text(&t->shape, dims, sizeof dims));
    add_line(c, NB_ROLE_PANEL_TEXT, line);
    add_measures(c, "norm", t);
    add_grid(c, t);
    add_heat(c, t);
}

/* --- derivatives --- */

static void add_locals(Card *c)
{
    char label[96], in[96], local[240], line[480];
    NbTextStyle style = c->style->text, full = style;
    style.unicode = true;
    full.digits = NB_DIGITS_FULL;
    const char *name = nb_text_label(style, c->v, label, sizeof label);
    int n = nb_var_op(c->v) ? nb_var_inputs(c->v) : 0, listed = 0;
    for (int i = 0; i < n && listed < OPERANDS; i++) {
        const NbVar *to = nb_var_input(c->v, i).var;
        nb_viz_text_local(full, c->v, i, local, sizeof local);
        if (!to || !nb_var_takes_grad(to) || !nb_var_takes_grad(c->v) || !local[0]) {
            continue;
        }
        Text t = text_over(line, sizeof line);
        nb_text_partial(style, &t, name, nb_text_label(style, to, in, sizeof in));
        text_printf(&t, " = %s", local);
        add_line(c, NB_ROLE_LOCAL, line);
        listed++;
    }
}

/* "stale: x, y changed" */
static void add_changed(Card *c, const char *what, NbVar **changed, int n)
{
    char line[240], name[96];
    snprintf(line, sizeof line, "%s", what);
    for (int i = 0; i < n && i < 3; i++) {
        size_t at = strlen(line);
        snprintf(line + at, sizeof line - at, "%s%s", i ? ", " : ": ",
                 nb_text_label(c->style->text, changed[i], name, sizeof name));
    }
    size_t at = strlen(line);
    snprintf(line + at, sizeof line - at, "%s", n > 0 ? " changed" : "");
    add_line(c, NB_ROLE_NOTE, line);
}

static void add_gradient(Card *c)
{
    NbTensor tmp;
    const NbTensor *g = nb_var_grad_data(c->v, &tmp);
    if (!nb_var_tracked(c->v)) {
        return;
    }
    if (!g) {
        add_line(c, NB_ROLE_NOTE, "grad -   not computed");
    } else if (nb_var_is_scalar(c->v)) {
        add_number(c, "grad", nb_var_grad_value(c->v));
    } else {
        add_measures(c, "|g|", g);
    }
    NbVar *changed[3];
    int n = 0;
    if (!nb_var_stale(c->v, NULL, 0, NULL) && nb_var_grad_stale(c->v, changed, 3, &n)) {
        add_changed(c, "gradient is stale", changed, n);
    }
}

static void add_stale(Card *c)
{
    NbVar *changed[3];
    int n = 0;
    if (nb_var_op(c->v) && nb_var_stale(c->v, changed, 3, &n)) {
        add_changed(c, "stale", changed, n);
    }
}

static void add_hidden(Card *c, const NbNode *node)
{
    char line[96];
    if (node->folded) {
        snprintf(line, sizeof line, "%zu node%s behind it folded; Space unfolds", node->hidden,
                 node->hidden == 1 ? "" : "s");
        add_line(c, NB_ROLE_NOTE, line);
    }
}

void nb_viz_scene_card(NbScene *s, const NbNode *node, const NbVizStyle *style,
                       const NbMeasure *measure)
{
    Card c = {.s = s, .me = measure, .style = style, .v = node->var, .y = PAD - 4};
    size_t ground = s->nprims;
    nb_viz_scene_add(s, NB_PRIM_BOX, NB_ROLE_PANEL, 0, 0, 0, 0);
    nb_viz_scene_add(s, NB_PRIM_BOX, NB_ROLE_PANEL, 0, 0, 0, 0); /* two coats are opaque */
    add_title(&c);
    if (nb_var_is_scalar(c.v)) {
        add_number(&c, "=", nb_var_value(c.v));
    } else {
        add_tensor(&c);
    }
    add_locals(&c);
    add_gradient(&c);
    add_stale(&c);
    add_hidden(&c, node);
    s->w = c.w + 2 * PAD;
    s->h = c.y + PAD - 4;
    for (size_t i = ground; i < ground + 2 && i < s->nprims; i++) {
        s->prim[i].w = s->w;
        s->prim[i].h = s->h;
        s->prim[i].radius = 10;
    }
}
