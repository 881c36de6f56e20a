/* weights.c -- parameters of modules by their names in PyTorch: read out, and written back whole */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/saved.h>

#include "base/mem.h"
#include "nn/module.h"

#define NAME_CAP 512

/* A parameter, there or still to be drawn. */
typedef struct Place {
    NbModule *module;
    int k;
    NbTorchParam as;
    char name[NAME_CAP];
    NbTensor *value; /* its new numbers */
    NbVar *made;     /* for one that is to be drawn: the leaf that holds them */
} Place;

typedef struct Places {
    Place *at;
    size_t n, cap;
    NbErr *err;
} Places;

static void end_places(Places *p)
{
    for (size_t i = 0; i < p->n; i++) {
        nb_tensor_unref(&p->at[i].value);
        nb_var_unref(&p->at[i].made);
    }
    nb_free(p->at);
}

/* --- names --- */

/* Word i of a list of words; the last is used when there are fewer. */
static int word_of(const char *words, size_t i, const char **from)
{
    for (; i > 0 && strchr(words, ' '); i--) {
        words = strchr(words, ' ') + 1;
    }
    *from = words;
    return (int)strcspn(words, " ");
}

/* "2." before the names of child i; true: its weight has the name before, as it lies. */
static bool child_name(const NbModule *m, size_t i, const char *before, char *buf, size_t cap)
{
    const char *words = m->layer->torch_children, *word;
    if (!words) {
        snprintf(buf, cap, "%s%s.", before, m->child[i].name);
        return false;
    }
    if (words[0] == '#') {
        snprintf(buf, cap, "%s%zu.", before, i * (size_t)atoi(words + 1));
        return false;
    }
    int n = word_of(words, i, &word);
    bool itself = n > 0 && word[n - 1] == '=';
    snprintf(buf, cap, "%s%.*s%s", before, itself ? n - 1 : n, word, itself ? "" : ".");
    return itself;
}

/* It has this parameter, or will have once it is drawn. */
static bool has_param(const NbModule *m, int k)
{
    bool linear = m->layer == &nb_layer_linear;
    return m->param[k] || (linear && !m->param[0] && (k == 0 || m->num[1] != 0));
}

static bool gather(Places *p, NbModule *m, const char *before, bool itself)
{
    bool ok = true;
    for (int k = 0; ok && k < NB_LAYER_PARAMS && m->layer->param[k]; k++) {
        if (!has_param(m, k)) {
            continue;
        }
        ok = nb_grow((void **)&p->at, &p->cap, p->n + 1, sizeof *p->at);
        if (!ok) {
            nb_fail(p->err, NB_EMEM, "out of memory for the weights of %s", m->layer->name);
            break;
        }
        Place *q = &p->at[p->n++];
        *q = (Place){.module = m, .k = k};
        q->as = itself ? (NbTorchParam){"", false, false} : m->layer->torch_param[k];
        snprintf(q->name, sizeof q->name, "%s%s", before, q->as.name);
    }
    for (size_t i = 0; ok && i < m->nchild; i++) {
        char below[NAME_CAP];
        bool own = child_name(m, i, before, below, sizeof below);
        ok = gather(p, m->child[i].module, below, own);
    }
    return ok;
}

/* --- layout --- */

/* A new tensor of the numbers as they lie on the other side. */
static NbTensor *turned(const NbTensor *t, const NbTorchParam *as, bool back, NbErr *err)
{
    NbShape s = t->shape;
    if (as->transposed) {
        s.dim[0] = t->shape.dim[1];
        s.dim[1] = t->shape.dim[0];
        NbTensor *view = nb_tensor_view(t, &s, (int64_t[]){t->stride[1], t->stride[0]}, 0, err);
        NbTensor *copy = view ? nb_tensor_copy(view, err) : NULL;
        nb_tensor_unref(&view);
        return copy;
    }
    if (as->row) {
        s = back ? (NbShape){.rank = 2, .dim = {1, t->shape.dim[0]}}
                 : (NbShape){.rank = 1, .dim = {t->shape.dim[1]}};
    }
    NbTensor *copy = nb_tensor_new(&s, err);
    for (int64_t i = 0; copy && i < copy->size; i++) {
        copy->data[i] = nb_tensor_at(t, i);
    }
    return copy;
}

NbStatus nb_module_weights(const NbModule *m, NbNamedSet *s, NbErr *err)
{
    if (!m || !s) {
        return nb_fail(err, NB_EVALUE, "the %s missing", m ? "place for weights is" : "model is");
    }
    Places p = {.err = err};
    bool ok = gather(&p, (NbModule *)(uintptr_t)m, "", false);
    for (size_t i = 0; ok && i < p.n; i++) {
        const Place *q = &p.at[i];
        const NbVar *v = q->module->param[q->k];
        NbTensor tmp;
        if (!v) {
            nb_fail(err, NB_EVALUE, "%s has no weights yet", q->module->layer->name);
            nb_hint(err, "they are drawn at the first call");
            ok = false;
            break;
        }
        NbTensor *t = turned(nb_var_data(v, &tmp), &q->as, false, err);
        ok = t && nb_named_add(s, q->name, t, err) == NB_OK;
    }
    end_places(&p);
    return ok ? NB_OK : err->code;
}

/* --- writing --- */

/* The shape it must have in the file; -1 for what the file decides. */
static NbShape wanted(const Place *q)
{
    const NbVar *v = q->module->param[q->k];
    int64_t n = (int64_t)q->module->num[0];
    if (!v) {
        return q->k == 0 ? (NbShape){.rank = 2, .dim = {n, -1}} : (NbShape){.rank = 1, .dim = {n}};
    }
    NbShape s = *nb_var_shape(v);
    if (q->as.transposed) {
        s = (NbShape){.rank = 2, .dim = {s.dim[1], s.dim[0]}};
    } else if (q->as.row) {
        s = (NbShape){.rank = 1, .dim = {s.dim[1]}};
    }
    return s;
}

static bool fits(const NbShape *have, const NbShape *want)
{
    bool ok = have->rank == want->rank;
    for (int a = 0; ok && a < want->rank; a++) {
        ok = have->dim[a] == want->dim[a] || (want->dim[a] < 0 && have->dim[a] > 0);
    }
    return ok;
}

static bool check_shape(const Place *q, const NbTensor *t, const char *path, NbErr *err)
{
    NbShape want = wanted(q);
    char a[160], b[160];
    if (fits(&t->shape, &want)) {
        return true;
    }
    if (want.rank == 2 && want.dim[1] < 0) { /* still to be drawn: of any width */
        snprintf(b, sizeof b, "%lld rows", (long long)want.dim[0]);
    } else {
        nb_shape_text(&want, b, sizeof b);
    }
    nb_fail(err, NB_ESHAPE, "%s: %s is %s, the model has %s", path, q->name,
            nb_shape_text(&t->shape, a, sizeof a), b);
    nb_hint(err, "the layers must have the sizes they had when the file was written");
    return false;
}

static bool check_all(Places *p, const NbNamedSet *s, const char *path, NbErr *err)
{
    for (size_t i = 0; i < p->n; i++) {
        const NbTensor *t = nb_named_find(s, p->at[i].name);
        if (!t) {
            nb_fail(err, NB_ENAME, "%s has no %s", path, p->at[i].name);
            nb_hint(err, "the model has %zu weights, the file %zu", p->n, s->n);
            return false;
        }
        if (!check_shape(&p->at[i], t, path, err)) {
            return false;
        }
    }
    for (size_t i = 0; i < s->n; i++) {
        bool known = false;
        for (size_t k = 0; k < p->n && !known; k++) {
            known = strcmp(p->at[k].name, s->item[i].name) == 0;
        }
        if (!known) {
            nb_fail(err, NB_ENAME, "%s: the model has no %s", path, s->item[i].name);
            nb_hint(err, "the model has %zu weights, the file %zu", p->n, s->n);
            return false;
        }
    }
    return true;
}

/* All new numbers, and leaves for what is still to be drawn, before anything is written. */
static bool make_values(Places *p, const NbNamedSet *s, NbErr *err)
{
    for (size_t i = 0; i < p->n; i++) {
        Place *q = &p->at[i];
        const bool drawn = q->module->param[q->k] != NULL;
        q->value = turned(nb_named_find(s, q->name), &q->as, true, err);
        if (q->value && !drawn) {
            q->made = nb_var_tensor(q->module->ctx, q->value, NB_LEAF);
            q->value = NULL;
        }
        if (!q->value && !q->made) {
            nb_fail(err, NB_EMEM, "out of memory for %s", q->name); /* unless something was said */
            return false;
        }
    }
    return true;
}

static NbStatus write_all(Places *p)
{
    NbStatus status = NB_OK;
    for (size_t i = 0; status == NB_OK && i < p->n; i++) {
        Place *q = &p->at[i];
        NbVar *there = q->module->param[q->k];
        status = q->made ? nb_module_put(q->module, q->module->layer->param[q->k], q->made)
                         : nb_var_assign(there, q->value);
    }
    return status;
}

NbStatus nb_module_take_weights(NbModule *m, const NbNamedSet *s, const char *path, NbErr *err)
{
    NbErr own = {0};
    err = err ? err : &own;
    if (!m || !s) {
        return nb_fail(err, NB_EVALUE, "the %s missing", m ? "weights are" : "model is");
    }
    path = path ? path : "the file";
    Places p = {.err = err};
    bool ok = gather(&p, m, "", false) && check_all(&p, s, path, err) && make_values(&p, s, err);
    if (ok) {
        NbStatus status = write_all(&p);
        ok = status == NB_OK && nb_module_set_name(m, m->name) == NB_OK;
        if (!ok) {
            nb_fail(err, nb_ctx_err(m->ctx)->code, "%s", nb_ctx_err(m->ctx)->msg);
        }
    }
    end_places(&p);
    return ok ? NB_OK : err->code;
}
