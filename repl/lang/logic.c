/* logic.c -- and, or, not, and conditions: truth read at once, or recorded to be replayed */
#include "lang/internal.h"

static bool is_tensor(Value v)
{
    return v.tag == V_VAR && !nb_var_is_scalar(v.var);
}

static bool is_recorded(const Interp *I, Value v)
{
    return v.tag == V_VAR && nb_var_tracked(v.var) && !nb_nograd(I->ctx);
}

/* --- conditions: no node for what is looked at once --- */

static Value test(Interp *I, const Node *n);

/* The value of a bound name, borrowed, or a new one: *own. */
static INLINE Value look(Interp *I, const Node *n, bool *own)
{
    const Value *v = n->kind == N_LOCAL    ? &I->frame[n->id]
                     : n->kind == N_GLOBAL ? &I->sym[n->id].value
                                           : NULL;
    *own = !v || v->tag == V_UNSET;
    return *own ? interp_value_soon(I, n) : value_of(v->tag, bits_of(v));
}

static inline bool is_scalar(Value v)
{
    return inline_number(v) || (v.tag == V_VAR && nb_var_is_scalar(v.var));
}

static inline double number(Interp *I, Value v)
{
    if (v.tag != V_VAR) {
        return v.num;
    }
    interp_saw(I, v.var);
    return nb_var_value(v.var);
}

/* A comparison, of two numbers most often. */
static Value compare(Interp *I, const Node *n)
{
    bool own_a, own_b = false;
    Value a = look(I, n->a, &own_a), b = UNSET, r = UNSET;
    if (a.tag != V_UNSET && !own_a && (n->b->flags & NF_CALL)) { /* which may bind it again */
        a = ref(a);
        own_a = true;
    }
    if (a.tag != V_UNSET) {
        b = look(I, n->b, &own_b);
    }
    if (b.tag != V_UNSET && is_scalar(a) && is_scalar(b)) {
        r = CONST(n->op->scalar(number(I, a), number(I, b)));
    } else if (b.tag != V_UNSET) {
        r = interp_pair_values(I, n->op, a, b, n->a, n->b, n->start, n->end);
    }
    if (own_a) {
        unref(&a);
    }
    if (own_b) {
        unref(&b);
    }
    return r;
}

/* A tensor on either side: element by element. */
static Value logic_tensor(Interp *I, const OpInfo *op, Value acc, const Node *nacc, Value b,
                          const Node *n)
{
    return interp_pair_values(I, op->op, acc, b, nacc, n, n->start, n->end);
}

/* x == 1 or 2, as one says it: a number alone always holds. */
static void note_alone(Interp *I, const Node *n)
{
    for (int i = 0; i < n->n; i++) {
        const Node *a = n->kid[i];
        if (a->kind == N_NUM && a->num != 0 && a->num != 1) {
            const int len = (int)(a->end - a->start);
            const char *number = I->program->text + a->start;
            I->host.note(I->host.user, "*alone",
                         "%.*s alone always holds; a comparison stands on both sides, as in "
                         "x == 1 or x == %.*s",
                         len, number, len, number);
            return;
        }
    }
}

/* and, or: stops at the first operand that decides. */
NOINLINE static Value test_logic(Interp *I, const Node *n)
{
    bool is_or = n->kind == N_OR;
    const OpInfo *op = is_or ? I->op_or : I->op_and;
    note_alone(I, n);
    Value acc = test(I, n->kid[0]);
    for (int i = 1; i < n->n && acc.tag != V_UNSET; i++) {
        bool truth = false;
        if (!is_tensor(acc)) {
            if (!interp_truth(I, n->kid[i - 1], acc, &truth)) {
                unref(&acc);
                return UNSET;
            }
            if (truth == is_or) {
                break;
            }
        }
        Value b = test(I, n->kid[i]);
        if (b.tag != V_UNSET && (is_tensor(acc) || is_tensor(b))) {
            Value r = logic_tensor(I, op, acc, n->kid[i - 1], b, n->kid[i]);
            unref(&b);
            b = r;
        }
        unref(&acc);
        acc = b;
    }
    if (acc.tag == V_UNSET || is_tensor(acc)) {
        return acc;
    }
    bool truth;
    bool ok = interp_truth(I, n->kid[n->n - 1], acc, &truth);
    unref(&acc);
    return ok ? CONST(truth) : UNSET;
}

NOINLINE static Value test_not(Interp *I, const Node *n)
{
    Value a = test(I, n->a);
    Value r = UNSET;
    bool truth;
    if (a.tag == V_UNSET) {
        return a;
    }
    if (is_tensor(a)) {
        r = interp_one_value(I, I->op_not->op, a, n->a, n->start, n->end);
    } else if (interp_truth(I, n->a, a, &truth)) {
        r = CONST(!truth);
    }
    unref(&a);
    return r;
}

static Value test(Interp *I, const Node *n)
{
    switch ((NodeKind)n->kind) {
    case N_BINARY:
        return (n->op->flags & NB_OP_STEPS) && n->op->scalar ? compare(I, n)
                                                             : interp_value_binary(I, n);
    case N_AND:
    case N_OR: return test_logic(I, n);
    case N_NOT: return test_not(I, n);
    default: return interp_value(I, n);
    }
}

bool interp_truth(Interp *I, const Node *at, Value v, bool *out)
{
    *out = false;
    switch (v.tag) {
    case V_NUM:
    case V_CONST: *out = v.num != 0; return true;
    case V_NONE: return true;
    case V_VAR: {
        NbTensor tmp;
        const NbTensor *t = nb_var_data(v.var, &tmp);
        interp_saw(I, v.var);
        if (t->size == 1) {
            *out = nb_tensor_at(t, 0) != 0;
            return true;
        }
        char s[160];
        interp_fail(I, at, NB_ESHAPE, "a condition must be one number, not %s",
                    nb_shape_text(&t->shape, s, sizeof s));
        return interp_hint(I, "sum(x) == 0 or prod(x) != 0 make one of many");
    }
    default:
        return interp_fail(I, at, NB_ETYPE, "a condition must be a number, not %s", value_kind(v));
    }
}

bool interp_condition(Interp *I, const Node *n, bool *out)
{
    Value v = test(I, n);
    bool ok = v.tag != V_UNSET && interp_truth(I, n, v, out);
    unref(&v);
    return ok;
}

/* --- values: what depends on a variable is recorded --- */

static bool safe_name(Value v)
{
    return inline_number(v) || v.tag == V_VAR;
}

static bool safe_call(const Interp *I, const Node *n)
{
    const Node *f = n->call->callee;
    const Symbol *s = f && f->kind == N_GLOBAL ? &I->sym[f->id] : NULL;
    return s && s->value.tag == V_UNSET && s->op && !n->call->row &&
           !(s->op->op->flags & NB_OP_RANDOM);
}

/* Evaluating n does nothing but compute: it may be done though `and` or `or` would not. */
static bool is_safe(const Interp *I, const Node *n)
{
    switch ((NodeKind)n->kind) {
    case N_NUM:
    case N_NUMBERS: return true;
    case N_LOCAL: return safe_name(I->frame[n->id]);
    case N_GLOBAL: return safe_name(I->sym[n->id].value) || I->sym[n->id].constant;
    case N_UNARY:
    case N_NOT: return is_safe(I, n->a);
    case N_BINARY: return is_safe(I, n->a) && is_safe(I, n->b);
    case N_CALL:
        if (!safe_call(I, n)) {
            return false;
        }
        break;
    case N_CHAIN:
    case N_AND:
    case N_OR: break;
    default: return false;
    }
    for (int i = 0; i < n->n; i++) {
        if (!is_safe(I, n->kid[i])) {
            return false;
        }
    }
    return true;
}

/* The operands from `from` on once the result is decided by a variable: a replay may decide
 * otherwise. Where they cannot be had without side effects the node says that it repeats what was
 * decided here. Takes acc. */
static Value decided(Interp *I, const Node *n, const OpInfo *op, Value acc, int from)
{
    bool safe = true;
    for (int i = from; i < n->n; i++) {
        safe = safe && is_safe(I, n->kid[i]);
    }
    NbNanMode nan = I->nan;
    interp_nan_mode(I, NB_NAN_OFF);
    for (int i = from; safe && i < n->n && acc.tag != V_UNSET; i++) {
        Value b = interp_value(I, n->kid[i]);
        Value r = b.tag == V_UNSET ? UNSET
                                   : interp_pair_values(I, op->op, acc, b, n->kid[i - 1], n->kid[i],
                                                        n->start, n->end);
        unref(&b);
        unref(&acc);
        acc = r;
    }
    interp_nan_mode(I, nan);
    if (!safe) {
        uint32_t mark;
        Value r = UNSET;
        const Asked asked = interp_ask(I);
        if (acc.tag == V_VAR) {
            interp_saw(I, acc.var);
        }
        if (interp_decided(I, &asked, n, &mark)) {
            const uint32_t before = nb_ctx_decision(I->ctx, mark > 0 ? mark : 0);
            r = interp_pair_values(I, op->op, acc, acc, n->kid[0], n->kid[0], n->start, n->end);
            nb_ctx_decision(I->ctx, before);
            nb_decision_end(I->ctx, &mark);
        }
        interp_told(I, &asked, true);
        unref(&acc);
        acc = r;
    }
    return acc;
}

/* acc and b are numbers or scalars, of which at least one is a variable; or one is a tensor. */
static bool joins(const Interp *I, Value acc, Value b)
{
    return is_tensor(acc) || is_tensor(b) ||
           ((is_recorded(I, acc) || is_recorded(I, b)) && safe_name(acc) && safe_name(b));
}

Value interp_value_logic(Interp *I, const Node *n)
{
    bool is_or = n->kind == N_OR, joined = false;
    const OpInfo *op = is_or ? I->op_or : I->op_and;
    note_alone(I, n);
    Value acc = interp_value(I, n->kid[0]);
    for (int i = 1; i < n->n && acc.tag != V_UNSET; i++) {
        bool truth = false;
        if (!is_tensor(acc)) {
            if (!interp_truth(I, n->kid[i - 1], acc, &truth)) {
                unref(&acc);
                return UNSET;
            }
            if (truth == is_or && is_recorded(I, acc)) {
                return decided(I, n, op, acc, i);
            }
            if (truth == is_or) {
                break;
            }
        }
        Value b = interp_value(I, n->kid[i]);
        joined = b.tag != V_UNSET && joins(I, acc, b);
        if (joined) {
            Value r = logic_tensor(I, op, acc, n->kid[i - 1], b, n->kid[i]);
            unref(&b);
            b = r;
        }
        unref(&acc);
        acc = b;
    }
    if (acc.tag == V_UNSET || is_tensor(acc) || joined) {
        return acc;
    }
    bool truth;
    bool ok = interp_truth(I, n->kid[n->n - 1], acc, &truth);
    unref(&acc);
    return ok ? CONST(truth) : UNSET;
}

Value interp_value_not(Interp *I, const Node *n)
{
    Value a = interp_value(I, n->a);
    Value r = UNSET;
    bool truth;
    if (a.tag == V_UNSET) {
        return a;
    }
    if (is_tensor(a) || is_recorded(I, a)) {
        r = interp_one_value(I, I->op_not->op, a, n->a, n->start, n->end);
    } else if (interp_truth(I, n->a, a, &truth)) {
        r = CONST(!truth);
    }
    unref(&a);
    return r;
}
