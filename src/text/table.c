/* table.c -- tables whose columns are as wide as their cells */
#include "text/table.h"

#include <string.h>

#include <nabla/format.h>

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

void table_text(Table *t, NbTextStyle style, Text *cell)
{
    nb_text_plain(style, &t->cells, text_str(cell));
    text_addn(&t->cells, "", 1); /* its NUL */
    t->ncells++;
    text_reset(cell);
}

void table_hide(Table *t, int first, int n)
{
    for (int c = first; c < first + n && c < t->columns; c++) {
        t->hidden[c] = true;
    }
}

void table_free(Table *t)
{
    text_free(&t->cells);
}

/* The row without blanks at its end; cell gets the first one of the next. */
static void put_row(const Table *t, const char **cell, const int *width, Text *line, int indent)
{
    int at = indent;
    for (int c = 0; c < t->columns; c++, *cell += strlen(*cell) + 1) {
        if (t->hidden[c]) {
            continue;
        }
        text_pad(line, at + (t->right[c] ? width[c] - nb_text_width(*cell) : 0));
        text_add(line, *cell);
        at += width[c] + 2;
    }
    while (line->len > 0 && line->s[line->len - 1] == ' ') {
        text_cut(line, line->len - 1);
    }
}

int table_rows(const Table *t)
{
    return t->columns > 0 && text_whole(&t->cells) ? t->ncells / t->columns : 0;
}

static int widths(const Table *t, int *width)
{
    const char *cell = text_str(&t->cells);
    int total = -2;
    for (int i = 0, n = table_rows(t) * t->columns; i < n; i++, cell += strlen(cell) + 1) {
        int w = nb_text_width(cell), c = i % t->columns;
        width[c] = w > width[c] ? w : width[c];
    }
    for (int c = 0; c < t->columns; c++) {
        total += t->hidden[c] ? 0 : width[c] + 2;
    }
    return total;
}

int table_width(const Table *t)
{
    int width[TABLE_COLUMNS] = {0};
    return widths(t, width);
}

void table_plain(const Table *t, FILE *out, int indent)
{
    int width[TABLE_COLUMNS] = {0};
    widths(t, width);
    const char *cell = text_str(&t->cells);
    Text line = text_in(t->cells.lost);
    for (int r = 0, rows = table_rows(t); r < rows; r++) {
        text_reset(&line);
        put_row(t, &cell, width, &line, indent);
        if (text_whole(&line)) {
            fprintf(out, "%s\n", text_str(&line));
        }
    }
    text_free(&line);
}

void table_print(Table *t, FILE *out, int indent)
{
    table_plain(t, out, indent);
    table_free(t);
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

void table_html(const Table *t, Text *out, bool heads)
{
    const char *cell = text_str(&t->cells);
    text_add(out, "<table>\n");
    for (int r = 0, rows = table_rows(t); r < rows; r++) {
        const char *tag = r == 0 && heads ? "th" : "td";
        text_add(out, r == 0 && heads ? "<thead><tr>" : "<tr>");
        for (int c = 0; c < t->columns; c++, cell += strlen(cell) + 1) {
            if (t->hidden[c]) {
                continue;
            }
            text_printf(out, "<%s style=\"text-align:%s\">", tag, t->right[c] ? "right" : "left");
            put_html(out, cell);
            text_printf(out, "</%s>", tag);
        }
        text_add(out, r == 0 && heads ? "</tr></thead>\n" : "</tr>\n");
    }
    text_add(out, "</table>");
}

void table_latex(const Table *t, Text *out, bool heads)
{
    const char *cell = text_str(&t->cells);
    text_add(out, "\\begin{tabular}{");
    for (int c = 0; c < t->columns; c++) {
        text_add(out, t->hidden[c] ? "" : t->right[c] ? "r" : "l");
    }
    text_add(out, "}\n");
    for (int r = 0, rows = table_rows(t); r < rows; r++) {
        const char *between = "";
        for (int c = 0; c < t->columns; c++, cell += strlen(cell) + 1) {
            if (!t->hidden[c]) {
                text_add(out, between);
                put_latex(out, cell);
                between = " & ";
            }
        }
        text_add(out, r == 0 && heads ? " \\\\ \\hline\n" : " \\\\\n");
    }
    text_add(out, "\\end{tabular}");
}
