/* export_torch.c -- a graph as a function of its leaves in PyTorch */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "export.h"
#include "text/style.h"
#include "text/torch.h"

#define MOST_NODES 2000    /* of a function that somebody reads */
#define MOST_NUMBERS 10000 /* of one tensor */
#define NAME 160

typedef struct Writer {
    NbJob *job;
    Text *out;
    NbTextStyle style;
    const NbTape *tape;
    Text text; /* of the operation being written */
    char arg[2][4096];
    int turn; /* arguments are asked for one after the other; see keep */
    const NbVar *v;
    bool reduces; /* its operation has keepdims */
    NbErr *err;
} Writer;

/* --- names --- */

/* m.linear[0].w is m_linear_0_w, x~1 is x_1. */
static const char *name_of(const Writer *w, const NbVar *v, char *buf, size_t cap)
{
    char label[NAME];
    size_t n = 0;
    const char *s = nb_text_label(w->style, v, label, sizeof label);
    for (; *s && n + 4 < cap; s++) {
        bool plain = isalnum((unsigned char)*s) || (*s & 0x80) || *s == '_';
        if (plain) {
            buf[n++] = *s;
        } else if (n > 0 && buf[n - 1] != '_' && s[1]) {
            buf[n++] = '_';
        }
    }
    while (n > 0 && buf[n - 1] == '_') {
        n--;
    }
    buf[n] = '\0';
    if (n == 0 || isdigit((unsigned char)buf[0])) { /* of numbers without a name */
        size_t at = nb_vars_find(w->tape->other, w->tape->nother, v);
        snprintf(buf, cap, "c%zu", at + 1);
    }
    if (strcmp(buf, "lambda") == 0 || strcmp(buf, "in") == 0 || strcmp(buf, "is") == 0 ||
        strcmp(buf, "torch") == 0 || strcmp(buf, "F") == 0 || strcmp(buf, "as") == 0) {
        strcat(buf, "_");
    }
    return buf;
}

/* --- numbers --- */

static const char *number_text(double x, char *buf, size_t cap)
{
    char digits[40];
    const char *s = nb_format_number(x, NB_DIGITS_FULL, digits, sizeof digits);
    bool odd = strpbrk(s, "in") != NULL; /* inf, -inf, nan */
    snprintf(buf, cap, odd ? "float(\"%s\")" : "%s", s);
    return buf;
}

static void put_numbers(Text *out, const NbTensor *t, int axis, int64_t *at)
{
    char buf[64];
    if (axis == t->shape.rank) {
        const char *s = number_text(nb_tensor_at(t, (*at)++), buf, sizeof buf);
        text_add(out, s);
        text_add(out, strpbrk(s, ".ef") ? "" : ".0");
        return;
    }
    text_add(out, "[");
    for (int64_t i = 0; i < t->shape.dim[axis]; i++) {
        text_add(out, i ? ", " : "");
        put_numbers(out, t, axis + 1, at);
    }
    text_add(out, "]");
}

static NbStatus put_value(Writer *w, const NbVar *v, bool leaf)
{
    NbTensor tmp;
    char name[NAME];
    const NbTensor *t = nb_var_data(v, &tmp);
    int64_t at = 0;
    name_of(w, v, name, sizeof name);
    if (t->size > MOST_NUMBERS) {
        return nb_fail(w->err, NB_EVALUE,
                       "%s has %" PRId64 " numbers; a function in PyTorch holds at most %d", name,
                       t->size, MOST_NUMBERS);
    }
    text_printf(w->out, "%s = torch.tensor(", name);
    put_numbers(w->out, t, 0, &at);
    text_add(w->out, leaf ? ", requires_grad=True)\n" : ")\n");
    return NB_OK;
}

/* --- what forms ask for --- */

static const char *bracketed(Writer *w, const char *text, int prec, int need)
{
    char *buf = w->arg[w->turn = 1 - w->turn];
    snprintf(buf, sizeof w->arg[0], prec < need ? "(%s)" : "%s", text);
    return buf;
}

static const char *operand(Writer *w, NbArg a, char want, int need)
{
    char buf[NAME + 40], shown[NAME];
    if (!a.var) {
        const char *s = number_text(a.num, shown, sizeof shown);
        bool tensor = want == 't' || want == 'f' || want == 'm' || want == 'b';
        snprintf(buf, sizeof buf, tensor ? "torch.tensor(%s%s)" : "%s", s,
                 strpbrk(s, ".ef") ? "" : ".0");
        return bracketed(w, tensor ? buf : s, s[0] == '-' && !tensor ? NB_PY_NEG : NB_PY_ATOM,
                         need);
    }
    name_of(w, a.var, shown, sizeof shown);
    snprintf(buf, sizeof buf,
             want == 'i'   ? "%s.long()"
             : want == 'b' ? "%s != 0"
             : want == 'z' ? "%s == 0"
                           : "%s",
             shown);
    return bracketed(w, buf, want == 'b' || want == 'z' ? NB_PY_COMPARE : NB_PY_ATOM, need);
}

static const char *integers(Writer *w, const int64_t *x, int n, bool tuple)
{
    char buf[400];
    size_t len = (size_t)snprintf(buf, sizeof buf, tuple ? "(" : n == 1 ? "" : "[");
    for (int i = 0; i < n && len < sizeof buf - 40; i++) {
        len += (size_t)snprintf(buf + len, sizeof buf - len, "%s%" PRId64, i ? ", " : "", x[i]);
    }
    snprintf(buf + len, sizeof buf - len, tuple ? n == 1 ? ",)" : ")" : n == 1 ? "" : "]");
    return bracketed(w, buf, NB_PY_ATOM, NB_PY_TUPLE);
}

static const char *all_operands(Writer *w)
{
    char *buf = w->arg[w->turn = 1 - w->turn];
    size_t cap = sizeof w->arg[0], len = (size_t)snprintf(buf, cap, "[");
    char name[NAME];
    for (int i = 0; i < nb_var_inputs(w->v) && len + NAME + 8 < cap; i++) {
        NbArg a = nb_var_input(w->v, i);
        char number[64];
        snprintf(buf + len, cap - len, a.var ? "%s%s" : "%storch.tensor(%s)", i ? ", " : "",
                 a.var ? name_of(w, a.var, name, sizeof name)
                       : number_text(a.num, number, sizeof number));
        len += strlen(buf + len);
    }
    snprintf(buf + len, cap - len, "]");
    return buf;
}

/* The place of an option among those that take a number, and of an operand among operands. */
static int place(const NbOp *op, int k, bool operands)
{
    int n = 0;
    for (int i = 0; i < k; i++) {
        NbParamKind p = op->params[i].kind;
        bool number = p == NB_P_NUM || p == NB_P_INT ||
                      (p == NB_P_BOOL && strcmp(op->params[i].name, "keepdims"));
        n += operands ? p == NB_P_VAR : number;
    }
    return n;
}

static const char *option(Writer *w, const NbParam *p, int at, bool must)
{
    const NbAttrs *a = nb_var_attrs(w->v);
    char buf[64];
    if (!a) {
        return must ? p->fallback : NULL;
    }
    if (strcmp(p->name, "keepdims") == 0) {
        return a->keepdims ? "True" : NULL;
    }
    if (p->kind == NB_P_AXES) {
        int rank = nb_var_inputs(w->v) && nb_var_input(w->v, 0).var
                       ? nb_var_shape(nb_var_input(w->v, 0).var)->rank
                       : 0;
        static const int64_t every[NB_MAX_RANK] = {0, 1, 2, 3, 4, 5, 6, 7};
        bool reduces = p->fallback && strcmp(p->fallback, "none") == 0 && w->reduces;
        if (reduces && a->keepdims && a->naxes < 0) {
            return integers(w, every, rank, false); /* PyTorch wants them named */
        }
        bool all = a->naxes < 0 || (reduces && !must && a->naxes == rank && !a->keepdims) ||
                   (!must && p->fallback && strcmp(p->fallback, "none") != 0 && a->naxes == 1 &&
                    a->axes[0] == strtoll(p->fallback, NULL, 10));
        return all ? must ? p->fallback : NULL : integers(w, a->axes, a->naxes, false);
    }
    if (p->kind == NB_P_SHAPE) {
        return a->has_shape ? integers(w, a->shape.dim, a->shape.rank, true) : NULL;
    }
    double x = a->num[at], usual = p->fallback ? strtod(p->fallback, NULL) : 0;
    bool same = p->fallback && (x == usual || (x != x && strcmp(p->fallback, "nan") == 0));
    if (p->kind == NB_P_BOOL) {
        return x != 0 ? "True" : NULL;
    }
    return same && !must ? NULL
                         : bracketed(w, number_text(x, buf, sizeof buf), NB_PY_ATOM, NB_PY_TUPLE);
}

static const char *ask(void *user, const char *name, char want, int prec, bool must)
{
    Writer *w = user;
    const NbOp *op = nb_var_op(w->v);
    if (strcmp(name, "double") == 0) {
        return "double";
    }
    int k = 0;
    while (k < op->nparams && strcmp(op->params[k].name, name) != 0) {
        k++;
    }
    if (k == op->nparams) {
        return NULL;
    }
    const NbParam *p = &op->params[k];
    if (p->kind == NB_P_VARS) {
        return all_operands(w);
    }
    if (p->kind == NB_P_VAR) {
        int at = place(op, k, true);
        return at < nb_var_inputs(w->v) ? operand(w, nb_var_input(w->v, at), want, prec) : NULL;
    }
    return option(w, p, place(op, k, false), must);
}

/* --- operations --- */

static void put_index(Writer *w)
{
    const NbAttrs *a = nb_var_attrs(w->v);
    char flips[80] = "";
    int axis = 0;
    text_printf(&w->text, "%s[", operand(w, nb_var_input(w->v, 0), 0, NB_PY_ATOM));
    for (int i = 0; a && i < a->nindex; i++) {
        const NbIndex *x = &a->index[i];
        text_add(&w->text, i ? ", " : "");
        if (x->kind == NB_LIST) {
            text_add(&w->text, "[");
            for (int64_t k = 0; k < x->nlist; k++) {
                text_printf(&w->text, "%s%" PRId64, k ? ", " : "", x->list[k]);
            }
            text_add(&w->text, "]");
        } else if (x->kind == NB_SLICE) {
            if (x->has_start && x->step > 0) {
                text_printf(&w->text, "%" PRId64, x->start);
            }
            text_add(&w->text, ":");
            if (x->has_stop && x->step > 0) {
                text_printf(&w->text, "%" PRId64, x->stop);
            }
            if (x->step > 1) {
                text_printf(&w->text, ":%" PRId64, x->step);
            }
            if (x->step < 0 && !x->has_start && !x->has_stop && x->step == -1) {
                snprintf(flips + strlen(flips), sizeof flips - strlen(flips), ".flip(%d)", axis);
            } else if (x->step < 0) {
                nb_fail(w->err, NB_EVALUE, "PyTorch has no slices with negative steps");
            }
        } else {
            text_printf(&w->text, "%" PRId64, x->start);
        }
        axis += x->kind != NB_AT;
    }
    text_printf(&w->text, "]%s", flips);
}

static NbStatus put_operation(Writer *w, bool last)
{
    const NbOp *op = nb_var_op(w->v);
    char name[NAME];
    int prec = NB_PY_ATOM;
    const bool floats = !(op->torch_gives & (NB_TORCH_WHOLE | NB_TORCH_BOOLS));
    text_cut(&w->text, 0);
    w->reduces = false;
    for (int i = 0; i < op->nparams; i++) {
        w->reduces = w->reduces || strcmp(op->params[i].name, "keepdims") == 0;
    }
    if (strcmp(op->name, "index") == 0) {
        put_index(w);
    } else if (!op->torch || !nb_torch_form(op->torch, ask, w, &w->text, &prec)) {
        nb_fail(w->err, NB_EVALUE, "%s has no counterpart in PyTorch", op->name);
    }
    if (w->err->code != NB_OK || w->text.failed) {
        return w->err->code ? w->err->code : nb_fail(w->err, NB_EMEM, "out of memory");
    }
    const char *form = floats ? "%s" : prec == NB_PY_ATOM ? "%s.double()" : "(%s).double()";
    text_printf(w->out, last ? "    return " : "    %s = ", name_of(w, w->v, name, sizeof name));
    text_printf(w->out, form, text_str(&w->text));
    text_add(w->out, "\n");
    return NB_OK;
}

/* --- the whole --- */

static void put_leaves(Writer *w)
{
    char name[NAME];
    for (size_t i = 0; i < w->tape->nleaves; i++) {
        text_printf(w->out, "%s%s", i ? ", " : "", name_of(w, w->tape->leaf[i], name, sizeof name));
    }
}

static NbStatus put_function(Writer *w, const char *title)
{
    const NbTape *t = w->tape;
    NbStatus s = NB_OK;
    for (size_t i = 0; i < t->nother && s == NB_OK; i++) {
        s = put_value(w, t->other[i], false);
    }
    text_printf(w->out, "%s\ndef %s(", t->nother ? "\n" : "", title);
    put_leaves(w);
    text_add(w->out, "):\n");
    for (size_t i = 0; i < t->nnodes && s == NB_OK; i++) {
        w->v = t->node[i];
        s = put_operation(w, i + 1 == t->nnodes);
    }
    text_add(w->out, "\n\n");
    for (size_t i = 0; i < t->nleaves && s == NB_OK; i++) {
        s = put_value(w, t->leaf[i], true);
    }
    text_printf(w->out, "print(%s(", title);
    put_leaves(w);
    text_add(w->out, "))\n");
    return s;
}

static bool uses_functional(const NbTape *t)
{
    for (size_t i = 0; i < t->nnodes; i++) {
        const NbOp *op = nb_var_op(t->node[i]);
        if (op->torch && strstr(op->torch, "F.")) {
            return true;
        }
    }
    return false;
}

static NbStatus write_torch(NbJob *job, NbErr *err)
{
    NbVar *root = job->what->root;
    char title[NAME];
    Writer w = {.job = job, .out = &job->out, .style = job->viz->style.text, .err = err};
    w.style.unicode = true;
    w.tape = nb_graph_tape(root);
    if (!w.tape || w.tape->nnodes == 0 || !nb_var_op(root)) {
        return nb_fail(err, NB_EVALUE, "nothing was computed here: a function needs an operation");
    }
    if (w.tape->nnodes > MOST_NODES) {
        return nb_fail(err, NB_EVALUE, "%zu nodes are too many for a function (at most %d)",
                       w.tape->nnodes, MOST_NODES);
    }
    name_of(&w, root, title, sizeof title);
    text_add(&job->out, "import torch\n");
    text_add(&job->out, uses_functional(w.tape) ? "import torch.nn.functional as F\n" : "");
    text_add(&job->out, "\ntorch.set_default_dtype(torch.float64)\n\n");
    NbStatus s = put_function(&w, title);
    job->count = w.tape->nnodes + w.tape->nleaves + w.tape->nother;
    text_free(&w.text);
    return s;
}

const NbFormat nb_viz_formats_torch[] = {
    {"py", "text/x-python", "the graph as a function of its leaves in PyTorch", NB_FROM_GRAPH, 0,
     write_torch},
    {0},
};
