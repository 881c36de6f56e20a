/* test_corners.c -- mouse and keys at the edges: beside frames, odd buttons, tiny windows */
#include "desk.h"

#include "viz/plot/plot.h"
#include "viz/window/window_sdl.h"

static bool drawn_once(World *w)
{
    return nb_viz_window_frames(w->viz, "plot") > 0 && at_rest(w);
}

static NbRecord *show(World *w, NbRecord *r)
{
    NbErr err = {0};
    if (nb_viz_plot(w->viz, r, "f", &err)) {
        fail_msg("%s", err.msg);
    }
    wait_until(w, drawn_once);
    assert_true(drawn_once(w));
    return r;
}

static void end(World *w, NbRecord *r)
{
    hold_down(KMOD_NONE);
    nb_viz_cursor_clear(w->viz);
    nb_viz_close(w->viz, NULL);
    nb_record_free(&r);
}

static NbPlotFrame frame(World *w)
{
    settle(w);
    return *nb_viz_plot_frame(w->viz);
}

static void press(World *w, SDL_Keycode code, SDL_Keymod with)
{
    press_key(w, "plot", code, with);
    settle(w);
}

/* --- places in and around the frame of a plot --- */

typedef enum Place { INSIDE, ON_Y, ON_X, CORNER, RIGHT_OF, ABOVE, OUTSIDE } Place;

static void where(const NbPlotFrame *f, Place p, double *x, double *y)
{
    double middle = (f->px.left + f->px.right) / 2, centre = (f->px.top + f->px.bottom) / 2;
    *x = p == ON_Y || p == CORNER ? 20 : p == RIGHT_OF ? f->px.right + 4 : middle;
    *y = p == ON_X || p == CORNER ? f->px.bottom + 20 : p == ABOVE ? 2 : centre;
    if (p == OUTSIDE) {
        *x = *y = -1;
    }
}

/* Both axes stand as they are, so that each moves by hand alone. */
static NbPlotFrame fix_axes(World *w)
{
    double x, y;
    press(w, SDLK_f, KMOD_NONE);
    NbPlotFrame f = frame(w);
    where(&f, INSIDE, &x, &y);
    move_to(w, "plot", x, y);
    turn_wheel(w, "plot", 1, KMOD_NONE);
    return frame(w);
}

static bool same(double a0, double a1, double b0, double b1)
{
    double span = a1 - a0;
    return fabs(a0 - b0) < 1e-9 * span && fabs(a1 - b1) < 1e-9 * span;
}

static void expect_moved(const NbPlotFrame *a, const NbPlotFrame *b, bool x, bool y, int line)
{
    if (same(a->x0, a->x1, b->x0, b->x1) == x || same(a->y0, a->y1, b->y0, b->y1) == y) {
        fail_msg("row %d: x %g … %g, then %g … %g; y %g … %g, then %g … %g", line, a->x0, a->x1,
                 b->x0, b->x1, a->y0, a->y1, b->y0, b->y1);
    }
}

static void the_wheel_zooms_what_it_is_over(void **state)
{
    static const struct {
        Place at;
        SDL_Keymod with;
        bool x, y;
    } row[] = {
        {INSIDE, KMOD_NONE, true, true},   {INSIDE, KMOD_LSHIFT, true, false},
        {INSIDE, KMOD_LCTRL, false, true}, {ON_Y, KMOD_NONE, false, true},
        {ON_Y, KMOD_LSHIFT, true, false},  {ON_Y, KMOD_LCTRL, false, true},
        {ON_X, KMOD_NONE, true, false},    {ON_X, KMOD_LCTRL, true, false},
        {CORNER, KMOD_NONE, true, false},  {RIGHT_OF, KMOD_NONE, true, true},
        {ABOVE, KMOD_NONE, true, true},    {ABOVE, KMOD_LCTRL, false, true},
        {OUTSIDE, KMOD_NONE, true, true},  {OUTSIDE, KMOD_LCTRL, false, true},
    };
    World *w = *state;
    NbRecord *r = show(w, make_record(1, 101, 1));
    for (int i = 0; i < (int)(sizeof row / sizeof row[0]); i++) {
        double x, y;
        NbPlotFrame before = fix_axes(w);
        where(&before, row[i].at, &x, &y);
        move_to(w, "plot", x, y);
        turn_wheel(w, "plot", 1, row[i].with);
        NbPlotFrame after = frame(w);
        expect_moved(&before, &after, row[i].x, row[i].y, i);
        double part = row[i].x ? (after.x1 - after.x0) / (before.x1 - before.x0)
                               : (after.y1 - after.y0) / (before.y1 - before.y0);
        assert_true(fabs(part - 1 / 1.2) < 1e-6);
        if (row[i].at == OUTSIDE) { /* about the middle */
            assert_true(fabs(after.y0 + after.y1 - before.y0 - before.y1) <
                        1e-9 * (before.y1 - before.y0));
        }
    }
    end(w, r);
}

static void drag(World *w, bool right, double x0, double y0, double x1, double y1)
{
    move_to(w, "plot", x0, y0);
    button(w, "plot", true, right, x0, y0);
    move_to(w, "plot", x0 + (x1 - x0) / 2, y0 + (y1 - y0) / 2);
    move_to(w, "plot", x1, y1);
    button(w, "plot", false, right, x1, y1);
    settle(w);
}

static void a_drag_measures_on_an_axis_and_moves_inside(void **state)
{
    static const struct {
        Place from;
        bool right;
        SDL_Keymod with;
        double dx, dy;
        bool x, y;
        bool pans; /* spans stay */
    } row[] = {
        {INSIDE, false, KMOD_NONE, 100, 0, true, false, true},
        {INSIDE, false, KMOD_NONE, 0, 60, false, true, true},
        {INSIDE, false, KMOD_NONE, -100, 60, true, true, true},
        {INSIDE, false, KMOD_LSHIFT, 100, 60, true, true, false},
        {INSIDE, true, KMOD_NONE, -100, -60, true, true, false},
        {INSIDE, true, KMOD_NONE, 100, 2, true, false, false}, /* too narrow to be meant */
        {INSIDE, true, KMOD_NONE, 2, 100, false, true, false},
        {INSIDE, true, KMOD_NONE, 4000, 4000, true, true, false}, /* as far as the frame */
        {ON_Y, false, KMOD_NONE, 0, 100, false, true, false},
        {ON_Y, true, KMOD_NONE, 30, 2, false, false, false},
        {ON_X, false, KMOD_NONE, 100, 0, true, false, false},
        {ON_X, false, KMOD_LSHIFT, 100, -150, true, false, false},
        {ON_X, false, KMOD_NONE, 3, 15, false, false, false},
        {CORNER, false, KMOD_NONE, 300, -100, true, false, false},
    };
    World *w = *state;
    NbRecord *r = show(w, make_record(1, 101, 1));
    for (int i = 0; i < (int)(sizeof row / sizeof row[0]); i++) {
        double x, y;
        NbPlotFrame before = fix_axes(w);
        where(&before, row[i].from, &x, &y);
        hold_down(row[i].with);
        drag(w, row[i].right, x, y, x + row[i].dx, y + row[i].dy);
        hold_down(KMOD_NONE);
        NbPlotFrame after = frame(w);
        expect_moved(&before, &after, row[i].x, row[i].y, i);
        double wide = (after.x1 - after.x0) / (before.x1 - before.x0);
        double high = (after.y1 - after.y0) / (before.y1 - before.y0);
        assert_true((row[i].x && !row[i].pans) == (wide < 0.999));
        assert_true((row[i].y && !row[i].pans) == (high < 0.999));
        assert_false(nb_viz_cursor(w->viz, NULL, NULL));
    }
    end(w, r);
}

static void ctrl_and_an_arrow_move_the_picture_that_way(void **state)
{
    static const struct {
        SDL_Keycode key;
        int x, y;
    } row[] = {{SDLK_LEFT, -1, 0}, {SDLK_RIGHT, 1, 0}, {SDLK_UP, 0, 1}, {SDLK_DOWN, 0, -1}};
    World *w = *state;
    NbRecord *r = show(w, make_record(1, 101, 1));
    for (int i = 0; i < 4; i++) {
        NbPlotFrame before = fix_axes(w);
        press(w, row[i].key, KMOD_LCTRL);
        NbPlotFrame after = frame(w);
        expect_moved(&before, &after, row[i].x != 0, row[i].y != 0, i);
        assert_true(row[i].x == 0 || (after.x0 > before.x0) == (row[i].x > 0));
        assert_true(row[i].y == 0 || (after.y0 > before.y0) == (row[i].y > 0));
    }
    end(w, r);
}

static void a_click_beside_the_frame_sets_no_cursor(void **state)
{
    static const Place beside[] = {ON_Y, ON_X, CORNER, RIGHT_OF, ABOVE, OUTSIDE};
    World *w = *state;
    NbRecord *r = show(w, make_record(2, 101, 1));
    NbPlotFrame f = frame(w);
    for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++) {
        double x, y;
        where(&f, beside[i], &x, &y);
        click(w, "plot", x, y);
        settle(w);
        assert_false(nb_viz_cursor(w->viz, NULL, NULL));
    }
    const NbPlotLegend *l = &f.legend[1]; /* just beside a row of the legend */
    const double near[][2] = {{l->x - 2, l->y + 4}, {l->x + l->w + 2, l->y + 4}};
    for (int i = 0; i < 2; i++) {
        move_to(w, "plot", near[i][0], near[i][1]);
        click(w, "plot", near[i][0], near[i][1]);
        assert_int_equal(frame(w).curves, 2);
    }
    end(w, r);
}

static void where_nothing_can_be_drawn_a_click_picks_nothing(void **state)
{
    const char *names[] = {"f"};
    double x, y;
    World *w = *state;
    NbRecord *r = nb_record_new(100, 2);
    assert_int_equal(nb_record_begin(r, "sgd", names, 1, NULL), NB_OK);
    nb_record_add(r, 0, (const double[]){NAN});
    show(w, r);
    NbPlotFrame f = frame(w);
    where(&f, INSIDE, &x, &y);
    click(w, "plot", x, y);
    settle(w);
    assert_false(nb_viz_cursor(w->viz, NULL, NULL));
    end(w, r);
}

/* --- the cursor --- */

static uint64_t cursor(World *w)
{
    uint64_t step = 0;
    settle(w);
    assert_true(nb_viz_cursor(w->viz, NULL, &step));
    return step;
}

static void the_cursor_is_dragged_to_the_nearest_step_and_no_further_than_the_ends(void **state)
{
    World *w = *state;
    NbRecord *r = show(w, make_record(1, 11, 1));
    static const struct {
        double to; /* in frames */
        uint64_t step;
    } row[] = {{0.63, 6}, {0.67, 7}, {1.5, 10}, {-0.5, 0}, {0.04, 0}, {0.06, 1}};
    nb_viz_cursor_set(w->viz, 1, 5);
    w->viz->host.pointed = NULL; /* nobody listens */
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        NbPlotFrame f = frame(w);
        double wide = f.px.right - f.px.left, y = (f.px.top + f.px.bottom) / 2;
        double x = f.cursor_x + 1;
        assert_true(f.cursor);
        drag(w, false, x, y, f.px.left + wide * row[i].to, y);
        assert_int_equal(cursor(w), row[i].step);
    }
    NbPlotFrame f = frame(w);
    drag(w, false, f.cursor_x, f.px.bottom + 20, f.px.right, f.px.bottom + 20); /* its foot */
    assert_int_equal(cursor(w), 10);
    press(w, SDLK_RETURN, KMOD_NONE);
    assert_int_equal(cursor(w), 10);
    end(w, r);
}

static void the_cursor_goes_to_a_shorter_run_at_its_last_step(void **state)
{
    const char *names[] = {"f", "x"};
    uint32_t run = 0;
    World *w = *state;
    NbRecord *r = make_record(1, 50, 1);
    assert_int_equal(nb_record_begin(r, "adam", names, 2, NULL), NB_OK);
    for (int i = 0; i < 5; i++) {
        nb_record_add(r, (uint64_t)i, (const double[]){300 - i, 0});
    }
    nb_record_end(r);
    assert_int_equal(nb_record_begin(r, "begun", names, 2, NULL), NB_OK); /* without a step */
    show(w, r);
    press(w, SDLK_END, KMOD_NONE); /* the newest run that has steps */
    assert_true(nb_viz_cursor(w->viz, &run, NULL));
    assert_int_equal(run, 2);
    assert_int_equal(cursor(w), 4);
    nb_viz_cursor_set(w->viz, 1, 40);
    settle(w);
    press(w, SDLK_DOWN, KMOD_NONE);
    for (int i = 0; i < 3; i++) {
        nb_viz_cursor(w->viz, &run, NULL);
        if (run == 2) {
            break;
        }
        press(w, SDLK_UP, KMOD_NONE);
    }
    assert_int_equal(run, 2);
    assert_int_equal(cursor(w), 4);
    press(w, SDLK_RIGHT, KMOD_LSHIFT); /* no further */
    assert_int_equal(cursor(w), 4);
    press(w, SDLK_HOME, KMOD_NONE);
    assert_int_equal(cursor(w), 0);
    end(w, r);
}

/* --- events of every kind --- */

static void other_buttons_keys_and_windows_are_nobodys(void **state)
{
    static const SDL_Keycode nothing[] = {SDLK_F5,     SDLK_COMMA,       SDLK_COLON,
                                          SDLK_DELETE, SDLK_LEFTBRACKET, SDLK_x};
    World *w = *state;
    NbRecord *r = show(w, make_record(2, 50, 1));
    char *first = drawn(w, "plot");
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++) {
        press(w, nothing[i], KMOD_NONE);
        press(w, nothing[i], KMOD_LSHIFT);
        press(w, nothing[i], KMOD_LGUI);
    }
    type_text(w, "plot", "\tq"); /* a control character ends what is typed */
    static const Uint32 kind[] = {SDL_WINDOWEVENT,     SDL_KEYDOWN,       SDL_TEXTINPUT,
                                  SDL_MOUSEMOTION,     SDL_MOUSEBUTTONUP, SDL_MOUSEWHEEL,
                                  SDL_MOUSEBUTTONDOWN, SDL_KEYUP,         SDL_CLIPBOARDUPDATE};
    for (size_t i = 0; i < sizeof kind / sizeof kind[0]; i++) {
        SDL_Event e = {.type = kind[i]};
        e.window.windowID = 4711; /* every one of them has it in the same place */
        push(&e);
    }
    SDL_Event middle = {.type = SDL_MOUSEBUTTONDOWN};
    middle.button.windowID = nb_viz_window_id(w->viz, "plot");
    middle.button.button = SDL_BUTTON_MIDDLE;
    push(&middle);
    button(w, "plot", false, false, 300, 200); /* up without down */
    button(w, "plot", false, true, 300, 200);
    window_message(w, "plot", SDL_WINDOWEVENT_ENTER);
    char *then = drawn(w, "plot");
    assert_string_equal(first, then);
    assert_false(nb_viz_cursor(w->viz, NULL, NULL));
    free(first);
    free(then);
    end(w, r);
}

static void a_second_button_does_not_end_a_drag(void **state)
{
    World *w = *state;
    NbRecord *r = show(w, make_record(1, 101, 1));
    NbPlotFrame before = fix_axes(w);
    double x, y;
    where(&before, INSIDE, &x, &y);
    move_to(w, "plot", x, y);
    button(w, "plot", true, false, x, y);
    move_to(w, "plot", x + 50, y);
    button(w, "plot", true, true, x + 50, y);
    button(w, "plot", false, true, x + 50, y);
    move_to(w, "plot", x + 100, y);
    button(w, "plot", false, false, x + 100, y);
    NbPlotFrame after = frame(w);
    double by = (before.x1 - before.x0) * 100 / (before.px.right - before.px.left);
    assert_true(fabs(before.x0 - after.x0 - by) < 1e-6);
    end(w, r);
}

/* --- other sizes, other screens --- */

static void resize(World *w, const char *kind, int width, int height)
{
    SDL_Window *(*window_from)(Uint32);
    void (*set_size)(SDL_Window *, int, int);
    sdl_function("SDL_GetWindowFromID", &window_from);
    sdl_function("SDL_SetWindowSize", &set_size);
    set_size(window_from(nb_viz_window_id(w->viz, kind)), width, height);
    window_message(w, kind, SDL_WINDOWEVENT_SIZE_CHANGED);
    settle(w);
}

static void windows_of_every_size_draw_numbers_only(void **state)
{
    static const int size[][2] = {{1, 1},    {20, 300},  {500, 20}, {90, 60},
                                  {200, 90}, {1200, 90}, {700, 200}};
    static const char *const kinds[] = {"plot", "graph"};
    World *w = *state;
    NbErr err = {0};
    NbVar *f = make_rosenbrock(w);
    NbRecord *r = show(w, make_record(3, 50, 6));
    assert_int_equal(nb_viz_graph(w->viz, f, "f", &err), NB_OK);
    settle(w);
    for (size_t i = 0; i < sizeof size / sizeof size[0]; i++) {
        for (size_t k = 0; k < 2; k++) {
            resize(w, kinds[k], size[i][0], size[i][1]);
            for (int help = 0; help < 2; help++) {
                char *text = drawn(w, kinds[k]);
                assert_null(strstr(text, "nan"));
                assert_null(strstr(text, "inf"));
                free(text);
                type_text(w, kinds[k], "?");
                settle(w);
            }
            press_key(w, kinds[k], SDLK_TAB, KMOD_NONE);
            press_key(w, kinds[k], SDLK_f, KMOD_NONE);
            move_to(w, kinds[k], size[i][0] / 2, size[i][1] / 2);
            turn_wheel(w, kinds[k], 1, KMOD_NONE);
            turn_wheel(w, kinds[k], -1, KMOD_NONE);
            type_text(w, kinds[k], "+-");
            click(w, kinds[k], size[i][0] / 2, size[i][1] / 2);
        }
    }
    settle(w);
    assert_true(nb_viz_open(w->viz));
    end(w, r);
    nb_var_unref(&f);
}

static void a_screen_with_few_colours_is_drawn_on(void **state)
{
    World *w = *state;
    NbRecord *r = show(w, make_record(1, 50, 1));
    SDL_Surface *(*surface_of)(SDL_Window *);
    SDL_Window *(*window_from)(Uint32);
    sdl_function("SDL_GetWindowSurface", &surface_of);
    sdl_function("SDL_GetWindowFromID", &window_from);
    SDL_Surface *s = surface_of(window_from(nb_viz_window_id(w->viz, "plot")));
    assert_non_null(s);
    assert_int_equal(s->format->BitsPerPixel, 16);
    int differ = 0;
    for (int y = 0; y < s->h; y++) {
        const Uint16 *line = (const Uint16 *)((const char *)s->pixels + (ptrdiff_t)y * s->pitch);
        for (int x = 1; x < s->w; x++) {
            differ += line[x] != line[0];
        }
    }
    assert_true(differ > 500); /* curves, ticks and letters */
    end(w, r);
}

static void presented_lines_are_bolder(void **state)
{
    World *w = *state;
    w->viz->style.present = true;
    NbRecord *r = show(w, make_record(1, 50, 1));
    char *bold = drawn(w, "plot");
    w->viz->style.present = false;
    char *plain = drawn(w, "plot");
    assert_string_not_equal(bold, plain);
    free(bold);
    free(plain);
    end(w, r);
}

/* Where there is no room for large letters they are smaller, so that nothing lies over another. */
static void small_windows_of_a_presentation_keep_their_texts_apart(void **state)
{
    World *w = *state;
    w->viz->style.present = true;
    NbRecord *r = show(w, make_record(1, 50, 1));
    NbWindow *win = nb_viz_window_named(w->viz, "plot");
    w->viz->windows->sdl->SetWindowSize(win->window, 277, 460);
    settle(w);
    char *text = drawn(w, "plot");
    const char *scene = strstr(text, "scene "), *step = strstr(text, "\"step\" at "),
               *keys = strstr(text, "\"? keys\" at ");
    double width, middle, right;
    assert_true(scene && step && keys);
    assert_int_equal(sscanf(scene, "scene %lf", &width), 1);
    assert_int_equal(sscanf(step, "\"step\" at %lf", &middle), 1);
    assert_int_equal(sscanf(keys, "\"? keys\" at %lf", &right), 1);
    assert_true(width >= 360);
    assert_true(middle + 25 < right - 60);
    free(text);
    end(w, r);
}

/* --- which display --- */

static void the_display_is_chosen_by_what_is_set(void **state)
{
    static const struct {
        const char *x, *wayland, *folder, *driver;
    } row[] = {
        {NULL, NULL, NULL, NULL},
        {"", "", "/run", NULL},
        {":7", NULL, "/run", "x11"},
        {":7", "wayland-0", NULL, "x11"}, /* a socket of no folder */
        {":7", "wayland-0", "", "x11"},
        {":7", "wayland-0", "/run", "x11,wayland"},
        {":7", "/run/wayland-0", NULL, "x11,wayland"},
        {NULL, "wayland-0", "/run", "wayland"},
        {"", "/run/wayland-0", NULL, "wayland"},
        {NULL, "wayland-0", NULL, NULL},
    };
    static const char *const name[] = {"DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR"};
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        const char *const value[] = {row[i].x, row[i].wayland, row[i].folder};
        for (int k = 0; k < 3; k++) {
            if (value[k]) {
                setenv(name[k], value[k], 1);
            } else {
                unsetenv(name[k]);
            }
        }
        const char *driver = nb_viz_sdl_driver();
        if (row[i].driver) {
            assert_non_null(driver);
            assert_string_equal(driver, row[i].driver);
        } else {
            assert_null(driver);
        }
    }
    for (int k = 0; k < 3; k++) {
        unsetenv(name[k]);
    }
}

static void without_its_compositor_wayland_is_left_out(void **state)
{
    World *w = *state;
    setenv("WAYLAND_DISPLAY", "/nonexistent/wayland-0", 1);
    NbRecord *r = show(w, make_record(1, 50, 1)); /* on the X server */
    end(w, r);
    nb_viz_free(&w->viz);
    unsetenv("WAYLAND_DISPLAY");
}

static void a_compositor_that_is_not_there_is_an_error(void **state)
{
    World *w = *state;
    NbErr err = {0};
    NbRecord *r = make_record(1, 50, 1);
    setenv("WAYLAND_DISPLAY", "/nonexistent/wayland-0", 1);
    assert_int_equal(nb_viz_plot(w->viz, r, "f", &err), NB_EIO);
    assert_non_null(strstr(err.msg, "no seat"));
    unsetenv("WAYLAND_DISPLAY");
    nb_record_free(&r);
}

/* --- searching in graphs --- */

static void type_and_draw(Desk *d, const char *text)
{
    type(d, text);
    if (d->hands.viz != view_of(d->p->s)->viz) {
        nb_viz_free(&d->hands.viz);
        d->hands.viz = view_of(d->p->s)->viz;
    }
    wait_until(&d->hands, at_rest);
}

static void graph_key(Desk *d, SDL_Keycode code, SDL_Keymod with)
{
    press_key(&d->hands, "graph", code, with);
    settle(&d->hands);
}

static void search(Desk *d, const char *text)
{
    type_text(&d->hands, "graph", "/");
    settle(&d->hands);
    type_text(&d->hands, "graph", text);
    settle(&d->hands);
}

static void a_search_counts_what_it_finds(void **state)
{
    static const struct {
        const char *text, *says;
    } row[] = {
        {"aab", "\"/ aab▏   1 found\""}, /* in caaab: the third letter begins it */
        {"AA", "\"/ AA▏   2 found\""},   {"*", "\"/ *▏   2 found\""},
        {"mul", "\"/ mul▏   2 found\""}, {"caaabx", "\"/ caaabx▏   not found\""},
        {"**", "\"/ **▏   not found\""},
    };
    Desk *d = *state;
    type_and_draw(d, "caaab, xaa = 2, 3; u = caaab*xaa; f = u*sin(xaa); graph f");
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        search(d, row[i].text);
        if (!window_draws(&d->hands, "graph", row[i].says)) {
            char *text = drawn(&d->hands, "graph");
            fail_msg("no %s in\n%s", row[i].says, text);
        }
        graph_key(d, SDLK_a, KMOD_NONE); /* keys are letters meanwhile, and come as text */
        graph_key(d, SDLK_c, KMOD_LCTRL);
        assert_true(window_draws(&d->hands, "graph", row[i].says));
        graph_key(d, SDLK_ESCAPE, KMOD_NONE);
    }
}

static void a_search_walks_both_ways_and_stays_where_it_fits(void **state)
{
    Desk *d = *state;
    type_and_draw(d, "a, b = 2, 3; f = (a*b)*(a*a); graph f");
    graph_key(d, SDLK_TAB, KMOD_LSHIFT); /* the last one first */
    assert_true(window_draws(&d->hands, "graph", "rim select"));
    graph_key(d, SDLK_ESCAPE, KMOD_NONE);
    search(d, "*");
    graph_key(d, SDLK_RETURN, KMOD_NONE);
    assert_true(window_draws(&d->hands, "graph", "\"/ *   1 of 3\""));
    graph_key(d, SDLK_n, KMOD_NONE);
    assert_true(window_draws(&d->hands, "graph", "\"/ *   2 of 3\""));
    graph_key(d, SDLK_n, KMOD_LSHIFT);
    graph_key(d, SDLK_n, KMOD_LSHIFT);
    assert_true(window_draws(&d->hands, "graph", "\"/ *   3 of 3\""));
    search(d, "*");
    graph_key(d, SDLK_RETURN, KMOD_NONE); /* it is one of them already */
    assert_true(window_draws(&d->hands, "graph", "\"/ *   3 of 3\""));
    for (int i = 0; i < 12; i++) { /* brought back from far outside, to each side */
        static const SDL_Keycode way[] = {SDLK_LEFT, SDLK_RIGHT, SDLK_UP, SDLK_DOWN};
        for (int n = 0; n < 12; n++) {
            graph_key(d, way[i % 4], KMOD_LSHIFT);
        }
        graph_key(d, SDLK_n, KMOD_NONE);
        assert_true(window_draws(&d->hands, "graph", "rim select"));
    }
}

static void the_right_button_moves_the_picture_also_from_a_leaf(void **state)
{
    Desk *d = *state;
    type_and_draw(d, "x = 2; f = sin(x)*x; graph f");
    graph_key(d, SDLK_TAB, KMOD_NONE);
    graph_key(d, SDLK_PAGEUP, KMOD_NONE); /* x is in the hand */
    double held = value(d, "x");
    assert_true(held > 2);
    char *first = drawn(&d->hands, "graph");
    move_to(&d->hands, "graph", 200, 200);
    button(&d->hands, "graph", true, true, 200, 200);
    move_to(&d->hands, "graph", 260, 230);
    button(&d->hands, "graph", false, true, 260, 230);
    settle(&d->hands);
    char *then = drawn(&d->hands, "graph");
    assert_string_not_equal(first, then);
    free(first);
    free(then);
    assert_true(value(d, "x") == held);
}

#define DESK_TEST(f) cmocka_unit_test_setup_teardown(f, open_desk, close_desk)

SUITE()
{
    unsetenv("DISPLAY");
    const struct CMUnitTest tests[] = {
        ON_DISPLAY(the_wheel_zooms_what_it_is_over),
        ON_DISPLAY(a_drag_measures_on_an_axis_and_moves_inside),
        ON_DISPLAY(ctrl_and_an_arrow_move_the_picture_that_way),
        ON_DISPLAY(a_click_beside_the_frame_sets_no_cursor),
        ON_DISPLAY(where_nothing_can_be_drawn_a_click_picks_nothing),
        ON_DISPLAY(the_cursor_is_dragged_to_the_nearest_step_and_no_further_than_the_ends),
        ON_DISPLAY(the_cursor_goes_to_a_shorter_run_at_its_last_step),
        ON_DISPLAY(other_buttons_keys_and_windows_are_nobodys),
        ON_DISPLAY(a_second_button_does_not_end_a_drag),
        ON_DISPLAY(windows_of_every_size_draw_numbers_only),
        cmocka_unit_test_setup_teardown(a_screen_with_few_colours_is_drawn_on, with_few_colours,
                                        without_display),
        ON_DISPLAY(presented_lines_are_bolder),
        ON_DISPLAY(small_windows_of_a_presentation_keep_their_texts_apart),
        cmocka_unit_test(the_display_is_chosen_by_what_is_set),
        ON_DISPLAY(without_its_compositor_wayland_is_left_out),
        cmocka_unit_test_setup_teardown(a_compositor_that_is_not_there_is_an_error, world_open,
                                        world_close),
        DESK_TEST(a_search_counts_what_it_finds),
        DESK_TEST(a_search_walks_both_ways_and_stays_where_it_fits),
        DESK_TEST(the_right_button_moves_the_picture_also_from_a_leaf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
