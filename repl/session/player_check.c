/* player_check.c -- a script to be played, looked at whole: what could never work */
#include "session/player_internal.h"

#include <stdlib.h>
#include <string.h>

/* The interpreter's error, with the line of the script before it. */
static bool tell(Interp *I, const Player *p, int line, NbErr *err)
{
    const LangError *e = interp_error(I);
    nb_fail(err, e->err.code, "%s:%d: %s", p->path, line, e->err.msg);
    if (e->err.hint[0]) {
        nb_hint(err, "%s", e->err.hint);
    }
    interp_clear_error(I);
    return false;
}

/* All statements as one program, each on its own line; NULL with *err set. */
static Program *all_code(Interp *I, const Player *p, NbErr *err)
{
    Text code = text_in(p->title.lost);
    int line = 1;
    for (int i = 0; i < p->n; i++) {
        const Item *item = &p->item[i];
        for (; item->kind == PLAYER_CODE && line < item->line; line++) {
            text_add(&code, "\n");
        }
        const char *text = item->kind == PLAYER_CODE ? text_str(&item->text) : "";
        text_add(&code, text);
        for (; *text; text++) {
            line += *text == '\n';
        }
    }
    Program *made = code.failed ? NULL : interp_parse(I, text_str(&code), code.len, "", 1, false);
    if (code.failed) {
        nb_fail(err, NB_EMEM, "out of memory for %s", p->path);
    } else if (!made) {
        tell(I, p, interp_error(I)->line, err);
    }
    text_free(&code);
    return made;
}

/* Parses, and every function it calls is there from the start or made by the script. */
static bool can_be_asked(Interp *I, const Player *p, const Item *item, const Program *made,
                         const Text *code, NbErr *err)
{
    Program *asked = interp_parse(I, text_str(code), code->len, "", item->line, false);
    if (!asked) {
        return tell(I, p, item->line, err);
    }
    const char *unknown = program_unknown_call(I, asked, made);
    if (unknown) {
        const char *near = interp_nearest(I, unknown);
        nb_fail(err, NB_ENAME, "%s:%d: unknown function %s", p->path, item->line, unknown);
        if (near) {
            nb_hint(err, "did you mean %s?", near);
        }
    }
    program_unref(&asked);
    return !unknown;
}

static bool check_item(Interp *I, const Player *p, const Item *item, const Program *made,
                       NbErr *err)
{
    Text code = text_in(p->title.lost);
    bool ok = true;
    if (item->kind == PLAYER_CHECK) {
        text_printf(&code, "assert %s", text_str(&item->text));
    } else if (item->kind == PLAYER_WRONG && (ok = player_wrong_answer(item, &code))) {
        const char *words = strchr(text_str(&item->text), '"');
        Text answer = text_in(p->title.lost);
        text_printf(&answer, "assert (%s), %s", text_str(&code), words);
        text_free(&code);
        code = answer;
    }
    if (!ok) {
        nb_fail(err, NB_EVALUE, "%s:%d: a wrong answer has no text in quotes", p->path, item->line);
        nb_hint(err, "#! 6 \"that is one factor\"");
    } else if (code.failed) {
        ok = nb_fail(err, NB_EMEM, "out of memory for %s", p->path) == NB_OK;
    } else if (code.len > 0) {
        ok = can_be_asked(I, p, item, made, &code, err);
    }
    text_free(&code);
    return ok;
}

static bool check(Interp *I, const Player *p, NbErr *err)
{
    Program *made = all_code(I, p, err);
    bool ok = made;
    for (int i = 0; ok && i < p->n; i++) {
        ok = check_item(I, p, &p->item[i], made, err);
    }
    program_unref(&made);
    return ok;
}

Player *player_open(Interp *I, const char *path, NbErr *err)
{
    size_t len = 0;
    char *text = session_read_file(session_of(I), path, &len, err);
    Player *p = text ? player_of_text(I, path, text, len, err) : NULL;
    free(text);
    if (p && !check(I, p, err)) {
        player_free(&p);
    }
    return p;
}
