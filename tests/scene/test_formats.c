/* test_formats.c -- graphs for other programs: JSON, TikZ, Mermaid, by structure and numbers */
#include <ctype.h>

#include "written.h"

static int count_kind(const Json *doc, const char *kind)
{
    const Json *nodes = json_get(doc, "nodes");
    int n = 0;
    for (size_t i = 0; i < nodes->n; i++) {
        n += strcmp(json_text_of(nodes->item[i], "kind"), kind) == 0;
    }
    return n;
}

/* --- JSON --- */

/* 100 (y - x²)² + (1 - x)²: 9 variables, 7 operations, the numbers 2, 2, 100, 1, 2. */
static void json_has_operations_and_numbers_as_nodes(void **state)
{
    World *w = *state;
    NbVar *f = make_rosenbrock(w);
    NbExport what = of_graph(f);
    Json *doc = written_json(w, &what);
    assert_string_equal(json_text_of(doc, "format"), "nabla graph");
    assert_true(json_number_of(doc, "version") == 1);
    assert_int_equal(count_kind(doc, "var"), 9);
    assert_int_equal(count_kind(doc, "op"), 7);
    assert_int_equal(count_kind(doc, "const"), 5);
    const Json *root = node_by_id(doc, json_text_of(doc, "root"));
    assert_string_equal(json_text_of(root, "name"), "f");
    assert_true(json_number_of(root, "value") == 401);
    assert_non_null(strstr(w->said, "g.json (21 nodes, 21 edges)"));
    json_free(doc);
    nb_var_unref(&f);
}

/* Edges join nodes that are there, operands in order, inputs before users. */
static void json_edges_lead_from_operands_over_operations_to_results(void **state)
{
    World *w = *state;
    NbVar *f = make_rosenbrock(w);
    NbExport what = of_graph(f);
    Json *doc = written_json(w, &what);
    const Json *edges = json_get(doc, "edges");
    for (size_t i = 0; i < edges->n; i++) {
        const Json *e = edges->item[i];
        const Json *from = node_by_id(doc, json_text_of(e, "from"));
        const Json *to = node_by_id(doc, json_text_of(e, "to"));
        bool into = strcmp(json_text_of(to, "kind"), "op") == 0;
        assert_true(into != (strcmp(json_text_of(from, "kind"), "op") == 0));
        assert_true(into == (json_get(e, "input") != NULL));
        if (into && json_number_of(e, "input") == 1) {
            assert_true(json_number_of(edges->item[i - 1], "input") == 0);
            assert_string_equal(json_text_of(edges->item[i - 1], "to"), json_text_of(e, "to"));
        }
    }
    json_free(doc);
    nb_var_unref(&f);
}

/* Whether the text has this node; of a variable, whether its value comes next. */
static bool has_node(const char *text, const Json *node, const char *before, const char *after)
{
    char name[64], value[32];
    snprintf(name, sizeof name, "%s%s%s", before, json_text_of(node, "id"), after);
    const char *at = strstr(text, name);
    if (!at || strcmp(json_text_of(node, "kind"), "var") != 0) {
        return at != NULL;
    }
    size_t n = (size_t)snprintf(value, sizeof value, "%g", json_number_of(node, "value"));
    at = strstr(at, "= ");
    return at && strncmp(at + 2, value, n) == 0 && !isdigit((unsigned char)at[2 + n]);
}

static void a_node_has_one_name_in_all_formats(void **state)
{
    static const struct {
        const char *file, *before, *after;
    } form[] = {{"g.tex", "(", ") at "}, {"g.mmd", "\n  ", ""}, {"g.dot", "\n\t", "\t"}};
    World *w = *state;
    NbVar *f = make_small(w);
    NbExport what = of_graph(f);
    Json *doc = written_json(w, &what);
    const Json *nodes = json_get(doc, "nodes");
    for (size_t k = 0; k < sizeof form / sizeof form[0]; k++) {
        char *text = written(w, form[k].file, &what);
        for (size_t i = 0; i < nodes->n; i++) {
            if (strcmp(json_text_of(nodes->item[i], "kind"), "const") !=
                0) { /* ^2 is one sign there */
                assert_true(has_node(text, nodes->item[i], form[k].before, form[k].after));
            }
        }
        free(text);
    }
    json_free(doc);
    nb_var_unref(&f);
}

static void check_positions(World *w, NbVar *f)
{
    NbExport what = of_graph(f);
    Json *doc = written_json(w, &what);
    const Json *nodes = json_get(doc, "nodes");
    for (size_t i = 0; i < nodes->n; i++) {
        const Json *a = nodes->item[i];
        double x = json_number_of(a, "x"), half = json_number_of(a, "w") / 2;
        assert_true(x - half >= -0.1 && x + half <= json_number_of(doc, "width") + 0.1);
        for (size_t k = 0; k < i; k++) {
            const Json *b = nodes->item[k];
            double dx = fabs(x - json_number_of(b, "x"));
            double dy = fabs(json_number_of(a, "y") - json_number_of(b, "y"));
            assert_true(dx >= half + json_number_of(b, "w") / 2 ||
                        dy >= (json_number_of(a, "h") + json_number_of(b, "h")) / 2);
        }
    }
    json_free(doc);
}

static void json_positions_keep_boxes_apart_and_inside(void **state)
{
    World *w = *state;
    NbVar *f = make_rosenbrock(w), *chain = make_chain(w, 200);
    check_positions(w, f);
    check_positions(w, chain); /* too large for a layout: columns */
    nb_var_unref(&f);
    nb_var_unref(&chain);
}

/* Follows the sweep written in the file: every factor, product and sum, to the last bit. */
static void json_sweep_adds_up_to_the_gradients_of_backward(void **state)
{
    World *w = *state;
    NbVar *f = make_rosenbrock(w);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    NbExport what = of_graph(f);
    Json *doc = written_json(w, &what);
    const Json *order = json_get(doc, "backward"), *edges = json_get(doc, "edges");
    const Json *nodes = json_get(doc, "nodes");
    double *sum = calloc(nodes->n, sizeof *sum);
    assert_non_null(sum);
    assert_int_equal(order->n, 9);
    for (size_t i = 0; i < order->n; i++) {
        const Json *e = json_at(edges, (size_t)json_value(order->item[i]));
        const Json *to = node_by_id(doc, json_text_of(e, "from")); /* backwards */
        size_t place = 0;
        while (nodes->item[place] != to) {
            place++;
        }
        assert_true(json_number_of(e, "upstream") * json_number_of(e, "local") ==
                    json_number_of(e, "product"));
        sum[place] += json_number_of(e, "product");
        assert_true(sum[place] == json_number_of(e, "after"));
    }
    for (size_t i = 0; i < nodes->n; i++) {
        const Json *n = nodes->item[i];
        if (json_get(n, "grad") && n != node_by_id(doc, json_text_of(doc, "root"))) {
            assert_true(sum[i] == json_number_of(n, "grad"));
        }
    }
    assert_true(json_number_of(node_by_name(doc, "x"), "grad") == -2);
    free(sum);
    json_free(doc);
    nb_var_unref(&f);
}

static void json_names_come_back_as_they_were(void **state)
{
    World *w = *state;
    for (size_t i = 0; i < NASTY; i++) {
        NbVar *f = make(w, "sin", make_leaf(w, nasty[i], 2), NULL, 0);
        NbExport what = of_graph(f);
        what.title = nasty[i];
        Json *doc = written_json(w, &what);
        assert_string_equal(json_text_of(doc, "title"), nasty[i]);
        assert_true(json_number_of(node_by_name(doc, nasty[i]), "value") == 2);
        json_free(doc);
        nb_var_unref(&f);
    }
}

static void json_without_a_gradient_says_null_and_a_stale_graph_why(void **state)
{
    World *w = *state;
    NbVar *x = make_leaf(w, "x", 2), *f = make(w, "sin", again(x), NULL, 0);
    NbExport what = of_graph(f);
    Json *doc = written_json(w, &what);
    assert_int_equal(json_get(node_by_name(doc, "x"), "grad")->kind, JSON_NULL);
    json_free(doc);
    assert_int_equal(nb_var_assign_scalar(x, 3), NB_OK);
    doc = written_json(w, &what);
    assert_true(json_get(doc, "stale")->number == 1);
    assert_int_equal(json_get(doc, "backward")->kind, JSON_NULL);
    assert_string_equal(json_text_of(doc, "backward_missing"), "stale");
    assert_int_equal(nb_ctx_err(w->ctx)->code, NB_OK);
    json_free(doc);
    nb_var_unref(&x);
    nb_var_unref(&f);
}

static void json_writes_nan_infinity_and_all_digits(void **state)
{
    World *w = *state;
    nb_ctx_nan_mode(w->ctx, NB_NAN_OFF);
    NbVar *x = make_leaf(w, "x", 0.1), *zero = make_leaf(w, "zero", 0);
    NbVar *over = make(w, "div", again(x), zero, 0);
    name_it(w, over, "over");
    NbVar *f = make(w, "sub", make(w, "mul", again(over), x, 0), over, 0);
    name_it(w, f, "f");
    NbExport what = of_graph(f);
    Json *doc = written_json(w, &what);
    assert_true(json_number_of(node_by_name(doc, "x"), "value") == 0.1);
    assert_true(json_number_of(node_by_name(doc, "over"), "value") == INFINITY);
    assert_true(isnan(json_number_of(node_by_name(doc, "f"), "value")));
    json_free(doc);
    nb_var_unref(&f);
}

static NbVar *make_tensor(World *w, const char *name, const NbShape *s)
{
    NbTensor *t = nb_tensor_new(s, NULL);
    assert_non_null(t);
    for (int64_t i = 0; i < t->size; i++) {
        nb_tensor_put(t, i, 0.5 + (double)i);
    }
    NbVar *v = nb_var_tensor(w->ctx, t, NB_LEAF);
    assert_non_null(v);
    name_it(w, v, name);
    return v;
}

static void json_tensors_are_nested_lists_with_shape_and_norm(void **state)
{
    World *w = *state;
    NbShape s = nb_shape(2, 2, 3);
    NbVar *f = make(w, "sum", make(w, "square", make_tensor(w, "t", &s), NULL, 0), NULL, 0);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    NbExport what = of_graph(f);
    Json *doc = written_json(w, &what);
    const Json *t = node_by_name(doc, "t");
    assert_int_equal(json_get(t, "shape")->n, 2);
    assert_int_equal(json_get(t, "value")->n, 2);
    assert_true(json_value(json_at(json_at(json_get(t, "value"), 1), 2)) == 5.5);
    assert_true(json_value(json_at(json_at(json_get(t, "grad"), 0), 1)) == 3);
    assert_true(fabs(json_number_of(t, "norm") - sqrt(71.5)) < 1e-12);
    json_free(doc);
    nb_var_unref(&f);
}

static void json_leaves_no_room_for_heat_maps_that_it_does_not_have(void **state)
{
    World *w = *state;
    NbErr err = {0};
    NbShape s = nb_shape(2, 3, 2);
    NbVar *m = nb_var_tensor(w->ctx, nb_tensor_full(&s, 2, &err), NB_LEAF);
    NbVar *f = make(w, "sum", m, NULL, 0);
    NbExport what = of_graph(f);
    char *plain = written(w, "g.json", &what);
    w->style.heat = true;
    char *heat = written(w, "g.json", &what);
    assert_string_equal(heat, plain);
    free(heat);
    free(plain);
    nb_var_unref(&f);
}

static void json_holds_the_numbers_of_huge_tensors_and_no_sweeps_of_vectors(void **state)
{
    World *w = *state;
    NbShape s = nb_shape(2, 200, 300);
    NbVar *f = make(w, "sin", make_tensor(w, "t", &s), NULL, 0);
    NbExport what = of_graph(f);
    Json *doc = written_json(w, &what);
    assert_int_equal(json_get(node_by_name(doc, "t"), "value")->kind, JSON_LIST);
    assert_string_equal(json_text_of(doc, "backward_missing"), "not a scalar");
    json_free(doc);
    nb_var_unref(&f);
}

static void json_worksheets_hold_no_gradients(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    NbExport what = of_graph(f);
    what.hide_grad = true;
    char *text = written(w, "g.json", &what);
    static const char *const absent[] = {"\"grad\"", "product", "upstream", "local", "sweeps"};
    for (size_t i = 0; i < 5; i++) {
        assert_null(strstr(text, absent[i]));
    }
    Json *doc = json_read(text);
    assert_string_equal(json_text_of(doc, "backward_missing"), "hidden");
    json_free(doc);
    free(text);
    nb_var_unref(&f);
}

static void writing_leaves_values_gradients_and_stamps_alone(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w);
    NbVar *x = nb_graph_tape(f)->leaf[0];
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    char text[256], name[24];
    const char *ending;
    for (int i = 0; (ending = nb_viz_format(i, text, sizeof text)); i++) {
        if (strstr(text, "graph") || strstr(text, "every view")) {
            NbExport what = of_graph(f);
            snprintf(name, sizeof name, "a.%s", ending);
            free(written(w, name, &what));
            assert_true(nb_var_grad_value(x) == 14);
            assert_int_equal(nb_var_grad_sweeps(x), 2);
            assert_true(nb_var_grad_value(f) == 1);
            assert_false(nb_var_stale(f, NULL, 0, NULL));
        }
    }
    nb_var_unref(&f);
}

static void graphs_of_a_thousand_nodes_are_written_in_every_format(void **state)
{
    World *w = *state;
    NbVar *f = make_chain(w, 499); /* 1000 variables */
    char text[256], name[24];
    const char *ending;
    for (int i = 0; (ending = nb_viz_format(i, text, sizeof text)); i++) {
        if (strstr(text, "graph") || strstr(text, "every view")) {
            NbExport what = of_graph(f);
            snprintf(name, sizeof name, "a.%s", ending);
            free(written(w, name, &what));
        }
    }
    nb_var_unref(&f);
}

static void interrupts_stop_json_and_leave_no_file(void **state)
{
    World *w = *state;
    NbErr err = {0};
    char said[200];
    volatile sig_atomic_t flag = 1;
    NbVar *f = make_small(w);
    NbExport what = of_graph(f);
    what.interrupt = &flag;
    nb_ctx_interrupt(w->ctx, &flag);
    assert_int_equal(nb_viz_export(w->viz, in_dir(w, "g.json"), &what, said, sizeof said, &err),
                     NB_EINTERRUPT);
    nb_ctx_interrupt(w->ctx, NULL);
    nb_err_clear(nb_ctx_err(w->ctx));
    assert_int_equal(files_in_dir(w), 0);
    nb_var_unref(&f);
}

/* --- TikZ --- */

/* Braces pair up and dollar signs are even on every line of the picture. */
static void assert_tex(const char *text)
{
    int depth = 0, dollars = 0;
    const char *picture = strstr(text, "\\begin{tikzpicture}");
    assert_non_null(picture);
    for (const char *c = picture; *c; c++) {
        if (*c == '\\') {
            c++; /* what is escaped stands for itself; commands hold neither */
        } else if (*c == '{' || *c == '}') {
            depth += *c == '{' ? 1 : -1;
            assert_true(depth >= 0);
        } else if (*c == '$') {
            dollars++;
        } else if (*c == '\n') {
            assert_int_equal(depth, 0);
            assert_int_equal(dollars % 2, 0);
        } else if (strchr("#&%_^~", *c)) {
            bool line_end = *c == '%' && c[1] == '\n';
            assert_true(line_end || (dollars % 2 == 1 && (*c == '_' || *c == '^')));
        }
    }
    assert_int_equal(depth, 0);
}

/* pdflatex in a folder of its own; false when it complains. */
static bool compiles(World *w, const char *name)
{
    char command[400];
    snprintf(command, sizeof command,
             "cd %s && pdflatex -halt-on-error -interaction=batchmode %s >pdflatex.out 2>&1",
             w->dir, name);
    return system(command) == 0;
}

static void tex_of_any_name_has_paired_braces_and_dollars(void **state)
{
    World *w = *state;
    for (size_t i = 0; i < NASTY; i++) {
        NbVar *f = make(w, "sin", make_leaf(w, nasty[i], -2e-9), NULL, 0);
        assert_int_equal(nb_backward(f, NULL), NB_OK);
        NbExport what = of_graph(f);
        what.title = nasty[i];
        what.has_theme = i % 2;
        what.theme = NB_THEME_DARK;
        char *text = written(w, "g.tex", &what);
        assert_tex(text);
        assert_non_null(strstr(text, " = -2 \\cdot 10^{-9}$"));
        free(text);
        nb_var_unref(&f);
    }
}

static void tex_has_math_labels_gradients_and_nodes_that_edges_hold_on_to(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    NbExport what = of_graph(f);
    char *text = written(w, "g.tex", &what);
    assert_non_null(strstr(text, "{$x = 2$\\\\grad $7$};"));
    assert_non_null(strstr(text, "{$\\bullet^{2}$};"));
    assert_non_null(strstr(text, "{$\\times$};"));
    assert_int_equal(occurrences(text, "\\draw[nabla edge] (n"), 5);
    assert_int_equal(occurrences(text, "\\draw[nabla edge] (o"), 3);
    assert_non_null(strstr(w->said, " mm)"));
    free(text);
    what.hide_grad = true;
    text = written(w, "g.tex", &what);
    assert_null(strstr(text, "grad"));
    free(text);
    nb_var_unref(&f);
}

/* Letters can be found, chosen and changed, and keep their width without the font. */
static void svg_has_its_letters_as_text(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    NbExport what = of_graph(f);
    char *text = written(w, "letters.svg", &what);
    assert_non_null(strstr(text, " font-weight=\"bold\" textLength=\""));
    assert_non_null(strstr(text, "\">x</text>"));
    assert_non_null(strstr(text, "order of the backward sweep</text>"));
    assert_int_equal(occurrences(text, "\">grad</text>"), 5);
    assert_int_equal(occurrences(text, "<g font-family=\""), 1);
    assert_int_equal(occurrences(text, "</svg>"), 1);
    assert_null(strstr(text, "<symbol"));
    free(text);
    nb_var_unref(&f);
    NbVar *x = make_leaf(w, "a<b&c", 2);
    f = make(w, "sin", x, NULL, 0);
    what = of_graph(f);
    text = written(w, "letters.svg", &what);
    assert_non_null(strstr(text, "\">a&#60;b&#38;c</text>"));
    free(text);
    nb_var_unref(&f);
}

static void tex_takes_a_width(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w);
    NbExport what = of_graph(f);
    what.width = 200; /* pt: 70 mm */
    char *text = written(w, "g.tex", &what);
    assert_non_null(strstr(text, "transform shape"));
    assert_non_null(strstr(w->said, "(8 nodes, 70 "));
    free(text);
    nb_var_unref(&f);
}

static void pdflatex_takes_any_name_where_it_is_installed(void **state)
{
    if (!have_program("pdflatex")) {
        skip();
    }
    World *w = *state;
    NbVar *sum = make_leaf(w, "start", 1);
    for (size_t i = 0; i < NASTY; i++) {
        sum = make(w, "add", sum, make(w, "sin", make_leaf(w, nasty[i], 2), NULL, 0), 0);
    }
    NbExport what = of_graph(sum);
    what.title = nasty[NASTY - 2];
    free(written(w, "g.tex", &what));
    assert_true(compiles(w, "g.tex"));
    nb_var_unref(&sum);
}

/* All elementwise operations in one graph, in the long form and in the compact one. */
static void pdflatex_takes_every_operation_where_it_is_installed(void **state)
{
    if (!have_program("pdflatex")) {
        skip();
    }
    World *w = *state;
    nb_ctx_nan_mode(w->ctx, NB_NAN_OFF);
    NbVar *x = make_leaf(w, "x", 0.5), *sum = make(w, "sin", again(x), NULL, 0);
    for (int i = 0; i < nb_op_count(); i++) {
        const NbOp *op = nb_op_at(i);
        if ((op->flags & NB_OP_ELEMENTWISE) && op->max_in > 0 && op->max_in < 3) {
            NbVar *y = make(w, op->name, again(x), op->max_in == 2 ? again(x) : NULL, 0);
            NbExport what = of_graph(y);
            char *text = written(w, "one.tex", &what);
            assert_tex(text);
            free(text);
            sum = make(w, "add", sum, y, 0);
        }
    }
    NbExport what = of_graph(sum);
    free(written(w, "g.tex", &what));
    assert_true(compiles(w, "g.tex"));
    nb_var_unref(&sum);
    nb_var_unref(&x);
}

static void pdflatex_takes_the_file_inside_a_document_where_it_is_installed(void **state)
{
    if (!have_program("pdflatex")) {
        skip();
    }
    World *w = *state;
    NbVar *f = make_rosenbrock(w);
    NbExport what = of_graph(f);
    free(written(w, "g.tex", &what));
    FILE *doc = fopen(in_dir(w, "doc.tex"), "w");
    assert_non_null(doc);
    fputs("\\documentclass{article}\\usepackage{amsmath,tikz}\n"
          "\\usetikzlibrary{shapes.geometric,backgrounds}\n"
          "\\begin{document}Before \\input{g} between \\input{g} after.\\end{document}\n",
          doc);
    fclose(doc);
    assert_true(compiles(w, "doc.tex"));
    nb_var_unref(&f);
}

/* --- Mermaid --- */

/* "  n3", "  o3", "  k3_2", and what follows. */
static bool is_node(const char *line)
{
    return strlen(line) > 3 && line[2] && strchr("nok", line[2]) && isdigit((unsigned char)line[3]);
}

/* Every line is a known statement; labels are closed and hold nothing that Mermaid reads. */
static void assert_mermaid(char *text)
{
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        char *quote = strchr(line, '"');
        if (!is_node(line)) {
            assert_true(strncmp(line, "flowchart ", 10) == 0 ||
                        strncmp(line, "  classDef ", 11) == 0 ||
                        strncmp(line, "  style ", 8) == 0 || strncmp(line, "%%{init", 7) == 0);
            continue;
        }
        if (!quote) {
            const char *to = strstr(line, " --> ");
            assert_non_null(to);
            assert_true(is_node(to + 3));
            continue;
        }
        char *end = strchr(quote + 1, '"');
        assert_non_null(end);
        assert_non_null(strstr(end, ":::"));
        for (char *c = quote + 1; c < end; c++) {
            bool line_break = strncmp(c, "<br/>", 5) == 0;
            c += line_break ? 4 : 0;
            assert_true(line_break || !strchr("<>`$\\%&", *c));
            assert_true(*c != '#' || strspn(c + 1, "0123456789") == strcspn(c + 1, ";"));
        }
    }
}

static void mermaid_labels_of_any_name_hold_nothing_it_reads(void **state)
{
    World *w = *state;
    for (size_t i = 0; i < NASTY; i++) {
        NbVar *f = make(w, "sin", make_leaf(w, nasty[i], 2), NULL, 0);
        NbExport what = of_graph(f);
        what.has_theme = i % 2;
        what.theme = NB_THEME_DARK;
        char *text = written(w, "g.mmd", &what);
        assert_mermaid(text);
        free(text);
        nb_var_unref(&f);
    }
}

static void mermaid_shows_name_value_gradient_and_operation(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    NbExport what = of_graph(f);
    char *text = written(w, "g.mmd", &what);
    assert_non_null(strstr(text, "flowchart LR\n"));
    assert_non_null(strstr(text, "(\"x = 2<br/>grad 7\"):::leaf"));
    assert_non_null(strstr(text, "((\"^2\")):::op"));
    assert_non_null(strstr(text, "(\"f = 10<br/>grad 1\"):::root"));
    assert_int_equal(occurrences(text, " --> "), 8);
    free(text);
    what.hide_grad = true;
    text = written(w, "g.mmd", &what);
    assert_null(strstr(text, "grad"));
    assert_null(strstr(text, "  style"));
    free(text);
    nb_var_unref(&f);
}

static void mermaid_cli_draws_every_name_where_it_is_installed(void **state)
{
    if (!have_program("mmdc")) {
        skip();
    }
    World *w = *state;
    for (size_t i = 0; i < NASTY; i++) {
        char command[300];
        NbVar *f = make(w, "sin", make_leaf(w, nasty[i], 2), NULL, 0);
        NbExport what = of_graph(f);
        free(written(w, "g.mmd", &what));
        snprintf(command, sizeof command, "mmdc -q -i %s/g.mmd -o %s/g.svg", w->dir, w->dir);
        assert_int_equal(system(command), 0);
        nb_var_unref(&f);
    }
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)

SUITE()
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(json_has_operations_and_numbers_as_nodes),
        IN_WORLD(a_node_has_one_name_in_all_formats),
        IN_WORLD(json_edges_lead_from_operands_over_operations_to_results),
        IN_WORLD(json_positions_keep_boxes_apart_and_inside),
        IN_WORLD(json_sweep_adds_up_to_the_gradients_of_backward),
        IN_WORLD(json_names_come_back_as_they_were),
        IN_WORLD(json_without_a_gradient_says_null_and_a_stale_graph_why),
        IN_WORLD(json_writes_nan_infinity_and_all_digits),
        IN_WORLD(json_tensors_are_nested_lists_with_shape_and_norm),
        IN_WORLD(json_leaves_no_room_for_heat_maps_that_it_does_not_have),
        IN_WORLD(json_holds_the_numbers_of_huge_tensors_and_no_sweeps_of_vectors),
        IN_WORLD(json_worksheets_hold_no_gradients),
        IN_WORLD(writing_leaves_values_gradients_and_stamps_alone),
        IN_WORLD(graphs_of_a_thousand_nodes_are_written_in_every_format),
        IN_WORLD(interrupts_stop_json_and_leave_no_file),
        IN_WORLD(tex_of_any_name_has_paired_braces_and_dollars),
        IN_WORLD(tex_has_math_labels_gradients_and_nodes_that_edges_hold_on_to),
        IN_WORLD(svg_has_its_letters_as_text),
        IN_WORLD(tex_takes_a_width),
        IN_WORLD(pdflatex_takes_any_name_where_it_is_installed),
        IN_WORLD(pdflatex_takes_every_operation_where_it_is_installed),
        IN_WORLD(pdflatex_takes_the_file_inside_a_document_where_it_is_installed),
        IN_WORLD(mermaid_labels_of_any_name_hold_nothing_it_reads),
        IN_WORLD(mermaid_shows_name_value_gradient_and_operation),
        IN_WORLD(mermaid_cli_draws_every_name_where_it_is_installed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
