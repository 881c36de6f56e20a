/* search.h -- requests that look something up: completion, help on a word, history */
#ifndef NABLA_KERNEL_SEARCH_H
#define NABLA_KERNEL_SEARCH_H

#include "kernel/channels.h"

void search_complete(Kernel *k, const Message *m);
void search_inspect(Kernel *k, const Message *m);
void search_history(Kernel *k, const Message *m);

#endif
