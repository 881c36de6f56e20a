/* wrong_sweep.c -- sweeps made wrongly, and what the mistakes of `wrong` print */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/wrong.h"

/* --- a sweep that does it wrong --- */

size_t wrong_index(const Wrong *w, const NbVar *v)
{
    const NbTape *t = w->u.tape;
    bool leaf = nb_var_kind(v) == NB_LEAF;
    NbVar *const *list = leaf ? t->leaf : t->node;
    size_t at = nb_vars_find(list, leaf ? t->nleaves : t->nnodes, v);
    return leaf ? at : t->nleaves + at;
}

NbVar *wrong_var(const Wrong *w, size_t i)
{
    const NbTape *t = w->u.tape;
    return i < t->nleaves ? t->leaf[i] : t->node[i - t->nleaves];
}

static bool takes(const NbVar *v)
{
    return nb_var_takes_grad(v);
}

bool wrong_seed(Wrong *w)
{
    size_t root = wrong_index(w, w->u.f);
    w->n = w->u.tape->nleaves + w->u.tape->nnodes;
    w->sum = calloc(w->n + 1, sizeof *w->sum);
    w->reached = calloc(w->n + 1, sizeof *w->reached);
    w->visits = calloc(w->n + 1, sizeof *w->visits);
    if (!w->sum || !w->reached || !w->visits) {
        return interp_fail(w->u.I, NULL, NB_EMEM, "out of memory for a wrong sweep");
    }
    w->sum[root].num = 1;
    w->reached[root] = true;
    if (!nb_var_is_scalar(w->u.f)) { /* one element in a tensor */
        w->sum[root].tensor = nb_tensor_full(nb_var_shape(w->u.f), 1, nb_ctx_err(w->u.s->ctx));
        return w->sum[root].tensor || interp_fail_ctx(w->u.I, w->u.node);
    }
    return true;
}

void wrong_free(Wrong *w)
{
    for (size_t i = 0; w->sum && i < w->n; i++) {
        nb_amount_free(&w->sum[i]);
    }
    free(w->sum);
    free(w->reached);
    free(w->visits);
    teach_end(&w->u);
}

/* sum[to] += product, or = product; takes the product. false when out of memory. */
static bool give(Wrong *w, size_t to, NbAmount *product, bool overwrite)
{
    if (w->reached[to] && !overwrite) {
        if (product->tensor) {
            NbTensor *sum = nb_tensor_copy(w->sum[to].tensor, nb_ctx_err(w->u.s->ctx));
            if (!sum) {
                nb_amount_free(product);
                return interp_fail_ctx(w->u.I, w->u.node);
            }
            nb_tensor_add(sum, product->tensor);
            nb_tensor_unref(&product->tensor);
            product->tensor = sum;
        } else {
            product->num += w->sum[to].num;
        }
    }
    nb_amount_free(&w->sum[to]);
    w->sum[to] = *product;
    w->reached[to] = true;
    return true;
}

static bool pass_on(Wrong *w, size_t from, int input, bool overwrite)
{
    NbVar *v = wrong_var(w, from);
    NbVar *to = nb_var_input(v, input).var;
    NbAmount product;
    if (nb_contribution_from(v, input, &w->sum[from], &product) != NB_OK) {
        nb_amount_free(&product);
        return interp_fail_ctx(w->u.I, w->u.node);
    }
    return give(w, wrong_index(w, to), &product, overwrite);
}

/* In the right order; with overwrite each contribution replaces the one before. */
bool wrong_sweep(Wrong *w, bool overwrite)
{
    size_t nleaves = w->u.tape->nleaves;
    for (size_t i = w->u.tape->nnodes; i-- > 0;) {
        NbVar *v = w->u.tape->node[i];
        if (i % 256 == 0 && !interp_poll(w->u.I)) {
            return false;
        }
        for (int k = 0; w->reached[nleaves + i] && k < nb_var_inputs(v); k++) {
            NbVar *to = nb_var_input(v, k).var;
            if (to && takes(to) && !pass_on(w, nleaves + i, k, overwrite)) {
                return false;
            }
        }
    }
    return true;
}

typedef struct Visit {
    size_t at;
    int input;
} Visit;

/* Without an order: a node passes on all it holds whenever something reaches it. */
bool wrong_sweep_at_once(Wrong *w)
{
    Visit *stack = malloc((w->n + 2) * sizeof *stack);
    size_t depth = 0, visits = 0;
    bool ok = stack != NULL || interp_fail(w->u.I, NULL, NB_EMEM, "out of memory");
    if (ok) {
        stack[depth++] = (Visit){wrong_index(w, w->u.f), 0};
    }
    while (ok && depth > 0) {
        Visit *top = &stack[depth - 1];
        NbVar *v = wrong_var(w, top->at);
        if (top->input == 0) {
            w->visits[top->at]++;
            w->stopped = ++visits > WRONG_MOST_VISITS;
            ok = visits % 256 != 0 || interp_poll(w->u.I);
        }
        if (!ok || w->stopped) {
            break;
        }
        if (top->input >= nb_var_inputs(v)) {
            depth--;
            continue;
        }
        int k = top->input++;
        NbVar *to = nb_var_input(v, k).var;
        if (to && takes(to)) {
            ok = pass_on(w, top->at, k, false);
            if (ok && nb_var_kind(to) == NB_INNER) {
                stack[depth++] = (Visit){wrong_index(w, to), 0};
            }
        }
    }
    free(stack);
    return ok;
}

/* --- side by side --- */

bool wrong_same(const NbAmount *a, const NbAmount *b)
{
    return a->tensor && b->tensor ? wrong_same_numbers(a->tensor, b->tensor)
                                  : a->num == b->num || (isnan(a->num) && isnan(b->num));
}

bool wrong_same_numbers(const NbTensor *a, const NbTensor *b)
{
    for (int64_t i = 0; i < a->size; i++) {
        double p = nb_tensor_at(a, i), q = nb_tensor_at(b, i);
        /* sums in another order may differ in the last digit */
        if (!(fabs(p - q) <= 1e-12 * fmax(fabs(p), fabs(q))) && !(isnan(p) && isnan(q))) {
            return false;
        }
    }
    return true;
}

void wrong_mark(const Session *s, Text *t, const char *text)
{
    if (text[0]) {
        text_printf(t, "%s %s", s->set.unicode ? "←" : "<-", text);
    }
}

void wrong_heads(const Wrong *w, Table *table)
{
    static const bool right[4] = {false, true, true, false};
    const char *const head[4] = {"", "right", "wrong", ""};
    table_begin(table, w->u.s->lost, 4, right);
    for (int i = 0; i < 4; i++) {
        table_cell(table, head[i]);
    }
}

void wrong_say(const Wrong *w, const char *fmt, ...)
{
    va_list ap;
    char line[512];
    Text t = text_in(w->u.s->lost);
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    text_add(&t, line);
    nb_text_cut(&t, w->u.s->columns);
    formula_line(w->u.s, &t, w->u.s->out);
    text_free(&t);
}
