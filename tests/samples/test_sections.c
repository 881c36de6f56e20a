/* test_sections.c -- the runner of tests/lang notices what differs, and outlives what it runs */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suite.h"

#include "tests/proc.h"

static char folder[1024], runner[1024];

/* Runs a file of these sections, or (list) names its tests. */
static Proc sections(const char *text, const char *ways, const char *list)
{
    char path[1100], tmp[1100];
    snprintf(path, sizeof path, "%s/some.nabla", folder);
    snprintf(tmp, sizeof tmp, "NB_TMP=%s", folder);
    assert_true(proc_write_file(path, text));
    const char *argv[] = {"/usr/bin/env", "-u",   "K",  "-u", "NB_ONCE", "-u", "NB_ALL", tmp,
                          ways,           runner, path, list, NULL};
    Proc p;
    assert_true(proc_run(argv, NULL, NULL, 60, &p));
    return p;
}

/* Indented: the lines of tests that are to fail are no results of this program. */
static void show(const Proc *p)
{
    for (const char *at = p->out; *at; at += strcspn(at, "\n"), at += *at == '\n') {
        print_message("    %.*s\n", (int)strcspn(at, "\n"), at);
    }
    print_message("%s\n", p->err);
}

static int count(const char *text, const char *word)
{
    int n = 0;
    for (const char *at = text; (at = strstr(at, word)); at++) {
        n++;
    }
    return n;
}

/* It was built, and runs sections in its process. */
static void there_or_skipped(void)
{
    if (access(runner, X_OK) != 0) {
        skip();
    }
    Proc p = sections("#---- one\nx = 1;\n", "NB_QUICK=1", "--list");
    const int n = count(p.out, "(session)");
    proc_free(&p);
    if (n == 0) {
        skip();
    }
}

static const struct Try {
    const char *text;
    bool passes;
} tries[] = {
    {"x = 1\n#> x = 1\n", true},
    {"x = 1\n#> x = 2\n", false},
    {"x = 1\n", false},
    {"x = 1;\n#> x = 1\n", false},
    {"x = 1\n#>~ x = [0-9]\n", true},
    {"x = 1;\n#= 1\n", false},
    {"quit 3\n#= 3\n", true},
    /* What an error shows follows from its place … */
    {"sin(1, 2)\n#! 1:1-9: error: sin takes at most 1 argument, 2 given\n#!   hint: sin(x)\n",
     true},
    {"sin(1, 2)\n#! 1:1-8: error: sin takes at most 1 argument, 2 given\n#!   hint: sin(x)\n",
     false},
    {"sin(1, 2)\n#! 1:1: error: sin takes at most 1 argument, 2 given\n#!   hint: sin(x)\n", false},
    {"sin(1, 2)\n#! 1:2-9: error: sin takes at most 1 argument, 2 given\n#!   hint: sin(x)\n",
     false},
    {"sin(1, 2)\n#! 2:1-9: error: sin takes at most 1 argument, 2 given\n#!   hint: sin(x)\n",
     false},
    {"sin(1, 2)\n#! 1:1-9: error: sin takes at most 2 arguments\n#!   hint: sin(x)\n", false},
    {"sin(1, 2)\n#!~ 1:1-9: error: *, 2 given\n#!~ *sin(x)\n", true},
    {"sin(1, 2)\n#!~ 1:1-8: error: *, 2 given\n#!~ *sin(x)\n", false},
    {"sin(1, 2)\n#!~ 1:* error: *, 2 given\n#!~ *sin(x)\n", true},
    {"sin(1, 2)\n#!~ 2:* error: *, 2 given\n#!~ *sin(x)\n", false},
    {"\n sin(1, 2)  \n#!~ 2:2-10: error: *, 2 given\n#!~ *sin(x)\n", true},
    /* … unless it is stated. */
    {"sin(1, 2)\n#!~ 1:1: error: *\n#!   1 | sin(1, 2)\n#!     | ^^^^^^^^^\n#!   hint: sin(x)\n",
     true},
    {"sin(1, 2)\n#!~ 1:1: error: *\n#!   1 | sin(1, 2)\n#!     | ^^^^^^^\n#!   hint: sin(x)\n",
     false},
    {"sin(1, 2)\n#!~ 1:1: error: *\n#!   1 | sin(1, 3)\n#!     | ^^^^^^^^^\n#!   hint: sin(x)\n",
     false},
    /* Files. */
    {"#@ file d.csv a,b\\n1,2\nd = csv(\"d.csv\");\nprint d.shape\n#> [1, 2]\n", true},
    {"x = 1;\nsave \"s.nabla\"\n#>~ wrote *\n#@ has s.nabla x = 1\n", true},
    {"x = 1;\nsave \"s.nabla\"\n#>~ wrote *\n#@ has s.nabla y = 1\n", false},
};

static void what_differs_is_noticed(void **state)
{
    (void)state;
    there_or_skipped();
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        char text[1000];
        snprintf(text, sizeof text, "# some.nabla -- a section\n\n#---- one\n%s", tries[i].text);
        Proc p = sections(text, "NB_QUICK=1", NULL);
        if ((p.status == 0) != tries[i].passes || count(p.out, "[ RUN ") != 1 ||
            count(p.out, "[==========] 1 test(s) run.") != 1 ||
            count(p.out, tries[i].passes ? "[  PASSED  ] 1 test(s)." : "[  FAILED  ] 1 test(s)") !=
                1) {
            print_message("%s\n", tries[i].text);
            show(&p);
            fail();
        }
        proc_free(&p);
    }
}

static void each_section_runs_in_the_ways_it_can(void **state)
{
    (void)state;
    there_or_skipped();
    static const char text[] = "#---- plain\nx = 1;\n"
                               "#---- with arguments\n#@ args --digits=3\nx = 1;\n"
                               "#---- of the program\n#@ only program\nx = 1;\n"
                               "#---- a script\n#@ only script\nx = 1;\n"
                               "#---- a pipe\n#@ only pipe\nx = 1;\n"
                               "#---- translated\n#@ pytorch\nx = 1;\n";
    Proc p = sections(text, "NB_ALL=1", "--list");
    assert_string_equal(p.out, "some.nabla: plain (session)\n"
                               "some.nabla: plain (script)\n"
                               "some.nabla: plain (pipe)\n"
                               "some.nabla: with arguments (script)\n"
                               "some.nabla: with arguments (pipe)\n"
                               "some.nabla: of the program (script)\n"
                               "some.nabla: of the program (pipe)\n"
                               "some.nabla: a script (session)\n"
                               "some.nabla: a script (script)\n"
                               "some.nabla: a pipe (pipe)\n"
                               "some.nabla: translated (script)\n");
    proc_free(&p);
    p = sections(text, "NB_QUICK=1", "--list");
    assert_int_equal(count(p.out, "\n"), 2);
    proc_free(&p);
    int ways = 0; /* of the two in a session, over all shards: each once by the program */
    for (int shard = 0; shard < 20; shard++) {
        char which[32];
        snprintf(which, sizeof which, "NB_SHARD=%d", shard);
        p = sections(text, which, "--list");
        ways += count(p.out, "\n");
        proc_free(&p);
    }
    assert_int_equal(ways, 20 * (2 + 2 + 2 + 1 + 1) + 3);
}

static void a_section_that_does_not_end_fails_alone(void **state)
{
    (void)state;
    there_or_skipped();
    char text[] = "#---- first\nx = 1\n#> x = 1\n"
                  "#---- for ever\nprint \"begun\"\nx = 1;\nwhile true { x = x + 1 }\n"
                  "#---- last\nx = 2\n#> x = 2\n";
    setenv("NB_SECONDS", "1", 1);
    Proc p = sections(text, "NB_QUICK=1", NULL);
    unsetenv("NB_SECONDS");
    if (p.status != 1 || count(p.out, "some.nabla:4: not done after 1 s\n") != 1 ||
        count(p.out, "[  FAILED  ] some.nabla: for ever (session)\n") != 2 ||
        count(p.out, "[       OK ] some.nabla: last (session)\n") != 1 ||
        count(p.out, "[  PASSED  ] 2 test(s).\n") != 1) {
        show(&p);
        fail();
    }
    proc_free(&p);
}

static int find_runner(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s/sections", proc_env("NB_TMP", "/tmp"));
    snprintf(runner, sizeof runner, "%s/tests/lang/run", proc_env("NB_BUILD", "build"));
    return proc_fresh_dir(folder) ? 0 : -1;
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_differs_is_noticed),
        cmocka_unit_test(each_section_runs_in_the_ways_it_can),
        cmocka_unit_test(a_section_that_does_not_end_fails_alone),
    };
    return cmocka_run_group_tests(tests, find_runner, NULL);
}
