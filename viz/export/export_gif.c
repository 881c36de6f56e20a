/* export_gif.c -- scenes as GIF: colours counted, pixels packed */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"

#define COLOURS 256
#define BUCKETS 32768 /* of 5 bits for each of red, green, blue */
#define MOST_SIDE 1600.0
#define DELAY 120 /* hundredths of a second that a picture stands */

/* --- colours: the most frequent ones as they are, the others become the nearest of them --- */

typedef struct Palette {
    uint8_t colour[COLOURS][3];
    int n;
    uint8_t place[BUCKETS];
} Palette;

typedef struct Bucket {
    uint32_t count, red, green, blue;
    uint32_t usual, votes; /* the colour that most of them are; those of the theme stay exact */
} Bucket;

static int bucket_of(uint32_t pixel)
{
    return (int)((pixel >> 9 & 0x7c00) | (pixel >> 6 & 0x3e0) | (pixel >> 3 & 0x1f));
}

static int nearest(const Palette *p, const Bucket *b)
{
    int best = 0;
    double least = INFINITY;
    for (int i = 0; i < p->n; i++) {
        double r = (double)b->red / b->count - p->colour[i][0];
        double g = (double)b->green / b->count - p->colour[i][1];
        double d = (double)b->blue / b->count - p->colour[i][2];
        double far = r * r + g * g + d * d;
        if (far < least) {
            least = far;
            best = i;
        }
    }
    return best;
}

static int most_frequent(const Bucket *b, const bool *taken)
{
    int best = -1;
    for (int i = 0; i < BUCKETS; i++) {
        if (!taken[i] && b[i].count > 0 && (best < 0 || b[i].count > b[best].count)) {
            best = i;
        }
    }
    return best;
}

static bool palette_make(Palette *p, const uint32_t *pixel, size_t n)
{
    Bucket *b = calloc(BUCKETS, sizeof *b);
    bool *taken = calloc(BUCKETS, sizeof *taken);
    for (size_t i = 0; b && taken && i < n; i++) {
        Bucket *at = &b[bucket_of(pixel[i])];
        at->count++;
        at->red += pixel[i] >> 16 & 255;
        at->green += pixel[i] >> 8 & 255;
        at->blue += pixel[i] & 255;
        at->usual = at->votes == 0 ? pixel[i] : at->usual;
        at->votes += at->usual == pixel[i] ? 1u : -1u;
    }
    int k = b && taken ? most_frequent(b, taken) : -1;
    for (p->n = 0; k >= 0 && p->n < COLOURS; k = most_frequent(b, taken)) {
        taken[k] = true;
        p->colour[p->n][0] = (uint8_t)(b[k].usual >> 16);
        p->colour[p->n][1] = (uint8_t)(b[k].usual >> 8);
        p->colour[p->n][2] = (uint8_t)b[k].usual;
        p->place[k] = (uint8_t)p->n++;
    }
    for (int i = 0; b && taken && i < BUCKETS; i++) {
        if (!taken[i] && b[i].count > 0) {
            p->place[i] = (uint8_t)nearest(p, &b[i]);
        }
    }
    bool ok = b && taken;
    free(b);
    free(taken);
    return ok;
}

/* --- packing: LZW with codes of 9 to 12 bits, in blocks of at most 255 bytes --- */

#define CLEAR 256
#define END 257
#define FIRST 258
#define CODES 4096

typedef struct Packer {
    Text *out;
    uint8_t block[256]; /* its length first */
    uint32_t bits;
    int nbits, width, next;
    int16_t child[CODES]; /* first longer sequence, its neighbours; 0: none */
    int16_t beside[CODES];
    uint8_t last[CODES]; /* colour that a sequence ends with */
} Packer;

static void put_byte(Packer *p, uint8_t byte)
{
    p->block[++p->block[0]] = byte;
    if (p->block[0] == 255) {
        text_addn(p->out, p->block, 256);
        p->block[0] = 0;
    }
}

static void put_code(Packer *p, int code)
{
    p->bits |= (uint32_t)code << p->nbits;
    for (p->nbits += p->width; p->nbits >= 8; p->nbits -= 8) {
        put_byte(p, (uint8_t)p->bits);
        p->bits >>= 8;
    }
}

static void begin_again(Packer *p)
{
    put_code(p, CLEAR);
    memset(p->child, 0, sizeof p->child);
    memset(p->beside, 0, sizeof p->beside);
    p->next = FIRST;
    p->width = 9;
}

/* The sequence `code` with one more colour, 0 when it is new. */
static int longer(const Packer *p, int code, uint8_t colour)
{
    int at = p->child[code];
    while (at && p->last[at] != colour) {
        at = p->beside[at];
    }
    return at;
}

static void learn(Packer *p, int code, uint8_t colour)
{
    if (p->next == CODES) {
        begin_again(p);
        return;
    }
    p->last[p->next] = colour;
    p->beside[p->next] = p->child[code];
    p->child[code] = (int16_t)p->next;
    if (p->next == 1 << p->width) {
        p->width++;
    }
    p->next++;
}

static bool pack(Text *out, const Palette *palette, const uint32_t *pixel, size_t n)
{
    Packer *p = calloc(1, sizeof *p);
    if (!p) {
        return false;
    }
    p->out = out;
    p->width = 9;
    text_addn(out, "\x08", 1);
    begin_again(p);
    int code = palette->place[bucket_of(pixel[0])];
    for (size_t i = 1; i < n; i++) {
        uint8_t colour = palette->place[bucket_of(pixel[i])];
        int more = longer(p, code, colour);
        if (!more) {
            put_code(p, code);
            learn(p, code, colour);
            more = colour;
        }
        code = more;
    }
    put_code(p, code);
    put_code(p, END);
    if (p->nbits > 0) {
        put_byte(p, (uint8_t)p->bits);
    }
    text_addn(out, p->block, (size_t)p->block[0] + 1);
    if (p->block[0] > 0) {
        text_addn(out, "", 1);
    }
    free(p);
    return true;
}

/* --- the file --- */

static void put_two(Text *out, int x)
{
    uint8_t two[2] = {(uint8_t)x, (uint8_t)(x >> 8)};
    text_addn(out, two, 2);
}

/* A picture that stands alone, or one of several: see nb_viz_gif_add. */
static bool put_gif(Text *out, const uint32_t *pixel, int w, int h, int delay)
{
    static Palette none;
    Palette *p = malloc(sizeof *p);
    bool ok = p != NULL;
    if (p) {
        *p = none;
        ok = palette_make(p, pixel, (size_t)w * (size_t)h);
    }
    text_add(out, "GIF89a");
    put_two(out, w);
    put_two(out, h);
    text_addn(out, "\x70\0\0", 3);
    text_addn(out, "\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0", 19); /* again and again */
    text_addn(out, "\x21\xf9\x04\x04", 4);
    put_two(out, delay > 0 ? delay : DELAY);
    text_addn(out, "\0\0", 2);
    text_addn(out, "\x2c\0\0\0\0", 5);
    put_two(out, w);
    put_two(out, h);
    text_addn(out, "\x87", 1);
    if (ok) {
        text_addn(out, p->colour, sizeof p->colour);
        ok = pack(out, p, pixel, (size_t)w * (size_t)h);
    }
    text_addn(out, "\x3b", 1);
    free(p);
    return ok;
}

#define GIF_HEAD 32 /* bytes before the first picture: sizes, and that it goes round */

bool nb_viz_gif_add(char **bytes, size_t *size, const NbRendered *one)
{
    size_t head = *size > 0 ? GIF_HEAD : 0, tail = *size > 0 ? 1 : 0;
    char *grown = realloc(*bytes, *size + one->size);
    if (!grown) {
        return false;
    }
    memcpy(grown + *size - tail, one->bytes + head, one->size - head);
    *bytes = grown;
    *size += one->size - head - tail;
    return true;
}

static NbStatus write_gif(NbJob *job, NbErr *err)
{
    NbPainter *painter = nb_viz_export_build(job, err);
    if (!painter) {
        return err->code;
    }
    double w = job->scene.w + 2 * job->view->margin, h = job->scene.h + 2 * job->view->margin;
    double scale = job->what->width > 0 ? job->what->width / w : 1;
    double side = (w > h ? w : h) * scale;
    scale = side > MOST_SIDE ? scale * MOST_SIDE / side : scale;
    int pw = (int)fmax(1, round(w * scale)), ph = (int)fmax(1, ceil(h * scale - 0.001));
    uint32_t *pixel = calloc((size_t)pw * (size_t)ph, sizeof *pixel);
    if (!pixel) {
        return nb_fail(err, NB_EMEM, "out of memory drawing a picture");
    }
    const NbDraw *d = nb_viz_painter_draw(painter);
    NbCanvas *c = nb_draw_pixels(d, pixel, pw, ph, pw * 4);
    double margin = job->view->margin * scale;
    nb_viz_paint_ground(painter, c, job->theme);
    nb_viz_paint(painter, c, &job->scene, job->theme, margin, margin, scale,
                 job->viz->style.present ? 1.5 : 1);
    nb_draw_close(d, &c);
    bool ok = !nb_viz_painter_lost(painter) && put_gif(&job->out, pixel, pw, ph, job->what->delay);
    free(pixel);
    job->w = pw;
    job->h = ph;
    snprintf(job->size, sizeof job->size, "%d %s %d px", pw, nb_viz_times_sign(job), ph);
    return ok ? NB_OK : nb_fail(err, NB_EMEM, "out of memory drawing a picture");
}

const NbFormat nb_viz_formats_gif[] = {
    {"gif", "image/gif", "a picture in pixels and 256 colours, with steps= one that moves",
     NB_FROM_SCENE,
     NB_TAKES_WIDTH | NB_TAKES_THEME | NB_TAKES_HIDE | NB_TAKES_BLANK | NB_TAKES_LOCAL |
         NB_TAKES_DIRECTION,
     write_gif},
    {0},
};
