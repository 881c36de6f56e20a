/* test_builds.c -- what make says where it cannot build: no compiler, another folder */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/suite.h"

#include "tests/proc.h"

/* A command of the shell with ROOT, the tree, in an empty folder; its status and what it prints. */
static void shell(const char *command, int status, const char *part)
{
    char script[2000];
    snprintf(script, sizeof script,
             "ROOT='%s' TMP='%s/builds'\nunset MAKELEVEL MAKEFLAGS MFLAGS CC CDPATH NB_DEPS SAN "
             "TSAN VALGRIND COV DEBUG "
             "WINDOWS BLAS KERNEL LTO\n"
             "rm -rf \"$TMP\"; mkdir -p \"$TMP\"; cd \"$TMP\"\nexec 2>&1\n%s",
             proc_env("NB_ROOT", "."), proc_env("NB_TMP", "/tmp"), command);
    const char *argv[] = {"/bin/sh", "-c", script, NULL};
    Proc p;
    assert_true(proc_run(argv, NULL, NULL, 100, &p));
    if (p.status != status || !strstr(p.out, part)) {
        print_message("%s\n-> %d\n%s", command, p.status, p.out);
    }
    assert_int_equal(p.status, status);
    assert_non_null(strstr(p.out, part));
    proc_free(&p);
}

/* A path with nothing but what the search needs. */
#define WITHOUT_COMPILER                                                                           \
    "mkdir bin; for t in sh env test pkg-config; do ln -s \"$(command -v $t)\" bin/; done\n"       \
    "export PATH=\"$PWD/bin\"\n"

static void a_missing_compiler_is_told(void **state)
{
    (void)state;
    shell(WITHOUT_COMPILER "\"$ROOT\"/.ci/deps --check compiler", 1,
          "missing: gcc libc6-dev\nrun: make deps\n");
    shell(WITHOUT_COMPILER "CC=clang \"$ROOT\"/.ci/deps --check compiler", 1,
          "missing: clang libc6-dev\n");
    shell(WITHOUT_COMPILER "NB_DEPS=check \"$ROOT\"/.ci/deps compiler", 1,
          "NB_DEPS=check says not to install it: gcc libc6-dev\n");
    shell(WITHOUT_COMPILER "ln -s /bin/true bin/gcc; \"$ROOT\"/.ci/deps --check compiler; echo ok",
          0, "ok\n");
}

/* The compiler is among what a build, the demo and the tests ask for. */
static void make_asks_for_the_compiler(void **state)
{
    (void)state;
    shell("make -n -C \"$ROOT\" deps", 0, ".ci/deps compiler ");
    shell("make -n -C \"$ROOT\" demo", 0, ".ci/deps compiler ");
    shell("make -n -C \"$ROOT\" CC=clang deps", 0, "CC='clang' .ci/deps compiler ");
    shell("make -n -B -C \"$ROOT\" build/flags", 0, ".ci/deps --check compiler ");
}

static void another_folder_is_told_how(void **state)
{
    (void)state;
    shell("make -f \"$ROOT\"/Makefile", 2, "nabla is built in its own folder: make -C ");
    shell("make -f \"$ROOT\"/Makefile test demo 2>&1 | grep -o 'folder: make -C .* test demo'", 0,
          "test demo");
    shell("make -s -C \"$ROOT\" help", 0, "build/nabla");
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_compiler_is_told),
        cmocka_unit_test(make_asks_for_the_compiler),
        cmocka_unit_test(another_folder_is_told_how),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
