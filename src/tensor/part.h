/* part.h -- parts of tensors by integers, slices and lists, NumPy's rules; writing to one */
#ifndef NB_TENSOR_PART_H
#define NB_TENSOR_PART_H

#include <nabla/tensor.h>

/* What an index selects: a strided view, and, with lists, one axis `place` of the result whose
 * element l lies further by what the lists say. Integers count as lists of one when there is a
 * list; lists stretch to one length. Their axis stands where the first of them stands, or in front
 * when slices separate them. */
typedef struct NbPart {
    const NbIndex *index; /* borrowed */
    int nindex;
    NbShape shape;               /* of the result */
    int64_t stride[NB_MAX_RANK]; /* 0 on the list axis */
    int64_t offset;
    int place;       /* list axis, or -1 */
    int64_t entries; /* its length */
} NbPart;

bool nb_index_has_list(const NbIndex *index, int n);
/* NB_EINDEX, NB_EVALUE, NB_ESHAPE. */
NbStatus nb_part_select(NbPart *p, const NbTensor *x, const NbIndex *index, int n, NbErr *err);

/* A selection is moved entry by entry of its lists; without lists it is one entry. */
static inline int64_t nb_part_entries(const NbPart *p)
{
    return p->place >= 0 ? p->entries : 1;
}

NbTensor nb_part_entry(const NbPart *p, const NbTensor *x,
                       int64_t l); /* entry l where it lies in x */
/* Entry l of a tensor in the shape of the selection. */
NbTensor nb_part_own(const NbPart *p, const NbTensor *t, int64_t l);

typedef enum NbMove { NB_GATHER, NB_ADD_BACK, NB_WRITE } NbMove;
/* `part` (shape of the selection) from x, x += part, or x = part. */
void nb_part_move(const NbPart *p, const NbTensor *x, const NbTensor *part, NbMove how);
/* dst[index] = value, value broadcast to the selection. */
NbStatus nb_part_write(NbTensor *dst, const NbIndex *index, int n, const NbTensor *value,
                       NbErr *err);

#endif
