/* test_scripts.c -- every sample and lesson as a script in an embedded session */
#include "test.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nabla/session.h>

/* The last words of each stream. */
static char last[2000];

static void keep_last(void *user, bool err, const char *text, size_t n)
{
    (void)user;
    if (err && n > 0) {
        const size_t len = n < sizeof last - 1 ? n : sizeof last - 1;
        memcpy(last, text + n - len, len);
        last[len] = '\0';
    }
}

static void run_all(const char *pattern, size_t least)
{
    char path[1024];
    glob_t found;
    int bad = 0;
    snprintf(path, sizeof path, "%s/%s", getenv("NB_ROOT"), pattern);
    assert_int_equal(glob(path, 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= least);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        if (strstr(found.gl_pathv[i], "exercise") || strstr(found.gl_pathv[i], "/grade.nabla") ||
            strstr(found.gl_pathv[i], "/pictures.nabla")) {
            continue; /* they ask for a sheet, or for the program that lays out graphs */
        }
        const NbFront front = {.size = sizeof front, .write = keep_last};
        NbSession *s = nb_session_new(&front);
        last[0] = '\0';
        const NbRunEnd end = nb_session_run_file(s, found.gl_pathv[i], 0);
        /* with another C library those that pictures need cannot be loaded */
        if (end != NB_RUN_OK && !strstr(last, "pango cannot be loaded")) {
            print_message("%s: ended as %d, %s\n", found.gl_pathv[i], end, last);
            bad++;
        }
        nb_session_free(&s);
    }
    globfree(&found);
    assert_int_equal(bad, 0);
}

static int in_a_folder_of_its_own(void **state)
{
    char dir[1024];
    (void)state;
    snprintf(dir, sizeof dir, "%s/scripts", getenv("NB_TMP"));
    return (mkdir(dir, 0777) == 0 || errno == EEXIST) && chdir(dir) == 0 ? 0 : -1;
}

static void samples(void **state)
{
    (void)state;
    run_all("samples/*.nabla", 15);
}

static void lessons(void **state)
{
    (void)state;
    run_all("samples/lessons/*.nabla", 15);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples),
        cmocka_unit_test(lessons),
    };
    return cmocka_run_group_tests(tests, in_a_folder_of_its_own, NULL);
}
