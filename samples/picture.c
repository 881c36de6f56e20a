/* picture.c -- a graph as DOT in memory and as a picture in a file */

/* Build it against an installed nabla, whose program must be on PATH:
 *   cc picture.c $(pkg-config --cflags --libs nabla-viz) -o picture && ./picture f.svg */
#include <stdio.h>
#include <string.h>

#include <nabla/nabla.h>
#include <nabla/operations.h>
#include <nabla/viz.h>

/* v with a name, which pictures show. */
static NbVar *named(const char *name, NbVar *v)
{
    if (v) {
        nb_var_set_name(v, nb_intern(nb_var_ctx(v), name), false);
    }
    return v;
}

int main(int argc, char **argv)
{
    NbCtx *ctx = nb_ctx_new();
    if (!ctx) {
        return 1;
    }
    NbVar *x = named("x", nb_var_scalar(ctx, 2, NB_LEAF));
    NbVar *y = named("y", nb_var_scalar(ctx, 3, NB_LEAF));
    NbVar *sine = nb_sin(ctx, x), *f = named("f", nb_mul(ctx, sine, y));
    const NbPictureStyle style = {
        .size = sizeof style, .how = NB_PICTURE_LOCALS | NB_PICTURE_RIGHT, .digits = 3};
    int status = 1;
    if (f && nb_backward(f, NULL) == NB_OK) {
        char *dot = nb_picture(f, "dot", &style, NULL);
        if (dot && strstr(dot, "digraph")) {
            printf("%.*s …\n", (int)strcspn(dot, "\n"), dot);
            status = 0;
        }
        nb_picture_free(dot);
        if (status == 0 && argc > 1) {
            status = nb_picture_file(f, argv[1], &style) != NB_OK;
        }
    }
    if (status != 0) {
        fprintf(stderr, "error: %s\n", nb_ctx_err(ctx)->msg);
    }
    NbVar **drop[] = {&f, &sine, &y, &x};
    for (int i = 0; i < 4; i++) {
        nb_var_unref(drop[i]);
    }
    nb_ctx_free(&ctx);
    return status;
}
