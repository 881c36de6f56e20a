/* load.h -- libraries that are loaded when they are first needed */
/* Linking them would cost 4 ms at every start of the program (SDL2 and X11 as much again). */
#ifndef NABLA_VIZ_LOAD_H
#define NABLA_VIZ_LOAD_H

#include <stddef.h>

#include <nabla/error.h>

/* One function to look up: its name and where its address goes. */
typedef struct NbSymbol {
    const char *name;
    size_t place;
} NbSymbol;

/* Opens the first of `files` that exists and stores n addresses into the struct at base. The
 * library stays open for the life of the process. `what` names it in the error. */
NbStatus nb_viz_load(const char *const files[], const NbSymbol *symbol, size_t n, void *base,
                     const char *what, NbErr *err);
/* The same of a library that is open, by what dlopen gave for it. */
NbStatus nb_viz_look_up(void *library, const NbSymbol *symbol, size_t n, void *base,
                        const char *what, NbErr *err);

#endif
