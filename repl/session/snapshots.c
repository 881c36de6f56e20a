/* snapshots.c -- parameters and optimizer state at steps of runs, bounded and thinned */
#include "session/snapshots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <nabla/record.h>
#include <nabla/saved.h>

#include "src/base/clamp.h"

#define RUN_BYTES ((size_t)4 << 20) /* of a run of small rows */
#define ROW_BYTES ((size_t)8 << 20) /* larger rows are not kept */
#define LEAST_ROWS 4                /* of runs with large rows */
#define SMALL_NUMBERS 64            /* rows of this size are copied without looking at the clock */
#define SHARE 20                    /* copying takes at most one part in this many of the time */

struct Snapshots {
    SnapRun run[SNAP_RUNS];
    int n;
    bool *lost; /* set when memory is refused; borrowed */
};

Snapshots *snapshots_new(bool *lost)
{
    Snapshots *s = calloc(1, sizeof *s);
    if (s) {
        s->lost = lost;
    }
    return s;
}

static void release(SnapRun *r)
{
    for (int i = 0; i < r->nparams; i++) {
        nb_var_unref(&r->param[i]);
    }
    free(r->param);
    free(r->size);
    free(r->step);
    free(r->row);
    free(r->mark);
    *r = (SnapRun){0};
}

void snapshots_forget(Snapshots *s)
{
    while (s->n > 0) {
        release(&s->run[--s->n]);
    }
}

void snapshots_free(Snapshots **ps)
{
    if (*ps) {
        snapshots_forget(*ps);
        free(*ps);
        *ps = NULL;
    }
}

static void remove_run(Snapshots *s, int i)
{
    release(&s->run[i]);
    memmove(&s->run[i], &s->run[i + 1], (size_t)(s->n - i - 1) * sizeof(SnapRun));
    s->n--;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- making --- */

static bool is_small(const SnapRun *r)
{
    return r->numbers <= SMALL_NUMBERS;
}

/* Half of the rows go: of small runs those that the record does not keep at the doubled gap either,
 * of large ones, which were taken now and then, every second. The first stays. */
static void thin(SnapRun *r, bool keep_last)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->rows; i++) {
        bool stays = is_small(r) ? nb_record_keeps(SNAP_ROWS, 2 * r->gap, r->step[i]) : i % 2 == 0;
        if (stays || i == 0 || (keep_last && i == r->rows - 1)) {
            r->step[kept] = r->step[i];
            memmove(r->row + kept * r->numbers, r->row + i * r->numbers,
                    r->numbers * sizeof *r->row);
            kept++;
        }
    }
    r->rows = kept;
    r->gap *= 2;
}

static void shrink(SnapRun *r)
{
    while (r->rows > 2 && r->rows * r->numbers * sizeof(double) > RUN_BYTES) {
        thin(r, true);
    }
    double *row = r->rows > 0 ? realloc(r->row, r->rows * r->numbers * sizeof *row) : NULL;
    if (row) {
        r->row = row;
        r->cap = r->rows;
    }
}

static bool list_params(SnapRun *r, NbVar *const *param, int n, const NbOptim *o)
{
    r->param = calloc((size_t)n + 1, sizeof(NbVar *));
    r->size = calloc((size_t)n + 1, sizeof *r->size);
    if (!r->param || !r->size) {
        return false;
    }
    for (int i = 0; i < n; i++) {
        NbTensor tmp;
        r->size[i] = nb_var_data(param[i], &tmp)->size;
        r->param[i] = nb_var_ref(param[i]);
        r->nparams++;
        r->values += (size_t)r->size[i];
    }
    r->rule = o ? nb_optim_rule(o) : NULL;
    r->numbers = r->values * (size_t)(1 + (o ? r->rule->nstate : 0));
    r->numbers += o && r->rule->prepare ? (size_t)n : 0;
    return true;
}

void snapshots_begin(Snapshots *s, uint32_t serial, const char *root, NbVar *const *param,
                     int nparams, NbOptim *o, bool aside)
{
    if (s->n == SNAP_RUNS) {
        remove_run(s, 0);
    }
    for (int i = 0; i < s->n; i++) {
        shrink(&s->run[i]);
    }
    SnapRun r = {.serial = serial, .optim = o, .aside = aside, .gap = 1};
    snprintf(r.root, sizeof r.root, "%s", root);
    bool ok = list_params(&r, param, nparams, o);
    size_t bytes = r.numbers * sizeof(double);
    if (!ok || bytes == 0 || bytes > ROW_BYTES) {
        *s->lost |= !ok;
        release(&r);
        return;
    }
    r.limit = (size_t)nb_clamp_int((int64_t)(RUN_BYTES / bytes), LEAST_ROWS, SNAP_ROWS);
    s->run[s->n++] = r;
}

static double *copy_numbers(double *to, const NbVar *v, int64_t n)
{
    if (n == 1) {
        *to = nb_var_value(v);
        return to + 1;
    }
    NbTensor tmp;
    const NbTensor *t = nb_var_data(v, &tmp);
    if (t->contiguous) {
        memcpy(to, t->data, (size_t)n * sizeof *to);
        return to + n;
    }
    for (int64_t i = 0; i < n; i++) {
        *to++ = nb_tensor_at(t, i);
    }
    return to;
}

/* Where the optimizer has parameter i now: modules that draw weights later may come before it. */
static int position(const SnapRun *r, int i)
{
    return nb_optim_at(r->optim, i) == r->param[i] ? i : nb_optim_position(r->optim, r->param[i]);
}

/* State that no step made yet is zero; `at`: the place of parameter i in the optimizer. */
static double *copy_state(double *to, const SnapRun *r, int i, int at, int k)
{
    const double *from = r->optim ? nb_optim_state(r->optim, at, k) : NULL;
    size_t n = (size_t)r->size[i];
    if (n == 1) {
        *to = from ? *from : 0;
    } else if (from) {
        memcpy(to, from, n * sizeof *to);
    } else {
        memset(to, 0, n * sizeof *to);
    }
    return to + n;
}

static void copy_row(double *to, const SnapRun *r)
{
    for (int i = 0; i < r->nparams; i++) {
        to = copy_numbers(to, r->param[i], r->size[i]);
    }
    for (int i = 0; r->rule && i < r->nparams; i++) {
        const int at = r->optim ? position(r, i) : -1;
        for (int k = 0; k < r->rule->nstate; k++) {
            to = copy_state(to, r, i, at, k);
        }
        if (r->rule->prepare) {
            *to++ = (double)nb_optim_param_steps(r->optim, at);
        }
    }
}

static bool room(SnapRun *r)
{
    if (r->rows < r->cap) {
        return true;
    }
    size_t cap = r->cap ? 2 * r->cap : r->limit < 64 ? LEAST_ROWS : 64;
    uint64_t *step = realloc(r->step, cap * sizeof *step);
    r->step = step ? step : r->step;
    double *row = step ? realloc(r->row, cap * r->numbers * sizeof *row) : NULL;
    if (!row) {
        return false;
    }
    r->row = row;
    r->cap = cap;
    return true;
}

static bool wanted(const SnapRun *r, uint64_t step)
{
    return is_small(r) ? nb_record_keeps(SNAP_ROWS, r->gap, step) : (step & (r->gap - 1)) == 0;
}

void snapshots_take(Snapshots *s, uint64_t step, bool last)
{
    SnapRun *r = s->n > 0 ? &s->run[s->n - 1] : NULL;
    if (!r || (!last && !wanted(r, step))) {
        return;
    }
    bool small = is_small(r);
    double begun = small ? 0 : now();
    if (!small && !last && r->rows > 0 && begun - r->taken < SHARE * r->cost) {
        return;
    }
    r->rows -= r->loose && r->rows > 1;
    while (r->rows > 0 && r->step[r->rows - 1] >= step) {
        r->rows--;
    }
    for (int i = 0; i < 64 && r->rows >= r->limit; i++) {
        thin(r, false);
    }
    r->loose = !wanted(r, step);
    if (!room(r)) {
        *s->lost = true;
        return;
    }
    copy_row(r->row + r->rows * r->numbers, r);
    r->step[r->rows++] = step;
    if (!small) {
        r->taken = now();
        r->cost = r->taken - begun;
    }
}

void snapshots_drop_optim(Snapshots *s, const NbOptim *o)
{
    for (int i = 0; i < s->n; i++) {
        if (s->run[i].optim == o) {
            s->run[i].optim = NULL;
        }
    }
}

void snapshots_drop(Snapshots *s, uint32_t serial)
{
    for (int i = 0; i < s->n; i++) {
        if (s->run[i].serial == serial) {
            remove_run(s, i);
            return;
        }
    }
}

/* --- going back --- */

SnapRun *snapshots_run(const Snapshots *s, uint32_t serial)
{
    for (int i = s->n; i-- > 0;) {
        const SnapRun *r = &s->run[i];
        if (serial ? r->serial == serial : !r->aside) {
            return (SnapRun *)(uintptr_t)r;
        }
    }
    return NULL;
}

SnapRun *snapshots_earlier(const Snapshots *s, const SnapRun *r, uint64_t step)
{
    for (int i = (int)(r - s->run); r->optim && i-- > 0;) {
        const SnapRun *b = &s->run[i];
        if (b->optim == r->optim && b->rows > 0 && b->step[0] <= step &&
            step <= b->step[b->rows - 1]) {
            return (SnapRun *)(uintptr_t)b;
        }
    }
    return NULL;
}

int snap_row(const SnapRun *r, uint64_t step)
{
    size_t lo = 0, hi = r->rows;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (r->step[mid] <= step) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return (int)lo - 1;
}

const double *snap_values(const SnapRun *r, int row, int i)
{
    const double *at = r->row + (size_t)row * r->numbers;
    for (int k = 0; k < i; k++) {
        at += r->size[k];
    }
    return at;
}

/* The numbers at `at` as a tensor of v's shape. */
static NbTensor wrap(const NbVar *v, double *at)
{
    NbTensor t = nb_tensor_scalar(at);
    t.shape = *nb_var_shape(v);
    t.size = 1;
    for (int k = t.shape.rank - 1; k >= 0; k--) {
        t.stride[k] = t.size;
        t.size *= t.shape.dim[k];
    }
    return t;
}

static bool same_numbers(const NbVar *v, const double *numbers)
{
    NbTensor tmp;
    const NbTensor *t = nb_var_data(v, &tmp);
    bool same = true;
    for (int64_t i = 0; same && i < t->size; i++) {
        double x = nb_tensor_at(t, i);
        same = memcmp(&x, &numbers[i], sizeof x) == 0;
    }
    return same;
}

/* Only what changed is written. */
static NbStatus put_marked(NbVar *v, const NbTensor *numbers, uint64_t stamp)
{
    if (!same_numbers(v, numbers->data)) {
        return nb_var_assign(v, numbers);
    }
    if (nb_var_stamp(v) != stamp) {
        nb_var_stamp_put(v, stamp);
    }
    return NB_OK;
}

NbStatus snap_put(const SnapRun *r, const double *numbers, uint64_t step)
{
    double *at = (double *)(uintptr_t)numbers; /* only read */
    NbStatus status = NB_OK;
    for (int i = 0; i < r->nparams && status == NB_OK; i++) {
        NbTensor t = wrap(r->param[i], at);
        status = r->mark ? put_marked(r->param[i], &t, r->mark[i].stamp)
                         : nb_var_assign(r->param[i], &t);
        at += r->size[i];
    }
    if (r->optim && status == NB_OK) {
        nb_optim_put_steps(r->optim, step);
    }
    for (int i = 0; r->optim && i < r->nparams && status == NB_OK; i++) {
        for (int k = 0; k < r->rule->nstate && status == NB_OK; k++) {
            if (!r->mark || r->mark[i].made) {
                status = nb_optim_put_state(r->optim, position(r, i), k, at);
            }
            at += r->size[i];
        }
        if (r->rule->prepare) {
            nb_optim_put_param_steps(r->optim, position(r, i), (uint64_t)*at++);
        }
    }
    return status;
}

NbStatus snap_restore(const SnapRun *r, int row)
{
    return snap_put(r, r->row + (size_t)row * r->numbers, r->step[row]);
}

double *snap_copy(const SnapRun *r)
{
    double *numbers = malloc((r->numbers + 1) * sizeof *numbers);
    if (numbers) {
        copy_row(numbers, r);
    }
    return numbers;
}

bool snap_same(const SnapRun *r, int row)
{
    double *have = snap_copy(r);
    size_t n = (r->optim ? r->numbers : r->values) * sizeof *have;
    bool same = have && memcmp(have, r->row + (size_t)row * r->numbers, n) == 0;
    free(have);
    return same;
}

/* --- a point --- */

bool snap_point(SnapRun *r, NbOptim *o)
{
    const int n = nb_optim_gather(o);
    NbVar **param = calloc((size_t)n + 1, sizeof(NbVar *));
    for (int i = 0; param && i < n; i++) {
        param[i] = nb_optim_at(o, i);
    }
    *r = (SnapRun){.optim = o, .cap = 1};
    bool ok = param && list_params(r, param, n, o);
    free(param);
    r->step = ok ? calloc(1, sizeof *r->step) : NULL;
    r->row = ok ? malloc((r->numbers + 1) * sizeof *r->row) : NULL;
    r->mark = ok ? calloc((size_t)n + 1, sizeof *r->mark) : NULL;
    if (!r->step || !r->row || !r->mark) {
        release(r);
        return false;
    }
    return true;
}

void snap_point_free(SnapRun *r)
{
    release(r);
}

void snap_point_take(SnapRun *r, uint64_t step)
{
    copy_row(r->row, r);
    for (int i = 0; i < r->nparams; i++) {
        r->mark[i].stamp = nb_var_stamp(r->param[i]);
        r->mark[i].made = r->rule->nstate > 0 && nb_optim_state(r->optim, position(r, i), 0);
    }
    *r->step = step;
    r->rows = 1;
}

/* State is made by the first step: before it there was none. */
static void unmake_state(const SnapRun *r)
{
    bool more = false;
    for (int i = 0; r->rule->nstate > 0 && i < r->nparams; i++) {
        more |= !r->mark[i].made && nb_optim_state(r->optim, position(r, i), 0);
    }
    if (more) {
        uint64_t runs = nb_optim_runs(r->optim);
        nb_optim_reset(r->optim);
        nb_optim_put_runs(r->optim, runs);
    }
}

NbStatus snap_point_back(const SnapRun *r)
{
    unmake_state(r);
    return snap_restore(r, 0);
}
