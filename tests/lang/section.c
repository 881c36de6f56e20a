/* section.c -- reads sections of .nabla files; what errors show of their source is made by rule */
#include "section.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tests/proc.h"

void die(const char *file, int at, const char *why)
{
    fprintf(stderr, "%s:%d: %s\n", file, at, why);
    exit(2);
}

void *grown(void *array, int n, int *cap, size_t size)
{
    if (n < *cap) {
        return array;
    }
    *cap = 2 * *cap + 4;
    void *more = realloc(array, (size_t)*cap * size);
    if (!more) {
        die("sections", 0, "out of memory");
    }
    return more;
}

void append(char **text, size_t *len, const char *more)
{
    const size_t n = strlen(more);
    char *longer = realloc(*text, *len + n + 1);
    if (!longer) {
        die("sections", 0, "out of memory");
    }
    memcpy(longer + *len, more, n + 1);
    *text = longer;
    *len += n;
}

static char *copy(const char *text)
{
    char *c = NULL;
    size_t n = 0;
    append(&c, &n, text);
    return c;
}

/* --- what an error shows of its source --- */

/* Where an error is expected: `3:5`, `3:5-9` or `3:*`. */
typedef struct Place {
    int line, column, last; /* column 0: any */
} Place;

/* The place that an expected line begins with; a `-9` in it, which no program prints, is taken out.
 */
static bool read_place(char *text, Place *p)
{
    char *end;
    if (!isdigit((unsigned char)*text) || !strstr(text, "error: ")) {
        return false;
    }
    p->line = (int)strtol(text, &end, 10);
    if (*end != ':') {
        return false;
    }
    if (end[1] == '*') {
        p->column = p->last = 0;
        return true;
    }
    p->column = p->last = (int)strtol(end + 1, &end, 10);
    if (*end == '-') {
        char *rest = end;
        p->last = (int)strtol(end + 1, &rest, 10);
        memmove(end, rest, strlen(rest) + 1);
    }
    return p->column > 0 && *end == ':';
}

/* The section states itself what the error shows of this line. */
static bool is_stated(const Expect *e, int i)
{
    const char *text = i < e->n ? e->line[i].text : "";
    const size_t blanks = strspn(text, " ");
    const size_t digits = strspn(text + blanks, "0123456789");
    return strncmp(text, "*|", 2) == 0 ||
           (blanks > 0 && strncmp(text + blanks + digits, " |", 2) == 0);
}

/* A line of the program without blanks at its end; false when there is none. */
static bool line_of(const char *code, int number, const char **line, size_t *n)
{
    for (; number > 1 && *code; number--) {
        code += strcspn(code, "\n");
        code += *code == '\n';
    }
    *line = code;
    *n = strcspn(code, "\n");
    while (*n > 0 && (code[*n - 1] == ' ' || code[*n - 1] == '\r')) {
        --*n;
    }
    return number == 1;
}

static int characters(const char *text, size_t n)
{
    int count = 0;
    for (size_t i = 0; i < n; i++) {
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    }
    return count;
}

static Line *add_line(Expect *e, const char *text, int at, bool pattern)
{
    e->line = grown(e->line, e->n, &e->cap, sizeof *e->line);
    Line *l = &e->line[e->n++];
    *l = (Line){copy(text), at, pattern};
    return l;
}

/* The line with its number, and the caret below what is wrong: as far as the line goes. */
static void add_excerpt(Expect *to, const Section *s, const Place *p, int at)
{
    const char *line;
    char text[1200], caret[600] = "";
    size_t n;
    if (!line_of(s->code, p->line, &line, &n) || n > sizeof caret - 100) {
        return;
    }
    const int blanks = snprintf(text, sizeof text, "  %d | ", p->line) - 3;
    const int width = characters(line, n), from = p->column > width ? width + 1 : p->column;
    const int last = p->last > width ? width : p->last;
    snprintf(text, sizeof text, "  %d | %.*s", p->line, (int)n, line);
    for (char *c = text; *c; c++) {
        *c = (unsigned char)*c < ' ' ? ' ' : *c;
    }
    add_line(to, text, at, false);
    memset(caret, '^', (size_t)(last > from ? last - from + 1 : 1));
    if (p->column == 0) {
        snprintf(text, sizeof text, "%*s | *^*", blanks, "");
    } else {
        snprintf(text, sizeof text, "%*s | %*s%s", blanks, "", from - 1, "", caret);
    }
    add_line(to, text, at, p->column == 0);
}

static void add_excerpts(Section *s)
{
    Expect made = {0};
    for (int i = 0; i < s->err.n; i++) {
        Place p;
        Line *l = add_line(&made, s->err.line[i].text, s->err.line[i].at, s->err.line[i].pattern);
        if (read_place(l->text, &p) && !is_stated(&s->err, i + 1)) {
            add_excerpt(&made, s, &p, l->at);
        }
        free(s->err.line[i].text);
    }
    free(s->err.line);
    s->err = made;
}

/* --- reading the file --- */

static void expect_line(Expect *e, const char *text, int at)
{
    const bool pattern = *text == '~';
    text += pattern;
    add_line(e, *text == ' ' ? text + 1 : text, at, pattern);
}

static void note_line(Section *s, const char *text, int at)
{
    text += strspn(text, " ");
    if (s->notes == MAX_NOTES) {
        die(s->file, at, "too many #@ lines in one section");
    }
    if (strcmp(text, "only script") == 0) {
        s->pipe = false;
    } else if (strcmp(text, "only pipe") == 0) {
        s->script = s->session = false;
    } else if (strcmp(text, "only program") == 0) {
        s->session = false;
    } else if (strcmp(text, "pytorch") == 0 || strncmp(text, "pytorch ", 8) == 0) {
        char arguments[300];
        snprintf(arguments, sizeof arguments, "args --%s", text);
        s->pipe = s->session = false;
        s->tail = true;
        s->note[s->notes++] = copy(arguments);
    } else {
        s->session = s->session && strncmp(text, "args ", 5) != 0;
        s->note[s->notes++] = copy(text);
    }
}

static Section *section_begin(Sections *to, const char *file, const char *title, int at)
{
    to->s = grown(to->s, to->n, &to->cap, sizeof *to->s);
    Section *s = &to->s[to->n++];
    *s = (Section){.file = file, .at = at, .status = -1};
    snprintf(s->title, sizeof s->title, "%s", title);
    s->script = s->pipe = s->session = true;
    append(&s->code, &s->ncode, "");
    return s;
}

/* One line of the file into the section. */
static void section_line(Section *s, const char *line, int at)
{
    if (strncmp(line, "#>", 2) == 0) {
        expect_line(&s->out, line + 2, at);
    } else if (strncmp(line, "#!", 2) == 0) {
        expect_line(&s->err, line + 2, at);
    } else if (strncmp(line, "#=", 2) == 0) {
        s->status = atoi(line + 2);
    } else if (strncmp(line, "#@", 2) == 0) {
        note_line(s, line + 2, at);
    } else {
        append(&s->code, &s->ncode, line);
        append(&s->code, &s->ncode, "\n");
    }
}

void sections_read(Sections *to, const char *file)
{
    char *text = proc_read_file(file, NULL), title[120] = "", numbered[160];
    Section *s = NULL;
    int at = 0, part = 0;
    if (!text) {
        die(file, 0, "cannot be read");
    }
    for (char *line = text, *next; *line; line = next) {
        const size_t n = strcspn(line, "\n");
        next = line + n + (line[n] == '\n');
        line[n] = 0;
        at++;
        if (strncmp(line, "#--", 3) != 0) {
            if (s) {
                section_line(s, line, at);
            }
            continue;
        }
        if (s) {
            add_excerpts(s);
        }
        const char *name = line + strspn(line, "#- ");
        if (*name) {
            snprintf(title, sizeof title, "%s", name);
            part = 1;
        } else {
            part++;
        }
        snprintf(numbered, sizeof numbered, part > 1 ? "%s, %d" : "%s", title, part);
        s = section_begin(to, file, numbered, at);
    }
    if (s) {
        add_excerpts(s);
    }
    free(text);
}

int section_status(const Section *s)
{
    if (s->status >= 0) {
        return s->status;
    }
    for (int i = 0; i < s->err.n; i++) {
        if (strstr(s->err.line[i].text, "error: ")) {
            return 1;
        }
    }
    return 0;
}

/* --- files beside the program --- */

static char *unescape(char *text)
{
    char *to = text;
    for (const char *p = text; *p; p++) {
        const char *which = p[0] == '\\' && p[1] ? strchr("ntr", p[1]) : NULL;
        if (which) {
            *to++ = *which == 'n' ? '\n' : *which == 't' ? '\t' : '\r';
            p++;
        } else {
            *to++ = *p;
        }
    }
    *to = 0;
    return text;
}

static int same_files(const Section *s, const char *dir, const char *a, const char *b, FILE *say)
{
    char path[1400];
    size_t na = 0, nb = 0;
    snprintf(path, sizeof path, "%s/%s", dir, a);
    char *one = proc_read_file(path, &na);
    snprintf(path, sizeof path, "%s/%s", dir, b);
    char *other = proc_read_file(path, &nb);
    const bool same = one && other && na == nb && memcmp(one, other, na) == 0;
    if (!same) {
        fprintf(say, "%s:%d: %s and %s differ\n", s->file, s->at, a, b);
    }
    free(one);
    free(other);
    return !same;
}

int section_notes(const Section *s, const char *dir, bool after, FILE *say)
{
    int bad = 0;
    for (int i = 0; i < s->notes; i++) {
        char word[16] = "", name[128] = "", path[1400];
        int used = 0;
        if (sscanf(s->note[i], "%15s %127s %n", word, name, &used) < 2) {
            die(s->file, s->at, "a #@ line needs a word and a name");
        }
        const char *rest = s->note[i] + used;
        snprintf(path, sizeof path, "%s/%s", dir, name);
        if (strcmp(word, "file") == 0 && !after) {
            char *text = unescape(copy(rest));
            proc_write_file(path, text);
            free(text);
        } else if (strcmp(word, "has") == 0 && after) {
            char *text = proc_read_file(path, NULL);
            if (!text || !strstr(text, rest)) {
                fprintf(say, "%s:%d: %s does not contain: %s\n", s->file, s->at, name, rest);
                bad++;
            }
            free(text);
        } else if (strcmp(word, "same") == 0 && after) {
            bad += same_files(s, dir, name, rest, say);
        }
    }
    return bad;
}
