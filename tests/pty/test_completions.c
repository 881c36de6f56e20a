/* test_completions.c -- Tab in bash, zsh and fish, with what nabla --completions prints */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/suite.h"

#include "tests/proc.h"
#include "tests/pty/pty.h"

#define SOON 20.0 /* s, for what takes milliseconds on an idle machine */
#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static char dir[1024];

static void file(const char *name)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_true(proc_write_file(path, "x = 1\n"));
}

static int fresh(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "%s/completions", proc_env("NB_TMP", "build/tmp"));
    if (!proc_fresh_dir(dir)) {
        return -1;
    }
    file("one.nabla");
    file("two words.nabla");
    file("table.csv");
    file("lecture.ipynb");
    return 0;
}

/* What is typed, and the arguments the command then gets, each as <word>. */
typedef struct Typed {
    const char *keys, *args;
} Typed;

/* In each shell `nabla` is a function that prints its arguments, so that nothing hangs on how the
 * shell draws its line. */
static void type(const char *const argv[], const char *setup, const char *ready, const Typed *typed)
{
    char script[1200], env[1200];
    const char *options[] = {env, "TERM=xterm", "ZDOTDIR=/nonexistent", NULL};
    Pty p = {0};
    snprintf(env, sizeof env, "HOME=%s", dir);
    snprintf(script, sizeof script, "cd '%s'\r", dir);
    assert_true(pty_start(&p, argv, options, 24, 120));
    pty_send(&p, script);
    pty_send(&p, setup);
    assert_true(pty_wait(&p, ready, SOON));
    for (const Typed *t = typed; t->keys; t++) {
        char line[200], end[220];
        snprintf(line, sizeof line, "nabla %s\r", t->keys);
        pty_send(&p, line); /* a shell takes one key after the other, however early they come */
        snprintf(end, sizeof end, "%s.", t->args);
        if (!pty_wait(&p, end, SOON)) {
            print_message("%s: %s gave no %s\n%s\n", argv[0], t->keys, end, p.text);
            fail();
        }
    }
    pty_end(&p);
}

static void write_for(const char *shell)
{
    char path[1200];
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--completions", shell, NULL};
    Proc p;
    assert_true(proc_run(argv, dir, "", 60, &p));
    assert_int_equal(p.status, 0);
    assert_string_equal(p.err, "");
    snprintf(path, sizeof path, "%s/%s", dir, shell);
    assert_true(proc_write_file(path, p.out));
    proc_free(&p);
}

static bool there(const char *shell)
{
    char path[100];
    snprintf(path, sizeof path, "/usr/bin/%s", shell);
    return access(path, X_OK) == 0;
}

/* `=` is what the shell puts between an option and its value: that, or a space. */
#define COMMON(EQ)                                                                                 \
    {"--dig\t4", "<--digits" EQ "4>"}, {"--color=al\t", "<--color=always>"},                       \
        {"tw\t", "<two words.nabla>"}, {"--grade=on\t --js\t", "<--grade=one.nabla><--json>"},     \
        {"--js\t", "<--js>"}, {"--from-notebook le\t", "<--from-notebook><lecture.ipynb>"},        \
        {"--sheet=on\t --stu\tta\t", "<--sheet=one.nabla><--students" EQ "table.csv>"},            \
        {"--quie\tone.nabla", "<--quiet><one.nabla>"},                                             \
    {                                                                                              \
        "--completions fi\t", "<--completions><fish>"                                              \
    }

static void bash(void **state)
{
    (void)state;
    static const Typed typed[] = {
        COMMON("="), {"ta\t", "<ta>"}, {"--seed=on\t", "<--seed=on>"}, {0}};
    write_for("bash");
    type(ARGS("/bin/bash", "--norc", "--noprofile", "-i"),
         "nabla() { printf '<%s>' \"$@\"; echo .; }; . ./bash; echo re\"\"ady\r", "ready", typed);
}

static void zsh(void **state)
{
    (void)state;
    static const Typed typed[] = {COMMON("="), {0}};
    if (!there("zsh")) {
        skip();
    }
    write_for("zsh");
    type(
        ARGS("/usr/bin/zsh", "-f", "-i"),
        "nabla() { printf '<%s>' \"$@\"; echo .; }; autoload -U compinit; compinit -u -D; . ./zsh; "
        "echo re\"\"ady\r",
        "ready", typed);
    /* As a file of the shell's own folders, which is loaded when it is needed. */
    char from[1200], to[1200];
    snprintf(from, sizeof from, "%s/zsh", dir);
    snprintf(to, sizeof to, "%s/_nabla", dir);
    assert_int_equal(rename(from, to), 0);
    type(ARGS("/usr/bin/zsh", "-f", "-i"),
         "nabla() { printf '<%s>' \"$@\"; echo .; }; fpath=($PWD $fpath); autoload -U compinit; "
         "compinit -u -D; echo re\"\"ady\r",
         "ready", typed);
}

static void fish(void **state)
{
    (void)state;
    static const Typed typed[] = {COMMON("><"), {0}};
    if (!there("fish")) {
        skip();
    }
    write_for("fish");
    type(ARGS("/usr/bin/fish", "--no-config", "-i"),
         "function nabla; printf '<%s>' $argv; echo .; end; source ./fish; echo re\"\"ady\r",
         "ready", typed);
}

static void another_shell_is_refused(void **state)
{
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--completions=tcsh", NULL};
    Proc p;
    (void)state;
    assert_true(proc_run(argv, dir, "", 60, &p));
    assert_int_equal(p.status, 2);
    assert_string_equal(p.out, "");
    assert_string_equal(p.err, "nabla: --completions: expected bash, zsh or fish, got tcsh\n"
                               "nabla --help lists the options\n");
    proc_free(&p);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(bash, fresh),
        cmocka_unit_test_setup(zsh, fresh),
        cmocka_unit_test_setup(fish, fresh),
        cmocka_unit_test_setup(another_shell_is_refused, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
