/* surface.c -- the picture of a function of two variables, or of classes: its parts in order */
#include "surface.h"

#include "surface_internal.h"

void nb_viz_scene_surface(NbScene *s, NbSurfaceData *d, const NbSurfaceLook *look, double width,
                          double height, NbSurfaceFrame *frame)
{
    SurfaceDraw w = {s, d, &d->view, look, frame, &d->sampler.now};
    s->w = width;
    s->h = height;
    surface_frame(&w, width, height);
    frame->obstacles = d->what.boundary ? 0
                                        : nb_viz_surface_obstacles(d, frame, frame->obstacle, 512);
    nb_viz_frame_clip(s, &frame->px);
    if (d->what.boundary) {
        surface_classes(s, d, look, frame);
    } else if (w.g->v) {
        surface_bands(&w);
        surface_arrows(&w);
    }
    nb_viz_frame_unclip(s);
    surface_axes(&w);
    surface_arrow_legend(&w);
    surface_bar(&w);
}

void nb_viz_scene_surface_over(NbScene *s, const NbSurfaceData *d, const NbSurfaceLook *look,
                               const NbSurfaceFrame *f)
{
    nb_viz_frame_clip(s, &f->px);
    if (d->what.boundary) {
        surface_class_points(s, d, f);
    } else {
        surface_paths(s, d, f);
        surface_lowest(s, d, f);
    }
    nb_viz_frame_unclip(s);
    surface_legend(s, d, look, f);
}

void nb_viz_scene_surface_marks(NbScene *s, const NbSurfaceData *d, const NbSurfaceLook *look,
                                const NbSurfaceFrame *f)
{
    nb_viz_frame_clip(s, &f->px);
    if (d->view.pointer) {
        surface_cross_hair(s, &d->view, f);
    }
    if (!d->what.boundary && !d->view.partly) {
        surface_now(s, d, f);
    }
    if (d->view.cursor && !d->what.boundary) {
        surface_cursor(s, d, f);
    }
    if (d->view.pointer) {
        surface_readout(s, d, look, f);
    }
    nb_viz_frame_unclip(s);
}
