/* report_grad.c -- gradients after backward: sums, norms, bars, tables */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "session/report.h"

#define FEW_NUMBERS 6 /* a gradient of more is shown as shape, norm and bar */
#define FEW_LEAVES 12 /* more are shown as a table */
#define MOST_ROWS 40
#define BAR_WIDTH 10

/* An earlier variable of its name: f~1 where f = f + x counts up. */
static bool counts_up(const NbVar *root, const char *label)
{
    const char *name = nb_var_name(root);
    size_t n = strcspn(label, "~");
    return name && strlen(name) == n && strncmp(name, label, n) == 0;
}

/* Leaves that a name binds now; when there are none those that names bound once, as x~1. */
LeafGrad *report_leaves(Session *s, NbVar *root, size_t *n)
{
    const NbTape *tape = nb_graph_tape(root);
    size_t found = 0;
    char label[96];
    *n = 0;
    if (!tape && nb_ctx_err(s->ctx)->code == NB_EMEM) {
        nb_err_clear(nb_ctx_err(s->ctx));
        *s->lost = true;
    }
    if (!tape || tape->nleaves == 0) {
        return NULL;
    }
    LeafGrad *leaf = malloc(tape->nleaves * sizeof *leaf);
    *s->lost |= !leaf;
    for (int older = 0; older < 2 && found == 0; older++) {
        for (size_t i = 0; leaf && i < tape->nleaves; i++) {
            NbVar *v = tape->leaf[i];
            const char *name = labels_own(s->labels, s->interp, v, label, sizeof label);
            if (name[0] && (older ? !counts_up(root, name) : !strchr(name, '~'))) {
                leaf[found++] = (LeafGrad){v, nb_var_grad(v), nb_var_grad_sweeps(v)};
            }
        }
    }
    *n = found;
    return leaf;
}

void report_leaves_free(LeafGrad *leaf, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        nb_var_unref(&leaf[i].before);
    }
    free(leaf);
}

/* The sweep arrived at the leaf. It does not where the leaf decides only which way is taken: as a
 * bound of a comparison, a condition of where. */
static bool reached(const LeafGrad *l)
{
    return nb_var_grad_sweeps(l->leaf) > 0 && nb_var_grad_sweeps(l->leaf) != l->sweeps;
}

/* The present gradient of l as a tensor; *tmp holds a scalar's. */
static const NbTensor *present(const LeafGrad *l, NbTensor *tmp)
{
    return nb_var_grad_data(l->leaf, tmp);
}

/* before + part is exactly what is there now. */
static bool adds_up(const NbTensor *before, const NbTensor *part, const NbTensor *now)
{
    if (!nb_shape_equal(&part->shape, &now->shape)) {
        return false;
    }
    for (int64_t i = 0; i < now->size; i++) {
        double sum = nb_tensor_at(before, i) + nb_tensor_at(part, i), is = nb_tensor_at(now, i);
        if (sum != is && !(isnan(sum) && isnan(is))) {
            return false;
        }
    }
    return true;
}

static NbTensor *copied(const Session *s, const NbTensor *t)
{
    NbTensor *copy = nb_tensor_copy(t, NULL);
    *s->lost |= !copy;
    return copy;
}

/* What the last sweep added: new for nb_tensor_unref, NULL when it did not arrive at the leaf, or
 * out of memory. */
static NbTensor *added(const Session *s, const LeafGrad *l)
{
    NbTensor a, b, c;
    if (!reached(l)) {
        return NULL;
    }
    const NbTensor *now = present(l, &a);
    const NbTensor *part = l->before ? nb_var_grad_added(l->leaf, &c) : NULL;
    if (now && part && adds_up(nb_var_data(l->before, &b), part, now)) {
        return copied(s, part);
    }
    NbTensor *diff = now ? copied(s, now) : NULL;
    const NbTensor *before = diff && l->before ? nb_var_data(l->before, &b) : NULL;
    for (int64_t i = 0; before && i < diff->size; i++) {
        nb_tensor_put(diff, i, nb_tensor_at(diff, i) - nb_tensor_at(before, i));
    }
    return diff;
}

/* "   x.grad: 7 + 7 = 14" */
static void put_sum(const Session *s, Text *t, const char *name, const LeafGrad *l,
                    const NbTensor *part)
{
    NbTensor a, b;
    const NbTensor *before = nb_var_data(l->before, &a), *now = present(l, &b);
    Text sum = text_in(s->lost);
    text_printf(&sum, "   %s.grad: ", name);
    report_tensor(s, &sum, before, 0);
    bool negative = part->shape.rank == 0 && nb_tensor_at(part, 0) < 0;
    text_add(&sum, negative ? " + (" : " + ");
    report_tensor(s, &sum, part, 0);
    text_add(&sum, negative ? ") = " : " = ");
    report_tensor(s, &sum, now, 0);
    if (text_columns(t) + text_columns(&sum) <= s->columns || nb_var_is_scalar(l->leaf)) {
        text_add(t, text_str(&sum));
    } else {
        text_printf(t, "   added to %s.grad", name);
    }
    text_free(&sum);
}

/* "∂f/∂x = 7   x.grad: 7 + 7 = 14", or "∂f/∂x = -" */
static void small_gradient(const Session *s, Text *t, const char *f, const LeafGrad *l)
{
    char label[96];
    const char *x = report_label(s, l->leaf, label, sizeof label);
    NbTensor *part = added(s, l);
    report_partial(s, t, f, x);
    text_add(t, " = ");
    if (part) {
        report_tensor(s, t, part, s->columns - text_columns(t));
    } else {
        text_add(t, "-");
    }
    if (part && l->before) {
        put_sum(s, t, x, l, part);
    }
    nb_tensor_unref(&part);
}

/* "∂f/∂w (2, 8)"; in a table the leaf alone, "w (2, 8)". */
static void put_leaf(const Session *s, Text *t, const char *f, const NbVar *leaf, bool table)
{
    char label[96], shape[160];
    const char *x = report_label(s, leaf, label, sizeof label);
    if (table) {
        text_add(t, x);
    } else {
        report_partial(s, t, f, x);
    }
    if (!nb_var_is_scalar(leaf)) {
        text_printf(t, " %s", nb_shape_text(nb_var_shape(leaf), shape, sizeof shape));
    }
}

/* Widths shared by the rows of many numbers. */
typedef struct GradRows {
    const char *f;
    bool table;
    double largest;
    int width, number_width;
} GradRows;

/* "∂f/∂w (2, 8)   |g| 0.342   ██████████"; norm of what the sweep added. */
static void large_gradient(const Session *s, Text *t, const GradRows *r, const LeafGrad *l,
                           double norm)
{
    char label[96], number[40];
    put_leaf(s, t, r->f, l->leaf, r->table);
    text_pad(t, r->width);
    if (!reached(l)) {
        text_add(t, "   |g| -");
        return;
    }
    nb_format_number(norm, 3, number, sizeof number);
    text_printf(t, "   |g| %-*s  ", r->number_width, number);
    nb_text_bar(session_text(s), t, r->largest > 0 ? norm / r->largest : 0, BAR_WIDTH);
    NbTensor tmp;
    if (l->before) {
        text_printf(t, "   %s.grad: ", report_label(s, l->leaf, label, sizeof label));
        nb_text_magnitude(session_text(s), t, present(l, &tmp));
    }
}

static bool is_small(const Session *s, const NbVar *v)
{
    int64_t size = 1;
    nb_shape_size(nb_var_shape(v), &size, NULL);
    return size <= FEW_NUMBERS || s->set.digits == NB_DIGITS_FULL;
}

static int row_width(const Session *s, const GradRows *r, const NbVar *v)
{
    Text t = text_in(s->lost);
    put_leaf(s, &t, r->f, v, r->table);
    int width = text_columns(&t);
    text_free(&t);
    return width;
}

static void measure(const Session *s, GradRows *r, const LeafGrad *leaf, const double *norm,
                    size_t n)
{
    char number[40];
    for (size_t i = 0; i < n; i++) {
        if (r->table || !is_small(s, leaf[i].leaf)) {
            int w = row_width(s, r, leaf[i].leaf);
            r->width = w > r->width ? w : r->width;
            if (!reached(&leaf[i])) {
                continue;
            }
            r->largest = norm[i] > r->largest ? norm[i] : r->largest;
            w = nb_text_width(nb_format_number(norm[i], 3, number, sizeof number));
            r->number_width = w > r->number_width ? w : r->number_width;
        }
    }
}

/* "  first/last 1 : 4700" when gradients vanish or explode along the layers. */
static void put_ratio(Text *t, const double *norm, size_t n)
{
    double first = norm[0], last = norm[n - 1];
    if (n > 4 && first > 0 && last > 0 && isfinite(first) && isfinite(last)) {
        double ratio = last > first ? last / first : first / last;
        char number[40];
        nb_format_number(ratio, 2, number, sizeof number);
        if (ratio < 1e7) { /* 4700, not 4.7e+03 */
            snprintf(number, sizeof number, "%.0f", strtod(number, NULL));
        }
        if (ratio >= 100) {
            text_printf(t, last > first ? "   first/last 1 : %s" : "   first/last %s : 1", number);
        }
    }
}

/* All are parameters of modules: in the order of layers. */
static bool of_module(const LeafGrad *leaf, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *name = nb_var_name(leaf[i].leaf);
        if (!name || !strchr(name, '.')) {
            return false;
        }
    }
    return true;
}

static double norm_of(const Session *s, const LeafGrad *l)
{
    NbTensor *part = added(s, l);
    double norm = part ? nb_text_norm(part) : NAN;
    nb_tensor_unref(&part);
    return norm;
}

static void print_rows(Session *s, const char *f, const LeafGrad *leaf, const double *norm,
                       size_t n)
{
    Text t = text_in(s->lost);
    GradRows r = {.f = f, .table = n > FEW_LEAVES};
    measure(s, &r, leaf, norm, n);
    size_t hidden = n > MOST_ROWS && s->set.digits != NB_DIGITS_FULL ? n - MOST_ROWS : 0;
    for (size_t i = 0; i < n; i++) {
        if (hidden > 0 && i == MOST_ROWS / 2) {
            fprintf(s->out, "  %s %zu more\n", s->set.unicode ? "…" : "...", hidden);
            i += hidden;
        }
        text_reset(&t);
        if (r.table || !is_small(s, leaf[i].leaf)) {
            large_gradient(s, &t, &r, &leaf[i], norm[i]);
        } else {
            small_gradient(s, &t, f, &leaf[i]);
        }
        if (i == n - 1 && (r.table || of_module(leaf, n))) {
            Text ratio = text_in(s->lost);
            put_ratio(&ratio, norm, n);
            if (text_columns(&t) + text_columns(&ratio) <= s->columns) {
                text_add(&t, text_str(&ratio));
            } else {
                text_printf(&t, "\n%s", text_str(&ratio));
            }
            text_free(&ratio);
        }
        while (t.len > 0 && t.s[t.len - 1] == ' ') {
            t.s[--t.len] = '\0';
        }
        report_line(&t, s->out);
    }
    text_free(&t);
}

void report_gradients(Session *s, const char *name, const LeafGrad *leaf, size_t n)
{
    double *norm = n > 0 ? malloc(n * sizeof *norm) : NULL;
    *s->lost |= n > 0 && !norm;
    for (size_t i = 0; norm && i < n; i++) {
        norm[i] = norm_of(s, &leaf[i]);
    }
    if (norm) {
        print_rows(s, name, leaf, norm, n);
    }
    free(norm);
}
