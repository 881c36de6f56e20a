/* storage.h -- counted blocks of doubles and the lists that recycle them */
#ifndef NB_TENSOR_STORAGE_H
#define NB_TENSOR_STORAGE_H

#include <nabla/tensor.h>

struct NbStorage {
    uint32_t refs;
    int32_t bin;     /* size class, -1: not recycled */
    size_t capacity; /* bytes of the block, header included */
    NbStorage *next; /* while in a free list */
    double *data;    /* 64-byte aligned, inside the block */
    int64_t size;    /* doubles that were asked for */
};

/* New, one reference, at least n doubles; NULL when out of memory. */
NbStorage *nb_storage_new(int64_t n);
void nb_storage_unref(NbStorage *s); /* NULL is allowed */

/* n doubles for the length of a kernel, from the recycled blocks, so that a retained graph asks the
 * system for none; NULL when out of memory. */
double *nb_scratch(int64_t n);
void nb_scratch_free(double *p); /* NULL is allowed */

/* A tensor structure without contents; NULL when out of memory. */
NbTensor *nb_tensor_struct_new(void);
void nb_tensor_struct_free(NbTensor *t);

/* Bytes of the blocks that this thread made and did not release yet. */
size_t nb_storage_used(void);

/* Returns the recycled memory of this thread to the system; the context calls it at its end. */
void nb_storage_trim(void);

#endif
