/* tree.c -- a graph as indented text, each shared node once */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "base/mem.h"
#include "model.h"
#include "viz/picture/theme.h"

#define MAX_LINES 200
#define NAME_CAP 12 /* longer names do not widen the column of the others */
#define DEFAULT_COLUMNS 76
#define GRADIENT "35" /* magenta, which can be read on white and on black */

/* One line: guides and name, value, operation, gradient. */
typedef struct Line {
    const NbVar *var;
    uint32_t depth;
    bool again; /* shown above */
    bool last;  /* among its siblings */
    bool cut;   /* stands for what is left out below a deep node, whose name it has */
    const char *name, *value, *op, *grad;
    bool dims; /* the value starts with a shape: no equals sign */
} Line;

typedef struct Pending {
    NbVar *var;
    double number;
    uint32_t depth;
    bool last;
} Pending;

typedef struct Tree {
    const NbVizStyle *style;
    NbArena texts;
    Line *line;
    size_t nlines, line_cap;
    Pending *stack;
    size_t nstack, stack_cap;
    const NbVar **seen; /* open addressing, a power of two */
    size_t seen_cap, nseen;
    uint32_t deepest;
    bool more, failed, stale, hide_grad;
} Tree;

/* True when v was there already; remembers it. */
static bool seen_before(Tree *t, const NbVar *v)
{
    if (t->nseen * 2 >= t->seen_cap) {
        size_t cap = t->seen_cap ? t->seen_cap * 2 : 512;
        const NbVar **grown = calloc(cap, sizeof *grown);
        if (!grown) {
            t->failed = true;
            return true;
        }
        const NbVar **old = t->seen;
        size_t old_cap = t->seen_cap;
        t->seen = grown;
        t->seen_cap = cap;
        t->nseen = 0;
        for (size_t i = 0; i < old_cap; i++) {
            if (old[i]) {
                seen_before(t, old[i]); /* never grows again: one level */
            }
        }
        free((void *)old);
    }
    size_t at = (size_t)((uintptr_t)v >> 4) * 0x9e3779b1u & (t->seen_cap - 1);
    while (t->seen[at] && t->seen[at] != v) {
        at = (at + 1) & (t->seen_cap - 1);
    }
    if (t->seen[at]) {
        return true;
    }
    t->seen[at] = v;
    t->nseen++;
    return false;
}

static void push(Tree *t, Pending p)
{
    if (!nb_grow(&t->stack, &t->stack_cap, t->nstack + 1, sizeof *t->stack)) {
        t->failed = true;
        return;
    }
    t->stack[t->nstack++] = p;
}

/* Inputs in reverse, so that the first is popped first; the last shown one closes the branch. */
static void push_inputs(Tree *t, const NbVar *v, uint32_t depth)
{
    bool last = true;
    for (int i = nb_var_inputs(v); i-- > 0;) {
        NbArg arg = nb_var_input(v, i);
        if (arg.var || t->style->show_constants) {
            push(t, (Pending){arg.var, arg.num, depth, last});
            last = false;
        }
    }
}

static bool has_inputs(const Tree *t, const NbVar *v)
{
    for (int i = 0; nb_var_op(v) && i < nb_var_inputs(v); i++) {
        if (nb_var_input(v, i).var || t->style->show_constants) {
            return true;
        }
    }
    return false;
}

static void describe(Tree *t, Line *l, const Pending *p)
{
    char buf[256];
    NbTextStyle text = t->style->text;
    l->op = l->grad = l->value = "";
    if (!p->var) {
        l->name =
            nb_viz_arena_text(&t->texts, nb_format_number(p->number, text.digits, buf, sizeof buf));
        return;
    }
    const NbVar *v = p->var;
    l->name = nb_viz_arena_text(&t->texts, nb_text_label(text, v, buf, sizeof buf));
    if (l->again) {
        return;
    }
    char row[sizeof buf];
    nb_viz_text_value(text, v, buf, sizeof buf);
    l->value = nb_viz_arena_text(&t->texts, nb_viz_text_row(buf, row, sizeof row));
    l->dims = l->value[0] == '(';
    if (nb_var_op(v)) {
        l->op = nb_viz_arena_text(&t->texts, nb_viz_text_op(text, v, buf, sizeof buf));
    }
    if (nb_var_tracked(v) && !t->hide_grad) {
        snprintf(buf, sizeof buf, "grad ");
        nb_viz_text_grad(text, v, buf + 5, sizeof buf - 5);
        if (t->stale && nb_var_op(v) && nb_var_stale(p->var, NULL, 0, NULL)) {
            strncat(buf, "  stale", sizeof buf - strlen(buf) - 1);
        } else if (nb_var_grad_stale(p->var, NULL, 0, NULL)) {
            strncat(buf, " (stale)", sizeof buf - strlen(buf) - 1);
        }
        l->grad = nb_viz_arena_text(&t->texts, buf);
    } else if (!nb_var_tracked(v)) {
        l->grad = "const";
    }
}

static void add_cut(Tree *t, const char *name, uint32_t depth)
{
    if (!nb_grow(&t->line, &t->line_cap, t->nlines + 1, sizeof *t->line)) {
        t->failed = true;
        return;
    }
    t->line[t->nlines++] = (Line){
        .depth = depth, .last = true, .cut = true, .name = name, .value = "", .op = "", .grad = ""};
}

static void walk(Tree *t, NbVar *root)
{
    push(t, (Pending){root, 0, 0, true});
    while (t->nstack > 0 && !t->failed) {
        if (t->nlines >= MAX_LINES) {
            t->more = true;
            return;
        }
        Pending p = t->stack[--t->nstack];
        if (!nb_grow(&t->line, &t->line_cap, t->nlines + 1, sizeof *t->line)) {
            t->failed = true;
            return;
        }
        Line *l = &t->line[t->nlines++];
        *l = (Line){.var = p.var, .depth = p.depth, .last = p.last};
        l->again = p.var && seen_before(t, p.var);
        describe(t, l, &p);
        bool below = !l->again && p.var && has_inputs(t, p.var);
        if (below && p.depth < t->deepest) {
            push_inputs(t, p.var, p.depth + 1);
        } else if (below) {
            add_cut(t, l->name, p.depth + 1);
        }
    }
}

/* --- columns --- */

typedef struct Columns {
    int inner_name, leaf_name; /* of names with and without operation */
    int op, grad;              /* where these columns start */
    int op_width;
} Columns;

static int name_width(const Columns *c, const Line *l)
{
    return l->op[0] ? c->inner_name : c->leaf_name;
}

static int left_width(const Columns *c, const Line *l)
{
    int name = nb_text_width(l->name);
    int column = name_width(c, l);
    int width = (int)l->depth * 2 + (name > column ? name : column);
    return width + (l->value[0] ? nb_text_width(l->value) + (l->dims ? 1 : 3) : 0);
}

static Columns measure(const Tree *t)
{
    Columns c = {0};
    for (size_t i = 0; i < t->nlines; i++) {
        const Line *l = &t->line[i];
        int w = nb_text_width(l->name);
        int *column = l->op[0] ? &c.inner_name : &c.leaf_name;
        if (!l->again && l->value[0] && w <= NAME_CAP && w > *column) {
            *column = w;
        }
    }
    int limit = t->style->text.columns > 0 ? t->style->text.columns : DEFAULT_COLUMNS;
    int longest_left = 0, longest_grad = 0, longest_op = 0;
    for (size_t i = 0; i < t->nlines; i++) {
        const Line *l = &t->line[i];
        int left = left_width(&c, l), op = nb_text_width(l->op), grad = nb_text_width(l->grad);
        if (l->op[0] && left > c.op - 2) {
            c.op = left + 2;
        }
        longest_left = !l->again && left > longest_left ? left : longest_left;
        longest_op = op > longest_op ? op : longest_op;
        longest_grad = grad > longest_grad ? grad : longest_grad;
    }
    int room = limit - longest_grad - 3 - c.op;
    c.op_width = longest_op <= room ? longest_op : room > 8 ? room : 8;
    c.grad = c.op ? c.op + c.op_width + 3 : longest_left + 3;
    if (c.grad < longest_left + 2) {
        c.grad = longest_left + 2;
    }
    return c;
}

/* --- writing --- */

static int pad(FILE *out, int at, int to)
{
    for (; at < to; at++) {
        fputc(' ', out);
    }
    return at;
}

/* Text cut to `width` columns with an ellipsis; returns the columns written. */
static int put_cut(FILE *out, const char *text, int width, bool unicode)
{
    int whole = nb_text_width(text);
    if (whole <= width) {
        fputs(text, out);
        return whole;
    }
    const char *dots = unicode ? "…" : "...";
    int room = width - (unicode ? 1 : 3);
    char part[512];
    size_t n = 0, end = 0;
    while (text[n] && n + 1 < sizeof part) {
        part[n] = text[n];
        n++;
        if ((text[n] & 0xc0) != 0x80) {
            part[n] = '\0';
            if (nb_text_width(part) > room) {
                break;
            }
            end = n;
        }
    }
    part[end] = '\0';
    fprintf(out, "%s%s", part, dots);
    return nb_text_width(part) + (unicode ? 1 : 3);
}

static void put_guides(FILE *out, const Tree *t, size_t place, const bool *open)
{
    const Line *l = &t->line[place];
    bool u = t->style->text.unicode;
    for (uint32_t d = 1; d < l->depth; d++) {
        fputs(!open[d] ? "  " : u ? "│ " : "| ", out);
    }
    if (l->depth > 0) {
        fputs(l->last ? (u ? "└ " : "`-") : (u ? "├ " : "|-"), out);
    }
}

static void colour(FILE *out, const Tree *t, const char *code)
{
    if (t->style->colour) {
        fprintf(out, "\033[%sm", code);
    }
}

static void put_line(FILE *out, const Tree *t, const Columns *c, size_t place, const bool *open)
{
    const Line *l = &t->line[place];
    colour(out, t, "2");
    put_guides(out, t, place, open);
    colour(out, t, "0");
    if (l->again) {
        fprintf(out, "%s (above)\n", l->name);
        return;
    }
    if (l->cut) {
        fprintf(out, "%s more: tree %s\n", t->style->text.unicode ? "…" : "...", l->name);
        return;
    }
    colour(out, t, "1");
    fputs(l->name, out);
    colour(out, t, "0");
    int at = (int)l->depth * 2 + nb_text_width(l->name);
    if (l->value[0]) {
        at = pad(out, at, (int)l->depth * 2 + name_width(c, l));
        fprintf(out, "%s%s", l->dims ? " " : " = ", l->value);
        at += nb_text_width(l->value) + (l->dims ? 1 : 3);
    }
    if (l->op[0]) {
        at = pad(out, at, c->op);
        at += put_cut(out, l->op, c->op_width, t->style->text.unicode);
    }
    if (l->grad[0]) {
        pad(out, at, c->grad > at + 2 ? c->grad : at + 2);
        colour(out, t,
               strcmp(l->grad, "grad -") == 0 || strcmp(l->grad, "const") == 0 ? "2" : GRADIENT);
        fputs(l->grad, out);
        colour(out, t, "0");
    }
    fputc('\n', out);
}

static void put_all(FILE *out, const Tree *t, bool *open)
{
    Columns c = measure(t);
    for (size_t i = 0; i < t->nlines; i++) {
        const Line *l = &t->line[i];
        put_line(out, t, &c, i, open);
        open[l->depth] = !l->last;
    }
}

static void put_rest(FILE *out, const Tree *t, NbVar *root)
{
    const NbTape *tape = nb_graph_tape(root);
    size_t all = tape ? tape->nnodes + tape->nleaves + tape->nother : t->nseen;
    fprintf(out, "%s %zu of %zu nodes shown; tree NAME shows a part\n",
            t->style->text.unicode ? "…" : "...", t->nseen, all);
}

NbStatus nb_viz_tree_write(const NbVizStyle *style, NbVar *root, bool hide_grad, FILE *out,
                           NbErr *err)
{
    Tree t = {.style = style, .hide_grad = hide_grad};
    int columns = style->text.columns > 0 ? style->text.columns : DEFAULT_COLUMNS;
    t.deepest = columns > 60 ? (uint32_t)(columns - 48) / 2 : 6;
    t.stale = nb_var_stale(root, NULL, 0, NULL);
    walk(&t, root);
    bool *open = calloc((size_t)t.deepest + 3, sizeof *open);
    bool failed = t.failed || t.texts.failed || !open;
    if (!failed) {
        put_all(out, &t, open);
        if (t.more) {
            put_rest(out, &t, root);
        }
    }
    free(open);
    free((void *)t.seen);
    free(t.line);
    free(t.stack);
    nb_viz_arena_free(&t.texts);
    return failed ? nb_fail(err, NB_EMEM, "out of memory writing a tree") : NB_OK;
}
