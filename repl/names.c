/* names.c -- the nearest known name to a mistyped one */
#include "names.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST 40

int name_far(const char *typed)
{
    size_t n = strlen(typed);
    return n <= 2 ? 2 : n <= 5 ? 3 : 4;
}

static int least3(int a, int b, int c)
{
    int m = a < b ? a : b;
    return m < c ? m : c;
}

/* Insertions, deletions, changes and swaps of neighbours from a to b. */
static int distance(const char *a, size_t n, const char *b, size_t m)
{
    int row[3][LONGEST + 1];
    for (size_t j = 0; j <= m; j++) {
        row[0][j] = (int)j;
    }
    for (size_t i = 1; i <= n; i++) {
        int *now = row[i % 3];
        const int *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];
        now[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int cost = a[i - 1] != b[j - 1];
            now[j] = least3(up[j] + 1, now[j - 1] + 1, up[j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                up2[j - 2] + 1 < now[j]) {
                now[j] = up2[j - 2] + 1;
            }
        }
    }
    return row[n % 3][m];
}

void name_nearer(const char *typed, const char *known, const char **best, int *least)
{
    size_t n = strlen(typed), m = strlen(known);
    if (n > LONGEST || m > LONGEST) {
        return;
    }
    int d = distance(typed, n, known, m);
    if (d < *least && d < (int)(n > m ? n : m)) {
        *least = d;
        *best = known;
    }
}
