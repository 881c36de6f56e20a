/* module.c -- life of modules: children, parameters, states, names, calls */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/begin.h"
#include "base/draws.h"
#include "base/mem.h"
#include "graph/node.h"
#include "nn/module.h"
#include "ops/ops.h"

static NbStatus no_memory(NbCtx *ctx, const NbLayer *layer)
{
    return nb_fail(nb_ctx_err(ctx), NB_EMEM, "out of memory for %s", layer->name);
}

/* --- life --- */

NbModule *nb_module_ref(NbModule *m)
{
    if (m) {
        m->refs++;
    }
    return m;
}

/* Children are released one by one; modules nest at most MAX_DEPTH deep. */
void nb_module_unref(NbModule **pm)
{
    NbModule *m = pm ? *pm : NULL;
    if (!m) {
        return;
    }
    *pm = NULL;
    if (--m->refs > 0) {
        return;
    }
    for (size_t i = 0; i < m->nchild; i++) {
        if (m->child[i].module->parent == m) {
            m->child[i].module->parent = NULL;
        }
        nb_module_unref(&m->child[i].module);
    }
    for (int k = 0; k < NB_LAYER_PARAMS; k++) {
        nb_var_unref(&m->param[k]);
    }
    for (int k = 0; k < NB_LAYER_STATES; k++) {
        nb_var_unref(&m->state[k]);
    }
    nb_free(m->child);
    nb_free(m->list);
    nb_free(m);
}

NbCtx *nb_module_ctx(const NbModule *m)
{
    return m ? m->ctx : NULL;
}

const NbLayer *nb_module_layer(const NbModule *m)
{
    return m ? m->layer : NULL;
}

/* --- names: "m" of the outermost, then "linear[0]", then "w" --- */

#define PATH_MAX_BYTES 512

/* Appends the child's name to the path of its parent. */
static void add_step(char *path, size_t cap, const Child *c)
{
    size_t len = strlen(path);
    const char *dot = len > 0 ? "." : "";
    if (c->number < 0) {
        snprintf(path + len, cap - len, "%s%s", dot, c->name);
    } else {
        snprintf(path + len, cap - len, "%s%s[%d]", dot, c->name, c->number);
    }
}

static const Child *child_entry(const NbModule *parent, const NbModule *m)
{
    for (size_t i = 0; i < parent->nchild; i++) {
        if (parent->child[i].module == m) {
            return &parent->child[i];
        }
    }
    return NULL;
}

/* Path of m from the outermost parent. */
static void own_path(const NbModule *m, char *path, size_t cap)
{
    const NbModule *up[MAX_DEPTH];
    int n = 0;
    for (const NbModule *p = m; p && n < MAX_DEPTH; p = p->name ? NULL : p->parent) {
        up[n++] = p;
    }
    path[0] = '\0';
    if (n > 0 && up[n - 1]->name) {
        snprintf(path, cap, "%s", up[n - 1]->name);
    }
    for (int i = n - 1; i-- > 0;) {
        const Child *c = child_entry(up[i + 1], up[i]);
        if (c) {
            add_step(path, cap, c);
        }
    }
}

static const char *param_path(const NbModule *m, int k, const char *before, char *buf, size_t cap)
{
    snprintf(buf, cap, "%s%s%s", before, before[0] ? "." : "", m->layer->param[k]);
    return buf;
}

static NbStatus name_params(NbModule *m)
{
    char path[PATH_MAX_BYTES], full[PATH_MAX_BYTES + 64];
    own_path(m, path, sizeof path);
    for (int k = 0; k < NB_LAYER_PARAMS; k++) {
        if (m->param[k]) {
            const char *name = nb_intern(m->ctx, param_path(m, k, path, full, sizeof full));
            if (!name) {
                return NB_EMEM;
            }
            nb_var_set_name(m->param[k], NULL, false);
            nb_var_set_name(m->param[k], name, false);
        }
    }
    return NB_OK;
}

/* m and the descendants that are named after it. */
static NbStatus name_all(NbModule *m)
{
    NbStatus s = name_params(m);
    for (size_t i = 0; s == NB_OK && i < m->nchild; i++) {
        NbModule *c = m->child[i].module;
        if (c->parent == m && !c->name) {
            s = name_all(c);
        }
    }
    return s;
}

NbStatus nb_module_set_name(NbModule *m, const char *name)
{
    if (!m) {
        return NB_EVALUE;
    }
    m->name = name ? nb_intern(m->ctx, name) : NULL;
    if (name && !m->name) {
        return NB_EMEM;
    }
    return name_all(m);
}

const char *nb_module_name(const NbModule *m)
{
    return m ? m->name : NULL;
}

/* --- children --- */

NbStatus module_add(NbModule *m, NbModule *child, const char *name, bool counted)
{
    if (child->depth >= MAX_DEPTH) {
        return nb_fail(nb_ctx_err(m->ctx), NB_EVALUE, "%s: modules nest more than %d deep",
                       m->layer->name, MAX_DEPTH);
    }
    int number = counted ? 0 : -1;
    for (size_t i = 0; counted && i < m->nchild; i++) {
        number += strcmp(m->child[i].name, name) == 0;
    }
    if (!nb_grow(&m->child, &m->child_cap, m->nchild + 1, sizeof *m->child)) {
        return no_memory(m->ctx, m->layer);
    }
    m->child[m->nchild++] = (Child){name, number, nb_module_ref(child)};
    m->depth = child->depth >= m->depth ? child->depth + 1 : m->depth;
    if (child->parent || child->name || m->ctx->hollow) { /* names are put later */
        return NB_OK;
    }
    child->parent = m;
    return name_all(child);
}

NbModule *nb_module_child(const NbModule *m, int i, const char **name, int *number)
{
    if (!m) {
        return NULL;
    }
    if (i < 0 || (size_t)i >= m->nchild) {
        return NULL;
    }
    if (name) {
        *name = m->child[i].name;
    }
    if (number) {
        *number = m->child[i].number;
    }
    return m->child[i].module;
}

/* --- parameters --- */

NbStatus module_draw(NbModule *m, int k, const NbShape *s, double scale, double value)
{
    if (m->ctx->hollow) {
        m->due |= 1U << k;
        return NB_OK;
    }
    NbTensor *t = nb_tensor_new(s, nb_ctx_err(m->ctx));
    if (!t) {
        return nb_ctx_err(m->ctx)->code;
    }
    NbRng *rng = nb_ctx_rng(m->ctx);
    for (int64_t i = 0; i < t->size; i++) {
        t->data[i] = scale != 0 ? nb_drawn(NB_DRAWS_VALUES, nb_rng_normal(rng)) * scale : value;
    }
    NbVar *v = nb_var_tensor(m->ctx, t, NB_LEAF);
    if (!v) {
        return nb_ctx_err(m->ctx)->code;
    }
    nb_var_unref(&m->param[k]);
    m->param[k] = v;
    return name_params(m);
}

bool nb_module_pending(const NbModule *m)
{
    if (!m) {
        return false;
    }
    for (int k = 0; k < NB_LAYER_PARAMS && m->layer->param[k]; k++) {
        if (!m->param[k] && (!m->layer->pending || m->layer->pending(m))) {
            return true;
        }
    }
    for (size_t i = 0; i < m->nchild; i++) {
        if (nb_module_pending(m->child[i].module)) {
            return true;
        }
    }
    return false;
}

static bool is_listed(const NbModule *top, const NbModule *owner, int k)
{
    for (size_t i = 0; i < top->nlist; i++) {
        if (top->list[i].owner == owner && top->list[i].k == k) {
            return true;
        }
    }
    return false;
}

static bool list_one(NbModule *top, const NbModule *owner, int k, const char *path)
{
    const char *text = nb_intern(top->ctx, path);
    if (!text || !nb_grow(&top->list, &top->list_cap, top->nlist + 1, sizeof *top->list)) {
        return false;
    }
    top->list[top->nlist++] = (Listed){owner, k, text};
    return true;
}

static bool list_params(NbModule *top, const NbModule *m, const char *path)
{
    char text[PATH_MAX_BYTES + 64];
    bool ok = true;
    for (int k = 0; ok && k < NB_LAYER_PARAMS; k++) {
        if (m->param[k] && !is_listed(top, m, k)) {
            ok = list_one(top, m, k, param_path(m, k, path, text, sizeof text));
        }
    }
    for (size_t i = 0; ok && i < m->nchild; i++) {
        char below[PATH_MAX_BYTES];
        snprintf(below, sizeof below, "%s", path);
        add_step(below, sizeof below, &m->child[i]);
        ok = list_params(top, m->child[i].module, below);
    }
    return ok;
}

static NbVar *listed(const Listed *l)
{
    return l->owner->param[l->k];
}

/* The list grows as weights are drawn; once nothing is pending it stays, unless draws are taken
 * back. */
static bool refresh(NbModule *m)
{
    bool valid = m->listed, whole = true;
    for (size_t i = 0; valid && i < m->nlist; i++) {
        valid = listed(&m->list[i]) != NULL;
    }
    if (!valid) {
        bool complete = !nb_module_pending(m);
        m->nlist = 0;
        whole = list_params(m, m, "");
        if (!whole) {
            nb_fail(nb_ctx_err(m->ctx), NB_EMEM, "out of memory for a list of parameters");
            m->nlist = 0;
        }
        m->listed = whole && complete;
    }
    return whole;
}

int nb_module_params(NbModule *m)
{
    if (!m) {
        return 0;
    }
    return refresh(m) ? (int)m->nlist : -1;
}

NbVar *nb_module_param(NbModule *m, int i, const char **path)
{
    if (!m) {
        return NULL;
    }
    if (i == 0 || !m->list) { /* not between the steps of a loop */
        refresh(m);
    }
    if (i < 0 || (size_t)i >= m->nlist) {
        return NULL;
    }
    if (path) {
        *path = m->list[i].path;
    }
    return listed(&m->list[i]);
}

NbVar *nb_module_source(void *module, int i)
{
    return nb_module_param(module, i, NULL);
}

int64_t nb_module_numbers(NbModule *m)
{
    if (!m) {
        return 0;
    }
    int64_t n = 0;
    NbTensor tmp;
    int count = nb_module_params(m);
    for (int i = 0; i < count; i++) {
        n += nb_var_data(listed(&m->list[i]), &tmp)->size;
    }
    return count < 0 ? -1 : n;
}

/* --- own parameters and states --- */

void module_keep(NbModule *m, int k, NbVar *v)
{
    nb_var_unref(&m->state[k]);
    m->state[k] = v;
}

bool nb_module_reset_state(NbModule *m)
{
    if (!m) {
        return false;
    }
    bool keeps = m->layer->state[0] != NULL;
    for (int k = 0; k < NB_LAYER_STATES; k++) {
        nb_var_unref(&m->state[k]);
    }
    for (size_t i = 0; i < m->nchild; i++) {
        keeps = nb_module_reset_state(m->child[i].module) || keeps;
    }
    return keeps;
}

/* Where the parameter or state of this name is; NULL when there is none. */
static NbVar *const *slot_of(const NbModule *m, const char *name)
{
    if (!name) {
        return NULL;
    }
    for (int k = 0; k < NB_LAYER_PARAMS && m->layer->param[k]; k++) {
        if (strcmp(m->layer->param[k], name) == 0) {
            return &m->param[k];
        }
    }
    for (int k = 0; k < NB_LAYER_STATES && m->layer->state[k]; k++) {
        if (strcmp(m->layer->state[k], name) == 0) {
            return &m->state[k];
        }
    }
    return NULL;
}

NbVar *nb_module_own(const NbModule *m, const char *name)
{
    if (!m || !name) {
        return NULL;
    }
    NbVar *const *slot = slot_of(m, name);
    return slot ? *slot : NULL;
}

bool nb_module_has(const NbModule *m, const char *name)
{
    if (!m || !name) {
        return false;
    }
    return slot_of(m, name) != NULL;
}

/* --- calls --- */

NbVar *nb_module_call(NbModule *m, NbVar *x)
{
    if (!m) {
        return NULL;
    }
    if (!x) {
        nb_fail(nb_ctx_err(m->ctx), NB_EVALUE, "%s: the input is missing", m->layer->name);
        return NULL;
    }
    if (nb_var_ctx(x) != m->ctx) {
        nb_err_begin(nb_ctx_err(m->ctx));
        nb_fail(nb_ctx_err(m->ctx), NB_EVALUE, "%s: input of another context", m->layer->name);
        return NULL;
    }
    const NbStatus before = nb_err_aside(nb_ctx_err(m->ctx));
    NbVar *y = m->layer->call(m, x, x);
    nb_err_back(nb_ctx_err(m->ctx), before);
    if (!y) {
        nb_err_operand(nb_ctx_err(m->ctx), 0, nb_var_name(x));
    }
    return y;
}

const char *module_input_text(const NbVar *x, const NbVar *given, char *buf, size_t cap)
{
    char shape[160];
    nb_shape_text(nb_var_shape(x), shape, sizeof shape);
    if (x == given) {
        snprintf(buf, cap, "{0} %s", shape);
    } else {
        snprintf(buf, cap, "%s%s%s", nb_var_name(x) ? nb_var_name(x) : "",
                 nb_var_name(x) ? " " : "", shape);
    }
    return buf;
}

NbStatus module_check_input(const NbModule *m, const NbVar *x, const NbVar *given, int rank,
                            int64_t width, const NbVar *what)
{
    NbErr *err = nb_ctx_err(m->ctx);
    const NbShape *s = nb_var_shape(x);
    char input[256];
    if (s->rank >= rank && (width < 0 || s->dim[s->rank - 1] == width)) {
        return NB_OK;
    }
    module_input_text(x, given, input, sizeof input);
    if (s->rank < rank) {
        nb_fail(err, NB_ESHAPE, "%s: input %s has %s; rows of samples are needed", m->layer->name,
                input, s->rank == 0 ? "no axis" : "one axis");
        nb_advise(err, s->rank == 0 ? "as in [[1, 2]], one row of two features"
                                    : "unsqueeze({0}, 1) is one column, unsqueeze({0}, 0) one row");
        return NB_ESHAPE;
    }
    int64_t have = s->dim[s->rank - 1];
    char shape[160];
    const char *name = nb_var_name(what);
    const char *lines = nb_var_shape(what)->dim[0] == width ? "row" : "column";
    nb_fail(err, NB_ESHAPE, "%s: input %s has %lld column%s, %s %s has %lld %s%s", m->layer->name,
            input, (long long)have, have == 1 ? "" : "s", name ? name : "w",
            nb_shape_text(nb_var_shape(what), shape, sizeof shape), (long long)width, lines,
            width == 1 ? "" : "s");
    if (s->rank == 1 && width == 1) {
        nb_advise(err, "a vector is one row; unsqueeze({0}, 1) is one column");
    } else if (s->rank == 2 && s->dim[0] == width) {
        nb_hint(err, "rows are samples: transpose the input");
    } else {
        nb_hint(err, "rows are samples, columns features; the width is that of the first call");
    }
    return NB_ESHAPE;
}
