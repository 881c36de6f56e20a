/* embed.c -- <nabla/viz.h>: pictures for other programs, each made by an object of its own */
#include <nabla/viz.h>

#include <stdlib.h>
#include <string.h>

#include "viz/export/export.h"
#include "viz/viz.h"

/* What is known here of a style that may be of an older or newer header. */
static bool take(const NbPictureStyle *given, NbPictureStyle *style, NbErr *err)
{
    *style = (NbPictureStyle){.size = sizeof *style};
    if (!given) {
        return true;
    }
    const char *bytes = (const char *)given;
    bool known = given->size >= offsetof(NbPictureStyle, digits);
    for (size_t i = sizeof *style; known && i < given->size; i++) {
        known = !bytes[i];
    }
    if (!known) {
        nb_fail(err, NB_EVALUE, "a style with members that this version of nabla does not know");
        return false;
    }
    memcpy(style, given, given->size < sizeof *style ? given->size : sizeof *style);
    if (style->digits < 0 || style->digits > 17 || style->width < 0 || style->depth < 0) {
        nb_fail(err, NB_EVALUE, "digits are 0 to 17, width and depth not negative");
        return false;
    }
    return true;
}

static NbVizStyle style_of(const NbPictureStyle *p)
{
    NbVizStyle s = {.theme = p->how & NB_PICTURE_DARK ? NB_THEME_DARK : NB_THEME_LIGHT,
                    .text = {.digits = p->digits ? p->digits : 6,
                             .unicode = !(p->how & NB_PICTURE_ASCII),
                             .columns = 76},
                    .present = p->how & NB_PICTURE_LARGE,
                    .show_constants = p->how & NB_PICTURE_CONSTANTS,
                    .heat = p->how & NB_PICTURE_HEAT};
    snprintf(s.font, sizeof s.font, "%s", p->font ? p->font : "");
    return s;
}

static NbExport export_of(const NbPictureStyle *p, const char *title)
{
    return (NbExport){.title = p->title ? p->title : title,
                      .part = {.depth = p->depth, .locals = p->how & NB_PICTURE_LOCALS},
                      .local = p->how & NB_PICTURE_LOCALS,
                      .width = p->width,
                      .direction = p->how & NB_PICTURE_RIGHT  ? NB_RIGHTWARDS
                                   : p->how & NB_PICTURE_DOWN ? NB_DOWNWARDS
                                                              : NB_ANY_WAY,
                      .has_theme = p->how & NB_PICTURE_DARK,
                      .theme = p->how & NB_PICTURE_DARK ? NB_THEME_DARK : NB_THEME_LIGHT,
                      .hide_grad = p->how & NB_PICTURE_NO_GRADS,
                      .hide_value = p->how & NB_PICTURE_NO_VALUES};
}

/* One style is for all forms: what is a matter of drawing goes where the form has none. */
static void leave_out(NbExport *what, const char *ending)
{
    unsigned takes = nb_viz_takes(what->view, ending);
    what->width = takes & NB_TAKES_WIDTH ? what->width : 0;
    what->has_theme &= (takes & NB_TAKES_THEME) != 0;
    what->local &= (takes & NB_TAKES_LOCAL) != 0;
    what->part.locals = what->local;
    what->direction = takes & NB_TAKES_DIRECTION ? what->direction : NB_ANY_WAY;
}

/* In memory (form) or in a file (path). Hints are for a prompt, but for the list of endings. */
static NbStatus make(const NbPictureStyle *p, NbExport *what, const char *form, const char *path,
                     NbRendered *out, NbErr *err)
{
    static const NbVizHost nobody;
    char said[256];
    NbErr told = {0};
    NbVizStyle style = style_of(p);
    NbViz *viz = nb_viz_new(&nobody, &style);
    if (!viz) {
        return nb_fail(err, NB_EMEM, "out of memory for a picture");
    }
    leave_out(what, form ? form : nb_viz_ending(path));
    NbStatus status = form ? nb_viz_render(viz, form, what, out, &told)
                           : nb_viz_export(viz, path, what, said, sizeof said, &told);
    if (status != NB_OK) {
        nb_fail(err, status, "%s", told.msg);
        if (strncmp(told.hint, "endings: ", 9) == 0) {
            nb_hint(err, "%s", told.hint);
        }
    }
    nb_viz_free(&viz);
    return status;
}

/* The bytes are the caller's from now on. */
static char *given(NbStatus status, NbRendered *out, size_t *size)
{
    if (size) {
        *size = status == NB_OK ? out->size : 0;
    }
    return status == NB_OK ? out->bytes : NULL;
}

static NbStatus of_graph(NbVar *root, const NbPictureStyle *style, const char *form,
                         const char *path, NbRendered *out)
{
    NbPictureStyle p;
    if (!root) {
        return NB_EVALUE;
    }
    NbErr *err = nb_ctx_err(nb_var_ctx(root));
    nb_err_clear(err);
    if (!form && !path) {
        return nb_fail(err, NB_EVALUE, "neither a form nor a file is given");
    }
    if (!take(style, &p, err)) {
        return err->code;
    }
    const char *name = nb_var_name(root);
    NbExport what = export_of(&p, name ? name : "f");
    what.view = NB_VIEW_GRAPH;
    what.root = root;
    return make(&p, &what, form, path, out, err);
}

char *nb_picture(NbVar *root, const char *form, const NbPictureStyle *style, size_t *size)
{
    NbRendered out = {0};
    return given(of_graph(root, style, form, NULL, &out), &out, size);
}

NbStatus nb_picture_file(NbVar *root, const char *path, const NbPictureStyle *style)
{
    return of_graph(root, style, NULL, path, NULL);
}

static NbStatus of_runs(const NbRecord *runs, const NbPictureStyle *style, const char *form,
                        const char *path, NbRendered *out, NbErr *err)
{
    NbErr own = {0};
    NbPictureStyle p;
    err = err ? err : &own;
    nb_err_clear(err);
    if (!runs || (!form && !path)) {
        return nb_fail(err, NB_EVALUE, "no runs, or neither a form nor a file");
    }
    if (!take(style, &p, err)) {
        return err->code;
    }
    NbExport what = export_of(&p, "runs");
    what.view = NB_VIEW_PLOT;
    what.record = runs;
    return make(&p, &what, form, path, out, err);
}

char *nb_picture_runs(const NbRecord *runs, const char *form, const NbPictureStyle *style,
                      size_t *size, NbErr *err)
{
    NbRendered out = {0};
    return given(of_runs(runs, style, form, NULL, &out, err), &out, size);
}

NbStatus nb_picture_runs_file(const NbRecord *runs, const char *path, const NbPictureStyle *style,
                              NbErr *err)
{
    return of_runs(runs, style, NULL, path, NULL, err);
}

void nb_picture_free(char *bytes)
{
    NbRendered r = {.bytes = bytes};
    nb_viz_rendered_free(&r);
}

const char *nb_picture_form(int i, char *text, size_t cap)
{
    char unused[1];
    const bool room = text && cap > 0;
    return nb_viz_format(i, room ? text : unused, room ? cap : sizeof unused);
}
