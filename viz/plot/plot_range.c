/* plot_range.c -- which curves a plot shows, and their range */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plot.h"

/* Length of the first item of a list; commas in brackets belong to it: "max(a, b), x". */
static size_t item_length(const char *list)
{
    int depth = 0;
    size_t n = 0;
    for (; list[n] && (list[n] != ',' || depth > 0); n++) {
        depth += (list[n] == '(' || list[n] == '[') - (list[n] == ')' || list[n] == ']');
    }
    return n;
}

/* True when the list "x, y" has the item. */
static bool listed(const char *list, const char *item)
{
    size_t n = strlen(item);
    for (const char *at = list; at && *at;) {
        at += strspn(at, " ,");
        size_t len = item_length(at), end = len;
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

const char *nb_viz_plot_column(const NbRecord *record, int i)
{
    const char *seen[NB_RECORD_COLUMNS * 2];
    int n = 0;
    for (int r = 0; r < nb_record_runs(record); r++) {
        NbRunInfo run = nb_record_run(record, r);
        for (int c = 0; c < run.columns; c++) {
            int k = 0;
            while (k < n && strcmp(seen[k], run.column[c]) != 0) {
                k++;
            }
            if (k == n && n == i) {
                return run.column[c];
            }
            if (k == n && n < NB_RECORD_COLUMNS * 2) {
                seen[n++] = run.column[c];
            }
        }
    }
    return NULL;
}

/* Whether the person turned the column of this name over. */
static bool is_toggled(const NbRecord *record, const char *column, const NbPlotView *view)
{
    for (int i = 0; i < 32 && view && view->toggled >> i; i++) {
        const char *name = nb_viz_plot_column(record, i);
        if (name && strcmp(name, column) == 0) {
            return view->toggled >> i & 1;
        }
    }
    return false;
}

/* Whether the run has a column that the title names. */
static bool has_listed(const NbRunInfo *run, const char *title)
{
    for (int i = 0; title && i < run->columns; i++) {
        if (listed(title, run->column[i])) {
            return true;
        }
    }
    return false;
}

/* Where the title names columns of other runs only, this one is not what was asked for. */
static bool is_of_others(const NbRecord *record, const char *title)
{
    for (int r = 0; r < nb_record_runs(record); r++) {
        NbRunInfo run = nb_record_run(record, r);
        if (run.rows > 0 && has_listed(&run, title)) {
            return true;
        }
    }
    return false;
}

bool nb_viz_plot_shows(const NbRecord *record, const NbRunInfo *run, int c, const char *title,
                       const NbPlotView *view)
{
    bool shown = has_listed(run, title) ? listed(title, run->column[c])
                                        : c == 0 && !is_of_others(record, title);
    return shown != is_toggled(record, run->column[c], view);
}

bool nb_viz_plot_several(const NbRecord *record, const char *title, const NbPlotView *view)
{
    int n = 0;
    for (int r = 0; r < nb_record_runs(record) && n < 2; r++) {
        NbRunInfo run = nb_record_run(record, r);
        bool shown = false;
        for (int c = 0; run.rows > 0 && c < run.columns && !shown; c++) {
            shown = nb_viz_plot_shows(record, &run, c, title, view);
        }
        n += shown;
    }
    return n > 1;
}

bool nb_viz_plot_hides(const NbPlotView *view, NbPlotCurve curve)
{
    for (int i = 0; view && i < view->nhidden; i++) {
        if (view->hidden[i].run == curve.run && view->hidden[i].column == curve.column) {
            return true;
        }
    }
    return false;
}

void nb_viz_plot_hide(NbPlotView *view, NbPlotCurve curve, bool hide)
{
    int kept = 0;
    for (int i = 0; i < view->nhidden; i++) {
        if (view->hidden[i].run != curve.run || view->hidden[i].column != curve.column) {
            view->hidden[kept++] = view->hidden[i];
        }
    }
    view->nhidden = kept;
    if (hide && view->nhidden < NB_PLOT_HIDDEN) {
        view->hidden[view->nhidden++] = curve;
    }
}

int nb_viz_plot_run(const NbRecord *record, uint32_t serial)
{
    for (int r = 0; r < nb_record_runs(record); r++) {
        if (nb_record_run(record, r).serial == serial) {
            return r;
        }
    }
    return -1;
}

double nb_viz_plot_place(const NbRecord *record, int run, size_t row)
{
    return nb_record_place(record, (double)nb_record_step(record, run, row));
}

size_t nb_viz_plot_row(const NbRecord *record, int run, double step)
{
    size_t lo = 0, hi = nb_record_run(record, run).rows;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (nb_viz_plot_place(record, run, mid) < step) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

/* --- ranges --- */

typedef struct Range {
    bool any;
    bool mixed; /* has values that are not above 0, other than a curve's end at 0 */
    double low, high;
    double least; /* above 0; 0: none */
} Range;

static void extend(Range *r, double v)
{
    r->low = !r->any || v < r->low ? v : r->low;
    r->high = !r->any || v > r->high ? v : r->high;
    r->any = true;
}

static void extend_least(Range *r, double v)
{
    r->least = r->least == 0 || (v > 0 && v < r->least) ? v : r->least;
}

static void join(Range *r, const Range *other)
{
    if (other->any) {
        extend(r, other->low);
        extend(r, other->high);
        extend_least(r, other->least);
        r->mixed = r->mixed || other->mixed;
    }
}

#define RUNAWAY 1e8 /* a curve that has grown this much, and to this, is as good as infinite */

/* Of one curve; false when it leaves for infinity or is NaN somewhere. */
static bool curve_range(const NbRecord *record, int r, int c, size_t from, size_t to, Range *out)
{
    double first = from < to ? fabs(nb_record_value(record, r, from, c)) : 0;
    double last = from < to ? fabs(nb_record_value(record, r, to - 1, c)) : 0;
    bool finite = !(last > RUNAWAY && last > RUNAWAY * first);
    const double *v = nb_record_values(record, r);
    size_t columns = (size_t)nb_record_run(record, r).columns, i = from;
    double low = INFINITY, high = -INFINITY, least = INFINITY;
    bool ended = false; /* at 0 */
    for (v = v ? v + from * columns + (size_t)c : v; i < to; i++, v += columns) {
        if (isfinite(*v)) {
            low = *v < low ? *v : low;
            high = *v > high ? *v : high;
            bool strays = *v < 0 || (*v == 0 && least == INFINITY) || (*v > 0 && ended);
            out->mixed = out->mixed || strays;
            ended = *v == 0;
            least = *v > 0 && *v < least ? *v : least;
        } else {
            finite = false;
        }
    }
    if (low <= high) {
        extend(out, low);
        extend(out, high);
    }
    if (isfinite(least)) {
        extend_least(out, least);
    }
    return finite;
}

static int by_value(const void *p, const void *q)
{
    double a = *(const double *)p, b = *(const double *)q;
    return (a > b) - (a < b);
}

#define POLE 12.0  /* the range is so many times that of the middle four fifths */
#define BEYOND 1.0 /* of that one, on either side */

/* A function that has a pole is seen around it; of many values so many tell. */
static bool leave_out_poles(const NbRecord *record, int r, int c, size_t from, size_t to,
                            Range *range)
{
    double v[1024];
    const size_t room = sizeof v / sizeof v[0], step = (to - from + room - 1) / room;
    size_t n = 0;
    for (size_t i = from; range->any && i < to; i += step) {
        double one = nb_record_value(record, r, i, c);
        v[n] = one;
        n += isfinite(one) ? 1 : 0;
    }
    if (n > 0) {
        qsort(v, n, sizeof *v, by_value);
        double lo = v[n / 10], hi = v[n - 1 - n / 10], span = hi - lo;
        if (span > 0 && range->high - range->low > POLE * span) {
            range->low = fmax(range->low, lo - BEYOND * span);
            range->high = fmin(range->high, hi + BEYOND * span);
        }
    }
    return range->any;
}

bool nb_viz_plot_range(const NbRecord *record, const char *title, const NbPlotView *view,
                       double x[2], double y[3], bool *positive)
{
    Range steps = {0}, good = {0}, bad = {0}, starts = {0};
    for (int r = 0; r < nb_record_runs(record); r++) {
        NbRunInfo run = nb_record_run(record, r);
        size_t from = 0, to = run.rows;
        if (run.rows > 0) {
            extend(&steps, nb_viz_plot_place(record, r, 0));
            extend(&steps, nb_viz_plot_place(record, r, run.rows - 1));
        }
        if (view && view->fixed_x) {
            from = nb_viz_plot_row(record, r, view->x0);
            to = nb_viz_plot_row(record, r, nextafter(view->x1, INFINITY));
        }
        for (int c = 0; c < run.columns; c++) {
            Range one = {0}, start = {0};
            if (!nb_viz_plot_shows(record, &run, c, title, view) ||
                nb_viz_plot_hides(view, (NbPlotCurve){run.serial, c})) {
                continue;
            }
            bool finite = curve_range(record, r, c, from, to, &one);
            if (nb_record_axis_name(record)) {
                finite = run.points || leave_out_poles(record, r, c, from, to, &one);
            }
            curve_range(record, r, c, from, from < to ? from + 1 : to, &start);
            join(finite ? &good : &bad, &one);
            join(&starts, &start);
        }
    }
    if (good.any) {
        join(&good, &starts);
    }
    const Range *values = good.any ? &good : &bad;
    if (steps.any) {
        x[0] = steps.low;
        x[1] = steps.high;
    }
    if (values->any) {
        y[0] = values->low;
        y[1] = values->high;
        y[2] = values->least;
    }
    *positive = values->least > 0 && !values->mixed;
    return values->any;
}
