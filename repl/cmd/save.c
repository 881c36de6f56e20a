/* save.c -- the commands that write the session's state and read it back: save, and load's part */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/endings.h"
#include "cmd/table.h"
#include "cmd/view.h"
#include "session/save.h"

/* Lines that begin with this word. */
static size_t count_lines(const char *text, const char *word)
{
    size_t n = 0, len = strlen(word);
    for (const char *at = text; at && *at; at = strchr(at, '\n'), at = at ? at + 1 : NULL) {
        n += strncmp(at, word, len) == 0 && at[len] == ' ';
    }
    return n;
}

/* "wrote s.nabla (5 names, 12 nodes)" */
static void say(const Session *s, const char *what, const char *path, const char *text)
{
    size_t names = count_lines(text, "name") + count_lines(text, "const");
    size_t nodes = count_lines(text, "node");
    fprintf(s->out, "%s %s (%zu name%s, %zu node%s)\n", what, path, names, names == 1 ? "" : "s",
            nodes, nodes == 1 ? "" : "s");
}

static bool cmd_save(Interp *I, const Call *c, Value *out)
{
    (void)out;
    Session *s = session_of(I);
    NbErr err = {0};
    size_t len = 0;
    if (c->argv[0].tag != V_STR) {
        interp_fail(I, c->arg[0], NB_ETYPE, "save: expected a file name in quotes, got %s",
                    value_kind(c->argv[0]));
        return interp_hint(I, "as in save \"s.nabla\"");
    }
    const char *path = c->argv[0].str->text;
    if (!endings_save(I, c->arg[0], path)) {
        return false;
    }
    char *text = save_text(s, &len, &err);
    if (!text) {
        return interp_fail_err(I, c->node, &err);
    }
    bool ok = view_write_text(s, c->arg[0], path, text, len);
    if (ok && session_echoes(s, c)) {
        say(s, "wrote", path, text);
    }
    free(text);
    return ok;
}

bool load_state(Interp *I, const Call *c, const char *path, const char *text, size_t len)
{
    Session *s = session_of(I);
    NbErr err = {0};
    if (c->node != s->unit.node || s->depth > 0 || s->unit.together) {
        interp_fail(I, c->node, NB_EVALUE,
                    "load: a saved state stands alone, not in a block or file");
        return interp_hint(I, "%s replaces the whole session", path);
    }
    if (!save_load(s, text, len, path, &err)) {
        return interp_fail_err(I, c->arg[0], &err);
    }
    if (session_echoes(s, c)) {
        say(s, "loaded", path, text);
    }
    return true;
}

static const Builtin rows[] = {
    {"save",
     B_FILE | B_COMMAND | B_WRITES,
     1,
     1,
     {{0}},
     cmd_save,
     "session",
     "save \"FILE\"",
     "Writes the whole state as text: names, values in full digits, graphs, gradients, optimizers, "
     "models, functions, random numbers, settings, watches. load \"FILE\" puts it back to the last "
     "bit, so that everything goes on as it would have. Pictures, tables and weights are written "
     "by export.",
     "x = 2\nsave \"lesson.state\""},
};

Rows save_rows(void)
{
    return (Rows){rows, (int)(sizeof rows / sizeof rows[0])};
}
