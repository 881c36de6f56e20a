/* explain_nan.c -- where nan or infinity came from: the operation, its inputs, the path from it */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/teach.h"
#include "cmd/teach_export.h"
#include "cmd/view.h"

#define MOST_PATH 64
#define SHOWN_PATH 8

/* The oldest node whose value is not finite though its inputs are, and the newest gradient. */
typedef struct Origin {
    NbVar *root, *node; /* borrowed */
    bool gradient;
    int input; /* of a gradient: into which operand */
} Origin;

static bool finite_tensor(const NbTensor *t)
{
    int64_t count;
    return nb_tensor_nonfinite(t, &count) < 0;
}

static bool finite_value(const NbVar *v)
{
    NbTensor tmp;
    return finite_tensor(nb_var_data(v, &tmp));
}

static bool finite_grad(const NbVar *v)
{
    NbTensor tmp;
    const NbTensor *g = nb_var_grad_data(v, &tmp);
    return !g || finite_tensor(g);
}

static bool finite_inputs(const NbVar *v)
{
    for (int i = 0; i < nb_var_inputs(v); i++) {
        NbArg in = nb_var_input(v, i);
        if (in.var ? !finite_value(in.var) : !isfinite(in.num)) {
            return false;
        }
    }
    return true;
}

static void take(Origin *o, NbVar *root, NbVar *node, bool gradient, int input)
{
    bool better = !o->node || (o->gradient && !gradient) ||
                  (o->gradient == gradient && nb_var_serial(node) < nb_var_serial(o->node));
    if (better) {
        *o = (Origin){root, node, gradient, input};
    }
}

/* A finite gradient at v that is not finite at one of its operands. */
static void look_at_gradients(Origin *o, NbVar *root, NbVar *v)
{
    if (!nb_var_has_grad(v) || !finite_grad(v)) {
        return;
    }
    for (int i = 0; i < nb_var_inputs(v); i++) {
        NbVar *in = nb_var_input(v, i).var;
        if (in && nb_var_tracked(in) && nb_var_has_grad(in) && !finite_grad(in)) {
            take(o, root, v, true, i);
        }
    }
}

static Origin search(NbVar *root)
{
    Origin o = {0};
    const NbTape *t = nb_graph_tape(root);
    size_t n = t ? t->nleaves + t->nother : 0;
    for (size_t i = 0; i < n; i++) {
        NbVar *v = i < t->nleaves ? t->leaf[i] : t->other[i - t->nleaves];
        if (!finite_value(v)) {
            take(&o, root, v, false, 0);
        }
    }
    for (size_t i = 0; t && i < t->nnodes; i++) {
        NbVar *v = t->node[i];
        if (!finite_value(v) && finite_inputs(v)) {
            take(&o, root, v, false, 0);
        }
        look_at_gradients(&o, root, v);
    }
    if (!o.node && nb_var_kind(root) != NB_INNER && !finite_value(root)) {
        take(&o, root, root, false, 0);
    }
    return o;
}

/* Of the newest root: what was typed last. */
static void search_newest(void *user, NbVar *root)
{
    Origin *best = user;
    if (!best->root || nb_var_serial(root) > nb_var_serial(best->root)) {
        Origin o = search(root);
        *best = o.node ? o : *best;
    }
}

/* --- texts --- */

/* "v2 = a - 3 = 2 - 3 = -1" */
static void put_input(Session *s, Text *t, NbVar *v)
{
    char label[96];
    Text numbers = text_in(s->lost), value = text_in(s->lost);
    text_printf(t, "  %s = ", report_label(s, v, label, sizeof label));
    formula_value(s, &value, v, 30);
    if (nb_var_op(v)) {
        formula_operation(s, t, v);
        formula_numbers(s, &numbers, v);
        if (text_columns(t) + text_columns(&numbers) + text_columns(&value) + 6 <= s->columns) {
            text_printf(t, " = %s", text_str(&numbers));
        }
        nb_text_cut(t, s->columns - text_columns(&value) - 3);
        text_add(t, " = ");
    }
    text_add(t, text_str(&value));
    text_free(&numbers);
    text_free(&value);
}

static void put_count(Text *t, const NbTensor *v)
{
    int64_t count;
    int64_t first = nb_tensor_nonfinite(v, &count);
    if (v->shape.rank > 0) {
        text_printf(t, " in %lld of %lld elements, first at [", (long long)count,
                    (long long)v->size);
        int64_t block = v->size;
        for (int i = 0; i < v->shape.rank; i++) {
            block /= v->shape.dim[i];
            text_printf(t, "%s%lld", i ? ", " : "", (long long)(first / block % v->shape.dim[i]));
        }
        text_add(t, "]");
    }
}

static const char *word_of(const NbTensor *v)
{
    int64_t count;
    int64_t first = nb_tensor_nonfinite(v, &count);
    double x = first < 0 ? 0 : nb_tensor_at(v, first);
    return isnan(x) ? "nan" : x > 0 ? "inf" : "-inf";
}

static void say(Session *s, Text *t)
{
    formula_line(s, t, s->out);
}

static void say_value(Session *s, const Origin *o)
{
    char label[96];
    NbTensor tmp;
    Text t = text_in(s->lost);
    const NbTensor *data = nb_var_data(o->node, &tmp);
    const NbOp *op = nb_var_op(o->node);
    text_add(&t, report_label(s, o->node, label, sizeof label));
    if (op) {
        text_add(&t, " = ");
        formula_operation(s, &t, o->node);
    }
    text_printf(&t, " is %s", word_of(data));
    put_count(&t, data);
    text_add(&t, op ? "; its inputs are finite" : ": it was given so");
    say(s, &t);
    for (int i = 0; i < nb_var_inputs(o->node) && i < SHOWN_PATH; i++) {
        NbVar *in = nb_var_input(o->node, i).var;
        if (in) {
            put_input(s, &t, in);
            say(s, &t);
        }
    }
    if (op && op->domain) {
        text_printf(&t, "  %s", op->domain);
        say(s, &t);
    }
    text_free(&t);
}

static void say_gradient(Session *s, const Origin *o)
{
    char label[96], to[96];
    NbTensor tmp;
    Text t = text_in(s->lost);
    NbVar *in = nb_var_input(o->node, o->input).var;
    const NbTensor *g = nb_var_grad_data(in, &tmp);
    report_label(s, o->node, label, sizeof label);
    text_printf(&t, "the gradient of %s = ", label);
    formula_operation(s, &t, o->node);
    text_printf(&t, " by %s is %s", report_label(s, in, to, sizeof to), word_of(g));
    put_count(&t, g);
    say(s, &t);
    text_add(&t, "  upstream ");
    char root[96];
    report_partial(s, &t, report_label(s, o->root, root, sizeof root), label);
    text_add(&t, " = ");
    formula_tensor(s, &t, nb_var_grad_data(o->node, &tmp), "g", 30);
    Text local = text_in(s->lost);
    formula_local(s, &local, o->node, o->input);
    if (local.len > 0) {
        text_add(&t, ", local ");
        report_partial(s, &t, label, to);
        text_printf(&t, " = %s", text_str(&local));
    }
    text_free(&local);
    say(s, &t);
    put_input(s, &t, in);
    say(s, &t);
    text_free(&t);
}

/* --- the path from the origin to the root --- */

/* The consumer of v in the graph through which it reached the root: the oldest that is spoilt. */
static NbVar *next_spoilt(const NbTape *t, const NbVar *v)
{
    for (size_t i = 0; i < t->nnodes; i++) {
        for (int k = 0; k < nb_var_inputs(t->node[i]); k++) {
            if (nb_var_input(t->node[i], k).var == v && !finite_value(t->node[i])) {
                return t->node[i];
            }
        }
    }
    return NULL;
}

/* A gradient goes on to operands, down to a leaf. */
static NbVar *next_operand(NbVar *v)
{
    for (int k = 0; k < nb_var_inputs(v); k++) {
        NbVar *in = nb_var_input(v, k).var;
        if (in && nb_var_tracked(in) && nb_var_has_grad(in) && !finite_grad(in)) {
            return in;
        }
    }
    return NULL;
}

static int find_path(const Origin *o, NbVar **path)
{
    const NbTape *t = nb_graph_tape(o->root);
    int n = 0;
    NbVar *v = o->gradient ? nb_var_input(o->node, o->input).var : o->node;
    for (; t && v && n < MOST_PATH; v = o->gradient ? next_operand(v) : next_spoilt(t, v)) {
        path[n++] = v;
    }
    return n;
}

static void say_path(Session *s, const Origin *o, NbVar *const *path, int n)
{
    char label[96];
    Text t = text_in(s->lost);
    NbTensor tmp;
    if (n < 2) {
        return;
    }
    text_add(&t, "path: ");
    for (int i = 0; i < n; i++) {
        Text item = text_in(s->lost);
        if (n > SHOWN_PATH && i == SHOWN_PATH / 2) {
            text_add(&t, " → …");
            i = n - SHOWN_PATH / 2;
        }
        const NbTensor *data = o->gradient ? nb_var_grad_data(path[i], &tmp)
                                           : nb_var_data(path[i], &tmp);
        text_printf(&item, "%s%s%s %s", i ? " → " : "",
                    report_label(s, path[i], label, sizeof label), o->gradient ? ".grad" : "",
                    word_of(data));
        if (text_columns(&t) + text_columns(&item) > s->columns) {
            text_add(&t, "\n     ");
        }
        text_add(&t, text_str(&item));
        text_free(&item);
    }
    say(s, &t);
    text_free(&t);
}

static void light_path(Session *s, const Origin *o, NbVar *const *path, int n)
{
    ViewLight light[MOST_PATH + 1];
    int k = 0;
    light[k++] = (ViewLight){o->node, VIEW_LIGHT_BAD, NULL};
    for (int i = 0; i < n; i++) {
        if (path[i] != o->node) {
            light[k++] = (ViewLight){path[i], VIEW_LIGHT_BAD, NULL};
        }
    }
    view_light(s, light, k, o->gradient);
}

bool explain_nan(Interp *I, const Call *c)
{
    Session *s = session_of(I);
    Origin o = {0};
    NbVar *path[MOST_PATH];
    if (s->root) {
        o = search(s->root);
    }
    if (!o.node) {
        each_live_root(I, search_newest, &o);
    }
    if (nb_ctx_err(s->ctx)->code != NB_OK) { /* no memory to order a graph */
        return interp_fail_ctx(I, c->node);
    }
    if (!o.node) {
        fprintf(s->out, "no value and no gradient is nan or infinite\n");
        view_light(s, NULL, 0, false);
        return true;
    }
    if (nb_var_kind(o.root) == NB_INNER && !labels_show(s->labels, I, o.root)) {
        return interp_fail_ctx(I, NULL);
    }
    if (o.gradient) {
        say_gradient(s, &o);
    } else {
        say_value(s, &o);
    }
    int n = find_path(&o, path);
    say_path(s, &o, path, n);
    light_path(s, &o, path, n);
    return true;
}
