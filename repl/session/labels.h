/* labels.h -- names to show for nodes: x, x~1 for an earlier x, v1 for an unnamed one */
#ifndef NABLA_REPL_LABELS_H
#define NABLA_REPL_LABELS_H

#include "lang/interp.h"

/* Two tables: the nodes of the graph last shown that have no name, numbered in creation order,
 * and the named nodes that their name no longer binds, counted back from the newest. The second
 * is made again when a statement changed something and a label is asked for. */
typedef struct Labels Labels;

Labels *labels_new(void);
void labels_free(Labels **l);
void labels_forget(Labels *l); /* releases every node */
/* What was made after `serial` is gone, as after undo: a graph shown since is not known. */
void labels_back(Labels *l, uint64_t serial);
/* Labels may have changed: a statement ran. */
void labels_changed(Labels *l);

/* While quiet no graph is searched, as inside the engine's callbacks: labels are approximate. */
void labels_quiet(Labels *l, bool quiet);

/* From now on unnamed nodes behind root are v1, v2, …; false when out of memory. */
bool labels_show(Labels *l, Interp *I, NbVar *root);
/* The root of the graph last shown; borrowed, NULL when there is none. */
NbVar *labels_root(const Labels *l);
/* Name to show for v, into buf. Unnamed nodes outside the graph last shown get the text of their
 * operation, consts their value. */
const char *labels_name(Labels *l, Interp *I, const NbVar *v, char *buf, size_t cap);
/* The same, but "" when v has no label of its own. */
const char *labels_own(Labels *l, Interp *I, const NbVar *v, char *buf, size_t cap);
/* False when another is bound to the name of v and nothing that can be typed leads to v: a label of
 * it would be that of another variable. */
bool labels_leads_to(Labels *l, Interp *I, const NbVar *v);
/* The node shown as `name`; borrowed, NULL when there is none. */
NbVar *labels_find(Labels *l, Interp *I, const char *name);

/* Nodes behind every bound name, roots in the order of binding: fn gets each once per root. */
void each_live_root(Interp *I, void (*fn)(void *user, NbVar *root), void *user);

#endif
