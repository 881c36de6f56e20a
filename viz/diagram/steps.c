/* steps.c -- the sweeps through a graph step by step: what is known after each */
#include "steps.h"

#include <math.h>
#include <stdlib.h>

#include <nabla/format.h>

/* Operations of the graph, oldest first; then, from the newest on, those that pass a gradient. */
typedef struct Sweep {
    NbContributions *c;
    NbVar **node; /* borrowed */
    size_t forward, backward;
} Sweep;

static int by_serial(const void *a, const void *b)
{
    uint64_t x = nb_var_serial(*(NbVar *const *)a), y = nb_var_serial(*(NbVar *const *)b);
    return x < y ? -1 : x > y;
}

static void sweep_free(Sweep *w)
{
    nb_contributions_free(&w->c);
    free(w->node);
}

/* Those drawn, or all behind root where m is NULL. */
static void list_forward(Sweep *w, NbVar *root, const NbModel *m)
{
    const NbTape *tape = m ? NULL : nb_graph_tape(root);
    for (size_t i = 0; tape && i < tape->nnodes; i++) {
        w->node[w->forward++] = tape->node[i];
    }
    for (size_t i = 0; m && i < m->nnodes; i++) {
        if (m->node[i].kind == NB_NODE_INNER) {
            w->node[w->forward++] = m->node[i].var;
        }
    }
    qsort(w->node, w->forward, sizeof(NbVar *), by_serial);
}

static size_t most_forward(NbVar *root, const NbModel *m)
{
    const NbTape *tape = m ? NULL : nb_graph_tape(root);
    return m ? m->nnodes : tape ? tape->nnodes : 0;
}

static NbStatus sweep_new(Sweep *w, NbVar *root, const NbModel *m, NbErr *err)
{
    *w = (Sweep){.c = nb_contributions(root, NULL)};
    if (!w->c) {
        NbErr *mine = nb_ctx_err(nb_var_ctx(root));
        *err = *mine;
        nb_err_clear(mine);
        return err->code;
    }
    w->node = calloc(most_forward(root, m) + 1, sizeof(NbVar *));
    if (!w->node) {
        sweep_free(w);
        return nb_fail(err, NB_EMEM, "out of memory drawing a graph");
    }
    list_forward(w, root, m);
    for (size_t i = 0; i < w->c->n; i++) {
        w->backward += i == 0 || w->c->edge[i].node != w->c->edge[i - 1].node;
    }
    return NB_OK;
}

static double magnitude_of(const NbAmount *a)
{
    double sum = 0;
    if (!a->tensor) {
        return fabs(a->num);
    }
    for (int64_t i = 0; i < a->tensor->size; i++) {
        double x = nb_tensor_at(a->tensor, i);
        sum += x * x;
    }
    return sqrt(sum);
}

/* A gradient as the boxes of graphs have it. */
static void put_grad(NbModel *m, NbNode *n, const NbAmount *a, int digits)
{
    char number[48], text[64];
    n->stepwise = true;
    n->has_grad = a != NULL;
    n->aged = false;
    n->magnitude = a ? magnitude_of(a) : 0;
    if (!a) {
        n->grad = "-";
        return;
    }
    nb_format_number(a->tensor ? n->magnitude : a->num, digits, number, sizeof number);
    snprintf(text, sizeof text, a->tensor ? "|g| %s" : "%s", number);
    n->grad = nb_viz_arena_text(&m->texts, text);
}

static bool takes_grad(const NbNode *n)
{
    return (n->kind == NB_NODE_LEAF || n->kind == NB_NODE_INNER) && nb_var_takes_grad(n->var);
}

/* What has reached v when `steps` operations have passed their gradient on; NULL: nothing. */
static const NbAmount *reached(const Sweep *w, const NbVar *v, size_t steps)
{
    static const NbAmount one = {.num = 1};
    const NbAmount *sum = steps > 0 && v == w->c->root ? &one : NULL;
    size_t step = 0;
    for (size_t i = 0; i < w->c->n; i++) {
        const NbContribution *e = &w->c->edge[i];
        step += i == 0 || e->node != w->c->edge[i - 1].node;
        if (step > steps) {
            break;
        }
        sum = e->to == v ? &e->after : sum;
    }
    return sum;
}

static void put_grads(NbModel *m, const Sweep *w, int digits, size_t steps)
{
    for (size_t i = 0; i < m->nnodes && !m->hide_grad; i++) {
        if (takes_grad(&m->node[i])) {
            put_grad(m, &m->node[i], reached(w, m->node[i].var, steps), digits);
        }
    }
}

static void find_scale(NbModel *m)
{
    m->magnitude_min = m->magnitude_max = 0;
    m->aged = false;
    for (size_t i = 0; i < m->nnodes; i++) {
        double x = m->node[i].has_grad ? m->node[i].magnitude : 0;
        if (x > 0) {
            m->magnitude_min = m->magnitude_min > 0 && m->magnitude_min < x ? m->magnitude_min : x;
            m->magnitude_max = x > m->magnitude_max ? x : m->magnitude_max;
        }
    }
}

NbStatus nb_viz_steps_fill(NbModel *m, NbVar *root, int digits, NbErr *err)
{
    Sweep w;
    if (sweep_new(&w, root, m, err) != NB_OK) {
        return err->code;
    }
    put_grads(m, &w, digits, w.backward);
    find_scale(m);
    sweep_free(&w);
    return m->texts.failed ? nb_fail(err, NB_EMEM, "out of memory drawing a graph") : NB_OK;
}

static void hide_values(NbModel *m, const Sweep *w, size_t known)
{
    for (size_t i = 0; i < m->nnodes; i++) {
        NbNode *n = &m->node[i];
        size_t k = 0;
        while (k < w->forward && w->node[k] != n->var) {
            k++;
        }
        if (n->kind == NB_NODE_INNER && k >= known && k < w->forward) {
            n->unknown = true;
            n->value = "?";
        }
    }
}

NbStatus nb_viz_steps_hide(NbModel *m, NbVar *root, int digits, size_t done, bool whole, NbErr *err)
{
    Sweep w;
    if (sweep_new(&w, root, whole ? NULL : m, err) != NB_OK) {
        return err->code;
    }
    hide_values(m, &w, done);
    put_grads(m, &w, digits, done > w.forward ? done - w.forward : 0);
    sweep_free(&w);
    return m->texts.failed ? nb_fail(err, NB_EMEM, "out of memory drawing a graph") : NB_OK;
}

int nb_viz_steps_count(const NbModel *m, NbVar *root, int *forward, NbErr *err)
{
    Sweep w;
    if (sweep_new(&w, root, m, err) != NB_OK) {
        return -1;
    }
    const int n = (int)(1 + w.forward + w.backward);
    *forward = (int)w.forward;
    sweep_free(&w);
    return n;
}
