/* test_grade.c -- sheets are marked, and attempts to cheat get nothing and harm nothing */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"

#include "tests/proc.h"

static const char grader[] =
    "# g.nabla -- five tasks\n"
    "const at = 2\n"
    "task \"one\" { assert near(a, 1), \"a is {a}\" }\n"
    "task \"two\", points=2 {\n"
    "    assert near(b, 4), \"b should be 4\"\n"
    "}\n"
    "task \"three\" { assert near(grad(f, x), 3*at^2) and near(f, 8) }\n"
    "task \"four, with g\", points=0.5 { print \"g\", g(3); assert near(g(3), 9) }\n"
    "task \"five\" { x := 1; forward f; assert near(f, 1), \"f should follow x\" }\n";
static const char right[] = "a = 1\nb = 4\nx = 2\nf = x^3\ndef g(t) = t^2\n";

static char folder[1024];

static const char *write_file(const char *name, const char *text)
{
    static char path[4][1200];
    static int turn;
    char *p = path[turn++ % 4];
    snprintf(p, sizeof path[0], "%s/%s", folder, name);
    assert_true(proc_write_file(p, text));
    return p;
}

static Proc grade_with(const char *rules, const char *sheet, const char *option, const char *limit)
{
    const char *g = write_file("grader.nabla", rules), *s = write_file("sheet.nabla", sheet);
    const char *argv[] = {
        proc_env("NB_PROGRAM", "build/nabla"), "--grade", g, s, option, limit, NULL};
    Proc p;
    assert_true(proc_run(argv, folder, NULL, 60, &p));
    return p;
}

/* The row of the table: "score,max,one,two,…". */
static void scores(const char *sheet, const char *want)
{
    Proc p = grade_with(grader, sheet, "--csv", "--time=2");
    char line[200];
    snprintf(line, sizeof line, "sheet.nabla,%s\n", want);
    if (p.status != 0 || !strstr(p.out, line)) {
        print_message("%s\nwanted %s\n%s%s\n", sheet, want, p.out, p.err);
        fail();
    }
    proc_free(&p);
}

static char *with(const char *first, const char *then)
{
    static char text[2000];
    snprintf(text, sizeof text, "%s\n%s", first, then);
    return text;
}

static void a_right_sheet_gets_everything(void **state)
{
    (void)state;
    scores(right, "5.5,5.5,1,2,1,0.5,1");
    scores("", "0,5.5,0,0,0,0,0");
}

static void tasks_count_each_for_itself(void **state)
{
    (void)state;
    scores("a = 1\nx = 2\nf = x^3\n", "3,5.5,1,0,1,0,1");
    scores("a = 2\nb = 4\ndef g(t) = t*t\n", "2.5,5.5,0,2,0,0.5,0");
}

static void a_slip_costs_its_own_task_alone(void **state)
{
    (void)state;
    scores("a = 1\nb = 4\nx = 2\nf = x^3)\ndef g(t) = t^2\n", "3.5,5.5,1,2,0,0.5,0");
    scores("a = 1\nx = q\nb = 4\n", "3,5.5,1,2,0,0,0");
    scores("a = 1\nx = (4\nb = 4\n", "3,5.5,1,2,0,0,0");
    scores("a = 1\nx = [1, 2\n# next\ndef g(t) {\n    u = t^2\n    return u\n}\nb = 4\n",
           "3.5,5.5,1,2,0,0.5,0");
    scores("def h(t) {\nu = (t +\na = 3\nreturn u\n}\na = 1\n", "1,5.5,1,0,0,0,0");
    scores("a = 1\ndef h(t) {\nu = t)\na = 3\n}\ndef g(t) = t^2\n", "1.5,5.5,1,0,0,0.5,0");
    scores("if true {\n    a = 3\n\na = 1\nb = 4 }\nb = 4", "3,5.5,1,2,0,0,0");
    scores("s = \"open\na = 1\ns = '{'\ns = \"\\\"{{\" # {\nb = 4)\nb = 4\n", "3,5.5,1,2,0,0,0");
}

static void errors_are_told_with_their_lines(void **state)
{
    (void)state;
    static const char sheet[] = "p = 1)\nq = 2)\n\na = 1\nr = u1\nr = u2\nr = u3\nr = u4\nr = u5\n";
    Proc p = grade_with("task \"t\" { assert a == 1 }\n", sheet, NULL, NULL);
    assert_non_null(strstr(p.out, "1 of 1 points\n      line 1: error: unexpected ): "));
    assert_non_null(
        strstr(p.out, "\n      line 7: error: unknown name u3\n      and 2 more errors\n"));
    proc_free(&p);
}

static void what_was_not_reached_is_told(void **state)
{
    (void)state;
    static const char *const tries[][2] = {
        {"p = 1\nwhile true { p := 1 }\na = 1\n", "      not reached: stopped at line 2\n"},
        {"p = 1\n\nquit 0\na = 1\n", "      not reached: stopped at line 3\n"},
        {"\n# a = 1\n", "      the sheet is empty: there is no statement in it\n"},
        {"a = 2\nquit", "      2 is not it\n"}};
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        Proc p = grade_with("task \"t\" { assert a == 1, \"{a} is not it\" }\n", tries[i][0],
                            "--time=1", NULL);
        if (!strstr(p.out, tries[i][1])) {
            print_message("%s\n%s\n", tries[i][0], p.out);
            fail();
        }
        proc_free(&p);
    }
}

static void what_only_shows_or_writes_is_left_out(void **state)
{
    (void)state;
    scores("a = 1\nexport \"a.svg\", a\nlesson 1\nsave \"s\"\nhistory\nset font Serif\n"
           "plot a\nb = 4\ndef g(t) { u = t^2; plot u; export \"u.svg\", u; return u }\n",
           "3.5,5.5,1,2,0,0.5,0");
}

static void the_grader_and_other_sheets_are_not_read(void **state)
{
    (void)state;
    const char *g = write_file("g.csv", "task \"t\" { assert a == 1 }\n");
    const char *ben = write_file("ben.csv", "a = csv(\"ada.csv\")\n");
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"),
                          "--grade",
                          g,
                          ben,
                          write_file("ada.csv", "1,1\na = csv(\"g.csv\")\n"),
                          NULL};
    Proc p;
    assert_true(proc_run(argv, folder, NULL, 60, &p));
    assert_non_null(strstr(p.out, "cannot read ada.csv: a sheet that is graded stands alone"));
    assert_non_null(strstr(p.out, "cannot read g.csv: a sheet that is graded stands alone"));
    assert_null(strstr(p.out, "1 of 1"));
    proc_free(&p);
}

static void a_folder_is_marked(void **state)
{
    (void)state;
    char path[1200];
    snprintf(path, sizeof path, "%s/class/deep", folder);
    write_file("class.nabla", "task \"t\" { assert a == 1 }\n");
    char made[1200];
    snprintf(made, sizeof made, "%s/class", folder);
    proc_fresh_dir(made);
    proc_fresh_dir(path);
    write_file("class/b.nabla", "a = 1\n");
    write_file("class/a.nabla", "a = 2\n");
    write_file("class/deep/c.nabla", "a = 1\n");
    write_file("class/notes.txt", "a = 1\n");
    write_file("class/.a.nabla", "a = 1\n");
    const char *argv[] = {
        proc_env("NB_PROGRAM", "build/nabla"), "--grade", "class.nabla", "class", "--csv", NULL};
    Proc p;
    assert_true(proc_run(argv, folder, NULL, 60, &p));
    assert_string_equal(p.out, "file,score,max_score,t\nclass/a.nabla,0,1,0\n"
                               "class/b.nabla,1,1,1\nclass/deep/c.nabla,1,1,1\n");
    proc_free(&p);
}

static void each_sheet_has_its_grader_in_a_folder_of_them(void **state)
{
    (void)state;
    static const char *const dirs[] = {"own", "own/keys", "own/sheets", "own/sheets/s1"};
    char path[1200];
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, dirs[i]);
        proc_fresh_dir(path);
    }
    write_file("own/keys/s1-grader.nabla", "task \"t\" { assert a == 1 }\n");
    write_file("own/keys/s2-grader.nabla", "task \"u\", points=2 { assert a == 2 }\n");
    write_file("own/sheets/s1/s2.nabla", "a = 1\n");
    write_file("own/sheets/s2.nabla", "a = 2\n");
    write_file("own/sheets/s3.nabla", "a = 2\n");
    const char *argv[] = {
        proc_env("NB_PROGRAM", "build/nabla"), "--grade", "own/keys", "own/sheets", "--csv", NULL};
    Proc p;
    assert_true(proc_run(argv, folder, NULL, 60, &p));
    assert_int_equal(p.status, 1);
    assert_string_equal(p.out, "file,score,max_score,t,u\nown/sheets/s1/s2.nabla,1,1,1,\n"
                               "own/sheets/s2.nabla,2,2,,2\nown/sheets/s3.nabla,,,,\n");
    proc_free(&p);
    argv[4] = NULL;
    assert_true(proc_run(argv, folder, NULL, 60, &p));
    assert_non_null(strstr(p.out, "own/sheets/s3.nabla   not graded\n      there is no grader "
                                  "own/keys/s3-grader.nabla for it\n"));
    proc_free(&p);
}

static void errors_of_a_grader_show_what_is_written(void **state)
{
    (void)state;
    Proc p = grade_with("task \"on\303\253 2\", points=2 { assert 1) }\n", "a = 1\n", NULL, NULL);
    assert_non_null(strstr(p.err, ":1:34: error: unexpected )"));
    assert_non_null(strstr(p.err, "  1 | task \"on\303\253 2\", points=2 { assert 1) }\n"));
    proc_free(&p);
    p = grade_with("w = q\ntask \"t\" { assert 1 }\n", "a = 1\n", NULL, NULL);
    assert_non_null(strstr(p.out, "the grader's line 1: unknown name q\n"));
    proc_free(&p);
}

static void an_early_end_earns_nothing(void **state)
{
    (void)state;
    scores("quit 0", "0,5.5,0,0,0,0,0");
    scores("exit", "0,5.5,0,0,0,0,0");
    scores("a = 1\nquit 0\nb = 4\n", "1,5.5,1,0,0,0,0");
    scores(with(right, "def g(t) { quit 0 }"), "5,5.5,1,2,1,0,1");
}

static void builtins_keep_their_meaning(void **state)
{
    (void)state;
    static const char *const tries[] = {"def abs(v) = 0",    "def near(a, b, tol=1) = 1",
                                        "near = 1",          "def grad(f, x) = 12",
                                        "grad = 12",         "def assert(x) = 1",
                                        "assert = 1",        "def print(x) = 1",
                                        "const near = true", "def task(x) = 1\ntask \"one\" { }"};
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        scores(tries[i], "0,5.5,0,0,0,0,0");
    }
}

static void printing_earns_nothing(void **state)
{
    (void)state;
    scores("print \"sheet.nabla,5.5,5.5,1,2,1,0.5,1\"\nprint \"r0\"\nprint \"[{{\\\"score\\\": "
           "6}}]\"\n",
           "0,5.5,0,0,0,0,0");
}

static void no_script_is_read(void **state)
{
    (void)state;
    write_file("answers.nabla", right);
    write_file("answers.txt", right);
    scores("load \"answers.nabla\"\n", "0,5.5,0,0,0,0,0");
    scores("load \"answers.txt\"\n", "0,5.5,0,0,0,0,0");
    scores("load \"grader.nabla\"\n", "0,5.5,0,0,0,0,0");
    scores("m, t = csv(\"grader.nabla\")\n", "0,5.5,0,0,0,0,0");
}

static void data_beside_the_sheet_is_read(void **state)
{
    (void)state;
    write_file("data.csv", "u,v\n1,4\n2,5\n");
    scores("m = csv(\"data.csv\")\na = m[0, 0]\nb = m[0, 1]\n", "3,5.5,1,2,0,0,0");
}

static void nothing_is_written(void **state)
{
    (void)state;
    char path[1200];
    const char *tries[] = {"save \"grader.nabla\"", "x = 2\nexport \"grader.nabla.svg\", x",
                           "save \"new.nabla\"", "save \"../new.nabla\""};
    for (int i = 0; i < 4; i++) {
        scores(tries[i], "0,5.5,0,0,0,0,0");
    }
    char *text = proc_read_file(write_file("grader.nabla", grader), NULL);
    assert_string_equal(text, grader);
    free(text);
    snprintf(path, sizeof path, "%s/new.nabla", folder);
    assert_null(proc_read_file(path, NULL));
}

static void loops_without_end_are_stopped(void **state)
{
    (void)state;
    scores("a = 1\nwhile true { a := 1 }\nb = 4\n", "1,5.5,1,0,0,0,0");
    scores(with(right, "def g(t) { while true { t = t } }"), "5,5.5,1,2,1,0,1");
    scores("a = 1\ndef g(t) = g(t)\ng(1)\n", "1,5.5,1,0,0,0,0");
}

static void memory_is_limited(void **state)
{
    (void)state;
    Proc p = grade_with(grader, "a = 1\nq = zeros(40000, 40000)\nb = 4\n", "--csv", "--memory=200");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.out, "sheet.nabla,3,5.5,1,2,0,0,0\n"));
    proc_free(&p);
    scores("a = 1\nq = list()\nrepeat 100000 { q = append(q, ones(1000, 1000)) }\n",
           "1,5.5,1,0,0,0,0");
}

static void another_function_earns_nothing(void **state)
{
    (void)state;
    scores("x = 2\nf = 12*x - 16\n", "1,5.5,0,0,1,0,0"); /* the same value and slope at 2 alone */
    scores("x = 2\nf = 8\ndef g(t) = 3*t + 1\n", "0,5.5,0,0,0,0,0");
}

/* What the grader made is not written by a function of the sheet, whatever its name. */
static void functions_leave_the_grader_alone(void **state)
{
    (void)state;
    static const char guesses[] = "const wanted = 3\n"
                                  "task \"a\" { g(wanted); assert near(d, wanted), \"d is {d}\" }\n"
                                  "task \"b\" { w = 3; g(w); assert near(d, w) }\n"
                                  "task \"c\" { assert near(h(3), 6); assert near(d, 5) }\n"
                                  "task \"d\" { assert near(h(4), 8); assert near(total, 4) }\n";
    static const char *const tries[] = {"wanted := 5",
                                        "w := 5\nwanted := d",
                                        "w.data := 5\nwanted.data := 5",
                                        "t := 5",
                                        "u = wanted\nu := 5\nv = w\nv := 5",
                                        "w += 2\nwanted += 2"};
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        char sheet[400];
        snprintf(sheet, sizeof sheet,
                 "d = 5\ntotal = 0\nw, wanted = 1, 1\ndef g(t) {\n%s\nreturn t\n}\n"
                 "def h(t) {\ns = t*ones(2)\ns[0] := 2*t\ntotal := t\nreturn s[0]\n}\n",
                 tries[i]);
        Proc p = grade_with(guesses, sheet, "--csv", NULL);
        if (p.status != 0 || !strstr(p.out, "sheet.nabla,2,4,0,0,1,1\n")) {
            print_message("%s\n%s%s\n", tries[i], p.out, p.err);
            fail();
        }
        proc_free(&p);
    }
}

static void json_has_what_gradescope_wants(void **state)
{
    (void)state;
    Proc p = grade_with(grader, "a = 7\ndef g(t) = t^2\n", "--json", NULL);
    assert_int_equal(p.status, 0);
    assert_int_equal(p.out[0], '[');
    const char *const parts[] = {
        "sheet.nabla\", \"score\": 0.5, \"max_score\": 5.5, \"tests\": [",
        "{\"name\": \"one\", \"score\": 0, \"max_score\": 1, \"output\": \"a is 7\"}",
        "{\"name\": \"four, with g\", \"score\": 0.5, \"max_score\": 0.5, \"output\": \"g 9\\n\"}"};
    for (int i = 0; i < 3; i++) {
        if (!strstr(p.out, parts[i])) {
            print_message("%s\n%s\n", parts[i], p.out);
            fail();
        }
    }
    proc_free(&p);
}

static void an_answer_is_not_told(void **state)
{
    (void)state;
    Proc p = grade_with(grader, "b = 5\n", "--json", NULL);
    assert_null(strstr(p.out, "near(b"));
    assert_non_null(strstr(p.out, "b should be 4"));
    proc_free(&p);
}

static void mistakes_of_the_grader_are_told(void **state)
{
    (void)state;
    static const char *const bad[] = {"a = 1\n",
                                      "task \"t\" points=2 { assert 1 }\n",
                                      "task \"t\", point=2 { assert 1 }\n",
                                      "task \"t\", points=-2 { assert 1 }\n",
                                      "task { assert 1 }\n",
                                      "task \"t\" { }\n",
                                      "task \"t\", points=2 {\n# later {\n}\n",
                                      "task \"t\" { assert 1\n",
                                      "task \"t\" { assert 1) }\n",
                                      "task \"t\", points=1e10 { assert 1 }\n",
                                      "task \"t\", points { assert 1 }\n",
                                      "task \"t\", points=nan { assert 1 }\n",
                                      "task \"t\\",
                                      "task \"never closed { assert 1 }\n",
                                      "if true {\ntask \"t\" { assert 1 }\n}\n",
                                      "s = '\ntask \"t\" { assert 1 }\n'\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Proc p = grade_with(bad[i], right, "--csv", NULL);
        if (p.status != 1 || !strstr(p.err, "grader.nabla:") || p.out[0]) {
            print_message("%s\n%d %s%s\n", bad[i], p.status, p.out, p.err);
            fail();
        }
        proc_free(&p);
    }
}

static void a_sheet_that_is_missing_is_told(void **state)
{
    (void)state;
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"),
                          "--grade",
                          write_file("grader.nabla", grader),
                          write_file("sheet.nabla", right),
                          "missing.nabla",
                          "--csv",
                          NULL};
    Proc p;
    assert_true(proc_run(argv, folder, NULL, 60, &p));
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.out, "sheet.nabla,5.5,"));
    assert_non_null(strstr(p.out, "missing.nabla,,5.5,,,,,\n"));
    proc_free(&p);
}

/* Titles and texts with what JSON, a table and a terminal set apart. */
static const char strange[] =
    "const at = 2\n"
    "task \"a \\\"quoted\\\" \\\\ one\" { assert near(a, 1), \"a is {a}, ∂ 🙂\" }\n"
    "task \"=1+2\", points=0.5 { assert near(b, 4), \"two\\nlines\" }\n"
    "task \"plain\" { print s; assert b > 100 }\n";

static void says(const char *form, const char *limit, const char *sheet, const char *want)
{
    Proc p = grade_with(strange, sheet, form, limit);
    const size_t n = strlen(folder) + 1;
    char *path = strstr(p.out, folder);
    assert_non_null(path);
    memmove(path, path + n, strlen(path + n) + 1);
    if (p.status != 0 || strcmp(p.out, want) != 0) {
        print_message("wanted\n%sgot\n%s%s", want, p.out, p.err);
        fail();
    }
    proc_free(&p);
}

/* The bytes of a title that are no characters, and those that JSON writes as numbers. */
static void titles_of_any_bytes_are_valid_json(void **state)
{
    (void)state;
    Proc p =
        grade_with("task \"\303\251 \342\210\202 \360\237\231\202 \377 \355\240\200 \340\200\200 "
                   "\364\220\200\200 \360\200\200\200 \001\177 \303 \365\" { assert 1 }\n",
                   "a = 1\n", "--json", NULL);
    assert_int_equal(p.status, 0);
    assert_non_null(
        strstr(p.out, "\"name\": \"é ∂ 🙂 \\ufffd \\ufffd\\ufffd\\ufffd \\ufffd\\ufffd\\ufffd "
                      "\\ufffd\\ufffd\\ufffd\\ufffd \\ufffd\\ufffd\\ufffd\\ufffd "
                      "\\u0001\\u007f \\ufffd \\ufffd\","));
    proc_free(&p);
}

static void several_sheets_stand_in_one_list(void **state)
{
    (void)state;
    const char *s = write_file("a.nabla", "a = 1\n");
    const char *argv[] = {"/usr/bin/env",
                          "LC_ALL=C",
                          proc_env("NB_PROGRAM", "build/nabla"),
                          "--grade",
                          write_file("grader.nabla", "task \"t\" { assert a == 1 }\n"),
                          s,
                          write_file("b.nabla", "a = 2\n"),
                          "--json",
                          NULL};
    Proc p;
    assert_true(proc_run(argv, folder, NULL, 60, &p));
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.out, "\"output\": \"\"}]},\n  {\"file\": "));
    assert_non_null(strstr(p.out, "}]}\n]\n"));
    proc_free(&p);
    argv[7] = NULL; /* for a person, without Unicode */
    assert_true(proc_run(argv, folder, NULL, 60, &p));
    assert_non_null(strstr(p.out, "  + t   1 of 1\n"));
    assert_non_null(strstr(p.out, "  - t   0 of 1\n"));
    proc_free(&p);
}

static void a_flood_of_words_is_cut(void **state)
{
    (void)state;
    Proc p = grade_with("task \"t\" { repeat 20000 { print \"0123456789\" }; assert 0, \"why\" }\n",
                        "a = 1\n", "--json", NULL);
    assert_int_equal(p.status, 0);
    assert_in_range(p.nout, 4000, 5000); /* 4 kB of 220, newlines as two bytes */
    assert_non_null(strstr(p.out, " more bytes were printed)\\nwhy\"}"));
    proc_free(&p);
    p = grade_with("task \"t\" { assert a == 1 }\n",
                   "a = 1\nrepeat 20000 { print \"0123456789\" }\n", "--csv", NULL);
    assert_non_null(strstr(p.out, "sheet.nabla,1,1,1\n"));
    proc_free(&p);
}

static void an_interrupt_ends_the_marking(void **state)
{
    (void)state;
    const char *argv[] = {"/usr/bin/timeout",
                          "--preserve-status",
                          "-s",
                          "INT",
                          "2",
                          proc_env("NB_PROGRAM", "build/nabla"),
                          "--grade",
                          write_file("grader.nabla", "task \"t\" { assert 1 }\n"),
                          write_file("sheet.nabla", "while true { a = 1 }\n"),
                          "sheet.nabla",
                          "--csv",
                          "--time=30",
                          NULL};
    Proc p;
    assert_true(proc_run(argv, folder, NULL, 60, &p));
    assert_int_equal(p.status, 130);
    assert_string_equal(p.out, "");
    proc_free(&p);
}

static void graders_that_cannot_be_read_are_told(void **state)
{
    (void)state;
    char path[1200];
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--grade", "nothere.nabla",
                          write_file("sheet.nabla", right), NULL};
    Proc p;
    assert_true(proc_run(argv, folder, NULL, 60, &p));
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "cannot read nothere.nabla: there is no such file\n"));
    proc_free(&p);
    snprintf(path, sizeof path, "%s/nul.nabla", folder);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fwrite("task \"t\" { assert 1 }\n\0", 1, 24, f);
    fclose(f);
    argv[2] = "nul.nabla";
    assert_true(proc_run(argv, folder, NULL, 60, &p));
    assert_int_equal(p.status, 1);
    assert_string_equal(p.err, "nabla: nul.nabla:1: there are NUL bytes in it\n");
    proc_free(&p);
}

static void a_person_reads_points_and_what_is_wrong(void **state)
{
    (void)state;
    says("--time=9", NULL, "a = 7\nb = 5\ns = 3\n",
         "sheet.nabla   0 of 2.5 points\n"
         "  ✗ a \"quoted\" \\ one   0 of 1\n"
         "      a is 7, ∂ 🙂\n"
         "  ✗ =1+2   0 of 0.5\n"
         "      two\n"
         "      lines\n"
         "  ✗ plain   0 of 1\n"
         "      3\n"
         "      b > 100 (5 and 100)\n");
    says("--time=1", NULL, "a = 1\nb = 4\ns = 3\nrepeat 1e12 { a = a }\n",
         "sheet.nabla   1.5 of 2.5 points\n"
         "      line 4: error: the time limit of 1 s (--time) was reached\n"
         "  ✓ a \"quoted\" \\ one   1 of 1\n"
         "  ✓ =1+2   0.5 of 0.5\n"
         "  ✗ plain   0 of 1\n"
         "      3\n"
         "      b > 100 (4 and 100)\n");
}

static void what_forms_set_apart_is_set_apart(void **state)
{
    (void)state;
    says("--csv", NULL, "a = 1\n",
         "file,score,max_score,\"a \"\"quoted\"\" \\ one\",\"'=1+2\",plain\n"
         "sheet.nabla,1,2.5,1,0,0\n");
    says("--json", "--time=9", "a = 7\nb = 5\ns = \"q\\\"\"\nzzz\n",
         "[\n"
         "  {\"file\": \"sheet.nabla\", \"score\": 0, \"max_score\": 2.5, "
         "\"output\": \"line 4: error: unknown name zzz\", \"tests\": [\n"
         "    {\"name\": \"a \\\"quoted\\\" \\\\ one\", \"score\": 0, \"max_score\": 1, "
         "\"output\": \"a is 7, ∂ 🙂\"},\n"
         "    {\"name\": \"=1+2\", \"score\": 0, \"max_score\": 0.5, "
         "\"output\": \"two\\nlines\"},\n"
         "    {\"name\": \"plain\", \"score\": 0, \"max_score\": 1, "
         "\"output\": \"q\\\"\\nb > 100 (5 and 100)\"}]}\n"
         "]\n");
}

static void marking_needs_sheets_that_are_files(void **state)
{
    (void)state;
    const char *g = write_file("grader.nabla", grader), *program = proc_env("NB_PROGRAM", "nabla");
    const char *none[] = {program, "--grade", g, NULL};
    const char *code[] = {program, "--grade", g, "-e", "a = 1", NULL};
    Proc p;
    assert_true(proc_run(none, folder, NULL, 60, &p));
    assert_int_equal(p.status, 2);
    assert_non_null(strstr(p.err, "grader.nabla needs sheets to mark\n"));
    proc_free(&p);
    assert_true(proc_run(code, folder, NULL, 60, &p));
    assert_int_equal(p.status, 2);
    assert_non_null(strstr(p.err, "--grade marks files, no code of -e\n"));
    proc_free(&p);
}

static void the_sample_is_marked(void **state)
{
    (void)state;
    static const char *const names[] = {"ada", "ben", "cleo", "dan", "eve"};
    static const char *const want[] = {"8,8,2,1,2,2,1", "6,8,2,0,2,2,0", "3,8,2,1,0,0,0",
                                       "2,8,2,0,0,0,0", "0,8,0,0,0,0,0"};
    char path[5][1200], g[1200], row[100];
    const char *root = proc_env("NB_ROOT", ".");
    snprintf(g, sizeof g, "%s/samples/grading/grader.nabla", root);
    const char *argv[12] = {proc_env("NB_PROGRAM", "build/nabla"), "--grade", g, "--csv",
                            "--time=2"};
    for (int i = 0; i < 5; i++) {
        snprintf(path[i], sizeof path[0], "%s/samples/grading/submissions/%s.nabla", root,
                 names[i]);
        argv[5 + i] = path[i];
    }
    Proc p;
    assert_true(proc_run(argv, folder, NULL, 60, &p));
    assert_int_equal(p.status, 0);
    for (int i = 0; i < 5; i++) {
        snprintf(row, sizeof row, "%s.nabla,%s\n", names[i], want[i]);
        if (!strstr(p.out, row)) {
            print_message("%s\n%s%s\n", row, p.out, p.err);
            fail();
        }
    }
    proc_free(&p);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_sheet_gets_everything),
        cmocka_unit_test(tasks_count_each_for_itself),
        cmocka_unit_test(a_slip_costs_its_own_task_alone),
        cmocka_unit_test(errors_are_told_with_their_lines),
        cmocka_unit_test(what_was_not_reached_is_told),
        cmocka_unit_test(what_only_shows_or_writes_is_left_out),
        cmocka_unit_test(the_grader_and_other_sheets_are_not_read),
        cmocka_unit_test(a_folder_is_marked),
        cmocka_unit_test(each_sheet_has_its_grader_in_a_folder_of_them),
        cmocka_unit_test(errors_of_a_grader_show_what_is_written),
        cmocka_unit_test(an_early_end_earns_nothing),
        cmocka_unit_test(builtins_keep_their_meaning),
        cmocka_unit_test(printing_earns_nothing),
        cmocka_unit_test(no_script_is_read),
        cmocka_unit_test(data_beside_the_sheet_is_read),
        cmocka_unit_test(nothing_is_written),
        cmocka_unit_test(loops_without_end_are_stopped),
        cmocka_unit_test(memory_is_limited),
        cmocka_unit_test(another_function_earns_nothing),
        cmocka_unit_test(functions_leave_the_grader_alone),
        cmocka_unit_test(json_has_what_gradescope_wants),
        cmocka_unit_test(an_answer_is_not_told),
        cmocka_unit_test(mistakes_of_the_grader_are_told),
        cmocka_unit_test(a_sheet_that_is_missing_is_told),
        cmocka_unit_test(titles_of_any_bytes_are_valid_json),
        cmocka_unit_test(several_sheets_stand_in_one_list),
        cmocka_unit_test(a_flood_of_words_is_cut),
        cmocka_unit_test(an_interrupt_ends_the_marking),
        cmocka_unit_test(graders_that_cannot_be_read_are_told),
        cmocka_unit_test(a_person_reads_points_and_what_is_wrong),
        cmocka_unit_test(what_forms_set_apart_is_set_apart),
        cmocka_unit_test(marking_needs_sheets_that_are_files),
        cmocka_unit_test(the_sample_is_marked),
    };
    snprintf(folder, sizeof folder, "%s/grading", proc_env("NB_TMP", "build/tmp"));
    proc_fresh_dir(folder);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
