/* matrix.c -- a matrix as rows, one under the other, with its points in line */
#include <string.h>

#include <nabla/format.h>

#include "text/style.h"

#define MOST_ROWS 10 /* at more: */
#define FIRST_ROWS 6 /* … these */
#define LAST_ROWS 2  /* … and these */
#define MOST_COLUMNS 64

typedef struct Rows {
    NbTextStyle style;
    const NbTensor *m;
    int64_t rows, columns;                         /* of the matrix */
    int64_t shown;                                 /* its first columns */
    bool whole;                                    /* nothing is left out */
    int before[MOST_COLUMNS], after[MOST_COLUMNS]; /* the point: at most so wide */
    bool power[MOST_COLUMNS]; /* a power of ten is among them: ends are in line, points are not */
} Rows;

/* What is left of the point, and what is right. */
static void cell(const Rows *r, int64_t i, int64_t j, char buf[40], int *before, int *after)
{
    nb_format_number(nb_tensor_at(r->m, i * r->columns + j), r->style.digits, buf, 40);
    const size_t left = r->power[j] ? strlen(buf) : strcspn(buf, ".");
    *before = (int)left;
    *after = (int)(strlen(buf) - left);
}

static bool has_power(const char *number)
{
    return strchr(number, 'e') || strchr(number, 'n'); /* nan and inf stand at the end too */
}

static bool is_shown(const Rows *r, int64_t i)
{
    return r->whole || i < FIRST_ROWS || i >= r->rows - LAST_ROWS;
}

/* How wide column j is: "number, " without the blanks. */
static int measure(Rows *r, int64_t j)
{
    char buf[40];
    int before, after;
    r->before[j] = r->after[j] = 0;
    r->power[j] = false;
    for (int64_t i = 0; i < r->rows; i++) {
        if (is_shown(r, i)) {
            cell(r, i, j, buf, &before, &after);
            r->power[j] |= has_power(buf);
        }
    }
    for (int64_t i = 0; i < r->rows; i++) {
        if (is_shown(r, i)) {
            cell(r, i, j, buf, &before, &after);
            r->before[j] = before > r->before[j] ? before : r->before[j];
            r->after[j] = after > r->after[j] ? after : r->after[j];
        }
    }
    return r->before[j] + r->after[j];
}

/* The columns that have room beside the brackets, "…" and ", " between. */
static void choose(Rows *r, int room)
{
    const int dots = r->style.unicode ? 1 : 3;
    int taken = 3; /* [[ ] */
    r->shown = 0;
    while (r->shown < r->columns && r->shown < MOST_COLUMNS) {
        const int w = measure(r, r->shown) + (r->shown > 0 ? 2 : 0);
        const bool last = r->shown == r->columns - 1;
        if (taken + w + (last ? 0 : 2 + dots) > room && r->shown > 0) {
            break;
        }
        taken += w;
        r->shown++;
    }
}

static void put_row(const Rows *r, Text *t, int64_t i)
{
    char buf[40];
    int before, after, rest = 0;
    text_add(t, "[");
    for (int64_t j = 0; j < r->shown; j++) {
        cell(r, i, j, buf, &before, &after);
        text_printf(t, "%s%*s%s", j > 0 ? "," : "", (j > 0) + rest + r->before[j] - before, "",
                    buf);
        rest = r->after[j] - after;
    }
    if (r->shown < r->columns) {
        text_printf(t, ",%*s%s", 1 + rest, "", r->style.unicode ? "…" : "...");
    }
    text_add(t, "]");
}

void nb_text_rows(NbTextStyle style, Text *t, const NbTensor *m, int indent, int columns)
{
    Rows r = {.style = style, .m = m, .rows = m->shape.dim[0], .columns = m->shape.dim[1]};
    r.whole = r.rows <= MOST_ROWS;
    char shape[160];
    nb_shape_text(&m->shape, shape, sizeof shape);
    const int width = nb_text_width(shape) + 2; /* behind the last row */
    choose(&r, columns - indent - (r.whole ? 0 : width));
    if (r.whole && r.shown < r.columns) {
        choose(&r, columns - indent - width);
    }
    text_add(t, "[");
    for (int64_t i = 0; i < r.rows; i++) {
        if (i > 0) {
            text_printf(t, ",\n%*s", indent + 1, "");
        }
        if (!is_shown(&r, i)) {
            text_add(t, style.unicode ? "…" : "...");
            i = r.rows - LAST_ROWS - 1;
            continue;
        }
        put_row(&r, t, i);
    }
    text_add(t, "]");
    if (!r.whole || r.shown < r.columns) {
        text_printf(t, "  %s", shape);
    }
}
