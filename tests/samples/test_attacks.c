/* test_attacks.c -- sheets that try to get points, or to read what is not theirs, from a grader */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/suite.h"

#include "tests/proc.h"

static char folder[1024];

/* What is secret has 4242 in it: values and lines of the grader, of its key, of another sheet. */
static const char grader[] =
    "wanted = 4242.25\n"
    "const limit = 42427\n"
    "def same(a, b) = near(a, b)\n"
    "hid = [4242.25, 42428]\n"
    "task \"value\", points=5 { assert near(d, wanted), \"not it\" }\n"
    "task \"two\", points=5 { assert same(d, wanted) and d > 0, \"not it\" }\n"
    "task \"call\", points=5 { assert near(g(1, 2), wanted), \"not it\" }\n"
    "task \"then\", points=5 { y = g(1, 2); assert near(e1, limit) and wanted > 4000, \"no\" }\n"
    "task \"moved\", points=5 { x := 3; forward f; assert near(f, limit), \"no\" }\n"
    "task \"again\", points=5 { v = 7; u = v^2; backward u; g(v, u); assert v.grad == 1, \"no\" "
    "}\n";
static const char secret[] = "4242";

/* Bodies of a function that the grader calls. */
static const char *const inside[] = {
    "minimize wanted^2, sgd(wanted, lr=0.5), steps=50",
    "f = wanted^2; backward f",
    "f = wanted^2; backward f; step sgd(wanted, lr=0.1)",
    "wanted := 0",
    "wanted = 0",
    "const limit = 0",
    "limit = 0",
    "hid[0] := 0",
    "def same(a, b) = 1",
    "same = 1",
    "load \"own.nabla\"",
    "load \"own.txt\"; return 6",
    "load \"zoe.csv\"; return 6",
    "load \"../solution/key.nabla\"; return d",
    "return csv(\"../solution/hidden.csv\")",
    "return csv(\"zoe.csv\")[0, 0]",
    "return csv(\"own.csv\")[0, 0]",
    "return npy(\"own.npy\")",
    "print wanted",
    "print \"{wanted} {limit}\"",
    "print hid",
    "vars",
    "tree",
    "info wanted",
    "info limit",
    "help wanted",
    "show wanted",
    "graph wanted",
    "print args",
    "return wanted",
    "return limit/10",
    "return same",
    "return hid[0]",
    "return v1",
    "return wanted~1",
    "return y",
    "undo",
    "undo 5",
    "redo",
    "restart",
    "quit 0",
    "exit",
    "return none",
    "return nan",
    "return inf",
    "return \"4 2 4 2\"",
    "return list(1, 2)",
    "return near",
    "return g",
    "return g(a, b)",
    "while true { a = a }",
    "return zeros(100000, 100000)",
    "save \"own.nabla\"",
    "export \"own.svg\", a",
    "history",
    "lesson 1",
    "set digits 17; return b",
    "set nan error; return nan",
    "seed 1; return rand(1)",
    "cleargrad",
    "a.grad = 1",
    "b := 0; a.grad = 1",
    "a := 1; backward b",
    "backward a",
    "unchain b; a.grad = 1",
    "watch wanted",
    "unwatch",
    "quiz wanted",
    "walk wanted",
    "explain wanted",
    "check wanted",
    "trace wanted",
    "race wanted, sgd(wanted, lr=1)",
    "plot wanted",
    "surface same, a=0:1, b=0:1",
    "time { wanted := 0 }",
    "nograd { wanted := 0 }",
    "assert wanted > 0, \"{wanted}\"",
    "assert wanted == 0",
    "assert near(wanted, 0)",
    "x = wanted + q; return x",
};

/* Statements of the sheet itself. */
static const char *const outside[] = {
    "def near(a, b) = 1",
    "near = 1",
    "def same(a, b) = 1\nconst same = 1",
    "const wanted = 1\nconst limit = 1\nd = 1\ne1 = 1\ndef g(a, b) = 1",
    "def wanted(a) = 1\nd = wanted",
    "def assert(c) = 1",
    "task \"value\", points=5 { }",
    "print \"sheet   30 of 30 points\"",
    "print \"r0\"\nprint \"r0\\nr0\\nr0\\nr0\\nr0\\nr0\"",
    "print \"[{{\\\"score\\\": 30, \\\"max_score\\\": 30}}]\"",
    "quit 0",
    "quit 5",
    "exit",
    "restart",
    "d = none\ne1 = none\nf = none",
    "d = nan\ne1 = nan\nf = nan",
    "d = inf\ne1 = -inf",
    "d = \"4 2\"\ne1 = list(d)",
    "d = near\ne1 = near\nf = near",
    "def d(a) = 1\ndef e1(a) = 1",
    "d = [1, 2, 3]\ne1 = zeros(3)",
    "set digits 1\nd = 4000\nset nan note",
    "set broadcast off\nd = ones(3, 3)",
    "arg wanted=1, limit=1",
    "load \"../g.nabla\"",
    "load \"g.nabla\"",
    "d = csv(\"../g.nabla\")",
    "d = csv(\"../solution/hidden.csv\")\nd = d[0, 0]",
    "d = csv(\"link.csv\")\nd = d[0, 0]",
    "d = csv(\"hard.csv\")\nprint d\nd = d[0, 0]",
    "d, names = csv(\"hard.csv\")\nprint names",
    "d = csv(\"zoe.csv\")\nd = d[0, 0]",
    "d = csv(\"./zoe.csv\")[0, 0]",
    "d = csv(\"deep/../zoe.csv\")[0, 0]",
    "d = csv(\"link/hidden.csv\")[0, 0]",
    "load \"../solution/key.nabla\"",
    "load \"link/key.nabla\"",
    "load \"../sub2/ben.nabla\"",
    "load \"a000.nabla\"",
    "load \"/etc/passwd\"",
    "d = csv(\"/proc/self/environ\")",
    "d = csv(\"/proc/self/cmdline\")",
    "d = csv(\"/dev/stdin\")",
    "d = csv(\"pipe.csv\")",
    "d = npy(\"../solution/hidden.csv\")",
    "d = npz(\"link.csv\")",
    "m = linear(1)\nload \"link.csv\", m",
    "save \"../g.nabla\"",
    "export \"../g.nabla\"",
    "history\nlesson 1\nsave \"s.nabla\"",
    "undo 100\nredo 100",
    "while true { d = 1 }",
    "d = zeros(100000, 100000)",
    "def r(a) = r(a)\nd = r(1)",
    "((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((",
    "d = \"",
    "d = '",
    "if true {\ndef g(a, b) {\n",
    "x = 2\nf = x\ndef h(p) { p.grad = 0; wanted := 0 }\no = sgd(x, lr=1, hooks=[h])",
};

#define N_INSIDE (sizeof inside / sizeof *inside)
#define N_OUTSIDE (sizeof outside / sizeof *outside)

static void put(const char *name, const char *text)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_true(proc_write_file(path, text));
}

static void make_folder(const char *name)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    mkdir(path, 0777);
}

static void links(const char *to, const char *name, bool hard)
{
    char path[2][1200];
    snprintf(path[0], sizeof path[0], hard ? "%s/%s" : "%.0s%s", folder, to);
    snprintf(path[1], sizeof path[1], "%s/%s", folder, name);
    unlink(path[1]);
    assert_int_equal(hard ? link(path[0], path[1]) : symlink(path[0], path[1]), 0);
}

/* A classroom: the grader, its key, other students, and the sheets that try. */
static void put_all(void)
{
    char name[64], text[2000];
    static const char *const dirs[] = {"sub", "sub/deep", "sub2", "solution"};
    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
        make_folder(dirs[i]);
    }
    put("g.nabla", grader);
    put("solution/key.nabla", "d = 4242.25\ne1 = 42427\n");
    put("solution/hidden.csv", "4242.25,42427\n4242.25,42427\n");
    put("sub2/ben.nabla", "d = 4242.25\ne1 = 42427\n");
    put("sub/zoe.csv", "4242.25,42427\n4242.25,42427\n");
    put("sub/own.txt", "wanted = 0\nd = 0\n");
    links("../solution/hidden.csv", "sub/link.csv", false);
    links("../solution", "sub/link", false);
    links("g.nabla", "sub/hard.csv", true);
    snprintf(text, sizeof text, "%s/sub/pipe.csv", folder);
    unlink(text);
    assert_int_equal(mkfifo(text, 0666), 0);
    for (size_t i = 0; i < N_INSIDE; i++) {
        snprintf(name, sizeof name, "sub/a%03zu.nabla", i);
        snprintf(text, sizeof text,
                 "d, e1, x = 0, 0, 1\nwanted, limit = 1, 2\nf = x^2\n"
                 "def g(a, b) {\n%s\nreturn 0\n}\n",
                 inside[i]);
        put(name, text);
    }
    for (size_t i = 0; i < N_OUTSIDE; i++) {
        snprintf(name, sizeof name, "sub/b%03zu.nabla", i);
        put(name, outside[i]);
    }
}

static Proc grade(const char *form)
{
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"),
                          "--grade",
                          "g.nabla",
                          "sub",
                          "sub/zoe.csv",
                          "--time=1",
                          form,
                          NULL};
    Proc p;
    assert_true(proc_run(argv, folder, NULL, 300, &p));
    return p;
}

/* The points are there to be had: what is asked of a function that writes into v alone is not. */
static void the_answers_score(void **state)
{
    (void)state;
    put("honest.nabla", "d = 4242.25\ne1 = 42427\nx = 1\nf = x*42427/3\ndef g(a, b) = 4242.25\n");
    const char *argv[] = {
        proc_env("NB_PROGRAM", "build/nabla"), "--grade", "g.nabla", "honest.nabla", "--csv", NULL};
    Proc p;
    assert_true(proc_run(argv, folder, NULL, 60, &p));
    assert_non_null(strstr(p.out, "honest.nabla,25,30,5,5,5,5,5,0\n"));
    proc_free(&p);
}

static void none_scores(void **state)
{
    (void)state;
    Proc p = grade("--csv");
    size_t rows = 0;
    for (const char *line = strchr(p.out, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
        const char *score = strstr(line, ".nabla,");
        if (score && score < line + 40) {
            rows++;
            if (strncmp(score, ".nabla,0,30,0,0,0,0,0,0\n", 24) != 0) {
                const bool a = strncmp(line, "\nsub/a", 6) == 0;
                print_message("%.60s\n%s\n", line + 1,
                              (a ? inside : outside)[strtoul(line + 6, NULL, 10)]);
                fail();
            }
        }
    }
    assert_int_equal(rows, N_INSIDE + N_OUTSIDE);
    assert_true(rows >= 60);
    proc_free(&p);
}

static void none_reads(void **state)
{
    (void)state;
    Proc p = grade("--json");
    const char *found = strstr(p.out, secret);
    if (found || strstr(p.err, secret)) {
        print_message("%.300s\n%s\n", found ? found - 200 : "", p.err);
        fail();
    }
    proc_free(&p);
}

static void none_writes(void **state)
{
    (void)state;
    char path[1200];
    snprintf(path, sizeof path, "%s/g.nabla", folder);
    char *text = proc_read_file(path, NULL);
    assert_string_equal(text, grader);
    free(text);
    static const char *const none[] = {"own.nabla",     "own.svg",     "s.nabla",
                                       "sub/own.nabla", "sub/own.svg", "sub/s.nabla"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, none[i]);
        assert_int_equal(access(path, F_OK), -1);
    }
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_answers_score),
        cmocka_unit_test(none_scores),
        cmocka_unit_test(none_reads),
        cmocka_unit_test(none_writes),
    };
    snprintf(folder, sizeof folder, "%s/attacks", proc_env("NB_TMP", "build/tmp"));
    proc_fresh_dir(folder);
    put_all();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
