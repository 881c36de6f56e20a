/* written.h -- what the tests of text formats share: nasty names, files written and read back */
#ifndef NABLA_TESTS_SCENE_WRITTEN_H
#define NABLA_TESTS_SCENE_WRITTEN_H

#include "graphs.h"
#include "jsonread.h"

#define NASTY 18
extern const char *const nasty[NASTY]; /* names that formats might take for something else */

NbExport of_graph(NbVar *f);
/* The text of a file just written into w->dir, what was said in w->said; freed by the caller. */
char *written(World *w, const char *name, const NbExport *what);
/* g.json; freed by the caller. */
Json *written_json(World *w, const NbExport *what);
/* Borrowed; these fail the test when there is no such node. */
const Json *node_by_id(const Json *doc, const char *id);
const Json *node_by_name(const Json *doc, const char *name);

#endif
