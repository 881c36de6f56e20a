/* grade_report.c -- what sheets got, for people, as JSON and as a table */
#include <string.h>

#include <nabla/format.h>

#include "prompt/grade.h"

static const char *number(double x, char *buf)
{
    return nb_format_number(x, 6, buf, 40);
}

static double total(const GradeTask *task, int n, const GradeSheet *sheet)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        sum += !sheet || sheet->mark[i].right ? task[i].points : 0;
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

static void put_json_sheet(FILE *out, const GradeTask *task, int n, const GradeSheet *sheet)
{
    char a[40], b[40];
    fputs("  {\"file\": ", out);
    put_json(out, sheet->file);
    fprintf(out, ", \"score\": %s, \"max_score\": %s", number(total(task, n, sheet), a),
            number(total(task, n, NULL), b));
    if (sheet->note) {
        fputs(", \"output\": ", out);
        put_json(out, sheet->note);
    }
    fputs(", \"tests\": [", out);
    for (int i = 0; i < n; i++) {
        bool right = sheet->mark[i].right;
        fputs(i > 0 ? ",\n    {\"name\": " : "\n    {\"name\": ", out);
        put_json(out, task[i].title);
        fprintf(out, ", \"score\": %s, \"max_score\": %s, \"output\": ",
                number(right ? task[i].points : 0, a), number(task[i].points, b));
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

static void put_csv(FILE *out, const GradeTask *task, int n, const GradeSheet *sheet, int nsheets)
{
    char a[40];
    fputs("file,score,max_score", out);
    for (int i = 0; i < n; i++) {
        fputc(',', out);
        put_field(out, task[i].title);
    }
    fputc('\n', out);
    for (int k = 0; k < nsheets; k++) {
        put_field(out, sheet[k].file);
        fprintf(out, ",%s", number(total(task, n, &sheet[k]), a));
        fprintf(out, ",%s", number(total(task, n, NULL), a));
        for (int i = 0; i < n; i++) {
            fprintf(out, ",%s", number(sheet[k].mark[i].right ? task[i].points : 0, a));
        }
        fputc('\n', out);
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

static void put_sheet(FILE *out, bool unicode, const GradeTask *task, int n,
                      const GradeSheet *sheet)
{
    char a[40], b[40];
    lang_put_visible(sheet->file, out);
    fprintf(out, "   %s of %s points\n", number(total(task, n, sheet), a),
            number(total(task, n, NULL), b));
    if (sheet->note) {
        put_indented(out, sheet->note);
    }
    for (int i = 0; i < n; i++) {
        bool right = sheet->mark[i].right;
        const char *sign = unicode ? right ? "✓" : "✗" : right ? "+" : "-";
        fprintf(out, "  %s ", sign);
        lang_put_visible(task[i].title, out);
        fprintf(out, "   %s of %s\n", number(right ? task[i].points : 0, a),
                number(task[i].points, b));
        if (!right && sheet->mark[i].output) {
            put_indented(out, sheet->mark[i].output);
        }
    }
}

void grade_report(FILE *out, GradeForm form, bool unicode, const GradeTask *task, int ntasks,
                  const GradeSheet *sheet, int nsheets)
{
    if (form == GRADE_CSV) {
        put_csv(out, task, ntasks, sheet, nsheets);
        return;
    }
    fputs(form == GRADE_JSON ? "[\n" : "", out);
    for (int k = 0; k < nsheets; k++) {
        if (form == GRADE_JSON) {
            put_json_sheet(out, task, ntasks, &sheet[k]);
            fputs(k + 1 < nsheets ? ",\n" : "\n", out);
        } else {
            put_sheet(out, unicode, task, ntasks, &sheet[k]);
        }
    }
    fputs(form == GRADE_JSON ? "]\n" : "", out);
}
