/* plot.c -- the picture of a run record: its parts in their order */
#include "plot.h"

#include "plot_internal.h"

void nb_viz_scene_plot(NbScene *s, const NbRecord *record, const NbPlotView *view,
                       const NbMeasure *measure, const char *title, int digits, double w, double h,
                       NbPlotFrame *frame)
{
    Plot p = {.s = s,
              .record = record,
              .view = view,
              .measure = measure,
              .title = title,
              .digits = digits};
    s->w = w;
    s->h = h;
    p.several_runs = nb_record_runs(record) > 1;
    plot_legend_room(&p, w, h);
    plot_range(&p);
    plot_frame(&p, w, h);
    plot_axes(&p);
    Pick pick = {0};
    plot_curves(&p, &pick);
    if (p.f.curves == 0) {
        const char *why = nb_record_runs(record) == 0 ? "no steps recorded yet"
                          : p.f.nlegend > 0           ? "all curves are hidden"
                                                      : "nothing to show";
        nb_viz_scene_text(s, NB_ROLE_NOTE, NB_MIDDLE, (p.f.px.left + p.f.px.right) / 2,
                          (p.f.px.top + p.f.px.bottom) / 2, why);
    }
    plot_pick_line(&p, &pick);
    plot_cursor(&p);
    plot_legend(&p);
    plot_pick_text(&p, &pick);
    plot_band(&p);
    if (frame) {
        *frame = p.f;
    }
}
