/* near.c -- how far a mistyped name is from a known one */
#include "base/near.h"

#include <string.h>

static int least(int a, int b)
{
    return a < b ? a : b;
}

int nb_near(const char *a, const char *b, int most)
{
    const int n = (int)strnlen(a, NB_NEAR_LONGEST + 1), m = (int)strnlen(b, NB_NEAR_LONGEST + 1);
    if (n > NB_NEAR_LONGEST || m > NB_NEAR_LONGEST || n - m > most || m - n > most) {
        return most + 1;
    }
    int row[3][NB_NEAR_LONGEST + 1];
    for (int j = 0; j <= m; j++) {
        row[0][j] = j;
    }
    for (int i = 1; i <= n; i++) {
        int *now = row[i % 3];
        const int *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];
        now[0] = i;
        for (int j = 1; j <= m; j++) {
            int best = least(up[j] + 1, now[j - 1] + 1);
            best = least(best, up[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                best = least(best, up2[j - 2] + 1);
            }
            now[j] = best;
        }
    }
    return least(row[n % 3][m], most + 1);
}
