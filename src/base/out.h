/* out.h -- text into a caller's buffer that counts on when the buffer is full, like snprintf */
#ifndef NB_BASE_OUT_H
#define NB_BASE_OUT_H

#include <stddef.h>

typedef struct NbOut { /* {buf, cap, 0} */
    char *buf;
    size_t cap, len;
} NbOut;

void nb_put(NbOut *o, const char *text);
void nb_put_bytes(NbOut *o, const char *text, size_t n);
void nb_put_number(NbOut *o, double x, int digits); /* as nb_format_number */
/* Ends the text with NUL, cut to the buffer; the bytes that a large enough one would need. */
size_t nb_put_end(const NbOut *o);

#endif
