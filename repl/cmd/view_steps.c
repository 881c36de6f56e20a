/* view_steps.c -- export of both sweeps step by step: Beamer frames, numbered pictures */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/view_internal.h"

#define FRAME_WIDTH 300.0 /* pt of a slide that pictures may take */
#define FRAME_HEIGHT 190.0

/* Where a number goes in the name of a file, %d or %02d: its digits, or -1. */
static int place_of_number(const char *path, size_t *from, size_t *to)
{
    const char *at = strchr(path, '%');
    if (!at) {
        return -1;
    }
    const char *end = at + 1 + strspn(at + 1, "0123456789");
    int digits = end > at + 1 ? atoi(at + 1) : 1;
    if (*end != 'd' || digits > 9 || strchr(end, '%')) {
        return -1;
    }
    *from = (size_t)(at - path);
    *to = (size_t)(end + 1 - path);
    return digits;
}

bool view_steps_wanted(const Call *c, int option, const char *path)
{
    size_t from, to;
    return c->opt[option].tag != V_UNSET || place_of_number(path, &from, &to) >= 0;
}

/* --- numbered files --- */

static bool write_numbered(Interp *I, const Call *c, NbViz *viz, const char *path, NbExport *e,
                           int steps)
{
    Session *s = session_of(I);
    size_t from = 0, to = 0;
    int digits = place_of_number(path, &from, &to);
    char first[1200] = "", name[1200], said[512];
    for (e->step = 1; e->step <= steps; e->step++) {
        NbErr err = {0};
        snprintf(name, sizeof name, "%.*s%0*d%s", (int)from, path, digits, e->step, path + to);
        if (nb_viz_export(viz, name, e, said, sizeof said, &err) != NB_OK) {
            return interp_fail_err(I, c->arg[0], &err);
        }
        view_wrote(s, name, &err);
        if (e->step == 1) {
            snprintf(first, sizeof first, "%s", name);
        }
    }
    if (session_echoes(s, c)) {
        fprintf(s->out, "wrote %s %s %s (%d steps)\n", first, s->set.unicode ? "…" : "...", name,
                steps);
    }
    return true;
}

/* --- frames --- */

/* What stands between two words of a text, the words themselves with `with`. */
static void put_between(Text *t, const char *text, const char *begin, const char *end, bool with)
{
    const char *a = strstr(text, begin), *b = a ? strstr(a, end) : NULL;
    if (b) {
        a += with ? 0 : strlen(begin);
        text_addn(t, a, (size_t)(b - a) + (with ? strlen(end) : 0));
    }
}

static void put_frame(Text *t, const NbExport *e, const char *picture, int forward, int steps)
{
    int k = e->step - 1;
    text_add(t, "\\begin{frame}{");
    if (k == 0) {
        text_add(t, "What is given");
    } else {
        text_printf(t, "%s %d of %d", k <= forward ? "Forward" : "Backward",
                    k <= forward ? k : k - forward, k <= forward ? forward : steps - 1 - forward);
    }
    text_add(t, "}\n\\centering\n");
    put_between(t, picture, "\\begin{tikzpicture}", "\\end{tikzpicture}", true);
    text_add(t, "\n\\end{frame}\n");
}

/* So large that it fits on a slide. */
static void fit(NbExport *e, const NbRendered *r)
{
    double scale = r->width > 0 ? FRAME_WIDTH / r->width : 1;
    scale = r->height * scale > FRAME_HEIGHT ? FRAME_HEIGHT / r->height : scale;
    e->width = scale < 1 ? (int)(r->width * scale) : 0;
}

static bool put_frames(Interp *I, const Call *c, NbViz *viz, NbExport *e, int forward, int steps,
                       Text *t)
{
    bool fitted = e->width > 0;
    for (e->step = 1; e->step <= steps; e->step++) {
        NbErr err = {0};
        NbRendered r = {0};
        if (nb_viz_render(viz, "tex", e, &r, &err) != NB_OK) {
            return interp_fail_err(I, c->arg[0], &err);
        }
        if (!fitted) {
            fit(e, &r);
            fitted = true;
            nb_viz_rendered_free(&r);
            if (nb_viz_render(viz, "tex", e, &r, &err) != NB_OK) {
                return interp_fail_err(I, c->arg[0], &err);
            }
        }
        if (e->step == 1) {
            text_add(t, "% Both sweeps node by node; compiles by itself (pdflatex).\n"
                        "\\documentclass{beamer}\n\\usepackage{amsmath,tikz}\n"
                        "\\usetikzlibrary{shapes.geometric,backgrounds}\n");
            put_between(t, r.bytes, "\\makeatother\n", "\\nablabegin", false);
            text_add(t, "\\begin{document}\n");
        }
        put_frame(t, e, r.bytes, forward, steps);
        nb_viz_rendered_free(&r);
    }
    text_add(t, "\\end{document}\n");
    return true;
}

static bool write_frames(Interp *I, const Call *c, NbViz *viz, const char *path, NbExport *e,
                         int forward, int steps)
{
    Session *s = session_of(I);
    Text t = text_in(s->lost);
    bool ok = put_frames(I, c, viz, e, forward, steps, &t) &&
              view_write_text(s, c->arg[0], path, text_str(&t), t.len);
    text_free(&t);
    if (ok && session_echoes(s, c)) {
        fprintf(s->out, "wrote %s (%d frames)\n", path, steps);
    }
    return ok;
}

/* --- one picture that moves --- */

static bool write_gif(Interp *I, const Call *c, NbViz *viz, const char *path, NbExport *e,
                      int steps)
{
    Session *s = session_of(I);
    char *all = NULL;
    size_t n = 0;
    bool ok = true;
    for (e->step = 1; ok && e->step <= steps; e->step++) {
        NbErr err = {0};
        NbRendered r = {0};
        ok = nb_viz_render(viz, "gif", e, &r, &err) == NB_OK || interp_fail_err(I, c->arg[0], &err);
        ok = ok && (nb_viz_gif_add(&all, &n, &r) ||
                    interp_fail(I, c->node, NB_EMEM, "out of memory for %d pictures", steps));
        nb_viz_rendered_free(&r);
    }
    ok = ok && view_write_text(s, c->arg[0], path, all, n);
    free(all);
    if (ok && session_echoes(s, c)) {
        fprintf(s->out, "wrote %s (%d steps)\n", path, steps);
    }
    return ok;
}

bool view_steps_export(Interp *I, const Call *c, int option, NbViz *viz, const char *path,
                       NbExport *e)
{
    size_t from, to;
    bool wanted = true, numbered = place_of_number(path, &from, &to) >= 0;
    int forward = 0;
    NbErr err = {0};
    if (!interp_opt_flag(I, c, option, &wanted)) {
        return false;
    }
    const char *ending = nb_viz_ending(path);
    if (e->view != NB_VIEW_GRAPH || !wanted) {
        return interp_fail(I, c->node, NB_EVALUE, "export: steps are of a graph");
    }
    bool gif = strcmp(ending, "gif") == 0;
    if (!numbered && !gif && strcmp(ending, "tex") != 0) {
        interp_fail(I, c->arg[0], NB_EVALUE, "export: steps=true needs a number in the name");
        return interp_hint(
            I, "as in export \"w-%%02d.svg\", f; \"w.tex\" has them as frames, \"w.gif\" moves");
    }
    NbContributions *sweep = nb_contributions(e->root, NULL);
    if (!sweep) { /* stale, constant: as backward says it */
        return interp_fail_arg(I, c->argc > 1 ? c->arg[1] : c->node);
    }
    nb_contributions_free(&sweep);
    e->interrupt = session_of(I)->interrupt;
    int steps = nb_viz_steps(viz, e->root, &forward, &err);
    if (steps < 0) {
        return interp_fail_err(I, c->arg[0], &err);
    }
    return gif && !numbered ? write_gif(I, c, viz, path, e, steps)
           : numbered       ? write_numbered(I, c, viz, path, e, steps)
                            : write_frames(I, c, viz, path, e, forward, steps);
}
