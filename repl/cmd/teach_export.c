/* teach_export.c -- explaining commands written to files: trace and explain */
#include "cmd/teach_export.h"

#include <stdio.h>
#include <string.h>

#include <nabla/format.h>

#include "cmd/view.h"

/* Those of export's forms that formulas have. */
static const struct {
    const char *ending;
    TeachFormat format;
} formats[] = {{"tex", TEACH_TEX}, {"csv", TEACH_CSV}, {"txt", TEACH_TEXT}};

static void option_word(Interp *I, const Call *c, int opt, char *buf, size_t cap)
{
    buf[0] = '\0';
    if (c->opt[opt].tag == V_STR) {
        snprintf(buf, cap, "%s", c->opt[opt].str->text);
    } else if (c->optnode[opt]) {
        interp_text(I, c->optnode[opt], buf, cap);
    }
}

static bool choose_format(Interp *I, const Call *c, const char *path, bool trace, TeachFormat *out)
{
    const char *ending = view_ending(path);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        bool fits = strcmp(ending, formats[i].ending) == 0;
        if (fits && (trace || formats[i].format != TEACH_CSV)) {
            *out = formats[i].format;
            return true;
        }
    }
    interp_fail(I, c->arg[0], NB_EVALUE, "export: view=%s is written as %s",
                trace ? "trace" : "explain", trace ? ".tex, .csv or .txt" : ".tex or .txt");
    return false;
}

/* Compiles by itself; \input into a document that loads amsmath it is the formulas alone. */
static void put_document(Text *t, const char *body)
{
    text_add(t, "% Compiles by itself (pdflatex). Or \\input it in a document that loads amsmath.\n"
                "\\makeatletter\n"
                "\\ifx\\@nodocument\\relax % inside a document\n"
                "  \\let\\nablaend\\relax\n"
                "\\else\n"
                "  \\documentclass{article}\n"
                "  \\usepackage{amsmath}\n"
                "  \\usepackage[landscape,margin=15mm]{geometry}\n"
                "  \\pagestyle{empty}\\allowdisplaybreaks\n"
                "  \\def\\nablaend{\\end{document}}\n"
                "  \\begin{document}\n"
                "\\fi\n"
                "\\makeatother\n");
    text_add(t, nb_latex_preamble());
    text_printf(t, "%s\\nablaend\n", body);
}

/* What only pictures have is an error; a and b are the options that formulas have. */
static bool no_others(Interp *I, const Call *c, int a, int b)
{
    for (int k = 0; c->row->opt[k].name; k++) {
        if (k != a && k != b && c->optnode[k]) {
            return interp_fail(I, c->optnode[k], NB_EVALUE,
                               "export: %s= means nothing for formulas", c->row->opt[k].name);
        }
    }
    return true;
}

static bool explain_written(Interp *I, const Call *c, TeachFormat format, Text *t)
{
    Subject u;
    NbVar *x = NULL;
    bool ok = explain_begin(&u, I, c, 1, UNSET, &x) &&
              (format == TEACH_TEX ? explain_latex(&u, t, x) : explain_text(&u, t, x));
    nb_var_unref(&x);
    teach_end(&u);
    return ok;
}

bool teach_export(Interp *I, const Call *c, int view, int hide, const char *path, bool *done)
{
    Session *s = session_of(I);
    char word[32];
    TeachFormat format;
    Text t = text_in(s->lost), out = text_in(s->lost);
    option_word(I, c, view, word, sizeof word);
    bool trace = strcmp(word, "trace") == 0;
    if (!trace && strcmp(word, "explain") != 0) {
        return true;
    }
    *done = true;
    if (c->argc != 2) {
        interp_fail(I, c->node, NB_EVALUE, "export: view=%s of one variable", word);
        return interp_hint(I, "as in export \"f.tex\", f, view=%s", word);
    }
    bool ok =
        choose_format(I, c, path, trace, &format) && no_others(I, c, view, trace ? hide : view) &&
        (trace ? trace_written(I, c, 1, hide, format, &t) : explain_written(I, c, format, &t));
    if (ok && format == TEACH_TEX) {
        put_document(&out, text_str(&t));
    } else {
        formula_plain(s, &out, text_str(&t));
    }
    if (ok && *s->lost) {
        ok = interp_fail(I, c->node, NB_EMEM, "out of memory to write %s", path);
    }
    ok = ok && view_write_text(s, c->arg[0], path, text_str(&out), out.len);
    if (ok && session_echoes(s, c)) {
        fprintf(s->out, "wrote %s (%s)\n", path, word);
    }
    text_free(&t);
    text_free(&out);
    return ok;
}
