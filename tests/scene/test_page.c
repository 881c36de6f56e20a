/* test_page.c -- graphs as pages: picture, data and steps belong together and need no network */
#include "written.h"

/* What stands between two texts of a page; freed by the caller. */
static char *between(const char *text, const char *from, const char *to)
{
    const char *start = strstr(text, from);
    const char *end = start ? strstr(start + strlen(from), to) : NULL;
    if (!end) {
        fail_msg("no %s … %s", from, to);
        return NULL;
    }
    start += strlen(from);
    size_t n = (size_t)(end - start);
    char *part = calloc(1, n + 1);
    assert_non_null(part);
    memcpy(part, start, n);
    return part;
}

static Json *page_data(const char *page)
{
    char *text = between(page, "id=\"data\">", "</script>");
    Json *doc = json_read(text);
    free(text);
    return doc;
}

static void page_data_is_that_of_json_and_of_backward(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    NbExport what = of_graph(f);
    char *page = written(w, "g.html", &what);
    Json *doc = page_data(page);
    const Json *order = json_get(doc, "backward"), *edges = json_get(doc, "edges");
    assert_int_equal(order->n, 5);
    const Json *fourth = json_at(edges, (size_t)json_value(order->item[3])); /* x: 4 + 3 = 7 */
    assert_string_equal(json_text_of(node_by_id(doc, json_text_of(fourth, "from")), "name"), "x");
    assert_true(json_number_of(fourth, "local") == 3);
    assert_true(json_number_of(fourth, "after") == 7);
    assert_true(json_number_of(node_by_name(doc, "x"), "grad") == 7);
    json_free(doc);
    free(page);
    nb_var_unref(&f);
}

/* Every node and edge of the picture names one of the data, and says the same value. */
static void page_picture_and_data_belong_together(void **state)
{
    World *w = *state;
    for (int large = 0; large < 2; large++) { /* the long form, and the compact one */
        NbVar *f = large ? make_rosenbrock(w) : make_small(w);
        NbExport what = of_graph(f);
        char *page = written(w, "g.html", &what);
        Json *doc = page_data(page);
        const Json *edges = json_get(doc, "edges");
        int nodes = 0, lines = 0;
        for (const char *at = page; (at = strstr(at, " data-n=\"")); nodes++) {
            char id[16] = "";
            at += 9;
            memcpy(id, at, strcspn(at, "\""));
            const Json *n = node_by_id(doc, id);
            const char *name = strstr(at, "class=\"name\"");
            if (strcmp(json_text_of(n, "kind"), "op") != 0) {
                const char *text = strchr(name, '>') + 1;
                assert_int_equal(strncmp(text, json_text_of(n, "name"), strcspn(text, "<")), 0);
            }
        }
        for (const char *at = page; (at = strstr(at, " data-e=\"")); lines++) {
            at += 9;
            assert_true(strtoul(at, NULL, 10) < edges->n);
        }
        assert_int_equal(nodes, large ? 9 : 8);
        assert_int_equal(lines, large ? 9 : 8);
        json_free(doc);
        free(page);
        nb_var_unref(&f);
    }
}

typedef struct Box {
    double x, y, w, h;
} Box;

static int read_boxes(const char *svg, Box *box, int most)
{
    int n = 0;
    for (const char *at = svg; n < most && (at = strstr(at, "<g class=\"node"));) {
        const char *where = strstr(at, "translate("), *size = strstr(at, "width=\"");
        assert_int_equal(sscanf(where, "translate(%lf,%lf)", &box[n].x, &box[n].y), 2);
        assert_int_equal(sscanf(size, "width=\"%lf\" height=\"%lf\"", &box[n].w, &box[n].h), 2);
        at = size;
        n++;
    }
    return n;
}

static bool within(const Box *b, double x, double y, double by)
{
    return x > b->x + by && x < b->x + b->w - by && y > b->y + by && y < b->y + b->h - by;
}

/* The ends of an edge's pieces and their middles are in no box but those it joins. */
static void assert_free(const char *d, const Box *box, int n)
{
    double at[200][2], x, y;
    int points = 0;
    sscanf(d, "M%lf,%lf", &at[0][0], &at[0][1]);
    for (points = 1; points < 200 && (d = strchr(d + 1, 'C')); points++) {
        assert_int_equal(sscanf(d, "C%*f,%*f %*f,%*f %lf,%lf", &at[points][0], &at[points][1]), 2);
        if (strchr(d, '"') < strchr(d + 1, 'C')) {
            points++;
            break;
        }
    }
    for (int i = 1; i < points; i++) {
        for (int k = 0; k < n; k++) {
            bool ends = within(&box[k], at[0][0], at[0][1], -14) ||
                        within(&box[k], at[points - 1][0], at[points - 1][1], -14);
            x = (at[i - 1][0] + at[i][0]) / 2;
            y = (at[i - 1][1] + at[i][1]) / 2;
            if (!ends && (within(&box[k], x, y, 4) || within(&box[k], at[i][0], at[i][1], 4))) {
                fail_msg("an edge passes the box at %g, %g", box[k].x, box[k].y);
            }
        }
    }
}

/* 100 (y - x²)² + sin(1 - x)² / exp(y): y is used in both bands, and a box stands below it. */
static void edges_between_bands_pass_beside_boxes(void **state)
{
    World *w = *state;
    NbVar *x = make_leaf(w, "x", 0), *y = make_leaf(w, "y", 2);
    NbVar *gap = make(w, "sub", again(y), make(w, "pow", again(x), NULL, 2), 0);
    NbVar *valley = make(w, "mul", NULL, make(w, "pow", gap, NULL, 2), 100);
    NbVar *wave = make(w, "sin", make(w, "sub", NULL, x, 1), NULL, 0);
    wave = make(w, "pow", wave, NULL, 2);
    NbVar *f = make(w, "add", valley, make(w, "div", wave, make(w, "exp", y, NULL, 0), 0), 0);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    NbExport what = of_graph(f);
    char *page = written(w, "g.html", &what), *svg = between(page, "<svg ", "</svg>");
    Box box[40];
    int n = read_boxes(svg, box, 40);
    assert_int_equal(n, 12);
    for (const char *at = svg; (at = strstr(at, "<path class=\"edge\""));) {
        at = strstr(at, " d=\"") + 4;
        assert_free(at, box, n);
    }
    free(svg);
    free(page);
    nb_var_unref(&f);
}

static void page_loads_nothing_from_elsewhere(void **state)
{
    World *w = *state;
    NbVar *f = make_rosenbrock(w);
    NbExport what = of_graph(f);
    char *page = written(w, "g.html", &what);
    static const char *const absent[] = {"src=", "href=", "@import", "url(http", "fetch(", "@@"};
    for (size_t i = 0; i < 6; i++) {
        if (strstr(page, absent[i])) {
            fail_msg("the page has %s", absent[i]);
        }
    }
    assert_non_null(strstr(page, "Content-Security-Policy\" content=\"default-src 'none'"));
    assert_int_equal(occurrences(page, "http"), 3); /* names of the SVG namespace, http-equiv */
    free(page);
    nb_var_unref(&f);
}

static void page_escapes_any_name(void **state)
{
    World *w = *state;
    for (size_t i = 0; i < NASTY; i++) {
        NbVar *f = make(w, "sin", make_leaf(w, nasty[i], 2), NULL, 0);
        NbExport what = of_graph(f);
        what.title = nasty[i];
        char *page = written(w, "g.html", &what);
        assert_int_equal(occurrences(page, "<script"), 3);
        assert_int_equal(occurrences(page, "</script>"), 3);
        assert_null(strstr(page, "<b>x"));
        char *svg = between(page, "<svg ", "</svg>");
        for (const char *c = svg; (c = strchr(c, '&')); c++) {
            assert_true(c[1] == '#' && strspn(c + 2, "0123456789") == strcspn(c + 2, ";"));
        }
        free(svg);
        Json *doc = page_data(page);
        assert_true(json_number_of(node_by_name(doc, nasty[i]), "value") == 2);
        json_free(doc);
        free(page);
        nb_var_unref(&f);
    }
}

static void page_svg_is_well_formed_where_xmllint_is_installed(void **state)
{
    if (!have_program("xmllint")) {
        skip();
    }
    World *w = *state;
    for (size_t i = 0; i < NASTY; i++) {
        char command[300];
        NbVar *f = make(w, "sin", make_leaf(w, nasty[i], 2), NULL, 0);
        NbExport what = of_graph(f);
        char *page = written(w, "g.html", &what), *svg = between(page, "<svg ", "</svg>");
        FILE *out = fopen(in_dir(w, "g.svg"), "w");
        assert_non_null(out);
        fprintf(out, "<svg %s</svg>\n", svg);
        fclose(out);
        snprintf(command, sizeof command, "xmllint --noout %s/g.svg", w->dir);
        assert_int_equal(system(command), 0);
        free(svg);
        free(page);
        nb_var_unref(&f);
    }
}

static void page_of_a_worksheet_has_no_gradients(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    NbExport what = of_graph(f);
    what.hide_grad = true;
    char *page = written(w, "g.html", &what);
    assert_null(strstr(page, "class=\"grad\""));
    assert_null(strstr(page, "\"product\""));
    assert_non_null(strstr(w->said, "no backward steps"));
    free(page);
    nb_var_unref(&f);
}

static void page_theme_is_the_readers_unless_given(void **state)
{
    World *w = *state;
    NbVar *f = make_small(w);
    NbExport what = of_graph(f);
    char *page = written(w, "g.html", &what);
    assert_non_null(strstr(page, "<html lang=\"en\" data-digits=\"6\">\n"));
    assert_non_null(strstr(page, "@media (prefers-color-scheme: dark)"));
    free(page);
    what.has_theme = true;
    what.theme = NB_THEME_DARK;
    page = written(w, "g.html", &what);
    assert_non_null(strstr(page, " data-theme=\"dark\">"));
    free(page);
    nb_var_unref(&f);
}

/* The first script knows no page: node runs it on the data and follows the steps. */
static const char follow[] =
    "\nconst doc = JSON.parse(require('fs').readFileSync(process.argv[2], 'utf8'));\n"
    "const p = plan(doc), all = p.steps.map((s, i) => words(p, state(p, i), 6));\n"
    "const end = state(p, p.steps.length - 1);\n"
    "for (const n of doc.nodes) if (n.grad !== undefined && fmt(end.grad[n.id], 0) !== fmt(n.grad, "
    "0))\n"
    "  throw n.name + ': ' + end.grad[n.id] + ' is not ' + n.grad;\n"
    "for (const [x, text] of [[0.1, '0.1'], [1e-7, '1e-07'], [123456.7, '123457'], [1234567, "
    "'1.23457e+06'],\n"
    "    [-0, '0'], ['NaN', 'nan'], ['-Infinity', '-inf'], [0.00012345, '0.00012345'], [1e20, "
    "'1e+20']])\n"
    "  if (fmt(x, 6) !== text) throw fmt(x, 6) + ' is not ' + text;\n"
    "for (const w of all) console.log([w.say, ...w.lines.map(l => l.join(''))].join('\\n'));\n";

static void page_logic_adds_up_where_node_is_installed(void **state)
{
    if (!have_program("node")) {
        skip();
    }
    World *w = *state;
    char command[400];
    NbVar *f = make_small(w);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    NbExport what = of_graph(f);
    char *page = written(w, "g.html", &what);
    char *logic = between(page, "<script id=\"logic\">", "</script>");
    char *data = between(page, "id=\"data\">", "</script>");
    const char *const files[][2] = {{"logic.js", logic}, {"data.json", data}};
    for (int i = 0; i < 2; i++) {
        FILE *out = fopen(in_dir(w, files[i][0]), "w");
        assert_non_null(out);
        fputs(files[i][1], out);
        fputs(i == 0 ? follow : "", out);
        fclose(out);
    }
    snprintf(command, sizeof command, "cd %s && node logic.js data.json >out.txt 2>err.txt",
             w->dir);
    if (system(command) != 0) {
        char *why = slurp(in_dir(w, "err.txt"), NULL);
        fail_msg("node: %s", why);
    }
    char *said = slurp(in_dir(w, "out.txt"), NULL);
    assert_non_null(strstr(said, "forward 1/3   v1 = x * y = 6\n"));
    assert_non_null(strstr(said, "backward 2/3   v2 = x^2   upstream ∂f/∂v2 = 1\n"
                                 "x:  local 2·x = 4    1 · 4 = 4    x: - → 4\n"));
    assert_non_null(strstr(said, "x:  local y = 3    1 · 3 = 3    x: 4 + 3 = 7   (added, not"));
    assert_non_null(strstr(said, "f = 10\n∂f/∂x = 7\n∂f/∂y = 2\n"));
    free(said);
    free(logic);
    free(data);
    free(page);
    nb_var_unref(&f);
}

/* The page at one of its steps, as the browser has it then. */
static char *page_at(World *w, int step)
{
    char command[600];
    snprintf(command, sizeof command,
             "timeout 60 chromium --headless --no-sandbox --disable-gpu --user-data-dir=%s/profile "
             "--virtual-time-budget=2000 --dump-dom 'file://%s/g.html#step=%d' >%s/dom.txt "
             "2>/dev/null; rm -rf %s/profile",
             w->dir, w->dir, step, w->dir, w->dir);
    assert_int_equal(system(command), 0);
    return slurp(in_dir(w, "dom.txt"), NULL);
}

static void page_shows_its_steps_where_chromium_is_installed(void **state)
{
    if (!have_program("chromium")) {
        skip();
    }
    World *w = *state;
    NbVar *f = make_small(w);
    NbExport what = of_graph(f);
    free(written(w, "g.html", &what));
    char *dom = page_at(w, 6);
    char *say = between(dom, "<p id=\"say\" aria-live=\"polite\">", "</p>");
    assert_string_equal(say, "backward 3/3   v1 = x · y   upstream ∂f/∂v1 = 1");
    assert_non_null(strstr(dom, "<b>4 + 3 = 7</b>"));
    assert_non_null(strstr(dom, ">×</text>")); /* typeset as pictures are */
    free(say);
    free(dom);
    dom = page_at(w, 1); /* v1 is known, v2 is not, gradients are not */
    assert_int_equal(occurrences(dom, "inner later\"") + occurrences(dom, "root later\""), 2);
    assert_null(strstr(dom, "<b>"));
    free(dom);
    nb_var_unref(&f);
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)

SUITE()
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(page_data_is_that_of_json_and_of_backward),
        IN_WORLD(page_picture_and_data_belong_together),
        IN_WORLD(edges_between_bands_pass_beside_boxes),
        IN_WORLD(page_loads_nothing_from_elsewhere),
        IN_WORLD(page_escapes_any_name),
        IN_WORLD(page_svg_is_well_formed_where_xmllint_is_installed),
        IN_WORLD(page_of_a_worksheet_has_no_gradients),
        IN_WORLD(page_theme_is_the_readers_unless_given),
        IN_WORLD(page_logic_adds_up_where_node_is_installed),
        IN_WORLD(page_shows_its_steps_where_chromium_is_installed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
