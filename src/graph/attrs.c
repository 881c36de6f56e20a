/* attrs.c -- options of operations: copies, releasing, defaults */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/op.h>

#include "base/mem.h"

void nb_attrs_init(NbAttrs *a)
{
    if (!a) {
        return;
    }
    memset(a, 0, sizeof *a);
    a->made = true;
    a->naxes = -1;
}

void nb_attrs_free(NbAttrs *a)
{
    if (!a) {
        return;
    }
    for (int i = 0; i < a->nindex; i++) {
        nb_free(a->index[i].list);
        a->index[i].list = NULL;
    }
    a->nindex = 0;
}

NbStatus nb_attrs_copy(NbAttrs *to, const NbAttrs *from, NbErr *err)
{
    if (!to || !from) {
        return nb_fail(err, NB_EVALUE, "the options are missing");
    }
    if (from->nindex < 0 || from->nindex > NB_MAX_RANK || from->naxes > NB_MAX_RANK ||
        from->shape.rank < 0 || from->shape.rank > NB_MAX_RANK) {
        return nb_fail(err, NB_EVALUE, "attributes: at most %d axes, sizes and indices",
                       NB_MAX_RANK);
    }
    *to = *from;
    for (int i = 0; i < from->nindex; i++) {
        to->index[i].list = NULL;
    }
    for (int i = 0; i < from->nindex; i++) {
        const NbIndex *x = &from->index[i];
        if (x->kind != NB_LIST || x->nlist == 0) {
            continue;
        }
        const size_t bytes = (size_t)x->nlist * sizeof *x->list;
        to->index[i].list = nb_alloc(bytes);
        if (to->index[i].list == NULL) {
            nb_attrs_free(to);
            return nb_fail(err, NB_EMEM, "out of memory for an index");
        }
        memcpy(to->index[i].list, x->list, bytes);
    }
    return NB_OK;
}

static double number_of(const char *text)
{
    if (strcmp(text, "true") == 0) {
        return 1;
    }
    return strcmp(text, "none") == 0 ? NAN : strtod(text, NULL);
}

NbAttrs nb_op_attrs(const NbOp *op)
{
    NbAttrs a;
    nb_attrs_init(&a);
    if (op != NULL) {
        nb_op_defaults(op, &a);
    }
    return a;
}

void nb_op_defaults(const NbOp *op, NbAttrs *a)
{
    if (!op || !a) {
        return;
    }
    int k = 0;
    for (int i = 0; i < op->nparams; i++) {
        const NbParam *p = &op->params[i];
        const bool number = p->kind == NB_P_NUM || p->kind == NB_P_INT || p->kind == NB_P_BOOL;
        if (p->kind == NB_P_AXES && p->fallback != NULL && strcmp(p->fallback, "none") != 0) {
            a->naxes = 1;
            a->axes[0] = strtoll(p->fallback, NULL, 10);
        }
        if (!number || strcmp(p->name, "keepdims") == 0) {
            continue;
        }
        if (p->fallback != NULL && k < 4) {
            a->num[k] = number_of(p->fallback);
        }
        k++;
    }
}
