/* test_dist.c -- make dist: a tarball with what is committed, the same each time */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/suite.h"

#include "tests/proc.h"

/* A command of the shell with ROOT, the tree, and TMP, a folder of its own, set; what it prints. In
 * a tree without git, as the tarball itself is one, nothing is run: one that is unpacked within
 * another tree has that one's git above it, and none of its own. */
static void shell(const char *command, const char *wants)
{
    char script[2400];
    snprintf(
        script, sizeof script,
        "ROOT='%s' TMP='%s/dist'; unset MAKELEVEL CDPATH; set -e\n"
        "above=$(git -C \"$ROOT\" rev-parse --show-prefix 2>/dev/null) && [ -z \"$above\" ] || "
        "{ echo no git; exit 0; }\n"
        "rm -rf \"$TMP\"; mkdir -p \"$TMP\"; cd \"$TMP\"\n%s",
        proc_env("NB_ROOT", "."), proc_env("NB_TMP", "/tmp"), command);
    const char *argv[] = {"/bin/sh", "-c", script, NULL};
    Proc p;
    assert_true(proc_run(argv, NULL, NULL, 120, &p));
    const bool no_git = strcmp(p.out, "no git\n") == 0;
    if (!no_git && (p.status != 0 || strcmp(p.out, wants) != 0)) {
        print_message("%s\n-> %d\n%s%s", command, p.status, p.out, p.err);
        fail();
    }
    proc_free(&p);
    if (no_git) {
        skip();
    }
}

static void two_tarballs_are_the_same(void **state)
{
    (void)state;
    shell("t=$(date +%s); make -s -C \"$ROOT\" dist DIST=\"$TMP/a\" >/dev/null 2>&1\n"
          "until [ \"$(date +%s)\" != \"$t\" ]; do sleep 0.05; done\n"
          "make -s -C \"$ROOT\" dist DIST=\"$TMP/b c\" >/dev/null 2>&1\n"
          "diff -r a 'b c'; cd 'b c'; sha256sum -c --quiet *.sha256; ls | wc -l | tr -d ' '",
          "2\n");
}

static void it_holds_all_files_below_a_folder_with_the_version(void **state)
{
    (void)state;
    shell(
        "make -s -C \"$ROOT\" dist DIST=\"$TMP\" >/dev/null 2>&1\n"
        "v=$(sed -n 's/^#define NB_VERSION \"\\(.*\\)\"/\\1/p' \"$ROOT\"/include/nabla/version.h)\n"
        "tar -xzf nabla-$v.tar.gz; cd nabla-$v; find . -type f -o -type l | sed 's/^..//' | "
        "LC_ALL=C sort > ../have\n"
        "git -C \"$ROOT\" ls-tree -r --name-only HEAD | LC_ALL=C sort | diff - ../have\n"
        "test -x .ci/run; make -s -n clean",
        "rm -rf build\n");
}

/* Where the version stands once more, it is the same. */
static void all_say_the_same_version(void **state)
{
    (void)state;
    shell("cd \"$ROOT\"; h=include/nabla/version.h\n"
          "v=$(sed -n 's/^#define NB_VERSION \"\\(.*\\)\"/\\1/p' $h)\n"
          "p=$(sed -n 's/^#define NB_VERSION_M[AI][JN]OR //p' $h | paste -s -d .)\n"
          "d=$(sed -n '1s/^nabla (\\(.*\\)) .*/\\1/p' debian/changelog)\n"
          "[ \"$v\" = \"$p\" ] && [ \"$v\" = \"$d\" ] && grep -q \"^## $v\" CHANGELOG.md\n"
          "grep -q \"nabla-$v.tar.gz\" doc/package/nabla.rb\n"
          "grep -q \"version = .$v.;\" doc/package/nabla.nix; echo same",
          "same\n");
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_tarballs_are_the_same),
        cmocka_unit_test(all_say_the_same_version),
        cmocka_unit_test(it_holds_all_files_below_a_folder_with_the_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
