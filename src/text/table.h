/* table.h -- tables whose columns are as wide as their cells, left (text) or right (numbers) */
#ifndef NB_TEXT_TABLE_H
#define NB_TEXT_TABLE_H

#include <stdio.h>

#include "text/style.h"

#define TABLE_COLUMNS 20

typedef struct Table {
    Text cells; /* ended by NUL each */
    int columns, ncells;
    bool right[TABLE_COLUMNS], hidden[TABLE_COLUMNS];
} Table;

/* *lost is set when memory is refused; the table then has no rows. */
void table_begin(Table *t, bool *lost, int columns, const bool *right);
void table_cell(Table *t, const char *text); /* row by row */
/* The cell's text in the style's characters; it is empty afterwards. */
void table_text(Table *t, NbTextStyle style, Text *cell);
void table_hide(Table *t, int first, int n); /* columns, neither printed nor measured */
int table_width(const Table *t);
int table_rows(const Table *t); /* none when it lost a cell */
/* The table in the forms a front may take; heads: the first row is headings. */
void table_plain(const Table *t, FILE *out, int indent);
void table_html(const Table *t, Text *out, bool heads);
void table_latex(const Table *t, Text *out, bool heads);
void table_print(Table *t, FILE *out, int indent); /* plain, and frees it */
void table_free(Table *t);

#endif
