/* test_plot_window.c -- the plot window driven by keys and mouse, and what it draws */
#include "display.h"

#include "viz/export/object.h"
#include "viz/plot/plot.h"
#include "viz/window/window_host.h"

static int pointed; /* times the host was told that the cursor was put somewhere */

static void count_pointed(void *user)
{
    (void)user;
    pointed++;
}

static bool plot_drawn(World *w)
{
    return nb_viz_window_frames(w->viz, "plot") > 0 && at_rest(w);
}

static NbRecord *show(World *w, NbRecord *r, const char *title)
{
    NbErr err = {0};
    pointed = 0;
    w->viz->host.pointed = count_pointed;
    if (nb_viz_plot(w->viz, r, title, &err)) {
        fail_msg("%s", err.msg);
    }
    wait_until(w, plot_drawn);
    assert_true(plot_drawn(w));
    return r;
}

static void end(World *w, NbRecord *r)
{
    nb_viz_cursor_clear(w->viz);
    nb_viz_close(w->viz, NULL);
    nb_record_free(&r);
}

static bool shows(World *w, const char *part)
{
    return window_draws(w, "plot", part);
}

static void key(World *w, SDL_Keycode code)
{
    press_key(w, "plot", code, KMOD_NONE);
    settle(w);
}

static void click_on(World *w, double x, double y)
{
    click(w, "plot", x, y);
    settle(w);
}

static void drag(World *w, bool right, double x0, double y0, double x1, double y1)
{
    move_to(w, "plot", x0, y0);
    button(w, "plot", true, right, x0, y0);
    move_to(w, "plot", (x0 + x1) / 2, (y0 + y1) / 2);
    move_to(w, "plot", x1, y1);
    button(w, "plot", false, right, x1, y1);
    settle(w);
}

static const NbPlotFrame *frame(World *w)
{
    settle(w);
    return nb_viz_plot_frame(w->viz);
}

static bool near_to(double a, double b, double most)
{
    return fabs(a - b) <= most;
}

/* --- curves --- */

static void a_click_on_a_row_of_the_legend_hides_its_curve_and_shows_it_again(void **state)
{
    World *w = *state;
    NbRecord *r = show(w, make_record(3, 50, 1), "f");
    const NbPlotFrame *f = frame(w);
    assert_int_equal(f->curves, 3);
    assert_int_equal(f->nlegend, 3);
    click_on(w, f->legend[1].x + 30, f->legend[1].y + 12);
    f = frame(w);
    assert_int_equal(f->curves, 2);
    assert_int_equal(f->nlegend, 3); /* its row stays */
    assert_true(shows(w, "\"hidden\""));
    click_on(w, f->legend[1].x + 30, f->legend[1].y + 12);
    assert_int_equal(frame(w)->curves, 3);
    assert_false(nb_viz_cursor(w->viz, NULL, NULL)); /* the legend is no place for the cursor */
    end(w, r);
}

static void curves_are_chosen_and_hidden_by_keys(void **state)
{
    World *w = *state;
    NbRecord *r = show(w, make_record(3, 50, 1), "f");
    key(w, SDLK_UP); /* the newest */
    key(w, SDLK_UP);
    key(w, SDLK_h);
    assert_int_equal(frame(w)->curves, 2);
    key(w, SDLK_DOWN);
    key(w, SDLK_h);
    assert_int_equal(frame(w)->curves, 1);
    key(w, SDLK_h);
    key(w, SDLK_h);
    assert_int_equal(frame(w)->curves, 1);
    key(w, SDLK_a);
    assert_int_equal(frame(w)->curves, 3);
    key(w, SDLK_2); /* the column x of every run */
    assert_int_equal(frame(w)->curves, 6);
    key(w, SDLK_2);
    assert_int_equal(frame(w)->curves, 3);
    end(w, r);
}

/* --- the linked cursor --- */

static void the_cursor_walks_over_the_steps_by_keys(void **state)
{
    World *w = *state;
    uint32_t run = 0;
    uint64_t step = 0;
    NbRecord *r = show(w, make_record(2, 50, 1), "f");
    key(w, SDLK_RIGHT);
    assert_true(nb_viz_cursor(w->viz, &run, &step));
    assert_int_equal(run, 2); /* the newest run */
    assert_int_equal(step, 0);
    key(w, SDLK_RIGHT);
    press_key(w, "plot", SDLK_RIGHT, KMOD_LSHIFT);
    settle(w);
    nb_viz_cursor(w->viz, &run, &step);
    assert_int_equal(step, 11);
    assert_true(shows(w, "\"step 11\""));
    key(w, SDLK_END);
    key(w, SDLK_LEFT);
    nb_viz_cursor(w->viz, &run, &step);
    assert_int_equal(step, 48);
    key(w, SDLK_UP); /* chooses the newest run's curve */
    key(w, SDLK_UP); /* and the one before, where the cursor goes along */
    nb_viz_cursor(w->viz, &run, &step);
    assert_int_equal(run, 1);
    assert_int_equal(step, 48);
    assert_int_equal(pointed, 0);
    key(w, SDLK_RETURN);
    assert_int_equal(pointed, 1);
    key(w, SDLK_ESCAPE);
    assert_false(nb_viz_cursor(w->viz, NULL, NULL));
    assert_true(nb_viz_open(w->viz));
    end(w, r);
}

static void a_click_puts_the_cursor_on_the_nearest_sample_and_its_line_is_dragged(void **state)
{
    World *w = *state;
    uint64_t step = 0;
    NbRecord *r = show(w, make_record(1, 11, 1), "f");
    const NbPlotFrame *f = frame(w);
    double width = f->px.right - f->px.left, y = (f->px.top + f->px.bottom) / 2;
    click_on(w, f->px.left + width * 0.31, y);
    assert_true(nb_viz_cursor(w->viz, NULL, &step));
    assert_int_equal(step, 3);
    assert_int_equal(pointed, 1);
    f = frame(w);
    drag(w, false, f->cursor_x + 2, y, f->px.left + width * 0.69, y);
    nb_viz_cursor(w->viz, NULL, &step);
    assert_int_equal(step, 7);
    assert_int_equal(pointed, 2); /* once, at the end */
    end(w, r);
}

static void the_cursor_of_another_run_stands_in_its_own_curve(void **state)
{
    World *w = *state;
    NbRecord *r = show(w, make_record(2, 50, 1), "f");
    nb_viz_cursor_set(w->viz, 1, 20);
    assert_true(shows(w, "\"step 20\""));
    nb_viz_cursor_set(w->viz, 77, 20); /* a run that is gone */
    assert_false(shows(w, "\"step 20\""));
    end(w, r);
}

/* --- axes --- */

static void a_box_is_zoomed_to_and_fit_goes_back(void **state)
{
    World *w = *state;
    NbRecord *r = show(w, make_record(1, 101, 1), "f");
    const NbPlotFrame *f = frame(w);
    double x0 = f->x0, x1 = f->x1, y0 = f->y0, y1 = f->y1;
    double left = f->px.left, wide = f->px.right - f->px.left, top = f->px.top,
           high = f->px.bottom - f->px.top;
    drag(w, true, left + wide * 0.2, top + high * 0.1, left + wide * 0.6, top + high * 0.5);
    f = frame(w);
    assert_true(near_to(f->x0, 20, 0.5));
    assert_true(near_to(f->x1, 60, 0.5));
    assert_true(near_to(f->y1, y1 - (y1 - y0) * 0.1, (y1 - y0) * 0.01));
    assert_true(near_to(f->y0, y1 - (y1 - y0) * 0.5, (y1 - y0) * 0.01));
    key(w, SDLK_f);
    f = frame(w);
    assert_true(near_to(f->x0, x0, 0));
    assert_true(near_to(f->x1, x1, 0));
    assert_true(near_to(f->y0, y0, 0));
    assert_true(near_to(f->y1, y1, 0));
    end(w, r);
}

static void a_drag_along_an_axis_takes_that_part_of_it(void **state)
{
    World *w = *state;
    NbRecord *r = show(w, make_record(1, 101, 1), "f");
    const NbPlotFrame *f = frame(w);
    double wide = f->px.right - f->px.left;
    drag(w, false, f->px.left + wide * 0.5, f->px.bottom + 20, f->px.left + wide * 0.75,
         f->px.bottom + 22);
    f = frame(w);
    assert_true(near_to(f->x0, 50, 0.5));
    assert_true(near_to(f->x1, 75, 0.5));
    assert_true(f->y1 < 200); /* the other axis follows what is in sight */
    end(w, r);
}

static void the_wheel_zooms_both_axes_or_the_one_it_is_on(void **state)
{
    World *w = *state;
    NbRecord *r = show(w, make_record(1, 101, 1), "f");
    const NbPlotFrame *f = frame(w);
    double y0 = f->y0, y1 = f->y1, x = (f->px.left + f->px.right) / 2,
           y = (f->px.top + f->px.bottom) / 2;
    move_to(w, "plot", x, y);
    turn_wheel(w, "plot", 2, KMOD_LSHIFT);
    f = frame(w);
    assert_true(near_to(f->x1 - f->x0, 100 / 1.44, 0.5));
    key(w, SDLK_f);
    move_to(w, "plot", 20, y); /* on the axis of values */
    turn_wheel(w, "plot", 2, KMOD_NONE);
    f = frame(w);
    assert_true(near_to(f->x1 - f->x0, 100, 0));
    assert_true(near_to(f->y1 - f->y0, (y1 - y0) / 1.44, (y1 - y0) * 0.01));
    key(w, SDLK_f);
    move_to(w, "plot", x, y);
    turn_wheel(w, "plot", -1, KMOD_NONE);
    f = frame(w);
    assert_true(near_to(f->x1 - f->x0, 120, 0.5));
    assert_true(near_to(f->y1 - f->y0, (y1 - y0) * 1.2, (y1 - y0) * 0.01));
    end(w, r);
}

static void dragging_and_ctrl_arrows_move_the_picture(void **state)
{
    World *w = *state;
    NbRecord *r = show(w, make_record(1, 101, 1), "f");
    const NbPlotFrame *f = frame(w);
    double wide = f->px.right - f->px.left, x = f->px.left + wide / 2,
           y = (f->px.top + f->px.bottom) / 2;
    drag(w, false, x, y, x + wide * 0.25, y);
    f = frame(w);
    assert_true(near_to(f->x0, -25, 0.5));
    assert_true(near_to(f->x1, 75, 0.5));
    press_key(w, "plot", SDLK_RIGHT, KMOD_LCTRL);
    f = frame(w);
    assert_true(near_to(f->x0, -15, 0.5));
    end(w, r);
}

static void the_log_axis_is_automatic_and_a_key(void **state)
{
    World *w = *state;
    NbRecord *r = show(w, make_record(1, 50, 6), "f");
    assert_true(frame(w)->log);
    key(w, SDLK_l);
    assert_false(frame(w)->log);
    key(w, SDLK_l);
    assert_true(frame(w)->log);
    end(w, r);
}

/* --- pause --- */

static void paused_the_picture_stands_still_and_then_catches_up(void **state)
{
    World *w = *state;
    NbRecord *r = show(w, make_record(1, 50, 1), "f");
    const char *names[] = {"f"};
    key(w, SDLK_p);
    assert_true(shows(w, "paused"));
    uint64_t before = nb_viz_window_frames(w->viz, "plot");
    assert_int_equal(nb_record_begin(r, "next", names, 1, NULL), NB_OK);
    nb_record_add(r, 0, (const double[]){7});
    settle(w);
    assert_int_equal(nb_viz_window_frames(w->viz, "plot"), before);
    key(w, SDLK_UP); /* drawn again, and still without the new run */
    assert_int_equal(frame(w)->nlegend, 1);
    key(w, SDLK_p);
    assert_int_equal(frame(w)->nlegend, 2);
    assert_false(shows(w, "paused"));
    end(w, r);
}

static void a_saved_picture_shows_the_part_in_the_window(void **state)
{
    World *w = *state;
    size_t size;
    NbRecord *r = show(w, make_record(1, 101, 1), "f");
    const NbPlotFrame *f = frame(w);
    double wide = f->px.right - f->px.left;
    drag(w, false, f->px.left + wide * 0.5, f->px.bottom + 20, f->px.left + wide * 0.7,
         f->px.bottom + 22);
    NbExport what = {.title = "f"};
    NbWindow *win = nb_viz_window_named(w->viz, "plot");
    assert_true(win->kind->export(nb_viz_window_view(win), &what));
    char said[300];
    NbErr err = {0};
    assert_int_equal(nb_viz_export(w->viz, in_dir(w, "part.svg"), &what, said, sizeof said, &err),
                     NB_OK);
    assert_non_null(what.plot);
    assert_true(near_to(what.plot->x0, 50, 0.5) && near_to(what.plot->x1, 70, 0.5));
    assert_non_null(strstr(said, "900 × 580 px"));
    free(slurp(in_dir(w, "part.svg"), &size));
    end(w, r);
}

static void every_key_leaves_the_window_sound(void **state)
{
    World *w = *state;
    NbRecord *r = show(w, nb_record_new(100, 2), "f"); /* nothing recorded */
    for (int round = 0; round < 2; round++) {
        for (SDL_Keycode k = SDLK_a; k <= SDLK_z; k++) {
            if (k != SDLK_q) {
                press_key(w, "plot", k, KMOD_NONE);
            }
        }
        const SDL_Keycode more[] = {SDLK_LEFT, SDLK_RIGHT, SDLK_UP,  SDLK_DOWN,
                                    SDLK_HOME, SDLK_END,   SDLK_TAB, SDLK_RETURN};
        for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
            press_key(w, "plot", more[i], i % 2 ? KMOD_LCTRL : KMOD_NONE);
        }
        type_text(w, "plot", "+-=?? 123/");
        settle(w);
        const NbPlotFrame *f = frame(w);
        assert_true(f->x1 > f->x0 && f->y1 > f->y0);
        for (int i = 0; i < 60; i++) {
            turn_wheel(w, "plot", i < 30 ? 20 : -20, KMOD_NONE);
        }
        f = frame(w);
        assert_true(isfinite(f->x0) && isfinite(f->y0) && f->x1 > f->x0 && f->y1 > f->y0);
        const char *names[] = {"f", "x"};
        assert_int_equal(nb_record_begin(r, "one", names, 2, NULL), NB_OK);
        nb_record_add(r, 0, (const double[]){NAN, INFINITY}); /* nothing that can be drawn */
    }
    end(w, r);
}

SUITE()
{
    unsetenv("DISPLAY");
    const struct CMUnitTest tests[] = {
        ON_DISPLAY(a_click_on_a_row_of_the_legend_hides_its_curve_and_shows_it_again),
        ON_DISPLAY(curves_are_chosen_and_hidden_by_keys),
        ON_DISPLAY(the_cursor_walks_over_the_steps_by_keys),
        ON_DISPLAY(a_click_puts_the_cursor_on_the_nearest_sample_and_its_line_is_dragged),
        ON_DISPLAY(the_cursor_of_another_run_stands_in_its_own_curve),
        ON_DISPLAY(a_box_is_zoomed_to_and_fit_goes_back),
        ON_DISPLAY(a_drag_along_an_axis_takes_that_part_of_it),
        ON_DISPLAY(the_wheel_zooms_both_axes_or_the_one_it_is_on),
        ON_DISPLAY(dragging_and_ctrl_arrows_move_the_picture),
        ON_DISPLAY(the_log_axis_is_automatic_and_a_key),
        ON_DISPLAY(paused_the_picture_stands_still_and_then_catches_up),
        ON_DISPLAY(a_saved_picture_shows_the_part_in_the_window),
        ON_DISPLAY(every_key_leaves_the_window_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
