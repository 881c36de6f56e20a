/* decided.c -- conditions, counts and indices: by which variables what is made there was decided */
#include "lang/internal.h"

void interp_seen(Interp *I, NbVar *v)
{
    const int most = sizeof I->seen.at / sizeof *I->seen.at;
    for (int i = 0; i < I->seen.n; i++) {
        if (I->seen.at[i] == v) {
            return;
        }
    }
    if (I->seen.n == most) {
        I->seen.more = true;
        return;
    }
    I->seen.at[I->seen.n++] = nb_var_ref(v);
}

void interp_unsee(Interp *I, int from)
{
    while (I->seen.n > from) {
        nb_var_unref(&I->seen.at[--I->seen.n]);
    }
}

bool interp_decided(Interp *I, const Asked *a, const Node *at, uint32_t *mark)
{
    *mark = 0;
    if (!I->saw_tracked) {
        return true;
    }
    const int n = I->seen.more ? 0 : I->seen.n - a->from; /* 0: by what is not named */
    *mark = nb_decision_new(I->ctx, interp_node_line(I, at), &I->seen.at[a->from], n);
    return *mark > 0 || interp_fail_ctx(I, at);
}
