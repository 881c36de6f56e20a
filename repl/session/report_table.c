/* report_table.c -- tables whose columns are as wide as their cells */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nabla/format.h>

#include "session/report.h"

void table_begin(Table *t, bool *lost, int columns, const bool *right)
{
    *t = (Table){.cells = text_in(lost),
                 .columns = columns > TABLE_COLUMNS ? TABLE_COLUMNS : columns};
    if (right) {
        memcpy(t->right, right, (size_t)t->columns * sizeof *right);
    }
}

void table_cell(Table *t, const char *text)
{
    text_add(&t->cells, text);
    text_addn(&t->cells, "", 1); /* its NUL */
    t->ncells++;
}

static void print_row(const Table *t, const char **cell, const int *width, FILE *out, int indent)
{
    Text line = text_in(t->cells.lost);
    int at = indent;
    text_pad(&line, indent);
    for (int c = 0; c < t->columns; c++) {
        int w = nb_text_width(*cell);
        if (t->right[c]) {
            text_pad(&line, at + width[c] - w);
        }
        text_add(&line, *cell);
        at += width[c] + 2;
        *cell += strlen(*cell) + 1;
        if (c + 1 < t->columns) {
            text_pad(&line, at);
        }
    }
    while (line.len > 0 && line.s[line.len - 1] == ' ') {
        line.s[--line.len] = '\0';
    }
    report_line(&line, out);
    text_free(&line);
}

/* None when it lost a cell. */
static int rows_of(const Table *t)
{
    return t->columns > 0 && text_whole(&t->cells) ? t->ncells / t->columns : 0;
}

static int widths(const Table *t, int *width)
{
    const char *cell = text_str(&t->cells);
    int total = -2;
    for (int i = 0, n = rows_of(t) * t->columns; i < n; i++, cell += strlen(cell) + 1) {
        int w = nb_text_width(cell), c = i % t->columns;
        width[c] = w > width[c] ? w : width[c];
    }
    for (int c = 0; c < t->columns; c++) {
        total += width[c] + 2;
    }
    return total;
}

int table_width(const Table *t)
{
    int width[TABLE_COLUMNS] = {0};
    return widths(t, width);
}

void table_leave_out(Table *t, int first, int n)
{
    Table few;
    bool right[TABLE_COLUMNS];
    int left = 0;
    for (int c = 0; c < t->columns; c++) {
        right[left] = t->right[c];
        left += c < first || c >= first + n;
    }
    table_begin(&few, t->cells.lost, left, right);
    const char *cell = text_str(&t->cells);
    for (int i = 0, all = rows_of(t) * t->columns; i < all; i++, cell += strlen(cell) + 1) {
        int c = i % t->columns;
        if (c < first || c >= first + n) {
            table_cell(&few, cell);
        }
    }
    text_free(&t->cells);
    *t = few;
}

static void print_rows(const Table *t, FILE *out, int indent)
{
    int width[TABLE_COLUMNS] = {0};
    widths(t, width);
    const char *cell = text_str(&t->cells);
    for (int r = 0, rows = rows_of(t); r < rows; r++) {
        print_row(t, &cell, width, out, indent);
    }
}

void table_print(Table *t, FILE *out, int indent)
{
    print_rows(t, out, indent);
    text_free(&t->cells);
}

/* --- other forms --- */

static void put_html(Text *out, const char *cell)
{
    for (; *cell; cell++) {
        switch (*cell) {
        case '&': text_add(out, "&amp;"); break;
        case '<': text_add(out, "&lt;"); break;
        case '>': text_add(out, "&gt;"); break;
        default: text_addn(out, cell, 1);
        }
    }
}

static void put_latex(Text *out, const char *cell)
{
    static const struct {
        const char *of, *as;
    } sign[] = {
        {"\\", "\\textbackslash{}"},
        {"^", "\\^{}"},
        {"~", "\\~{}"},
        {"_", "\\_"},
        {"&", "\\&"},
        {"%", "\\%"},
        {"#", "\\#"},
        {"$", "\\$"},
        {"{", "\\{"},
        {"}", "\\}"},
        {"|", "$|$"},
        {"<", "$<$"},
        {">", "$>$"},
        {"∂", "$\\partial$"},
        {"→", "$\\to$"},
        {"·", "$\\cdot$"},
        {"×", "$\\times$"},
        {"…", "\\ldots{}"},
        {"✓", "$\\surd$"},
        {"∇", "$\\nabla$"},
        {"−", "$-$"},
        {"≠", "$\\neq$"},
        {"∞", "$\\infty$"},
        {"²", "$^2$"},
        {"³", "$^3$"},
    };
    while (*cell) {
        size_t n = 0;
        for (size_t i = 0; n == 0 && i < sizeof sign / sizeof sign[0]; i++) {
            size_t len = strlen(sign[i].of);
            if (strncmp(cell, sign[i].of, len) == 0) {
                text_add(out, sign[i].as);
                n = len;
            }
        }
        if (n == 0) {
            text_addn(out, cell, n = 1);
        }
        cell += n;
    }
}

static void put_html_table(const Table *t, Text *out, bool heads)
{
    const char *cell = text_str(&t->cells);
    text_add(out, "<table>\n");
    for (int r = 0, rows = rows_of(t); r < rows; r++) {
        const char *tag = r == 0 && heads ? "th" : "td";
        text_add(out, r == 0 && heads ? "<thead><tr>" : "<tr>");
        for (int c = 0; c < t->columns; c++, cell += strlen(cell) + 1) {
            text_printf(out, "<%s style=\"text-align:%s\">", tag, t->right[c] ? "right" : "left");
            put_html(out, cell);
            text_printf(out, "</%s>", tag);
        }
        text_add(out, r == 0 && heads ? "</tr></thead>\n" : "</tr>\n");
    }
    text_add(out, "</table>");
}

static void put_latex_table(const Table *t, Text *out, bool heads)
{
    const char *cell = text_str(&t->cells);
    text_add(out, "\\begin{tabular}{");
    for (int c = 0; c < t->columns; c++) {
        text_add(out, t->right[c] ? "r" : "l");
    }
    text_add(out, "}\n");
    for (int r = 0, rows = rows_of(t); r < rows; r++) {
        for (int c = 0; c < t->columns; c++, cell += strlen(cell) + 1) {
            text_add(out, c > 0 ? " & " : "");
            put_latex(out, cell);
        }
        text_add(out, r == 0 && heads ? " \\\\ \\hline\n" : " \\\\\n");
    }
    text_add(out, "\\end{tabular}");
}

void table_update(const Table *t, Session *s, bool heads, const char *id)
{
    if (!session_takes_forms(s) || rows_of(t) == 0) {
        print_rows(t, s->out, 0);
        return;
    }
    char *plain = NULL;
    size_t size = 0;
    Text html = text_in(s->lost), latex = text_in(s->lost);
    FILE *mem = open_memstream(&plain, &size);
    if (mem) {
        print_rows(t, mem, 0);
    }
    put_html_table(t, &html, heads);
    put_latex_table(t, &latex, heads);
    if (!mem || fclose(mem) != 0) {
        *s->lost = true;
    } else if (text_whole(&html)) {
        if (size > 0) {
            plain[--size] = '\0'; /* the newline */
        }
        session_show(s,
                     (FrontForm[]){{"text/plain", plain, size},
                                   {"text/latex", text_str(&latex), latex.len},
                                   {"text/html", text_str(&html), html.len}},
                     3, id);
    }
    free(plain);
    text_free(&html);
    text_free(&latex);
}

void table_show(Table *t, Session *s, bool heads)
{
    table_update(t, s, heads, NULL);
    text_free(&t->cells);
}
