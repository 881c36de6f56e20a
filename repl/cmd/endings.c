/* endings.c -- names of files whose ending belongs to another command: nothing is overwritten */
#include "cmd/endings.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <strings.h>

#include "cmd/view.h"
#include "lang/ast.h"
#include "objects/arrays.h"
#include "session/save.h"

/* Endings that no command here writes; what is offered in their place. */
static const struct {
    const char *ending, *hint;
} others[] = {
    {"jpg", "export \"%.*s.png\", f writes a picture"},
    {"jpeg", "export \"%.*s.png\", f writes a picture"},
    {"bmp", "export \"%.*s.png\", f writes a picture"},
    {"webp", "export \"%.*s.png\", f writes a picture"},
    {"tif", "export \"%.*s.png\", f writes a picture"},
    {"tiff", "export \"%.*s.png\", f writes a picture"},
    {"eps", "export \"%.*s.pdf\", f writes a picture"},
    {"ps", "export \"%.*s.pdf\", f writes a picture"},
    {"mp4", "export \"%.*s.gif\", f, steps=true writes a picture that moves"},
    {"pt", "export \"%.*s.safetensors\", m writes the weights of m for PyTorch"},
    {"pth", "export \"%.*s.safetensors\", m writes the weights of m for PyTorch"},
    {"pkl", "export \"%.*s.npz\", x writes numbers for Python"},
    {"h5", "export \"%.*s.npz\", x writes numbers for Python"},
    {"mat", "export \"%.*s.npz\", x writes numbers for Python"},
    {"xls", "export \"%.*s.csv\", x writes a table"},
    {"xlsx", "export \"%.*s.csv\", x writes a table"},
    {"ods", "export \"%.*s.csv\", x writes a table"},
    {"tsv", "export \"%.*s.csv\", x writes a table"},
    {"md", "export \"%.*s.mmd\", f writes a diagram for Markdown"},
    {"htm", "export \"%.*s.html\", f writes a page"},
    {"ipynb", "nabla --to-notebook FILE prints a script as a notebook"},
    {"doc", "export \"%.*s.png\", f writes a picture to put into it"},
    {"docx", "export \"%.*s.png\", f writes a picture to put into it"},
    {"odt", "export \"%.*s.svg\", f writes a picture to put into it"},
    {"ppt", "export \"%.*s.png\", f writes a picture to put into it"},
    {"pptx", "export \"%.*s.png\", f writes a picture to put into it"},
};

/* Endings of programs and saved states: what save writes and load reads. */
static const char *const programs[] = {"nabla", "state", "nabla-state"};

static const char *ending_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    return dot ? dot + 1 : "";
}

/* An ending of export; plain text is anybody's. */
static bool is_exported(const char *ending)
{
    char text[256];
    const char *known;
    for (int i = 0; (known = view_format(i, text, sizeof text)); i++) {
        if (strcasecmp(known, ending) == 0 && strcmp(known, "txt") != 0) {
            return true;
        }
    }
    return false;
}

static const char *hint_for(const char *ending)
{
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strcasecmp(others[i].ending, ending) == 0) {
            return others[i].hint;
        }
    }
    return NULL;
}

/* The length of a path without its ending. */
static int stem(const char *path, const char *ending)
{
    return (int)(strlen(path) - strlen(ending)) - 1;
}

static bool refuse(Interp *I, const Node *at, const char *path, const char *ending)
{
    NbNamedForm form;
    const char *hint = hint_for(ending);
    if (hint) {
        interp_fail(I, at, NB_EVALUE, "save writes the session as text, no .%s file: %s", ending,
                    path);
        return interp_hint(I, hint, stem(path, ending), path);
    }
    const bool weights = arrays_form(path, &form), table = strcasecmp(ending, "csv") == 0;
    if (weights || is_exported(ending)) {
        interp_fail(I, at, NB_EVALUE, "save writes the session as text, no .%s file: %s", ending,
                    path);
        return interp_hint(I, "export \"%s\", %s writes %s", path,
                           weights ? "m"
                           : table ? "x"
                                   : "f",
                           weights ? "the weights of m"
                           : table ? "numbers"
                                   : "f");
    }
    return true;
}

/* What stands there already is no state: a program, a picture, a list of students. */
static bool keeps_other(Interp *I, const Node *at, const char *path, const char *ending)
{
    char begin[64];
    struct stat st; /* a pipe is not read: it would wait, and take what is for others */
    FILE *f = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? fopen(path, "rb") : NULL;
    const size_t n = f ? fread(begin, 1, sizeof begin, f) : 0;
    if (f) {
        fclose(f);
    }
    if (n == 0 || save_is_state(begin, n)) {
        return true;
    }
    interp_fail(I, at, NB_EVALUE, "save: %s is no saved session; it stays as it is", path);
    const int len = *ending ? stem(path, ending) : (int)strlen(path);
    return interp_hint(I, "another name, as in save \"%.*s.state\"", len, path);
}

bool endings_save(Interp *I, const Node *at, const char *path)
{
    const char *ending = ending_of(path);
    return refuse(I, at, path, ending) && keeps_other(I, at, path, ending);
}

bool endings_export(Interp *I, const Node *at, const char *path)
{
    const char *ending = ending_of(path);
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        if (strcasecmp(programs[i], ending) == 0) {
            interp_fail(I, at, NB_EVALUE, "export writes pictures and tables, no .%s file: %s",
                        ending, path);
            return interp_hint(I, "save \"%s\" writes the session", path);
        }
    }
    return true;
}

bool endings_quotes(Interp *I, const Call *c)
{
    const Node *a = c->arg[0];
    char text[128];
    if (interp_error(I)->err.code == NB_ENAME && (a->kind == N_ATTR || a->kind == N_GLOBAL)) {
        interp_text(I, a, text, sizeof text);
        interp_hint(I, "names of files stand in quotes: export \"%s%s\", f", text,
                    a->kind == N_ATTR ? "" : ".png");
    }
    return false;
}
