/* encode.h -- text and bytes as messages hold them: UTF-8, base64, HTML */
#ifndef NABLA_KERNEL_ENCODE_H
#define NABLA_KERNEL_ENCODE_H

#include <stdbool.h>
#include <stddef.h>

/* New text for free(), NULL when out of memory. */
char *encode_base64(const char *bytes, size_t n);
/* What is no character becomes U+FFFD: a browser would end the connection. NUL too. */
char *encode_utf8(const char *text, size_t n);
/* For an attribute in quotes and for the text of an element. */
char *encode_html(const char *text);
/* An SVG as the source of an <img>: its names and letters meet those of no other picture of the
 * page, and no converter cleans it away. */
char *encode_image(const char *svg, size_t n, const char *about);
/* A page whose styles and scripts stay in it, and below it what is shown where it cannot be. */
char *encode_frame(const char *page, const char *still);

/* Bytes at the end of text that begin a character which is not whole. */
size_t utf8_tail(const char *text, size_t n);
/* The protocol counts characters (code points). Beyond the end: the end. */
size_t utf8_bytes(const char *text, size_t n, long chars);
long utf8_chars(const char *text, size_t bytes);

#endif
