/* failing.h -- runs a piece of work again and again, each of its allocations failing once */
#ifndef NABLA_TESTS_UNIT_FAILING_H
#define NABLA_TESTS_UNIT_FAILING_H

#include "ops_test.h"

#include "tensor/storage.h"

/* Work on the current context, which is new; false when something failed. What it made is
 * released when it returns. */
typedef bool (*Work)(const void *with);

#define FAILING_MOST 3000 /* allocations of one piece of work, at most */

/* The n-th allocation fails, with `forever` all after it too. False when there is no n-th. Work
 * that can `spare` an allocation may also be done without it, and without an error. */
static inline bool fails_at(uint64_t n, bool forever, bool spare, Work work, const void *with,
                            const char *what)
{
    NbCtx *keep = ctx;
    ctx = nb_ctx_new();
    assert_non_null(ctx);
    nb_storage_trim();
    nb_mem_fail_at(n, forever);
    const bool done = work(with);
    const bool refused = nb_mem_fail_at(0, false) >= n;
    const NbErr err = *nb_ctx_err(ctx);
    nb_err_clear(nb_ctx_err(ctx));
    const bool spared = spare && done && err.code == NB_OK;
    if (refused ? !spared && (done || err.code != NB_EMEM || !err.msg[0]) : !done) {
        fail_msg("%s, allocation %d%s: %s, error %d: %s", what, (int)n, forever ? " and later" : "",
                 done ? "done" : "not done", (int)err.code, err.msg);
    }
    nb_collect_cycles(ctx);
    if (nb_ctx_live_nodes(ctx) != 0) {
        fail_msg("%s, allocation %d: %d nodes are left", what, (int)n, (int)nb_ctx_live_nodes(ctx));
    }
    if (!work(with)) {
        fail_msg("%s, allocation %d: does not work afterwards: %s", what, (int)n,
                 nb_ctx_err(ctx)->msg);
    }
    nb_ctx_free(&ctx);
    ctx = keep;
    return refused;
}

static inline void each_allocation_is_tried(Work work, bool spare, const void *with,
                                            const char *what)
{
    for (int forever = 0; forever < 2; forever++) {
        uint64_t n = 1;
        while (n < FAILING_MOST && fails_at(n, forever, spare, work, with, what)) {
            n++;
        }
        assert_true(n < FAILING_MOST);
    }
}

static inline void each_allocation_fails(Work work, const void *with, const char *what)
{
    each_allocation_is_tried(work, false, with, what);
}

static inline bool unref(NbVar *v)
{
    const bool had = v != NULL;
    nb_var_unref(&v);
    return had;
}

/* A variable of 0, 1, 2, 3, 0, …; NULL when out of memory. */
static inline NbVar *some(const NbShape *s, NbKind kind)
{
    NbErr *err = nb_ctx_err(ctx);
    NbTensor *t = nb_tensor_new(s, err);
    for (int64_t i = 0; t != NULL && i < t->size; i++) {
        t->data[i] = (double)(i % 4);
    }
    return t != NULL ? nb_var_tensor(ctx, t, kind) : NULL;
}

#endif
