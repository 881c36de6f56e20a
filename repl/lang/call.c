/* call.c -- calls: user functions in frames, builtin rows, operations, objects */
#include <stdint.h>
#include <string.h>

#include "lang/internal.h"

/* --- the stack of values --- */

static Value *reserve(Interp *I, int n, const Node *at)
{
    if (I->limit - I->top < n) {
        interp_fail(I, at, NB_EMEM, "too many values at once in nested calls");
        return NULL;
    }
    Value *v = I->top;
    I->top += n;
    for (int i = 0; i < n; i++) {
        v[i].tag = V_UNSET;
    }
    return v;
}

static void release(Interp *I, Value *v, int n)
{
    for (int i = 0; i < n; i++) {
        unref(&v[i]);
    }
    I->top = v;
}

/* --- user functions --- */

NOINLINE static bool wrong_arity(Interp *I, const Func *f, int given, const Node *at)
{
    const DefInfo *d = f->def;
    int need = 0;
    for (int i = 0; i < d->nparams; i++) {
        need += d->param[i].fallback == NULL;
    }
    char buf[160];
    interp_fail(I, at, NB_EVALUE, "%s takes %s%d argument%s, %d given",
                interp_symbol_name(I, d->symbol),
                need == d->nparams ? ""
                : given < need     ? "at least "
                                   : "at most ",
                given < need ? need : d->nparams,
                (given < need ? need : d->nparams) == 1 ? "" : "s", given);
    return interp_hint(I, "%s", func_signature(f, buf, sizeof buf));
}

/* Runs f; its arguments are in frame, whose other slots are unset. */
static Value run_body(Interp *I, Func *f, Value *frame, const Node *at)
{
    const DefInfo *d = f->def;
    Value *outer = I->frame;
    const Func *outer_func = I->func;
    Program *outer_program = I->program;
    const Node *outer_stmt = I->stmt;
    const Call *outer_call = I->call;
    bool outer_kept = I->kept, ok = true;
    Value r = UNSET;
    I->frame = frame;
    I->func = f;
    I->program = f->program;
    I->call = NULL;
    I->kept = false;
    for (int i = 0; i < d->nparams && ok; i++) {
        if (frame[i].tag == V_UNSET && d->param[i].fallback) {
            frame[i] = interp_value(I, d->param[i].fallback);
            ok = frame[i].tag != V_UNSET;
        }
    }
    if (ok && d->block) {
        I->ret = UNSET;
        Flow flow = interp_run_block(I, d->body);
        if (flow == X_RETURN) {
            r = I->ret;
            I->ret = UNSET;
        } else if (flow != X_ERROR) {
            r = NONE;
        }
    } else if (ok) {
        r = interp_value_soon(I, d->body);
    }
    I->frame = outer;
    I->func = outer_func;
    I->program = outer_program;
    I->stmt = outer_stmt;
    I->call = outer_call;
    I->kept = outer_kept;
    if (r.tag == V_UNSET) {
        interp_called_from(I, outer_program, at);
    }
    return r;
}

static inline Value run_function(Interp *I, Func *f, Value *frame, const Node *at)
{
    return interp_crosses(I, f) ? interp_run_across(I, f, frame, at, run_body)
                                : run_body(I, f, frame, at);
}

static bool enter(Interp *I, const Node *at)
{
    if (I->depth >= FUNC_DEPTH) {
        return interp_fail(I, at, NB_EVALUE, "functions call each other %d deep, the limit",
                           FUNC_DEPTH);
    }
    if (!interp_native_ok(I, at) || !interp_step(I)) {
        return false;
    }
    I->depth++;
    return true;
}

/* Fails at the name of option i of a call. */
static bool fail_option(Interp *I, const Node *n, int i, const char *what, const char *verb)
{
    const Symbol *s = &I->sym[n->call->optsym[i]];
    uint32_t at = n->call->optat[i];
    return interp_fail_span(I, at, at + (uint32_t)s->len, NB_EVALUE, "%s %s %s", what, verb,
                            s->name);
}

/* Where the options of a call go among the parameters of f; found once per callee. */
static const int8_t *option_slots(Interp *I, const Node *n, const Func *f)
{
    CallInfo *c = n->call;
    if (c->bound == f->id) {
        return c->pos;
    }
    const DefInfo *d = f->def;
    for (int i = 0; i < c->nopt; i++) {
        int k = 0;
        while (k < d->nparams && d->param[k].symbol != c->optsym[i]) {
            k++;
        }
        if (k == d->nparams || k > INT8_MAX) {
            char buf[160];
            fail_option(I, n, i, interp_symbol_name(I, d->symbol), "has no parameter");
            interp_hint(I, "%s", func_signature(f, buf, sizeof buf));
            return NULL;
        }
        c->pos[i] = (int8_t)k;
    }
    c->bound = f->id;
    return c->pos;
}

NOINLINE static bool user_options(Interp *I, const Node *n, const Func *f, Value *frame)
{
    const CallInfo *c = n->call;
    const int8_t *slot = option_slots(I, n, f);
    if (!slot) {
        return false;
    }
    for (int i = 0; i < c->nopt; i++) {
        if (frame[slot[i]].tag != V_UNSET) {
            return fail_option(I, n, i, interp_symbol_name(I, f->def->symbol), "already has");
        }
        frame[slot[i]] = interp_value(I, n->kid[c->npos + i]);
        if (frame[slot[i]].tag == V_UNSET) {
            return false;
        }
    }
    return true;
}

static bool user_complete(Interp *I, const Node *n, const Func *f, const Value *frame)
{
    for (int i = 0; i < f->def->nparams; i++) {
        if (frame[i].tag == V_UNSET && !f->def->param[i].fallback) {
            return wrong_arity(I, f, n->call->npos, n);
        }
    }
    return true;
}

static Value call_user(Interp *I, Func *f, const Node *n)
{
    const DefInfo *d = f->def;
    const CallInfo *c = n->call;
    if (c->npos > d->nparams) {
        wrong_arity(I, f, c->npos, n);
        return UNSET;
    }
    Value *frame = reserve(I, d->nslots, n);
    if (!frame) {
        return UNSET;
    }
    f->refs++; /* an argument may bind the name again */
    Value r = UNSET;
    bool ok = true;
    for (int i = 0; i < c->npos && ok; i++) {
        const Node *a = n->kid[i];
        const Value *bound = a->kind == N_GLOBAL  ? &I->sym[a->id].value
                             : a->kind == N_LOCAL ? &I->frame[a->id]
                                                  : NULL;
        if (bound && bound->tag == V_VAR) {
            frame[i] = (Value){.tag = V_VAR, .var = nb_var_ref(bound->var)};
            continue;
        }
        frame[i] = interp_value(I, a);
        ok = frame[i].tag != V_UNSET;
    }
    if (ok && c->nopt > 0) {
        ok = user_options(I, n, f, frame);
    }
    if (ok && c->npos + c->nopt < d->nparams) {
        ok = user_complete(I, n, f, frame);
    }
    if (ok && enter(I, n)) {
        r = run_function(I, f, frame, n);
        I->depth--;
    }
    release(I, frame, d->nslots);
    if (--f->refs == 0) { /* redefined while it ran */
        f->refs = 1;
        Value fv = {.tag = V_FUNC, .func = f};
        value_unref(&fv);
    }
    return r;
}

static Value call_user_values(Interp *I, Func *f, const Value *args, int n, const Node *at)
{
    const DefInfo *d = f->def;
    int need = 0;
    for (int i = 0; i < d->nparams; i++) {
        need += d->param[i].fallback == NULL;
    }
    if (n > d->nparams || n < need) {
        wrong_arity(I, f, n, at);
        return UNSET;
    }
    Value *frame = reserve(I, d->nslots, at);
    if (!frame) {
        return UNSET;
    }
    Value r = UNSET;
    f->refs++;
    for (int i = 0; i < n; i++) {
        frame[i] = ref(args[i]);
    }
    if (enter(I, at)) {
        r = run_function(I, f, frame, at);
        I->depth--;
    }
    release(I, frame, d->nslots);
    Value fv = {.tag = V_FUNC, .func = f};
    value_unref(&fv);
    return r;
}

/* --- rows of builtins --- */

NOINLINE static bool bad_row_arity(Interp *I, const Builtin *row, int n, const Node *at)
{
    bool few = n < row->min_args;
    int want = few ? row->min_args : row->max_args;
    const char *bound = row->min_args == row->max_args ? "" : few ? "at least " : "at most ";
    interp_fail(I, at, NB_EVALUE, "%s takes %s%d argument%s, %d given", row->name, bound, want,
                want == 1 ? "" : "s", n);
    const char *usage = interp_usage(row, few);
    return usage ? interp_hint(I, "%s", usage) : false;
}

static inline bool row_arity(Interp *I, const Builtin *row, int n, const Node *at)
{
    bool fits = n >= row->min_args && (row->max_args < 0 || n <= row->max_args);
    return fits || bad_row_arity(I, row, n, at);
}

/* Position of each option in the row, found once per call node. */
NOINLINE static bool find_slots(Interp *I, const Node *n, const Builtin *row, int nopts)
{
    CallInfo *c = n->call;
    int extra = 0;
    for (int i = 0; i < c->nopt; i++) {
        const char *name = interp_symbol_name(I, c->optsym[i]);
        int k = 0;
        while (k < nopts && strcmp(row->opt[k].name, name) != 0) {
            k++;
        }
        const NodeKind kind = n->kid[c->npos + i]->kind;
        bool other = (row->flags & B_EXTRA) || ((row->flags & B_RANGES) && kind == N_RANGE);
        if (k == nopts && other && extra < BUILTIN_EXTRA) {
            extra++;
            k = -1;
        } else if (k == nopts) {
            fail_option(I, n, i, row->name, "has no option");
            interp_hint_option(I, row, NULL, name); /* the first hint stands */
            const bool bounds = (row->flags & B_RANGES) && (kind == N_LIST || kind == N_NUMBERS);
            return bounds       ? interp_hint(I, "a range is written %s=-3:3", name)
                   : row->usage ? interp_hint(I, "%s", row->usage)
                                : false;
        }
        c->pos[i] = (int8_t)k;
    }
    c->bound = (uint64_t)(uintptr_t)row;
    return true;
}

static inline bool row_slots(Interp *I, const Node *n, const Builtin *row, int nopts)
{
    const CallInfo *c = n->call;
    return c->nopt == 0 || c->bound == (uint64_t)(uintptr_t)row || find_slots(I, n, row, nopts);
}

static bool row_args(Interp *I, const Node *n, const Builtin *row, Call *call)
{
    const CallInfo *c = n->call;
    for (int i = 0; i < c->npos; i++) {
        const Node *a = n->kid[i];
        if (c->words) {
            call->argv[i] = value_ref((Value){.tag = V_STR, .str = a->str});
        } else if (!(row->flags & B_LAZY)) {
            bool items = (row->flags & B_LISTS) && a->kind == N_LIST;
            call->argv[i] = items ? interp_value_items(I, a) : interp_value(I, a);
            if (call->argv[i].tag == V_UNSET) {
                interp_hint_file(I, row, a, i);
                return false;
            }
        }
    }
    return true;
}

static bool row_opts(Interp *I, const Node *n, Call *call)
{
    const CallInfo *c = n->call;
    for (int i = 0; i < c->nopt; i++) {
        const Node *a = n->kid[c->npos + i];
        bool items = a->kind == N_LIST && call->row && (call->row->flags & B_LISTS);
        Value v = items ? interp_value_items(I, a) : interp_value(I, a);
        if (v.tag == V_UNSET) {
            return false;
        }
        if (c->pos[i] >= 0) {
            call->opt[c->pos[i]] = v;
            call->optnode[c->pos[i]] = a;
        } else {
            int k = call->nextra++;
            call->extra[k].name = interp_symbol_name(I, c->optsym[i]);
            call->extra[k].value = v;
            call->extra[k].node = a;
        }
    }
    return true;
}

/* A row or object failed: an error there must be, with the place it was called from. */
NOINLINE static bool invoke_failed(Interp *I, const Builtin *row, Obj *obj, const Call *call,
                                   Program *program, Value *out)
{
    if (!I->failed) {
        NbErr *err = nb_ctx_err(I->ctx);
        if (err->code != NB_OK) {
            interp_fail_ctx(I, call->node);
        } else {
            /* who fails without a word got no memory, perhaps for the word */
            interp_fail(I, call->node, NB_EMEM, "%s: out of memory",
                        row ? row->name : obj->cls->name);
        }
    }
    if (I->error_nested) {
        I->error_nested = false;
        interp_called_from(I, program, call->node);
    }
    value_unref(out);
    return false;
}

/* Calls the function of a row (or of an object) with everything in place. */
static INLINE bool invoke(Interp *I, const Builtin *row, Obj *obj, const Call *call, Value *out)
{
    const Call *outer = I->call;
    Program *program = I->program;
    /* Just written: not to be loaded together with its neighbour (see "values, fast"). */
    const Node *stmt = *(const Node *volatile *)&I->stmt;
    I->call = call;
    I->at[0] = I->at[1] = NULL;
    *out = NONE;
    bool ok = row ? row->fn(I, call, out) : obj->cls->call(I, obj, call, out);
    if (!ok) {
        invoke_failed(I, row, obj, call, program, out);
    }
    I->call = outer;
    I->program = program;
    I->stmt = stmt;
    return ok;
}

/* No options, no words, no block, at most one argument: what loops are made of. */
static bool is_quick(const Node *n, const Builtin *row)
{
    const CallInfo *c = n->call;
    return c->nopt == 0 && c->npos <= 1 && !c->words && !c->block &&
           !(row->flags & (B_LAZY | B_WORDS | B_BLOCK)) &&
           (c->npos == 0 || n->kid[0]->kind == N_GLOBAL || n->kid[0]->kind == N_LOCAL);
}

NOINLINE static Value call_row(Interp *I, const Node *n, const Builtin *row, int nopts)
{
    CallInfo *c = n->call;
    if (!interp_allowed(I, row, n)) {
        return I->failed ? UNSET : NONE;
    }
    if (!row_arity(I, row, c->npos, n) || !row_slots(I, n, row, nopts)) {
        return UNSET;
    }
    c->quick = is_quick(n, row);
    Value *argv = reserve(I, c->npos, n);
    if (!argv) {
        return UNSET;
    }
    Call call;
    call.row = row;
    call.argc = c->npos;
    call.argv = argv;
    call.arg = c->words ? NULL : (const Node *const *)n->kid;
    call.block = c->block;
    call.node = n;
    call.nextra = 0;
    for (int i = 0; i < nopts; i++) {
        call.opt[i].tag = V_UNSET;
        call.optnode[i] = NULL;
    }
    Value out = UNSET;
    if (row_args(I, n, row, &call) && row_opts(I, n, &call) && interp_native_ok(I, n)) {
        if (!invoke(I, row, NULL, &call, &out)) {
            out = UNSET;
        }
    }
    for (int i = 0; i < nopts; i++) {
        unref(&call.opt[i]);
    }
    for (int i = 0; i < call.nextra; i++) {
        unref(&call.extra[i].value);
    }
    release(I, argv, c->npos);
    return out;
}

/* A call that is_quick and whose number of arguments was checked before. */
NOINLINE static Value call_quick(Interp *I, const Node *n)
{
    const CallInfo *c = n->call;
    Value arg = NONE, out;
    if (c->npos > 0) {
        const Node *a = n->kid[0];
        const Value *v = a->kind == N_LOCAL ? &I->frame[a->id] : &I->sym[a->id].value;
        arg = v->tag == V_VAR ? value_of(V_VAR, bits_of(v)) : UNSET;
        if (arg.tag == V_VAR) {
            nb_var_ref(arg.var);
        } else if ((arg = interp_value(I, a)).tag == V_UNSET) {
            return UNSET;
        }
    }
    Call call;
    call.row = c->row;
    call.argc = c->npos;
    call.argv = &arg;
    call.arg = (const Node *const *)n->kid;
    call.block = NULL;
    call.node = n;
    call.nextra = 0;
    for (int i = 0; i < c->row_opts; i++) {
        call.opt[i].tag = V_UNSET;
        *(const Node *volatile *)&call.optnode[i] = NULL; /* no memset for three pointers */
    }
    bool ok = invoke(I, c->row, NULL, &call, &out);
    unref(&arg);
    return ok ? value_of(out.tag, bits_of(&out)) : UNSET;
}

/* A call with ready values: rows and objects. */
static Value invoke_values(Interp *I, const Builtin *row, Obj *obj, const Value *args, int n,
                           const Node *at)
{
    if (row && (row->flags & (B_LAZY | B_WORDS | B_BLOCK))) {
        interp_fail(I, at, NB_ETYPE, "%s cannot be passed as a function", row->name);
        return UNSET;
    }
    if (row && (!interp_allowed(I, row, at) || !row_arity(I, row, n, at))) {
        return UNSET;
    }
    Value *argv = reserve(I, n, at);
    const Node **arg = n > 0 ? malloc((size_t)n * sizeof *arg) : NULL;
    Value out = UNSET;
    if (argv && (arg || n == 0)) {
        Call call = {.row = row, .argc = n, .argv = argv, .arg = arg, .node = at};
        for (int i = 0; i < n; i++) {
            argv[i] = ref(args[i]);
            arg[i] = at;
        }
        if (!interp_native_ok(I, at) || !invoke(I, row, obj, &call, &out)) {
            out = UNSET;
        }
    } else {
        interp_no_memory(I, at);
    }
    free(arg);
    if (argv) {
        release(I, argv, n);
    }
    return out;
}

NOINLINE static Value call_object(Interp *I, Obj *obj, const Node *n)
{
    const CallInfo *c = n->call;
    if (!obj->cls->call) {
        interp_fail(I, n, NB_ETYPE, "%s cannot be called", obj->cls->name);
        return UNSET;
    }
    if (c->nopt > BUILTIN_EXTRA) {
        interp_fail(I, n, NB_EVALUE, "too many options");
        return UNSET;
    }
    Value *argv = reserve(I, c->npos, n);
    if (!argv) {
        return UNSET;
    }
    Value self = value_ref((Value){.tag = V_OBJ, .obj = obj});
    Call call = {.argc = c->npos, .argv = argv, .arg = (const Node *const *)n->kid, .node = n};
    bool ok = true;
    for (int i = 0; i < c->npos && ok; i++) {
        argv[i] = interp_value(I, n->kid[i]);
        ok = argv[i].tag != V_UNSET;
    }
    for (int i = 0; i < c->nopt && ok; i++) {
        call.extra[i].name = interp_symbol_name(I, c->optsym[i]);
        call.extra[i].node = n->kid[c->npos + i];
        call.extra[i].value = interp_value(I, call.extra[i].node);
        ok = call.extra[i].value.tag != V_UNSET;
        call.nextra += ok;
    }
    Value out = UNSET;
    if (!ok || !interp_native_ok(I, n) || !invoke(I, NULL, obj, &call, &out)) {
        out = UNSET;
    }
    for (int i = 0; i < call.nextra; i++) {
        unref(&call.extra[i].value);
    }
    release(I, argv, c->npos);
    value_unref(&self);
    return out;
}

/* --- operations --- */

static bool operands_of(Interp *I, const OpInfo *info, const Node *n, Value *v, int from, int to)
{
    bool ok = true;
    for (int i = from; i < to && ok; i++) {
        bool items = i == 0 && info->variadic && n->kid[0]->kind == N_LIST;
        v[i] = items ? interp_value_items(I, n->kid[0]) : interp_value(I, n->kid[i]);
        ok = v[i].tag != V_UNSET;
    }
    return ok;
}

NOINLINE static Value call_op(Interp *I, const OpInfo *info, const Node *n)
{
    const CallInfo *c = n->call;
    if (info->simple && c->nopt == 0 && c->npos == info->nvars) {
        return c->npos == 1
                   ? interp_value_one(I, info->op, n->kid[0], n->start, n->end)
                   : interp_value_pair(I, info->op, n->kid[0], n->kid[1], n->start, n->end);
    }
    int count = c->npos + c->nopt;
    Value *v = reserve(I, count, n);
    if (!v) {
        return UNSET;
    }
    const int operands = info->variadic ? c->npos : info->nvars < count ? info->nvars : count;
    bool ok = operands_of(I, info, n, v, 0, operands);
    uint32_t mark = 0;
    if (ok && count > operands) { /* the options: of int(n) the number alone comes out */
        const Asked asked = interp_ask(I);
        ok = operands_of(I, info, n, v, operands, count) && interp_decided(I, &asked, n, &mark);
        interp_told(I, &asked, true);
    }
    Value r = UNSET;
    if (ok) {
        const uint32_t before = interp_mark(I, mark);
        r = interp_call_op(I, info, v, c->npos, v + c->npos, c->optsym, c->nopt, n);
        interp_unmark(I, &mark, before);
    }
    release(I, v, count);
    return r;
}

/* linear(10) makes a layer, linear(x, w) is the operation. */
static bool fills_operation(const Interp *I, const OpInfo *info, const CallInfo *c)
{
    int given = 0;
    const NbOp *op = info->op;
    for (int k = 0; k < op->nparams; k++) {
        if (op->params[k].fallback) {
            continue;
        }
        bool has = k < c->npos;
        for (int i = 0; i < c->nopt && !has; i++) {
            has = strcmp(interp_symbol_name(I, c->optsym[i]), op->params[k].name) == 0;
        }
        given += has;
    }
    return given >= info->required;
}

NOINLINE static Value unknown_function(Interp *I, const Node *n)
{
    const Node *f = n->call->callee;
    const Symbol *s = &I->sym[f->sym];
    interp_fail(I, f, NB_ENAME, "unknown function %s", s->name);
    if (interp_foreign_call(I, n, s->name)) {
        return UNSET;
    }
    interp_hint_name(I, s->name);
    return UNSET;
}

NOINLINE static Value call_value(Interp *I, Value f, const Node *n)
{
    if (f.tag == V_FUNC) {
        if (f.func->def) {
            return call_user(I, f.func, n);
        }
        const Symbol *s = &I->sym[f.func->symbol];
        if (s->op && (!s->row || fills_operation(I, s->op, n->call))) {
            return call_op(I, s->op, n);
        }
        return call_row(I, n, s->row, s->row_opts);
    }
    if (f.tag == V_OBJ) {
        return call_object(I, f.obj, n);
    }
    char buf[64];
    const char *name = interp_text(I, n->call->callee, buf, sizeof buf);
    interp_fail(I, n->call->callee, NB_ETYPE, "%s is %s, not a function", name, value_kind(f));
    if (value_is_number(f) && n->n == 1) {
        interp_product_hint(I, n);
    } else if (n->call->callee->kind == N_ATTR && n->n <= 1) {
        interp_hint(I, "an attribute stands without ( ): %s", name);
    } else if (f.tag == V_VAR && n->n > 0) {
        interp_hint(I, "an index stands in [ ]: %s[0]", name);
    }
    return UNSET;
}

/* f.backward(), opt.zero_grad(), x.sum(): said as a hint. */
NOINLINE static void method_hint(Interp *I, const Node *n)
{
    char base[64], rest[160];
    const Node *attr = n->call->callee;
    interp_text(I, attr->a, base, sizeof base);
    const Builtin *row = interp_builtin_find(I, attr->attr);
    const char *habit = interp_method_habit(attr->attr);
    int s = interp_symbol(I, attr->attr);
    const Node *of = attr->a;
    if (of->kind == N_ATTR && of->id == A_GRAD && strncmp(attr->attr, "zero", 4) == 0) {
        interp_hint(I, "cleargrad %s", interp_text(I, of->a, base, sizeof base));
    } else if (habit) {
        interp_hint(I, "%s", habit);
    } else if (row && (row->flags & B_COMMAND)) {
        interp_hint(I, "%s %s", row->name, base);
    } else if (row || (s >= 0 && I->sym[s].op)) {
        const NbOp *op = s >= 0 && I->sym[s].op ? I->sym[s].op->op : NULL;
        const bool more = !op || op->max_in != 1 || op->nparams > 1; /* takes more than x */
        interp_hint(I, "%s(%s%s)", attr->attr, base,
                    more ? interp_foreign_rest(I, n, rest, sizeof rest) : "");
    }
}

NOINLINE static Value call_other(Interp *I, const Node *n)
{
    const Node *f = n->call->callee;
    if (f->kind == N_GLOBAL) {
        const Symbol *s = &I->sym[f->id];
        if (s->value.tag == V_FUNC && s->value.func->def) {
            return call_user(I, s->value.func, n);
        }
        if (s->value.tag == V_UNSET) {
            if (s->op && (!s->row || fills_operation(I, s->op, n->call))) {
                return call_op(I, s->op, n);
            }
            if (s->row) {
                return call_row(I, n, s->row, s->row_opts);
            }
            if (!s->constant && f->id != I->sym_none) {
                Value v = UNSET;
                if (!I->host.find_label(I->host.user, s->name, &v)) {
                    return unknown_function(I, n);
                }
                unref(&v);
            }
        }
    }
    Value v = interp_value(I, f);
    if (v.tag == V_UNSET) {
        if (f->kind == N_ATTR && I->error.err.code == NB_ENAME &&
            (f->id == A_OTHER || interp_foreign_module(I, f))) {
            I->error.err.hint[0] = '\0';
            if (!interp_foreign_method(I, n)) {
                method_hint(I, n);
            }
        }
        return UNSET;
    }
    Value r = call_value(I, v, n);
    unref(&v);
    return r;
}

/* Tail calls only, so that a command costs no frame here. */
Value interp_value_call(Interp *I, const Node *n)
{
    const CallInfo *c = n->call;
    if (!c->row) {
        return call_other(I, n);
    }
    return c->quick ? call_quick(I, n) : call_row(I, n, c->row, c->row_opts);
}

Value interp_call_value(Interp *I, Value f, const Value *args, int n, const Node *at)
{
    if (f.tag == V_OBJ && f.obj->cls->call) {
        return invoke_values(I, NULL, f.obj, args, n, at);
    }
    if (f.tag != V_FUNC) {
        interp_fail(I, at, NB_ETYPE, "needs a function, not %s", value_kind(f));
        return UNSET;
    }
    if (f.func->def) {
        return call_user_values(I, f.func, args, n, at);
    }
    const Symbol *s = &I->sym[f.func->symbol];
    if (s->op) {
        return interp_call_op(I, s->op, args, n, NULL, NULL, 0, at);
    }
    return invoke_values(I, s->row, NULL, args, n, at);
}

bool interp_call(Interp *I, Value f, const Value *args, int n, Value *out)
{
    *out = interp_call_value(I, f, args, n, I->call ? I->call->node : I->stmt);
    return out->tag != V_UNSET;
}

bool interp_call_const(Interp *I, Value f, const Value *args, int n, Value *out)
{
    nb_nograd_push(I->ctx);
    I->nograd++;
    bool ok = interp_call(I, f, args, n, out);
    I->nograd--;
    nb_nograd_pop(I->ctx);
    return ok;
}

const char *func_signature(const Func *f, char *buf, size_t cap)
{
    if (!f->def) {
        snprintf(buf, cap, "%s", f->op ? f->op->op->name : f->row->name);
        return buf;
    }
    const Program *p = f->program;
    const DefInfo *d = f->def;
    size_t len = 0, add;
    const char *text = p->text;
    /* The head as it was written, blanks collapsed. */
    uint32_t at = d->head_start, end = d->head_end;
    bool blank = false;
    for (; at < end && len + 4 < cap; at++) {
        char c = text[at];
        if (c == '#') {
            while (at + 1 < end && text[at + 1] != '\n') {
                at++;
            }
            continue;
        }
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            blank = true;
            continue;
        }
        add = blank && len > 0 && buf[len - 1] != '(' && c != ')' && c != ',' && c != '=' &&
              buf[len - 1] != '=';
        if (add) {
            buf[len++] = ' ';
        } else if (c != ')' && len > 0 && buf[len - 1] == ',') {
            buf[len++] = ' ';
        }
        blank = false;
        buf[len++] = c;
    }
    buf[len] = '\0';
    return buf;
}
