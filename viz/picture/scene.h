/* scene.h -- a picture as a list of primitives with roles, painted or written as text for tests */
#ifndef NABLA_VIZ_SCENE_H
#define NABLA_VIZ_SCENE_H

#include "arena.h"
#include "base/text.h"
#include "point.h"
#include "theme.h"

typedef enum NbPrimKind {
    NB_PRIM_BOX, /* rounded by radius */
    NB_PRIM_OVAL,
    NB_PRIM_HATCH,  /* slanted lines in a rounded box */
    NB_PRIM_BEZIER, /* points first, first + 3, …; an arrow head at x, y */
    NB_PRIM_LINE,   /* through the points; a gap (nb_viz_scene_gap) begins a new piece */
    NB_PRIM_DOT,    /* disc of radius at x, y */
    NB_PRIM_CROSS,  /* at x, y, arms of radius */
    NB_PRIM_TEXT,   /* x, y: baseline at the anchor */
    NB_PRIM_SCALE,  /* the gradient scale from left to right */
    NB_PRIM_CELLS,  /* a heat map: the points' x are levels -1 … 1, row by row, `cols` in one */
    NB_PRIM_CLIP,   /* what follows is cut to the box, until UNCLIP */
    NB_PRIM_UNCLIP,
    NB_PRIM_AREA,    /* filled; loops of points, the region to the left of them */
    NB_PRIM_HATCHED, /* the same, with slanted lines */
    NB_PRIM_IMAGE    /* the scene's image, its first row at the top */
} NbPrimKind;

typedef enum NbAnchor {
    NB_LEFT,
    NB_MIDDLE,
    NB_RIGHT,
    NB_UPWARD /* middle, turned left */
} NbAnchor;

#define NB_NO_LEVEL (-1.0)

typedef struct NbPrim {
    NbPrimKind kind;
    NbRole role;
    NbAnchor anchor;
    bool flat_top;     /* box: only the lower corners are round */
    bool hollow;       /* box: only its outline */
    bool bare;         /* bezier: no arrow head */
    double x, y, w, h; /* of texts w is the widest allowed; 0: any */
    double radius;
    double level; /* on the gradient scale, or NB_NO_LEVEL */
    double angle; /* of texts, radians clockwise */
    double fade;  /* of lines and areas: 0 opaque … 1 not to be seen */
    int colour;   /* of curves, else -1 */
    int dash;     /* of curves of one colour: 0 solid, 1, 2, … */
    int cols;     /* of cells */
    int node;     /* place in the model, else -1 */
    const char *text;
    size_t first, count; /* in the scene's points */
} NbPrim;

typedef struct NbScene {
    double w, h;
    NbPrim *prim;
    size_t nprims, prim_cap;
    NbPoint *point;
    size_t npoints, point_cap;
    NbArena texts;
    uint32_t *image; /* of NB_PRIM_IMAGE: image_w × image_h px, 0x00rrggbb; freed with the scene */
    int image_w, image_h;
    NbPrim spare; /* handed out once memory ran out; `failed` is set and nothing is painted */
    bool failed;
} NbScene;

/* Widths of texts come from the painter, or from a fixed grid in tests. */
typedef struct NbMeasure {
    double (*width)(void *user, const char *text, NbRole role);
    void *user;
} NbMeasure;

/* Widths on no particular font: what text files are laid out by, the same everywhere. */
NbMeasure nb_viz_plain_measure(void);

void nb_viz_scene_free(NbScene *s); /* leaves it empty */
NbPrim *nb_viz_scene_add(NbScene *s, NbPrimKind kind, NbRole role, double x, double y, double w,
                         double h); /* borrowed until the next call; never NULL */
NbPrim *nb_viz_scene_text(NbScene *s, NbRole role, NbAnchor anchor, double x, double y,
                          const char *text);
/* Adds a point to the last primitive added. */
void nb_viz_scene_point(NbScene *s, double x, double y);
/* What follows is a new piece of its line, or a new loop of its area. */
void nb_viz_scene_gap(NbScene *s);
/* One line per primitive: "box leaf 2 at 10,20 120x64", "text name \"x\" …". */
void nb_viz_scene_dump(const NbScene *s, Text *out);

/* Digits of numbers in windows and pictures: three at most for projectors. */
int nb_viz_picture_digits(const NbVizStyle *style);
NbTextStyle nb_viz_picture_text(const NbVizStyle *style); /* with these */

#endif
