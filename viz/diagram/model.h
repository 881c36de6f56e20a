/* model.h -- a snapshot of a graph for drawing: nodes with their texts, edges, state */
#ifndef NABLA_VIZ_MODEL_H
#define NABLA_VIZ_MODEL_H

#include <stdint.h>

#include "viz/picture/arena.h"
#include "viz/viz.h"

#define NB_MODEL_MAX 1000 /* nodes drawn; larger graphs are summarised */

typedef enum NbNodeKind {
    NB_NODE_LEAF,
    NB_NODE_CONST,
    NB_NODE_INNER,
    NB_NODE_OP,     /* the operation behind an inner node, unless the model is compact */
    NB_NODE_NUMBER, /* a number folded into an operation, with show_constants */
    NB_NODE_LOCAL   /* a local derivative on its edge, when they are shown */
} NbNodeKind;

/* Entries of a tensor sampled onto a grid: -1 … 1 in units of the largest, or NaN. */
typedef struct NbHeat {
    int rows, cols;
    double *cell; /* row by row */
    double most;
} NbHeat;

typedef struct NbNode {
    NbNodeKind kind;
    bool root, stale;
    bool has_grad;    /* one that is up to date */
    bool aged;        /* one from before a value it depends on changed */
    bool scalar;      /* a number, not a tensor */
    bool folded;      /* what is behind it is not drawn */
    bool unknown;     /* its value is not computed yet: of pictures step by step */
    bool stepwise;    /* grad and magnitude are of such a picture, not the variable's */
    bool deep;        /* it is folded because it is as deep as the picture goes */
    size_t hidden;    /* how many nodes are behind it alone; of folded ones */
    bool blank_value; /* there is room for it, and nothing there: of worksheets */
    bool blank_grad;
    int heat;          /* place in the model's heats + 1; 0 none */
    int number;        /* of its variable in the whole graph, from 1; a number has its result's */
    int copy;          /* 1, 2, …: a leaf drawn once more beside a further use, 0 the first; of a
                          number which operand it is, from 1 */
    int order;         /* place in the backward sweep from 1; 0: none */
    uint64_t serial;   /* of the variable; an operation has its result's */
    uint32_t source;   /* of a local derivative: the operand's place in node[] */
    const NbOp *does;  /* what made it, NULL of leaves */
    NbVar *var;        /* borrowed from the root; of an operation its result; NULL for numbers */
    const char *label; /* "x"; "" for operations and numbers */
    const char *op;    /* "^2"; of an inner node in a compact model "x^2"; else "" */
    const char *value; /* "10", "(2, 8)  norm 4.1"; of a local derivative "2·x = 4" */
    const char *grad;  /* "7", "|g| 0.3", "-" when there is none, "" for consts and operations */
    double magnitude;  /* |gradient|, of a tensor its Euclidean norm */
} NbNode;

typedef struct NbEdge {
    uint32_t from, to; /* places in node[] */
    bool bare;         /* goes on behind a local derivative: without an arrow head */
    bool loose;        /* passes through nodes that are not drawn */
} NbEdge;

#define NB_BLANK "____" /* in texts, what is to be filled in by hand */

/* How often an operation occurs, for the summary of a large graph. */
typedef struct NbOpCount {
    const NbOp *op;
    size_t count;
} NbOpCount;

typedef struct NbModel {
    NbNode *node; /* inputs before users */
    size_t nnodes;
    NbEdge *edge;
    size_t nedges;
    bool compact, summary, hide_grad, stale, locals;
    bool aged;   /* a node is */
    bool sheet;  /* with hide_grad there is room for gradients */
    int reserve; /* digits numbers keep room for, so that they may change; -1 none */
    NbHeat *heat;
    size_t nheats;
    size_t hidden;                    /* variables that are not drawn */
    size_t variables, leaves, consts; /* of the whole graph, drawn or not */
    NbOpCount *tally;                 /* most frequent first; only of a summary */
    size_t ntally;
    double magnitude_min, magnitude_max; /* over gradients that are not 0; 0, 0 without any */
    uint64_t topology;                   /* equal for graphs that differ in texts alone */
    size_t depth, breadth; /* longest path in nodes, most nodes at one distance from the leaves */
    NbArena texts;
} NbModel;

/* New, or NULL with *err set. Borrows root's variables: keep root as long as node[].var is used. */
NbModel *nb_viz_model_part(NbVar *root, const NbVizStyle *style, bool hide_grad, const NbPart *part,
                           NbErr *err);
/* The same of everything. */
NbModel *nb_viz_model_new(NbVar *root, const NbVizStyle *style, bool hide_grad, NbErr *err);
void nb_viz_model_free(NbModel **m);
/* A worksheet of it: no value that is computed, neither value nor gradient of those named; boxes
 * stay as large. Gradients are left out by hide_grad. */
void nb_viz_model_sheet(NbModel *m, bool values, NbVar *const *named, int n);
/* What it is called in files, the same in all of them: "n3", "n3_1" once more, "o3" of the
 * operation that makes n3, "k3_2" of its second operand where that is a number; into buf, returned.
 */
const char *nb_viz_node_id(const NbNode *n, char *buf, size_t cap);
/* Its rim, ground or chip may show how large its gradient is. */
bool nb_viz_model_grades(const NbModel *m, const NbNode *n);

/* Place of magnitude on the model's gradient scale, 0 … 1 (log when it spans over 2 decades). */
double nb_viz_model_level(const NbModel *m, double magnitude);
bool nb_viz_model_log_scale(const NbModel *m);

/* Texts shared with the tree; into buf, returned. Small tensors are written out, of larger ones
 * shape and norm. */
const char *nb_viz_text_value(NbTextStyle style, const NbVar *v, char *buf, size_t cap);
/* A value in one row: without the place at which boxes break a matrix of two. */
const char *nb_viz_text_row(const char *value, char *buf, size_t cap);
const char *nb_viz_text_grad(NbTextStyle style, const NbVar *v, char *buf, size_t cap);
/* The operation of v on its operands by name, "x * y"; "" of what has none. */
const char *nb_viz_text_op(NbTextStyle style, const NbVar *v, char *buf, size_t cap);
/* ∂v/∂operand i in symbols and as a number, "2·x = 4", as far as there are; "" when neither. */
const char *nb_viz_text_local(NbTextStyle style, const NbVar *v, int i, char *buf, size_t cap);
/* Samples t onto at most so many cells; nothing (rows 0) of scalars. false when out of memory. */
bool nb_viz_heat(const NbTensor *t, int most_rows, int most_cols, NbHeat *h);
void nb_viz_heat_free(NbHeat *h);
/* |gradient|: absolute value or Euclidean norm; 0 without one. */
double nb_viz_grad_magnitude(const NbVar *v);

/* The tree as nb_viz_tree writes it. */
NbStatus nb_viz_tree_write(const NbVizStyle *style, NbVar *root, bool hide_grad, FILE *out,
                           NbErr *err);

#endif
