/* test_render.c -- views made in memory: bytes, sizes, what cannot be made, no file */
#include "written.h"

#include <graphviz/cgraph.h>

/* Made in a form; freed by the caller. */
static NbRendered made(World *w, const char *form, const NbExport *what)
{
    NbErr err = {0};
    NbRendered r;
    if (nb_viz_render(w->viz, form, what, &r, &err) != NB_OK) {
        fail_msg("%s: %s", form, err.msg);
    }
    assert_int_equal(r.bytes[r.size], '\0');
    return r;
}

static void a_graph_in_memory_is_what_its_file_holds(void **state)
{
    World *w = *state;
    static const char *const forms[] = {"dot", "png", "tex", "mmd", "txt", "json", "html"};
    NbVar *f = make_small(w);
    NbExport what = of_graph(f);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char name[16], want[200];
        NbRendered r = made(w, forms[i], &what);
        assert_int_equal(files_in_dir(w), 0);
        snprintf(name, sizeof name, "g.%s", forms[i]);
        size_t size;
        free(written(w, name, &what));
        char *file = slurp(in_dir(w, name), &size);
        assert_int_equal(r.size, size);
        assert_memory_equal(r.bytes, file, size);
        snprintf(want, sizeof want, "wrote %s (%s)", in_dir(w, name), r.about);
        assert_string_equal(w->said, want);
        free(file);
        unlink(in_dir(w, name));
        nb_viz_rendered_free(&r);
        assert_null(r.bytes);
    }
    nb_var_unref(&f);
}

static void a_picture_says_its_kind_and_size(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w);
    NbExport what = of_graph(f);
    what.width = 300;
    NbRendered png = made(w, "PNG", &what), svg = made(w, "svg", &what);
    assert_string_equal(png.mime, "image/png");
    assert_true(png.width == 300 && png.height > 50);
    assert_memory_equal(png.bytes, "\x89PNG", 4);
    assert_string_equal(svg.mime, "image/svg+xml");
    assert_true(svg.width == 300);
    nb_viz_rendered_free(&png);
    nb_viz_rendered_free(&svg);
    what.width = 0;
    NbRendered dot = made(w, "dot", &what);
    assert_true(dot.width == 0);
    assert_string_equal(dot.mime, "text/vnd.graphviz");
    nb_viz_rendered_free(&dot);
    nb_var_unref(&f);
}

static void the_theme_is_that_asked_for(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w);
    NbExport what = of_graph(f);
    NbRendered light = made(w, "svg", &what);
    what.has_theme = true;
    what.theme = NB_THEME_DARK;
    NbRendered dark = made(w, "svg", &what);
    assert_string_not_equal(light.bytes, dark.bytes);
    nb_viz_rendered_free(&light);
    nb_viz_rendered_free(&dark);
    nb_var_unref(&f);
}

static void curves_and_tables_are_made_in_memory_too(void **state)
{
    World *w = *state;
    NbErr err = {0};
    NbRecord *r = make_record(1, 20, 2);
    NbExport what = {.view = NB_VIEW_PLOT, .record = r, .title = "f"};
    NbRendered csv = made(w, "csv", &what), png = made(w, "png", &what);
    assert_non_null(strstr(csv.bytes, "run,title,step,f,x\n"));
    assert_string_equal(csv.about, "1 run, 20 rows");
    nb_viz_rendered_free(&csv);
    nb_viz_rendered_free(&png);
    NbVar *x = make_leaf(w, "x", 2);
    NbColumns part[] = {{"x", x}, {"2*x", x}};
    assert_int_equal(nb_viz_render_columns(part, 2, &csv, &err), NB_OK);
    assert_string_equal(csv.bytes, "x,2*x\n2,2\n");
    assert_string_equal(csv.about, "1 row, 2 columns");
    nb_viz_rendered_free(&csv);
    nb_var_unref(&x);
    nb_record_free(&r);
}

static void what_cannot_be_made_is_an_error_and_leaves_nothing(void **state)
{
    World *w = *state;
    NbErr err = {0};
    NbVar *f = make_small(w);
    NbExport what = of_graph(f);
    NbRendered r;
    assert_int_equal(nb_viz_render(w->viz, "bmp", &what, &r, &err), NB_EVALUE);
    assert_string_equal(err.msg, "cannot write a graph as .bmp");
    assert_non_null(strstr(err.hint, "dot gv png"));
    assert_null(r.bytes);
    nb_err_clear(&err);
    what.width = 100;
    assert_int_equal(nb_viz_render(w->viz, "json", &what, &r, &err), NB_EVALUE);
    assert_string_equal(err.msg, "width= means nothing in a .json file");
    assert_null(r.bytes);
    assert_int_equal(nb_viz_render(w->viz, "png", &(NbExport){0}, &r, NULL), NB_EVALUE);
    nb_var_unref(&f);
}

static void the_ending_of_a_path_is_its_last_part(void **state)
{
    (void)state;
    assert_string_equal(nb_viz_ending("a.b/F.PNG"), "png");
    assert_string_equal(nb_viz_ending("x.csv"), "csv");
    assert_string_equal(nb_viz_ending("x.gif"), "gif");
    assert_string_equal(nb_viz_ending("a.b/c"), "");
}

/* The node with this attribute; NULL: none. */
static Agnode_t *node_with(Agraph_t *g, char *attribute, const char *value)
{
    for (Agnode_t *n = agfstnode(g); n; n = agnxtnode(g, n)) {
        char *its = agget(n, attribute);
        if (its && strcmp(its, value) == 0) {
            return n;
        }
    }
    return NULL;
}

static void libcgraph_reads_names_of_any_letters_as_they_were(void **state)
{
    World *w = *state;
    static const char *const more[] = {
        "node", "Edge", "-", ".", "-.5", "1.5", "1.5.2", "2x", "a \"quoted\" one"};
    for (size_t i = 0; i < NASTY + sizeof more / sizeof more[0]; i++) {
        const char *name = i < NASTY ? nasty[i] : more[i - NASTY];
        NbVar *x = make_leaf(w, name, 2), *f = make(w, "pow", x, NULL, 2);
        NbExport what = of_graph(f);
        NbRendered dot = made(w, "dot", &what);
        Agraph_t *g = agmemread(dot.bytes);
        char attribute[] = "name", want[64] = "";
        assert_non_null(g);
        assert_int_equal(agnnodes(g), 3);
        assert_int_equal(agnedges(g), 2);
        for (const char *c = name; *c; c++) { /* as in the escape strings of labels */
            strncat(want, *c == '\\' ? "\\\\" : (char[]){*c, 0}, 2);
        }
        assert_non_null(node_with(g, attribute, want));
        agclose(g);
        nb_viz_rendered_free(&dot);
        nb_var_unref(&f);
    }
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)

SUITE()
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(a_graph_in_memory_is_what_its_file_holds),
        IN_WORLD(a_picture_says_its_kind_and_size),
        IN_WORLD(the_theme_is_that_asked_for),
        IN_WORLD(curves_and_tables_are_made_in_memory_too),
        IN_WORLD(what_cannot_be_made_is_an_error_and_leaves_nothing),
        IN_WORLD(libcgraph_reads_names_of_any_letters_as_they_were),
        cmocka_unit_test(the_ending_of_a_path_is_its_last_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
