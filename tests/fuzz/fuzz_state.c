/* fuzz_state.c -- states: loaded whole, so that saving gives the same text again, or not at all */
#define _GNU_SOURCE /* memmem */

#include <stdlib.h>
#include <string.h>

#include "repl/session/save.h"
#include "repl/session/undo.h"
#include "repl/session/unit.h"
#include "stage.h"

#define RENEW 500 /* inputs of one session: names are never forgotten */

static const char start[] =
    "x, y = 2, 3; w = [[1, 2], [3, 4]]; def g(a, n=2) = sin(a)*n; f = x*y + g(x) + sum(w)\n"
    "backward f; opt = adam(x, w, lr=0.1, hooks=[clip_grad(1)]); step; watch x^2\n"
    "m = mlp([2, 1]); z = m(w); const c = list(\"t{{}}\", none, 1:3, g)\n";

static Session *s;
static Program *statement;
static char *home; /* the state of `start` */

/* Loads a text as a statement of its own, as the command does. */
static bool load(const char *text, size_t len)
{
    NbErr err = {0};
    unit_begin(s, statement, 0, 0);
    bool ok = save_load(s, text, len, "f.nabla", &err);
    unit_end(s);
    if (!ok && (err.code == NB_OK || strncmp(err.msg, "f.nabla:", 8) != 0)) {
        fuzz_broken("a state that is not read has an error that names the file: %s", err.msg);
    }
    return ok;
}

static void begin(void)
{
    static long inputs;
    if (inputs++ % RENEW) {
        return;
    }
    stage_open();
    stage_listen();
    free(home);
    program_unref(&statement);
    if (s) {
        session_free(&s);
    }
    s = stage_new();
    statement = interp_parse(s->interp, "0;", 2, "", 1, false);
    stage_run(s, start, sizeof start - 1);
    home = stage_state(s);
    if (!home || !statement) {
        fuzz_broken("a state can be saved");
    }
}

/* Without its checksum, most of the time: damage is to be found by what reads it. */
static size_t without_sum(char *text, size_t size)
{
    char *last = NULL, *at = text;
    while ((at = memmem(at, (size_t)(text + size - at), "\nend ", 5))) {
        last = at++;
    }
    if (!last || size % 16 == 0) {
        return size;
    }
    memcpy(last, "\nend\n", 6);
    return (size_t)(last - text) + 5;
}

/* count: of units before the first load. */
static void check_loaded(int count)
{
    char *first = stage_state(s);
    if (!first) {
        fuzz_broken("what was loaded can be saved");
    }
    if (!load(first, strlen(first))) {
        fuzz_broken("what was saved can be loaded: %s", first);
    }
    char *second = stage_state(s);
    stage_same(first, second, "a state that is loaded is saved as the same text", first);
    free(first);
    free(second);
    Text what = {0};
    while (undo_count(s) > count && undo_step(s, false, &what)) {
    }
    text_free(&what);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    begin();
    char *text = fuzz_text(data, size);
    size = without_sum(text, size);
    stage_listen();
    int count = undo_count(s);
    if (load(text, size)) {
        check_loaded(count);
    } else if (undo_count(s) != count) {
        fuzz_broken("a state that is not read is nothing to be undone");
    }
    char *state = stage_state(s);
    stage_same(home, state, "undo, or a state that is not read, leaves what there was", text);
    free(state);
    free(text);
    return 0;
}
