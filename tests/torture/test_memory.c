/* test_memory.c -- any request for memory may be refused: an error, or exactly what should be */

/* Every program of this repository runs once as it should and once so that its requests for memory
 * are refused one after the other, each in a copy of the process (see faults.c). A copy either
 * ends with an error that says "out of memory" and status 1, having printed nothing but lines that
 * belong there, or prints exactly what it should. With $NB_TORTURE every request of the first
 * 3000, and then as many as grow by a percent, in every program; else each request whose last
 * callers were not met before, in the programs of one shard of eight: the rest of $NB_SHARD.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"

#include "tests/proc.h"
#include "tests/torture/programs.h"

#define SECONDS 3000 /* of one program, in whole */
#define CALLERS 6
#define LONG_PROGRAM                                                                               \
    50000        /* requests, one in 16 of which is tried: a copy that goes on takes long */
#define SHARDS 8 /* each takes some seconds */

typedef struct Tally {
    unsigned part;   /* of those of the shard programs are taken one in so many; 1: all */
    int callers;     /* that tell requests apart */
    unsigned number; /* of the program */
    long tried, programs;
    int bad;
} Tally;

static bool whole(void)
{
    return proc_env("NB_TORTURE", "")[0] != 0;
}

/* One program after the other goes to another shard; all are of the shard of a whole run. */
static bool of_shard(unsigned number, unsigned part)
{
    const unsigned shard = (unsigned)strtoul(proc_env("NB_SHARD", "0"), NULL, 10) % SHARDS;
    return whole() || (number % SHARDS == shard && number / SHARDS % part == 0);
}

/* The faulty program with the given orders; its output in p. */
static bool run_script(const Script *s, const char *orders, int wanted, Proc *p)
{
    char program[700], status[12];
    const char *argv[30] = {program, "--norc", "--no-window", "--echo"};
    int n = 4;
    for (int i = 0; s->argv[i]; i++) {
        argv[n++] = s->argv[i];
    }
    snprintf(program, sizeof program, "%s/tests/torture/nabla", proc_env("NB_BUILD", "build"));
    snprintf(status, sizeof status, "%d", wanted);
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    setenv("NB_WANTED", status, 1);
    if (orders) {
        setenv("NB_FAULTS", orders, 1);
    }
    bool ok = proc_run(argv, s->dir, NULL, SECONDS, p);
    unsetenv("NB_FAULTS");
    return ok;
}

static void write_bytes(const char *path, const char *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* Where a copy of the process would lack its worker or threads, whole runs are made. */
static void try_runs(const Script *s, const Proc *want, long since, long until, Tally *t)
{
    const long runs = whole() ? 100 : 2, step = (until - since) / runs + 1;
    for (long n = since; n <= until; n += step, t->tried++) {
        char orders[60];
        Proc p;
        snprintf(orders, sizeof orders, "memory at %ld", n);
        assert_true(run_script(s, orders, want->status, &p));
        const bool said = strstr(p.err, "out of memory") != NULL;
        const bool same = p.status == want->status && strcmp(p.out, want->out) == 0 &&
                          (said || strcmp(p.err, want->err) == 0);
        if (!same && (p.status != 1 || !said)) {
            print_message("%s: %s: status %d %s\n", s->name, orders, p.status, p.err);
            t->bad++;
        }
        proc_free(&p);
    }
}

/* The lines of W.found: findings are shown, the number tried is added. */
static void read_found(const Script *s, const Proc *want, const char *found, Tally *t)
{
    long since = 0, tried = 0, all = 0;
    char *text = proc_read_file(found, NULL);
    if (!text) {
        print_message("%s: nothing was tried\n", s->name);
        t->bad++;
        return;
    }
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        if (strncmp(line, "tried ", 6) == 0) {
            sscanf(line, "tried %ld of %ld", &tried, &all);
            t->tried += tried;
        } else if (strncmp(line, "worker ", 7) == 0) {
            since = atol(line + 7);
        } else if (strncmp(line, "memory ", 7) == 0) {
            print_message("%s: %s\n", s->name, line);
            t->bad++;
        }
    }
    free(text);
    remove(found);
    if (since > 0) {
        try_runs(s, want, since, all, t);
    }
}

/* The run in which nothing fails, and how many requests it makes. */
static long run_counted(const Script *s, const char *base, Proc *want)
{
    char orders[700], path[700];
    long requests = 0;
    snprintf(path, sizeof path, "%s.found", base);
    remove(path);
    snprintf(orders, sizeof orders, "count memory %s", base);
    assert_true(run_script(s, orders, 0, want));
    char *counted = proc_read_file(path, NULL);
    if (counted) {
        sscanf(counted, "counted %ld", &requests);
    }
    free(counted);
    return requests;
}

static bool try_script(const Script *s, void *with)
{
    Tally *t = with;
    char base[600], path[700], orders[800];
    const char *only = getenv("NB_SCRIPT");
    if (!of_shard(t->number++, t->part) || (only && !strstr(s->name, only))) {
        return true;
    }
    Proc want, got;
    snprintf(base, sizeof base, "%s/torture-wanted", proc_env("NB_TMP", "build/tmp"));
    const long requests = run_counted(s, base, &want);
    snprintf(path, sizeof path, "%s.out", base);
    write_bytes(path, want.out, want.nout);
    snprintf(path, sizeof path, "%s.err", base);
    write_bytes(path, want.err, want.nerr);
    snprintf(path, sizeof path, "%s.found", base);
    remove(path);
    if (whole()) {
        snprintf(orders, sizeof orders, "memory each 3000 1 %s", base);
    } else {
        snprintf(orders, sizeof orders, "memory new %d %ld %s", t->callers,
                 1 + requests / LONG_PROGRAM * 16, base);
    }
    assert_true(run_script(s, orders, want.status, &got));
    if (got.timed_out || got.status != want.status || strcmp(got.out, want.out) != 0) {
        print_message("%s: status %d, and %d the second time%s: %s\n", s->name, want.status,
                      got.status, got.timed_out ? ", out of time" : "", got.err);
        t->bad++;
    }
    read_found(s, &want, path, t);
    t->programs++;
    proc_free(&want);
    proc_free(&got);
    return true;
}

static void try_all(void (*programs)(ScriptWork, void *), Tally t)
{
    if (strstr(proc_env("NB_BUILD", ""), "valgrind")) {
        skip();
    }
    programs(try_script, &t);
    print_message("%ld refusals in %ld programs\n", t.tried, t.programs);
    assert_int_equal(t.bad, 0);
    assert_true(t.tried > 0 || getenv("NB_SCRIPT"));
}

/* In builds beside the usual one fewer: with sanitizers a copy takes ten times as long. */
static unsigned one_in(unsigned usual, unsigned beside)
{
    const char *build = proc_env("NB_BUILD", "");
    return strstr(build, "san") || strstr(build, "nowin") ? beside : usual;
}

static void samples_end_with_an_error_or_as_they_should(void **state)
{
    (void)state;
    try_all(programs_samples, (Tally){.part = one_in(1, 6), .callers = CALLERS});
}

static void lessons_end_with_an_error_or_as_they_should(void **state)
{
    (void)state;
    try_all(programs_lessons, (Tally){.part = one_in(1, 6), .callers = CALLERS});
}

static void sections_end_with_an_error_or_as_they_should(void **state)
{
    (void)state;
    try_all(programs_sections, (Tally){.part = one_in(4, 24), .callers = CALLERS});
}

/* With fonts come threads, and so each refusal is a whole run: a picture is as it should be, or not
 * there. */
static void pictures_are_whole_or_not_there(void **state)
{
    (void)state;
    Script s = {.name = "picture", .argv = {"-e", "x = 2; f = x*3 + sin(x); export \"f.svg\", f"}};
    char dir[600], path[700], orders[60], base[620];
    long all = 0;
    Proc want, p;
    snprintf(dir, sizeof dir, "%s/torture-picture", proc_env("NB_TMP", "build/tmp"));
    snprintf(path, sizeof path, "%s/f.svg", dir);
    s.dir = dir;
    assert_true(proc_fresh_dir(dir));
    snprintf(orders, sizeof orders, "count memory counted");
    assert_true(run_script(&s, orders, 0, &want));
    assert_int_equal(want.status, 0);
    char *right = proc_read_file(path, NULL);
    snprintf(base, sizeof base, "%s/counted.found", dir);
    char *counted = proc_read_file(base, NULL);
    assert_true(right && counted && sscanf(counted, "counted %ld", &all) == 1 && all > 100);
    for (long n = all; n > 0; n -= whole() ? 1 : all / 60 + 1) {
        remove(path);
        snprintf(orders, sizeof orders, "memory at %ld", n);
        assert_true(run_script(&s, orders, 0, &p));
        char *now = proc_read_file(path, NULL);
        bool said = strstr(p.err, "out of memory") != NULL;
        bool right_one = now && strcmp(now, right) == 0 && strcmp(p.out, want.out) == 0;
        if (p.status == 0 ? !right_one : p.status != 1 || !said || now) {
            fail_msg("%s: status %d, %s %s%s", orders, p.status, now ? "a picture" : "none", p.out,
                     p.err);
        }
        free(now);
        proc_free(&p);
    }
    proc_free(&want);
    free(right);
    free(counted);
}

/* A copy that ended the worker would end it for the process it is a copy of. */
static void nothing_is_tried_beside_a_worker(void **state)
{
    (void)state;
    Script s = {.name = "worker", .argv = {"-e", "x = 2; export \"f.tex\", x"}};
    char dir[600], base[620], path[700], orders[700];
    Proc p;
    snprintf(dir, sizeof dir, "%s/torture-beside", proc_env("NB_TMP", "build/tmp"));
    snprintf(base, sizeof base, "%s/beside", dir);
    snprintf(path, sizeof path, "%s.found", base);
    snprintf(orders, sizeof orders, "memory new %d 1 %s", CALLERS, base);
    s.dir = dir;
    assert_true(proc_fresh_dir(dir));
    assert_true(run_script(&s, orders, 0, &p));
    assert_int_equal(p.status, 0);
    char *found = proc_read_file(path, NULL);
    assert_true(found && strstr(found, "worker ") && strstr(found, "tried "));
    free(found);
    proc_free(&p);
}

SUITE()
{
    char met[600];
    snprintf(met, sizeof met, "%s/torture-wanted.met", proc_env("NB_TMP", "build/tmp"));
    remove(met);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_tried_beside_a_worker),
        cmocka_unit_test(pictures_are_whole_or_not_there),
        cmocka_unit_test(samples_end_with_an_error_or_as_they_should),
        cmocka_unit_test(lessons_end_with_an_error_or_as_they_should),
        cmocka_unit_test(sections_end_with_an_error_or_as_they_should),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
