/* sheet_list.c -- the list of students that sheets are made for */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "prompt/sheet.h"

#define FIELD_CAP 128
#define COLUMNS_MOST 40

/* What spreadsheets and learning platforms call them, the surest first; a dot ends what a heading
 * may go on behind. */
static const char *const id_words[] = {
    "id",        "student id", "student_id", "studentid", "id number", "matrikel.", "matr.",
    "immatrik.", "sid",        "number",     "nummer",    "nr.",       "login",     "user.",
    "account",   "kennung",    "email.",     "e-mail.",   "student",   NULL};
static const char *const name_words[] = {"name", "full name", "fullname", "student name", NULL};
static const char *const first_words[] = {"first name", "firstname", "vorname", "given name", NULL};
static const char *const last_words[] = {"last name", "lastname", "surname",
                                         "nachname",  "family.",  NULL};

/* --- fields --- */

/* Field `column` of a line, without quotes and blanks around it; false when there are not so many.
 */
static bool take_field(const char *line, char between, int column, char *field)
{
    size_t n = 0;
    bool quoted = false;
    for (; *line && *line != '\n' && *line != '\r'; line++) {
        quoted ^= *line == '"';
        if (*line == between && !quoted) {
            if (column-- == 0) {
                break;
            }
        } else if (column == 0 && *line != '"' && n + 1 < FIELD_CAP && (n > 0 || *line != ' ')) {
            field[n++] = *line;
        }
    }
    while (n > 0 && field[n - 1] == ' ') {
        n--;
    }
    field[n] = '\0';
    return column <= 0;
}

/* What stands between the fields: of these the one that the first line has most of. */
static char separator_of(const char *line)
{
    char best = ',';
    int most = 0;
    for (const char *c = ",;\t"; *c; c++) {
        int count = 0;
        bool quoted = false;
        for (const char *at = line; *at && *at != '\n'; at++) {
            quoted ^= *at == '"';
            count += *at == *c && !quoted;
        }
        if (count > most) {
            most = count;
            best = *c;
        }
    }
    return best;
}

/* No heading has digits, as ids do. */
static bool is_word(const char *field, const char *word)
{
    const size_t n = strlen(word);
    if (strpbrk(field, "0123456789")) {
        return false;
    }
    return word[n - 1] == '.' ? strncasecmp(field, word, n - 1) == 0 : strcasecmp(field, word) == 0;
}

/* The column with one of these headings; -1: there is none. */
static int column_called(const char *line, char between, const char *const *words)
{
    char field[FIELD_CAP];
    for (; *words; words++) {
        for (int i = 0; i < COLUMNS_MOST && take_field(line, between, i, field); i++) {
            if (is_word(field, *words)) {
                return i;
            }
        }
    }
    return -1;
}

/* --- students --- */

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || (unsigned char)c >= 0x80;
}

static void as_file_name(char *id)
{
    for (char *c = id; *c; c++) {
        *c = is_plain(*c) || (*c == '.' && c > id) ? *c : '_';
    }
}

static bool complain(const Students *all, int line, const char *what, const char *id, int other)
{
    fprintf(stderr, "nabla: %s:%d: %s: %s, as on line %d\n", all->path, line, what, id, other);
    return false;
}

/* The ids are different, and so are their files, where large and small letters may be the same. */
static bool is_new(const Students *all, const Student *s)
{
    for (int i = 0; i < all->n; i++) {
        const Student *other = &all->one[i];
        if (strcmp(other->id, s->id) == 0) {
            return complain(all, s->line, "this id stands here twice", s->id, other->line);
        }
        if (strcasecmp(other->file, s->file) == 0) {
            return complain(all, s->line, "two ids would have one file", s->file, other->line);
        }
    }
    return true;
}

typedef struct Columns {
    char between;
    int id, name, first, last;
} Columns;

static void take_name(const char *line, const Columns *c, Student *s)
{
    char field[FIELD_CAP];
    if (c->name >= 0 && c->name != c->id) {
        take_field(line, c->between, c->name, s->name);
        return;
    }
    if (c->first >= 0 && c->first != c->id) {
        take_field(line, c->between, c->first, s->name);
    }
    if (c->last >= 0 && c->last != c->id) {
        take_field(line, c->between, c->last, field);
        const size_t n = strlen(s->name);
        snprintf(s->name + n, sizeof s->name - n, "%s%s", n > 0 ? " " : "", field);
    }
}

static bool add_student(Students *all, const char *line, int number, const Columns *c)
{
    Student s = {.line = number};
    take_field(line, c->between, c->id, s.id);
    if (!s.id[0]) {
        return true;
    }
    memcpy(s.file, s.id, sizeof s.file);
    as_file_name(s.file);
    take_name(line, c, &s);
    if (!is_new(all, &s)) {
        return false;
    }
    if (!nb_grow(&all->one, &all->cap, (size_t)all->n + 1, sizeof *all->one)) {
        fprintf(stderr, "nabla: %s: out of memory\n", all->path);
        return false;
    }
    all->one[all->n++] = s;
    return true;
}

bool students_read(Students *all, const char *text)
{
    static const char mark[] = "\xEF\xBB\xBF"; /* of UTF-8, as spreadsheets write it */
    const char *at = strncmp(text, mark, 3) == 0 ? text + 3 : text;
    int line = 1;
    Columns c = {.between = separator_of(at)};
    c.id = column_called(at, c.between, id_words);
    c.name = column_called(at, c.between, name_words);
    c.first = column_called(at, c.between, first_words);
    c.last = column_called(at, c.between, last_words);
    const bool heading = c.id >= 0 || c.name >= 0 || c.first >= 0 || c.last >= 0;
    if (c.id < 0) { /* names alone are ids */
        c.id = c.name >= 0 ? c.name : 0;
    }
    for (bool skip = heading, ok = true; *at; skip = false, line++) {
        ok = skip || add_student(all, at, line, &c);
        if (!ok) {
            return false;
        }
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    if (all->n == 0) {
        fprintf(stderr, "nabla: %s: there are no students in it\n", all->path);
    }
    return all->n > 0;
}

void students_free(Students *all)
{
    free(all->one);
    all->one = NULL;
}
