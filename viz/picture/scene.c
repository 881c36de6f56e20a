/* scene.c -- a picture as a list of primitives with roles: building it and writing it as text */
#include "scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void nb_viz_scene_free(NbScene *s)
{
    free(s->prim);
    free(s->point);
    free(s->image);
    nb_viz_arena_free(&s->texts);
    *s = (NbScene){0};
}

NbPrim *nb_viz_scene_add(NbScene *s, NbPrimKind kind, NbRole role, double x, double y, double w,
                         double h)
{
    NbPrim *p = &s->spare;
    if (nb_grow(&s->prim, &s->prim_cap, s->nprims + 1, sizeof *s->prim)) {
        p = &s->prim[s->nprims++];
    } else {
        s->failed = true;
    }
    *p = (NbPrim){.kind = kind,
                  .role = role,
                  .x = x,
                  .y = y,
                  .w = w,
                  .h = h,
                  .level = NB_NO_LEVEL,
                  .colour = -1,
                  .node = -1,
                  .text = "",
                  .first = s->npoints};
    return p;
}

NbPrim *nb_viz_scene_text(NbScene *s, NbRole role, NbAnchor anchor, double x, double y,
                          const char *text)
{
    NbPrim *p = nb_viz_scene_add(s, NB_PRIM_TEXT, role, x, y, 0, 0);
    p->anchor = anchor;
    p->text = nb_viz_arena_text(&s->texts, text);
    s->failed = s->failed || s->texts.failed;
    return p;
}

void nb_viz_scene_point(NbScene *s, double x, double y)
{
    if (s->nprims == 0 || !nb_grow(&s->point, &s->point_cap, s->npoints + 1, sizeof *s->point)) {
        s->failed = true;
        return;
    }
    s->point[s->npoints++] = (NbPoint){x, y};
    s->prim[s->nprims - 1].count++;
}

void nb_viz_scene_gap(NbScene *s)
{
    nb_viz_scene_point(s, NAN, NAN);
}

static const char *const kind_name[] = {
    [NB_PRIM_BOX] = "box",         [NB_PRIM_OVAL] = "oval",     [NB_PRIM_HATCH] = "hatch",
    [NB_PRIM_BEZIER] = "bezier",   [NB_PRIM_LINE] = "line",     [NB_PRIM_DOT] = "dot",
    [NB_PRIM_CROSS] = "cross",     [NB_PRIM_TEXT] = "text",     [NB_PRIM_SCALE] = "scale",
    [NB_PRIM_CLIP] = "clip",       [NB_PRIM_UNCLIP] = "unclip", [NB_PRIM_AREA] = "area",
    [NB_PRIM_HATCHED] = "hatched", [NB_PRIM_IMAGE] = "image",   [NB_PRIM_CELLS] = "cells",
};

void nb_viz_scene_dump(const NbScene *s, Text *out)
{
    text_printf(out, "scene %.0fx%.0f\n", s->w, s->h);
    for (size_t i = 0; i < s->nprims; i++) {
        const NbPrim *p = &s->prim[i];
        const char *kind = p->hollow ? "rim" : kind_name[p->kind];
        text_printf(out, "%s %s", kind, nb_viz_role_name(p->role));
        if (p->text[0]) {
            text_printf(out, " \"%s\"", p->text);
        }
        if (p->node >= 0) {
            text_printf(out, " node %d", p->node);
        }
        if (p->level >= 0) {
            text_printf(out, " level %.2f", p->level);
        }
        if (p->colour >= 0) {
            text_printf(out, " colour %d", p->colour);
        }
        if (p->count) {
            text_printf(out, " points %zu", p->count);
        }
        text_printf(out, " at %.0f,%.0f %.0fx%.0f\n", p->x, p->y, p->w, p->h);
    }
}
