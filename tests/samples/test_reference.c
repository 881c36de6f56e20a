/* test_reference.c -- the manual of the library: pages without faults, examples that run */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/suite.h"

#include "tests/proc.h"

/* A command of the shell with ROOT, the tree, TMP, an empty folder it begins in, LIB, CC and FLAGS
 * set; it ends with status 0 and prints `wants`. */
static void shell(const char *command, const char *wants)
{
    char script[3000];
    snprintf(script, sizeof script,
             "ROOT='%s' TMP='%s/reference' LIB='%s/lib' CC='%s' FLAGS='%s'\n"
             "unset MAKELEVEL CDPATH; set -e; rm -rf \"$TMP\"; mkdir -p \"$TMP\"; cd \"$TMP\"\n"
             "pages() { awk -v out=. -v version=1 -v date=2026-01-31 -f "
             "\"$ROOT\"/doc/reference/pages.awk \"$ROOT\"/include/nabla/*.h \"$@\"; }\n%s",
             proc_env("NB_ROOT", "."), proc_env("NB_TMP", "/tmp"), proc_env("NB_BUILD", "build"),
             proc_env("NB_CC", "cc"), proc_env("NB_FLAGS", ""), command);
    const char *argv[] = {"/bin/sh", "-c", script, NULL};
    Proc p;
    assert_true(proc_run(argv, NULL, NULL, 300, &p));
    if (p.status != 0 || strcmp(p.out, wants) != 0) {
        print_message("%s\n-> %d\n%s%s", command, p.status, p.out, p.err);
    }
    assert_int_equal(p.status, 0);
    assert_string_equal(p.out, wants);
    proc_free(&p);
}

/* Each is built as a program of a user is, and ends with nothing wrong and no variable left. */
static void every_example_is_right(void **state)
{
    (void)state;
    shell("n=0\n"
          "for f in \"$ROOT\"/doc/reference/*.c; do\n"
          "  $CC -std=c17 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror $FLAGS "
          "-I\"$ROOT\"/include -o example $f $LIB/libnabla-session.a $LIB/libnabla-viz.a "
          "$LIB/libnabla.a $(pkg-config --libs openblas) -lm -ldl -lpthread\n"
          "  ./example >out 2>err || { echo $f; cat out err; exit 1; }\n"
          "  grep -q ' examples, 0 wrong' out; n=$((n + 1))\n"
          "done; [ $n -ge 12 ] && echo all",
          "all\n");
}

/* What the libraries export is in the manual, and used by an example; both are told when they are
 * missing. */
static void every_function_has_its_page_and_example(void **state)
{
    (void)state;
    shell("pages \"$ROOT\"/doc/reference/*.c\n"
          "for l in src viz repl; do cat \"$ROOT\"/$l/exports.map; done | "
          "sed -n 's/^    \\(nb_[a-z0-9_]*\\);/\\1/p' > listed\n"
          "[ $(wc -l < listed) -gt 400 ]\n"
          "while read -r f; do [ -s $f.3 ] || echo \"no page: $f\"; done < listed\n"
          "echo all",
          "all\n");
    shell("sed 's/nb_var_adopt(x/adopt(x/' \"$ROOT\"/doc/reference/var.c > var.c\n"
          "set +e; pages var.c $(ls \"$ROOT\"/doc/reference/*.c | grep -v /var.c) 2>&1; echo $?",
          "no example: nb_var_adopt\n1\n");
}

static void the_pages_have_no_faults(void **state)
{
    (void)state;
    shell("command -v mandoc >/dev/null || { echo clean; exit 0; }\n"
          "pages \"$ROOT\"/doc/reference/*.c\n"
          "sed 's/@VERSION@/1/; s/@DATE@/2026-01-31/' \"$ROOT\"/doc/nabla.1 > nabla.1\n"
          "mandoc -T lint -W warning nabla.1 nabla*.3\n"
          "mandoc -T utf8 nabla_var.3 | sed 's/.\\x08//g' | grep -q 'NbVar \\*nb_var_scalar('\n"
          "mandoc -T utf8 nabla_var.3 | grep -q 'check(nb_var_value(x) == 3);'\n"
          "grep -q '^.Dd January 31, 2026' nabla.3; echo clean",
          "clean\n");
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_is_right),
        cmocka_unit_test(every_function_has_its_page_and_example),
        cmocka_unit_test(the_pages_have_no_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
