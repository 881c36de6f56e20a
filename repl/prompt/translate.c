/* translate.c -- nabla --pytorch FILE: a program in PyTorch, to stdout */
#include <stdio.h>

#include "base/file.h"
#include "base/mem.h"
#include "prompt/translate.h"

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
        lang_error_print(interp_error(I), stderr, session_is(s, FRONT_COLOUR_ERR));
    } else {
        fputs(text_str(&out), stdout);
        ok = fflush(stdout) == 0;
    }
    text_free(&out);
    program_unref(&p);
    nb_free(text);
    return !ok;
}
