/* known.c -- what names of the language mean from the start, and errors at places of a program */
#include "pytorch/known.h"

#include "lang/internal.h"

const NbOp *known_op(const Interp *I, int symbol)
{
    const OpInfo *o = I->sym[symbol].op;
    return o ? o->op : NULL;
}

const Builtin *known_row(const Interp *I, int symbol)
{
    return I->sym[symbol].row;
}

bool known_constant(const Interp *I, int symbol)
{
    return I->sym[symbol].constant;
}

bool known_fail(Interp *I, const Program *p, const Node *at, const char *fmt, va_list ap)
{
    return interp_error_at(I, p, at ? at->start : 0, at ? at->end : 0, NB_EVALUE, fmt, ap);
}

void known_hint(Interp *I, const char *fmt, va_list ap)
{
    NbErr *e = &I->error.err;
    vsnprintf(e->hint, sizeof e->hint, fmt, ap);
}

bool known_no_memory(Interp *I)
{
    return interp_no_memory(I, NULL);
}
