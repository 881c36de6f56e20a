/* nonfinite.c -- notes on the operation that made NaN or infinity, with its inputs */
#include <float.h>
#include <math.h>
#include <string.h>

#include "lang/internal.h"

#define NAME_CAP 80

static const char *word(double y)
{
    return isnan(y) ? "nan" : y > 0 ? "inf" : "-inf";
}

/* Keeps the text for the error in error mode, else tells the note. */
static bool tell(Interp *I, const char *text)
{
    if (I->nan == NB_NAN_ERROR) {
        snprintf(I->nonfinite, sizeof I->nonfinite, "%s", text);
        return false;
    }
    I->host.note(I->host.user, "nonfinite", "%s", text);
    return true;
}

static bool is_literal(const Node *n)
{
    return n && (n->kind == N_NUM || n->kind == N_NUMBERS);
}

/* What is said about one operand. */
typedef struct Operand {
    char name[NAME_CAP];  /* source text or label; "" for a literal */
    char shown[NAME_CAP]; /* in the operation's text */
    double value;         /* NaN with known = false */
    bool known;
} Operand;

static size_t add_inputs(char *buf, size_t cap, size_t len, const Operand *o, int n, bool there)
{
    int named = 0;
    for (int i = 0; i < n; i++) {
        named += o[i].name[0] && o[i].known;
    }
    const char *lead = named == 1 ? ": its input " : ": its inputs ";
    for (int i = 0, k = 0; i < n && len < cap; i++) {
        if (!o[i].name[0] || !o[i].known) {
            continue;
        }
        char num[40];
        len += (size_t)snprintf(buf + len, cap - len, "%s%s = %s", k == 0 ? lead : " and ",
                                o[i].name, nb_format_number(o[i].value, 6, num, sizeof num));
        k++;
    }
    if (named > 0 && there && len < cap) {
        len += (size_t)snprintf(buf + len, cap - len, " there");
    }
    return len < cap ? len : cap - 1;
}

static void scalar_operand(Interp *I, Operand *o, const Node *n, double value)
{
    o->known = true;
    o->value = value;
    o->name[0] = '\0';
    if (n && !is_literal(n)) {
        interp_text(I, n, o->name, sizeof o->name);
    }
    nb_format_number(value, 6, o->shown, sizeof o->shown);
}

static void op_text(const NbOp *op, const Operand *o, int n, char *buf, size_t cap)
{
    const char *names[2] = {o[0].shown, n > 1 ? o[1].shown : ""};
    nb_op_text(op, names, n, NULL, buf, cap);
}

#define TOO_LARGE "too large for a double, which ends at 1.8e308"
#define EXTREME 1e150 /* of what is larger, or smaller than 1 by it, products leave the doubles */

static size_t add_text(char *buf, size_t cap, size_t len, const char *fmt, const char *a)
{
    len += (size_t)snprintf(buf + len, cap - len, fmt, a);
    return len < cap ? len : cap - 1;
}

/* Why y came out of finite elements: the domain of the operation, unless arithmetic just grew out
 * of range. NULL: not known. */
static const char *element_reason(const NbOp *op, const Operand *o, int n, double y)
{
    bool pole = false, known = true;
    for (int i = 0; i < n; i++) {
        pole |= o[i].known && o[i].value == 0;
        known &= o[i].known;
    }
    if (isinf(y) && !pole && (op->symbol ? known : !op->domain)) {
        return TOO_LARGE;
    }
    return op->domain;
}

/* The same of an operation that takes its operands whole. */
static const char *whole_reason(const NbOp *op, const NbNonFinite *what)
{
    const bool pole = op->flags & NB_OP_POLES;
    const bool grew = (isinf(what->value) && !pole) || what->largest > EXTREME;
    return !what->empty && grew ? TOO_LARGE : op->domain;
}

static void add_reason(char *buf, size_t cap, size_t len, const char *why)
{
    if (why) {
        add_text(buf, cap, len, "; %s", why);
    }
}

bool interp_scalar_nonfinite(Interp *I, const NbOp *op, double a, double b, double y,
                             const Node *na, const Node *nb, uint32_t start, uint32_t end)
{
    bool finite = fabs(a) <= DBL_MAX && (op->min_in < 2 || fabs(b) <= DBL_MAX);
    if (!finite || I->nan == NB_NAN_OFF) {
        return true;
    }
    Operand o[2];
    int n = op->min_in < 2 ? 1 : 2;
    scalar_operand(I, &o[0], na, a);
    scalar_operand(I, &o[1], nb, b);
    char text[NB_MSG_MAX], what[200];
    op_text(op, o, n, what, sizeof what);
    size_t len = (size_t)snprintf(text, sizeof text, "%s is %s", what, word(y));
    len = add_inputs(text, sizeof text, len, o, n, false);
    add_reason(text, sizeof text, len, element_reason(op, o, n, y));
    if (tell(I, text)) {
        return true;
    }
    return interp_fail_span(I, start, end, NB_ENONFINITE, "%s", text);
}

/* --- results of the engine --- */

/* Element of an operand that stands at a position of the broadcast result. */
static bool element_at(const NbTensor *t, const NbShape *out, int64_t position, double *value)
{
    int64_t at = 0, block = 1;
    if (t->shape.rank > out->rank) {
        return false;
    }
    for (int i = out->rank - 1, k = t->shape.rank - 1; i >= 0; i--, k--) {
        int64_t here = position % out->dim[i];
        position /= out->dim[i];
        if (k >= 0) {
            if (t->shape.dim[k] != 1 && t->shape.dim[k] != out->dim[i]) {
                return false;
            }
            at += (t->shape.dim[k] == 1 ? 0 : here) * block;
            block *= t->shape.dim[k];
        }
    }
    *value = nb_tensor_at(t, at);
    return true;
}

/* The operand whose gradient it is, NULL for values. */
static const NbVar *grown(const NbNonFinite *what)
{
    return what->gradient && what->input < nb_var_inputs(what->node)
               ? nb_var_input(what->node, what->input).var
               : NULL;
}

static void engine_operand(Interp *I, Operand *o, const NbNonFinite *what, int i,
                           const Node *source)
{
    const NbVar *node = what->node;
    memset(o, 0, sizeof *o);
    NbArg in = i < nb_var_inputs(node) ? nb_var_input(node, i) : NB_NUM(NAN);
    const NbOp *op = nb_var_op(node);
    if (!what->gradient && i < 2 && !isnan(what->operand[i])) {
        o->known = true;
        o->value = what->operand[i];
    } else if (in.var && op && (op->flags & NB_OP_ELEMENTWISE) && !what->gradient) {
        NbTensor tmp;
        o->known =
            element_at(nb_var_data(in.var, &tmp), nb_var_shape(node), what->first, &o->value);
    } else if (what->gradient && in.var && nb_var_is_scalar(in.var)) {
        o->known = true;
        o->value = nb_var_value(in.var);
    } else if (in.var && op && (op->flags & NB_OP_ELEMENTWISE) && grown(what)) {
        NbTensor tmp;
        o->known = element_at(nb_var_data(in.var, &tmp), nb_var_shape(grown(what)), what->first,
                              &o->value);
    }
    if (what->gradient && !in.var && !isnan(in.num)) {
        o->known = true;
        o->value = in.num;
    }
    if (source) {
        if (!is_literal(source)) {
            interp_text(I, source, o->name, sizeof o->name);
        }
    } else if (in.var) {
        interp_label(I, in.var, o->name, sizeof o->name);
        if (o->name[0] == '(') { /* a tensor without a name: its label is its shape */
            o->name[0] = '\0';
            snprintf(o->shown, sizeof o->shown, I->ascii ? "[...]" : "[…]");
            return;
        }
    }
    bool scalar = o->known && nb_var_is_scalar(node) && !what->gradient;
    if (scalar) {
        nb_format_number(o->value, 6, o->shown, sizeof o->shown);
    } else if (o->name[0]) {
        memcpy(o->shown, o->name, sizeof o->shown);
    } else if (source) {
        interp_text(I, source, o->shown, sizeof o->shown);
    } else if (isnan(in.num)) { /* of a value that keeps no operands */
        snprintf(o->shown, sizeof o->shown, I->ascii ? "[...]" : "[…]");
    } else {
        nb_format_number(in.num, 6, o->shown, sizeof o->shown);
    }
}

static size_t add_place(char *buf, size_t cap, size_t len, const NbNonFinite *what)
{
    const NbShape *s = nb_var_shape(grown(what) ? grown(what) : what->node);
    int64_t size = 1, position = what->first, at[NB_MAX_RANK];
    for (int i = s->rank - 1; i >= 0; i--) {
        size *= s->dim[i];
        at[i] = s->dim[i] ? position % s->dim[i] : 0;
        position /= s->dim[i] ? s->dim[i] : 1;
    }
    len += (size_t)snprintf(buf + len, cap - len, " in %lld of %lld elements, first at [",
                            (long long)what->count, (long long)size);
    for (int i = 0; i < s->rank && len < cap; i++) {
        len += (size_t)snprintf(buf + len, cap - len, "%s%lld", i ? ", " : "", (long long)at[i]);
    }
    if (len < cap) {
        len += (size_t)snprintf(buf + len, cap - len, "]");
    }
    return len < cap ? len : cap - 1;
}

/* "x is nan after this step: its gradient is inf" */
static void tell_step(Interp *I, const NbNonFinite *what)
{
    char text[NB_MSG_MAX], label[NAME_CAP];
    const bool many = !nb_var_is_scalar(what->node);
    interp_label(I, what->node, label, sizeof label);
    size_t len = (size_t)snprintf(text, sizeof text, "%s is %s", label, word(what->value));
    if (many) {
        len = add_place(text, sizeof text, len, what);
    }
    len += (size_t)snprintf(text + len, sizeof text - len, " after this step");
    if (!(fabs(what->operand[0]) <= DBL_MAX)) {
        snprintf(text + len, sizeof text - len, ": its gradient%s is %s", many ? " there" : "",
                 word(what->operand[0]));
    } else if (isinf(what->value)) {
        snprintf(text + len, sizeof text - len, "; " TOO_LARGE);
    }
    tell(I, text);
}

/* Very large, or so small that its inverse is. */
static bool extreme(const Operand *o)
{
    const double size = fabs(o->value);
    return o->known && (size > EXTREME || (size > 0 && size < 1 / EXTREME));
}

/* Why a part of a gradient came out, from the elements it is made of. NULL: not known. */
static const char *slope_reason(const NbNonFinite *what, const NbOp *op, const Operand *o, int n)
{
    bool known = op->scalar && op->partials && what->input < 2;
    for (int i = 0; i < n; i++) {
        known &= o[i].known;
    }
    if (!known) {
        return isinf(what->value) && isfinite(what->upstream) && fabs(what->upstream) > EXTREME
                   ? TOO_LARGE
                   : NULL;
    }
    const double a = o[0].value, b = n > 1 ? o[1].value : 0, y = op->scalar(a, b);
    double d[2] = {1, 1};
    op->partials(a, b, y, d);
    if (!isfinite(y)) {
        return element_reason(op, o, n, y);
    }
    if (isfinite(d[what->input]) || extreme(&o[0]) || (n > 1 && extreme(&o[1]))) {
        return TOO_LARGE;
    }
    return !op->symbol && op->domain ? op->domain : "its slope is infinite there";
}

/* "; where takes the other there, but 0 times its slope is nan: guard the input, …" */
static size_t add_unused(char *buf, size_t cap, size_t len, const NbNonFinite *what,
                         const Operand *o)
{
    if (!what->chooser) {
        return add_text(buf, cap, len, "; %s times an infinite slope is nan", "0");
    }
    len = add_text(buf, cap, len,
                   "; %s does not take it there, but 0 times an infinite slope is nan",
                   nb_var_op(what->chooser)->name);
    if (o->name[0]) {
        char remedy[2 * NAME_CAP + 32];
        snprintf(remedy, sizeof remedy, "%s(where(cond, %s, 1))", nb_var_op(what->node)->name,
                 o->name);
        len = add_text(buf, cap, len, ": guard its input, as in %s", remedy);
    }
    return len;
}

static void explain_gradient(char *buf, size_t cap, size_t len, const NbNonFinite *what,
                             const Operand *o, int n)
{
    const NbOp *op = nb_var_op(what->node);
    if (what->summed) {
        add_reason(buf, cap, len, "the parts of this sum are finite, their sum is " TOO_LARGE);
    } else if (what->upstream == 0 && isnan(what->value)) {
        add_unused(buf, cap, len, what, &o[what->input < n ? what->input : 0]);
    } else {
        add_reason(buf, cap, len, slope_reason(what, op, o, n));
    }
}

static void explain_value(char *buf, size_t cap, size_t len, const NbNonFinite *what,
                          const Operand *o, int n)
{
    const NbOp *op = nb_var_op(what->node);
    if (op->flags & NB_OP_ELEMENTWISE) {
        add_reason(buf, cap, len, element_reason(op, o, n, what->value));
    } else if (op->flags & NB_OP_NORMALISES && isnan(what->value)) {
        add_reason(buf, cap, len, "nothing is left of such a row: all of it is -inf");
    } else {
        add_reason(buf, cap, len, whole_reason(op, what));
    }
}

void interp_nonfinite(Interp *I, const NbNonFinite *what)
{
    const NbOp *op = nb_var_op(what->node);
    if (what->step && I->nan != NB_NAN_OFF) {
        tell_step(I, what);
        return;
    }
    if (I->nan == NB_NAN_OFF || !op) {
        return;
    }
    Operand o[2];
    bool replay = !I->at[0] && !I->at[1];
    int n = op->max_in == 1 ? 1 : 2;
    if (nb_var_inputs(what->node) > 2 || op->max_in == 0) {
        n = op->max_in == 0 ? 0 : 1;
    }
    memset(o, 0, sizeof o);
    for (int i = 0; i < n; i++) {
        engine_operand(I, &o[i], what, i, replay ? NULL : I->at[i]);
    }
    char text[NB_MSG_MAX], name[200];
    bool many = !nb_var_is_scalar(what->node);
    op_text(op, o, n < 1 ? 1 : n, name, sizeof name);
    size_t len;
    if (what->gradient) {
        char to[NAME_CAP] = "its input";
        const NbVar *in = grown(what);
        if (in) {
            interp_label(I, in, to, sizeof to);
        }
        len = (size_t)snprintf(text, sizeof text, "the gradient of %s by %s is %s", name, to,
                               word(what->value));
        many = in && !nb_var_is_scalar(in);
    } else {
        len = (size_t)snprintf(text, sizeof text, "%s is %s", name, word(what->value));
    }
    if (many) {
        len = add_place(text, sizeof text, len, what);
    }
    len = add_inputs(text, sizeof text, len, o, n, many);
    (what->gradient ? explain_gradient : explain_value)(text, sizeof text, len, what, o, n);
    tell(I, text);
}

NbNanMode interp_nan_mode(Interp *I, NbNanMode mode)
{
    const NbNanMode before = I->nan;
    I->nan = mode;
    nb_ctx_nan_mode(I->ctx, mode);
    return before;
}
