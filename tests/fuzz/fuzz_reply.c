/* fuzz_reply.c -- what the program reads from a layout worker */
#include "fuzz.h"

#include <math.h>
#include <stdlib.h>

#include "viz/diagram/layout.h"

#define MOST 6 /* nodes and edges asked for */

static bool near(NbPoint p)
{
    return fabs(p.x) < 1e9 && fabs(p.y) < 1e9;
}

static void check(const NbGeometry *g)
{
    if (!(g->w >= 0 && g->w < 1e9 && g->h >= 0 && g->h < 1e9)) {
        fuzz_broken("a picture has a size");
    }
    for (size_t i = 0; i < g->nnodes; i++) {
        if (!near(g->at[i])) {
            fuzz_broken("nodes have a place");
        }
    }
    for (size_t i = 0; i < g->nedges; i++) {
        const NbRoute *r = &g->route[i];
        if (r->count < 4 || r->count % 3 != 1 || r->first + r->count > g->npoints) {
            fuzz_broken("an edge is made of whole Bezier pieces");
        }
        for (size_t k = 0; k < r->count; k++) {
            if (!near(g->points[r->first + k])) {
                fuzz_broken("edges have a place");
            }
        }
        if (!near(r->tip)) {
            fuzz_broken("arrows have a tip");
        }
    }
}

/* Two digits say how many nodes and edges were asked for; the answer follows. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    char *text = fuzz_text(data + 2, size - 2);
    bool refused;
    NbGeometry *g = nb_viz_geometry_read(text, data[0] % MOST, data[1] % MOST, &refused);
    if (g) {
        check(g);
    }
    nb_viz_geometry_free(&g);
    free(text);
    return 0;
}
