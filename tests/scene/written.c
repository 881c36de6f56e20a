/* written.c -- what the tests of text formats share: nasty names, files written and read back */
#include "written.h"

#include <signal.h>

const char *const nasty[NASTY] = {
    "a\"b",    "back\\slash", "back\\", "<b>x</b>", "p|q{r}[s](t)",  "&amp; &lt; &#35;",
    "θ₁",      "two\nlines",  "end",    "#35;",     "`code` $x$ %%", "漢字",
    "\\N \\G", "a_b^c~1",     "- x",    "1. x",     "</script><!--", "é x̂ ß",
};

NbExport of_graph(NbVar *f)
{
    static const volatile sig_atomic_t never; /* who can be stopped has no limit of time */
    return (NbExport){.view = NB_VIEW_GRAPH, .root = f, .title = "f", .interrupt = &never};
}

/* The text of a file just written; freed by the caller. */
char *written(World *w, const char *name, const NbExport *what)
{
    NbErr err = {0};
    char said[200];
    nb_viz_style(w->viz, &w->style);
    if (nb_viz_export(w->viz, in_dir(w, name), what, said, sizeof said, &err) != NB_OK) {
        fail_msg("%s: %s", name, err.msg);
    }
    snprintf(w->said, sizeof w->said, "%s", said);
    return slurp(in_dir(w, name), NULL);
}

Json *written_json(World *w, const NbExport *what)
{
    char *text = written(w, "g.json", what);
    Json *doc = json_read(text);
    free(text);
    return doc;
}

const Json *node_by_id(const Json *doc, const char *id)
{
    const Json *nodes = json_get(doc, "nodes");
    for (size_t i = 0; i < nodes->n; i++) {
        if (strcmp(json_text_of(nodes->item[i], "id"), id) == 0) {
            return nodes->item[i];
        }
    }
    fail_msg("no node %s", id);
    return NULL;
}

const Json *node_by_name(const Json *doc, const char *name)
{
    const Json *nodes = json_get(doc, "nodes");
    for (size_t i = 0; i < nodes->n; i++) {
        const Json *its = json_get(nodes->item[i], "name");
        if (its && strcmp(its->text, name) == 0) {
            return nodes->item[i];
        }
    }
    fail_msg("no node named %s", name);
    return NULL;
}
