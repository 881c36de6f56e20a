/* test_safe.c -- --safe, --time and --memory: hostile programs, seen from outside */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/suite.h"

#include "tests/proc.h"
#include "tests/pty/pty.h"

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define LIMIT_STATUS 124

static char dir[1024], in[1100], out[1100];

/* Runs nabla with these arguments in the folder `in`. */
static Proc run(const char *const args[], const char *input)
{
    const char *argv[16] = {proc_env("NB_PROGRAM", "build/nabla")};
    for (int i = 0; args[i] && i < 14; i++) {
        argv[1 + i] = args[i];
    }
    Proc p;
    assert_true(proc_run(argv, in, input, 60, &p));
    assert_false(p.timed_out);
    return p;
}

/* The status, a part of the output, and a part of stderr ("" none at all). */
static void expect(Proc p, int status, const char *said, const char *err)
{
    bool wrong = p.status != status || !strstr(p.out, said) || !strstr(p.err, err) ||
                 (*err == '\0' && p.nerr > 0);
    if (wrong) {
        print_message("status %d\nstdout: %.2000s\nstderr: %.2000s\n", p.status, p.out, p.err);
    }
    proc_free(&p);
    assert_false(wrong);
}

static void file(const char *folder, const char *name, const char *text)
{
    char path[1300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_true(proc_write_file(path, text));
}

static void link_to(const char *to, const char *name)
{
    char path[1300];
    snprintf(path, sizeof path, "%s/%s", in, name);
    unlink(path);
    assert_int_equal(symlink(to, path), 0);
}

static int fresh(void **state)
{
    (void)state;
    char sub[1200];
    snprintf(dir, sizeof dir, "%s/safe", proc_env("NB_TMP", "build/tmp"));
    snprintf(in, sizeof in, "%s/in", dir);
    snprintf(out, sizeof out, "%s/out", dir);
    snprintf(sub, sizeof sub, "%s/sub", in);
    if (!proc_fresh_dir(in) || !proc_fresh_dir(out) || !proc_fresh_dir(sub)) {
        return -1;
    }
    file(out, "secret.csv", "a,b\n41,42\n");
    file(in, "d.csv", "a,b\n1,2\n");
    file(sub, "s.csv", "a,b\n3,4\n");
    file(sub, "s.nabla", "print 7\n");
    return 0;
}

/* What stands in a folder, as one text. */
static void listing(const char *folder, char *text, size_t cap)
{
    struct dirent **entry;
    int n = scandir(folder, &entry, NULL, alphasort);
    size_t len = 0;
    assert_true(n >= 0);
    text[0] = '\0';
    for (int i = 0; i < n; i++) {
        int more = snprintf(text + len, cap - len, "%s\n", entry[i]->d_name);
        len += more > 0 && (size_t)more < cap - len ? (size_t)more : 0;
        free(entry[i]);
    }
    free(entry);
}

/* --- reading --- */

static void refuses(const char *code)
{
    Proc p = run(ARGS("--safe", "-e", code), NULL);
    if (strstr(p.out, "41")) {
        fail_msg("%s read the secret", code);
    }
    expect(p, 1, "", "cannot read");
}

static void links_that_lead_out_are_not_followed(void **state)
{
    (void)state;
    link_to("../out/secret.csv", "link.csv");
    link_to("../out", "folder");
    link_to("..", "up");
    link_to("/", "root");
    refuses("print csv(\"link.csv\")");
    refuses("print csv(\"folder/secret.csv\")");
    refuses("print csv(\"up/out/secret.csv\")");
    refuses("print csv(\"root/etc/passwd\")");
    refuses("print csv(\"sub/../../out/secret.csv\")");
    refuses("load \"folder/secret.csv\"");
    char path[1300]; /* others walk through this folder */
    snprintf(path, sizeof path, "%s/root", in);
    assert_int_equal(unlink(path), 0);
}

static void links_that_stay_inside_are_followed(void **state)
{
    (void)state;
    link_to("sub/s.csv", "link.csv");
    link_to("sub", "folder");
    expect(run(ARGS("--safe", "-e", "print csv(\"link.csv\")"), NULL), 0, "[[3, 4]]", "");
    expect(run(ARGS("--safe", "-e", "print csv(\"folder/../d.csv\")"), NULL), 0, "[[1, 2]]", "");
}

static void absolute_names_inside_are_read(void **state)
{
    (void)state;
    char code[1400];
    snprintf(code, sizeof code, "print csv(\"%s/d.csv\")", in);
    expect(run(ARGS("--safe", "-e", code), NULL), 0, "[[1, 2]]", "");
    snprintf(code, sizeof code, "print csv(\"%s/secret.csv\")", out);
    expect(run(ARGS("--safe", "-e", code), NULL), 1, "", "not allowed with --safe");
}

/* A folder whose name begins with that of the script's folder lies elsewhere. */
static void a_neighbour_with_a_longer_name_is_outside(void **state)
{
    (void)state;
    char next[1200];
    snprintf(next, sizeof next, "%s2", in);
    assert_true(proc_fresh_dir(next));
    file(next, "secret.csv", "a,b\n41,42\n");
    refuses("print csv(\"../in2/secret.csv\")");
}

static void fifos_and_folders_are_not_opened(void **state)
{
    (void)state;
    char path[1200];
    snprintf(path, sizeof path, "%s/pipe", in);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    refuses("print csv(\"pipe\")");
    refuses("load \"pipe\"");
    refuses("print csv(\"sub\")");
    refuses("print csv(\".\")");
    refuses("load \"/dev/zero\"");
}

static void the_folder_is_that_of_the_script(void **state)
{
    (void)state;
    file(in, "sub/r.nabla", "print csv(\"s.csv\")\n");
    expect(run(ARGS("--safe", "sub/r.nabla"), NULL), 0, "[[3, 4]]", "");
    file(in, "sub/r.nabla", "print csv(\"../d.csv\")\n");
    expect(run(ARGS("--safe", "sub/r.nabla"), NULL), 1, "", "not allowed with --safe");
    expect(run(ARGS("--safe", "sub/s.nabla", "-e", "print csv(\"d.csv\")"), NULL), 0, "7\n", "");
}

/* Nested loads do not move it. */
static void a_loaded_file_reads_what_the_script_may(void **state)
{
    (void)state;
    file(in, "sub/r.nabla", "print csv(\"../d.csv\")\nprint csv(\"../../out/secret.csv\")\n");
    expect(run(ARGS("--safe", "-e", "load \"sub/r.nabla\""), NULL), 1, "[[1, 2]]",
           "not allowed with --safe");
}

/* While one process exchanges a file for a link to the secret and back, another reads: it gets the
 * file or an error. */
static void a_file_exchanged_meanwhile_is_no_way_out(void **state)
{
    (void)state;
    char path[1200], good[1200], bad[1200], next[1200];
    snprintf(path, sizeof path, "%s/x.csv", in);
    snprintf(good, sizeof good, "%s/d.csv", in);
    snprintf(bad, sizeof bad, "%s/secret.csv", out);
    snprintf(next, sizeof next, "%s/next", in);
    file(in, "x.csv", "a,b\n1,2\n");
    char *lines = calloc(400, sizeof "print csv(\"x.csv\")\n");
    assert_non_null(lines);
    for (int i = 0; i < 400; i++) {
        strcat(lines, "print csv(\"x.csv\")\n");
    }
    pid_t pid = fork();
    if (pid == 0) {
        for (;;) {
            unlink(next);
            if (symlink(bad, next) == 0) {
                rename(next, path);
            }
            unlink(next);
            if (link(good, next) == 0) {
                rename(next, path);
            }
        }
    }
    bool leaked = false, read = false;
    for (int i = 0; i < 10; i++) { /* -i goes on after an error */
        Proc p = run(ARGS("--safe", "--quiet", "-i", "-e", "0"), lines);
        leaked |= strstr(p.out, "41") != NULL;
        read |= strstr(p.out, "[[1, 2]]") != NULL;
        proc_free(&p);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    free(lines);
    assert_false(leaked);
    assert_true(read);
}

/* --- nothing is written, nothing of the person is used --- */

static void nothing_is_written(void **state)
{
    (void)state;
    char before[4096], after[4096];
    file(in, "w.nabla",
         "x = 2; f = x^2; opt = sgd(x, lr=0.1)\nminimize f, steps=5\ngraph f\nplot f\nundo\n"
         "surface f, x=-1:1\n");
    listing(in, before, sizeof before);
    Proc p = run(ARGS("--safe", "w.nabla"), NULL);
    proc_free(&p);
    p = run(ARGS("--safe", "-e", "save \"s.nabla\""), NULL);
    expect(p, 1, "", "save: not allowed with --safe");
    listing(in, after, sizeof after);
    assert_string_equal(before, after);
}

static void the_history_is_neither_read_nor_written(void **state)
{
    if (proc_bare()) {
        skip();
    }
    (void)state;
    char history[1300], setting[1400];
    snprintf(history, sizeof history, "%s/history", in);
    snprintf(setting, sizeof setting, "NABLA_HISTORY=%s", history);
    file(in, "history", "print 41\n");
    Pty p;
    assert_true(pty_start(&p, ARGS(proc_env("NB_PROGRAM", "build/nabla"), "--safe", "--quiet"),
                          ARGS(setting), 24, 80));
    assert_true(pty_wait(&p, "∇> ", 10));
    pty_send(&p, "\033[Aprint 5+1\r");
    assert_true(pty_wait(&p, "\n6", 10));
    pty_send(&p, "history\r");
    assert_true(pty_wait(&p, "not allowed with --safe", 10));
    pty_send(&p, "quit\r");
    assert_int_equal(pty_exit(&p, 10), 0);
    bool recalled = pty_shown(&p, 0, "41");
    pty_end(&p);
    char *text = proc_read_file(history, NULL);
    assert_non_null(text);
    assert_string_equal(text, "print 41\n");
    free(text);
    assert_false(recalled);
}

static void no_start_file_is_read(void **state)
{
    (void)state;
    char config[1300], path[1400];
    snprintf(config, sizeof config, "%s/nabla", in);
    assert_true(proc_fresh_dir(config));
    snprintf(path, sizeof path, "%s/rc.nabla", config);
    assert_true(proc_write_file(path, "print \"rc was read\"\n"));
    const char *before = proc_env("XDG_CONFIG_HOME", "");
    char kept[1024];
    snprintf(kept, sizeof kept, "%s", before);
    setenv("XDG_CONFIG_HOME", in, 1);
    Proc with = run(ARGS("--safe", "-e", "print 1"), NULL);
    Proc without = run(ARGS("-e", "print 1"), NULL);
    setenv("XDG_CONFIG_HOME", kept, 1);
    bool ok = !strstr(with.out, "rc was read") && strstr(without.out, "rc was read");
    proc_free(&with);
    proc_free(&without);
    assert_true(ok);
}

/* --- limits --- */

/* Ends with the status of a limit soon after it, and says which. */
static void stops(const char *const args[], const char *input, const char *what)
{
    expect(run(args, input), LIMIT_STATUS, "", what); /* run itself ends with another status */
}

#define TIME "error: the time limit of 0.5 s (--time) was reached"

static void every_kind_of_work_stops_at_the_limit_of_time(void **state)
{
    (void)state;
    static const char *const code[] = {
        "while 1 { }",
        "while 1 { print 1 }",
        "repeat 1e9 { repeat 1e9 { x = 1 } }",
        "a = ones(4000, 4000); while 1 { b = a @ a }",
        "def f(n) { while 1 { n = n + 1 }; return n }\nf(1)",
        "x = 1; f = x^2; opt = sgd(x, lr=1e-12); while 1 { minimize f, opt, steps=1e6 }",
        "x = ones(300); while 1 { h = hessian(sum(x^3), x) }",
        "x = 2; f = x; repeat 200000 { f = f*1.0001 }\nwhile 1 { backward f }",
        "while 1 { s = \"\"; repeat 1000 { s = \"{s}x\" } }",
        "while 1 { x, t = moons(100000, 0.1) }",
        "x = 2; f = x^2; while 1 { check f }",
    };
    for (size_t i = 0; i < sizeof code / sizeof code[0]; i++) {
        stops(ARGS("--safe", "--time=0.5", "-e", code[i]), NULL, TIME);
    }
}

static bool is_checked(void)
{
    const char *build = proc_env("NB_BUILD", "");
    return strstr(build, "san") || strstr(build, "valgrind") || strstr(build, "cov");
}

static void a_file_too_long_to_be_read_in_time_is_given_up(void **state)
{
    (void)state;
    size_t n = 40 << 20;
    char *text = malloc(n + 1);
    assert_non_null(text);
    for (size_t i = 0; i < n; i += 4) {
        memcpy(text + i, "x=1\n", 4);
    }
    text[n] = '\0';
    file(in, "long.nabla", text);
    free(text);
    stops(ARGS("--safe", "--time=0.5", "long.nabla"), NULL, TIME);
    if (!is_checked()) { /* checkers end the process when the system refuses them memory */
        stops(ARGS("--safe", "--memory=64", "long.nabla"), NULL, "error: out of memory");
    }
    file(in, "long.nabla", "");
}

/* Nobody writes into the pipe it reads from. */
static void waiting_counts(void **state)
{
    (void)state;
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(fd[0], 0);
        execl(proc_env("NB_PROGRAM", "build/nabla"), "nabla", "--norc", "--time=0.5", (char *)NULL);
        _exit(127);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    close(fd[0]);
    close(fd[1]);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), LIMIT_STATUS);
}

/* Nobody reads the pipe it prints into. */
static void a_full_pipe_does_not_hold_it(void **state)
{
    (void)state;
    int fd[2], status = 0;
    assert_int_equal(pipe(fd), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(fd[1], 1);
        execl(proc_env("NB_PROGRAM", "build/nabla"), "nabla", "--norc", "--safe", "--time=0.5",
              "-e", "while 1 { print 1 }", (char *)NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    close(fd[0]);
    close(fd[1]);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), LIMIT_STATUS);
}

static void the_prompt_ends_at_the_limit_of_time(void **state)
{
    (void)state;
    Pty p;
    assert_true(
        pty_start(&p, ARGS(proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--quiet", "--time=1"),
                  NULL, 24, 80));
    assert_true(pty_wait(&p, "∇> ", 10));
    assert_true(pty_wait(&p, "the time limit of 1 s (--time) was reached", 20));
    assert_int_equal(pty_exit(&p, 10), LIMIT_STATUS);
    pty_end(&p);
}

static void every_kind_of_hunger_stops_at_the_limit_of_memory(void **state)
{
    (void)state;
    if (is_checked()) {
        skip(); /* the same */
    }
    static const char *const code[] = {
        "a = zeros(1e12)",
        "a = zeros(3000, 1000); b = a + 1; c = b + 1; d = c + 1",
        "x = 1; f = x; repeat 1e9 { f = f + x }",
        "l = []; x = 1; repeat 1e9 { f = x + 1; for i in 0:100 { f = f*f + x } ; x = f }",
        "s = \"x\"; repeat 60 { s = \"{s}{s}{s}\" }",
        "x = randn(2000, 2000); y = softmax(x @ x)",
        "x = ones(4000); h = hessian(sum(x^3), x)",
        "m = mlp([5000, 5000]); y = m(ones(10, 5000))",
        "x = arange(0, 1e8)",
        "x, t = moons(10000000, 0.1)",
    };
    for (size_t i = 0; i < sizeof code / sizeof code[0]; i++) {
        stops(ARGS("--safe", "--memory=48", "--time=30", "-e", code[i]), NULL,
              "hint: --memory=48 is the limit, in megabytes");
    }
}

static void the_resident_size_stays_near_the_limit(void **state)
{
    (void)state;
    Proc p =
        run(ARGS("--safe", "--memory=48", "-e", "x = 1; f = x; repeat 1e9 { f = f + x }"), NULL);
    long kb = p.max_kb;
    expect(p, LIMIT_STATUS, "", "out of memory");
    if (!getenv("NB_WORKER") && kb > 120 * 1024) { /* valgrind's own memory is not ours */
        fail_msg("%ld KB were resident", kb);
    }
}

/* Without --memory and --output there are bounds too. */
static void safe_alone_bounds_memory_and_output(void **state)
{
    (void)state;
    static const char *const loops[] = {
        "while true { print 1 }", "x = 2; repeat 1e9 { print \"{x}{x}{x}{x}\" }",
        "x = rand(1000, 100); set digits full; repeat 1e9 { print x }"};
    for (size_t i = 0; i < sizeof loops / sizeof loops[0]; i++) {
        Proc p = run(ARGS("--safe", "--output=0.25", "-e", loops[i]), NULL);
        assert_int_equal(strlen(p.out), 262144);
        expect(p, LIMIT_STATUS, "", "error: the limit of 0.25 MB of output (--output) was reached");
    }
    if (!is_checked()) {
        Proc p = run(ARGS("--safe", "-e", loops[0]), NULL);
        assert_int_equal(strlen(p.out), 16777216);
        expect(p, LIMIT_STATUS, "", "the limit of 16 MB");
        stops(ARGS("--safe", "-e", "x = ones(12000, 12000)"), NULL,
              "hint: --memory=1024 is the limit, in megabytes");
    }
}

/* A line of a saved session that stands for a gigabyte: it is filled in sight of Ctrl-C. */
static void a_short_state_that_fills_memory_is_stopped(void **state)
{
    (void)state;
    file(in, "large.state",
         "# nabla state 1\nnode 1 const y = (11000,11000) 0.5*121000000\n"
         "const y n1\nend 0000000000000000\n");
    if (!is_checked()) {
        stops(ARGS("--time=0.1", "large.state"), NULL,
              "error: the time limit of 0.1 s (--time) was reached");
        stops(ARGS("--safe", "large.state"), NULL, "hint: --memory=1024 is the limit");
    }
}

/* At the prompt a limit of memory is an error like others, and the session goes on. */
static void the_prompt_survives_the_limit_of_memory(void **state)
{
    (void)state;
    Pty p;
    assert_true(pty_start(
        &p, ARGS(proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--quiet", "--memory=64"), NULL,
        24, 80));
    assert_true(pty_wait(&p, "∇> ", 10));
    pty_send(&p, "a = zeros(1e9)\r");
    assert_true(pty_wait(&p, "out of memory", 10));
    assert_true(pty_wait(&p, "∇> ", 10));
    pty_send(&p, "print 6*7\r");
    assert_true(pty_wait(&p, "\n42", 10));
    pty_send(&p, "quit\r");
    assert_int_equal(pty_exit(&p, 10), 0);
    pty_end(&p);
}

static void a_folder_that_is_gone_is_an_error(void **state)
{
    (void)state;
    const char *said = "error: cannot read the folder nowhere: No such file or directory\n";
    expect(run(ARGS("--safe", "nowhere/a.nabla"), NULL), 1, "", said);
    expect(run(ARGS("--safe", "--present", "nowhere/a.nabla"), NULL), 1, "", "cannot read");
}

/* For a script in the root folder all files are below; each folder on the way is opened. */
static void files_deep_below_the_folder_are_read(void **state)
{
    (void)state;
    char deep[1200], line[1500];
    snprintf(deep, sizeof deep, "%s/sub/deep", in);
    assert_true(proc_fresh_dir(deep));
    file(deep, "a.nabla", "print 6*7\n");
    expect(run(ARGS("--safe", "-e", "load \"sub/deep/a.nabla\""), NULL), 0, "42\n", "");
    expect(run(ARGS("--safe", "-e", "load \"sub/../sub/deep/a.nabla\""), NULL), 0, "42\n", "");
    expect(run(ARGS("--safe", "-e", "load \"sub/none/a.nabla\""), NULL), 1, "", "no such file");
    expect(run(ARGS("--safe", "-e", "load \"sub/deep\""), NULL), 1, "", "cannot read");
    snprintf(line, sizeof line, "cd / && exec \"$1\" --safe -e 'load \"%s/a.nabla\"'", deep + 1);
    const char *argv[] = {"/bin/sh", "-c", line, "sh", proc_env("NB_PROGRAM", "build/nabla"), NULL};
    Proc p;
    assert_true(proc_run(argv, in, NULL, 60, &p));
    expect(p, 0, "42\n", "");
}

static void wrong_limits_are_wrong_usage(void **state)
{
    (void)state;
    static const char *const option[] = {
        "--time=0",   "--time=-1",  "--time=x",   "--time=",     "--time=inf",  "--time=nan",
        "--time=1e9", "--output=0", "--memory=0", "--memory=1x", "--memory=-5", "--memory="};
    for (size_t i = 0; i < sizeof option / sizeof option[0]; i++) {
        expect(run(ARGS(option[i], "-e", "print 1"), NULL), 2, "", "expected");
    }
    expect(run(ARGS("--output=1", "-e", "print 1"), NULL), 2, "", "--output belongs to --safe");
    expect(run(ARGS("--safe=1"), NULL), 2, "", "unknown option --safe=1");
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_that_lead_out_are_not_followed),
        cmocka_unit_test(links_that_stay_inside_are_followed),
        cmocka_unit_test(absolute_names_inside_are_read),
        cmocka_unit_test(a_neighbour_with_a_longer_name_is_outside),
        cmocka_unit_test(fifos_and_folders_are_not_opened),
        cmocka_unit_test(the_folder_is_that_of_the_script),
        cmocka_unit_test(a_loaded_file_reads_what_the_script_may),
        cmocka_unit_test(a_file_exchanged_meanwhile_is_no_way_out),
        cmocka_unit_test(nothing_is_written),
        cmocka_unit_test(the_history_is_neither_read_nor_written),
        cmocka_unit_test(no_start_file_is_read),
        cmocka_unit_test(every_kind_of_work_stops_at_the_limit_of_time),
        cmocka_unit_test(a_file_too_long_to_be_read_in_time_is_given_up),
        cmocka_unit_test(waiting_counts),
        cmocka_unit_test(a_full_pipe_does_not_hold_it),
        cmocka_unit_test(the_prompt_ends_at_the_limit_of_time),
        cmocka_unit_test(every_kind_of_hunger_stops_at_the_limit_of_memory),
        cmocka_unit_test(safe_alone_bounds_memory_and_output),
        cmocka_unit_test(a_short_state_that_fills_memory_is_stopped),
        cmocka_unit_test(the_resident_size_stays_near_the_limit),
        cmocka_unit_test(the_prompt_survives_the_limit_of_memory),
        cmocka_unit_test(a_folder_that_is_gone_is_an_error),
        cmocka_unit_test(files_deep_below_the_folder_are_read),
        cmocka_unit_test(wrong_limits_are_wrong_usage),
    };
    return cmocka_run_group_tests(tests, fresh, NULL);
}
