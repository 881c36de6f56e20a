/* view_page.c -- a graph as a page to be walked through, with a still picture beside it */
#include <string.h>

#include "cmd/view_internal.h"

bool view_page(Session *s, const Node *at, NbVar *v, const char *name, const char *text,
               const char *latex)
{
    static const char *const forms[] = {"png", "svg", "html"};
    enum { N = sizeof forms / sizeof forms[0] };
    NbErr err = {0};
    NbViz *viz = view_viz(s);
    NbExport e = {.root = v, .title = name};
    NbRendered r[N] = {{0}};
    if (!viz) {
        return false;
    }
    if (!labels_show(s->labels, s->interp, v)) {
        return interp_fail_ctx(s->interp, at);
    }
    bool ok = view_render(s, viz, &e, forms, N, r, &err) || interp_fail_err(s->interp, at, &err);
    if (ok) {
        FrontForm form[2 + N] = {{"text/plain", text, strlen(text)}};
        int n = 1;
        for (int i = 0; i < N; i++) {
            form[n++] = (FrontForm){i + 1 == N ? FRONT_PAGE : r[i].mime, r[i].bytes, r[i].size};
        }
        if (latex) {
            form[n++] = (FrontForm){"text/latex", latex, strlen(latex)};
        }
        session_show(s, form, n, NULL);
    }
    for (int i = 0; i < N; i++) {
        nb_viz_rendered_free(&r[i]);
    }
    return ok;
}
