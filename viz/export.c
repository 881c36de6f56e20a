/* export.c -- files: the tables of views and formats, choosing, writing whole or not at all */
#include "export.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dot.h"

/* --- forms that need no file of their own --- */

static NbStatus write_dot(NbJob *job, NbErr *err)
{
    snprintf(job->size, sizeof job->size, "%zu edges", job->model->nedges);
    return nb_viz_dot(job->model, job->what->title, job->theme, &job->out, err);
}

static NbStatus write_text(NbJob *job, NbErr *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *mem = open_memstream(&text, &size);
    if (!mem) {
        return nb_fail(err, NB_EMEM, "out of memory writing text");
    }
    NbStatus status = job->view->text(job, mem, err);
    if (fclose(mem) != 0 && !status) {
        status = nb_fail(err, NB_EMEM, "out of memory writing text");
    }
    if (!status) {
        nb_viz_buf_add(&job->out, text, size);
    }
    free(text);
    return status;
}

static NbStatus write_csv(NbJob *job, NbErr *err)
{
    return job->view->table(job, err);
}

/* --- the tables --- */

/* In the order of NbView. */
static const NbViewForm *const views[] = {&nb_viz_export_graph, &nb_viz_export_plot,
                                          &nb_viz_export_surface, &nb_viz_export_boundary};

#define W NB_TAKES_WIDTH
#define T NB_TAKES_THEME
#define H NB_TAKES_HIDE

static const NbFormat formats[] = {
    {"dot", "Graphviz text with operation, value and gradient as attributes", NB_FROM_GRAPH, T | H,
     write_dot},
    {"gv", "the same as dot", NB_FROM_GRAPH, T | H, write_dot},
    {"png", "a picture in pixels, enlarged twice or to width= px", NB_FROM_SCENE, W | T | H,
     nb_viz_write_png},
    {"svg", "a picture of lines and letters for web pages, width= in px", NB_FROM_SCENE, W | T | H,
     nb_viz_write_svg},
    {"pdf", "a picture of lines and letters for print, width= in pt", NB_FROM_SCENE, W | T | H,
     nb_viz_write_pdf},
    {"tex", "TikZ that compiles by itself or by \\input, width= in pt", NB_FROM_GRAPH, W | T | H,
     nb_viz_write_tex},
    {"mmd", "a Mermaid flowchart for Markdown and wikis", NB_FROM_GRAPH, T | H,
     nb_viz_write_mermaid},
    {"txt", "the text shown in terminals without windows", NB_FROM_TEXT, H, write_text},
    {"json", "nodes, edges, values, gradients, positions and one sweep as data", NB_FROM_GRAPH, H,
     nb_viz_write_json},
    {"csv", "the run record as a table in full digits", NB_FROM_TABLE, 0, write_csv},
    {"html", "one page without network: pan, zoom, a walk through the steps", NB_FROM_GRAPH, T | H,
     nb_viz_write_html},
};

#undef W
#undef T
#undef H

#define NVIEWS (sizeof views / sizeof views[0])
#define NFORMATS (sizeof formats / sizeof formats[0])

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

static const char *ending_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');
    return dot ? dot + 1 : "";
}

static void add_word(char *list, size_t cap, const char *before, const char *word)
{
    size_t n = strlen(list);
    snprintf(list + n, cap - n, "%s%s", n ? before : "", word);
}

const char *nb_viz_format(int i, char *text, size_t cap)
{
    if (i < 0 || (size_t)i >= NFORMATS) {
        return NULL;
    }
    static const char *const option[] = {"width=", "theme=", "hide="};
    const NbFormat *f = &formats[i];
    char taken[40] = "", shown[80] = "";
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
    for (unsigned k = 0; k < 3; k++) {
        if (f->takes >> k & 1) {
            add_word(taken, sizeof taken, " ", option[k]);
        }
    }
    snprintf(text, cap, "%s (%s%s%s)", f->doc, shown, taken[0] ? "; " : "", taken);
    return f->ending;
}

/* --- choosing --- */

static const NbFormat *find_format(const char *path, const NbViewForm *view, NbErr *err)
{
    const char *ending = ending_of(path);
    char list[128] = "", others[80] = "";
    for (size_t i = 0; i < NFORMATS; i++) {
        if (fits(&formats[i], view, ending)) {
            return &formats[i];
        }
        if (offers(view, formats[i].from)) {
            add_word(list, sizeof list, " ", formats[i].ending);
        }
    }
    for (size_t k = 0; k < NVIEWS; k++) {
        for (size_t i = 0; i < NFORMATS; i++) {
            if (fits(&formats[i], views[k], ending)) {
                add_word(others, sizeof others, " or ", views[k]->name);
            }
        }
    }
    if (*ending) {
        nb_fail(err, NB_EVALUE, "cannot write %s as .%s: %s", view->noun, ending, path);
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
                  {what->hide_grad, NB_TAKES_HIDE, "hide"}};
    for (size_t k = 0; k < sizeof option / sizeof option[0]; k++) {
        if (!option[k].given) {
            continue;
        }
        bool graphs = option[k].takes == NB_TAKES_HIDE;
        if (graphs && !view->graph) {
            nb_fail(err, NB_EVALUE, "hide: %s shows no gradients", view->noun);
            nb_hint(err, "hide=grad is for view=graph");
            return NB_EVALUE;
        }
        if (f->takes & option[k].takes) {
            continue;
        }
        char list[128] = "";
        for (size_t i = 0; i < NFORMATS; i++) {
            if (formats[i].takes & option[k].takes && offers(view, formats[i].from)) {
                add_word(list, sizeof list, " ", formats[i].ending);
            }
        }
        nb_fail(err, NB_EVALUE, "%s= means nothing in a .%s file", option[k].name, f->ending);
        nb_hint(err, "it is for %s", list);
        return NB_EVALUE;
    }
    return NB_OK;
}

/* --- writing --- */

/* Pictures of large graphs are summaries; formats that list nodes refuse them. */
static NbStatus check_size(const NbJob *job, const NbFormat *f, NbErr *err)
{
    if (f->from == NB_FROM_GRAPH && job->model->summary) {
        nb_fail(err, NB_EVALUE, "the graph has %zu variables, at most %d are drawn",
                job->model->variables, NB_MODEL_MAX);
        nb_hint(err, "export a part, as in export \"part.%s\", v3", f->ending);
        return NB_EVALUE;
    }
    return NB_OK;
}

static void report(const NbJob *job, const char *path, char *said, size_t cap)
{
    char count[64];
    job->view->count(job, count, sizeof count);
    snprintf(said, cap, "wrote %s (%s%s%s)", path, count, count[0] && job->size[0] ? ", " : "",
             job->size);
}

static NbStatus write_file(NbJob *job, const NbFormat *f, const char *path, NbErr *err)
{
    if (job->view->graph) {
        static const NbPart all;
        bool picture = f->from == NB_FROM_SCENE; /* others have neither folds nor heat maps */
        NbVizStyle style = job->viz->style;
        style.heat = style.heat && picture;
        job->model = nb_viz_model_part(job->what->root, &job->viz->host, &style,
                                       job->what->hide_grad, picture ? &job->what->part : &all,
                                       err);
        if (!job->model) {
            return err->code;
        }
    }
    NbStatus status = check_size(job, f, err);
    status = status ? status : f->write(job, err);
    return status ? status : nb_viz_save(path, &job->out, job->what->interrupt, err);
}

NbStatus nb_viz_export(NbViz *viz, const char *path, const NbExport *what, char *said, size_t cap,
                       NbErr *err)
{
    NbErr mine = {0};
    err = err ? err : &mine;
    if (cap) {
        said[0] = '\0';
    }
    const NbViewForm *view = views[what->view];
    const NbFormat *f = find_format(path, view, err);
    if (!f || check_options(f, view, what, err) != NB_OK || view->ready(what, err) != NB_OK) {
        return err->code;
    }
    NbJob job = {.viz = viz, .what = what, .view = view};
    job.theme = what->has_theme ? what->theme : NB_THEME_LIGHT;
    NbStatus status = write_file(&job, f, path, err);
    if (!status) {
        report(&job, path, said, cap);
    }
    nb_viz_model_free(&job.model);
    nb_viz_scene_free(&job.scene);
    nb_viz_buf_free(&job.out);
    return status;
}
