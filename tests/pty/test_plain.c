/* test_plain.c -- without UTF-8 every help text is told in ASCII */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"

#include "tests/proc.h"

/* What the program prints for this code, which must succeed. */
static Proc said(const char *code)
{
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", NULL};
    Proc p;
    assert_true(proc_run(argv, NULL, code, 60, &p));
    if (p.status != 0) {
        print_message("%s", p.err);
    }
    assert_int_equal(p.status, 0);
    return p;
}

static void assert_ascii(const char *text)
{
    for (const char *at = text; *at; at++) {
        if ((unsigned char)*at >= 0x80) {
            const char *from = at;
            while (from > text && from[-1] != '\n') {
                from--;
            }
            fail_msg("not ASCII: %.*s", (int)strcspn(from, "\n"), from);
        }
    }
}

static void every_help_text_has_an_ascii_form(void **state)
{
    (void)state;
    Proc names = said("set unicode off\nhelp all\n");
    assert_ascii(names.out);
    size_t cap = 64 * strlen(names.out) + 64, len;
    char *code = malloc(cap);
    assert_non_null(code);
    len = (size_t)snprintf(code, cap, "set unicode off\nset\n");
    int asked = 0;
    for (char *word = strtok(names.out, " \n"); word; word = strtok(NULL, " \n")) {
        if (strcmp(word, "help") == 0 && asked > 100) {
            break; /* the last line, which is no list */
        }
        len += (size_t)snprintf(code + len, cap - len, "help %s\n", word);
        asked++;
    }
    assert_true(asked > 150 && len < cap);
    Proc p = said(code);
    assert_ascii(p.out);
    assert_ascii(p.err);
    assert_non_null(strstr(p.out, "m = beta1 m + (1-beta1)g"));
    free(code);
    proc_free(&p);
    proc_free(&names);
}

static void hints_have_an_ascii_form(void **state)
{
    (void)state;
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", NULL};
    Proc p;
    assert_true(proc_run(argv, NULL, "set unicode off\nx = 2; adam(x, rate=1)\n", 60, &p));
    assert_int_equal(p.status, 1);
    assert_ascii(p.err);
    assert_non_null(strstr(p.err, "hint: adam(x, ..., lr=0.001"));
    proc_free(&p);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_help_text_has_an_ascii_form),
        cmocka_unit_test(hints_have_an_ascii_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
