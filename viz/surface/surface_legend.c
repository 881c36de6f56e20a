/* surface_legend.c -- the legend of a surface: its paths and its lowest point */
#include <math.h>
#include <stdio.h>

#include "surface_internal.h"

#define LEGEND_ROWS 9

void surface_lowest(NbScene *s, const NbSurfaceData *d, const NbSurfaceFrame *f)
{
    if (!d->low.found) {
        return;
    }
    NbPoint at = {nb_viz_surface_px(f, d->low.at[0]), nb_viz_surface_py(f, d->low.at[1])};
    for (int coat = 0; coat < 2; coat++) {
        NbPrim *p = nb_viz_scene_add(s, NB_PRIM_CROSS, coat ? NB_ROLE_BORDER : NB_ROLE_HALO, at.x,
                                     at.y, 0, 0);
        p->radius = 7;
    }
}

/* --- what is explained --- */

typedef enum Mark { MARK_NONE, MARK_PATH, MARK_LOWEST, MARK_POINT, MARK_RING } Mark;

typedef struct Entry {
    char name[96], brief[96], value[96];
    char less[32]; /* instead of the value where room is short */
    Mark mark;
    int colour;
    double w;
} Entry;

#define MOST 16

static int list_paths(const NbSurfaceData *d, const NbSurfaceLook *look, Entry *e, int most)
{
    int n = 0, paths = 0, seen = 0;
    SurfacePath p;
    for (int r = 0; r < surface_runs(d); r++) {
        paths += surface_path(d, r, &p);
    }
    for (int r = 0; r < surface_runs(d) && n < most; r++) {
        if (surface_path(d, r, &p) && paths - seen++ <= most) {
            e[n] = (Entry){.mark = MARK_PATH, .colour = p.colour};
            nb_viz_run_name(d->what.record, &p.run, e[n].name, sizeof e[n].name);
            nb_viz_run_brief(d->what.record, &p.run, e[n].brief, sizeof e[n].brief);
            if (surface_path_shown(d, r, &p)) {
                double f = nb_record_value(p.record, r, p.run.rows - 1, 0);
                nb_viz_legend_number(f, look->digits, e[n].value, sizeof e[n].value);
            }
            n++;
        }
    }
    return n;
}

/* Its row stands while values are shown: the frame stays where it is as one zooms. */
static void put_lowest(const NbSurfaceData *d, const NbSurfaceLook *look, Entry *e)
{
    char a[40], b[40], c[40];
    double scale = fmax(fabs(d->levels.lo), fabs(d->levels.hi));
    double low = fabs(d->low.value) < 1e-12 * scale ? 0 : d->low.value;
    double w[2] = {d->view.hi[0] - d->view.lo[0], d->view.hi[1] - d->view.lo[1]};
    if (!d->low.found) {
        *e = (Entry){.mark = MARK_NONE};
        return;
    }
    *e = (Entry){.mark = MARK_LOWEST, .name = "lowest here", .brief = "lowest"};
    snprintf(e->value, sizeof e->value, "%s at (%s, %s)",
             nb_viz_legend_number(low, look->digits, a, sizeof a),
             surface_number(d->low.at[0], w[0], b, sizeof b),
             surface_number(d->low.at[1], w[1], c, sizeof c));
}

static int list_classes(const NbSurfaceData *d, Entry *e, int most)
{
    int n = 0, wrong = 0;
    for (int c = 0; c < most - 1; c++) {
        int right, all;
        nb_viz_class_count(d, c, &right, &all);
        if (all > 0) {
            e[n] = (Entry){.mark = MARK_POINT, .colour = c % NB_CURVE_COLOURS};
            snprintf(e[n].name, sizeof e[n].name, "class %d", c);
            snprintf(e[n].brief, sizeof e[n].brief, "%d", c);
            snprintf(e[n].value, sizeof e[n].value, "%d of %d right", right, all);
            snprintf(e[n].less, sizeof e[n].less, "%d/%d", right, all);
            wrong += all - right;
            n++;
        }
    }
    if (n > 0 && wrong > 0) {
        e[n++] = (Entry){.mark = MARK_RING, .name = "ringed: wrong", .brief = "wrong"};
    }
    return n;
}

static int list(const NbSurfaceData *d, const NbSurfaceLook *look, Entry *e)
{
    if (d->what.boundary) {
        return d->sampler.now.v ? list_classes(d, e, MOST) : 0;
    }
    int n = list_paths(d, look, e, MOST - 1);
    if (d->levels.n > 0) {
        put_lowest(d, look, &e[n++]);
    }
    return n;
}

/* --- in rows below the picture --- */

#define LEFT 18.0
#define RIGHT_FREE 84.0 /* px at the lower right, where windows name their key of help */
#define BETWEEN 22.0

static double mark_width(const Entry *e)
{
    return e->mark == MARK_PATH ? 40 : e->mark == MARK_NONE ? 0 : 26;
}

/* How much of the entries is written: what has room. */
typedef enum Length { IN_FULL, BRIEF, NAMES_ALONE } Length;

static const char *name_of(const Entry *e, Length l)
{
    return l == IN_FULL ? e->name : e->brief;
}

static const char *value_of(const Entry *e, Length l)
{
    return l == NAMES_ALONE ? "" : l == BRIEF && e->less[0] ? e->less : e->value;
}

/* Numbers that change keep their room. */
static double measure(const NbSurfaceLook *look, Entry *e, Length l)
{
    const char *number = value_of(e, l);
    double value = number[0] ? 10 + surface_width(look, number, NB_ROLE_PANEL_TEXT) : 0;
    if (e->mark == MARK_PATH && l != NAMES_ALONE) {
        value = fmax(value, 10 + surface_width(look, "-8.888e-88", NB_ROLE_PANEL_TEXT));
    }
    e->w = mark_width(e) + surface_width(look, name_of(e, l), NB_ROLE_PANEL_TEXT) + value;
    return e->w;
}

/* How many rows the entries take, and with row not NULL in which each stands. */
static int flow(const NbSurfaceLook *look, Entry *e, int n, double room, Length l, int *row)
{
    int rows = 0;
    double x = INFINITY;
    for (int i = 0; i < n; i++) {
        double w = measure(look, &e[i], l);
        if (x + w > room) {
            rows++;
            x = 0;
        }
        x += w + BETWEEN;
        if (row) {
            row[i] = rows - 1;
        }
    }
    return rows;
}

static int most_rows(double height)
{
    return (int)fmax(1, fmin(5, (height - 160) * 0.3 / SURFACE_ROW));
}

/* Full names in two rows, or short ones; without their values, and the lowest point, which is
 * marked in the picture, before a path is left out. */
static Length length_of(const NbSurfaceLook *look, Entry *e, int *n, double room, double height)
{
    const int most = most_rows(height);
    Length l = IN_FULL;
    if (flow(look, e, *n, room, l, NULL) > fmin(2, most)) {
        l = flow(look, e, *n, room, BRIEF, NULL) > most ? NAMES_ALONE : BRIEF;
    }
    const bool over = l == NAMES_ALONE && flow(look, e, *n, room, l, NULL) > most;
    if (over && *n > 1 && (e[*n - 1].mark == MARK_LOWEST || e[*n - 1].mark == MARK_NONE)) {
        --*n;
    }
    return l;
}

static double room_of(double width)
{
    return width - LEFT - RIGHT_FREE;
}

int nb_viz_surface_legend_rows(const NbSurfaceData *d, const NbSurfaceLook *look, double w,
                               double h)
{
    Entry e[MOST];
    int n = list(d, look, e);
    Length l = length_of(look, e, &n, room_of(w), h);
    int rows = flow(look, e, n, room_of(w), l, NULL);
    return rows < most_rows(h) ? rows : most_rows(h);
}

static void put_mark(NbScene *s, const Entry *e, double x, double y)
{
    switch (e->mark) {
    case MARK_NONE: break;
    case MARK_PATH: nb_viz_legend_line(s, x - 14, y, e->colour, 0); break;
    case MARK_LOWEST:
        nb_viz_scene_add(s, NB_PRIM_CROSS, NB_ROLE_BORDER, x + 9, y, 0, 0)->radius = 6;
        break;
    case MARK_POINT: nb_viz_disc(s, NB_ROLE_CURVE, x + 9, y, 6, e->colour); break;
    case MARK_RING:
        nb_viz_scene_add(s, NB_PRIM_DOT, NB_ROLE_BORDER, x + 9, y, 0, 0)->radius = 7;
        nb_viz_scene_add(s, NB_PRIM_DOT, NB_ROLE_HALO, x + 9, y, 0, 0)->radius = 4.4;
        break;
    }
}

void surface_legend(NbScene *s, const NbSurfaceData *d, const NbSurfaceLook *look,
                    const NbSurfaceFrame *f)
{
    Entry e[MOST];
    int row[MOST], n = list(d, look, e);
    double room = room_of(f->width), x = LEFT;
    Length l = length_of(look, e, &n, room, f->height);
    int rows = flow(look, e, n, room, l, row);
    /* the newest paths where there is not room for all, but the first classes */
    const int skip = d->what.boundary || rows < f->legend_rows ? 0 : rows - f->legend_rows;
    for (int i = 0; i < n; i++) {
        if (row[i] < skip || row[i] - skip >= f->legend_rows) {
            continue;
        }
        x = i == 0 || row[i] != row[i - 1] ? LEFT : x;
        double y = f->px.bottom + 74 + SURFACE_ROW * (row[i] - skip);
        char text[200];
        const char *value = value_of(&e[i], l);
        const char *between = !value[0] ? "" : e[i].mark == MARK_POINT ? "   " : "  ";
        snprintf(text, sizeof text, "%s%s%s", name_of(&e[i], l), between, value);
        put_mark(s, &e[i], x, y);
        nb_viz_scene_text(s, NB_ROLE_PANEL_TEXT, NB_LEFT, x + mark_width(&e[i]), y + 6, text)->w =
            fmax(room - (x - LEFT) - mark_width(&e[i]), 40);
        x += e[i].w + BETWEEN;
    }
}
