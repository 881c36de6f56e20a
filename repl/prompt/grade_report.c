/* grade_report.c -- what sheets got, for people, as JSON and as a table */
#include <string.h>

#include <nabla/format.h>

#include "prompt/grade.h"

static const char *number(double x, char *buf)
{
    return nb_format_number(x, 6, buf, 40);
}

static double points_of(const GradeSheet *sheet, int task)
{
    return sheet->mark[task].right ? sheet->task[task].points : 0;
}

static double score(const GradeSheet *sheet)
{
    double sum = 0;
    for (int i = 0; i < sheet->ntasks; i++) {
        sum += points_of(sheet, i);
    }
    return sum;
}

static double most(const GradeSheet *sheet)
{
    double sum = 0;
    for (int i = 0; i < sheet->ntasks; i++) {
        sum += sheet->task[i].points;
    }
    return sum;
}

/* --- JSON --- */

/* Bytes of the character at s, 0 when it is none. */
static int character(const unsigned char *s)
{
    int n = s[0] < 0x80   ? 1
            : s[0] < 0xc2 ? 0
            : s[0] < 0xe0 ? 2
            : s[0] < 0xf0 ? 3
            : s[0] < 0xf5 ? 4
                          : 0;
    for (int i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool overlong = n == 3 && s[0] == 0xe0 && s[1] < 0xa0;
    bool surrogate = n == 3 && s[0] == 0xed && s[1] > 0x9f;
    bool outside = n == 4 && ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f));
    return overlong || surrogate || outside ? 0 : n;
}

static void put_json(FILE *out, const char *text)
{
    fputc('"', out);
    for (const char *s = text; *s;) {
        int n = character((const unsigned char *)s);
        if (n == 0) {
            fputs("\\ufffd", out);
            n = 1;
        } else if (*s == '"' || *s == '\\') {
            fprintf(out, "\\%c", *s);
        } else if (*s == '\n') {
            fputs("\\n", out);
        } else if ((unsigned char)*s < 0x20 || *s == 0x7f) {
            fprintf(out, "\\u%04x", (unsigned)*s);
        } else {
            fwrite(s, 1, (size_t)n, out);
        }
        s += n;
    }
    fputc('"', out);
}

/* What was not marked has no score, and no tests. */
static void put_json_sheet(FILE *out, const GradeSheet *sheet)
{
    char a[40], b[40];
    fputs("  {\"file\": ", out);
    put_json(out, sheet->file);
    fprintf(out, ", \"score\": %s, \"max_score\": %s",
            sheet->graded ? number(score(sheet), a) : "null", number(most(sheet), b));
    if (sheet->note) {
        fputs(", \"output\": ", out);
        put_json(out, sheet->note);
    }
    fputs(", \"tests\": [", out);
    for (int i = 0; sheet->graded && i < sheet->ntasks; i++) {
        fputs(i > 0 ? ",\n    {\"name\": " : "\n    {\"name\": ", out);
        put_json(out, sheet->task[i].title);
        fprintf(out,
                ", \"score\": %s, \"max_score\": %s, \"output\": ", number(points_of(sheet, i), a),
                number(sheet->task[i].points, b));
        put_json(out, sheet->mark[i].output ? sheet->mark[i].output : "");
        fputc('}', out);
    }
    fputs("]}", out);
}

/* --- a table --- */

/* A field of a table; what a spreadsheet would take for a formula is made text. */
static void put_field(FILE *out, const char *text)
{
    bool formula = strchr("=+-@\t\r", text[0]) && text[0];
    if (!formula && !strpbrk(text, ",\"\n\r")) {
        fputs(text, out);
        return;
    }
    fputs(formula ? "\"'" : "\"", out);
    for (; *text; text++) {
        fputs(*text == '"' ? "\"" : "", out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static int task_called(const GradeSheet *sheet, const char *title)
{
    for (int i = 0; i < sheet->ntasks; i++) {
        if (strcmp(sheet->task[i].title, title) == 0) {
            return i;
        }
    }
    return -1;
}

/* Task i of sheet k is the first of its title among all sheets: a column. */
static bool is_column(const GradeSheet *sheet, int k, int i)
{
    bool is = task_called(&sheet[k], sheet[k].task[i].title) == i || k == 0;
    for (int j = 0; is && j < k; j++) {
        is = sheet[j].task != sheet[k].task && task_called(&sheet[j], sheet[k].task[i].title) < 0;
    }
    return is;
}

/* The columns of all tasks: their titles, or with `of` its points, nothing where it has none. */
static void put_columns(FILE *out, const GradeSheet *sheet, int nsheets, const GradeSheet *of)
{
    char a[40];
    for (int k = 0; k < nsheets; k++) {
        for (int i = 0; i < sheet[k].ntasks; i++) {
            if (!is_column(sheet, k, i)) {
                continue;
            }
            const int at = !of                         ? -1
                           : of->task == sheet[k].task ? i
                                                       : task_called(of, sheet[k].task[i].title);
            fputc(',', out);
            put_field(out, !of                     ? sheet[k].task[i].title
                           : at < 0 || !of->graded ? ""
                                                   : number(points_of(of, at), a));
        }
    }
    fputc('\n', out);
}

static void put_csv(FILE *out, const GradeSheet *sheet, int nsheets)
{
    char a[40];
    fputs("file,score,max_score", out);
    put_columns(out, sheet, nsheets, NULL);
    for (int k = 0; k < nsheets; k++) {
        put_field(out, sheet[k].file);
        fprintf(out, ",%s", sheet[k].graded ? number(score(&sheet[k]), a) : "");
        fprintf(out, ",%s", sheet[k].ntasks > 0 ? number(most(&sheet[k]), a) : "");
        put_columns(out, sheet, nsheets, &sheet[k]);
    }
}

/* --- for people --- */

static void put_indented(FILE *out, const char *text)
{
    char line[512];
    while (*text) {
        size_t n = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)(n < 500 ? n : 500), text);
        fputs("      ", out);
        lang_put_visible(line, out);
        fputc('\n', out);
        text += n + (text[n] == '\n');
    }
}

static void put_sheet(FILE *out, bool unicode, const GradeSheet *sheet)
{
    char a[40], b[40];
    lang_put_visible(sheet->file, out);
    if (sheet->graded) {
        fprintf(out, "   %s of %s points\n", number(score(sheet), a), number(most(sheet), b));
    } else {
        fputs("   not graded\n", out);
    }
    if (sheet->note) {
        put_indented(out, sheet->note);
    }
    for (int i = 0; sheet->graded && i < sheet->ntasks; i++) {
        bool right = sheet->mark[i].right;
        const char *sign = unicode ? right ? "✓" : "✗" : right ? "+" : "-";
        fprintf(out, "  %s ", sign);
        lang_put_visible(sheet->task[i].title, out);
        fprintf(out, "   %s of %s\n", number(points_of(sheet, i), a),
                number(sheet->task[i].points, b));
        if (!right && sheet->mark[i].output) {
            put_indented(out, sheet->mark[i].output);
        }
    }
}

void grade_report(FILE *out, GradeForm form, bool unicode, const GradeSheet *sheet, int nsheets)
{
    if (form == GRADE_CSV) {
        put_csv(out, sheet, nsheets);
        return;
    }
    fputs(form == GRADE_JSON ? "[\n" : "", out);
    for (int k = 0; k < nsheets; k++) {
        if (form == GRADE_JSON) {
            put_json_sheet(out, &sheet[k]);
            fputs(k + 1 < nsheets ? ",\n" : "\n", out);
        } else {
            put_sheet(out, unicode, &sheet[k]);
        }
    }
    fputs(form == GRADE_JSON ? "]\n" : "", out);
}
