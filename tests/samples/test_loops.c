/* test_loops.c -- memory stays flat in the loop of every sample, however often it runs */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suite.h"

#include "tests/proc.h"

#define ALLOWED_KB 6000 /* the record has filled; slabs come in 2 MB; one leaked step is more */

/* Each loop by the text that holds its count, and that text with other counts. */
static const struct {
    const char *sample, *count, *few, *many;
} loops[] = {
    {"cleargrad", "1:11", "1:20000", "1:80000"},
    {"double_backprop", "repeat 600", "repeat 6000", "repeat 24000"},
    {"iris", "0:61", "0:1500", "0:5000"},
    {"lstm_sine", "0:41", "0:40", "0:160"},
    {"matyas", "0:1001", "0:20000", "0:80000"},
    {"mlp", "0:100", "0:5000", "0:20000"},
    {"mlp_sine", "0:1001", "0:2000", "0:6000"},
    {"moons", "linear(2), 300", "linear(2), 2000", "linear(2), 10000"},
    {"newton", "0:10", "0:20000", "0:80000"},
    {"nograd", "1:501", "1:10000", "1:50000"},
    {"nograd", "repeat 50", "repeat 10000", "repeat 50000"},
    {"optimizers", "1:n + 1", "1:20000", "1:80000"},
    {"regularization", "repeat 1500", "repeat 30000", "repeat 60000"},
    {"rosenbrock", "0:10001", "0:20001", "0:100001"},
    {"schedules", "const steps = 400", "const steps = 10000", "const steps = 50000"},
    {"spiral", "0:101", "0:1500", "0:5000"},
};

static const char *root(void)
{
    return proc_env("NB_ROOT", ".");
}

/* The sample with `count` said as `now`, and without its checks, into `path`. */
static void write_variant(const char *sample, const char *count, const char *now, const char *path)
{
    char from[1024];
    snprintf(from, sizeof from, "%s/samples/%s.nabla", root(), sample);
    char *text = proc_read_file(from, NULL);
    assert_non_null(text);
    char *at = strstr(text, count);
    assert_non_null(at);
    size_t cap = 2 * strlen(text) + 1000, len = 0;
    char *out = calloc(1, cap);
    assert_non_null(out);
    len = (size_t)snprintf(out, cap, "%.*s%s", (int)(at - text), text, now);
    for (const char *line = at + strlen(count); *line;) {
        size_t n = strcspn(line, "\n") + (strchr(line, '\n') != NULL);
        const char *word = line + strspn(line, " \t");
        bool check = strncmp(word, "assert", 6) == 0;
        len += (size_t)snprintf(out + len, cap - len, "%.*s", check ? 0 : (int)n, line);
        line += n;
    }
    assert_true(len < cap && proc_write_file(path, out));
    free(out);
    free(text);
}

static long size_of_run(const char *dir, const char *script)
{
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--no-window", script,
                          NULL};
    Proc p;
    assert_true(proc_run(argv, dir, NULL, 300, &p));
    if (p.status != 0) {
        print_message("%s: %s\n", script, p.err);
    }
    assert_int_equal(p.status, 0);
    long kb = p.max_kb;
    proc_free(&p);
    return kb;
}

static void every_sample_loop_is_flat(void **state)
{
    (void)state;
    const char *build = proc_env("NB_BUILD", "");
    if (strstr(build, "san") || strstr(build, "valgrind")) {
        skip(); /* a checker keeps freed memory for a while; it looks for leaks itself */
    }
    char dir[1024], data[1100], from[1100], path[1100];
    snprintf(dir, sizeof dir, "%s/loops", proc_env("NB_TMP", "/tmp"));
    snprintf(data, sizeof data, "%s/data", dir);
    snprintf(from, sizeof from, "%s/samples/data", root());
    assert_true(proc_fresh_dir(dir));
    assert_true(symlink(from, data) == 0 || access(data, R_OK) == 0);
    for (size_t i = 0; i < sizeof loops / sizeof *loops; i++) {
        snprintf(path, sizeof path, "%s/%s.nabla", dir, loops[i].sample);
        write_variant(loops[i].sample, loops[i].count, loops[i].few, path);
        long few = size_of_run(dir, path);
        write_variant(loops[i].sample, loops[i].count, loops[i].many, path);
        long many = size_of_run(dir, path);
        if (many - few > ALLOWED_KB) {
            print_message("%s: %ld kB with %s, %ld kB with %s\n", loops[i].sample, few,
                          loops[i].few, many, loops[i].many);
            fail();
        }
    }
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_loop_is_flat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
