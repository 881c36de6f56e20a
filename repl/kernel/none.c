/* none.c -- stands in for the kernel in a program built without its libraries */
#include "kernel/kernel.h"

static int no_kernel(void)
{
    fputs("nabla: this program was built without the kernel for notebooks\n"
          "make deps installs the libraries it needs, make builds it with them\n",
          stderr);
    return 1;
}

int kernel_run(Session *s, const char *connection_file)
{
    (void)s;
    (void)connection_file;
    return no_kernel();
}

int kernel_install(Session *s, const char *prefix)
{
    (void)s;
    (void)prefix;
    return no_kernel();
}

int notebook_from_script(Session *s, const char *path, bool run)
{
    (void)s;
    (void)path;
    (void)run;
    return no_kernel();
}

int notebook_to_script(Session *s, const char *path)
{
    (void)s;
    (void)path;
    return no_kernel();
}
