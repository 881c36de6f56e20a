/* test_places.c -- what stands at the place of a file: links, other names, pipes, folders */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/suite.h"

#include "tests/proc.h"

/* What command lines may use: the FIFO p with a reader, fd 4, which whoever reads takes from this
 * shell; a process that sleeps, its number in $n; the same stopped by Ctrl-C, and its status. */
static const char words[] =
    "reader() { mkfifo p; exec 3<>p 4<p 3>&-; }\n"
    "asleep() { k=0; until [ $k = 5 ]; do k=$((k + 1)); sleep 0.01; "
    "grep -q '^State:.S' /proc/$n/status || k=0; test -d /proc/$n || break; done; } 2>/dev/null\n"
    "stopped() { \"$@\" & n=$!; asleep; kill -INT $n; wait $n; echo status $?; }\n"
    "trap 'kill $(jobs -p) 2>/dev/null' EXIT\n";

/* A command line in a fresh folder; $N is the program. Both streams in one. */
static Proc shell(const char *line)
{
    char text[2000], dir[600];
    Proc p;
    snprintf(text, sizeof text, "%sN='%s --norc --no-window'\n{ %s\n} 2>&1", words,
             proc_env("NB_PROGRAM", "build/nabla"), line);
    snprintf(dir, sizeof dir, "%s/places", proc_env("NB_TMP", "build/tmp"));
    assert_true(proc_fresh_dir(dir));
    const char *argv[] = {"/bin/sh", "-c", text, NULL};
    assert_true(proc_run(argv, dir, NULL, 60, &p));
    assert_false(p.timed_out);
    return p;
}

static void prints(const char *line, const char *want)
{
    Proc p = shell(line);
    if (!strstr(p.out, want)) {
        print_message("%s\nwanted: %s\ngot: %s\n", line, want, p.out);
        fail();
    }
    proc_free(&p);
}

static void a_link_stays_a_link(void **state)
{
    (void)state;
    prints(": >a; ln -s a l; $N -e 'x = 2; save \"l\"'; test -L l && grep -c nabla a", "2");
    prints("ln -s later l; $N -e 'x = 2; save \"l\"'; test -L l && grep -c nabla later", "2");
    char why[200];
    snprintf(why, sizeof why, "cannot write l: %s", strerror(ELOOP));
    prints("ln -s l l; $N -e 'x = 2; save \"l\"'; echo $?", why);
}

static void other_names_of_a_file_are_told(void **state)
{
    (void)state;
    prints(": >a; ln a b; $N -e 'x = 2; save \"a\"'; cat b",
           "a was one of 2 names of a file: the others keep what was in it\n");
    prints("echo 'x = 1; save \"a\"' | $N >/dev/null; ln a b; $N -e 'z = 2; save \"a\"' "
           ">/dev/null; grep -c 'name x' b",
           "1\n");
}

static void permissions_stay(void **state)
{
    (void)state;
    prints(": >a; chmod 640 a; $N -e 'x = 2; save \"a\"' >/dev/null; stat -c %a a", "640");
    prints("umask 027; $N -e 'x = 2; save \"a\"' >/dev/null; stat -c %a a", "640");
}

static void pipes_without_the_other_end_do_not_hang(void **state)
{
    (void)state;
    prints("mkfifo p; $N -e 'save \"p\"'; test -p p && echo still", "nobody reads from it");
    prints("mkfifo p; $N -e 'save \"p\"' >/dev/null; test -p p && echo still", "still\n");
    prints("mkfifo p; stopped $N -e 'load \"p\"'", "stopped");
    prints("mkfifo p; stopped $N p", "status 130");
    prints("mkfifo p; stopped $N -e 'csv(\"p\")'", "stopped");
    prints(
        "reader; $N -e 'x = randn(5000); save \"p\"; save \"q\"' >/dev/null 4<&- & n=$!; asleep; "
        "cat <&4 >got & exec 4<&-; wait; cmp got q && echo all of it",
        "all of it");
    prints("reader; $N -e 'x = randn(5000); save \"p\"' 4<&- & n=$!; asleep; exec 4<&-; wait $n",
           "cannot write p: Broken pipe");
    prints("reader; stopped $N -e 'x = randn(400, 400); save \"p\"'", "stopped");
}

static void pipes_are_read_and_written(void **state)
{
    (void)state;
    prints("reader; cat <&4 >got & exec 4<&-; $N -e 'x = 2; save \"p\"'; wait;"
           " grep -c 'name x' got",
           "1");
    prints("mkfifo p; $N -e 'x = 2; save \"p\"' & timeout 20 cat p >got; wait; cat got",
           "name x n1");
    prints("mkfifo p; echo 'x = 7' >p & $N -e 'load \"p\"; x'", "x = 7");
    prints("$N -e 'x = 7; save \"s\"' >/dev/null; mkfifo p; cat s >p & $N p -e 'x'", "x = 7");
    prints("$N -e 'x = 7; save \"/dev/stdout\"; y = 3' >got; tail -n 1 got; grep -c 'name x' got",
           "y = 3\n1\n");
}

static void what_is_no_file_is_told(void **state)
{
    (void)state;
    prints("mkdir d; $N -e 'save \"d\"'", "cannot write d: it is a folder");
    prints("mkdir d; $N -e 'load \"d\"'", "cannot read d: it is a folder");
    prints("mkdir d; $N -e 'csv(\"d\")'", "csv: cannot read d: it is a folder");
    prints("$N -e 'save \"n/f\"'", "hint: the folder does not exist");
    prints("truncate -s 1100M big; $N -e 'load \"big\"'", "big is larger than 1.07374 GB");
    prints("$N -e 'save \"/dev/full\"'", "hint: the disk is full");
}

static void a_state_asks_before_it_takes_memory(void **state)
{
    (void)state;
#define BEGIN "printf '# nabla state 1\\nseed 0 0\\ndraws 0000000000000000 0000000000000000\\n"
    prints(BEGIN "node 1 leaf x = (9000000000000) 0*9000000000000\\nend\\n' >s; $N -e 'load \"s\"'",
           "is too large");
    prints(BEGIN "node 1 leaf x = 1\\nname for n1\\nend\\n' >s; $N -e 'load \"s\"'",
           "a name is expected");
    prints(BEGIN "node 1 leaf a\\033[31m = 1\\nend\\n' >s; $N -e 'load \"s\"'", "no name: a");
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_stays_a_link),
        cmocka_unit_test(other_names_of_a_file_are_told),
        cmocka_unit_test(permissions_stay),
        cmocka_unit_test(pipes_without_the_other_end_do_not_hang),
        cmocka_unit_test(pipes_are_read_and_written),
        cmocka_unit_test(what_is_no_file_is_told),
        cmocka_unit_test(a_state_asks_before_it_takes_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
