/* test_runner.c -- the runner of tests: what it counts, and what it does not let pass */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/proc.h"
#include "tests/suite.h"

/* A folder with a program of tests that is a script: each of its suites is a line of the shell. */
static void run_suites(const char *suites, const char *limit, Proc *p)
{
    char folder[1024], path[1200], runner[1200];
    snprintf(folder, sizeof folder, "%s/runner/build/tests/unit", proc_env("NB_TMP", "build/tmp"));
    assert_true(proc_fresh_dir(folder));
    snprintf(path, sizeof path, "%s/run", folder);
    char script[4000];
    snprintf(script, sizeof script,
             "#!/bin/sh\n"
             "ok() { echo '[  PASSED  ] 1 test(s).'; }\n"
             "case $1 in\n--suites) echo test_a; echo test_b ;;\n%s\nesac\n",
             suites);
    assert_true(proc_write_file(path, script));
    assert_int_equal(chmod(path, 0755), 0);
    snprintf(folder, sizeof folder, "%s/runner", proc_env("NB_TMP", "build/tmp"));
    snprintf(runner, sizeof runner, "NB_LIMIT=%s", limit);
    snprintf(path, sizeof path, "%s/tests/runner/runner", proc_env("NB_BUILD", "build"));
    const char *const argv[] = {"/usr/bin/env", "-u", "K",     "-u", "NB_PART", "-u",   "VALGRIND",
                                runner,         path, "build", "-j", "2",       "unit", NULL};
    assert_true(proc_run(argv, folder, NULL, 60, p));
}

static void expect(const char *suites, const char *limit, int status, const char *const *words)
{
    Proc p;
    run_suites(suites, limit, &p);
    for (; *words; words++) {
        if (!strstr(p.out, *words)) {
            print_message("no \"%s\" in\n%s%s\n", *words, p.out, p.err);
            fail();
        }
    }
    assert_int_equal(p.status, status);
    proc_free(&p);
}
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void what_passes_is_added_up(void **state)
{
    (void)state;
    expect("test_*) ok ;;", "20", 0, WORDS("\n2 passed, 0 failed\n"));
}

static void what_failed_is_shown_and_named(void **state)
{
    (void)state;
    expect("test_a) echo reason; echo '[  FAILED  ] 1 test(s), listed below:'\n"
           "echo '[  FAILED  ] it_is_so'; exit 1 ;;\ntest_b) ok ;;",
           "20", 1, WORDS("reason\n", "unit/test_a: it_is_so\n", "\n1 passed, 1 failed\n"));
}

static void an_error_of_a_set_up_is_a_failure(void **state)
{
    (void)state;
    expect("test_a) ok; echo '[  FAILED  ] 1 test(s), listed below:'; echo '[  FAILED  ] one'\n"
           "echo '[  ERROR   ] --- no memory'; echo '[  ERROR   ] two'; exit 2 ;;\ntest_b) ok ;;",
           "20", 1, WORDS("unit/test_a: one\n", "unit/test_a: two\n", "\n2 passed, 2 failed\n"));
}

static void a_program_that_ends_otherwise_failed(void **state)
{
    (void)state;
    expect("test_a) ok; exit 3 ;;\ntest_b) ok; kill -SEGV $$ ;;", "20", 1,
           WORDS("test_a: ended with status 3", "test_b: ended by signal 11",
                 "\n2 passed, 2 failed\n"));
    expect("test_a) ok ;;\ntest_b) : ;;", "20", 1, WORDS("test_b: ran no test"));
}

static void what_takes_too_long_is_ended(void **state)
{
    (void)state;
    expect("test_a) sleep 1000; ok ;;\ntest_b) ok ;;", "0.3", 1,
           WORDS("test_a: not done after", "\n1 passed, 1 failed\n"));
}

static void a_process_left_behind_is_a_failure(void **state)
{
    (void)state;
    expect("test_a) setsid sleep 1000 & ok ;;\ntest_b) ok ;;", "20", 1,
           WORDS("test_a: left a process running: sleep", "\n2 passed, 1 failed\n"));
}

static void what_was_skipped_is_named(void **state)
{
    (void)state;
    expect("test_a) ok; echo '[  SKIPPED ] 1 test(s), listed below:'\n"
           "echo '[  SKIPPED ] without_wings' ;;\ntest_b) ok ;;",
           "20", 0, WORDS("unit/test_a: without_wings\n", "\n2 passed, 0 failed\n"));
}

static void each_has_a_folder_of_its_own(void **state)
{
    (void)state;
    expect("test_*) for v in \"$NB_TMP\" \"$HOME\" \"$TMPDIR\"; do case $v in */$1) ;;\n"
           "*-$1) ;; *) exit 4 ;; esac; [ -d \"$v\" ] || exit 5; done; ok ;;",
           "20", 0, WORDS("\n2 passed, 0 failed\n"));
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_passes_is_added_up),
        cmocka_unit_test(what_failed_is_shown_and_named),
        cmocka_unit_test(an_error_of_a_set_up_is_a_failure),
        cmocka_unit_test(a_program_that_ends_otherwise_failed),
        cmocka_unit_test(what_takes_too_long_is_ended),
        cmocka_unit_test(a_process_left_behind_is_a_failure),
        cmocka_unit_test(what_was_skipped_is_named),
        cmocka_unit_test(each_has_a_folder_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
