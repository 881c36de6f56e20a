/* update.c -- the arithmetic of a step, and what it made NaN or infinite */
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

/* Apart, as what is rare: a step of a few scalars is to cost little more than its arithmetic. */
static __attribute__((noinline)) bool long_finite(const NbOptPart *part, const NbOptPart *end)
{
    for (; part < end; part++) {
        int64_t count;
        if (first_lost(part->p, part->n, &count) >= 0) {
            return false;
        }
    }
    return true;
}

static inline bool all_finite(const NbOptPart *part, size_t parts)
{
    double odd = 0; /* x - x is 0 of every finite x and of no other */
    for (const NbOptPart *end = part + parts; part < end; part++) {
        if (part->n != 1) {
            return odd == 0 && long_finite(part, end);
        }
        odd += *part->p - *part->p;
    }
    return odd == 0;
}

/* Tells each parameter that is not finite any more, once until a step leaves it finite: what it
 * was before is not known any more. */
static __attribute__((noinline)) void tell_lost(NbOptim *o, size_t parts)
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

/* Parts whose step has the same number. */
static inline void update_at(NbOptim *o, const NbOptPart *part, size_t parts, uint64_t number)
{
    o->rule->prepare(o->value, number, o->factor);
    o->rule->update(part, parts, o->value, o->factor);
}

/* The step number of each part goes into the factors, so parts with the same one go together. */
static __attribute__((noinline)) void update_uneven(NbOptim *o, size_t parts)
{
    const Slot *slot = o->slot;
    size_t from = 0;
    uint64_t missed = 0;
    o->uneven = false;
    for (size_t k = 0; k < parts; slot++) {
        o->uneven |= slot->missed > 0;
        if (slot->var != o->moved[k]) { /* without a gradient; the parts are in order */
            continue;
        }
        if (k > from && slot->missed != missed) {
            update_at(o, o->part + from, k - from, o->steps + 1 - missed);
            from = k;
        }
        missed = slot->missed;
        k++;
    }
    update_at(o, o->part + from, parts - from, o->steps + 1 - missed);
    for (; slot < o->slot + o->n; slot++) {
        o->uneven |= slot->missed > 0;
    }
}

static inline void update(NbOptim *o, size_t parts)
{
    if (!o->rule->prepare) {
        o->rule->update(o->part, parts, o->value, NULL);
    } else if (!o->uneven) {
        update_at(o, o->part, parts, o->steps + 1);
    } else {
        update_uneven(o, parts);
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
            at = exchange(&o->part[k++], nstate, at, true);
        }
    }
    nb_free(block);
    return s;
}
