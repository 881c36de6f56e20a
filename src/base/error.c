/* error.c -- error objects: the first message wins */
#include <stdarg.h>
#include <stdio.h>

#include <nabla/error.h>

NbStatus nb_fail(NbErr *err, NbStatus code, const char *fmt, ...)
{
    if (err && err->code == NB_OK) {
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(err->msg, sizeof err->msg, fmt, ap);
        va_end(ap);
        err->hint[0] = '\0';
        err->code = code;
    }
    return code;
}

void nb_hint(NbErr *err, const char *fmt, ...)
{
    if (err && err->code != NB_OK && !err->hint[0]) {
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(err->hint, sizeof err->hint, fmt, ap);
        va_end(ap);
    }
}

void nb_err_clear(NbErr *err)
{
    err->code = NB_OK;
    err->msg[0] = '\0';
    err->hint[0] = '\0';
}
