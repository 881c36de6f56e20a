/* table.c -- rows of numbers in text and CSV files, compared at the tolerance of the golden data */
#include "tests/samples/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static TableRow parse(const char *line)
{
    TableRow r = {0};
    while (r.n < TABLE_COLUMNS) {
        char *end;
        double v = strtod(line, &end);
        if (end == line) {
            break;
        }
        r.v[r.n++] = v;
        line = end + strspn(end, " ,\t");
    }
    return r;
}

Table table_read(const char *text, const char *from, const char *to)
{
    Table t = {0};
    const char *start = from ? strstr(text, from) : text;
    if (!start) {
        return t;
    }
    start += from ? strcspn(start, "\n") : 0;
    const char *end = to ? strstr(start, to) : NULL;
    if (!end) {
        end = start + strlen(start);
    }
    for (const char *line = start; line < end; line++) {
        size_t n = strcspn(line, "\n");
        char copy[1024];
        if (n > 0 && n < sizeof copy) {
            memcpy(copy, line, n);
            copy[n] = 0;
            TableRow r = parse(copy);
            TableRow *grown = r.n ? realloc(t.row, (size_t)(t.n + 1) * sizeof *t.row) : NULL;
            if (grown) {
                t.row = grown;
                t.row[t.n++] = r;
            }
        }
        line += n;
    }
    return t;
}

void table_free(Table *t)
{
    free(t->row);
    *t = (Table){0};
}

const TableRow *table_find(const Table *t, double key)
{
    for (int i = 0; i < t->n; i++) {
        if (t->row[i].v[0] == key) {
            return &t->row[i];
        }
    }
    return NULL;
}

bool table_close(double a, double b)
{
    return fabs(a - b) <= 1e-12 * fmax(1, fabs(b));
}
