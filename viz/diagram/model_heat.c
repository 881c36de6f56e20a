/* model_heat.c -- a tensor's entries sampled onto a small grid of colours */
#include <math.h>
#include <stdlib.h>

#include "model.h"

/* Entry of the largest size among those a cell stands for, so that no peak is lost. */
static double strongest(const NbTensor *t, int64_t width, const int64_t row[2],
                        const int64_t col[2])
{
    double best = 0;
    for (int64_t r = row[0]; r < row[1]; r++) {
        for (int64_t c = col[0]; c < col[1]; c++) {
            double v = nb_tensor_at(t, r * width + c);
            if (isnan(v)) {
                return v;
            }
            best = fabs(v) > fabs(best) ? v : best;
        }
    }
    return best;
}

static void sample(const NbTensor *t, int64_t height, int64_t width, NbHeat *h)
{
    double most = 0;
    for (int r = 0; r < h->rows; r++) {
        for (int c = 0; c < h->cols; c++) {
            int64_t row[2] = {height * r / h->rows, height * (r + 1) / h->rows};
            int64_t col[2] = {width * c / h->cols, width * (c + 1) / h->cols};
            double v = strongest(t, width, row, col);
            h->cell[r * h->cols + c] = v;
            most = isfinite(v) && fabs(v) > most ? fabs(v) : most;
        }
    }
    for (int i = 0; i < h->rows * h->cols; i++) {
        double v = h->cell[i];
        h->cell[i] = isinf(v) ? copysign(1, v) : most > 0 ? v / most : isnan(v) ? v : 0;
    }
    h->most = most;
}

bool nb_viz_heat(const NbTensor *t, int most_rows, int most_cols, NbHeat *h)
{
    *h = (NbHeat){0};
    if (t->size < 2) {
        return true;
    }
    int64_t width = t->shape.rank > 0 ? t->shape.dim[t->shape.rank - 1] : 1;
    int64_t height = width > 0 ? t->size / width : 0;
    if (width == 1) { /* a column lies down */
        width = height;
        height = 1;
    }
    h->rows = height < most_rows ? (int)height : most_rows;
    h->cols = width < most_cols ? (int)width : most_cols;
    h->cell = calloc((size_t)(h->rows * h->cols), sizeof *h->cell);
    if (!h->cell) {
        *h = (NbHeat){0};
        return false;
    }
    sample(t, height, width, h);
    return true;
}

void nb_viz_heat_free(NbHeat *h)
{
    free(h->cell);
    *h = (NbHeat){0};
}
