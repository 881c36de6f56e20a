/* ramp.c -- colours of surfaces and class regions, evenly spaced for the eye */
#include <math.h>

#include "src/base/clamp.h"
#include "theme.h"

/* One end of a ramp in Ottosson's OKLCH (2020): lightness, chroma, hue in degrees. */
typedef struct Lch {
    double l, c, h;
} Lch;

typedef struct Ramp {
    Lch low, high;
} Ramp;

/* Low values are the darker ones in both themes: a valley looks deep. Nothing is so dark (so light)
 * that the theme's ink on it cannot be read. */
static const Ramp ramps[] = {
    [NB_THEME_LIGHT] = {{0.655, 0.105, 248}, {0.978, 0.052, 98}},
    [NB_THEME_DARK] = {{0.235, 0.065, 272}, {0.615, 0.085, 165}},
};

static double cubed(double x)
{
    return x * x * x;
}

static double encoded(double c)
{
    c = nb_clamp(c, 0, 1);
    return c <= 0.0031308 ? 12.92 * c : 1.055 * pow(c, 1 / 2.4) - 0.055;
}

static double decoded(double c)
{
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static NbColour from_lch(Lch v)
{
    const double degree = 3.14159265358979323846 / 180;
    double a = v.c * cos(v.h * degree), b = v.c * sin(v.h * degree);
    double l = cubed(v.l + 0.3963377774 * a + 0.2158037573 * b);
    double m = cubed(v.l - 0.1055613458 * a - 0.0638541728 * b);
    double s = cubed(v.l - 0.0894841775 * a - 1.2914855480 * b);
    return (NbColour){encoded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
                      encoded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
                      encoded(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s)};
}

NbColour nb_viz_ramp_colour(NbTheme theme, double level)
{
    const Ramp *r = &ramps[theme == NB_THEME_DARK ? NB_THEME_DARK : NB_THEME_LIGHT];
    double t = level > 0 ? level < 1 ? level : 1 : 0;
    return from_lch((Lch){r->low.l + (r->high.l - r->low.l) * t,
                          r->low.c + (r->high.c - r->low.c) * t,
                          r->low.h + (r->high.h - r->low.h) * t});
}

static double mixed(double a, double b, double t)
{
    return encoded(decoded(a) + (decoded(b) - decoded(a)) * t);
}

NbColour nb_viz_class_colour(NbTheme theme, int label, double confidence)
{
    NbColour page = nb_viz_look(theme, NB_ROLE_FRAME)->fill;
    NbColour full = nb_viz_curve_colour(theme, label);
    double t = confidence > 0 ? confidence < 1 ? confidence : 1 : 0;
    t = 0.06 + (theme == NB_THEME_DARK ? 0.3 : 0.44) * t;
    return (NbColour){mixed(page.r, full.r, t), mixed(page.g, full.g, t), mixed(page.b, full.b, t)};
}
