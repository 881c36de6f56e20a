/* test_export.c -- pictures, DOT and tables: what is written, and that failures leave no file */
#include "graphs.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static NbExport of_graph(NbVar *f)
{
    return (NbExport){.view = NB_VIEW_GRAPH, .root = f, .title = "f"};
}

static void export_well(World *w, const char *name, const NbExport *what, char *said, size_t cap)
{
    NbErr err = {0};
    nb_viz_style(w->viz, &w->style);
    if (nb_viz_export(w->viz, in_dir(w, name), what, said, cap, &err) != NB_OK) {
        fail_msg("%s: %s", name, err.msg);
    }
}

/* --- the page --- */

static NbRendered rendered(World *w, const char *form, const NbExport *what)
{
    NbErr err = {0};
    NbRendered r;
    nb_viz_style(w->viz, &w->style);
    if (nb_viz_render(w->viz, form, what, &r, &err) != NB_OK) {
        fail_msg("%s: %s", form, err.msg);
    }
    return r;
}

/* Width over height of a chain's picture. */
static double shape_of(World *w, const char *form, int links, int width, NbDirection direction)
{
    NbVar *f = make_chain(w, links);
    NbExport what = of_graph(f);
    what.width = width;
    what.direction = direction;
    NbRendered r = rendered(w, form, &what);
    double shape = r.width / r.height;
    assert_true(width == 0 || fabs(r.width - width) < 1);
    nb_viz_rendered_free(&r);
    nb_var_unref(&f);
    return shape;
}

static void short_chains_fill_the_page_instead_of_a_strip(void **state)
{
    static const char *const form[] = {"pdf", "tex", "svg", "png"};
    for (size_t i = 0; i < 4; i++) {
        double shape = shape_of(*state, form[i], 4, 0, NB_ANY_WAY);
        if (!(shape < 3.2 && shape > 0.4)) {
            fail_msg("%s: %g", form[i], shape);
        }
    }
}

static void width_breaks_a_long_graph_rather_than_shrinking_it(void **state)
{
    assert_true(shape_of(*state, "svg", 6, 600, NB_ANY_WAY) < 1.6);
    assert_true(shape_of(*state, "pdf", 6, 450, NB_RIGHTWARDS) < 1.6);
}

static void a_png_stays_below_4000_px_unless_width_says_more(void **state)
{
    World *w = *state;
    NbVar *f = make_chain(w, 100);
    NbExport what = of_graph(f);
    NbRendered r = rendered(w, "png", &what);
    assert_true(r.width <= 4000 && r.height <= 4000);
    assert_true(r.width > 3900 || r.height > 3900);
    assert_non_null(strstr(r.about, "; more: width="));
    nb_viz_rendered_free(&r);
    what.width = 5000;
    r = rendered(w, "png", &what);
    assert_int_equal((int)r.width, 5000);
    assert_null(strstr(r.about, "more"));
    nb_viz_rendered_free(&r);
    nb_var_unref(&f);
}

static void direction_says_which_way_a_graph_runs(void **state)
{
    assert_true(shape_of(*state, "svg", 2, 0, NB_RIGHTWARDS) > 1.2);
    assert_true(shape_of(*state, "pdf", 2, 0, NB_DOWNWARDS) < 0.9);
    World *w = *state;
    NbVar *f = make_small(w);
    NbExport what = of_graph(f);
    what.direction = NB_DOWNWARDS;
    NbRendered r = rendered(w, "mmd", &what);
    assert_non_null(strstr(r.bytes, "flowchart TB"));
    nb_viz_rendered_free(&r);
    NbErr err = {0};
    assert_int_equal(nb_viz_render(w->viz, "json", &what, &r, &err), NB_EVALUE);
    assert_string_equal(err.msg, "direction= means nothing in a .json file");
    nb_var_unref(&f);
}

/* --- DOT --- */

static void dot_carries_operation_value_and_gradient_of_every_node(void **state)
{
    World *w = *state;
    char said[200];
    NbVar *f = make_small(w);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    NbExport what = of_graph(f);
    export_well(w, "g.dot", &what, said, sizeof said);
    char *text = slurp(in_dir(w, "g.dot"), NULL);
    assert_int_equal(occurrences(text, "->"), 8);
    assert_non_null(strstr(text, "op=\"^2\""));
    assert_non_null(strstr(text, "op=\"*\""));
    assert_non_null(strstr(text, "value=10"));
    assert_non_null(strstr(text, "grad=7"));
    assert_non_null(strstr(said, "g.dot (8 nodes, 8 edges)"));
    free(text);
    nb_var_unref(&f);
}

static void dot_is_the_same_from_run_to_run(void **state)
{
    World *w = *state;
    char said[200];
    NbVar *f = make_rosenbrock(w);
    NbExport what = of_graph(f);
    export_well(w, "a.dot", &what, said, sizeof said);
    export_well(w, "b.gv", &what, said, sizeof said);
    char *a = slurp(in_dir(w, "a.dot"), NULL), *b = slurp(in_dir(w, "b.gv"), NULL);
    assert_string_equal(a, b);
    assert_null(strstr(a, "0x"));
    free(a);
    free(b);
    nb_var_unref(&f);
}

static void dot_of_any_name_is_accepted_by_graphviz(void **state)
{
    if (!have_program("dot")) {
        skip();
    }
    World *w = *state;
    static const char *const names[] = {"a\"b",   "back\\slash", "back\\", "<b>x</b>",
                                        "p|q{r}", "&amp; &lt;",  "θ₁",     "two\nlines",
                                        "node",   "\\N \\G"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char said[200], command[600];
        NbVar *x = make_leaf(w, names[i], 2);
        NbVar *f = make(w, "sin", x, NULL, 0);
        NbExport what = of_graph(f);
        what.title = names[i];
        export_well(w, "n.dot", &what, said, sizeof said);
        snprintf(command, sizeof command, "dot -Tsvg %s/n.dot >%s/n.svg 2>%s/n.err", w->dir, w->dir,
                 w->dir);
        assert_int_equal(system(command), 0);
        size_t complaints;
        free(slurp(in_dir(w, "n.err"), &complaints));
        assert_int_equal(complaints, 0);
        char *svg = slurp(in_dir(w, "n.svg"), NULL);
        assert_non_null(strstr(svg, "= 2"));
        if (strcmp(names[i], "&amp; &lt;") == 0) {
            assert_non_null(strstr(svg, ">&amp;amp; &amp;lt;<"));
        }
        if (strcmp(names[i], "\\N \\G") == 0) {
            assert_non_null(strstr(svg, ">\\N \\G<"));
        }
        free(svg);
        nb_var_unref(&f);
    }
}

static void dot_cuts_long_names_in_labels_alone_and_tells_values_in_tooltips(void **state)
{
    World *w = *state;
    char said[200];
    static const char name[] = "a_name_of_more_than_forty_letters_that_no_box_should_be_made_for";
    NbVar *f = make(w, "sin", make_leaf(w, name, 1.0 / 3), NULL, 0);
    NbExport what = of_graph(f);
    export_well(w, "g.dot", &what, said, sizeof said);
    char *text = slurp(in_dir(w, "g.dot"), NULL);
    assert_non_null(strstr(text, "label=\"a_name_of_more_than_forty_letters_that_n…\n= 0.333333"));
    assert_non_null(strstr(text, "_made_for,\n"));
    assert_non_null(strstr(text, "_made_for = 0.3333333333333333\""));
    free(text);
    nb_var_unref(&f);
}

/* --- pictures --- */

static unsigned big_endian(const char *at)
{
    const unsigned char *b = (const unsigned char *)at;
    return (unsigned)b[0] << 24 | (unsigned)b[1] << 16 | (unsigned)b[2] << 8 | b[3];
}

static void png_has_the_size_it_says(void **state)
{
    World *w = *state;
    char said[200], want[64];
    NbVar *f = make_small(w);
    NbExport what = of_graph(f);
    export_well(w, "g.png", &what, said, sizeof said);
    char *png = slurp(in_dir(w, "g.png"), NULL);
    assert_memory_equal(png, "\x89PNG", 4);
    snprintf(want, sizeof want, "g.png (8 nodes, %u × %u px)", big_endian(png + 16),
             big_endian(png + 20));
    assert_non_null(strstr(said, want));
    free(png);
    nb_var_unref(&f);
}

static void png_takes_a_width(void **state)
{
    World *w = *state;
    char said[200];
    NbVar *f = make_small(w);
    NbExport what = of_graph(f);
    what.width = 500;
    export_well(w, "g.png", &what, said, sizeof said);
    char *png = slurp(in_dir(w, "g.png"), NULL);
    assert_int_equal(big_endian(png + 16), 500);
    free(png);
    nb_var_unref(&f);
}

static void svg_is_well_formed(void **state)
{
    if (!have_program("xmllint")) {
        skip();
    }
    World *w = *state;
    char said[200], command[200];
    NbVar *f = make_rosenbrock(w);
    NbExport what = of_graph(f);
    export_well(w, "g.svg", &what, said, sizeof said);
    snprintf(command, sizeof command, "xmllint --noout %s/g.svg", w->dir);
    assert_int_equal(system(command), 0);
    nb_var_unref(&f);
}

static void pdf_says_its_size_in_millimetres(void **state)
{
    World *w = *state;
    char said[200];
    NbRecord *r = make_record(3, 50, 2);
    NbExport what = {.view = NB_VIEW_PLOT, .record = r, .title = "f"};
    export_well(w, "p.pdf", &what, said, sizeof said);
    assert_non_null(strstr(said, "p.pdf (3 runs, 160 × "));
    assert_non_null(strstr(said, " mm)"));
    char *pdf = slurp(in_dir(w, "p.pdf"), NULL);
    assert_memory_equal(pdf, "%PDF", 4);
    free(pdf);
    nb_record_free(&r);
}

static void drawn_a_large_graph_is_a_summary_and_listed_it_is_whole(void **state)
{
    World *w = *state;
    char said[200];
    NbVar *f = make_chain(w, 2000);
    NbExport what = of_graph(f);
    export_well(w, "big.png", &what, said, sizeof said);
    assert_non_null(strstr(said, "4002 nodes"));
    export_well(w, "big.dot", &what, said, sizeof said);
    char *dot = slurp(in_dir(w, "big.dot"), NULL);
    assert_true(occurrences(dot, " -> ") >=
                6000); /* two operands of each product, one of each tanh */
    free(dot);
    nb_var_unref(&f);
}

/* --- tables and text --- */

static void csv_keeps_every_digit_and_quotes_titles(void **state)
{
    World *w = *state;
    char said[200];
    NbErr err = {0};
    NbRecord *r = nb_record_new(100, 2);
    const char *names[] = {"f", "a,b"};
    double row[] = {0.1, 1.0 / 3};
    assert_int_equal(nb_record_begin(r, "adam(lr=0.1, beta1=0.9)", names, 2, &err), NB_OK);
    nb_record_add(r, 7, row);
    NbExport what = {.view = NB_VIEW_PLOT, .record = r, .title = "f"};
    export_well(w, "run.csv", &what, said, sizeof said);
    char *csv = slurp(in_dir(w, "run.csv"), NULL);
    assert_string_equal(csv, "run,title,step,f,\"a,b\"\n"
                             "1,\"adam(lr=0.1, beta1=0.9)\",7,0.1,0.3333333333333333\n");
    assert_non_null(strstr(said, "run.csv (1 run, 1 row)"));
    free(csv);
    nb_record_free(&r);
}

static void txt_is_the_tree_without_colours(void **state)
{
    World *w = *state;
    char said[200];
    w->style.colour = true;
    NbVar *f = make_small(w);
    NbExport what = of_graph(f);
    export_well(w, "g.txt", &what, said, sizeof said);
    char *text = slurp(in_dir(w, "g.txt"), NULL);
    assert_null(strchr(text, '\033'));
    assert_non_null(strstr(text, "├ v1 = 6  x * y     grad -\n"));
    free(text);
    nb_var_unref(&f);
}

/* --- failures --- */

static void unknown_ending_lists_the_endings(void **state)
{
    World *w = *state;
    char said[200];
    NbVar *f = make_small(w);
    NbExport what = of_graph(f);
    static const char *const names[] = {"g.jpg", "g", "g.", ".png/g"};
    for (size_t i = 0; i < 4; i++) {
        NbErr err = {0};
        assert_int_equal(nb_viz_export(w->viz, in_dir(w, names[i]), &what, said, sizeof said, &err),
                         NB_EVALUE);
        assert_non_null(strstr(err.hint, "dot gv png svg pdf tex mmd txt json py onnx html"));
    }
    assert_int_equal(files_in_dir(w), 0);
    nb_var_unref(&f);
}

/* Each ending that help lists, with each option: done, or refused with a list of where it is. */
static void options_without_meaning_are_errors_and_leave_no_file(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w);
    NbRecord *r = make_record(1, 5, 2);
    char doc[256], name[24], said[200];
    const char *ending;
    for (int i = 0; (ending = nb_viz_format(i, doc, sizeof doc)); i++) {
        for (int k = 0; k < 3; k++) {
            static const char *const options[] = {"width=", "theme=", "hide="};
            bool graph = strstr(doc, "graph") || strstr(doc, "every view");
            NbExport what = {.view = graph ? NB_VIEW_GRAPH : NB_VIEW_PLOT,
                             .root = f,
                             .record = r,
                             .width = k == 0 ? 200 : 0,
                             .has_theme = k == 1,
                             .hide_grad = k == 2};
            NbErr err = {0};
            snprintf(name, sizeof name, "%d.%s", k, ending);
            NbStatus status =
                nb_viz_export(w->viz, in_dir(w, name), &what, said, sizeof said, &err);
            assert_int_equal(status, strstr(doc, options[k]) ? NB_OK : NB_EVALUE);
            assert_int_equal(access(in_dir(w, name), F_OK), status == NB_OK ? 0 : -1);
            assert_true(status == NB_OK || err.hint[0]);
        }
    }
    nb_record_free(&r);
    nb_var_unref(&f);
}

static void hiding_gradients_of_a_plot_is_an_error(void **state)
{
    World *w = *state;
    NbErr err = {0};
    char said[200];
    NbRecord *r = make_record(1, 5, 2);
    NbExport what = {.view = NB_VIEW_PLOT, .record = r, .hide_grad = true};
    assert_int_equal(nb_viz_export(w->viz, in_dir(w, "p.png"), &what, said, sizeof said, &err),
                     NB_EVALUE);
    assert_string_equal(err.hint, "hide=grad is for view=graph");
    assert_int_equal(files_in_dir(w), 0);
    nb_record_free(&r);
}

static void folder_that_does_not_exist_is_an_error(void **state)
{
    World *w = *state;
    char said[200];
    NbErr err = {0};
    NbVar *f = make_small(w);
    NbExport what = of_graph(f);
    assert_int_equal(nb_viz_export(w->viz, in_dir(w, "no/g.png"), &what, said, sizeof said, &err),
                     NB_EIO);
    assert_non_null(strstr(err.msg, "no/g.png"));
    assert_true(err.hint[0]);
    assert_int_equal(files_in_dir(w), 0);
    nb_var_unref(&f);
}

static void folder_without_permission_is_an_error(void **state)
{
    if (geteuid() == 0) {
        skip();
    }
    World *w = *state;
    char said[200];
    NbErr err = {0};
    NbVar *f = make_small(w);
    NbExport what = of_graph(f);
    chmod(w->dir, 0500);
    assert_int_equal(nb_viz_export(w->viz, in_dir(w, "g.dot"), &what, said, sizeof said, &err),
                     NB_EIO);
    chmod(w->dir, 0700);
    assert_int_equal(files_in_dir(w), 0);
    nb_var_unref(&f);
}

/* A limit on file size stands for the full disk: the write stops half way with an error. */
static void full_disk_leaves_neither_a_new_file_nor_a_damaged_old_one(void **state)
{
    World *w = *state;
    char said[200];
    NbVar *f = make_small(w);
    NbExport what = of_graph(f);
    export_well(w, "old.png", &what, said, sizeof said);
    size_t before, after;
    char *old = slurp(in_dir(w, "old.png"), &before);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit usual, tight;
    getrlimit(RLIMIT_FSIZE, &usual);
    tight = usual;
    tight.rlim_cur = 500;
    setrlimit(RLIMIT_FSIZE, &tight);
    static const char *const names[] = {"old.png", "new.png", "new.svg",  "new.pdf", "new.dot",
                                        "new.tex", "new.mmd", "new.json", "new.html"};
    enum { FILES = sizeof names / sizeof names[0] };
    NbErr err[FILES] = {{0}};
    for (size_t i = 0; i < FILES; i++) {
        nb_viz_export(w->viz, in_dir(w, names[i]), &what, said, sizeof said, &err[i]);
    }
    setrlimit(RLIMIT_FSIZE, &usual); /* before what may be printed into a file */
    for (size_t i = 0; i < FILES; i++) {
        if (err[i].code != NB_EIO || !strstr(err[i].msg, names[i])) {
            fail_msg("%s: %d %s", names[i], (int)err[i].code, err[i].msg);
        }
    }
    assert_int_equal(files_in_dir(w), 1);
    char *now = slurp(in_dir(w, "old.png"), &after);
    assert_int_equal(before, after);
    assert_memory_equal(old, now, before);
    free(old);
    free(now);
    nb_var_unref(&f);
}

static void full_device_is_an_error_and_stays_a_device(void **state)
{
    World *w = *state;
    char said[200];
    NbErr err = {0};
    if (symlink("/dev/full", in_dir(w, "full.png")) != 0) {
        skip();
    }
    NbVar *f = make_small(w);
    NbExport what = of_graph(f);
    assert_int_equal(nb_viz_export(w->viz, in_dir(w, "full.png"), &what, said, sizeof said, &err),
                     NB_EIO);
    struct stat st;
    assert_int_equal(stat("/dev/full", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    nb_var_unref(&f);
}

static void export_through_a_link_keeps_the_link(void **state)
{
    World *w = *state;
    char said[200], target[256];
    snprintf(target, sizeof target, "%s", in_dir(w, "target.dot"));
    NbVar *f = make_small(w);
    NbExport what = of_graph(f);
    export_well(w, "target.dot", &what, said, sizeof said);
    assert_int_equal(symlink(target, in_dir(w, "link.dot")), 0);
    export_well(w, "link.dot", &what, said, sizeof said);
    struct stat st;
    assert_int_equal(lstat(in_dir(w, "link.dot"), &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    nb_var_unref(&f);
}

static void interrupted_export_leaves_no_file(void **state)
{
    World *w = *state;
    char said[200];
    NbErr err = {0};
    volatile sig_atomic_t flag = 1;
    NbVar *f = make_small(w);
    NbExport what = of_graph(f);
    what.interrupt = &flag;
    assert_int_equal(nb_viz_export(w->viz, in_dir(w, "g.png"), &what, said, sizeof said, &err),
                     NB_EINTERRUPT);
    assert_int_equal(files_in_dir(w), 0);
    nb_var_unref(&f);
}

static void nothing_to_export_is_an_error_with_a_hint(void **state)
{
    World *w = *state;
    char said[200];
    NbErr err = {0};
    NbExport what = {.view = NB_VIEW_GRAPH};
    assert_int_equal(nb_viz_export(w->viz, in_dir(w, "g.png"), &what, said, sizeof said, &err),
                     NB_EVALUE);
    assert_true(err.hint[0]);
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)

SUITE()
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(short_chains_fill_the_page_instead_of_a_strip),
        IN_WORLD(width_breaks_a_long_graph_rather_than_shrinking_it),
        IN_WORLD(a_png_stays_below_4000_px_unless_width_says_more),
        IN_WORLD(direction_says_which_way_a_graph_runs),
        IN_WORLD(dot_carries_operation_value_and_gradient_of_every_node),
        IN_WORLD(dot_is_the_same_from_run_to_run),
        IN_WORLD(dot_of_any_name_is_accepted_by_graphviz),
        IN_WORLD(dot_cuts_long_names_in_labels_alone_and_tells_values_in_tooltips),
        IN_WORLD(png_has_the_size_it_says),
        IN_WORLD(png_takes_a_width),
        IN_WORLD(svg_is_well_formed),
        IN_WORLD(pdf_says_its_size_in_millimetres),
        IN_WORLD(drawn_a_large_graph_is_a_summary_and_listed_it_is_whole),
        IN_WORLD(csv_keeps_every_digit_and_quotes_titles),
        IN_WORLD(txt_is_the_tree_without_colours),
        IN_WORLD(unknown_ending_lists_the_endings),
        IN_WORLD(options_without_meaning_are_errors_and_leave_no_file),
        IN_WORLD(hiding_gradients_of_a_plot_is_an_error),
        IN_WORLD(folder_that_does_not_exist_is_an_error),
        IN_WORLD(folder_without_permission_is_an_error),
        IN_WORLD(full_disk_leaves_neither_a_new_file_nor_a_damaged_old_one),
        IN_WORLD(full_device_is_an_error_and_stays_a_device),
        IN_WORLD(export_through_a_link_keeps_the_link),
        IN_WORLD(interrupted_export_leaves_no_file),
        IN_WORLD(nothing_to_export_is_an_error_with_a_hint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
