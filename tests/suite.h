/* suite.h -- a file of tests is a suite of its folder's program, which finds it by itself */
#ifndef NABLA_TESTS_SUITE_H
#define NABLA_TESTS_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct Suite {
    const char *file; /* tests/unit/test_ops.c */
    int (*run)(void);
    struct Suite *next;
} Suite;

void suite_add(Suite *s);

/* SUITE() { … } stands where a program has its main function. */
#define SUITE()                                                                                    \
    static int run_suite(void);                                                                    \
    __attribute__((constructor)) static void add_suite(void)                                       \
    {                                                                                              \
        static Suite suite = {__FILE__, run_suite, NULL};                                          \
        suite_add(&suite);                                                                         \
    }                                                                                              \
    static int run_suite(void)

/* cmocka's runner of a group behind a filter of names (K='*pattern*') that may also only list
 * them. Set-up and end of a group of which nothing is to run are left out. */
int suite_group(const char *title, const struct CMUnitTest tests[], size_t n,
                CMFixtureFunction setup, CMFixtureFunction teardown);
#undef cmocka_run_group_tests
#define cmocka_run_group_tests(tests, setup, teardown)                                             \
    suite_group(#tests, tests, sizeof(tests) / sizeof *(tests), setup, teardown)

/* A program that other programs start for a purpose of its own (a worker for layouts) defines this:
 * its exit status, or -1 when tests are to run. */
int suite_start(int argc, char **argv);

#endif
