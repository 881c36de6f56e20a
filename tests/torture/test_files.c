/* test_files.c -- any call that has to do with files may fail, or be the last of the process */

/* Commands that read and write files run with each of their calls failing once (see faults.c): with
 * EIO, with ENOSPC, after a signal, or having done half its work; and killed before each. What was
 * there before is there whole, or what should be there now; nothing else is left in the folder;
 * an error is said, or all is as it should be. With $NB_TORTURE every call is tried, otherwise a
 * few of each command.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suite.h"

#include "tests/proc.h"

#define SECONDS 60
#define BEFORE "what was there before\n"

/* A program and the file it writes; "" when it only reads. */
typedef struct Deed {
    const char *code, *file;
} Deed;

#define GRAPH "x, y = 2, 3\nf = x*y + x^2\nbackward f\n"

static const Deed deeds[] = {
    {GRAPH "save \"out.nabla\"", "out.nabla"},
    {GRAPH "export \"out.svg\", f", "out.svg"},
    {GRAPH "export \"out.png\", f", "out.png"},
    {GRAPH "export \"out.dot\", f", "out.dot"},
    {GRAPH "export \"out.json\", f", "out.json"},
    {GRAPH "export \"out.html\", f", "out.html"},
    {GRAPH "export \"out.mmd\", f", "out.mmd"},
    {GRAPH "export \"out.tex\", f", "out.tex"},
    {GRAPH "export \"out.txt\", f, view=trace", "out.txt"},
    {"x = [1, 2, 3]\nexport \"out.csv\", x", "out.csv"},
    {"load \"state.nabla\"\nf.grad", ""},
    {"x, t = csv(\"data.csv\", target=\"b\")\nx\nt", ""},
    {"load \"script.nabla\"\nz", ""},
};

typedef struct Ended {
    Proc p;
    char *file; /* what is in it; NULL: it is not there */
    size_t nfile;
    int strays; /* files that do not belong there */
} Ended;

static const char *folder(void)
{
    static char dir[600];
    snprintf(dir, sizeof dir, "%s/torture-files", proc_env("NB_TMP", "build/tmp"));
    return dir;
}

static char *path_of(const char *name)
{
    static char path[700];
    snprintf(path, sizeof path, "%s/%s", folder(), name);
    return path;
}

static void ended_free(Ended *e)
{
    proc_free(&e->p);
    free(e->file);
}

static int count_strays(const char *file)
{
    static const char *const mine[] = {"section.nabla", "state.nabla", "data.csv", "script.nabla"};
    DIR *d = opendir(folder());
    const struct dirent *e;
    int n = 0;
    while (d && (e = readdir(d))) {
        bool known = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
                     strcmp(e->d_name, file) == 0;
        for (size_t i = 0; i < sizeof mine / sizeof mine[0]; i++) {
            known |= strcmp(e->d_name, mine[i]) == 0;
        }
        n += !known;
    }
    if (d) {
        closedir(d);
    }
    return n;
}

/* The state that one of the deeds loads. */
static char *state_text;

/* What its file holds before: save goes over a saved session alone. */
static const char *before(const Deed *d)
{
    static char *saved;
    if (strcmp(d->file, "out.nabla") != 0) {
        return BEFORE;
    }
    if (!saved && state_text) {
        saved = malloc(strlen(state_text) + sizeof BEFORE + 4);
        assert_non_null(saved);
        sprintf(saved, "%s# %s", state_text, BEFORE);
    }
    return saved;
}

static void run_deed(const Deed *d, const char *orders, bool fresh, Ended *e)
{
    char program[700];
    const char *argv[] = {program, "--norc", "--no-window", "--echo", "section.nabla", NULL};
    snprintf(program, sizeof program, "%s/tests/torture/nabla", proc_env("NB_BUILD", "build"));
    if (fresh) {
        assert_true(proc_fresh_dir(folder()));
        assert_true(!d->file[0] || !before(d) || proc_write_file(path_of(d->file), before(d)));
        assert_true(!state_text || proc_write_file(path_of("state.nabla"), state_text));
        assert_true(proc_write_file(path_of("data.csv"), "a,b\n1,2\n3,4\n"));
        assert_true(proc_write_file(path_of("script.nabla"), "z = 7\n"));
        assert_true(proc_write_file(path_of("section.nabla"), d->code));
    }
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    setenv("NB_FAULTS", orders, 1);
    assert_true(proc_run(argv, folder(), NULL, SECONDS, &e->p));
    unsetenv("NB_FAULTS");
    e->file = d->file[0] ? proc_read_file(path_of(d->file), &e->nfile) : NULL;
    e->strays = count_strays(d->file);
}

static bool is_new(const Ended *e, const Ended *good)
{
    return e->file && e->nfile == good->nfile && memcmp(e->file, good->file, e->nfile) == 0;
}

static bool is_old(const Deed *d, const Ended *e)
{
    return e->file && before(d) && strcmp(e->file, before(d)) == 0;
}

/* What is wrong with this end; NULL: nothing. */
static const char *wrong_with(const Deed *d, const Ended *e, const Ended *good, bool killed)
{
    if (e->p.timed_out) {
        return "hangs";
    }
    if (d->file[0] && !is_new(e, good) && !is_old(d, e)) {
        return "the file is neither the old nor the new one";
    }
    if (killed) {
        return e->p.status == 128 + SIGKILL || e->p.status == 0 ? NULL : "another status";
    }
    if (e->p.status > 1) {
        return "another status";
    }
    if (e->p.status == 0) {
        bool same = strcmp(e->p.out, good->p.out) == 0 && (!d->file[0] || is_new(e, good));
        return !same ? "a silent difference" : e->strays ? "something is left" : NULL;
    }
    return !strstr(e->p.err, "error: ") && !strstr(e->p.err, "cannot ") ? "no word of it"
           : e->strays > 0                                              ? "something is left"
                                                                        : NULL;
}

/* One run with these orders; what it should be is in good. Returns 1 when it is not. */
static int try_orders(const Deed *d, const char *orders, const Ended *good, bool killed)
{
    Ended e;
    run_deed(d, orders, true, &e);
    const char *wrong = wrong_with(d, &e, good, killed);
    if (wrong) {
        const char *last = strrchr(d->code, '\n');
        print_message("%s: %s: %s (status %d) %s\n", last ? last + 1 : d->code, orders, wrong,
                      e.p.status, e.p.err);
    }
    ended_free(&e);
    if (killed && !wrong) { /* what a dead process left is in nobody's way */
        run_deed(d, "none at 0", false, &e);
        if (e.p.status != 0 || (d->file[0] && !is_new(&e, good))) {
            print_message("%s: after %s: status %d\n", d->code, orders, e.p.status);
            wrong = "afterwards";
        }
        ended_free(&e);
    }
    return wrong != NULL;
}

static long count_calls(const Deed *d)
{
    char orders[700];
    Ended e;
    snprintf(orders, sizeof orders, "count files %s/torture-count",
             proc_env("NB_TMP", "build/tmp"));
    run_deed(d, orders, true, &e);
    ended_free(&e);
    snprintf(orders, sizeof orders, "%s/torture-count.found", proc_env("NB_TMP", "build/tmp"));
    char *text = proc_read_file(orders, NULL);
    long n = text ? atol(text + strlen("counted ")) : 0;
    remove(orders);
    free(text);
    return n;
}

static void expect_done(const Deed *d, const Ended *e)
{
    if (e->p.status != 0) {
        fail_msg("%s: status %d with nothing failing: %s", d->code, e->p.status, e->p.err);
    }
}

static void make_state(void)
{
    static const Deed save = {GRAPH "save \"out.nabla\"", "out.nabla"};
    Ended e;
    run_deed(&save, "none at 0", true, &e);
    expect_done(&save, &e);
    state_text = e.file;
    e.file = NULL;
    ended_free(&e);
}

/* Every call of every deed, or about `few` runs of each. */
static void try_all(const int codes[], int ncodes, const char *how, long few, bool killed)
{
    const bool whole = proc_env("NB_TORTURE", "")[0] != 0;
    long runs = 0;
    int bad = 0;
    if (strstr(proc_env("NB_BUILD", ""), "valgrind")) {
        skip();
    }
    make_state();
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++) {
        Ended good;
        const long n = count_calls(&deeds[i]);
        assert_true(n > 0);
        run_deed(&deeds[i], "none at 0", true, &good);
        expect_done(&deeds[i], &good);
        const long all = n * ncodes, step = whole || all <= few ? 1 : all / few;
        for (long k = (long)i % step; k < all; k += step, runs++) {
            char orders[60];
            snprintf(orders, sizeof orders, "files %s %ld %d", how, k / ncodes + 1,
                     codes[k % ncodes]);
            bad += try_orders(&deeds[i], orders, &good, killed);
        }
        ended_free(&good);
    }
    free(state_text);
    state_text = NULL;
    print_message("%ld runs\n", runs);
    assert_int_equal(bad, 0);
}

static void a_call_that_fails_leaves_whole_files_and_says_so(void **state)
{
    static const int codes[] = {EIO, ENOSPC, EINTR, 0};
    (void)state;
    try_all(codes, 4, "at", 12, false);
}

static void a_killed_process_leaves_whole_files(void **state)
{
    static const int codes[] = {0};
    (void)state;
    try_all(codes, 1, "kill", 5, true);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_that_fails_leaves_whole_files_and_says_so),
        cmocka_unit_test(a_killed_process_leaves_whole_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
