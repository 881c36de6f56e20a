/* arrays.h -- what the files of named tensors share: kinds of numbers, bytes, a buffer */
#ifndef NB_DATA_ARRAYS_H
#define NB_DATA_ARRAYS_H

#include <nabla/data.h>

#include "base/text.h"

/* How a number is written. */
typedef struct NbNumberKind {
    char kind; /* f, b (bfloat16), i, u, ? (true or false) */
    int bytes;
    bool big; /* the first byte is the highest */
} NbNumberKind;

bool number_kind_ok(const NbNumberKind *k);
/* Numbers of `kind` as a new tensor; columns: the first axis runs fastest. NULL with *err set. */
NbTensor *named_tensor(const NbShape *shape, const char *bytes, const NbNumberKind *kind,
                       bool columns, NbErr *err);
/* The numbers of a tensor, row-major, with the lowest byte first. */
void named_put(Text *t, const NbTensor *v, bool single);

/* Whole numbers of n bytes, lowest first. */
uint64_t named_whole(const char *bytes, int n);
void named_put_whole(Text *t, uint64_t v, int n);

/* The largest tensor a file of `left` bytes can hold: NB_EVALUE when it says more. */
NbStatus named_fits(const NbShape *shape, int bytes, size_t left, const char *path,
                    const char *name, NbErr *err);

NbStatus safetensors_read(NbNamedSet *s, const char *bytes, size_t len, const char *path,
                          NbErr *err);
void safetensors_write(Text *t, const NbNamedSet *s, bool single);
NbTensor *npy_read(const char *bytes, size_t len, const char *path, const char *name, NbErr *err);
void npy_write(Text *t, const NbTensor *v, bool single);
NbStatus npz_read(NbNamedSet *s, const char *bytes, size_t len, const char *path, NbErr *err);
NbStatus npz_write(Text *t, const NbNamedSet *s, bool single, NbErr *err);

/* Bytes of deflate's format; false when they are damaged or do not give exactly n bytes. */
bool inflate_bytes(const char *from, size_t len, char *to, size_t n);

#endif
