/* test_install.c -- make install: program, headers and library are found and used from there */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/proc.h"

static char prefix[1024];

/* A command of the shell with PREFIX, ROOT, CC and FLAGS set; what it prints must hold `wants`. */
static void shell(const char *command, int status, const char *wants)
{
    char script[4096];
    snprintf(script, sizeof script,
             "PREFIX='%s' ROOT='%s' CC='%s' FLAGS='%s'\n"
             "export PKG_CONFIG_PATH=$PREFIX/lib/pkgconfig\n"
             "case $CC in *clang*) CXX=clang++ ;; *) CXX=c++ ;; esac\n"
             "unset MAKELEVEL CDPATH\nset -e\n%s",
             prefix, proc_env("NB_ROOT", "."), proc_env("NB_CC", "cc"), proc_env("NB_FLAGS", ""),
             command);
    const char *argv[] = {"/bin/sh", "-c", script, NULL};
    Proc p;
    assert_true(proc_run(argv, NULL, NULL, 120, &p));
    if (p.status != status || strstr(p.out, wants) == NULL) {
        print_message("%s\n-> %d\n%s%s", command, p.status, p.out, p.err);
    }
    assert_int_equal(p.status, status);
    assert_non_null(strstr(p.out, wants));
    proc_free(&p);
}

static int install(void **state)
{
    (void)state;
    snprintf(prefix, sizeof prefix, "%s/prefix", proc_env("NB_TMP", "/tmp"));
    shell("rm -rf \"$PREFIX\"; make -s -C \"$ROOT\" install PREFIX=\"$PREFIX\" DESTDIR=", 0, "");
    return 0;
}

static int clean(void **state)
{
    (void)state;
    shell("rm -rf \"$PREFIX\"", 0, "");
    return 0;
}

static void the_installed_program_runs(void **state)
{
    (void)state;
    shell("cd /; \"$PREFIX\"/bin/nabla --norc -e 'x = 3; y = x^2; backward y'", 0, "∂y/∂x = 6");
    shell("cd /; \"$PREFIX\"/bin/nabla --norc \"$PREFIX\"/share/nabla/samples/cleargrad.nabla", 0,
          "step");
}

static void lessons_and_manual_are_found_when_installed(void **state)
{
    (void)state;
    shell("unset NABLA_LESSONS; cd /; \"$PREFIX\"/bin/nabla --norc -e 'lesson 1' | head -3", 0,
          "Expressions and their graphs\n");
    shell("head -2 \"$PREFIX\"/share/man/man1/nabla.1", 0, ".TH NABLA 1");
}

/* Every option that --help prints has its place in the manual page. */
static void manual_names_every_option(void **state)
{
    (void)state;
    shell(
        "sed 's/\\\\//g' \"$PREFIX\"/share/man/man1/nabla.1 >\"$PREFIX\"/plain\n"
        "\"$PREFIX\"/bin/nabla --help | sed -n 's/^  \\(-[-a-z]*\\).*/\\1/p' >\"$PREFIX\"/options\n"
        "n=0; all=0\n"
        "while read -r o; do\n"
        "  all=$((all + 1)); grep -q -e \"^\\.B[I]* $o\" \"$PREFIX\"/plain || n=$((n + 1))\n"
        "done <\"$PREFIX\"/options\n"
        "[ $all -ge 15 ] && echo \"missing $n\"",
        0, "missing 0\n");
}

static void pkg_config_names_the_library(void **state)
{
    (void)state;
    shell("pkg-config --exists nabla; pkg-config --cflags nabla", 0, "/prefix/include");
    shell("pkg-config --libs nabla", 0, "-lnabla");
    shell("v=$(pkg-config --modversion nabla); \"$PREFIX\"/bin/nabla --version | grep -F \"$v\"", 0,
          "nabla");
}

static void the_sample_is_built_against_the_installed_library(void **state)
{
    (void)state;
    shell("cd \"$PREFIX\"; $CC -Wall -Wextra -Werror $FLAGS -o embed "
          "share/nabla/samples/embed.c $(pkg-config --cflags --libs nabla)\n"
          "./embed",
          0, "accuracy 1\n");
    shell("cd \"$PREFIX\"; wc -l < share/nabla/samples/embed.c | awk '{ print $1 < 60 }'", 0, "1");
}

static void each_header_compiles_alone_in_c_and_cpp(void **state)
{
    (void)state;
    shell("cd \"$PREFIX\"; flags=$(pkg-config --cflags nabla)\n"
          "for h in include/nabla/*.h; do\n"
          "  printf '#include <%s>\\nint main(void) { return 0; }\\n' \"nabla/${h##*/}\" > unit.c\n"
          "  $CC -std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only $flags unit.c\n"
          "  if command -v $CXX > /dev/null; then\n"
          "    $CXX -std=c++11 -Wall -Wextra -Werror -fsyntax-only $flags -x c++ unit.c\n"
          "  fi\n"
          "done; echo all",
          0, "all");
}

/* Names keep their C linkage: a program in C++ finds them in the library. */
static void a_cpp_program_links(void **state)
{
    (void)state;
    shell("command -v $CXX > /dev/null || { echo 27; exit 0; }\n"
          "cd \"$PREFIX\"; cat > cube.cpp <<'END'\n"
          "#include <cstdio>\n"
          "#include <nabla/nabla.h>\n"
          "int main() {\n"
          "    NbCtx *ctx = nb_ctx_new();\n"
          "    NbVar *x = nb_var_scalar(ctx, 3, NB_LEAF);\n"
          "    NbArg three = {nullptr, 3}, base = {x, 0};\n"
          "    NbVar *y = nb_apply2(ctx, nb_op_find(\"pow\"), base, three);\n"
          "    bool bad = !y || nb_backward(y, nullptr) != NB_OK;\n"
          "    std::printf(\"%g\\n\", nb_var_grad_value(x));\n"
          "    nb_var_unref(&y);\n"
          "    nb_var_unref(&x);\n"
          "    nb_ctx_free(&ctx);\n"
          "    return bad;\n"
          "}\n"
          "END\n"
          "$CXX -std=c++11 -Wall -Wextra -Werror $FLAGS -o cube cube.cpp "
          "$(pkg-config --cflags --libs nabla)\n"
          "./cube",
          0, "27");
}

static void an_install_can_be_staged(void **state)
{
    (void)state;
    shell("make -s -C \"$ROOT\" install PREFIX=/usr DESTDIR=\"$PREFIX/stage\"\n"
          "test -x \"$PREFIX\"/stage/usr/bin/nabla\n"
          "cat \"$PREFIX\"/stage/usr/lib/pkgconfig/nabla.pc",
          0, "prefix=/usr\n");
}

static void uninstall_leaves_no_file(void **state)
{
    (void)state;
    shell("P=\"$PREFIX/gone\"\n"
          "make -s -C \"$ROOT\" install PREFIX=\"$P\" DESTDIR=\n"
          "make -s -C \"$ROOT\" uninstall PREFIX=\"$P\" DESTDIR=\n"
          "find \"$P\" -type f -o -type l | wc -l | tr -d ' '",
          0, "0\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_installed_program_runs),
        cmocka_unit_test(lessons_and_manual_are_found_when_installed),
        cmocka_unit_test(manual_names_every_option),
        cmocka_unit_test(pkg_config_names_the_library),
        cmocka_unit_test(the_sample_is_built_against_the_installed_library),
        cmocka_unit_test(each_header_compiles_alone_in_c_and_cpp),
        cmocka_unit_test(a_cpp_program_links),
        cmocka_unit_test(an_install_can_be_staged),
        cmocka_unit_test(uninstall_leaves_no_file),
    };
    return cmocka_run_group_tests(tests, install, clean);
}
