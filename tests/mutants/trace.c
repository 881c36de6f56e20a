/* trace.c -- which code a test program runs, into a file that all its processes share */
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Called by the compiler's -fsanitize-coverage=trace-pc at every branch. A byte for every address
 * of the library; the file named by NB_TRACE is as long. */
#define BYTES ((size_t)16 << 20)

void __sanitizer_cov_trace_pc(void);

extern const char __ehdr_start[] __attribute__((visibility("hidden")));
static uint8_t unread[BYTES];
static uint8_t *seen = unread;

void __sanitizer_cov_trace_pc(void)
{
    size_t at = (size_t)((const char *)__builtin_return_address(0) - __ehdr_start);
    if (at < BYTES) {
        seen[at] = 1;
    }
}

__attribute__((constructor)) static void trace_begin(void)
{
    const char *path = getenv("NB_TRACE");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd >= 0) {
        void *p = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (p != MAP_FAILED) {
            seen = p;
        }
        close(fd);
    }
}
