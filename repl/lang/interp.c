/* interp.c -- the interpreter: life, running statements, what builtins ask of it */
#include <math.h>
#include <string.h>

#include "base/stack.h"
#include "lang/internal.h"
#include "lang/token.h"

/* --- life --- */

/* Of those built in. */
static const OpInfo *op_named(const Interp *I, const char *name)
{
    const OpInfo *info = I->ops;
    while (strcmp(info->op->name, name) != 0) {
        info++;
    }
    return info;
}

static void find_operators(Interp *I)
{
    for (int t = T_PLUS; t <= T_GE; t++) {
        for (int i = 0; i < I->nops; i++) {
            const NbOp *op = I->ops[i].op;
            if (op->symbol && op->min_in == 2 &&
                strcmp(op->symbol, lexer_op_text((TokKind)t)) == 0) {
                I->infix[t - T_PLUS] = op;
            }
        }
    }
    for (int i = 0; i < I->nops; i++) {
        const NbOp *op = I->ops[i].op;
        if (op->symbol && strcmp(op->symbol, "-") == 0 && op->max_in == 1) {
            I->op_neg = op;
        }
    }
    I->infix_eq = I->infix[T_EQ - T_PLUS];
    I->infix_ne = I->infix[T_NE - T_PLUS];
    I->infix_add = I->infix[T_PLUS - T_PLUS];
    I->op_index = op_named(I, "index");
    I->op_stack = op_named(I, "stack");
    I->op_transpose = op_named(I, "transpose");
    I->op_reshape = op_named(I, "reshape");
    I->op_and = op_named(I, "and");
    I->op_or = op_named(I, "or");
    I->op_not = op_named(I, "not");
}

Interp *interp_new(NbCtx *ctx)
{
    Interp *I = calloc(1, sizeof *I);
    if (!I) {
        return NULL;
    }
    I->ctx = ctx;
    nb_ctx_err(ctx)->front = true;
    interp_host(I, &(LangHost){0});
    I->out = stdout;
    I->digits = 6;
    I->budget = I->limit_each = -1;
    I->poll_every = 1;
    I->next_func = 1;
    I->native_max = nb_stack_limit();
    I->unit = nb_ctx_new_unit(ctx);
    I->stack = malloc(STACK_VALUES * sizeof *I->stack);
    if (!I->stack || !interp_symbols_init(I) ||
        !interp_add(I, builtins_lang, builtins_lang_count) ||
        !interp_add(I, builtins_grad, builtins_grad_count) ||
        !interp_add(I, builtins_shape, builtins_shape_count)) {
        interp_free(&I);
        return NULL;
    }
    I->top = I->stack;
    I->limit = I->stack + STACK_VALUES;
    find_operators(I);
    return I;
}

void interp_free(Interp **p)
{
    Interp *I = *p;
    *p = NULL;
    if (I) {
        interp_guard_free(I);
        interp_symbols_free(I);
        free(I->stack);
        free(I);
    }
}

NbCtx *interp_ctx(Interp *I)
{
    return I->ctx;
}

void *interp_user(Interp *I)
{
    return I->host.user;
}

void interp_output(Interp *I, FILE *out)
{
    I->out = out;
}

void interp_digits(Interp *I, int digits)
{
    I->digits = digits;
}

void interp_ascii(Interp *I, bool ascii)
{
    I->ascii = ascii;
}

void interp_limit(Interp *I, int64_t passes)
{
    I->limit_each = passes;
}

void interp_broadcast_mode(Interp *I, NbNanMode mode)
{
    I->broadcast = mode;
}

void interp_new_unit(Interp *I)
{
    I->unit = nb_ctx_new_unit(I->ctx);
}

NbUnit interp_unit_push(Interp *I)
{
    const NbUnit around = nb_ctx_unit_push(I->ctx);
    I->unit = nb_ctx_unit(I->ctx);
    return around;
}

void interp_unit_pop(Interp *I, NbUnit around)
{
    nb_ctx_unit_pop(I->ctx, around);
    I->unit = nb_ctx_unit(I->ctx);
}

void interp_touch_obj(Interp *I, Obj *o)
{
    if (o->unit != I->unit) {
        o->unit = I->unit;
        I->host.touch_obj(I->host.user, o);
    }
}

/* --- running one statement --- */

/* What a text run from within a statement must give back. */
typedef struct Saved {
    Value *frame;
    const Func *func;
    Program *program;
    const Node *stmt;
    const Call *call;
    bool kept;
} Saved;

static Saved save(const Interp *I)
{
    return (Saved){I->frame, I->func, I->program, I->stmt, I->call, I->kept};
}

static void restore(Interp *I, const Saved *s)
{
    I->frame = s->frame;
    I->func = s->func;
    I->program = s->program;
    I->stmt = s->stmt;
    I->call = s->call;
    I->kept = s->kept;
}

static void item_text(Interp *I, Outcome *out, const Node *n)
{
    char *to = out->item[out->n].text;
    size_t cap = sizeof out->item[0].text;
    bool path = interp_path(n) && n->end - n->start < cap - 8;
    out->item[out->n].flag = false;
    if (path) {
        interp_text(I, n, to, cap);
    } else {
        snprintf(to, cap, "ans");
    }
}

static void bind_before(Interp *I, Outcome *out, const Node *target)
{
    if (out->n == OUT_ITEMS) {
        out->more = true;
        return;
    }
    item_text(I, out, target);
    out->item[out->n].after = UNSET;
    out->item[out->n].before = target->kind == N_GLOBAL ? value_ref(I->sym[target->id].value)
                                                        : UNSET;
    out->n++;
}

static void bind_after(Interp *I, Outcome *out, const Node *left)
{
    int n = left->kind == N_TUPLE ? left->n : 1;
    for (int i = 0; i < n && i < out->n; i++) {
        const Node *t = left->kind == N_TUPLE ? left->kid[i] : left;
        if (t->kind == N_GLOBAL) {
            out->item[i].after = value_ref(I->sym[t->id].value);
        } else {
            Value v = interp_value(I, t);
            if (v.tag == V_UNSET) { /* an attribute that can be set but not read */
                interp_clear_error(I);
            }
            out->item[i].after = v;
        }
    }
}

/* An attribute of a named object that is a switch, or .stale. */
static bool is_flag(const Interp *I, const Node *n)
{
    if (n->kind != N_ATTR || n->a->kind != N_GLOBAL) {
        return false;
    }
    Value base = I->sym[n->a->id].value;
    if (base.tag == V_OBJ) {
        return base.obj->cls->flag && base.obj->cls->flag(base.obj, n->attr);
    }
    return strcmp(n->attr, "stale") == 0;
}

static bool run_binding(Interp *I, const Node *n, Outcome *out)
{
    const Node *left = n->a;
    bool attr = left->kind == N_ATTR;
    if (attr) { /* opt.lr = 0.1 */
        Value now = interp_value(I, left);
        if (now.tag == V_UNSET) {
            interp_clear_error(I);
        }
        item_text(I, out, left);
        out->item[0].before = now;
        out->item[0].flag = is_flag(I, left);
        out->n = 1;
    } else if (left->kind == N_TUPLE) {
        for (int i = 0; i < left->n; i++) {
            bind_before(I, out, left->kid[i]);
        }
    } else {
        bind_before(I, out, left);
    }
    if (interp_run(I, n) != X_NEXT) {
        return false;
    }
    out->kind = attr ? OUT_WRITE : OUT_BIND;
    bind_after(I, out, left);
    return true;
}

static bool run_write(Interp *I, const Node *n, Outcome *out)
{
    out->kind = OUT_WRITE;
    int count = n->a->kind == N_TUPLE ? n->a->n : 1;
    for (out->n = 0; out->n < count && out->n < OUT_ITEMS; out->n++) {
        item_text(I, out, n->a->kind == N_TUPLE ? n->a->kid[out->n] : n->a);
        out->item[out->n].before = out->item[out->n].after = UNSET;
    }
    out->more = out->n < count;
    return interp_write(I, n, out);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* 0,5 alone is two values, where one was meant perhaps. */
static void note_comma(Interp *I, const Node *n)
{
    if (n->kind != N_TUPLE || n->n != 2 || n->kid[0]->kind != N_NUM) {
        return;
    }
    const Node *a = n->kid[0], *b = n->kid[1];
    const char *text = I->program->text, *end = text + b->start;
    if (b->start != a->end + 1 || !is_digit(text[a->end - 1]) || !is_digit(*end)) {
        return;
    }
    while (is_digit(*end)) {
        end++;
    }
    int whole = (int)(a->end - a->start), part = (int)(end - text - b->start);
    I->host.note(I->host.user, "*comma",
                 "%.*s,%.*s are two values; the decimal mark is a point: %.*s.%.*s", whole,
                 text + a->start, part, text + b->start, whole, text + a->start, part,
                 text + b->start);
}

static bool run_expression(Interp *I, const Node *n, Outcome *out)
{
    note_comma(I, n);
    Value v = interp_value(I, n);
    if (v.tag == V_UNSET) {
        return false;
    }
    if (v.tag == V_NONE && n->kind == N_CALL) {
        return true;
    }
    out->kind = OUT_VALUE;
    item_text(I, out, n);
    out->item[0].before = UNSET;
    out->item[0].after = v;
    out->item[0].flag = is_flag(I, n);
    out->n = 1;
    if (n->kind == N_ATTR && ((AttrId)n->id == A_GRAD || (AttrId)n->id == A_DATA) &&
        (n->a->kind == N_GLOBAL || n->a->kind == N_ATTR)) {
        out->item[0].of = interp_value(I, n->a);
        out->item[0].data = (AttrId)n->id == A_DATA;
    }
    return true;
}

static bool run_statement(Interp *I, const Node *n, Outcome *out)
{
    switch ((NodeKind)n->kind) {
    case N_ASSIGN:
    case N_CONST: return run_binding(I, n, out);
    case N_WRITE: return run_write(I, n, out);
    case N_DEF:
        if (interp_run(I, n) != X_NEXT) {
            return false;
        }
        out->kind = OUT_DEF;
        out->n = 1;
        out->item[0].before = UNSET;
        out->item[0].after = value_ref(I->sym[n->def->symbol].value);
        func_signature(out->item[0].after.func, out->item[0].text, sizeof out->item[0].text);
        return true;
    default:
        if (n->kind <= N_TUPLE) {
            return run_expression(I, n, out);
        }
        return interp_run(I, n) == X_NEXT;
    }
}

bool interp_exec(Interp *I, Program *p, int i, Outcome *out)
{
    memset(out, 0, sizeof *out);
    if (i < 0 || i >= p->n) {
        return true;
    }
    bool outermost = I->exec_depth == 0;
    if (outermost) {
        interp_clear_error(I);
        nb_err_clear(nb_ctx_err(I->ctx));
        I->native = nb_stack_here();
        I->top = I->stack;
        I->budget = I->limit_each;
        I->poll_now = 0;
    } else if (!interp_native_ok(I, NULL)) {
        return false;
    }
    Saved saved = save(I);
    I->exec_depth++;
    I->frame = NULL;
    I->func = NULL;
    I->call = NULL;
    I->kept = false;
    I->program = program_ref(p);
    I->stmt = p->stmt[i];
    I->nonfinite[0] = '\0';
    bool ok = run_statement(I, p->stmt[i], out);
    I->exec_depth--;
    restore(I, &saved);
    if (!ok) {
        outcome_clear(out);
        out->kind = OUT_NONE;
        I->error_nested = !outermost;
    }
    if (outermost) {
        I->native = 0;
    }
    program_unref(&p);
    return ok;
}

void outcome_clear(Outcome *out)
{
    for (int i = 0; i < out->n; i++) {
        value_unref(&out->item[i].before);
        value_unref(&out->item[i].after);
        value_unref(&out->item[i].of);
    }
    out->n = 0;
}

/* --- for builtins --- */

/* Builtins may be driven without interp_exec: the stack depth is then counted from here. */
static bool outer_frame(Interp *I)
{
    bool first = I->native == 0;
    if (first) {
        I->native = nb_stack_here();
    }
    return first;
}

bool interp_eval(Interp *I, const Node *expr, Value *out)
{
    *out = interp_value(I, expr);
    return out->tag != V_UNSET;
}

bool interp_block(Interp *I, const Node *block)
{
    const Node *stmt = I->stmt;
    const Call *call = I->call;
    I->call = NULL;
    Flow f = interp_run_block(I, block);
    I->stmt = stmt;
    I->call = call;
    if (f == X_RETURN) {
        unref(&I->ret);
    }
    if (f != X_NEXT && f != X_ERROR) {
        return interp_fail(I, block, NB_ESYNTAX,
                           "break, continue and return cannot leave this block");
    }
    return f == X_NEXT;
}

Program *interp_program(Interp *I)
{
    return I->program;
}

bool interp_eval_kept(Interp *I, Program *p, const Node *expr, Value *out)
{
    bool first = outer_frame(I);
    Saved saved = save(I);
    bool ok = I->limit - I->top >= p->max_slots;
    Value *frame = I->top;
    *out = UNSET;
    if (ok) {
        for (int i = 0; i < p->max_slots; i++) {
            frame[i].tag = V_UNSET;
        }
        I->top += p->max_slots;
        I->frame = frame;
        I->func = NULL;
        I->call = NULL;
        I->kept = true;
        I->program = program_ref(p);
        I->stmt = expr;
        *out = interp_value(I, expr);
        ok = out->tag != V_UNSET;
        I->top = frame;
        restore(I, &saved);
        program_unref(&p);
    } else {
        interp_no_memory(I, NULL);
    }
    if (first) {
        I->native = 0;
    }
    return ok;
}

/* What a probe must not change for the statement it interrupts. */
typedef struct Quiet {
    FILE *out;
    NbNanMode nan, broadcast;
    const Node *at[2];
    int64_t pass;
    bool saw_tracked;
    uint32_t branch;
} Quiet;

static Quiet hush(Interp *I, bool nograd)
{
    Quiet q = {I->out, I->nan, I->broadcast, {I->at[0], I->at[1]}, I->pass, I->saw_tracked, 0};
    I->out = NULL;
    interp_nan_mode(I, NB_NAN_OFF);
    interp_broadcast_mode(I, NB_NAN_OFF);
    q.branch = nb_ctx_decision(I->ctx, 0);
    I->loops++;
    if (nograd) {
        nb_nograd_push(I->ctx);
        I->nograd++;
    }
    return q;
}

static void unhush(Interp *I, const Quiet *q, bool nograd)
{
    if (nograd) {
        I->nograd--;
        nb_nograd_pop(I->ctx);
    }
    I->loops--;
    nb_ctx_decision(I->ctx, q->branch);
    interp_broadcast_mode(I, q->broadcast);
    interp_nan_mode(I, q->nan);
    I->out = q->out;
    I->at[0] = q->at[0];
    I->at[1] = q->at[1];
    I->pass = q->pass;
    I->saw_tracked = q->saw_tracked;
}

bool interp_probe(Interp *I, Value f, const Value *args, int n, bool nograd, Value *out, NbErr *why)
{
    if (I->failed) { /* a statement is ending in an error */
        return false;
    }
    bool first = outer_frame(I);
    Saved saved = save(I);
    Quiet q = hush(I, nograd);
    *out = interp_call_value(I, f, args, n, NULL);
    bool ok = out->tag != V_UNSET;
    if (!ok) {
        bool memory = I->error.err.code == NB_EMEM;
        if (why) {
            *why = I->error.err;
        }
        interp_clear_error(I);
        nb_err_clear(nb_ctx_err(I->ctx));
        if (memory) { /* the caller must not take it for a place without a value */
            nb_fail(nb_ctx_err(I->ctx), NB_EMEM, "out of memory");
        }
    }
    unhush(I, &q, nograd);
    restore(I, &saved);
    if (first) {
        I->native = 0;
    }
    return ok;
}

int func_params(const Interp *I, const Func *f, const char **name, int cap, int *required)
{
    const DefInfo *d = f->def;
    *required = d ? 0 : f->op ? f->op->op->min_in : f->row ? f->row->min_args : 0;
    int n = d ? d->nparams : f->op ? f->op->op->max_in : f->row ? f->row->max_args : 0;
    for (int i = 0; d && i < n; i++) {
        *required += d->param[i].fallback == NULL;
    }
    for (int i = 0; i < cap && (i < n || n < 0); i++) {
        name[i] = d ? interp_symbol_name(I, d->param[i].symbol) : NULL;
    }
    return n;
}

NbVar *interp_var(Interp *I, const Call *call, int arg, bool leaf)
{
    Value v = call->argv[arg];
    const Node *at = call->arg ? call->arg[arg] : call->node;
    const char *what = call->row ? call->row->name : "call";
    NbKind kind = leaf ? NB_LEAF : NB_CONST;
    NbArg in;
    NbVar *made;
    if (inline_number(v)) {
        made = nb_var_scalar(I->ctx, v.num, kind);
        if (!made) {
            interp_fail_ctx(I, at);
        }
        return made;
    }
    if (!interp_operand(I, at, what, v, &in, &made)) {
        return NULL;
    }
    return made ? made : nb_var_ref(in.var);
}

static bool bad_option(Interp *I, const Call *call, int opt, const char *wants)
{
    return interp_fail(I, call->optnode[opt], NB_ETYPE, "%s: %s must be %s, not %s",
                       call->row->name, call->row->opt[opt].name, wants,
                       value_kind(call->opt[opt]));
}

bool interp_opt_num(Interp *I, const Call *call, int opt, double *out)
{
    Value v = call->opt[opt];
    if (v.tag == V_UNSET) {
        return true;
    }
    if (!value_is_number(v)) {
        return bad_option(I, call, opt, "a number");
    }
    *out = value_number(v);
    return true;
}

bool interp_opt_int(Interp *I, const Call *call, int opt, int64_t lo, int64_t hi, int64_t *out)
{
    Value v = call->opt[opt];
    char what[64];
    int64_t i = 0;
    if (v.tag == V_UNSET) {
        return true;
    }
    snprintf(what, sizeof what, "%s: %s", call->row->name, call->row->opt[opt].name);
    if (!interp_integer(I, call->optnode[opt], what, v, &i)) {
        return false;
    }
    if (i < lo || i > hi) {
        return interp_fail(I, call->optnode[opt], NB_EVALUE,
                           "%s must be from %lld to %lld, not %lld", what, (long long)lo,
                           (long long)hi, (long long)i);
    }
    *out = i;
    return true;
}

bool interp_opt_flag(Interp *I, const Call *call, int opt, bool *out)
{
    Value v = call->opt[opt];
    if (v.tag == V_UNSET) {
        return true;
    }
    if (!value_is_number(v)) {
        return bad_option(I, call, opt, "true or false");
    }
    *out = value_number(v) != 0;
    return true;
}

bool interp_native_ok(Interp *I, const Node *at)
{
    if (I->native && nb_stack_between(nb_stack_here(), I->native) > I->native_max) {
        return interp_fail(I, at, NB_EVALUE, "calls nested too deeply");
    }
    return true;
}
