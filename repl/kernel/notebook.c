/* notebook.c -- scripts and lessons as notebooks, and notebooks as scripts */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/data.h>
#include <nabla/format.h>

#include "kernel/cells.h"
#include "kernel/kernel.h"
#include "kernel/wire.h"
#include "session/player.h"

static const char *const kinds[] = {
    [PLAYER_TEXT] = "text", [PLAYER_CODE] = "code",   [PLAYER_TASK] = "task",
    [PLAYER_HINT] = "hint", [PLAYER_CHECK] = "check", [PLAYER_WRONG] = "wrong",
    [PLAYER_NOTE] = "note"};

#define TASK_HEAD "**Task.** "
#define HINT_HEAD "<details><summary>Hint</summary>\n\n"
#define HINT_TAIL "\n\n</details>"
#define CHECK_HEAD "assert "
/* A comment of Markdown: there, but not shown. */
#define WRONG_HEAD "<!-- wrong answer: "
#define NOTE_HEAD "<!-- for the speaker: "
#define UNSEEN_TAIL " -->"

/* --- text as Markdown --- */

#define LESS "&lt;" /* not every reader knows \< */
#define AND "&amp;"

/* Signs that would mean something there. */
static void put_markdown(Text *t, const char *text)
{
    for (; *text; text++) {
        if (*text == '<' || *text == '&') {
            text_add(t, *text == '<' ? LESS : AND);
        } else {
            text_addn(t, "\\", strchr("\\`*_$[#|~", *text) ? 1 : 0);
            text_addn(t, text, 1);
        }
    }
}

/* And back. */
static void put_plain(Text *t, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool less = strncmp(text + i, LESS, strlen(LESS)) == 0;
        if (less || strncmp(text + i, AND, strlen(AND)) == 0) {
            text_add(t, less ? "<" : "&");
            i += strlen(less ? LESS : AND) - 1;
            continue;
        }
        i += text[i] == '\\' && i + 1 < n && ispunct((unsigned char)text[i + 1]) ? 1 : 0;
        text_addn(t, text + i, 1);
    }
}

/* --- a script's parts as cells --- */

static void put_source(Text *t, PlayerPart part, const char *text)
{
    switch (part) {
    case PLAYER_CODE: text_add(t, text); break;
    case PLAYER_CHECK: text_printf(t, CHECK_HEAD "%s", text); break;
    case PLAYER_WRONG: text_printf(t, WRONG_HEAD "%s" UNSEEN_TAIL, text); break;
    case PLAYER_NOTE: text_printf(t, NOTE_HEAD "%s" UNSEEN_TAIL, text); break;
    default:
        text_add(t, part == PLAYER_TASK ? TASK_HEAD : part == PLAYER_HINT ? HINT_HEAD : "");
        put_markdown(t, text);
        text_add(t, part == PLAYER_HINT ? HINT_TAIL : "");
    }
}

static int lines_in(const char *text)
{
    int n = 1;
    for (; *text; text++) {
        n += *text == '\n';
    }
    return n;
}

/* The answer of a task is there, but not to be seen at once (JupyterLab folds it). */
static void fold(cJSON *cell)
{
    cJSON *meta = cJSON_GetObjectItemCaseSensitive(cell, "metadata");
    cJSON_AddBoolToObject(cJSON_AddObjectToObject(meta, "jupyter"), "source_hidden", true);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(meta, "tags"), cJSON_CreateString("answer"));
}

static bool add_cells(cJSON *notebook, const Player *p)
{
    Text t = {0};
    bool task = false;
    for (int i = 0, n = player_parts(p), line, next; i < n;) {
        const char *text;
        PlayerPart part = player_part_at(p, i, &text, &line);
        next = line + lines_in(text);
        text_reset(&t);
        put_source(&t, part, text);
        int below;
        while (++i < n && part == PLAYER_CODE &&
               player_part_at(p, i, &text, &below) == PLAYER_CODE && below == next) {
            text_printf(&t, "\n%s", text); /* without a blank line between: one cell */
            next = below + lines_in(text);
        }
        bool code = part == PLAYER_CODE || part == PLAYER_CHECK;
        cJSON *cell = notebook_add(notebook, code ? "code" : "markdown", kinds[part], text_str(&t));
        task = part == PLAYER_TASK || (task && part != PLAYER_TEXT && part != PLAYER_CHECK);
        if (task && part == PLAYER_CODE) {
            fold(cell);
        }
        if (i < n) {
            player_part_at(p, i, &text, &below);
            cJSON *own = cJSON_GetObjectItemCaseSensitive(
                cJSON_GetObjectItemCaseSensitive(cell, "metadata"), "nabla");
            cJSON_AddNumberToObject(own, "blank", below - next);
        }
    }
    bool ok = !t.failed;
    text_free(&t);
    return ok;
}

static void add_title(cJSON *notebook, const Player *p, const char *path)
{
    Text t = {0};
    const char *slash = strrchr(path, '/');
    if (player_title(p)[0]) {
        text_add(&t, "# ");
        put_markdown(&t, player_title(p));
        cJSON *cell = notebook_add(notebook, "markdown", "title", text_str(&t));
        cJSON *own = cJSON_GetObjectItemCaseSensitive(
            cJSON_GetObjectItemCaseSensitive(cell, "metadata"), "nabla");
        cJSON_AddStringToObject(own, "file", slash ? slash + 1 : path);
        const char *text;
        int line = 3;
        if (player_parts(p) > 0) {
            player_part_at(p, 0, &text, &line);
        }
        cJSON_AddNumberToObject(own, "blank", line - 2);
    }
    text_free(&t);
}

/* Where load and csv look first. */
static void set_folder(Session *s, const char *path)
{
    const char *slash = strrchr(path, '/');
    free(s->folder);
    s->folder = strndup(path, slash ? (size_t)(slash - path) + 1 : 0);
}

/* A notebook is JSON, and that is UTF-8. */
static bool is_text(Session *s, const char *path)
{
    NbErr err = {0};
    size_t len = 0;
    char *text = nb_file_read(s->ctx, path, &len, &err);
    int line = 1;
    bool ok = text;
    for (const char *at = text; ok && *at;) {
        const size_t n = nb_utf8(at);
        line += *at == '\n';
        ok = n > 0;
        at += n;
    }
    if (!text) {
        fprintf(stderr, "nabla: %s\n", err.msg);
    } else if (!ok) {
        fprintf(stderr, "nabla: %s:%d: not valid UTF-8; save the file as UTF-8\n", path, line);
    }
    free(text);
    return ok;
}

int notebook_from_script(Session *s, const char *path, bool run)
{
    NbErr err = {0};
    Player *p = player_open(s->interp, path, &err);
    if (!p) {
        fprintf(stderr, "nabla: %s\n", err.msg);
        return 1;
    }
    if (!is_text(s, path)) {
        player_free(&p);
        return 1;
    }
    cJSON *notebook = notebook_new();
    add_title(notebook, p, path);
    bool whole = add_cells(notebook, p), ran = true;
    player_free(&p);
    if (whole && run) {
        set_folder(s, path);
        ran = notebook_run(s, notebook);
    }
    char *text = whole ? cJSON_Print(notebook) : NULL;
    if (text) {
        printf("%s\n", text);
    } else {
        fprintf(stderr, "nabla: out of memory for %s\n", path);
    }
    if (text && !ran) {
        fprintf(stderr, "nabla: %s: a cell failed: its output says why\n", path);
    }
    free(text);
    cJSON_Delete(notebook);
    return text && ran ? 0 : 1;
}

/* --- cells as lines of a script --- */

/* Each line behind a sign. */
static void put_comment(Text *t, const char *sign, const char *text, size_t n)
{
    for (size_t from = 0; from <= n;) {
        const char *end = memchr(text + from, '\n', n - from);
        size_t len = end ? (size_t)(end - text) - from : n - from;
        text_add(t, sign);
        text_add(t, len > 0 ? " " : "");
        text_addn(t, text + from, len);
        text_add(t, "\n");
        from += len + 1;
    }
}

static bool begins(const char *text, const char *head)
{
    return strncmp(text, head, strlen(head)) == 0;
}

/* What nabla put around a text goes; what a person wrote stays as it is. */
static void put_marked(Text *t, const char *kind, const char *source)
{
    const char *sign = "#", *head = "", *tail = "";
    Text plain = {0};
    if (strcmp(kind, "task") == 0 && begins(source, TASK_HEAD)) {
        sign = "#>";
        head = TASK_HEAD;
    } else if (strcmp(kind, "hint") == 0 && begins(source, HINT_HEAD)) {
        sign = "#?";
        head = HINT_HEAD;
        tail = HINT_TAIL;
    } else if (strcmp(kind, "wrong") == 0 && begins(source, WRONG_HEAD)) {
        sign = "#!";
        head = WRONG_HEAD;
        tail = UNSEEN_TAIL;
    } else if (strcmp(kind, "note") == 0 && begins(source, NOTE_HEAD)) {
        sign = "#%";
        head = NOTE_HEAD;
        tail = UNSEEN_TAIL;
    }
    source += strlen(head);
    size_t n = strlen(source), end = strlen(tail);
    n -= n >= end && strcmp(source + n - end, tail) == 0 ? end : 0;
    if (kind[0] && tail[0] != ' ') {
        put_plain(&plain, source, n);
    } else {
        text_addn(&plain, source, n);
    }
    put_comment(t, sign, text_str(&plain), plain.len);
    text_free(&plain);
}

static void put_title(Text *t, const cJSON *own, const char *source)
{
    Text plain = {0};
    put_plain(&plain, source + 2, strlen(source + 2));
    text_printf(t, "# %s -- %s\n", json_text(own, "file", "notebook.nabla"), text_str(&plain));
    text_free(&plain);
}

static void put_cell(Text *t, const cJSON *cell, bool first)
{
    const cJSON *own = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(cell, "metadata"), "nabla");
    const char *type = json_text(cell, "cell_type", ""), *kind = cell_kind(cell);
    char *source = cell_source(cell);
    if (!source) {
        t->failed = true;
    } else if (strcmp(type, "code") == 0 && strcmp(kind, "check") == 0 &&
               begins(source, CHECK_HEAD)) {
        put_comment(t, "#=", source + strlen(CHECK_HEAD), strlen(source) - strlen(CHECK_HEAD));
    } else if (strcmp(type, "code") == 0) {
        text_printf(t, "%s\n", source);
    } else if (first && strcmp(kind, "title") == 0 && begins(source, "# ")) {
        put_title(t, own, source);
    } else if (strcmp(type, "markdown") == 0) {
        put_marked(t, kind, source);
    }
    for (long n = json_number(own, "blank", 1); n > 0; n--) {
        text_add(t, "\n");
    }
    free(source);
}

/* The language a notebook says it is in, NULL: nabla, or it says none. */
static const char *other_language(const cJSON *notebook)
{
    const cJSON *meta = cJSON_GetObjectItemCaseSensitive(notebook, "metadata");
    const cJSON *info = cJSON_GetObjectItemCaseSensitive(meta, "language_info");
    const cJSON *kernel = cJSON_GetObjectItemCaseSensitive(meta, "kernelspec");
    const char *language = json_text(info, "name", json_text(kernel, "language", "nabla"));
    return strcmp(language, "nabla") == 0 ? NULL : language;
}

int notebook_to_script(Session *s, const char *path)
{
    NbErr err = {0};
    size_t len = 0;
    char *text = nb_file_read(s->ctx, path, &len, &err);
    cJSON *notebook = text ? cJSON_ParseWithLength(text, len) : NULL;
    const cJSON *cells = cJSON_GetObjectItemCaseSensitive(notebook, "cells"), *cell;
    Text t = {0};
    const char *language = other_language(notebook);
    bool ok = cJSON_IsArray(cells) && !language;
    cJSON_ArrayForEach(cell, cells)
    {
        put_cell(&t, cell, cell == cells->child);
    }
    while (t.len > 1 && t.s[t.len - 1] == '\n' && t.s[t.len - 2] == '\n') {
        text_cut(&t, t.len - 1);
    }
    if (!text) {
        fprintf(stderr, "nabla: %s\n", err.msg);
    } else if (language) {
        fprintf(stderr, "nabla: %s is a notebook in %s, not in nabla\n", path, language);
    } else if (!ok) {
        fprintf(stderr, "nabla: %s is no notebook: no list of cells\n", path);
    } else if (t.failed) {
        fprintf(stderr, "nabla: out of memory for %s\n", path);
    } else {
        fwrite(text_str(&t), 1, t.len, stdout);
    }
    ok = ok && !t.failed;
    text_free(&t);
    cJSON_Delete(notebook);
    free(text);
    return ok ? 0 : 1;
}
