/* place.h -- where windows go on a screen: beside the terminal and beside each other */
#ifndef NABLA_VIZ_WINDOW_PLACE_H
#define NABLA_VIZ_WINDOW_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/* px of the screen, what a window manager draws around a window included. */
typedef struct NbPlace {
    int x, y, w, h;
} NbPlace;

#define NB_LEAST_W 280 /* a window smaller than this shows nothing */
#define NB_LEAST_H 200
#define NB_LEAST_PART 0.4 /* of the size wanted */

bool nb_place_meets(NbPlace a, NbPlace b); /* they share at least a px */

/* Moves and, where it must, shrinks a place until it lies in the room. */
NbPlace nb_place_inside(NbPlace room, NbPlace p);

/* A place of w × h px in the room that meets none of those taken, smaller where less is free: the
 * one that keeps most of the size wanted, of these the one that spoils least of what is free.
 * false when not even the least size is free: then *to is where it covers least of the first
 * place taken (the terminal), and of these least of the others. */
bool nb_place_beside(NbPlace room, const NbPlace *taken, size_t n, int w, int h, NbPlace *to);

/* n places, as large as they get, in the two largest rectangles that are free beside those taken;
 * where these are too little in the right half of the room. For a projector. */
void nb_place_share(NbPlace room, const NbPlace *taken, size_t ntaken, NbPlace *to, size_t n);

/* Both halves of a place, along its longer side. */
void nb_place_halve(NbPlace p, NbPlace *first, NbPlace *second);

#endif
