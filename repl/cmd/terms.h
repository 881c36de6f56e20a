/* terms.h -- the chain rule at one variable: a sum over its uses, in symbols and in numbers */
#ifndef NABLA_CMD_TERMS_H
#define NABLA_CMD_TERMS_H

#include "cmd/teach.h"

/* The uses of every variable in a sweep, oldest consumer first. */
typedef struct Uses {
    struct Use {
        uint64_t serial; /* of the variable */
        size_t edge;     /* in the sweep */
    } * use;
    size_t n;
} Uses;

typedef enum TermStyle {
    TERM_CHAIN,   /* ∂f/∂v1 · ∂v1/∂x */
    TERM_SYMBOLS, /* ∂f/∂v1 · y */
    TERM_MIXED,   /* 1 · y */
    TERM_NUMBERS, /* 1 · 3 */
    TERM_SHAPES,  /* (3, 4) @ (4, 2) */
    TERM_MATRICES /* [[1], [2]] @ [[3, 4]] and [1, 2] · [3, 0] of few numbers; else the shapes */
} TermStyle;

bool uses_list(Uses *all, const Subject *u); /* false with the error set */
void uses_free(Uses *all);
/* Those of one variable: the first of *n. */
const struct Use *uses_of(const Uses *all, const NbVar *x, size_t *n);
/* The terms with + between; a line that grows beyond `width` is broken before a +, which then
 * stands under column `indent`. Of many terms only some. */
void terms_put(const Subject *u, Text *t, const struct Use *use, size_t n, TermStyle style,
               int indent, int width);
/* Entry by entry the derivative of a use between tensors of one shape, new (nb_amount_free); false
 * where the operation is no such, or out of memory. */
bool terms_local(const Subject *u, const NbContribution *e, NbAmount *local);
/* True when every use is between scalars: numbers and locals are known. */
bool terms_scalar(const Subject *u, const struct Use *use, size_t n);
/* The same sum in LaTeX. */
void terms_latex(const Subject *u, Text *t, const struct Use *use, size_t n, TermStyle style);
void terms_latex_partial(const Subject *u, Text *t, const NbVar *x);
/* A total in LaTeX: a number or a matrix of few, else a shape and a length. */
void terms_latex_amount(const Subject *u, Text *t, const NbAmount *a);
void terms_latex_tensor(const Subject *u, Text *t, const NbTensor *v);

#endif
