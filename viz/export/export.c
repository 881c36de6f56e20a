/* export.c -- views in forms: the tables of views and formats, choosing, making */
#include "export.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- the tables --- */

/* In the order of NbView. */
static const NbViewForm *const views[] = {&nb_viz_export_graph, &nb_viz_export_plot,
                                          &nb_viz_export_surface, &nb_viz_export_boundary};

/* Lists of formats, in the order of help. */
#define FORMATS(X)                                                                                 \
    X(dot) X(picture) X(tex) X(mermaid) X(text) X(json) X(torch) X(onnx) X(table) X(html) X(gif)
#define X(name) extern const NbFormat nb_viz_formats_##name[];
FORMATS(X)
#undef X
#define X(name) nb_viz_formats_##name,
static const NbFormat *const lists[] = {FORMATS(X)};
#undef X

#define NVIEWS (sizeof views / sizeof views[0])
#define NLISTS (sizeof lists / sizeof lists[0])

/* The i-th of all lists, NULL behind the last. */
static const NbFormat *format_at(size_t i)
{
    for (size_t k = 0; k < NLISTS; k++) {
        for (const NbFormat *f = lists[k]; f->ending; f++) {
            if (i-- == 0) {
                return f;
            }
        }
    }
    return NULL;
}

const char *nb_viz_view_name(int i)
{
    return i >= 0 && (size_t)i < NVIEWS ? views[i]->name : NULL;
}

static bool offers(const NbViewForm *v, NbSource from)
{
    switch (from) {
    case NB_FROM_SCENE: return v->scene != NULL;
    case NB_FROM_GRAPH: return v->graph;
    case NB_FROM_TEXT: return v->text != NULL;
    case NB_FROM_TABLE: return v->table != NULL;
    }
    return false;
}

static bool fits(const NbFormat *f, const NbViewForm *v, const char *ending)
{
    return offers(v, f->from) && strcasecmp(f->ending, ending) == 0;
}

const char *nb_viz_ending(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');
    const char *ending = dot ? dot + 1 : "";
    const NbFormat *f;
    for (size_t i = 0; (f = format_at(i)); i++) {
        if (strcasecmp(f->ending, ending) == 0) {
            return f->ending;
        }
    }
    return ending;
}

static void add_word(char *list, size_t cap, const char *before, const char *word)
{
    size_t n = strlen(list);
    snprintf(list + n, cap - n, "%s%s", n ? before : "", word);
}

const char *nb_viz_format(int i, char *text, size_t cap)
{
    static const char *const option[] = {
        "width=", "theme=", "hide=", "direction=", "blank=", "local=", "precision="};
    const NbFormat *f = i < 0 ? NULL : format_at((size_t)i);
    if (!f) {
        return NULL;
    }
    char taken[64] = "", shown[80] = "";
    size_t n = 0;
    for (size_t k = 0; k < NVIEWS; k++) {
        if (offers(views[k], f->from)) {
            add_word(shown, sizeof shown, ", ", views[k]->name);
            n++;
        }
    }
    if (n == NVIEWS) {
        snprintf(shown, sizeof shown, "every view");
    }
    for (unsigned k = 0; k < sizeof option / sizeof option[0]; k++) {
        if (f->takes >> k & 1) {
            add_word(taken, sizeof taken, " ", option[k]);
        }
    }
    snprintf(text, cap, "%s (%s%s%s)", f->doc, shown, taken[0] ? "; " : "", taken);
    return f->ending;
}

unsigned nb_viz_takes(NbView view, const char *ending)
{
    const NbFormat *f;
    for (size_t i = 0; (f = format_at(i)); i++) {
        if (fits(f, views[view], ending)) {
            return f->takes;
        }
    }
    return 0;
}

/* --- choosing --- */

/* path is named in errors; NULL: none was given. */
static const NbFormat *find_format(const char *ending, const char *path, const NbViewForm *view,
                                   NbErr *err)
{
    char list[128] = "", others[80] = "";
    const NbFormat *f;
    for (size_t i = 0; (f = format_at(i)); i++) {
        if (fits(f, view, ending)) {
            return f;
        }
        if (offers(view, f->from)) {
            add_word(list, sizeof list, " ", f->ending);
        }
    }
    for (size_t k = 0; k < NVIEWS; k++) {
        for (size_t i = 0; (f = format_at(i)); i++) {
            if (fits(f, views[k], ending)) {
                add_word(others, sizeof others, " or ", views[k]->name);
            }
        }
    }
    if (*ending || !path) {
        nb_fail(err, NB_EVALUE, "cannot write %s as .%s%s%s", view->noun, ending, path ? ": " : "",
                path ? path : "");
    } else {
        nb_fail(err, NB_EVALUE, "the ending of the file says its form: %s has none", path);
    }
    if (others[0]) {
        nb_hint(err, "endings: %s; .%s is for view=%s", list, ending, others);
    } else {
        nb_hint(err, "endings: %s", list);
    }
    return NULL;
}

/* Options that mean nothing here are errors, not silence. */
static NbStatus check_options(const NbFormat *f, const NbViewForm *view, const NbExport *what,
                              NbErr *err)
{
    const struct {
        bool given;
        unsigned takes;
        const char *name;
    } option[] = {{what->width > 0, NB_TAKES_WIDTH, "width"},
                  {what->has_theme, NB_TAKES_THEME, "theme"},
                  {what->hide_grad, NB_TAKES_HIDE, "hide"},
                  {what->hide_value, NB_TAKES_BLANK, "hide"},
                  {what->nblank > 0, NB_TAKES_BLANK, "blank"},
                  {what->local, NB_TAKES_LOCAL, "local"},
                  {what->direction != NB_ANY_WAY, NB_TAKES_DIRECTION, "direction"}};
    for (size_t k = 0; k < sizeof option / sizeof option[0]; k++) {
        if (!option[k].given) {
            continue;
        }
        if (option[k].takes == NB_TAKES_HIDE && !view->graph) {
            nb_fail(err, NB_EVALUE, "hide: %s shows no gradients", view->noun);
            nb_hint(err, "hide=grad is for view=graph");
            return NB_EVALUE;
        }
        if (option[k].takes & (NB_TAKES_BLANK | NB_TAKES_LOCAL) && !view->graph) {
            nb_fail(err, NB_EVALUE, "%s: %s has no nodes", option[k].name, view->noun);
            nb_hint(err, "%s= is for view=graph", option[k].name);
            return NB_EVALUE;
        }
        if (option[k].takes == NB_TAKES_DIRECTION && !view->graph) {
            nb_fail(err, NB_EVALUE, "direction: %s does not run to the right or down", view->noun);
            nb_hint(err, "direction= is for view=graph");
            return NB_EVALUE;
        }
        if (f->takes & option[k].takes) {
            continue;
        }
        char list[128] = "";
        const NbFormat *g;
        for (size_t i = 0; (g = format_at(i)); i++) {
            if (g->takes & option[k].takes && offers(view, g->from)) {
                add_word(list, sizeof list, " ", g->ending);
            }
        }
        nb_fail(err, NB_EVALUE, "%s= means nothing in a .%s file", option[k].name, f->ending);
        nb_hint(err, "it is for %s", list);
        return NB_EVALUE;
    }
    return NB_OK;
}

/* --- making --- */

/* Pictures of large graphs are summaries; tex, which places each node, refuses them. */
static NbStatus check_size(const NbJob *job, const NbFormat *f, NbErr *err)
{
    if (f->from == NB_FROM_GRAPH && job->model->summary) {
        nb_fail(err, NB_EVALUE, "the graph has %zu variables, at most %d are drawn",
                job->model->variables, NB_MODEL_MAX);
        nb_hint(err, "export \"f.svg\", f draws a summary; dot, json and mmd list every node");
        return NB_EVALUE;
    }
    return NB_OK;
}

static NbStatus make(NbJob *job, const NbFormat *f, NbErr *err)
{
    if (job->view->graph) {
        static const NbPart drawn, listed = {.listed = true};
        bool picture = f->from == NB_FROM_SCENE; /* others have neither folds nor heat maps */
        NbVizStyle style = job->viz->style;
        style.heat = style.heat && picture;
        job->model = nb_viz_model_part(job->what->root, &style, job->what->hide_grad,
                                       picture                  ? &job->what->part
                                       : f->takes & NB_ANY_SIZE ? &listed
                                                                : &drawn,
                                       err);
        if (!job->model) {
            return err->code;
        }
        const NbExport *what = job->what;
        if (what->hide_grad || what->hide_value || what->nblank > 0) {
            nb_viz_model_sheet(job->model, what->hide_value, what->blank, what->nblank);
        }
    }
    NbStatus status = check_size(job, f, err);
    return status ? status : f->write(job, err);
}

/* What was made becomes the caller's. */
static NbStatus hand_over(NbJob *job, const NbFormat *f, const char *name, NbRendered *out,
                          NbErr *err)
{
    char count[64];
    text_addn(&job->out, "", 1); /* also of nothing there are bytes */
    if (job->out.failed) {
        return nb_fail(err, NB_EMEM, "out of memory writing %s", name);
    }
    job->view->count(job, count, sizeof count);
    *out = (NbRendered){.bytes = job->out.s,
                        .size = job->out.len - 1,
                        .mime = f->mime,
                        .width = job->w,
                        .height = job->h};
    snprintf(out->about, sizeof out->about, "%s%s%s", count, count[0] && job->size[0] ? ", " : "",
             job->size);
    job->out = (Text){0};
    return NB_OK;
}

NbStatus nb_viz_render_as(NbViz *viz, const char *form, const char *path, const NbExport *what,
                          NbRendered *out, NbErr *err)
{
    NbErr mine = {0};
    err = err ? err : &mine;
    *out = (NbRendered){0};
    const NbViewForm *view = views[what->view];
    const NbFormat *f = find_format(form, path, view, err);
    if (!f || check_options(f, view, what, err) != NB_OK || view->ready(what, err) != NB_OK) {
        return err->code;
    }
    NbJob job = {.viz = viz, .what = what, .view = view};
    job.theme = what->has_theme ? what->theme : NB_THEME_LIGHT;
    NbStatus status = make(&job, f, err);
    status = status ? status : hand_over(&job, f, path ? path : form, out, err);
    nb_viz_model_free(&job.model);
    nb_viz_scene_free(&job.scene);
    text_free(&job.out);
    return status;
}

NbStatus nb_viz_render(NbViz *viz, const char *form, const NbExport *what, NbRendered *out,
                       NbErr *err)
{
    return nb_viz_render_as(viz, form, NULL, what, out, err);
}

void nb_viz_rendered_free(NbRendered *r)
{
    free(r->bytes);
    *r = (NbRendered){0};
}
