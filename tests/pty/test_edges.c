/* test_edges.c -- many names to complete, lost history, options out of order, small stacks */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"

#include "tests/proc.h"
#include "tests/pty/pty.h"

#define SOON 30.0 /* s, for what takes milliseconds on an idle machine */

static const char *in_tmp(const char *name)
{
    static char path[1200];
    snprintf(path, sizeof path, "%s/%s", proc_env("NB_TMP", "build/tmp"), name);
    return path;
}

static void start(Pty *p, const char *file, const char *history)
{
    static char line[1300];
    const char *argv[8] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--no-window"};
    const char *env[] = {line, NULL};
    snprintf(line, sizeof line, "NABLA_HISTORY=%s", history);
    if (file) {
        argv[3] = "-i";
        argv[4] = file;
    }
    assert_true(pty_start(p, argv, env, 40, 100));
    assert_true(pty_wait(p, "∇> ", SOON));
}

/* `const name0 = 0` and so on. */
static const char *write_names(int n)
{
    const size_t cap = (size_t)n * 40 + 1;
    char *text = malloc(cap);
    size_t len = 0;
    assert_non_null(text);
    text[0] = '\0';
    for (int i = 0; i < n; i++) {
        len += (size_t)snprintf(text + len, cap - len, "const name%d = %d\n", i, i);
    }
    const char *path = in_tmp("names.nabla");
    assert_true(proc_write_file(path, text));
    free(text);
    return path;
}

static void many_words_are_listed_when_wanted(void **state)
{
    (void)state;
    if (proc_bare()) {
        skip();
    }
    Pty p = {0};
    start(&p, write_names(150), "/dev/null");
    pty_send(&p, "nam\t");
    assert_true(pty_wait(&p, "name", SOON));
    pty_send(&p, "\t\t");
    assert_true(pty_wait(&p, "list all 150? (y or n) ", SOON));
    pty_send(&p, "n");
    assert_true(pty_wait(&p, "∇> name", SOON));
    pty_send(&p, "\t");
    assert_true(pty_wait(&p, "list all 150? (y or n) ", SOON));
    pty_send(&p, "y");
    assert_true(pty_wait(&p, "name99", SOON));
    assert_true(pty_wait(&p, "∇> name", SOON));
    pty_send(&p, "\t");
    assert_true(pty_wait(&p, "list all 150? (y or n) ", SOON));
    pty_send(&p, "\x03"); /* Ctrl-C is an answer */
    assert_true(pty_wait(&p, "∇> ", SOON));
    pty_send(&p, "6*7\r");
    assert_true(pty_wait(&p, "ans = 42", SOON));
    pty_end(&p);
}

/* Squares of the number of names would take minutes. */
static void a_hundred_thousand_names_are_collected_at_once(void **state)
{
    (void)state;
    if (proc_bare()) {
        skip();
    }
    Pty p = {0};
    start(&p, write_names(100000), "/dev/null");
    pty_send(&p, "nam\t\t\t");
    assert_true(pty_wait(&p, "list all 100000? (y or n) ", SOON));
    pty_send(&p, "n");
    assert_true(pty_wait(&p, "∇> name", SOON));
    pty_end(&p);
}

static void lines_that_are_not_kept_are_told_once(void **state)
{
    (void)state;
    Pty p = {0};
    start(&p, NULL, "/proc/none/history");
    pty_send(&p, "6*7\r");
    assert_true(pty_wait(&p, "note: the history cannot be written", SOON));
    assert_true(pty_wait(&p, "ans = 42", SOON));
    const size_t here = p.mark;
    pty_send(&p, "6*9\r");
    assert_true(pty_wait(&p, "ans = 54", SOON));
    assert_false(pty_shown(&p, here, "history"));
    pty_end(&p);
}

/* status, and what stdout or stderr holds. */
static void shell(const char *command, int status, const char *text)
{
    static char line[2000];
    Proc p;
    snprintf(line, sizeof line, "N=%s; T=%s; %s", proc_env("NB_PROGRAM", "build/nabla"),
             proc_env("NB_TMP", "build/tmp"), command);
    assert_true(proc_run((const char *const[]){"/bin/sh", "-c", line, NULL}, NULL, NULL, 60, &p));
    if (p.status != status || !(strstr(p.out, text) || strstr(p.err, text))) {
        fail_msg("%s\nstatus %d\n%s%s", command, p.status, p.out, p.err);
    }
    proc_free(&p);
}

static void options_of_an_option_may_stand_before_its_value(void **state)
{
    (void)state;
    assert_true(proc_write_file(in_tmp("six.nabla"), "6*7\n"));
    shell("$N --to-notebook --run $T/six.nabla", 0, "ans = 42");
    shell("$N --to-notebook $T/six.nabla --run", 0, "ans = 42");
    shell("$N --run --to-notebook $T/six.nabla", 0, "ans = 42");
    shell("$N --to-notebook --run", 2, "--to-notebook needs a value");
}

static void notebooks_are_text_and_in_nabla(void **state)
{
    (void)state;
    assert_true(proc_write_file(in_tmp("bytes.nabla"), "x = 2\n# caf\xe9\n"));
    assert_true(proc_write_file(
        in_tmp("py.ipynb"), "{\"cells\": [{\"cell_type\": \"code\", \"source\": [\"import os\"]}], "
                            "\"metadata\": {\"language_info\": {\"name\": \"python\"}}}"));
    shell("$N --to-notebook $T/bytes.nabla", 1, "bytes.nabla:2: not valid UTF-8");
    shell("$N --from-notebook $T/py.ipynb", 1, "py.ipynb is a notebook in python, not in nabla");
}

static void a_small_stack_is_raised_or_told(void **state)
{
    (void)state;
    if (getenv("NB_WORKER")) {
        skip(); /* what checks the program has a stack of its own */
    }
    const char *work =
        "x = 2; f = sin(x)^2; backward f; export \"'$T'/small.png\", f; print f.size";
    char line[600];
    snprintf(line, sizeof line, "ulimit -Ss 100; $N --norc -e '%s'", work);
    shell(line, 0, "1");
    snprintf(line, sizeof line, "ulimit -s 100; $N --norc -e '%s'", work);
    shell(line, 1, "the stack is limited to 100 KB (ulimit -s), 256 are needed");
}

/* Names are cut before they are written in TeX, not behind. */
static void braces_close_around_names_of_any_length(void **state)
{
    (void)state;
    static const char *const letters[] = {"a", "θ", "中"};
    for (int k = 0; k < 3; k++) {
        char name[400] = "", line[1400];
        for (int i = 0; i < 99 && strlen(name) + strlen(letters[k]) < 100; i++) {
            strcat(name, letters[k]);
        }
        snprintf(line, sizeof line,
                 "$N --norc -e '%s, y = 2, 3; f = %s^2*y + sin(%s)/%s; backward f; "
                 "export \"'$T'/long.tex\", f, view=trace' && "
                 "o=$(tr -cd { <$T/long.tex | wc -c) && c=$(tr -cd } <$T/long.tex | wc -c) && "
                 "echo $o open $c closed && test $o = $c",
                 name, name, name, name);
        shell(line, 0, "closed");
    }
}

static void a_walk_of_a_large_graph_is_folded(void **state)
{
    (void)state;
    shell("$N --norc -e 'x = 1; f = x; repeat 20000 { f = f + x }; walk f' | wc -l", 0, "802\n");
    shell("$N --norc -e 'x = 1; f = x; repeat 20000 { f = f + x }; walk f'", 0,
          "left out; walk v3 walks a part");
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_words_are_listed_when_wanted),
        cmocka_unit_test(a_hundred_thousand_names_are_collected_at_once),
        cmocka_unit_test(lines_that_are_not_kept_are_told_once),
        cmocka_unit_test(options_of_an_option_may_stand_before_its_value),
        cmocka_unit_test(notebooks_are_text_and_in_nabla),
        cmocka_unit_test(braces_close_around_names_of_any_length),
        cmocka_unit_test(a_walk_of_a_large_graph_is_folded),
        cmocka_unit_test(a_small_stack_is_raised_or_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
