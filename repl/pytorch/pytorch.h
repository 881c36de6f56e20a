/* pytorch.h -- programs of the language written as PyTorch programs */
#ifndef NABLA_PYTORCH_H
#define NABLA_PYTORCH_H

#include "base/text.h"
#include "lang/interp.h"

typedef struct PytorchOptions {
    int digits;          /* of printed numbers; 17: full */
    bool ddp;            /* for several processes, under torchrun */
    bool float32;        /* PyTorch's own default precision instead of doubles */
    bool notebook;       /* the cells of a Jupyter notebook, as JSON */
    uint64_t seed;       /* where random numbers start */
    const char *weights; /* .npz that holds what was drawn: "values", "masks"; NULL: it is drawn */
} PytorchOptions;

/* Appends the program to out. What has no counterpart in PyTorch is an error with its place
 * (interp_error), and out is as it was. Views that only show something are left as comments and
 * told on `notes` (may be NULL). */
bool pytorch_translate(Interp *I, Program *p, const PytorchOptions *o, Text *out, FILE *notes);

#endif
