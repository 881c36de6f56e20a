/* view_field.h -- functions of two variables and classifiers, computed for windows */
#ifndef NABLA_CMD_VIEW_FIELD_H
#define NABLA_CMD_VIEW_FIELD_H

#include "cmd/view_internal.h"

typedef enum FieldKind { FIELD_FUNCTION, FIELD_NODE, FIELD_CLASSES } FieldKind;

/* What a surface or boundary shows, and how it is computed. It never changes the session: what a
 * function writes is taken back, random draws do not count. */
typedef struct Field {
    Session *s;
    FieldKind kind;
    Value f;          /* the function, node or module; a reference */
    int symbol;       /* its name when it was given by one, else -1 */
    char name[2][64]; /* of the variables */
    NbVar *leaf[2];   /* of nodes: the leaves that vary; references */
    bool pair;        /* both are one leaf of two numbers */
    int channels;
    bool whole;        /* grids as tensors agree with point by point; until shown otherwise */
    bool paced;        /* keeps to its share of the time while a statement runs */
    double rest_until; /* seconds */
} Field;

/* New; takes f and the references in leaf. NULL when out of memory. */
Field *field_new(Session *s, FieldKind kind, Value f, int symbol);
void field_free(Field **f);
/* The field as viz asks for it; owns f from then on. */
NbField field_viz(Field *f);

/* One value now; false with *why set when it cannot be computed. *changes: computing it changed
 * the session, which was taken back. */
bool field_try(Field *f, double x, double y, double *out, bool *changes, NbErr *why);
/* Scores at n points into a new variable (n,) or (n, k); NULL with *why set. */
NbVar *field_scores(Field *f, const double *x, const double *y, int n, bool *changes, NbErr *why);

/* --- what surface and boundary share --- */

/* A range given as an option: x=-2:2. */
typedef struct ViewRange {
    char name[64];
    double lo, hi;
    const Node *node; /* NULL: from an earlier command */
    bool used;
} ViewRange;

/* What is asked for, and where errors are reported. */
typedef struct ViewAsk {
    Interp *I;
    const char *command;
    const Node *at;
    char text[96];    /* of the argument */
    char name[3][56]; /* of a boundary: model, inputs, classes */
    ViewRange given[BUILTIN_EXTRA];
    int ngiven;
    bool equal; /* scales */
    bool quiet; /* nothing is said about what was chosen */
} ViewAsk;

/* The symbol an argument names, -1 when it is no bare name of v. */
int view_symbol_of(const ViewAsk *a, Value v);

/* Data points and their classes, read from tensors. */
typedef struct ViewPoints {
    int n;
    double *x, *y, *both;
    int *label;
    char name[2][80];
} ViewPoints;
void view_points_free(ViewPoints *p);
/* A classifier from model, inputs and classes, named in `a`; errors are at the expressions `at`:
 * *what describes its
 * picture as long as p lives. NULL with the error set. */
Field *view_boundary_of(ViewAsk *a, const Value v[3], const Node *const at[3], ViewPoints *p,
                        NbSurface *what);

#endif
