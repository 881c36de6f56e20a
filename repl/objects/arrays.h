/* arrays.h -- weights and arrays in files: read for load and npy, written for export */
#ifndef NABLA_CMD_ARRAYS_H
#define NABLA_CMD_ARRAYS_H

#include "lang/interp.h"

/* The ending of a path names such a file: safetensors, npz or npy. */
bool arrays_form(const char *path, NbNamedForm *form);
/* Puts what bytes hold into the module that argument 1 is. */
bool arrays_load(Interp *I, const Call *c, const char *path, const char *bytes, size_t len);

Rows arrays_rows(void);

#endif
