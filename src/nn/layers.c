/* layers.c -- settings of layers, checked and shown */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "base/begin.h"
#include "base/mem.h"
#include "base/out.h"
#include "nn/module.h"

int nb_layer_settings(const NbLayer *layer)
{
    if (!layer) {
        return 0;
    }
    int n = 0;
    while (n < NB_LAYER_SETTINGS && layer->setting[n].name) {
        n++;
    }
    return n;
}

NbSettingValue nb_set_number(double num)
{
    return (NbSettingValue){.given = true, .num = num};
}

NbSettingValue nb_set_sizes(const int64_t *sizes, int n)
{
    return (NbSettingValue){.given = true, .sizes = sizes, .n = n};
}

NbSettingValue nb_set_op(const NbOp *op)
{
    return (NbSettingValue){.given = true, .op = op};
}

NbSettingValue nb_set_modules(NbModule *const *modules, int n)
{
    return (NbSettingValue){.given = true, .modules = modules, .n = n};
}

/* --- checks --- */

#define MOST 2147483647.0 /* of a count */

static bool is_count(double v)
{
    return v >= 1 && v <= MOST && v == floor(v);
}

static NbStatus fail_count(NbModule *m, const NbSetting *s, double v)
{
    return nb_fail(nb_ctx_err(m->ctx), NB_EVALUE, "%s: %s must be a whole number from 1, got %.15g",
                   m->layer->name, s->name, v);
}

static bool is_activation(const NbOp *op)
{
    return (op->flags & NB_OP_ELEMENTWISE) && !(op->flags & (NB_OP_STEPS | NB_OP_HIDDEN)) &&
           op->min_in == 1 && op->max_in == 1 && (op->nparams < 2 || op->params[1].fallback);
}

static NbStatus check_op(NbModule *m, const NbSetting *s, const NbOp *op)
{
    NbErr *err = nb_ctx_err(m->ctx);
    if (op && is_activation(op)) {
        return NB_OK;
    }
    if (m->layer->hidden && op) {
        nb_fail(err, NB_EVALUE, "sequential: %s is not an operation on each element", op->name);
    } else {
        nb_fail(err, NB_EVALUE, "%s: %s must be an operation on each element, got %s",
                m->layer->name, s->name, op ? op->name : "none");
    }
    nb_hint(err, "such as sigmoid, tanh or relu");
    return NB_EVALUE;
}

static NbStatus check_list(NbModule *m, const NbSetting *s, const NbSettingValue *v)
{
    NbErr *err = nb_ctx_err(m->ctx);
    if (v->n < 1) {
        return nb_fail(err, NB_EVALUE, "%s: %s is empty", m->layer->name, s->name);
    }
    if (s->kind == NB_S_SIZES ? !v->sizes : !v->modules) {
        return nb_fail(err, NB_ETYPE, "%s: %s must be a list of %s", m->layer->name, s->name,
                       s->kind == NB_S_SIZES ? "sizes" : "modules");
    }
    for (int i = 0; i < v->n; i++) {
        if (s->kind == NB_S_MODULES && !v->modules[i]) {
            return nb_fail(err, NB_EVALUE, "%s: module %d is missing", m->layer->name, i + 1);
        }
        if (s->kind == NB_S_SIZES && !is_count((double)v->sizes[i])) {
            return fail_count(m, s, (double)v->sizes[i]);
        }
        if (s->kind == NB_S_MODULES && v->modules[i]->ctx != m->ctx) {
            return nb_fail(err, NB_EVALUE, "%s: module of another context", m->layer->name);
        }
    }
    return NB_OK;
}

static NbStatus check(NbModule *m, const NbSetting *s, const NbSettingValue *v)
{
    switch (s->kind) {
    case NB_S_COUNT: return is_count(v->num) ? NB_OK : fail_count(m, s, v->num);
    case NB_S_NUMBER:
        if (v->num >= s->lo && v->num < s->hi) {
            return NB_OK;
        }
        return nb_fail(nb_ctx_err(m->ctx), NB_EVALUE, "%s: %s must lie in [%g, %g), got %g",
                       m->layer->name, s->name, s->lo, s->hi, v->num);
    case NB_S_FLAG: return NB_OK;
    case NB_S_OP: return check_op(m, s, v->op);
    case NB_S_SIZES:
    case NB_S_MODULES: return check_list(m, s, v);
    }
    return NB_OK;
}

static double fallback_number(const NbSetting *s)
{
    return strcmp(s->fallback, "true") == 0    ? 1
           : strcmp(s->fallback, "false") == 0 ? 0
                                               : strtod(s->fallback, NULL);
}

/* What was given for setting i (NULL: nothing), or its fallback, checked. */
static NbStatus settle(NbModule *m, int i, const NbSettingValue *given, NbSettingValue *out)
{
    const NbSetting *s = &m->layer->setting[i];
    *out = given ? *given : (NbSettingValue){0};
    if (!out->given) {
        if (!s->fallback) {
            NbErr *err = nb_ctx_err(m->ctx);
            nb_fail(err, NB_EVALUE, "%s: %s is missing", m->layer->name, s->name);
            nb_advise(err, "%s", m->layer->usage);
            return NB_EVALUE;
        }
        if (s->kind == NB_S_OP) {
            out->op = nb_op_find(s->fallback);
        } else {
            out->num = fallback_number(s);
        }
    }
    m->num[i] = out->num;
    if (s->kind == NB_S_OP) {
        m->op = out->op;
    }
    return check(m, s, out);
}

/* None is given beyond the settings there are. */
static NbStatus check_rest(const NbModule *m, const NbSettingValue *value, int n)
{
    int settings = nb_layer_settings(m->layer);
    for (int i = settings; i < n; i++) {
        if (value[i].given) {
            NbErr *err = nb_ctx_err(m->ctx);
            nb_fail(err, NB_EVALUE, "%s has %d setting%s, got %d", m->layer->name, settings,
                    settings == 1 ? "" : "s", i + 1);
            nb_advise(err, "%s", m->layer->usage);
            return NB_EVALUE;
        }
    }
    return NB_OK;
}

NbModule *nb_module_new(NbCtx *ctx, const NbLayer *layer, const NbSettingValue *value, int n)
{
    if (!ctx) {
        return NULL;
    }
    NbSettingValue settled[NB_LAYER_SETTINGS] = {0};
    nb_err_begin(nb_ctx_err(ctx));
    if (!layer) {
        nb_fail(nb_ctx_err(ctx), NB_ENAME, "unknown layer");
        return NULL;
    }
    NbModule *m = nb_calloc(1, sizeof *m);
    if (!m) {
        nb_fail(nb_ctx_err(ctx), NB_EMEM, "out of memory for %s", layer->name);
        return NULL;
    }
    m->ctx = ctx;
    m->layer = layer;
    m->refs = 1;
    m->serial = nb_ctx_number(ctx);
    m->depth = 1;
    NbStatus s = NB_OK;
    for (int i = 0; s == NB_OK && i < nb_layer_settings(layer); i++) {
        s = settle(m, i, value && i < n ? &value[i] : NULL, &settled[i]);
    }
    if (s == NB_OK && value) {
        s = check_rest(m, value, n);
    }
    if (s == NB_OK && layer->init) {
        s = layer->init(m, settled);
    }
    if (s != NB_OK) {
        nb_module_unref(&m);
    }
    return m;
}

/* --- text --- */

static void put_setting(NbOut *o, const NbModule *m, int i, bool *first)
{
    const NbSetting *s = &m->layer->setting[i];
    if (s->fallback && m->num[i] == fallback_number(s)) {
        return;
    }
    nb_put(o, *first ? "" : ", ");
    *first = false;
    if (s->fallback) {
        nb_put(o, s->name);
        nb_put(o, "=");
    }
    if (s->kind == NB_S_FLAG) {
        nb_put(o, m->num[i] != 0 ? "true" : "false");
    } else {
        nb_put_number(o, m->num[i], NB_DIGITS_FULL);
    }
}

static bool made_of_layers(const NbLayer *layer)
{
    return !layer->param[0] && !layer->state[0];
}

static void put_module(NbOut *o, const NbModule *m, bool ascii, bool inside);

/* The children in a row, equal neighbours counted: "6 × linear(8) sigmoid, linear(2)". */
static void put_children(NbOut *o, const NbModule *m, bool ascii)
{
    char text[160], next[160];
    for (size_t i = 0; i < m->nchild;) {
        size_t same = 0;
        for (; i < m->nchild; i++) {
            NbOut one = {next, sizeof next, 0};
            put_module(&one, m->child[i].module, ascii, true);
            if (m->op && i + 1 < m->nchild) {
                nb_put(&one, " ");
                nb_put(&one, m->op->name);
            }
            nb_put_end(&one);
            if (same > 0 && strcmp(next, text) != 0) {
                break;
            }
            strcpy(text, next);
            same++;
        }
        if (same > 1) {
            nb_put_number(o, (double)same, NB_DIGITS_FULL);
            nb_put(o, ascii ? " x " : " × ");
        }
        nb_put(o, text);
        nb_put(o, i < m->nchild ? ", " : "");
    }
}

static void put_module(NbOut *o, const NbModule *m, bool ascii, bool inside)
{
    const NbLayer *l = m->layer;
    if (l->hidden && m->op) {
        nb_put(o, m->op->name);
        return;
    }
    nb_put(o, l->name);
    if (m->nchild > 0 && made_of_layers(l)) {
        nb_put(o, inside ? "(" : ": ");
        put_children(o, m, ascii);
        nb_put(o, inside ? ")" : "");
        return;
    }
    bool first = true;
    nb_put(o, "(");
    for (int i = 0; i < nb_layer_settings(l); i++) {
        put_setting(o, m, i, &first);
    }
    nb_put(o, ")");
}

size_t nb_module_text(NbModule *m, bool ascii, char *buf, size_t cap)
{
    NbOut o = {buf, cap, 0};
    int64_t n = nb_module_numbers(m);
    if (!m || n < 0) {
        return nb_put_end(&o);
    }
    put_module(&o, m, ascii, false);
    if (nb_module_pending(m)) {
        nb_put(&o, n > 0 ? "; input weights drawn at the first call"
                         : "; weights drawn at the first call");
    } else if (n > 0) {
        nb_put(&o, "; ");
        nb_put_number(&o, (double)n, NB_DIGITS_FULL);
        nb_put(&o, n == 1 ? " parameter" : " parameters");
    }
    return nb_put_end(&o);
}
