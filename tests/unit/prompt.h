/* prompt.h -- for tests of the prompt: a session, and what it prints */
#ifndef NABLA_TESTS_UNIT_PROMPT_H
#define NABLA_TESTS_UNIT_PROMPT_H

#include "test.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "repl/cmd/table.h"
#include "repl/session/session.h"

typedef struct Prompt {
    Session *s;
    volatile sig_atomic_t interrupt;
    char out[65536], err[65536]; /* of the last statement */
    RunEnd end;
} Prompt;

/* A stream sent to a file, and back. */
typedef struct Catch {
    FILE *stream, *file;
    int before;
} Catch;

static inline Catch catch_begin(FILE *stream)
{
    Catch c = {.stream = stream, .file = tmpfile()};
    assert_non_null(c.file);
    fflush(stream);
    c.before = dup(fileno(stream));
    dup2(fileno(c.file), fileno(stream));
    return c;
}

static inline void catch_end(Catch *c, char *buf, size_t cap)
{
    fflush(c->stream);
    dup2(c->before, fileno(c->stream));
    close(c->before);
    rewind(c->file);
    size_t n = fread(buf, 1, cap - 1, c->file);
    buf[n] = '\0';
    fclose(c->file);
}

static inline Prompt *prompt_new(void)
{
    Prompt *p = calloc(1, sizeof *p);
    assert_non_null(p);
    p->s = session_new(&commands_kit, &p->interrupt, true);
    assert_non_null(p->s);
    return p;
}

static inline void prompt_free(Prompt *p)
{
    session_free(&p->s);
    free(p);
}

/* Runs a text as typed; what it prints is in p->out and p->err. */
static inline RunEnd prompt_run(Prompt *p, const char *text)
{
    Catch out = catch_begin(stdout), err = catch_begin(stderr);
    p->end = session_run(p->s, text, strlen(text), "", 1, RUN_ECHO);
    catch_end(&out, p->out, sizeof p->out);
    catch_end(&err, p->err, sizeof p->err);
    return p->end;
}

/* Runs a text and holds what it prints on stdout against `out`. */
static inline void prompt_says(Prompt *p, const char *text, const char *out)
{
    prompt_run(p, text);
    if (strcmp(p->out, out) != 0) {
        print_message("typed:  %s\nwanted: %sgot:    %s%s", text, out, p->out, p->err);
    }
    assert_string_equal(p->out, out);
}

/* The same for stderr. */
static inline void prompt_notes(Prompt *p, const char *text, const char *err)
{
    prompt_run(p, text);
    if (strcmp(p->err, err) != 0) {
        print_message("typed:  %s\nwanted: %sgot:    %s", text, err, p->err);
    }
    assert_string_equal(p->err, err);
}

static inline int prompt_setup(void **state)
{
    *state = prompt_new();
    return 0;
}

static inline int prompt_teardown(void **state)
{
    prompt_free(*state);
    return 0;
}

#define PROMPT_TEST(f) cmocka_unit_test_setup_teardown(f, prompt_setup, prompt_teardown)

#endif
