/* opcall.c -- calling operations by name: parameters bound from their registry records */
#include <math.h>
#include <string.h>

#include "lang/internal.h"

#define PARAMS_MAX 8

static bool is_number_param(const NbParam *p)
{
    return p->kind == NB_P_NUM || p->kind == NB_P_INT || p->kind == NB_P_BOOL;
}

const NbAttrs *interp_op_defaults(Interp *I, const OpInfo *info)
{
    if (info->defaults) {
        return info->defaults;
    }
    NbAttrs *a = malloc(sizeof *a);
    if (!a) {
        interp_no_memory(I, NULL);
        return NULL;
    }
    nb_attrs_init(a);
    nb_op_defaults(info->op, a);
    for (int i = 0; i < info->op->nparams; i++) {
        const NbParam *p = &info->op->params[i];
        a->has_shape = a->has_shape || (p->kind == NB_P_SHAPE && p->fallback);
    }
    ((OpInfo *)(uintptr_t)info)->defaults = a;
    return a;
}

/* "clip(x, lo, hi)" for hints. */
static const char *signature(const NbOp *op, char *buf, size_t cap)
{
    size_t len = (size_t)snprintf(buf, cap, "%s(", op->name);
    for (int i = 0; i < op->nparams && len < cap; i++) {
        const NbParam *p = &op->params[i];
        const char *dots = p->kind == NB_P_VARS ? ", …" : "";
        bool shown = p->fallback && strcmp(p->fallback, "nan") != 0;
        len += (size_t)snprintf(buf + len, cap - len, "%s%s%s%s%s", i ? ", " : "", p->name, dots,
                                shown ? "=" : "", shown ? p->fallback : "");
    }
    if (len < cap) {
        snprintf(buf + len, cap - len, ")");
    }
    return buf;
}

/* Values on their way to the parameters. */
typedef struct Bound {
    const NbOp *op;
    const Node *at;
    bool direct;                    /* the arguments of node `at` are these values */
    const Value *first[PARAMS_MAX]; /* where the values of a parameter begin */
    int count[PARAMS_MAX];          /* 0: not given */
    const Node *node[PARAMS_MAX];
} Bound;

static const Node *arg_node(const Bound *b, int i)
{
    return b->direct && i < b->at->n ? b->at->kid[i] : b->at;
}

static bool wrong_count(Interp *I, const Bound *b, int npos)
{
    char buf[200];
    int params = b->op->nparams;
    interp_fail(I, b->at, NB_EVALUE, "%s takes %s%d argument%s, %d given", b->op->name,
                npos > params ? "at most " : "", params, params == 1 ? "" : "s", npos);
    const Node *at = b->at;
    for (int i = 1; b->direct && i < at->call->npos; i++) {
        const Node *x = at->kid[i - 1], *y = at->kid[i];
        if (x->kind == N_NUM && y->kind == N_NUM && y->start == x->end + 1) {
            return interp_hint(I, "the decimal mark is a point: 0.5");
        }
    }
    return interp_hint(I, "%s", signature(b->op, buf, sizeof buf));
}

static int required_after(const NbOp *op, int k)
{
    int n = 0;
    for (int i = k + 1; i < op->nparams; i++) {
        n += op->params[i].fallback == NULL;
    }
    return n;
}

/* How many positional values parameter k takes when `left` are left. */
static int take(const NbOp *op, int k, const Value *v, int left)
{
    if (op->params[k].kind == NB_P_SHAPE && value_is_number(*v)) {
        int n = left - required_after(op, k);
        return n < 1 ? 1 : n;
    }
    return 1;
}

static bool bind_positional(Interp *I, Bound *b, const Value *pos, int npos)
{
    int i = 0;
    for (int k = 0; k < b->op->nparams && i < npos; k++) {
        if (b->op->params[k].kind == NB_P_VARS) {
            b->first[k] = pos;
            b->count[k] = npos > 0 && pos[0].tag == V_LIST ? 1 : npos;
        } else {
            b->first[k] = &pos[i];
            b->count[k] = take(b->op, k, &pos[i], npos - i);
        }
        b->node[k] = arg_node(b, i);
        i += b->count[k];
    }
    return i == npos || wrong_count(I, b, npos);
}

static uint32_t at_option(const Bound *b, int i, const Node *node)
{
    return b->direct && i < b->at->call->nopt ? b->at->call->optat[i] : node ? node->start : 0;
}

static bool bind_options(Interp *I, Bound *b, const Value *opt, const int *optsym, int nopt,
                         int npos)
{
    for (int i = 0; i < nopt; i++) {
        const char *name = I->sym[optsym[i]].name;
        const Node *node = arg_node(b, npos + i);
        int k = 0;
        while (k < b->op->nparams && strcmp(b->op->params[k].name, name) != 0) {
            k++;
        }
        if (k == b->op->nparams) {
            char buf[200];
            uint32_t start = at_option(b, i, node), end = start + (uint32_t)strlen(name);
            interp_fail_span(I, start, end, NB_EVALUE, "%s has no option %s", b->op->name, name);
            return !interp_hint_option(I, NULL, b->op, name) &&
                   interp_hint(I, "%s", signature(b->op, buf, sizeof buf));
        }
        if (b->count[k]) {
            return interp_fail(I, node, NB_EVALUE, "%s: %s is given twice", b->op->name, name);
        }
        b->first[k] = &opt[i];
        b->count[k] = 1;
        b->node[k] = node;
    }
    return true;
}

static bool bind_check(Interp *I, const Bound *b)
{
    for (int k = 0; k < b->op->nparams; k++) {
        if (!b->count[k] && !b->op->params[k].fallback) {
            char buf[200];
            interp_fail(I, b->at, NB_EVALUE, "%s: %s is missing", b->op->name,
                        b->op->params[k].name);
            return interp_hint(I, "%s", signature(b->op, buf, sizeof buf));
        }
    }
    return true;
}

/* Operands: few of them on the stack. */
typedef struct Operands {
    NbArg few[4], *arg;
    NbVar *fewmade[4], **made;
    const Node *fewnode[4], **node;
    void *block;
    int n;
    bool is_const;
} Operands;

static bool operands_open(Interp *I, Operands *o, int n, const Node *at)
{
    *o = (Operands){.arg = o->few, .made = o->fewmade, .node = o->fewnode};
    o->arg = o->few;
    o->made = o->fewmade;
    o->node = o->fewnode;
    if (n > 4) {
        size_t each = sizeof *o->arg + sizeof *o->made + sizeof *o->node;
        o->block = malloc((size_t)n * each);
        if (!o->block) {
            return interp_no_memory(I, at);
        }
        o->arg = o->block;
        o->made = (NbVar **)(void *)(o->arg + n);
        o->node = (const Node **)(void *)(o->made + n);
    }
    return true;
}

static void operands_close(Operands *o)
{
    for (int i = 0; i < o->n; i++) {
        nb_var_unref(&o->made[i]);
    }
    free(o->block);
}

static bool operand_add(Interp *I, Operands *o, const char *what, Value v, const Node *node)
{
    o->is_const = o->is_const || v.tag == V_CONST || v.tag == V_LIST;
    o->node[o->n] = node;
    bool ok = interp_operand(I, node, what, v, &o->arg[o->n], &o->made[o->n]);
    o->n += ok;
    return ok;
}

/* Operands of concat and stack: a list, the rows of one tensor, or the arguments themselves. */
static bool operands_many(Interp *I, Operands *o, const Bound *b, int k)
{
    const Value *v = b->first[k];
    int n = b->count[k];
    const char *what = b->op->name;
    if (n == 1 && v->tag == V_LIST) {
        const List *l = v->list;
        bool ok = operands_open(I, o, l->n, b->at);
        for (int i = 0; i < l->n && ok; i++) {
            ok = operand_add(I, o, what, l->item[i], b->node[k]);
        }
        return ok;
    }
    if (n == 1 && v->tag == V_VAR && !nb_var_is_scalar(v->var)) {
        int64_t rows = nb_var_shape(v->var)->dim[0];
        if (rows > 10000000) {
            return interp_fail(I, b->node[k], NB_ESHAPE, "%s: too many rows", what);
        }
        bool ok = operands_open(I, o, (int)rows, b->at);
        for (int64_t i = 0; i < rows && ok; i++) {
            Value row = interp_row(I, v->var, i, b->node[k]);
            ok = row.tag != V_UNSET && operand_add(I, o, what, row, b->node[k]);
            if (ok && row.tag == V_VAR) {
                o->made[o->n - 1] = row.var; /* kept until applied */
            } else {
                unref(&row);
            }
        }
        return ok;
    }
    bool ok = operands_open(I, o, n, b->at);
    for (int i = 0; i < n && ok; i++) {
        ok = operand_add(I, o, what, v[i], arg_node(b, i));
    }
    return ok;
}

static bool operands_bound(Interp *I, Operands *o, const Bound *b)
{
    const NbOp *op = b->op;
    if (op->nparams > 0 && op->params[0].kind == NB_P_VARS) {
        return operands_many(I, o, b, 0);
    }
    if (!operands_open(I, o, op->nparams, b->at)) {
        return false;
    }
    for (int k = 0; k < op->nparams; k++) {
        bool none = b->count[k] && b->first[k]->tag == V_NONE && op->params[k].fallback;
        if (op->params[k].kind != NB_P_VAR) {
            continue;
        }
        const char *fallback = op->params[k].fallback;
        if (b->count[k] && !none) {
            if (!operand_add(I, o, op->name, *b->first[k], b->node[k])) {
                return false;
            }
        } else if (fallback && strcmp(fallback, "none") != 0) {
            o->node[o->n] = b->at;
            o->made[o->n] = NULL;
            o->arg[o->n++] = NB_NUM(strtod(fallback, NULL));
        }
    }
    return true;
}

static bool read_number(Interp *I, const Bound *b, int k, double *out)
{
    const NbParam *p = &b->op->params[k];
    Value v = *b->first[k];
    char what[64];
    snprintf(what, sizeof what, "%s: %s", b->op->name, p->name);
    if (p->kind == NB_P_INT) {
        int64_t i = 0;
        bool ok = interp_integer(I, b->node[k], what, v, &i);
        *out = (double)i;
        return ok;
    }
    if (!value_is_number(v)) {
        return interp_fail(I, b->node[k], NB_ETYPE, "%s must be a number, not %s", what,
                           value_kind(v));
    }
    *out = value_number(v);
    if (v.tag == V_VAR) {
        interp_saw(I, v.var);
    }
    return true;
}

static bool read_shape(Interp *I, const Bound *b, int k, NbShape *s)
{
    int64_t dim[NB_MAX_RANK];
    int n = 0;
    char what[64];
    snprintf(what, sizeof what, "%s: a size", b->op->name);
    if (b->count[k] > NB_MAX_RANK) {
        return interp_fail(I, b->at, NB_ESHAPE, "%s: %d sizes are more than %d axes", b->op->name,
                           b->count[k], NB_MAX_RANK);
    }
    if (b->count[k] == 1 && !value_is_number(*b->first[k])) {
        if (!interp_read_axes(I, b->node[k], what, *b->first[k], dim, NB_MAX_RANK, &n)) {
            return false;
        }
    } else {
        for (n = 0; n < b->count[k]; n++) {
            const Node *at = b->count[k] > 1 ? arg_node(b, k + n) : b->node[k];
            if (!interp_integer(I, at, what, b->first[k][n], &dim[n])) {
                return false;
            }
        }
    }
    *s = (NbShape){.rank = n};
    memcpy(s->dim, dim, (size_t)n * sizeof dim[0]);
    return true;
}

static bool read_options(Interp *I, const Bound *b, NbAttrs *a)
{
    int num = 0;
    for (int k = 0; k < b->op->nparams; k++) {
        const NbParam *p = &b->op->params[k];
        bool keepdims = strcmp(p->name, "keepdims") == 0, ok = true;
        int slot = num;
        num += is_number_param(p) && !keepdims;
        const bool none = b->count[k] && b->first[k]->tag == V_NONE && p->fallback;
        if (!b->count[k] || (none && p->kind != NB_P_AXES)) {
            continue; /* the default */
        }
        char what[64];
        snprintf(what, sizeof what, "%s: %s", b->op->name, p->name);
        double x = 0;
        if (keepdims) {
            ok = read_number(I, b, k, &x);
            a->keepdims = x != 0;
        } else if (is_number_param(p)) {
            ok = read_number(I, b, k, &x);
            if (slot < 4) {
                a->num[slot] = x;
            }
        } else if (none) {
            a->naxes = -1;
        } else if (p->kind == NB_P_AXES) {
            ok = interp_read_axes(I, b->node[k], what, *b->first[k], a->axes, NB_MAX_RANK,
                                  &a->naxes);
        } else if (p->kind == NB_P_SHAPE) {
            a->has_shape = true;
            ok = read_shape(I, b, k, &a->shape);
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* The first number option from k on that is given as a variable, or -1. */
static int variable_option(const Bound *b, int k, bool tracked)
{
    while (k < b->op->nparams &&
           !(b->count[k] && b->op->params[k].kind == NB_P_NUM &&
             (b->first[k]->tag == V_VAR || b->first[k]->tag == V_LIST) &&
             (!tracked || (b->first[k]->tag == V_VAR && nb_var_tracked(b->first[k]->var))))) {
        k++;
    }
    return k < b->op->nparams ? k : -1;
}

static void note_number(Interp *I, const char *what, const Node *node)
{
    char name[64];
    I->host.note(I->host.user, "number", "%s takes %s as a number: no gradient reaches it", what,
                 interp_text(I, node, name, sizeof name));
}

/* Number options that are variables: operands of what does the same with them. */
static void variables_as_operands(Interp *I, Bound *b)
{
    const NbOp *op = b->op->of_variable;
    if (!op || (b->op->flags & NB_OP_CREATE) || variable_option(b, 0, false) < 0) {
        return;
    }
    const bool number = op->flags & NB_OP_RANDOM; /* no derivative by it */
    if (number && !value_is_number(*b->first[variable_option(b, 0, false)])) {
        return;
    }
    const int k = number ? variable_option(b, 0, true) : -1;
    if (k >= 0) {
        note_number(I, b->op->name, b->node[k]);
    }
    b->op = op;
}

/* A variable among the numbers a tensor is made of: the operand of what does the same with it, or
 * a note that no gradient reaches it. false with the error set. */
static bool variable_as_number(Interp *I, Bound *b, Operands *o)
{
    const int k = variable_option(b, 0, true);
    if (k >= 0 && b->op->of_variable) {
        b->op = b->op->of_variable;
        return operand_add(I, o, b->op->name, *b->first[k], b->node[k]);
    }
    if (k >= 0) {
        note_number(I, b->op->name, b->node[k]);
    }
    return true;
}

Value interp_call_op(Interp *I, const OpInfo *info, const Value *pos, int npos, const Value *opt,
                     const int *optsym, int nopt, const Node *at)
{
    Bound b = {.op = info->op, .at = at};
    b.direct = at && at->kind == N_CALL && at->call->npos == npos && at->call->nopt == nopt;
    if (!bind_positional(I, &b, pos, npos) || !bind_options(I, &b, opt, optsym, nopt, npos) ||
        !bind_check(I, &b)) {
        return UNSET;
    }
    const Asked asked = interp_ask(I);
    variables_as_operands(I, &b);
    const NbOp *called = b.op;
    NbAttrs attrs;
    bool has_attrs = called == info->op && info->nvars < b.op->nparams &&
                     !(info->variadic && b.op->nparams == 1);
    bool ok = true;
    if (has_attrs) {
        const NbAttrs *defaults = interp_op_defaults(I, info);
        ok = defaults != NULL;
        if (ok) {
            attrs = *defaults; /* holds no lists */
            ok = read_options(I, &b, &attrs);
        }
    }
    bool tracked = I->saw_tracked;
    Operands o = {0};
    Value r = UNSET;
    ok = ok && operands_bound(I, &o, &b);
    if (ok && tracked) {
        ok = variable_as_number(I, &b, &o);
        tracked = b.op == called;
    }
    I->saw_tracked = tracked;
    uint32_t mark = 0;
    ok = ok && interp_decided(I, &asked, at, &mark);
    interp_told(I, &asked, true);
    if (ok) {
        const uint32_t before = interp_mark(I, mark);
        uint32_t start = at ? at->start : 0, end = at ? at->end : 0;
        r = interp_apply(I, b.op, o.arg, o.n, has_attrs ? &attrs : NULL, o.is_const, start, end,
                         o.node, o.n);
        interp_unmark(I, &mark, before);
    }
    operands_close(&o);
    return r;
}
