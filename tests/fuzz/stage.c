/* stage.c -- sessions for fuzzers, and what must hold of every program in them */
#define _GNU_SOURCE /* mkdtemp, memmem */

#include "stage.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <nabla/format.h>
#include <nabla/tensor.h>

#include "cmd/table.h"
#include "repl/session/core.h"
#include "repl/session/save.h"
#include "repl/session/undo.h"

#define PASSES 16           /* loop passes and calls of one statement */
#define ELEMENTS 400        /* of a tensor */
#define STATEMENTS 24       /* of a program */
#define MICROSECONDS 300000 /* of a statement, in the process */

static volatile sig_atomic_t interrupt;
static bool late;
static Kept out;
static char folder[64];

static void on_alarm(int signal_number)
{
    (void)signal_number;
    interrupt = 1;
    late = true;
}

static void leave_folder(void)
{
    if (chdir("/") == 0) {
        rmdir(folder);
    }
}

void stage_open(void)
{
    if (out.stream) {
        return;
    }
    kept_open(&out);
    stdout = stderr = out.stream;
    nb_tensor_set_limit(ELEMENTS);
    setenv("NABLA_WORKER", "/nowhere", 1); /* no process is started */
    setenv("NABLA_LESSONS", "/nowhere", 1);
    unsetenv("DISPLAY");
    unsetenv("WAYLAND_DISPLAY");
    struct sigaction sa = {.sa_handler = on_alarm};
    sigemptyset(&sa.sa_mask);
    sigaction(SIGVTALRM, &sa, NULL);
    snprintf(folder, sizeof folder, "/dev/shm/nabla-fuzz-XXXXXX");
    if (!mkdtemp(folder)) {
        snprintf(folder, sizeof folder, "/tmp/nabla-fuzz-XXXXXX");
        if (!mkdtemp(folder)) {
            fuzz_broken("a folder can be made");
        }
    }
    atexit(leave_folder);
}

const char *stage_folder(void)
{
    return folder;
}

Session *stage_new(void)
{
    Session *s = session_new(&commands_kit, &interrupt, true);
    if (!s) {
        fuzz_broken("a session can be made");
    }
    interp_limit(s->interp, PASSES);
    return s;
}

static void clock_set(long us)
{
    struct itimerval t = {.it_value = {us / 1000000, us % 1000000}};
    setitimer(ITIMER_VIRTUAL, &t, NULL);
}

RunEnd stage_run(Session *s, const char *text, size_t len)
{
    late = false;
    interrupt = 0;
    clock_set(MICROSECONDS);
    RunEnd end = session_run(s, text, len, "", 1, RUN_ECHO);
    clock_set(0);
    interrupt = 0;
    return end;
}

bool stage_late(void)
{
    return late;
}

void stage_listen(void)
{
    kept_begin(&out);
}

char *stage_heard(void)
{
    const char *text = kept_end(&out);
    return fuzz_text((const uint8_t *)text, strlen(text));
}

char *stage_state(Session *s)
{
    NbErr err = {0};
    size_t len;
    return save_text(s, &len, &err);
}

void stage_same(const char *a, const char *b, const char *rule, const char *text)
{
    const char *p = a, *q = b;
    if (!a || !b || strcmp(a, b) == 0) {
        return;
    }
    while (*p == *q) {
        p++, q++;
    }
    while (p > a && p[-1] != '\n') {
        p--, q--;
    }
    fuzz_broken("%s\n- %.*s\n+ %.*s\nby: %s", rule, (int)(strcspn(p, "\n") % 300), p,
                (int)(strcspn(q, "\n") % 300), q, text);
}

bool stage_reaches_out(const char *text, size_t len)
{
    static const char *const words[] = {"save", "load", "csv", "export", "lesson"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (memmem(text, len, words[i], strlen(words[i]))) {
            return true;
        }
    }
    return false;
}

/* --- one statement --- */

static void take_back(Session *s, bool redo, const char *want, const char *text)
{
    Text what = {0};
    if (!undo_step(s, redo, &what)) {
        fuzz_broken("%s is possible after: %s", redo ? "redo" : "undo", text);
    }
    text_free(&what);
    char *state = stage_state(s);
    stage_same(want, state, redo ? "redo restores the state" : "undo restores the state", text);
    free(state);
}

/* A statement that moves in time has no state of its own. */
static bool travels(const char *text)
{
    return strstr(text, "undo") || strstr(text, "redo");
}

static void check_statement(Session *s, const char *text, size_t len)
{
    char *before = stage_state(s);
    int count = undo_count(s);
    const char *barrier = undo_barrier(s);
    stage_run(s, text, len);
    char *after = stage_state(s);
    if (travels(text) || !before || !after) {
        /* nothing to compare */
    } else if (undo_count(s) == count + 1) {
        take_back(s, false, before, text);
        take_back(s, true, after, text);
    } else if (undo_barrier(s) == barrier && undo_count(s) == count && !s->core->restart) {
        stage_same(before, after, "what changes the state can be undone", text);
    }
    free(before);
    free(after);
}

/* --- printed values --- */

static bool can_be_typed(Value v)
{
    bool ok = v.tag != V_FUNC && v.tag != V_OBJ && v.tag != V_UNSET;
    for (int i = 0; ok && v.tag == V_LIST && i < v.list->n; i++) {
        ok = can_be_typed(v.list->item[i]);
    }
    return ok;
}

static void check_value(Session *s, Value v)
{
    char *text = interp_value_text(s->interp, v, NB_DIGITS_FULL);
    Text code = {0};
    if (!text) {
        return;
    }
    text_printf(&code, "zz_ = %s", text);
    interp_nan_mode(s->interp, NB_NAN_OFF);
    if (stage_run(s, text_str(&code), code.len) != RUN_OK && !late) {
        fuzz_broken("a printed value is valid input: %s", text);
    }
    Value again = interp_get(s->interp, interp_symbol(s->interp, "zz_"));
    char *second = late ? NULL : interp_value_text(s->interp, again, NB_DIGITS_FULL);
    if (second && strcmp(text, second) != 0) {
        fuzz_broken("a printed value is read as it was: %s then %s", text, second);
    }
    free(second);
    free(text);
    text_free(&code);
}

static void check_values(Session *s)
{
    Interp *I = s->interp;
    for (int i = 0, n = interp_symbols(I); i < n; i++) {
        Value v = value_ref(interp_get(I, i));
        if (can_be_typed(v)) {
            check_value(s, v);
        }
        value_unref(&v);
    }
}

/* --- a program --- */

/* Runs up to STATEMENTS statements of a program one by one; false when time ran out. */
static bool run_each(Session *s, Program *p, bool checked)
{
    bool ok = true;
    for (int i = 0, n = program_statements(p); ok && i < n && i < STATEMENTS && !s->leave; i++) {
        size_t len;
        const char *source = node_source(p, program_statement(p, i), &len);
        char *text = fuzz_text((const uint8_t *)source, len);
        if (checked) {
            check_statement(s, text, len);
        } else {
            stage_run(s, text, len);
        }
        ok = !late;
        free(text);
    }
    return ok;
}

static void check_twice(Program *p, const char *text)
{
    char *heard[2] = {NULL, NULL};
    bool ok = true;
    for (int i = 0; ok && i < 2; i++) {
        Session *s = stage_new();
        stage_listen();
        ok = run_each(s, p, false);
        heard[i] = ok ? stage_heard() : NULL;
        session_free(&s);
    }
    if (ok) {
        stage_same(heard[0], heard[1], "a program prints the same when it is run again", text);
    }
    free(heard[0]);
    free(heard[1]);
}

void stage_check(const char *text, size_t len, bool twice)
{
    stage_open();
    stage_listen();
    Session *s = stage_new();
    Program *p = interp_parse(s->interp, text, len, "fuzz.nabla", 1, false);
    if (p) {
        if (twice) {
            check_twice(p, text);
        } else if (run_each(s, p, true) && !s->leave) {
            check_values(s);
        }
    }
    program_unref(&p);
    session_free(&s);
}
