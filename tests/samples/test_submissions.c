/* test_submissions.c -- honest sheets of all kinds: the marks and the words that each should get */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"

#include "tests/proc.h"

static char folder[1024];

/* Answers to the five tasks of samples/grading/sheet.nabla. */
#define D "d = 4*sin(2) + 4*cos(2)\n"
#define F "x = 2\nf = x^2*sin(x)\nbackward f\n"
#define G "def g(a, b) = a*b + b^2\ngb = 11\n"
#define Q                                                                                          \
    "u, v = 0, 1\nq = (u - 1)^2 + 10*v^2\n"                                                        \
    "minimize q, adam(u, v, lr=0.1), steps=1000, tol=0;\n"
#define S "sweeps = 1\n"

/* What is handed in, the points of the tasks (2, 1, 2, 2, 1), and words of what is told. */
static const struct {
    const char *sheet, *marks, *told;
} hand_in[] = {
    /* right in many ways */
    {D F G Q S, "2,1,2,2,1", NULL},
    {S Q G F D, "2,1,2,2,1", NULL},
    {"# Ada\n\n" D "\n\n# 2\n" F G Q S, "2,1,2,2,1", NULL},
    {"d = 1.9726\n" F G Q S, "2,1,2,2,1", NULL},
    {"d = 1.972602\n" F G Q S, "2,1,2,2,1", NULL},
    {"t = 2\nd = grad(t^2*sin(t), t)\n" F G Q S, "2,1,2,2,1", NULL},
    {"def df(t) = 2*t*sin(t) + t^2*cos(t)\nd = df(2)\n" F G Q S, "2,1,2,2,1", NULL},
    {D "x = 2\nf = sin(x)*x*x\nbackward f\n" G Q S, "2,1,2,2,1", NULL},
    {D "x = 2\na1 = x^2\nf = a1*sin(x)\nbackward f\n" G Q S, "2,1,2,2,1", NULL},
    {D F
     "def g(a, b) {\n    p = a*b\n    return p + b^2\n}\na, b = 3, 4\ngb = grad(g(a, b), b)\n" Q S,
     "2,1,2,2,1", NULL},
    {D F "def g(a, b) = b*(a + b)\ngb = 3 + 2*4\n" Q S, "2,1,2,2,1", NULL},
    {D F G "u, v = 0, 1\nq = (u - 1)^2 + 10*v^2\nopt = sgd(u, v, lr=0.05)\n"
           "repeat 200 { forward q; cleargrad opt; backward q; step }\nforward q\n" S,
     "2,1,2,2,1", NULL},
    {D F G "u, v = 0, 1\nq = (u - 1)^2 + 10*v^2\nu, v := 1, 0\nforward q\n" S, "2,1,2,2,1", NULL},
    {D F G
     "u, v = 0, 1\nq = pow(u - 1, 2) + 10*v*v\nminimize q, sgd(u, v, lr=0.04), steps=500;\n" S,
     "2,1,2,2,1", NULL},
    {D "\r\n" F G Q S, "2,1,2,2,1", NULL},
    {"\xEF\xBB\xBF" D F G Q S, "2,1,2,2,1", NULL},
    /* what shows, writes or asks does not matter */
    {D F "plot f\ngraph f\nwalk f\n" G Q S, "2,1,2,2,1", NULL},
    {D F "export \"f.svg\", f\nsave \"mine\"\nhistory\n" G Q S, "2,1,2,2,1", NULL},
    {"lesson 2\n" D F G Q S, "2,1,2,2,1", NULL},
    {"set digits 3\nset echo on\nset font Serif\n" D F G Q S, "2,1,2,2,1", NULL},
    {D F G Q S "print \"done\", d\nvars\n", "2,1,2,2,1", NULL},
    {D F "def g(a, b) {\n    print \"here\", a\n    r = a*b + b^2\n    plot r\n    return r\n}\n"
         "gb = 11\n" Q S,
     "2,1,2,2,1", NULL},
    {D F G Q S "help minimize\ninfo f\ntree f\nquit\n", "2,1,2,2,1", NULL},
    {"seed 4\n" D F G Q S "zzz = rand(3)\n", "2,1,2,2,1", NULL},
    /* one slip, one task */
    {"d = 4*sin(2) + 4*cos(2\n" F G Q S, "0,1,2,2,1", "line 1: error: ( is not closed"},
    {"d = 4*sin(2)) + 4*cos(2)\n" F G Q S, "0,1,2,2,1", "line 1: error: unexpected )"},
    {"d == 4*sin(2)\n" F G Q S, "0,1,2,2,1", "line 1: error: unknown name d"},
    {D "x = 2\nf = x^2*sin(x\nbackward f\n" G Q S, "2,0,2,2,1", "line 3: error: ( is not closed"},
    {D "x = 2\nf = x^2 sin(x)\nbackward f\n" G Q S, "2,0,2,2,1", "line 3: error"},
    {D F "def g(a, b) {\n    r = a*b + (b^2\n    return r\n}\ngb = 11\n" Q S, "2,1,0,2,1",
     "line 6: error: ( is not closed"},
    {D F "def g(a, b) {\nr = a*b + b^2)\nreturn r\n}\ngb = 11\n" Q S, "2,1,0,2,1",
     "line 6: error: unexpected )"},
    {D F "def g(a, b) {\n    r = a*b + b^2\n    return r\ngb = 11\n" Q S, "2,1,0,2,1",
     "line 5: error: { is not closed"},
    {D F "def g(a, b)\n    return a*b + b^2\ngb = 11\n" Q S, "2,1,0,2,1", "line 6: error"},
    {D F "g(a, b) := a*b + b^2\ngb = 11\n" Q S, "2,1,0,2,1", "line 5: error"},
    {D F G "u, v = 0, 1\nq = [(u - 1)^2 + 10*v^2\nminimize q\n" S, "2,1,2,0,1",
     "line 8: error: [ is not closed"},
    {D F G Q "sweeps = \"1\n", "2,1,2,2,0", "line 10: error"},
    {D F "for i in range(3):\n    print(i)\n" G Q S, "2,1,2,2,1", "line 5: error"},
    {D F G "q = zeros(100000, 100000)\n" Q S, "2,1,2,2,1", "line 7: error: zeros: tensor"},
    {"import torch\n" D F G Q S, "2,1,2,2,1", "line 1: error"},
    {"load \"mine.nabla\"\n" D F G Q S, "2,1,2,2,1", "load: a sheet that is graded stands alone"},
    {"m, t = csv(\"data.csv\")\n" D F G Q S, "2,1,2,2,1", "there is no such file"},
    /* wrong or unfinished answers, and why */
    {"d = 1.97\n" F G Q S, "0,1,2,2,1",
     "1.97 is right to 3 digits, asked for 6: rounded too early?"},
    {"d = 2*2*cos(2)\n" F G Q S, "0,1,2,2,1", "it is -1.66459"},
    {"D = 4*sin(2) + 4*cos(2)\n" F G Q S, "0,1,2,2,1", "did you mean D?"},
    {"d = \"1.9726\"\n" F G Q S, "0,1,2,2,1", "it is 1.9726"},
    {D "x = 2\nf = x^2*sin(x)\n" G Q S, "2,0,2,2,1", "x.grad should be"},
    {D F "cleargrad\n" G Q S, "2,0,2,2,1", "x.grad should be ∂f/∂x alone; it is none"},
    {D F "backward f\n" G Q S, "2,0,2,2,1", "it is 3.9452"},
    {D "f = 4*sin(2)\nx = 2\n" G Q S, "2,0,2,2,1", "x.grad should be"},
    {D "const x = 2\nf = x^2*sin(x)\nbackward f\n" G Q S, "2,0,2,2,1", "line 4: error"},
    {D F "def g(a, b) = a*b + b\ngb = 11\n" Q S, "2,1,0,2,1", "g(1, 2) is 4, g(-1, 3) is 0"},
    {D F "def g(a) = a*4 + 16\ngb = 11\n" Q S, "2,1,0,2,1", "g takes 1 argument"},
    {D F "def g(a, b) { r = a*b + b^2 }\ngb = 11\n" Q S, "2,1,0,2,1", "g"},
    {D F "def g(a, b) = a*b + b^2\n" Q S, "2,1,0,2,1", "unknown name gb"},
    {D F G "u, v = 0, 1\nq = (u - 1)^2 + 10*v^2\nminimize q, sgd(u, v, lr=0.01), steps=5;\n" S,
     "2,1,2,0,1", "q is still"},
    {D F G "u, v = 0, 1\nq = (u - 1)^2 + 10*v^2\nu, v := 1, 0\n" S, "2,1,2,0,1",
     "q is stale: u, v changed; run: forward q"},
    {D F G "u, v = 1, 0\nq = 0\n" S, "2,1,2,0,1", "q should be"},
    {D F G Q "sweeps = 1000000\n", "2,1,2,2,0", "one backward sweep gives all of them"},
    {D F G Q "Sweeps = 1\n", "2,1,2,2,0", "did you mean Sweeps?"},
    /* ends before the end */
    {"", "0,0,0,0,0", "the sheet is empty"},
    {"# only my name\n", "0,0,0,0,0", "the sheet is empty"},
    {D F "quit\n" G Q S, "2,1,0,0,0", "not reached: stopped at line 5"},
    {D F "while true { a = 1 }\n" G Q S, "2,1,0,0,0", "not reached: stopped at line 5"},
    {D F "def g(a, b) { while true { a = b } }\ngb = 11\n" Q S, "2,1,0,2,1", "time limit"},
    {D F "def g(a, b) = g(a, b)\ngb = 11\n" Q S, "2,1,0,2,1", "1000 deep"},
    {"Dear teacher,\nI could not do it.\nSorry!\n", "0,0,0,0,0", "line 1: error"},
};

#define N (sizeof hand_in / sizeof *hand_in)

static Proc grade(const char *form)
{
    char g[1200];
    snprintf(g, sizeof g, "%s/samples/grading/grader.nabla", proc_env("NB_ROOT", "."));
    const char *argv[] = {
        proc_env("NB_PROGRAM", "build/nabla"), "--grade", g, "class", "--time=2", form, NULL};
    Proc p;
    assert_true(proc_run(argv, folder, NULL, 300, &p));
    return p;
}

static void each_gets_its_marks(void **state)
{
    (void)state;
    Proc p = grade("--csv");
    int wrong = 0;
    assert_int_equal(p.status, 0);
    for (size_t i = 0; i < N; i++) {
        char name[40];
        snprintf(name, sizeof name, "class/s%02zu.nabla,", i);
        const char *row = strstr(p.out, name);
        const char *marks = row ? strchr(row + strlen(name), ',') : NULL;
        if (!marks || strncmp(marks, ",8,", 3) != 0 ||
            strncmp(marks + 3, hand_in[i].marks, strlen(hand_in[i].marks)) != 0) {
            print_message("%zu wanted %s\n%s%.60s\n", i, hand_in[i].marks, hand_in[i].sheet,
                          row ? row : "no row");
            wrong++;
        }
    }
    proc_free(&p);
    assert_int_equal(wrong, 0);
    assert_true(N >= 60);
}

static void each_is_told_why(void **state)
{
    (void)state;
    Proc p = grade(NULL);
    int wrong = 0;
    for (size_t i = 0; i < N; i++) {
        char name[40];
        snprintf(name, sizeof name, "class/s%02zu.nabla ", i);
        const char *from = strstr(p.out, name);
        char *to = from ? strstr(from + 1, "\nclass/") : NULL;
        if (to) {
            *to = '\0';
        }
        const bool ok = from && (hand_in[i].told ? strstr(from, hand_in[i].told) != NULL
                                                 : !strstr(from, "error"));
        if (!ok) {
            print_message("%zu wanted %s\n%s%s\n", i, hand_in[i].told, hand_in[i].sheet,
                          from ? from : "");
            wrong++;
        }
        if (to) {
            *to = '\n';
        }
    }
    proc_free(&p);
    assert_int_equal(wrong, 0);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_gets_its_marks),
        cmocka_unit_test(each_is_told_why),
    };
    char path[1200];
    snprintf(folder, sizeof folder, "%s/honest", proc_env("NB_TMP", "build/tmp"));
    proc_fresh_dir(folder);
    snprintf(path, sizeof path, "%s/class", folder);
    proc_fresh_dir(path);
    for (size_t i = 0; i < N; i++) {
        snprintf(path, sizeof path, "%s/class/s%02zu.nabla", folder, i);
        proc_write_file(path, hand_in[i].sheet);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
