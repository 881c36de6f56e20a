/* frame.c -- what pictures with axes share: the frame, its axes, title, panels and legends */
#include "frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <nabla/format.h>

void nb_viz_line(NbScene *s, NbRole role, double x0, double y0, double x1, double y1)
{
    nb_viz_scene_add(s, NB_PRIM_LINE, role, 0, 0, 0, 0);
    nb_viz_scene_point(s, x0, y0);
    nb_viz_scene_point(s, x1, y1);
}

NbPrim *nb_viz_disc(NbScene *s, NbRole role, double x, double y, double radius, int colour)
{
    NbPrim *dot = nb_viz_scene_add(s, NB_PRIM_DOT, role, x, y, 0, 0);
    dot->radius = radius;
    dot->colour = colour;
    return dot;
}

/* --- the frame --- */

static NbPrim *add_frame(NbScene *s, NbPrimKind kind, const NbFrame *f)
{
    return nb_viz_scene_add(s, kind, NB_ROLE_FRAME, f->left, f->top, f->right - f->left,
                            f->bottom - f->top);
}

void nb_viz_frame_clip(NbScene *s, const NbFrame *f)
{
    add_frame(s, NB_PRIM_CLIP, f);
}

void nb_viz_frame_unclip(NbScene *s)
{
    nb_viz_scene_add(s, NB_PRIM_UNCLIP, NB_ROLE_FRAME, 0, 0, 0, 0);
}

NbPrim *nb_viz_frame_box(NbScene *s, const NbFrame *f)
{
    return add_frame(s, NB_PRIM_BOX, f);
}

#define TICK 6.0 /* px outside the frame */

void nb_viz_frame_axis_x(NbScene *s, const NbFrame *f, const NbAxis *x, NbTickMark mark)
{
    bool grid = mark == NB_TICK_GRID;
    char text[64];
    for (int i = 0; i < x->n; i++) {
        double at = nb_viz_axis_px(x, x->tick[i]);
        nb_viz_line(s, grid ? NB_ROLE_GRID : NB_ROLE_TICK, at, grid ? f->top : f->bottom, at,
                    grid ? f->bottom : f->bottom + TICK);
        nb_viz_axis_text(x, i, text, sizeof text);
        nb_viz_scene_text(s, NB_ROLE_TICK, NB_MIDDLE, at, f->bottom + (grid ? 25 : 26), text);
    }
}

void nb_viz_frame_axis_y(NbScene *s, const NbFrame *f, const NbAxis *y, NbTickMark mark)
{
    bool grid = mark == NB_TICK_GRID;
    char text[64];
    for (int i = 0; i < y->n; i++) {
        double at = nb_viz_axis_px(y, y->tick[i]);
        nb_viz_line(s, grid ? NB_ROLE_GRID : NB_ROLE_TICK, grid ? f->left : f->left - TICK, at,
                    grid ? f->right : f->left, at);
        nb_viz_axis_text(y, i, text, sizeof text);
        nb_viz_scene_text(s, NB_ROLE_TICK, NB_RIGHT, f->left - (grid ? 10 : 12), at + 6, text);
    }
}

void nb_viz_frame_name_x(NbScene *s, const NbFrame *f, const char *name)
{
    nb_viz_scene_text(s, NB_ROLE_TICK, NB_MIDDLE, (f->left + f->right) / 2, f->bottom + 54, name);
}

void nb_viz_frame_title(NbScene *s, const NbFrame *f, const char *title, double widest)
{
    nb_viz_scene_text(s, NB_ROLE_TITLE, NB_LEFT, f->left, 34, title)->w = widest;
}

void nb_viz_frame_title_step(NbScene *s, const NbFrame *f, const char *title, uint64_t step,
                             double widest)
{
    char text[320];
    snprintf(text, sizeof text, "%.250s%sstep %" PRIu64, title, *title ? "   " : "", step);
    nb_viz_frame_title(s, f, text, widest);
}

void nb_viz_frame_remark(NbScene *s, double right, const char *text)
{
    nb_viz_scene_text(s, NB_ROLE_NOTE, NB_RIGHT, right, 34, text);
}

/* --- legends --- */

void nb_viz_panel(NbScene *s, double x, double y, double w, double h, double radius, int coats)
{
    for (int i = 0; i < coats; i++) {
        nb_viz_scene_add(s, NB_PRIM_BOX, NB_ROLE_PANEL, x, y, w, h)->radius = radius;
    }
}

void nb_viz_legend_line(NbScene *s, double x, double y, int colour, int dash)
{
    NbPrim *line = nb_viz_scene_add(s, NB_PRIM_LINE, NB_ROLE_CURVE, 0, 0, 0, 0);
    line->colour = colour;
    line->dash = dash;
    nb_viz_scene_point(s, x + 14, y);
    nb_viz_scene_point(s, x + 44, y);
}

int nb_viz_run_colour(uint32_t serial)
{
    return (int)((serial - 1) % NB_CURVE_COLOURS);
}

const char *nb_viz_run_name(const NbRecord *record, const NbRunInfo *run, char *buf, size_t cap)
{
    bool shared = false;
    for (int r = 0; r < nb_record_runs(record); r++) {
        NbRunInfo other = nb_record_run(record, r);
        shared = shared || (other.serial != run->serial && strcmp(other.title, run->title) == 0);
    }
    int n = snprintf(buf, cap, "%s", run->title[0] ? run->title : "run");
    if (shared && n >= 0 && (size_t)n < cap) {
        snprintf(buf + n, cap - (size_t)n, ", run %u", run->serial);
    }
    return buf;
}

const char *nb_viz_run_brief(const NbRecord *record, const NbRunInfo *run, char *buf, size_t cap)
{
    const size_t head = strcspn(run->title, "(");
    bool same_title = false, same_head = false, other_head = false;
    for (int r = 0; r < nb_record_runs(record); r++) {
        NbRunInfo other = nb_record_run(record, r);
        if (other.serial != run->serial) {
            bool same = strcspn(other.title, "(") == head &&
                        strncmp(other.title, run->title, head) == 0;
            same_title = same_title || strcmp(other.title, run->title) == 0;
            same_head = same_head || same;
            other_head = other_head || !same;
        }
    }
    const int named = other_head || !same_head ? (int)head : 0; /* where all are of one kind not */
    if (same_title || !run->title[0]) {
        snprintf(buf, cap, "%.*s%srun %u", named, run->title, named ? ", " : "", run->serial);
    } else if (same_head && run->title[head]) {
        const char *settings = run->title + head + 1;
        snprintf(buf, cap, "%.*s%s%.*s", named, run->title, named ? " " : "",
                 (int)strcspn(settings, ")"), settings);
    } else {
        snprintf(buf, cap, "%.*s", (int)head, run->title);
    }
    return buf;
}

const char *nb_viz_legend_number(double v, int digits, char *buf, size_t cap)
{
    return nb_format_number(v, digits > 0 && digits < 4 ? digits : 4, buf, cap);
}
