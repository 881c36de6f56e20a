/* viz.h -- pictures of graphs and runs: DOT, JSON, SVG, PNG and others, in memory or in a file */
#ifndef NABLA_VIZ_H
#define NABLA_VIZ_H

#include <nabla/graph.h>
#include <nabla/record.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In libnabla-viz (pkg-config nabla-viz), over libnabla. Forms are named by the ending of a file:
 * dot, json, mmd, html and others are text; png, svg, pdf, tex and gif are drawn. What is drawn
 * needs cairo and pango, opened when first used, and the program nabla, which lays graphs out with
 * Graphviz in a process of its own: the one on PATH, or the one that the variable NABLA_WORKER of
 * the environment names. Where something is missing that is an NB_EIO.
 *
 *     size_t n;
 *     char *svg = nb_picture(f, "svg", NULL, &n);
 *     if (svg) { fwrite(svg, 1, n, stdout); nb_picture_free(svg); }
 *
 * Nothing of a graph changes. Graphs of one context are drawn on its thread. */

enum {                            /* how a picture is made */
       NB_PICTURE_DARK = 1,       /* on a dark ground */
       NB_PICTURE_ASCII = 2,      /* no characters beyond ASCII in texts */
       NB_PICTURE_LOCALS = 4,     /* local derivatives on the edges */
       NB_PICTURE_NO_GRADS = 8,   /* without gradients */
       NB_PICTURE_NO_VALUES = 16, /* without what is computed: a worksheet */
       NB_PICTURE_CONSTANTS = 32, /* numbers folded into operations as nodes of their own */
       NB_PICTURE_LARGE = 64,     /* larger text, thicker lines, three digits */
       NB_PICTURE_RIGHT = 128,    /* from the leaves at the left to the root at the right */
       NB_PICTURE_DOWN = 256,     /* from the top to the bottom; without both: what fits best */
       NB_PICTURE_HEAT = 512      /* tensors show their entries as colours */
};

/* What a picture looks like; a form leaves out what it has not, but gradients and values that are
 * not to be seen: then it is refused. Filled in by the caller: all zero, then `size`, then what is
 * wanted. */
typedef struct NbPictureStyle {
    size_t size;       /* sizeof(NbPictureStyle), so that it may grow */
    unsigned how;      /* NB_PICTURE_… */
    int digits;        /* significant ones of numbers; 0: 6 */
    int width;         /* px of png and svg, pt of pdf and tex; 0: as needed. Graphs are broken into
                          bands to stay readable at it */
    int depth;         /* steps from the root that are drawn; 0: all */
    const char *title; /* NULL: the name of the variable; of runs "runs" */
    const char *font;  /* a family; NULL: the default */
} NbPictureStyle;

/* The graph behind root in a form, and its length in *size (may be NULL); a NUL follows. New, for
 * nb_picture_free; NULL with nb_ctx_err set: NB_EVALUE for a form that is none, NB_EIO, NB_EMEM.
 * style NULL: all zero. */
char *nb_picture(NbVar *root, const char *form, const NbPictureStyle *style, size_t *size);
/* The same into a file, whose ending says the form; whole, or not at all. */
NbStatus nb_picture_file(NbVar *root, const char *path, const NbPictureStyle *style);
/* The curves of a record in a form: png, svg, pdf, tex, csv, txt. NULL with *err set. */
char *nb_picture_runs(const NbRecord *runs, const char *form, const NbPictureStyle *style,
                      size_t *size, NbErr *err);
NbStatus nb_picture_runs_file(const NbRecord *runs, const char *path, const NbPictureStyle *style,
                              NbErr *err);
void nb_picture_free(char *bytes); /* accepts NULL */
/* The i-th form, NULL behind the last; what it is goes into text (cap bytes, may be 0). */
const char *nb_picture_form(int i, char *text, size_t cap);

#ifdef __cplusplus
}
#endif

#endif
