/* search.c -- requests that look something up: completion, help on a word, history */
#include "kernel/search.h"

#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/table.h"
#include "kernel/encode.h"
#include "kernel/spare.h"
#include "session/complete.h"
#include "session/history.h"

/* Where the cursor is, in bytes; the protocol counts characters. Without: the end. */
static size_t cursor(const Message *m, const char *code)
{
    size_t n = strlen(code);
    return utf8_bytes(code, n, json_number(m->content, "cursor_pos", LONG_MAX));
}

/* --- completion --- */

/* Paths that begin as what was typed. */
static void add_files(cJSON *matches, const char *code, size_t from, size_t at)
{
    char pattern[PATH_MAX], *p = pattern;
    if (at - from >= sizeof pattern / 2 - 2) {
        return;
    }
    for (size_t i = from; i < at; i++) {
        if (strchr("*?[\\", code[i])) {
            *p++ = '\\';
        }
        *p++ = code[i];
    }
    strcpy(p, "*");
    glob_t found;
    if (glob(pattern, GLOB_MARK, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            cJSON_AddItemToArray(matches, cJSON_CreateString(found.gl_pathv[i]));
        }
        globfree(&found);
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void search_complete(Kernel *k, const Message *m)
{
    const char *code = json_text(m->content, "code", "");
    size_t at = cursor(m, code), start = at;
    Completion found = {0};
    cJSON *c = cJSON_CreateObject(), *matches = cJSON_AddArrayToObject(c, "matches");
    while (start > 0 && !strchr(COMPLETE_BREAKS, code[start - 1])) {
        start--;
    }
    char *upto = at <= INT_MAX ? spare_strndup(code, at) : NULL;
    if (upto) {
        complete(k->s, upto, (int)start, (int)at, &found);
    }
    if (found.files > 0) {
        start = (size_t)found.files;
        if (!k->s->safe) {
            add_files(matches, code, start, at);
        }
    }
    if (found.n > 1) {
        qsort(found.word, (size_t)found.n, sizeof *found.word, by_name);
    }
    for (int i = 0; i < found.n; i++) {
        cJSON_AddItemToArray(matches, cJSON_CreateString(found.word[i]));
    }
    cJSON_AddNumberToObject(c, "cursor_start", (double)utf8_chars(code, start));
    cJSON_AddNumberToObject(c, "cursor_end", (double)utf8_chars(code, at));
    cJSON_AddObjectToObject(c, "metadata");
    completion_free(&found);
    free(upto);
    kernel_reply(k, SHELL, m, "complete_reply", c);
}

/* --- help --- */

static bool is_word(char c)
{
    return (unsigned char)c >= 0x80 || c == '_' || (c >= '0' && c <= '9') ||
           (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The innermost bracket of the line that is open at the cursor; the cursor without. */
static size_t bracket_before(const char *code, size_t at)
{
    int depth = 0;
    for (size_t i = at; i > 0 && code[i - 1] != '\n'; i--) {
        if (code[i - 1] == '(' && depth-- == 0) {
            return i - 1;
        }
        depth += code[i - 1] == ')';
    }
    return at;
}

/* The word at the cursor, or the name before the bracket it stands in. */
static char *word_at(const char *code, size_t at)
{
    if (!is_word(code[at]) && !(at > 0 && is_word(code[at - 1]))) {
        at = bracket_before(code, at);
    }
    size_t start = at, end = at;
    while (start > 0 && is_word(code[start - 1])) {
        start--;
    }
    while (is_word(code[end])) {
        end++;
    }
    return spare_strndup(code + start, end - start);
}

void search_inspect(Kernel *k, const Message *m)
{
    const char *code = json_text(m->content, "code", "");
    char *word = word_at(code, cursor(m, code));
    Text text = {0};
    cJSON *c = cJSON_CreateObject();
    session_flush(k->s);
    k->output.capture = &text;
    session_text_alone(k->s, true);
    bool found = word && word[0] && help_name(k->s, word);
    session_flush(k->s);
    k->output.capture = NULL;
    session_text_alone(k->s, false);
    session_forget_error(k->s, true);
    cJSON_AddBoolToObject(c, "found", found && !text.failed);
    cJSON *data = cJSON_AddObjectToObject(c, "data");
    char *valid = found ? encode_utf8(text_str(&text), text.len) : NULL;
    if (valid) {
        cJSON_AddStringToObject(data, "text/plain", valid);
    }
    cJSON_AddObjectToObject(c, "metadata");
    free(valid);
    free(word);
    text_free(&text);
    kernel_reply(k, SHELL, m, "inspect_reply", c);
}

/* --- history --- */

/* [session, number, input]; session 0 is this one, −1 what was typed before it. */
static void add_entry(cJSON *list, bool here, long number, const char *input, bool output)
{
    cJSON *e = cJSON_CreateArray();
    cJSON_AddItemToArray(e, cJSON_CreateNumber(here ? 0 : -1));
    cJSON_AddItemToArray(e, cJSON_CreateNumber((double)number));
    if (output) {
        cJSON *pair = cJSON_CreateArray();
        cJSON_AddItemToArray(pair, cJSON_CreateString(input));
        cJSON_AddItemToArray(pair, cJSON_CreateNull());
        cJSON_AddItemToArray(e, pair);
    } else {
        cJSON_AddItemToArray(e, cJSON_CreateString(input));
    }
    cJSON_AddItemToArray(list, e);
}

static void add_range(Kernel *k, const Message *m, cJSON *list, bool output)
{
    long start = json_number(m->content, "start", 0), stop = json_number(m->content, "stop", -1);
    if (json_number(m->content, "session", 0) > 0) {
        return;
    }
    for (int i = 0; i < k->ncells; i++) {
        if (k->cell[i].count >= start && (stop < 0 || k->cell[i].count < stop)) {
            add_entry(list, true, k->cell[i].count, k->cell[i].text, output);
        }
    }
}

/* Seen among those behind it. */
static bool again(const History *h, int i, int n)
{
    for (int j = i + 1; j < n; j++) {
        if (strcmp(history_at(h, i), history_at(h, j)) == 0) {
            return true;
        }
    }
    return false;
}

/* The last n inputs that fit the pattern, oldest first. */
static void add_last(Kernel *k, const Message *m, cJSON *list, bool output, const char *pattern)
{
    const History *h = k->s->history;
    bool unique = json_flag(m->content, "unique", false);
    long most = json_number(m->content, "n", pattern ? LONG_MAX : 10);
    int all = history_count(h), first = all;
    for (long n = 0; first > 0 && n < most; first--) {
        n += !pattern || fnmatch(pattern, history_at(h, first - 1), 0) == 0;
    }
    for (int i = first; i < all; i++) {
        if ((!pattern || fnmatch(pattern, history_at(h, i), 0) == 0) &&
            !(unique && again(h, i, all))) {
            add_entry(list, true, i + 1, history_at(h, i), output);
        }
    }
}

void search_history(Kernel *k, const Message *m)
{
    const char *how = json_text(m->content, "hist_access_type", "tail");
    bool output = json_flag(m->content, "output", false);
    cJSON *c = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(c, "history");
    if (strcmp(how, "range") == 0) {
        add_range(k, m, list, output);
    } else if (strcmp(how, "search") == 0) {
        add_last(k, m, list, output, json_text(m->content, "pattern", "*"));
    } else {
        add_last(k, m, list, output, NULL);
    }
    kernel_reply(k, SHELL, m, "history_reply", c);
}
