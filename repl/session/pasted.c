/* pasted.c -- a session pasted back: prompts go, and what was printed between them */
#include "session/pasted.h"

#include <string.h>

typedef enum Mark { NONE, FIRST, MORE } Mark;

/* The prompt at the start of a line, and how many bytes it takes. In [3]: counts as well. */
static Mark mark_of(const char *line, size_t *len)
{
    static const struct {
        const char *text;
        Mark mark;
    } marks[] = {{"∇>", FIRST},  {"nabla>", FIRST}, {"…>", MORE},
                 {"...>", MORE}, {">>>", FIRST},    {"...:", MORE}};
    const size_t blanks = strspn(line, " \t");
    const char *s = line + blanks;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        const size_t n = strlen(marks[i].text);
        if (strncmp(s, marks[i].text, n) == 0 && (!s[n] || strchr(" \n\r", s[n]))) {
            *len = blanks + n + (s[n] == ' ');
            return marks[i].mark;
        }
    }
    if (strncmp(s, "In [", 4) == 0) {
        const size_t digits = strspn(s + 4, "0123456789 ");
        const char *end = s + 4 + digits;
        if (digits > 0 && end[0] == ']' && end[1] == ':' && strchr(" \n\r", end[2])) {
            *len = (size_t)(end - line) + 2 + (end[2] == ' ');
            return FIRST;
        }
    }
    return NONE;
}

int pasted_strip(char *text, bool begun)
{
    size_t skip = 0;
    const Mark first = mark_of(text + strspn(text, "\n"), &skip);
    if (first == NONE || (first == MORE && !begun)) {
        return 0;
    }
    int dropped = 0;
    char *to = text;
    for (const char *line = text; *line;) {
        const char *end = strchr(line, '\n');
        const size_t len = end ? (size_t)(end - line) + 1 : strlen(line);
        const bool blank = strspn(line, " \t\r\n") >= len;
        skip = 0;
        if (mark_of(line, &skip) == NONE) {
            dropped += !blank;
            skip = len;
        }
        memmove(to, line + skip, len - skip);
        to += len - skip;
        line += len;
    }
    *to = '\0';
    return dropped;
}
