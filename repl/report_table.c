/* report_table.c -- tables whose columns are as wide as their cells */
#include <stdio.h>
#include <string.h>

#include <nabla/format.h>

#include "report.h"

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
    t->rows++;                   /* cells until printing */
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

void table_print(Table *t, FILE *out, int indent)
{
    int width[TABLE_COLUMNS] = {0};
    int rows = t->columns > 0 && text_whole(&t->cells) ? t->rows / t->columns : 0;
    const char *cell = text_str(&t->cells);
    for (int i = 0; i < rows * t->columns; i++) {
        int w = nb_text_width(cell);
        int c = i % t->columns;
        width[c] = w > width[c] ? w : width[c];
        cell += strlen(cell) + 1;
    }
    cell = text_str(&t->cells);
    for (int r = 0; r < rows; r++) {
        print_row(t, &cell, width, out, indent);
    }
    text_free(&t->cells);
}
