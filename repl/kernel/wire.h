/* wire.h -- messages of Jupyter as frames: taken apart, put together, signed */
#ifndef NABLA_KERNEL_WIRE_H
#define NABLA_KERNEL_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#define WIRE_PROTOCOL "5.3"
#define WIRE_DELIMITER "<IDS|MSG>"
#define WIRE_FRAMES 32          /* of a message; one with more is left out */
#define WIRE_LONGEST (64 << 20) /* bytes of a frame; who sends more is disconnected */
#define WIRE_HEX 65             /* a signature and its NUL */
#define WIRE_SEEN (1 << 14)     /* signatures that are remembered */

/* Bytes with a NUL behind the last. */
typedef struct Frame {
    char *bytes;
    size_t size;
} Frame;

typedef struct WireKey {
    char *bytes; /* size 0: nothing is signed */
    size_t size;
} WireKey;

/* Signatures of the messages that came last: who recorded one and sends it again has no key. */
typedef struct WireSeen {
    uint64_t of[WIRE_SEEN]; /* their first 16 digits */
    size_t n;               /* messages so far */
} WireSeen;

/* Who sends: names that are in every header. */
typedef struct Wire {
    WireKey key;
    WireSeen seen;
    char session[37];
} Wire;

/* A message that came in. Owns all of it. */
typedef struct Message {
    Frame id[WIRE_FRAMES]; /* where the answer goes */
    int nid;
    cJSON *header, *content;
} Message;

void wire_uuid(char out[37]);
/* Lower-case HMAC-SHA256 of four parts; "" without a key. */
void wire_sign(const WireKey *key, const Frame part[4], char hex[WIRE_HEX]);

/* Frames of a message as they came, which stay the caller's. What is wrong with them, a static
 * text, and *m empty; NULL when nothing is. A signed message is taken once: it is put into seen. */
const char *wire_take(const WireKey *key, WireSeen *seen, const Frame *frame, int n, Message *m);
void message_free(Message *m); /* leaves it empty */
const char *message_type(const Message *m);

/* Fields of what came: the fallback where they are missing or of another kind. */
const char *json_text(const cJSON *o, const char *name, const char *fallback);
bool json_flag(const cJSON *o, const char *name, bool fallback);
long json_number(const cJSON *o, const char *name, long fallback);

/* --- sockets of ZeroMQ --- */
/* The next message, without waiting; those with something wrong are told on stderr and left out.
 * false: there is none. */
bool wire_receive(Wire *w, void *socket, Message *m);
/* To: of a ROUTER socket, else NULL. Topic: of a PUB socket, else NULL. Parent: header of what
 * this answers, or NULL. Takes content over, which may be NULL when memory was refused: then
 * nothing is sent. */
void wire_send(const Wire *w, void *socket, const Message *to, const char *topic, const char *type,
               const cJSON *parent, cJSON *content);

#endif
