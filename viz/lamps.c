/* lamps.c -- lights on nodes of a graph: kept apart from the picture, drawn over it */
#include "lamps.h"

#include <stdio.h>
#include <stdlib.h>

#define NOTE_H 32.0
#define NOTE_PAD 9.0

bool nb_viz_lamps_set(NbLamps *l, const NbLight *light, int n, bool backward)
{
    nb_viz_lamps_free(l);
    if (n <= 0) {
        return true;
    }
    l->lamp = calloc((size_t)n, sizeof *l->lamp);
    if (!l->lamp) {
        return false;
    }
    l->backward = backward;
    for (int i = 0; i < n; i++) {
        if (light[i].var) {
            NbLamp *lamp = &l->lamp[l->n++];
            lamp->serial = nb_var_serial(light[i].var);
            lamp->kind = light[i].kind;
            snprintf(lamp->note, sizeof lamp->note, "%s", light[i].note ? light[i].note : "");
        }
    }
    return true;
}

void nb_viz_lamps_free(NbLamps *l)
{
    free(l->lamp);
    *l = (NbLamps){0};
}

static const NbLamp *lamp_of(const NbLamps *l, const NbNode *node)
{
    for (int i = 0; node->var && i < l->n; i++) {
        if (l->lamp[i].serial == node->serial) {
            return &l->lamp[i];
        }
    }
    return NULL;
}

static NbRole role_of(NbLightKind kind)
{
    static const NbRole role[] = {
        [NB_LIGHT_HERE] = NB_ROLE_HERE,
        [NB_LIGHT_INPUT] = NB_ROLE_FLOW,
        [NB_LIGHT_DONE] = NB_ROLE_DONE,
        [NB_LIGHT_BAD] = NB_ROLE_BAD,
    };
    return role[kind];
}

static void add_note(NbScene *s, const NbMeasure *me, NbRole role, double x, double y,
                     const char *text, int node)
{
    double w = me->width(me->user, text, NB_ROLE_PANEL_TEXT) + 2 * NOTE_PAD;
    for (int coat = 0; coat < 2; coat++) { /* two make it opaque */
        nb_viz_scene_add(s, NB_PRIM_BOX, NB_ROLE_PANEL, x - w / 2, y, w, NOTE_H)->radius = 7;
    }
    NbPrim *rim = nb_viz_scene_add(s, NB_PRIM_BOX, role, x - w / 2, y, w, NOTE_H);
    rim->radius = 7;
    rim->hollow = true;
    NbPrim *t = nb_viz_scene_text(s, NB_ROLE_PANEL_TEXT, NB_MIDDLE, x, y + 22, text);
    t->node = node;
}

static NbPoint middle_of(const NbGeometry *g, const NbRoute *r)
{
    return r->count ? g->points[r->first + r->count / 2] : r->tip;
}

static void add_rim(NbScene *s, const NbModel *m, const NbGeometry *g, const NbPoint *size,
                    size_t i, NbRole role)
{
    bool oval = m->node[i].kind == NB_NODE_OP;
    NbPrim *rim = nb_viz_scene_add(s, oval ? NB_PRIM_OVAL : NB_PRIM_BOX, role,
                                   g->at[i].x - size[i].x / 2, g->at[i].y - size[i].y / 2,
                                   size[i].x, size[i].y);
    rim->radius = 9;
    rim->hollow = true;
    rim->node = (int)i;
}

/* The edges numbers flow along: from operands to the operation and on to the node at work. */
static void add_flow(NbScene *s, const NbLamps *l, const NbModel *m, const NbGeometry *g,
                     const NbMeasure *me)
{
    size_t n = g->nedges < m->nedges ? g->nedges : m->nedges;
    for (int notes = 0; notes < 2; notes++) {
        for (size_t k = 0; k < n; k++) {
            const NbNode *to = &m->node[m->edge[k].to], *from = &m->node[m->edge[k].from];
            const NbLamp *here = lamp_of(l, to), *in = lamp_of(l, from);
            bool inside = from->kind == NB_NODE_OP && from->serial == to->serial;
            bool operand = in && in->kind == NB_LIGHT_INPUT;
            if (!here || here->kind != NB_LIGHT_HERE || !(inside || operand)) {
                continue;
            }
            if (!notes) {
                nb_viz_scene_edge(s, m, g, k, NB_ROLE_FLOW);
            } else if (operand && in->note[0]) {
                NbPoint at = middle_of(g, &g->route[k]);
                add_note(s, me, NB_ROLE_FLOW, at.x, at.y - NOTE_H / 2, in->note,
                         (int)m->edge[k].from);
            }
        }
    }
}

void nb_viz_scene_lamps(NbScene *s, const NbLamps *l, const NbModel *m, const NbGeometry *g,
                        const NbPoint *size, const NbMeasure *measure)
{
    size_t n = g->nnodes < m->nnodes ? g->nnodes : m->nnodes;
    for (size_t i = 0; i < n; i++) {
        const NbLamp *lamp = lamp_of(l, &m->node[i]);
        if (lamp) {
            add_rim(s, m, g, size, i, role_of(lamp->kind));
        }
    }
    add_flow(s, l, m, g, measure);
    for (size_t i = 0; i < n; i++) {
        const NbLamp *lamp = lamp_of(l, &m->node[i]);
        bool own = lamp && lamp->kind != NB_LIGHT_INPUT && m->node[i].kind != NB_NODE_OP;
        if (own && lamp->note[0]) {
            add_note(s, measure, role_of(lamp->kind), g->at[i].x, g->at[i].y + size[i].y / 2 + 5,
                     lamp->note, (int)i);
        }
    }
}
