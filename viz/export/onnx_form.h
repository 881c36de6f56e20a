/* onnx_form.h -- a graph of ONNX being made, and the forms of operations that fill it */
#ifndef NABLA_VIZ_ONNX_FORM_H
#define NABLA_VIZ_ONNX_FORM_H

#include <nabla/tensor.h>

#include "base/text.h"

/* Fields of a GraphProto (onnx.proto), each with its key, in the order they were made. */
typedef struct OnnxGraph {
    Text node, initializer, input, output;
    Text names;    /* of the constants that are there, each between newlines */
    bool single;   /* numbers are float, else double */
    size_t made;   /* intermediate results */
    char tmp[200]; /* where a name is put together */
} OnnxGraph;

#define ONNX_NAME 200

/* What a form asks of the operation it is filled in for. */
typedef struct OnnxArgs {
    void *user;
    /* Whether a parameter is there: an operand, an option that says something. */
    bool (*given)(void *user, const char *name);
    /* The tensor that stands for a parameter, made when it must be; false: there is none. */
    bool (*operand)(void *user, const char *name, const char *want, char *buf);
    /* Option: integers into x, at most 2 * NB_MAX_RANK; -1: none. */
    int (*integers)(void *user, const char *name, int64_t *x);
    bool (*number)(void *user, const char *name, double *x);
} OnnxArgs;

/* Adds the nodes of a form, whose result is the tensor `to`. Forms are calls of ONNX's operators:
 *
 *     Sub({a}, Mul({b}, Floor(Div({a}, {b}))))      operands, numbers, [1, 2] lists of integers
 *     ReduceMean({x})[axes={axis}, keepdims={keepdims}]    attributes, left out where not given
 *     d = Sub({y}, {t}); ReduceMean(Mul(d, d))[keepdims=0]
 *     Max({a}, {b})|ReduceMax({a})     the first whose operands are all given
 *     {logits?} …                      only where that option is given, or true
 *
 * Real, Whole and Truth are Cast to the graph's numbers, int64 and bool. {x:want} see
 * export_onnx.c. false: none fits, or memory was refused (node.failed). */
bool onnx_form(OnnxGraph *g, const char *form, const OnnxArgs *args, const char *to);

/* --- single things --- */
/* A node with the inputs named, and attributes made by onnx_attr_…; attrs may be NULL. */
void onnx_node(OnnxGraph *g, const char *op, const char *const *in, int n, const char *out,
               Text *attrs);
void onnx_attr_int(Text *attrs, const char *name, int64_t x);
void onnx_attr_ints(Text *attrs, const char *name, const int64_t *x, int n);
void onnx_attr_float(Text *attrs, const char *name, double x);
/* Constants, each made once; their names into buf (ONNX_NAME). scalar: of rank 0. */
void onnx_number(OnnxGraph *g, double x, char *buf);
void onnx_integers(OnnxGraph *g, const int64_t *x, int n, bool scalar, char *buf);
/* A tensor of numbers with its values. */
void onnx_initializer(OnnxGraph *g, const char *name, const NbTensor *t);
/* The name of a result on the way to `to`. */
void onnx_between(OnnxGraph *g, const char *to, char *buf);
/* Field of the graph: an input or output, the first axis free where `free_rows`. */
void onnx_value(Text *to, int field, const char *name, bool single, const NbShape *shape,
                bool free_rows);
void onnx_graph_free(OnnxGraph *g);

#endif
