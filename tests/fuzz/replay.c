/* replay.c -- runs a fuzzer's entry on each input of its corpus: what was found stays found */

/* replay FILE…: an archive of tar, as those of tests/fuzz/corpus, is run input by input from
 * memory, any other file is one input. `tar -xOf ARCHIVE NAME` writes one out. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

#define SECONDS 120 /* for one input, on the most loaded of machines */

static char now[4200]; /* the input being run */

static void tell(void)
{
    static const char head[] = "this input ended the process: ";
    if (now[0] && write(2, head, sizeof head - 1) > 0 && write(2, now, strlen(now)) > 0 &&
        write(2, "\n", 1) > 0) {
        now[0] = '\0';
    }
}

static void on_signal(int signal_number)
{
    tell();
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

#ifdef NB_ASAN
void __sanitizer_set_death_callback(void (*callback)(void));
#endif

static void watch_for_the_end(void)
{
    signal(SIGABRT, on_signal);
    signal(SIGALRM, on_signal);
    signal(SIGTERM, on_signal);
#ifdef NB_ASAN
    __sanitizer_set_death_callback(tell);
#else
    signal(SIGSEGV, on_signal);
    signal(SIGFPE, on_signal);
    signal(SIGBUS, on_signal);
#endif
}

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t n = 0, cap = 0;
    if (!f) {
        fuzz_broken("%s can be read", path);
    }
    for (size_t got = 1; got > 0; n += got) {
        if (n + 4096 > cap) {
            data = realloc(data, cap = 2 * cap + 8192);
        }
        got = data ? fread(data + n, 1, cap - n, f) : 0;
    }
    fclose(f);
    *size = n;
    return data;
}

static void run_input(const uint8_t *data, size_t n)
{
    uint8_t *exact = malloc(n + (n == 0)); /* so that a byte read beyond the end is seen */
    if (exact && data) {
        memcpy(exact, data, n);
        alarm(SECONDS);
        LLVMFuzzerTestOneInput(exact, n);
        alarm(0);
    }
    free(exact);
}

/* --- archives: those of tar, plain files alone --- */

enum { BLOCK = 512, NAME = 100, SIZE_AT = 124, SIZE = 12, TYPE_AT = 156 };

/* Runs each file of an archive: a block with its name, its size in octal digits and its type, and
 * its bytes filled up to whole blocks. A block without a name ends the archive. */
static long run_archive(const char *path)
{
    size_t size, at = 0;
    long inputs = 0;
    uint8_t *archive = read_file(path, &size);
    for (; size - at >= BLOCK && archive[at]; inputs++) {
        const char *head = (const char *)archive + at;
        char digits[SIZE + 1] = "";
        memcpy(digits, head + SIZE_AT, SIZE);
        const size_t n = strtoull(digits, NULL, 8), whole = (n + BLOCK - 1) / BLOCK * BLOCK;
        at += BLOCK;
        if ((head[TYPE_AT] != '0' && head[TYPE_AT] != '\0') || whole > size - at) {
            fuzz_broken("%s is an archive of plain files", path);
        }
        snprintf(now, sizeof now, "%.*s of %s", NAME, head, path);
        run_input(archive + at, n);
        at += whole;
    }
    free(archive);
    return inputs;
}

static bool is_archive(const char *path)
{
    const size_t n = strlen(path);
    return n > 4 && strcmp(path + n - 4, ".tar") == 0;
}

int main(int argc, char **argv)
{
    long inputs = 0;
    watch_for_the_end();
    for (int i = 1; i < argc; i++) {
        if (is_archive(argv[i])) {
            inputs += run_archive(argv[i]);
            continue;
        }
        size_t n;
        uint8_t *data = read_file(argv[i], &n);
        snprintf(now, sizeof now, "%s", argv[i]);
        run_input(data, n);
        free(data);
        inputs++;
    }
    now[0] = '\0';
    dprintf(1, "%ld inputs\n", inputs); /* stdout may be a text in memory */
    dprintf(1, inputs ? "[  PASSED  ] 1 test(s).\n" : "[  FAILED  ] 1 test(s).\n");
    return inputs == 0;
}
