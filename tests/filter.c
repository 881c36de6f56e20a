/* filter.c -- linked into every test program: runs only the tests that match $K */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

__attribute__((constructor)) static void filter_tests(void)
{
    const char *pattern = getenv("K");
    if (pattern && *pattern) {
        cmocka_set_test_filter(pattern);
    }
}
