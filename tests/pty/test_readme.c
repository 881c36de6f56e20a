/* test_readme.c -- sessions printed in README.md are what the program prints on a terminal */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"

#include "tests/proc.h"
#include "tests/pty/pty.h"

#define PROMPT "∇> "
#define MORE "…> "
#define SOON 20.0

static bool starts(const char *line, const char *with)
{
    return strncmp(line, with, strlen(with)) == 0;
}

static const char *next_line(const char *p)
{
    p += strcspn(p, "\n");
    return *p ? p + 1 : p;
}

/* Types every line of the block that stands at a prompt. */
static void type_block(Pty *p, const char *block)
{
    for (const char *line = block; *line; line = next_line(line)) {
        bool more = starts(line, MORE);
        if (!more && !starts(line, PROMPT)) {
            continue;
        }
        char text[1024];
        const char *from = line + (more ? strlen(MORE) : strlen(PROMPT));
        snprintf(text, sizeof text, "%.*s\r", (int)strcspn(from, "\n"), from);
        pty_send(p, text);
        const char *following = next_line(line);
        while (*following && !starts(following, PROMPT) && !starts(following, MORE)) {
            following = next_line(following);
        }
        assert_true(pty_wait(p, "\n", SOON));
        assert_true(pty_wait(p, starts(following, MORE) ? MORE : PROMPT, SOON));
    }
}

static void run_block(const char *block, int number)
{
    char setting[1100];
    snprintf(setting, sizeof setting, "NABLA_HISTORY=%s/readme-history",
             proc_env("NB_TMP", "/tmp"));
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "--no-window", NULL};
    const char *env[] = {setting, NULL};
    Pty p;
    assert_true(pty_start(&p, argv, env, 50, 200));
    assert_true(pty_wait(&p, PROMPT, SOON));
    size_t from = p.mark - strlen(PROMPT);
    type_block(&p, block);
    p.text[p.len - strlen(PROMPT)] = 0;
    const char *want = strstr(block, PROMPT);
    if (strcmp(p.text + from, want) != 0) {
        fprintf(stderr, "README.md, session %d\n--- printed there\n%s--- shown now\n%s", number,
                want, p.text + from);
        fail();
    }
    pty_end(&p);
}

static void every_session_is_real(void **state)
{
    (void)state;
    char path[1024];
    snprintf(path, sizeof path, "%s/README.md", proc_env("NB_ROOT", "."));
    char *text = proc_read_file(path, NULL);
    assert_non_null(text);
    int sessions = 0;
    for (char *fence = strstr(text, "\n```"); fence;) {
        char *body = (char *)(size_t)next_line(fence + 1);
        char *end = strstr(body, "\n```");
        if (!end) {
            break;
        }
        char *after = strstr(end + 1, "\n```");
        end[1] = 0; /* keeps the last newline */
        if (strstr(body, PROMPT)) {
            run_block(body, ++sessions);
        }
        fence = after;
    }
    assert_true(sessions > 0);
    free(text);
}

SUITE()
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_session_is_real)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
