/* test_front.c -- a session driven from memory: no terminal, no file, no signal */
#include "test.h"

#include <signal.h>
#include <string.h>

#include "repl/cmd/table.h"
#include "repl/session/core.h"
#include "repl/session/history.h"
#include "repl/session/input.h"
#include "repl/session/part.h"
#include "repl/session/player.h"

/* A front that keeps what it is told. */
typedef struct Memory {
    Session *s;
    volatile sig_atomic_t interrupt;
    Front front;
    char out[4096], err[4096], log[2048]; /* log: the other calls, a line each */
    const char *const *answer;            /* to what is asked; NULL: none */
    const char *during;                   /* run while a question waits */
    RunEnd busy;
} Memory;

static void add(char *to, size_t cap, const char *text, size_t n)
{
    size_t len = strlen(to);
    assert_true(len + n < cap);
    memcpy(to + len, text, n);
    to[len + n] = '\0';
}

static void note(Memory *m, const char *what, const char *text)
{
    char line[400];
    int n = snprintf(line, sizeof line, "%s%s%s\n", what, text ? " " : "", text ? text : "");
    add(m->log, sizeof m->log, line, (size_t)n);
}

static void take(void *user, bool err, const char *text, size_t n)
{
    Memory *m = user;
    add(err ? m->err : m->out, sizeof m->out, text, n);
}

static void told(void *user, const LangError *e, bool stopped)
{
    note(user, stopped ? "stopped" : "error", e->err.msg);
}

static void progress(void *user, double part, const char *text)
{
    Memory *m = user;
    if (text) {
        assert_true(part >= 0 && part <= 1);
    }
    if (!strstr(m->log, "progress")) {
        note(m, "progress", NULL);
    }
    m->interrupt = 1; /* enough */
}

static bool ask(void *user, const FrontAsk *q, char *buf, size_t cap)
{
    Memory *m = user;
    note(m, "asked", q->prompt);
    if (m->during) {
        m->busy = session_run(m->s, m->during, strlen(m->during), "", 1, RUN_ECHO);
    }
    if (!m->answer || !*m->answer) {
        return false;
    }
    snprintf(buf, cap, "%s", *m->answer++);
    return true;
}

static void offer(void *user, const char *line)
{
    note(user, "offered", line ? line : "-");
}

static void typed(void *user, const char *line)
{
    note(user, "typed", line);
}

static void show(void *user, const FrontForm *form, int n, const char *id)
{
    note(user, "shown", id);
    for (int i = 0; i < n; i++) {
        char line[300];
        bool whole = strcmp(form[i].mime, "image/png") == 0
                         ? form[i].size > 1000 && memcmp(form[i].bytes, "\x89PNG", 4) == 0
                     : strcmp(form[i].mime, "image/svg+xml") == 0
                         ? form[i].size > 1000 && strstr(form[i].bytes, "</svg>")
                         : form[i].size == strlen(form[i].bytes);
        snprintf(line, sizeof line, "%s%s", form[i].mime, whole ? "" : " broken");
        note(user, "  as", line);
    }
}

/* Keeps what is shown in text and HTML. */
static void show_forms(void *user, const FrontForm *form, int n, const char *id)
{
    Memory *m = user;
    note(m, "shown", id);
    for (int i = 0; i < n; i++) {
        bool html = strcmp(form[i].mime, "text/html") == 0;
        assert_int_equal(strlen(form[i].bytes), form[i].size);
        if (html || i == 0) {
            add(html ? m->err : m->out, sizeof m->out, form[i].bytes, form[i].size);
        }
    }
}

static void result(void *user, const FrontForm *form, int n)
{
    assert_int_equal(n, 1);
    assert_string_equal(form[0].mime, "text/plain");
    note(user, "result", form[0].bytes);
}

static void wrote(void *user, const char *path)
{
    note(user, "wrote", strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
}

static int begin(void **state)
{
    Memory *m = calloc(1, sizeof *m);
    assert_non_null(m);
    m->front = (Front){.user = m,
                       .is = FRONT_PERSON,
                       .write = take,
                       .error = told,
                       .progress = progress,
                       .ask = ask,
                       .offer = offer,
                       .typed = typed,
                       .wrote = wrote};
    m->s = session_new(&commands_kit, &m->interrupt, true);
    assert_non_null(m->s);
    assert_true(session_front(m->s, &m->front));
    *state = m;
    return 0;
}

static int end(void **state)
{
    Memory *m = *state;
    session_free(&m->s);
    free(m);
    return 0;
}

static RunEnd run(Memory *m, const char *text)
{
    m->out[0] = m->err[0] = m->log[0] = '\0';
    RunEnd how = session_run(m->s, text, strlen(text), "", 1, RUN_ECHO);
    session_flush(m->s);
    return how;
}

static void results_and_words_come_as_bytes(void **state)
{
    Memory *m = *state;
    assert_int_equal(run(m, "x = 2; f = x^2\nprint \"∂\", 6*7\nbackward f\nbackward f"), RUN_OK);
    assert_string_equal(m->out, "f = 4\n∂ 42\n∂f/∂x = 4\n∂f/∂x = 4   x.grad: 4 + 4 = 8\n");
    assert_non_null(strstr(m->err, "note: "));
    assert_string_equal(m->log, "");
}

static void a_failed_statement_is_told_as_a_record(void **state)
{
    Memory *m = *state;
    assert_int_equal(run(m, "x = 2\ny = x + z"), RUN_ERROR);
    assert_string_equal(m->out, "x = 2\n");
    assert_string_equal(m->err, "");
    assert_string_equal(m->log, "error unknown name z\n");
}

static void the_width_is_the_front_s(void **state)
{
    Memory *m = *state;
    run(m, "a = zeros(30) + 1.25");
    size_t usual = strlen(m->out);
    m->front.columns = 40;
    assert_true(session_front(m->s, &m->front));
    run(m, "a = zeros(30) + 1.25");
    assert_true(strlen(m->out) <= 41 && usual > 41);
}

static void a_question_is_answered_by_the_front(void **state)
{
    Memory *m = *state;
    static const char *const answers[] = {"p", "n", "q", NULL};
    run(m, "x, y = 2, 3; f = x*y");
    m->answer = answers;
    assert_int_equal(run(m, "walk f"), RUN_OK);
    assert_non_null(strstr(m->out, "this is the first step\n"));
    assert_non_null(strstr(m->out, "walk left."));
    assert_string_equal(m->log, "asked walk 1/2> \nasked walk 1/2> \nasked walk 2/2> \n");
}

static void a_statement_inside_a_statement_is_busy(void **state)
{
    Memory *m = *state;
    run(m, "x, y = 2, 3; f = x*y");
    m->during = "x := 7";
    assert_int_equal(run(m, "walk f"), RUN_OK);
    assert_int_equal(m->busy, RUN_BUSY);
    m->during = NULL;
    run(m, "x");
    assert_string_equal(m->out, "x = 2\n");
}

static void nobody_is_asked_without_a_person(void **state)
{
    Memory *m = *state;
    m->front.ask = NULL;
    assert_true(session_front(m->s, &m->front));
    run(m, "x, y = 2, 3; f = x*y");
    assert_int_equal(run(m, "walk f"), RUN_OK);
    assert_non_null(strstr(m->out, "Nothing stored"));
    assert_string_equal(m->log, "");
}

static void ctrl_c_ends_a_loop_between_two_passes(void **state)
{
    Memory *m = *state;
    run(m, "i = 0");
    m->interrupt = 1;
    assert_int_equal(run(m, "repeat 1000 { i = i + 1 }"), RUN_INTERRUPT);
    assert_non_null(strstr(m->log, "stopped"));
    assert_string_equal(m->err, "stopped after 1 pass; its results stay\n");
    m->interrupt = 0;
    run(m, "i");
    assert_string_equal(m->out, "i = 1\n");
}

/* Ctrl-C comes with the bar, between two steps: no further sweep of so long is begun. */
static void minimize_of_long_passes_stops_without_a_closing_sweep(void **state)
{
    Memory *m = *state;
    char number[40];
    unsigned long long steps = 0;
    run(m, "const a = randn(500, 500)/25; x = 1; h = x*a; repeat 12 { h = h @ a }; f = sum(h)^2");
    run(m, "opt = sgd(x, lr=1e-9)");
    assert_int_equal(run(m, "minimize f, steps=100000"), RUN_INTERRUPT);
    m->interrupt = 0;
    const char *said = strstr(m->out, "stopped by Ctrl-C after ");
    assert_true(said && sscanf(said, "stopped by Ctrl-C after %llu", &steps) == 1 && steps > 0);
    snprintf(number, sizeof number, "1 %llu\n", steps);
    run(m, "print f.stale, opt.steps");
    assert_string_equal(m->out, number);
    run(m, "forward f; print f.stale");
    assert_string_equal(m->out, "0\n");
}

static void lines_are_collected_and_remembered(void **state)
{
    Memory *m = *state;
    Input *in = input_new(m->s);
    assert_non_null(in);
    m->s->set.echo = true;
    assert_true(input_line(in, "repeat 2 {", false));
    assert_true(input_line(in, "  print \"a\"", false));
    assert_false(input_line(in, "}", false));
    assert_string_equal(m->out, "a\na\n");
    assert_string_equal(m->log, "offered -\noffered -\n"
                                "typed repeat 2 {\n  print \"a\"\n}\noffered -\n");
    assert_true(input_line(in, "repeat 2 {", false));
    input_drop(in);
    assert_false(input_line(in, "1 + 1", false));
    assert_non_null(strstr(m->out, "ans = 2\n"));
    input_free(&in);
}

static void a_session_is_pasted_back(void **state)
{
    Memory *m = *state;
    Input *in = input_new(m->s);
    assert_non_null(in);
    m->s->set.echo = true;
    assert_false(input_line(in, "∇> x = 2", false));
    assert_string_equal(m->out, "x = 2\n");
    assert_false(input_line(in, ">>> x + 1", false));
    assert_non_null(strstr(m->out, "ans = 3\n"));
    assert_false(input_line(in, "In [12]: x + 2", false));
    assert_non_null(strstr(m->out, "ans = 4\n"));
    assert_false(input_line(in,
                            "∇> y = x^2\ny = 4\n∇> repeat 2 {\n…>   y\n…> print \"in\"\n…> }\n"
                            "∂y/∂x = 4\n∇> y + 3",
                            false));
    assert_non_null(strstr(m->out, "y = 4\nin\nin\nans = 7\n"));
    assert_non_null(strstr(m->err, "note: left out 2 lines without a prompt\n"));
    assert_true(input_line(in, "nabla> repeat 1 {", false));
    assert_true(input_line(in, "...> print \"on\"", false));
    assert_false(input_line(in, "...> }", false));
    assert_non_null(strstr(m->out, "on\n"));
    assert_false(input_line(in, "x > 1\nprint \"whole\"", false)); /* no prompt: nothing goes */
    assert_non_null(strstr(m->out, "whole\n"));
    input_free(&in);
}

static void a_lesson_offers_its_lines(void **state)
{
    Memory *m = *state;
    static const char text[] = "# l.nabla -- a lesson\n# Read this.\nx = 2\ny = x^2\n";
    NbErr err = {0};
    Input *in = input_new(m->s);
    Player *p = player_of_text(m->s->interp, "l.nabla", text, sizeof text - 1, &err);
    assert_non_null(in);
    assert_non_null(p);
    m->s->set.echo = true;
    player_set(m->s, p);
    input_turn(in);
    input_line(in, "x = 2", true);
    input_line(in, "y = x^2", true);
    assert_string_equal(m->log, "offered x = 2\ntyped x = 2\noffered y = x^2\ntyped y = x^2\n"
                                "offered -\n");
    assert_null(player_now(m->s));
    assert_non_null(strstr(m->out, "Read this.\n"));
    input_free(&in);
}

static void what_is_written_is_told(void **state)
{
    Memory *m = *state;
    char line[800];
    const char *tmp = getenv("NB_TMP");
    snprintf(line, sizeof line,
             "x = 2; f = x^2\nexport \"%s/front.svg\", f\nsave \"%s/front.nabla\"",
             tmp ? tmp : "build/tmp", tmp ? tmp : "build/tmp");
    assert_int_equal(run(m, line), RUN_OK);
    assert_string_equal(m->log, "wrote front.svg\nwrote front.nabla\n");
}

static void a_long_command_tells_how_far_it_is(void **state)
{
    Memory *m = *state;
    run(m, "x = 2; f = x^2; opt = sgd(x, lr=1e-9);");
    m->s->set.echo = true;
    run(m, "minimize f, opt, steps=1000000000, tol=0");
    assert_non_null(strstr(m->out, "stopped"));
    assert_non_null(strstr(m->log, "progress"));
    assert_false(m->s->core->in_progress);
}

static void two_sessions_live_side_by_side(void **state)
{
    Memory *m = *state, other = {0};
    other.front = m->front;
    other.front.user = &other;
    other.s = session_new(&commands_kit, &other.interrupt, false);
    assert_non_null(other.s);
    assert_true(session_front(other.s, &other.front));
    run(m, "x = 1");
    run(&other, "x = 5; y = x + 1");
    run(m, "x");
    assert_string_equal(m->out, "x = 1\n");
    assert_string_equal(other.out, "y = 6\n");
    session_free(&other.s);
}

#define SHOWN(id) "shown " id "\n  as text/plain\n  as image/png\n  as image/svg+xml\n"

static void pictures_come_as_bytes(void **state)
{
    Memory *m = *state;
    m->front.is |= FRONT_PICTURES;
    m->front.show = show;
    assert_true(session_front(m->s, &m->front));
    assert_int_equal(run(m, "x, y = 2, 3; f = (1 - x)^2 + (y - x^2)^2; opt = sgd(x, y, lr=0.01);\n"
                            "graph f\nminimize f, opt, steps=5;\nplot f\n"
                            "surface f, x=-1:1, y=-1:1"),
                     RUN_OK);
    assert_string_equal(m->log, SHOWN("graph f") SHOWN("plot f") SHOWN("surface f"));
    assert_string_equal(m->err, "");
}

static void a_text_ends_with_its_result(void **state)
{
    Memory *m = *state;
    m->front.result = result;
    assert_true(session_front(m->s, &m->front));
    run(m, "x = 2; x; x + 1\nx*3");
    assert_string_equal(m->out, "ans = 3\n");
    assert_string_equal(m->log, "result ans = 6\n");
    run(m, "x + 1\ny = 5");
    assert_string_equal(m->out, "ans = 3\ny = 5\n");
    assert_string_equal(m->log, "");
    run(m, "x*3;");
    assert_string_equal(m->log, "");
}

static void tables_come_in_forms(void **state)
{
    Memory *m = *state;
    m->front.is |= FRONT_FORMS;
    m->front.show = show_forms;
    assert_true(session_front(m->s, &m->front));
    run(m, "x = 2; const c = \"a<b&c\"; vars");
    assert_string_equal(m->log, "shown\n");
    assert_non_null(strstr(m->out, "x  2"));
    assert_non_null(strstr(m->err, "<td style=\"text-align:left\">x</td>"));
    assert_non_null(strstr(m->err, "a&lt;b&amp;c"));
    run(m, "f = x^2; opt = sgd(x, lr=0.1); minimize f, steps=2");
    assert_string_equal(m->log, "shown minimize\nshown minimize\nshown minimize\n");
    assert_non_null(strstr(m->err, "<th style=\"text-align:right\">|grad|</th>"));
}

#define FRONT_TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

SUITE()
{
    const struct CMUnitTest tests[] = {
        FRONT_TEST(results_and_words_come_as_bytes),
        FRONT_TEST(a_failed_statement_is_told_as_a_record),
        FRONT_TEST(the_width_is_the_front_s),
        FRONT_TEST(a_question_is_answered_by_the_front),
        FRONT_TEST(a_statement_inside_a_statement_is_busy),
        FRONT_TEST(nobody_is_asked_without_a_person),
        FRONT_TEST(ctrl_c_ends_a_loop_between_two_passes),
        FRONT_TEST(minimize_of_long_passes_stops_without_a_closing_sweep),
        FRONT_TEST(lines_are_collected_and_remembered),
        FRONT_TEST(a_session_is_pasted_back),
        FRONT_TEST(a_lesson_offers_its_lines),
        FRONT_TEST(what_is_written_is_told),
        FRONT_TEST(a_long_command_tells_how_far_it_is),
        FRONT_TEST(pictures_come_as_bytes),
        FRONT_TEST(a_text_ends_with_its_result),
        FRONT_TEST(tables_come_in_forms),
        FRONT_TEST(two_sessions_live_side_by_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
