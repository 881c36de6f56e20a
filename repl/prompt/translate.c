/* translate.c -- nabla --pytorch FILE: a program in PyTorch, to stdout */
#include <stdio.h>
#include <string.h>

#include <nabla/data.h>

#include "base/draws.h"
#include "base/file.h"
#include "base/mem.h"
#include "prompt/translate.h"

/* --- what the program draws --- */

/* Errors are told; results nobody has asked for. */
static void write_errors(void *user, bool err, const char *text, size_t n)
{
    (void)user;
    if (err) {
        fwrite(text, 1, n, stderr);
    }
}

static NbStatus add_numbers(NbNamedSet *set, const char *name, const double *x, size_t n,
                            NbErr *err)
{
    NbShape shape = {.rank = 1, .dim = {(int64_t)n}};
    static const double none;
    NbTensor *t = nb_tensor_from(&shape, x ? x : &none, err);
    return t ? nb_named_add(set, name, t, err) : err->code;
}

static NbStatus write_draws(const NbDraws *d, const char *path, NbErr *err)
{
    static const char *const name[NB_DRAWERS] = {"values", "masks"};
    NbNamedSet set = {0};
    size_t len = 0;
    NbStatus status = d->failed ? nb_fail(err, NB_EMEM, "out of memory for what was drawn") : NB_OK;
    for (int i = 0; i < NB_DRAWERS && status == NB_OK; i++) {
        status = add_numbers(&set, name[i], d->x[i], d->n[i], err);
    }
    char *bytes = status == NB_OK ? nb_named_encode(&set, NB_NPZ, false, &len, err) : NULL;
    status = bytes ? nb_file_write(path, bytes, len, NULL, err) : err->code;
    nb_named_free(bytes);
    nb_named_clear(&set);
    return status;
}

/* Runs the program once, in silence, and writes what it drew. */
static bool keep_draws(Session *s, const char *file, const char *path)
{
    static const Front silent = {.write = write_errors};
    NbDraws draws = {0};
    NbErr err = {0};
    if (!session_front(s, &silent)) {
        session_say(s, "error: out of memory");
        return false;
    }
    s->set.echo = false;
    nb_draws = &draws;
    RunEnd end = session_run_file(s, file, RUN_AS_SET);
    nb_draws = NULL;
    session_front(s, NULL);
    bool ok = end == RUN_OK || end == RUN_LEAVE;
    if (!ok) {
        session_say(s, "error: %s did not run to its end: what it draws is not known", file);
    } else if (write_draws(&draws, path, &err) != NB_OK) {
        session_say(s, "error: %s", err.msg);
        ok = false;
    }
    nb_draws_free(&draws);
    return ok;
}

/* --- the whole --- */

int translate_file(Session *s, const char *file, const PytorchOptions *o)
{
    Interp *I = s->interp;
    NbErr err = {0};
    size_t len = 0;
    Text out = {0};
    char *text = nb_file_bytes(file, s->interrupt, &len, &err);
    if (!text) {
        session_say(s, "error: %s", err.msg);
        return 1;
    }
    Program *p = interp_parse(I, text, len, file, 1, false);
    bool ok = p && pytorch_translate(I, p, o, &out, stderr);
    if (!ok) {
        lang_error_print(interp_error(I), stderr, session_is(s, FRONT_COLOUR_ERR),
                         session_wraps(s));
    }
    ok = ok && (!o->weights || keep_draws(s, file, o->weights));
    if (ok) {
        fputs(text_str(&out), stdout);
        ok = fflush(stdout) == 0;
    }
    text_free(&out);
    program_unref(&p);
    nb_free(text);
    return !ok;
}
