/* done.c -- lessons done, one a line: name, step, steps, tasks of one's own, tasks */
#include "session/done.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/state.h"
#include "base/text.h"

#define PATH_CAP 4096
#define MOST (1 << 20) /* bytes that are looked at */

static char *contents(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = f ? calloc(1, MOST + 1) : NULL;
    if (text && fread(text, 1, MOST, f) == MOST) {
        text[0] = '\0'; /* none of ours */
    }
    if (f) {
        fclose(f);
    }
    return text;
}

static bool is_of(const char *line, const char *lesson)
{
    size_t n = strlen(lesson);
    return strncmp(line, lesson, n) == 0 && line[n] == ' ';
}

static const char *next_line(const char *line)
{
    line += strcspn(line, "\n");
    return *line ? line + 1 : line;
}

static bool find(const char *text, const char *lesson, Done *d)
{
    for (const char *at = text; at && *at; at = next_line(at)) {
        if (is_of(at, lesson)) {
            return sscanf(at + strlen(lesson), "%d %d %d %d", &d->step, &d->steps, &d->own,
                          &d->tasks) == 4;
        }
    }
    return false;
}

bool done_read(const char *lesson, Done *d)
{
    char path[PATH_CAP];
    *d = (Done){0};
    char *text = nb_state_path("lessons", path, sizeof path) ? contents(path) : NULL;
    bool known = find(text, lesson, d);
    free(text);
    return known;
}

void done_write(const char *lesson, const Done *d)
{
    char path[PATH_CAP];
    Done old = {0};
    Text out = {0};
    NbErr ignored = {0};
    if (!nb_state_path("lessons", path, sizeof path)) {
        return;
    }
    char *text = contents(path);
    bool known = find(text, lesson, &old), once = known && old.step >= old.steps;
    int own = d->own > old.own ? d->own : old.own;
    for (const char *at = text; at && *at; at = next_line(at)) {
        if (!is_of(at, lesson)) {
            text_addn(&out, at, strcspn(at, "\n"));
            text_add(&out, "\n");
        }
    }
    /* done once is done */
    text_printf(&out, "%s %d %d %d %d\n", lesson, once ? d->steps : d->step, d->steps, own,
                d->tasks);
    if (!out.failed) {
        nb_state_folders(path);
        nb_file_write(path, text_str(&out), out.len, NULL, &ignored);
    }
    text_free(&out);
    free(text);
}
