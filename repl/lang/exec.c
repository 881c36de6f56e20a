/* exec.c -- statements: binding, loops, conditions */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "lang/internal.h"

#define POLL_SECONDS 0.005
#define POLL_MOST 256

/* --- interrupts --- */

static bool interrupted(Interp *I)
{
    return interp_fail(I, I->stmt, NB_EINTERRUPT, "interrupted");
}

/* A look at the clock now and then; the host's poll when enough time has passed. */
static bool poll_host(Interp *I)
{
    double now = nb_seconds(), since = now - I->poll_last;
    if (since > POLL_SECONDS || since < 0) {
        I->poll_every = since > 2 * POLL_SECONDS ? 1 : I->poll_every / 2 + 1;
        I->poll_last = now;
        if (!I->host.poll(I->host.user)) {
            return interrupted(I);
        }
    } else if (I->poll_every < POLL_MOST) {
        I->poll_every *= 2;
    }
    I->poll_now = I->poll_every;
    return true;
}

bool interp_step(Interp *I)
{
    if (I->budget >= 0 && --I->budget < 0) {
        I->budget = 0;
        return interrupted(I);
    }
    if (nb_ctx_interrupted(I->ctx)) {
        return interrupted(I);
    }
    return --I->poll_now > 0 || poll_host(I);
}

bool interp_poll(Interp *I)
{
    I->poll_now = 0;
    return interp_step(I);
}

/* One pass ends; the host hears of those of the outermost loop. */
static bool end_pass(Interp *I, bool outermost)
{
    if (outermost && !I->host.pass(I->host.user)) {
        return I->failed ? false : interrupted(I);
    }
    return interp_step(I);
}

/* --- binding --- */

static Value as_local(Interp *I, Value v, bool is_const)
{
    if (is_const && v.tag == V_NUM) {
        v.tag = V_CONST;
    } else if (is_const && v.tag == V_VAR && nb_var_tracked(v.var)) {
        NbVar *d = nb_var_detach(v.var);
        unref(&v);
        return d ? interp_wrap(I, d, true) : UNSET;
    } else if (is_const && v.tag == V_VAR && nb_var_kind(v.var) == NB_PLAIN &&
               !nb_var_adopt(v.var, NB_CONST)) {
        NbVar *d = nb_var_copy(v.var, NB_CONST);
        unref(&v);
        return d ? (Value){.tag = V_VAR, .var = d} : UNSET;
    }
    return v;
}

static bool assign_local(Interp *I, const Node *n, Value v, bool is_const)
{
    v = as_local(I, v, is_const);
    if (v.tag == V_UNSET) {
        return interp_fail_ctx(I, n);
    }
    if (v.tag == V_VAR && !interp_name(I, &v, n->sym, true)) {
        return interp_fail_ctx(I, n);
    }
    Value before = I->frame[n->id];
    I->frame[n->id] = v;
    unref(&before);
    return true;
}

static bool set_grad(Interp *I, const Node *n, NbVar *to, Value v)
{
    NbArg in;
    NbVar *made;
    NbTensor tmp;
    double num;
    if (v.tag == V_NONE) {
        nb_var_clear_grad(to);
        return true;
    }
    if (!nb_var_takes_grad(to)) {
        char name[64];
        return interp_fail(I, n, NB_EVALUE, "%s is constant: it takes no gradient",
                           interp_text(I, n->a, name, sizeof name));
    }
    if (!interp_operand(I, n, ".grad", v, &in, &made)) {
        return false;
    }
    num = in.num;
    NbTensor scalar = nb_tensor_scalar(&num);
    const NbTensor *t = in.var ? nb_var_data(in.var, &tmp) : &scalar;
    bool ok = nb_var_set_grad(to, t) == NB_OK || interp_fail_ctx(I, n);
    nb_var_unref(&made);
    if (ok) {
        I->host.graded(I->host.user, to);
    }
    return ok;
}

bool interp_set_attr(Interp *I, const Node *n, Value base, Value v)
{
    if (base.tag == V_OBJ) {
        if (base.obj->cls->set) {
            interp_touch_obj(I, base.obj);
            if (base.obj->cls->set(I, base.obj, n->attr, v)) {
                return true;
            }
        }
        return interp_fail(I, n, NB_ENAME, "%s has no attribute %s that can be set",
                           base.obj->cls->name, n->attr);
    }
    if (base.tag == V_VAR && n->id == A_GRAD) {
        return set_grad(I, n, base.var, v);
    }
    interp_fail(I, n, NB_ETYPE, "the attribute %s of %s cannot be set", n->attr, value_kind(base));
    const char *habit = interp_method_habit(n->attr);
    return base.tag == V_VAR && n->id == A_DATA ? interp_hint(I, "x := … writes values in place")
           : habit                              ? interp_hint(I, "%s", habit)
                                                : false;
}

static bool assign_attr(Interp *I, const Node *n, Value v)
{
    Value base = interp_value(I, n->a);
    bool ok = base.tag != V_UNSET && interp_set_attr(I, n, base, v);
    unref(&base);
    unref(&v);
    return ok;
}

bool interp_assign_to(Interp *I, const Node *target, Value v, bool is_const)
{
    if (I->held.much && !interp_held_settle(I, target, v)) {
        unref(&v);
        return false;
    }
    switch (target->kind) {
    case N_GLOBAL: return interp_assign(I, target->id, v, is_const, target);
    case N_LOCAL: return assign_local(I, target, v, is_const);
    default: return assign_attr(I, target, v);
    }
}

bool interp_unpack(Interp *I, const Node *at, Value v, int n, Value *out)
{
    int64_t count = -1;
    if (v.tag == V_LIST) {
        count = v.list->n;
    } else if (v.tag == V_VAR && nb_var_shape(v.var)->rank > 0) {
        count = nb_var_shape(v.var)->dim[0];
    }
    if (count < 0) {
        return interp_fail(I, at, NB_ETYPE, "%d names, but the value is %s", n, value_kind(v)) ||
               (v.tag == V_FUNC && interp_hint(I, "a function is called with ( )"));
    }
    if (count != n) {
        return interp_fail(I, at, NB_EVALUE, "%d names and %lld value%s", n, (long long)count,
                           count == 1 ? "" : "s");
    }
    for (int i = 0; i < n; i++) {
        out[i] = v.tag == V_LIST ? ref(v.list->item[i]) : interp_row(I, v.var, i, at);
        if (out[i].tag == V_UNSET) {
            while (i-- > 0) {
                unref(&out[i]);
            }
            return false;
        }
    }
    return true;
}

/* The right sides first, then the names. */
NOINLINE static bool assign_many(Interp *I, const Node *n)
{
    const Node *left = n->a, *right = n->b;
    int names = left->n;
    if (I->limit - I->top < names) {
        return interp_fail(I, n, NB_EMEM, "too many names");
    }
    Value *v = I->top;
    int have = 0;
    bool ok = true;
    I->top += names;
    if (right->kind == N_TUPLE) {
        for (; have < names && ok; have += ok) {
            v[have] = interp_value(I, right->kid[have]);
            ok = v[have].tag != V_UNSET;
        }
    } else {
        Value all = interp_value(I, right);
        ok = all.tag != V_UNSET && interp_unpack(I, right, all, names, v);
        have = ok ? names : 0;
        unref(&all);
    }
    for (int i = 0; i < have; i++) {
        if (ok) {
            ok = interp_assign_to(I, left->kid[i], v[i], n->kind == N_CONST);
            if (ok && left->kid[i]->kind == N_GLOBAL) {
                interp_made(I, left->kid[i], right->kind == N_TUPLE ? right->kid[i] : right);
            }
        } else {
            unref(&v[i]);
        }
    }
    I->top = v;
    return ok;
}

/* p = p - 0.1*p.grad computes a p that keeps the one before behind it. */
NOINLINE static void note_step(Interp *I, const Node *n)
{
    char name[64], text[96];
    bool many = n->a->kind == N_TUPLE;
    const Node *left = many ? n->a->kid[0] : n->a, *right = many ? n->b->kid[0] : n->b;
    Value now = I->sym[left->id].value;
    bool inner = now.tag == V_VAR && nb_var_kind(now.var) == NB_INNER;
    if (I->failed) {
        return;
    }
    interp_text(I, left, name, sizeof name);
    interp_text(I, right, text, sizeof text);
    if (inner) {
        I->host.note(I->host.user, "*unroll",
                     "%s is computed from the earlier %s now, so its graph grows with every pass; "
                     "to change it in place: %s := %s",
                     name, name, name, text);
    } else {
        I->host.note(I->host.user, "*unroll",
                     "%s is no leaf now and gets no gradient; to change it in place: %s := %s",
                     name, name, text);
    }
}

static bool assign(Interp *I, const Node *n)
{
    if (n->a->kind == N_TUPLE) {
        bool done = assign_many(I, n);
        if (n->flags & NF_STEP) {
            note_step(I, n);
        }
        return done;
    }
    Value v = interp_value_soon(I, n->b);
    bool global = n->a->kind == N_GLOBAL, number = v.tag != V_VAR;
    if (I->held.much && !I->held.told && global) {
        interp_held_count(I, n, v);
    }
    bool ok = v.tag != V_UNSET && interp_assign_to(I, n->a, v, n->kind == N_CONST);
    if (ok && global && (number || nb_var_kind(I->sym[n->a->id].value.var) == NB_CONST)) {
        interp_made(I, n->a, n->b);
    }
    if (n->flags & NF_STEP) {
        note_step(I, n);
    }
    return ok;
}

NOINLINE static bool define(Interp *I, const Node *n)
{
    Func *f = calloc(1, sizeof *f);
    if (!f) {
        return interp_no_memory(I, n);
    }
    f->refs = 1;
    f->id = I->next_func += 2;
    f->program = program_ref(I->program);
    f->def = n->def;
    f->symbol = n->def->symbol;
    const Node *lost = n->def->lost;
    if (lost) {
        const int len = (int)(lost->end - lost->start);
        interp_note(I, "*lost", "%s returns nothing; to give its last value back: return %.*s",
                    interp_symbol_name(I, f->symbol), len > 60 ? 0 : len,
                    I->program->text + lost->start);
    }
    return interp_set(I, n->def->symbol, (Value){.tag = V_FUNC, .func = f}, false, true);
}

/* --- blocks and conditions --- */

static Flow run_statement(Interp *I, const Node *n);

/* A command that loops are made of, without a Call around its argument. */
static INLINE QuickResult run_quick(Interp *I, const Node *n)
{
    const CallInfo *c = n->call;
    if (n->kind != N_CALL || !c->quick || !c->in_loop || I->loops == 0) {
        return QUICK_NO;
    }
    const Value *arg = NULL;
    if (c->npos > 0) {
        const Node *a = n->kid[0];
        arg = a->kind == N_LOCAL ? &I->frame[a->id] : &I->sym[a->id].value;
    }
    I->at[0] = I->at[1] = NULL;
    return c->in_loop(I, arg);
}

Flow interp_run_block(Interp *I, const Node *n)
{
    for (int i = 0; i < n->n; i++) {
        const Node *at = I->stmt = n->kid[i];
        QuickResult quick = run_quick(I, at);
        if (quick == QUICK_DONE) {
            continue;
        }
        Flow f = quick == QUICK_NO ? run_statement(I, at) : X_ERROR;
        if (f != X_NEXT) {
            return f;
        }
    }
    return X_NEXT;
}

/* A block whose running a variable decided: nodes made there are marked with the line. */
static Flow run_marked(Interp *I, const Node *block, uint32_t mark)
{
    if (mark == 0) {
        return interp_run_block(I, block);
    }
    const uint32_t before = nb_ctx_decision(I->ctx, mark);
    Flow f = interp_run_block(I, block);
    nb_ctx_decision(I->ctx, before);
    nb_decision_end(I->ctx, &mark);
    return f;
}

NOINLINE static Flow run_if(Interp *I, const Node *n)
{
    const Asked asked = interp_ask(I);
    const Node *block = n->n % 2 ? n->kid[n->n - 1] : NULL, *at = n->kid[n->n % 2 ? n->n - 3 : 0];
    bool ok = true, truth = false;
    uint32_t mark = 0;
    for (int i = 0; ok && !truth && i + 1 < n->n; i += 2) {
        ok = interp_condition(I, n->kid[i], &truth);
        if (ok && truth) {
            block = n->kid[i + 1];
            at = n->kid[i];
        }
    }
    ok = ok && (!block || interp_decided(I, &asked, at, &mark));
    interp_told(I, &asked, false);
    return !ok ? X_ERROR : block ? run_marked(I, block, mark) : X_NEXT;
}

/* --- loops --- */

/* One pass. X_NEXT: go on; X_BREAK: the loop ends well; others leave it. */
static Flow pass(Interp *I, const Node *body, int64_t number)
{
    I->pass = number;
    if (++I->held.passes % 4 == 0) { /* not by the clock: results would depend on it */
        interp_held_look(I);
    }
    if (I->held.much) {
        I->held.pass = nb_ctx_serial(I->ctx);
    }
    Flow f = interp_run_block(I, body);
    if (f == X_CONTINUE) {
        f = X_NEXT;
    }
    return f <= X_BREAK && !end_pass(I, I->loops == 1) ? X_ERROR : f;
}

typedef struct LoopState {
    int64_t pass;
    uint64_t pass_serial;
    uint32_t mark, outer; /* of what a variable decided; before it */
} LoopState;

static LoopState loop_enter(Interp *I, uint32_t mark)
{
    LoopState s = {.pass = I->pass, .pass_serial = I->held.pass, .mark = mark};
    if (mark > 0) {
        s.outer = nb_ctx_decision(I->ctx, mark);
    }
    if (I->loops++ == 0) {
        interp_held_begin(I);
    }
    I->held.pass = 0;
    return s;
}

static Flow loop_leave(Interp *I, LoopState *s, Flow f)
{
    I->held.much = --I->loops > 0 && I->held.much;
    I->pass = s->pass;
    I->held.pass = s->pass_serial;
    if (s->mark > 0) {
        nb_ctx_decision(I->ctx, s->outer);
        nb_decision_end(I->ctx, &s->mark);
    }
    return f == X_BREAK ? X_NEXT : f;
}

static bool count_of(Interp *I, const Node *n, const char *what, int64_t least, int64_t *out,
                     uint32_t *mark)
{
    const Asked asked = interp_ask(I);
    Value v = interp_value(I, n);
    bool ok = v.tag != V_UNSET && interp_integer(I, n, what, v, out) &&
              interp_decided(I, &asked, n, mark);
    interp_told(I, &asked, false);
    unref(&v);
    if (ok && *out < least) {
        nb_decision_end(I->ctx, mark);
        return interp_fail(I, n, NB_EVALUE, "%s must be at least %lld, not %lld", what,
                           (long long)least, (long long)*out);
    }
    return ok;
}

NOINLINE static Flow run_repeat(Interp *I, const Node *n)
{
    int64_t count;
    uint32_t mark;
    if (!count_of(I, n->a, "the count of repeat", 0, &count, &mark)) {
        return X_ERROR;
    }
    LoopState s = loop_enter(I, mark);
    Flow f = X_NEXT;
    for (int64_t i = 0; i < count && f == X_NEXT; i++) {
        f = pass(I, n->b, i);
    }
    return loop_leave(I, &s, f);
}

NOINLINE static Flow run_while(Interp *I, const Node *n)
{
    LoopState s = loop_enter(I, 0);
    Flow f = X_NEXT;
    for (int64_t i = 0; f == X_NEXT; i++) {
        bool truth = false;
        uint32_t mark = 0;
        const Asked asked = interp_ask(I);
        const bool ok = interp_condition(I, n->a, &truth) &&
                        (!truth || interp_decided(I, &asked, n->a, &mark));
        interp_told(I, &asked, false);
        if (!ok || !truth) {
            f = ok ? X_NEXT : X_ERROR;
            break;
        }
        const uint32_t before = interp_mark(I, mark);
        f = pass(I, n->b, i);
        interp_unmark(I, &mark, before);
    }
    return loop_leave(I, &s, f);
}

static bool bind_loop_name(Interp *I, const Node *target, Value v)
{
    if (v.tag == V_NUM) {
        v.tag = V_CONST;
    }
    if (v.tag == V_VAR && nb_var_kind(v.var) == NB_PLAIN && !nb_var_adopt(v.var, NB_CONST)) {
        NbVar *c = nb_var_copy(v.var, NB_CONST);
        unref(&v);
        if (!c) {
            return interp_fail_ctx(I, target);
        }
        v = (Value){.tag = V_VAR, .var = c};
    }
    bool local = target->kind == N_LOCAL;
    if (v.tag == V_VAR && !interp_name(I, &v, target->sym, local)) {
        return interp_fail_ctx(I, target);
    }
    if (local) {
        Value before = I->frame[target->id];
        I->frame[target->id] = v;
        unref(&before);
        return true;
    }
    ValueTag before = I->sym[target->id].value.tag;
    return interp_set(I, target->id, v, true, before == V_VAR || before == V_OBJ);
}

/* The names of a for loop from one item. Takes v. */
static bool bind_item(Interp *I, const Node *n, Value v)
{
    int names = n->n - 2;
    if (names == 1) {
        return bind_loop_name(I, n->kid[0], v);
    }
    const Node *seq = n->kid[n->n - 2];
    if (I->limit - I->top < names) {
        unref(&v);
        return interp_fail(I, n, NB_EMEM, "too many names");
    }
    Value *part = I->top;
    I->top += names;
    bool ok = interp_unpack(I, seq, v, names, part);
    unref(&v);
    for (int i = 0; i < names && ok; i++) {
        ok = bind_loop_name(I, n->kid[i], part[i]);
        for (int k = i + 1; k < names && !ok; k++) {
            unref(&part[k]);
        }
    }
    I->top = part;
    return ok;
}

/* Item i of what a for loop runs over; false at the end or with an error. */
static bool next_item(Interp *I, const Node *at, Value seq, int64_t i, int64_t count, Value *out)
{
    if (seq.tag == V_OBJ) {
        *out = NONE;
        return seq.obj->cls->next(I, seq.obj, i, out);
    }
    if (seq.tag == V_LIST) {
        count = seq.list->n;
    }
    if (i >= count) {
        return false;
    }
    if (seq.tag == V_RANGE) {
        *out = CONST(seq.range->start + (double)i * seq.range->step);
    } else if (seq.tag == V_LIST) {
        *out = ref(seq.list->item[i]);
    } else {
        *out = interp_row(I, seq.var, i, at);
    }
    return out->tag != V_UNSET;
}

static bool can_iterate(Interp *I, const Node *at, Value seq, int64_t *count)
{
    *count = 0;
    switch (seq.tag) {
    case V_LIST: return true;
    case V_RANGE: return interp_range_count(I, at, seq.range, count);
    case V_OBJ:
        if (seq.obj->cls->next) {
            return true;
        }
        break;
    case V_VAR:
        if (nb_var_shape(seq.var)->rank > 0) {
            *count = nb_var_shape(seq.var)->dim[0];
            return true;
        }
        break;
    default: break;
    }
    interp_fail(I, at, NB_ETYPE, "for runs over a range, list or tensor, not %s", value_kind(seq));
    return value_is_number(seq) ? interp_hint(I, "for i in 0:10 { }") : false;
}

NOINLINE static Flow run_for(Interp *I, const Node *n)
{
    const Node *at = n->kid[n->n - 2], *body = n->kid[n->n - 1];
    uint32_t mark = 0;
    int64_t count;
    const Asked asked = interp_ask(I);
    Value seq = interp_value(I, at);
    const bool ok = seq.tag != V_UNSET && can_iterate(I, at, seq, &count) &&
                    interp_decided(I, &asked, at, &mark);
    interp_told(I, &asked, false);
    if (!ok) {
        unref(&seq);
        return X_ERROR;
    }
    LoopState s = loop_enter(I, mark);
    Flow f = X_NEXT;
    for (int64_t i = 0; f == X_NEXT; i++) {
        Value item = UNSET;
        if (!next_item(I, at, seq, i, count, &item)) {
            f = I->failed ? X_ERROR : X_BREAK;
        } else {
            f = bind_item(I, n, item) ? pass(I, body, i) : X_ERROR;
        }
    }
    unref(&seq);
    return loop_leave(I, &s, f);
}

NOINLINE static Flow run_every(Interp *I, const Node *n)
{
    int64_t count;
    uint32_t mark;
    if (!count_of(I, n->a, "the count of every", 1, &count, &mark)) {
        return X_ERROR;
    }
    nb_decision_end(I->ctx, &mark);
    return I->pass % count == 0 ? interp_run_block(I, n->b) : X_NEXT;
}

NOINLINE static Flow run_nograd(Interp *I, const Node *n)
{
    nb_nograd_push(I->ctx);
    I->nograd++;
    Flow f = interp_run_block(I, n->a);
    I->nograd--;
    nb_nograd_pop(I->ctx);
    return f;
}

NOINLINE static Flow run_testmode(Interp *I, const Node *n)
{
    nb_testmode_push(I->ctx);
    Flow f = interp_run_block(I, n->a);
    nb_testmode_pop(I->ctx);
    return f;
}

NOINLINE static Flow run_return(Interp *I, const Node *n)
{
    Value v = n->a ? interp_value(I, n->a) : NONE;
    if (v.tag == V_UNSET) {
        return X_ERROR;
    }
    I->ret = v;
    return X_RETURN;
}

/* An expression for what it does. */
static Flow run_expression(Interp *I, const Node *n)
{
    Value v = interp_value_soon(I, n);
    if (v.tag == V_UNSET) {
        return X_ERROR;
    }
    unref(&v);
    return X_NEXT;
}

static Flow run_statement(Interp *I, const Node *n)
{
    if (n->kind <= N_TUPLE) {
        return run_expression(I, n);
    }
    switch ((NodeKind)n->kind) {
    case N_ASSIGN:
    case N_CONST: return assign(I, n) ? X_NEXT : X_ERROR;
    case N_WRITE: return interp_write(I, n, NULL) ? X_NEXT : X_ERROR;
    case N_DEF: return define(I, n) ? X_NEXT : X_ERROR;
    case N_BLOCK: return interp_run_block(I, n);
    case N_REPEAT: return run_repeat(I, n);
    case N_FOR: return run_for(I, n);
    case N_WHILE: return run_while(I, n);
    case N_IF: return run_if(I, n);
    case N_BREAK: return X_BREAK;
    case N_CONTINUE: return X_CONTINUE;
    case N_RETURN: return run_return(I, n);
    case N_EVERY: return run_every(I, n);
    case N_NOGRAD: return run_nograd(I, n);
    case N_TESTMODE: return run_testmode(I, n);
    default: return X_NEXT;
    }
}

Flow interp_run(Interp *I, const Node *n)
{
    I->stmt = n;
    QuickResult quick = run_quick(I, n);
    if (quick != QUICK_NO) {
        return quick == QUICK_DONE ? X_NEXT : X_ERROR;
    }
    return run_statement(I, n);
}
