/* test_refused_windows.c -- memory is refused while windows open and draw: they go on afterwards */
#include "refuse.h"
#include "display.h"

#include "viz/export/object.h"

#define MOST 1000 /* requests until a window is drawn */

typedef struct Shown {
    const char *kind;
    NbStatus (*open)(World *w, NbErr *err);
    NbVar *root;
    NbRecord *record;
    SDL_Keycode key; /* computes again; 0: a change of values does */
    char *right;     /* what the window draws when nothing is refused */
} Shown;

static Shown shown;

/* What is drawn says that memory was refused, or is right; and later it is right. */
static void drawn_well(World *w, long n)
{
    char *text = drawn(w, shown.kind);
    if (strcmp(text, shown.right) != 0 && !strstr(text, "out of memory")) {
        fail_msg("%s, request %ld: drawn differently:\n%s\n%s", shown.kind, n, shown.right, text);
    }
    free(text);
    if (shown.key) {
        press_key(w, shown.kind, shown.key, KMOD_NONE);
    } else {
        nb_viz_changed(w->viz);
    }
    text = drawn(w, shown.kind);
    if (strcmp(text, shown.right) != 0) {
        fail_msg("%s, request %ld: drawn differently afterwards:\n%s\n%s", shown.kind, n,
                 shown.right, text);
    }
    free(text);
}

/* One request is refused, or all from it on, while a window opens and is drawn first. */
static bool try_at(World *w, long n, bool after)
{
    NbErr err = {0};
    nb_err_clear(nb_ctx_err(w->ctx));
    refuse_at(n, after);
    NbStatus status = shown.open(w, &err);
    if (!status) {
        settle(w);
    }
    bool met = refuse_nothing();
    if (!status) {
        drawn_well(w, n);
    } else if (!met || status != NB_EMEM || !strstr(err.msg, "out of memory")) {
        fail_msg("%s, request %ld: error %d: %s", shown.kind, n, (int)status, err.msg);
    }
    assert_int_equal(nb_viz_close(w->viz, NULL), status == NB_OK);
    return met;
}

static void each_request_is_refused(World *w, const char *kind,
                                    NbStatus (*open)(World *w, NbErr *err))
{
    NbErr err = {0};
    shown.kind = kind;
    shown.open = open;
    assert_int_equal(open(w, &err), NB_OK);
    shown.right = drawn(w, kind);
    nb_viz_close(w->viz, NULL);
    for (int after = 0; after < 2; after++) {
        long n = 1;
        while (n < MOST && try_at(w, n, after)) {
            n += after ? 9 : n < 40 ? 1 : 3; /* later ones come in turn as the earlier */
        }
        assert_true(n > 5 && n < MOST);
    }
    free(shown.right);
}

/* --- graph --- */

static NbStatus open_graph(World *w, NbErr *err)
{
    return nb_viz_graph(w->viz, shown.root, "f", err);
}

static void a_graph_window_goes_on(void **state)
{
    World *w = *state;
    shown.root = make_small(w);
    assert_int_equal(nb_backward(shown.root, NULL), NB_OK);
    each_request_is_refused(w, "graph", open_graph);
    nb_var_unref(&shown.root);
}

/* The display's host, the painter. */
static void the_first_window_opens_or_says_why_not(void **state)
{
    World *w = *state;
    NbErr err = {0};
    NbVizHost host = w->viz->host;
    shown.root = make_small(w);
    bool met = true;
    for (long n = 1; met; n++) {
        nb_viz_free(&w->viz);
        w->viz = nb_viz_new(&host, &w->style);
        refuse_at(n, false);
        NbStatus status = open_graph(w, &err);
        met = refuse_nothing();
        if (status) {
            assert_int_equal(status, NB_EMEM);
            assert_non_null(strstr(err.msg, "out of memory"));
            assert_false(nb_viz_open(w->viz));
            nb_err_clear(&err);
        } else {
            assert_true(nb_viz_open(w->viz));
        }
    }
    nb_var_unref(&shown.root);
}

/* --- plot --- */

static NbStatus open_plot(World *w, NbErr *err)
{
    return nb_viz_plot(w->viz, shown.record, "f", err);
}

static void a_plot_window_goes_on(void **state)
{
    World *w = *state;
    shown.record = make_record(2, 20, 2);
    each_request_is_refused(w, "plot", open_plot);
    nb_record_free(&shown.record);
}

/* --- surface --- */

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
    (void)user;
}

static NbStatus open_field(World *w, bool boundary, NbErr *err)
{
    static const double point[] = {-1, 1, 1, -1, 0.5, 0.7};
    static const int label[] = {1, 0, 1};
    NbSurface what = {.field = {.channels = boundary ? 2 : 1,
                                .sample = boundary ? sample_scores : sample,
                                .free = gone},
                      .title = "f",
                      .name = {"x", "y"},
                      .column = {"f", "x"},
                      .lo = {-2, -2},
                      .hi = {2, 2},
                      .record = shown.record,
                      .boundary = boundary,
                      .npoints = boundary ? 3 : 0,
                      .point = point,
                      .label = label};
    return nb_viz_surface(w->viz, &what, err);
}

static NbStatus open_surface(World *w, NbErr *err)
{
    return open_field(w, false, err);
}

static NbStatus open_boundary(World *w, NbErr *err)
{
    return open_field(w, true, err);
}

static void a_surface_window_goes_on(void **state)
{
    World *w = *state;
    shown.record = make_record(1, 10, 1);
    shown.key = SDLK_r;
    each_request_is_refused(w, "surface", open_surface);
    nb_record_free(&shown.record);
}

static void a_boundary_window_goes_on(void **state)
{
    shown.key = SDLK_r;
    each_request_is_refused(*state, "boundary", open_boundary);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        ON_DISPLAY(a_graph_window_goes_on),    ON_DISPLAY(the_first_window_opens_or_says_why_not),
        ON_DISPLAY(a_plot_window_goes_on),     ON_DISPLAY(a_surface_window_goes_on),
        ON_DISPLAY(a_boundary_window_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
