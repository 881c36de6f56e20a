/* record.h -- the run record: what was sampled at each step, bounded and thinned */
#ifndef NABLA_RECORD_H
#define NABLA_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nabla/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NB_RECORD_COLUMNS 16

/* A table of samples: column 0 is what is minimised, further ones are watched expressions and
 * scalar parameters. A run lasts from an optimizer's creation or reset to the next. Each run
 * keeps at most a fixed number of rows: when full, every second row is dropped and the stride
 * doubles, so that a run of any length keeps its shape. The beginning, where most happens, is
 * thinned less (nb_record_keeps). The last row is always kept. */
typedef struct NbRecord NbRecord;

typedef struct NbRunInfo {
    char title[64]; /* "sgd(lr=0.001)" */
    int columns;
    const char *column[NB_RECORD_COLUMNS]; /* "f", "x", "y" */
    size_t rows;
    uint32_t serial; /* 1, 2, …: keeps a run's colour */
    bool points;     /* data: its rows are not joined to a curve */
} NbRunInfo;

NbRecord *nb_record_new(size_t rows_per_run, int max_runs); /* new, or NULL when out of memory */
void nb_record_free(NbRecord **r);
/* New copy, runs with their numbers; NULL when out of memory. */
NbRecord *nb_record_copy(const NbRecord *r);

/* Its rows stand at places of a variable: step k is lo + k·pitch, pitch > 0. Without this they are
 * steps. The name is copied, cut to 63 bytes. */
void nb_record_axis(NbRecord *r, const char *name, double lo, double pitch);
const char *nb_record_axis_name(const NbRecord *r);     /* NULL: steps */
double nb_record_place(const NbRecord *r, double step); /* the step itself without an axis */
double nb_record_step_at(const NbRecord *r, double place);

/* Starts a run; the oldest is dropped above the limit. names are copied. */
NbStatus nb_record_begin(NbRecord *r, const char *title, const char *const *names, int columns,
                         NbErr *err);
bool nb_record_open(const NbRecord *r); /* a run has begun */
void nb_record_points(NbRecord *r);     /* the run that is open is data */
void nb_record_end(NbRecord *r);        /* the next sample begins a new run */
void nb_record_drop(NbRecord *r);       /* forgets the newest run, which has ended then */
/* Whether a run of at most `limit` rows keeps this step at a stride, a power of two: its multiples,
 * and before those 32 or more steps for each doubling of the step number. */
bool nb_record_keeps(size_t limit, uint64_t stride, uint64_t step);
/* True when a sample at this step would be kept or replace the last one: callers that must
 * compute the values ask first. Constant time. */
bool nb_record_wants(const NbRecord *r, uint64_t step);
/* The first step from `step` on that it wants; UINT64_MAX when no run is open. */
uint64_t nb_record_next(const NbRecord *r, uint64_t step);
/* One row of the current run; values as many as its columns. Constant time on average. false when
 * out of memory: the row is missing. */
bool nb_record_add(NbRecord *r, uint64_t step, const double *values);

int nb_record_runs(const NbRecord *r);
NbRunInfo nb_record_run(const NbRecord *r, int run); /* run 0 is the oldest kept */
/* UINT64_MAX, NaN and NULL where there is no such run, row or column. */
uint64_t nb_record_step(const NbRecord *r, int run, size_t row);
double nb_record_value(const NbRecord *r, int run, size_t row, int column);
/* The same as arrays, rows and rows × columns; borrowed until the record is added to. */
const uint64_t *nb_record_steps(const NbRecord *r, int run);
const double *nb_record_values(const NbRecord *r, int run);
uint64_t nb_record_version(const NbRecord *r); /* changes with every change */

#ifdef __cplusplus
}
#endif

#endif
