/* eval.c -- expressions: numbers inline, operations on borrowed operands */
#include <float.h>
#include <math.h>
#include <string.h>

#include "lang/internal.h"

/* --- operands --- */

/* The value of a number or bound name, borrowed; false when the node must be evaluated. */
static INLINE bool peek(const Interp *I, const Node *n, ValueTag *tag, uint64_t *bits)
{
    const Value *v;
    switch (n->kind) {
    case N_NUM:
        *tag = V_NUM;
        *bits = n->bits;
        return true;
    case N_LOCAL: v = &I->frame[n->id]; break;
    case N_GLOBAL: v = &I->sym[n->id].value; break;
    default: return false;
    }
    *tag = v->tag;
    *bits = bits_of(v);
    return *tag != V_UNSET;
}

static bool bad_operand(Interp *I, const Node *at, const char *what, Value v)
{
    interp_fail(I, at, NB_ETYPE, "%s: needs a number or tensor, not %s", what, value_kind(v));
    if (v.tag == V_RANGE) {
        interp_hint(I, "arange(0, 10) is a tensor of numbers");
    } else if (v.tag == V_NONE && at && at->kind == N_ATTR && at->id == A_GRAD) {
        interp_hint(I, "there is no gradient yet; backward f computes it");
    } else if (v.tag == V_FUNC) {
        interp_hint(I, "call it, as in %s(x)", interp_symbol_name(I, v.func->symbol));
    }
    return false;
}

/* A list may hold another many times: before its parts are made, whether the whole can be. */
static bool list_fits(Interp *I, const Node *at, const List *l)
{
    NbShape s = {.rank = 1, .dim = {l->n}};
    int64_t size;
    while (l->n > 0 && l->item[0].tag == V_LIST && s.rank < NB_MAX_RANK) {
        l = l->item[0].list;
        s.dim[s.rank++] = l->n;
    }
    return (nb_shape_size(&s, &size, nb_ctx_err(I->ctx)) == NB_OK || interp_fail_ctx(I, at)) &&
           interp_poll(I);
}

/* A list of numbers as a tensor. */
static NbVar *list_var(Interp *I, const Node *at, const char *what, const List *l)
{
    NbArg few[8], *arg = few;
    NbVar *fewmade[8], **made = fewmade;
    NbVar *v = NULL;
    void *block = NULL;
    if (l->depth >= NB_MAX_RANK) {
        interp_fail(I, at, NB_ESHAPE, "%s: a list nested %d deep is no tensor of at most %d axes",
                    what, l->depth + 1, NB_MAX_RANK);
        return NULL;
    }
    if (l->depth > 0 && !list_fits(I, at, l)) {
        return NULL;
    }
    if (l->n > 8) {
        block = malloc((size_t)l->n * (sizeof *arg + sizeof *made));
        if (!block) {
            interp_no_memory(I, at);
            return NULL;
        }
        arg = block;
        made = (NbVar **)(void *)(arg + l->n);
    }
    int n = 0;
    bool ok = true, is_const = false;
    for (; n < l->n && ok; n++) {
        is_const = is_const || l->item[n].tag == V_CONST;
        ok = interp_operand(I, at, what, l->item[n], &arg[n], &made[n]);
    }
    if (ok && l->n == 0) {
        NbShape s = nb_shape(1, 0);
        v = nb_var_tensor(I->ctx, nb_tensor_new(&s, nb_ctx_err(I->ctx)), NB_CONST);
    } else if (ok) {
        const NbAttrs *a = interp_op_defaults(I, I->op_stack);
        v = a ? nb_apply(I->ctx, I->op_stack->op, arg, n, a) : NULL;
    }
    if (ok && !v) {
        interp_fail_ctx(I, at);
    }
    if (v && is_const) {
        nb_var_adopt(v, NB_CONST);
    }
    for (int i = 0; i < n; i++) {
        nb_var_unref(&made[i]);
    }
    free(block);
    return v;
}

bool interp_operand(Interp *I, const Node *at, const char *what, Value v, NbArg *out, NbVar **made)
{
    *made = NULL;
    switch (v.tag) {
    case V_NUM:
    case V_CONST: *out = NB_NUM(v.num); return true;
    case V_VAR: *out = NB_VAR(v.var); return true;
    case V_LIST:
        *made = list_var(I, at, what, v.list);
        *out = NB_VAR(*made);
        return *made != NULL;
    default: return bad_operand(I, at, what, v);
    }
}

/* --- results --- */

Value interp_wrap(Interp *I, NbVar *v, bool with_const)
{
    NbKind kind = nb_var_kind(v);
    if (kind >= NB_LEAF) {
        return (Value){.tag = V_VAR, .var = v};
    }
    bool is_const = kind == NB_CONST || with_const || I->nograd > 0;
    if (nb_var_is_scalar(v)) {
        Value r = {.tag = is_const ? V_CONST : V_NUM, .num = nb_var_value(v)};
        nb_var_unref(&v);
        return r;
    }
    if (is_const && kind == NB_PLAIN) {
        nb_var_adopt(v, NB_CONST);
    }
    return (Value){.tag = V_VAR, .var = v};
}

/* Both operands were stretched: most often a forgotten axis. */
static bool broadcast_note(Interp *I, const NbOp *op, const NbArg *in, const NbVar *v,
                           uint32_t start, uint32_t end, const Node *const *operand)
{
    const NbShape *s = nb_var_shape(v);
    if (I->broadcast == NB_NAN_OFF || !in[0].var || !in[1].var ||
        nb_shape_equal(nb_var_shape(in[0].var), s) || nb_shape_equal(nb_var_shape(in[1].var), s)) {
        return true;
    }
    char a[160], b[160], c[160], x[48] = "", y[48] = "";
    nb_shape_text(nb_var_shape(in[0].var), a, sizeof a);
    nb_shape_text(nb_var_shape(in[1].var), b, sizeof b);
    nb_shape_text(s, c, sizeof c);
    if (operand && operand[0] && interp_path(operand[0])) {
        snprintf(x, sizeof x - 1, "%s ", interp_text(I, operand[0], y, sizeof y - 2));
    }
    y[0] = '\0';
    if (operand && operand[1] && interp_path(operand[1])) {
        char z[48];
        snprintf(y, sizeof y, "%.44s ", interp_text(I, operand[1], z, sizeof z));
    }
    if (I->broadcast == NB_NAN_ERROR) {
        return interp_fail_span(I, start, end, NB_ESHAPE, "%s: %s%s and %s%s would give %s",
                                op->name, x, a, y, b, c);
    }
    I->host.note(I->host.user, "broadcast", "%s: %s%s and %s%s give %s", op->name, x, a, y, b, c);
    return true;
}

Value interp_apply(Interp *I, const NbOp *op, const NbArg *in, int n, const NbAttrs *attrs,
                   bool with_const, uint32_t start, uint32_t end, const Node *const *operand,
                   int noperand)
{
    I->at[0] = noperand > 0 ? operand[0] : NULL;
    I->at[1] = noperand > 1 ? operand[1] : NULL;
    NbVar *v = nb_apply(I->ctx, op, in, n, attrs);
    if (!v) {
        interp_fail_op(I, start, end, operand, noperand);
        return UNSET;
    }
    if (n == 2 && (op->flags & NB_OP_ELEMENTWISE) && !nb_var_is_scalar(v) &&
        !broadcast_note(I, op, in, v, start, end, noperand > 1 ? operand : NULL)) {
        nb_var_unref(&v);
        return UNSET;
    }
    return interp_wrap(I, v, with_const);
}

/* Numbers on both sides: no node. */
static inline Value scalar_result(Interp *I, const NbOp *op, double a, double b, bool is_const,
                                  const Node *na, const Node *nb, uint32_t start, uint32_t end)
{
    double y = op->scalar(a, b);
    if (!(fabs(y) <= DBL_MAX) && !interp_scalar_nonfinite(I, op, a, b, y, na, nb, start, end)) {
        return UNSET;
    }
    is_const = is_const || (op->flags & NB_OP_STEPS) || I->nograd > 0;
    return (Value){.tag = is_const ? V_CONST : V_NUM, .num = y};
}

/* Strings, none and lists know a few operators too. */
static bool other_kinds(Interp *I, const NbOp *op, Value a, Value b, Value *out)
{
    bool eq = op == I->infix_eq, ne = op == I->infix_ne;
    if (a.tag == V_STR && b.tag == V_STR && (eq || ne)) {
        bool same = a.str->len == b.str->len && memcmp(a.str->text, b.str->text, a.str->len) == 0;
        *out = CONST(same == eq ? 1 : 0);
        return true;
    }
    if ((a.tag == V_NONE || b.tag == V_NONE || a.tag == V_STR || b.tag == V_STR) && (eq || ne)) {
        *out = CONST((a.tag == b.tag) == eq ? 1 : 0);
        return true;
    }
    if (a.tag == V_STR && b.tag == V_STR && op == I->infix_add) {
        Text t = text_for_string();
        text_addn(&t, a.str->text, a.str->len);
        text_addn(&t, b.str->text, b.str->len);
        *out = t.failed ? UNSET : value_strn(t.s, t.len);
        text_free(&t);
        return true;
    }
    return false;
}

static size_t value_text_length(Value v)
{
    return v.tag == V_STR ? v.str->len : 0;
}

Value interp_pair_values(Interp *I, const NbOp *op, Value a, Value b, const Node *na,
                         const Node *nb, uint32_t start, uint32_t end)
{
    Value r = UNSET;
    const Node *operand[2] = {na, nb};
    if (other_kinds(I, op, a, b, &r)) {
        if (r.tag == V_UNSET) {
            size_t both = value_text_length(a) + value_text_length(b);
            interp_fail_span(I, start, end, NB_EMEM, "%s", interp_text_why(both >= TEXT_MAX));
        }
        return r;
    }
    NbArg in[2];
    NbVar *made[2] = {NULL, NULL};
    if (interp_operand(I, na, op->name, a, &in[0], &made[0]) &&
        interp_operand(I, nb, op->name, b, &in[1], &made[1])) {
        bool with_const = a.tag == V_CONST || b.tag == V_CONST || a.tag == V_LIST ||
                          b.tag == V_LIST;
        r = interp_apply(I, op, in, 2, NULL, with_const, start, end, operand, 2);
    }
    nb_var_unref(&made[0]);
    nb_var_unref(&made[1]);
    return r;
}

static inline bool number_tag(ValueTag t)
{
    return t == V_NUM || t == V_CONST;
}

static inline NbArg arg_of(ValueTag tag, uint64_t bits)
{
    return tag == V_VAR ? (NbArg){bits_var(bits), 0} : (NbArg){NULL, bits_number(bits)};
}

/* What remains after nb_apply2: a tensor, or a value without edges. */
static Value pair_rest(Interp *I, const NbOp *op, NbVar *v, NbArg a, NbArg b, bool with_const,
                       const Node *na, const Node *nb, uint32_t start, uint32_t end)
{
    const Node *operand[2] = {na, nb};
    if (!v) {
        interp_fail_op(I, start, end, operand, 2);
        return UNSET;
    }
    NbArg in[2] = {a, b};
    if ((op->flags & NB_OP_ELEMENTWISE) && !nb_var_is_scalar(v) &&
        !broadcast_note(I, op, in, v, start, end, operand)) {
        nb_var_unref(&v);
        return UNSET;
    }
    return interp_wrap(I, v, with_const);
}

/* a op b on borrowed values. */
static INLINE Value pair(Interp *I, const NbOp *op, ValueTag ta, uint64_t a, ValueTag tb,
                         uint64_t b, const Node *na, const Node *nb, uint32_t start, uint32_t end)
{
    if (number_tag(ta) && number_tag(tb) && op->scalar) {
        return scalar_result(I, op, bits_number(a), bits_number(b), ta == V_CONST || tb == V_CONST,
                             na, nb, start, end);
    }
    bool direct = (ta == V_VAR || number_tag(ta)) && (tb == V_VAR || number_tag(tb));
    if (!direct) {
        return interp_pair_values(I, op, value_of(ta, a), value_of(tb, b), na, nb, start, end);
    }
    I->at[0] = na;
    I->at[1] = nb;
    NbArg x = arg_of(ta, a), y = arg_of(tb, b);
    NbVar *v = nb_apply2(I->ctx, op, x, y);
    if (v && nb_var_kind(v) == NB_INNER && (ta != tb || nb_var_is_scalar(v))) {
        return (Value){.tag = V_VAR, .var = v};
    }
    return pair_rest(I, op, v, x, y, ta == V_CONST || tb == V_CONST, na, nb, start, end);
}

static inline void drop(ValueTag tag, uint64_t bits)
{
    if (tag >= V_VAR) {
        Value v = value_of(tag, bits);
        unref(&v);
    }
}

static INLINE Value operands(Interp *I, const NbOp *op, const Node *na, const Node *nb,
                             uint32_t start, uint32_t end)
{
    ValueTag ta, tb;
    uint64_t a, b;
    bool own_a = false, own_b = false;
    if (!peek(I, na, &ta, &a)) {
        Value v = interp_value_soon(I, na);
        ta = v.tag;
        a = v.bits;
        own_a = true;
        if (ta == V_UNSET) {
            return UNSET;
        }
    } else if (nb->flags & NF_CALL) { /* a call may bind the name again */
        ref(value_of(ta, a));
        own_a = true;
    }
    if (!peek(I, nb, &tb, &b)) {
        Value v = interp_value_soon(I, nb);
        tb = v.tag;
        b = v.bits;
        own_b = true;
        if (tb == V_UNSET) {
            if (own_a) {
                drop(ta, a);
            }
            return UNSET;
        }
    }
    Value r = pair(I, op, ta, a, tb, b, na, nb, start, end);
    if (own_a) {
        drop(ta, a);
    }
    if (own_b) {
        drop(tb, b);
    }
    return r;
}

Value interp_value_pair(Interp *I, const NbOp *op, const Node *na, const Node *nb, uint32_t start,
                        uint32_t end)
{
    return operands(I, op, na, nb, start, end);
}

Value interp_value_binary(Interp *I, const Node *n)
{
    return operands(I, n->op, n->a, n->b, n->start, n->end);
}

static inline Value one(Interp *I, const NbOp *op, ValueTag ta, uint64_t a, const Node *na,
                        uint32_t start, uint32_t end)
{
    if (number_tag(ta) && op->scalar) {
        return scalar_result(I, op, bits_number(a), 0, ta == V_CONST, na, NULL, start, end);
    }
    if (ta == V_VAR) {
        I->at[0] = na;
        I->at[1] = NULL;
        NbVar *v = nb_apply1(I->ctx, op, bits_var(a));
        if (v) {
            return interp_wrap(I, v, false);
        }
        interp_fail_op(I, start, end, &na, 1);
        return UNSET;
    }
    NbArg in;
    NbVar *made = NULL;
    Value r = UNSET;
    if (interp_operand(I, na, op->name, value_of(ta, a), &in, &made)) {
        r = interp_apply(I, op, &in, 1, NULL, ta != V_NUM, start, end, &na, 1);
    }
    nb_var_unref(&made);
    return r;
}

Value interp_value_one(Interp *I, const NbOp *op, const Node *na, uint32_t start, uint32_t end)
{
    ValueTag ta;
    uint64_t a;
    if (peek(I, na, &ta, &a)) {
        return one(I, op, ta, a, na, start, end);
    }
    Value v = interp_value(I, na);
    ta = v.tag;
    a = v.bits;
    if (ta == V_UNSET) {
        return UNSET;
    }
    Value r = one(I, op, ta, a, na, start, end);
    drop(ta, a);
    return r;
}

Value interp_one_value(Interp *I, const NbOp *op, Value a, const Node *na, uint32_t start,
                       uint32_t end)
{
    return one(I, op, a.tag, a.bits, na, start, end);
}

NOINLINE static Value unary(Interp *I, const Node *n)
{
    return interp_value_one(I, n->op, n->a, n->start, n->end);
}

NOINLINE static Value chain(Interp *I, const Node *n)
{
    Value first = interp_value(I, n->kid[0]);
    ValueTag tacc = first.tag;
    uint64_t acc = first.bits;
    for (int i = 1; i < n->n && tacc != V_UNSET; i++) {
        const Node *nb = n->kid[i];
        ValueTag tb;
        uint64_t b;
        bool own = !peek(I, nb, &tb, &b);
        if (own) {
            Value v = interp_value(I, nb);
            tb = v.tag;
            b = v.bits;
        }
        Value r = UNSET;
        if (tb != V_UNSET) {
            r = pair(I, n->chain[i].op, tacc, acc, tb, b, i == 1 ? n->kid[0] : NULL, nb, n->start,
                     n->chain[i].end);
            if (own) {
                drop(tb, b);
            }
        }
        drop(tacc, acc);
        tacc = r.tag;
        acc = r.bits;
    }
    return value_of(tacc, acc);
}

/* --- ranges --- */

static bool range_part(Interp *I, const Node *n, double *out)
{
    Value v = interp_value(I, n);
    if (v.tag == V_UNSET) {
        return false;
    }
    bool ok = value_is_number(v);
    if (ok) {
        *out = value_number(v);
        if (v.tag == V_VAR) {
            interp_saw(I, v.var);
        }
    } else {
        interp_fail(I, n, NB_ETYPE, "a range needs numbers, not %s", value_kind(v));
    }
    unref(&v);
    if (ok && isnan(*out)) {
        return interp_fail(I, n, NB_EVALUE, "a range cannot begin, end or step with nan");
    }
    return ok;
}

/* 0:0.1:1, as other systems write a step in the middle, and 0.5:2. */
static bool whole_range(Interp *I, const Node *n, const double *part)
{
    int i = 0;
    while (i < 3 && part[i] == floor(part[i])) {
        i++;
    }
    if (i == 3 || n->flags & NF_BOUNDS) {
        return true;
    }
    char number[4][40];
    const bool middle = n->kid[2] && part[1] != floor(part[1]) && part[2] == floor(part[2]);
    const double lo = part[0], step = middle ? part[1] : part[2], hi = middle ? part[2] : part[1];
    const double count = floor((hi - lo) / step + 1e-9) + 1;
    nb_format_number(part[i], 6, number[3], sizeof number[3]);
    nb_format_number(lo, 6, number[0], sizeof number[0]);
    nb_format_number(hi, 6, number[1], sizeof number[1]);
    nb_format_number(step, 6, number[2], sizeof number[2]);
    interp_fail(I, n->kid[i], NB_EVALUE, "a range takes whole numbers, not %s", number[3]);
    if (!n->kid[2]) {
        return interp_hint(I, "arange(%s, %s) goes on in steps of 1", number[0], number[1]);
    }
    if (count > 1 && count < 1e9) {
        return interp_hint(I, "linspace(%s, %s, %.0f) with both ends, or arange(%s, %s, %s)",
                           number[0], number[1], count, number[0], number[1], number[2]);
    }
    return interp_hint(I, "linspace(0, 1, 11) with both ends, or arange(0, 1, 0.1)");
}

NOINLINE static Value range(Interp *I, const Node *n)
{
    double part[3] = {0, 0, 1};
    for (int i = 0; i < 3; i++) {
        if (n->kid[i] && !range_part(I, n->kid[i], &part[i])) {
            return UNSET;
        }
    }
    if (part[2] == 0) {
        interp_fail(I, n->kid[2], NB_EVALUE, "a range cannot have step 0");
        return UNSET;
    }
    if (!whole_range(I, n, part)) {
        return UNSET;
    }
    Range *r = malloc(sizeof *r);
    if (!r) {
        interp_no_memory(I, n);
        return UNSET;
    }
    *r = (Range){1, part[0], part[1], part[2]};
    return (Value){.tag = V_RANGE, .range = r};
}

bool interp_range_count(Interp *I, const Node *at, const Range *r, int64_t *n)
{
    double count = ceil((r->stop - r->start) / r->step - 1e-12);
    if (!(fabs(r->start) <= DBL_MAX) || !(count < 9e15)) {
        return interp_fail(I, at, NB_EVALUE, "the range has no end");
    }
    *n = count > 0 ? (int64_t)count : 0;
    return true;
}

/* --- the rest --- */

static Value unset_local(Interp *I, const Node *n)
{
    if (I->kept) {
        Value v = I->sym[n->sym].value;
        return v.tag == V_UNSET ? interp_unbound(I, n, n->sym) : ref(v);
    }
    const Symbol *s = &I->sym[n->sym];
    interp_fail(I, n, NB_ENAME, "%s has no value yet in this function", s->name);
    if (s->value.tag != V_UNSET) {
        interp_hint(I,
                    "%s is assigned in the function, so it is not the %s outside; pass it as a "
                    "parameter",
                    s->name, s->name);
    }
    return UNSET;
}

NOINLINE static Value numbers(Interp *I, const Node *n)
{
    NbTensor *t = nb_tensor_from(&n->lit->shape, n->lit->data, nb_ctx_err(I->ctx));
    NbVar *v = nb_var_tensor(I->ctx, t, NB_PLAIN);
    if (!v) {
        interp_fail_ctx(I, n);
        return UNSET;
    }
    return (Value){.tag = V_VAR, .var = v};
}

static Value no_expression(Interp *I, const Node *n)
{
    interp_fail(I, n, NB_ESYNTAX, "not an expression");
    return UNSET;
}

NOINLINE static Value local(Interp *I, const Node *n)
{
    const Value *v = &I->frame[n->id];
    return v->tag == V_UNSET ? unset_local(I, n) : ref(value_of(v->tag, bits_of(v)));
}

NOINLINE static Value global(Interp *I, const Node *n)
{
    const Value *v = &I->sym[n->id].value;
    return v->tag == V_UNSET ? interp_unbound(I, n, n->id) : ref(value_of(v->tag, bits_of(v)));
}

/* Every case a call in tail position: the switch itself needs no frame. */
Value interp_value(Interp *I, const Node *n)
{
    switch ((NodeKind)n->kind) {
    case N_NUM: return NUM(n->num);
    case N_STR: return value_ref(value_of(V_STR, n->bits));
    case N_LOCAL: return local(I, n);
    case N_GLOBAL: return global(I, n);
    case N_UNARY: return unary(I, n);
    case N_BINARY: return interp_value_binary(I, n);
    case N_CHAIN: return chain(I, n);
    case N_AND:
    case N_OR: return interp_value_logic(I, n);
    case N_NOT: return interp_value_not(I, n);
    case N_RANGE: return range(I, n);
    case N_LIST: return interp_value_list(I, n);
    case N_NUMBERS: return numbers(I, n);
    case N_INDEX: return interp_value_index(I, n);
    case N_ATTR: return interp_value_attr(I, n);
    case N_CALL: return interp_value_call(I, n);
    case N_TUPLE: return interp_value_tuple(I, n);
    case N_FORMAT: return interp_value_format(I, n);
    default: return no_expression(I, n);
    }
}

bool interp_integer(Interp *I, const Node *at, const char *what, Value v, int64_t *out)
{
    if (!value_is_number(v)) {
        return interp_fail(I, at, NB_ETYPE, "%s must be a whole number, not %s", what,
                           value_kind(v));
    }
    double x = value_number(v);
    if (v.tag == V_VAR) {
        interp_saw(I, v.var);
    }
    if (!(fabs(x) <= 9007199254740992.0) || x != floor(x)) {
        char buf[32];
        return interp_fail(I, at, NB_EVALUE, "%s must be a whole number, not %s", what,
                           nb_format_number(x, 6, buf, sizeof buf));
    }
    *out = (int64_t)x;
    return true;
}
