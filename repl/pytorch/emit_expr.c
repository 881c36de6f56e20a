/* emit_expr.c -- expressions in Python */
#include <math.h>

#include <nabla/optim.h>

#include "pytorch/internal.h"

/* --- what was found out --- */

const Val *val_of(Trans *T, const Node *n)
{
    const Val *v = tr_info(T, n)->val;
    if (!v && n->kind == N_NUM) { /* of what never runs */
        v = val_new(T, n->num == (double)(int64_t)n->num ? K_INT : K_FLOAT, 0);
    }
    if (!v && (n->kind == N_STR || n->kind == N_FORMAT)) {
        v = val_new(T, K_STR, 0);
    }
    return v ? v : val_new(T, K_TF, RANK_ANY);
}

unsigned kinds_of(Trans *T, const Node *n)
{
    return val_of(T, n)->kinds;
}

int rank_of(Trans *T, const Node *n)
{
    return val_of(T, n)->rank;
}

const char *emit_floats(const Trans *T)
{
    return T->o->float32 ? "float" : "double";
}

/* --- texts --- */

Py py(const char *s, int prec)
{
    return (Py){s, prec};
}

static const char *within(Trans *T, Py x, int prec)
{
    return x.prec < prec ? tr_fmt(T, "(%s)", x.s) : x.s;
}

const char *emit_at(Trans *T, const Node *n, int prec)
{
    return within(T, emit_expr(T, n), prec);
}

const char *emit_text(Trans *T, const Node *n)
{
    return emit_at(T, n, NB_PY_IF);
}

const char *emit_whole(Trans *T, const Node *n, const char *text)
{
    const Val *v = val_of(T, n);
    if (v->share && (v->rank != 0 || v->kinds & K_TB)) {
        tr_fail(T, n, "--ddp: each process has a share of this alone");
        tr_hint(T, "its mean is shown of all of them");
    }
    return v->share ? tr_fmt(T, "whole(%s)", text) : text;
}

static const char *truth(Trans *T, const Node *n, bool asked, int prec);
static Py logic(Trans *T, const Node *n, bool asked);

const char *emit_condition(Trans *T, const Node *n)
{
    if (val_of(T, n)->share) {
        tr_fail(T, n, "--ddp: a condition on a share of a batch");
    }
    return truth(T, n, true, NB_PY_IF);
}

/* Where Python asks for a whole number. */
const char *emit_int(Trans *T, const Node *n)
{
    unsigned k = kinds_of(T, n);
    double x;
    if (n->kind == N_NUM && tr_literal(n, &x) && x == (double)(int64_t)x) {
        return tr_fmt(T, "%lld", (long long)x);
    }
    bool whole = !(k & ~(unsigned)(K_INT | K_BOOL | K_NONE | K_LIST | K_RANGE | K_STR));
    return whole ? emit_text(T, n) : tr_fmt(T, "int(%s)", emit_text(T, n));
}

const char *emit_float(Trans *T, const Node *n)
{
    const char *s = emit_text(T, n);
    unsigned k = kinds_of(T, n);
    if (n->kind == N_NUM) {
        return strpbrk(s, ".eE") ? s : tr_fmt(T, "%s.0", s);
    }
    return k & (K_INT | K_BOOL) ? tr_fmt(T, "float(%s)", s) : s;
}

/* A list of sizes or axes, or one. */
const char *emit_items(Trans *T, const Node *n)
{
    if (n->kind != N_NUMBERS && n->kind != N_LIST) {
        return kinds_of(T, n) & K_TENSOR && rank_of(T, n) != 0
                   ? tr_fmt(T, "%s.tolist()", emit_tensor(T, n, 'i', NB_PY_ATOM))
                   : emit_int(T, n);
    }
    Text t = text_in(&T->lost);
    text_add(&t, "[");
    for (int i = 0; i < (n->kind == N_LIST ? n->n : (int)n->lit->shape.dim[0]); i++) {
        text_add(&t, i ? ", " : "");
        text_add(&t, n->kind == N_LIST ? emit_int(T, n->kid[i])
                                       : tr_fmt(T, "%lld", (long long)n->lit->data[i]));
    }
    text_add(&t, "]");
    const char *s = tr_fmt(T, "%s", text_str(&t));
    text_free(&t);
    return s;
}

static void numbers_text(Text *t, const Literal *lit, int axis, int64_t *at, bool whole)
{
    char buf[40];
    if (axis == lit->shape.rank) {
        const char *s = nb_format_number(lit->data[(*at)++], NB_DIGITS_FULL, buf, sizeof buf);
        text_add(t, s[0] == 'i' ? "math.inf" : s[0] == 'n' ? "math.nan" : s);
        text_add(t, whole || strpbrk(s, ".ein") ? "" : ".0");
        return;
    }
    text_add(t, "[");
    for (int i = 0; i < lit->shape.dim[axis]; i++) {
        text_add(t, i ? ", " : "");
        numbers_text(t, lit, axis + 1, at, whole);
    }
    text_add(t, "]");
}

static bool whole_numbers(const Literal *lit)
{
    bool whole = true;
    int64_t n = 1;
    for (int i = 0; i < lit->shape.rank; i++) {
        n *= lit->shape.dim[i];
    }
    for (int64_t i = 0; i < n; i++) {
        whole = whole && fabs(lit->data[i]) < 1e9 && lit->data[i] == (double)(int64_t)lit->data[i];
    }
    return whole;
}

/* torch.tensor([1.0, 2.0]), or of whole numbers. */
static const char *literal_tensor(Trans *T, const Literal *lit, bool whole)
{
    Text t = text_in(&T->lost);
    int64_t at = 0;
    numbers_text(&t, lit, 0, &at, whole);
    const char *s = tr_fmt(T, "torch.tensor(%s)", text_str(&t));
    text_free(&t);
    return s;
}

static const char *numeric_tensor(Trans *T, const Node *n)
{
    return tr_fmt(T, "torch.tensor(%s)", emit_float(T, n));
}

const char *emit_tensor(Trans *T, const Node *n, char want, int prec)
{
    unsigned k = kinds_of(T, n);
    bool floats = want == 't' || want == 'f' || want == 'm';
    if (!(k & K_TENSOR) && (k & K_NUMBER) && (floats || want == 'b')) {
        return want == 'b' ? tr_fmt(T, "torch.tensor(bool(%s))", emit_text(T, n))
                           : numeric_tensor(T, n);
    }
    if (floats && k & K_NUMBER) {
        return tr_fmt(T, "torch.as_tensor(%s)", emit_text(T, n));
    }
    if (want == 'f' && (k & (K_TI | K_TB))) {
        return tr_fmt(T, "%s.%s()", emit_at(T, n, NB_PY_ATOM), emit_floats(T));
    }
    if (want == 'i' && n->kind == N_NUMBERS && whole_numbers(n->lit)) {
        return literal_tensor(T, n->lit, true);
    }
    if (want == 'i' && !(k & ~(unsigned)K_NUMBER)) {
        return tr_fmt(T, "torch.tensor(%s)", emit_int(T, n));
    }
    if (want == 'i' && (k & (K_TF | K_TB))) {
        return tr_fmt(T, "%s.long()", emit_at(T, n, NB_PY_ATOM));
    }
    if (want == 'b') {
        return k == K_TB
                   ? emit_at(T, n, prec)
                   : within(T, py(tr_fmt(T, "%s != 0", emit_at(T, n, NB_PY_ADD)), NB_PY_COMPARE),
                            prec);
    }
    if (want == 'z') {
        return k == K_TB
                   ? tr_fmt(T, "~%s", emit_at(T, n, NB_PY_ATOM))
                   : within(T, py(tr_fmt(T, "%s == 0", emit_at(T, n, NB_PY_ADD)), NB_PY_COMPARE),
                            prec);
    }
    return emit_at(T, n, prec);
}

/* --- lists --- */

static Py numbers(Trans *T, const Node *n)
{
    return py(literal_tensor(T, n->lit, false), NB_PY_ATOM);
}

static Py list(Trans *T, const Node *n)
{
    const Val *v = val_of(T, n);
    bool tensor = (v->kinds & K_TENSOR) != 0, plain = true;
    const Node *only = n;
    int deep = 0;
    while (only->kind == N_LIST && only->n == 1) {
        only = only->kid[0];
        deep++;
    }
    if (tensor && deep > 0 && only->kind != N_LIST && kinds_of(T, only) & K_TENSOR &&
        rank_of(T, only) == 0) {
        return py(tr_fmt(T, "%s.reshape(%s)", emit_tensor(T, only, 't', NB_PY_ATOM),
                         deep == 1   ? "1"
                         : deep == 2 ? "1, 1"
                                     : "1, 1, 1"),
                  NB_PY_ATOM);
    }
    Text t = text_in(&T->lost);
    for (int i = 0; i < n->n; i++) {
        plain = plain && !(kinds_of(T, n->kid[i]) & ~(unsigned)K_NUMBER);
    }
    text_add(&t, "[");
    for (int i = 0; i < n->n; i++) {
        text_add(&t, i ? ", " : "");
        text_add(&t, v->kinds == K_TB && !plain ? emit_tensor(T, n->kid[i], 'b', NB_PY_IF)
                     : v->kinds == K_TB         ? emit_text(T, n->kid[i])
                     : tensor && !plain         ? emit_tensor(T, n->kid[i], 't', NB_PY_IF)
                     : tensor && i == 0         ? emit_float(T, n->kid[i])
                                                : emit_text(T, n->kid[i]));
    }
    text_add(&t, "]");
    Py x = py(tr_fmt(T,
                     !tensor ? "%s"
                     : plain ? "torch.tensor(%s)"
                             : "torch.stack(%s)",
                     text_str(&t)),
              NB_PY_ATOM);
    text_free(&t);
    return x;
}

/* --- parts --- */

static bool backwards(const Node *item)
{
    double x;
    return item->kind == N_RANGE && item->kid[2] && tr_literal(item->kid[2], &x) && x < 0;
}

static const char *slice(Trans *T, const Node *item)
{
    const char *a = item->kid[0] ? emit_int(T, item->kid[0]) : "";
    const char *b = item->kid[1] ? emit_int(T, item->kid[1]) : "";
    if (backwards(item)) {
        double x;
        tr_literal(item->kid[2], &x);
        if (item->kid[0] || item->kid[1] || x != -1) {
            tr_fail(T, item, "PyTorch has no slices with negative steps");
            tr_hint(T, "write flip(x, axis=0)[…]");
        }
        return ":";
    }
    return item->kid[2] ? tr_fmt(T, "%s:%s:%s", a, b, emit_int(T, item->kid[2]))
                        : tr_fmt(T, "%s:%s", a, b);
}

static bool is_list(Trans *T, const Node *item)
{
    return item->kind == N_NUMBERS || item->kind == N_LIST || kinds_of(T, item) == K_RANGE ||
           (item->kind != N_RANGE && kinds_of(T, item) & K_TENSOR && rank_of(T, item) != 0);
}

/* A list and a number with slices between: NumPy and nabla put the list's axis first, PyTorch only
 * where the number is a list as well. */
static bool apart(Trans *T, const Node *n)
{
    bool list = false, gap = false, ended = false, begun = false;
    for (int i = 0; i < n->n; i++) {
        const bool slice = n->kid[i]->kind == N_RANGE;
        list = list || is_list(T, n->kid[i]);
        gap = gap || (!slice && ended);
        ended = ended || (slice && begun);
        begun = begun || !slice;
    }
    return list && gap;
}

/* The axis of the result that slice i gives. All lists together give one. */
static int axis_of(Trans *T, const Node *n, int i)
{
    int slices = 0;
    bool list = false;
    for (int k = 0; k < n->n; k++) {
        slices += k < i && n->kid[k]->kind == N_RANGE;
        list = list || (is_list(T, n->kid[k]) && (k < i || apart(T, n)));
    }
    return slices + list;
}

static const char *item_text(Trans *T, const Node *item)
{
    unsigned k;
    if (item->kind == N_RANGE) {
        return slice(T, item);
    }
    k = kinds_of(T, item);
    if (k == K_TB && rank_of(T, item) != 0) { /* selects */
        return emit_text(T, item);
    }
    if (item->kind == N_NUMBERS || item->kind == N_LIST) {
        return emit_items(T, item);
    }
    if (k == K_RANGE) {
        return tr_fmt(T, "list(%s)", emit_text(T, item));
    }
    if (k & K_TB && k != K_TB) {
        return tr_fmt(T, "chosen(%s)", emit_text(T, item));
    }
    return k & K_TENSOR ? emit_tensor(T, item, 'i', NB_PY_IF) : emit_int(T, item);
}

/* Several items at once: of a list they are picked one by one. */
static bool chooses(const Node *item)
{
    return item->kind == N_NUMBERS || item->kind == N_LIST;
}

static Py part(Trans *T, const Node *n)
{
    Text t = text_in(&T->lost), flips = text_in(&T->lost);
    const bool numbers_as_lists = apart(T, n);
    if (kinds_of(T, n->a) & K_MODEL) {
        return emit_model_part(T, n);
    }
    if (kinds_of(T, n->a) & K_LIST && val_of(T, n->a)->view) {
        tr_fail(T, n, "the parameters of a model have another order in PyTorch");
        tr_hint(T, "name it, as in m.linear[0].w");
    }
    if (kinds_of(T, n->a) == K_LIST && n->n == 1 && chooses(n->kid[0])) {
        return py(tr_fmt(T, "[%s[i] for i in %s]", emit_at(T, n->a, NB_PY_ATOM),
                         emit_items(T, n->kid[0])),
                  NB_PY_ATOM);
    }
    if (kinds_of(T, n->a) == K_LIST && n->n == 1 && kinds_of(T, n->kid[0]) == K_TB) {
        return py(tr_fmt(T, "[v for v, c in zip(%s, %s) if c]", emit_text(T, n->a),
                         emit_text(T, n->kid[0])),
                  NB_PY_ATOM);
    }
    for (int i = 0; i < n->n; i++) {
        const Node *item = n->kid[i];
        text_add(&t, i ? ", " : "");
        if (numbers_as_lists && item->kind != N_RANGE && !is_list(T, item)) {
            text_printf(&t, "[%s]", emit_int(T, item));
        } else {
            text_add(&t, item_text(T, item));
        }
        if (backwards(item)) {
            text_printf(&flips, ".flip(%d)", axis_of(T, n, i));
        }
    }
    bool whole = flips.len > 0 && n->n == 1;
    Py x = py(tr_fmt(T, whole ? "%s%s%s" : "%s[%s]%s", emit_at(T, n->a, NB_PY_ATOM),
                     whole ? "" : text_str(&t), text_str(&flips)),
              NB_PY_ATOM);
    text_free(&t);
    text_free(&flips);
    return x;
}

/* --- attributes --- */

/* Hyperparameters by the names that PyTorch's and our own optimizers have for them. */
static Py optimizer_attribute(Trans *T, const Node *n)
{
    const Val *o = val_of(T, n->a);
    const char *beta = strcmp(n->attr, "beta1") == 0   ? "0"
                       : strcmp(n->attr, "beta2") == 0 ? "1"
                                                       : NULL;
    if (flow_is_in(n->attr, "t steps")) {
        return py(tr_fmt(T, "%s.t", emit_at(T, n->a, NB_PY_ATOM)), NB_PY_ATOM);
    }
    if (beta) {
        return py(
            tr_fmt(T, "%s.param_groups[0][\"betas\"][%s]", emit_at(T, n->a, NB_PY_ATOM), beta),
            NB_PY_ATOM);
    }
    const NbOptRule *rule = o->made ? nb_opt_rule_find(tr_callee(T, o->made)) : NULL;
    bool known = strcmp(n->attr, "lr") == 0;
    for (int i = 0; rule && i < NB_OPT_PARAMS && rule->param[i].name; i++) {
        known = known || strcmp(rule->param[i].name, n->attr) == 0;
    }
    if (!known || flow_is_in(n->attr, "weight_decay dampening eps_hat nesterov")) {
        tr_fail(T, n, ".%s of an optimizer has no counterpart in PyTorch", n->attr);
    }
    return py(tr_fmt(T, "%s.param_groups[0][\"%s\"]", emit_at(T, n->a, NB_PY_ATOM), n->attr),
              NB_PY_ATOM);
}

static Py gradient(Trans *T, const Node *n)
{
    const char *view, *own = emit_parameter(T, n->a, &view);
    return py(own ? tr_fmt(T, "%s.grad%s", own, view)
                  : tr_fmt(T, "%s.grad", emit_at(T, n->a, NB_PY_ATOM)),
              NB_PY_ATOM);
}

static Py attribute(Trans *T, const Node *n)
{
    const Val *x = val_of(T, n->a);
    if (x->kinds & K_OPT) {
        return optimizer_attribute(T, n);
    }
    if (x->kinds & K_MODEL) {
        return emit_model_part(T, n);
    }
    bool number = !(x->kinds & K_TENSOR);
    const char *base = emit_at(T, n->a, NB_PY_ATOM);
    switch (n->id) {
    case A_GRAD: return number ? py("None", NB_PY_ATOM) : gradient(T, n);
    case A_DATA:
        return number ? emit_expr(T, n->a)
               : x->rank == 0
                   ? py(tr_fmt(T, "%s.item()",
                               emit_whole(T, n->a, x->share ? emit_text(T, n->a) : base)),
                        NB_PY_ATOM)
                   : py(tr_fmt(T, x->is ? "%s.detach().clone()" : "%s.detach()", base), NB_PY_ATOM);
    case A_SHAPE: return py(number ? "[]" : tr_fmt(T, "%s.shape", base), NB_PY_ATOM);
    case A_SIZE: return py(number ? "1" : tr_fmt(T, "%s.numel()", base), NB_PY_ATOM);
    case A_OP:
        return py(tr_fmt(T, number ? "\"number\"" : "type(%s.grad_fn).__name__", base), NB_PY_ATOM);
    case A_NDIM: return py(number ? "0" : tr_fmt(T, "%s.dim()", base), NB_PY_ATOM);
    default:
        return number ? emit_expr(T, n->a)
                      : py(tr_fmt(T, x->rank > 2 ? "%s.permute(*range(%s.dim())[::-1])" : "%s.T",
                                  base, base),
                           NB_PY_ATOM);
    }
}

/* --- names, logic --- */

static Py name(Trans *T, const Node *n)
{
    static const char *const words[][2] = {
        {"pi", "math.pi"},   {"π", "math.pi"},    {"e", "math.e"},
        {"inf", "math.inf"}, {"nan", "math.nan"}, {"true", "True"},
        {"false", "False"},  {"none", "None"},    {"args", "sys.argv[1:]"}};
    const Val *v = val_of(T, n);
    bool itself = v->word && strcmp(tr_symbol(T, n->sym), v->word) == 0; /* not x = pi */
    for (size_t i = 0; itself && i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i][0], v->word) == 0) {
            return py(words[i][1], NB_PY_ATOM);
        }
    }
    if (v->word && v->kinds == K_FUNC) {
        return py(emit_function(T, n), NB_PY_ATOM);
    }
    return py(emit_name(T, n->sym), NB_PY_ATOM);
}

/* An operand of and, or, not: as a bool where the whole is a value and not only asked for. */
static const char *truth(Trans *T, const Node *n, bool asked, int prec)
{
    const bool is_bool = !(kinds_of(T, n) & ~(unsigned)K_BOOL);
    if (asked && (n->kind == N_AND || n->kind == N_OR || n->kind == N_NOT)) {
        return within(T, logic(T, n, true), prec);
    }
    return asked || is_bool ? emit_at(T, n, prec) : tr_fmt(T, "bool(%s)", emit_text(T, n));
}

/* a and b, not a. Python's `and` gives one of its operands, which a condition does not mind. */
static Py logic(Trans *T, const Node *n, bool asked)
{
    const bool is_or = n->kind == N_OR, elements = (kinds_of(T, n) & K_TENSOR) != 0;
    if (n->kind == N_NOT) {
        return elements ? py(emit_tensor(T, n->a, 'z', NB_PY_COMPARE), NB_PY_COMPARE)
                        : py(tr_fmt(T, "not %s", truth(T, n->a, true, NB_PY_NOT)), NB_PY_NOT);
    }
    Text t = text_in(&T->lost);
    int prec = elements ? NB_PY_BITS : is_or ? NB_PY_OR : NB_PY_AND;
    for (int i = 0; i < n->n; i++) {
        text_add(&t, i == 0 ? "" : elements ? is_or ? " | " : " & " : is_or ? " or " : " and ");
        text_add(&t, elements ? emit_tensor(T, n->kid[i], 'b', prec + 1)
                              : truth(T, n->kid[i], asked, prec + 1));
    }
    Py x = py(tr_fmt(T, "%s", text_str(&t)), prec);
    text_free(&t);
    return x;
}

static Py tuple(Trans *T, const Node *n)
{
    Text t = text_in(&T->lost);
    for (int i = 0; i < n->n; i++) {
        text_add(&t, i ? ", " : "");
        text_add(&t, emit_text(T, n->kid[i]));
    }
    Py x = py(tr_fmt(T, "%s", text_str(&t)), NB_PY_TUPLE);
    text_free(&t);
    return x;
}

/* False with an error where a part of a range is written with a fraction, as when it runs. */
bool emit_range_is_whole(Trans *T, const Node *n)
{
    double x;
    char number[40];
    for (int i = 0; i < 3; i++) {
        if (n->kid[i] && tr_literal(n->kid[i], &x) && x != floor(x)) {
            return tr_fail(T, n->kid[i], "a range takes whole numbers, not %s",
                           nb_format_number(x, 6, number, sizeof number));
        }
    }
    return true;
}

static Py range(Trans *T, const Node *n)
{
    if (!emit_range_is_whole(T, n)) {
        return py("", NB_PY_ATOM);
    }
    const char *a = n->kid[0] ? emit_int(T, n->kid[0]) : "0";
    const char *b = n->kid[1] ? emit_int(T, n->kid[1]) : "";
    if (n->kid[2]) {
        return py(tr_fmt(T, "range(%s, %s, %s)", a, b, emit_int(T, n->kid[2])), NB_PY_ATOM);
    }
    return py(strcmp(a, "0") == 0 ? tr_fmt(T, "range(%s)", b) : tr_fmt(T, "range(%s, %s)", a, b),
              NB_PY_ATOM);
}

static Py number(Trans *T, const Node *n)
{
    const char *s = tr_source(T, n->start, n->end);
    double x = n->num;
    for (const char *c = s; *c; c++) {
        if ((unsigned char)*c >= 0x80) { /* ² or −3: in Python's own digits */
            s = tr_fmt(T, "%.15g", x);
            break;
        }
    }
    return py(s, x < 0 || s[0] == '-' ? NB_PY_NEG : NB_PY_ATOM);
}

/* a + b - c as the tree of two operands each that it stands for. */
static Py chain(Trans *T, const Node *n)
{
    Node *left = n->kid[0];
    for (int i = 1; i < n->n; i++) {
        Node *both = tr_alloc(T, sizeof *both);
        both->kind = N_BINARY;
        both->op = n->chain[i].op;
        both->a = left;
        both->b = n->kid[i];
        both->start = n->start;
        both->end = n->chain[i].end;
        tr_info(T, both)->val = val_of(T, n);
        left = both;
    }
    return emit_expr(T, left);
}

Py emit_expr(Trans *T, const Node *n)
{
    const Node *arg[2] = {n->a, n->b};
    if (T->failed) {
        return py("", NB_PY_ATOM);
    }
    switch (n->kind) {
    case N_NUM: return number(T, n);
    case N_STR:
    case N_FORMAT: return emit_string(T, n);
    case N_GLOBAL:
    case N_LOCAL: return name(T, n);
    case N_UNARY: return emit_infix(T, n->op, arg, 1);
    case N_BINARY: return emit_infix(T, n->op, arg, 2);
    case N_CHAIN: return chain(T, n);
    case N_AND:
    case N_OR:
    case N_NOT: return logic(T, n, false);
    case N_RANGE: return range(T, n);
    case N_LIST: return list(T, n);
    case N_NUMBERS: return numbers(T, n);
    case N_INDEX: return part(T, n);
    case N_ATTR: return attribute(T, n);
    case N_CALL: return emit_call(T, n);
    case N_TUPLE: return tuple(T, n);
    default: break;
    }
    tr_fail(T, n, "this has no counterpart in PyTorch");
    return py("", NB_PY_ATOM);
}
