/* report_table.c -- tables whose columns are as wide as their cells */
#include <stdio.h>
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

void table_print(Table *t, FILE *out, int indent)
{
    int width[TABLE_COLUMNS] = {0};
    widths(t, width);
    const char *cell = text_str(&t->cells);
    for (int r = 0, rows = rows_of(t); r < rows; r++) {
        print_row(t, &cell, width, out, indent);
    }
    text_free(&t->cells);
}
