/* error.c -- error objects: the first message wins */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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
        vsnprintf(err->msg, sizeof err->msg, fmt ? fmt : "no message", ap);
        va_end(ap);
        err->hint[0] = '\0';
        err->code = code;
    }
    return code;
}

static bool wants_hint(const NbErr *err)
{
    return err && err->code != NB_OK && !err->hint[0];
}

void nb_hint(NbErr *err, const char *fmt, ...)
{
    if (wants_hint(err) && fmt) {
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(err->hint, sizeof err->hint, fmt, ap);
        va_end(ap);
    }
}

void nb_advise(NbErr *err, const char *fmt, ...)
{
    if (wants_hint(err) && err->front && fmt) {
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(err->hint, sizeof err->hint, fmt, ap);
        va_end(ap);
    }
}

void nb_err_operand(NbErr *err, int i, const char *name)
{
    if (!err || err->front || i < 0 || i > 9) {
        return;
    }
    const char place[] = {'{', (char)('0' + i), '}', '\0'};
    char from[NB_MSG_MAX];
    if (!strstr(err->msg, place)) {
        return;
    }
    memcpy(from, err->msg, sizeof from);
    size_t len = 0;
    for (const char *at = from; *at && len + 1 < sizeof err->msg;) {
        const bool here = strncmp(at, place, 3) == 0;
        const char *text = !here ? at : name ? name : "";
        const int n = snprintf(err->msg + len, sizeof err->msg - len, here ? "%s" : "%.1s", text);
        len += (size_t)(n > 0 ? n : 0);
        at += !here ? 1 : !name && at[3] == ' ' ? 4 : 3;
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
