/* named.h -- sets of named tensors: the weights of a model, the arrays of a file */
#ifndef NABLA_NAMED_H
#define NABLA_NAMED_H

#include <nabla/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct NbNamed {
    char *name;
    NbTensor *value;
} NbNamed;

/* In the order of the file, each name once. All zero: none. Names and tensors are owned here. */
typedef struct NbNamedSet {
    NbNamed *item;
    size_t n, cap;
} NbNamedSet;

/* Takes value; copies the name. NB_EVALUE when it is there already. */
NbStatus nb_named_add(NbNamedSet *s, const char *name, NbTensor *value, NbErr *err);
const NbTensor *nb_named_find(const NbNamedSet *s, const char *name); /* NULL without */
void nb_named_clear(NbNamedSet *s);

#ifdef __cplusplus
}
#endif

#endif
