/* near.h -- how far a mistyped name is from a known one */
#ifndef NB_BASE_NEAR_H
#define NB_BASE_NEAR_H

#define NB_NEAR_LONGEST 40

/* Insertions, deletions, changes and swaps of neighbours from a to b; `most` + 1 where there are
 * more, or where one of them is longer than NB_NEAR_LONGEST bytes. */
int nb_near(const char *a, const char *b, int most);

#endif
