/* logo.c -- the program's sign in the list of kernels: a nabla, as SVG and PNG */
#include "kernel/logo.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Both draw the same: a triangle of 64 × 64 on its head with a smaller one cut out. */
const char logo_svg[] = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 64 64\">"
                        "<path d=\"M4 8H60L32 60zM18 16L32 42L46 16z\" fill=\"#0072b2\"/>"
                        "</svg>\n";

#define SUB 4 /* points a pixel and direction */

/* In the triangle from (left, top) to (64 − left, top) and (32, bottom). */
static bool inside(double x, double y, double left, double top, double bottom)
{
    double half = (32 - left) * (bottom - y) / (bottom - top);
    return y >= top && y <= bottom && x >= 32 - half && x <= 32 + half;
}

static unsigned char cover(int size, int col, int row)
{
    int n = 0;
    for (int i = 0; i < SUB * SUB; i++) {
        double x = (col + (i % SUB + 0.5) / SUB) * 64 / size;
        double y = (row + ((double)(i / SUB) + 0.5) / SUB) * 64 / size;
        n += inside(x, y, 4, 8, 60) && !inside(x, y, 18, 16, 42);
    }
    return (unsigned char)(n * 255 / (SUB * SUB));
}

static char *put_number(char *p, uint32_t v)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        *p++ = (char)(v >> shift & 255);
    }
    return p;
}

static char *put_chunk(char *p, const char *type, const char *bytes, size_t n)
{
    uint32_t crc = ~0U;
    p = put_number(p, (uint32_t)n);
    char *from = p;
    memcpy(p, type, 4);
    memcpy(p + 4, bytes, n);
    p += 4 + n;
    for (; from < p; from++) {
        crc ^= (unsigned char)*from;
        for (int k = 0; k < 8; k++) {
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320U : 0);
        }
    }
    return put_number(p, ~crc);
}

/* Rows of a filter byte and RGBA, stored in one block without compression. */
static size_t put_pixels(char *out, int size)
{
    uint32_t a = 1, b = 0;
    size_t raw = (size_t)size * (4 * (size_t)size + 1);
    char *p = out;
    const unsigned char head[] = {0x78,       0x01,           1, raw & 255, raw >> 8 & 255,
                                  ~raw & 255, ~raw >> 8 & 255};
    memcpy(p, head, sizeof head);
    p += sizeof head;
    char *from = p;
    for (int row = 0; row < size; row++) {
        *p++ = 0;
        for (int col = 0; col < size; col++) {
            const unsigned char pixel[] = {0x00, 0x72, 0xB2, cover(size, col, row)};
            memcpy(p, pixel, 4);
            p += 4;
        }
    }
    for (; from < p; from++) {
        a = (a + (unsigned char)*from) % 65521;
        b = (b + a) % 65521;
    }
    p = put_number(p, b << 16 | a);
    return (size_t)(p - out);
}

char *logo_png(int size, size_t *n)
{
    size_t most = 64 + (size_t)size * (4 * (size_t)size + 1);
    char *out = malloc(2 * most), *pixels = malloc(most), head[13];
    if (out && pixels) {
        memcpy(out, "\x89PNG\r\n\x1a\n", 8);
        memcpy(put_number(put_number(head, (uint32_t)size), (uint32_t)size), "\x08\x06\0\0\0", 5);
        char *p = put_chunk(out + 8, "IHDR", head, sizeof head);
        p = put_chunk(p, "IDAT", pixels, put_pixels(pixels, size));
        p = put_chunk(p, "IEND", "", 0);
        *n = (size_t)(p - out);
    } else {
        free(out);
        out = NULL;
    }
    free(pixels);
    return out;
}
