/* emit_bind.c -- statements that give names a meaning, and that write values in place */
#include "pytorch/internal.h"

bool emit_mentions(const Node *n, int symbol)
{
    if (!n) {
        return false;
    }
    if (n->kind == N_GLOBAL || n->kind == N_LOCAL) {
        return n->sym == symbol;
    }
    if (n->kind == N_CALL && emit_mentions(n->call->callee, symbol)) {
        return true;
    }
    for (int i = 0; i < n->n; i++) {
        if (emit_mentions(n->kid[i], symbol)) {
            return true;
        }
    }
    return emit_mentions(n->a, symbol) || emit_mentions(n->b, symbol);
}

static bool is_target(const Node *n, int symbol)
{
    for (int i = 0; n->kind == N_TUPLE && i < n->n; i++) {
        if (is_target(n->kid[i], symbol)) {
            return true;
        }
    }
    return (n->kind == N_GLOBAL || n->kind == N_LOCAL) && n->sym == symbol;
}

/* Some statement of the block gives the name another meaning. */
bool emit_binds(const Node *n, int symbol)
{
    if (!n || n->kind == N_DEF) {
        return false;
    }
    if ((n->kind == N_ASSIGN || n->kind == N_CONST || n->kind == N_WRITE) &&
        is_target(n->a, symbol)) {
        return true;
    }
    for (int i = 0; i < n->n; i++) {
        bool looped = n->kind == N_FOR && i < n->n - 2 && is_target(n->kid[i], symbol);
        if (looped || emit_binds(n->kid[i], symbol)) {
            return true;
        }
    }
    return emit_binds(n->a, symbol) || emit_binds(n->b, symbol);
}

/* --- = and const --- */

/* The bracket that the text ends with is opened at `open`. */
static bool closes_last(const char *s, size_t open)
{
    int depth = 0;
    for (size_t i = open; s[i]; i++) {
        depth += (s[i] == '(') - (s[i] == ')');
        if (depth == 0) {
            return s[i + 1] == '\0';
        }
    }
    return false;
}

/* torch.zeros(2) as torch.zeros(2, requires_grad=True). */
static const char *with_gradient(Trans *T, const Node *value)
{
    Py x = emit_expr(T, value);
    unsigned k = kinds_of(T, value);
    size_t n = strlen(x.s);
    if (!(k & K_TENSOR)) {
        return tr_fmt(T, "torch.tensor(%s, requires_grad=True)", emit_float(T, value));
    }
    bool made = value->kind == N_NUMBERS || value->kind == N_CALL || value->kind == N_LIST;
    bool takes = made && n > 0 && x.s[n - 1] == ')' && x.prec == NB_PY_ATOM;
    static const char *const makers[] = {
        "torch.tensor(", "torch.zeros(",    "torch.ones(",       "torch.full(",     "torch.eye(",
        "torch.arange(", "torch.linspace(", "torch.zeros_like(", "torch.ones_like("};
    for (size_t i = 0; takes && i < sizeof makers / sizeof makers[0]; i++) {
        size_t len = strlen(makers[i]);
        if (strncmp(x.s, makers[i], len) == 0 && closes_last(x.s, len - 1)) {
            bool whole = k & K_TI;
            return tr_fmt(T, "%.*s%s, requires_grad=True)", (int)(n - 1), x.s,
                          whole ? ", dtype=torch.get_default_dtype()" : "");
        }
    }
    return tr_fmt(T, "%s.requires_grad_()",
                  k & (K_TI | K_TB) ? emit_tensor(T, value, 'f', NB_PY_ATOM)
                                    : emit_at(T, value, NB_PY_ATOM));
}

static const char *value_text(Trans *T, int id, const Node *value, bool constant)
{
    const Site *s = &T->site[id];
    const Val *v = val_of(T, value);
    bool number = (v->kinds & (K_NUMBER | K_TENSOR)) != 0;
    if (s->leaf) {
        return with_gradient(T, value);
    }
    if (s->written && number && !(v->kinds & K_TENSOR)) {
        return tr_fmt(T, "torch.tensor(%s)", emit_float(T, value));
    }
    if (s->cloned) {
        const char *taken = emit_at(T, value, NB_PY_ATOM);
        return v->kinds & K_NONE ? tr_fmt(T, "None if %s is None else %s.clone()", taken, taken)
                                 : tr_fmt(T, "%s.clone()", taken);
    }
    if (constant && v->from && number) {
        return tr_fmt(T, v->is ? "%s.detach().clone()" : "%s.detach()",
                      emit_at(T, value, NB_PY_ATOM));
    }
    return emit_at(T, value, NB_PY_IF);
}

static void after_binding(Trans *T, int id)
{
    const Site *s = &T->site[id];
    if (s->kept && s->symbol >= 0) {
        emit_line(T, "%s.retain_grad()", emit_name(T, s->symbol));
    }
}

/* opt.lr, x.grad: what stands on both sides of the equal sign. */
static const char *attribute_text(Trans *T, const Node *to)
{
    const char *base = emit_at(T, to->a, NB_PY_ATOM);
    if (kinds_of(T, to->a) & K_OPT) {
        if (!flow_is_in(to->attr, "lr momentum eps alpha")) {
            tr_fail(T, to, ".%s of an optimizer cannot be set in PyTorch", to->attr);
        }
        return tr_fmt(T, "%s.param_groups[0][\"%s\"]", base, to->attr);
    }
    if (to->id != A_GRAD || emit_parameter(T, to->a, NULL)) {
        tr_fail(T, to, ".%s of this cannot be set in PyTorch", to->attr);
    }
    return tr_fmt(T, "%s.grad", base);
}

static const char *attribute_value(Trans *T, const Node *to, const Node *value)
{
    if (kinds_of(T, to->a) & K_OPT) {
        return emit_text(T, value);
    }
    return kinds_of(T, value) & K_NONE ? emit_text(T, value) : emit_tensor(T, value, 'f', NB_PY_IF);
}

/* --- lists that grow --- */

static bool is_name(const Node *n, int symbol)
{
    return n && (n->kind == N_GLOBAL || n->kind == N_LOCAL) && n->sym == symbol;
}

/* hs = append(hs, …) */
static bool appends(const Trans *T, const Node *to, const Node *value)
{
    const char *name = value->kind == N_CALL ? tr_callee(T, value) : NULL;
    return name && strcmp(name, "append") == 0 && value->n > 1 && value->call->nopt == 0 &&
           (to->kind == N_GLOBAL || to->kind == N_LOCAL) && is_name(value->kid[0], to->sym);
}

/* A call that only looks at the list it is given. */
static bool looks(Trans *T, const Node *n)
{
    const char *name = n->kind == N_CALL ? tr_callee(T, n) : NULL;
    return name && (known_op(T->I, n->call->callee->sym) || flow_is_in(name, "len print str plot"));
}

/* No second name ever stands for the list, so that it may grow in place. */
static bool grows_alone(Trans *T, const Node *n, int symbol)
{
    if (!n || (n->kind == N_LOCAL && n->sym != symbol)) {
        return true;
    }
    bool ok = !is_name(n, symbol), starts = false, within = looks(T, n);
    if ((n->kind == N_ASSIGN || n->kind == N_CONST) && is_name(n->a, symbol)) {
        const char *name = n->b->kind == N_CALL ? tr_callee(T, n->b) : NULL;
        starts = (n->b->kind == N_LIST && n->b->n == 0) || n->b->kind == N_NUMBERS ||
                 (name && strcmp(name, "list") == 0);
        if (!starts && !appends(T, n->a, n->b)) {
            return false;
        }
        for (int i = starts ? 0 : 1; ok && i < n->b->n; i++) {
            ok = grows_alone(T, n->b->kid[i], symbol);
        }
        return ok;
    }
    if (n->kind == N_DEF) {
        return grows_alone(T, n->def->body, symbol);
    }
    if (n->kind == N_FOR && is_name(n->kid[n->n - 2], symbol)) {
        return !emit_binds(n->kid[n->n - 1], symbol) && grows_alone(T, n->kid[n->n - 1], symbol);
    }
    if (n->kind == N_INDEX || n->kind == N_PIECE || (n->kind == N_RETURN && n->a)) {
        bool local = n->kind != N_RETURN || n->a->kind == N_LOCAL;
        ok = (local && is_name(n->a, symbol)) || grows_alone(T, n->a, symbol);
    } else {
        ok = ok && grows_alone(T, n->a, symbol);
    }
    for (int i = 0; ok && i < n->n; i++) {
        ok = (within && is_name(n->kid[i], symbol)) || grows_alone(T, n->kid[i], symbol);
    }
    return ok && grows_alone(T, n->b, symbol);
}

static bool grow(Trans *T, const Node *to, const Node *value)
{
    bool ok = appends(T, to, value);
    for (int i = 0; ok && i < T->p->n; i++) {
        ok = grows_alone(T, T->p->stmt[i], to->sym);
    }
    for (int i = 1; ok && i < value->n; i++) {
        emit_line(T, "%s.append(%s%s)", emit_name(T, to->sym), emit_text(T, value->kid[i]),
                  flow_is_gradient(T, value->kid[i]) ? ".clone()" : "");
    }
    return ok;
}

static bool one(Trans *T, const Node *to, int id, const Node *value, bool constant)
{
    if (grow(T, to, value)) {
        return !T->failed;
    }
    if (to->kind == N_ATTR) {
        emit_line(T, "%s = %s", attribute_text(T, to), attribute_value(T, to, value));
    } else {
        emit_line(T, "%s = %s", emit_name(T, to->sym), value_text(T, id, value, constant));
        after_binding(T, id);
    }
    return !T->failed;
}

/* The name that x, x.grad, x[0] begin with. */
static int base_symbol(const Node *to)
{
    while (to->kind == N_ATTR || to->kind == N_INDEX) {
        to = to->a;
    }
    return to->kind == N_GLOBAL || to->kind == N_LOCAL ? to->sym : -1;
}

/* x, y = 2, 3: on one line where that reads as well, else one after the other. */
static bool each(Trans *T, const Node *n, int id, bool constant)
{
    const Node *a = n->a, *b = n->b;
    bool crossed = false, leaves = false, attributes = false;
    for (int i = 0; i < a->n; i++) {
        leaves = leaves || T->site[id + i].leaf || T->site[id + i].kept;
        attributes = attributes || a->kid[i]->kind == N_ATTR;
        for (int k = i + 1; k < a->n; k++) {
            crossed = crossed || emit_mentions(b->kid[k], base_symbol(a->kid[i]));
        }
    }
    if (!crossed && (leaves || attributes)) {
        for (int i = 0; i < a->n; i++) {
            if (!one(T, a->kid[i], id + i, b->kid[i], constant)) {
                return false;
            }
        }
        return true;
    }
    const char *left = "", *right = "";
    for (int i = 0; i < a->n; i++) {
        const Node *to = a->kid[i], *value = b->kid[i];
        bool part = to->kind == N_ATTR;
        left = tr_fmt(T, "%s%s%s", left, i ? ", " : "",
                      part ? attribute_text(T, to) : emit_name(T, to->sym));
        right =
            tr_fmt(T, "%s%s%s", right, i ? ", " : "",
                   part ? attribute_value(T, to, value) : value_text(T, id + i, value, constant));
    }
    emit_line(T, "%s = %s", left, right);
    for (int i = 0; i < a->n; i++) {
        after_binding(T, id + i);
    }
    return !T->failed;
}

static bool apart(Trans *T, const Node *n, int id, bool constant)
{
    const char *left = "";
    for (int i = 0; i < n->a->n; i++) {
        left = tr_fmt(T, "%s%s%s", left, i ? ", " : "", emit_text(T, n->a->kid[i]));
    }
    emit_line(T, "%s = %s", left, emit_at(T, n->b, NB_PY_TUPLE));
    for (int i = 0; i < n->a->n; i++) {
        const Site *s = &T->site[id + i];
        const char *name = emit_text(T, n->a->kid[i]);
        if (s->leaf) {
            emit_line(T, "%s = %s.detach().requires_grad_()", name, name);
        } else if (constant && s->before && s->before->from) {
            emit_line(T, "%s = %s.detach()", name, name);
        }
        after_binding(T, id + i);
    }
    return true;
}

bool emit_assignment(Trans *T, const Node *n)
{
    int id = tr_info(T, n)->id;
    bool constant = n->kind == N_CONST;
    if (n->a->kind != N_TUPLE) {
        return one(T, n->a, id, n->b, constant);
    }
    return n->b->kind == N_TUPLE ? each(T, n, id, constant) : apart(T, n, id, constant);
}

/* --- := --- */

static bool requires_gradient(Trans *T, const Node *n)
{
    return val_of(T, n)->from != NULL;
}

static const Node *base_of(const Node *to)
{
    while (to->kind == N_INDEX) {
        to = to->a;
    }
    return to;
}

static void write_one(Trans *T, const Node *to, const char *value, const Val *v)
{
    if (to->kind == N_INDEX) {
        emit_line(T, "%s = %s", emit_text(T, to), value);
    } else {
        emit_line(T, v->kinds & K_TENSOR ? "%s.copy_(%s)" : "%s.fill_(%s)",
                  emit_at(T, to, NB_PY_ATOM), value);
    }
}

/* An attribute of an optimizer, a gradient: bound again, not written into. */
static bool is_bound(Trans *T, const Node *to)
{
    return to->kind == N_ATTR && !(kinds_of(T, to->a) & K_MODEL);
}

static void write_value(Trans *T, const Node *to, const Node *value)
{
    if (is_bound(T, to)) {
        emit_line(T, "%s = %s", attribute_text(T, to), attribute_value(T, to, value));
        return;
    }
    const Val *v = val_of(T, value);
    bool both = v->kinds & K_TENSOR && v->kinds & K_NUMBER;
    write_one(T, to, both ? emit_tensor(T, value, 't', NB_PY_IF) : emit_text(T, value), v);
}

static bool inside_nograd(const Trans *T)
{
    return T->nograd > 0;
}

bool emit_write(Trans *T, const Node *n)
{
    bool many = n->a->kind == N_TUPLE, graph = false, crossed = false;
    int count = many ? n->a->n : 1;
    for (int i = 0; i < count; i++) {
        const Node *to = flow_place(T, many ? n->a->kid[i] : n->a);
        const Node *value = many ? n->b->kid[i] : n->b;
        graph = graph || (!is_bound(T, to) &&
                          (requires_gradient(T, base_of(to)) || requires_gradient(T, value)));
        for (int k = i + 1; k < count; k++) {
            crossed = crossed || emit_mentions(n->b->kid[k], base_symbol(to));
        }
    }
    graph = graph && !inside_nograd(T);
    if (graph) {
        if (T->writes != T->out.len || T->blank) {
            emit_line(T, "with torch.no_grad():");
        }
        T->indent++;
    }
    int names = 0;
    const char *fresh = "", *written = crossed ? emit_fresh(T, "written", &names) : "";
    for (int i = 0; crossed && i < count; i++) {
        fresh = tr_fmt(T, "%s%s%s", fresh, i ? ", " : "",
                       tr_fmt(T, "%s.clone()", emit_tensor(T, n->b->kid[i], 't', NB_PY_ATOM)));
    }
    if (crossed) {
        emit_line(T, "%s = [%s]", written, fresh);
    }
    for (int i = 0; i < count; i++) {
        const Node *to = flow_place(T, many ? n->a->kid[i] : n->a);
        if (!crossed) {
            write_value(T, to, many ? n->b->kid[i] : n->b);
        } else if (is_bound(T, to)) {
            bool number = kinds_of(T, to->a) & K_OPT;
            emit_line(T, number ? "%s = %s[%d].item()" : "%s = %s[%d]", attribute_text(T, to),
                      written, i);
        } else {
            write_one(T, to, tr_fmt(T, "%s[%d]", written, i), val_new(T, K_TF, 0));
        }
    }
    T->indent -= graph;
    T->writes = graph ? T->out.len : 0;
    return !T->failed;
}

/* --- forward: the statements that made a value, again --- */

/* f as an expression that computes what is behind it too: (a := x ** 2, a * 3)[-1]. */
const char *emit_anew(Trans *T, const Info *in, const Node *f)
{
    const char *s = "", *last = "";
    for (int i = 0; i < in->nchain; i++) {
        int id = in->chain[i];
        const Node *n = T->site[id].stmt;
        if (n->a->kind == N_TUPLE && n->b->kind != N_TUPLE) {
            tr_fail(T, f, "numgrad of what comes apart has no counterpart in PyTorch");
            return "";
        }
        int k = id - tr_info(T, n)->id;
        last = value_text(T, id, n->a->kind == N_TUPLE ? n->b->kid[k] : n->b, n->kind == N_CONST);
        s = tr_fmt(T, "%s%s := %s, ", s, emit_name(T, T->site[id].symbol), last);
    }
    bool itself = in->nchain > 0 && (f->kind == N_GLOBAL || f->kind == N_LOCAL);
    return itself && in->nchain == 1 ? last
           : in->nchain > 0          ? tr_fmt(T, "(%s%s)[-1]", s, emit_text(T, f))
                                     : emit_text(T, f);
}

bool emit_again(Trans *T, const Info *in)
{
    for (int i = 0; i < in->nchain; i++) {
        int id = in->chain[i];
        const Node *n = T->site[id].stmt;
        bool tuple = n->a->kind == N_TUPLE, both = tuple && n->b->kind == N_TUPLE;
        int k = id - tr_info(T, n)->id;
        if (tuple && !both) {
            emit_assignment(T, n);
        } else {
            one(T, tuple ? n->a->kid[k] : n->a, id, both ? n->b->kid[k] : n->b, n->kind == N_CONST);
        }
    }
    return !T->failed;
}
