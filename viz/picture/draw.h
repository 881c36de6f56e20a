/* draw.h -- what pictures are drawn with: a pen with paths and inks, letters, files */
/* One file implements it, chosen when the program is linked: draw_cairo.c. What is painted knows
 * nothing else, so a recorder of these calls may stand in its place. Lengths are in the units of
 * translate and scale, colours in 0 … 1. */
#ifndef NABLA_VIZ_DRAW_H
#define NABLA_VIZ_DRAW_H

#include <stdbool.h>

#include <nabla/error.h>

#include "base/text.h"

typedef struct NbDraw NbDraw;       /* the library that draws, and its fonts */
typedef struct NbCanvas NbCanvas;   /* what is drawn on, with its pen */
typedef struct NbLetters NbLetters; /* a text laid out */

/* NB_EIO: what drawing needs of the machine at each picture is not there, and nothing is drawn. */
NbStatus nb_draw_ready(NbErr *err);
/* New; loads the library. NULL with *err set: NB_EIO names what is missing. */
NbDraw *nb_draw_new(NbErr *err);
void nb_draw_free(NbDraw **d);

/* --- letters --- */
/* Families by preference, separated by commas, for all letters from now on. */
void nb_draw_family(NbDraw *d, const char *families);
/* True when there is such a family; found gets its name as it is spelled. */
bool nb_draw_knows(NbDraw *d, const char *family, char *found, size_t cap);
/* New, of one line; its width, and how far the line its letters stand on is below its top. */
NbLetters *nb_draw_letters(NbDraw *d, const char *text, double size, bool bold, double *width,
                           double *baseline);
void nb_draw_letters_free(NbDraw *d, NbLetters **l);
/* Their top left at the origin, cut with an ellipsis at `most` (0: never). No path is left. */
void nb_draw_show(const NbDraw *d, NbCanvas *c, NbLetters *l, double most);

/* --- canvases --- */
/* New, never NULL: one that cannot be made takes no ink, and nb_draw_finish says so. */
/* Pixels 0xRRGGBB of 32 bits, rows of `stride` bytes, borrowed; NULL: its own. */
NbCanvas *nb_draw_pixels(const NbDraw *d, void *pixels, int w, int h, int stride);
typedef enum NbDrawForm { NB_DRAW_PNG, NB_DRAW_SVG, NB_DRAW_PDF } NbDrawForm;
/* A file into *out: px of png and svg, pt of pdf. The title may be NULL. */
NbCanvas *nb_draw_file(const NbDraw *d, NbDrawForm form, double w, double h, const char *title,
                       Text *out);
/* Ends the file. Writes it when `write` is true and nothing failed. NB_EMEM, NB_EIO. */
NbStatus nb_draw_finish(const NbDraw *d, NbCanvas **c, NbDrawForm form, Text *out, bool write,
                        NbErr *err);
void nb_draw_close(const NbDraw *d, NbCanvas **c); /* of pixels; they are whole then */
/* All that is on `picture`, at the origin. */
void nb_draw_put(const NbDraw *d, NbCanvas *c, NbCanvas *picture);
/* Pixels to a unit. */
double nb_draw_unit(const NbDraw *d, NbCanvas *c);
/* What is not clipped away. */
void nb_draw_visible(const NbDraw *d, NbCanvas *c, double *left, double *top, double *right,
                     double *bottom);

/* --- the pen --- */
typedef enum NbLineEnd { NB_LINE_ROUND, NB_LINE_BUTT } NbLineEnd;
typedef enum NbLineJoin { NB_JOIN_ROUND, NB_JOIN_BEVEL } NbLineJoin;
void nb_draw_ink(const NbDraw *d, NbCanvas *c, double r, double g, double b, double alpha);
/* Ink that goes over from colour to colour between x0 and x1, n times r, g, b at equal distances.
 */
void nb_draw_ramp(const NbDraw *d, NbCanvas *c, double x0, double x1, const double *rgb, int n);
/* The ink leaves slanted lines, about `pitch` apart along a row, until the next ink. False, and the
 * ink as it was, where lines are to be drawn: of files, which are enlarged, and without memory. */
bool nb_draw_hatch(const NbDraw *d, NbCanvas *c, double pitch, double width);
/* Pixels 0xRRGGBB stretched over a rectangle, smoothly. */
void nb_draw_image(const NbDraw *d, NbCanvas *c, const void *pixels, int columns, int rows,
                   double x, double y, double w, double h);
/* Lengths on and off; NULL: a line without gaps. */
void nb_draw_dash(const NbDraw *d, NbCanvas *c, const double on_off[2]);
void nb_draw_line_end(const NbDraw *d, NbCanvas *c, NbLineEnd end);
void nb_draw_line_join(const NbDraw *d, NbCanvas *c, NbLineJoin join);
void nb_draw_save(const NbDraw *d, NbCanvas *c);
void nb_draw_restore(const NbDraw *d, NbCanvas *c);
void nb_draw_new_path(const NbDraw *d, NbCanvas *c);
void nb_draw_new_sub_path(const NbDraw *d, NbCanvas *c);
void nb_draw_close_path(const NbDraw *d, NbCanvas *c);
void nb_draw_fill(const NbDraw *d, NbCanvas *c);
void nb_draw_fill_preserve(const NbDraw *d, NbCanvas *c);
void nb_draw_stroke(const NbDraw *d, NbCanvas *c);
void nb_draw_clip(const NbDraw *d, NbCanvas *c);
void nb_draw_paint(const NbDraw *d, NbCanvas *c);
void nb_draw_translate(const NbDraw *d, NbCanvas *c, double x, double y);
void nb_draw_scale(const NbDraw *d, NbCanvas *c, double x, double y);
void nb_draw_rotate(const NbDraw *d, NbCanvas *c, double angle);
void nb_draw_line_width(const NbDraw *d, NbCanvas *c, double width);
void nb_draw_move_to(const NbDraw *d, NbCanvas *c, double x, double y);
void nb_draw_line_to(const NbDraw *d, NbCanvas *c, double x, double y);
void nb_draw_curve_to(const NbDraw *d, NbCanvas *c, double x1, double y1, double x2, double y2,
                      double x, double y);
void nb_draw_rectangle(const NbDraw *d, NbCanvas *c, double x, double y, double w, double h);
void nb_draw_arc(const NbDraw *d, NbCanvas *c, double x, double y, double r, double from,
                 double to);

#endif
