/* error.c -- error objects: the first message wins */
#include <stdarg.h>
#include <stdio.h>

#include <nabla/error.h>
#include <nabla/version.h>

const char *nb_version(void)
{
    return NB_VERSION;
}

const char *nb_status_text(NbStatus status)
{
    switch (status) {
    case NB_OK: return "ok";
    case NB_ESHAPE: return "shapes do not fit";
    case NB_EINDEX: return "index out of range";
    case NB_EVALUE: return "value out of its range";
    case NB_ETYPE: return "of the wrong kind";
    case NB_ENAME: return "unknown name";
    case NB_ESTALE: return "values changed since they were used";
    case NB_EMEM: return "out of memory";
    case NB_EIO: return "file or device failed";
    case NB_ESYNTAX: return "text that cannot be read";
    case NB_ENONFINITE: return "not a finite number";
    case NB_EINTERRUPT: return "interrupted";
    }
    return "unknown status";
}

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
    if (!err) {
        return;
    }
    err->code = NB_OK;
    err->msg[0] = '\0';
    err->hint[0] = '\0';
}
