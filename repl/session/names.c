/* names.c -- the nearest known name to a mistyped one */
#include "session/names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/near.h"

int name_far(const char *typed)
{
    size_t n = strlen(typed);
    return n <= 3 ? 1 : n <= 7 ? 2 : n <= 11 ? 3 : 4;
}

void name_nearer(const char *typed, const char *known, const char **best, int *least)
{
    size_t n = strlen(typed), m = strlen(known);
    int d = nb_near(typed, known, *least - 1);
    const bool slip = d < 2 || typed[0] == known[0]; /* hardly anyone begins with a wrong letter */
    if (d < *least && slip && d < (int)(n > m ? n : m)) {
        *least = d;
        *best = known;
    }
}
