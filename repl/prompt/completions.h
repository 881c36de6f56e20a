/* completions.h -- what completes the options of the program in a shell, made from their table */
#ifndef NABLA_PROMPT_COMPLETIONS_H
#define NABLA_PROMPT_COMPLETIONS_H

#include <stdbool.h>
#include <stdio.h>

/* Writes the file for "bash", "zsh" or "fish"; false, with nothing written, for another shell. */
bool completions_write(FILE *out, const char *shell);

#endif
