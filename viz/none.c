/* none.c -- stands in for the windows in a build without them: exports and text forms stay */
#include "viz/viz.h"

static NbStatus no_windows(NbErr *err)
{
    nb_fail(err, NB_EIO, "this program was built without windows");
    nb_hint(err, "export \"f.png\", f writes a picture; tree f shows text");
    return NB_EIO;
}

bool nb_viz_has_display(const NbViz *viz)
{
    (void)viz;
    return false;
}

NbStatus nb_viz_graph(NbViz *viz, NbVar *root, const char *title, NbErr *err)
{
    (void)viz;
    (void)root;
    (void)title;
    return no_windows(err);
}

bool nb_viz_start_display(NbViz *viz)
{
    (void)viz;
    return false;
}

void nb_viz_ready(NbViz *viz)
{
    (void)viz;
}

void nb_viz_graph_depth(NbViz *viz, int depth)
{
    (void)viz;
    (void)depth;
}

void nb_viz_cancel(NbViz *viz)
{
    (void)viz;
}

NbVar *nb_viz_graph_root(const NbViz *viz)
{
    (void)viz;
    return NULL;
}

const char *nb_viz_graph_title(const NbViz *viz)
{
    (void)viz;
    return NULL;
}

void nb_viz_graph_passed(NbViz *viz, NbVar *root)
{
    (void)viz;
    (void)root;
}

void nb_viz_lights(NbViz *viz, const NbLight *light, int n, bool backward)
{
    (void)viz;
    (void)light;
    (void)n;
    (void)backward;
}

void nb_viz_walk(NbViz *viz, NbVar *root, size_t done)
{
    (void)viz;
    (void)root;
    (void)done;
}

NbStatus nb_viz_plot(NbViz *viz, const NbRecord *record, const char *title, NbErr *err)
{
    (void)viz;
    (void)record;
    (void)title;
    return no_windows(err);
}

void nb_viz_plot_again(NbViz *viz, const NbRecord *before, const NbRecord *now)
{
    (void)viz;
    (void)before;
    (void)now;
}

int nb_viz_close(NbViz *viz, const char *which)
{
    (void)viz;
    (void)which;
    return 0;
}

bool nb_viz_open(const NbViz *viz)
{
    (void)viz;
    return false;
}

int nb_viz_fd(const NbViz *viz)
{
    (void)viz;
    return -1;
}

int nb_viz_timeout(const NbViz *viz)
{
    (void)viz;
    return -1;
}

void nb_viz_pump(NbViz *viz)
{
    (void)viz;
}

void nb_viz_changed(NbViz *viz)
{
    (void)viz;
}

NbStatus nb_viz_surface(NbViz *viz, const NbSurface *surface, NbErr *err)
{
    (void)viz;
    surface->field.free(surface->field.user);
    return no_windows(err);
}

void nb_viz_surface_stop(NbViz *viz)
{
    (void)viz;
}
