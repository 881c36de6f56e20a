/* suite.c -- the program of a folder of tests: runs its suites, or lists them and their tests */

/* run                    every suite, each in a process of its own
 * run test_ops           that suite, in this process
 * run --suites           their names, one a line
 * run --list [test_ops]  the names of tests
 */
#include "suite.h"

#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static Suite *suites;
static bool listing;

/* The name of a file without folder and ending. */
static const char *name_of(const Suite *s, char *name, size_t cap)
{
    const char *slash = strrchr(s->file, '/');
    snprintf(name, cap, "%s", slash ? slash + 1 : s->file);
    name[strcspn(name, ".")] = 0;
    return name;
}

/* They stand in the order of their files, whatever that of the constructors is. */
void suite_add(Suite *s)
{
    Suite **at = &suites;
    while (*at && strcmp((*at)->file, s->file) < 0) {
        at = &(*at)->next;
    }
    s->next = *at;
    *at = s;
}

static bool wanted(const char *name)
{
    const char *pattern = getenv("K");
    return !pattern || !*pattern || fnmatch(pattern, name, 0) == 0;
}

int suite_group(const char *title, const struct CMUnitTest tests[], size_t n,
                CMFixtureFunction setup, CMFixtureFunction teardown)
{
    size_t some = 0;
    for (size_t i = 0; i < n; i++) {
        some += wanted(tests[i].name);
        if (listing && wanted(tests[i].name)) {
            printf("%s\n", tests[i].name);
        }
    }
    if (listing || some == 0) {
        return 0;
    }
    if (some < n) {
        cmocka_set_test_filter(getenv("K"));
    }
    return _cmocka_run_group_tests(title, tests, n, setup, teardown);
}

__attribute__((weak)) int suite_start(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return -1;
}

/* In a child, so that what a suite leaves in its process is no other's. */
static int run_apart(const Suite *s)
{
    int status = 1;
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        exit(s->run());
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    const int started = suite_start(argc, argv);
    if (started >= 0) {
        return started;
    }
    const bool names = argc > 1 && strcmp(argv[1], "--suites") == 0;
    listing = argc > 1 && strcmp(argv[1], "--list") == 0;
    const int first = 1 + (names || listing);
    int status = 0, met = 0;
    char name[128];
    for (const Suite *s = suites; s; s = s->next) {
        bool asked = argc == first;
        for (int i = first; i < argc; i++) {
            asked = asked || strcmp(argv[i], name_of(s, name, sizeof name)) == 0;
        }
        if (!asked) {
            continue;
        }
        met++;
        if (names) {
            printf("%s\n", name_of(s, name, sizeof name));
        } else if (argc == first + 1 || listing) {
            status |= s->run();
        } else {
            status |= run_apart(s);
        }
    }
    if (met == 0) {
        fprintf(stderr, "%s: no such suite; --suites lists them\n", argv[0]);
        return 2;
    }
    return status;
}
