/* test_cli.c -- the program outside the prompt: arguments, files, pipes, exit statuses */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/suite.h"

#include <nabla/version.h>

#include "tests/proc.h"

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static char dir[1024];

/* Runs nabla --norc --no-window with these arguments in a fresh folder. */
static Proc run(const char *const args[], const char *input)
{
    const char *argv[16] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--no-window"};
    for (int i = 0; args && args[i] && i < 12; i++) {
        argv[3 + i] = args[i];
    }
    Proc p;
    assert_true(proc_run(argv, dir, input, 60, &p));
    assert_false(p.timed_out);
    return p;
}

static int fresh(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "%s/cli", proc_env("NB_TMP", "build/tmp"));
    return proc_fresh_dir(dir) ? 0 : -1;
}

static void file(const char *name, const char *text)
{
    char path[1100];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_true(proc_write_file(path, text));
}

/* Status and both streams; a NULL text is not looked at. */
static void expect(Proc p, int status, const char *out, const char *err)
{
    if (p.status != status || (out && strcmp(p.out, out) != 0) ||
        (err && strcmp(p.err, err) != 0)) {
        print_message("status %d\nstdout: %s\nstderr: %s\n", p.status, p.out, p.err);
    }
    assert_int_equal(p.status, status);
    if (out) {
        assert_string_equal(p.out, out);
    }
    if (err) {
        assert_string_equal(p.err, err);
    }
    proc_free(&p);
}

/* Only the process that lays graphs out needs libgvc: everything else goes on without. */
static void a_machine_without_graphviz_is_told_so(void **state)
{
    (void)state;
    file("libgvc.so.6", "");
    file("libgvc.so", "");
    setenv("LD_LIBRARY_PATH", dir, 1);
    Proc p =
        run(ARGS("-e", "x = 2; f = x^2; export \"f.dot\", f", "-e", "export \"f.svg\", f"), NULL);
    unsetenv("LD_LIBRARY_PATH");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.out, "wrote f.dot"));
    assert_non_null(strstr(p.err, "is Graphviz installed?"));
    proc_free(&p);
}

static void code_option_echoes(void **state)
{
    (void)state;
    expect(run(ARGS("-e", "x = 2; f = x^2"), NULL), 0, "f = 4\n", "");
    expect(run(ARGS("-e", "3*4"), NULL), 0, "ans = 12\n", "");
}

static void script_does_not_echo(void **state)
{
    (void)state;
    file("a.nabla", "x = 2\nx + 1\nprint x\n");
    expect(run(ARGS("a.nabla"), NULL), 0, "2\n", "");
    expect(run(ARGS("--echo", "a.nabla"), NULL), 0, "x = 2\nans = 3\n2\n", "");
}

static void pipe_runs_statement_by_statement(void **state)
{
    (void)state;
    expect(run(NULL, "print 1\nprint 2\nx = = 3\nprint 4\n"), 1, "1\n2\n", NULL);
}

static void script_is_parsed_whole_first(void **state)
{
    (void)state;
    file("a.nabla", "print 1\nprint 2\nx = = 3\nprint 4\n");
    expect(run(ARGS("a.nabla"), NULL), 1, "", NULL);
}

static void pipe_without_last_newline_runs(void **state)
{
    (void)state;
    expect(run(NULL, "print 1\nprint 2"), 0, "1\n2\n", "");
}

static void several_files_share_a_session(void **state)
{
    (void)state;
    file("a.nabla", "x = 2\n");
    file("b.nabla", "print x + 1\n");
    expect(run(ARGS("a.nabla", "b.nabla"), NULL), 0, "3\n", "");
}

static void error_in_a_script_shows_the_place(void **state)
{
    (void)state;
    file("lesson.nabla", "a = ones(2, 3)\nb = ones(2, 3)\ny = a @ b\n");
    expect(run(ARGS("lesson.nabla"), NULL), 1, "",
           "lesson.nabla:3:5: error: matmul: inner sizes differ: a (2, 3) and b (2, 3)\n"
           "  3 | y = a @ b\n"
           "    |     ^^^^^\n"
           "  hint: transpose one side, as in a @ b.T\n");
}

static void assertion_exits_with_1_and_its_message(void **state)
{
    (void)state;
    Proc p = run(NULL, "x = 2\nassert x == 3, \"x should be three\"\nprint x\n");
    assert_int_equal(p.status, 1);
    assert_string_equal(p.out, "");
    assert_non_null(strstr(p.err, "x should be three"));
    proc_free(&p);
}

static void unknown_option_exits_with_2(void **state)
{
    (void)state;
    expect(run(ARGS("--no-such-option"), NULL), 2, "", NULL);
    expect(run(ARGS("-e"), NULL), 2, "", NULL);
}

static void missing_file_is_an_error(void **state)
{
    (void)state;
    Proc p = run(ARGS("nowhere.nabla"), NULL);
    assert_true(p.status == 1 || p.status == 2);
    assert_string_equal(p.out, "");
    assert_non_null(strstr(p.err, "nowhere.nabla"));
    proc_free(&p);
}

static void version_and_help(void **state)
{
    (void)state;
    Proc p = run(ARGS("--version"), NULL);
    assert_int_equal(p.status, 0);
    assert_int_equal(strncmp(p.out, "nabla " NB_VERSION, strlen("nabla " NB_VERSION)), 0);
    proc_free(&p);
    p = run(ARGS("--help"), NULL);
    assert_int_equal(p.status, 0);
    const char *const option[] = {"-e",     "-i",      "--echo",  "--no-window", "--digits",
                                  "--seed", "--quiet", "--color", "--norc",      "--version"};
    for (size_t i = 0; i < sizeof option / sizeof *option; i++) {
        if (!strstr(p.out, option[i])) {
            print_message("--help does not mention %s\n", option[i]);
            fail();
        }
    }
    proc_free(&p);
}

static void digits_option(void **state)
{
    (void)state;
    expect(run(ARGS("--digits=3", "-e", "print 1/3"), NULL), 0, "0.333\n", "");
    expect(run(ARGS("--digits=full", "-e", "print 0.1 + 0.2"), NULL), 0, "0.30000000000000004\n",
           "");
}

static void seed_option_and_default(void **state)
{
    (void)state;
    Proc a = run(ARGS("-e", "print rand(3)"), NULL),
         b = run(ARGS("--seed=0", "-e", "print rand(3)"), NULL);
    Proc c = run(ARGS("--seed=1", "-e", "print rand(3)"), NULL);
    assert_string_equal(a.out, b.out);
    assert_string_not_equal(a.out, c.out);
    proc_free(&a);
    proc_free(&b);
    proc_free(&c);
}

static void load_looks_in_the_script_folder(void **state)
{
    (void)state;
    char sub[1100];
    snprintf(sub, sizeof sub, "%s/sub", dir);
    assert_true(proc_fresh_dir(sub));
    file("sub/a.nabla", "load \"b.nabla\"\nprint k\n");
    file("sub/b.nabla", "k = 42\n");
    expect(run(ARGS("sub/a.nabla"), NULL), 0, "42\n", "");
}

static void deep_nesting_is_an_error(void **state)
{
    (void)state;
    size_t n = 200000;
    char *text = malloc(n + 2);
    assert_non_null(text);
    memset(text, '(', n);
    strcpy(text + n, "\n");
    file("deep.nabla", text);
    Proc p = run(ARGS("deep.nabla"), NULL);
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "error: "));
    proc_free(&p);
    free(text);
}

static void binary_input_is_an_error(void **state)
{
    (void)state;
    file("bytes.nabla", "x = 2\n\x01\xff\xfe print\n");
    Proc p = run(ARGS("bytes.nabla"), NULL);
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "error: "));
    proc_free(&p);
}

static void endless_recursion_is_an_error(void **state)
{
    (void)state;
    Proc p = run(NULL, "def f(x) = f(x + 1)\nf(1)\n");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "error: "));
    assert_non_null(strstr(p.err, "called from "));
    proc_free(&p);
}

static void graph_of_a_hundred_thousand_nodes(void **state)
{
    (void)state;
    expect(run(NULL, "x = 1\ns = x\nrepeat 100000 { s = s*1 + x }\nbackward s\nprint s, x.grad\n"),
           0, "100001 100001\n", "");
}

/* The signal of the limit would end the program. */
static void file_size_limit_is_an_error(void **state)
{
    (void)state;
    struct rlimit before, small = {.rlim_cur = 200};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    Proc p = run(NULL, "x = 2\nf = sin(x) + cos(x)\nexport \"f.svg\", f\n");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "cannot write f.svg"));
    assert_non_null(strstr(p.err, "hint: a limit on the size of files"));
    proc_free(&p);
}

static void layout_worker_places_graphs_until_its_input_ends(void **state)
{
    (void)state;
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--layout-worker", NULL};
    Proc p;
    assert_true(proc_run(argv, dir,
                         "graph 2 3 0\n40 20 1\n40 20 0\n0 1\n0 1\n1 1\n"
                         "graph 1 0 1\n40 20 0\ngraph 1 0 1\nnonsense",
                         60, &p));
    assert_int_equal(p.status, 0);
    assert_memory_equal(p.out, "ok ", 3);
    assert_non_null(strstr(p.out, "end\nok "));
    assert_non_null(strstr(p.out, "end\nfail\nend\n"));
    proc_free(&p);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_machine_without_graphviz_is_told_so, fresh),
        cmocka_unit_test_setup(code_option_echoes, fresh),
        cmocka_unit_test_setup(script_does_not_echo, fresh),
        cmocka_unit_test_setup(pipe_runs_statement_by_statement, fresh),
        cmocka_unit_test_setup(script_is_parsed_whole_first, fresh),
        cmocka_unit_test_setup(pipe_without_last_newline_runs, fresh),
        cmocka_unit_test_setup(several_files_share_a_session, fresh),
        cmocka_unit_test_setup(error_in_a_script_shows_the_place, fresh),
        cmocka_unit_test_setup(assertion_exits_with_1_and_its_message, fresh),
        cmocka_unit_test_setup(unknown_option_exits_with_2, fresh),
        cmocka_unit_test_setup(missing_file_is_an_error, fresh),
        cmocka_unit_test_setup(version_and_help, fresh),
        cmocka_unit_test_setup(digits_option, fresh),
        cmocka_unit_test_setup(seed_option_and_default, fresh),
        cmocka_unit_test_setup(load_looks_in_the_script_folder, fresh),
        cmocka_unit_test_setup(deep_nesting_is_an_error, fresh),
        cmocka_unit_test_setup(binary_input_is_an_error, fresh),
        cmocka_unit_test_setup(endless_recursion_is_an_error, fresh),
        cmocka_unit_test_setup(graph_of_a_hundred_thousand_nodes, fresh),
        cmocka_unit_test_setup(file_size_limit_is_an_error, fresh),
        cmocka_unit_test_setup(layout_worker_places_graphs_until_its_input_ends, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
