/* fuzz_worker.c -- what the layout worker reads, and whether its answers can be read */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "viz/diagram/layout_gvc.h"
#include "viz/diagram/worker.h"

#define PLACED_AMONG 256 /* inputs of which one is placed by libgvc, which is slow */
#define NODES 12         /* and that has at most so many */

#ifdef NB_ASAN
/* What libgvc keeps of some layouts is not ours; a worker lives no longer than its session. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libgvc\nleak:libcgraph\n";
}
#endif

/* The first request, as the session knows it. */
static bool asked(const char *text, size_t *nnodes, size_t *nedges)
{
    int how;
    return sscanf(text, " graph %zu %zu %d", nnodes, nedges, &how) == 3;
}

static void check(const char *answer, size_t nnodes, size_t nedges)
{
    const char *end = strstr(answer, "end\n");
    if (!end) {
        fuzz_broken("an answer has an end");
    }
    if (strncmp(answer, "ok ", 3) != 0) {
        return;
    }
    char *first = fuzz_text((const uint8_t *)answer, (size_t)(end - answer) + 4);
    bool refused;
    NbGeometry *g = nb_viz_geometry_read(first, nnodes, nedges, &refused);
    if (!g) {
        fuzz_broken("the session can read an answer: %s", first);
    }
    nb_viz_geometry_free(&g);
    free(first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void *gvc;
    static Kept out;
    static char empty[1];
    size_t nnodes = 0, nedges = 0;
    if (!out.stream) {
        kept_open(&out);
        nb_viz_gvc_new(&gvc, NULL);
    }
    char *text = fuzz_text(data, size);
    bool known = asked(text, &nnodes, &nedges);
    bool place = known && nnodes <= NODES && nedges <= NODES &&
                 fuzz_hash(data, size) % PLACED_AMONG == 0;
    FILE *in = fmemopen(size ? text : empty, size ? size : 1, "r");
    if (in) {
        kept_begin(&out);
        nb_viz_worker_serve(place ? gvc : NULL, in, out.stream, 0);
        const char *answer = kept_end(&out);
        if (answer[0]) {
            check(answer, nnodes, nedges);
        }
        fclose(in);
    }
    free(text);
    return 0;
}
