/* test_lessons.c -- lessons and presentations played at the prompt, and lessons as scripts */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"

#include "tests/proc.h"
#include "tests/pty/pty.h"

#define PROMPT "∇> "
#define SOON 30.0 /* s, for what takes milliseconds on an idle machine */
#define ENTER "\r"
#define CTRL_C "\x03"
#define CTRL_U "\x15"
#define MOST_ENTERS 250
#define LESSONS 17

static char folder[1024];

static void begin(Pty *p, const char *const extra[])
{
    static char history[1100];
    const char *argv[12] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--no-window"};
    const char *env[] = {history, NULL};
    for (int i = 0; extra && extra[i] && i < 8; i++) {
        argv[3 + i] = extra[i];
    }
    snprintf(history, sizeof history, "NABLA_HISTORY=%s/lesson-history",
             proc_env("NB_TMP", "build/tmp"));
    assert_true(pty_start(p, argv, env, 40, 100));
    assert_true(pty_wait(p, PROMPT, SOON));
}

static int open_session(void **state)
{
    Pty *p = calloc(1, sizeof *p);
    *state = p;
    begin(p, NULL);
    return 0;
}

static int close_session(void **state)
{
    Pty *p = *state;
    pty_end(p);
    free(p);
    return 0;
}

/* Types a line and waits for what follows it. */
static void answer(Pty *p, const char *line, const char *text)
{
    pty_send(p, line);
    pty_send(p, ENTER);
    assert_true(pty_wait(p, text, SOON));
}

static const char *write_script(const char *text)
{
    static char path[1100];
    snprintf(path, sizeof path, "%s/script.nabla", proc_env("NB_TMP", "build/tmp"));
    assert_true(proc_write_file(path, text));
    return path;
}

static void play(Pty *p, const char *text)
{
    char line[1200];
    snprintf(line, sizeof line, "lesson \"%s\"", write_script(text));
    answer(p, line, "Enter runs the line shown");
}

/* --- the lessons that are shipped --- */

/* Waits until a prompt of any kind stands on the last line and the program waits for a key. */
static bool settled(Pty *p, size_t from)
{
    double end = proc_seconds() + SOON * proc_patience();
    while (proc_seconds() < end) {
        size_t before = p->len;
        if (!pty_rests(p, SOON)) {
            break;
        }
        const char *last = p->text ? strrchr(p->text, '\n') : NULL;
        last = last ? last : p->text ? p->text : "";
        size_t n = strlen(last);
        bool asks = n > 2 && strcmp(last + n - 2, "= ") == 0; /* quiz */
        if (p->len == before && p->len > from && (asks || strstr(last, "> "))) {
            return true;
        }
    }
    return false;
}

static void play_to_the_end(Pty *p, int number)
{
    char line[32], last[64];
    snprintf(line, sizeof line, "lesson %d" ENTER, number);
    snprintf(last, sizeof last, "end of lesson %d", number);
    pty_send(p, line);
    assert_true(pty_wait(p, "Enter runs the line shown", SOON));
    size_t from = p->mark;
    int n = 0;
    for (; !pty_shown(p, from, last) && n < MOST_ENTERS; n++) {
        if (!settled(p, p->len > from ? from : p->len) || pty_shown(p, from, "error:")) {
            break;
        }
        size_t here = p->len;
        pty_send(p, ENTER);
        while (p->len == here && n < MOST_ENTERS) {
            pty_read(p, 0.01);
        }
    }
    if (!pty_shown(p, from, last) || pty_shown(p, from, "error:")) {
        print_message("lesson %d after %d lines:\n%s\n", number, n, p->text + from);
        fail();
    }
}

static void lesson_is_played_by_enter_alone(void **state)
{
    int number = (int)(intptr_t)*state;
    Pty p = {0};
    begin(&p, NULL);
    play_to_the_end(&p, number);
    pty_end(&p);
}

/* Characters of the longest line. */
static size_t widest(const char *text)
{
    size_t most = 0, n = 0;
    for (; *text; text++) {
        n = *text == '\n' ? 0 : n + ((*text & 0xc0) != 0x80);
        most = n > most ? n : most;
    }
    return most;
}

static void lesson_runs_as_a_script(void **state)
{
    char code[32];
    snprintf(code, sizeof code, "lesson %d", (int)(intptr_t)*state);
    const char *argv[] = {
        proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--no-window", "-e", code, NULL};
    Proc p;
    assert_true(proc_run(argv, folder, NULL, 120, &p));
    if (p.status != 0 || strstr(p.err, "error:") || widest(p.out) > 80) {
        print_message("%s%s\nwidest line %zu\n", p.out, p.err, widest(p.out));
        fail();
    }
    proc_free(&p);
}

static void lessons_are_listed(void **state)
{
    Pty *p = *state;
    pty_send(p, "lesson" ENTER);
    assert_true(pty_wait(p, "     1  Expressions and their graphs\n", SOON));
    assert_true(pty_wait(p, "    10  Vanishing and exploding gradients\n", SOON));
}

/* --- at the prompt --- */

static void enter_takes_the_line_shown(void **state)
{
    Pty *p = *state;
    play(p, "# s -- Two lines\n\n# A text.\nx = 41\n\nx + 1\n");
    assert_true(pty_wait(p, "Two lines\n\nA text.\n\n∇> x = 41", SOON));
    answer(p, "", "x = 41\n∇> x + 1");
    answer(p, "", "ans = 42\nend of ");
}

static void own_lines_come_between(void **state)
{
    Pty *p = *state;
    play(p, "x = 41\nx + 1\n");
    assert_true(pty_wait(p, "∇> x = 41", SOON));
    answer(p, "7*6", "ans = 42\n∇> x = 41");
    answer(p, "", "x = 41\n∇> x + 1");
    answer(p, "x = 41", "x = 41\n∇> x + 1"); /* not the line that is due */
    answer(p, "x+1 # typed by hand", "ans = 42\nend of ");
}

static void a_line_shown_can_be_changed(void **state)
{
    Pty *p = *state;
    play(p, "x = 41\nx + 1\n");
    assert_true(pty_wait(p, "∇> x = 41", SOON));
    answer(p, "\b0", "x = 40\n∇> x + 1");
}

static void an_error_leaves_the_line_due(void **state)
{
    Pty *p = *state;
    play(p, "x = 41\nx + 1\n");
    assert_true(pty_wait(p, "∇> x = 41", SOON));
    answer(p, "\b\bq", "unknown name q");
    assert_true(pty_wait(p, "∇> x = 41", SOON));
}

static void a_line_that_fails_names_the_way_on(void **state)
{
    Pty *p = *state;
    play(p, "x = 41\ny = lost + 1\nx + 1\n");
    assert_true(pty_wait(p, "∇> x = 41", SOON));
    answer(p, "", "∇> y = lost + 1");
    answer(p, "", "unknown name lost");
    assert_true(pty_wait(p, "change the line shown, or leave it out: lesson next", SOON));
    assert_true(pty_wait(p, "∇> y = lost + 1", SOON));
    answer(p, CTRL_U "lesson next", "∇> x + 1");
    answer(p, "", "ans = 42\nend of ");
}

/* Every command that asks, left in each way: the next line shown is run by Enter alone. */
static void enter_runs_the_line_after_a_command_that_asks(void **state)
{
    static const char *const ways[][4] = {{"walk f", "walk 1/2> ", "q", "Nothing stored"},
                                          {"walk f", "walk 1/2> ", "r", "walk done"},
                                          {"walk f", "walk 1/2> ", "\x04", "walk left"},
                                          {"walk f", "walk 1/2> ", CTRL_C, "walk left"},
                                          {"quiz f", "∂f/∂y = ", "q", "of"},
                                          {"quiz f", "∂f/∂y = ", CTRL_C, "of"}};
    Pty *p = *state;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        char text[128];
        snprintf(text, sizeof text, "x, y = 2, 3\nf = x*y\n%s\na = 7*6\nb = 6*9\n", ways[i][0]);
        play(p, text);
        assert_true(pty_wait(p, "∇> x, y = 2, 3", SOON));
        answer(p, "", "∇> f = x*y");
        answer(p, "", ways[i][0]);
        answer(p, "", ways[i][1]);
        pty_send(p, ways[i][2]);
        if ((unsigned char)ways[i][2][0] >= ' ') {
            pty_send(p, ENTER);
        }
        assert_true(pty_wait(p, "∇> a = 7*6", SOON));
        answer(p, "", "a = 42\n∇> b = 6*9");
        answer(p, "", "b = 54\nend of ");
    }
}

static void pasted_lines_replace_the_line_shown(void **state)
{
    Pty *p = *state;
    play(p, "x = 41\n");
    assert_true(pty_wait(p, "∇> x = 41", SOON));
    answer(p, "\x1b[200~y = 5\x1b[201~", "y = 5\n");
    assert_true(pty_wait(p, "∇> x = 41", SOON));
}

static void blocks_are_typed_line_by_line(void **state)
{
    Pty *p = *state;
    play(p, "x = 1\nrepeat 3 {\n    x := 2*x\n}\nx\n");
    answer(p, "", "∇> repeat 3 {");
    answer(p, "", "…>     x := 2*x");
    pty_send(p, CTRL_C);
    assert_true(pty_wait(p, "^C\n∇> repeat 3 {", SOON));
    answer(p, "", "…>     x := 2*x");
    answer(p, "", "…> }");
    answer(p, "", "∇> x");
    answer(p, "", "x = 8\nend of ");
}

static void tasks_wait_for_the_student(void **state)
{
    Pty *p = *state;
    play(p,
         "x = 3\n#> Make y twice x.\n#? Use *.\ny = 2*x\n#= y == 6, \"y should be 6\"\n\nx := 4\n");
    answer(p, "", "▸ Make y twice x.\n");
    answer(p, "x", "x = 3\n∇> "); /* a look is no attempt */
    answer(p, "y = 5", "y = 5\nnot yet: y should be 6\n∇> ");
    answer(p, "q", "unknown name q");
    answer(p, "y = x + 3", "y = 6\n✓ right\n");
    assert_true(pty_wait(p, "∇> x := 4", SOON));
}

static void an_empty_line_brings_a_hint_then_the_answer(void **state)
{
    Pty *p = *state;
    play(p, "x = 3\n#> Make y twice x.\n#? Use *.\ny = 2*x\n#= y == 6\n");
    answer(p, "", "(Enter: a hint)\n");
    answer(p, "", "Use *.\n");
    answer(p, "", "∇> y = 2*x");
    answer(p, "", "y = 6\n✓ right\ntasks: ○   0 of 1 answered by yourself\nend of ");
}

static void next_again_and_stop_move_in_it(void **state)
{
    Pty *p = *state;
    play(p, "x = 1\nx = 2\n#> A task.\n#= x == 9\nx = 3\n");
    assert_true(pty_wait(p, "∇> x = 1", SOON));
    answer(p, "lesson next", "∇> x = 2");
    answer(p, "x", "x = 1\n∇> x = 2"); /* what was passed has run */
    answer(p, "", "▸ A task.\n");
    answer(p, "lesson next", "∇> x = 3");
    answer(p, "lesson back", "▸ A task.\n");
    answer(p, "x", "x = 2\n");
    answer(p, "lesson again", "∇> x = 1");
    answer(p, "lesson stop", "lesson left\n∇> ");
    answer(p, "lesson next", "error: lesson next: no lesson runs");
}

static void a_lesson_begins_in_an_empty_session(void **state)
{
    Pty *p = *state;
    answer(p, "x = 5", "x = 5\n");
    play(p, "y = 1\n");
    assert_true(pty_wait(p, "∇> y = 1", SOON));
    answer(p, "x", "unknown name x");
    answer(p, "lesson stop", "lesson left; the session is what it was before\n∇> ");
    answer(p, "x", "x = 5\n");
}

static void unknown_lessons_are_errors(void **state)
{
    Pty *p = *state;
    answer(p, "lesson 77", "error: lesson: no lesson 77");
    answer(p, "lesson nothing", "error: cannot read nothing: ");
    answer(p, "repeat 1 { lesson 1 }", "error: lesson stands alone");
}

static void presentation_types_a_script(void **state)
{
    Pty *p = *state;
    pty_end(p);
    const char *path = write_script("# talk -- A talk\n# Welcome.\nx = 6\nx*7\n");
    *p = (Pty){0};
    begin(p, (const char *const[]){"--present", path, NULL});
    assert_true(pty_shown(p, 0, "Welcome.\n"));
    answer(p, CTRL_U "set present", "present  on");
    answer(p, CTRL_U "x, q = 5, 1", "x = 5   q = 1\n∇> x = 6"); /* an emptied line is their own */
    answer(p, "", "x = 6\n∇> x*7");
    answer(p, CTRL_U "q", "unknown name q"); /* going on took it back */
    answer(p, CTRL_U "back", "∇> x = 6");
    answer(p, CTRL_U "x", "unknown name x");
    answer(p, CTRL_U "goto 2", "∇> x*7");
    answer(p, "", "ans = 42\nend of script.nabla\n∇> ");
    answer(p, "1 + 1", "ans = 2\n");
    answer(p, "x = 7", "x = 7\n∇> "); /* at the end questions are asked: it can still go back */
    answer(p, "back", "∇> x*7");
    answer(p, "", "ans = 42\nend of script.nabla\n∇> ");
    answer(p, "goto 1", "∇> x = 6");
    answer(p, CTRL_U "x", "unknown name x");
    answer(p, CTRL_U "goto 99", "end of script.nabla\n∇> ");
    answer(p, "x", "x = 6\n");
}

static void runs_come_back_with_their_moment(void **state)
{
    Pty *p = *state;
    pty_end(p);
    const char *path = write_script("# talk -- A talk\nx = 6\nf = x^2\n"
                                    "minimize f, sgd(x, lr=0.1), steps=2;\nz = 1\nz = 2\n");
    *p = (Pty){0};
    begin(p, (const char *const[]){"--present", path, NULL});
    answer(p, "", "∇> f = x^2");
    answer(p, "", "∇> minimize");
    answer(p, "", "∇> z = 1");
    answer(p, "", "∇> z = 2");
    answer(p, CTRL_U "back", "∇> z = 1");
    answer(p, CTRL_U "plot", "f: 36 → ");
    answer(p, CTRL_U "back", "∇> minimize");
    answer(p, CTRL_U "plot", "nothing recorded yet");
}

/* What `nabla --notes` prints into a pipe. */
static char *notes_now(int status)
{
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--notes", NULL};
    Proc p;
    assert_true(proc_run(argv, folder, NULL, 60, &p));
    assert_int_equal(p.status, status);
    char *text = strdup(p.out);
    proc_free(&p);
    return text;
}

static void the_speaker_reads_notes_elsewhere(void **state)
{
    Pty *p = *state;
    pty_end(p);
    const char *path = write_script("# talk -- A talk\n#% Ask them first.\n# Welcome.\nx = 6\n"
                                    "#% Wait.\n#% Then go on.\nx*7\nx*8\n");
    *p = (Pty){0};
    begin(p, (const char *const[]){"--present", path, NULL});
    char *text = notes_now(0);
    assert_string_equal(text, "A talk   1 of 3\n\nAsk them first.\n\nnow   x = 6\nnext  x*7\n");
    free(text);
    Pty second = {0};
    const char *follow[] = {proc_env("NB_PROGRAM", "build/nabla"), "--notes", NULL};
    assert_true(pty_start(&second, follow, NULL, 40, 100));
    assert_true(pty_wait(&second, "Ask them first.", SOON));
    answer(p, "", "x = 6\n∇> x*7");
    assert_true(pty_wait(&second, "Then go on.", SOON));
    text = notes_now(0);
    assert_string_equal(text, "A talk   2 of 3\n\nWait.\nThen go on.\n\nnow   x*7\nnext  x*8\n");
    free(text);
    answer(p, CTRL_U "back", "∇> x = 6");
    text = notes_now(0);
    assert_non_null(strstr(text, "1 of 3"));
    free(text);
    answer(p, CTRL_U "goto 3", "∇> x*8");
    text = notes_now(0);
    assert_string_equal(text, "A talk   3 of 3\n\nnow   x*8\n");
    free(text);
    answer(p, CTRL_U "quit", "");
    assert_int_equal(pty_exit(p, SOON), 0);
    assert_true(pty_wait(&second, "no presentation is given", SOON));
    text = notes_now(1);
    assert_non_null(strstr(text, "no presentation is given\n"));
    free(text);
    pty_end(p);
    *p = (Pty){0};
    begin(p, (const char *const[]){"--present", path, NULL});
    assert_true(pty_wait(&second, "1 of 3", SOON));
    kill(p->pid, SIGKILL);
    pty_exit(p, SOON);
    assert_true(pty_wait(&second, "no presentation is given", SOON));
    text = notes_now(1);
    free(text);
    pty_send(&second, CTRL_C);
    pty_end(&second);
}

static void presentation_off_a_terminal_runs_at_once(void **state)
{
    (void)state;
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--present",
                          write_script("# t -- A talk\n# Welcome.\nx = 6\n#= x == 7, \"no\"\n"),
                          NULL};
    Proc p;
    assert_true(proc_run(argv, folder, NULL, 60, &p));
    assert_int_equal(p.status, 1);
    assert_string_equal(p.out, "\nA talk\n\nWelcome.\n\n∇> x = 6\nx = 6\n");
    assert_non_null(strstr(p.err, "script.nabla:4:8: error: assertion failed: no"));
    proc_free(&p);
}

/* What could never work is an error with its line when the file is read, or when it is run whole;
 * at the prompt it would be met in the middle of a task. */
static void scripts_that_cannot_be_played_are_refused(void **state)
{
    static const struct {
        const char *rest, *says;
    } scripts[] = {
        {"#= nearr(y, 6), \"no\"", "script.nabla:6: unknown function nearr"},
        {"#= near(y, 6) and less(y, 7)", "script.nabla:6: unknown function less"},
        {"#= near(y, 6), \"y is {show(y)}\"", "script.nabla:6: unknown function show"},
        {"#= near(y, 6), \"no\"\n#! twice(x) \"six\"", "script.nabla:7: unknown function twice"},
        {"#= y == 6, \"no\"\n#! 5", "script.nabla:7: a wrong answer has no text in quotes"},
        {"#= y ==, \"no\"", "script.nabla:6: unexpected ,"},
        {"#= y == 6, \"no\"\n#! y > \"more\"", "script.nabla:7: unexpected )"},
        {"#= y == 6, \"no\"\n\nz = (y", "script.nabla:8: ( is not closed"},
        {"#= y == 6, \"no\"\n#! lost \"z\"", "script.nabla:7:16: error: unknown name lost"},
        {"#= y == 6, \"no\"\n#! y == lost \"z\"", "script.nabla:7:13: error: unknown name lost"},
    };
    static const char *const played[] = {
        "def dbl(a) = 2*a\n#> Once more.\ndbl(3)\n#= near(y, dbl(3)), \"no\"\n#! dbl(y) \"12\"",
        "m = mlp([2, 1])\nt = m(zeros(1, 2))\n#= m(zeros(1, 2)).size == 1, \"no\"",
        "for g in list(sin, cos) { z = g(0) }\n#= near(z, g(0)), \"no\"",
        "#= x.grad == none\n#! near(x.grad, 0) \"no gradient, and no number\"",
    };
    (void)state;
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0] + sizeof played / sizeof *played;
         i++) {
        size_t n = sizeof scripts / sizeof scripts[0];
        char text[400];
        snprintf(text, sizeof text,
                 "# t -- Title\nx = 3\n#> Double x.\n#? Times two.\ny = 2*x\n%s\n",
                 i < n ? scripts[i].rest : played[i - n]);
        const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--present",
                              write_script(text), NULL};
        Proc p;
        assert_true(proc_run(argv, folder, NULL, 60, &p));
        if (p.status != (i < n) || (i < n && !strstr(p.err, scripts[i].says))) {
            fail_msg("%s\n%s%s", text, p.out, p.err);
        }
        proc_free(&p);
    }
}

/* A name of the session is looked at, where the word alone would go back. */
static void a_name_is_no_word_of_the_speaker(void **state)
{
    Pty p = {0};
    (void)state;
    const char *extra[] = {"--present", write_script("x = 41\nback = 7\nx + 1\n"), NULL};
    begin(&p, extra);
    assert_true(pty_wait(&p, "x = 41", SOON));
    answer(&p, "", "∇> back = 7");
    answer(&p, CTRL_U "back", "∇> x = 41");
    answer(&p, "", "∇> back = 7");
    answer(&p, "", "∇> x + 1");
    answer(&p, CTRL_U "back", "back = 7\n∇> x + 1");
    answer(&p, CTRL_U "back 1", "∇> back = 7");
    pty_end(&p);
}

#define SESSION(f) cmocka_unit_test_setup_teardown(f, open_session, close_session)

static int add_lessons(struct CMUnitTest *tests, int n)
{
    static char name[2 * LESSONS][64];
    for (int i = 0; i < LESSONS; i++) {
        snprintf(name[2 * i], sizeof name[0], "lesson_%d_is_played_by_enter_alone", i + 1);
        snprintf(name[2 * i + 1], sizeof name[0], "lesson_%d_runs_as_a_script", i + 1);
        void *number = (void *)(intptr_t)(i + 1);
        tests[n++] =
            (struct CMUnitTest){name[2 * i], lesson_is_played_by_enter_alone, NULL, NULL, number};
        tests[n++] =
            (struct CMUnitTest){name[2 * i + 1], lesson_runs_as_a_script, NULL, NULL, number};
    }
    return n;
}

SUITE()
{
    struct CMUnitTest tests[64] = {
        cmocka_unit_test(scripts_that_cannot_be_played_are_refused),
        cmocka_unit_test(a_name_is_no_word_of_the_speaker),
        SESSION(lessons_are_listed),
        SESSION(enter_takes_the_line_shown),
        SESSION(own_lines_come_between),
        SESSION(a_line_shown_can_be_changed),
        SESSION(an_error_leaves_the_line_due),
        SESSION(a_line_that_fails_names_the_way_on),
        SESSION(enter_runs_the_line_after_a_command_that_asks),
        SESSION(pasted_lines_replace_the_line_shown),
        SESSION(blocks_are_typed_line_by_line),
        SESSION(tasks_wait_for_the_student),
        SESSION(an_empty_line_brings_a_hint_then_the_answer),
        SESSION(next_again_and_stop_move_in_it),
        SESSION(a_lesson_begins_in_an_empty_session),
        SESSION(unknown_lessons_are_errors),
        SESSION(presentation_types_a_script),
        SESSION(runs_come_back_with_their_moment),
        SESSION(the_speaker_reads_notes_elsewhere),
        cmocka_unit_test(presentation_off_a_terminal_runs_at_once),
    };
    int n = 0;
    while (tests[n].test_func) {
        n++;
    }
    n = add_lessons(tests, n);
    snprintf(folder, sizeof folder, "%s/lessons", proc_env("NB_TMP", "build/tmp"));
    proc_fresh_dir(folder);
    return suite_group("tests", tests, (size_t)n, NULL, NULL);
}
