/* surface_scale.c -- where numbers lie in the frame of a surface, and how they read */
#include <math.h>

#include <nabla/format.h>

#include "surface_internal.h"

double surface_width(const NbSurfaceLook *look, const char *text, NbRole role)
{
    return look->measure->width(look->measure->user, text, role);
}

const char *surface_number(double v, double span, char *buf, size_t cap)
{
    double unit = pow(10, floor(log10(span)) - 4), r = round(v / unit) * unit;
    return nb_format_number(r == 0 ? 0 : r, 5, buf, cap);
}

double nb_viz_surface_px(const NbSurfaceFrame *f, double x)
{
    return nb_viz_axis_at(x, f->lo[0], f->hi[0], f->px.left, f->px.right);
}

double nb_viz_surface_py(const NbSurfaceFrame *f, double y)
{
    return nb_viz_axis_at(y, f->lo[1], f->hi[1], f->px.bottom, f->px.top);
}
