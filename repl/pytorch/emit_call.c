/* emit_call.c -- calls in Python: operations by the forms of their records, builtins */
#include <math.h>

#include <nabla/data.h>
#include <nabla/nn.h>
#include <nabla/optim.h>

#include "pytorch/internal.h"

/* --- operations --- */

typedef struct Operands {
    Trans *T;
    const NbOp *op;
    const Node *call;       /* NULL: operands only */
    const Node *const *arg; /* of an infix; in order */
    int n;
    bool number; /* numbers of Python stay what they are */
} Operands;

static int param_of(const NbOp *op, const char *name)
{
    for (int i = 0; i < op->nparams; i++) {
        if (strcmp(op->params[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

/* Sizes stand as several arguments or one list: where parameter k begins, how many it takes. */
static int place_of(const Operands *o, int k, int *count)
{
    int at = 0, npos = o->call ? o->call->call->npos : o->n;
    *count = 1;
    for (int i = 0; i <= k; i++) {
        int need = 0;
        for (int j = i + 1; j < o->op->nparams; j++) {
            need += o->op->params[j].fallback == NULL;
        }
        bool shape = o->op->params[i].kind == NB_P_SHAPE && o->call && at < npos &&
                     kinds_of(o->T, o->call->kid[at]) & K_NUMBER;
        int take = shape ? npos - at - need : 1;
        if (o->op->params[i].kind == NB_P_VARS && o->call && npos > 0) {
            bool one = o->call->kid[0]->kind == N_LIST || kinds_of(o->T, o->call->kid[0]) & K_LIST;
            take = one ? 1 : npos;
        }
        take = take < 1 ? 1 : take;
        if (i == k) {
            *count = take;
            return at < npos ? at : -1;
        }
        at += take;
    }
    return -1;
}

static bool is_fallback(Trans *T, const NbParam *p, const Node *n)
{
    double x;
    return p->fallback &&
           ((n->kind == N_GLOBAL && strcmp(p->fallback, tr_symbol(T, n->sym)) == 0) ||
            (tr_literal(n, &x) && p->kind != NB_P_AXES && x == strtod(p->fallback, NULL) &&
             strpbrk(p->fallback, "0123456789")));
}

/* Floats and int64 do not meet in a product of matrices. */
static bool mixed(const Operands *o)
{
    unsigned all = 0;
    for (int i = 0; i < o->n; i++) {
        all |= kinds_of(o->T, o->arg[i]) & K_TENSOR;
    }
    return (all & K_TF && all != K_TF) || all & K_TB;
}

static const char *sizes(const Operands *o, int at, int count, char want)
{
    Trans *T = o->T;
    const Node *first = o->call->kid[at];
    if (count == 1 && (want != 's' || kinds_of(T, first) & (K_LIST | K_TENSOR))) {
        return emit_items(T, first);
    }
    const char *s = "";
    for (int i = 0; i < count; i++) {
        s = tr_fmt(T, "%s%s%s", s, i ? ", " : "", emit_int(T, o->call->kid[at + i]));
    }
    return want == 's' ? tr_fmt(T, count == 1 ? "(%s,)" : "(%s)", s) : s;
}

static const char *operands(const Operands *o)
{
    Trans *T = o->T;
    if (o->arg[0]->kind != N_LIST && kinds_of(T, o->arg[0]) & K_LIST) {
        return emit_text(T, o->arg[0]);
    }
    if (o->arg[0]->kind == N_LIST) {
        const char *s = "";
        for (int i = 0; i < o->arg[0]->n; i++) {
            s = tr_fmt(T, "%s%s%s", s, i ? ", " : "",
                       emit_tensor(T, o->arg[0]->kid[i], 't', NB_PY_IF));
        }
        return tr_fmt(T, "[%s]", s);
    }
    if (o->n == 1) {
        return tr_fmt(T, "list(%s)", emit_text(T, o->arg[0]));
    }
    const char *s = "";
    for (int i = 0; i < o->n; i++) {
        s = tr_fmt(T, "%s%s%s", s, i ? ", " : "", emit_tensor(T, o->arg[i], 't', NB_PY_IF));
    }
    return tr_fmt(T, "[%s]", s);
}

static const char *fallback_text(const Operands *o, const NbParam *p)
{
    if (!p->fallback || strcmp(p->fallback, "none") == 0) {
        return NULL;
    }
    if (strcmp(p->fallback, "[]") == 0) {
        return "()";
    }
    return strcmp(p->fallback, "inf") == 0    ? "math.inf"
           : strcmp(p->fallback, "-inf") == 0 ? "-math.inf"
           : strcmp(p->fallback, "nan") == 0  ? NULL
                                              : p->fallback + 0 * o->n;
}

/* Reductions that keep their axes name them in PyTorch, also when they are all. */
static const char *all_axes(const Operands *o)
{
    Trans *T = o->T;
    int k = param_of(o->op, "keepdims"), count;
    int at = k < 0 ? -1 : place_of(o, k, &count);
    const Node *keep = k < 0 || !o->call ? NULL : tr_arg(T, o->call, at, "keepdims");
    return keep && !tr_is_word(T, keep, "false")
               ? tr_fmt(T, "tuple(range(%s.dim()))", emit_tensor(T, o->arg[0], 't', NB_PY_ATOM))
               : NULL;
}

/* torch.prod goes along one axis. */
static void one_axis(const Operands *o, const Node *at)
{
    if (strcmp(o->op->name, "prod") == 0) {
        tr_fail(o->T, at, "prod over several axes has no counterpart in PyTorch");
        tr_hint(o->T, "prod(prod(x, axis=1), axis=0)");
    }
}

static const char *given(const Operands *o, const NbParam *p, const Node *n, int at, int count,
                         char want, int prec)
{
    Trans *T = o->T;
    switch (p->kind) {
    case NB_P_VARS: return operands(o);
    case NB_P_VAR:
        if (o->number) {
            return emit_at(T, n, prec);
        }
        want = want != 'm' ? want : mixed(o) ? 'f' : 't';
        return emit_tensor(T, n, want, prec);
    case NB_P_SHAPE: return at < 0 ? emit_items(T, n) : sizes(o, at, count, want);
    case NB_P_AXES:
        if (n->kind == N_NUMBERS || n->kind == N_LIST) {
            one_axis(o, n);
        }
        return emit_items(T, n);
    case NB_P_INT: return emit_int(T, n);
    case NB_P_BOOL: return emit_text(T, n);
    default:
        return want == 'F' ? emit_float(T, n) : emit_at(T, n, prec > NB_PY_IF ? prec : NB_PY_IF);
    }
}

static const char *operand_text(void *user, const char *name, char want, int prec, bool must)
{
    const Operands *o = user;
    if (strcmp(name, "double") == 0) {
        return emit_floats(o->T);
    }
    int k = param_of(o->op, name), count = 1;
    if (k < 0) {
        return NULL;
    }
    const NbParam *p = &o->op->params[k];
    int at = place_of(o, k, &count);
    const Node *n = o->call ? tr_arg(o->T, o->call, at, name) : at >= 0 ? o->arg[at] : NULL;
    n = n && tr_is_word(o->T, n, "none") ? NULL : n;
    if (!n && strcmp(o->op->name, "flip") == 0 && rank_of(o->T, o->arg[0]) == 1) {
        return "0";
    }
    if (!n || (is_fallback(o->T, p, n) && !must)) {
        const char *all = strcmp(name, "axis") == 0 ? all_axes(o) : NULL;
        if (all) {
            one_axis(o, o->call);
            return all;
        }
        return must ? fallback_text(o, p) : NULL;
    }
    return given(o, p, n, at, count, want, prec);
}

static bool all_numbers(Trans *T, const NbOp *op, const Node *const *arg, int n)
{
    for (int i = 0; i < n && i < op->max_in; i++) {
        if (kinds_of(T, arg[i]) & ~(unsigned)(K_NUMBER | K_NONE)) {
            return false;
        }
    }
    return n > 0;
}

/* --- numbers at the edges --- */

/* A name that only one statement of the program gives a value, outside blocks. */
static const Node *only_value(Trans *T, int symbol)
{
    const Node *value = NULL;
    for (int i = 0; i < T->p->n; i++) {
        const Node *n = T->p->stmt[i];
        if ((n->kind == N_ASSIGN || n->kind == N_CONST) && n->a->kind == N_GLOBAL &&
            n->a->sym == symbol && !value && !T->site[tr_info(T, n)->id].written) {
            value = n->b;
        } else if (emit_binds(n, symbol)) {
            return NULL;
        }
    }
    return value;
}

/* The number that it always is; false: not known. */
static bool fixed(Trans *T, const Node *n, int depth, double *x)
{
    double a = 0, b = 0;
    if (depth > 16) {
        return false;
    }
    if (n->kind == N_NUM) {
        *x = n->num;
        return true;
    }
    if (n->kind == N_GLOBAL) {
        const Val *v = val_of(T, n);
        const Node *value = v->word ? NULL : only_value(T, n->sym);
        *x = 3; /* pi, e */
        return v->word ? flow_is_in(v->word, "pi π e") : value && fixed(T, value, depth + 1, x);
    }
    const bool two = n->kind == N_BINARY;
    if ((!two && n->kind != N_UNARY) || !n->op->scalar || !fixed(T, n->a, depth + 1, &a) ||
        (two && !fixed(T, n->b, depth + 1, &b))) {
        return false;
    }
    *x = n->op->scalar(a, b);
    return true;
}

/* Python stops with an error, or leaves the real numbers, where this gives inf or nan. */
static bool at_edge(Trans *T, const NbOp *op, const Node *const *arg, int n)
{
    double a = 0, b = 0;
    const bool known = fixed(T, arg[0], 0, &a), second = n > 1 && fixed(T, arg[1], 0, &b);
    if (op->symbol && op->symbol[0] == '^') {
        return known && second ? !isfinite(op->scalar(a, b)) : !second || b < 0 || b != floor(b);
    }
    if (flow_is_in(op->name, "div mod floordiv")) {
        return !second || b == 0;
    }
    if (flow_is_in(op->name, "sigmoid")) {
        return !known || fabs(a) > 700;
    }
    const bool ends = flow_is_in(op->name, "exp log log2 log10 sqrt sinh cosh asin acos");
    return known ? op->scalar && !isfinite(op->scalar(a, b)) : ends;
}

static Py edge(Trans *T, const char *name, const Node *const *arg)
{
    return py(tr_fmt(T, "edges.%s(%s, %s)", name, emit_text(T, arg[0]), emit_text(T, arg[1])),
              NB_PY_ATOM);
}

/* math.log as edges.log. */
static const char *edge_form(Trans *T, const char *form)
{
    const char *math = strstr(form, "math.");
    return math ? tr_fmt(T, "%.*sedges.%s", (int)(math - form), form, math + 5) : form;
}

static Py fill(Trans *T, Operands *o, const Node *at)
{
    Text t = text_in(&T->lost);
    int prec = NB_PY_ATOM;
    const char *form = o->number ? o->op->torch_number : o->op->torch;
    if (o->number && o->op->max_in == 2 && o->n == 2 && at_edge(T, o->op, o->arg, 2) &&
        flow_is_in(o->op->name, "div mod floordiv pow")) {
        return edge(T, o->op->name, o->arg);
    }
    if (o->number && form && o->n > 0 && at_edge(T, o->op, o->arg, o->n)) {
        form = edge_form(T, form);
    }
    if (!form || !nb_torch_form(form, operand_text, o, &t, &prec)) {
        tr_fail(T, at, "%s has no counterpart in PyTorch", o->op->name);
    }
    Py x = py(tr_fmt(T, "%s", text_str(&t)), prec);
    text_free(&t);
    return x;
}

/* Whether a constructor is given numbers of Python, and no tensor as one of them. */
static bool made_of_numbers(const Operands *o)
{
    for (int k = 0; k < o->op->nparams; k++) {
        const NbParam *p = &o->op->params[k];
        int count = 1;
        const Node *n = p->kind == NB_P_NUM ? tr_arg(o->T, o->call, place_of(o, k, &count), p->name)
                                            : NULL;
        if (n && kinds_of(o->T, n) & ~(unsigned)K_NUMBER) {
            return false;
        }
    }
    return true;
}

Py emit_operation(Trans *T, const NbOp *op, const Node *call)
{
    Operands o = {T, op, call, (const Node *const *)call->kid, call->call->npos, false};
    if (op->of_variable && op->max_in > 0 && !made_of_numbers(&o)) {
        o.op = op = op->of_variable;
    }
    o.number = op->torch_number &&
               (op->max_in == 0 ? made_of_numbers(&o)
                                : all_numbers(T, op, o.arg, o.n) && !(op->max_in == 2 && o.n < 2));
    Py x = fill(T, &o, call);
    if (tr_info(T, call)->testing) {
        x.s = tr_fmt(T, "%.*s, training=False)", (int)strlen(x.s) - 1, x.s);
    }
    return x;
}

/* What arithmetic with bools would mean otherwise in PyTorch. */
static const char *operand_of_infix(Trans *T, const NbOp *op, const Node *n, unsigned other,
                                    int prec)
{
    unsigned k = kinds_of(T, n);
    bool times = op->symbol && strcmp(op->symbol, "*") == 0 && !(other & ~(unsigned)K_TF);
    bool whole = op->symbol && op->symbol[0] == '^' && k & K_TI;
    if (!(op->flags & NB_OP_STEPS) && ((k & K_TB && !times) || whole)) {
        return tr_fmt(T, "%s.%s()", emit_at(T, n, NB_PY_ATOM), emit_floats(T));
    }
    return emit_at(T, n, prec);
}

typedef struct Infix {
    Trans *T;
    const NbOp *op;
    const Node *const *arg;
    int n;
} Infix;

static const char *infix_text(void *user, const char *name, char want, int prec, bool must)
{
    const Infix *x = user;
    int i = param_of(x->op, name);
    (void)must;
    if (i < 0 || i >= x->n) {
        return NULL;
    }
    if (want == 'm') {
        Operands o = {x->T, x->op, NULL, x->arg, x->n, false};
        return emit_tensor(x->T, x->arg[i], mixed(&o) ? 'f' : 't', prec);
    }
    unsigned other = x->n == 2 ? kinds_of(x->T, x->arg[1 - i]) : K_INT;
    return operand_of_infix(x->T, x->op, x->arg[i], other, prec);
}

Py emit_infix(Trans *T, const NbOp *op, const Node *const *arg, int n)
{
    Infix x = {T, op, arg, n};
    Text t = text_in(&T->lost);
    int prec = NB_PY_ATOM;
    if (n == 2 && op->symbol && strchr("/%^", op->symbol[0]) && all_numbers(T, op, arg, n) &&
        at_edge(T, op, arg, n)) {
        return edge(T, op->name, arg);
    }
    if (!op->torch || !nb_torch_form(op->torch, infix_text, &x, &t, &prec)) {
        tr_fail(T, arg[0], "%s has no counterpart in PyTorch", op->name);
    }
    Py y = py(tr_fmt(T, "%s", text_str(&t)), prec);
    text_free(&t);
    return y;
}

/* torch.sin of "torch.sin({x:t})"; a function of one argument otherwise. */
const char *emit_function(Trans *T, const Node *n)
{
    const NbOp *op = tr_operation(T, n);
    if (!op || !op->torch) {
        tr_fail(T, n, "%s as a value has no counterpart in PyTorch", tr_symbol(T, n->sym));
        return "";
    }
    const char *open = strchr(op->torch, '(');
    size_t rest = open ? strlen(open) : 0;
    if (open && open[1] == '{' && strchr(open, '}') == open + rest - 2 &&
        strchr(op->torch, '{') > open) {
        return tr_fmt(T, "%.*s", (int)(open - op->torch), op->torch);
    }
    Node *x = tr_alloc(T, sizeof *x);
    x->kind = N_GLOBAL;
    x->sym = x->id = interp_symbol(T->I, "x");
    tr_info(T, x)->val = val_new(T, K_TF, RANK_ANY);
    const Node *arg[] = {x};
    return tr_fmt(T, "(lambda x: %s)", emit_infix(T, op, arg, 1).s);
}

/* --- builtins --- */

/* own: of a function of the program, whose parameters have names as all others. */
static const char *arguments(Trans *T, const Node *n, bool own)
{
    const char *s = "";
    for (int i = 0; i < n->n; i++) {
        const int symbol = i >= n->call->npos ? n->call->optsym[i - n->call->npos] : -1;
        const char *name = symbol < 0 ? "" : own ? emit_name(T, symbol) : tr_symbol(T, symbol);
        s = tr_fmt(T, "%s%s%s%s%s", s, i ? ", " : "", name, *name ? "=" : "",
                   emit_text(T, n->kid[i]));
    }
    return s;
}

/* Of an operation as a value, which takes tensors alone. */
static const char *tensors(Trans *T, const Node *n)
{
    const char *s = "";
    for (int i = 0; i < n->n; i++) {
        s = tr_fmt(T, "%s%s%s", s, i ? ", " : "", emit_tensor(T, n->kid[i], 't', NB_PY_IF));
    }
    return s;
}

static bool is_function(Trans *T, const Node *n)
{
    return (kinds_of(T, n) & K_FUNC) != 0;
}

static bool depends(Trans *T, const Node *f, const Node *x)
{
    const Val *v = val_of(T, x);
    for (int i = 0; i < T->nid; i++) {
        if (bits_has(v->is, i) && T->site[i].stmt->kind == N_CALL) {
            return false; /* some parameter of a model */
        }
        if (bits_has(val_of(T, f)->sites, i) && T->site[i].stmt->kind == N_CALL) {
            return false; /* a derivative, which is constant at some order */
        }
    }
    return v->is && bits_within(T, v->is, val_of(T, f)->from);
}

/* A name for [x, y] that f is not made of: only where it is written out are its parts known. */
static void refuse_stack(Trans *T, const Node *f, const Node *x)
{
    const Val *v = val_of(T, x);
    const Node *made = v->site >= 0 ? T->site[v->site].stmt : NULL;
    if ((x->kind == N_GLOBAL || x->kind == N_LOCAL) && made && made->b && made->b->kind == N_LIST &&
        !v->is && (v->kinds & K_TENSOR) && !bits_has(val_of(T, f)->sites, v->site)) {
        tr_fail(T, x,
                "a derivative by a stack that f is not made of has no counterpart in PyTorch");
        tr_hint(T, "write its parts: grad(f, [x, y])");
    }
}

/* What is derived by: parts of a stack as a list. */
static const char *derived_by(Trans *T, const Node *f, const Node *x)
{
    refuse_stack(T, f, x);
    if (x->kind != N_LIST || kinds_of(T, x) & K_LIST) {
        return emit_tensor(T, x, 't', NB_PY_IF);
    }
    const char *s = "";
    for (int i = 0; i < x->n; i++) {
        s = tr_fmt(T, "%s%s%s", s, i ? ", " : "", derived_by(T, f, x->kid[i]));
    }
    return tr_fmt(T, "[%s]", s);
}

/* grad(f, x): PyTorch's own when its result is used as numbers only, or is surely part of f. */
static Py gradient(Trans *T, const Node *n)
{
    const Info *in = tr_info(T, n);
    const Node *f = n->kid[0], *x = n->kid[1];
    const char *s = "";
    if (is_function(T, f)) {
        return py(tr_fmt(T, "grad_of(%s)", arguments(T, n, false)), NB_PY_ATOM);
    }
    for (int i = 1; i < n->call->npos; i++) {
        const char *view = "", *own = emit_parameter(T, n->kid[i], &view);
        x = n->kid[i];
        const char *by = own ? own : derived_by(T, f, x);
        const char *one = depends(T, f, x) && !(val_of(T, x)->kinds & K_LIST)
                              ? tr_fmt(T, "torch.autograd.grad(%s, %s%s)[0]", emit_text(T, f), by,
                                       in->differentiated                ? ", create_graph=True"
                                       : in->retain || n->call->npos > 2 ? ", retain_graph=True"
                                                                         : "")
                              : tr_fmt(T, "grad(%s, %s)", emit_text(T, f), by);
        s = tr_fmt(T, "%s%s%s%s", s, i > 1 ? ", " : "", one, own ? view : "");
    }
    return n->call->npos > 2 ? py(s, NB_PY_TUPLE) : py(s, NB_PY_ATOM);
}

static Py numeric_gradient(Trans *T, const Node *n)
{
    const Node *f = n->kid[0];
    if (is_function(T, f) || n->call->npos != 2) {
        tr_fail(T, n, "numgrad of this has no counterpart in PyTorch");
        tr_hint(T, "f = …; numgrad(f, x)");
    }
    return py(tr_fmt(T, "numgrad(lambda: %s, %s)", emit_anew(T, tr_info(T, n), f),
                     emit_text(T, n->kid[1])),
              NB_PY_ATOM);
}

static Py derivatives(Trans *T, const Node *n, const char *name)
{
    if (strcmp(name, "grad") == 0) {
        return gradient(T, n);
    }
    for (int i = 1; i < n->call->npos; i++) {
        if (emit_parameter(T, n->kid[i], NULL)) {
            tr_fail(T, n->kid[i], "%s by a part of a model has no counterpart in PyTorch", name);
        }
    }
    if (strcmp(name, "numgrad") == 0) {
        return numeric_gradient(T, n);
    }
    if (is_function(T, n->kid[0])) {
        tr_fail(T, n, "%s of a function has no counterpart in PyTorch", name);
        tr_hint(T, "x = …; f = …; %s(f, x)", name);
    }
    const char *s = emit_tensor(T, n->kid[0], 't', NB_PY_IF);
    for (int i = 1; i < n->call->npos; i++) {
        s = tr_fmt(T, "%s, %s", s, derived_by(T, n->kid[0], n->kid[i]));
    }
    return py(tr_fmt(T, "%s(%s)", name, s), NB_PY_ATOM);
}

static Py data_set(Trans *T, const Node *n, const char *name)
{
    if (strcmp(name, "curve") == 0 && n->n > 0) {
        const char *s = kinds_of(T, n->kid[0]) & K_FUNC && val_of(T, n->kid[0])->def
                            ? emit_text(T, n->kid[0])
                            : emit_function(T, n->kid[0]);
        for (int i = 1; i < n->n; i++) {
            const char *key = i >= n->call->npos ? tr_symbol(T, n->call->optsym[i - n->call->npos])
                                                 : "";
            s = tr_fmt(T, "%s, %s%s%s", s, key, *key ? "=" : "", emit_text(T, n->kid[i]));
        }
        return py(tr_fmt(T, "curve(%s)", s), NB_PY_ATOM);
    }
    return py(tr_fmt(T, "%s(%s)", name, arguments(T, n, false)), NB_PY_ATOM);
}

static Py parts(Trans *T, const Node *n)
{
    const Node *p = tr_arg(T, n, 1, "parts"), *size = tr_arg(T, n, -1, "size");
    const Node *axis = tr_arg(T, n, 2, "axis");
    const char *x = emit_tensor(T, n->kid[0], 't', NB_PY_ATOM);
    const char *along = axis ? tr_fmt(T, ", %s", emit_int(T, axis)) : "";
    if (size || (p && (p->kind == N_NUMBERS || p->kind == N_LIST || kinds_of(T, p) & K_LIST))) {
        return py(tr_fmt(T, "%s.split(%s%s)", x, emit_items(T, size ? size : p), along),
                  NB_PY_ATOM);
    }
    return py(tr_fmt(T, "%s.chunk(%s%s)", x, p ? emit_int(T, p) : "1", along), NB_PY_ATOM);
}

static Py detached(Trans *T, const Node *x)
{
    const Val *v = val_of(T, x);
    if (!(v->kinds & K_TENSOR)) {
        return emit_expr(T, x);
    }
    return py(tr_fmt(T, v->is ? "%s.detach().clone()" : "%s.detach()", emit_at(T, x, NB_PY_ATOM)),
              NB_PY_ATOM);
}

/* Tensors of a file; numbers of every kind become floats. */
static Py arrays(Trans *T, const Node *n)
{
    const Node *name = tr_arg(T, n, -1, "name");
    const char *end = strrchr(n->kid[0]->str->text, '.'), *file = emit_text(T, n->kid[0]);
    const char *read = strcmp(end, ".safetensors") == 0 ? "safetensors" : "np.load";
    const char *of = name ? tr_fmt(T, "%s(%s)[%s]", read, file, emit_text(T, name))
                          : tr_fmt(T, "%s(%s)", read, file);
    if (name || strcmp(end, ".npy") == 0) {
        return py(tr_fmt(T, "torch.as_tensor(%s, dtype=torch.get_default_dtype())", of),
                  NB_PY_ATOM);
    }
    return py(
        tr_fmt(T, "[torch.as_tensor(v, dtype=torch.get_default_dtype()) for v in %s.values()]", of),
        NB_PY_ATOM);
}

static Py builtin(Trans *T, const Node *n, const char *name)
{
    const Node *x = n->n > 0 ? n->kid[0] : NULL;
    if (strstr(" grad hessian jacobian numgrad ", tr_fmt(T, " %s ", name))) {
        return derivatives(T, n, name);
    }
    if (strcmp(name, "npy") == 0) {
        return arrays(T, n);
    }
    if (strcmp(name, "split") == 0 && x) {
        return parts(T, n);
    }
    if (strcmp(name, "detach") == 0 && x) {
        return detached(T, x);
    }
    if (strcmp(name, "list") == 0) {
        return py(tr_fmt(T, "[%s]", arguments(T, n, false)), NB_PY_ATOM);
    }
    if (strcmp(name, "append") == 0 && x) {
        const char *s = "";
        for (int i = 1; i < n->n; i++) {
            s = tr_fmt(T, "%s%s%s%s", s, i > 1 ? ", " : "", emit_text(T, n->kid[i]),
                       flow_is_gradient(T, n->kid[i]) ? ".clone()" : "");
        }
        return py(tr_fmt(T, "%s + [%s]", emit_at(T, x, NB_PY_ADD), s), NB_PY_ADD);
    }
    if (strcmp(name, "float") == 0 && x && kinds_of(T, x) & K_TENSOR) {
        return emit_expr(T, x); /* a variable stays what it is */
    }
    if (strcmp(name, "int") == 0 && x && kinds_of(T, x) & K_STR) {
        return py(tr_fmt(T, "int(float(%s))", emit_text(T, x)), NB_PY_ATOM);
    }
    if (strcmp(name, "str") == 0 && x) {
        return py(tr_fmt(T, "f\"%s\"", emit_shown(T, x, NULL)), NB_PY_ATOM);
    }
    return py(tr_fmt(T, "%s(%s)", name, arguments(T, n, false)), NB_PY_ATOM);
}

Py emit_call(Trans *T, const Node *n)
{
    const Node *callee = n->call->callee;
    const char *name = tr_callee(T, n);
    const Val *f = val_of(T, callee);
    if (f->kinds & K_MODEL) {
        const char *made = f->made ? tr_callee(T, f->made) : "";
        bool labels = made && strcmp(made, "embedding") == 0;
        return py(tr_fmt(T, "%s(%s)", emit_at(T, callee, NB_PY_ATOM),
                         emit_tensor(T, n->kid[0], labels ? 'i' : 'f', NB_PY_IF)),
                  NB_PY_ATOM);
    }
    /* of a function that is only named nothing is known: its words mean what they do at first */
    const bool unseen = !tr_info(T, callee)->val && callee->kind == N_GLOBAL &&
                        known_op(T->I, callee->sym);
    if (!unseen && (f->def || !name || !f->word)) {
        const char *given = f->op && n->call->npos == n->n ? tensors(T, n) : arguments(T, n, true);
        return py(tr_fmt(T, "%s(%s)", emit_at(T, callee, NB_PY_ATOM), given), NB_PY_ATOM);
    }
    const NbOp *op = known_op(T->I, callee->sym);
    const NbLayer *layer = nb_layer_find(name);
    if ((layer && !layer->hidden && (!op || n->call->npos == 1)) || nb_opt_rule_find(name) ||
        nb_hook_rule_find(name)) {
        return emit_object(T, n);
    }
    if (nb_data_find(name)) {
        return data_set(T, n, name);
    }
    return op ? emit_operation(T, op, n) : builtin(T, n, name);
}
