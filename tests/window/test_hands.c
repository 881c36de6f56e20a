/* test_hands.c -- windows of a session under keys and mouse: cards, searches, pointers, cursors */
#include "desk.h"

#include "viz/export/object.h"

/* Types, and waits until the windows rest. */
static void run(Desk *d, const char *text)
{
    type(d, text);
    if (d->hands.viz != view_of(d->p->s)->viz) {
        nb_viz_free(&d->hands.viz);
        d->hands.viz = view_of(d->p->s)->viz;
    }
    wait_until(&d->hands, at_rest);
}

static void expect(Desk *d, const char *kind, const char *part, bool there)
{
    char *text = drawn(&d->hands, kind);
    if ((strstr(text, part) != NULL) != there) {
        fail_msg("%s %s in\n%s", there ? "no" : "still", part, text);
    }
    free(text);
}

static void shows(Desk *d, const char *kind, const char *part)
{
    expect(d, kind, part, true);
}

static void lacks(Desk *d, const char *kind, const char *part)
{
    expect(d, kind, part, false);
}

static void key_with(Desk *d, const char *kind, SDL_Keycode code, SDL_Keymod with)
{
    press_key(&d->hands, kind, code, with);
    nb_viz_pump(d->hands.viz);
}

static void key(Desk *d, const char *kind, SDL_Keycode code)
{
    key_with(d, kind, code, KMOD_NONE);
}

static void letters(Desk *d, const char *kind, const char *text)
{
    type_text(&d->hands, kind, text);
    nb_viz_pump(d->hands.viz);
}

/* The pointer goes to where the text stands. */
static void point_at(Desk *d, const char *kind, const char *what)
{
    double left = 0, top = 0, zoom = 1, x = 0, y = 0;
    char *text = drawn(&d->hands, kind), *rest = NULL;
    bool found = false;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        sscanf(line, "paint at %lf,%lf times %lf", &left, &top, &zoom);
        const char *at = strstr(line, what) ? strstr(line, " at ") : NULL;
        if (at && sscanf(at, " at %lf,%lf", &x, &y) == 2) {
            found = true;
            break;
        }
    }
    free(text);
    assert_true(found);
    move_to(&d->hands, kind, left + (x + 4) * zoom, top + (y - 4) * zoom);
    settle(&d->hands);
}

/* --- cards of the graph window --- */

static void a_card_leaves_out_the_middle_of_a_large_tensor(void **state)
{
    Desk *d = *state;
    run(d, "x = reshape(arange(1, 121), 10, 12); f = sum(x*2); graph f");
    point_at(d, "graph", "text name \"x\"");
    shows(d, "graph", "\"shape (10, 12)\"");
    shows(d, "graph", "min 1   max 120");
    shows(d, "graph", "text text \"…\"");
    shows(d, "graph", "text text \"120\""); /* the last of all */
    shows(d, "graph", "text text \"12\"");  /* the last of the first row */
    lacks(d, "graph", "text text \"66\"");  /* in the middle */
    shows(d, "graph", "colours: −120 … 0 … 120");
}

static void a_card_of_a_tensor_with_nan_says_so(void **state)
{
    Desk *d = *state;
    run(d, "x = [1, nan, -3]; f = sum(x*2); graph f");
    point_at(d, "graph", "text name \"x\"");
    shows(d, "graph", "norm nan   min -3   max 1   with nan");
}

static void a_card_shows_the_gradient_of_a_tensor(void **state)
{
    Desk *d = *state;
    run(d, "x = [1, 2]; y = x^2; f = sum(y); graph f");
    point_at(d, "graph", "text name \"x\"");
    shows(d, "graph", "grad -   not computed");
    run(d, "backward f");
    shows(d, "graph", "|g| 4.47214   min 2   max 4");
    lacks(d, "graph", "not computed");
    point_at(d, "graph", "text name \"f");
    shows(d, "graph", "\"grad 1\"");
}

static void a_card_of_what_is_stale_names_what_changed(void **state)
{
    Desk *d = *state;
    run(d, "x, y, z = 1, 2, 3; f = x*y*z; graph f; x := 5");
    point_at(d, "graph", "text name \"f\"");
    shows(d, "graph", "\"stale: x changed\"");
    run(d, "z := 5");
    shows(d, "graph", "\"stale: x, z changed\"");
    run(d, "forward f");
    lacks(d, "graph", "stale");
}

static void a_card_of_a_constant_has_no_gradient(void **state)
{
    Desk *d = *state;
    run(d, "x = 3; const c = 2; f = x*c + 1; set constants show; graph f");
    point_at(d, "graph", "text name \"c\"");
    shows(d, "graph", "\"c   const\"");
    shows(d, "graph", "\"= 2\"");
    lacks(d, "graph", "grad -");
    point_at(d, "graph", "text name \"x\"");
    shows(d, "graph", "\"x   leaf\"");
}

static void a_card_of_a_folded_node_counts_what_is_behind_it(void **state)
{
    Desk *d = *state;
    run(d, "x = 3; u = sin(x); v = cos(u)*u; f = v + x; graph f");
    point_at(d, "graph", "text name \"v\"");
    letters(d, "graph", " ");
    settle(&d->hands);
    point_at(d, "graph", "text name \"v\"");
    shows(d, "graph", "behind it folded; Space unfolds");
    letters(d, "graph", " ");
    settle(&d->hands);
    lacks(d, "graph", "folded");
}

/* --- keys of the graph window --- */

static void a_search_takes_letters_of_every_alphabet(void **state)
{
    Desk *d = *state;
    run(d, "x = 3; f = sin(x)*x; graph f");
    letters(d, "graph", "/");
    letters(d, "graph", "é→𝛼");
    shows(d, "graph", "\"/ é→𝛼▏   not found\"");
    key(d, "graph", SDLK_BACKSPACE);
    shows(d, "graph", "\"/ é→▏   not found\"");
    key(d, "graph", SDLK_BACKSPACE);
    key(d, "graph", SDLK_BACKSPACE);
    letters(d, "graph", "\xc3"); /* half a letter is none */
    letters(d, "graph", "SIN");
    shows(d, "graph", "\"/ SIN▏   1 found\"");
    key(d, "graph", SDLK_TAB);
    shows(d, "graph", "\"/ SIN   1 of 1\"");
    shows(d, "graph", "rim select");
    for (int i = 0; i < 40; i++) {
        letters(d, "graph", i ? "ab" : "/");
    }
    shows(d, "graph", "ab▏   not found"); /* what is too long is left out */
    key(d, "graph", SDLK_BACKSPACE);
    shows(d, "graph", "a▏   not found");
    key(d, "graph", SDLK_ESCAPE);
    lacks(d, "graph", "not found");
}

static void an_empty_search_ends_with_backspace_and_finds_nothing(void **state)
{
    Desk *d = *state;
    run(d, "x = 3; f = sin(x)*x; graph f");
    letters(d, "graph", "/");
    shows(d, "graph", "\"/ ▏");
    key(d, "graph", SDLK_RETURN);
    lacks(d, "graph", "rim select");
    letters(d, "graph", "/");
    key(d, "graph", SDLK_BACKSPACE); /* nothing to take away: the search ends */
    key(d, "graph", SDLK_n);
    lacks(d, "graph", "rim select");
    lacks(d, "graph", "rim match");
    assert_true(nb_viz_open(d->hands.viz));
}

static void keys_zoom_and_arrows_move_and_f_fits(void **state)
{
    static const SDL_Keycode arrows[] = {SDLK_LEFT, SDLK_RIGHT, SDLK_UP, SDLK_DOWN};
    Desk *d = *state;
    run(d, "x = 3; f = sin(x)*x; graph f");
    char *first = drawn(&d->hands, "graph");
    for (int way = 0; way < 4; way++) {
        key(d, "graph", arrows[way]);
        char *moved = drawn(&d->hands, "graph");
        assert_string_not_equal(moved, first);
        key_with(d, "graph", arrows[way ^ 1], KMOD_LSHIFT); /* further back than it went */
        char *back = drawn(&d->hands, "graph");
        assert_string_not_equal(back, first);
        key(d, "graph", SDLK_f);
        char *fits = drawn(&d->hands, "graph");
        assert_string_equal(fits, first);
        free(moved);
        free(back);
        free(fits);
    }
    for (const char *zoom = "+=-"; *zoom; zoom++) {
        letters(d, "graph", (char[]){*zoom, '\0'});
        char *now = drawn(&d->hands, "graph");
        assert_string_not_equal(now, first);
        free(now);
        key(d, "graph", SDLK_f);
    }
    free(first);
}

static void keys_that_mean_nothing_change_nothing(void **state)
{
    Desk *d = *state;
    run(d, "x = 3; f = sin(x)*x; graph f");
    char *first = drawn(&d->hands, "graph");
    key(d, "graph", SDLK_z);
    key(d, "graph", SDLK_RETURN); /* nothing is chosen */
    letters(d, "graph", " ");
    key(d, "graph", SDLK_PAGEUP);
    key(d, "graph", SDLK_n);
    key_with(d, "graph", SDLK_d, KMOD_LALT);
    key_with(d, "graph", SDLK_d, KMOD_LCTRL);
    key_with(d, "graph", SDLK_1, KMOD_LSHIFT);
    letters(d, "graph", "%");
    char *then = drawn(&d->hands, "graph");
    assert_string_equal(then, first);
    free(first);
    free(then);
    assert_true(value(d, "x") == 3);
}

static void help_stays_while_keys_are_tried(void **state)
{
    Desk *d = *state;
    run(d, "x = 3; f = sin(x)*x; graph f");
    letters(d, "graph", "?");
    shows(d, "graph", "PgUp");
    key(d, "graph", SDLK_d);
    shows(d, "graph", "PgUp");
    shows(d, "graph", "text local");
    letters(d, "graph", "?");
    lacks(d, "graph", "PgUp");
    key(d, "graph", SDLK_F1);
    shows(d, "graph", "PgUp");
    key(d, "graph", SDLK_ESCAPE); /* the help alone */
    lacks(d, "graph", "PgUp");
    shows(d, "graph", "text local");
    key(d, "graph", SDLK_ESCAPE);
    wait_until(&d->hands, all_closed);
    assert_false(nb_viz_open(d->hands.viz));
}

static void a_picture_is_named_after_the_window(void **state)
{
    Desk *d = *state;
    char here[512];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(d->hands.dir), 0);
    run(d, "x = 3; f_1 = sin(x)*x; graph f_1 + 2");
    press_key(&d->hands, "graph", SDLK_s, KMOD_LCTRL);
    settle(&d->hands);
    assert_int_equal(chdir(here), 0);
    shows(d, "graph", "wrote f_1---2-graph-1.png (");
    assert_int_equal(access(in_dir(&d->hands, "f_1---2-graph-1.png"), R_OK), 0);
}

static void a_picture_that_cannot_be_written_is_said(void **state)
{
    Desk *d = *state;
    char here[512];
    run(d, "x = 3; f = sin(x)*x; graph f");
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir("/proc"), 0);
    press_key(&d->hands, "graph", SDLK_s, KMOD_LCTRL);
    settle(&d->hands);
    assert_int_equal(chdir(here), 0);
    shows(d, "graph", "cannot write f-graph-1.png");
}

/* --- surfaces and boundaries --- */

static void the_pointer_on_a_boundary_tells_the_class(void **state)
{
    Desk *d = *state;
    run(d, "m = linear(2)\nx = [[-2, 0], [-3, 1], [2, 0], [3, -1]]\nt = [0, 0, 1, 1]\n"
           "opt = sgd(m, lr=1)\nrepeat 200 { l = cross_entropy(m(x), t); cleargrad; backward l; "
           "step opt }\nboundary m, x, t");
    wait_until(&d->hands, at_rest);
    move_to(&d->hands, "boundary", 150, 300);
    shows(d, "boundary", "\"class 0, ");
    lacks(d, "boundary", "\"class 1, ");
    move_to(&d->hands, "boundary", 560, 300);
    shows(d, "boundary", "\"class 1, ");
    window_message(&d->hands, "boundary", SDL_WINDOWEVENT_LEAVE);
    lacks(d, "boundary", "\"class 1, ");
    key(d, "boundary", SDLK_c);
    shows(d, "boundary", "no path here");
    move_to(&d->hands, "boundary", 300, 300);
    button(&d->hands, "boundary", true, false, 300, 300); /* sets no start */
    button(&d->hands, "boundary", false, false, 300, 300);
    settle(&d->hands);
    assert_true(nb_viz_open(d->hands.viz));
}

static void the_pointer_on_a_surface_tells_value_and_slope(void **state)
{
    Desk *d = *state;
    run(d, "def f(x, y) = x^2 + 3*y\nsurface f, x=-1:1, y=-1:1");
    wait_until(&d->hands, at_rest);
    key(d, "surface", SDLK_DOWN); /* from the middle, by a tenth */
    key(d, "surface", SDLK_UP);
    shows(d, "surface", "\"x  0   y  0\"");
    shows(d, "surface", "\"f  0\"");
    shows(d, "surface", "\"∂f/∂y  3\"");
    letters(d, "surface", "-");
    wait_until(&d->hands, at_rest);
    shows(d, "surface", "\"f  0\"");
    hold_down(KMOD_LSHIFT);
    button(&d->hands, "surface", true, false, 300, 300);
    button(&d->hands, "surface", false, false, 300, 300);
    nb_viz_pump(d->hands.viz);
    hold_down(KMOD_NONE);
    shows(d, "surface", "no path here");
}

static void the_pointer_where_there_is_no_value_says_so(void **state)
{
    Desk *d = *state;
    run(d, "def f(x, y) = log(x) + y\nsurface f, x=-1:1, y=-1:1");
    wait_until(&d->hands, at_rest);
    for (int i = 0; i < 5; i++) {
        key(d, "surface", SDLK_LEFT);
    }
    shows(d, "surface", "\"f  not a number\"");
}

static void a_click_on_a_surface_sets_the_start_of_its_function(void **state)
{
    Desk *d = *state;
    run(d, "x, y = 0.5, 0.5\nf = x^2 + y^2\nsurface f, x=-1:1, y=-1:1");
    wait_until(&d->hands, at_rest);
    key(d, "surface", SDLK_RIGHT);
    Catch out = catch_begin(stdout);
    key(d, "surface", SDLK_RETURN);
    settle(&d->hands);
    catch_end(&out, d->p->out, sizeof d->p->out);
    assert_true(value(d, "x") == 0.05 && value(d, "y") == 0);
    run(d, "undo");
    assert_true(value(d, "x") == 0.5 && value(d, "y") == 0.5);
}

static void a_zoom_has_its_limits(void **state)
{
    Desk *d = *state;
    run(d, "def f(x, y) = x^2 + y^2\nsurface f, x=-1:1, y=-1:1");
    wait_until(&d->hands, at_rest);
    for (int i = 0; i < 40; i++) {
        turn_wheel(&d->hands, "surface", -30, KMOD_NONE);
    }
    wait_until(&d->hands, at_rest);
    char *out = drawn(&d->hands, "surface");
    assert_null(strstr(out, "inf"));
    assert_null(strstr(out, "nan"));
    free(out);
    key(d, "surface", SDLK_f);
    wait_until(&d->hands, at_rest);
    for (int i = 0; i < 40; i++) {
        turn_wheel(&d->hands, "surface", 30, KMOD_NONE);
    }
    wait_until(&d->hands, at_rest);
    char *in = drawn(&d->hands, "surface");
    assert_null(strstr(in, "nan"));
    free(in);
}

/* --- what windows say at the prompt --- */

/* What is printed while something is done with the hands. */
static void listen_to(Desk *d, void (*act)(Desk *))
{
    Catch out = catch_begin(stdout), err = catch_begin(stderr);
    act(d);
    settle(&d->hands);
    catch_end(&out, d->p->out, sizeof d->p->out);
    catch_end(&err, d->p->err, sizeof d->p->err);
}

static void press_enter_in_graph(Desk *d)
{
    key(d, "graph", SDLK_RETURN);
}

static void press_enter_in_plot(Desk *d)
{
    key(d, "plot", SDLK_RETURN);
}

static void a_chosen_node_is_told_at_the_prompt(void **state)
{
    Desk *d = *state;
    run(d, "x = 2; f = x^3; backward f; graph f");
    key(d, "graph", SDLK_TAB);
    listen_to(d, press_enter_in_graph);
    assert_non_null(strstr(d->p->out, "x = 2    leaf    grad 12    used by f\n"));
}

/* --- plots --- */

#define TRAINED                                                                                    \
    "x, y = 0, 2\nf = (1 - x)^2 + 100*(y - x^2)^2\nopt = sgd(x, y, lr=0.001)\n"                    \
    "repeat 50 { f = (1 - x)^2 + 100*(y - x^2)^2; cleargrad; backward f; step opt }\nplot"

/* Also when there is no time to draw between two keys. */
static void the_cursor_of_a_plot_stays_among_the_steps(void **state)
{
    Desk *d = *state;
    uint32_t run_of = 0;
    uint64_t step = 0;
    run(d, TRAINED);
    key(d, "plot", SDLK_LEFT);
    assert_true(nb_viz_cursor(d->hands.viz, &run_of, &step));
    key_with(d, "plot", SDLK_LEFT, KMOD_LSHIFT);
    for (int i = 0; i < 80; i++) {
        key(d, "plot", SDLK_LEFT);
    }
    assert_true(nb_viz_cursor(d->hands.viz, &run_of, &step));
    uint64_t least = step;
    for (int i = 0; i < 80; i++) {
        key(d, "plot", SDLK_RIGHT);
    }
    assert_true(nb_viz_cursor(d->hands.viz, &run_of, &step));
    assert_int_equal(least, 0);
    assert_int_equal(step, 49);
    key(d, "plot", SDLK_ESCAPE);
    assert_false(nb_viz_cursor(d->hands.viz, &run_of, &step));
}

static void a_step_of_a_plot_is_told_with_the_way_there(void **state)
{
    Desk *d = *state;
    run(d, TRAINED);
    key(d, "plot", SDLK_RIGHT);
    key(d, "plot", SDLK_RIGHT);
    key(d, "plot", SDLK_RIGHT);
    listen_to(d, press_enter_in_plot);
    assert_non_null(strstr(d->p->err, "step 2 of sgd(lr=0.001): rewind 2 goes there\n"));
    run(d, "repeat 5 { f = x^2 + y^2; cleargrad; backward f; step opt }; minimize x^2 + y^2, opt, "
           "steps=5");
    key(d, "plot", SDLK_HOME);
    listen_to(d, press_enter_in_plot);
    assert_non_null(strstr(d->p->err, "step 0 of sgd(lr=0.001)"));
}

/* The graph shows the values of the step that the cursor is on, and then those of now. */
static void the_graph_shows_the_step_under_the_cursor(void **state)
{
    Desk *d = *state;
    run(d, TRAINED);
    run(d, "graph f");
    lacks(d, "graph", "text value \"401\"");
    key(d, "plot", SDLK_HOME);
    settle(&d->hands);
    shows(d, "graph", "text value \"401\"");
    key(d, "plot", SDLK_ESCAPE);
    settle(&d->hands);
    lacks(d, "graph", "text value \"401\"");
}

static void a_plot_opened_again_is_the_same_window(void **state)
{
    Desk *d = *state;
    run(d, TRAINED);
    uint32_t id = nb_viz_window_id(d->hands.viz, "plot");
    key(d, "plot", SDLK_p); /* paused */
    run(d, "plot f");
    assert_int_equal(nb_viz_window_id(d->hands.viz, "plot"), id);
    char *first = drawn(&d->hands, "plot");
    run(d, "repeat 5 { f = (1 - x)^2 + 100*(y - x^2)^2; cleargrad; backward f; step opt }");
    char *then = drawn(&d->hands, "plot");
    assert_string_not_equal(first, then); /* it is not paused any more */
    free(first);
    free(then);
}

#define DESK_TEST(f) cmocka_unit_test_setup_teardown(f, open_desk, close_desk)

SUITE()
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(a_card_leaves_out_the_middle_of_a_large_tensor),
        DESK_TEST(a_card_of_a_tensor_with_nan_says_so),
        DESK_TEST(a_card_shows_the_gradient_of_a_tensor),
        DESK_TEST(a_card_of_what_is_stale_names_what_changed),
        DESK_TEST(a_card_of_a_constant_has_no_gradient),
        DESK_TEST(a_card_of_a_folded_node_counts_what_is_behind_it),
        DESK_TEST(a_search_takes_letters_of_every_alphabet),
        DESK_TEST(an_empty_search_ends_with_backspace_and_finds_nothing),
        DESK_TEST(keys_zoom_and_arrows_move_and_f_fits),
        DESK_TEST(keys_that_mean_nothing_change_nothing),
        DESK_TEST(help_stays_while_keys_are_tried),
        DESK_TEST(a_picture_is_named_after_the_window),
        DESK_TEST(a_picture_that_cannot_be_written_is_said),
        DESK_TEST(the_pointer_on_a_boundary_tells_the_class),
        DESK_TEST(the_pointer_on_a_surface_tells_value_and_slope),
        DESK_TEST(the_pointer_where_there_is_no_value_says_so),
        DESK_TEST(a_click_on_a_surface_sets_the_start_of_its_function),
        DESK_TEST(a_zoom_has_its_limits),
        DESK_TEST(the_cursor_of_a_plot_stays_among_the_steps),
        DESK_TEST(a_chosen_node_is_told_at_the_prompt),
        DESK_TEST(a_step_of_a_plot_is_told_with_the_way_there),
        DESK_TEST(the_graph_shows_the_step_under_the_cursor),
        DESK_TEST(a_plot_opened_again_is_the_same_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
