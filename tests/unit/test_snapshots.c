/* test_snapshots.c -- what rewind goes back to stays bounded, and is exact */
#include "test.h"

#include <math.h>
#include <stdlib.h>

#include <nabla/nabla.h>
#include <nabla/saved.h>

#include "repl/session/snapshots.h"

static NbCtx *ctx;
static Snapshots *snaps;
static bool lost;

static int setup(void **state)
{
    (void)state;
    ctx = nb_ctx_new();
    snaps = snapshots_new(&lost);
    return ctx && snaps ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    snapshots_free(&snaps);
    uint64_t left = nb_ctx_live_nodes(ctx);
    nb_ctx_free(&ctx);
    return left == 0 ? 0 : -1;
}

static NbVar *vector(int n)
{
    NbShape shape = nb_shape(1, n);
    return nb_var_tensor(ctx, nb_tensor_full(&shape, 0, NULL), NB_LEAF);
}

static void fill(NbVar *v, double x)
{
    NbTensor tmp;
    NbTensor *t = nb_tensor_full(nb_var_shape(v), x, NULL);
    assert_int_equal(nb_var_assign(v, t), NB_OK);
    assert_float_equal(nb_tensor_at(nb_var_data(v, &tmp), 0), x, 0);
    nb_tensor_unref(&t);
}

static double first(const NbVar *v)
{
    NbTensor tmp;
    return nb_tensor_at(nb_var_data(v, &tmp), 0);
}

static void a_small_run_keeps_what_the_record_keeps(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 0, NB_LEAF);
    NbRecord *r = nb_record_new(SNAP_ROWS, 1);
    const char *names[] = {"f"};
    nb_record_begin(r, "run", names, 1, NULL);
    snapshots_begin(snaps, 1, "f", &x, 1, NULL, false);
    for (uint64_t step = 0; step < 200000; step = nb_record_next(r, step + 1)) {
        nb_var_assign_scalar(x, sqrt((double)step));
        nb_record_add(r, step, (double[]){0});
        snapshots_take(snaps, step, false);
    }
    const SnapRun *s = snapshots_run(snaps, 1);
    NbRunInfo run = nb_record_run(r, 0);
    assert_int_equal(s->rows, run.rows);
    for (size_t i = 0; i < s->rows; i++) {
        uint64_t step = nb_record_step(r, 0, i);
        assert_int_equal(s->step[i], step);
        assert_int_equal(snap_row(s, step), (int)i);
        assert_float_equal(*snap_values(s, (int)i, 0), sqrt((double)step), 0);
    }
    assert_int_equal(snap_restore(s, 100), NB_OK);
    assert_float_equal(nb_var_value(x), sqrt((double)s->step[100]), 0);
    assert_true(snap_same(s, 100));
    assert_false(snap_same(s, 101));
    nb_record_free(&r);
    nb_var_unref(&x);
}

static void a_large_run_keeps_few_rows_and_both_ends(void **state)
{
    (void)state;
    NbVar *w = vector(200000), *b = nb_var_scalar(ctx, 0, NB_LEAF);
    NbVar *param[] = {w, b};
    snapshots_begin(snaps, 1, "f", param, 2, NULL, false);
    for (uint64_t step = 0; step <= 64; step++) {
        fill(w, (double)step);
        nb_var_assign_scalar(b, -(double)step);
        snapshots_take(snaps, step, step == 64);
    }
    const SnapRun *s = snapshots_run(snaps, 0);
    assert_true(s->rows >= 2 && s->rows <= 8);
    assert_int_equal(s->step[0], 0);
    assert_int_equal(s->step[s->rows - 1], 64);
    for (size_t i = 0; i < s->rows; i++) {
        assert_int_equal(snap_restore(s, (int)i), NB_OK);
        assert_float_equal(first(w), (double)s->step[i], 0);
        assert_float_equal(nb_var_value(b), -(double)s->step[i], 0);
    }
    nb_var_unref(&w);
    nb_var_unref(&b);
}

static void parameters_beyond_the_limit_are_not_kept(void **state)
{
    (void)state;
    NbVar *w = vector(3000000);
    snapshots_begin(snaps, 1, "f", &w, 1, NULL, false);
    snapshots_take(snaps, 0, true);
    assert_null(snapshots_run(snaps, 1));
    nb_var_unref(&w);
}

static void a_row_that_was_not_wanted_goes_when_the_next_comes(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 0, NB_LEAF);
    snapshots_begin(snaps, 1, "f", &x, 1, NULL, false);
    for (uint64_t step = 0; step < 10000; step++) {
        snapshots_take(snaps, step, false);
    }
    const SnapRun *s = snapshots_run(snaps, 1);
    uint64_t odd = s->step[s->rows - 1] + 1;
    size_t rows = s->rows;
    snapshots_take(snaps, odd, true);
    assert_int_equal(s->rows, rows + 1);
    snapshots_take(snaps, odd + s->gap - 1, false);
    assert_int_equal(s->rows, rows + 1);
    assert_int_equal(s->step[rows], odd + s->gap - 1);
    snapshots_take(snaps, 5, false); /* after a rewind: later rows are another history */
    assert_int_equal(s->step[s->rows - 1], 5);
    assert_int_equal(s->rows, 6);
    nb_var_unref(&x);
}

static void runs_of_a_race_are_not_the_current_one(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 0, NB_LEAF);
    for (uint32_t serial = 1; serial <= SNAP_RUNS + 3; serial++) {
        snapshots_begin(snaps, serial, "f", &x, 1, NULL, serial > SNAP_RUNS);
        snapshots_take(snaps, 0, false);
    }
    assert_int_equal(snapshots_run(snaps, 0)->serial, SNAP_RUNS);
    assert_int_equal(snapshots_run(snaps, SNAP_RUNS + 2)->serial, SNAP_RUNS + 2);
    assert_null(snapshots_run(snaps, 1)); /* made room */
    snapshots_drop(snaps, SNAP_RUNS);
    assert_int_equal(snapshots_run(snaps, 0)->serial, SNAP_RUNS - 1);
    snapshots_forget(snaps);
    assert_null(snapshots_run(snaps, 0));
    nb_var_unref(&x);
}

static void the_state_of_an_optimizer_comes_back_until_it_is_gone(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF);
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("adam"), NULL, 0);
    assert_int_equal(nb_optim_add(o, x), NB_OK);
    snapshots_begin(snaps, 1, "f", &x, 1, o, false);
    double one = 1, m[6];
    NbTensor g = nb_tensor_scalar(&one);
    for (uint64_t step = 0; step < 6; step++) {
        snapshots_take(snaps, step, false);
        const double *now = nb_optim_state(o, 0, 0);
        m[step] = now ? *now : 0;
        nb_var_set_grad(x, &g);
        assert_int_equal(nb_optim_step(o, NULL), NB_OK);
    }
    const SnapRun *s = snapshots_run(snaps, 1);
    for (int i = 5; i >= 0; i--) {
        assert_int_equal(snap_restore(s, i), NB_OK);
        assert_int_equal(nb_optim_steps(o), (uint64_t)i);
        assert_float_equal(*nb_optim_state(o, 0, 0), m[i], 0);
        assert_true(snap_same(s, i));
    }
    assert_float_equal(nb_var_value(x), 3, 0);
    snapshots_drop_optim(snaps, o);
    nb_optim_free(&o);
    assert_int_equal(snap_restore(s, 4), NB_OK); /* the values alone */
    assert_true(nb_var_value(x) < 3);
    nb_var_unref(&x);
}

/* As if the steps had not been: what no step moved stays fresh, what had no state has none. */
static void a_point_is_gone_back_to_bit_for_bit(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = nb_var_scalar(ctx, 4, NB_LEAF);
    NbVar *w = nb_apply(ctx, nb_op_find("neg"), &(NbArg){.var = y}, 1, NULL);
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("adam"), NULL, 0);
    assert_true(nb_optim_add(o, x) == NB_OK && nb_optim_add(o, y) == NB_OK);
    const uint64_t stamp = nb_var_stamp(y), runs = nb_optim_runs(o);
    double one = 1, none = 0;
    NbTensor g = nb_tensor_scalar(&one), zero = nb_tensor_scalar(&none);
    SnapRun point;
    assert_true(snap_point(&point, o));
    for (int from = 0; from < 2; from++) {
        snap_point_take(&point, nb_optim_steps(o));
        const double *m = nb_optim_state(o, 0, 0), was = m ? *m : 0, at = nb_var_value(x);
        assert_true((m != NULL) == (from > 0));
        nb_var_set_grad(x, &g);
        nb_var_set_grad(y, &zero); /* moved by nothing */
        assert_true(nb_optim_step(o, NULL) == NB_OK && nb_optim_step(o, NULL) == NB_OK);
        assert_true(nb_var_stale(w, NULL, 0, NULL));
        assert_int_equal(snap_point_back(&point), NB_OK);
        assert_true(nb_var_value(x) == at && nb_optim_steps(o) == (uint64_t)from);
        assert_true(nb_optim_runs(o) == runs);
        m = nb_optim_state(o, 0, 0);
        assert_true((m != NULL) == (from > 0) && (!m || *m == was));
        assert_true(nb_var_stamp(y) == stamp || from > 0);
        assert_true(!nb_var_stale(w, NULL, 0, NULL) || from > 0);
        nb_optim_step(o, NULL); /* the second point has a state */
    }
    snap_point_free(&point);
    nb_optim_free(&o);
    nb_var_unref(&w);
    nb_var_unref(&x);
    nb_var_unref(&y);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static const struct CMUnitTest tests[] = {
    T(a_small_run_keeps_what_the_record_keeps),
    T(a_large_run_keeps_few_rows_and_both_ends),
    T(parameters_beyond_the_limit_are_not_kept),
    T(a_row_that_was_not_wanted_goes_when_the_next_comes),
    T(runs_of_a_race_are_not_the_current_one),
    T(the_state_of_an_optimizer_comes_back_until_it_is_gone),
    T(a_point_is_gone_back_to_bit_for_bit),
};

NB_TEST_MAIN(tests)
