/* protobuf.h -- fields of protocol buffers, written one after the other */
#ifndef NABLA_VIZ_PROTOBUF_H
#define NABLA_VIZ_PROTOBUF_H

#include <stdint.h>

#include "base/text.h"

/* Each adds one field of a message; its number is that of the message's definition. Encoding:
 * protobuf.dev/programming-guides/encoding. */
void proto_int(Text *to, int field, int64_t x);
void proto_float(Text *to, int field, float x); /* fixed32 */
void proto_bytes(Text *to, int field, const void *bytes, size_t n);
void proto_text(Text *to, int field, const char *s);
/* A message made before, which is empty afterwards. Lost memory of the part is lost by `to`. */
void proto_message(Text *to, int field, Text *part);

#endif
