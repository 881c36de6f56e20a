/* pictures.c -- what windows do, without one: placing graphs, painting a frame, thinning curves */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <nabla/nabla.h>

#include "tests/bench/bench.h"
#include "tests/proc.h"
#include "viz/export/object.h"
#include "viz/diagram/place.h"
#include "viz/diagram/scene_graph.h"
#include "viz/diagram/layout.h"
#include "viz/diagram/model.h"
#include "viz/picture/paint.h"
#include "viz/plot/plot.h"

enum { W = 1280, H = 800, RUNS = 9 };

static const char *label(void *user, const NbVar *v, char *buf, size_t cap)
{
    (void)user;
    snprintf(buf, cap, "v%llu", (unsigned long long)nb_var_serial(v));
    return buf;
}

static const NbVizStyle style = {
    .text = {.label = label, .digits = 6, .unicode = true, .columns = 76}};

/* n numbers, each made of the two before it. New variable. */
static NbVar *ladder(NbCtx *ctx, int n)
{
    const NbOp *op[2] = {nb_op_find("mul"), nb_op_find("add")};
    NbVar *a = nb_var_scalar(ctx, 1.1, NB_LEAF), *b = nb_var_scalar(ctx, 0.9, NB_LEAF);
    for (int i = 2; i < n; i++) {
        NbVar *c = nb_apply2(ctx, op[i % 2], NB_VAR(a), NB_VAR(b));
        nb_var_unref(&a);
        a = b;
        b = c;
    }
    nb_var_unref(&a);
    nb_backward(b, NULL);
    return b;
}

/* A placed graph. */
typedef struct Placed {
    NbVar *root;
    NbModel *model;
    NbPoint *size;
    NbGeometry *geometry;
} Placed;

static void placed_free(Placed *p)
{
    nb_viz_geometry_free(&p->geometry);
    free(p->size);
    nb_viz_model_free(&p->model);
    nb_var_unref(&p->root);
}

/* Places a graph of n numbers RUNS + 1 times; the first time starts the worker. ms, -1: failed. */
static double place(NbCtx *ctx, NbLayouter *l, const NbMeasure *measure, int n, Placed *p)
{
    NbErr err = {0};
    double ms[RUNS];
    *p = (Placed){.root = ladder(ctx, n)};
    p->model = nb_viz_model_new(p->root, &style, false, &err);
    p->size = p->model ? calloc(p->model->nnodes, sizeof *p->size) : NULL;
    if (!p->size) {
        return -1;
    }
    nb_viz_graph_sizes(p->model, measure, p->size);
    for (int run = -1; run < RUNS; run++) {
        nb_viz_geometry_free(&p->geometry);
        double start = bench_now();
        if (nb_viz_layout_model(l, p->model, p->size, false, &err) != NB_OK ||
            nb_viz_layout_wait(l, NULL, &p->geometry, &err) != NB_OK) {
            fprintf(stderr, "%s\n", err.msg);
            return -1;
        }
        ms[run < 0 ? 0 : run] = 1e3 * (bench_now() - start);
    }
    return bench_median(ms, RUNS);
}

/* What the graph window does when values have changed: model, scene, painting. ms. */
static double frame(NbPainter *painter, NbCanvas *cr, const Placed *p, bool far)
{
    NbMeasure measure = nb_viz_painter_measure(painter);
    NbErr err = {0};
    double ms[RUNS];
    for (int run = -1; run < RUNS; run++) {
        double start = bench_now();
        NbScene s = {0};
        NbModel *m = nb_viz_model_new(p->root, &style, false, &err);
        if (far) {
            nb_viz_scene_graph_far(&s, m, p->geometry, p->size);
        } else {
            nb_viz_scene_graph(&s, m, p->geometry, &measure, p->size);
        }
        nb_viz_paint_ground(painter, cr, NB_THEME_LIGHT);
        nb_viz_paint(painter, cr, &s, NB_THEME_LIGHT, 0, 0, fmin(W / s.w, H / s.h), 1);
        nb_viz_model_free(&m);
        nb_viz_scene_free(&s);
        ms[run < 0 ? 0 : run] = 1e3 * (bench_now() - start);
    }
    return bench_median(ms, RUNS);
}

/* A curve of n points: thinned to the px columns, and painted with its axes. ms each. */
static void curve(NbPainter *painter, NbCanvas *cr, int n, double out[2])
{
    NbMeasure measure = nb_viz_painter_measure(painter);
    const char *name[] = {"f"};
    NbRecord *record = nb_record_new((size_t)n, 1);
    nb_record_begin(record, "sgd(lr=0.1)", name, 1, NULL);
    for (int i = 0; i < n; i++) {
        double f = exp(-1e-4 * i) * (2 + sin(0.01 * i) + 0.1 * sin(7.0 * i));
        nb_record_add(record, (uint64_t)i, &f);
    }
    double ms[2][RUNS];
    for (int run = -1; run < RUNS; run++) {
        NbScene s = {0};
        NbPlotView view = {0};
        NbPlotFrame where;
        int at = run < 0 ? 0 : run;
        double start = bench_now();
        nb_viz_scene_plot(&s, record, &view, &measure, "f", 6, W, H, &where);
        ms[0][at] = 1e3 * (bench_now() - start);
        nb_viz_paint_ground(painter, cr, NB_THEME_LIGHT);
        nb_viz_paint(painter, cr, &s, NB_THEME_LIGHT, 0, 0, 1, 1);
        ms[1][at] = 1e3 * (bench_now() - start);
        nb_viz_scene_free(&s);
    }
    out[0] = bench_median(ms[0], RUNS);
    out[1] = bench_median(ms[1], RUNS);
    nb_record_free(&record);
}

static void row(const char *work, double ms)
{
    if (ms > 0) {
        bench_row(&(BenchRow){.work = work, .unit = "ms", .ours = ms});
    } else {
        printf("%-44s failed\n", work);
    }
}

static void rows(NbCtx *ctx, NbPainter *painter, NbLayouter *l)
{
    static const struct {
        int n;
        const char *work;
    } graph[] = {{20, "placing a graph of 20 nodes, worker running"},
                 {1000, "the same with 1000 nodes"},
                 {200, "the same with 200 nodes"}};
    const NbDraw *d = nb_viz_painter_draw(painter);
    NbMeasure measure = nb_viz_painter_measure(painter);
    NbCanvas *surface = nb_draw_pixels(d, NULL, W, H, 0);
    Placed p;
    for (size_t i = 0; i < sizeof graph / sizeof *graph; i++) {
        double ms = place(ctx, l, &measure, graph[i].n, &p);
        row(graph[i].work, ms);
        if (ms > 0 && graph[i].n == 200) {
            row("a frame of it, seen whole, 1280 x 800", frame(painter, surface, &p, true));
            row("the same with every text", frame(painter, surface, &p, false));
        }
        placed_free(&p);
    }
    double ms[2];
    curve(painter, surface, 100000, ms);
    row("a curve of 10^5 points thinned", ms[0]);
    row("the same and painted, 1280 x 800", ms[1]);
    nb_draw_close(d, &surface);
}

void bench_pictures(void)
{
    NbErr err = {0};
    setenv("NABLA_WORKER", proc_env("NB_PROGRAM", "build/nabla"), 1);
    bench_heading("pictures");
    NbPainter *painter = nb_viz_painter_new(&err);
    NbLayouter *l = nb_viz_layouter_new();
    NbCtx *ctx = nb_ctx_new();
    if (painter && l && ctx) {
        rows(ctx, painter, l);
    } else {
        printf("no pictures: %s\n", err.msg);
    }
    nb_ctx_free(&ctx);
    nb_viz_layouter_free(&l);
    nb_viz_painter_free(&painter);
}
