/* fuzz_session.c -- texts through whole sessions: undo, printed values, the same output again */
#include <stdlib.h>

#include "stage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    if (!stage_reaches_out(text, size)) {
        stage_check(text, size, fuzz_hash(data, size) % 8 == 0);
    }
    free(text);
    return 0;
}
