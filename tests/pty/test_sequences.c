/* test_sequences.c -- pictures that move and frames of talks: decoded, compiled, of one size */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"

#include "tests/proc.h"

/* --- a reader of GIF, by its specification --- */

#define MOST_PICTURES 64
#define CODES 4096

typedef struct Gif {
    int w, h, n;
    bool again; /* begins anew at its end */
    struct {
        int delay;
        uint32_t *pixel; /* 0xrrggbb */
    } picture[MOST_PICTURES];
} Gif;

typedef struct Bytes {
    const uint8_t *at, *end;
} Bytes;

static int byte(Bytes *b)
{
    assert_true(b->at < b->end);
    return *b->at++;
}

static int two(Bytes *b)
{
    int low = byte(b);
    return low | byte(b) << 8;
}

/* Blocks with their length in front, put together. */
static size_t blocks(Bytes *b, uint8_t *out)
{
    size_t n = 0;
    for (int k = byte(b); k > 0; k = byte(b)) {
        for (int i = 0; i < k; i++) {
            uint8_t c = (uint8_t)byte(b);
            if (out) {
                out[n] = c;
            }
            n++;
        }
    }
    return n;
}

/* Every code, each a sequence: one seen before and a colour. n colours must come out, then the end.
 */
static void unpack(const uint8_t *in, size_t nin, int bits, uint8_t *out, size_t n)
{
    static int before[CODES];
    static uint8_t last[CODES], turned[CODES + 1];
    int clear = 1 << bits, next = clear + 2, width = bits + 1, old = -1, have = 0;
    uint32_t store = 0;
    size_t at = 0, done = 0;
    for (;;) {
        for (; have < width; have += 8) {
            assert_true(at < nin);
            store |= (uint32_t)in[at++] << have;
        }
        int code = (int)(store & ((1u << width) - 1)), k = 0;
        store >>= width;
        have -= width;
        if (code == clear || code == clear + 1) {
            next = clear + 2;
            width = bits + 1;
            old = -1;
            if (code != clear) {
                break;
            }
            continue;
        }
        assert_true(code < next || (code == next && old >= 0));
        int walk = code < next ? code : old;
        for (; walk > clear; walk = before[walk]) {
            turned[k++] = last[walk];
        }
        uint8_t first = (uint8_t)walk;
        assert_true(done + (size_t)k + 2 <= n + (code < next));
        out[done++] = first;
        while (k > 0) {
            out[done++] = turned[--k];
        }
        if (code == next) {
            out[done++] = first;
        }
        if (old >= 0 && next < CODES) {
            before[next] = old;
            last[next++] = first;
            width += next == 1 << width && width < 12;
        }
        old = code;
    }
    assert_int_equal(done, n);
    assert_true(at + 1 >= nin);
}

static void read_picture(Bytes *b, Gif *g, int delay)
{
    const size_t n = (size_t)g->w * (size_t)g->h;
    assert_int_equal(two(b), 0);
    assert_int_equal(two(b), 0);
    assert_int_equal(two(b), g->w);
    assert_int_equal(two(b), g->h);
    int flags = byte(b), colours = flags & 0x80 ? 2 << (flags & 7) : 0;
    assert_true(colours > 0); /* of its own, so that each picture may stand alone */
    const uint8_t *palette = b->at;
    assert_true(b->end - b->at > 3 * colours);
    b->at += 3 * colours;
    int bits = byte(b);
    uint8_t *packed = malloc((size_t)(b->end - b->at)), *place = malloc(n);
    uint32_t *pixel = malloc(n * sizeof *pixel);
    assert_true(packed && place && pixel && g->n < MOST_PICTURES);
    size_t npacked = blocks(b, packed);
    unpack(packed, npacked, bits, place, n);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *c = palette + 3 * place[i];
        assert_true(place[i] < colours);
        pixel[i] = (uint32_t)c[0] << 16 | (uint32_t)c[1] << 8 | c[2];
    }
    free(packed);
    free(place);
    g->picture[g->n].delay = delay;
    g->picture[g->n++].pixel = pixel;
}

static Gif read_gif(const char *path)
{
    size_t len;
    char *file = proc_read_file(path, &len);
    assert_non_null(file);
    assert_true(len > 20 && memcmp(file, "GIF89a", 6) == 0);
    Bytes b = {(const uint8_t *)file + 6, (const uint8_t *)file + len};
    Gif g = {.w = two(&b), .h = two(&b)};
    int flags = byte(&b), delay = 0;
    assert_int_equal(flags & 0x80, 0);
    b.at += 2;
    for (int what = byte(&b); what != 0x3b; what = byte(&b)) {
        if (what == 0x2c) {
            read_picture(&b, &g, delay);
            continue;
        }
        assert_int_equal(what, 0x21);
        int kind = byte(&b);
        if (kind == 0xf9) {
            delay = b.at[2] | b.at[3] << 8;
        }
        g.again |= kind == 0xff && memcmp(b.at + 1, "NETSCAPE2.0", 11) == 0;
        blocks(&b, NULL);
    }
    assert_ptr_equal(b.at, b.end);
    free(file);
    return g;
}

static void gif_free(Gif *g)
{
    for (int k = 0; k < g->n; k++) {
        free(g->picture[k].pixel);
    }
}

static size_t differing(const Gif *g, int a, int b)
{
    size_t n = 0;
    for (size_t i = 0; i < (size_t)g->w * (size_t)g->h; i++) {
        n += g->picture[a].pixel[i] != g->picture[b].pixel[i];
    }
    return n;
}

/* --- what is written --- */

static char dir[512];

static const char *in_dir(const char *name)
{
    static char path[600];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void written(const char *code)
{
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"), "--norc", "-e", code, NULL};
    Proc p;
    snprintf(dir, sizeof dir, "%s/sequences", proc_env("NB_TMP", "/tmp"));
    assert_true(proc_fresh_dir(dir));
    assert_true(proc_run(argv, dir, NULL, 60, &p));
    if (p.status != 0) {
        print_message("%s", p.err);
    }
    assert_int_equal(p.status, 0);
    proc_free(&p);
}

static const char RUN[] = "x, y = 2, 3; f = x^2 + 4*y^2; minimize f, sgd(x, y, lr=0.1), steps=6\n";

/* The graph: what is given, three forward, three backward. White at the rim, all of one size. */
static void a_graph_moves_through_both_sweeps(void **state)
{
    (void)state;
    written("x, y = 2, 3; f = x*y + x^2; export \"w.gif\", f, steps=true; export \"one.gif\", f");
    Gif g = read_gif(in_dir("w.gif")), one = read_gif(in_dir("one.gif"));
    assert_int_equal(g.n, 7);
    assert_true(g.again);
    for (int k = 0; k < g.n; k++) {
        assert_int_equal(g.picture[k].pixel[0], 0xffffff);
        assert_true(g.picture[k].delay >= 50);
        assert_true(k == 0 || differing(&g, k - 1, k) > 20);
    }
    assert_int_equal(one.n, 1);
    gif_free(&one);
    gif_free(&g);
}

static void a_run_moves_on_a_surface_and_in_a_plot(void **state)
{
    (void)state;
    char code[400];
    snprintf(code, sizeof code, "%s%s", RUN,
             "export \"s.gif\", view=surface, steps=4; export \"p.gif\", f, view=plot, steps=true");
    written(code);
    static const struct {
        const char *file;
        int n;
    } moving[] = {{"s.gif", 4}, {"p.gif", 7}};
    for (int i = 0; i < 2; i++) {
        Gif g = read_gif(in_dir(moving[i].file));
        assert_int_equal(g.n, moving[i].n);
        for (int k = 1; k < g.n; k++) {
            size_t n = differing(&g, k - 1, k);
            assert_true(n > 20 && n < (size_t)(g.w * g.h) / 20); /* the frame and axes stay */
            assert_true(k == g.n - 1 ? g.picture[k].delay > g.picture[0].delay
                                     : g.picture[k].delay == g.picture[0].delay);
        }
        gif_free(&g);
    }
}

/* What giflib's own programs make of both; skipped without them. */
static void giflib_reads_the_same(void **state)
{
    (void)state;
    static const char by_giflib[] =
        "command -v giftext gif2rgb >found || exit 77\n"
        "gif2rgb -1 -o one.rgb one.gif && giftext w.gif | grep -c '^Image #'";
    written("x, y = 2, 3; f = x*y + x^2; export \"w.gif\", f, steps=true; export \"one.gif\", f");
    const char *argv[] = {"/bin/sh", "-c", by_giflib, NULL};
    Proc p;
    assert_true(proc_run(argv, dir, NULL, 60, &p));
    if (p.status == 77) {
        proc_free(&p);
        skip();
    }
    assert_string_equal(p.out, "7\n");
    proc_free(&p);
    size_t len = 0;
    unsigned char *rgb = (unsigned char *)proc_read_file(in_dir("one.rgb"), &len);
    Gif one = read_gif(in_dir("one.gif"));
    assert_int_equal(len, 3 * one.w * one.h);
    for (size_t i = 0; i < len / 3; i++) {
        const unsigned char *c = rgb + 3 * i;
        assert_int_equal(one.picture[0].pixel[i], (unsigned)(c[0] << 16 | c[1] << 8 | c[2]));
    }
    gif_free(&one);
    free(rgb);
}

/* --- frames --- */

static int count(const char *text, const char *part)
{
    int n = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part)) {
        n++;
    }
    return n;
}

/* How many pages pdflatex makes of it; -1 where it is not installed. */
static int pages_of(const char *name)
{
    const char *argv[] = {"pdflatex", "-interaction=nonstopmode", "-halt-on-error", name, NULL};
    Proc p;
    if (!proc_run(argv, dir, NULL, 60, &p)) {
        return -1;
    }
    if (p.status == 127) {
        proc_free(&p);
        return -1;
    }
    const char *on = strstr(p.out, "Output written on");
    int n = 0;
    if (p.status != 0 || !on || !strchr(on, '(') || sscanf(strchr(on, '('), "(%d pages", &n) != 1) {
        print_message("%s", p.out);
    }
    assert_int_equal(count(p.out, "Overfull"), 0);
    proc_free(&p);
    return n;
}

static void frames_of_a_graph_have_one_bounding_box(void **state)
{
    (void)state;
    char box[200];
    written("x, y = 2, 3; f = x*y + x^2; export \"w.tex\", f, steps=true");
    char *text = proc_read_file(in_dir("w.tex"), NULL);
    assert_non_null(text);
    const char *at = strstr(text, "\\useasboundingbox");
    assert_non_null(at);
    snprintf(box, sizeof box, "%.*s", (int)strcspn(at, "\n"), at);
    assert_int_equal(count(text, box), 7);
    assert_int_equal(count(text, "\\begin{frame}"), 7);
    free(text);
    int pages = pages_of("w.tex");
    assert_true(pages == 7 || pages == -1);
}

/* pt of the picture in its frames, which are 400 by 200 at most within the margins. */
static void assert_on_slide(const char *code)
{
    double scale = 1, x0, y0, x1, y1;
    written(code);
    char *text = proc_read_file(in_dir("w.tex"), NULL);
    assert_non_null(text);
    const char *begin = strstr(text, "\\begin{tikzpicture}"),
               *box = strstr(text, "\\useasbounding");
    assert_true(begin && box);
    sscanf(begin, "\\begin{tikzpicture}[scale=%lf", &scale);
    assert_int_equal(
        sscanf(box, "\\useasboundingbox (%lf,%lf) rectangle (%lf,%lf)", &x0, &y0, &x1, &y1), 4);
    const double pt = scale * 72.27 / 2.54, w = (x1 - x0) * pt, h = (y0 - y1) * pt;
    assert_true(w > 100 && h > 40);
    if (w > 405 || h > 210) {
        fail_msg("%s: %.0f by %.0f pt", code, w, h);
    }
    free(text);
}

static void graphs_are_whole_on_their_slides(void **state)
{
    (void)state;
    assert_on_slide("x, y = 2, 3; f = x*y + sin(x)^2; export \"w.tex\", f, steps=true");
    assert_on_slide("x = 1; f = x; repeat 14 { f = sin(f) + 1 }; export \"w.tex\", f, steps=true");
    assert_on_slide("m = mlp([3, 3, 1]); l = mean(m([1.0, 2])^2); export \"w.tex\", l, steps=true");
    int pages = pages_of("w.tex");
    assert_true(pages > 7 || pages == -1);
}

static void frames_of_a_run_show_the_pictures_beside_them(void **state)
{
    (void)state;
    char code[400];
    snprintf(code, sizeof code, "%s%s", RUN, "export \"r.tex\", f, view=plot, steps=3");
    written(code);
    char *text = proc_read_file(in_dir("r.tex"), NULL);
    assert_non_null(text);
    assert_int_equal(count(text, "\\includegraphics"), 3);
    assert_non_null(strstr(text, "{Step 3}"));
    free(text);
    int pages = pages_of("r.tex");
    assert_true(pages == 3 || pages == -1);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_graph_moves_through_both_sweeps),
        cmocka_unit_test(a_run_moves_on_a_surface_and_in_a_plot),
        cmocka_unit_test(giflib_reads_the_same),
        cmocka_unit_test(frames_of_a_graph_have_one_bounding_box),
        cmocka_unit_test(graphs_are_whole_on_their_slides),
        cmocka_unit_test(frames_of_a_run_show_the_pictures_beside_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
