/* test_allocation.c -- each allocation of each part of the engine fails once: an error, no leak */
#include "failing.h"
#include "op_cases.h"

#include <nabla/data.h>
#include <nabla/nn.h>
#include <nabla/saved.h>

/* --- tensors --- */

static bool tensors(const void *with)
{
    (void)with;
    NbErr *err = nb_ctx_err(ctx);
    const NbShape s = nb_shape(2, 3, 20), column = nb_shape(1, 3);
    const int64_t step[] = {20};
    NbTensor *a = nb_tensor_full(&s, 2, err);
    NbTensor *b = a != NULL ? nb_tensor_copy(a, err) : NULL;
    NbTensor *v = b != NULL ? nb_tensor_view(b, &column, step, 1, err) : NULL;
    NbTensor *c = v != NULL ? nb_tensor_from(&column, (const double[]){1, 2, 3}, err) : NULL;
    const NbShape back = nb_shape(2, 20, 3);
    const int64_t turned[] = {1, 20};
    NbTensor *t = c != NULL ? nb_tensor_view(b, &back, turned, 0, err) : NULL;
    NbTensor *flat = t != NULL ? nb_tensor_copy(t, err) : NULL;
    bool ok = flat != NULL && nb_tensor_assign(v, c, err) == NB_OK;
    /* source and destination overlap */
    const NbShape part = nb_shape(1, 19);
    const int64_t one[] = {1};
    NbTensor *left = ok ? nb_tensor_view(a, &part, one, 0, err) : NULL;
    NbTensor *right = left != NULL ? nb_tensor_view(a, &part, one, 1, err) : NULL;
    ok = right != NULL && nb_tensor_assign(right, left, err) == NB_OK;
    NbTensor **all[] = {&a, &b, &v, &c, &t, &flat, &left, &right};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        nb_tensor_unref(all[i]);
    }
    return ok;
}

static void tensors_are_made_or_an_error_says_why(void **state)
{
    (void)state;
    each_allocation_fails(tensors, NULL, "tensors");
}

/* --- operations --- */

/* For operations that have no derivative. */
static const Case others[] = {
    {'=', "2,3|2,3|2,3", "shape=2,3 num=3,1,1"},
    {'=', "2,3", ""},
    {'=', "4,3|4", "num=3"},
    {'=', "4", "num=3"},
    {'=', "", "num=3"},
    {'=', "", "num=0,1,5"},
    {'=', "3,3|3,3", "num=0.5"},
};

typedef struct Trial {
    const NbOp *op;
    NbAttrs attrs;
    int n;
    NbShape shape[MAX_IN];
    double x[MAX_IN][96];
    bool tracked[MAX_IN];
    bool graph; /* backward with create_graph, and again through the gradients */
} Trial;

static void trial_fill(Trial *t, const NbOp *op, const Case *c, NbRng *rng)
{
    const char *text = *c->shapes ? c->shapes : NULL;
    *t = (Trial){.op = op, .attrs = attrs_of(op, c->options)};
    const int most = op->max_in >= 0 && op->max_in < MAX_IN ? op->max_in : MAX_IN;
    while (text != NULL && t->n < (c->kind == '#' ? 1 : most)) {
        const int i = t->n++;
        int64_t size;
        t->shape[i] = shape_of(text);
        assert_int_equal(nb_shape_size(&t->shape[i], &size, NULL), NB_OK);
        t->tracked[i] = !draws_data(op, i);
        for (int64_t k = 0; k < size; k++) {
            t->x[i][k] = draw(rng, op, i);
        }
        text = strchr(text, '|');
        text = text != NULL ? text + 1 : NULL;
    }
}

/* The sum of the gradients of what is tracked, or NULL. */
static NbVar *sum_of_gradients(NbVar *const leaf[], int n)
{
    NbVar *sum = NULL;
    for (int i = 0; i < n; i++) {
        NbVar *g = nb_var_grad(leaf[i]);
        if (g == NULL) {
            continue;
        }
        NbVar *s = nb_apply1(ctx, &nb_op_sum, g);
        nb_var_unref(&g);
        if (s == NULL || sum == NULL) {
            nb_var_unref(&sum);
            sum = s;
        } else {
            NbVar *both = nb_apply2(ctx, &nb_op_add, NB_VAR(sum), NB_VAR(s));
            nb_var_unref(&s);
            nb_var_unref(&sum);
            sum = both;
        }
        if (sum == NULL) {
            return NULL;
        }
    }
    return sum;
}

/* Backward from y, whose leaves have no gradient if it fails; then once more, or deeper. */
static bool swept(const Trial *t, NbVar *y, NbVar *const leaf[])
{
    NbVar *s = nb_apply1(ctx, &nb_op_sum, y);
    const NbSweep how = {.create_graph = t->graph};
    bool ok = s != NULL;
    if (ok && nb_var_tracked(s) && !nb_var_takes_grad(s)) {
        ok = nb_forward(s, true, NULL) == NB_OK;
    } else if (ok && nb_var_tracked(s)) {
        ok = nb_backward(s, &how) == NB_OK;
        for (int i = 0; !ok && i < t->n; i++) {
            assert_false(nb_var_has_grad(leaf[i]));
        }
        NbVar *g = ok && t->graph ? sum_of_gradients(leaf, t->n) : NULL;
        if (g != NULL) {
            ok = !nb_var_takes_grad(g) || nb_backward(g, NULL) == NB_OK;
            nb_var_unref(&g);
        } else if (ok) {
            ok = nb_ctx_err(ctx)->code == NB_OK && nb_backward(s, NULL) == NB_OK;
        }
        NbContributions *c = ok ? nb_contributions(s, NULL) : NULL;
        ok = c != NULL;
        nb_contributions_free(&c);
        NbAmount part = {0, NULL};
        ok = ok && nb_contribution_from(s, 0, &(NbAmount){1, NULL}, &part) == NB_OK;
        nb_amount_free(&part);
        ok = ok && nb_forward(s, true, NULL) == NB_OK;
    }
    nb_var_unref(&s);
    return ok;
}

static bool operation(const void *with)
{
    const Trial *t = with;
    NbErr *err = nb_ctx_err(ctx);
    NbVar *leaf[MAX_IN] = {NULL};
    NbArg in[MAX_IN];
    bool ok = true;
    for (int i = 0; ok && i < t->n; i++) {
        const NbKind kind = t->tracked[i] ? NB_LEAF : NB_CONST;
        NbTensor *x = nb_tensor_from(&t->shape[i], t->x[i], err);
        leaf[i] = x != NULL ? nb_var_tensor(ctx, x, kind) : NULL;
        in[i] = NB_VAR(leaf[i]);
        ok = leaf[i] != NULL;
    }
    NbVar *y = ok ? nb_apply(ctx, t->op, in, t->n, &t->attrs) : NULL;
    ok = y != NULL && swept(t, y, leaf);
    nb_var_unref(&y);
    for (int i = 0; i < t->n; i++) {
        nb_var_unref(&leaf[i]);
    }
    return ok;
}

/* How many of these cases the operation takes; each is tried. */
static int tried(const NbOp *op, const Case *c, size_t n, NbRng *rng)
{
    int suited = 0;
    static Trial t;
    for (size_t k = 0; k < n; k++) {
        trial_fill(&t, op, &c[k], rng);
        const bool takes = t.n >= op->min_in && operation(&t);
        nb_err_clear(nb_ctx_err(ctx));
        char what[160];
        snprintf(what, sizeof what, "%s of %s %s", op->name, c[k].shapes, c[k].options);
        for (int graph = 0; takes && graph < 2; graph++) {
            t.graph = graph;
            each_allocation_fails(operation, &t, what);
        }
        suited += takes;
        nb_attrs_free(&t.attrs);
    }
    return suited;
}

static void every_operation_gives_an_error_and_no_gradient(void **state)
{
    (void)state;
    NbRng rng;
    nb_rng_seed(&rng, 3, 7);
    for (int i = 0; i < nb_op_count(); i++) {
        const NbOp *op = nb_op_at(i);
        Cases cases;
        cases_of(op, &cases);
        int suited = tried(op, cases.at, (size_t)cases.n, &rng);
        if (suited == 0) {
            suited = tried(op, others, sizeof others / sizeof *others, &rng);
        }
        if (suited == 0) {
            fail_msg("no case suits %s", op->name);
        }
    }
}

/* --- modules --- */

static NbModule *module_of(const NbLayer *layer)
{
    static const int64_t sizes[] = {3, 2};
    NbSettingValue v[NB_LAYER_SETTINGS] = {{0}};
    NbModule *part[2] = {NULL, NULL};
    for (int i = 0; i < nb_layer_settings(layer); i++) {
        switch (layer->setting[i].kind) {
        case NB_S_COUNT: v[i] = nb_set_number(4); break;
        case NB_S_NUMBER: v[i] = nb_set_number(0.25); break;
        case NB_S_FLAG: v[i] = nb_set_number(1); break;
        case NB_S_SIZES: v[i] = nb_set_sizes(sizes, 2); break;
        case NB_S_OP: v[i] = nb_set_op(nb_op_find("sigmoid")); break;
        case NB_S_MODULES:
            part[0] = module_of(nb_layer_find("linear"));
            part[1] = part[0] != NULL ? nb_module_op(ctx, nb_op_find("tanh")) : NULL;
            if (part[1] == NULL) {
                nb_module_unref(&part[0]);
                return NULL;
            }
            v[i] = nb_set_modules(part, 2);
            break;
        }
    }
    NbModule *m = nb_module_new(ctx, layer, v, NB_LAYER_SETTINGS);
    nb_module_unref(&part[0]);
    nb_module_unref(&part[1]);
    return m;
}

/* Two calls, a sweep, a step, saved before and put back after. */
static bool module(const void *with)
{
    const NbShape s = nb_shape(2, 2, 4);
    NbModule *m = module_of(with);
    NbVar *x = m != NULL ? some(&s, NB_CONST) : NULL;
    NbOptim *o = x != NULL ? nb_optim_new(ctx, nb_opt_rule_find("adam"), NULL, 0) : NULL;
    NbModuleState *before = NULL;
    NbVar *y = NULL, *again = NULL, *sum = NULL;
    bool ok = o != NULL && nb_optim_add_source(o, nb_module_source, m) == NB_OK &&
              nb_module_set_name(m, "m") == NB_OK;
    if (ok) {
        before = nb_module_save(m);
        ok = before != NULL || nb_fail(nb_ctx_err(ctx), NB_EMEM, "save") == NB_OK;
    }
    y = ok ? nb_module_call(m, x) : NULL;
    again = y != NULL ? nb_module_call(m, x) : NULL;
    sum = again != NULL ? nb_apply1(ctx, &nb_op_sum, again) : NULL;
    ok = sum != NULL;
    if (ok && nb_module_param(m, 0, NULL) != NULL) {
        ok = nb_backward(sum, NULL) == NB_OK && nb_optim_step(o, NULL) == NB_OK;
    }
    if (before != NULL) {
        nb_module_restore(m, before);
    }
    nb_module_state_free(&before);
    nb_var_unref(&sum);
    nb_var_unref(&again);
    nb_var_unref(&y);
    nb_optim_free(&o);
    nb_var_unref(&x);
    nb_module_unref(&m);
    return ok && nb_ctx_err(ctx)->code == NB_OK;
}

static void every_layer_is_called_and_stepped_or_an_error_says_why(void **state)
{
    (void)state;
    for (int i = 0; i < nb_layer_count(); i++) {
        const NbLayer *l = nb_layer_at(i);
        if (!l->hidden) {
            each_allocation_fails(module, l, l->name);
        }
    }
}

/* --- optimizers --- */

static bool optimizer(const void *with)
{
    const NbShape s = nb_shape(1, 20);
    NbOptim *o = nb_optim_new(ctx, with, NULL, 0);
    NbVar *x = o != NULL ? some(&s, NB_LEAF) : NULL;
    NbVar *a = x != NULL ? nb_var_scalar(ctx, 2, NB_LEAF) : NULL;
    bool ok = a != NULL && nb_optim_add(o, x) == NB_OK && nb_optim_add(o, a) == NB_OK;
    for (int i = 0; ok && i < nb_hook_rule_count(); i++) {
        ok = nb_optim_add_hook(o, nb_hook_rule_at(i), 0.5) == NB_OK;
    }
    NbVar *p = ok ? nb_apply2(ctx, &nb_op_mul, NB_VAR(x), NB_VAR(a)) : NULL;
    NbVar *f = p != NULL ? nb_apply1(ctx, &nb_op_sum, p) : NULL;
    ok = f != NULL && nb_backward(f, NULL) == NB_OK;
    const double first = a != NULL ? nb_var_value(a) : 0;
    if (ok && nb_optim_step(o, NULL) != NB_OK) {
        ok = false;
        assert_true(nb_var_value(a) == first && at(x, 1) == 1);
    }
    NbOptimState *saved = ok ? nb_optim_save(o) : NULL;
    if (saved != NULL) {
        nb_optim_restore(o, saved);
        ok = nb_optim_step(o, NULL) == NB_OK;
    } else if (ok) {
        ok = nb_fail(nb_ctx_err(ctx), NB_EMEM, "save") == NB_OK;
    }
    nb_optim_state_free(&saved);
    nb_optim_free(&o);
    nb_var_unref(&f);
    nb_var_unref(&p);
    nb_var_unref(&a);
    nb_var_unref(&x);
    return ok;
}

static void every_optimizer_steps_whole_or_not_at_all(void **state)
{
    (void)state;
    for (int i = 0; i < nb_opt_rule_count(); i++) {
        each_allocation_fails(optimizer, nb_opt_rule_at(i), nb_opt_rule_at(i)->name);
    }
}

/* --- data --- */

static bool data_set(const void *with)
{
    const NbDataSet *set = with;
    NbVar *x = NULL, *t = NULL;
    const NbOp *fn = set->takes_fn ? &nb_op_sin : NULL;
    const bool ok = nb_data_make(ctx, set, fn, 12, 0.1, &x, &t) == NB_OK;
    assert_true((x != NULL) == ok && (t != NULL) == ok);
    nb_var_unref(&x);
    nb_var_unref(&t);
    return ok;
}

static void every_data_set_is_whole_or_not_there(void **state)
{
    (void)state;
    for (int i = 0; i < nb_data_count(); i++) {
        each_allocation_fails(data_set, nb_data_at(i), nb_data_at(i)->name);
    }
}

static bool parsed(const void *with)
{
    const char *text = with;
    const NbCsvOptions o = {.target_index = -1, .missing_nan = true};
    NbCsv csv;
    const bool ok = nb_csv_parse(ctx, text, strlen(text), "a.csv", &o, &csv) == NB_OK;
    assert_true(ok || (csv.x == NULL && csv.t == NULL && csv.column == NULL && csv.label == NULL));
    nb_csv_clear(&csv);
    return ok;
}

static bool read_file(const void *with)
{
    NbCsv csv;
    const bool ok = nb_csv_read(ctx, with, NULL, &csv) == NB_OK;
    nb_csv_clear(&csv);
    return ok;
}

static void csv_is_read_whole_or_not_at_all(void **state)
{
    (void)state;
    char path[300];
    const char *dir = getenv("NB_TMP");
    snprintf(path, sizeof path, "%s/allocation.csv", dir ? dir : "build");
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    for (int i = 0; i < 400; i++) {
        fprintf(f, "%d,%d,%d\n", i, 2 * i, 3 * i);
    }
    fclose(f);
    each_allocation_fails(read_file, path, "csv file");
    remove(path);
    each_allocation_fails(parsed, "a,\"b \"\"c\"\"\",kind\n1,,\"x, y\"\n2,NA,z\n3,4,z\n",
                          "csv text");
    each_allocation_fails(parsed, "1;2\n3;4\n", "csv numbers");
    each_allocation_fails(parsed, "sex,town,kind\nm,x,a\nf,y,b\nm,x,a\nf,y,b\n", "csv labels");
}

typedef struct Parts {
    bool sequences, shuffle, target;
} Parts;

static bool parts(const void *with)
{
    const Parts *p = with;
    const NbShape s = nb_shape(2, 10, 3), ts = nb_shape(1, 10);
    NbVar *x = some(&s, NB_CONST), *t = x != NULL && p->target ? some(&ts, NB_CONST) : NULL;
    NbLoader *l = NULL;
    if (x != NULL && (t != NULL || !p->target)) {
        l = p->sequences ? nb_sequences(ctx, x, t, 2) : nb_batches(ctx, x, t, 4, p->shuffle);
    }
    bool ok = l != NULL;
    for (bool more = true; ok && more;) {
        NbVar *a = NULL, *b = NULL;
        ok = nb_loader_next(l, &a, &b) == NB_OK;
        assert_true((a != NULL) == (b != NULL) && (ok || a == NULL));
        more = unref(a);
        unref(b);
    }
    nb_loader_unref(&l);
    nb_var_unref(&x);
    nb_var_unref(&t);
    return ok;
}

static void every_part_comes_whole_or_not_at_all(void **state)
{
    (void)state;
    each_allocation_fails(parts, &(Parts){.target = true}, "batches");
    each_allocation_fails(parts, &(Parts){.target = true, .shuffle = true}, "shuffled batches");
    each_allocation_fails(parts, &(Parts){.sequences = true, .target = true}, "sequences");
    each_allocation_fails(parts, &(Parts){.sequences = true}, "sequences of one");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
    T(tensors_are_made_or_an_error_says_why),
    T(every_operation_gives_an_error_and_no_gradient),
    T(every_layer_is_called_and_stepped_or_an_error_says_why),
    T(every_optimizer_steps_whole_or_not_at_all),
    T(every_data_set_is_whole_or_not_there),
    T(csv_is_read_whole_or_not_at_all),
    T(every_part_comes_whole_or_not_at_all),
};

NB_TEST_MAIN(tests)
