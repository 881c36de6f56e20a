/* labels.h -- texts numbered in the order they appear */
#ifndef NB_DATA_LABELS_H
#define NB_DATA_LABELS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct LabelText {
    const char *text; /* borrowed; not terminated */
    size_t len;
    bool quoted; /* in the file it comes from */
} LabelText;

/* All zero at first. Open addressing over positions in `list`, 1 more than the index. */
typedef struct Labels {
    size_t *slot, cap;
    LabelText *list;
    size_t n, list_cap;
} Labels;

/* Number of the text, from 0, in *code; false when out of memory. Keeps the pointer. */
bool labels_code(Labels *s, const LabelText *f, double *code);
/* New copies of the texts in *text, *n of them, also of those made when memory ran out (false). */
bool labels_copy(const Labels *s, char ***text, int *n);
void labels_clear(Labels *s);
char *labels_text(const char *text, size_t len); /* new; NULL when out of memory */

#endif
