/* test_keys.c -- keys that edit a line at the prompt, completion, pastes, terminals without them */
#include <setjmp.h>
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
#define CTRL_C "\x03"
#define CTRL_D "\x04"
#define CLEAR "\x05\x15" /* to the end, and all before it away */

static const char *tmp(void)
{
    return proc_env("NB_TMP", "build/tmp");
}

static void begin_with(Pty *p, const char *const env[], const char *prompt)
{
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--no-window", NULL};
    assert_true(pty_start(p, argv, env, 24, 80));
    assert_true(pty_wait(p, prompt, SOON));
}

static int fresh(void **state)
{
    Pty *p = calloc(1, sizeof *p);
    *state = p;
    begin_with(p, (const char *const[]){"NABLA_HISTORY=/dev/null", NULL}, PROMPT);
    return 0;
}

static int done(void **state)
{
    Pty *p = *state;
    pty_end(p);
    free(p);
    return 0;
}

static void ask(Pty *p, const char *keys, const char *answer)
{
    pty_send(p, keys);
    pty_send(p, "\r");
    if (!pty_wait(p, answer, SOON)) {
        print_message("no %s after %s in\n%s\n", answer, keys, p->text);
        fail();
    }
    assert_true(pty_wait(p, PROMPT, SOON));
}

/* Every result is another one, so that none can be an earlier line's. */
static void a_line_is_edited_by_the_usual_keys(void **state)
{
    static const struct {
        const char *keys, *answer;
    } row[] = {
        {"0 + 41\0016\0051", "ans = 471\n"},               /* begin, end */
        {"\001\005\002\0065*9", "ans = 45\n"},             /* nothing to move over */
        {"3*7\033[D\033[D\033[D1", "ans = 91\n"},          /* left */
        {"3*8\033[H2\033[C\033[F1", "ans = 1863\n"},       /* Home, right, End */
        {"5*88\177", "ans = 40\n"},                        /* backspace */
        {"7*56\002\033[3~", "ans = 35\n"},                 /* delete under the cursor */
        {"123*2\001\004", "ans = 46\n"},                   /* Ctrl-D in a line takes a letter */
        {"4*4 + 100\001\006\006\006\013", "ans = 16\n"},   /* kill to the end */
        {"2*6 \027\0272*9", "ans = 18\n"},                 /* a word before the cursor */
        {"70 + \001\013\0317", "ans = 77\n"},              /* killed and yanked */
        {"90 - 12\024", "ans = 69\n"},                     /* two letters change places */
        {"80 + 3 + 5\033b\033b1", "ans = 98\n"},           /* words back */
        {"garbage)))\0256*4", "ans = 24\n"},               /* all before the cursor away */
        {"\177\177\027\025\0135*5", "ans = 25\n"},         /* nothing to take away */
        {"8*8\001\033d6", "ans = 48\n"},                   /* a word after the cursor */
        {"1 + 1\037\037\037\037\037\03727", "ans = 27\n"}, /* undone */
    };
    Pty *p = *state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        ask(p, row[i].keys, row[i].answer);
    }
}

static void earlier_lines_come_back_and_are_searched(void **state)
{
    Pty *p = *state;
    ask(p, "11 + 11", "ans = 22\n");
    ask(p, "33 + 33", "ans = 66\n");
    ask(p, "\x1b[A\x1b[A + 1", "ans = 23\n");                 /* up, up */
    ask(p, "\x10\x10\x10\x10\x10\x10\x0e + 2", "ans = 68\n"); /* beyond the first, and down */
    ask(p, "\02233\x05 + 3", "ans = 71\n");                   /* found backwards */
    ask(p, "\x1b[B\x1b[B\x1b[B55", "ans = 55\n");             /* there is nothing below */
}

static void an_open_block_is_edited_line_by_line(void **state)
{
    Pty *p = *state;
    pty_send(p, "repeat 2 {\r");
    assert_true(pty_wait(p, "…> ", SOON));
    pty_send(p, "\r"); /* an empty line */
    assert_true(pty_wait(p, "…> ", SOON));
    pty_send(p, "rint 5*5\x01p\r");
    assert_true(pty_wait(p, "…> ", SOON));
    pty_send(p, "}}\x7f\r");
    assert_true(pty_wait(p, "25\n25\n", SOON));
}

/* --- completion --- */

static void nothing_fits_and_the_line_stays(void **state)
{
    Pty *p = *state;
    ask(p, "zzzqq\t\t" CLEAR "6*7", "ans = 42\n");
    ask(p, "40\t + 3", "ans = 43\n");
    ask(p, "\"abc\t\t\"" CLEAR "44", "ans = 44\n");
    ask(p, ")\t" CLEAR "45", "ans = 45\n");
}

static void files_are_completed_with_folders_and_quotes(void **state)
{
    Pty *p = *state;
    char folder[600], path[700], keys[900];
    snprintf(folder, sizeof folder, "%s/keys", tmp());
    mkdir(folder, 0700);
    snprintf(path, sizeof path, "%s/quite_alone.nabla", folder);
    assert_true(proc_write_file(path, "print 17*3\n"));
    snprintf(keys, sizeof keys, "load \"%s/key\t", tmp());
    pty_send(p, keys);
    assert_true(pty_wait(p, "keys/", SOON)); /* no quote behind a folder */
    pty_send(p, "qui\t");
    assert_true(pty_wait(p, "quite_alone.nabla\"", SOON));
    ask(p, "", "51\n");
    snprintf(keys, sizeof keys, "load \"%s/no_such\t\t" CLEAR "6*9", folder);
    ask(p, keys, "ans = 54\n");
    snprintf(keys, sizeof keys, "load \"\t" CLEAR "6*6");
    ask(p, keys, "ans = 36\n");
    unlink(path);
}

/* --- pastes --- */

static void a_paste_keeps_what_looks_like_its_end(void **state)
{
    Pty *p = *state;
    ask(p, "\x1b[200~print \"a\x1b[20b\"\x1b[201~", "unexpected control character");
    ask(p, "\x1b[200~\x1b[201~6*3", "ans = 18\n"); /* an empty one */
    ask(p, "\x1b[200~4*\r4\x1b\x1b[201~\x7f" CLEAR "21", "ans = 21\n");
}

static void a_nul_in_a_paste_is_shown_and_refused(void **state)
{
    static const char bytes[] = "\x1b[200~1 + \0"
                                "2\x1b[201~\r";
    Pty *p = *state;
    assert_int_equal(write(p->fd, bytes, sizeof bytes - 1), (ssize_t)sizeof bytes - 1);
    assert_true(pty_wait(p, "error:", SOON));
    assert_true(pty_wait(p, PROMPT, SOON));
    ask(p, "9*9", "ans = 81\n");
}

static void a_paste_that_never_ends_is_left_by_ctrl_c(void **state)
{
    Pty *p = *state;
    pty_send(p, "\x1b[200~x = 5");
    assert_true(pty_rests(p, SOON)); /* Ctrl-C throws away what was not read */
    pty_send(p, CTRL_C);
    assert_true(pty_wait(p, PROMPT, SOON));
    ask(p, "9*8", "ans = 72\n");
}

/* --- other terminals --- */

static void in_the_c_locale_prompts_are_words(void **state)
{
    static const char nul[] = "\x1b[200~print \0\x1b[201~\r";
    Pty *p = *state;
    pty_end(p);
    *p = (Pty){0};
    begin_with(p, (const char *const[]){"LC_ALL=C", "NABLA_HISTORY=/dev/null", NULL}, "nabla> ");
    pty_send(p, "repeat 1 {\r");
    assert_true(pty_wait(p, "...> ", SOON));
    pty_send(p, "print 4*4 }\r");
    assert_true(pty_wait(p, "16\n", SOON));
    assert_true(pty_wait(p, "nabla> ", SOON));
    assert_int_equal(write(p->fd, nul, sizeof nul - 1), (ssize_t)sizeof nul - 1);
    assert_true(pty_wait(p, "error:", SOON));
}

/* A setting of Readline's own file: the end of input then leaves its line to the program. */
static void without_marked_pastes_all_goes_on(void **state)
{
    Pty *p = *state;
    char file[600], setting[700];
    snprintf(file, sizeof file, "%s/inputrc", tmp());
    snprintf(setting, sizeof setting, "INPUTRC=%s", file);
    assert_true(proc_write_file(file, "set enable-bracketed-paste off\n"));
    pty_end(p);
    *p = (Pty){0};
    begin_with(p, (const char *const[]){setting, "NABLA_HISTORY=/dev/null", NULL}, PROMPT);
    ask(p, "x = 3; f = x*x + x", "f = 12\n");
    pty_send(p, "walk f\r");
    assert_true(pty_wait(p, "walk 1/", SOON));
    pty_send(p, CTRL_D);
    assert_true(pty_wait(p, "walk left.", SOON));
    assert_true(pty_wait(p, PROMPT, SOON));
    ask(p, "3*4", "ans = 12\n");
    pty_send(p, CTRL_D);
    assert_int_equal(pty_exit(p, SOON), 0);
    unlink(file);
}

static void a_dumb_terminal_takes_lines(void **state)
{
    static const char *const terms[] = {"TERM=dumb", "TERM="};
    Pty *p = *state;
    for (int i = 0; i < 2; i++) {
        pty_end(p);
        *p = (Pty){0};
        begin_with(p, (const char *const[]){terms[i], "NABLA_HISTORY=/dev/null", NULL}, "> ");
        pty_send(p, "5*6\r");
        assert_true(pty_wait(p, "ans = 30", SOON));
        assert_true(pty_wait(p, "> ", SOON)); /* before it Ctrl-D is the terminal's */
        pty_send(p, CTRL_D);
        assert_int_equal(pty_exit(p, SOON), 0);
    }
}

#define SESSION(f) cmocka_unit_test_setup_teardown(f, fresh, done)

SUITE()
{
    const struct CMUnitTest tests[] = {
        SESSION(a_line_is_edited_by_the_usual_keys),
        SESSION(earlier_lines_come_back_and_are_searched),
        SESSION(an_open_block_is_edited_line_by_line),
        SESSION(nothing_fits_and_the_line_stays),
        SESSION(files_are_completed_with_folders_and_quotes),
        SESSION(a_paste_keeps_what_looks_like_its_end),
        SESSION(a_nul_in_a_paste_is_shown_and_refused),
        SESSION(a_paste_that_never_ends_is_left_by_ctrl_c),
        SESSION(in_the_c_locale_prompts_are_words),
        SESSION(without_marked_pastes_all_goes_on),
        SESSION(a_dumb_terminal_takes_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
