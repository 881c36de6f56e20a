/* fuzz_program.c -- programs from the grammar through whole sessions, held to the same rules */
#include "grammar.h"
#include "stage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[GRAMMAR_TEXT + 1];
    size_t len = grammar_program(data, size, true, text);
    stage_check(text, len, fuzz_hash(data, size) % 8 == 0);
    return 0;
}
