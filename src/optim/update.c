/* update.c -- the arithmetic of a step, and what it made NaN or infinite */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "graph/step.h"
#include "optim/optimizer.h"

/* --- what a step left behind --- */

/* The first of n numbers that is NaN or infinite, and how many are; -1 when none is. */
static int64_t first_lost(const double *p, int64_t n, int64_t *count)
{
    const NbTensor t = {.data = (double *)(uintptr_t)p, /* only read */
                        .size = n,
                        .shape = {.rank = 1, .dim = {n}},
                        .stride = {1},
                        .contiguous = true};
    return nb_tensor_nonfinite(&t, count);
}

static bool all_finite(const NbOptPart *part, size_t parts)
{
    int64_t count = 0;
    for (; parts-- > 0; part++) {
        if (part->n == 1 ? !(fabs(*part->p) <= DBL_MAX)
                         : first_lost(part->p, part->n, &count) >= 0) {
            return false;
        }
    }
    return true;
}

/* Tells each parameter that is not finite any more, once until a step leaves it finite: what it
 * was before is not known any more. */
static void tell_lost(NbOptim *o, size_t parts)
{
    o->lost = 0;
    for (size_t i = 0, k = 0; i < o->n && k < parts; i++) {
        Slot *slot = &o->slot[i];
        if (slot->var == o->moved[k]) {
            const NbOptPart *part = &o->part[k++];
            int64_t count = 0;
            const int64_t first = first_lost(part->p, part->n, &count);
            if (first >= 0 && !slot->lost) {
                nb_moved_nonfinite(slot->var, part->p, part->g, first, count);
            }
            slot->lost = first >= 0;
        }
        o->lost += slot->lost;
    }
}

/* --- the update --- */

/* The step number of each part goes into the factors, so parts with the same one go together: all
 * of them but where one joined late or had no gradient now and then. */
static void update_counted(NbOptim *o, size_t parts)
{
    double factor[NB_OPT_FACTORS];
    size_t from = 0, k = 0;
    uint64_t t = 0;
    for (Slot *slot = o->slot; k < parts; slot++) {
        if (slot->var != o->moved[k]) { /* without a gradient; the parts are in order */
            continue;
        }
        slot->steps++;
        if (k > from && slot->steps != t) {
            o->rule->prepare(o->value, t, factor);
            o->rule->update(o->part + from, k - from, o->value, factor);
            from = k;
        }
        t = slot->steps;
        k++;
    }
    o->rule->prepare(o->value, t, factor);
    o->rule->update(o->part + from, parts - from, o->value, factor);
}

static void update(NbOptim *o, size_t parts)
{
    if (o->rule->prepare) {
        update_counted(o, parts);
    } else {
        o->rule->update(o->part, parts, o->value, NULL);
    }
}

void optim_update(NbOptim *o, size_t parts)
{
    update(o, parts);
    if (o->lost > 0 || !all_finite(o->part, parts)) {
        tell_lost(o, parts);
    }
}

/* Numbers and state of a part to or from a block; where the block goes on. */
static double *exchange(const NbOptPart *part, int nstate, double *block, bool back)
{
    for (int k = -1; k < nstate; k++) {
        double *own = k < 0 ? part->p : part->s[k];
        memcpy(back ? own : block, back ? block : own, (size_t)part->n * sizeof *own);
        block += part->n;
    }
    return block;
}

/* The update, taken back when a parameter that was finite is not afterwards. */
NbStatus optim_update_or_not(NbOptim *o, size_t parts)
{
    const int nstate = o->rule->nstate;
    size_t numbers = 0;
    for (size_t k = 0; k < parts; k++) {
        numbers += (size_t)o->part[k].n * (size_t)(1 + nstate);
    }
    double *block = nb_alloc((numbers + 1) * sizeof *block), *at = block;
    if (!block) {
        return nb_fail(nb_ctx_err(o->ctx), NB_EMEM, "out of memory for %s", o->rule->name);
    }
    for (size_t k = 0; k < parts; k++) {
        at = exchange(&o->part[k], nstate, at, false);
    }
    update(o, parts);
    NbStatus s = NB_OK;
    const double *before = block;
    for (size_t k = 0; k < parts && s == NB_OK; k++) {
        const NbOptPart *part = &o->part[k];
        int64_t count = 0, was = 0;
        const int64_t first = first_lost(part->p, part->n, &count);
        if (first >= 0 && first_lost(before, part->n, &was) < 0) {
            s = nb_moved_nonfinite(o->moved[k], part->p, part->g, first, count);
        }
        before += part->n * (1 + nstate);
    }
    at = block;
    for (size_t i = 0, k = 0; s != NB_OK && k < parts; i++) {
        if (o->slot[i].var == o->moved[k]) {
            o->slot[i].steps -= o->rule->prepare != NULL;
            at = exchange(&o->part[k++], nstate, at, true);
        }
    }
    nb_free(block);
    return s;
}
