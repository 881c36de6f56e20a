/* test_limits.c -- the program where little is given: streams, files, threads, memory, a display */
#define _XOPEN_SOURCE 700
#include <setjmp.h>
#include <signal.h>
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
#include "tests/pty/pty.h"

#define PROMPT "∇> "
#define SOON 20.0 /* s, for what takes milliseconds on an idle machine */

static char dir[1024];

static int fresh(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "%s/limits", proc_env("NB_TMP", "build/tmp"));
    return proc_fresh_dir(dir) ? 0 : -1;
}

/* Runs a shell command in which $n is the program without windows. */
static Proc shell(const char *command, const char *input)
{
    char line[2048];
    snprintf(line, sizeof line, "n='%s --norc --no-window'; %s",
             proc_env("NB_PROGRAM", "build/nabla"), command);
    const char *argv[] = {"/bin/sh", "-c", line, NULL};
    Proc p;
    assert_true(proc_run(argv, dir, input, 30, &p));
    assert_false(p.timed_out);
    return p;
}

static void expect(Proc p, int status, const char *out, const char *err)
{
    if (p.status != status || strcmp(p.out, out) != 0 || !strstr(p.err, err)) {
        print_message("status %d\nstdout: %s\nstderr: %s\n", p.status, p.out, p.err);
    }
    assert_int_equal(p.status, status);
    assert_string_equal(p.out, out);
    if (*err) {
        assert_non_null(strstr(p.err, err));
    } else {
        assert_string_equal(p.err, "");
    }
    proc_free(&p);
}

static bool is_checked(void)
{
    const char *build = proc_env("NB_BUILD", "");
    return strstr(build, "san") || strstr(build, "valgrind") || strstr(build, "cov");
}

/* --- streams --- */

static void closed_streams_are_errors(void **state)
{
    (void)state;
    if (getenv("NB_WORKER")) { /* the file that valgrind writes into takes the free number */
        skip();
    }
    expect(shell("$n <&-", NULL), 1, "", "nabla: cannot read the input: Bad file descriptor\n");
    expect(shell("$n -e 1+1 >&-", NULL), 1, "", "nabla: cannot write the output\n");
    expect(shell("$n -e 1+1 >&- 2>&-", NULL), 1, "", "");
    expect(shell("$n <&- >&- 2>&-", NULL), 1, "", "");
    expect(shell("$n -e 1+1 2>&-", NULL), 0, "ans = 2\n", "");
}

/* Without a place held for it standard output is the number the next file opened gets. */
static void nothing_is_printed_into_a_file_opened_later(void **state)
{
    if (proc_bare()) {
        skip();
    }
    (void)state;
    Proc p = shell("$n -e 'print 1' -e 'x = 2' -e 'save \"s.nabla\"' -e 'print 3' >&-; "
                   "grep -c '^[13]$' s.nabla >found || :",
                   NULL);
    proc_free(&p);
    expect(shell("test -e found && cat found || echo 0", NULL), 0, "0\n", "");
}

static void a_full_device_is_an_error(void **state)
{
    (void)state;
    expect(shell("$n -e 1+1 >/dev/full", NULL), 1, "", "nabla: cannot write the output\n");
}

static void a_reader_that_left_is_no_error_to_tell(void **state)
{
    (void)state;
    expect(shell("$n -e 'for i in 1:100000 { print i }' | head -n 1", NULL), 0, "1\n", "");
}

static void a_stop_is_not_the_end_of_a_pipe(void **state)
{
    (void)state;
    expect(shell("is() { until grep -q \"^State:.$1\" /proc/$p/status; do sleep 0.01; done; }; "
                 "mkfifo pipe; $n <pipe & p=$!; exec 3>pipe; is S; "
                 "kill -STOP $p; is T; kill -CONT $p; is S; echo 'print 7' >&3; exec 3>&-; wait $p",
                 NULL),
           0, "7\n", "");
}

static void signals_end_scripts_with_their_number(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int number;
    } sign[] = {{"TERM", SIGTERM}, {"HUP", SIGHUP}, {"INT", SIGINT}};
    for (size_t i = 0; i < sizeof sign / sizeof sign[0]; i++) {
        char command[256];
        snprintf(
            command, sizeof command,
            "rm -f begun; $n -e 'i = 0; save \"begun\"; repeat 1e12 { i = 1 }' >/dev/null & p=$!; "
            "until test -s begun; do sleep 0.01; done; kill -%s $p; wait $p",
            sign[i].name);
        Proc p = shell(command, NULL);
        assert_int_equal(p.status, 128 + sign[i].number);
        proc_free(&p);
    }
}

static void a_long_block_from_a_pipe_takes_no_longer_than_a_file(void **state)
{
    (void)state;
    enum { LINES = 6000 };
    char *text = malloc(LINES * 24 + 100), *at = text;
    assert_non_null(text);
    at += sprintf(at, "repeat 1 {\n");
    for (int i = 0; i < LINES; i++) {
        at += sprintf(at, "a%d = %d\n", i, i);
    }
    sprintf(at, "}\nprint a%d\n", LINES - 1);
    Proc p = shell("exec $n", text);
    assert_true(p.used < 3 * proc_patience()); /* was 20 s */
    expect(p, 0, "5999\n", "");
    free(text);
}

static void nul_in_a_pipe_has_a_place(void **state)
{
    (void)state;
    expect(shell("printf 'print 1\\n\\0\\nprint 2\\n' | $n", NULL), 1, "1\n",
           "stdin:2:1: error: unexpected control character\n");
    expect(shell("printf 'print 1\\nprint \"a\\0b\"\\n' | $n", NULL), 1, "1\n",
           "stdin:2:9: error: unexpected control character\n");
}

static void escapes_of_others_are_shown(void **state)
{
    (void)state;
    expect(shell("printf \"x = 'a\\033[31mb'\\n\" | $n", NULL), 1, "",
           "stdin:1:7: error: unexpected control character\n");
    expect(shell("$n \"$(printf 'no\\033[31m')\"", NULL), 1, "", "error: cannot read no^[[31m: ");
    expect(shell("$n --echo -e args -- \"$(printf 'a\\033b\\302\\2331m')\"", NULL), 0,
           "args = [\"a^[b\\x9b1m\"]\n", "");
}

/* --- what the machine refuses --- */

static void too_few_descriptors_are_the_reason_given(void **state)
{
    (void)state;
    if (is_checked() || proc_bare()) {
        skip(); /* checkers open more */
    }
    expect(shell("ulimit -n 5; exec $n -e 'x = 3' -e 'f = x^2;' -e 'export \"f.png\", f'", NULL), 1,
           "x = 3\n", "Too many open files");
}

/* As somebody who has no other processes. */
static void threads_that_cannot_be_had_are_an_error(void **state)
{
    (void)state;
    const char *alone = geteuid() == 0 ? "setpriv --reuid=54321 --clear-groups" : "env";
    char command[512];
    snprintf(command, sizeof command, "%s test -x %s", alone,
             proc_env("NB_PROGRAM", "build/nabla"));
    Proc p = shell(command, NULL);
    bool possible = p.status == 0 && !is_checked();
    proc_free(&p);
    if (!possible) {
        skip(); /* the program is out of reach of others */
    }
    for (int n = 1; n <= 3; n++) {
        snprintf(command, sizeof command,
                 "exec prlimit --nproc=%d %s $n -e '1+1' -e 'x = 3;' -e 'f = x^2;' "
                 "-e 'export \"/dev/null/f.png\", f' -e 2",
                 n, alone);
        p = shell(command, NULL);
        assert_int_equal(p.status, 1);
        assert_string_equal(p.out, "ans = 2\n");
        bool reason = strstr(p.err, "error: ") != NULL;
        assert_true(reason);
        proc_free(&p);
    }
}

static void little_memory_for_addresses_is_no_hang(void **state)
{
    (void)state;
    if (is_checked()) {
        skip(); /* checkers take more than is there */
    }
    for (int mb = 90; mb <= 170; mb += 20) {
        char command[256];
        snprintf(command, sizeof command,
                 "ulimit -v %d; exec $n -e 'a = ones(300, 300);' -e 'sum(a @ a)'", mb * 1000);
        Proc p = shell(command, NULL);
        assert_true((p.status == 0 && strcmp(p.out, "ans = 2.7e+07\n") == 0) ||
                    (p.status == 1 && strstr(p.err, "out of memory")));
        proc_free(&p);
    }
}

static void a_display_that_is_not_there_is_one_line_then_text(void **state)
{
    (void)state;
    if (strstr(proc_env("NB_BUILD", ""), "nowin")) {
        skip();
    }
    char command[512];
    snprintf(command, sizeof command,
             "DISPLAY=:987 exec %s --norc -e 'x = 3;' -e 'f = x^2;' -e 'graph f' -e 1+1",
             proc_env("NB_PROGRAM", "build/nabla"));
    Proc p = shell(command, NULL);
    assert_int_equal(p.status, 0);
    assert_string_equal(p.err,
                        "no display: the graph as text; export \"f.png\", f writes a picture\n");
    assert_non_null(strstr(p.out, "f = 9"));
    assert_non_null(strstr(p.out, "ans = 2\n"));
    proc_free(&p);
}

/* --- a history that is no file --- */

static void prompt_with_history(const char *path)
{
    Pty p;
    char setting[1200];
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--no-window", NULL};
    const char *env[] = {setting, NULL};
    snprintf(setting, sizeof setting, "NABLA_HISTORY=%s", path);
    assert_true(pty_start(&p, argv, env, 24, 80));
    assert_true(pty_wait(&p, PROMPT, SOON));
    pty_send(&p, "6*7\r");
    assert_true(pty_wait(&p, "ans = 42", SOON));
    assert_true(pty_wait(&p, PROMPT, SOON));
    pty_send(&p, "history\r");
    assert_true(pty_wait(&p, "6*7", SOON));
    assert_true(pty_wait(&p, PROMPT, SOON));
    pty_send(&p, "\x04");
    assert_int_equal(pty_exit(&p, SOON), 0);
    pty_end(&p);
}

static void a_history_that_is_no_file_is_left_alone(void **state)
{
    (void)state;
    struct stat st;
    char path[1100];
    snprintf(path, sizeof path, "%s/fifo", dir);
    assert_int_equal(mkfifo(path, 0600), 0);
    prompt_with_history(path);
    assert_true(stat(path, &st) == 0 && S_ISFIFO(st.st_mode));
    prompt_with_history(dir);
    assert_true(stat(dir, &st) == 0 && S_ISDIR(st.st_mode));
    prompt_with_history("/dev/null");
    prompt_with_history("/dev/full");
    assert_true(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode));
    snprintf(path, sizeof path, "%s/none/below/this", "/proc");
    prompt_with_history(path);
}

#define IN_FOLDER(f) cmocka_unit_test_setup(f, fresh)

SUITE()
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(closed_streams_are_errors),
        IN_FOLDER(nothing_is_printed_into_a_file_opened_later),
        IN_FOLDER(a_full_device_is_an_error),
        IN_FOLDER(a_reader_that_left_is_no_error_to_tell),
        IN_FOLDER(a_stop_is_not_the_end_of_a_pipe),
        IN_FOLDER(signals_end_scripts_with_their_number),
        IN_FOLDER(a_long_block_from_a_pipe_takes_no_longer_than_a_file),
        IN_FOLDER(nul_in_a_pipe_has_a_place),
        IN_FOLDER(escapes_of_others_are_shown),
        IN_FOLDER(too_few_descriptors_are_the_reason_given),
        IN_FOLDER(threads_that_cannot_be_had_are_an_error),
        IN_FOLDER(little_memory_for_addresses_is_no_hang),
        IN_FOLDER(a_display_that_is_not_there_is_one_line_then_text),
        IN_FOLDER(a_history_that_is_no_file_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
