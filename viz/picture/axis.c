/* axis.c -- round numbers on axes */
#include "axis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <nabla/format.h>

#include "src/base/clamp.h"

/* --- ticks --- */

int nb_viz_ticks(double lo, double hi, int most, double *tick)
{
    double span = hi - lo;
    if (!(span > 0) || !isfinite(span) || most < 1) {
        return 0;
    }
    double power = pow(10, floor(log10(span / most)));
    static const double factor[] = {1, 2, 5, 10, 20};
    double spacing = power;
    for (int i = 0; i < 5; i++) {
        spacing = power * factor[i];
        if (floor(hi / spacing + 1e-9) - ceil(lo / spacing - 1e-9) + 1 <= most) {
            break;
        }
    }
    int n = 0;
    for (double k = ceil(lo / spacing - 1e-9); k * spacing <= hi + spacing * 1e-9 && n < most;
         k++) {
        tick[n++] = k * spacing;
    }
    return n;
}

static void add(NbAxis *a, double at)
{
    if (a->n < NB_AXIS_TICKS && at >= a->lo && at <= a->hi) {
        a->tick[a->n++] = at;
    }
}

/* Whole decades, or 1 2 5 within them when few are in sight. */
static void log_ticks(NbAxis *a, int most)
{
    static const double step[] = {0, 0.30102999566398120, 0.69897000433601880};
    int low = (int)floor(a->lo), high = (int)ceil(a->hi);
    if (a->hi - a->lo < 2.2 && high - low < 4) {
        for (int k = low; k <= high; k++) {
            for (int i = 0; i < 3; i++) {
                add(a, k + step[i]);
            }
        }
        if (a->n >= 2) {
            return;
        }
        a->n = 0;
    } else {
        a->powers = low < -4 || high > 4;
    }
    int stride = 1 + (int)((a->hi - a->lo) / most);
    for (int k = low; k <= high; k++) {
        if (k % stride == 0) {
            add(a, k);
        }
    }
}

static void divide(NbAxis *a, int most)
{
    a->n = 0;
    a->powers = false;
    if (a->log) {
        log_ticks(a, most);
    }
    if (a->n == 0) {
        a->n = nb_viz_ticks(a->lo, a->hi, most, a->tick);
    }
    if (a->whole && a->n > 1 && a->tick[1] - a->tick[0] < 1) {
        int kept = 0;
        for (int i = 0; i < a->n; i++) {
            if (fabs(a->tick[i] - round(a->tick[i])) <= 1e-9) {
                a->tick[kept++] = a->tick[i];
            }
        }
        a->n = kept;
    }
}

/* One number alone says no scale: more of them may then stand closer. */
#define CLOSER 2.5

void nb_viz_axis_divide(NbAxis *a, double room)
{
    double fit = fabs(a->to - a->from) / room;
    double closer = nb_clamp(CLOSER * fit, 2, NB_AXIS_TICKS);
    int most = (int)nb_clamp(fit, 2, NB_AXIS_TICKS);
    divide(a, most);
    while (a->n < 2 && most + 1 <= closer) {
        divide(a, ++most);
    }
}

/* --- labels --- */

/* Digits that tell v from what is so far from it. */
static int telling_digits(double v, double spacing)
{
    double apart = v != 0 && spacing > 0 ? floor(log10(fabs(v) / spacing) + 1e-9) + 2 : 0;
    return (int)nb_clamp(apart, 4, 17);
}

void nb_viz_tick_text(double v, double spacing, char *buf, size_t cap)
{
    const int digits = telling_digits(v, spacing);
    if (spacing >= 1e6 && v != 0) { /* 5e6 1e7 1.5e7 */
        int power = (int)floor(log10(fabs(v)) + 1e-9);
        snprintf(buf, cap, "%.*ge%d", digits, v / pow(10, power), power);
        return;
    }
    if (fabs(v) >= 1e9 || spacing < 1e-5) {
        nb_format_number(v, digits, buf, cap);
        return;
    }
    int decimals = (int)ceil(-log10(spacing) - 1e-9);
    snprintf(buf, cap, "%.*f", decimals > 0 ? decimals : 0, v == 0 ? 0.0 : v);
}

void nb_viz_raised(int exponent, char *buf, size_t cap)
{
    static const char *const digit[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    char plain[16];
    snprintf(plain, sizeof plain, "%d", exponent);
    buf[0] = '\0';
    for (const char *c = plain; *c; c++) {
        const char *s = *c == '-' ? "⁻" : digit[*c - '0'];
        if (strlen(buf) + strlen(s) < cap) {
            strcat(buf, s);
        }
    }
}

void nb_viz_axis_text(const NbAxis *a, int i, char *buf, size_t cap)
{
    double v = a->tick[i];
    if (!a->log) {
        double spacing = a->n > 1 ? a->tick[1] - a->tick[0] : 1;
        nb_viz_tick_text(v, a->whole && spacing < 1 ? 1 : spacing, buf, cap);
    } else if (a->powers) {
        char power[48];
        nb_viz_raised((int)lround(v), power, sizeof power);
        snprintf(buf, cap, "10%s", power);
    } else {
        const double near = a->n > 1 ? pow(10, a->tick[i > 0 ? i - 1 : 1]) : 0;
        nb_format_number(pow(10, v), telling_digits(pow(10, v), fabs(pow(10, v) - near)), buf, cap);
    }
}

double nb_viz_axis_width(const NbAxis *a, const NbMeasure *measure, double least)
{
    for (int i = 0; i < a->n; i++) {
        char text[64];
        nb_viz_axis_text(a, i, text, sizeof text);
        double w = measure->width(measure->user, text, NB_ROLE_TICK);
        least = w > least ? w : least;
    }
    return least;
}
