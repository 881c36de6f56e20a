/* test_graph_window.c -- the graph window driven by keys and mouse, and what it draws */
#include "display.h"

#include "viz/export/object.h"
#include "viz/window/window_sdl.h"

/* --- looking --- */

static bool graph_drawn(World *w)
{
    return nb_viz_window_frames(w->viz, "graph") > 0 && at_rest(w);
}

static bool shows(World *w, const char *part)
{
    char *text = drawn(w, "graph");
    bool found = strstr(text, part) != NULL;
    if (!found) {
        print_message("no %s in\n%s\n", part, text);
    }
    free(text);
    return found;
}

static bool lacks(World *w, const char *part)
{
    return !window_draws(w, "graph", part);
}

/* Where the text stands in the window, in px. */
static void find(World *w, const char *what, double *x, double *y)
{
    double left = 0, top = 0, zoom = 1;
    char *text = drawn(w, "graph"), *rest = NULL;
    bool found = false;
    for (char *line = strtok_r(text, "\n", &rest); line && !found;
         line = strtok_r(NULL, "\n", &rest)) {
        sscanf(line, "paint at %lf,%lf times %lf", &left, &top, &zoom);
        const char *at = strstr(line, what) ? strstr(line, " at ") : NULL;
        double px, py;
        if (at && sscanf(at, " at %lf,%lf", &px, &py) == 2) {
            *x = left + (px + 4) * zoom;
            *y = top + (py - 4) * zoom;
            found = true;
        }
    }
    free(text);
    assert_true(found);
}

static NbVar *show(World *w, NbVar *f)
{
    NbErr err = {0};
    nb_viz_graph_depth(w->viz, 0);
    if (nb_viz_graph(w->viz, f, "f", &err)) {
        fail_msg("%s", err.msg);
    }
    wait_until(w, graph_drawn);
    assert_true(graph_drawn(w));
    w->root = f;
    return f;
}

static void key(World *w, SDL_Keycode code)
{
    press_key(w, "graph", code, KMOD_NONE);
    nb_viz_pump(w->viz);
}

static void hover(World *w, const char *what)
{
    double x, y;
    find(w, what, &x, &y);
    move_to(w, "graph", x, y);
    settle(w);
}

/* --- keys --- */

static void tab_chooses_a_node_and_enter_clicks_it(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_small(w));
    key(w, SDLK_TAB);
    assert_true(shows(w, "rim select node 0"));
    key(w, SDLK_RETURN);
    assert_non_null(w->clicked);
    assert_string_equal(nb_var_name(w->clicked), "x");
    press_key(w, "graph", SDLK_TAB, KMOD_LSHIFT);
    settle(w);
    key(w, SDLK_RETURN);
    assert_ptr_equal(w->clicked, f);
    key(w, SDLK_ESCAPE);
    assert_true(lacks(w, "rim select"));
    assert_true(nb_viz_open(w->viz));
    nb_var_unref(&f);
}

static void key_d_puts_local_derivatives_on_the_edges(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_small(w));
    assert_true(lacks(w, "text local"));
    key(w, SDLK_d);
    assert_true(shows(w, "text local \"2·x = 4\""));
    assert_true(shows(w, "text local \"y = 3\""));
    assert_true(shows(w, "text local \"1\""));
    key(w, SDLK_d);
    assert_true(lacks(w, "text local"));
    nb_var_unref(&f);
}

static void arrow_keys_belong_to_a_walk_that_waits(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_small(w));
    char *before = drawn(w, "graph");
    w->walking = true;
    key(w, SDLK_RIGHT);
    key(w, SDLK_RIGHT);
    key(w, SDLK_LEFT);
    assert_int_equal(w->walked, 1);
    char *during = drawn(w, "graph");
    assert_string_equal(before, during);
    w->walking = false;
    key(w, SDLK_LEFT);
    assert_int_equal(w->walked, 1);
    char *after = drawn(w, "graph");
    assert_string_not_equal(before, after);
    free(before);
    free(during);
    free(after);
    nb_var_unref(&f);
}

static void slash_searches_names_and_operations(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_rosenbrock(w));
    type_text(w, "graph", "/");
    type_text(w, "graph", "pow");
    settle(w);
    assert_true(shows(w, "\"/ pow▏   3 found\""));
    key(w, SDLK_RETURN);
    assert_true(shows(w, "\"/ pow   1 of 3\""));
    key(w, SDLK_n);
    key(w, SDLK_n);
    assert_true(shows(w, "\"/ pow   3 of 3\""));
    press_key(w, "graph", SDLK_n, KMOD_LSHIFT);
    settle(w);
    assert_true(shows(w, "\"/ pow   2 of 3\""));
    char *text = drawn(w, "graph");
    assert_int_equal(occurrences(text, "rim match"), 3);
    assert_int_equal(occurrences(text, "rim select"), 1);
    free(text);
    key(w, SDLK_ESCAPE);
    assert_true(lacks(w, "rim match"));
    nb_var_unref(&f);
}

/* Letters that are keys elsewhere are text in a search. */
static void search_takes_every_letter(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_small(w));
    type_text(w, "graph", "/");
    type_text(w, "graph", "qsθ");
    settle(w);
    assert_true(nb_viz_open(w->viz));
    assert_true(shows(w, "\"/ qsθ▏   not found\""));
    key(w, SDLK_BACKSPACE);
    assert_true(shows(w, "\"/ qs▏   not found\""));
    key(w, SDLK_ESCAPE);
    assert_true(lacks(w, "not found"));
    assert_true(nb_viz_open(w->viz));
    nb_var_unref(&f);
}

static void help_lists_every_key(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_small(w));
    key(w, SDLK_F1);
    static const char *const wanted[] = {"drag or wheel", "PgUp",  "Tab",       "Enter",
                                         "Space",         "\"d\"", "\"c\"",     "/  n",
                                         "arrows",        "\"f\"", "\"Ctrl+S\""};
    char *text = drawn(w, "graph");
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (!strstr(text, wanted[i])) {
            fail_msg("the help lacks %s", wanted[i]);
        }
    }
    free(text);
    nb_var_unref(&f);
}

/* --- parts --- */

static void space_folds_what_is_behind_a_node_and_u_unfolds(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_rosenbrock(w));
    hover(w, "text name \"v4\"");
    type_text(w, "graph", " ");
    settle(w);
    assert_true(shows(w, "text formula \"… 4 behind\""));
    assert_true(lacks(w, "text name \"v2\""));
    assert_true(shows(w, "of 9 nodes; u: all"));
    key(w, SDLK_u);
    assert_true(shows(w, "text name \"v2\""));
    assert_true(lacks(w, "behind"));
    nb_var_unref(&f);
}

static void right_button_folds_too(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_rosenbrock(w));
    double x, y;
    find(w, "text name \"v4\"", &x, &y);
    button(w, "graph", true, true, x, y);
    button(w, "graph", false, true, x, y);
    settle(w);
    assert_true(shows(w, "behind\""));
    nb_var_unref(&f);
}

static void digits_draw_so_many_steps(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_chain(w, 600));
    assert_true(shows(w, "1202 nodes"));
    key(w, SDLK_3);
    assert_true(shows(w, "of 1202 nodes; u: all"));
    assert_true(shows(w, "… 1197 behind"));
    key(w, SDLK_0);
    assert_true(shows(w, "1202 nodes, 2 of them leaves"));
    nb_var_unref(&f);
}

static void what_is_folded_stays_so_when_the_graph_is_built_anew(void **state)
{
    World *w = *state;
    NbErr err = {0};
    NbVar *f = show(w, make_rosenbrock(w));
    hover(w, "text name \"v4\"");
    type_text(w, "graph", " ");
    key(w, SDLK_TAB);
    settle(w);
    char *before = drawn(w, "graph");
    nb_var_unref(&f);
    w->root = NULL;
    f = make_rosenbrock(w);
    assert_int_equal(nb_viz_graph(w->viz, f, "f", &err), NB_OK);
    char *after = drawn(w, "graph");
    assert_string_equal(before, after);
    free(before);
    free(after);
    nb_var_unref(&f);
}

/* --- values --- */

static void wheel_on_a_leaf_is_one_statement_after_a_rest(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_small(w));
    hover(w, "text name \"x\"");
    for (int i = 0; i < 3; i++) {
        turn_wheel(w, "graph", 1, KMOD_NONE);
    }
    assert_int_equal(w->tries, 3);
    assert_int_equal(w->moves, 0);
    assert_true(nb_viz_timeout(w->viz) >= 0);
    assert_true(w->moved_to == 2.3);
    settle(w);
    assert_int_equal(w->moves, 1);
    assert_int_equal(nb_viz_timeout(w->viz), -1);
    assert_true(shows(w, "text value \"12.19\""));
    turn_wheel(w, "graph", -1, KMOD_LSHIFT);
    assert_true(w->moved_to == 2.29);
    nb_var_unref(&f);
}

static void drag_on_a_leaf_is_tried_at_once_and_settled_at_the_end(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_small(w));
    double x, y;
    find(w, "text name \"y\"", &x, &y);
    char *before = drawn(w, "graph");
    button(w, "graph", true, false, x, y);
    move_to(w, "graph", x, y - 45);
    nb_viz_pump(w->viz);
    assert_int_equal(w->tries, 1);
    assert_true(w->moved_to == 3.5);
    move_to(w, "graph", x + 45, y - 45);
    nb_viz_pump(w->viz);
    assert_true(w->moved_to == 4);
    assert_int_equal(w->moves, 0);
    button(w, "graph", false, false, x + 45, y - 45);
    settle(w);
    assert_int_equal(w->moves, 1);
    assert_true(w->moved_to == 4);
    assert_null(w->clicked);
    assert_true(shows(w, "text value \"12\""));
    char *after = drawn(w, "graph");
    assert_int_equal(strncmp(before, after, 20), 0); /* the picture was not moved */
    free(before);
    free(after);
    nb_var_unref(&f);
}

static void page_keys_move_the_chosen_leaf(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_small(w));
    key(w, SDLK_TAB);
    key(w, SDLK_PAGEDOWN);
    key(w, SDLK_PAGEDOWN);
    press_key(w, "graph", SDLK_PAGEUP, KMOD_LSHIFT);
    nb_viz_pump(w->viz);
    assert_true(w->moved_to == 1.81);
    key(w, SDLK_c); /* any other key settles it */
    assert_int_equal(w->moves, 1);
    nb_var_unref(&f);
}

static void steps_are_round_numbers(void **state)
{
    World *w = *state;
    struct {
        double from;
        int notches;
        double to;
    } cases[] = {{2, 3, 2.3},       {0, -2, -0.2}, {0.0123, 1, 0.02}, {401, -1, 390},
                 {1.23456, 1, 1.3}, {-3, 2, -2.8}, {12000, 1, 13000}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        NbVar *f = make(w, "sin", make_leaf(w, "x", cases[i].from), NULL, 0);
        show(w, f);
        hover(w, "text name \"x\"");
        turn_wheel(w, "graph", cases[i].notches, KMOD_NONE);
        if (w->moved_to != cases[i].to) {
            fail_msg("from %g to %.17g", cases[i].from, w->moved_to);
        }
        key(w, SDLK_c);
        key(w, SDLK_c);
        w->root = NULL;
        nb_var_unref(&f);
    }
}

/* How large the picture is drawn. */
static double zoom_of(World *w)
{
    char *text = drawn(w, "graph");
    double left, top, zoom = 0;
    const char *at = strstr(text, "paint at ");
    assert_non_null(at);
    assert_int_equal(sscanf(at, "paint at %lf,%lf times %lf", &left, &top, &zoom), 3);
    free(text);
    return zoom;
}

/* Width of the box that is drawn first. */
static double first_box(World *w)
{
    char *text = drawn(w, "graph");
    double x, y, width = 0;
    const char *box = strstr(text, "box leaf"), *at = box ? strstr(box, " at ") : NULL;
    assert_non_null(at);
    assert_int_equal(sscanf(at, " at %lf,%lf %lfx", &x, &y, &width), 3);
    free(text);
    return width;
}

/* Three digits take less room than six, also when the window was open before. */
static void boxes_of_a_presentation_are_as_wide_as_its_numbers(void **state)
{
    World *w = *state;
    w->style.text.digits = 12;
    nb_viz_style(w->viz, &w->style);
    NbVar *f = show(w, make_rosenbrock(w));
    double before = first_box(w);
    w->style.present = true;
    nb_viz_style(w->viz, &w->style);
    settle(w);
    assert_true(first_box(w) < before * 0.9);
    nb_var_unref(&f);
}

/* A room is told of all of it, somewhat smaller, rather than of a part. */
static void a_small_graph_of_a_presentation_is_seen_whole(void **state)
{
    World *w = *state;
    w->style.present = true;
    nb_viz_style(w->viz, &w->style);
    NbVar *f = show(w, make_rosenbrock(w));
    w->viz->windows->sdl->SetWindowSize(nb_viz_window_named(w->viz, "graph")->window, 1186, 510);
    settle(w);
    assert_true(lacks(w, "in sight"));
    assert_true(zoom_of(w) * 1.35 * 17 >= 14); /* px of the names */
    nb_var_unref(&f);
}

static void large_graphs_keep_their_text_readable_and_f_shows_all(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_chain(w, 70));
    assert_true(zoom_of(w) >= 0.68);
    assert_true(shows(w, " nodes in sight; f: all"));
    assert_true(shows(w, "text name \"f\"") || shows(w, "box root"));
    key(w, SDLK_f);
    assert_true(zoom_of(w) < 0.6);
    assert_true(lacks(w, "in sight"));
    key(w, SDLK_f);
    assert_true(zoom_of(w) >= 0.68);
    w->style.present = true;
    nb_viz_style(w->viz, &w->style);
    settle(w);
    assert_true(zoom_of(w) >= 0.9);
    nb_var_unref(&f);
}

static void wheel_elsewhere_and_with_ctrl_zooms(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_small(w));
    move_to(w, "graph", 500, 100);
    turn_wheel(w, "graph", 1, KMOD_NONE);
    hover(w, "text name \"x\"");
    turn_wheel(w, "graph", 1, KMOD_LCTRL);
    hover(w, "text name \"v1\"");
    turn_wheel(w, "graph", 1, KMOD_NONE);
    settle(w);
    assert_int_equal(w->tries + w->moves, 0);
    nb_var_unref(&f);
}

static void value_that_cannot_be_moved_is_said(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_small(w));
    w->refuse = true;
    hover(w, "text name \"x\"");
    turn_wheel(w, "graph", 1, KMOD_NONE);
    assert_true(shows(w, "this value cannot be moved now"));
    settle(w);
    assert_int_equal(w->moves, 0);
    nb_var_unref(&f);
}

static void window_closed_under_the_hand_lets_go(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_small(w));
    hover(w, "text name \"x\"");
    turn_wheel(w, "graph", 1, KMOD_NONE);
    nb_viz_close(w->viz, "graph");
    nb_var_unref(&f); /* world_close finds what is left */
}

/* --- cards, lights, tensors --- */

static void card_shows_the_exact_value_and_the_derivatives(void **state)
{
    World *w = *state;
    NbVar *f = make(w, "sin", make_leaf(w, "x", 1), NULL, 0);
    name_it(w, f, "f");
    show(w, f);
    hover(w, "text name \"f\"");
    assert_true(shows(w, "text name \"f = sin(x)\""));
    assert_true(shows(w, "\"= 0.8414709848078965\""));
    assert_true(shows(w, "\"∂f/∂x = cos(x) = 0.5403023058681398\""));
    assert_true(shows(w, "grad -   not computed"));
    key(w, SDLK_c);
    assert_true(lacks(w, "cos(x)"));
    nb_var_unref(&f);
}

static NbVar *make_tensor_graph(World *w)
{
    double data[] = {1, -2, 3, 0, 5, -6};
    NbShape shape = {2, {2, 3}};
    NbTensor *t = nb_tensor_new(&shape, NULL);
    assert_non_null(t);
    memcpy(t->data, data, sizeof data);
    NbVar *x = nb_var_tensor(w->ctx, t, NB_LEAF);
    assert_non_null(x);
    name_it(w, x, "x");
    return make(w, "tanh", x, NULL, 0);
}

static void card_of_a_tensor_has_shape_numbers_and_colours(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_tensor_graph(w));
    hover(w, "text name \"x\"");
    assert_true(shows(w, "\"shape (2, 3)\""));
    assert_true(shows(w, "norm 8.66025   min -6   max 5"));
    assert_true(shows(w, "cells cell points 6"));
    assert_true(shows(w, "text text \"-6\""));
    nb_var_unref(&f);
}

static void heat_maps_stand_in_the_nodes_when_set(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_tensor_graph(w));
    assert_true(lacks(w, "cells"));
    w->style.heat = true;
    nb_viz_style(w->viz, &w->style);
    char *text = drawn(w, "graph");
    assert_int_equal(occurrences(text, "cells cell node"), 2);
    free(text);
    nb_var_unref(&f);
}

static void lights_show_where_a_walk_is(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_small(w));
    NbVar *product = nb_var_input(f, 0).var;
    NbLight light[] = {{product, NB_LIGHT_HERE, NULL},
                       {nb_var_input(product, 0).var, NB_LIGHT_INPUT, "4 + 3 = 7"},
                       {f, NB_LIGHT_DONE, NULL}};
    nb_viz_lights(w->viz, light, 3, true);
    char *text = drawn(w, "graph");
    assert_int_equal(occurrences(text, "rim here"), 2); /* the node and its operation */
    assert_int_equal(occurrences(text, "rim flow node"), 1);
    assert_int_equal(occurrences(text, "rim done"), 2);
    assert_int_equal(occurrences(text, "bezier flow"), 2);
    assert_int_equal(occurrences(text, "text text \"4 + 3 = 7\""), 1);
    free(text);
    nb_viz_lights(w->viz, NULL, 0, false);
    assert_true(lacks(w, "flow"));
    nb_var_unref(&f);
}

/* Whether a walk's rims of that kind are in sight, whole. */
static bool in_sight(World *w, const char *rim)
{
    int width, height;
    double x, y;
    find(w, rim, &x, &y);
    w->viz->windows->sdl->GetWindowSize(nb_viz_window_named(w->viz, "graph")->window, &width,
                                        &height);
    return x > 0 && y > 0 && x + 100 < width && y + 60 < height;
}

static void a_walk_shows_its_node_and_operands_and_hides_nothing(void **state)
{
    World *w = *state;
    w->style.present = true;
    nb_viz_style(w->viz, &w->style);
    NbVar *f = show(w, make_rosenbrock(w));
    w->viz->windows->sdl->SetWindowSize(nb_viz_window_named(w->viz, "graph")->window, 760, 640);
    settle(w);
    assert_true(lacks(w, "in sight"));
    NbLight light[] = {{f, NB_LIGHT_HERE, NULL}, {nb_var_input(f, 0).var, NB_LIGHT_INPUT, NULL}};
    nb_viz_lights(w->viz, light, 2, false);
    assert_true(lacks(w, "in sight"));
    nb_var_unref(&f);
    f = show(w, make_chain(w, 70));
    assert_true(shows(w, "in sight"));
    NbVar *at = f;
    while (nb_var_input(at, 0).var) {
        light[0].var = at;
        at = nb_var_input(at, 0).var;
    }
    light[1].var = at;
    nb_viz_lights(w->viz, light, 2, false);
    assert_true(in_sight(w, "rim here"));
    assert_true(in_sight(w, "rim flow node"));
    nb_var_unref(&f);
}

/* How often the window draws this after so many steps of a walk. */
static int drawn_after(World *w, NbVar *root, size_t done, const char *what)
{
    nb_viz_walk(w->viz, root, done);
    char *text = drawn(w, "graph");
    int n = occurrences(text, what);
    free(text);
    return n;
}

static void a_walk_leaves_open_what_is_not_known_yet(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_small(w)), *product = nb_var_input(f, 0).var;
    char known[64];
    snprintf(known, sizeof known, "text value \"%.6g\"", nb_var_value(product));
    assert_int_equal(drawn_after(w, f, 0, "\"?\""), 3);
    assert_int_equal(drawn_after(w, f, 0, known), 0);
    assert_int_equal(drawn_after(w, f, 1, "\"?\""), 2);
    assert_int_equal(drawn_after(w, f, 1, known), 1);
    assert_int_equal(drawn_after(w, f, 3, "\"?\""), 0);
    static const char open_grad[] = "text grad \"-\"";
    assert_int_equal(drawn_after(w, f, 3, open_grad), 5);
    assert_int_equal(drawn_after(w, f, 4, open_grad), 2); /* f, and what it adds, have theirs */
    assert_int_equal(drawn_after(w, f, 6, open_grad), 0);
    assert_int_equal(drawn_after(w, product, 0, "\"?\""), 0); /* another graph is walked */
    assert_int_equal(drawn_after(w, f, 0, "\"?\""), 3);
    assert_int_equal(drawn_after(w, NULL, 0, "\"?\""), 0);
    nb_var_unref(&f);
}

/* --- layout --- */

/* Places of boxes, without their texts. */
static char *places(World *w)
{
    Text out = {0};
    char *text = drawn(w, "graph"), *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (strncmp(line, "box", 3) == 0 && !strstr(line, "chip") && strstr(line, "node")) {
            text_printf(&out, "%s\n", line);
        }
    }
    free(text);
    return out.s;
}

static void nothing_moves_while_values_change(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_rosenbrock(w));
    NbVar *x = nb_graph_tape(f)->leaf[0];
    char *before = places(w);
    static const double values[] = {0, 1e-7, -123456, 0.1234567, -1.2345678e-11, 3};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        nb_var_assign_scalar(x, values[i]);
        nb_forward(f, false, NULL);
        nb_backward(f, NULL);
        nb_viz_changed(w->viz);
        char *after = places(w);
        assert_string_equal(before, after);
        free(after);
    }
    free(before);
    nb_var_unref(&f);
}

static int workers(void)
{
    char path[64], line[64];
    int n = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *f = fopen(path, "r");
    while (f && fscanf(f, "%63s", line) == 1) {
        n++;
    }
    if (f) {
        fclose(f);
    }
    return n;
}

static NbVar *begin_large(World *w)
{
    NbErr err = {0};
    NbVar *f = make_chain(w, 490);
    assert_int_equal(nb_viz_graph(w->viz, f, "f", &err), NB_OK);
    for (int i = 0; i < 3; i++) {
        nb_viz_pump(w->viz);
    }
    return f;
}

static void window_closed_while_laying_out_ends_the_worker(void **state)
{
    World *w = *state;
    int before = workers();
    NbVar *f = begin_large(w);
    double start = seconds();
    nb_viz_close(w->viz, NULL);
    assert_true(seconds() - start < 0.5 * patience());
    assert_int_equal(workers(), before);
    nb_var_unref(&f);
}

static void ctrl_c_stops_a_layout_and_f_begins_it_again(void **state)
{
    World *w = *state;
    NbVar *f = begin_large(w);
    if (nb_viz_timeout(w->viz) != -1) { /* it may have been quick */
        nb_viz_cancel(w->viz);
        settle(w);
    }
    key(w, SDLK_f);
    wait_until(w, graph_drawn);
    assert_true(shows(w, "node 979"));
    nb_var_unref(&f);
}

static void a_newer_graph_does_not_wait_for_the_one_before(void **state)
{
    World *w = *state;
    NbErr err = {0};
    NbVar *f = begin_large(w);
    NbVar *g = make_small(w);
    assert_int_equal(nb_viz_graph(w->viz, g, "g", &err), NB_OK);
    settle(w);
    assert_true(shows(w, "text sign \"^2\""));
    nb_var_unref(&f);
    nb_var_unref(&g);
}

/* What a frame of it takes is a row of make bench. */
static void two_hundred_nodes_are_drawn_at_every_change(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_chain(w, 99));
    key(w, SDLK_PLUS);
    for (int i = 0; i < 12; i++) {
        uint64_t before = nb_viz_window_frames(w->viz, "graph");
        nb_viz_changed(w->viz);
        settle(w);
        assert_true(nb_viz_window_frames(w->viz, "graph") > before);
    }
    nb_var_unref(&f);
}

static void graph_window_sleeps_with_a_card_a_search_and_lights(void **state)
{
    World *w = *state;
    NbVar *f = show(w, make_small(w));
    NbLight light = {f, NB_LIGHT_HERE, "10"};
    nb_viz_lights(w->viz, &light, 1, false);
    key(w, SDLK_TAB);
    type_text(w, "graph", "/");
    type_text(w, "graph", "v");
    settle(w);
    assert_true(sleeps(w));
    nb_var_unref(&f);
}

SUITE()
{
    unsetenv("DISPLAY");
    const struct CMUnitTest tests[] = {
        ON_STILL_DISPLAY(tab_chooses_a_node_and_enter_clicks_it),
        ON_STILL_DISPLAY(key_d_puts_local_derivatives_on_the_edges),
        ON_STILL_DISPLAY(arrow_keys_belong_to_a_walk_that_waits),
        ON_STILL_DISPLAY(slash_searches_names_and_operations),
        ON_STILL_DISPLAY(search_takes_every_letter),
        ON_STILL_DISPLAY(help_lists_every_key),
        ON_STILL_DISPLAY(space_folds_what_is_behind_a_node_and_u_unfolds),
        ON_STILL_DISPLAY(right_button_folds_too),
        ON_STILL_DISPLAY(digits_draw_so_many_steps),
        ON_STILL_DISPLAY(what_is_folded_stays_so_when_the_graph_is_built_anew),
        ON_STILL_DISPLAY(wheel_on_a_leaf_is_one_statement_after_a_rest),
        ON_STILL_DISPLAY(drag_on_a_leaf_is_tried_at_once_and_settled_at_the_end),
        ON_STILL_DISPLAY(page_keys_move_the_chosen_leaf),
        ON_STILL_DISPLAY(steps_are_round_numbers),
        ON_STILL_DISPLAY(large_graphs_keep_their_text_readable_and_f_shows_all),
        ON_STILL_DISPLAY(boxes_of_a_presentation_are_as_wide_as_its_numbers),
        ON_STILL_DISPLAY(a_small_graph_of_a_presentation_is_seen_whole),
        ON_STILL_DISPLAY(wheel_elsewhere_and_with_ctrl_zooms),
        ON_STILL_DISPLAY(value_that_cannot_be_moved_is_said),
        ON_STILL_DISPLAY(window_closed_under_the_hand_lets_go),
        ON_STILL_DISPLAY(card_shows_the_exact_value_and_the_derivatives),
        ON_STILL_DISPLAY(card_of_a_tensor_has_shape_numbers_and_colours),
        ON_STILL_DISPLAY(heat_maps_stand_in_the_nodes_when_set),
        ON_STILL_DISPLAY(lights_show_where_a_walk_is),
        ON_STILL_DISPLAY(a_walk_shows_its_node_and_operands_and_hides_nothing),
        ON_STILL_DISPLAY(a_walk_leaves_open_what_is_not_known_yet),
        ON_STILL_DISPLAY(nothing_moves_while_values_change),
        ON_STILL_DISPLAY(window_closed_while_laying_out_ends_the_worker),
        ON_STILL_DISPLAY(ctrl_c_stops_a_layout_and_f_begins_it_again),
        ON_STILL_DISPLAY(a_newer_graph_does_not_wait_for_the_one_before),
        ON_STILL_DISPLAY(two_hundred_nodes_are_drawn_at_every_change),
        ON_STILL_DISPLAY(graph_window_sleeps_with_a_card_a_search_and_lights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
