/* viz.c -- examples of <nabla/viz.h> */
#include <string.h>

#include <nabla/viz.h>

#include "example.h"

/* nb_picture nb_picture_free */
static void memory(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = nb_apply1(ctx, nb_op_find("square"), x);
    size_t n;
    char *dot = nb_picture(y, "dot", NULL, &n);
    check(dot != NULL && strlen(dot) == n && strncmp(dot, "digraph", 7) == 0);
    nb_picture_free(dot);
    check(nb_picture(y, "doc", NULL, NULL) == NULL && nb_ctx_err(ctx)->code == NB_EVALUE);
    nb_err_clear(nb_ctx_err(ctx));
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_picture_file */
static void files(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = nb_apply1(ctx, nb_op_find("square"), x);
    const NbPictureStyle sheet = {.size = sizeof sheet, .how = NB_PICTURE_NO_GRADS, .digits = 3};
    check(nb_picture_file(y, "square.json", &sheet) == NB_OK);
    nb_var_unref(&y);
    nb_var_unref(&x);
}

/* nb_picture_runs nb_picture_runs_file */
static void runs(NbCtx *ctx)
{
    const char *const name = "loss";
    NbRecord *r = nb_record_new(1000, 4);
    nb_record_begin(r, "sgd", &name, 1, nb_ctx_err(ctx));
    for (uint64_t step = 0; step < 10; step++) {
        const double loss = 1.0 / (double)(step + 1);
        nb_record_add(r, step, &loss);
    }
    char *csv = nb_picture_runs(r, "csv", NULL, NULL, nb_ctx_err(ctx));
    check(csv != NULL && strstr(csv, "loss") != NULL);
    nb_picture_free(csv);
    check(nb_picture_runs_file(r, "loss.csv", NULL, nb_ctx_err(ctx)) == NB_OK);
    nb_record_free(&r);
}

/* nb_picture_form */
static void forms(NbCtx *ctx)
{
    (void)ctx;
    char text[200];
    bool png = false;
    for (int i = 0; nb_picture_form(i, text, sizeof text) != NULL; i++) {
        png |= strcmp(nb_picture_form(i, NULL, 0), "png") == 0;
    }
    check(png);
}

EXAMPLES(memory, files, runs, forms)
