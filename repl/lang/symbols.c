/* symbols.c -- session names: interning, binding by the rules of =, what unbound names mean */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "lang/internal.h"

static uint32_t hash_of(const char *s, size_t len)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < len; i++) {
        h = (h ^ (unsigned char)s[i]) * 16777619u;
    }
    return h;
}

static bool hash_grow(Interp *I)
{
    uint32_t cap = I->hashcap ? I->hashcap * 2 : 1024;
    int *slot = calloc(cap, sizeof *slot);
    if (!slot) {
        return false;
    }
    for (int i = 0; i < I->nsym; i++) {
        uint32_t at = hash_of(I->sym[i].name, I->sym[i].len) & (cap - 1);
        while (slot[at]) {
            at = (at + 1) & (cap - 1);
        }
        slot[at] = i + 1;
    }
    free(I->hash);
    I->hash = slot;
    I->hashcap = cap;
    return true;
}

static int symbol_add(Interp *I, const char *name, size_t len)
{
    char *copy = nb_grow(&I->sym, &I->capsym, (size_t)I->nsym + 1, sizeof *I->sym) ? malloc(len + 1)
                                                                                   : NULL;
    if (!copy) {
        return -1;
    }
    memcpy(copy, name, len);
    copy[len] = '\0';
    I->sym[I->nsym] = (Symbol){.name = copy, .len = len};
    return I->nsym++;
}

int interp_symbol_n(Interp *I, const char *name, size_t len)
{
    if ((uint32_t)I->nsym * 2 >= I->hashcap && !hash_grow(I)) {
        return -1;
    }
    uint32_t at = hash_of(name, len) & (I->hashcap - 1);
    for (; I->hash[at]; at = (at + 1) & (I->hashcap - 1)) {
        const Symbol *s = &I->sym[I->hash[at] - 1];
        if (s->len == len && memcmp(s->name, name, len) == 0) {
            return I->hash[at] - 1;
        }
    }
    int i = symbol_add(I, name, len);
    if (i >= 0) {
        I->hash[at] = i + 1;
    }
    return i;
}

int interp_symbol(Interp *I, const char *name)
{
    return interp_symbol_n(I, name, strlen(name));
}

const char *interp_symbol_name(const Interp *I, int symbol)
{
    return symbol >= 0 && symbol < I->nsym ? I->sym[symbol].name : "";
}

int interp_symbols(const Interp *I)
{
    return I->nsym;
}

Value interp_get(const Interp *I, int symbol)
{
    return symbol >= 0 && symbol < I->nsym ? I->sym[symbol].value : UNSET;
}

bool interp_is_const(const Interp *I, int symbol)
{
    return symbol >= 0 && symbol < I->nsym && I->sym[symbol].is_const;
}

bool interp_name(Interp *I, Value *v, int symbol, bool local)
{
    Symbol *s = &I->sym[symbol];
    if (!s->label) {
        s->label = nb_intern(I->ctx, s->name);
        if (!s->label) {
            unref(v);
            return false;
        }
    }
    nb_var_set_name(v->var, s->label, local);
    return true;
}

/* --- what the language knows before anything is bound --- */

static bool takes_index(const NbOp *op)
{
    bool found = false;
    for (int k = 0; k < op->nparams; k++) {
        found = found || op->params[k].kind == NB_P_INDEX;
    }
    return found;
}

/* Those that gradients are made of as well: what is shown can be typed. */
static bool op_symbols(Interp *I)
{
    I->nops = nb_op_count();
    I->ops = calloc((size_t)I->nops + 1, sizeof *I->ops);
    if (!I->ops) {
        return false;
    }
    for (int i = 0; i < I->nops; i++) {
        const NbOp *op = nb_op_at(i);
        OpInfo *info = &I->ops[i];
        info->op = op;
        for (int k = 0; k < op->nparams; k++) {
            NbParamKind kind = op->params[k].kind;
            info->nvars += kind == NB_P_VAR;
            info->required += op->params[k].fallback == NULL;
        }
        info->variadic = op->nparams > 0 && op->params[0].kind == NB_P_VARS;
        info->simple = op->nparams == info->nvars && op->min_in == op->max_in &&
                       (op->min_in == 1 || op->min_in == 2);
        if (takes_index(op)) {
            continue; /* written x[i] */
        }
        int s = interp_symbol(I, op->name);
        if (s < 0) {
            return false;
        }
        I->sym[s].op = info;
    }
    return true;
}

/* Second names of operations. */
static bool aliases(Interp *I)
{
    static const char *const row[][2] = {{"ln", "log"}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        int alias = interp_symbol(I, row[i][0]), of = interp_symbol(I, row[i][1]);
        if (alias < 0 || of < 0) {
            return false;
        }
        I->sym[alias].op = I->sym[of].op;
    }
    return true;
}

static bool constants(Interp *I)
{
    static const struct {
        const char *name;
        double num;
    } row[] = {{"pi", 3.14159265358979323846},
               {"π", 3.14159265358979323846},
               {"e", 2.71828182845904523536},
               {"inf", INFINITY},
               {"nan", NAN},
               {"true", 1},
               {"false", 0}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        int s = interp_symbol(I, row[i].name);
        if (s < 0) {
            return false;
        }
        I->sym[s].constant = true;
        I->sym[s].num = row[i].num;
    }
    I->sym_none = interp_symbol(I, "none");
    I->sym_ans = interp_symbol(I, "ans");
    return I->sym_none >= 0 && I->sym_ans >= 0;
}

bool interp_is_constant(const Interp *I, int symbol)
{
    return I->sym[symbol].constant || symbol == I->sym_none;
}

bool interp_symbols_init(Interp *I)
{
    return op_symbols(I) && aliases(I) && constants(I);
}

void interp_symbols_free(Interp *I)
{
    for (int i = 0; i < I->nsym; i++) {
        Value f = {.tag = V_FUNC, .func = I->sym[i].as_value};
        if (f.func) {
            value_unref(&f);
        }
        value_unref(&I->sym[i].value);
        program_unref(&I->sym[i].made_in);
        free(I->sym[i].name);
    }
    for (int i = 0; I->ops && i < I->nops; i++) {
        if (I->ops[i].defaults) {
            nb_attrs_free(I->ops[i].defaults);
            free(I->ops[i].defaults);
        }
    }
    free(I->sym);
    free(I->hash);
    free(I->ops);
    free(I->row);
}

bool interp_add(Interp *I, const Builtin *rows, int n)
{
    for (int i = 0; i < n; i++) {
        int s = interp_symbol(I, rows[i].name);
        if (s < 0) {
            return false;
        }
        if (!nb_grow(&I->row, &I->caprows, (size_t)I->nrows + 1, sizeof *I->row)) {
            return false;
        }
        I->row[I->nrows++] = &rows[i];
        I->sym[s].row = &rows[i];
        int opts = 0;
        while (opts < BUILTIN_OPTS && rows[i].opt[opts].name) {
            opts++;
        }
        I->sym[s].row_opts = opts;
    }
    return true;
}

bool interp_add_quick(Interp *I, const QuickRow *rows, int n)
{
    for (int i = 0; i < n; i++) {
        int s = interp_symbol(I, rows[i].name);
        if (s < 0) {
            return false;
        }
        I->sym[s].quick = rows[i].fn;
    }
    return true;
}

int interp_builtin_count(const Interp *I)
{
    return I->nrows;
}

const Builtin *interp_builtin_at(const Interp *I, int i)
{
    return i >= 0 && i < I->nrows ? I->row[i] : NULL;
}

const Builtin *interp_builtin_find(const Interp *I, const char *name)
{
    for (int i = 0; i < I->nrows; i++) {
        if (strcmp(I->row[i]->name, name) == 0) {
            return I->row[i];
        }
    }
    return NULL;
}

void interp_allow(Interp *I, unsigned reach)
{
    I->reach = reach;
}

void interp_leave_out(Interp *I, unsigned reach)
{
    I->left_out = reach;
}

bool interp_leaves_out(const Interp *I, unsigned reach)
{
    return (I->left_out & reach) && (I->guard.func == 0 || I->guard.inside);
}

bool interp_allowed(Interp *I, const Builtin *row, const Node *at)
{
    if (I->reach == 0 || (row->flags & B_REACHES & I->reach)) {
        return true;
    }
    if (!(row->flags & B_VALUE) && interp_leaves_out(I, row->flags & B_REACHES)) {
        interp_note(I, "left out", "%s: not done here", row->name);
        return false;
    }
    return interp_fail(I, at, NB_EVALUE, "%s: not allowed with --safe", row->name);
}

/* e is left out: it is a usual name for an error or an epoch. */
bool interp_locked(const Interp *I, const Symbol *s)
{
    bool constant = s->constant && strcmp(s->name, "e") != 0;
    return I->reach != 0 && (s->op || s->row || constant || s == &I->sym[I->sym_none]);
}

static Value builtin_value(Interp *I, int symbol)
{
    Symbol *s = &I->sym[symbol];
    if (!s->as_value) {
        Func *f = calloc(1, sizeof *f);
        if (!f) {
            interp_no_memory(I, NULL);
            return UNSET;
        }
        f->refs = 1;
        f->id = I->next_func += 2;
        f->op = s->op;
        f->row = s->row;
        f->symbol = symbol;
        s->as_value = f;
    }
    return value_ref((Value){.tag = V_FUNC, .func = s->as_value});
}

Value interp_builtin_value(Interp *I, const char *name)
{
    int symbol = interp_symbol(I, name);
    const Builtin *row = symbol >= 0 ? I->sym[symbol].row : NULL;
    bool known = (row && !(row->flags & B_COMMAND)) || (symbol >= 0 && I->sym[symbol].op);
    return known ? builtin_value(I, symbol) : UNSET;
}

/* Nobody has given anything a value yet. */
static bool nothing_bound(const Interp *I)
{
    for (int i = 0; i < I->nsym; i++) {
        if (I->sym[i].value.tag != V_UNSET && strcmp(I->sym[i].name, "args") != 0) {
            return false;
        }
    }
    return true;
}

Value interp_unbound(Interp *I, const Node *n, int symbol)
{
    Symbol *s = &I->sym[symbol];
    if (s->constant) {
        return NUM(s->num);
    }
    if (symbol == I->sym_none) {
        return NONE;
    }
    if (s->op || s->row) {
        return builtin_value(I, symbol);
    }
    Value v = UNSET;
    if (I->host.find_label(I->host.user, s->name, &v)) {
        return v;
    }
    s = &I->sym[symbol]; /* looking for labels may add symbols */
    if (memchr(s->name, '~', s->len)) {
        interp_fail(I, n, NB_ENAME, "no earlier value %s is in use", s->name);
        return UNSET;
    }
    interp_fail(I, n, NB_ENAME, "unknown name %s", s->name);
    if (interp_foreign_quotient(I, n, s->name)) {
        return UNSET;
    }
    interp_hint_name(I, s->name);
    const Node *line = I->stmt; /* f = x^2, before there is an x */
    if (!interp_error(I)->err.hint[0] && line && line->kind == N_ASSIGN && line->a &&
        line->a->kind == N_GLOBAL && I->depth == 0 && nothing_bound(I)) {
        interp_hint(I, "give %s a value first, or make a function, as in f(x) = x^2", s->name);
    }
    return UNSET;
}

/* --- binding --- */

/* Binds as it is; takes v. The old value lives until the host has seen both. */
bool interp_set(Interp *I, int symbol, Value v, bool is_const, bool report)
{
    Symbol *s = &I->sym[symbol];
    if (s->unit != I->unit) {
        s->unit = I->unit;
        I->host.touch_binding(I->host.user, symbol);
    }
    Value before = s->value;
    s->value = v;
    s->is_const = is_const;
    if (report) {
        I->host.rebound(I->host.user, symbol, before);
    }
    unref(&before);
    return true;
}

/* The variable a name gets for a value: a number becomes a leaf (or const), a plain tensor too.
 * Takes v; V_UNSET when out of memory. */
static Value as_named(Interp *I, Value v, bool is_const)
{
    NbKind kind = is_const ? NB_CONST : NB_LEAF;
    NbVar *made = NULL;
    if (v.tag == V_NUM || v.tag == V_CONST) {
        made = nb_var_scalar(I->ctx, v.num, v.tag == V_CONST ? NB_CONST : kind);
    } else if (v.tag == V_VAR && nb_var_kind(v.var) == NB_PLAIN) {
        if (nb_var_adopt(v.var, kind)) {
            return v;
        }
        made = nb_var_copy(v.var, kind);
    } else if (v.tag == V_VAR && is_const && nb_var_tracked(v.var)) {
        made = nb_var_detach(v.var);
    } else {
        return v;
    }
    unref(&v);
    return made ? (Value){.tag = V_VAR, .var = made} : UNSET;
}

bool interp_assign(Interp *I, int symbol, Value v, bool is_const, const Node *at)
{
    if (symbol == I->sym_ans) {
        return interp_set(I, symbol, v, false, false);
    }
    v = as_named(I, v, is_const);
    if (v.tag == V_UNSET) {
        return interp_fail_ctx(I, at);
    }
    if (v.tag == V_VAR && !interp_name(I, &v, symbol, false)) {
        return interp_fail_ctx(I, at);
    }
    return interp_set(I, symbol, v, is_const, true);
}

bool interp_bind(Interp *I, int symbol, Value v, bool is_const)
{
    if (symbol < 0 || symbol >= I->nsym) {
        value_unref(&v);
        return interp_no_memory(I, NULL);
    }
    if (v.tag == V_UNSET) {
        return interp_set(I, symbol, v, false, true);
    }
    return interp_assign(I, symbol, v, is_const, NULL);
}

void interp_restore(Interp *I, int symbol, Value v)
{
    if (symbol < 0 || symbol >= I->nsym) {
        value_unref(&v);
        return;
    }
    interp_put(I, symbol, v, v.tag == V_VAR && nb_var_kind(v.var) == NB_CONST);
}

void interp_put(Interp *I, int symbol, Value v, bool is_const)
{
    Value before = I->sym[symbol].value;
    I->sym[symbol].value = v;
    I->sym[symbol].is_const = is_const;
    value_unref(&before);
}

void interp_place(Interp *I, int symbol, Value v, bool is_const)
{
    interp_set(I, symbol, v, is_const, false);
}

void interp_unbind_all(Interp *I)
{
    for (int i = 0; i < I->nsym; i++) {
        if (I->sym[i].value.tag != V_UNSET) {
            interp_set(I, i, UNSET, false, false);
        }
    }
}

void interp_clear(Interp *I)
{
    for (int i = 0; i < I->nsym; i++) {
        Value before = I->sym[i].value;
        I->sym[i].value = UNSET;
        I->sym[i].is_const = false;
        value_unref(&before);
    }
}
