/* compare.c -- what a section printed beside what is expected of it */
#include "section.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

/* Removes the file, and without `keep` the position too, from the place an error names. */
static void drop_place(char *line, bool keep)
{
    const char *const mark[] = {": error:", "called from "};
    char *p = line, *end = strstr(line, mark[0]);
    if (!end) {
        if (strncmp(line + strspn(line, " "), mark[1], strlen(mark[1])) != 0) {
            return;
        }
        p = line + strspn(line, " ") + strlen(mark[1]);
        end = p + strcspn(p, " ");
    }
    char *start = end; /* back over :line:column */
    int colons = 0;
    while (start > p && (isdigit((unsigned char)start[-1]) || (start[-1] == ':' && colons < 2))) {
        colons += start[-1] == ':';
        start--;
    }
    if (*start == ':') {
        start++;
    }
    char *from = keep ? start : end[0] == ':' ? end + 2 : end;
    memmove(p, from, strlen(from) + 1);
}

static bool same(const Line *want, const char *got, bool keep)
{
    char w[2048], g[2048];
    snprintf(w, sizeof w, "%s", want->text);
    snprintf(g, sizeof g, "%s", got);
    drop_place(w, keep);
    drop_place(g, keep);
    char *message = strstr(w, "error: ");
    if (!keep && message && isdigit((unsigned char)*w)) { /* a pattern such as 3:* error: … */
        memmove(w, message, strlen(message) + 1);
    }
    if (strcmp(w, g) == 0) {
        return true;
    }
    return want->pattern && fnmatch(w, g, 0) == 0;
}

/* The last n lines of a text, or all. */
static char *last_lines(char *text, int n)
{
    char *at = text + strlen(text);
    at -= at > text;
    while (at > text && !(at[-1] == '\n' && --n == 0)) {
        at--;
    }
    return at;
}

/* Number of differences shown: 0 or 1 a stream. */
static int compare(const Section *s, const char *stream, const Expect *want, char *text, bool keep,
                   FILE *say)
{
    char *rest = text;
    for (int i = 0; *rest || i < want->n; i++) {
        char *line = *rest ? rest : NULL;
        if (line) {
            char *nl = strchr(line, '\n');
            rest = nl ? nl + 1 : line + strlen(line);
            if (nl) {
                *nl = 0;
            }
        }
        if (i < want->n && line && same(&want->line[i], line, keep)) {
            continue;
        }
        if (i < want->n) {
            fprintf(say, "%s:%d: %s differs\n    wanted: %s\n", s->file, want->line[i].at, stream,
                    want->line[i].text);
        } else {
            fprintf(say, "%s:%d: more on %s than expected\n", s->file, s->at, stream);
        }
        fprintf(say, "    got:    %s\n", line ? line : "(nothing more)");
        for (int more = 0; more < 6 && *rest; more++) {
            size_t n = strcspn(rest, "\n");
            fprintf(say, "            %.*s\n", (int)n, rest);
            rest += n + (rest[n] != 0);
        }
        return 1;
    }
    return 0;
}

int section_compare(const Section *s, char *out, char *err, bool keep, FILE *say)
{
    out = s->tail && s->out.n > 0 ? last_lines(out, s->out.n) : out;
    const int bad = compare(s, "stdout", &s->out, out, keep, say);
    return bad + compare(s, "stderr", &s->err, err, keep, say);
}
