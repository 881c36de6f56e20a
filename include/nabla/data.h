/* data.h -- data sets: made by formula, read from files, and taken in batches */
#ifndef NABLA_DATA_H
#define NABLA_DATA_H

#include <nabla/named.h>
#include <nabla/var.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Everything made here is const. Functions that give two variables set both or neither; what they
 * give is a new reference. */

/* --- files --- */

#define NB_FILE_MAX ((size_t)1 << 30) /* bytes; larger files are not read */

/* Whole contents, NUL at the end, for free(); NULL with *err set: NB_EIO, NB_EMEM, NB_EVALUE (too
 * large), NB_EINTERRUPT. Reads what comes from pipes and devices too; looks at the interrupt flag
 * all the time. */
char *nb_file_read(NbCtx *ctx, const char *path, size_t *len, NbErr *err);
/* The same from an open descriptor, which is closed; path stands for it in messages. */
char *nb_file_read_open(NbCtx *ctx, int fd, const char *path, size_t *len, NbErr *err);

/* --- sets made by formula: one record each --- */

/* n samples; z are standard normal draws from nb_ctx_rng, made also when noise is 0; class of
 * sample i is i mod classes, j = i div classes counts within it and r = j/(m − 1) runs from 0 to 1
 * over its m samples.
 *
 *   curve    x = 2π·i/(n − 1), t = fn(x) + noise·z                      x, t (n, 1)
 *   moons    class 0 (cos πr, sin πr), class 1 (1 − cos πr, ½ − sin πr)
 *   spiral   3 classes: a = 2π·class/3 + 4r, (r·cos a, r·sin a)
 *   circles  a = 2π·j/m: class 0 (cos a, sin a), class 1 half as large
 *   xor      two uniform draws in [−1, 1); t is 1 where their signs differ
 *
 * The last four give x (n, 2), to both columns of which noise·z is added, and labels t (n,). */
typedef struct NbDataSet {
    const char *name;
    bool takes_fn; /* curve */
    int64_t n;     /* default */
    double noise;  /* default */
    int classes;   /* of labels; 0: none */
    /* x (n, 2) or (n, 1) and t are there to be filled; err for what fn cannot do. */
    NbStatus (*fill)(NbCtx *ctx, const NbOp *fn, double noise, NbTensor *x, NbTensor *t);
    const char *usage, *doc, *example;
} NbDataSet;

/* Sets 0 … count − 1. */
int nb_data_count(void);
const NbDataSet *nb_data_at(int i);              /* in the order of help */
const NbDataSet *nb_data_find(const char *name); /* NULL when unknown */

/* New const *x and *t. fn: an operation on each element, for curve, else NULL. NB_EVALUE when
 * n < 1 or noise is negative or not finite. */
NbStatus nb_data_make(NbCtx *ctx, const NbDataSet *set, const NbOp *fn, int64_t n, double noise,
                      NbVar **x, NbVar **t);

/* The value of a function at x, in *y; anything but NB_OK ends the call with that status. */
typedef NbStatus (*NbCurveFn)(void *user, double x, double *y);
/* The set `curve` of a function that is no operation: asked n times, in the order of x, before
 * noise is drawn. Results as of nb_data_make. */
NbStatus nb_data_curve(NbCtx *ctx, NbCurveFn fn, void *user, int64_t n, double noise, NbVar **x,
                       NbVar **t);

/* --- comma-separated values --- */

typedef enum NbCsvHeader { NB_CSV_GUESS, NB_CSV_HEADER, NB_CSV_NO_HEADER } NbCsvHeader;

/* All zero: separator and header guessed, no target, missing values an error. */
typedef struct NbCsvOptions {
    const char *target;        /* name of the column that becomes t; NULL: see target_index */
    int target_index;          /* without a name: 1 the first column, -1 the last; 0: no target */
    char separator;            /* 0: guessed from the first line: ; or tab or , */
    NbCsvHeader header;        /* guessed: a first line without any number is one */
    bool missing_nan;          /* empty fields, NA, N/A, null, nan and ? become NaN */
    char decimal;              /* decimal mark; 0: a point */
    const char *const *labels; /* names of columns to read as labels */
    int nlabels;
} NbCsvOptions;

/* A column of x that was text: its values are counted from 0 as they appear. */
typedef struct NbCsvLabels {
    int column; /* of x */
    int nlabels;
    char **label;
} NbCsvLabels;

/* What a file held. Strings are owned here. */
typedef struct NbCsv {
    NbVar *x; /* (rows, columns without the target) */
    NbVar *t; /* (rows,), NULL without target */
    int64_t rows;
    int ncolumns;
    char **column; /* names of the columns of x: from the header, else c1, c2, … of the file */
    char *target;  /* name of the target; NULL without one */
    int nlabels;   /* > 0: the target was text, t counts its values from 0 as they appear */
    char **label;
    int ncoded;
    NbCsvLabels *coded; /* in the order of the columns */
} NbCsv;

/* The first value of a column says what it is: a number, true or false (1 or 0), or a label. A
 * column of text that no option names must have at least twice as many rows as labels; else it is
 * taken for names or remarks, and its first text is an error.
 * Reads RFC 4180 text: quoted fields may hold separators, line ends and doubled quotes; lines end
 * in LF or CRLF; a byte order mark and empty lines are skipped. NB_EIO when the file cannot be
 * read; NB_ESYNTAX and NB_EVALUE name line, column and the text at fault; NB_ENAME when there is
 * no such target; NB_EINTERRUPT. *out is all zero after a failure. options may be NULL. */
NbStatus nb_csv_read(NbCtx *ctx, const char *path, const NbCsvOptions *options, NbCsv *out);
/* The same from memory; `name` stands for the file in messages. */
NbStatus nb_csv_parse(NbCtx *ctx, const char *text, size_t len, const char *name,
                      const NbCsvOptions *options, NbCsv *out);
void nb_csv_clear(NbCsv *csv); /* releases what it holds, leaves all zero */

/* --- named tensors in the files of others: safetensors, NumPy's npy and npz --- */

typedef enum NbNamedForm { NB_SAFETENSORS, NB_NPZ, NB_NPY } NbNamedForm;

/* The bytes of a file, for nb_named_free; in single precision when `single`. An npy holds one
 * tensor. NULL with *err set. */
char *nb_named_encode(const NbNamedSet *s, NbNamedForm form, bool single, size_t *len, NbErr *err);
void nb_named_free(char *bytes);
/* Adds what the bytes of a file hold; its kind is told by its first bytes. Numbers of every kind
 * become doubles. path stands for the file in messages: NB_ESYNTAX and NB_EVALUE say what is wrong
 * and the name of the tensor. */
NbStatus nb_named_decode(NbNamedSet *s, const char *bytes, size_t len, const char *path,
                         NbErr *err);

/* --- loaders: a data set in parts, pass after pass --- */

typedef struct NbLoader NbLoader;

/* New, or NULL with nb_ctx_err set; keeps references to x and t, whose first axes are the samples.
 * Each pass gives ⌈n/size⌉ parts of `size` rows, the last one perhaps shorter; with `shuffle` in
 * an order drawn at the start of the pass (Fisher–Yates from nb_ctx_rng). NB_ESHAPE when x and t
 * have different numbers of rows. */
NbLoader *nb_batches(NbCtx *ctx, NbVar *x, NbVar *t, int64_t size, bool shuffle);
/* New. Cuts the rows into `size` runs of n div size that are read side by side: part k holds row k
 * of every run, (size, …), so that a recurrent layer sees `size` sequences. t NULL: t is x one row
 * later. NB_EVALUE when there are fewer rows than sequences. */
NbLoader *nb_sequences(NbCtx *ctx, NbVar *x, NbVar *t, int64_t size);
NbLoader *nb_loader_ref(NbLoader *l); /* returns l; NULL is allowed */
void nb_loader_unref(NbLoader **l);   /* accepts NULL, leaves NULL */

/* New const *x and *t of the next part; both NULL at the end of the pass, after which the next
 * call begins another. A change of the data shows in the parts taken after it. */
NbStatus nb_loader_next(NbLoader *l, NbVar **x, NbVar **t);
void nb_loader_rewind(NbLoader *l);                  /* the next call begins a pass */
NbVar *nb_loader_data(const NbLoader *l, NbVar **t); /* x; borrowed; t may be NULL */
int64_t nb_loader_parts(const NbLoader *l);          /* in one pass */
int64_t nb_loader_rows(const NbLoader *l);           /* of the data */
int64_t nb_loader_size(const NbLoader *l);
bool nb_loader_shuffles(const NbLoader *l);     /* each pass in another order */
bool nb_loader_is_sequences(const NbLoader *l); /* made by nb_sequences */

#ifdef __cplusplus
}
#endif

#endif
