/* worker_none.c -- stands in for the layout process in a program built without Graphviz */
#include <stdio.h>

#include "viz/viz.h"

int nb_viz_worker_main(void)
{
    fputs("nabla: this program was built without Graphviz\n", stderr);
    return 1;
}
