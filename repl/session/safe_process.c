/* safe_process.c -- nabla --safe: the process gives up writing */
#define _GNU_SOURCE /* syscall */
#include <sys/resource.h>
#include <unistd.h>

#include "session/safe.h"

#if defined(__linux__) && defined(__has_include)
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#define HAS_LANDLOCK
#endif
#endif

/* --- what the process gives up --- */

#ifdef HAS_LANDLOCK
/* No file is opened for writing, made or removed any more, no program started. What is open stays
 * so. Kernels without Landlock refuse, and then the rules of this file stand alone. */
static void give_up_writing(void)
{
    const struct landlock_ruleset_attr rules = {
        .handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE |
                             LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                             LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                             LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                             LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                             LANDLOCK_ACCESS_FS_MAKE_SYM};
    int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    if (fd >= 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
        syscall(SYS_landlock_restrict_self, fd, 0);
    }
    if (fd >= 0) {
        close(fd);
    }
}
#else
static void give_up_writing(void)
{
}
#endif

void safe_begin(Session *s)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    give_up_writing();
    s->safe = true;
    interp_allow(s->interp, B_WITHIN | B_READS | B_SHOWS);
}
