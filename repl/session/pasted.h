/* pasted.h -- a session pasted back: prompts go, and what was printed between them */
#ifndef NABLA_SESSION_PASTED_H
#define NABLA_SESSION_PASTED_H

#include <stdbool.h>

/* When the text begins with a prompt, keeps of it, in place, what stands behind prompts; returns
 * how many other lines it dropped. begun: it goes on with what was typed before, so that the prompt
 * of a further line may begin it. */
int pasted_strip(char *text, bool begun);

#endif
