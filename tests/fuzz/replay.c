/* replay.c -- runs a fuzzer's entry on each file of its corpus: what was found stays found */
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

#define SECONDS 120 /* for one input, on the most loaded of machines */

static char now[4200]; /* the file being run */

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

static int is_file(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

static void run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t n = 0, cap = 0;
    if (!f) {
        fuzz_broken("the file can be read");
    }
    for (size_t got = 1; got > 0; n += got) {
        if (n + 4096 > cap) {
            data = realloc(data, cap = 2 * cap + 8192);
        }
        got = data ? fread(data + n, 1, cap - n, f) : 0;
    }
    fclose(f);
    uint8_t *exact = malloc(n + (n == 0)); /* so that a byte read beyond the end is seen */
    if (exact && data) {
        memcpy(exact, data, n);
        alarm(SECONDS);
        LLVMFuzzerTestOneInput(exact, n);
        alarm(0);
    }
    free(exact);
    free(data);
}

int main(int argc, char **argv)
{
    struct dirent **file = NULL;
    long inputs = 0;
    watch_for_the_end();
    for (int i = 1; i < argc; i++) {
        int n = scandir(argv[i], &file, is_file, alphasort);
        if (n < 0) { /* one input */
            snprintf(now, sizeof now, "%s", argv[i]);
            run_file(argv[i]);
            inputs++;
        }
        for (int k = 0; k < n; k++, inputs++) {
            snprintf(now, sizeof now, "%s/%s", argv[i], file[k]->d_name);
            run_file(now);
            free(file[k]);
        }
        free(n < 0 ? NULL : file);
    }
    now[0] = '\0';
    dprintf(1, "%ld inputs\n", inputs); /* stdout may be a text in memory */
    dprintf(1, inputs ? "[  PASSED  ] 1 test(s).\n" : "[  FAILED  ] 1 test(s).\n");
    return inputs == 0;
}
