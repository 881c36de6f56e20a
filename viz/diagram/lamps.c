/* lamps.c -- lights on nodes of a graph: kept apart from the picture, drawn over it */
#include "lamps.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "viz/picture/frame.h"
#include "scene_graph.h"

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

bool nb_viz_lamps_at_work(const NbLamps *l, const NbNode *node)
{
    const NbLamp *lamp = lamp_of(l, node);
    return lamp && lamp->kind == NB_LIGHT_HERE && node->kind != NB_NODE_OP;
}

bool nb_viz_lamps_concerned(const NbLamps *l, const NbNode *node)
{
    const NbLamp *lamp = lamp_of(l, node);
    return lamp && (lamp->kind == NB_LIGHT_HERE || lamp->kind == NB_LIGHT_INPUT);
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

/* --- notes --- */

#define MOST_NOTES 64
#define OUTSIDE 42.0 /* px around the graph that are in sight */
#define RIM 4.0      /* px around a box that a note keeps away from */

typedef struct Picture {
    NbScene *s;
    const NbLamps *l;
    const NbModel *m;
    const NbGeometry *g;
    const NbPoint *size;
    const NbMeasure *me;
    bool far;
    NbRect note[MOST_NOTES]; /* placed so far */
    int nnotes;
} Picture;

static NbRect box_of(const Picture *p, size_t i)
{
    NbPoint at = p->g->at[i], size = p->size[i];
    return (NbRect){at.x - size.x / 2, at.y - size.y / 2, size.x, size.y};
}

/* What a note at this place would hide: boxes, most of all lit ones, and other notes. */
static double hides(const Picture *p, const NbRect *note)
{
    double sum = 0;
    for (size_t i = 0; i < p->g->nnodes && i < p->m->nnodes; i++) {
        NbRect box = box_of(p, i);
        box = (NbRect){box.x - RIM, box.y - RIM, box.w + 2 * RIM, box.h + 2 * RIM};
        sum += nb_viz_overlap(note, &box) * (lamp_of(p->l, &p->m->node[i]) ? 2 : 1);
    }
    for (int i = 0; i < p->nnotes; i++) {
        sum += 4 * nb_viz_overlap(note, &p->note[i]);
    }
    NbRect sight = {-OUTSIDE, -OUTSIDE, p->g->w + 2 * OUTSIDE, p->g->h + 2 * OUTSIDE};
    return sum + 4 * (note->w * note->h - nb_viz_overlap(note, &sight));
}

/* Puts the note at the first of the places for its middle where it hides least. */
static void add_note(Picture *p, NbRole role, const NbPoint *place, int n, const char *text,
                     int node)
{
    NbRole font = p->far ? NB_ROLE_FAR : NB_ROLE_PANEL_TEXT;
    double h = p->far ? 70 : NOTE_H, pad = p->far ? 20 : NOTE_PAD;
    double w = p->me->width(p->me->user, text, font) + 2 * pad, least = INFINITY;
    NbRect best = {0};
    for (int i = 0; i < n; i++) {
        NbRect r = {place[i].x - w / 2, place[i].y - h / 2, w, h};
        double cost = hides(p, &r) + i;
        if (cost < least) {
            least = cost;
            best = r;
        }
    }
    if (p->nnotes < MOST_NOTES) {
        p->note[p->nnotes++] = best;
    }
    nb_viz_panel(p->s, best.x, best.y, w, h, 7, 2);
    NbPrim *rim = nb_viz_scene_add(p->s, NB_PRIM_BOX, role, best.x, best.y, w, h);
    rim->radius = 7;
    rim->hollow = true;
    double base = best.y + (p->far ? 51 : 22);
    nb_viz_scene_text(p->s, font, NB_MIDDLE, best.x + w / 2, base, text)->node = node;
}

static void note_at_node(Picture *p, const NbLamp *lamp, size_t i)
{
    NbPoint at = p->g->at[i], half = {p->size[i].x / 2, p->size[i].y / 2};
    double off = half.y + (p->far ? 42 : NOTE_H / 2 + 8), aside = half.x * 0.6;
    const NbPoint place[] = {
        {at.x, at.y + off},         {at.x, at.y - off},         {at.x - aside, at.y + off},
        {at.x - aside, at.y - off}, {at.x + aside, at.y - off}, {at.x + aside, at.y + off},
    };
    add_note(p, role_of(lamp->kind), place, 6, lamp->note, (int)i);
}

/* On its edge, or else above or below the operand. */
static void note_on_edge(Picture *p, const NbLamp *lamp, size_t edge)
{
    const NbRoute *r = &p->g->route[edge];
    size_t from = p->m->edge[edge].from;
    NbPoint middle = r->count ? p->g->points[r->first + r->count / 2] : r->tip;
    NbPoint at = p->g->at[from];
    double off = p->size[from].y / 2 + (p->far ? 42 : NOTE_H / 2 + 8), lift = p->far ? 50 : 28;
    NbPoint quarter = r->count ? p->g->points[r->first + r->count / 4] : r->tip;
    NbPoint late = r->count ? p->g->points[r->first + 3 * r->count / 4] : r->tip;
    const NbPoint place[] = {
        middle,
        {middle.x, middle.y - lift},
        {middle.x, middle.y + lift},
        {at.x, at.y - off},
        {at.x, at.y + off},
        quarter,
        late,
        {quarter.x, quarter.y - lift},
        {quarter.x, quarter.y + lift},
        {late.x, late.y - lift},
        {late.x, late.y + lift},
    };
    add_note(p, NB_ROLE_FLOW, place, sizeof place / sizeof place[0], lamp->note, (int)from);
}

/* --- rims and edges --- */

static void add_rim(const Picture *p, size_t i, NbRole role)
{
    bool oval = p->m->node[i].kind == NB_NODE_OP;
    NbRect r = box_of(p, i);
    NbPrim *rim =
        nb_viz_scene_add(p->s, oval ? NB_PRIM_OVAL : NB_PRIM_BOX, role, r.x, r.y, r.w, r.h);
    rim->radius = 9;
    rim->hollow = true;
    rim->node = (int)i;
}

#define HEAD 9.0 /* px: length of an arrow head */

/* The head at the usual end, and a line in its place. */
static void take_head_away(const Picture *p, const NbRoute *r)
{
    NbPoint end = p->g->points[r->first + r->count - 1];
    nb_viz_scene_add(p->s, NB_PRIM_BEZIER, NB_ROLE_BLANK, r->tip.x, r->tip.y, 0, 0);
    for (int i = 0; i < 4; i++) {
        nb_viz_scene_point(p->s, end.x, end.y);
    }
    nb_viz_scene_add(p->s, NB_PRIM_LINE, NB_ROLE_FLOW, 0, 0, 0, 0);
    nb_viz_scene_point(p->s, end.x, end.y);
    nb_viz_scene_point(p->s, r->tip.x, r->tip.y);
}

/* An edge numbers flow along; backward with its head at the other end. */
static void add_flow(const Picture *p, size_t edge)
{
    const NbRoute *r = &p->g->route[edge];
    const NbPoint *at = &p->g->points[r->first];
    if (!p->l->backward || r->count < 4) {
        nb_viz_scene_edge(p->s, p->m, p->g, edge, NB_ROLE_FLOW);
        return;
    }
    if (!p->m->edge[edge].bare) {
        take_head_away(p, r);
    }
    NbPrim *q = nb_viz_scene_add(p->s, NB_PRIM_BEZIER, NB_ROLE_FLOW, at[0].x, at[0].y, 0, 0);
    q->bare = p->m->node[p->m->edge[edge].from].kind == NB_NODE_LOCAL;
    double dx = at[1].x - at[0].x, dy = at[1].y - at[0].y, length = hypot(dx, dy);
    double back = length > HEAD ? HEAD / length : 0;
    for (size_t k = r->count; k-- > 1;) {
        nb_viz_scene_point(p->s, at[k].x, at[k].y);
    }
    nb_viz_scene_point(p->s, at[0].x + dx * back, at[0].y + dy * back);
}

/* The light of the operand an edge comes from, when it leads to the node at work. */
static const NbLamp *operand_of(const Picture *p, size_t edge)
{
    const NbNode *to = &p->m->node[p->m->edge[edge].to];
    const NbNode *from = &p->m->node[p->m->edge[edge].from];
    uint64_t user = to->serial; /* of an operation or a local derivative too */
    const NbNode *operand = from->kind == NB_NODE_LOCAL ? &p->m->node[from->source] : from;
    const NbLamp *in = lamp_of(p->l, operand);
    bool here = false;
    for (int i = 0; i < p->l->n; i++) {
        here = here || (p->l->lamp[i].serial == user && p->l->lamp[i].kind == NB_LIGHT_HERE);
    }
    return here && in && in->kind == NB_LIGHT_INPUT && to->kind != NB_NODE_NUMBER ? in : NULL;
}

static bool inside_of_here(const Picture *p, size_t edge)
{
    const NbNode *to = &p->m->node[p->m->edge[edge].to];
    const NbNode *from = &p->m->node[p->m->edge[edge].from];
    const NbLamp *here = lamp_of(p->l, to);
    return from->kind == NB_NODE_OP && from->serial == to->serial && here &&
           here->kind == NB_LIGHT_HERE;
}

static void add_flows(Picture *p)
{
    size_t n = p->g->nedges < p->m->nedges ? p->g->nedges : p->m->nedges;
    for (size_t k = 0; k < n; k++) {
        if (operand_of(p, k) || inside_of_here(p, k)) {
            add_flow(p, k);
        }
    }
    for (size_t k = 0; k < n; k++) { /* over all edges */
        const NbLamp *in = operand_of(p, k);
        if (in && in->note[0] && p->m->node[p->m->edge[k].from].kind != NB_NODE_LOCAL) {
            note_on_edge(p, in, k);
        }
    }
}

void nb_viz_scene_lamps(NbScene *s, const NbLamps *l, const NbModel *m, const NbGeometry *g,
                        const NbPoint *size, const NbMeasure *measure, bool far)
{
    Picture p = {.s = s, .l = l, .m = m, .g = g, .size = size, .me = measure, .far = far};
    size_t n = g->nnodes < m->nnodes ? g->nnodes : m->nnodes;
    for (size_t i = 0; i < n; i++) {
        const NbLamp *lamp = lamp_of(l, &m->node[i]);
        if (lamp) {
            add_rim(&p, i, role_of(lamp->kind));
        }
    }
    add_flows(&p);
    for (size_t i = 0; i < n; i++) {
        const NbLamp *lamp = lamp_of(l, &m->node[i]);
        bool own = lamp && lamp->kind != NB_LIGHT_INPUT && m->node[i].kind != NB_NODE_OP;
        if (own && lamp->note[0]) {
            note_at_node(&p, lamp, i);
        }
    }
}
