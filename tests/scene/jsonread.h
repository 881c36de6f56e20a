/* jsonread.h -- reads JSON in tests: a strict parser, and values by key and place */
#ifndef NABLA_TESTS_SCENE_JSONREAD_H
#define NABLA_TESTS_SCENE_JSONREAD_H

#include <stdbool.h>
#include <stddef.h>

typedef enum JsonKind {
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_LIST,
    JSON_OBJECT
} JsonKind;

typedef struct Json {
    JsonKind kind;
    double number; /* of bools 0, 1 */
    char *text;    /* of strings, UTF-8 */
    size_t n;      /* of lists and objects */
    char **key;
    struct Json **item;
} Json;

/* The document; fails the test when text is not JSON (RFC 8259). Freed by json_free. */
Json *json_read(const char *text);
void json_free(Json *j);

/* Borrowed; NULL when there is none. */
const Json *json_get(const Json *object, const char *key);
const Json *json_at(const Json *list, size_t i);
/* These fail the test when there is no such thing; a number may be "NaN", "Infinity", "-Infinity".
 */
double json_number_of(const Json *object, const char *key);
double json_value(const Json *j);
const char *json_text_of(const Json *object, const char *key);

#endif
