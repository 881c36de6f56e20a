/* test_options.c -- how the program starts: options and their values, rc file, colours, streams */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suite.h"

#include "tests/proc.h"
#include "tests/pty/pty.h"

#define SOON 20.0 /* s, for what takes milliseconds on an idle machine */
#define PROMPT "∇> "
#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static char dir[1024];

static Proc run(const char *const args[], const char *input)
{
    const char *argv[16] = {proc_env("NB_PROGRAM", "build/nabla")};
    for (int i = 0; args[i] && i < 14; i++) {
        argv[1 + i] = args[i];
    }
    Proc p;
    assert_true(proc_run(argv, dir, input, 60, &p));
    assert_false(p.timed_out);
    return p;
}

static void expect(Proc p, int status, const char *out, const char *err)
{
    if (p.status != status || strcmp(p.out, out) != 0 || strcmp(p.err, err) != 0) {
        print_message("status %d\nstdout: %s\nstderr: %s\n", p.status, p.out, p.err);
    }
    assert_int_equal(p.status, status);
    assert_string_equal(p.out, out);
    assert_string_equal(p.err, err);
    proc_free(&p);
}

/* A command line of sh, for what only redirections can do; $1 is the program. */
static Proc shell(const char *line)
{
    const char *argv[] = {"/bin/sh", "-c", line, "sh", proc_env("NB_PROGRAM", "build/nabla"), NULL};
    Proc p;
    assert_true(proc_run(argv, dir, "", 60, &p));
    assert_false(p.timed_out);
    return p;
}

static int fresh(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "%s/options", proc_env("NB_TMP", "build/tmp"));
    return proc_fresh_dir(dir) ? 0 : -1;
}

static void file(const char *name, const char *text)
{
    char path[1100];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_true(proc_write_file(path, text));
}

/* --- options --- */

static void wrong_values_of_options_are_told_and_exit_with_2(void **state)
{
    static const struct {
        const char *option, *says;
    } wrong[] = {
        {"--digits=0", "--digits: expected 1 to 17 or full, got 0"},
        {"--digits=18", "--digits: expected 1 to 17 or full, got 18"},
        {"--digits=some", "--digits: expected 1 to 17 or full, got some"},
        {"--digits", "--digits needs a value"},
        {"--seed=-1", "--seed: expected a whole number from 0 on, got -1"},
        {"--seed=1x", "--seed: expected a whole number from 0 on, got 1x"},
        {"--seed=", "--seed: expected a whole number from 0 on, got "},
        {"--seed=99999999999999999999",
         "--seed: expected a whole number from 0 on, got 99999999999999999999"},
        {"--seed", "--seed needs a value"},
        {"--color=pink", "--color: expected auto, always or never, got pink"},
        {"--present", "--present needs a value"},
        {"--seeds=1", "unknown option --seeds=1"},
        {"-x", "unknown option -x"},
        {"-e", "-e needs code"},
        {"--prefix=/tmp", "--prefix belongs to --install-kernel"},
        {"--sys-prefix", "--sys-prefix belongs to --install-kernel"},
        {"--json", "--json belongs to --grade"},
        {"--csv", "--csv belongs to --grade"},
        {"--students=list.csv", "--students belongs to --sheet"},
        {"--out=here", "--out belongs to --sheet"},
        {"--sheet=s.nabla", "--sheet s.nabla needs --students=LIST.csv and --out=DIR"},
        {"--run", "--run belongs to --to-notebook"},
        {"--pytorch", "--pytorch needs one FILE"},
        {"--ddp", "--ddp belongs to --pytorch"},
        {"--weights=w.npz", "--weights belongs to --pytorch"},
        {"--float32", "--float32 belongs to --pytorch"},
        {"--notebook", "--notebook belongs to --pytorch"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char says[200];
        snprintf(says, sizeof says, "nabla: %s\nnabla --help lists the options\n", wrong[i].says);
        expect(run(ARGS(wrong[i].option), ""), 2, "", says);
    }
}

static void options_that_do_not_go_together_are_told(void **state)
{
    (void)state;
#define LAST "\nnabla --help lists the options\n"
    expect(run(ARGS("--install-kernel", "--prefix=/tmp", "--sys-prefix"), ""), 2, "",
           "nabla: --prefix and --sys-prefix are two places" LAST);
    expect(run(ARGS("--grade", "g.nabla", "--json", "--csv", "s.nabla"), ""), 2, "",
           "nabla: --json and --csv are two forms" LAST);
    expect(run(ARGS("--sheet=s.nabla", "--students=list.csv"), ""), 2, "",
           "nabla: --sheet s.nabla needs --students=LIST.csv and --out=DIR" LAST);
    expect(run(ARGS("--pytorch", "-e", "x = 1"), ""), 2, "",
           "nabla: --pytorch needs one FILE" LAST);
    expect(run(ARGS("--pytorch", "a.nabla", "b.nabla"), ""), 2, "",
           "nabla: --pytorch needs one FILE" LAST);
    expect(run(ARGS("--pytorch", "--weights=w.txt", "a.nabla"), ""), 2, "",
           "nabla: --weights: expected a file .npz, got w.txt" LAST);
    expect(run(ARGS("--highlight=word"), ""), 2, "",
           "nabla: --highlight: expected codemirror, jupyterlab, pygments, vim or textmate, got "
           "word" LAST);
#undef LAST
}

/* What is drawn goes to a file, by a run in silence; a program that fails leaves none. */
static void draws_are_written_beside_a_translation(void **state)
{
    (void)state;
    file("draws.nabla", "seed 3\nx = randn(2, 3)\ny = dropout(x, 0.5)\nprint y\n");
    Proc p = run(ARGS("--norc", "--pytorch", "--weights=draws.npz", "draws.nabla"), "");
    assert_int_equal(p.status, 0);
    assert_string_equal(p.err, "");
    assert_non_null(strstr(p.out, "np.load(\"draws.npz\")"));
    assert_null(strstr(p.out, "0x2360ED051FC65DA4"));
    assert_non_null(strstr(p.out, "random = Random(\"values\")"));
    assert_non_null(strstr(p.out, "dropouts = Random(\"masks\")"));
    proc_free(&p);
    file("check.nabla",
         "seed 3\nv = npy(\"draws.npz\", name=\"values\")\n"
         "print v == reshape(randn(2, 3), 6), len(npy(\"draws.npz\", name=\"masks\"))\n");
    expect(run(ARGS("--norc", "check.nabla"), ""), 0, "[1, 1, 1, 1, 1, 1] 6\n", "");
    file("fails.nabla", "x = randn(2)\nassert sum(x) == 1000, \"it is not\"\n");
    p = run(ARGS("--norc", "--pytorch", "--weights=fails.npz", "fails.nabla"), "");
    assert_int_equal(p.status, 1);
    assert_string_equal(p.out, "");
    assert_non_null(strstr(p.err, "fails.nabla did not run to its end"));
    proc_free(&p);
    p = run(ARGS("--norc", "-e", "npy(\"fails.npz\")"), "");
    assert_non_null(strstr(p.err, "there is no such file"));
    proc_free(&p);
}

/* Words of the language by kind, in the form of three programs that colour it. */
static void words_are_given_to_programs_that_colour(void **state)
{
    static const char *const has[][3] = {
        {"--highlight=pygments", "\"\"\"nabla for Pygments;", "words('"},
        {"--highlight=vim", "\" nabla for vim,", "syn keyword nabla"},
        {"--highlight=textmate", "{\n", ".nabla\", \"match\": \"\\\\b(?:"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof has / sizeof has[0]; i++) {
        Proc p = run(ARGS("--norc", has[i][0]), "");
        assert_int_equal(p.status, 0);
        assert_string_equal(p.err, "");
        assert_int_equal(strncmp(p.out, has[i][1], strlen(has[i][1])), 0);
        assert_non_null(strstr(p.out, has[i][2]));
        assert_non_null(strstr(p.out, "backward"));
        assert_non_null(strstr(p.out, "sigmoid"));
        assert_non_null(strstr(p.out, "repeat"));
        proc_free(&p);
    }
}

static void a_value_may_be_the_next_argument(void **state)
{
    (void)state;
    expect(run(ARGS("--norc", "--digits", "3", "--seed", "5", "-e", "pi"), NULL), 0, "pi = 3.14\n",
           "");
    expect(run(ARGS("--norc", "--digits=full", "-e", "0.1"), NULL), 0, "ans = 0.1\n", "");
}

static void code_files_and_a_pipe_share_a_session_in_their_order(void **state)
{
    (void)state;
    file("a.nabla", "y = 2*x\n");
    expect(run(ARGS("--norc", "-e", "x = 3", "a.nabla", "-", "-e", "print z, args"), "z = y + 1\n"),
           0, "x = 3\n7 []\n", "");
}

static void what_stands_behind_two_dashes_is_the_list_args(void **state)
{
    (void)state;
    expect(run(ARGS("--norc", "-e", "print args", "--", "-e", "b", "--help"), NULL), 0,
           "[\"-e\", \"b\", \"--help\"]\n", "");
    expect(run(ARGS("--norc", "-e", "print args"), NULL), 1, "",
           "-e:1:7: error: unknown name args\n  1 | print args\n    |       ^^^^\n"
           "  hint: did you mean arg?\n");
}

static void arg_takes_numbers_and_texts_from_the_command_line(void **state)
{
    (void)state;
    file("f.nabla", "arg lr = 0.01, steps = 3\narg title=\"run\"\nprint lr, steps, title\n");
    expect(run(ARGS("--norc", "f.nabla"), NULL), 0, "0.01 3 run\n", "");
    expect(run(ARGS("--norc", "f.nabla", "--", "lr=0.5", "title=a b", "lr=0.1", "plain"), NULL), 0,
           "0.1 3 a b\n", "");
    expect(run(ARGS("--norc", "f.nabla", "--", "lrr=0.5"), NULL), 1, "0.01 3 run\n",
           "nabla: f.nabla asks for no lrr=0.5\n");
    expect(run(ARGS("--norc", "f.nabla", "--", "lr=fast"), NULL), 1, "",
           "f.nabla:1:10: error: arg: lr=fast on the command line is no number\n"
           "  1 | arg lr = 0.01, steps = 3\n    |          ^^^^\n");
    file("g.nabla", "print args\n");
    expect(run(ARGS("--norc", "g.nabla", "--", "a=1"), NULL), 0, "[\"a=1\"]\n", "");
}

static void the_first_error_stops_the_jobs_that_follow(void **state)
{
    (void)state;
    Proc p = run(ARGS("--norc", "-e", "x = q", "-e", "print 5"), NULL);
    assert_int_equal(p.status, 1);
    assert_string_equal(p.out, "");
    proc_free(&p);
}

static void quit_in_code_ends_what_would_follow(void **state)
{
    (void)state;
    expect(run(ARGS("--norc", "-e", "quit 3", "-e", "print 5"), NULL), 3, "", "");
}

static void option_i_goes_on_reading_after_files_and_errors(void **state)
{
    (void)state;
    Proc p = run(ARGS("--norc", "-i", "-e", "x = q"), "y = 7\n");
    assert_string_equal(p.out, "y = 7\n");
    assert_non_null(strstr(p.err, "unknown name q"));
    proc_free(&p);
}

static void a_presentation_that_cannot_be_read_is_an_error(void **state)
{
    (void)state;
    Proc p = run(ARGS("--norc", "--present", "nowhere.nabla"), "");
    assert_int_equal(p.status, 1);
    assert_string_equal(p.out, "");
    assert_non_null(strstr(p.err, "nowhere.nabla"));
    proc_free(&p);
    p = run(ARGS("--norc", "-e", "x = q", "--present", "nowhere.nabla"), "");
    assert_null(strstr(p.err, "nowhere.nabla")); /* the error before ended it */
    proc_free(&p);
}

/* --- the rc file --- */

static void the_rc_file_is_read_from_either_folder_unless_norc(void **state)
{
    (void)state;
    Proc p = shell("mkdir -p home/.config/nabla config/nabla\n"
                   "echo 'from_home = 1' > home/.config/nabla/rc.nabla\n"
                   "echo 'from_config = 2' > config/nabla/rc.nabla\n"
                   "HOME=$PWD/home; unset XDG_CONFIG_HOME\n"
                   "$1 -e 'print from_home'\n"
                   "XDG_CONFIG_HOME=$PWD/config $1 -e 'print from_config'\n"
                   "XDG_CONFIG_HOME=config $1 -e 'print from_home'\n" /* must be absolute */
                   "$1 --norc -e 'print from_home' 2>/dev/null; echo $?\n"
                   "HOME= $1 -e 'print 5'\n"
                   "(unset HOME; $1 -e 'print 6')\n"
                   "long=/$(printf %5000s | tr ' ' x)\n"
                   "XDG_CONFIG_HOME=$long NABLA_HISTORY=$long $1 -e 'print 7'\n"
                   "echo 'print 8' | NABLA_HISTORY=$long $1 --norc\n");
    expect(p, 0, "1\n2\n1\n1\n5\n6\n7\n8\n", "");
}

static void quit_in_the_rc_file_leaves_before_the_first_job(void **state)
{
    (void)state;
    Proc p = shell("mkdir -p quits/nabla; echo 'quit 4' > quits/nabla/rc.nabla\n"
                   "XDG_CONFIG_HOME=$PWD/quits $1 -e 'print 5'; echo $?");
    expect(p, 0, "4\n", "");
}

/* --- streams --- */

static void colours_are_there_when_always_and_not_when_never(void **state)
{
    (void)state;
    Proc p = run(ARGS("--norc", "--color=always", "-e", "q"), NULL);
    assert_non_null(strstr(p.err, "\033["));
    proc_free(&p);
    p = run(ARGS("--norc", "--color=never", "-e", "q"), NULL);
    assert_null(strstr(p.err, "\033["));
    proc_free(&p);
    p = run(ARGS("--norc", "-e", "q"), NULL); /* no terminal */
    assert_null(strstr(p.err, "\033["));
    proc_free(&p);
}

static void a_full_disk_under_the_output_is_an_error(void **state)
{
    (void)state;
    expect(shell("$1 --norc -e 'print 5' > /dev/full; echo $?"), 0, "1\n",
           "nabla: cannot write the output\n");
    Proc p = shell("$1 --help > /dev/full; echo $?");
    assert_string_equal(p.out, "1\n");
    proc_free(&p);
}

static void a_reader_that_goes_away_is_no_message(void **state)
{
    (void)state;
    Proc p = shell("{ $1 --norc -e 'for i in 0:100000 { print i }'; } | head -n 1");
    assert_string_equal(p.out, "0\n");
    assert_null(strstr(p.err, "nabla:"));
    proc_free(&p);
}

static void closed_streams_are_not_taken_by_files(void **state)
{
    (void)state;
    expect(shell("$1 --norc -e 'x = 2; save \"s.nabla\"' >&- 2>/dev/null; "
                 "grep -c '^# nabla state' s.nabla"),
           0, "1\n", "");
    Proc p = shell("$1 --norc <&-; echo $?");
    assert_true(strcmp(p.out, "0\n") == 0 || strcmp(p.out, "1\n") == 0);
    proc_free(&p);
}

/* --- at a terminal --- */

static void begin(Pty *p, const char *const extra[], const char *setting)
{
    const char *argv[12] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--no-window"};
    const char *env[] = {"NABLA_HISTORY=/dev/null", setting, NULL};
    for (int i = 0; extra && extra[i] && i < 8; i++) {
        argv[3 + i] = extra[i];
    }
    assert_true(pty_start(p, argv, env, 24, 80));
}

static void quiet_leaves_out_the_greeting(void **state)
{
    Pty p = {0};
    (void)state;
    begin(&p, ARGS("--quiet"), NULL);
    assert_true(pty_wait(&p, PROMPT, SOON));
    assert_false(pty_shown(&p, 0, "help"));
    pty_end(&p);
}

static bool has_colours(const char *setting)
{
    Pty p = {0};
    begin(&p, NULL, setting);
    assert_true(pty_wait(&p, PROMPT, SOON));
    const bool any = p.colours > 0;
    pty_end(&p);
    return any;
}

static void a_terminal_has_colours_unless_no_color_is_set(void **state)
{
    (void)state;
    assert_true(has_colours(NULL));
    assert_true(has_colours("NO_COLOR="));
    assert_false(has_colours("NO_COLOR=1"));
    assert_false(has_colours("TERM=dumb"));
}

/* Where the history goes when NABLA_HISTORY does not say: one line is typed, and looked for. */
static void keeps_history(const char *const setting[2], const char *path)
{
    Pty p = {0};
    char whole[1200];
    const char *argv[] = {"/usr/bin/env",
                          "-u",
                          "NABLA_HISTORY",
                          "-u",
                          "XDG_STATE_HOME",
                          setting[0],
                          setting[1],
                          proc_env("NB_PROGRAM", "build/nabla"),
                          "--norc",
                          "--no-window",
                          NULL};
    assert_true(pty_start(&p, argv, NULL, 24, 80));
    assert_true(pty_wait(&p, PROMPT, SOON));
    pty_send(&p, "kept = 41\r");
    assert_true(pty_wait(&p, "kept = 41\n", SOON));
    assert_true(pty_wait(&p, PROMPT, SOON));
    pty_send(&p, "quit\r");
    assert_int_equal(pty_exit(&p, SOON), 0);
    pty_end(&p);
    snprintf(whole, sizeof whole, "%s/%s", dir, path);
    char *text = proc_read_file(whole, NULL);
    assert_non_null(text);
    assert_non_null(strstr(text, "kept = 41"));
    free(text);
}

static void the_history_stands_in_the_state_folder_or_the_home(void **state)
{
    char a[1100], b[1100];
    (void)state;
    snprintf(a, sizeof a, "XDG_STATE_HOME=%s/st", dir);
    snprintf(b, sizeof b, "HOME=%s/ho", dir);
    keeps_history((const char *const[]){a, b}, "st/nabla/history");
    keeps_history((const char *const[]){"XDG_STATE_HOME=not/absolute", b},
                  "ho/.local/state/nabla/history");
}

static void tab_shows_what_a_word_may_become(void **state)
{
    if (proc_bare()) {
        skip();
    }
    Pty p = {0};
    (void)state;
    begin(&p, NULL, NULL);
    assert_true(pty_wait(&p, PROMPT, SOON));
    pty_send(&p, "arc_one, arc_two = 1, 2\r");
    assert_true(pty_wait(&p, "arc_two = 2\n", SOON));
    pty_send(&p, "arc_\t\t");
    assert_true(pty_wait(&p, "arc_one", SOON));
    assert_true(pty_wait(&p, "arc_two", SOON));
    pty_send(&p, "t\t\r");
    assert_true(pty_wait(&p, "arc_two = 2\n", SOON));
    pty_send(&p, "qqqq\t\r"); /* nothing begins so */
    assert_true(pty_wait(&p, "unknown name qqqq", SOON));
    pty_end(&p);
}

static void tab_completes_the_names_of_files_in_quotes(void **state)
{
    if (proc_bare()) {
        skip();
    }
    Pty p = {0};
    char name[1100];
    (void)state;
    file("lonely_file.nabla", "print 6*7\n");
    snprintf(name, sizeof name, "load \"%s/lonely\t", dir);
    begin(&p, NULL, NULL);
    assert_true(pty_wait(&p, PROMPT, SOON));
    pty_send(&p, name);
    assert_true(pty_wait(&p, "_file.nabla\"", SOON));
    pty_send(&p, "\r");
    assert_true(pty_wait(&p, "42\n", SOON));
    snprintf(name, sizeof name, "%s", dir);
    *strrchr(name, '/') = '\0';
    pty_send(&p, "load '");
    pty_send(&p, name);
    pty_send(&p, "/opti\t"); /* a folder gets its slash, and no end of the quote */
    assert_true(pty_wait(&p, "ons/", SOON));
    pty_send(&p, "lonely\t\r");
    assert_true(pty_wait(&p, "_file.nabla'", SOON));
    assert_true(pty_wait(&p, "42\n", SOON));
    pty_end(&p);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_values_of_options_are_told_and_exit_with_2),
        cmocka_unit_test(options_that_do_not_go_together_are_told),
        cmocka_unit_test(draws_are_written_beside_a_translation),
        cmocka_unit_test(words_are_given_to_programs_that_colour),
        cmocka_unit_test(a_value_may_be_the_next_argument),
        cmocka_unit_test(code_files_and_a_pipe_share_a_session_in_their_order),
        cmocka_unit_test(what_stands_behind_two_dashes_is_the_list_args),
        cmocka_unit_test(arg_takes_numbers_and_texts_from_the_command_line),
        cmocka_unit_test(the_first_error_stops_the_jobs_that_follow),
        cmocka_unit_test(quit_in_code_ends_what_would_follow),
        cmocka_unit_test(option_i_goes_on_reading_after_files_and_errors),
        cmocka_unit_test(a_presentation_that_cannot_be_read_is_an_error),
        cmocka_unit_test(the_rc_file_is_read_from_either_folder_unless_norc),
        cmocka_unit_test(quit_in_the_rc_file_leaves_before_the_first_job),
        cmocka_unit_test(colours_are_there_when_always_and_not_when_never),
        cmocka_unit_test(a_full_disk_under_the_output_is_an_error),
        cmocka_unit_test(a_reader_that_goes_away_is_no_message),
        cmocka_unit_test(closed_streams_are_not_taken_by_files),
        cmocka_unit_test(quiet_leaves_out_the_greeting),
        cmocka_unit_test(a_terminal_has_colours_unless_no_color_is_set),
        cmocka_unit_test(the_history_stands_in_the_state_folder_or_the_home),
        cmocka_unit_test(tab_shows_what_a_word_may_become),
        cmocka_unit_test(tab_completes_the_names_of_files_in_quotes),
    };
    return cmocka_run_group_tests(tests, fresh, NULL);
}
