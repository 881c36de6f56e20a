/* layout.c -- positions of graphs by the page's Graphviz, over the protocol of the layout worker */
#include "viz/diagram/layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "web/page.h"

#define LIMIT_S 10
#define FIRST_LIMIT_S 60 /* the first job waits until Graphviz was loaded */

struct NbLayouter {
    struct NbLayouter *next;
    int job; /* 0: none waits for its answer */
    bool busy;
    double deadline; /* s */
    int limit;       /* s */
    size_t nnodes, nedges;
    Text in;
};

/* All there are, since an answer names its job alone. */
static NbLayouter *layouters;
static int last_job;
static bool loaded; /* an answer has come */

NbLayouter *nb_viz_layouter_new(void)
{
    NbLayouter *l = calloc(1, sizeof *l);
    if (l) {
        l->next = layouters;
        layouters = l;
    }
    return l;
}

static void stop(NbLayouter *l)
{
    if (l->job) {
        page_layout_cancel(l->job);
    }
    l->job = 0;
    l->busy = false;
    text_free(&l->in);
}

void nb_viz_layouter_free(NbLayouter **pl)
{
    NbLayouter *l = *pl;
    if (!l) {
        return;
    }
    NbLayouter **at = &layouters;
    while (*at != l) {
        at = &(*at)->next;
    }
    *at = l->next;
    stop(l);
    free(l);
    *pl = NULL;
}

NbStatus nb_viz_layout_start(NbLayouter *l, const NbLayoutJob *job, NbErr *err)
{
    Text out = {0};
    stop(l);
    nb_viz_job_write(&out, job);
    if (out.failed) {
        text_free(&out);
        return nb_fail(err, NB_EMEM, "out of memory laying out a graph");
    }
    l->job = ++last_job;
    l->busy = true;
    l->nnodes = job->nnodes;
    l->nedges = job->nedges;
    l->limit = loaded ? LIMIT_S : FIRST_LIMIT_S;
    l->deadline = nb_seconds() + l->limit;
    page_layout(l->job, out.s, out.len);
    text_free(&out);
    return NB_OK;
}

/* Takes the text over. */
void PAGE_CALLS(layout_answer)(int job, char *text, size_t n);
void layout_answer(int job, char *text, size_t n)
{
    loaded = true;
    for (NbLayouter *l = layouters; l; l = l->next) {
        if (l->job == job) {
            text_addn(&l->in, text, n);
            l->job = 0;
        }
    }
    free(text);
}

void nb_viz_layout_cancel(NbLayouter *l)
{
    if (l->busy) {
        stop(l);
    }
}

bool nb_viz_layout_busy(const NbLayouter *l)
{
    return l->busy;
}

int nb_viz_layout_fd(const NbLayouter *l)
{
    (void)l;
    return -1;
}

int nb_viz_layout_timeout(const NbLayouter *l)
{
    double left = l->busy ? (l->deadline - nb_seconds()) * 1e3 : 0;
    return !l->busy ? -1 : l->in.len > 0 || left < 0 ? 0 : (int)left;
}

static NbStatus give_up(NbLayouter *l, NbErr *err)
{
    nb_fail(err, NB_EIO, "the layout of %zu nodes took more than %d s", l->nnodes, l->limit);
    nb_hint(err, "draw a part, as in graph v3, or use tree f");
    stop(l);
    return NB_EIO;
}

NbStatus nb_viz_layout_poll(NbLayouter *l, NbGeometry **out, NbErr *err)
{
    *out = NULL;
    if (!l->busy) {
        return NB_OK;
    }
    if (l->in.len == 0 && !l->in.failed) {
        return nb_seconds() > l->deadline ? give_up(l, err) : NB_OK;
    }
    bool refused = l->in.failed;
    if (!refused && nb_viz_answer_complete(&l->in)) {
        *out = nb_viz_geometry_read(l->in.s, l->nnodes, l->nedges, &refused);
    }
    stop(l);
    if (*out) {
        return NB_OK;
    }
    return refused ? nb_fail(err, NB_EMEM, "out of memory laying out a graph")
                   : nb_fail(err, NB_EIO, "the graph layout failed");
}

NbStatus nb_viz_layout_wait(NbLayouter *l, const volatile sig_atomic_t *interrupt, NbGeometry **out,
                            NbErr *err)
{
    *out = NULL;
    l->deadline = interrupt ? INFINITY : l->deadline; /* who can stop it may wait */
    while (l->busy) {
        if (interrupt && *interrupt) {
            stop(l);
            return nb_fail(err, NB_EINTERRUPT, "interrupted");
        }
        page_wait(30);
        NbStatus status = nb_viz_layout_poll(l, out, err);
        if (status || *out) {
            return status;
        }
    }
    return NB_OK;
}
