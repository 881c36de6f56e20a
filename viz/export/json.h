/* json.h -- values as JSON text */
#ifndef NABLA_VIZ_JSON_H
#define NABLA_VIZ_JSON_H

#include <nabla/graph.h>

#include "base/text.h"

/* In quotes; safe inside <script> too: < > & are written as \u003c and so on. Bytes that are no
 * UTF-8 become U+FFFD. */
void nb_viz_json_string(Text *out, const char *text);
/* Shortest digits that read back; "NaN", "Infinity", "-Infinity" as strings, which Python's float()
 * and JavaScript's Number() read. */
void nb_viz_json_number(Text *out, double x);
/* [2, 3] */
void nb_viz_json_shape(Text *out, const NbShape *s);
/* Nested lists as NumPy has them, a number for rank 0; null above `most` elements. */
void nb_viz_json_tensor(Text *out, const NbTensor *t, int64_t most);
void nb_viz_json_amount(Text *out, const NbAmount *a, int64_t most);

#endif
