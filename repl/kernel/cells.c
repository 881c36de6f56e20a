/* cells.c -- the cells of a notebook file: made, filled with output, read */
#include "kernel/cells.h"

#include <stdlib.h>
#include <string.h>

#include <nabla/version.h>

#include "kernel/output.h"
#include "kernel/wire.h"

/* --- making --- */

void add_language(cJSON *to)
{
    cJSON *l = cJSON_AddObjectToObject(to, "language_info");
    cJSON_AddStringToObject(l, "name", "nabla");
    cJSON_AddStringToObject(l, "version", NB_VERSION);
    cJSON_AddStringToObject(l, "mimetype", "text/x-nabla");
    cJSON_AddStringToObject(l, "file_extension", ".nabla");
    cJSON_AddStringToObject(l, "codemirror_mode", "nabla");
    cJSON_AddStringToObject(l, "pygments_lexer", "python"); /* the nearest that is there */
}

cJSON *notebook_new(void)
{
    cJSON *n = cJSON_CreateObject();
    cJSON_AddArrayToObject(n, "cells");
    cJSON *meta = cJSON_AddObjectToObject(n, "metadata");
    cJSON *spec = cJSON_AddObjectToObject(meta, "kernelspec");
    cJSON_AddStringToObject(spec, "display_name", "nabla");
    cJSON_AddStringToObject(spec, "language", "nabla");
    cJSON_AddStringToObject(spec, "name", "nabla");
    add_language(meta);
    cJSON_AddNumberToObject(n, "nbformat", 4);
    cJSON_AddNumberToObject(n, "nbformat_minor", 5);
    return n;
}

/* A text as the list of its lines. */
static cJSON *lines_of(const char *text)
{
    cJSON *list = cJSON_CreateArray();
    for (const char *end; *text; text = end) {
        end = text + strcspn(text, "\n");
        end += *end == '\n';
        char *line = strndup(text, (size_t)(end - text));
        cJSON_AddItemToArray(list, cJSON_CreateString(line ? line : ""));
        free(line);
    }
    return list;
}

cJSON *notebook_add(cJSON *notebook, const char *type, const char *kind, const char *source)
{
    cJSON *cells = cJSON_GetObjectItemCaseSensitive(notebook, "cells");
    cJSON *c = cJSON_CreateObject();
    char id[32];
    bool code = strcmp(type, "code") == 0;
    snprintf(id, sizeof id, "cell-%d", cJSON_GetArraySize(cells) + 1);
    cJSON_AddStringToObject(c, "cell_type", type);
    if (code) {
        cJSON_AddNullToObject(c, "execution_count");
    }
    cJSON_AddStringToObject(c, "id", id);
    cJSON *own = cJSON_AddObjectToObject(cJSON_AddObjectToObject(c, "metadata"), "nabla");
    cJSON_AddStringToObject(own, "kind", kind);
    if (code) {
        cJSON_AddArrayToObject(c, "outputs");
    }
    cJSON_AddItemToObject(c, "source", lines_of(source));
    cJSON_AddItemToArray(cells, c);
    return c;
}

/* --- reading --- */

char *cell_source(const cJSON *cell)
{
    const cJSON *source = cJSON_GetObjectItemCaseSensitive(cell, "source"), *line;
    Text t = {0};
    text_add(&t, cJSON_IsString(source) ? source->valuestring : "");
    cJSON_ArrayForEach(line, source)
    {
        text_add(&t, cJSON_IsString(line) ? line->valuestring : "");
    }
    char *out = t.failed ? NULL : strdup(text_str(&t));
    text_free(&t);
    return out;
}

const char *cell_kind(const cJSON *cell)
{
    const cJSON *meta = cJSON_GetObjectItemCaseSensitive(cell, "metadata");
    return json_text(cJSON_GetObjectItemCaseSensitive(meta, "nabla"), "kind", "");
}

/* --- running --- */

/* Text that goes on in the same stream is one output. */
static bool joins(cJSON *outputs, const char *name, const char *text)
{
    cJSON *last = cJSON_GetArrayItem(outputs, cJSON_GetArraySize(outputs) - 1);
    if (!last || strcmp(json_text(last, "name", ""), name) != 0) {
        return false;
    }
    Text t = {0};
    text_printf(&t, "%s%s", json_text(last, "text", ""), text);
    if (!t.failed) {
        cJSON_ReplaceItemInObjectCaseSensitive(last, "text", cJSON_CreateString(text_str(&t)));
    }
    text_free(&t);
    return true;
}

static const char *display_of(const cJSON *content)
{
    return json_text(cJSON_GetObjectItemCaseSensitive(content, "transient"), "display_id", "");
}

/* In place of what is shown under this name. */
static void update(cJSON *outputs, cJSON *content)
{
    cJSON *o;
    cJSON_ArrayForEach(o, outputs)
    {
        if (display_of(content)[0] && strcmp(display_of(o), display_of(content)) == 0) {
            cJSON_ReplaceItemInObjectCaseSensitive(
                o, "data", cJSON_DetachItemFromObjectCaseSensitive(content, "data"));
            break;
        }
    }
    cJSON_Delete(content);
}

static void emit(void *user, const char *type, cJSON *content)
{
    cJSON *outputs = *(cJSON **)user;
    if (strcmp(type, "update_display_data") == 0) {
        update(outputs, content);
    } else if (strcmp(type, "stream") == 0 &&
               joins(outputs, json_text(content, "name", ""), json_text(content, "text", ""))) {
        cJSON_Delete(content);
    } else {
        cJSON_AddStringToObject(content, "output_type", type);
        cJSON_AddItemToArray(outputs, content);
    }
}

/* What is only of use while it is shown goes; long texts become lines. */
static void settle(cJSON *outputs)
{
    cJSON *o;
    cJSON_ArrayForEach(o, outputs)
    {
        const char *text = json_text(o, "text", NULL);
        cJSON_DeleteItemFromObjectCaseSensitive(o, "transient");
        if (text) {
            cJSON_ReplaceItemInObjectCaseSensitive(o, "text", lines_of(text));
        }
    }
}

static bool run_cell(Session *s, Output *out, cJSON *cell, long count)
{
    cJSON *outputs = cJSON_CreateArray();
    char *code = cell_source(cell);
    out->user = &outputs;
    output_begin(out, count, false);
    RunEnd end = code ? session_run(s, code, strlen(code), "", 1, RUN_ECHO) : RUN_ERROR;
    output_end(out);
    settle(outputs);
    free(code);
    cJSON_ReplaceItemInObjectCaseSensitive(cell, "outputs", outputs);
    cJSON_ReplaceItemInObjectCaseSensitive(cell, "execution_count",
                                           cJSON_CreateNumber((double)count));
    return end == RUN_OK;
}

bool notebook_run(Session *s, cJSON *notebook)
{
    Output out = {.s = s, .emit = emit, .prefix = "display"};
    Front front = {0};
    cJSON *cell;
    long count = 0;
    output_front(&out, &front);
    front.is &= ~(unsigned)FRONT_LIVE; /* what is kept does not depend on the time that it took */
    bool ok = session_front(s, &front);
    s->set.echo = true;
    session_apply(s);
    cJSON_ArrayForEach(cell, cJSON_GetObjectItemCaseSensitive(notebook, "cells"))
    {
        if (ok && strcmp(json_text(cell, "cell_type", ""), "code") == 0) {
            ok = run_cell(s, &out, cell, ++count);
        }
    }
    session_front(s, NULL);
    output_free(&out);
    return ok;
}
