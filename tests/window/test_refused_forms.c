/* test_refused_forms.c -- memory is refused while views are made: an error, or what should be */
#include "refuse.h"
#include "tests/scene/written.h"

#include "viz/diagram/layout_gvc.h"
#include "viz/diagram/worker.h"
#include "viz/export/object.h"

#define MOST 4000 /* requests of one piece of work */

/* --- work that ends in bytes --- */

typedef NbStatus (*Work)(World *w, const void *with, NbRendered *out, NbErr *err);

typedef struct Trial {
    const char *name;
    Work work;
    const void *with;
    NbRendered right;
} Trial;

/* Pictures of one process differ in names of cairo's, as id="surface31" and "#surface31", and in
 * the time when they were made. The bytes of such a word at text. */
static size_t cairo_word(const char *text)
{
    static const char *const word[] = {"id=\"", "\"#", "(#", "Date (D:"};
    for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
        size_t n = strlen(word[i]);
        if (strncmp(text, word[i], n) == 0) {
            return n + strcspn(text + n, "\")");
        }
    }
    return 0;
}

static bool same(const NbRendered *a, const NbRendered *b)
{
    bool cairo = strncmp(a->bytes, "<?xml", 5) == 0 || strncmp(a->bytes, "%PDF", 4) == 0;
    size_t i = 0, k = 0;
    while (i < a->size && k < b->size && a->bytes[i] == b->bytes[k]) {
        size_t mine = cairo ? cairo_word(a->bytes + i) : 0;
        size_t other = mine ? cairo_word(b->bytes + k) : 0;
        i += mine && other ? mine : 1;
        k += mine && other ? other : 1;
    }
    return i == a->size && k == b->size;
}

/* Done as if nothing had been: the same bytes. */
static void works(World *w, const Trial *t, long n)
{
    NbErr err = {0};
    NbRendered now;
    nb_err_clear(nb_ctx_err(w->ctx));
    if (t->work(w, t->with, &now, &err) != NB_OK) {
        fail_msg("%s, request %ld: not made afterwards: %s", t->name, n, err.msg);
    }
    if (!same(&now, &t->right)) {
        fail_msg("%s, request %ld: different afterwards", t->name, n);
    }
    nb_viz_rendered_free(&now);
}

/* One request is refused, or all from it on. False when there are not so many. */
static bool try_at(World *w, const Trial *t, long n, bool after)
{
    NbErr err = {0};
    NbRendered now = {0};
    nb_err_clear(nb_ctx_err(w->ctx));
    refuse_at(n, after);
    NbStatus status = t->work(w, t->with, &now, &err);
    bool met = refuse_nothing();
    if (status == NB_OK) { /* what was refused can be done without */
        if (!same(&now, &t->right)) {
            fail_msg("%s, request %ld%s: no error, and different", t->name, n,
                     after ? " and later" : "");
        }
    } else if (!met || status != NB_EMEM || !strstr(err.msg, "out of memory") || now.bytes) {
        fail_msg("%s, request %ld%s: error %d: %s", t->name, n, after ? " and later" : "",
                 (int)status, err.msg);
    }
    nb_viz_rendered_free(&now);
    if (met && !after) {
        works(w, t, n);
    }
    return met;
}

static void each_request_is_refused(World *w, const char *name, Work work, const void *with)
{
    Trial t = {.name = name, .work = work, .with = with};
    NbErr err = {0};
    if (work(w, with, &t.right, &err) != NB_OK) {
        fail_msg("%s: %s", name, err.msg);
    }
    for (int after = 0; after < 2; after++) {
        long n = 1;
        while (n < MOST && try_at(w, &t, n, after)) {
            n += after ? 3 : 1;
        }
        assert_true(n > 1 && n < MOST);
    }
    nb_viz_rendered_free(&t.right);
}

/* --- graphs --- */

typedef struct Wanted {
    const char *form;
    NbExport what;
} Wanted;

static NbStatus render(World *w, const void *with, NbRendered *out, NbErr *err)
{
    const Wanted *wanted = with;
    return nb_viz_render(w->viz, wanted->form, &wanted->what, out, err);
}

static void every_form(World *w, const char *const *forms, const NbExport *what)
{
    for (; *forms; forms++) {
        Wanted wanted = {.form = *forms, .what = *what};
        each_request_is_refused(w, *forms, render, &wanted);
    }
}

static const char *const graph_forms[] = {"dot",  "tex", "mmd", "txt", "json",
                                          "html", "svg", "pdf", NULL};

static NbVar *make_matrix(World *w)
{
    NbErr err = {0};
    NbShape s = nb_shape(2, 3, 4);
    NbTensor *t = nb_tensor_new(&s, &err);
    assert_non_null(t);
    for (int64_t i = 0; i < t->size; i++) {
        t->data[i] = sin((double)i);
    }
    NbVar *m = nb_var_tensor(w->ctx, t, NB_LEAF);
    assert_non_null(m);
    name_it(w, m, "a name that is cut off in pictures since it has more than forty letters");
    return m;
}

/* With a matrix, numbers, and gradients. */
static NbVar *make_mixed(World *w)
{
    NbVar *m = make_matrix(w);
    NbVar *square = make(w, "pow", make(w, "mul", m, NULL, 3), NULL, 2);
    NbVar *f = make(w, "sum", make(w, "add", square, again(m), 0), NULL, 0);
    name_it(w, f, "f");
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    return f;
}

static void graphs_are_made_whole_or_not_at_all(void **state)
{
    World *w = *state;
    NbVar *f = make_mixed(w);
    w->style.heat = w->style.show_constants = true;
    nb_viz_style(w->viz, &w->style);
    NbExport what = of_graph(f);
    what.part.locals = true;
    every_form(w, graph_forms, &what);
    Wanted small = {.form = "png", .what = what};
    small.what.width = 200; /* large ones take long */
    each_request_is_refused(w, "png", render, &small);
    nb_var_unref(&f);
}

/* Long ones are wrapped into bands, and the page is cut where a step is hidden. */
static void long_and_folded_graphs_are_made_whole_or_not_at_all(void **state)
{
    World *w = *state;
    static const char *const forms[] = {"svg", "txt", NULL};
    NbVar *f = make_chain(w, 12);
    NbExport what = of_graph(f);
    every_form(w, forms, &what);
    what.part.depth = 3;
    every_form(w, forms, &what);
    nb_var_unref(&f);
}

/* What is made once for all pictures: the painter, and what asks the worker. */
static NbStatus render_afresh(World *w, const void *with, NbRendered *out, NbErr *err)
{
    const Wanted *wanted = with;
    NbViz *viz = nb_viz_new(&w->viz->host, &w->style);
    NbStatus status = viz ? nb_viz_render(viz, wanted->form, &wanted->what, out, err)
                          : nb_fail(err, NB_EMEM, "out of memory");
    nb_viz_free(&viz);
    return status;
}

static void the_first_picture_is_made_whole_or_not_at_all(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w);
    Wanted wanted = {.form = "svg", .what = of_graph(f)};
    each_request_is_refused(w, "first svg", render_afresh, &wanted);
    nb_var_unref(&f);
}

/* --- curves, tables --- */

static void curves_are_made_whole_or_not_at_all(void **state)
{
    World *w = *state;
    static const char *const forms[] = {"csv", "txt", "svg", "pdf", NULL};
    NbRecord *r = make_record(3, 40, 6);
    NbExport what = {.view = NB_VIEW_PLOT, .record = r, .title = "f, x"};
    every_form(w, forms, &what);
    nb_record_free(&r);
}

static NbStatus columns(World *w, const void *with, NbRendered *out, NbErr *err)
{
    (void)w;
    return nb_viz_render_columns(with, 2, out, err);
}

static void tables_are_made_whole_or_not_at_all(void **state)
{
    World *w = *state;
    NbVar *m = make_matrix(w);
    NbColumns part[] = {{"a", m}, {"b", m}};
    each_request_is_refused(w, "columns", columns, part);
    nb_var_unref(&m);
}

/* --- surfaces --- */

static int sample(void *user, const double *x, const double *y, int n, double ms, double *out)
{
    (void)user;
    (void)ms;
    for (int i = 0; i < n; i++) {
        out[i] = x[i] > 1.2 ? NAN : x[i] * x[i] + 3 * y[i] * y[i];
    }
    return n;
}

static int sample_scores(void *user, const double *x, const double *y, int n, double ms,
                         double *out)
{
    (void)user;
    (void)ms;
    for (int i = 0; i < n; i++) {
        out[2 * i] = x[i];
        out[2 * i + 1] = y[i];
    }
    return n;
}

static void gone(void *user)
{
    ++*(int *)user;
}

typedef struct Ground {
    const char *form;
    bool boundary;
    const NbRecord *record;
} Ground;

static NbStatus render_ground(World *w, const void *with, NbRendered *out, NbErr *err)
{
    static const double point[] = {-1, 1, 1, -1, 0.5, 0.7};
    static const int label[] = {1, 0, 1};
    const Ground *g = with;
    int freed = 0;
    NbField field = {.user = &freed,
                     .channels = g->boundary ? 2 : 1,
                     .sample = g->boundary ? sample_scores : sample,
                     .free = gone};
    NbSurface surface = {.field = field,
                         .title = "f",
                         .name = {"x", "y"},
                         .column = {"f", "x"},
                         .lo = {-2, -2},
                         .hi = {2, 2},
                         .record = g->record,
                         .boundary = g->boundary,
                         .npoints = g->boundary ? 3 : 0,
                         .point = point,
                         .label = label};
    NbSurfaceData *d = nb_viz_surface_new(&surface, err);
    NbExport what = {
        .view = g->boundary ? NB_VIEW_BOUNDARY : NB_VIEW_SURFACE, .surface = d, .title = "f"};
    NbStatus status = d ? nb_viz_render(w->viz, g->form, &what, out, err) : err->code;
    nb_viz_surface_free(&d);
    assert_int_equal(freed, 1);
    return status;
}

static void surfaces_are_made_whole_or_not_at_all(void **state)
{
    World *w = *state;
    static const char *const forms[] = {"txt", "svg"};
    NbRecord *r = make_record(2, 20, 2);
    for (int boundary = 0; boundary < 2; boundary++) {
        for (int i = 0; i < 2; i++) {
            Ground g = {.form = forms[i], .boundary = boundary, .record = r};
            each_request_is_refused(w, boundary ? "boundary" : "surface", render_ground, &g);
        }
    }
    nb_record_free(&r);
}

/* --- the worker --- */

/* What it answers. It has no words for a want of memory: then it fails. */
static NbStatus serve(World *w, const void *with, NbRendered *out, NbErr *err)
{
    (void)w;
    static char request[] = "graph 3 2 0\n40 20 0\n40 20 1\n40 20 0\n0 1\n1 2\n";
    char *text = NULL;
    size_t size = 0;
    refuse_pause();
    FILE *answer = open_memstream(&text, &size), *in = fmemopen(request, sizeof request - 1, "r");
    assert_true(answer && in);
    refuse_go_on();
    nb_viz_worker_serve((void *)(uintptr_t)with, in, answer, 0);
    refuse_pause();
    fclose(in);
    fclose(answer);
    refuse_go_on();
    if (strcmp(text, "fail\nend\n") == 0) {
        free(text);
        return nb_fail(err, NB_EMEM, "out of memory");
    }
    *out = (NbRendered){.bytes = text, .size = size};
    return NB_OK;
}

static void the_worker_answers_or_fails(void **state)
{
    void *gvc = NULL;
    assert_int_equal(nb_viz_gvc_new(&gvc, NULL), NB_OK);
    each_request_is_refused(*state, "worker", serve, gvc);
    nb_viz_gvc_free(&gvc);
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)

SUITE()
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(graphs_are_made_whole_or_not_at_all),
        IN_WORLD(long_and_folded_graphs_are_made_whole_or_not_at_all),
        IN_WORLD(the_first_picture_is_made_whole_or_not_at_all),
        IN_WORLD(curves_are_made_whole_or_not_at_all),
        IN_WORLD(tables_are_made_whole_or_not_at_all),
        IN_WORLD(surfaces_are_made_whole_or_not_at_all),
        IN_WORLD(the_worker_answers_or_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
