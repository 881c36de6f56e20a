/* test_optim.c -- every rule against golden numbers or its formula, hooks, state, failure */
#include "test.h"

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

/* How many hyperparameters a rule has. */
static int params(const char *rule)
{
    const NbOptRule *r = nb_opt_rule_find(rule);
    int n = 0;
    while (n < NB_OPT_PARAMS && r->param[n].name) {
        n++;
    }
    return n;
}

/* One optimizer on Rosenbrock from (0, 2). */
typedef struct Walk {
    NbVar *x, *y, *f;
    NbOptim *o;
} Walk;

static void walk_open(Walk *w, const char *rule, const double *h)
{
    w->x = nb_var_scalar(ctx, 0, NB_LEAF);
    w->y = nb_var_scalar(ctx, 2, NB_LEAF);
    NbVar *part[6];
    part[0] = apply("pow", NB_VAR(w->x), NB_NUM(2));
    part[1] = apply("sub", NB_VAR(w->y), NB_VAR(part[0]));
    part[2] = apply("pow", NB_VAR(part[1]), NB_NUM(2));
    part[3] = apply("mul", NB_NUM(100), NB_VAR(part[2]));
    part[4] = apply("sub", NB_NUM(1), NB_VAR(w->x));
    part[5] = apply("pow", NB_VAR(part[4]), NB_NUM(2));
    w->f = apply("add", NB_VAR(part[3]), NB_VAR(part[5]));
    for (int i = 0; i < 6; i++) {
        nb_var_unref(&part[i]);
    }
    w->o = nb_optim_new(ctx, nb_opt_rule_find(rule), h, params(rule));
    assert_non_null(w->o);
    nb_optim_add(w->o, w->x);
    nb_optim_add(w->o, w->y);
}

static void walk_close(Walk *w)
{
    nb_optim_free(&w->o);
    nb_var_unref(&w->x);
    nb_var_unref(&w->y);
    nb_var_unref(&w->f);
}

static void walk_step(Walk *w)
{
    NbSweep replace = {.replace = true};
    assert_int_equal(nb_forward(w->f, false, NULL), NB_OK);
    assert_int_equal(nb_backward(w->f, &replace), NB_OK);
    assert_int_equal(nb_optim_step(w->o, NULL), NB_OK);
}

/* Rows "optimizer,hooks,step,x0,x1,…" or "\"optimizer\",step,x0,x1" of one optimizer. */
static int compare(const char *file, const char *row, bool has_hooks, Walk *w)
{
    FILE *f = test_golden(file);
    char line[512];
    int rows = 0;
    while (fgets(line, sizeof line, f)) {
        const char *at = line;
        if (strncmp(line, row, strlen(row)) != 0) {
            continue;
        }
        at += strlen(row) + 1;
        if (has_hooks) {
            at = strchr(at, ',') + 1;
        }
        int step;
        double x, y;
        if (sscanf(at, "%d,%lf,%lf", &step, &x, &y) != 3 || step == 0) {
            continue;
        }
        walk_step(w);
        assert_int_equal(nb_optim_steps(w->o), step);
        assert_close(nb_var_value(w->x), x, 1e-12);
        assert_close(nb_var_value(w->y), y, 1e-12);
        rows++;
    }
    fclose(f);
    return rows;
}

static void sgd_follows_the_golden_path(void **state)
{
    (void)state;
    Walk w;
    walk_open(&w, "sgd", (double[]){0.001, 0, NAN, 0, 0});
    assert_int_equal(compare("f_optimizers_plain.csv", "SGD(lr=0.001)", true, &w), 20);
    walk_close(&w);
}

static void momentum_follows_the_golden_path(void **state)
{
    (void)state;
    Walk w;
    walk_open(&w, "momentum", (double[]){0.001, 0.9});
    assert_int_equal(compare("f_optimizers_plain.csv", "Momentum(lr=0.001;m=0.9)", true, &w), 20);
    walk_close(&w);
}

static void adam_with_eps_hat_follows_the_golden_path(void **state)
{
    (void)state;
    Walk w;
    walk_open(&w, "adam", (double[]){0.01, 0.9, 0.999, 1e-8, 0, 1});
    assert_int_equal(compare("f_optimizers_plain.csv", "Adam(a=0.01;b1=0.9;b2=0.999)", true, &w),
                     20);
    walk_close(&w);
}

static void adamw_follows_the_golden_path(void **state)
{
    (void)state;
    Walk w;
    walk_open(&w, "adamw", (double[]){0.01, 0.9, 0.999, 1e-8, 0.01, 0});
    assert_int_equal(
        compare("f_optimizers_torch.csv", "\"adamw(lr=0.01, weight_decay=0.01)\"", false, &w), 30);
    walk_close(&w);
}

/* Rules without golden rows against their formula, written out again on one number. */
static double gradient_at(double p)
{
    return 3 * p * p + 1;
}

static void check_formula(const char *rule, const double *h, double (*formula)(double, int))
{
    NbVar *p = nb_var_scalar(ctx, 1, NB_LEAF);
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find(rule), h, params(rule));
    nb_optim_add(o, p);
    double want = 1;
    for (int t = 1; t <= 40; t++) {
        double g = gradient_at(nb_var_value(p));
        NbTensor gt = nb_tensor_scalar(&g);
        nb_var_set_grad(p, &gt);
        assert_int_equal(nb_optim_step(o, NULL), NB_OK);
        want = formula(want, t);
        assert_close(nb_var_value(p), want, 1e-14);
    }
    nb_optim_free(&o);
    nb_var_unref(&p);
}

static double rmsprop_formula(double p, int t)
{
    static double v;
    double g = gradient_at(p);
    v = (t == 1 ? 0 : 0.9 * v) + (1 - 0.9) * g * g;
    return p - 0.01 * g / (sqrt(v) + 1e-8);
}

static double adagrad_formula(double p, int t)
{
    static double s;
    double g = gradient_at(p);
    s = (t == 1 ? 0 : s) + g * g;
    return p - 0.1 * g / (sqrt(s) + 1e-10);
}

static double nesterov_formula(double p, int t)
{
    static double u;
    double g = gradient_at(p);
    u = (t == 1 ? 0 : 0.9 * u) + g;
    return p - 0.001 * (g + 0.9 * u);
}

static double damped_formula(double p, int t)
{
    static double u;
    double g = gradient_at(p);
    u = (t == 1 ? 0 : 0.9 * u) + (1 - 0.9) * g;
    return p * (1 - 0.01 * 0.1) - 0.01 * u;
}

static double adam_decay_formula(double p, int t)
{
    static double m, v;
    double g = gradient_at(p) + 0.1 * p;
    m = (t == 1 ? 0 : 0.9 * m) + (1 - 0.9) * g;
    v = (t == 1 ? 0 : 0.999 * v) + (1 - 0.999) * g * g;
    return p - 0.01 * (m / (1 - pow(0.9, t))) / (sqrt(v / (1 - pow(0.999, t))) + 1e-8);
}

static void rules_without_golden_rows_equal_their_formula(void **state)
{
    (void)state;
    check_formula("rmsprop", (double[]){0.01, 0.9, 1e-8}, rmsprop_formula);
    check_formula("adagrad", (double[]){0.1, 1e-10}, adagrad_formula);
    check_formula("nesterov", (double[]){0.001, 0.9}, nesterov_formula);
    check_formula("sgd", (double[]){0.001, 0.9, 0, 1, 0}, nesterov_formula);
    check_formula("sgd", (double[]){0.01, 0.9, NAN, 0, 0.1}, damped_formula);
    check_formula("adam", (double[]){0.01, 0.9, 0.999, 1e-8, 0.1, 0}, adam_decay_formula);
}

/* Long vectors go through wide registers, single numbers do not; their tails are mixed. */
static void long_parameters_are_updated_to_the_last_bit_like_single_numbers(void **state)
{
    (void)state;
    enum { N = 37, STEPS = 5 };
    for (int r = 0; r < nb_opt_rule_count(); r++) {
        const NbOptRule *rule = nb_opt_rule_at(r);
        double h[NB_OPT_PARAMS] = {0}, k[NB_OPT_FACTORS] = {0}, p[2][N], g[N];
        double state_of[2][NB_OPT_STATE][N] = {{{0}}};
        for (int i = 0; i < NB_OPT_PARAMS && rule->param[i].name; i++) {
            h[i] = isnan(rule->param[i].value) ? 0.5 : rule->param[i].value;
        }
        for (int i = 0; i < N; i++) {
            p[0][i] = p[1][i] = sin(1 + i);
        }
        for (uint64_t t = 1; t <= STEPS; t++) {
            for (int i = 0; i < N; i++) {
                g[i] = cos(3 * i + (double)t);
            }
            if (rule->prepare) {
                rule->prepare(h, t, k);
            }
            const NbOptPart all = {p[0], g, {state_of[0][0], state_of[0][1]}, N};
            NbOptPart one[N];
            for (int i = 0; i < N; i++) {
                one[i] = (NbOptPart){&p[1][i], &g[i], {&state_of[1][0][i], &state_of[1][1][i]}, 1};
            }
            rule->update(&all, 1, h, k);
            rule->update(one, N, h, k);
        }
        assert_memory_equal(p[0], p[1], sizeof p[0]);
        assert_memory_equal(state_of[0], state_of[1], sizeof state_of[0]);
    }
}

static void hooks_work_on_a_copy_in_order(void **state)
{
    (void)state;
    double start[] = {3, 4}, grad[] = {30, 40};
    NbShape s = nb_shape(1, 2);
    NbVar *p = nb_var_tensor(ctx, nb_tensor_from(&s, start, NULL), NB_LEAF);
    NbTensor *g = nb_tensor_from(&s, grad, NULL);
    nb_var_set_grad(p, g);
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("sgd"), (double[]){1, 0, NAN, 0, 0}, 5);
    nb_optim_add(o, p);
    nb_optim_add_hook(o, nb_hook_rule_find("weight_decay"), 10);
    nb_optim_add_hook(o, nb_hook_rule_find("clip_grad"), 5);
    assert_int_equal(nb_optim_step(o, NULL), NB_OK);
    NbTensor t; /* (30, 40) + 10·(3, 4) = (60, 80), clipped to norm 5: (3, 4) */
    assert_close(nb_tensor_at(nb_var_data(p, &t), 0), 0, 1e-14);
    assert_close(nb_tensor_at(nb_var_data(p, &t), 1), 0, 1e-14);
    assert_float_equal(nb_tensor_at(nb_var_grad_data(p, &t), 0), 30, 0);
    nb_tensor_unref(&g);
    nb_optim_free(&o);
    nb_var_unref(&p);
}

static void a_saved_state_continues_to_the_same_numbers(void **state)
{
    (void)state;
    Walk w;
    walk_open(&w, "adam", NULL);
    for (int i = 0; i < 5; i++) {
        walk_step(&w);
    }
    NbOptimState *saved = nb_optim_save(w.o);
    double x = nb_var_value(w.x), y = nb_var_value(w.y);
    walk_step(&w);
    double after = nb_var_value(w.x);
    nb_optim_reset(w.o);
    assert_int_equal(nb_optim_steps(w.o), 0);
    assert_int_equal(nb_optim_runs(w.o), 2);
    nb_optim_restore(w.o, saved);
    nb_var_assign_scalar(w.x, x);
    nb_var_assign_scalar(w.y, y);
    walk_step(&w);
    assert_float_equal(nb_var_value(w.x), after, 0);
    nb_optim_state_free(&saved);
    walk_close(&w);
}

static void grad_of(NbVar *v, double g)
{
    NbTensor t = nb_tensor_scalar(&g);
    nb_var_clear_grad(v);
    nb_var_set_grad(v, &t);
}

/* In some steps x has no gradient, in some y, in some both have one; two optimizers for one
 * parameter each never see the other's steps. */
static void a_parameter_steps_as_if_it_were_alone(void **state)
{
    (void)state;
    static const char *const turns[] = {"x", "xy", "y", "y", "xy", "x", "xy"};
    for (int r = 0; r < nb_opt_rule_count(); r++) {
        const NbOptRule *rule = nb_opt_rule_at(r);
        NbVar *v[4];
        NbOptim *both = nb_optim_new(ctx, rule, NULL, 0), *own[2];
        for (int i = 0; i < 4; i++) {
            v[i] = nb_var_scalar(ctx, i % 2 ? 3 : 2, NB_LEAF);
        }
        for (int i = 0; i < 2; i++) {
            own[i] = nb_optim_new(ctx, rule, NULL, 0);
            nb_optim_add(both, v[i]);
            nb_optim_add(own[i], v[2 + i]);
        }
        for (size_t n = 0; n < sizeof turns / sizeof *turns; n++) {
            for (int i = 0; i < 2; i++) {
                if (strchr(turns[n], "xy"[i])) {
                    grad_of(v[i], sin(1 + (double)n));
                    grad_of(v[2 + i], sin(1 + (double)n));
                    assert_int_equal(nb_optim_step(own[i], NULL), NB_OK);
                } else {
                    nb_var_clear_grad(v[i]);
                }
            }
            NbOptimState *before = nb_optim_save(both); /* as undo and redo do it */
            assert_int_equal(nb_optim_step(both, NULL), NB_OK);
            assert_false(nb_optim_same(both, before));
            nb_optim_swap(both, before);
            nb_optim_swap(both, before);
            nb_optim_state_free(&before);
            for (int i = 0; i < 2; i++) {
                const double together = nb_var_value(v[i]), alone = nb_var_value(v[2 + i]);
                assert_memory_equal(&together, &alone, sizeof alone);
                assert_int_equal(nb_optim_param_steps(both, i), nb_optim_param_steps(own[i], 0));
            }
            assert_true(nb_optim_steps(both) == n + 1);
        }
        nb_optim_free(&both);
        for (int i = 0; i < 4; i++) {
            nb_var_unref(&v[i]);
            nb_optim_free(i < 2 ? &own[i] : &both);
        }
    }
}

/* It joins after three steps, and stays when a state from before is taken back. */
static void a_parameter_that_joined_counts_from_its_own_first_step(void **state)
{
    (void)state;
    for (int r = 0; r < nb_opt_rule_count(); r++) {
        const uint64_t counts = nb_opt_rule_at(r)->prepare ? 1 : 0;
        NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *y = nb_var_scalar(ctx, 3, NB_LEAF);
        NbOptim *o = nb_optim_new(ctx, nb_opt_rule_at(r), NULL, 0);
        nb_optim_add(o, x);
        grad_of(x, 1);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(nb_optim_step(o, NULL), NB_OK);
        }
        NbOptimState *before = nb_optim_save(o);
        grad_of(y, 1);
        nb_optim_add(o, y);
        assert_int_equal(nb_optim_param_steps(o, 1), 0);
        assert_int_equal(nb_optim_step(o, NULL), NB_OK);
        assert_int_equal(nb_optim_param_steps(o, 0), 4 * counts);
        assert_int_equal(nb_optim_param_steps(o, 1), 1 * counts);
        nb_optim_restore(o, before);
        assert_int_equal(nb_optim_param_steps(o, 0), 3 * counts);
        assert_int_equal(nb_optim_param_steps(o, 1), 0);
        assert_int_equal(nb_optim_step(o, NULL), NB_OK);
        assert_int_equal(nb_optim_param_steps(o, 1), 1 * counts);
        nb_optim_reset(o);
        assert_int_equal(nb_optim_step(o, NULL), NB_OK);
        assert_int_equal(nb_optim_param_steps(o, 0), 1 * counts);
        assert_int_equal(nb_optim_param_steps(o, 1), 1 * counts);
        nb_optim_state_free(&before);
        nb_optim_free(&o);
        nb_var_unref(&x);
        nb_var_unref(&y);
    }
}

/* The bad gradient is the last one, so the others have moved by the time it shows. */
static void a_step_to_nan_changes_nothing_where_that_is_an_error(void **state)
{
    (void)state;
    for (int r = 0; r < nb_opt_rule_count(); r++) {
        NbVar *v[2] = {nb_var_scalar(ctx, 2, NB_LEAF), nb_var_scalar(ctx, 3, NB_LEAF)};
        NbOptim *o = nb_optim_new(ctx, nb_opt_rule_at(r), NULL, 0);
        nb_optim_add(o, v[0]);
        nb_optim_add(o, v[1]);
        for (double g = 1; g < 3; g++) {
            grad_of(v[0], g);
            grad_of(v[1], g);
            assert_int_equal(nb_optim_step(o, NULL), NB_OK);
        }
        const double before[] = {nb_var_value(v[0]), nb_var_value(v[1])};
        const uint64_t stamp = nb_var_stamp(v[0]);
        NbOptimState *saved = nb_optim_save(o);
        grad_of(v[1], INFINITY);
        nb_ctx_nan_mode(ctx, NB_NAN_ERROR);
        const NbStatus s = nb_optim_step(o, NULL);
        nb_ctx_nan_mode(ctx, NB_NAN_NOTE);
        assert_true(s == NB_ENONFINITE && nb_optim_same(o, saved));
        assert_true(nb_var_value(v[0]) == before[0] && nb_var_value(v[1]) == before[1]);
        assert_true(nb_var_stamp(v[0]) == stamp);
        nb_err_clear(nb_ctx_err(ctx));
        assert_int_equal(nb_optim_step(o, NULL), NB_OK);
        assert_true(!isfinite(nb_var_value(v[1])));
        nb_optim_state_free(&saved);
        nb_optim_free(&o);
        nb_var_unref(&v[0]);
        nb_var_unref(&v[1]);
    }
}

static void parameters_without_gradient_are_skipped_and_counted(void **state)
{
    (void)state;
    NbVar *x = nb_var_scalar(ctx, 1, NB_LEAF), *y = nb_var_scalar(ctx, 2, NB_LEAF);
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("sgd"), NULL, 0);
    nb_optim_add(o, x);
    nb_optim_add(o, y);
    nb_optim_add(o, x);
    assert_int_equal(nb_optim_gather(o), 2);
    int skipped = -1;
    assert_int_equal(nb_optim_step(o, &skipped), NB_EVALUE);
    nb_err_clear(nb_ctx_err(ctx));
    assert_int_equal(nb_optim_steps(o), 0);
    double g = 1;
    NbTensor t = nb_tensor_scalar(&g);
    nb_var_set_grad(y, &t);
    assert_int_equal(nb_optim_step(o, &skipped), NB_OK);
    assert_int_equal(skipped, 1);
    assert_float_equal(nb_var_value(x), 1, 0);
    nb_optim_free(&o);
    nb_var_unref(&x);
    nb_var_unref(&y);
}

static void hyperparameters_out_of_range_are_refused(void **state)
{
    (void)state;
    double bad[] = {-1, 0, NAN, 0, 0};
    assert_null(nb_optim_new(ctx, nb_opt_rule_find("sgd"), bad, 5));
    assert_non_null(strstr(nb_ctx_err(ctx)->msg, "lr"));
    const double many[] = {0.1, 0, NAN, 0, 0, 7};
    assert_int_equal(params("sgd"), 5);
    assert_null(nb_optim_new(ctx, nb_opt_rule_find("sgd"), many, 6));
    assert_string_equal(nb_ctx_err(ctx)->msg, "sgd has 5 hyperparameters, got 6");
    NbOptim *one = nb_optim_new(ctx, nb_opt_rule_find("sgd"), many, 1);
    assert_true(nb_optim_get_named(one, "momentum") == 0);
    nb_optim_free(&one);
    nb_err_clear(nb_ctx_err(ctx));
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("adam"), NULL, 0);
    assert_int_equal(nb_optim_set(o, 1, 1), NB_EVALUE);
    nb_err_clear(nb_ctx_err(ctx));
    assert_int_equal(nb_optim_set(o, 1, NAN), NB_EVALUE);
    nb_err_clear(nb_ctx_err(ctx));
    assert_float_equal(nb_optim_get(o, 1), 0.9, 0);
    nb_optim_free(&o);
}

static void hyperparameters_that_are_not_there_are_nan(void **state)
{
    (void)state;
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("adam"), NULL, 0);
    assert_true(isnan(nb_optim_get(o, -1)));
    assert_true(isnan(nb_optim_get(o, 1000)));
    nb_optim_free(&o);
}

static void dampening_follows_momentum_until_it_is_set(void **state)
{
    (void)state;
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("sgd"), (double[]){0.1, 0.5, NAN, 0, 0}, 5);
    assert_float_equal(nb_optim_get(o, 2), 0.5, 0);
    nb_optim_set(o, 1, 0.75);
    assert_float_equal(nb_optim_get(o, 2), 0.75, 0);
    nb_optim_set(o, 2, 0);
    nb_optim_set(o, 1, 0.25);
    assert_float_equal(nb_optim_get(o, 2), 0, 0);
    nb_optim_free(&o);
}

static void only_leaves_can_be_parameters(void **state)
{
    (void)state;
    NbVar *c = nb_var_scalar(ctx, 1, NB_CONST);
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("sgd"), NULL, 0);
    assert_int_equal(nb_optim_add(o, c), NB_ETYPE);
    nb_err_clear(nb_ctx_err(ctx));
    nb_optim_free(&o);
    nb_var_unref(&c);
}

/* Adds the parameter's value; fails where that is too large. */
static NbStatus add_value(void *user, NbVar *p)
{
    int *calls = user;
    ++*calls;
    if (nb_var_value(p) > 100) {
        return nb_fail(nb_ctx_err(ctx), NB_EVALUE, "too large");
    }
    double g = nb_var_grad_value(p) + nb_var_value(p);
    NbTensor t = nb_tensor_scalar(&g);
    nb_var_assign_scalar(p, 77); /* of the stand-in alone */
    return nb_var_set_grad(p, &t);
}

static void a_function_is_a_hook(void **state)
{
    (void)state;
    int calls = 0;
    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF), *other = nb_var_scalar(ctx, 5, NB_LEAF);
    NbVar *f = nb_apply2(ctx, nb_op_find("pow"), NB_VAR(x), NB_NUM(2));
    NbOptim *o = nb_optim_new(ctx, nb_opt_rule_find("sgd"), (double[]){0.5, 0, NAN, 0, 0}, 5);
    nb_optim_add(o, x);
    nb_optim_add(o, other); /* without gradient: not shown to hooks */
    assert_int_equal(nb_optim_add_hook(o, nb_hook_rule_find("weight_decay"), 1), NB_OK);
    assert_int_equal(nb_optim_add_hook_fn(o, "add_value", add_value, &calls), NB_OK);
    assert_string_equal(nb_optim_hook_name(o, 1), "add_value");
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    assert_int_equal(nb_optim_step(o, NULL), NB_OK);
    assert_float_equal(nb_var_value(x), 3 - 0.5 * (6 + 3 + 3), 0);
    assert_float_equal(nb_var_grad_value(x), 6, 0);
    assert_int_equal(calls, 1);
    nb_var_assign_scalar(x, 101);
    assert_int_equal(nb_optim_step(o, NULL), NB_EVALUE);
    assert_float_equal(nb_var_value(x), 101, 0);
    assert_int_equal(nb_optim_steps(o), 1);
    nb_err_clear(nb_ctx_err(ctx));
    nb_optim_free(&o);
    nb_var_unref(&f);
    nb_var_unref(&x);
    nb_var_unref(&other);
}

static void failing_allocations_leave_a_step_whole_or_undone(void **state)
{
    (void)state;
    for (uint64_t at = 1; at < 50; at++) {
        Walk w;
        walk_open(&w, "adam", NULL);
        int calls = 0;
        nb_optim_add_hook(w.o, nb_hook_rule_find("clip_grad"), 1);
        nb_optim_add_hook_fn(w.o, "add_value", add_value, &calls);
        nb_backward(w.f, NULL);
        test_fail_allocation(at);
        NbStatus s = nb_optim_step(w.o, NULL);
        bool refused = test_fail_allocation(0);
        assert_true(s == NB_OK || (s == NB_EMEM && nb_var_value(w.x) == 0));
        nb_err_clear(nb_ctx_err(ctx));
        walk_close(&w);
        if (!refused) {
            return;
        }
    }
    fail_msg("no end to the allocations");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
    T(sgd_follows_the_golden_path),
    T(momentum_follows_the_golden_path),
    T(adam_with_eps_hat_follows_the_golden_path),
    T(adamw_follows_the_golden_path),
    T(rules_without_golden_rows_equal_their_formula),
    T(long_parameters_are_updated_to_the_last_bit_like_single_numbers),
    T(hooks_work_on_a_copy_in_order),
    T(a_function_is_a_hook),
    T(a_saved_state_continues_to_the_same_numbers),
    T(a_parameter_steps_as_if_it_were_alone),
    T(a_parameter_that_joined_counts_from_its_own_first_step),
    T(a_step_to_nan_changes_nothing_where_that_is_an_error),
    T(parameters_without_gradient_are_skipped_and_counted),
    T(hyperparameters_out_of_range_are_refused),
    T(hyperparameters_that_are_not_there_are_nan),
    T(dampening_follows_momentum_until_it_is_set),
    T(only_leaves_can_be_parameters),
    T(failing_allocations_leave_a_step_whole_or_undone),
};

NB_TEST_MAIN(tests)
