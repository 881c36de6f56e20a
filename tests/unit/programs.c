/* programs.c -- random programs of tensors: leaves apart from what is computed from them */
#include "programs.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define PICK(p, list) (list)[below((p)->rng, COUNT(list))]

static size_t below(NbRng *rng, size_t n)
{
    return (size_t)(nb_rng_u64(rng) % n);
}

static bool chance(Program *p, size_t of)
{
    return below(p->rng, of) == 0;
}

/* --- shapes --- */

static bool same_shape(const ProgramNode *a, const ProgramNode *b)
{
    return a->rank == b->rank && (a->rank < 1 || a->dim[0] == b->dim[0]) &&
           (a->rank < 2 || a->dim[1] == b->dim[1]);
}

/* b is broadcast to a. */
static bool fits(const ProgramNode *a, const ProgramNode *b)
{
    return b->rank == 0 || same_shape(a, b) ||
           (a->rank == 2 && b->rank == 1 && a->dim[1] == b->dim[0]);
}

static const ProgramNode *any(Program *p)
{
    return &p->node[below(p->rng, (size_t)p->nnodes)];
}

/* One of the newer ones more often; NULL when the one drawn has not that rank (-1: any). */
static ProgramNode *pick(Program *p, int rank)
{
    size_t a = below(p->rng, (size_t)p->nnodes), b = below(p->rng, (size_t)p->nnodes);
    ProgramNode *v = &p->node[a > b ? a : b];
    return rank < 0 || v->rank == rank ? v : NULL;
}

/* --- statements --- */

static void put(Program *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(p->text + p->n, sizeof p->text - p->n, fmt, ap);
    va_end(ap);
    p->n += n > 0 && p->n + (size_t)n < sizeof p->text ? (size_t)n : 0;
}

/* A new node of that shape, its text to follow; NULL when there is no more room. */
static ProgramNode *begin(Program *p, const ProgramNode *like)
{
    if (p->nnodes == PROGRAM_NODES || p->n + 1024 > sizeof p->text) {
        return NULL;
    }
    ProgramNode *v = &p->node[p->nnodes];
    ProgramNode shape = *like;
    *v = shape;
    v->used = v->flat = false;
    snprintf(v->name, sizeof v->name, "n%d", p->nnodes);
    put(p, "%s = ", v->name);
    return v;
}

static void end(Program *p, ProgramNode *v, int rank, int d0, int d1)
{
    v->rank = rank;
    v->dim[0] = d0;
    v->dim[1] = d1;
    put(p, ";\n");
    p->nnodes++;
}

static void keep(Program *p, ProgramNode *v)
{
    end(p, v, v->rank, v->dim[0], v->dim[1]);
}

static bool unary(Program *p)
{
    static const char *const smooth[] = {"sin(%s)",
                                         "cos(%s)",
                                         "tanh(%s)",
                                         "atan(%s)",
                                         "sigmoid(%s)",
                                         "softplus(%s)",
                                         "gelu(%s)",
                                         "square(%s)",
                                         "-%s",
                                         "%s^2",
                                         "%s^3",
                                         "%s^1",
                                         "exp(-%s^2)",
                                         "1.5^%s",
                                         "sqrt(1 + %s^2)",
                                         "log(2 + sin(%s))",
                                         "%s*0.5",
                                         "1 - %s",
                                         "%s/2",
                                         "tanh(8*%s)",
                                         "sigmoid(30*%s)",
                                         "exp(sin(%s))",
                                         "cosh(tanh(%s))",
                                         "asin(0.9*sin(%s))",
                                         "acos(0.5*cos(%s))",
                                         "sinh(tanh(%s))"};
    static const char *const kinks[] = {"relu(%s)",
                                        "leaky_relu(%s)",
                                        "leaky_relu(%s, slope=0)",
                                        "abs(%s)",
                                        "sign(%s)",
                                        "clip(%s, -0.5, 0.7)",
                                        "max(%s, 0.25)",
                                        "min(0.1, %s)",
                                        "%s %% 0.75",
                                        "sqrt(abs(%s) + 1)",
                                        "relu(%s)^2",
                                        "max(%s, -%s)",
                                        "max(0, %s)",
                                        "sqrt(relu(%s) + 0.1)"};
    static const char *const extreme[] = {
        "exp(%s)",        "log(%s)",         "sqrt(%s)",
        "1/%s",           "%s^(-1)",         "%s^0",
        "%s^0.5",         "%s^1.5",          "%s^(-2)",
        "tan(%s)",        "asin(%s)",        "acos(%s)",
        "sinh(%s)",       "cosh(%s)",        "exp(9*%s)",
        "sqrt(relu(%s))", "log(abs(%s))",    "sqrt(clip(%s, 0, 1))",
        "0^%s",           "(-2)^%s",         "2^%s",
        "1/relu(%s)",     "log(max(%s, 0))", "sqrt(sign(%s))"};
    const ProgramNode *a = pick(p, -1);
    const char *t = (p->kinds & PROGRAM_EXTREME) && chance(p, 3) ? PICK(p, extreme)
                    : (p->kinds & PROGRAM_KINKS) && chance(p, 3) ? PICK(p, kinks)
                                                                 : PICK(p, smooth);
    ProgramNode *v = begin(p, a);
    if (v) {
        for (; *t; t++) {
            if (t[0] == '%' && t[1] == 's') {
                put(p, "%s", a->name);
                t++;
            } else if (t[0] == '%' && t[1] == '%') {
                put(p, "%%");
                t++;
            } else {
                put(p, "%c", *t);
            }
        }
        keep(p, v);
    }
    return v != NULL;
}

static bool binary(Program *p)
{
    static const char *const smooth[] = {"+", "-", "*", "*", "/ (2 + sin(", "^2 *"};
    static const char *const kinks[] = {"max", "min"};
    static const char *const extreme[] = {"/", "^", "%"};
    const ProgramNode *a = pick(p, -1), *b = any(p);
    if (!fits(a, b)) {
        return false;
    }
    ProgramNode *v = begin(p, a);
    if (!v) {
        return false;
    }
    bool turn = chance(p, 2);
    const ProgramNode *l = turn ? b : a, *r = turn ? a : b;
    if ((p->kinds & PROGRAM_EXTREME) && chance(p, 4)) {
        put(p, "%s %s %s", l->name, PICK(p, extreme), r->name);
    } else if ((p->kinds & PROGRAM_KINKS) && chance(p, 4)) {
        put(p, "%s(%s, %s)", PICK(p, kinks), l->name, r->name);
    } else {
        const char *op = PICK(p, smooth);
        put(p, "%s %s %s%s", l->name, op, r->name, *op == '/' ? "))" : "");
    }
    keep(p, v);
    return true;
}

static bool mask(Program *p)
{
    static const char *const signs[] = {">", "<", ">=", "<=", "==", "!="};
    const ProgramNode *a = pick(p, -1), *b = any(p), *c = any(p);
    if (!(p->kinds & PROGRAM_MASKS) || !fits(a, b) || !fits(a, c)) {
        return false;
    }
    ProgramNode *v = begin(p, a);
    if (!v) {
        return false;
    }
    const char *sign = PICK(p, signs);
    switch (below(p->rng, 7)) {
    case 0: put(p, "where(%s %s %s, %s, %s)", a->name, sign, b->name, c->name, a->name); break;
    case 1: put(p, "where(%s %s 0.2, %s^2, %s)", b->name, sign, a->name, c->name); break;
    case 2: put(p, "(%s %s %s)*%s", a->name, sign, b->name, c->name); break;
    case 3: put(p, "mask_fill(%s, %s %s %s, 0.5)", a->name, c->name, sign, b->name); break;
    case 4:
        put(p, "where((%s %s %s) * (%s > 0), %s, %s)", a->name, sign, b->name, c->name, b->name,
            a->name);
        break;
    case 5:
        put(p, "where(not (%s %s %s), %s, 2*%s)", a->name, sign, b->name, a->name, c->name);
        break;
    default: put(p, "%s*(%s %s %s)", a->name, b->name, sign, c->name);
    }
    keep(p, v);
    return true;
}

static bool reduction(Program *p)
{
    static const char *const smooth[] = {"sum", "mean", "variance", "logsumexp", "prod"};
    static const char *const kinks[] = {"max", "min", "norm"};
    const ProgramNode *a = pick(p, chance(p, 2) ? 1 : 2);
    ProgramNode *v = a ? begin(p, a) : NULL;
    if (!v) {
        return false;
    }
    const char *name = (p->kinds & PROGRAM_KINKS) && chance(p, 3) ? PICK(p, kinks)
                                                                  : PICK(p, smooth);
    if (a->rank == 2 && chance(p, 2)) {
        int axis = (int)below(p->rng, 2);
        put(p, "%s(%s, axis=%d)", name, a->name, axis);
        end(p, v, 1, a->dim[1 - axis], 0);
    } else if (a->rank == 2 && chance(p, 2)) {
        put(p, "%s - %s(%s, axis=1, keepdims=true)", a->name, name, a->name);
        keep(p, v);
    } else {
        put(p, "%s(%s)", name, a->name);
        end(p, v, 0, 0, 0);
    }
    return true;
}

static bool rows(Program *p)
{
    const ProgramNode *a = pick(p, chance(p, 2) ? 1 : 2);
    ProgramNode *v = a ? begin(p, a) : NULL;
    if (!v) {
        return false;
    }
    if (a->rank == 2 && chance(p, 3)) {
        bool moving = (p->kinds & PROGRAM_MASKS) && chance(p, 2);
        put(p, "cross_entropy(%s, ", a->name);
        if (moving) {
            put(p, "argmax(%s, axis=1))", a->name);
        } else {
            put(p, "[");
            for (int i = 0; i < a->dim[0]; i++) {
                put(p, "%s%d", i > 0 ? ", " : "", (int)below(p->rng, (size_t)a->dim[1]));
            }
            put(p, "])");
        }
        end(p, v, 0, 0, 0);
    } else if ((p->kinds & PROGRAM_MASKS) && chance(p, 4)) {
        put(p, "one_hot(argmax(%s, axis=-1), %d)*%s", a->name, a->dim[a->rank - 1], a->name);
        keep(p, v);
    } else {
        put(p, "%s(%s)", chance(p, 2) ? "softmax" : "log_softmax", a->name);
        keep(p, v);
    }
    return true;
}

static bool shape(Program *p)
{
    const ProgramNode *a = pick(p, chance(p, 2) ? 1 : 2);
    ProgramNode *v = a ? begin(p, a) : NULL;
    if (!v) {
        return false;
    }
    int n = a->dim[0], m = a->dim[1], i = (int)below(p->rng, (size_t)n);
    if (a->rank == 1) {
        switch (below(p->rng, 6)) {
        case 0:
            put(p, "%s[%d]", a->name, i);
            end(p, v, 0, 0, 0);
            break;
        case 1:
            put(p, "%s[[%d, 0, %d]]", a->name, i, i);
            end(p, v, 1, 3, 0);
            break;
        case 2:
            put(p, "flip(%s, axis=0)", a->name);
            keep(p, v);
            break;
        case 3:
            put(p, "%s[::-1]*2", a->name);
            keep(p, v);
            break;
        case 4:
            put(p, "stack([%s, -%s])", a->name, a->name);
            end(p, v, 2, 2, n);
            break;
        default: put(p, "dot(%s, %s)", a->name, a->name); end(p, v, 0, 0, 0);
        }
        return true;
    }
    switch (below(p->rng, 7)) {
    case 0:
        put(p, "%s.T", a->name);
        end(p, v, 2, m, n);
        break;
    case 1:
        put(p, "%s[%d]", a->name, i);
        end(p, v, 1, m, 0);
        break;
    case 2:
        put(p, "%s[:, 0]", a->name);
        end(p, v, 1, n, 0);
        break;
    case 3:
        put(p, "reshape(%s, %d, %d)", a->name, m, n);
        end(p, v, 2, m, n);
        break;
    case 4:
        put(p, "%s @ %s.T", a->name, a->name);
        end(p, v, 2, n, n);
        break;
    case 5:
        put(p, "%s[%d:, ::-1][0]", a->name, i);
        end(p, v, 1, m, 0);
        break;
    default: put(p, "concat([%s, 2*%s])[%d:%d]", a->name, a->name, i, i + n); keep(p, v);
    }
    return true;
}

static bool loss(Program *p)
{
    static const char *const smooth[] = {"mse(%s, %s)", "bce(0.05 + 0.9*sigmoid(%s), sigmoid(%s))",
                                         "bce(%s, sigmoid(%s), logits=true)"};
    static const char *const kinks[] = {"mae(%s, %s)", "huber(%s, %s)", "mse(%s, %s)"};
    const ProgramNode *a = pick(p, -1), *b = any(p);
    ProgramNode *v = same_shape(a, b) ? begin(p, a) : NULL;
    if (!v) {
        return false;
    }
    const char *t = p->kinds & PROGRAM_KINKS ? PICK(p, kinks) : PICK(p, smooth);
    for (int i = 0; *t; t++) {
        if (t[0] == '%') {
            put(p, "%s", i++ == 0 ? a->name : b->name);
            t++;
        } else {
            put(p, "%c", *t);
        }
    }
    end(p, v, 0, 0, 0);
    return true;
}

static bool dropped(Program *p)
{
    const ProgramNode *a = pick(p, -1);
    ProgramNode *v = p->kinds & PROGRAM_DROPOUT ? begin(p, a) : NULL;
    if (v) {
        put(p, "dropout(%s, 0.3)", a->name);
        keep(p, v);
    }
    return v != NULL;
}

/* The same through a loop, a function, a block. */
static bool structure(Program *p)
{
    const ProgramNode *a = pick(p, -1), *b = any(p);
    ProgramNode *v = fits(a, b) ? begin(p, a) : NULL;
    if (!v) {
        return false;
    }
    const char *y = v->name, *x = a->name, *z = b->name;
    int k = p->nnodes;
    switch (below(p->rng, 4)) {
    case 0: put(p, "%s; repeat 3 { %s = tanh(%s*%s) + %s }", x, y, y, z, x); break;
    case 1: put(p, "0; for i in 0:3 { %s = %s*0.5 + %s*i + %s }", y, y, x, z); break;
    case 2:
        put(p, "0; def g%d(a, n=2) { s = a; repeat n { s = s*sin(a) }; return s }; ", k);
        put(p, "%s = g%d(%s) + g%d(%s, n=1)", y, k, x, k, z);
        break;
    default: put(p, "0; def g%d(a, b) = a*cos(b); %s = g%d(%s, g%d(%s, 2))", k, y, k, x, k, z);
    }
    keep(p, v);
    return true;
}

/* Layers, whose weights are drawn at the first call. */
static bool layer(Program *p)
{
    const ProgramNode *a = pick(p, 2);
    ProgramNode *v = a ? begin(p, a) : NULL;
    if (!v) {
        return false;
    }
    const char *y = v->name, *x = a->name;
    int wide = 1 + (int)below(p->rng, 3), k = p->nnodes;
    switch (below(p->rng, 5)) {
    case 0: put(p, "0; l%d = linear(%d); %s = l%d(%s)", k, wide, y, k, x); break;
    case 1: put(p, "0; l%d = lstm(%d); %s = l%d(%s) + l%d(%s)", k, wide, y, k, x, k, x); break;
    case 2: put(p, "0; l%d = rnn(%d); %s = l%d(%s)*l%d(2*%s)", k, wide, y, k, x, k, x); break;
    case 3: put(p, "0; l%d = mlp([4, %d], activation=tanh); %s = l%d(%s)", k, wide, y, k, x); break;
    default: wide = a->dim[1]; put(p, "0; l%d = layer_norm(%d); %s = l%d(%s)", k, wide, y, k, x);
    }
    end(p, v, 2, a->dim[0], wide);
    return true;
}

/* A derivative of something already there, which is a part of the graph like all else. */
static bool derivative(Program *p)
{
    const ProgramNode *f = pick(p, 0), *x = &p->node[below(p->rng, (size_t)p->nleaves)];
    bool twice = f && chance(p, 4);
    if (!(p->kinds & PROGRAM_GRADS) || !f || f - p->node < p->nleaves) {
        return false;
    }
    ProgramNode *v = begin(p, x);
    if (!v) {
        return false;
    }
    if (twice && x->rank < 2) {
        put(p, "sum(hessian(%s + 0*sum(%s), %s))", f->name, x->name, x->name);
        end(p, v, 0, 0, 0);
    } else if (twice) {
        put(p, "jacobian(%s*sum(%s, axis=0), %s)[0, 0, :]", f->name, x->name, x->name);
        end(p, v, 1, x->dim[1], 0);
    } else {
        put(p, "tanh(grad(%s + 0*sum(%s), %s))", f->name, x->name, x->name);
        keep(p, v);
    }
    return true;
}

/* r: a weighted sum of whatever nothing else is computed from. */
static void root(Program *p)
{
    put(p, "r = 0");
    for (int i = 0; i < p->nnodes; i++) {
        char name[16];
        snprintf(name, sizeof name, "%s", p->node[i].name);
        double w = (double)(1 + below(p->rng, 9)) / 4;
        if (p->node[i].rank == 0) {
            put(p, " + %g*%s", w, name);
        } else {
            put(p, " + %g*sum(%s)", w, name);
        }
    }
    put(p, ";\n");
}

void program_make(Program *p, NbRng *rng, unsigned kinds, int size)
{
    static const int shapes[][3] = {{0, 0, 0}, {1, 3, 0}, {2, 2, 3}, {0, 0, 0}, {1, 2, 0}};
    static bool (*const kind[])(Program *) = {
        unary, unary, unary,     binary, binary,  mask,       mask,      shape,
        shape, rows,  reduction, loss,   dropped, derivative, structure, layer};
    *p = (Program){.kinds = kinds, .rng = rng};
    p->nleaves = p->nnodes = 2 + (int)below(rng, 3);
    for (int i = 0; i < p->nleaves; i++) {
        const int *s = shapes[kinds & PROGRAM_SCALARS ? 0 : (size_t)i % COUNT(shapes)];
        ProgramNode *v = &p->node[i];
        v->rank = s[0];
        v->dim[0] = s[1];
        v->dim[1] = s[2];
        snprintf(v->name, sizeof v->name, "x%d", i);
    }
    for (int made = 0, tries = 0; made < size && tries < 40 * size; tries++) {
        made += kind[below(rng, COUNT(kind))](p);
    }
    root(p);
}

/* --- numbers --- */

static void number(Program *p, unsigned special, char *buf, size_t cap)
{
    static const char *const odd[] = {"0",      "-0.0",   "inf",    "-inf", "nan",  "1e-310",
                                      "5e-324", "-1e300", "1e300",  "1",    "-1",   "0.5",
                                      "0.25",   "0.7",    "1e-200", "710",  "-745", "40",
                                      "-40",    "1e16",   "0",      "1",    "2",    "-2"};
    if (below(p->rng, 16) < special) {
        snprintf(buf, cap, "%s", PICK(p, odd));
    } else {
        snprintf(buf, cap, "%.4f", (double)below(p->rng, 40000) / 10000 - 2);
    }
}

void program_values(const Program *from, const char *sign, unsigned which, unsigned special,
                    char *buf, size_t cap)
{
    Program *p = (Program *)(uintptr_t)from;
    size_t n = 0;
    buf[0] = '\0';
    for (int i = 0; i < p->nleaves; i++) {
        const ProgramNode *v = &p->node[i];
        int rows = v->rank == 2 ? v->dim[0] : 1, all = v->rank == 0 ? 1 : v->dim[v->rank - 1];
        if (!(which >> i & 1)) {
            continue;
        }
        n += (size_t)snprintf(buf + n, cap - n, "%s %s %s", v->name, sign, v->rank == 2 ? "[" : "");
        for (int r = 0; r < rows; r++) {
            n += (size_t)snprintf(buf + n, cap - n, "%s%s", r > 0 ? ", " : "",
                                  v->rank > 0 ? "[" : "");
            for (int k = 0; k < all; k++) {
                char text[32];
                number(p, special, text, sizeof text);
                n += (size_t)snprintf(buf + n, cap - n, "%s%s", k > 0 ? ", " : "", text);
            }
            n += (size_t)snprintf(buf + n, cap - n, "%s", v->rank > 0 ? "]" : "");
        }
        n += (size_t)snprintf(buf + n, cap - n, "%s;\n", v->rank == 2 ? "]" : "");
    }
}

void program_list(const Program *p, bool leaves, const char *after, char *buf, size_t cap)
{
    size_t n = 0;
    buf[0] = '\0';
    for (int i = leaves ? 0 : p->nleaves; i < (leaves ? p->nleaves : p->nnodes); i++) {
        n +=
            (size_t)snprintf(buf + n, cap - n, "%s%s%s", n > 0 ? ", " : "", p->node[i].name, after);
    }
}
