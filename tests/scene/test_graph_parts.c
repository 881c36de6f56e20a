/* test_graph_parts.c -- parts of graphs: folding, depth, local derivatives; heat maps, lights */
#include "graphs.h"

#include "viz/export/object.h"
#include "viz/diagram/lamps.h"

static NbModel *part_of(World *w, NbVar *f, const NbPart *part)
{
    NbErr err = {0};
    NbVizStyle style = w->style;
    style.text.label = NULL;
    NbModel *m = nb_viz_model_part(f, &style, false, part, &err);
    if (!m) {
        fail_msg("%s", err.msg);
    }
    return m;
}

static const NbNode *node_of(const NbModel *m, const NbVar *v)
{
    for (size_t i = 0; i < m->nnodes; i++) {
        if (m->node[i].serial == nb_var_serial(v) && m->node[i].kind != NB_NODE_OP &&
            m->node[i].kind != NB_NODE_LOCAL) {
            return &m->node[i];
        }
    }
    return NULL;
}

/* --- folding --- */

/* f = 100*(y - x^2)^2 + (1 - x)^2: behind the product are y, x^2, the difference and its square;
 * x is needed by the other term too. */
static void folding_hides_what_nothing_else_needs(void **state)
{
    World *w = *state;
    NbVar *f = make_rosenbrock(w), *valley = nb_var_input(f, 0).var;
    uint64_t serial = nb_var_serial(valley);
    NbPart part = {.fold = &serial, .nfold = 1};
    NbModel *m = part_of(w, f, &part);
    const NbNode *folded = node_of(m, valley);
    assert_true(folded->folded && !folded->deep);
    assert_int_equal(folded->hidden, 4);
    assert_int_equal(m->hidden, 4);
    size_t loose = 0;
    for (size_t i = 0; i < m->nedges; i++) {
        const NbEdge *e = &m->edge[i];
        loose += e->loose;
        assert_true(!e->loose ||
                    (&m->node[e->to] == folded && strcmp(m->node[e->from].label, "x") == 0));
    }
    assert_int_equal(loose, 1);
    nb_viz_model_free(&m);
    nb_var_unref(&f);
}

static void numbers_of_the_sweep_are_those_of_the_whole_graph(void **state)
{
    World *w = *state;
    NbVar *f = make_rosenbrock(w), *slope = nb_var_input(f, 1).var;
    NbModel *all = part_of(w, f, &(NbPart){0});
    NbPart part = {.depth = 1};
    NbModel *m = part_of(w, f, &part);
    assert_int_equal(node_of(m, slope)->order, node_of(all, slope)->order);
    assert_int_equal(node_of(m, f)->order, 1);
    nb_viz_model_free(&all);
    nb_viz_model_free(&m);
    nb_var_unref(&f);
}

static void depth_counts_the_shortest_way_from_the_root(void **state)
{
    World *w = *state;
    NbVar *f = make_chain(w, 10);
    for (int depth = 1; depth < 6; depth++) {
        NbPart part = {.depth = depth};
        NbModel *m = part_of(w, f, &part);
        size_t inner = 0, deep = 0;
        for (size_t i = 0; i < m->nnodes; i++) {
            inner += m->node[i].kind == NB_NODE_INNER;
            deep += m->node[i].deep;
        }
        assert_int_equal(inner, depth + 1);
        assert_int_equal(deep, 1);
        nb_viz_model_free(&m);
    }
    nb_var_unref(&f);
}

static void a_node_that_was_opened_goes_one_step_further(void **state)
{
    World *w = *state;
    NbVar *f = make_chain(w, 10), *below = nb_var_input(f, 0).var;
    uint64_t open = nb_var_serial(below);
    NbPart part = {.depth = 1, .open = &open, .nopen = 1};
    NbModel *m = part_of(w, f, &part);
    assert_false(node_of(m, below)->folded);
    assert_true(node_of(m, nb_var_input(below, 0).var)->deep);
    nb_viz_model_free(&m);
    nb_var_unref(&f);
}

static void a_part_of_a_large_graph_is_drawn(void **state)
{
    World *w = *state;
    NbVar *f = make_chain(w, 2000);
    NbPart part = {.depth = 4};
    NbModel *m = part_of(w, f, &part);
    assert_false(m->summary);
    assert_int_equal(m->variables, 4002);
    assert_true(m->nnodes < 20);
    nb_viz_model_free(&m);
    nb_var_unref(&f);
}

static void topology_tells_folded_graphs_apart(void **state)
{
    World *w = *state;
    NbVar *f = make_rosenbrock(w);
    uint64_t serial = nb_var_serial(nb_var_input(f, 1).var);
    NbPart fold = {.fold = &serial, .nfold = 1}, locals = {.locals = true};
    NbModel *all = part_of(w, f, &(NbPart){0}), *folded = part_of(w, f, &fold);
    NbModel *derived = part_of(w, f, &locals), *again = part_of(w, f, &fold);
    assert_true(all->topology != folded->topology);
    assert_true(all->topology != derived->topology);
    assert_true(folded->topology == again->topology);
    nb_viz_model_free(&all);
    nb_viz_model_free(&folded);
    nb_viz_model_free(&derived);
    nb_viz_model_free(&again);
    nb_var_unref(&f);
}

/* --- local derivatives --- */

static void local_derivatives_stand_between_operand_and_operation(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w);
    NbPart part = {.locals = true};
    NbModel *m = part_of(w, f, &part);
    int seen = 0;
    for (size_t i = 0; i < m->nedges; i++) {
        const NbNode *from = &m->node[m->edge[i].from], *to = &m->node[m->edge[i].to];
        if (to->kind == NB_NODE_LOCAL) {
            assert_true(m->edge[i].bare);
            assert_int_equal(to->source, m->edge[i].from);
        }
        if (from->kind == NB_NODE_LOCAL) {
            assert_false(m->edge[i].bare);
            assert_int_equal(to->kind, NB_NODE_OP);
            assert_int_equal(to->serial, from->serial);
            seen++;
        }
    }
    assert_int_equal(seen, 5); /* two of the product, one of the square, two of the sum */
    nb_viz_model_free(&m);
    nb_var_unref(&f);
}

static void constants_have_no_local_derivative(void **state)
{
    World *w = *state;
    NbVar *c = nb_var_scalar(w->ctx, 3, NB_CONST);
    name_it(w, c, "c");
    NbVar *f = make(w, "mul", make_leaf(w, "x", 2), c, 0);
    NbPart part = {.locals = true};
    NbModel *m = part_of(w, f, &part);
    int locals = 0;
    for (size_t i = 0; i < m->nnodes; i++) {
        locals += m->node[i].kind == NB_NODE_LOCAL;
    }
    assert_int_equal(locals, 1);
    nb_viz_model_free(&m);
    nb_var_unref(&f);
}

/* --- heat maps --- */

static NbTensor *tensor(int64_t rows, int64_t cols)
{
    NbShape shape = {2, {rows, cols}};
    NbTensor *t = nb_tensor_new(&shape, NULL);
    assert_non_null(t);
    nb_tensor_fill(t, 0);
    return t;
}

static void heat_keeps_the_strongest_entry_of_a_cell(void **state)
{
    (void)state;
    NbTensor *t = tensor(100, 50);
    NbHeat h;
    t->data[77 * 50 + 33] = -8;
    t->data[3] = 4;
    assert_true(nb_viz_heat(t, 8, 10, &h));
    assert_int_equal(h.rows, 8);
    assert_int_equal(h.cols, 10);
    assert_true(h.most == 8);
    assert_true(h.cell[77 * 8 / 100 * 10 + 33 * 10 / 50] == -1);
    assert_true(h.cell[0] == 0.5);
    nb_viz_heat_free(&h);
    nb_tensor_unref(&t);
}

static void heat_shows_nan_and_infinity(void **state)
{
    (void)state;
    NbTensor *t = tensor(2, 2);
    NbHeat h;
    t->data[0] = NAN;
    t->data[1] = -INFINITY;
    t->data[2] = 5;
    assert_true(nb_viz_heat(t, 8, 8, &h));
    assert_true(isnan(h.cell[0]));
    assert_true(h.cell[1] == -1 && h.cell[2] == 1 && h.cell[3] == 0);
    nb_viz_heat_free(&h);
    nb_tensor_unref(&t);
}

static void heat_of_a_column_lies_down_and_of_a_scalar_is_none(void **state)
{
    (void)state;
    NbTensor *t = tensor(6, 1);
    NbHeat h;
    assert_true(nb_viz_heat(t, 8, 8, &h));
    assert_int_equal(h.rows, 1);
    assert_int_equal(h.cols, 6);
    nb_viz_heat_free(&h);
    nb_tensor_unref(&t);
    double one = 3;
    NbTensor scalar = nb_tensor_scalar(&one);
    assert_true(nb_viz_heat(&scalar, 8, 8, &h));
    assert_int_equal(h.rows, 0);
}

/* --- lights --- */

static double width(void *user, const char *text, NbRole role)
{
    (void)user;
    (void)role;
    return 10.0 * (double)strlen(text);
}

static bool meet(const NbPrim *a, const NbPrim *b)
{
    return a->x < b->x + b->w && b->x < a->x + a->w && a->y < b->y + b->h && b->y < a->y + a->h;
}

/* Boxes in a column, as near as layouts put them: notes beside every one of them. */
static void notes_of_lights_do_not_hide_each_other(void **state)
{
    World *w = *state;
    NbVar *f = make_rosenbrock(w);
    NbModel *m = part_of(w, f, &(NbPart){0});
    NbMeasure measure = {width, NULL};
    NbLight light[16];
    NbLamps lamps = {0};
    NbScene s = {0};
    NbPoint size[16], at[16];
    NbRoute route[32] = {{0}};
    int n = (int)m->nnodes;
    assert_true(n <= 16 && m->nedges <= 32);
    for (int i = 0; i < n; i++) {
        light[i] = (NbLight){m->node[i].var, NB_LIGHT_DONE, "4 + 3 = 7"};
        size[i] = (NbPoint){180, 70};
        at[i] = (NbPoint){100 + 400.0 * (i % 3), 60 + 150.0 * (i / 3)};
    }
    NbGeometry g = {.w = 1100,
                    .h = 600,
                    .nnodes = m->nnodes,
                    .nedges = m->nedges,
                    .at = at,
                    .route = route,
                    .points = at};
    assert_true(nb_viz_lamps_set(&lamps, light, n, false));
    nb_viz_scene_lamps(&s, &lamps, m, &g, size, &measure, false);
    const NbPrim *note[16];
    int notes = 0;
    for (size_t i = 0; i < s.nprims; i++) {
        if (s.prim[i].kind == NB_PRIM_BOX && s.prim[i].role == NB_ROLE_DONE && s.prim[i].node < 0) {
            note[notes++] = &s.prim[i];
        }
    }
    assert_int_equal(notes, n);
    for (int i = 0; i < notes; i++) {
        for (int k = 0; k < i; k++) {
            assert_false(meet(note[i], note[k]));
        }
        for (int k = 0; k < n; k++) {
            NbPrim box = {.x = at[k].x - 90, .y = at[k].y - 35, .w = 180, .h = 70};
            assert_false(meet(note[i], &box));
        }
    }
    nb_viz_scene_free(&s);
    nb_viz_lamps_free(&lamps);
    nb_viz_model_free(&m);
    nb_var_unref(&f);
}

static void lights_do_not_hold_variables(void **state)
{
    World *w = *state;
    NbLamps lamps = {0};
    NbVar *f = make_small(w);
    NbLight light = {f, NB_LIGHT_BAD, "nan"};
    assert_true(nb_viz_lamps_set(&lamps, &light, 1, false));
    nb_var_unref(&f);
    assert_int_equal(nb_ctx_live_nodes(w->ctx), 0);
    nb_viz_lamps_free(&lamps);
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)

SUITE()
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(folding_hides_what_nothing_else_needs),
        IN_WORLD(numbers_of_the_sweep_are_those_of_the_whole_graph),
        IN_WORLD(depth_counts_the_shortest_way_from_the_root),
        IN_WORLD(a_node_that_was_opened_goes_one_step_further),
        IN_WORLD(a_part_of_a_large_graph_is_drawn),
        IN_WORLD(topology_tells_folded_graphs_apart),
        IN_WORLD(local_derivatives_stand_between_operand_and_operation),
        IN_WORLD(constants_have_no_local_derivative),
        cmocka_unit_test(heat_keeps_the_strongest_entry_of_a_cell),
        cmocka_unit_test(heat_shows_nan_and_infinity),
        cmocka_unit_test(heat_of_a_column_lies_down_and_of_a_scalar_is_none),
        IN_WORLD(notes_of_lights_do_not_hide_each_other),
        IN_WORLD(lights_do_not_hold_variables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
