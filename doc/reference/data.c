/* data.c -- examples of <nabla/data.h> */
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "example.h"

/* nb_data_find nb_data_count nb_data_at nb_data_make */
static void sets(NbCtx *ctx)
{
    NbVar *x, *t;
    check(nb_data_count() >= 5 && nb_data_at(0)->example != NULL);
    check(nb_data_make(ctx, nb_data_find("moons"), NULL, 100, 0.1, &x, &t) == NB_OK);
    check(nb_var_shape(x)->dim[0] == 100 && nb_var_shape(x)->dim[1] == 2);
    check(nb_var_value(t) == 0 && nb_data_find("suns") == NULL);
    nb_var_unref(&x);
    nb_var_unref(&t);
}

static NbStatus parabola(void *user, double x, double *y)
{
    (void)user;
    *y = x * x;
    return NB_OK;
}

/* nb_data_curve */
static void curves(NbCtx *ctx)
{
    NbVar *x, *t;
    check(nb_data_curve(ctx, parabola, NULL, 50, 0, &x, &t) == NB_OK);
    check(nb_var_shape(t)->dim[0] == 50 && nb_var_value(t) == 0);
    nb_var_unref(&x);
    nb_var_unref(&t);
}

static const char table[] = "width,height,kind\n1,2,cat\n3,4,dog\n5,6,cat\n7,8,cat\n";

/* nb_csv_parse nb_csv_clear */
static void tables(NbCtx *ctx)
{
    NbCsv csv;
    const NbCsvOptions options = {.target = "kind"};
    check(nb_csv_parse(ctx, table, sizeof table - 1, "pets.csv", &options, &csv) == NB_OK);
    check(csv.rows == 4 && csv.ncolumns == 2 && strcmp(csv.column[1], "height") == 0);
    check(csv.nlabels == 2 && strcmp(csv.label[1], "dog") == 0);
    nb_csv_clear(&csv);
    check(nb_csv_parse(ctx, "a,b\n1,2\n3\n", 10, "short.csv", NULL, &csv) != NB_OK);
    nb_err_clear(nb_ctx_err(ctx)); /* it names the line; csv is all zero */
}

/* nb_csv_read nb_file_read nb_file_read_open */
static void files(NbCtx *ctx)
{
    NbErr *err = nb_ctx_err(ctx);
    NbCsv csv;
    size_t n;
    FILE *f = fopen("pets.csv", "w");
    fputs(table, f);
    fclose(f);
    check(nb_csv_read(ctx, "pets.csv", &(NbCsvOptions){.target_index = -1}, &csv) == NB_OK);
    nb_csv_clear(&csv);
    char *text = nb_file_read(ctx, "pets.csv", &n, err);
    check(n == sizeof table - 1 && strcmp(text, table) == 0);
    free(text);
    text = nb_file_read_open(ctx, open("pets.csv", O_RDONLY), "pets.csv", &n, err);
    check(n == sizeof table - 1);
    free(text);
    check(nb_file_read(ctx, "nowhere.csv", &n, err) == NULL && err->code == NB_EIO);
    nb_err_clear(err);
}

/* nb_named_encode nb_named_decode nb_named_free */
static void arrays_of_others(NbCtx *ctx)
{
    NbErr *err = nb_ctx_err(ctx);
    NbNamedSet out = {0}, in = {0};
    NbShape shape = nb_shape(1, 3);
    size_t n;
    nb_named_add(&out, "w", nb_tensor_full(&shape, 0.5, err), err);
    char *bytes = nb_named_encode(&out, NB_SAFETENSORS, false, &n, err);
    check(nb_named_decode(&in, bytes, n, "m.safetensors", err) == NB_OK);
    check(nb_tensor_at(nb_named_find(&in, "w"), 2) == 0.5);
    nb_named_free(bytes);
    nb_named_clear(&in);
    nb_named_clear(&out);
}

/* nb_batches nb_loader_next nb_loader_unref nb_loader_parts nb_loader_rows nb_loader_size
 * nb_loader_shuffles */
static void batches(NbCtx *ctx)
{
    NbVar *x, *t, *bx, *bt;
    int parts = 0;
    nb_data_make(ctx, nb_data_find("moons"), NULL, 100, 0, &x, &t);
    NbLoader *l = nb_batches(ctx, x, t, 32, true);
    check(nb_loader_parts(l) == 4 && nb_loader_rows(l) == 100 && nb_loader_size(l) == 32);
    check(nb_loader_shuffles(l));
    while (nb_loader_next(l, &bx, &bt) == NB_OK && bx) { /* one pass */
        parts++;
        nb_var_unref(&bx);
        nb_var_unref(&bt);
    }
    check(parts == 4); /* 32 + 32 + 32 + 4 rows */
    nb_loader_unref(&l);
    nb_var_unref(&x);
    nb_var_unref(&t);
}

/* nb_sequences nb_loader_is_sequences nb_loader_rewind nb_loader_data nb_loader_ref */
static void sequences(NbCtx *ctx)
{
    NbShape shape = nb_shape(2, 6, 1);
    const double numbers[] = {1, 2, 3, 4, 5, 6};
    NbVar *x = nb_var_array(ctx, &shape, numbers, NB_CONST), *bx, *bt;
    NbLoader *l = nb_sequences(ctx, x, x, 2), *same = nb_loader_ref(l);
    check(nb_loader_is_sequences(l) && nb_loader_data(l, NULL) == x);
    double part[2];
    for (int pass = 0; pass < 2; pass++) {
        check(nb_loader_next(same, &bx, &bt) == NB_OK);
        check(nb_var_numbers(bx, part, 2) == NB_OK && part[0] == 1 && part[1] == 4);
        nb_var_unref(&bx);
        nb_var_unref(&bt);
        nb_loader_rewind(l);
    }
    nb_loader_unref(&same);
    nb_loader_unref(&l);
    nb_var_unref(&x);
}

EXAMPLES(sets, curves, tables, files, arrays_of_others, batches, sequences)
