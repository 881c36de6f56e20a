/* grade_read.c -- reads a grader: statements, and tasks, which the language does not know */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "prompt/grade_internal.h"
#include "session/player.h"

static bool complain(const Grader *g, int line, const char *what, const char *hint)
{
    fprintf(stderr, "nabla: %s:%d: %s\n", g->path, line, what);
    fputs(hint ? hint : "", stderr);
    return false;
}

#define TASK_HINT "as in task \"the gradient\", points=2 { assert … }\n"

/* The string in quotes at *at, which moves behind it. NULL: none. New text. */
static char *take_string(const char **at)
{
    const char *s = *at;
    size_t n = 0;
    char *text = s[0] == '"' ? malloc(strlen(s) + 1) : NULL;
    if (!text) {
        return NULL;
    }
    for (s++; *s && *s != '"'; s++) {
        s += s[0] == '\\' && s[1] ? 1 : 0;
        text[n++] = *s;
    }
    text[n] = '\0';
    *at = *s ? s + 1 : s;
    return text;
}

static const char *skip(const char *s)
{
    return s + strspn(s, " \t\n");
}

/* The head up to the block becomes `if 1` and blanks, of as many characters in its lines, so that
 * errors know their place. */
static void blank_head(char *head, char *block)
{
    char *to = head;
    for (const char *c = head; c < block; c++) {
        if (((unsigned char)*c & 0xC0) != 0x80) {
            *to++ = *c == '\n' ? '\n' : ' ';
        }
    }
    memmove(to, block, strlen(block) + 1);
    memcpy(head, "if 1", 4);
}

/* task "title" [, points=N] { … } */
static bool take_task(const Grader *g, GradeTask *t, char *code)
{
    const char *at = skip(code + strlen("task"));
    char *end = NULL;
    t->title = take_string(&at);
    t->points = 1;
    at = skip(at);
    if (t->title && *at == ',') {
        at = skip(at + 1);
        at = strncmp(at, "points", 6) == 0 ? skip(at + 6) : "";
        t->points = *at == '=' ? strtod(skip(at + 1), &end) : -1;
        at = end ? skip(end) : "";
    }
    if (!t->title || *at != '{' || !(t->points >= 0 && t->points < 1e9)) {
        return complain(g, t->line, "a task has a title, points, and a block", TASK_HINT);
    }
    blank_head(code, code + (at - code));
    return true;
}

static bool begins_task(const char *code)
{
    return strncmp(code, "task", 4) == 0 && strchr(" \t\"{", code[4]) && code[4] &&
           strchr("\"{", skip(code + 4)[0]) && skip(code + 4)[0];
}

static GradeTask *add_item(Grader *g, int line)
{
    if (!nb_grow(&g->item, &g->cap, (size_t)g->n + 1, sizeof *g->item)) {
        complain(g, line, "out of memory", NULL);
        return NULL;
    }
    g->item[g->n] = (GradeTask){.line = line};
    return &g->item[g->n++];
}

/* The heads of tasks: what a line begins with. */
static bool take_tasks(Grader *g, char *text)
{
    int line = 1;
    for (char *at = text; *at; line++) {
        if (begins_task(at)) {
            GradeTask *t = add_item(g, line);
            if (!t || !take_task(g, t, at)) {
                return false;
            }
            g->tasks++;
        }
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    return g->tasks > 0 || complain(g, 1, "there is no task in the grader", TASK_HINT);
}

/* A block with comments at most: every sheet would get its points. */
static bool asks_nothing(const char *code)
{
    const char *at = strchr(code, '{');
    for (at = at ? at + 1 : ""; *at == '#' || strchr(" \t\n;", *at ? *at : '}');) {
        at += *at == '#' ? strcspn(at, "\n") : 1;
    }
    return *at == '}';
}

static bool is_control(const char *s)
{
    const unsigned char c = (unsigned char)s[0];
    return c < 0x20 || c == 0x7F || (c == 0xC2 && (unsigned char)s[1] < 0xA0);
}

static const char *character_at(const char *s, int n)
{
    for (; n > 0 && *s && *s != '\n'; n--) {
        do {
            s++;
        } while (((unsigned char)*s & 0xC0) == 0x80);
    }
    return s;
}

/* The line of an error as it stands in the file: what is shown of it are the same characters. */
static void show_line_as_written(const Grader *g, LangError *e)
{
    const char *line = g->text;
    for (int i = 1; i < e->line && *line; i++) {
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    char shown[sizeof e->text];
    size_t n = 0;
    const char *from = character_at(line, e->col - e->text_col);
    for (const char *s = e->text; *s && n + 8 < sizeof shown;) {
        const char *next = character_at(s, 1), *end = character_at(from, 1);
        const bool blanked = strchr("if 1", *s) && !is_control(from);
        const char *c = blanked ? from : s, *stop = blanked ? end : next;
        memcpy(shown + n, c, (size_t)(stop - c));
        n += (size_t)(stop - c);
        s = next;
        from = end;
    }
    memcpy(e->text, shown, n);
    e->text[n] = '\0';
}

/* A statement of the grader, which may be a task's. */
static bool take_code(Session *s, Grader *g, const char *code, int line)
{
    GradeTask *t = NULL;
    for (int i = 0; i < g->n; i++) {
        t = g->item[i].title && g->item[i].line == line ? &g->item[i] : t;
    }
    if (t && asks_nothing(code)) {
        return complain(g, line, "this task asks for nothing", TASK_HINT);
    }
    t = t ? t : add_item(g, line);
    if (!t || !(t->code = strdup(code))) {
        return complain(g, line, "out of memory", NULL);
    }
    Program *p = interp_parse(s->interp, code, strlen(code), g->path, line, false);
    if (!p) {
        LangError e = *interp_error(s->interp);
        show_line_as_written(g, &e);
        session_error(s, &e, false);
    }
    bool ok = p;
    program_unref(&p);
    return ok;
}

static int by_line(const void *a, const void *b)
{
    const GradeTask *x = a, *y = b;
    return x->line < y->line ? -1 : x->line > y->line;
}

/* Statements and tasks in order; one without code stands in a string or a block. */
static bool put_in_order(const Grader *g)
{
    qsort(g->item, (size_t)g->n, sizeof *g->item, by_line);
    for (int i = 0; i < g->n; i++) {
        if (!g->item[i].code) {
            return complain(g, g->item[i].line, "a task stands alone, not in a block", NULL);
        }
    }
    return true;
}

/* The tasks alone, for the report. */
static bool list_tasks(Grader *g)
{
    int k = 0;
    g->task = calloc((size_t)g->tasks, sizeof *g->task);
    for (int i = 0; g->task && i < g->n; i++) {
        if (g->item[i].title) {
            g->task[k++] = g->item[i];
        }
    }
    return g->task || complain(g, 1, "out of memory", NULL);
}

static bool take_items(Session *s, Grader *g, char *text, size_t len)
{
    NbErr err = {0};
    bool ok = strlen(text) == len || complain(g, 1, "there are NUL bytes in it", NULL);
    ok = ok && take_tasks(g, text);
    Player *p = ok ? player_of_text(s->interp, g->path, text, strlen(text), &err) : NULL;
    if (err.code) {
        fprintf(stderr, "nabla: %s\n", err.msg);
    }
    ok = p;
    for (int i = 0, n = p ? player_parts(p) : 0; ok && i < n; i++) {
        const char *code;
        int line;
        if (player_part_at(p, i, &code, &line) == PLAYER_CODE) {
            ok = take_code(s, g, code, line);
        }
    }
    player_free(&p);
    return ok && put_in_order(g) && list_tasks(g);
}

bool grader_read(Session *s, Grader *g, const char *text)
{
    NbErr err = {0};
    size_t len = text ? strlen(text) : 0;
    g->text = text ? strdup(text) : session_read_file(s, g->path, &len, &err);
    if (!g->text) {
        fprintf(stderr, "nabla: %s\n", err.code ? err.msg : "out of memory");
        return false;
    }
    char *copy = malloc(len + 1);
    bool ok = copy || complain(g, 1, "out of memory", NULL);
    if (ok) {
        memcpy(copy, g->text, len);
        copy[len] = '\0';
        ok = take_items(s, g, copy, len);
    }
    free(copy);
    return ok;
}

void grader_free(Grader *g)
{
    for (int i = 0; i < g->n; i++) {
        free(g->item[i].title);
        free(g->item[i].code);
    }
    free(g->item);
    free(g->task);
    free(g->text);
    free(g->own_path);
}
