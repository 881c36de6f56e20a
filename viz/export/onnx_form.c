/* onnx_form.c -- a graph of ONNX being made, and the forms of operations that fill it */
#include "onnx_form.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "protobuf.h"

/* Numbers of fields and types are those of onnx.proto, IR version 7. */
enum { TYPE_FLOAT = 1, TYPE_INT64 = 7, TYPE_BOOL = 9, TYPE_DOUBLE = 11 };
enum { GRAPH_NODE = 1, GRAPH_INITIALIZER = 5 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OP = 4, NODE_ATTRIBUTE = 5 };
enum { ATTR_NAME = 1, ATTR_F = 2, ATTR_I = 3, ATTR_INTS = 8, ATTR_TYPE = 20 };
enum { ATTR_IS_FLOAT = 1, ATTR_IS_INT = 2, ATTR_IS_INTS = 7 };
enum { TENSOR_DIMS = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_RAW = 9 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2, TYPE_TENSOR = 1, ELEM_TYPE = 1, ELEM_SHAPE = 2 };
enum { SHAPE_DIM = 1, DIM_VALUE = 1, DIM_PARAM = 2 };

/* --- single things --- */

void onnx_node(OnnxGraph *g, const char *op, const char *const *in, int n, const char *out,
               Text *attrs)
{
    Text node = {0};
    for (int i = 0; i < n; i++) {
        proto_text(&node, NODE_INPUT, in[i]);
    }
    proto_text(&node, NODE_OUTPUT, out);
    proto_text(&node, NODE_NAME, out);
    proto_text(&node, NODE_OP, op);
    if (attrs && attrs->failed) {
        text_lose(&node);
    } else if (attrs && attrs->len > 0) {
        text_addn(&node, attrs->s, attrs->len);
    }
    proto_message(&g->node, GRAPH_NODE, &node);
}

void onnx_attr_int(Text *attrs, const char *name, int64_t x)
{
    Text a = {0};
    proto_text(&a, ATTR_NAME, name);
    proto_int(&a, ATTR_I, x);
    proto_int(&a, ATTR_TYPE, ATTR_IS_INT);
    proto_message(attrs, NODE_ATTRIBUTE, &a);
}

void onnx_attr_ints(Text *attrs, const char *name, const int64_t *x, int n)
{
    Text a = {0};
    proto_text(&a, ATTR_NAME, name);
    for (int i = 0; i < n; i++) {
        proto_int(&a, ATTR_INTS, x[i]);
    }
    proto_int(&a, ATTR_TYPE, ATTR_IS_INTS);
    proto_message(attrs, NODE_ATTRIBUTE, &a);
}

void onnx_attr_float(Text *attrs, const char *name, double x)
{
    Text a = {0};
    proto_text(&a, ATTR_NAME, name);
    proto_float(&a, ATTR_F, (float)x);
    proto_int(&a, ATTR_TYPE, ATTR_IS_FLOAT);
    proto_message(attrs, NODE_ATTRIBUTE, &a);
}

/* Lowest byte first, whatever the machine. */
static void put_bits(Text *to, uint64_t bits, int bytes)
{
    unsigned char out[8];
    for (int i = 0; i < bytes; i++) {
        out[i] = (unsigned char)(bits >> 8 * i);
    }
    text_addn(to, out, (size_t)bytes);
}

static void put_real(Text *to, double x, bool single)
{
    uint64_t wide;
    uint32_t narrow;
    float f = (float)x;
    memcpy(&wide, &x, sizeof wide);
    memcpy(&narrow, &f, sizeof narrow);
    put_bits(to, single ? narrow : wide, single ? 4 : 8);
}

static void put_tensor(OnnxGraph *g, const char *name, int type, const int64_t *dim, int rank,
                       Text *raw)
{
    Text t = {0};
    for (int i = 0; i < rank; i++) {
        proto_int(&t, TENSOR_DIMS, dim[i]);
    }
    proto_int(&t, TENSOR_TYPE, type);
    proto_text(&t, TENSOR_NAME, name);
    proto_message(&t, TENSOR_RAW, raw);
    proto_message(&g->initializer, GRAPH_INITIALIZER, &t);
}

void onnx_initializer(OnnxGraph *g, const char *name, const NbTensor *t)
{
    Text raw = {0};
    for (int64_t i = 0; i < t->size; i++) {
        put_real(&raw, nb_tensor_at(t, i), g->single);
    }
    put_tensor(g, name, g->single ? TYPE_FLOAT : TYPE_DOUBLE, t->shape.dim, t->shape.rank, &raw);
}

/* True when a constant of that name was not there yet. */
static bool is_new(OnnxGraph *g, const char *name)
{
    char line[ONNX_NAME + 2];
    snprintf(line, sizeof line, "\n%s\n", name);
    if (strstr(text_str(&g->names), line)) {
        return false;
    }
    text_add(&g->names, line);
    return !g->names.failed;
}

void onnx_number(OnnxGraph *g, double x, char *buf)
{
    char digits[64];
    Text raw = {0};
    snprintf(buf, ONNX_NAME, "number %s",
             nb_format_number(x, NB_DIGITS_FULL, digits, sizeof digits));
    if (is_new(g, buf)) {
        put_real(&raw, x, g->single);
        put_tensor(g, buf, g->single ? TYPE_FLOAT : TYPE_DOUBLE, NULL, 0, &raw);
    }
}

void onnx_integers(OnnxGraph *g, const int64_t *x, int n, bool scalar, char *buf)
{
    const int64_t size = n;
    Text raw = {0}, name = text_over(buf, ONNX_NAME);
    text_add(&name, scalar ? "index" : "integers");
    for (int i = 0; i < n; i++) {
        text_printf(&name, " %" PRId64, x[i]);
        put_bits(&raw, (uint64_t)x[i], 8);
    }
    if (strlen(buf) + 1 >= ONNX_NAME) { /* too many to be a name */
        snprintf(buf, ONNX_NAME, "integers, list %zu", ++g->made);
    }
    if (is_new(g, buf)) {
        put_tensor(g, buf, TYPE_INT64, &size, scalar ? 0 : 1, &raw);
    }
    text_free(&raw);
}

void onnx_between(OnnxGraph *g, const char *to, char *buf)
{
    snprintf(buf, ONNX_NAME, "%.170s/%zu", to, ++g->made);
}

void onnx_value(Text *to, int field, const char *name, bool single, const NbShape *shape,
                bool free_rows)
{
    Text dims = {0}, tensor = {0}, type = {0}, value = {0};
    for (int i = 0; i < shape->rank; i++) {
        Text dim = {0};
        if (i == 0 && free_rows) {
            proto_text(&dim, DIM_PARAM, "rows");
        } else {
            proto_int(&dim, DIM_VALUE, shape->dim[i]);
        }
        proto_message(&dims, SHAPE_DIM, &dim);
    }
    proto_int(&tensor, ELEM_TYPE, single ? TYPE_FLOAT : TYPE_DOUBLE);
    proto_message(&tensor, ELEM_SHAPE, &dims);
    proto_message(&type, TYPE_TENSOR, &tensor);
    proto_text(&value, VALUE_NAME, name);
    proto_message(&value, VALUE_TYPE, &type);
    proto_message(to, field, &value);
}

void onnx_graph_free(OnnxGraph *g)
{
    text_free(&g->node);
    text_free(&g->initializer);
    text_free(&g->input);
    text_free(&g->output);
    text_free(&g->names);
}

/* --- forms --- */

#define MOST_LETS 4
#define MOST_ARGS 8

typedef struct Form {
    OnnxGraph *g;
    const OnnxArgs *args;
    const char *s, *to;
    struct {
        char name[16], tensor[ONNX_NAME];
    } let[MOST_LETS];
    int nlet;
    bool bad;
} Form;

static void expression(Form *f, const char *to, char *result);

static void blanks(Form *f)
{
    f->s += strspn(f->s, " ");
}

static bool take(Form *f, char c)
{
    blanks(f);
    const bool here = *f->s == c;
    f->s += here;
    return here;
}

static void word(Form *f, char *buf, size_t cap)
{
    size_t n = 0;
    blanks(f);
    while ((isalnum((unsigned char)*f->s) || *f->s == '_') && n + 1 < cap) {
        buf[n++] = *f->s++;
    }
    buf[n] = '\0';
    f->bad = f->bad || n == 0;
}

/* {name} or {name:want}, behind its bracket. */
static void parameter(Form *f, char *name, char *want)
{
    word(f, name, 24);
    want[0] = '\0';
    if (*f->s == ':') {
        size_t n = strcspn(++f->s, "}");
        snprintf(want, 16, "%.*s", (int)n, f->s);
        f->s += n;
    }
    f->bad = f->bad || !take(f, '}');
}

static int list(Form *f, int64_t *x)
{
    int n = 0;
    while (!f->bad && !take(f, ']')) {
        char *end;
        x[n++] = strtoll(f->s, &end, 10);
        f->bad = end == f->s || n == MOST_ARGS;
        f->s = end;
        take(f, ',');
    }
    return n;
}

/* keepdims=1, axes={axis}: of a parameter that is not given nothing. */
static void attribute(Form *f, Text *attrs)
{
    char key[24], name[24], want[16];
    int64_t x[2 * NB_MAX_RANK];
    double number;
    word(f, key, sizeof key);
    f->bad = f->bad || !take(f, '=');
    bool many = strcmp(key, "axes") == 0 || strcmp(key, "perm") == 0;
    blanks(f);
    if (*f->s != '{') {
        char *end;
        onnx_attr_int(attrs, key, strtoll(f->s, &end, 10));
        f->bad = f->bad || end == f->s;
        f->s = end;
        return;
    }
    f->s++;
    parameter(f, name, want);
    int n = f->bad ? -1 : f->args->integers(f->args->user, name, x);
    if (n >= 0 && many) {
        onnx_attr_ints(attrs, key, x, n);
    } else if (n > 0) {
        onnx_attr_int(attrs, key, x[0]);
    } else if (n < 0 && !f->bad && f->args->number(f->args->user, name, &number)) {
        onnx_attr_float(attrs, key, number);
    }
}

static void cast_or_node(Form *f, const char *op, const char *const *in, int n, const char *out,
                         Text *attrs)
{
    static const struct {
        const char *name;
        int type;
    } cast[] = {{"Real", 0}, {"Whole", TYPE_INT64}, {"Truth", TYPE_BOOL}};
    for (size_t i = 0; i < sizeof cast / sizeof *cast; i++) {
        if (strcmp(op, cast[i].name) == 0) {
            int real = f->g->single ? TYPE_FLOAT : TYPE_DOUBLE;
            onnx_attr_int(attrs, "to", cast[i].type ? cast[i].type : real);
            op = "Cast";
        }
    }
    onnx_node(f->g, op, in, n, out, attrs);
}

/* Behind the opening bracket of Name(…)[…]. */
static void call(Form *f, const char *op, const char *to, char *result)
{
    char arg[MOST_ARGS][ONNX_NAME];
    const char *in[MOST_ARGS];
    int n = 0;
    Text attrs = {0};
    while (!f->bad && !take(f, ')')) {
        f->bad = n == MOST_ARGS;
        if (!f->bad) {
            expression(f, NULL, arg[n]);
            in[n] = arg[n];
            n++;
        }
        take(f, ',');
    }
    if (!f->bad && *f->s == '[') {
        f->s++;
        while (!f->bad && !take(f, ']')) {
            attribute(f, &attrs);
            take(f, ',');
        }
    }
    if (to) {
        snprintf(result, ONNX_NAME, "%s", to);
    } else {
        onnx_between(f->g, f->to, result);
    }
    if (!f->bad) {
        cast_or_node(f, op, in, n, result, &attrs);
    }
    text_free(&attrs);
}

/* A name alone that was bound before, or a call. */
static void named(Form *f, const char *to, char *result)
{
    char name[32];
    word(f, name, sizeof name);
    if (*f->s == '(') {
        f->s++;
        call(f, name, to, result);
        return;
    }
    for (int i = 0; i < f->nlet; i++) {
        if (strcmp(f->let[i].name, name) == 0) {
            snprintf(result, ONNX_NAME, "%s", f->let[i].tensor);
            return;
        }
    }
    f->bad = true;
}

/* The tensor it is, into result. to: what it must be called, or NULL. */
static void expression(Form *f, const char *to, char *result)
{
    char name[24], want[16];
    blanks(f);
    if (isalpha((unsigned char)*f->s)) {
        named(f, to, result);
        return;
    }
    if (take(f, '{')) {
        parameter(f, name, want);
        f->bad = f->bad || !f->args->operand(f->args->user, name, want, result);
    } else if (take(f, '[')) {
        int64_t x[MOST_ARGS];
        int n = list(f, x);
        onnx_integers(f->g, x, n, false, result);
    } else {
        char *end;
        double x = strtod(f->s, &end);
        f->bad = f->bad || end == f->s;
        f->s = end;
        onnx_number(f->g, x, result);
    }
    if (to && !f->bad) {
        const char *in[1] = {result};
        onnx_node(f->g, "Identity", in, 1, to, NULL);
    }
}

/* Whether all operands between s and end are given; those of attributes, and those that something
 * is asked of, stand for themselves. */
static bool fits(const OnnxArgs *args, const char *s, const char *end)
{
    for (int attrs = 0; s < end; s++) {
        attrs += (*s == '[') - (*s == ']');
        char name[24];
        size_t n = strcspn(s + 1, "}:?");
        if (*s != '{' || attrs > 0 || s[1 + n] == ':') {
            continue;
        }
        snprintf(name, sizeof name, "%.*s", (int)n, s + 1);
        if (!args->given(args->user, name)) {
            return false;
        }
    }
    return true;
}

/* name = expression; where one follows. */
static bool binding(Form *f)
{
    const char *from = f->s;
    char name[16];
    blanks(f);
    if (!isalpha((unsigned char)*f->s) || f->nlet == MOST_LETS) {
        return false;
    }
    word(f, name, sizeof name);
    if (!take(f, '=')) {
        f->s = from;
        return false;
    }
    char *tensor = f->let[f->nlet].tensor;
    expression(f, NULL, tensor);
    snprintf(f->let[f->nlet].name, sizeof f->let[0].name, "%s", name);
    f->nlet++;
    f->bad = f->bad || !take(f, ';');
    return !f->bad;
}

bool onnx_form(OnnxGraph *g, const char *form, const OnnxArgs *args, const char *to)
{
    for (const char *s = form; s && *s;) {
        const char *end = s + strcspn(s, "|");
        if (!fits(args, s, end)) {
            s = *end ? end + 1 : end;
            continue;
        }
        Form f = {.g = g, .args = args, .s = s, .to = to};
        char result[ONNX_NAME], guard[24];
        if (f.s[0] == '{' && f.s[1 + strcspn(f.s + 1, "}:?")] == '?') {
            f.s++;
            word(&f, guard, sizeof guard);
            f.s++;
            f.bad = !take(&f, '}');
        }
        while (!f.bad && binding(&f)) {
        }
        expression(&f, to, result);
        return !f.bad && !g->node.failed && !g->initializer.failed && !g->names.failed;
    }
    return false;
}
