/* table.h -- rows of numbers in text and CSV files, compared at the tolerance of the golden data */
#ifndef NABLA_TESTS_TABLE_H
#define NABLA_TESTS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#define TABLE_COLUMNS 12

/* One line of text that begins with a number. */
typedef struct TableRow {
    int n;
    double v[TABLE_COLUMNS];
} TableRow;

typedef struct Table {
    TableRow *row;
    int n;
} Table;

/* Lines between the first line that contains `from` (NULL: the beginning) and the next that
 * contains `to` (NULL: the end), kept when they begin with a number; numbers are separated by
 * blanks or commas. Release with table_free. */
Table table_read(const char *text, const char *from, const char *to);
void table_free(Table *t);
/* The row whose first number is `key`, or NULL. */
const TableRow *table_find(const Table *t, double key);
/* Equal at 1e-12: relative above 1, absolute below. */
bool table_close(double a, double b);

#endif
