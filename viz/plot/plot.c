/* plot.c -- the picture of a run record: its parts in their order */
#include "plot.h"

#include "plot_internal.h"

/* false: the legend would hide something where it is. */
static bool draw(Plot *p, double w, double h)
{
    plot_legend_room(p, w, h);
    plot_range(p);
    plot_frame(p, w, h);
    plot_axes(p);
    Pick pick = {0};
    plot_curves(p, &pick);
    if (p->f.curves == 0) {
        const char *why = nb_record_runs(p->record) == 0 ? "no steps recorded yet"
                          : p->f.nlegend > 0             ? "all curves are hidden"
                                                         : "nothing to show";
        nb_viz_scene_text(p->s, NB_ROLE_NOTE, NB_MIDDLE, (p->f.px.left + p->f.px.right) / 2,
                          (p->f.px.top + p->f.px.bottom) / 2, why);
    }
    plot_pick_line(p, &pick);
    plot_cursor(p);
    bool free = plot_legend(p);
    plot_pick_text(p, &pick);
    plot_band(p);
    return free;
}

void nb_viz_scene_plot(NbScene *s, const NbRecord *record, const NbPlotView *view,
                       const NbMeasure *measure, const char *title, int digits, double w, double h,
                       NbPlotFrame *frame)
{
    const Plot fresh = {.s = s,
                        .record = record,
                        .view = view,
                        .measure = measure,
                        .title = title,
                        .digits = digits,
                        .several_runs = nb_viz_plot_several(record, title, view)};
    Plot p = fresh;
    size_t prims = s->nprims, points = s->npoints;
    s->w = w;
    s->h = h;
    if (!draw(&p, w, h)) { /* once more, with room for the legend beside the curves */
        s->nprims = prims;
        s->npoints = points;
        p = fresh;
        p.outside = true;
        draw(&p, w, h);
    }
    if (frame) {
        *frame = p.f;
    }
}
