/* columns.c -- the numbers of variables side by side, as comma-separated values */
#include <inttypes.h>

#include <nabla/format.h>

#include "base/text.h"
#include "viz/viz.h"

static int64_t lines_of(const NbTensor *t)
{
    return t->shape.rank > 0 ? t->shape.dim[0] : 1;
}

static int64_t width_of(const NbTensor *t)
{
    return t->shape.rank > 1 ? t->shape.dim[1] : 1;
}

/* All are vectors or matrices of as many lines as the first. */
static NbStatus check(const NbColumns *part, int n, NbErr *err)
{
    NbTensor tmp;
    int64_t lines = lines_of(nb_var_data(part[0].var, &tmp));
    for (int i = 0; i < n; i++) {
        const NbTensor *t = nb_var_data(part[i].var, &tmp);
        char shape[160];
        if (t->shape.rank > 2) {
            return nb_fail(err, NB_ESHAPE, "a table has two axes, %s is %s", part[i].name,
                           nb_shape_text(&t->shape, shape, sizeof shape));
        }
        if (lines_of(t) != lines) {
            nb_fail(err, NB_ESHAPE,
                    "columns of different length: %s has %" PRId64 " rows, %s has %" PRId64,
                    part[0].name, lines, part[i].name, lines_of(t));
            nb_hint(err, "a vector of n and a matrix (n, k) stand side by side");
            return NB_ESHAPE;
        }
    }
    return NB_OK;
}

/* "x", or "x[0],x[1]" of a matrix with two columns. */
static void add_names(Text *out, const NbColumns *part, int64_t width)
{
    for (int64_t k = 0; k < width; k++) {
        Text name = {0};
        text_add(out, k > 0 ? "," : "");
        text_add(&name, part->name);
        if (width > 1) {
            text_printf(&name, "[%" PRId64 "]", k);
        }
        text_addn(&name, "", 1);
        out->failed = out->failed || name.failed;
        if (!name.failed) {
            text_field(out, name.s);
        }
        text_free(&name);
    }
}

static void add_line(Text *out, const NbTensor *t, int64_t line)
{
    int64_t width = width_of(t);
    char number[40];
    for (int64_t k = 0; k < width; k++) {
        text_add(out, k > 0 ? "," : "");
        text_add(out, nb_format_number(nb_tensor_at(t, line * width + k), NB_DIGITS_FULL, number,
                                       sizeof number));
    }
}

/* The table; returns its number of columns. */
static int64_t write_table(Text *out, const NbColumns *part, int n, int64_t lines)
{
    NbTensor tmp;
    int64_t columns = 0;
    for (int i = 0; i < n; i++) {
        int64_t width = width_of(nb_var_data(part[i].var, &tmp));
        text_add(out, i > 0 ? "," : "");
        add_names(out, &part[i], width);
        columns += width;
    }
    const NbCtx *ctx = nb_var_ctx(part[0].var);
    for (int64_t line = 0; line < lines && !out->failed && !nb_ctx_interrupted(ctx); line++) {
        for (int i = 0; i < n; i++) {
            text_add(out, i > 0 ? "," : "\n");
            add_line(out, nb_var_data(part[i].var, &tmp), line);
        }
    }
    text_add(out, "\n");
    return columns;
}

NbStatus nb_viz_render_columns(const NbColumns *part, int n, NbRendered *out, NbErr *err)
{
    NbTensor tmp;
    Text b = {0};
    *out = (NbRendered){0};
    NbStatus status = check(part, n, err);
    if (status) {
        return status;
    }
    int64_t lines = lines_of(nb_var_data(part[0].var, &tmp));
    int64_t columns = write_table(&b, part, n, lines);
    if (b.failed) {
        text_free(&b);
        return nb_fail(err, NB_EMEM, "out of memory writing a table");
    }
    if (nb_ctx_interrupted(nb_var_ctx(part[0].var))) {
        text_free(&b);
        return nb_fail(err, NB_EINTERRUPT, "stopped");
    }
    *out = (NbRendered){.bytes = b.s, .size = b.len, .mime = "text/csv"};
    snprintf(out->about, sizeof out->about, "%" PRId64 " row%s, %" PRId64 " column%s", lines,
             lines == 1 ? "" : "s", columns, columns == 1 ? "" : "s");
    return NB_OK;
}
