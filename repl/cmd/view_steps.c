/* view_steps.c -- export step by step: numbered pictures, one that moves, frames of a talk */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/view_internal.h"
#include "cmd/view_steps.h"

#define FRAME_WIDTH 390.0 /* pt of a slide that pictures may take */
#define FRAME_HEIGHT 196.0

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

bool view_steps_wanted(Interp *I, const Call *c, int option, const char *path, int *steps)
{
    size_t from, to;
    int64_t n = place_of_number(path, &from, &to) >= 0;
    bool flag = n > 0; /* of a word, the error says what is asked for */
    bool ok = value_is_number(c->opt[option]) ? interp_opt_int(I, c, option, 0, STEPS_MOST, &n)
                                              : interp_opt_flag(I, c, option, &flag);
    *steps = (int)n;
    return ok;
}

/* --- numbered files --- */

static void number_name(char *name, size_t cap, const char *path, int step)
{
    size_t from = 0, to = 0;
    int digits = place_of_number(path, &from, &to);
    snprintf(name, cap, "%.*s%0*d%s", (int)from, path, digits, step, path + to);
}

/* In the form that the ending of the path names. */
static bool write_pictures(const Steps *w, const char *path, char *first, char *last, size_t cap)
{
    char said[512];
    for (int k = 1; k <= w->n; k++) {
        NbErr err = {0};
        number_name(last, cap, path, k);
        if (!view_step_begin(w, k)) {
            return false;
        }
        NbStatus status = nb_viz_export(w->viz, last, w->e, said, sizeof said, &err);
        view_step_end(w);
        if (status != NB_OK) {
            return interp_fail_err(w->I, w->c->arg[0], &err);
        }
        view_wrote(session_of(w->I), last, &err);
        if (k == 1) {
            snprintf(first, cap, "%s", last);
        }
    }
    return true;
}

static bool write_numbered(const Steps *w)
{
    Session *s = session_of(w->I);
    char first[1200] = "", last[1200] = "";
    if (!write_pictures(w, w->path, first, last, sizeof last)) {
        return false;
    }
    if (session_echoes(s, w->c)) {
        const char *dots = s->set.unicode ? "…" : "...";
        fprintf(s->out, "wrote %s", first);
        if (w->n > 1) {
            fprintf(s->out, " %s %s", dots, last);
        }
        fprintf(s->out, " (%d step%s)\n", w->n, w->n == 1 ? "" : "s");
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

static void put_frame(const Steps *w, Text *t, const char *picture, int step)
{
    int k = step - 1, forward = w->forward;
    text_add(t, "\\begin{frame}{");
    if (k == 0) {
        text_add(t, "What is given");
    } else {
        text_printf(t, "%s %d of %d", k <= forward ? "Forward" : "Backward",
                    k <= forward ? k : k - forward, k <= forward ? forward : w->n - 1 - forward);
    }
    text_add(t, "}\n\\centering\n");
    put_between(t, picture, "\\begin{tikzpicture}", "\\end{tikzpicture}", true);
    text_add(t, "\n\\end{frame}\n");
}

static bool render(const Steps *w, int k, const char *form, NbRendered *r)
{
    NbErr err = {0};
    if (!view_step_begin(w, k)) {
        return false;
    }
    NbStatus status = nb_viz_render(w->viz, form, w->e, r, &err);
    view_step_end(w);
    return status == NB_OK || interp_fail_err(w->I, w->c->arg[0], &err);
}

/* The graph itself as TikZ in every frame. */
static bool put_frames(const Steps *w, Text *t)
{
    w->e->within[0] = FRAME_WIDTH;
    w->e->within[1] = FRAME_HEIGHT;
    for (int k = 1; k <= w->n; k++) {
        NbRendered r = {0};
        if (!render(w, k, "tex", &r)) {
            return false;
        }
        if (k == 1) {
            text_add(t, "% Both sweeps node by node; compiles by itself (pdflatex).\n"
                        "\\documentclass[aspectratio=169]{beamer}\n\\usepackage{amsmath,tikz}\n"
                        "\\usetikzlibrary{shapes.geometric,backgrounds}\n");
            put_between(t, r.bytes, "\\makeatother\n", "\\nablabegin", false);
            text_add(t, "\\begin{document}\n");
        }
        put_frame(w, t, r.bytes, k);
        nb_viz_rendered_free(&r);
    }
    text_add(t, "\\end{document}\n");
    return true;
}

static bool write_frames(const Steps *w)
{
    Session *s = session_of(w->I);
    Text t = text_in(s->lost);
    bool ok = put_frames(w, &t) && view_write_text(s, w->c->arg[0], w->path, text_str(&t), t.len);
    text_free(&t);
    if (ok && session_echoes(s, w->c)) {
        fprintf(s->out, "wrote %s (%d frame%s)\n", w->path, w->n, w->n == 1 ? "" : "s");
    }
    return ok;
}

/* What LaTeX finds beside the file with the frames: its name without folders. */
static const char *beside(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Other pictures are files of their own, of one size, beside the frames. */
static bool write_run_frames(const Steps *w)
{
    Session *s = session_of(w->I);
    Text t = text_in(s->lost);
    char pattern[1100], first[1200] = "", last[1200] = "", name[1200];
    snprintf(pattern, sizeof pattern, "%.*s-%%02d.pdf", (int)(strlen(w->path) - strlen(".tex")),
             w->path);
    if (strchr(w->path, '%') || strpbrk(beside(w->path), " #$&{}~\\^")) {
        interp_fail(w->I, w->c->arg[0], NB_EVALUE,
                    "export: LaTeX cannot read pictures called like %s", w->path);
        return interp_hint(w->I, "letters, digits and - in the name, as in \"run.tex\"");
    }
    bool ok = write_pictures(w, pattern, first, last, sizeof last);
    text_add(&t,
             "% A run step by step; compiles by itself (pdflatex), with the pictures beside it.\n"
             "\\documentclass[aspectratio=169]{beamer}\n\\begin{document}\n");
    for (int k = 1; ok && k <= w->n; k++) {
        number_name(name, sizeof name, pattern, k);
        text_printf(&t,
                    "\\begin{frame}{Step %llu}\n\\centering\n"
                    "\\includegraphics[width=%.0fpt,height=%.0fpt,keepaspectratio]{%s}\n"
                    "\\end{frame}\n",
                    (unsigned long long)view_step_until(w, k), FRAME_WIDTH, FRAME_HEIGHT,
                    beside(name));
    }
    text_add(&t, "\\end{document}\n");
    ok = ok && view_write_text(s, w->c->arg[0], w->path, text_str(&t), t.len);
    text_free(&t);
    if (ok && session_echoes(s, w->c)) {
        fprintf(s->out, "wrote %s (%d frame%s) and %s", w->path, w->n, w->n == 1 ? "" : "s", first);
        fprintf(s->out, w->n > 1 ? " %s %s\n" : "\n", s->set.unicode ? "…" : "...", last);
    }
    return ok;
}

/* --- one picture that moves --- */

static bool write_gif(const Steps *w)
{
    Session *s = session_of(w->I);
    char *all = NULL;
    size_t n = 0;
    bool ok = true;
    for (int k = 1; ok && k <= w->n; k++) {
        NbRendered r = {0};
        ok = render(w, k, "gif", &r) &&
             (nb_viz_gif_add(&all, &n, &r) ||
              interp_fail(w->I, w->c->node, NB_EMEM, "out of memory for %d pictures", w->n));
        nb_viz_rendered_free(&r);
    }
    ok = ok && view_write_text(s, w->c->arg[0], w->path, all, n);
    free(all);
    if (ok && session_echoes(s, w->c)) {
        fprintf(s->out, "wrote %s (%d step%s)\n", w->path, w->n, w->n == 1 ? "" : "s");
    }
    return ok;
}

/* --- which steps --- */

static bool graph_steps(Steps *w, int asked)
{
    NbErr err = {0};
    if (asked > 1) {
        interp_fail(w->I, w->c->node, NB_EVALUE,
                    "export: a graph has the steps of its sweeps, not %d", asked);
        return interp_hint(w->I,
                           "steps=true; of a run, steps=40 with view=surface, plot, boundary");
    }
    NbContributions *sweep = nb_contributions(w->e->root, NULL);
    if (!sweep) { /* stale, constant: as backward says it */
        return interp_fail_arg(w->I, w->c->argc > 1 ? w->c->arg[1] : w->c->node);
    }
    nb_contributions_free(&sweep);
    w->n = nb_viz_steps(w->viz, w->e->root, &w->forward, &err);
    return w->n >= 0 || interp_fail_err(w->I, w->c->arg[0], &err);
}

bool view_steps_export(Interp *I, const Call *c, NbViz *viz, const char *path, int asked,
                       NbExport *e)
{
    size_t from, to;
    Trial trial = {0};
    Steps w = {.trial = &trial, .I = I, .c = c, .viz = viz, .path = path, .e = e};
    bool numbered = place_of_number(path, &from, &to) >= 0;
    const char *ending = nb_viz_ending(path);
    bool gif = strcmp(ending, "gif") == 0, tex = strcmp(ending, "tex") == 0;
    if (!numbered && !gif && !tex) {
        interp_fail(I, c->arg[0], NB_EVALUE, "export: steps=true needs a number in the name");
        return interp_hint(
            I, "as in export \"w-%%02d.svg\", f; \"w.tex\" has them as frames, \"w.gif\" moves");
    }
    e->interrupt = session_of(I)->interrupt;
    if (!(e->view == NB_VIEW_GRAPH ? graph_steps(&w, asked) : view_steps_of_run(&w, asked))) {
        return false;
    }
    return gif && !numbered           ? write_gif(&w)
           : numbered                 ? write_numbered(&w)
           : e->view == NB_VIEW_GRAPH ? write_frames(&w)
                                      : write_run_frames(&w);
}
