/* snapshots.h -- parameters and optimizer state at steps of runs, bounded and thinned */
#ifndef NABLA_REPL_SNAPSHOTS_H
#define NABLA_REPL_SNAPSHOTS_H

#include <nabla/optim.h>

/* What `rewind` and the linked cursor go back to. Each run keeps its parameters by reference and
 * rows of their numbers, followed by the optimizer's state. Small runs keep a row for each row of
 * the run record; large ones as many as their memory and a twentieth of the time allow. The first
 * and the last row of a run are always among them. */
typedef struct Snapshots Snapshots;

#define SNAP_RUNS 12
#define SNAP_ROWS 2048 /* of a run in the record, and here when it is small */

typedef struct SnapRun {
    uint32_t serial; /* of the run in the record */
    int nparams;
    NbVar **param;  /* references */
    int64_t *size;  /* numbers of each */
    size_t values;  /* numbers of all parameters: a row begins with them */
    size_t numbers; /* of a row */
    const NbOptRule *rule;
    NbOptim *optim; /* NULL when it is gone, or there was none */
    char root[64];  /* what was minimised */
    bool aside;     /* of a race: not the run that goes on */
    size_t rows, cap, limit;
    uint64_t gap; /* rows are taken at its multiples */
    bool loose;   /* but the last one was not, and goes when the next comes */
    uint64_t *step;
    double *row;
    struct SnapMark {
        uint64_t stamp;
        bool made;      /* it had a state */
    } * mark;           /* of a point: for each parameter */
    double taken, cost; /* seconds: when the last one was taken, how long that took */
} SnapRun;

/* *lost is set when memory for a part is refused. */
Snapshots *snapshots_new(bool *lost);
void snapshots_free(Snapshots **s);
void snapshots_forget(Snapshots *s); /* all of them */

/* A run begins. o may be NULL. Out of memory, or parameters too large, keep nothing. */
void snapshots_begin(Snapshots *s, uint32_t serial, const char *root, NbVar *const *param,
                     int nparams, NbOptim *o, bool aside);
/* A row of the newest run, before the update of this step. `last`: keep it although the gap says
 * no; the next row replaces it. */
void snapshots_take(Snapshots *s, uint64_t step, bool last);
void snapshots_drop_optim(Snapshots *s, const NbOptim *o);
void snapshots_drop(Snapshots *s, uint32_t serial);

/* The run of this number, with serial 0 the newest that is not of a race; NULL when none. */
SnapRun *snapshots_run(const Snapshots *s, uint32_t serial);
/* The newest run before r of the same optimizer that has the step; NULL when none. */
SnapRun *snapshots_earlier(const Snapshots *s, const SnapRun *r, uint64_t step);
/* Row of the last step that is at most `step`; -1 when the first is later. */
int snap_row(const SnapRun *r, uint64_t step);
/* Numbers of parameter i in a row. */
const double *snap_values(const SnapRun *r, int row, int i);
/* Puts back parameters, and the optimizer's state when it is alive, from the numbers of a row. */
NbStatus snap_put(const SnapRun *r, const double *numbers, uint64_t step);
NbStatus snap_restore(const SnapRun *r, int row);
/* The numbers now, laid out as a row, for free(); NULL when out of memory. */
double *snap_copy(const SnapRun *r);
/* True when parameters and state are now, bit for bit, what the row has. */
bool snap_same(const SnapRun *r, int row);

/* --- a run of one row, of any size, to go back to --- */
bool snap_point(SnapRun *r, NbOptim *o); /* of its parameters; false when out of memory */
void snap_point_free(SnapRun *r);
void snap_point_take(SnapRun *r, uint64_t step); /* in place of the row before */
/* Bit for bit; what did not change is not written. */
NbStatus snap_point_back(const SnapRun *r);

#endif
