/* test_trial.c -- other numbers for a while leave values, gradients and stale marks as they were */
#include "test.h"

#include <string.h>

#include <nabla/nabla.h>
#include <nabla/saved.h>

static NbCtx *ctx;
static int reports;

static int setup(void **state)
{
    (void)state;
    ctx = nb_ctx_new();
    reports = 0;
    return ctx ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    nb_collect_cycles(ctx);
    uint64_t left = nb_ctx_live_nodes(ctx);
    nb_ctx_free(&ctx);
    return left == 0 ? 0 : -1;
}

static NbVar *apply(const char *name, NbArg a, NbArg b)
{
    NbVar *v = nb_apply2(ctx, nb_op_find(name), a, b);
    assert_non_null(v);
    return v;
}

static void count(void *user, NbVar *v)
{
    (void)user;
    (void)v;
    reports++;
}

static void values_and_gradients_come_back(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = nb_var_scalar(ctx, 4, NB_LEAF);
    NbVar *p = apply("mul", NB_VAR(x), NB_VAR(y)), *f = apply("mul", NB_VAR(p), NB_VAR(x));
    for (int round = 0; round < 5; round++) { /* from the third use on the graph is packed */
        assert_int_equal(nb_forward(f, true, NULL), NB_OK);
        assert_int_equal(nb_backward(f, NULL), NB_OK);
        double had = nb_var_grad_value(x);
        NbTrial *m = nb_trial_begin(f, NULL, 0, NB_TRIAL_LOOK);
        double five = 5;
        assert_non_null(m);
        assert_true(nb_trial_write(m, x, &five));
        assert_int_equal(nb_trial_run(m), NB_OK);
        assert_float_equal(nb_var_value(f), 100, 0);
        assert_float_equal(nb_var_grad_value(x), 40, 0); /* alone, not added */
        assert_float_equal(nb_var_grad_value(p), 5, 0);
        nb_trial_end(&m);
        assert_null(m);
        assert_float_equal(nb_var_value(x), 3, 0);
        assert_float_equal(nb_var_value(f), 36, 0);
        assert_float_equal(nb_var_grad_value(x), had, 0);
        assert_float_equal(nb_var_grad_value(p), 3, 0);
        assert_false(nb_var_stale(f, NULL, 0, NULL));
        assert_int_equal(nb_var_grad_sweeps(x), round + 1);
    }
    NbVar *all[] = {x, y, p, f};
    for (int i = 0; i < 4; i++) {
        nb_var_unref(&all[i]);
    }
}

static void stale_stays_stale_and_nothing_else_gets_stale(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF);
    NbVar *f = apply("mul", NB_VAR(x), NB_NUM(2)), *g = apply("mul", NB_VAR(x), NB_NUM(10));
    double seven = 7;
    NbTrial *m = nb_trial_begin(f, NULL, 0, NB_TRIAL_LOOK);
    nb_trial_write(m, x, &seven);
    assert_int_equal(nb_trial_run(m), NB_OK);
    nb_trial_end(&m);
    assert_false(nb_var_stale(g, NULL, 0, NULL)); /* g was not looked at */
    assert_false(nb_var_stale(f, NULL, 0, NULL));
    assert_false(nb_var_has_grad(x)); /* f held none, so none was made */
    nb_var_assign_scalar(x, 4);
    assert_true(nb_var_stale(f, NULL, 0, NULL));
    m = nb_trial_begin(f, NULL, 0, NB_TRIAL_LOOK);
    nb_trial_write(m, x, &seven);
    assert_int_equal(nb_trial_run(m), NB_OK);
    assert_float_equal(nb_var_value(f), 14, 0);
    assert_false(nb_var_stale(f, NULL, 0, NULL));
    nb_trial_end(&m);
    assert_true(nb_var_stale(f, NULL, 0, NULL));
    assert_true(nb_var_stale(g, NULL, 0, NULL));
    assert_float_equal(nb_var_value(f), 6, 0);
    assert_int_equal(nb_forward(f, false, NULL), NB_OK);
    assert_float_equal(nb_var_value(f), 8, 0);
    NbVar *all[] = {x, f, g};
    for (int i = 0; i < 3; i++) {
        nb_var_unref(&all[i]);
    }
}

static void writes_are_not_reported_but_the_next_one_is(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *f = apply("mul", NB_VAR(x), NB_NUM(2));
    nb_ctx_hooks(ctx, &(NbHooks){.touch = count});
    nb_backward(f, NULL);
    nb_ctx_new_unit(ctx);
    reports = 0;
    double nine = 9;
    NbTrial *m = nb_trial_begin(f, NULL, 0, NB_TRIAL_LOOK);
    nb_trial_write(m, x, &nine);
    nb_trial_run(m);
    nb_trial_end(&m);
    assert_int_equal(reports, 0);
    nb_var_assign_scalar(x, 1);
    assert_int_equal(reports, 1);
    nb_var_unref(&x);
    nb_var_unref(&f);
}

static void tensors_views_and_held_gradients_come_back(void **state)
{
    (void)state;
    const double numbers[] = {1, 2, 3, 4};
    NbShape shape = nb_shape(2, 2, 2);
    NbVar *w = nb_var_tensor(ctx, nb_tensor_from(&shape, numbers, NULL), NB_LEAF);
    const NbArg one[] = {NB_VAR(w)};
    NbVar *t = nb_apply(ctx, nb_op_find("transpose"), one, 1, NULL);
    assert_non_null(t);
    NbVar *p = apply("matmul", NB_VAR(t), NB_VAR(w));
    const NbArg two[] = {NB_VAR(p)};
    NbVar *f = nb_apply(ctx, nb_op_find("sum"), two, 1, NULL);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    NbVar *held = nb_var_grad(w);
    double was = nb_var_value(f);
    NbTensor tmp;
    double g3 = nb_tensor_at(nb_var_grad_data(w, &tmp), 3);
    double zero[] = {0, 0, 0, 1};
    NbTrial *m = nb_trial_begin(f, NULL, 0, NB_TRIAL_LOOK);
    assert_true(nb_trial_write(m, w, zero));
    assert_int_equal(nb_trial_run(m), NB_OK);
    assert_float_equal(nb_var_value(f), 1, 0);
    assert_float_equal(nb_tensor_at(nb_var_data(t, &tmp), 0), 0, 0);
    nb_trial_end(&m);
    assert_float_equal(nb_var_value(f), was, 0);
    assert_float_equal(nb_tensor_at(nb_var_data(w, &tmp), 2), 3, 0);
    assert_float_equal(nb_tensor_at(nb_var_grad_data(w, &tmp), 3), g3, 0);
    assert_float_equal(nb_tensor_at(nb_var_data(held, &tmp), 3), g3, 0);
    assert_false(nb_var_stale(f, NULL, 0, NULL));
    NbVar *all[] = {held, w, t, p, f};
    for (int i = 0; i < 5; i++) {
        nb_var_unref(&all[i]);
    }
}

static void constants_are_looked_at_and_not_written(void **state)
{
    (void)state;
    const double numbers[] = {1, 2, 3, 4};
    NbShape shape = nb_shape(2, 2, 2);
    NbVar *c = nb_var_tensor(ctx, nb_tensor_from(&shape, numbers, NULL), NB_CONST);
    const NbArg one[] = {NB_VAR(c)};
    NbVar *turned = nb_apply(ctx, nb_op_find("transpose"), one, 1, NULL);
    assert_non_null(turned);
    NbVar *more[] = {c};
    for (unsigned how = 0; how <= NB_TRIAL_LOOK; how += NB_TRIAL_LOOK) {
        NbTrial *m = nb_trial_begin(turned, more, 1, how);
        assert_non_null(m);
        assert_false(nb_trial_write(m, c, numbers));
        assert_false(nb_trial_write(m, turned, numbers));
        nb_trial_end(&m);
        NbTensor tmp;
        for (int i = 0; i < 4; i++) {
            assert_float_equal(nb_tensor_at(nb_var_data(c, &tmp), i), i + 1, 0);
        }
        assert_float_equal(nb_tensor_at(nb_var_data(turned, &tmp), 1), 3, 0);
    }
    nb_var_unref(&turned);
    nb_var_unref(&c);
}

static void gradients_that_are_graphs_come_back(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *f = apply("pow", NB_VAR(x), NB_NUM(3));
    assert_int_equal(nb_backward(f, &(NbSweep){.create_graph = true}), NB_OK);
    double five = 5;
    NbTrial *m = nb_trial_begin(f, NULL, 0, NB_TRIAL_LOOK);
    assert_true(nb_trial_write(m, x, &five));
    assert_int_equal(nb_trial_run(m), NB_OK);
    assert_float_equal(nb_var_grad_value(x), 75, 0);
    nb_trial_end(&m);
    assert_true(nb_var_grad_is_graph(x));
    assert_float_equal(nb_var_grad_value(x), 12, 0);
    NbVar *g = nb_var_grad(x);
    nb_var_clear_grad(x);
    assert_int_equal(nb_backward(g, NULL), NB_OK);
    assert_float_equal(nb_var_grad_value(x), 12, 0); /* 6x */
    NbVar *all[] = {g, x, f};
    for (int i = 0; i < 3; i++) {
        nb_var_unref(&all[i]);
    }
}

static void drop(NbVar **v, int n)
{
    for (int i = 0; i < n; i++) {
        nb_var_unref(&v[i]);
    }
}

static void unless_it_is_a_look_writes_are_reported_and_gradients_are_seen(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *f = apply("mul", NB_VAR(x), NB_VAR(x));
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    nb_ctx_hooks(ctx, &(NbHooks){.touch = count});
    nb_ctx_new_unit(ctx);
    reports = 0;
    const double five = 5;
    const uint64_t stamp = nb_var_stamp(x);
    NbTrial *t = nb_trial_begin(f, NULL, 0, 0);
    assert_true(nb_trial_write(t, x, &five));
    assert_true(reports > 0);
    assert_float_equal(nb_var_grad_value(x), 6, 0);
    NbVar *other = apply("add", NB_VAR(x), NB_NUM(1)); /* made inside */
    assert_int_equal(nb_trial_run(t), NB_OK);
    assert_float_equal(nb_var_value(f), 25, 0);
    assert_float_equal(nb_var_grad_value(x), 10, 0);
    nb_trial_end(&t);
    assert_float_equal(nb_var_value(f), 9, 0);
    assert_float_equal(nb_var_grad_value(x), 6, 0);
    assert_true(nb_var_stamp(x) == stamp);
    assert_false(nb_var_stale(f, NULL, 0, NULL));
    assert_float_equal(nb_var_value(other), 6, 0);
    drop((NbVar *[]){x, f, other}, 3);
}

static void more_variables_than_those_behind_a_root_are_held(void **state)
{
    (void)state;
    const double numbers[] = {1, 2, 3, 4, 5, 6}, others[] = {6, 5, 4, 3, 2, 1};
    const NbShape shape = nb_shape(2, 2, 3);
    NbVar *x = nb_var_tensor(ctx, nb_tensor_from(&shape, numbers, NULL), NB_LEAF);
    NbVar *y = nb_var_scalar(ctx, 1, NB_LEAF);
    NbVar *const both[] = {x, y};
    NbTensor tmp;
    NbTrial *t = nb_trial_begin(NULL, both, 2, 0);
    assert_non_null(t);
    assert_true(nb_trial_write(t, x, others));
    assert_int_equal(nb_var_assign_scalar(y, 7), NB_OK);
    assert_float_equal(nb_tensor_at(nb_var_data(x, &tmp), 0), 6, 0);
    nb_trial_end(&t);
    assert_memory_equal(nb_var_data(x, &tmp)->data, numbers, sizeof numbers);
    assert_float_equal(nb_var_value(y), 1, 0);
    drop((NbVar *[]){x, y}, 2);
}

static void a_trial_of_gradients_leaves_values_alone(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *f = apply("mul", NB_VAR(x), NB_VAR(x));
    const double one = 1;
    NbTrial *t = nb_trial_begin(f, NULL, 0, NB_TRIAL_GRADS);
    assert_false(nb_trial_write(t, x, &one));
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    nb_var_assign_scalar(x, 4); /* none of its business */
    nb_trial_end(&t);
    assert_false(nb_var_has_grad(x));
    assert_false(nb_var_has_grad(f));
    assert_float_equal(nb_var_value(x), 4, 0);
    assert_true(nb_var_stale(f, NULL, 0, NULL));
    drop((NbVar *[]){x, f}, 2);
}

static void a_look_gives_the_generators_back(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF);
    const NbRng before = *nb_ctx_rng(ctx);
    NbTrial *t = nb_trial_begin(x, NULL, 0, NB_TRIAL_LOOK);
    nb_rng_uniform(nb_ctx_rng(ctx));
    nb_trial_end(&t);
    assert_memory_equal(nb_ctx_rng(ctx), &before, sizeof before);
    nb_var_unref(&x);
}

static void what_a_unit_has_seen_is_reported_to_one_inside_it_but_not_again_to_it(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = nb_var_scalar(ctx, 4, NB_LEAF);
    nb_ctx_hooks(ctx, &(NbHooks){.touch = count});
    const uint64_t outer = nb_ctx_new_unit(ctx);
    nb_var_assign_scalar(x, 1);
    nb_var_assign_scalar(y, 1);
    assert_int_equal(reports, 2);
    const NbUnit around = nb_ctx_unit_push(ctx);
    nb_var_assign_scalar(x, 2); /* touched before, and reported all the same */
    nb_var_assign_scalar(x, 3);
    assert_int_equal(reports, 3);
    const uint64_t inner = nb_ctx_unit(ctx);
    nb_ctx_unit_pop(ctx, around);
    assert_true(nb_ctx_unit(ctx) == outer);
    nb_var_assign_scalar(y, 5);
    assert_int_equal(reports, 3);
    assert_true(nb_ctx_new_unit(ctx) > inner); /* no number comes twice */
    drop((NbVar *[]){x, y}, 2);
}

static void a_substitute_is_computed_from_other_leaves_and_leaves_the_graph_alone(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *y = nb_var_scalar(ctx, 4, NB_LEAF);
    NbVar *p = apply("mul", NB_VAR(x), NB_VAR(y)), *f = apply("mul", NB_VAR(p), NB_VAR(p));
    NbVar *a = nb_var_scalar(ctx, 5, NB_LEAF);
    NbCopies all;
    NbVar *g = nb_graph_substitute(f, &x, &a, 1, &all);
    assert_non_null(g);
    assert_int_equal(all.n, 2);
    assert_float_equal(nb_var_value(g), 400, 0);
    assert_float_equal(nb_var_value(all.node[0]), 20, 0);
    assert_int_equal(nb_backward(g, NULL), NB_OK);
    assert_float_equal(nb_var_grad_value(a), 160, 0);
    assert_float_equal(nb_var_grad_value(y), 200, 0); /* shared: it was not replaced */
    assert_false(nb_var_has_grad(x));
    assert_false(nb_var_has_grad(p));
    assert_float_equal(nb_var_value(f), 144, 0);
    NbVar *h = nb_graph_substitute(f, &x, &a, 1, NULL); /* a second one at once */
    nb_copies_free(&all);
    nb_copies_free(&all);
    assert_float_equal(nb_var_value(h), 400, 0);
    drop((NbVar *[]){x, y, p, f, a, g, h}, 7);
}

static void a_substitute_without_nodes_or_under_nograd(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *a = nb_var_scalar(ctx, 5, NB_CONST);
    NbVar *f = apply("mul", NB_VAR(x), NB_VAR(x));
    NbVar *same = nb_graph_substitute(x, NULL, NULL, 0, NULL),
          *to = nb_graph_substitute(x, &x, &a, 1, NULL);
    assert_ptr_equal(same, x);
    assert_ptr_equal(to, a);
    nb_nograd_push(ctx);
    NbVar *g = nb_graph_substitute(f, &x, &a, 1, NULL);
    nb_nograd_pop(ctx);
    assert_float_equal(nb_var_value(g), 25, 0);
    assert_null(nb_var_op(g));
    drop((NbVar *[]){x, a, f, same, to, g}, 6);
}

static void a_substitute_can_be_stopped(void **state)
{
    (void)state;
    const volatile sig_atomic_t now = 1;
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *f = apply("mul", NB_VAR(x), NB_VAR(x));
    NbCopies all;
    nb_ctx_interrupt(ctx, &now);
    assert_null(nb_graph_substitute(f, &x, &x, 1, &all));
    assert_int_equal(nb_ctx_err(ctx)->code, NB_EINTERRUPT);
    assert_null(all.node);
    nb_ctx_interrupt(ctx, NULL);
    drop((NbVar *[]){x, f}, 2);
}

static void only_leaves_behind_the_root_are_written(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *y = nb_var_scalar(ctx, 2, NB_LEAF);
    NbVar *f = apply("mul", NB_VAR(x), NB_NUM(3));
    double one = 1;
    NbTrial *m = nb_trial_begin(x, NULL, 0, NB_TRIAL_LOOK); /* x alone */
    assert_true(nb_trial_write(m, x, &one));
    assert_float_equal(nb_var_value(x), 1, 0);
    nb_trial_end(&m);
    assert_float_equal(nb_var_value(x), 2, 0);
    m = nb_trial_begin(f, NULL, 0, NB_TRIAL_LOOK);
    assert_false(nb_trial_write(m, y, &one));
    assert_false(nb_trial_write(m, f, &one));
    nb_trial_end(&m);
    nb_trial_end(&m);
    NbVar *all[] = {x, y, f};
    for (int i = 0; i < 3; i++) {
        nb_var_unref(&all[i]);
    }
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static const struct CMUnitTest tests[] = {
    T(values_and_gradients_come_back),
    T(stale_stays_stale_and_nothing_else_gets_stale),
    T(writes_are_not_reported_but_the_next_one_is),
    T(tensors_views_and_held_gradients_come_back),
    T(constants_are_looked_at_and_not_written),
    T(gradients_that_are_graphs_come_back),
    T(only_leaves_behind_the_root_are_written),
    T(unless_it_is_a_look_writes_are_reported_and_gradients_are_seen),
    T(more_variables_than_those_behind_a_root_are_held),
    T(a_trial_of_gradients_leaves_values_alone),
    T(a_look_gives_the_generators_back),
    T(what_a_unit_has_seen_is_reported_to_one_inside_it_but_not_again_to_it),
    T(a_substitute_is_computed_from_other_leaves_and_leaves_the_graph_alone),
    T(a_substitute_without_nodes_or_under_nograd),
    T(a_substitute_can_be_stopped),
};

NB_TEST_MAIN(tests)
