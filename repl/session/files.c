/* files.c -- running files: scripts, parts that a statement loads, saved states */
#include <stdlib.h>
#include <string.h>

#include <nabla/data.h>

#include "session/core.h"
#include "session/save.h"

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) + 1 : 0;
    char *folder = malloc(n + 1);
    if (folder) {
        memcpy(folder, path, n);
        folder[n] = '\0';
    }
    return folder;
}

/* A saved state is loaded: the statement that does it is typed for the person. */
static RunEnd run_state(Session *s, const char *path, const char *text, size_t len, unsigned how)
{
    Text t = text_in(s->lost);
    char same[2];
    text_add(&t, "load \"");
    for (const char *c = path; *c; c++) {
        text_add(&t, interp_escape(*c, same));
    }
    text_add(&t, "\"");
    s->core->given = (struct Given){path, text, len};
    RunEnd end = session_run_text(s, &t, "", 1, how);
    s->core->given = (struct Given){0};
    text_free(&t);
    return end;
}

const char *session_given(const Session *s, const char *path, size_t *len)
{
    const struct Given *g = &s->core->given;
    *len = g->len;
    return g->path && strcmp(g->path, path) == 0 ? g->text : NULL;
}

/* The text of a file, run with its folder as the place where files are looked for. */
RunEnd session_run_contents(Session *s, const char *path, const char *text, size_t len,
                            unsigned how)
{
    char *before = s->folder, *folder = folder_of(path);
    RunEnd end = RUN_ERROR;
    if (folder) {
        s->folder = folder;
        end = session_run(s, text, len, path, 1, how);
        s->folder = before;
    } else if (how & RUN_NESTED) {
        interp_fail(s->interp, NULL, NB_EMEM, "out of memory for %s", path);
    } else {
        session_say(s, "error: out of memory for %s", path);
    }
    free(folder);
    return end;
}

RunEnd session_run_file(Session *s, const char *path, unsigned how)
{
    NbErr err = {0};
    size_t len = 0;
    char *text = nb_file_read(s->ctx, path, &len, &err);
    if (!text && err.code == NB_EINTERRUPT) {
        return RUN_INTERRUPT;
    }
    if (!text) {
        session_say(s, "error: %s", err.msg);
        return RUN_ERROR;
    }
    RunEnd end = save_is_state(text, len) ? run_state(s, path, text, len, how)
                                          : session_run_contents(s, path, text, len, how);
    free(text);
    return end;
}
