/* plot_axis.c -- which columns a plot shows, their range, and round numbers for its axes */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <nabla/format.h>

#include "plot.h"

/* True when the list "x, y" has the item. */
static bool listed(const char *list, const char *item)
{
    size_t n = strlen(item);
    for (const char *at = list; at && *at;) {
        at += strspn(at, " ,");
        size_t len = strcspn(at, ",");
        size_t end = len;
        while (end > 0 && at[end - 1] == ' ') {
            end--;
        }
        if (end == n && strncmp(at, item, n) == 0) {
            return true;
        }
        at += len;
    }
    return false;
}

bool nb_viz_plot_shows(const NbRunInfo *run, int c, const char *title, uint32_t toggled)
{
    bool any = false;
    for (int i = 0; title && i < run->columns; i++) {
        any = any || listed(title, run->column[i]);
    }
    bool shown = any ? listed(title, run->column[c]) : c == 0;
    return shown != ((toggled >> c & 1) != 0);
}

static void extend(double range[2], double v, bool *any)
{
    range[0] = !*any || v < range[0] ? v : range[0];
    range[1] = !*any || v > range[1] ? v : range[1];
    *any = true;
}

bool nb_viz_plot_range(const NbRecord *record, const char *title, uint32_t toggled, double x[2],
                       double y[2], bool *positive)
{
    bool any_x = false, any_y = false;
    *positive = true;
    for (int r = 0; r < nb_record_runs(record); r++) {
        NbRunInfo run = nb_record_run(record, r);
        if (run.rows > 0) {
            extend(x, (double)nb_record_step(record, r, 0), &any_x);
            extend(x, (double)nb_record_step(record, r, run.rows - 1), &any_x);
        }
        for (int c = 0; c < run.columns; c++) {
            if (!nb_viz_plot_shows(&run, c, title, toggled)) {
                continue;
            }
            for (size_t i = 0; i < run.rows; i++) {
                double v = nb_record_value(record, r, i, c);
                if (isfinite(v)) {
                    extend(y, v, &any_y);
                    *positive = *positive && v > 0;
                }
            }
        }
    }
    return any_y;
}

int nb_viz_plot_ticks(double lo, double hi, int most, double *tick)
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

void nb_viz_plot_tick_text(double v, double spacing, char *buf, size_t cap)
{
    if (spacing >= 1e6 && v != 0) { /* 5e6 1e7 1.5e7 */
        int power = (int)floor(log10(fabs(v)) + 1e-9);
        snprintf(buf, cap, "%.4ge%d", v / pow(10, power), power);
        return;
    }
    if (fabs(v) >= 1e9 || spacing < 1e-5) {
        nb_format_number(v, 4, buf, cap);
        return;
    }
    int decimals = (int)ceil(-log10(spacing) - 1e-9);
    snprintf(buf, cap, "%.*f", decimals > 0 ? decimals : 0, v == 0 ? 0.0 : v);
}
