/* index.c -- list literals, index and slices, attributes */
#include <math.h>
#include <string.h>

#include <nabla/saved.h>

#include "lang/internal.h"
#include "src/base/clamp.h"

/* --- list literals --- */

Value interp_value_tuple(Interp *I, const Node *n)
{
    Value list = value_list(n->n);
    for (int i = 0; i < n->n && list.tag != V_UNSET; i++) {
        Value v = interp_value(I, n->kid[i]);
        if (v.tag == V_UNSET || !interp_list_push(I, n, list.list, v)) {
            value_unref(&list);
            return list;
        }
    }
    if (list.tag == V_UNSET) {
        interp_no_memory(I, n);
    }
    return list;
}

Value interp_value_items(Interp *I, const Node *n)
{
    return n->kind == N_LIST ? interp_value_tuple(I, n) : interp_value(I, n);
}

static Value tensor_of_numbers(Interp *I, const Node *n, const List *l)
{
    bool is_const = I->nograd > 0;
    NbShape s = nb_shape(1, l->n);
    NbTensor *t = nb_tensor_new(&s, nb_ctx_err(I->ctx));
    for (int i = 0; t && i < l->n; i++) {
        t->data[i] = l->item[i].num;
        is_const = is_const || l->item[i].tag == V_CONST;
    }
    NbVar *v = nb_var_tensor(I->ctx, t, is_const ? NB_CONST : NB_PLAIN);
    if (!v) {
        interp_fail_ctx(I, n);
        return UNSET;
    }
    return (Value){.tag = V_VAR, .var = v};
}

static bool is_condition(const Interp *I, const Node *n)
{
    const Symbol *s = n->kind == N_GLOBAL ? &I->sym[n->id] : NULL;
    return (n->kind == N_BINARY && n->op->precedence == 4) || n->kind == N_AND || n->kind == N_OR ||
           n->kind == N_NOT ||
           (s && s->constant && s->value.tag == V_UNSET &&
            (strcmp(s->name, "true") == 0 || strcmp(s->name, "false") == 0));
}

bool interp_all_conditions(const Interp *I, const Node *n)
{
    for (int i = 0; i < n->n; i++) {
        if (!is_condition(I, n->kid[i])) {
            return false;
        }
    }
    return true;
}

/* Numbers and variables become a tensor, other things stay a list. */
Value interp_value_list(Interp *I, const Node *n)
{
    Value list = interp_value_items(I, n);
    if (list.tag == V_UNSET || n->n == 0) {
        return list;
    }
    bool numbers = true, stackable = true;
    for (int i = 0; i < n->n; i++) {
        Value v = list.list->item[i];
        numbers = numbers && inline_number(v);
        stackable = stackable && (inline_number(v) || v.tag == V_VAR);
    }
    if (!stackable) {
        return list;
    }
    Value r = UNSET;
    if (numbers) {
        r = tensor_of_numbers(I, n, list.list);
    } else {
        r = interp_call_op(I, I->op_stack, &list, 1, NULL, NULL, 0, n);
        if (r.tag == V_UNSET && I->error.err.code == NB_ESHAPE) {
            interp_hint(I, "list(a, b) keeps values of different shapes apart");
        }
    }
    value_unref(&list);
    if (r.tag == V_VAR && interp_all_conditions(I, n)) {
        nb_var_set_bool(r.var);
    }
    return r;
}

/* --- integers from values --- */

bool interp_read_axes(Interp *I, const Node *at, const char *what, Value v, int64_t *to, int cap,
                      int *n)
{
    *n = 0;
    if (value_is_number(v)) {
        *n = 1;
        return interp_integer(I, at, what, v, to);
    }
    int64_t count = -1;
    if (v.tag == V_LIST) {
        count = v.list->n;
    } else if (v.tag == V_VAR && nb_var_shape(v.var)->rank == 1) {
        count = nb_var_shape(v.var)->dim[0];
    }
    if (count < 0) {
        return interp_fail(I, at, NB_ETYPE, "%s must be a whole number or a list of them, not %s",
                           what, value_kind(v));
    }
    if (count > cap) {
        return interp_fail(I, at, NB_ESHAPE, "%s: %lld given, at most %d", what, (long long)count,
                           cap);
    }
    for (int i = 0; i < (int)count; i++) {
        NbTensor tmp;
        Value item = v.tag == V_LIST ? v.list->item[i]
                                     : CONST(nb_tensor_at(nb_var_data(v.var, &tmp), i));
        if (!interp_integer(I, at, what, item, &to[i])) {
            return false;
        }
    }
    *n = (int)count;
    return true;
}

/* --- index --- */

uint32_t interp_node_line(const Interp *I, const Node *n)
{
    int line = 0, col;
    if (I->program && n) {
        program_position(I->program, n->start, &line, &col);
    }
    return (uint32_t)line;
}

/* What is indexed: a tensor or a list; -1: it has no such axis. */
static int64_t axis_length(Value base, int axis)
{
    if (base.tag == V_LIST) {
        return axis == 0 ? base.list->n : -1;
    }
    const NbShape *s = nb_var_shape(base.var);
    return axis < s->rank ? s->dim[axis] : -1;
}

/* x[t == 1]: a tensor of truth selects along the axis it stands for. */
static bool index_truth(Interp *I, const Node *at, NbVar *v, Value base, int axis, NbIndex *x)
{
    const NbShape *s = nb_var_shape(v);
    const int64_t n = axis_length(base, axis), most = s->rank == 1 ? s->dim[0] : 0;
    char shape[160];
    if (s->rank != 1 || (n >= 0 && s->dim[0] != n)) {
        nb_shape_text(s, shape, sizeof shape);
        if (n >= 0) {
            interp_fail(I, at, NB_ESHAPE,
                        "a condition of shape %s does not select along axis %d, which has %lld",
                        shape, axis, (long long)n);
        } else {
            interp_fail(I, at, NB_ESHAPE, "a condition of shape %s selects along no axis", shape);
        }
        return interp_hint(I, "where(cond, a, b) takes elements by a condition, "
                              "mask_fill(x, cond, v) writes v where it is 0");
    }
    x->kind = NB_LIST;
    x->nlist = 0;
    x->list = malloc((size_t)(most > 0 ? most : 1) * sizeof *x->list);
    if (!x->list) {
        return interp_no_memory(I, at);
    }
    NbTensor tmp;
    const NbTensor *t = nb_var_data(v, &tmp);
    for (int64_t i = 0; i < most; i++) {
        if (nb_tensor_at(t, i) != 0) {
            x->list[x->nlist++] = i;
        }
    }
    interp_saw(I, v);
    return true;
}

static bool index_numbers(Interp *I, const Node *at, Value v, NbIndex *x)
{
    int64_t n = -1;
    if (v.tag == V_LIST) {
        n = v.list->n;
    } else if (v.tag == V_VAR && nb_var_shape(v.var)->rank == 1) {
        n = nb_var_shape(v.var)->dim[0];
    }
    if (n < 0) {
        return interp_fail(I, at, NB_ETYPE,
                           "an index must be a whole number, a range or a list, not %s",
                           value_kind(v));
    }
    x->kind = NB_LIST;
    x->nlist = 0;
    x->list = malloc((size_t)(n > 0 ? n : 1) * sizeof *x->list);
    if (!x->list) {
        return interp_no_memory(I, at);
    }
    NbTensor tmp;
    const NbTensor *t = v.tag == V_VAR ? nb_var_data(v.var, &tmp) : NULL;
    for (int64_t i = 0; i < n; i++) {
        Value item = t ? CONST(nb_tensor_at(t, i)) : v.list->item[i];
        if (!interp_integer(I, at, "an index", item, &x->list[i])) {
            return false;
        }
        x->nlist++;
    }
    if (v.tag == V_VAR) {
        interp_saw(I, v.var);
    }
    return true;
}

static bool whole(Interp *I, const Node *at, double v, int64_t *out)
{
    return interp_integer(I, at, "an index", CONST(v), out);
}

static bool index_range(Interp *I, const Node *at, const Range *r, NbIndex *x)
{
    x->kind = NB_SLICE;
    x->has_start = x->has_stop = true;
    return whole(I, at, r->start, &x->start) && whole(I, at, r->stop, &x->stop) &&
           whole(I, at, r->step, &x->step);
}

static bool index_slice(Interp *I, const Node *n, NbIndex *x)
{
    int64_t *to[3] = {&x->start, &x->stop, &x->step};
    x->kind = NB_SLICE;
    x->step = 1;
    for (int i = 0; i < 3; i++) {
        if (!n->kid[i]) {
            continue;
        }
        Value v = interp_value(I, n->kid[i]);
        if (v.tag == V_UNSET) {
            return false;
        }
        bool none = v.tag == V_NONE; /* x[none:3] is x[:3] */
        bool ok = none || interp_integer(I, n->kid[i], "an index", v, to[i]);
        unref(&v);
        if (!ok) {
            return false;
        }
        x->has_start = x->has_start || (i == 0 && !none);
        x->has_stop = x->has_stop || (i == 1 && !none);
    }
    return true;
}

static bool index_item(Interp *I, const Node *n, Value base, int axis, NbIndex *x)
{
    if (n->kind == N_RANGE && (n->flags & NF_FREE)) {
        return index_slice(I, n, x);
    }
    Value v = interp_value(I, n);
    if (v.tag == V_UNSET) {
        return false;
    }
    bool ok;
    if (value_is_number(v)) {
        x->kind = NB_AT;
        ok = interp_integer(I, n, "an index", v, &x->start);
    } else if (v.tag == V_RANGE) {
        ok = index_range(I, n, v.range, x);
    } else if (v.tag == V_VAR && nb_var_is_bool(v.var)) {
        ok = index_truth(I, n, v.var, base, axis, x);
    } else {
        ok = index_numbers(I, n, v, x);
    }
    unref(&v);
    return ok;
}

/* The lists inside belong to us: nb_attrs_copy makes the engine's own. */
static void index_free(NbIndex *x, int n)
{
    for (int i = 0; i < n; i++) {
        free(x[i].list);
        x[i].list = NULL;
    }
}

/* Evaluates the items of an index; nested ones recurse, so they are kept off the C stack. */
static NbIndex *read_items(Interp *I, const Node *n, Value base, uint32_t *mark)
{
    if (n->n > NB_MAX_RANK) {
        interp_fail(I, n, NB_EINDEX, "%d indices are more than %d axes", n->n, NB_MAX_RANK);
        return NULL;
    }
    NbIndex *x = calloc((size_t)n->n, sizeof *x);
    if (!x) {
        interp_no_memory(I, n);
        return NULL;
    }
    const Asked asked = interp_ask(I);
    bool ok = true;
    for (int i = 0; i < n->n && ok; i++) {
        ok = index_item(I, n->kid[i], base, i, &x[i]);
    }
    ok = ok && interp_decided(I, &asked, n, mark);
    interp_told(I, &asked, true);
    if (!ok) {
        index_free(x, n->n);
        free(x);
        return NULL;
    }
    return x;
}

static Value index_tensor(Interp *I, const Node *n, NbVar *base, const NbIndex *x, uint32_t mark)
{
    NbAttrs a;
    nb_attrs_init(&a);
    a.nindex = n->n;
    memcpy(a.index, x, (size_t)n->n * sizeof *x);
    NbArg in = NB_VAR(base);
    const uint32_t before = mark > 0 ? nb_ctx_decision(I->ctx, mark) : 0;
    const Node *operand = n->a;
    Value r = interp_apply(I, I->op_index->op, &in, 1, &a, false, n->start, n->end, &operand, 1);
    if (mark > 0) {
        nb_ctx_decision(I->ctx, before);
    }
    return r;
}

static bool list_at(Interp *I, const Node *at, const List *l, int64_t i, Value *out)
{
    int64_t k = i < 0 ? i + l->n : i;
    if (k < 0 || k >= l->n) {
        return interp_fail(I, at, NB_EINDEX, "index %lld is out of range: the list has %d item%s",
                           (long long)i, l->n, l->n == 1 ? "" : "s");
    }
    *out = l->item[k];
    return true;
}

static int64_t clamp(int64_t i, int64_t n, int64_t lo, int64_t hi)
{
    i = i < 0 ? i + n : i;
    return nb_clamp_int(i, lo, hi);
}

static bool list_slice(const List *l, const NbIndex *x, List *to)
{
    int64_t n = l->n, step = x->step;
    int64_t lo = step > 0 ? 0 : -1, hi = step > 0 ? n : n - 1;
    int64_t i = x->has_start ? clamp(x->start, n, lo, hi) : step > 0 ? 0 : n - 1;
    int64_t stop = x->has_stop ? clamp(x->stop, n, lo, hi) : step > 0 ? n : -1;
    while (step > 0 ? i < stop : i > stop) {
        if (!list_push(to, ref(l->item[i]))) {
            return false;
        }
        if ((step > 0 && step > n) || (step < 0 && step < -n)) {
            break;
        }
        i += step;
    }
    return true;
}

static Value index_list(Interp *I, const Node *n, const List *l, const NbIndex *x)
{
    Value v;
    if (n->n != 1) {
        interp_fail(I, n, NB_EINDEX, "a list has one index, %d given", n->n);
        return UNSET;
    }
    if (x->kind == NB_AT) {
        return list_at(I, n, l, x->start, &v) ? ref(v) : UNSET;
    }
    if (x->kind == NB_SLICE && x->step == 0) {
        interp_fail(I, n, NB_EVALUE, "a slice cannot have step 0");
        return UNSET;
    }
    Value list = value_list(0);
    bool ok = list.tag == V_LIST;
    if (ok && x->kind == NB_SLICE) {
        ok = list_slice(l, x, list.list);
    }
    for (int64_t i = 0; ok && x->kind == NB_LIST && i < x->nlist; i++) {
        ok = list_at(I, n, l, x->list[i], &v) && list_push(list.list, ref(v));
    }
    if (!ok) {
        value_unref(&list);
        interp_no_memory(I, n);
    }
    return list;
}

/* m[0] of an object that has parts is m.parts[0]; false with the error set. */
static bool to_parts(Interp *I, Value *base)
{
    Value parts = UNSET;
    Obj *o = base->tag == V_OBJ ? base->obj : NULL;
    if (o && o->cls->get && o->cls->get(I, o, "parts", &parts) && parts.tag == V_LIST) {
        unref(base);
        *base = parts;
        return true;
    }
    unref(&parts);
    return !I->failed;
}

Value interp_value_index(Interp *I, const Node *n)
{
    Value base = interp_value(I, n->a);
    if (base.tag == V_UNSET || !to_parts(I, &base)) {
        unref(&base);
        return UNSET;
    }
    uint32_t mark = 0;
    Value r = UNSET;
    NbIndex *x = NULL;
    if (base.tag != V_VAR && base.tag != V_LIST) {
        interp_fail(I, n->a, NB_ETYPE, "%s has no parts to index", value_kind(base));
    } else if ((x = read_items(I, n, base, &mark)) != NULL) {
        r = base.tag == V_VAR ? index_tensor(I, n, base.var, x, mark)
                              : index_list(I, n, base.list, x);
        index_free(x, n->n);
        free(x);
        nb_decision_end(I->ctx, &mark);
    }
    unref(&base);
    return r;
}

bool interp_read_index(Interp *I, const Node *n, Value base, NbAttrs *a)
{
    uint32_t mark = 0;
    NbIndex *x = read_items(I, n, base, &mark);
    nb_decision_end(I->ctx, &mark);
    if (!x) {
        return false;
    }
    nb_attrs_init(a);
    a->nindex = n->n;
    memcpy(a->index, x, (size_t)n->n * sizeof *x);
    free(x);
    return true;
}

void interp_index_free(NbAttrs *a)
{
    index_free(a->index, a->nindex);
    a->nindex = 0;
}

Value interp_row(Interp *I, NbVar *v, int64_t i, const Node *at)
{
    NbAttrs a;
    nb_attrs_init(&a);
    a.nindex = 1;
    a.index[0].kind = NB_AT;
    a.index[0].start = i;
    NbArg in = NB_VAR(v);
    return interp_apply(I, I->op_index->op, &in, 1, &a, false, at ? at->start : 0, at ? at->end : 0,
                        NULL, 0);
}

/* --- attributes --- */

static Value shape_list(Interp *I, const Node *n, const NbShape *s)
{
    Value list = value_list(s->rank);
    if (list.tag == V_UNSET) {
        interp_no_memory(I, n);
        return list;
    }
    for (int i = 0; i < s->rank; i++) {
        list_push(list.list, CONST((double)s->dim[i]));
    }
    return list;
}

static Value text_value(Interp *I, const Node *n, const char *text)
{
    Value v = value_str(text);
    if (v.tag == V_UNSET) {
        interp_no_memory(I, n);
    }
    return v;
}

static Value attr_name(Interp *I, const Node *n, const NbVar *v)
{
    char buf[128];
    const char *name = nb_var_name(v);
    if (!name) {
        name = I->host.label(I->host.user, v, buf, sizeof buf);
    }
    return name && *name ? text_value(I, n, name) : NONE;
}

static Value attr_transpose(Interp *I, const Node *n, NbVar *v)
{
    const NbAttrs *a = interp_op_defaults(I, I->op_transpose);
    NbArg in = NB_VAR(v);
    const Node *operand = n->a;
    return a ? interp_apply(I, I->op_transpose->op, &in, 1, a, false, n->start, n->end, &operand, 1)
             : UNSET;
}

static Value attr_var(Interp *I, const Node *n, NbVar *v)
{
    switch ((AttrId)n->id) {
    case A_GRAD: {
        NbErr *err = nb_ctx_err(I->ctx);
        NbVar *g = nb_var_grad(v);
        if (!g && err->code != NB_OK) {
            interp_fail_ctx(I, n);
            return UNSET;
        }
        return g ? interp_wrap(I, g, true) : NONE;
    }
    case A_DATA: {
        NbVar *d = nb_var_detach(v);
        interp_saw(I, v);
        if (!d) {
            interp_fail_ctx(I, n);
            return UNSET;
        }
        return interp_wrap(I, d, true);
    }
    case A_SHAPE: return shape_list(I, n, nb_var_shape(v));
    case A_SIZE: {
        NbTensor tmp;
        return CONST((double)nb_var_data(v, &tmp)->size);
    }
    case A_NDIM: return CONST(nb_var_shape(v)->rank);
    case A_T: return attr_transpose(I, n, v);
    case A_NAME: return attr_name(I, n, v);
    case A_OP: return nb_var_op(v) ? text_value(I, n, nb_var_op(v)->name) : NONE;
    case A_STALE: {
        bool stale;
        if (nb_var_find_stale(v, &stale, NULL, 0, NULL) != NB_OK) {
            interp_fail_ctx(I, n);
            return UNSET;
        }
        return CONST(stale ? 1 : 0);
    }
    case A_OTHER: break;
    }
    return UNSET;
}

/* A number that is no variable has the attributes of one. */
static Value attr_number(Interp *I, const Node *n, Value v)
{
    switch ((AttrId)n->id) {
    case A_GRAD:
    case A_NAME:
    case A_OP: return NONE;
    case A_DATA: return CONST(v.num);
    case A_T: return v;
    case A_SIZE: return CONST(1);
    case A_NDIM:
    case A_STALE: return CONST(0);
    case A_SHAPE: {
        Value list = value_list(0);
        if (list.tag == V_UNSET) {
            interp_no_memory(I, n);
        }
        return list;
    }
    case A_OTHER: break;
    }
    return UNSET;
}

/* Of the object o, or of a variable without one. */
static void nearest_attr(Interp *I, const char *name, const Obj *o)
{
    const char *near = NULL, *one;
    int best = interp_near_limit(name) + 1;
    for (int i = 0; (one = o ? o->cls->attr(o, i) : interp_attributes()[i]); i++) {
        int d = interp_distance(name, one, best - 1);
        if (d < best) {
            best = d;
            near = one;
        }
    }
    if (near && strcmp(near, name) != 0) { /* other values have it */
        interp_hint(I, "did you mean .%s?", near);
    }
}

static Value unknown_attr(Interp *I, const Node *n, Value v)
{
    interp_fail(I, n, NB_ENAME, "%s has no attribute %s", value_kind(v), n->attr);
    if (v.tag == V_OBJ) {
        if (v.obj->cls->attr) {
            nearest_attr(I, n->attr, v.obj);
        }
        return UNSET;
    }
    const char *habit = interp_method_habit(n->attr);
    nearest_attr(I, n->attr, NULL);
    if (habit) {
        interp_hint(I, "%s", habit);
    }
    return UNSET;
}

static Value attr_object(Interp *I, const Node *n, Obj *o)
{
    Value v = NONE;
    if (o->cls->get && o->cls->get(I, o, n->attr, &v)) {
        return v;
    }
    value_unref(&v);
    if (!I->failed) {
        unknown_attr(I, n, (Value){.tag = V_OBJ, .obj = o});
    }
    return UNSET;
}

static Value attr_list(Interp *I, const Node *n, const List *l)
{
    if (n->id == A_SIZE) {
        return CONST(l->n);
    }
    return unknown_attr(I, n, (Value){.tag = V_LIST, .list = (List *)(uintptr_t)l});
}

Value interp_value_attr(Interp *I, const Node *n)
{
    Value base = interp_value(I, n->a);
    if (base.tag == V_UNSET) {
        return base;
    }
    Value r;
    if (base.tag == V_OBJ) {
        r = attr_object(I, n, base.obj);
    } else if (base.tag == V_VAR && n->id != A_OTHER) {
        r = attr_var(I, n, base.var);
    } else if (inline_number(base) && n->id != A_OTHER) {
        r = attr_number(I, n, base);
    } else if (base.tag == V_LIST) {
        r = attr_list(I, n, base.list);
    } else {
        r = unknown_attr(I, n, base);
    }
    unref(&base);
    return r;
}

bool interp_path(const Node *n)
{
    for (; n; n = n->a) {
        switch ((NodeKind)n->kind) {
        case N_GLOBAL:
        case N_LOCAL: return true;
        case N_ATTR: break;
        case N_INDEX:
            for (int i = 0; i < n->n; i++) {
                if (n->kid[i]->flags & NF_CALL) {
                    return false;
                }
            }
            break;
        default: return false;
        }
    }
    return false;
}
