/* wire.c -- messages of Jupyter as frames: taken apart, put together, signed */
#include "kernel/wire.h"
#include "kernel/spare.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <nettle/hmac.h>

#include "kernel/encode.h"
#include "kernel/sockets.h"

#define DATE_CAP 48

enum { HEADER, PARENT, METADATA, CONTENT, PARTS };

void wire_uuid(char out[37])
{
    unsigned char b[16] = {0};
    char *p = out;
    for (ssize_t n = 0; n < (ssize_t)sizeof b;) {
        ssize_t got = getrandom(b + n, sizeof b - (size_t)n, 0);
        if (got < 0 && errno != EINTR) {
            break; /* no such call: the names of this process are all the same */
        }
        n += got > 0 ? got : 0;
    }
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    for (int i = 0; i < 16; i++) {
        bool dash = i == 4 || i == 6 || i == 8 || i == 10;
        p += snprintf(p, 4, "%s%02x", dash ? "-" : "", b[i]);
    }
}

void wire_sign(const WireKey *key, const Frame part[4], char hex[WIRE_HEX])
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    struct hmac_sha256_ctx h;
    hex[0] = '\0';
    if (key->size == 0) {
        return;
    }
    hmac_sha256_set_key(&h, key->size, (const uint8_t *)key->bytes);
    for (int i = 0; i < PARTS; i++) {
        hmac_sha256_update(&h, part[i].size, (const uint8_t *)part[i].bytes);
    }
    hmac_sha256_digest(&h, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
}

/* In time that does not depend on where they part. */
static bool same(const char *hex, const Frame *given)
{
    size_t n = strlen(hex);
    unsigned apart = n != given->size;
    for (size_t i = 0; i < n && i < given->size; i++) {
        apart |= (unsigned)(hex[i] ^ given->bytes[i]);
    }
    return apart == 0;
}

/* Notes the signature; false where it came before. */
static bool comes_first(WireSeen *seen, const char *hex)
{
    uint64_t of = 0;
    for (int i = 0; i < 16; i++) {
        of = of << 4 | (uint64_t)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
    }
    const size_t known = seen->n < WIRE_SEEN ? seen->n : WIRE_SEEN;
    for (size_t i = 0; i < known; i++) {
        if (seen->of[i] == of) {
            return false;
        }
    }
    seen->of[seen->n++ % WIRE_SEEN] = of;
    return true;
}

/* --- taking apart --- */

void message_free(Message *m)
{
    for (int i = 0; i < m->nid; i++) {
        free(m->id[i].bytes);
    }
    cJSON_Delete(m->header);
    cJSON_Delete(m->content);
    *m = (Message){0};
}

const char *message_type(const Message *m)
{
    return json_text(m->header, "msg_type", "");
}

static bool copy_ids(Message *m, const Frame *frame, int n)
{
    for (int i = 0; i < n; i++) {
        char *copy = spare_malloc(frame[i].size + 1);
        if (!copy) {
            return false;
        }
        memcpy(copy, frame[i].bytes, frame[i].size);
        copy[frame[i].size] = '\0';
        m->id[m->nid++] = (Frame){copy, frame[i].size};
    }
    return true;
}

static const char *take_parts(const Frame *part, Message *m)
{
    m->header = cJSON_ParseWithLength(part[HEADER].bytes, part[HEADER].size);
    m->content = cJSON_ParseWithLength(part[CONTENT].bytes, part[CONTENT].size);
    if (!cJSON_IsObject(m->header) || !cJSON_IsObject(m->content)) {
        return "its header or content is no JSON object";
    }
    return message_type(m)[0] ? NULL : "it has no msg_type";
}

const char *wire_take(const WireKey *key, WireSeen *seen, const Frame *frame, int n, Message *m)
{
    int mark = 0;
    char hex[WIRE_HEX];
    *m = (Message){0};
    while (mark < n && !(frame[mark].size == strlen(WIRE_DELIMITER) &&
                         memcmp(frame[mark].bytes, WIRE_DELIMITER, frame[mark].size) == 0)) {
        mark++;
    }
    if (mark == n) {
        return "it has no " WIRE_DELIMITER;
    }
    if (n - mark < 2 + PARTS) {
        return "it is not whole";
    }
    wire_sign(key, frame + mark + 2, hex);
    if (!same(hex, &frame[mark + 1])) {
        return "its signature is wrong";
    }
    if (key->size > 0 && !comes_first(seen, hex)) {
        return "it came before";
    }
    const char *why = take_parts(frame + mark + 2, m);
    if (!why && !copy_ids(m, frame, mark)) {
        why = "out of memory";
    }
    if (why) {
        message_free(m);
    }
    return why;
}

const char *json_text(const cJSON *o, const char *name, const char *fallback)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, name);
    return cJSON_IsString(v) ? v->valuestring : fallback;
}

bool json_flag(const cJSON *o, const char *name, bool fallback)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, name);
    return cJSON_IsBool(v) ? cJSON_IsTrue(v) : fallback;
}

long json_number(const cJSON *o, const char *name, long fallback)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, name);
    return cJSON_IsNumber(v) ? (long)v->valueint : fallback;
}

/* --- receiving --- */

/* One frame; false when there is none. *more: others of the message follow. */
static bool receive_frame(void *socket, Frame *to, int *more)
{
    zmq_msg_t f;
    int got;
    zmq.msg_init(&f);
    while ((got = zmq.msg_recv(&f, socket, ZMQ_DONTWAIT)) < 0 && errno == EINTR) {
    }
    if (got >= 0) {
        *more = zmq.msg_more(&f);
        to->size = zmq.msg_size(&f);
        to->bytes = spare_malloc(to->size + 1);
        if (to->bytes) {
            memcpy(to->bytes, zmq.msg_data(&f), to->size);
            to->bytes[to->size] = '\0';
        } else {
            to->size = 0;
        }
    }
    zmq.msg_close(&f);
    return got >= 0;
}

/* All frames that belong together; how many, at most WIRE_FRAMES + 1. */
static int receive_frames(void *socket, Frame *frame)
{
    int n = 0, more = 1;
    while (more) {
        Frame f = {0};
        if (!receive_frame(socket, &f, &more)) {
            break;
        }
        if (n < WIRE_FRAMES && f.bytes) {
            frame[n++] = f;
        } else {
            free(f.bytes);
            n = n < WIRE_FRAMES ? n : WIRE_FRAMES + 1;
        }
    }
    return n;
}

bool wire_receive(Wire *w, void *socket, Message *m)
{
    Frame frame[WIRE_FRAMES];
    int n;
    while ((n = receive_frames(socket, frame)) > 0) {
        const char *why = n > WIRE_FRAMES ? "it has too many frames"
                                          : wire_take(&w->key, &w->seen, frame, n, m);
        for (int i = 0; i < n && i < WIRE_FRAMES; i++) {
            free(frame[i].bytes);
        }
        if (!why) {
            return true;
        }
        fprintf(stderr, "nabla kernel: a message was left out: %s\n", why);
    }
    return false;
}

/* --- sending --- */

static void now(char out[DATE_CAP])
{
    struct timespec t;
    struct tm tm;
    char day[24];
    clock_gettime(CLOCK_REALTIME, &t);
    gmtime_r(&t.tv_sec, &tm);
    strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out, DATE_CAP, "%s.%06ldZ", day, t.tv_nsec / 1000 % 1000000);
}

static cJSON *header_of(const Wire *w, const char *type)
{
    char id[37], date[DATE_CAP];
    cJSON *h = cJSON_CreateObject();
    wire_uuid(id);
    now(date);
    cJSON_AddStringToObject(h, "msg_id", id);
    cJSON_AddStringToObject(h, "session", w->session);
    cJSON_AddStringToObject(h, "username", "nabla");
    cJSON_AddStringToObject(h, "date", date);
    cJSON_AddStringToObject(h, "msg_type", type);
    cJSON_AddStringToObject(h, "version", WIRE_PROTOCOL);
    return h;
}

/* A signal may come while a frame is sent: a message that lacks one would be lost, and the next
 * one with it. */
static void put(void *socket, const Frame *f, bool more)
{
    while (zmq.send(socket, f->bytes, f->size, more ? ZMQ_SNDMORE : 0) < 0 && errno == EINTR) {
    }
}

static void put_text(void *socket, const char *text)
{
    put(socket, &(Frame){(char *)(size_t)text, strlen(text)}, true);
}

/* JSON of it, for sending: bytes that are no UTF-8, from a cell or a file, are marked. NULL: no
 * memory. */
static char *json_of(const cJSON *o)
{
    char *text = o ? cJSON_PrintUnformatted(o) : NULL;
    char *valid = text ? encode_utf8(text, strlen(text)) : NULL;
    free(text);
    return valid;
}

void wire_send(const Wire *w, void *socket, const Message *to, const char *topic, const char *type,
               const cJSON *parent, cJSON *content)
{
    char hex[WIRE_HEX];
    cJSON *header = header_of(w, type);
    Frame part[PARTS] = {0};
    part[HEADER].bytes = json_of(header);
    part[PARENT].bytes = parent ? json_of(parent) : spare_strndup("{}", 2);
    part[METADATA].bytes = spare_strndup("{}", 2);
    part[CONTENT].bytes = json_of(content);
    bool whole = true;
    for (int i = 0; i < PARTS; i++) {
        whole = whole && part[i].bytes;
        part[i].size = whole ? strlen(part[i].bytes) : 0;
    }
    if (whole) {
        wire_sign(&w->key, part, hex);
        for (int i = 0; to && i < to->nid; i++) {
            put(socket, &to->id[i], true);
        }
        if (topic) {
            put_text(socket, topic);
        }
        put_text(socket, WIRE_DELIMITER);
        put_text(socket, hex);
        for (int i = 0; i < PARTS; i++) {
            put(socket, &part[i], i + 1 < PARTS);
        }
    } else {
        fprintf(stderr, "nabla kernel: out of memory for a message\n");
    }
    for (int i = 0; i < PARTS; i++) {
        free(part[i].bytes);
    }
    cJSON_Delete(header);
    cJSON_Delete(content);
}
