/* record.c -- the run record: samples of each step, bounded and thinned */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include <nabla/record.h>

typedef struct Run {
    char title[64];
    char *name[NB_RECORD_COLUMNS];
    int columns;
    bool points;
    uint32_t serial;
    uint64_t stride; /* a power of two, see nb_record_keeps; the last row may be any */
    size_t rows, cap;
    uint64_t *step;
    double *value; /* rows × columns */
} Run;

struct NbRecord {
    size_t limit;
    int max_runs, nruns;
    Run *run;
    bool open;
    uint32_t serial;
    uint64_t version;
    char axis[64]; /* "": steps */
    double lo, pitch;
};

NbRecord *nb_record_new(size_t rows_per_run, int max_runs)
{
    NbRecord *r = nb_calloc(1, sizeof *r);
    if (!r) {
        return NULL;
    }
    r->limit = rows_per_run < 4 ? 4 : rows_per_run;
    r->max_runs = max_runs < 1 ? 1 : max_runs;
    r->run = nb_calloc((size_t)r->max_runs, sizeof *r->run);
    if (!r->run) {
        nb_free(r);
        return NULL;
    }
    return r;
}

static void run_clear(Run *u)
{
    for (int i = 0; i < u->columns; i++) {
        nb_free(u->name[i]);
    }
    nb_free(u->step);
    nb_free(u->value);
    memset(u, 0, sizeof *u);
}

void nb_record_free(NbRecord **pr)
{
    NbRecord *r = pr ? *pr : NULL;
    if (r) {
        *pr = NULL;
        for (int i = 0; i < r->nruns; i++) {
            run_clear(&r->run[i]);
        }
        nb_free(r->run);
        nb_free(r);
    }
}

static bool run_copy(Run *to, const Run *from)
{
    *to = *from;
    size_t values = from->rows * (size_t)from->columns;
    to->columns = 0;
    to->cap = from->rows;
    to->step = nb_alloc((from->rows + 1) * sizeof *to->step);
    to->value = nb_alloc((values + 1) * sizeof *to->value);
    bool ok = to->step && to->value;
    for (int i = 0; ok && i < from->columns; i++) {
        to->name[i] = nb_alloc(strlen(from->name[i]) + 1);
        ok = to->name[i] != NULL;
        if (ok) {
            strcpy(to->name[i], from->name[i]);
            to->columns++;
        }
    }
    if (ok && from->rows > 0) {
        memcpy(to->step, from->step, from->rows * sizeof *to->step);
        memcpy(to->value, from->value, values * sizeof *to->value);
    }
    if (!ok) {
        run_clear(to);
    }
    return ok;
}

NbRecord *nb_record_copy(const NbRecord *r)
{
    if (!r) {
        return NULL;
    }
    NbRecord *copy = nb_record_new(r->limit, r->max_runs);
    if (!copy) {
        return NULL;
    }
    copy->open = r->open;
    copy->serial = r->serial;
    copy->version = r->version;
    memcpy(copy->axis, r->axis, sizeof copy->axis);
    copy->lo = r->lo;
    copy->pitch = r->pitch;
    for (int i = 0; i < r->nruns; i++) {
        if (!run_copy(&copy->run[i], &r->run[i])) {
            nb_record_free(&copy);
            return NULL;
        }
        copy->nruns++;
    }
    return copy;
}

void nb_record_axis(NbRecord *r, const char *name, double lo, double pitch)
{
    if (!r || !name || !isfinite(lo) || !(pitch > 0 && isfinite(pitch))) {
        return;
    }
    Text cut = text_over(r->axis, sizeof r->axis);
    text_add(&cut, name);
    r->lo = lo;
    r->pitch = pitch;
    r->version++;
}

const char *nb_record_axis_name(const NbRecord *r)
{
    if (!r) {
        return NULL;
    }
    return r->axis[0] ? r->axis : NULL;
}

double nb_record_place(const NbRecord *r, double step)
{
    if (!r) {
        return step;
    }
    return r->axis[0] ? r->lo + step * r->pitch : step;
}

double nb_record_step_at(const NbRecord *r, double place)
{
    if (!r) {
        return place;
    }
    return r->axis[0] ? (place - r->lo) / r->pitch : place;
}

NbStatus nb_record_begin(NbRecord *r, const char *title, const char *const *names, int columns,
                         NbErr *err)
{
    if (!r || !names) {
        return nb_fail(err, NB_EVALUE, "the %s missing", r ? "names of a run are" : "record is");
    }
    if (columns < 1 || columns > NB_RECORD_COLUMNS) {
        return nb_fail(err, NB_EVALUE, "a run has 1 to %d columns, got %d", NB_RECORD_COLUMNS,
                       columns);
    }
    Run u = {.serial = r->serial + 1, .stride = 1};
    Text cut = text_over(u.title, sizeof u.title);
    text_add(&cut, title ? title : "");
    for (int i = 0; i < columns; i++) {
        const char *name = names[i] ? names[i] : "";
        u.name[i] = nb_alloc(strlen(name) + 1);
        if (!u.name[i]) {
            run_clear(&u);
            return nb_fail(err, NB_EMEM, "out of memory for the run record");
        }
        strcpy(u.name[i], name);
        u.columns = i + 1;
    }
    if (r->nruns == r->max_runs) {
        run_clear(&r->run[0]);
        memmove(r->run, r->run + 1, (size_t)(r->nruns - 1) * sizeof *r->run);
        r->nruns--;
    }
    r->run[r->nruns++] = u;
    r->serial++;
    r->open = true;
    r->version++;
    return NB_OK;
}

bool nb_record_open(const NbRecord *r)
{
    return r && r->open;
}

void nb_record_points(NbRecord *r)
{
    if (!r) {
        return;
    }
    if (r->open) {
        r->run[r->nruns - 1].points = true;
        r->version++;
    }
}

void nb_record_end(NbRecord *r)
{
    if (!r) {
        return;
    }
    r->open = false;
}

void nb_record_drop(NbRecord *r)
{
    if (!r) {
        return;
    }
    if (r->nruns > 0) {
        run_clear(&r->run[--r->nruns]);
        r->open = false;
        r->version++;
    }
}

/* 2048 rows and a million million steps leave half of the rows to the multiples of the stride. */
#define EARLY_SHARE 64

/* The stride around a step: smaller at the beginning. */
static uint64_t local_stride(size_t limit, uint64_t stride, uint64_t step)
{
    uint64_t early = limit / EARLY_SHARE, local = 1;
    if (early == 0 || step / early >= stride) {
        return stride;
    }
    while (local * 2 <= step / early) {
        local *= 2;
    }
    return local;
}

bool nb_record_keeps(size_t limit, uint64_t stride, uint64_t step)
{
    return (step & (stride - 1)) == 0 || (step & (local_stride(limit, stride, step) - 1)) == 0;
}

bool nb_record_wants(const NbRecord *r, uint64_t step)
{
    return r && r->open && nb_record_keeps(r->limit, r->run[r->nruns - 1].stride, step);
}

uint64_t nb_record_next(const NbRecord *r, uint64_t step)
{
    if (!r) {
        return UINT64_MAX;
    }
    if (!r->open) {
        return UINT64_MAX;
    }
    uint64_t stride = r->run[r->nruns - 1].stride;
    for (;;) { /* rounding up may reach a part of a larger stride */
        uint64_t local = local_stride(r->limit, stride, step);
        uint64_t next = (step + local - 1) & ~(local - 1);
        if (nb_record_keeps(r->limit, stride, next)) {
            return next;
        }
        step = next;
    }
}

/* Keeps what the doubled stride keeps. */
static void thin(Run *u, size_t limit)
{
    size_t kept = 0;
    u->stride *= 2;
    for (size_t i = 0; i < u->rows; i++) {
        if (nb_record_keeps(limit, u->stride, u->step[i])) {
            u->step[kept] = u->step[i];
            memmove(u->value + kept * (size_t)u->columns, u->value + i * (size_t)u->columns,
                    (size_t)u->columns * sizeof *u->value);
            kept++;
        }
    }
    u->rows = kept;
}

static bool room(Run *u)
{
    if (u->rows < u->cap) {
        return true;
    }
    size_t cap = u->cap ? 2 * u->cap : 256;
    uint64_t *step = nb_realloc(u->step, cap * sizeof *step);
    if (!step) {
        return false;
    }
    u->step = step;
    double *value = nb_realloc(u->value, cap * (size_t)u->columns * sizeof *value);
    if (!value) {
        return false;
    }
    u->value = value;
    u->cap = cap;
    return true;
}

/* Out of memory loses samples, never the run. */
bool nb_record_add(NbRecord *r, uint64_t step, const double *values)
{
    if (!r || !values) {
        return false;
    }
    if (!r->open) {
        return true;
    }
    Run *u = &r->run[r->nruns - 1];
    bool last_off = u->rows > 0 && !nb_record_keeps(r->limit, u->stride, u->step[u->rows - 1]);
    bool again = u->rows > 0 && u->step[u->rows - 1] >= step;
    if (last_off || again) {
        u->rows--;
    }
    while (u->rows > 0 && u->step[u->rows - 1] >= step) {
        u->rows--;
    }
    for (int i = 0; i < 64 && u->rows >= r->limit; i++) {
        thin(u, r->limit);
    }
    u->rows -= u->rows >= r->limit; /* beyond all bounds: the newest takes the last place */
    if (!room(u)) {
        return false;
    }
    u->step[u->rows] = step;
    memcpy(u->value + u->rows * (size_t)u->columns, values, (size_t)u->columns * sizeof *values);
    u->rows++;
    r->version++;
    return true;
}

int nb_record_runs(const NbRecord *r)
{
    return r ? r->nruns : 0;
}

NbRunInfo nb_record_run(const NbRecord *r, int run)
{
    NbRunInfo info = {0};
    if (r && run >= 0 && run < r->nruns) {
        const Run *u = &r->run[run];
        memcpy(info.title, u->title, sizeof info.title);
        info.columns = u->columns;
        info.rows = u->rows;
        info.serial = u->serial;
        info.points = u->points;
        for (int i = 0; i < u->columns; i++) {
            info.column[i] = u->name[i];
        }
    }
    return info;
}

uint64_t nb_record_step(const NbRecord *r, int run, size_t row)
{
    if (!r) {
        return UINT64_MAX;
    }
    const bool there = run >= 0 && run < r->nruns && row < r->run[run].rows;
    return there ? r->run[run].step[row] : UINT64_MAX;
}

double nb_record_value(const NbRecord *r, int run, size_t row, int column)
{
    if (!r || run < 0 || run >= r->nruns) {
        return NAN;
    }
    const Run *u = &r->run[run];
    const bool there = row < u->rows && column >= 0 && column < u->columns;
    return there ? u->value[row * (size_t)u->columns + (size_t)column] : NAN;
}

const uint64_t *nb_record_steps(const NbRecord *r, int run)
{
    if (!r) {
        return NULL;
    }
    return run >= 0 && run < r->nruns ? r->run[run].step : NULL;
}

const double *nb_record_values(const NbRecord *r, int run)
{
    if (!r) {
        return NULL;
    }
    return run >= 0 && run < r->nruns ? r->run[run].value : NULL;
}

uint64_t nb_record_version(const NbRecord *r)
{
    return r ? r->version : 0;
}
