/* test_surface_window.c -- real windows of surfaces and class regions: start, zoom, keys */
#include "display.h"

/* --- a field that counts --- */

typedef struct Made {
    double height;
    int calls;
    double slow; /* seconds a point */
    bool refuse, freed, can_start;
    int starts;
    double start[2];
} Made;

static int sample(void *user, const double *x, const double *y, int n, double ms, double *out)
{
    Made *m = user;
    double end = seconds() + ms / 1000;
    for (int i = 0; i < n; i++) {
        if (m->slow > 0) {
            rest(m->slow);
        }
        out[i] = m->height * (x[i] * x[i] + y[i] * y[i]);
        m->calls++;
        if (m->slow > 0 && seconds() > end) {
            return m->refuse ? -1 : i + 1;
        }
    }
    return m->refuse ? -1 : n;
}

static int sample_scores(void *user, const double *x, const double *y, int n, double ms,
                         double *out)
{
    Made *m = user;
    (void)ms;
    m->calls += n;
    for (int i = 0; i < n; i++) {
        out[2 * i] = x[i];
        out[2 * i + 1] = y[i];
    }
    return n;
}

static bool slope(void *user, double x, double y, double out[3])
{
    (void)user;
    out[0] = x * x + y * y;
    out[1] = 2 * x;
    out[2] = 2 * y;
    return true;
}

static bool start(void *user, double x, double y)
{
    Made *m = user;
    m->starts++;
    m->start[0] = x;
    m->start[1] = y;
    return m->can_start;
}

static void gone(void *user)
{
    ((Made *)user)->freed = true;
}

static void open_surface_on(World *w, Made *m, const NbRecord *record)
{
    NbErr err = {0};
    NbSurface what = {.field = {.user = m,
                                .channels = 1,
                                .sample = sample,
                                .slope = slope,
                                .start = start,
                                .free = gone},
                      .title = "f",
                      .name = {"x", "y"},
                      .column = {"x", "y"},
                      .lo = {-2, -2},
                      .hi = {2, 2},
                      .record = record};
    if (nb_viz_surface(w->viz, &what, &err)) {
        fail_msg("%s", err.msg);
    }
}

static void open_surface(World *w, Made *m)
{
    open_surface_on(w, m, NULL);
}

static void open_boundary(World *w, Made *m)
{
    static const double point[] = {-1, 1, 1, -1};
    static const int label[] = {1, 0};
    NbErr err = {0};
    NbSurface what = {.field = {.user = m, .channels = 2, .sample = sample_scores, .free = gone},
                      .title = "m",
                      .name = {"a", "b"},
                      .lo = {-2, -2},
                      .hi = {2, 2},
                      .boundary = true,
                      .npoints = 2,
                      .point = point,
                      .label = label};
    if (nb_viz_surface(w->viz, &what, &err)) {
        fail_msg("%s", err.msg);
    }
}

/* --- driving the loop as the program does --- */

static bool settled(World *w)
{
    return nb_viz_window_frames(w->viz, "surface") > 0 && at_rest(w);
}

static bool both_settled(World *w)
{
    return settled(w) && nb_viz_window_frames(w->viz, "boundary") > 0;
}

/* What was pushed is taken in, and what follows from it drawn. */
static void settle_surface(World *w)
{
    settle(w);
    wait_until(w, settled);
}

static uint64_t frames_before;

static bool drawn_again(World *w)
{
    return nb_viz_window_frames(w->viz, "surface") > frames_before;
}

/* Drawn once more from now on. */
static void expect_picture(World *w)
{
    frames_before = nb_viz_window_frames(w->viz, "surface");
    wait_until(w, drawn_again);
    assert_true(drawn_again(w));
}

static void press(World *w, SDL_Keycode key)
{
    press_key(w, "surface", key, KMOD_NONE);
}

static void click_at(World *w, int x, int y)
{
    click(w, "surface", x, y);
    settle(w);
}

/* --- tests --- */

static void surface_opens_is_computed_and_then_rests(void **state)
{
    World *w = *state;
    static Made m;
    m = (Made){.height = 1};
    open_surface(w, &m);
    settle_surface(w);
    assert_true(settled(w));
    assert_true(m.calls >= 129 * 97);
    settle(w);
    int calls = m.calls;
    assert_true(sleeps(w));
    assert_true(m.calls - calls <= 3 * 12); /* a wake-up compares a few points */
    assert_int_equal(nb_viz_close(w->viz, "surface"), 1);
    assert_true(m.freed);
}

static void a_click_sets_a_start_of_few_digits(void **state)
{
    World *w = *state;
    static Made m;
    m = (Made){.height = 1, .can_start = true};
    open_surface(w, &m);
    settle_surface(w);
    click_at(w, 300, 300);
    assert_int_equal(m.starts, 1);
    assert_true(m.start[0] > -2 && m.start[0] < 0);
    assert_true(m.start[1] > 0 && m.start[1] < 2);
    for (int k = 0; k < 2; k++) {
        assert_true(fabs(m.start[k] * 100 - round(m.start[k] * 100)) < 1e-9);
    }
    click_at(w, 5, 5); /* outside the axes */
    assert_int_equal(m.starts, 1);
}

static void dragging_moves_the_picture_and_sets_no_start(void **state)
{
    World *w = *state;
    static Made m;
    m = (Made){.height = 1, .can_start = true};
    open_surface(w, &m);
    settle_surface(w);
    click_at(w, 400, 300);
    double before[2] = {m.start[0], m.start[1]};
    move_to(w, "surface", 400, 300);
    button(w, "surface", true, false, 400, 300);
    move_to(w, "surface", 430, 320);
    move_to(w, "surface", 500, 360);
    button(w, "surface", false, false, 500, 360);
    settle_surface(w);
    assert_int_equal(m.starts, 1);
    click_at(w, 500, 360); /* the same place of the picture */
    assert_true(fabs(m.start[0] - before[0]) < 0.025);
    assert_true(fabs(m.start[1] - before[1]) < 0.025);
}

static void wheel_zooms_where_the_pointer_is_and_f_fits(void **state)
{
    World *w = *state;
    static Made m;
    m = (Made){.height = 1, .can_start = true};
    open_surface(w, &m);
    settle_surface(w);
    click_at(w, 300, 300);
    double here[2] = {m.start[0], m.start[1]};
    turn_wheel(w, "surface", 6, KMOD_NONE);
    settle_surface(w);
    click_at(w, 300, 300);
    assert_true(fabs(m.start[0] - here[0]) < 0.012 && fabs(m.start[1] - here[1]) < 0.012);
    click_at(w, 400, 300);
    assert_true(m.start[0] - here[0] < 0.25); /* 0.6 without the zoom */
    press(w, SDLK_f);
    settle_surface(w);
    click_at(w, 400, 300);
    assert_true(m.start[0] - here[0] > 0.4);
}

static void keys_move_the_pointer_and_set_the_start(void **state)
{
    World *w = *state;
    static Made m;
    m = (Made){.height = 1, .can_start = true};
    open_surface(w, &m);
    settle_surface(w);
    press(w, SDLK_RIGHT);
    press(w, SDLK_RETURN);
    settle(w);
    assert_int_equal(m.starts, 1);
    assert_true(fabs(m.start[0] - 0.1) < 0.02 && fabs(m.start[1]) < 0.02);
    press(w, SDLK_UP);
    press(w, SDLK_UP);
    press(w, SDLK_LEFT);
    press(w, SDLK_RETURN);
    settle(w);
    assert_true(fabs(m.start[0]) < 0.02 && fabs(m.start[1] - 0.2) < 0.02);
    press(w, SDLK_g);
    expect_picture(w);
    press(w, SDLK_n);
    expect_picture(w);
    press(w, SDLK_e); /* x = 0.1 is nearer to the middle of the window than before */
    expect_picture(w);
    type_text(w, "surface", "+");
    expect_picture(w);
    type_text(w, "surface", "?");
    expect_picture(w);
}

static void slow_function_never_holds_the_prompt_and_can_be_stopped(void **state)
{
    World *w = *state;
    static Made m;
    m = (Made){.height = 1, .slow = 0.001};
    int most = 0;
    open_surface(w, &m);
    for (int i = 0; i < 60; i++) {
        int before = m.calls;
        nb_viz_pump(w->viz);
        most = m.calls - before > most ? m.calls - before : most;
    }
    assert_int_equal(nb_viz_timeout(w->viz), 0);
    assert_in_range(most, 1, 16); /* a millisecond each */
    nb_viz_surface_stop(w->viz);
    int calls = m.calls;
    wait_until(w, at_rest);
    assert_true(m.calls - calls < 40); /* no grid any more */
    assert_int_equal(nb_viz_timeout(w->viz), -1);
    nb_viz_close(w->viz, "surface");
    assert_true(m.freed);
}

static void function_that_cannot_be_computed_keeps_the_window(void **state)
{
    World *w = *state;
    static Made m;
    m = (Made){.height = 1, .refuse = true};
    open_surface(w, &m);
    settle(w);
    assert_true(nb_viz_open(w->viz));
    assert_int_equal(nb_viz_timeout(w->viz), -1);
    m.refuse = false;
    press(w, SDLK_r);
    settle_surface(w);
    assert_true(m.calls > 129 * 97);
}

static void another_value_of_the_function_is_noticed_after_a_statement(void **state)
{
    World *w = *state;
    static Made m;
    m = (Made){.height = 1};
    open_surface(w, &m);
    settle_surface(w);
    int calls = m.calls;
    nb_viz_changed(w->viz);
    settle(w);
    assert_true(m.calls - calls < 100); /* a few points compared */
    m.height = 2;
    calls = m.calls;
    nb_viz_changed(w->viz);
    expect_picture(w);
    settle_surface(w);
    assert_true(m.calls - calls >= 129 * 97);
}

static NbRecord *a_path(void)
{
    NbErr err = {0};
    const char *names[] = {"f", "x", "y"};
    NbRecord *r = nb_record_new(4000, 16);
    assert_int_equal(nb_record_begin(r, "sgd(lr=0.1)", names, 3, &err), NB_OK);
    for (int i = 0; i < 11; i++) {
        double row[3] = {1, 0.1 * i, 0};
        nb_record_add(r, (uint64_t)(10 * i), row);
    }
    return r;
}

static void a_step_of_a_path_is_picked_for_all_windows(void **state)
{
    World *w = *state;
    static Made m;
    m = (Made){.height = 1, .can_start = true};
    NbRecord *r = a_path();
    uint32_t serial = 0;
    uint64_t step = 99;
    open_surface_on(w, &m, r);
    settle_surface(w);
    press(w, SDLK_RIGHT); /* from the middle, where the path begins, by 0.1 */
    press(w, SDLK_RIGHT);
    press(w, SDLK_c);
    settle(w);
    assert_true(nb_viz_cursor(w->viz, &serial, &step));
    assert_int_equal(serial, 1);
    assert_int_equal(step, 20);
    press(w, SDLK_ESCAPE);
    settle(w);
    assert_false(nb_viz_cursor(w->viz, NULL, NULL));
    assert_true(nb_viz_open(w->viz));
    assert_int_equal(m.starts, 0);
    nb_viz_close(w->viz, NULL);
    nb_record_free(&r);
}

static void surface_is_re_aimed_resized_and_closed_by_key(void **state)
{
    World *w = *state;
    static Made first, second;
    first = (Made){.height = 1};
    second = (Made){.height = 3};
    open_surface(w, &first);
    settle_surface(w);
    uint32_t id = nb_viz_window_id(w->viz, "surface");
    open_surface(w, &second);
    assert_true(first.freed);
    assert_int_equal(nb_viz_window_id(w->viz, "surface"), id);
    settle_surface(w);
    window_message(w, "surface", SDL_WINDOWEVENT_SIZE_CHANGED);
    expect_picture(w);
    press(w, SDLK_q);
    wait_until(w, all_closed);
    assert_true(second.freed);
    assert_false(nb_viz_open(w->viz));
}

static void surface_and_boundary_stand_side_by_side(void **state)
{
    World *w = *state;
    static Made f, m;
    f = (Made){.height = 1};
    m = (Made){0};
    open_surface(w, &f);
    open_boundary(w, &m);
    settle(w);
    wait_until(w, both_settled);
    assert_true(both_settled(w));
    assert_int_equal(nb_viz_close(w->viz, "boundary"), 1);
    assert_true(m.freed);
    assert_false(f.freed);
    window_message(w, "surface", SDL_WINDOWEVENT_CLOSE);
    wait_until(w, all_closed);
    assert_true(f.freed);
}

static void ctrl_s_saves_what_is_in_sight(void **state)
{
    World *w = *state;
    static Made m;
    m = (Made){.height = 1};
    char cwd[512];
    assert_non_null(getcwd(cwd, sizeof cwd));
    assert_int_equal(chdir(w->dir), 0);
    open_surface(w, &m);
    settle_surface(w);
    press_key(w, "surface", SDLK_s, KMOD_LCTRL);
    settle(w);
    assert_int_equal(chdir(cwd), 0);
    assert_string_equal(w->said, "wrote f-surface-1.png (1600 × 1200 px)");
    assert_int_equal(files_in_dir(w), 1);
}

SUITE()
{
    unsetenv("DISPLAY");
    const struct CMUnitTest tests[] = {
        ON_DISPLAY(surface_opens_is_computed_and_then_rests),
        ON_DISPLAY(a_click_sets_a_start_of_few_digits),
        ON_DISPLAY(dragging_moves_the_picture_and_sets_no_start),
        ON_DISPLAY(wheel_zooms_where_the_pointer_is_and_f_fits),
        ON_DISPLAY(keys_move_the_pointer_and_set_the_start),
        ON_DISPLAY(slow_function_never_holds_the_prompt_and_can_be_stopped),
        ON_DISPLAY(function_that_cannot_be_computed_keeps_the_window),
        ON_DISPLAY(another_value_of_the_function_is_noticed_after_a_statement),
        ON_DISPLAY(a_step_of_a_path_is_picked_for_all_windows),
        ON_DISPLAY(surface_is_re_aimed_resized_and_closed_by_key),
        ON_DISPLAY(surface_and_boundary_stand_side_by_side),
        ON_DISPLAY(ctrl_s_saves_what_is_in_sight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
