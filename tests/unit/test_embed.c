/* test_embed.c -- the language and pictures as libraries, through their installed headers alone */
#include "test.h"

#include <string.h>

#include <nabla/operations.h>
#include <nabla/session.h>
#include <nabla/viz.h>

/* The libraries that pictures are drawn with are the system's, which another C library cannot load.
 */
#ifdef __GLIBC__
#define DRAWS (void)0
#else
#define DRAWS skip()
#endif

/* A front that keeps what it is told. */
typedef struct Told {
    NbSession *s;
    char out[4096], err[4096], log[2048];
    const char *answer; /* to what is asked */
    int ticks, stop_at;
    NbRunEnd nested; /* of a text run inside a statement */
    NbStatus bound;
} Told;

static void add(char *to, size_t cap, const char *text, size_t n)
{
    size_t len = strlen(to);
    assert_true(len + n < cap);
    memcpy(to + len, text, n);
    to[len + n] = '\0';
}

static void note(Told *t, const char *what, const char *text)
{
    char line[300];
    int n = snprintf(line, sizeof line, "%s %.200s\n", what, text ? text : "-");
    add(t->log, sizeof t->log, line, (size_t)n);
}

static void take(void *user, bool err, const char *text, size_t n)
{
    Told *t = user;
    add(err ? t->err : t->out, sizeof t->out, text, n);
}

static void failed(void *user, const NbFault *f, bool stopped)
{
    note(user, stopped ? "stopped" : "error", f->msg);
}

static bool ask(void *user, const char *prompt, char *buf, size_t cap)
{
    Told *t = user;
    note(t, "asked", prompt);
    t->nested = nb_session_run(t->s, "x := 99", NULL, 0);
    t->bound = nb_session_bind_text(t->s, "w", "no");
    if (t->answer) {
        snprintf(buf, cap, "%s", t->answer);
    }
    return t->answer;
}

static void show(void *user, const NbForm *form, int n, const char *id)
{
    note(user, "shown", id);
    for (int i = 0; i < n; i++) {
        note(user, "  as", form[i].mime);
    }
}

static void result(void *user, const char *text, size_t n)
{
    char copy[100];
    snprintf(copy, sizeof copy, "%.*s", (int)n, text);
    note(user, "result", copy);
}

static void wrote(void *user, const char *path)
{
    const char *slash = strrchr(path, '/');
    note(user, "wrote", slash ? slash + 1 : path);
}

static void offer(void *user, const char *line)
{
    note(user, "offered", line);
}

static void typed(void *user, const char *line)
{
    note(user, "typed", line);
}

static void tick(void *user)
{
    Told *t = user;
    if (++t->ticks >= t->stop_at && t->stop_at) {
        nb_session_stop(t->s);
    }
}

static int begin(void **state)
{
    static Told t;
    NbFront front = {
        .size = sizeof front, .user = &t, .write = take, .error = failed, .tick = tick};
    memset(&t, 0, sizeof t);
    t.s = nb_session_new(&front);
    assert_non_null(t.s);
    *state = &t;
    return 0;
}

static int end(void **state)
{
    Told *t = *state;
    nb_session_free(&t->s);
    return 0;
}

/* --- running --- */

static void a_text_runs_silently_and_with_echo(void **state)
{
    Told *t = *state;
    assert_int_equal(nb_session_run(t->s, "x = 2; y = x^2\nprint \"∂\", y", NULL, 0), NB_RUN_OK);
    assert_string_equal(t->out, "∂ 4\n");
    assert_int_equal(nb_session_run(t->s, "backward y", NULL, NB_RUN_ECHO), NB_RUN_OK);
    assert_string_equal(t->out, "∂ 4\n∂y/∂x = 4\n");
    assert_null(nb_session_fault(t->s));
}

static void an_error_is_a_record_with_its_place(void **state)
{
    Told *t = *state;
    assert_int_equal(nb_session_run(t->s, "x = 2\ny = x + zz", "mine.nabla", 0), NB_RUN_ERROR);
    const NbFault *f = nb_session_fault(t->s);
    assert_non_null(f);
    assert_int_equal(f->size, sizeof *f);
    assert_int_equal(f->code, NB_ENAME);
    assert_string_equal(f->msg, "unknown name zz");
    assert_string_equal(f->file, "mine.nabla");
    assert_int_equal(f->line, 2);
    assert_int_equal(f->column, 9);
    assert_int_equal(f->width, 2);
    assert_string_equal(f->source, "y = x + zz");
    assert_false(f->incomplete);
    assert_string_equal(t->log, "error unknown name zz\n");
    assert_string_equal(t->err, "");
    double x;
    assert_int_equal(nb_session_number(t->s, "x", &x), NB_OK); /* statement 1 has happened */
    assert_null(nb_session_fault(t->s));
    assert_int_equal(nb_session_run(t->s, "repeat 2 {", NULL, 0), NB_RUN_ERROR);
    assert_true(nb_session_fault(t->s)->incomplete);
}

static void together_is_all_or_nothing(void **state)
{
    Told *t = *state;
    double x = 0;
    assert_int_equal(nb_session_run(t->s, "x = 2", NULL, 0), NB_RUN_OK);
    assert_int_equal(nb_session_run(t->s, "x := 5\nx := nothing", NULL, NB_RUN_TOGETHER),
                     NB_RUN_ERROR);
    assert_int_equal(nb_session_number(t->s, "x", &x), NB_OK);
    assert_true(x == 2);
    assert_int_equal(nb_session_run(t->s, "x := 5\nx := nothing", NULL, 0), NB_RUN_ERROR);
    assert_int_equal(nb_session_number(t->s, "x", &x), NB_OK);
    assert_true(x == 5);
}

static void quit_leaves_and_the_session_goes_on(void **state)
{
    Told *t = *state;
    double x = 0;
    assert_int_equal(nb_session_run(t->s, "x = 1\nquit 3\nx := 2", NULL, 0), NB_RUN_LEFT);
    assert_int_equal(nb_session_status(t->s), 3);
    assert_int_equal(nb_session_run(t->s, "x := x + 1", NULL, 0), NB_RUN_OK);
    assert_int_equal(nb_session_number(t->s, "x", &x), NB_OK);
    assert_true(x == 2);
}

static void what_runs_is_stopped(void **state)
{
    Told *t = *state;
    t->stop_at = 1;
    assert_int_equal(nb_session_run(t->s, "i = 0; repeat 1000000000 { i = i + 1 }", NULL, 0),
                     NB_RUN_STOPPED);
    t->stop_at = 0;
    assert_non_null(strstr(t->log, "stopped"));
    nb_session_stop(t->s); /* nothing runs: nothing happens */
    assert_int_equal(nb_session_run(t->s, "j = 0; repeat 10 { j = j + 1 }", NULL, 0), NB_RUN_OK);
}

static void a_file_is_run(void **state)
{
    Told *t = *state;
    char path[500];
    const char *tmp = getenv("NB_TMP");
    snprintf(path, sizeof path, "%s/embed.nabla", tmp ? tmp : "build/tmp");
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("# embed.nabla -- a file\nx = 7\n", f);
    fclose(f);
    double x = 0;
    assert_int_equal(nb_session_run_file(t->s, path, 0), NB_RUN_OK);
    assert_int_equal(nb_session_number(t->s, "x", &x), NB_OK);
    assert_true(x == 7);
    assert_int_equal(nb_session_run_file(t->s, "/no/such/file", 0), NB_RUN_ERROR);
    assert_non_null(nb_session_fault(t->s));
}

static void lines_are_collected(void **state)
{
    Told *t = *state;
    NbRunEnd how = NB_RUN_BUSY;
    assert_true(nb_session_incomplete(t->s, "repeat 2 {"));
    assert_false(nb_session_incomplete(t->s, "x = 2"));
    assert_true(nb_session_line(t->s, "repeat 2 {", NULL));
    assert_true(nb_session_line(t->s, "print \"a\"", NULL));
    assert_false(nb_session_line(t->s, "}", &how));
    assert_int_equal(how, NB_RUN_OK);
    assert_string_equal(t->out, "a\na\n");
    assert_true(nb_session_line(t->s, "repeat 2 {", NULL));
    nb_session_drop_line(t->s);
    assert_false(nb_session_line(t->s, "1 + 1", &how));
    assert_string_equal(t->out, "a\na\nans = 2\n");
    assert_false(nb_session_line(t->s, "zz", &how));
    assert_int_equal(how, NB_RUN_ERROR);
}

/* --- values --- */

static void values_come_out(void **state)
{
    Told *t = *state;
    double x = 0;
    assert_int_equal(nb_session_run(t->s,
                                    "x = 3; f = x^2; backward f; s = \"a\\\"b\"; m = "
                                    "[[1, 2], [3, 4]]",
                                    NULL, 0),
                     NB_RUN_OK);
    NbVar *v = nb_session_value(t->s, "x"), *same = nb_session_value(t->s, "x");
    assert_non_null(v);
    assert_ptr_equal(v, same);
    assert_int_equal(nb_var_kind(v), NB_LEAF);
    assert_true(nb_var_grad_value(v) == 6);
    nb_var_unref(&same);
    nb_var_unref(&v);
    v = nb_session_value(t->s, "m @ m");
    double numbers[4];
    assert_int_equal(nb_var_numbers(v, numbers, 4), NB_OK);
    assert_true(numbers[3] == 22);
    nb_var_unref(&v);
    assert_int_equal(nb_session_number(t->s, "x.grad + 1", &x), NB_OK);
    assert_true(x == 7);
    char *text = nb_session_text(t->s, "s");
    assert_string_equal(text, "a\"b");
    nb_session_text_free(text);
    text = nb_session_text(t->s, "m");
    assert_string_equal(text, "[[1, 2], [3, 4]]");
    nb_session_text_free(text);
    nb_session_text_free(NULL);
}

static void what_is_no_number_is_told(void **state)
{
    Told *t = *state;
    double x = 5;
    assert_int_equal(nb_session_run(t->s, "s = \"text\"; m = [1, 2]", NULL, 0), NB_RUN_OK);
    assert_int_equal(nb_session_number(t->s, "m", &x), NB_ETYPE);
    assert_string_equal(nb_session_fault(t->s)->msg, "one number is expected, got a tensor");
    assert_null(nb_session_value(t->s, "s"));
    assert_string_equal(nb_ctx_err(nb_session_ctx(t->s))->msg,
                        "a number or tensor is expected, got a string");
    assert_int_equal(nb_session_number(t->s, "zz", &x), NB_ENAME);
    assert_int_equal(nb_session_number(t->s, "x = 3", &x), NB_ESYNTAX);
    assert_int_equal(nb_session_number(t->s, "(", &x), NB_ESYNTAX);
    assert_null(nb_session_text(t->s, NULL));
    assert_true(x == 5);
    assert_string_equal(t->log, ""); /* no statement failed */
    assert_string_equal(t->err, "");
}

static void variables_go_in_and_out_again(void **state)
{
    Told *t = *state;
    double x = 0;
    NbCtx *ctx = nb_session_ctx(t->s);
    NbVar *v = nb_var_scalar(ctx, 3, NB_LEAF);
    assert_int_equal(nb_session_bind(t->s, "w", v), NB_OK);
    assert_int_equal(nb_session_run(t->s, "f = w^3; backward f", NULL, 0), NB_RUN_OK);
    assert_true(nb_var_grad_value(v) == 27);
    assert_string_equal(nb_var_name(v), "w");
    nb_var_unref(&v);
    assert_int_equal(nb_session_bind_text(t->s, "w", "a\n\"{b}"), NB_OK);
    char *text = nb_session_text(t->s, "w");
    assert_string_equal(text, "a\n\"{b}");
    nb_session_text_free(text);
    assert_int_equal(nb_session_run(t->s, "undo", NULL, 0), NB_RUN_OK);
    assert_int_equal(nb_session_number(t->s, "w", &x), NB_OK);
    assert_true(x == 3);
}

static void what_cannot_be_bound_is_refused(void **state)
{
    Told *t = *state;
    NbCtx *other = nb_ctx_new();
    NbVar *v = nb_var_scalar(nb_session_ctx(t->s), 1, NB_PLAIN),
          *o = nb_var_scalar(other, 1, NB_LEAF);
    assert_int_equal(nb_session_bind(t->s, "a b", v), NB_ENAME);
    assert_int_equal(nb_session_bind(t->s, "backward", v), NB_ENAME);
    assert_int_equal(nb_session_bind(t->s, "x", o), NB_EVALUE);
    assert_string_equal(nb_session_fault(t->s)->msg, "the variable is of another context");
    assert_int_equal(nb_session_bind(t->s, NULL, v), NB_EVALUE);
    assert_int_equal(nb_session_bind(t->s, "x", NULL), NB_EVALUE);
    assert_int_equal(nb_session_bind_text(t->s, "x", NULL), NB_EVALUE);
    assert_int_equal(nb_session_bind(t->s, "x", v), NB_OK);
    nb_var_unref(&v);
    nb_var_unref(&o);
    nb_ctx_free(&other);
}

/* --- the front --- */

static void a_person_is_asked_and_nothing_runs_inside(void **state)
{
    Told *t = *state;
    NbFront front = {.size = sizeof front,
                     .user = t,
                     .is = NB_FRONT_PERSON | NB_FRONT_PICTURES,
                     .write = take,
                     .show = show,
                     .ask = ask,
                     .result = result,
                     .wrote = wrote,
                     .offer = offer,
                     .typed = typed};
    DRAWS; /* graph f below */
    assert_int_equal(nb_session_front(t->s, &front), NB_OK);
    t->answer = "q";
    assert_int_equal(nb_session_run(t->s, "x, y = 2, 3; f = x*y\nwalk f", NULL, NB_RUN_ECHO),
                     NB_RUN_OK);
    assert_string_equal(t->log, "asked walk 1/2> \n");
    assert_int_equal(t->nested, NB_RUN_BUSY);
    assert_int_equal(t->bound, NB_EVALUE);
    t->log[0] = '\0';
    assert_int_equal(nb_session_run(t->s, "graph f\nx + 1", NULL, NB_RUN_ECHO), NB_RUN_OK);
    assert_string_equal(t->log, "shown graph f\n  as text/plain\n  as image/png\n"
                                "  as image/svg+xml\nresult ans = 3\n");
    t->log[0] = '\0';
    assert_false(nb_session_line(t->s, "x = 4", NULL));
    assert_string_equal(t->log, "typed x = 4\noffered -\n");
}

static void a_front_tells_its_size(void **state)
{
    Told *t = *state;
    struct {
        NbFront known;
        void *more;
    } newer = {.known = {.size = sizeof newer, .user = t, .write = take}};
    NbFront none = {0},
            old = {.size = offsetof(NbFront, ask), .user = t, .write = take, .ask = ask};
    assert_null(nb_session_new(&none));
    assert_int_equal(nb_session_front(t->s, &newer.known), NB_OK);
    newer.more = t;
    assert_int_equal(nb_session_front(t->s, &newer.known), NB_EVALUE);
    assert_null(nb_session_new(&newer.known));
    assert_int_equal(nb_session_front(t->s, &old), NB_OK); /* what lies behind is not read */
    t->answer = "q";
    assert_int_equal(nb_session_run(t->s, "x, y = 2, 3; f = x*y\nwalk f", NULL, 0), NB_RUN_OK);
    assert_string_equal(t->log, "");
}

static void without_a_call_for_errors_they_are_written(void **state)
{
    Told *t = *state;
    NbFront front = {.size = sizeof front, .user = t, .is = NB_FRONT_ASCII, .write = take};
    assert_int_equal(nb_session_front(t->s, &front), NB_OK);
    nb_session_width(t->s, 60);
    assert_int_equal(nb_session_run(t->s, "x = 2; backward x; y = x*2; backward y", NULL, 1),
                     NB_RUN_OK);
    assert_null(strstr(t->out, "∂"));
    assert_int_equal(nb_session_run(t->s, "zz", "f.nabla", 0), NB_RUN_ERROR);
    assert_non_null(strstr(t->err, "unknown name zz"));
}

static void take_word(void *user, const char *word, size_t from)
{
    char line[64];
    snprintf(line, sizeof line, "%zu:%s ", from, word);
    add(user, 500, line, strlen(line));
}

static void words_are_completed(void **state)
{
    Told *t = *state;
    char words[500] = "";
    assert_int_equal(nb_session_run(t->s, "velocity = 2", NULL, 0), NB_RUN_OK);
    assert_int_equal(nb_session_complete(t->s, "x = velo", 8, take_word, words), 1);
    assert_string_equal(words, "4:velocity ");
    assert_int_equal(nb_session_complete(t->s, "x = velo", 999, NULL, NULL), 1);
    assert_int_equal(nb_session_complete(t->s, "zzzz", 4, take_word, words), 0);
}

static void nothing_is_accepted(void **state)
{
    (void)state;
    NbSession *none = NULL;
    double x;
    nb_session_free(NULL);
    nb_session_free(&none);
    nb_session_stop(NULL);
    nb_session_width(NULL, 40);
    nb_session_drop_line(NULL);
    assert_null(nb_session_fault(NULL));
    assert_null(nb_session_ctx(NULL));
    assert_null(nb_session_value(NULL, "x"));
    assert_null(nb_session_text(NULL, "x"));
    assert_int_equal(nb_session_number(NULL, "x", &x), NB_EVALUE);
    assert_int_equal(nb_session_run(NULL, "x", NULL, 0), NB_RUN_ERROR);
    assert_int_equal(nb_session_run_file(NULL, "x", 0), NB_RUN_ERROR);
    assert_int_equal(nb_session_status(NULL), 0);
    assert_false(nb_session_incomplete(NULL, "{"));
    assert_false(nb_session_line(NULL, "x", NULL));
    assert_int_equal(nb_session_complete(NULL, "x", 1, NULL, NULL), 0);
    none = nb_session_new(NULL);
    assert_int_equal(nb_session_run(none, NULL, NULL, 0), NB_RUN_ERROR);
    assert_int_equal(nb_session_run_file(none, NULL, 0), NB_RUN_ERROR);
    nb_session_free(&none);
}

static void refused_memory_is_an_error(void **state)
{
    (void)state;
    uint64_t n = 1;
    bool refused = true;
    for (; refused && n < 3000; n += 7) {
        double x = 0;
        test_fail_allocation(n);
        NbSession *s = nb_session_new(NULL);
        NbVar *v = s ? nb_session_value(s, "2 + 3") : NULL;
        bool ok = v && nb_session_bind(s, "x", v) == NB_OK &&
                  nb_session_number(s, "x*2", &x) == NB_OK;
        refused = test_fail_allocation(0);
        assert_true(ok ? x == 10 : refused);
        assert_true(ok || !s || nb_session_fault(s));
        nb_var_unref(&v);
        nb_session_free(&s);
    }
    assert_false(refused);
}

/* --- pictures --- */

static NbVar *product(NbCtx *ctx)
{
    NbVar *x = nb_var_scalar(ctx, 2, NB_LEAF), *y = nb_var_scalar(ctx, 3, NB_LEAF);
    nb_var_set_name(x, nb_intern(ctx, "x"), false);
    NbVar *f = nb_mul(ctx, x, y);
    assert_int_equal(nb_backward(f, NULL), NB_OK);
    nb_var_unref(&x);
    nb_var_unref(&y);
    return f;
}

static void a_graph_is_drawn_in_every_form(void **state)
{
    (void)state;
    DRAWS;
    NbCtx *ctx = nb_ctx_new();
    NbVar *f = product(ctx);
    const NbPictureStyle style = {.size = sizeof style,
                                  .how = NB_PICTURE_DARK | NB_PICTURE_LOCALS | NB_PICTURE_RIGHT,
                                  .digits = 4,
                                  .width = 500,
                                  .title = "mine"};
    static const char *const begins[][2] = {
        {"dot", "digraph"}, {"json", "{"}, {"svg", "<"},         {"png", "\x89PNG"},
        {"pdf", "%PDF"},    {"tex", "%"},  {"mmd", "flowchart"}, {"html", "<!doctype"}};
    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++) {
        size_t n = 0;
        char *bytes = nb_picture(f, begins[i][0], i % 2 ? &style : NULL, &n);
        if (!bytes) {
            fail_msg("%s: %s", begins[i][0], nb_ctx_err(ctx)->msg);
        }
        assert_true(n > 50 && bytes[n] == '\0');
        if (strncmp(bytes, begins[i][1], strlen(begins[i][1])) != 0) {
            fail_msg("%s begins with %.20s", begins[i][0], bytes);
        }
        nb_picture_free(bytes);
    }
    nb_var_unref(&f);
    nb_ctx_free(&ctx);
}

static void a_graph_is_written_whole_or_not_at_all(void **state)
{
    (void)state;
    DRAWS;
    char path[500];
    const char *tmp = getenv("NB_TMP");
    NbCtx *ctx = nb_ctx_new();
    NbVar *f = product(ctx);
    snprintf(path, sizeof path, "%s/embed.svg", tmp ? tmp : "build/tmp");
    remove(path);
    assert_int_equal(nb_picture_file(f, path, NULL), NB_OK);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(nb_picture_file(f, "/no/such/folder/f.dot", NULL), NB_EIO);
    assert_true(nb_ctx_err(ctx)->msg[0]);
    nb_var_unref(&f);
    nb_ctx_free(&ctx);
}

static void a_wrong_form_and_style_are_errors(void **state)
{
    (void)state;
    size_t n = 7;
    NbCtx *ctx = nb_ctx_new();
    NbVar *f = product(ctx);
    assert_null(nb_picture(f, "jpg", NULL, &n));
    assert_int_equal(n, 0);
    assert_int_equal(nb_ctx_err(ctx)->code, NB_EVALUE);
    assert_non_null(strstr(nb_ctx_err(ctx)->hint, "svg"));
    assert_null(nb_picture(f, NULL, NULL, NULL));
    assert_null(nb_picture(NULL, "dot", NULL, NULL));
    const NbPictureStyle none = {0}, wrong = {.size = sizeof wrong, .digits = 99};
    assert_null(nb_picture(f, "dot", &none, NULL));
    assert_null(nb_picture(f, "dot", &wrong, NULL));
    assert_int_equal(nb_picture_file(f, "f.jpg", NULL), NB_EVALUE);
    nb_picture_free(NULL);
    char *dot = nb_picture(f, "dot", NULL, NULL); /* a clear error again */
    assert_int_equal(nb_ctx_err(ctx)->code, NB_OK);
    nb_picture_free(dot);
    nb_var_unref(&f);
    nb_ctx_free(&ctx);
}

static void runs_are_drawn(void **state)
{
    (void)state;
    DRAWS;
    const char *const names[] = {"loss"};
    NbErr err = {0};
    NbRecord *r = nb_record_new(100, 2);
    char *csv = nb_picture_runs(r, "csv", NULL, NULL, &err);
    assert_null(csv);
    assert_int_equal(err.code, NB_EVALUE);
    assert_int_equal(nb_record_begin(r, "sgd", names, 1, NULL), NB_OK);
    for (int i = 0; i < 5; i++) {
        double loss = 1.0 / (i + 1);
        nb_record_add(r, (uint64_t)i, &loss);
    }
    csv = nb_picture_runs(r, "csv", NULL, NULL, &err);
    assert_non_null(strstr(csv, "0.5"));
    nb_picture_free(csv);
    size_t n = 0;
    char *png = nb_picture_runs(r, "png", NULL, &n, &err);
    assert_true(n > 500 && memcmp(png, "\x89PNG", 4) == 0);
    nb_picture_free(png);
    assert_int_equal(nb_picture_runs_file(r, "runs.jpg", NULL, NULL), NB_EVALUE);
    nb_record_free(&r);
}

static void forms_are_listed(void **state)
{
    (void)state;
    char text[200];
    int n = 0;
    bool svg = false;
    for (const char *form; (form = nb_picture_form(n, text, sizeof text)); n++) {
        svg = svg || (strcmp(form, "svg") == 0 && text[0]);
    }
    assert_true(svg && n >= 8);
    assert_non_null(nb_picture_form(0, NULL, 0));
    assert_null(nb_picture_form(-1, NULL, 0));
}

#define WITH(f) cmocka_unit_test_setup_teardown(f, begin, end)

SUITE()
{
    const struct CMUnitTest tests[] = {
        WITH(a_text_runs_silently_and_with_echo),
        WITH(an_error_is_a_record_with_its_place),
        WITH(together_is_all_or_nothing),
        WITH(quit_leaves_and_the_session_goes_on),
        WITH(what_runs_is_stopped),
        WITH(a_file_is_run),
        WITH(lines_are_collected),
        WITH(values_come_out),
        WITH(what_is_no_number_is_told),
        WITH(variables_go_in_and_out_again),
        WITH(what_cannot_be_bound_is_refused),
        WITH(a_person_is_asked_and_nothing_runs_inside),
        WITH(a_front_tells_its_size),
        WITH(without_a_call_for_errors_they_are_written),
        WITH(words_are_completed),
        cmocka_unit_test(nothing_is_accepted),
        cmocka_unit_test(refused_memory_is_an_error),
        cmocka_unit_test(a_graph_is_drawn_in_every_form),
        cmocka_unit_test(a_graph_is_written_whole_or_not_at_all),
        cmocka_unit_test(a_wrong_form_and_style_are_errors),
        cmocka_unit_test(runs_are_drawn),
        cmocka_unit_test(forms_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
