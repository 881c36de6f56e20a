/* worker.c -- the layout process: graphs in on stdin, positions out on stdout */
/* libgvc cannot be interrupted, is not safe for threads and may call exit(): so it lives here. */
#include "worker.h"

#include <signal.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "layout.h"
#include "layout_gvc.h"
#include "viz/viz.h"

/* False when the input is of no use any more. */
static bool serve(void *gvc, FILE *in, FILE *out, NbLayoutRequest *r)
{
    bool usable = nb_viz_request_body(in, r);
    NbGeometry *g = usable ? nb_viz_layout_gvc(gvc, &r->job) : NULL;
    nb_viz_answer_write(out, g);
    fflush(out);
    nb_viz_geometry_free(&g);
    return usable;
}

void nb_viz_worker_serve(void *gvc, FILE *in, FILE *out, unsigned seconds)
{
    NbLayoutRequest r;
    bool usable = true;
    while (usable && nb_viz_request_head(in, &r)) {
        /* the session kills a slow worker; this ends one whose session is gone. 0: never */
        alarm(seconds);
        usable = serve(gvc, in, out, &r);
        nb_viz_request_free(&r);
        if (usable) {
            alarm(0);
        }
    }
}

int nb_viz_worker_main(void)
{
    unsigned seconds = 3600; /* an export waits as long as its user does */
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* the session is killed: nobody waits for the answer */
    seconds = 0;
#endif
    void *gvc = NULL;
    NbErr err = {0};
    if (nb_viz_gvc_new(&gvc, &err)) {
        fprintf(stderr, "nabla: %s\n", err.msg);
        return 1;
    }
    nb_viz_worker_serve(gvc, stdin, stdout, seconds);
    nb_viz_gvc_free(&gvc);
    return 0;
}
