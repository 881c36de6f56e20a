/* test_contributions.c -- a sweep edge by edge: the numbers of backward, and nothing touched */
#include <nabla/saved.h>

#include "op_cases.h"

#define MANY 64

static NbVar *leaf(double x)
{
    return nb_var_scalar(ctx, x, NB_LEAF);
}

/* Operations that leave what they are given to the caller. */
static NbVar *two(const char *name, NbArg a, NbArg b)
{
    NbVar *v = nb_apply2(ctx, nb_op_find(name), a, b);
    assert_non_null(v);
    return v;
}

static void drop(NbVar **v, int n)
{
    for (int i = 0; i < n; i++) {
        nb_var_unref(&v[i]);
    }
}

static void assert_entry(const NbContribution *e, const NbVar *node, int input, double upstream,
                         double local, double product, double before, double after)
{
    assert_ptr_equal(e->node, node);
    assert_int_equal(e->input, input);
    assert_ptr_equal(e->to, nb_var_input(node, input).var);
    assert_true(e->scalars);
    assert_true(e->upstream.num == upstream);
    assert_true(e->local == local);
    assert_true(e->product.num == product);
    assert_true(e->before.num == before);
    assert_true(e->after.num == after);
}

/* x*y + x^2 at (2, 3): the walk of the design, newest operation first, x: 4 + 3 = 7. */
static void entries_are_the_steps_of_the_chain_rule_in_the_order_of_backward(void **state)
{
    (void)state;
    NbVar *x = leaf(2), *y = leaf(3);
    NbVar *v1 = two("mul", NB_VAR(x), NB_VAR(y)), *v2 = two("pow", NB_VAR(x), NB_NUM(2));
    NbVar *f = two("add", NB_VAR(v1), NB_VAR(v2));
    NbContributions *c = nb_contributions(f, NULL);
    assert_non_null(c);
    assert_ptr_equal(c->root, f);
    assert_int_equal(c->n, 5);
    assert_entry(&c->edge[0], f, 0, 1, 1, 1, 0, 1);
    assert_entry(&c->edge[1], f, 1, 1, 1, 1, 0, 1);
    assert_entry(&c->edge[2], v2, 0, 1, 4, 4, 0, 4);
    assert_entry(&c->edge[3], v1, 0, 1, 3, 3, 4, 7);
    assert_entry(&c->edge[4], v1, 1, 1, 2, 2, 0, 2);
    assert_true(c->edge[2].first);
    assert_false(c->edge[3].first);
    assert_true(nb_contributions_total(c, x)->num == 7);
    assert_true(nb_contributions_total(c, f)->num == 1);
    nb_contributions_free(&c);
    assert_null(c);
    nb_contributions_free(&c);
    drop((NbVar *[]){x, y, v1, v2, f}, 5);
}

static void both_operands_of_x_times_x_have_an_entry(void **state)
{
    (void)state;
    NbVar *x = leaf(3), *f = two("mul", NB_VAR(x), NB_VAR(x));
    NbContributions *c = nb_contributions(f, NULL);
    assert_int_equal(c->n, 2);
    assert_entry(&c->edge[0], f, 0, 1, 3, 3, 0, 3);
    assert_entry(&c->edge[1], f, 1, 1, 3, 3, 3, 6);
    nb_contributions_free(&c);
    drop((NbVar *[]){x, f}, 2);
}

static int touches;

static void count_touch(void *user, NbVar *v)
{
    (void)user;
    (void)v;
    touches++;
}

static void count_nonfinite(void *user, const NbNonFinite *what)
{
    (void)user;
    (void)what;
    touches++;
}

static void gradients_held_stay_and_no_hook_is_called(void **state)
{
    (void)state;
    NbHooks hooks = {.touch = count_touch, .nonfinite = count_nonfinite};
    NbVar *x = leaf(0), *v = nb_apply1(ctx, nb_op_find("sqrt"), x);
    NbVar *f = two("mul", NB_VAR(v), NB_NUM(3));
    assert_int_equal(nb_backward(f, NULL), NB_OK); /* inf at 0 */
    nb_ctx_hooks(ctx, &hooks);
    nb_ctx_new_unit(ctx);
    touches = 0;
    nb_ctx_nan_mode(ctx, NB_NAN_ERROR);
    double two_times = 2;
    NbTensor seed = nb_tensor_scalar(&two_times);
    NbContributions *c = nb_contributions(f, &seed);
    assert_non_null(c);
    assert_true(nb_contributions_total(c, v)->num == 6);
    assert_int_equal(touches, 0);
    assert_true(nb_var_grad_value(v) == 3);
    assert_true(isinf(nb_var_grad_value(x)));
    assert_int_equal(nb_var_grad_sweeps(x), 1);
    nb_contributions_free(&c);
    drop((NbVar *[]){x, v, f}, 3);
}

static void without_a_path_there_is_no_entry_and_no_total(void **state)
{
    (void)state;
    NbVar *x = leaf(2), *k = nb_var_scalar(ctx, 5, NB_CONST), *other = leaf(1);
    NbVar *f = two("mul", NB_VAR(x), NB_VAR(k));
    NbContributions *c = nb_contributions(f, NULL);
    assert_int_equal(c->n, 1);
    assert_null(nb_contributions_total(c, k));
    assert_null(nb_contributions_total(c, other));
    nb_contributions_free(&c);
    c = nb_contributions(other, NULL); /* a leaf is its own root */
    assert_int_equal(c->n, 0);
    assert_true(nb_contributions_total(c, other)->num == 1);
    nb_contributions_free(&c);
    drop((NbVar *[]){x, k, other, f}, 4);
}

static void assert_refused(NbVar *root, const NbTensor *seed, const char *message)
{
    assert_null(nb_contributions(root, seed));
    assert_non_null(strstr(nb_ctx_err(ctx)->msg, message));
    nb_err_clear(nb_ctx_err(ctx));
}

static void stale_graphs_and_wrong_seeds_are_refused_as_by_backward(void **state)
{
    (void)state;
    NbVar *x = leaf(2), *f = two("mul", NB_VAR(x), NB_NUM(3));
    NbVar *k = nb_var_scalar(ctx, 5, NB_CONST);
    const double numbers[] = {1, 2};
    NbVar *w = var_of("2", numbers, NB_LEAF), *g = two("mul", NB_VAR(w), NB_NUM(3));
    NbTensor tmp;
    assert_refused(k, NULL, "depends on no variable");
    assert_refused(g, NULL, "one number is needed");
    assert_refused(f, nb_var_data(w, &tmp), "does not fit");
    assert_int_equal(nb_var_assign_scalar(x, 1), NB_OK);
    assert_refused(f, NULL, "is stale");
    drop((NbVar *[]){x, f, k, w, g}, 5);
}

static void an_interrupt_stops_it(void **state)
{
    (void)state;
    const volatile sig_atomic_t now = 1;
    NbVar *x = leaf(2), *f = two("mul", NB_VAR(x), NB_NUM(3));
    nb_ctx_interrupt(ctx, &now);
    assert_refused(f, NULL, "stopped");
    nb_ctx_interrupt(ctx, NULL);
    drop((NbVar *[]){x, f}, 2);
}

/* --- against backward --- */

static double amount_at(const NbAmount *a, int64_t i)
{
    return a->tensor ? nb_tensor_at(a->tensor, i) : a->num;
}

/* The same bits, NaN and the sign of 0 included. */
static bool same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* What reached v equals the gradient backward has just left there. */
static void assert_total(const NbContributions *c, NbVar *v, const char *what)
{
    const NbAmount *total = nb_contributions_total(c, v);
    NbTensor tmp;
    const NbTensor *g = nb_var_grad_data(v, &tmp);
    if ((total != NULL) != (g != NULL)) {
        fail_msg("%s: a gradient here, none there", what);
        return;
    }
    for (int64_t i = 0; g && i < g->size; i++) {
        if (!same(amount_at(total, i), nb_tensor_at(g, i))) {
            fail_msg("%s, element %d: %.17g, backward has %.17g", what, (int)i, amount_at(total, i),
                     nb_tensor_at(g, i));
        }
    }
}

/* Each entry continues its operand's sum, and its factors make its product. */
static void assert_chain(const NbContributions *c, const char *what)
{
    for (size_t i = 0; i < c->n; i++) {
        const NbContribution *e = &c->edge[i];
        const NbAmount *before = NULL;
        for (size_t k = 0; k < i; k++) {
            before = c->edge[k].to == e->to ? &c->edge[k].after : before;
        }
        assert_int_equal(e->first, before == NULL);
        const int64_t n = e->after.tensor ? e->after.tensor->size : 1;
        for (int64_t k = 0; k < n; k++) {
            const double b = before ? amount_at(before, k) : 0;
            const double sum = before ? b + amount_at(&e->product, k) : amount_at(&e->product, k);
            if (!same(amount_at(&e->before, before ? k : 0), b) ||
                !(fabs(amount_at(&e->after, k) - sum) <= 1e-13 * (1 + fabs(sum)))) {
                fail_msg("%s: entry %d does not add up", what, (int)i);
            }
        }
        if (e->scalars) {
            assert_close(e->upstream.num * e->local, e->product.num, 1e-14);
        } else {
            assert_true(isnan(e->local));
        }
    }
}

static void assert_agrees(NbVar *root, NbVar *const leaves[], int n, const char *what)
{
    NbContributions *c = nb_contributions(root, NULL);
    if (!c) {
        fail_msg("%s: %s", what, nb_ctx_err(ctx)->msg);
        return;
    }
    assert_int_equal(nb_backward(root, NULL), NB_OK);
    for (int i = 0; i < n; i++) {
        if (nb_var_tracked(leaves[i])) {
            assert_total(c, leaves[i], what);
        }
    }
    assert_total(c, root, what);
    assert_chain(c, what);
    nb_contributions_free(&c);
    for (int i = 0; i < n; i++) {
        nb_var_clear_grad(leaves[i]);
    }
}

/* sum(y*y) over y = op(…), so that y is used twice and its gradient is not all ones. */
static bool agrees_on(const NbOp *op, const Case *c, NbRng *rng)
{
    const char *text = *c->shapes ? c->shapes : NULL;
    NbVar *in[MAX_IN + 3] = {NULL};
    const int most = op->max_in >= 0 && op->max_in < MAX_IN ? op->max_in : MAX_IN;
    int n = 0;
    while (text && n < (c->kind == '#' ? 1 : most)) {
        double x[96];
        for (int k = 0; k < 96; k++) {
            x[k] = draw(rng, op, n);
        }
        in[n] = var_of(text, x, draws_data(op, n) ? NB_CONST : NB_LEAF);
        n++;
        text = strchr(text, '|');
        text = text ? text + 1 : NULL;
    }
    NbVar *y = n >= op->min_in ? apply(op->name, in, n, c->options) : NULL;
    nb_err_clear(nb_ctx_err(ctx));
    const bool takes = y && nb_var_takes_grad(y) && nb_var_op(y);
    if (takes) {
        char what[160];
        snprintf(what, sizeof what, "%s of %s %s", op->name, c->shapes, c->options);
        NbVar *square = two("mul", NB_VAR(y), NB_VAR(y));
        NbVar *s = nb_apply1(ctx, &nb_op_sum, square);
        assert_non_null(s);
        assert_agrees(s, in, n, what);
        drop((NbVar *[]){square, s}, 2);
    }
    nb_var_unref(&y);
    drop(in, n);
    return takes;
}

static void every_operation_gives_the_numbers_of_backward_to_the_last_bit(void **state)
{
    (void)state;
    NbRng rng;
    nb_rng_seed(&rng, 11, 5);
    for (int i = 0; i < nb_op_count(); i++) {
        const NbOp *op = nb_op_at(i);
        int tried = 0;
        Cases cases;
        cases_of(op, &cases);
        for (int k = 0; k < cases.n; k++) {
            tried += agrees_on(op, &cases.at[k], &rng);
        }
        if (tried == 0 && (op->grad || op->vjp)) {
            fail_msg("no case suits %s", op->name);
        }
    }
}

/* A random graph whose nodes are used many times, of scalars and of (2, 3) tensors. */
static void grow(NbVar **v, int n, bool tensors, NbRng *rng)
{
    static const char *const names[] = {"add", "sub", "mul", "sin", "tanh", "sigmoid", "max"};
    for (int i = 4; i < n; i++) {
        const NbOp *op = nb_op_find(names[(int)(nb_rng_uniform(rng) * 7)]);
        NbVar *a = v[(int)(nb_rng_uniform(rng) * i)], *b = v[(int)(nb_rng_uniform(rng) * i)];
        v[i] = op->max_in == 1 ? nb_apply1(ctx, op, a) : nb_apply2(ctx, op, NB_VAR(a), NB_VAR(b));
        assert_non_null(v[i]);
    }
    NbVar *root = tensors ? nb_apply1(ctx, &nb_op_sum, v[n - 1]) : nb_var_ref(v[n - 1]);
    v[n] = root;
}

static void random_graphs_give_the_numbers_of_backward_to_the_last_bit(void **state)
{
    (void)state;
    NbRng rng;
    nb_rng_seed(&rng, 17, 2);
    for (int round = 0; round < 200; round++) {
        NbVar *v[MANY + 1] = {NULL};
        const bool tensors = round % 2;
        const int n = 6 + (int)(nb_rng_uniform(&rng) * (MANY - 6));
        for (int i = 0; i < 4; i++) {
            double x[6];
            for (int k = 0; k < 6; k++) {
                x[k] = 4 * nb_rng_uniform(&rng) - 2;
            }
            v[i] = var_of(tensors ? i % 2 ? "3" : "2,3" : "", x, NB_LEAF);
        }
        grow(v, n, tensors, &rng);
        NbContributions *c = nb_var_op(v[n]) ? nb_contributions(v[n], NULL) : NULL;
        assert_non_null(c);
        for (int pass = 0; pass < 4; pass++) { /* the later ones sweep a packed graph */
            for (int i = 0; i < 4; i++) {
                nb_var_clear_grad(v[i]);
            }
            assert_int_equal(nb_backward(v[n], NULL), NB_OK);
        }
        for (int i = 0; i <= n; i++) {
            if (nb_contributions_total(c, v[i])) {
                assert_total(c, v[i], "random graph");
            }
        }
        assert_chain(c, "random graph");
        nb_contributions_free(&c);
        drop(v, n + 1);
    }
}

/* One product alone, from a gradient of one's own choosing, also over stale values. */
static void a_single_product_comes_from_any_upstream(void **state)
{
    (void)state;
    NbVar *x = leaf(2), *y = leaf(3), *f = two("mul", NB_VAR(x), NB_VAR(y));
    NbAmount g;
    assert_int_equal(nb_contribution_from(f, 0, &(NbAmount){5, NULL}, &g), NB_OK);
    assert_true(g.num == 15);
    nb_var_assign_scalar(y, 4);
    assert_int_equal(nb_contribution_from(f, 0, &(NbAmount){5, NULL}, &g), NB_OK);
    assert_true(g.num == 20);
    assert_false(nb_var_has_grad(x));
    const double numbers[] = {1, 2, 3, 4, 5, 6};
    NbVar *w = var_of("2,3", numbers, NB_LEAF), *sum = nb_apply1(ctx, &nb_op_sum, w);
    assert_int_equal(nb_contribution_from(sum, 0, &(NbAmount){7, NULL}, &g), NB_OK);
    assert_int_equal(g.tensor->size, 6);
    assert_true(nb_tensor_at(g.tensor, 5) == 7);
    nb_amount_free(&g);
    assert_null(g.tensor);
    drop((NbVar *[]){x, y, f, w, sum}, 5);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
        TEST(entries_are_the_steps_of_the_chain_rule_in_the_order_of_backward),
        TEST(both_operands_of_x_times_x_have_an_entry),
        TEST(gradients_held_stay_and_no_hook_is_called),
        TEST(a_single_product_comes_from_any_upstream),
        TEST(without_a_path_there_is_no_entry_and_no_total),
        TEST(stale_graphs_and_wrong_seeds_are_refused_as_by_backward),
        TEST(an_interrupt_stops_it),
        TEST(every_operation_gives_the_numbers_of_backward_to_the_last_bit),
        TEST(random_graphs_give_the_numbers_of_backward_to_the_last_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
