/* history.c -- lines typed: kept in a file from session to session */
#include "session/history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/state.h"

#define PATH_MAX_LEN 4096

/* In the file an input is one line, its further lines begin with a tab. */
struct History {
    char **line;
    int n;
    size_t cap;
    char path[PATH_MAX_LEN]; /* "": nothing is kept */
    int failed;              /* errno of a line that was not kept; 0: none, or it was told */
    bool told;
};

History *history_new(void)
{
    return calloc(1, sizeof(History));
}

void history_free(History **ph)
{
    History *h = *ph;
    if (h) {
        for (int i = 0; i < h->n; i++) {
            free(h->line[i]);
        }
        free(h->line);
        free(h);
        *ph = NULL;
    }
}

int history_count(const History *h)
{
    return h->n;
}

const char *history_at(const History *h, int i)
{
    return h->line[i];
}

static bool push(History *h, const char *s, size_t len)
{
    char *copy = nb_grow(&h->line, &h->cap, (size_t)h->n + 1, sizeof *h->line) ? malloc(len + 1)
                                                                               : NULL;
    if (!copy) {
        return false;
    }
    memcpy(copy, s, len);
    copy[len] = '\0';
    h->line[h->n++] = copy;
    return true;
}

/* A further line of the last input. */
static bool extend(History *h, const char *s, size_t len)
{
    char *old = h->line[h->n - 1];
    size_t have = strlen(old);
    char *grown = realloc(old, have + len + 2);
    if (grown) {
        grown[have] = '\n';
        memcpy(grown + have + 1, s, len);
        grown[have + 1 + len] = '\0';
        h->line[h->n - 1] = grown;
    }
    return grown != NULL;
}

static void drop_oldest(History *h, int n)
{
    for (int i = 0; i < n; i++) {
        free(h->line[i]);
    }
    memmove(h->line, h->line + n, (size_t)(h->n - n) * sizeof(char *));
    h->n -= n;
}

static void find_path(History *h)
{
    const char *own = getenv("NABLA_HISTORY");
    if (!own) {
        nb_state_path("history", h->path, sizeof h->path);
    } else if (snprintf(h->path, sizeof h->path, "%s", own) >= (int)sizeof h->path) {
        h->path[0] = '\0';
    }
}

static void put_input(FILE *f, const char *input)
{
    for (; *input; input++) {
        fputc(*input, f);
        if (*input == '\n') {
            fputc('\t', f);
        }
    }
    fputc('\n', f);
}

/* A device or a FIFO is no place for lines: it would be waited for, or replaced. */
static bool is_elsewhere(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

/* Leaves the newest lines only; the old file stays when anything fails. */
static void rewrite(const History *h)
{
    char name[PATH_MAX_LEN + 16];
    snprintf(name, sizeof name, "%s.%ld", h->path, (long)getpid());
    FILE *f = fopen(name, "w");
    if (!f) {
        return;
    }
    chmod(name, 0600);
    for (int i = 0; i < h->n; i++) {
        put_input(f, h->line[i]);
    }
    bool bad = ferror(f);
    bad |= fclose(f) != 0;
    if (bad || rename(name, h->path) != 0) {
        remove(name);
    }
}

void history_load(History *h)
{
    find_path(h);
    if (is_elsewhere(h->path)) {
        h->path[0] = '\0';
    }
    FILE *f = h->path[0] ? fopen(h->path, "r") : NULL;
    if (!f) {
        return;
    }
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    bool whole = true;
    while ((len = getline(&line, &cap, f)) >= 0) {
        size_t n = (size_t)len;
        n -= n > 0 && line[n - 1] == '\n';
        if (n > 0 && line[0] == '\t' && h->n > 0) {
            whole &= extend(h, line + 1, n - 1);
        } else if (n > 0) {
            whole &= push(h, line, n);
        }
    }
    whole &= feof(f) && !ferror(f);
    free(line);
    fclose(f);
    if (whole && h->n > HISTORY_LINES + HISTORY_LINES / 10) {
        drop_oldest(h, h->n - HISTORY_LINES);
        rewrite(h);
    }
}

bool history_add(History *h, const char *input)
{
    size_t len = strlen(input);
    while (len > 0 && (input[len - 1] == '\n' || input[len - 1] == ' ')) {
        len--;
    }
    while (len > 0 && (*input == '\n' || *input == '\t' || *input == ' ')) {
        input++;
        len--;
    }
    if (len == 0) {
        return false;
    }
    const char *last = h->n > 0 ? h->line[h->n - 1] : "";
    if ((strncmp(last, input, len) == 0 && last[len] == '\0') || !push(h, input, len)) {
        return false;
    }
    if (!h->path[0]) {
        return true;
    }
    FILE *f = fopen(h->path, "a");
    if (!f) {
        nb_state_folders(h->path);
        f = fopen(h->path, "a");
    }
    bool kept = f;
    if (f) {
        chmod(h->path, 0600);
        put_input(f, h->line[h->n - 1]);
        kept = !ferror(f);
        kept &= fclose(f) == 0;
    }
    h->failed = kept ? 0 : errno;
    return true;
}

int history_failed(History *h)
{
    const int why = h->told ? 0 : h->failed;
    h->told |= why != 0;
    return why;
}
