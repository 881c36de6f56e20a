/* test_graph.c -- variables, recording, replay, sweeps, staleness, ownership and cycles */
#include "test.h"

#include <math.h>
#include <string.h>

#include <nabla/nabla.h>
#include <nabla/saved.h>

static NbCtx *ctx;

static int setup(void **state)
{
    (void)state;
    ctx = nb_ctx_new();
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

static const NbOp *op(const char *name)
{
    const NbOp *o = nb_op_find(name);
    assert_non_null(o);
    return o;
}

/* Operations that release what they are given, so that formulas nest. */
static NbVar *bin(const char *name, NbArg a, NbArg b)
{
    NbVar *v = nb_apply2(ctx, op(name), a, b);
    assert_non_null(v);
    return v;
}

static NbVar *leaf(double v)
{
    return nb_var_scalar(ctx, v, NB_LEAF);
}

static NbVar *vector(const double *x, int n, NbKind kind)
{
    NbShape s = nb_shape(1, n);
    return nb_var_tensor(ctx, nb_tensor_from(&s, x, NULL), kind);
}

/* 100 (y - x²)² + (1 - x)² */
static NbVar *rosenbrock(NbVar *x, NbVar *y)
{
    NbVar *x2 = bin("pow", NB_VAR(x), NB_NUM(2));
    NbVar *d = bin("sub", NB_VAR(y), NB_VAR(x2));
    NbVar *d2 = bin("pow", NB_VAR(d), NB_NUM(2));
    NbVar *left = bin("mul", NB_NUM(100), NB_VAR(d2));
    NbVar *e = bin("sub", NB_NUM(1), NB_VAR(x));
    NbVar *right = bin("pow", NB_VAR(e), NB_NUM(2));
    NbVar *f = bin("add", NB_VAR(left), NB_VAR(right));
    NbVar *drop[] = {x2, d, d2, left, e, right};
    for (size_t i = 0; i < 6; i++) {
        nb_var_unref(&drop[i]);
    }
    return f;
}

static void rosenbrock_has_the_value_and_gradient_of_the_textbook(void **state)
{
    (void)state;
    NbVar *x = leaf(0), *y = leaf(2), *f = rosenbrock(x, y);
    assert_float_equal(nb_var_value(f), 401, 0);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    assert_float_equal(nb_var_grad_value(x), -2, 0);
    assert_float_equal(nb_var_grad_value(y), 400, 0);
    nb_var_unref(&x);
    nb_var_unref(&y);
    nb_var_unref(&f);
}

static void a_second_sweep_adds_to_leaves_and_resets_inner_gradients(void **state)
{
    (void)state;
    NbVar *x = leaf(3), *v = bin("mul", NB_VAR(x), NB_VAR(x)),
          *f = bin("mul", NB_NUM(2), NB_VAR(v));
    assert_false(nb_var_has_grad(x));
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    assert_float_equal(nb_var_grad_value(x), 24, 0);
    assert_float_equal(nb_var_grad_value(v), 2, 0);
    assert_int_equal(nb_var_grad_sweeps(x), 2);
    nb_var_clear_grad(x);
    assert_null(nb_var_grad(x));
    NbSweep drop = {.drop_inner = true};
    assert_int_equal(nb_backward(f, &drop), NB_OK);
    assert_false(nb_var_has_grad(v));
    assert_float_equal(nb_var_grad_value(x), 12, 0);
    nb_var_unref(&x);
    nb_var_unref(&v);
    nb_var_unref(&f);
}

static void backward_on_a_stale_graph_is_refused_before_any_gradient(void **state)
{
    (void)state;
    NbVar *x = leaf(3), *f = bin("mul", NB_VAR(x), NB_VAR(x));
    nb_var_set_name(x, nb_intern(ctx, "x"), false);
    assert_int_equal(nb_var_assign_scalar(x, 5), NB_OK);
    NbVar *changed[4];
    int n;
    assert_true(nb_var_stale(f, changed, 4, &n));
    assert_int_equal(n, 1);
    assert_ptr_equal(changed[0], x);
    assert_int_equal(nb_backward(f, NULL), NB_ESTALE);
    assert_non_null(strstr(nb_ctx_err(ctx)->msg, "x changed"));
    nb_err_clear(nb_ctx_err(ctx));
    assert_false(nb_var_has_grad(x));
    assert_float_equal(nb_var_value(f), 9, 0);
    assert_int_equal(nb_forward(f, false, NULL), NB_OK);
    assert_float_equal(nb_var_value(f), 25, 0);
    assert_false(nb_var_stale(f, NULL, 0, NULL));
    nb_var_unref(&x);
    nb_var_unref(&f);
}

static void a_node_built_on_a_stale_one_is_stale_until_replayed(void **state)
{
    (void)state;
    NbVar *x = leaf(1), *f = bin("add", NB_VAR(x), NB_NUM(1));
    nb_var_assign_scalar(x, 2);
    NbVar *g = bin("mul", NB_VAR(f), NB_NUM(10));
    assert_true(nb_var_stale(g, NULL, 0, NULL));
    nb_forward(g, false, NULL);
    assert_float_equal(nb_var_value(g), 30, 0);
    nb_var_unref(&x);
    nb_var_unref(&f);
    nb_var_unref(&g);
}

static void forward_recomputes_only_what_is_stale(void **state)
{
    (void)state;
    NbVar *x = leaf(1), *y = leaf(2);
    NbVar *a = bin("add", NB_VAR(x), NB_NUM(1)), *b = bin("mul", NB_VAR(y), NB_NUM(3));
    NbVar *f = bin("add", NB_VAR(a), NB_VAR(b));
    nb_var_assign_scalar(y, 4);
    NbReplay what;
    nb_forward(f, false, &what);
    assert_int_equal(what.recomputed, 2);
    assert_float_equal(nb_var_value(f), 14, 0);
    nb_forward(f, false, &what);
    assert_int_equal(what.recomputed, 0);
    NbVar *all[] = {x, y, a, b, f};
    for (int i = 0; i < 5; i++) {
        nb_var_unref(&all[i]);
    }
}

static void replay_reports_the_branch_it_repeats(void **state)
{
    (void)state;
    NbVar *x = leaf(1);
    uint32_t before = nb_ctx_branch(ctx, 7);
    NbVar *f = bin("mul", NB_VAR(x), NB_NUM(2));
    nb_ctx_branch(ctx, before);
    nb_var_assign_scalar(x, 2);
    NbReplay what;
    nb_forward(f, false, &what);
    assert_int_equal(what.branch, 7);
    nb_var_unref(&x);
    nb_var_unref(&f);
}

static void a_replay_reports_conditions_whose_variables_were_written(void **state)
{
    (void)state;
    NbVar *x = leaf(1), *n = leaf(3), *by = NULL;
    NbVar *test = bin("gt", NB_VAR(n), NB_NUM(2));
    uint32_t mark = nb_decision_new(ctx, 7, &test, 1);
    uint32_t before = nb_ctx_decision(ctx, mark);
    NbVar *f = bin("mul", NB_VAR(x), NB_NUM(2));
    nb_ctx_decision(ctx, before);
    nb_decision_end(ctx, &mark);
    nb_var_unref(&test);
    assert_int_equal(nb_var_branch(f), 7);
    NbReplay what;
    nb_var_assign_scalar(x, 2); /* decides nothing */
    nb_forward(f, false, &what);
    assert_int_equal(what.branch, 0);
    nb_var_assign_scalar(n, 1);
    assert_int_equal(nb_var_repeats(f, &by), 7);
    assert_ptr_equal(by, n);
    nb_forward(f, false, &what);
    assert_int_equal(what.recomputed, 0);
    assert_int_equal(what.branch, 7);
    nb_var_unref(&n); /* it is not held: nobody can write it any more */
    assert_int_equal(nb_var_repeats(f, NULL), 0);
    n = leaf(8); /* perhaps in its place */
    nb_var_assign_scalar(n, 9);
    assert_int_equal(nb_var_repeats(f, NULL), 0);
    nb_var_unref(&x);
    nb_var_unref(&f);
    nb_var_unref(&n);
}

static void a_held_gradient_never_changes(void **state)
{
    (void)state;
    double numbers[] = {1, 2, 3};
    NbVar *x = vector(numbers, 3, NB_LEAF);
    NbVar *sq = bin("mul", NB_VAR(x), NB_VAR(x)), *f = nb_apply1(ctx, op("sum"), sq);
    assert_non_null(f);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    NbVar *gx = nb_var_grad(x), *gsq = nb_var_grad(sq);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    NbTensor t;
    assert_float_equal(nb_tensor_at(nb_var_data(gx, &t), 2), 6, 0);
    assert_float_equal(nb_tensor_at(nb_var_grad_data(x, &t), 2), 12, 0);
    nb_var_clear_grad(x);
    nb_backward(f, NULL);
    nb_backward(f, NULL);
    assert_float_equal(nb_tensor_at(nb_var_data(gx, &t), 1), 4, 0);
    assert_float_equal(nb_tensor_at(nb_var_data(gsq, &t), 1), 1, 0);
    NbVar *all[] = {x, sq, f, gx, gsq};
    for (int i = 0; i < 5; i++) {
        nb_var_unref(&all[i]);
    }
}

static void a_non_scalar_root_wants_a_seed_of_its_shape(void **state)
{
    (void)state;
    double numbers[] = {1, 2, 3}, weights[] = {1, 10, 100};
    NbVar *x = vector(numbers, 3, NB_LEAF), *y = bin("mul", NB_VAR(x), NB_NUM(2));
    assert_int_equal(nb_backward(y, NULL), NB_ESHAPE);
    nb_err_clear(nb_ctx_err(ctx));
    NbShape s = nb_shape(1, 3);
    NbTensor *seed = nb_tensor_from(&s, weights, NULL);
    NbSweep sweep = {.seed = seed};
    assert_int_equal(nb_backward(y, &sweep), NB_OK);
    NbTensor t;
    assert_float_equal(nb_tensor_at(nb_var_grad_data(x, &t), 2), 200, 0);
    nb_tensor_unref(&seed);
    nb_var_unref(&x);
    nb_var_unref(&y);
}

static void a_root_without_leaves_cannot_be_differentiated(void **state)
{
    (void)state;
    NbVar *c = nb_var_scalar(ctx, 3, NB_CONST);
    assert_int_equal(nb_backward(c, NULL), NB_EVALUE);
    nb_err_clear(nb_ctx_err(ctx));
    nb_var_unref(&c);
}

static void results_of_plain_and_const_values_have_no_edges(void **state)
{
    (void)state;
    NbVar *p = nb_var_scalar(ctx, 3, NB_PLAIN), *c = nb_var_scalar(ctx, 4, NB_CONST);
    NbVar *pp = bin("mul", NB_VAR(p), NB_VAR(p)), *pc = bin("mul", NB_VAR(p), NB_VAR(c));
    assert_int_equal(nb_var_kind(pp), NB_PLAIN);
    assert_int_equal(nb_var_kind(pc), NB_CONST);
    assert_int_equal(nb_var_inputs(pc), 0);
    NbVar *x = leaf(2);
    nb_nograd_push(ctx);
    NbVar *n = bin("mul", NB_VAR(x), NB_VAR(x)), *np = bin("mul", NB_VAR(p), NB_VAR(p));
    nb_nograd_pop(ctx);
    assert_int_equal(nb_var_kind(n), NB_CONST);
    assert_int_equal(nb_var_kind(np), NB_CONST); /* also of plain numbers */
    nb_var_unref(&np);
    NbVar *lt = bin("lt", NB_VAR(p), NB_NUM(4));
    assert_int_equal(nb_var_kind(lt), NB_CONST);
    assert_float_equal(nb_var_value(lt), 1, 0);
    NbVar *all[] = {p, c, pp, pc, x, n, lt};
    for (int i = 0; i < 7; i++) {
        nb_var_unref(&all[i]);
    }
}

static void a_folded_number_shows_as_operand(void **state)
{
    (void)state;
    NbVar *x = leaf(2), *f = bin("sub", NB_NUM(1), NB_VAR(x));
    assert_int_equal(nb_var_inputs(f), 2);
    assert_null(nb_var_input(f, 0).var);
    assert_float_equal(nb_var_input(f, 0).num, 1, 0);
    assert_ptr_equal(nb_var_input(f, 1).var, x);
    nb_var_unref(&x);
    nb_var_unref(&f);
}

static void adopting_a_shared_plain_value_is_refused(void **state)
{
    (void)state;
    NbVar *p = nb_var_scalar(ctx, 3, NB_PLAIN), *again = nb_var_ref(p);
    assert_false(nb_var_adopt(p, NB_LEAF));
    nb_var_unref(&again);
    assert_true(nb_var_adopt(p, NB_LEAF));
    assert_int_equal(nb_var_kind(p), NB_LEAF);
    nb_var_unref(&p);
}

static void double_backprop_gives_the_golden_value(void **state)
{
    (void)state;
    /* y = x², z = (dy/dx)³ + y, dz/dx at 2 is 100 (golden/e_derivatives.csv, last line) */
    NbVar *x = leaf(2), *y = bin("mul", NB_VAR(x), NB_VAR(x));
    NbSweep graph = {.create_graph = true};
    assert_int_equal(nb_backward(y, &graph), NB_OK);
    NbVar *g = nb_var_grad(x);
    assert_true(nb_var_grad_is_graph(x));
    nb_var_clear_grad(x);
    NbVar *g3 = bin("pow", NB_VAR(g), NB_NUM(3)), *z = bin("add", NB_VAR(g3), NB_VAR(y));
    assert_int_equal(nb_backward(z, NULL), NB_OK);
    assert_float_equal(nb_var_grad_value(x), 100, 0);
    NbVar *all[] = {x, y, g, g3, z};
    for (int i = 0; i < 5; i++) {
        nb_var_unref(&all[i]);
    }
}

static void a_constant_gradient_can_be_swept_again_to_zero(void **state)
{
    (void)state;
    NbVar *x = leaf(0), *y = bin("pow", NB_VAR(x), NB_NUM(2));
    const double want[] = {0, 2, 0, 0};
    const NbSweep graph = {.create_graph = true};
    for (int order = 0; order < 4; order++) {
        assert_int_equal(nb_backward(y, &graph), NB_OK);
        nb_var_unref(&y);
        y = nb_var_grad(x);
        nb_var_clear_grad(x);
        assert_true(nb_var_tracked(y));
        assert_float_equal(nb_var_value(y), want[order], 0);
    }
    nb_var_unref(&y);
    nb_var_unref(&x);
}

static void memory_is_flat_over_create_graph_loops(void **state)
{
    (void)state;
    uint64_t most = 0;
    for (int i = 0; i < 100000; i++) {
        NbVar *x = leaf(2), *y = bin("pow", NB_VAR(x), NB_NUM(3));
        NbSweep graph = {.create_graph = true};
        assert_int_equal(nb_backward(y, &graph), NB_OK);
        NbVar *g = nb_var_grad(x);
        nb_var_clear_grad(x);
        assert_int_equal(nb_backward(g, &graph), NB_OK);
        assert_float_equal(nb_var_grad_value(x), 12, 0);
        nb_var_unref(&g);
        nb_var_unref(&x);
        nb_var_unref(&y);
        uint64_t live = nb_ctx_live_nodes(ctx);
        most = live > most ? live : most;
    }
    assert_true(most < 20000);
}

static void a_graph_held_by_its_gradient_alone_survives_collection(void **state)
{
    (void)state;
    NbVar *x = leaf(2), *y = bin("pow", NB_VAR(x), NB_NUM(3));
    NbSweep graph = {.create_graph = true};
    nb_backward(y, &graph);
    NbVar *g = nb_var_grad(x);
    nb_var_unref(&y);
    nb_var_clear_grad(x);
    nb_collect_cycles(ctx);
    assert_int_equal(nb_backward(g, NULL), NB_OK);
    assert_float_equal(nb_var_grad_value(x), 12, 0);
    nb_var_unref(&x);
    nb_var_unref(&g);
}

static void a_chain_of_a_million_nodes_needs_no_deep_stack(void **state)
{
    (void)state;
    NbVar *x = leaf(1), *v = nb_var_ref(x);
    for (int i = 0; i < 1000000; i++) {
        NbVar *next = bin("add", NB_VAR(v), NB_NUM(1));
        nb_var_unref(&v);
        v = next;
    }
    assert_float_equal(nb_var_value(v), 1000001, 0);
    assert_int_equal(nb_backward(v, NULL), NB_OK);
    assert_float_equal(nb_var_grad_value(x), 1, 0);
    nb_var_unref(&v);
    nb_var_unref(&x);
    assert_int_equal(nb_ctx_live_nodes(ctx), 0);
}

static void a_sum_of_many_products_is_swept_in_creation_order(void **state)
{
    (void)state;
    NbVar *x = leaf(2), *y = leaf(3), *s = bin("mul", NB_VAR(x), NB_VAR(y));
    for (int i = 1; i < 100000; i++) {
        NbVar *p = bin("mul", NB_VAR(x), NB_VAR(y)), *next = bin("add", NB_VAR(s), NB_VAR(p));
        nb_var_unref(&p);
        nb_var_unref(&s);
        s = next;
    }
    assert_int_equal(nb_backward(s, NULL), NB_OK);
    assert_float_equal(nb_var_grad_value(x), 300000, 0);
    assert_float_equal(nb_var_grad_value(y), 200000, 0);
    const NbTape *t = nb_graph_tape(s);
    for (size_t i = 1; i < t->nnodes; i++) {
        assert_true(nb_var_serial(t->node[i - 1]) < nb_var_serial(t->node[i]));
    }
    nb_var_unref(&s);
    nb_var_unref(&x);
    nb_var_unref(&y);
}

static void unchain_cuts_everything_behind_and_is_never_stale(void **state)
{
    (void)state;
    NbVar *x = leaf(2), *h = bin("mul", NB_VAR(x), NB_VAR(x)),
          *f = bin("add", NB_VAR(h), NB_NUM(1));
    NbVar *after = bin("mul", NB_VAR(f), NB_VAR(x));
    assert_int_equal(nb_var_unchain(f), NB_OK);
    assert_null(nb_var_op(f));
    assert_null(nb_var_op(h));
    nb_var_assign_scalar(x, 10);
    assert_false(nb_var_stale(f, NULL, 0, NULL));
    nb_forward(after, false, NULL);
    assert_float_equal(nb_var_value(after), 50, 0);
    assert_int_equal(nb_backward(after, NULL), NB_OK);
    assert_float_equal(nb_var_grad_value(x), 5, 0);
    NbVar *all[] = {x, h, f, after};
    for (int i = 0; i < 4; i++) {
        nb_var_unref(&all[i]);
    }
}

static void an_interrupted_sweep_changes_no_leaf(void **state)
{
    (void)state;
    double numbers[] = {1, 2, 3};
    volatile sig_atomic_t flag = 0;
    nb_ctx_interrupt(ctx, &flag);
    NbVar *x = vector(numbers, 3, NB_LEAF), *y = bin("mul", NB_VAR(x), NB_VAR(x));
    NbVar *f = nb_apply1(ctx, op("sum"), y);
    nb_backward(f, NULL);
    flag = 1;
    assert_int_equal(nb_backward(f, NULL), NB_EINTERRUPT);
    nb_err_clear(nb_ctx_err(ctx));
    NbTensor t;
    assert_float_equal(nb_tensor_at(nb_var_grad_data(x, &t), 0), 2, 0);
    flag = 0;
    nb_var_unref(&x);
    nb_var_unref(&y);
    nb_var_unref(&f);
}

typedef struct Seen {
    int touches, nonfinite;
    NbNonFinite last;
} Seen;

static void on_touch(void *user, NbVar *v)
{
    (void)v;
    ((Seen *)user)->touches++;
}

static void on_nonfinite(void *user, const NbNonFinite *what)
{
    ((Seen *)user)->nonfinite++;
    ((Seen *)user)->last = *what;
}

static void writes_are_reported_once_per_unit(void **state)
{
    (void)state;
    Seen seen = {0};
    NbHooks hooks = {.user = &seen, .touch = on_touch};
    nb_ctx_hooks(ctx, &hooks);
    NbVar *x = leaf(1), *f = bin("mul", NB_VAR(x), NB_VAR(x));
    nb_ctx_new_unit(ctx);
    nb_backward(f, NULL);
    nb_var_assign_scalar(x, 2);
    nb_var_clear_grad(x);
    assert_int_equal(seen.touches, 2); /* f's gradient, and x */
    nb_ctx_new_unit(ctx);
    nb_var_assign_scalar(x, 3);
    assert_int_equal(seen.touches, 3);
    nb_forward(f, false, NULL);
    nb_backward(f, NULL);
    assert_int_equal(seen.touches, 4);
    NbVar *g = bin("mul", NB_VAR(f), NB_VAR(x)); /* new in this unit: not reported */
    nb_forward(g, true, NULL);
    nb_backward(g, NULL);
    nb_var_set_name(g, nb_intern(ctx, "g"), false);
    assert_int_equal(seen.touches, 4);
    nb_var_unref(&g);
    nb_var_unref(&x);
    nb_var_unref(&f);
}

static void the_operation_that_makes_a_nan_is_named(void **state)
{
    (void)state;
    Seen seen = {0};
    NbHooks hooks = {.user = &seen, .nonfinite = on_nonfinite};
    nb_ctx_hooks(ctx, &hooks);
    NbVar *x = leaf(-1), *f = nb_apply1(ctx, op("log"), x), *g = bin("add", NB_VAR(f), NB_NUM(1));
    assert_int_equal(seen.nonfinite, 1); /* not again where it is passed on */
    assert_true(isnan(seen.last.value));
    assert_float_equal(seen.last.operand[0], -1, 0);
    nb_ctx_nan_mode(ctx, NB_NAN_ERROR);
    assert_null(nb_apply1(ctx, op("log"), x));
    assert_int_equal(nb_ctx_err(ctx)->code, NB_ENONFINITE);
    nb_err_clear(nb_ctx_err(ctx));
    nb_var_unref(&x);
    nb_var_unref(&f);
    nb_var_unref(&g);
}

static void a_gradient_that_stops_being_finite_is_reported_with_its_operation(void **state)
{
    (void)state;
    Seen seen = {0};
    NbHooks hooks = {.user = &seen, .nonfinite = on_nonfinite};
    nb_ctx_hooks(ctx, &hooks);
    NbVar *x = leaf(0), *r = nb_apply1(ctx, op("sqrt"), x), *f = bin("mul", NB_VAR(r), NB_NUM(3));
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    assert_int_equal(seen.nonfinite, 1);
    assert_true(seen.last.gradient);
    nb_var_unref(&x);
    nb_var_unref(&r);
    nb_var_unref(&f);
}

static void a_view_shows_new_values_and_what_follows_is_stale(void **state)
{
    (void)state;
    double numbers[] = {1, 2, 3, 4}, more[] = {5, 6, 7, 8};
    NbVar *x = vector(numbers, 4, NB_LEAF);
    NbAttrs a;
    nb_attrs_init(&a);
    a.has_shape = true;
    a.shape = nb_shape(2, 2, 2);
    NbArg in = NB_VAR(x);
    NbVar *m = nb_apply(ctx, op("reshape"), &in, 1, &a), *f = bin("mul", NB_VAR(m), NB_NUM(10));
    NbShape s = nb_shape(1, 4);
    NbTensor *value = nb_tensor_from(&s, more, NULL);
    nb_var_assign(x, value);
    NbTensor t;
    assert_float_equal(nb_tensor_at(nb_var_data(m, &t), 3), 8, 0);
    assert_float_equal(nb_tensor_at(nb_var_data(f, &t), 3), 40, 0);
    assert_true(nb_var_stale(f, NULL, 0, NULL));
    nb_forward(f, false, NULL);
    assert_float_equal(nb_tensor_at(nb_var_data(f, &t), 3), 80, 0);
    nb_tensor_unref(&value);
    nb_var_unref(&x);
    nb_var_unref(&m);
    nb_var_unref(&f);
}

/* A retained graph is packed at its third use: every operation of two scalars must give the same
 * bits before and after, and so must arithmetic that reuses an operand. */
static void a_graph_used_often_gives_the_same_bits_as_a_fresh_one(void **state)
{
    (void)state;
    for (int i = 0; i < nb_op_count(); i++) {
        const NbOp *o = nb_op_at(i);
        if (!o->scalar || !o->partials || o->min_in > 2) {
            continue;
        }
        for (int folded = -1; folded < o->min_in; folded++) {
            NbVar *x = leaf(1.25), *y = leaf(0.75);
            NbArg a = folded == 0 ? NB_NUM(2) : NB_VAR(x), b = folded == 1 ? NB_NUM(2) : NB_VAR(y);
            if (o->min_in == 1 && folded == 0) {
                a = NB_VAR(x);
            }
            NbVar *v = o->min_in == 1 ? nb_apply1(ctx, o, a.var) : nb_apply2(ctx, o, a, b);
            assert_non_null(v);
            NbVar *w = bin("sub", NB_VAR(v), NB_VAR(x)), *f = bin("mul", NB_VAR(w), NB_VAR(v));
            NbSweep replace = {.replace = true};
            double first[3] = {0};
            for (int pass = 0; nb_var_tracked(f) && pass < 6; pass++) {
                nb_var_assign_scalar(x, 1.25);
                nb_forward(f, false, NULL);
                assert_int_equal(nb_backward(f, &replace), NB_OK);
                double now[3] = {nb_var_value(f), nb_var_grad_value(x), nb_var_grad_value(y)};
                if (pass == 0) {
                    memcpy(first, now, sizeof now);
                }
                for (int k = 0; k < 3; k++) { /* the sign of a NaN is not a number */
                    bool nan = isnan(first[k]) && isnan(now[k]);
                    assert_true(nan || memcmp(&first[k], &now[k], sizeof now[k]) == 0);
                }
            }
            NbVar *all[] = {x, y, v, w, f};
            for (int k = 0; k < 5; k++) {
                nb_var_unref(&all[k]);
            }
        }
    }
}

static void gradients_as_values_leave_those_held_alone(void **state)
{
    (void)state;
    NbVar *x = leaf(3), *other = leaf(1);
    NbVar *f = bin("pow", NB_VAR(x), NB_NUM(2)), *g = bin("pow", NB_VAR(f), NB_NUM(2));
    NbVar *const by[] = {x, f, other, x};
    NbVar *d[4], *twice[1];
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    assert_int_equal(nb_gradients(g, NULL, true, by, 4, d), NB_OK);
    assert_true(nb_var_value(d[0]) == 108 && nb_var_value(d[1]) == 18);
    assert_true(nb_var_value(d[2]) == 0 && d[3] == d[0]);
    assert_int_equal(nb_gradients(d[0], NULL, false, by, 1, twice), NB_OK);
    assert_true(nb_var_value(twice[0]) == 108 && !nb_var_tracked(twice[0]));
    assert_true(nb_var_grad_value(x) == 6 && nb_var_grad_value(f) == 1 && !nb_var_has_grad(g));
    assert_int_equal(nb_var_assign_scalar(x, 4), NB_OK);
    for (int i = 0; i < 4; i++) {
        nb_var_unref(&d[i]);
    }
    assert_int_equal(nb_gradients(g, NULL, true, by, 4, d), NB_ESTALE);
    assert_true(!d[0] && !d[1] && !d[2] && !d[3]);
    nb_err_clear(nb_ctx_err(ctx));
    nb_var_unref(&twice[0]);
    nb_var_unref(&g);
    nb_var_unref(&f);
    nb_var_unref(&x);
    nb_var_unref(&other);
}

static void every_failing_allocation_gives_an_error_and_no_leak(void **state)
{
    (void)state;
    for (uint64_t at = 1; at < 400; at++) {
        NbCtx *keep = ctx;
        ctx = nb_ctx_new();
        double numbers[] = {1, 2, 3, 4};
        NbVar *x = vector(numbers, 4, NB_LEAF);
        test_fail_allocation(at);
        NbVar *sq = nb_apply2(ctx, op("mul"), NB_VAR(x), NB_VAR(x));
        NbVar *f = sq ? nb_apply1(ctx, op("sum"), sq) : NULL;
        NbVar *g = f ? nb_apply2(ctx, op("pow"), NB_VAR(f), NB_NUM(2)) : NULL;
        NbSweep graph = {.create_graph = true};
        NbStatus s = g ? nb_backward(g, &graph) : NB_EMEM;
        bool ran_out = test_fail_allocation(0);
        assert_true(s == NB_OK || nb_ctx_err(ctx)->code == NB_EMEM);
        nb_var_unref(&x);
        nb_var_unref(&sq);
        nb_var_unref(&f);
        nb_var_unref(&g);
        nb_collect_cycles(ctx);
        assert_int_equal(nb_ctx_live_nodes(ctx), 0);
        nb_ctx_free(&ctx);
        ctx = keep;
        if (!ran_out) {
            assert_int_equal(s, NB_OK);
            return;
        }
    }
    fail_msg("no end to the allocations");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
    T(rosenbrock_has_the_value_and_gradient_of_the_textbook),
    T(a_second_sweep_adds_to_leaves_and_resets_inner_gradients),
    T(backward_on_a_stale_graph_is_refused_before_any_gradient),
    T(a_node_built_on_a_stale_one_is_stale_until_replayed),
    T(forward_recomputes_only_what_is_stale),
    T(replay_reports_the_branch_it_repeats),
    T(a_replay_reports_conditions_whose_variables_were_written),
    T(a_held_gradient_never_changes),
    T(a_non_scalar_root_wants_a_seed_of_its_shape),
    T(a_root_without_leaves_cannot_be_differentiated),
    T(results_of_plain_and_const_values_have_no_edges),
    T(a_folded_number_shows_as_operand),
    T(adopting_a_shared_plain_value_is_refused),
    T(double_backprop_gives_the_golden_value),
    T(a_constant_gradient_can_be_swept_again_to_zero),
    T(gradients_as_values_leave_those_held_alone),
    T(memory_is_flat_over_create_graph_loops),
    T(a_graph_held_by_its_gradient_alone_survives_collection),
    T(a_chain_of_a_million_nodes_needs_no_deep_stack),
    T(a_sum_of_many_products_is_swept_in_creation_order),
    T(unchain_cuts_everything_behind_and_is_never_stale),
    T(an_interrupted_sweep_changes_no_leaf),
    T(writes_are_reported_once_per_unit),
    T(the_operation_that_makes_a_nan_is_named),
    T(a_gradient_that_stops_being_finite_is_reported_with_its_operation),
    T(a_view_shows_new_values_and_what_follows_is_stale),
    T(a_graph_used_often_gives_the_same_bits_as_a_fresh_one),
    T(every_failing_allocation_gives_an_error_and_no_leak),
};

NB_TEST_MAIN(tests)
