/* test_windows.c -- real windows: drawing, keys, closing, pace, a lost server */
#include "display.h"

#include "viz/window/window_host.h"

static bool graph_drawn(World *w)
{
    return nb_viz_window_frames(w->viz, "graph") > 0 && at_rest(w);
}

static bool plot_drawn(World *w)
{
    return nb_viz_window_frames(w->viz, "plot") > 0;
}

static bool something_said(World *w)
{
    return w->said[0] != '\0';
}

static void window_size(World *w, const char *kind, int *width, int *height)
{
    SDL_Window *(*from_id)(Uint32);
    void (*get_size)(SDL_Window *, int *, int *);
    sdl_function("SDL_GetWindowFromID", &from_id);
    sdl_function("SDL_GetWindowSize", &get_size);
    get_size(from_id(nb_viz_window_id(w->viz, kind)), width, height);
}

static void press(World *w, const char *kind, SDL_Keycode key)
{
    press_key(w, kind, key, KMOD_NONE);
}

static NbVar *open_graph(World *w)
{
    NbErr err = {0};
    NbVar *f = make_small(w);
    if (nb_viz_graph(w->viz, f, "f", &err)) {
        fail_msg("%s", err.msg);
    }
    wait_until(w, graph_drawn);
    assert_true(graph_drawn(w));
    return f;
}

/* --- tests --- */

static void graph_window_opens_draws_and_then_rests(void **state)
{
    World *w = *state;
    NbVar *f = open_graph(w);
    assert_ptr_equal(nb_viz_graph_root(w->viz), f);
    assert_string_equal(nb_viz_graph_title(w->viz), "f");
    settle(w);
    assert_int_equal(nb_viz_timeout(w->viz), -1);
    assert_true(sleeps(w));
    nb_var_unref(&f);
}

/* The screen of the tests is 1280 × 800. */
static void larger_windows_of_a_projector_fit_the_screen(void **state)
{
    World *w = *state;
    int width, height;
    w->style.present = true;
    nb_viz_style(w->viz, &w->style);
    NbVar *f = open_graph(w);
    window_size(w, "graph", &width, &height);
    assert_in_range(width, 1001, 1280);
    assert_in_range(height, 641, 800);
    nb_var_unref(&f);
}

static void changed_values_are_drawn_again_once(void **state)
{
    World *w = *state;
    NbVar *f = open_graph(w);
    settle(w);
    uint64_t before = nb_viz_window_frames(w->viz, "graph");
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    for (int i = 0; i < 100; i++) {
        nb_viz_changed(w->viz);
    }
    assert_true(nb_viz_timeout(w->viz) >= 0);
    settle(w);
    uint64_t drawn = nb_viz_window_frames(w->viz, "graph") - before;
    assert_true(drawn >= 1 && drawn <= 3);
    nb_var_unref(&f);
}

static void graph_window_follows_a_new_root(void **state)
{
    World *w = *state;
    NbErr err = {0};
    NbVar *f = open_graph(w);
    nb_var_unref(&f);
    NbVar *g = make_rosenbrock(w);
    assert_int_equal(nb_viz_graph(w->viz, g, "g", &err), NB_OK);
    assert_ptr_equal(nb_viz_graph_root(w->viz), g);
    settle(w);
    assert_int_equal(nb_viz_close(w->viz, NULL), 1);
    nb_var_unref(&g);
}

static void keys_q_and_escape_and_the_close_button_close_one_window(void **state)
{
    World *w = *state;
    for (int way = 0; way < 3; way++) {
        NbVar *f = open_graph(w);
        if (way == 2) {
            window_message(w, "graph", SDL_WINDOWEVENT_CLOSE);
        } else {
            press(w, "graph", way ? SDLK_ESCAPE : SDLK_q);
        }
        wait_until(w, all_closed);
        assert_true(all_closed(w));
        assert_int_equal(nb_viz_fd(w->viz), -1);
        assert_int_equal(nb_viz_timeout(w->viz), -1);
        assert_null(nb_viz_graph_root(w->viz));
        nb_var_unref(&f);
    }
}

static void ctrl_s_saves_a_numbered_picture_and_says_its_name(void **state)
{
    World *w = *state;
    char here[512];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(w->dir), 0);
    NbVar *f = open_graph(w);
    for (int i = 1; i <= 2; i++) {
        char want[64];
        w->said[0] = '\0';
        press_key(w, "graph", SDLK_s, KMOD_LCTRL);
        wait_until(w, something_said);
        snprintf(want, sizeof want, "wrote f-graph-%d.png (8 nodes", i);
        assert_non_null(strstr(w->said, want));
    }
    assert_int_equal(chdir(here), 0);
    assert_int_equal(files_in_dir(w), 2);
    nb_var_unref(&f);
}

/* A letter meant for the prompt may come to a window. */
static void letter_s_alone_writes_nothing_and_names_the_key(void **state)
{
    World *w = *state;
    char here[512];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(w->dir), 0);
    NbVar *f = open_graph(w);
    press(w, "graph", SDLK_s);
    assert_true(window_draws(w, "graph", "Ctrl+S saves a picture"));
    assert_int_equal(chdir(here), 0);
    assert_int_equal(files_in_dir(w), 0);
    nb_var_unref(&f);
}

static void click_on_a_node_reaches_the_host(void **state)
{
    World *w = *state;
    NbVar *f = open_graph(w);
    for (int x = 40; x < 1000 && !w->clicked; x += 40) {
        for (int y = 40; y < 600 && !w->clicked; y += 20) {
            click(w, "graph", x, y);
            nb_viz_pump(w->viz);
        }
    }
    assert_non_null(w->clicked);
    nb_var_unref(&f);
}

static void escape_puts_the_linked_cursor_out_before_it_closes_a_window(void **state)
{
    World *w = *state;
    NbVar *f = open_graph(w);
    uint32_t run_serial = 0;
    uint64_t step = 0, frames = nb_viz_window_frames(w->viz, "graph");
    assert_false(nb_viz_cursor(w->viz, &run_serial, &step));
    nb_viz_cursor_set(w->viz, 3, 120);
    assert_true(nb_viz_cursor(w->viz, &run_serial, &step));
    assert_int_equal(run_serial, 3);
    assert_int_equal(step, 120);
    wait_until(w, graph_drawn);
    assert_true(nb_viz_window_frames(w->viz, "graph") > frames); /* all windows are drawn again */
    press(w, "graph", SDLK_ESCAPE);
    settle(w);
    assert_false(nb_viz_cursor(w->viz, NULL, NULL));
    assert_true(nb_viz_open(w->viz));
    press(w, "graph", SDLK_ESCAPE);
    wait_until(w, all_closed);
    assert_false(nb_viz_open(w->viz));
    nb_var_unref(&f);
}

static void zoom_pan_fit_and_help_leave_the_window_open(void **state)
{
    World *w = *state;
    NbVar *f = open_graph(w);
    SDL_Event wheel = {.type = SDL_MOUSEWHEEL};
    wheel.wheel.windowID = nb_viz_window_id(w->viz, "graph");
    wheel.wheel.preciseY = 3;
    push(&wheel);
    button(w, "graph", true, false, 300, 300);
    move_to(w, "graph", 400, 350);
    button(w, "graph", false, false, 400, 350);
    press(w, "graph", SDLK_F1);
    press(w, "graph", SDLK_f);
    press(w, "graph", SDLK_F1);
    settle(w);
    assert_true(nb_viz_open(w->viz));
    nb_var_unref(&f);
}

static void plot_window_follows_the_record(void **state)
{
    World *w = *state;
    NbErr err = {0};
    NbRecord *r = make_record(1, 50, 4);
    assert_int_equal(nb_viz_plot(w->viz, r, "f", &err), NB_OK);
    wait_until(w, plot_drawn);
    settle(w);
    uint64_t before = nb_viz_window_frames(w->viz, "plot");
    const char *names[] = {"f"};
    double v = 3;
    assert_int_equal(nb_record_begin(r, "next", names, 1, &err), NB_OK);
    nb_record_add(r, 0, &v);
    settle(w);
    assert_true(nb_viz_window_frames(w->viz, "plot") > before);
    press(w, "plot", SDLK_l);
    move_to(w, "plot", 400, 300);
    settle(w);
    assert_int_equal(nb_viz_close(w->viz, "plot"), 1);
    assert_int_equal(nb_viz_close(w->viz, "plot"), 0);
    nb_record_free(&r);
}

static void pump_in_a_loop_keeps_to_its_share(void **state)
{
    World *w = *state;
    NbErr err = {0};
    NbVar *f = open_graph(w);
    NbRecord *r = make_record(3, 2000, 4);
    assert_int_equal(nb_viz_plot(w->viz, r, "f", &err), NB_OK);
    wait_until(w, plot_drawn);
    uint64_t before = nb_viz_window_frames(w->viz, "plot");
    NbWindow *win = nb_viz_window_named(w->viz, "plot");
    const double second = 1000, cost = 10; /* ms: of the loop, and of a picture */
    clock_leap(second);                    /* a pointer that came in is long ago */
    double spent = 0, now = 0;
    for (uint64_t had = before; now < second; had = win->frames) {
        nb_viz_changed(w->viz);
        nb_viz_pump(w->viz);
        if (win->frames > had) { /* as if it had taken so long */
            clock_leap(cost);
            win->drawn += cost;
            win->cost = cost;
            spent += cost;
            now += cost;
        }
        clock_leap(2);
        now += 2;
    }
    if (spent < 0.1 * second || spent > 0.21 * second) {
        fail_msg("%g ms of a second spent on pictures", spent);
    }
    win->cost = 0; /* of pictures that cost nothing there are 60 a second */
    before = win->frames;
    for (now = 0; now < second; now += 2) {
        nb_viz_changed(w->viz);
        nb_viz_pump(w->viz);
        clock_leap(2);
    }
    assert_in_range(win->frames - before, 50, 63);
    nb_viz_close(w->viz, NULL);
    nb_record_free(&r);
    nb_var_unref(&f);
}

static void lost_server_costs_the_windows_only(void **state)
{
    World *w = *state;
    NbErr err = {0};
    NbVar *f = open_graph(w);
    lose_display();
    wait_until(w, all_closed);
    assert_true(all_closed(w));
    assert_non_null(strstr(w->said, "the display went away"));
    assert_false(nb_viz_start_display(w->viz));
    assert_int_equal(nb_viz_graph(w->viz, f, "f", &err), NB_EIO);
    char said[200];
    NbErr second = {0};
    NbExport what = {.view = NB_VIEW_GRAPH, .root = f, .title = "f"};
    assert_int_equal(nb_viz_export(w->viz, in_dir(w, "g.png"), &what, said, sizeof said, &second),
                     NB_OK);
    nb_var_unref(&f);
}

static void without_a_display_nothing_is_loaded(void **state)
{
    World *w = *state;
    NbErr err = {0};
    NbVar *f = make_small(w);
    unsetenv("DISPLAY");
    unsetenv("WAYLAND_DISPLAY");
    assert_false(nb_viz_has_display(w->viz));
    assert_int_equal(nb_viz_graph(w->viz, f, "f", &err), NB_EIO);
    assert_string_equal(err.msg, "no display");
    assert_true(err.hint[0]);
    assert_int_equal(nb_viz_fd(w->viz), -1);
    assert_int_equal(nb_viz_close(w->viz, NULL), 0);
    nb_viz_pump(w->viz);
    nb_viz_changed(w->viz);
    nb_var_unref(&f);
}

static void unreachable_display_is_an_error(void **state)
{
    World *w = *state;
    NbErr err = {0};
    NbVar *f = make_small(w);
    setenv("DISPLAY", ":987", 1);
    assert_int_equal(nb_viz_graph(w->viz, f, "f", &err), NB_EIO);
    assert_non_null(strstr(err.msg, "no window can be opened"));
    unsetenv("DISPLAY");
    nb_var_unref(&f);
}

static void invisible_drivers_are_no_display(void **state)
{
    World *w = *state;
    setenv("DISPLAY", ":987", 1);
    setenv("SDL_VIDEODRIVER", "offscreen", 1);
    assert_false(nb_viz_has_display(w->viz));
    setenv("SDL_VIDEODRIVER", "dummy", 1);
    assert_false(nb_viz_has_display(w->viz));
    unsetenv("SDL_VIDEODRIVER");
    unsetenv("DISPLAY");
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)

SUITE()
{
    /* a display given from outside would be shared with others */
    unsetenv("DISPLAY");
    const struct CMUnitTest tests[] = {
        IN_WORLD(without_a_display_nothing_is_loaded),
        IN_WORLD(unreachable_display_is_an_error),
        IN_WORLD(invisible_drivers_are_no_display),
        ON_DISPLAY(graph_window_opens_draws_and_then_rests),
        ON_DISPLAY(larger_windows_of_a_projector_fit_the_screen),
        ON_DISPLAY(changed_values_are_drawn_again_once),
        ON_DISPLAY(graph_window_follows_a_new_root),
        ON_DISPLAY(keys_q_and_escape_and_the_close_button_close_one_window),
        ON_DISPLAY(letter_s_alone_writes_nothing_and_names_the_key),
        ON_DISPLAY(ctrl_s_saves_a_numbered_picture_and_says_its_name),
        ON_DISPLAY(click_on_a_node_reaches_the_host),
        ON_DISPLAY(escape_puts_the_linked_cursor_out_before_it_closes_a_window),
        ON_DISPLAY(zoom_pan_fit_and_help_leave_the_window_open),
        ON_DISPLAY(plot_window_follows_the_record),
        ON_STILL_DISPLAY(pump_in_a_loop_keeps_to_its_share),
        ON_OWN_DISPLAY(lost_server_costs_the_windows_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
