/* library.h -- layers, models and data sets as objects of the language */
#ifndef NABLA_CMD_LIBRARY_H
#define NABLA_CMD_LIBRARY_H

#include "lang/interp.h"

/* A row with the texts it points to. */
typedef struct MadeRow {
    Builtin row;
    char doc[640], number[2][40];
} MadeRow;

/* Rows of the constructors, made from the engine's records; they must outlive the interpreter. */
typedef struct LibraryRows LibraryRows;
LibraryRows *library_rows_new(void);
bool library_rows_add(LibraryRows *rows, Interp *I);
void library_rows_free(LibraryRows **rows);

/* The rows of data sets: how many, and one of them. */
int data_made_count(void);
void data_made(MadeRow *m, int i);

Rows nn_rows(void);
Rows data_rows(void);

NbModule *module_of(const Obj *o); /* borrowed; NULL when o is another object */
Value module_object(NbModule *m);  /* new object; takes m; V_UNSET when out of memory */
NbLoader *loader_of(const Obj *o); /* borrowed; NULL when o is another object */
Value loader_object(NbLoader *l);  /* new object; takes l; V_UNSET when out of memory */
/* A name was given to a module: its parameters are shown under it. */
bool module_named(Obj *o, const char *name);

#endif
