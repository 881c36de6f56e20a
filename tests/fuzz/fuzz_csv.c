/* fuzz_csv.c -- comma-separated text: rows and columns are whole, and read back the same */
#include "fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/data.h>
#include <nabla/tensor.h>

#define ELEMENTS 4096 /* of a tensor */

/* The first byte of an input. */
static NbCsvOptions options(uint8_t b)
{
    static const char separators[] = {0, 0, ',', ';', '\t', ' '};
    NbCsvOptions o = {.header = (NbCsvHeader)(b % 3), .missing_nan = b & 4};
    o.separator = separators[(b >> 3) % sizeof separators];
    static const char *const labels[] = {"a"};
    o.decimal = b >> 5 == 5 ? ',' : 0;
    o.labels = labels;
    o.nlabels = b >> 5 == 6;
    o.target = b >> 5 == 1 ? "y" : b >> 5 == 2 ? "c1" : NULL;
    o.target_index = b >> 5 == 3 ? 1 : b >> 5 == 4 ? -1 : 0;
    return o;
}

static void put_number(FILE *f, double x)
{
    if (isnan(x)) {
        fputs("nan", f);
    } else {
        fprintf(f, "%.17g", x);
    }
}

/* The table written plainly and read again has the same numbers. */
static void check_again(NbCtx *ctx, const NbCsv *csv)
{
    Kept k = {0};
    NbTensor a, b;
    NbCsv again;
    const NbTensor *x = nb_var_data(csv->x, &a);
    kept_open(&k);
    for (int64_t i = 0; i < csv->rows; i++) {
        for (int j = 0; j < csv->ncolumns; j++) {
            fputs(j > 0 ? "," : "", k.stream);
            put_number(k.stream, nb_tensor_at(x, i * csv->ncolumns + j));
        }
        fputs("\n", k.stream);
    }
    const char *text = kept_end(&k);
    NbCsvOptions o = {.separator = ',', .header = NB_CSV_NO_HEADER, .missing_nan = true};
    if (nb_csv_parse(ctx, text, strlen(text), "again.csv", &o, &again) != NB_OK) {
        fuzz_broken("a table written plainly can be read: %s", nb_ctx_err(ctx)->msg);
    }
    const NbTensor *y = nb_var_data(again.x, &b);
    if (again.rows != csv->rows || again.ncolumns != csv->ncolumns) {
        fuzz_broken("a table read again has the same shape");
    }
    for (int64_t i = 0; i < x->size; i++) {
        double p = nb_tensor_at(x, i), q = nb_tensor_at(y, i);
        if (!(p == q || (isnan(p) && isnan(q)))) {
            fuzz_broken("a table read again has the same numbers");
        }
    }
    nb_csv_clear(&again);
    fclose(k.stream);
    free(k.text);
}

static void check(NbCtx *ctx, const NbCsv *csv)
{
    const NbShape *x = nb_var_shape(csv->x);
    if (x->rank != 2 || x->dim[0] != csv->rows || x->dim[1] != csv->ncolumns || csv->rows < 1) {
        fuzz_broken("x has rows and columns");
    }
    if (csv->t && (nb_var_shape(csv->t)->rank != 1 || nb_var_shape(csv->t)->dim[0] != csv->rows)) {
        fuzz_broken("t has a value for each row");
    }
    if ((csv->t == NULL) != (csv->target == NULL) || (csv->nlabels > 0 && !csv->t)) {
        fuzz_broken("a target has values and a name");
    }
    NbTensor tmp;
    for (int64_t i = 0; csv->nlabels > 0 && i < csv->rows; i++) {
        double t = nb_tensor_at(nb_var_data(csv->t, &tmp), i);
        if (!isnan(t) && !(t >= 0 && t < csv->nlabels)) {
            fuzz_broken("a label is one of those listed");
        }
    }
    for (int i = 0; i < csv->ncolumns; i++) {
        if (!csv->column[i][0]) {
            fuzz_broken("every column has a name");
        }
    }
    if (csv->ncolumns > 0) {
        check_again(ctx, csv);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static NbCtx *ctx;
    NbCsv csv;
    if (!ctx) {
        nb_tensor_set_limit(ELEMENTS);
        ctx = nb_ctx_new();
    }
    if (size == 0 || !ctx) {
        return 0;
    }
    NbCsvOptions o = options(data[0]);
    NbStatus status = nb_csv_parse(ctx, (const char *)data + 1, size - 1, "f.csv", &o, &csv);
    if (status == NB_OK) {
        check(ctx, &csv);
    } else if (!nb_ctx_err(ctx)->msg[0] || csv.x || csv.column) {
        fuzz_broken("a table that cannot be read has an error and no parts");
    }
    nb_csv_clear(&csv);
    nb_err_clear(nb_ctx_err(ctx));
    if (nb_ctx_live_nodes(ctx) != 0) {
        fuzz_broken("nothing is left of a table");
    }
    return 0;
}
