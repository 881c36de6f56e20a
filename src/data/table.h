/* table.h -- files that are given for tables of text and are something else */
#ifndef NB_DATA_TABLE_H
#define NB_DATA_TABLE_H

#include <stddef.h>

/* What the bytes are, "a page of HTML or XML", with what to do about it in *hint; NULL when they
 * may be a table. */
const char *table_other(const char *bytes, size_t len, const char **hint);
const char *table_not_utf8(const char *at, const char *end); /* the first such byte; NULL: none */

#endif
