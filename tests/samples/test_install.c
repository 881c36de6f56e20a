/* test_install.c -- make install: program, headers and library are found and used from there */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"

#include "tests/proc.h"

static char prefix[1024];

/* A command of the shell with PREFIX, ROOT, CC and FLAGS set; what it prints must hold `wants`. */
static void shell(const char *command, int status, const char *wants)
{
    char script[4096];
    snprintf(script, sizeof script,
             "PREFIX='%s' ROOT='%s' CC='%s' FLAGS='%s'\n"
             "export PKG_CONFIG_PATH=$PREFIX/lib/pkgconfig LD_LIBRARY_PATH=$PREFIX/lib\n"
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
    shell("pkg-config --exists nabla; pkg-config --cflags nabla", 0, "/../../include");
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

static void an_operation_of_ones_own_is_built_the_same_way(void **state)
{
    (void)state;
    shell("cd \"$PREFIX\"; $CC -Wall -Wextra -Werror $FLAGS -o own_op "
          "share/nabla/samples/own_op.c $(pkg-config --cflags --libs nabla) -lm\n"
          "./own_op",
          0, "bell(1) = 0.3679, derivative -0.7358, checked\n");
}

static void further_samples_are_built_the_same_way(void **state)
{
    (void)state;
    shell("cd \"$PREFIX\"; for s in hvp threads; do\n"
          "  $CC -Wall -Wextra -Werror $FLAGS -o $s share/nabla/samples/$s.c "
          "$(pkg-config --cflags --libs nabla) -lpthread\n"
          "  ./$s\n"
          "done",
          0, ", x 1.000000 … 1.000000\nlowest -1.5148 at x = -1.0575, from ");
}

/* Built against the libraries over the engine, run beside the installed program. */
static void language_and_pictures_are_libraries(void **state)
{
    (void)state;
    shell("cd \"$PREFIX\"; $CC -Wall -Wextra -Werror $FLAGS -o language "
          "share/nabla/samples/language.c $(pkg-config --cflags --libs nabla-session)\n"
          "./language",
          0, "y = 2.00 x + 1.00\nslope 2.000\nas expected: unknown name nothing\n");
    shell("cd \"$PREFIX\"; $CC -Wall -Wextra -Werror $FLAGS -o picture "
          "share/nabla/samples/picture.c $(pkg-config --cflags --libs nabla-viz)\n"
          "unset NABLA_WORKER; PATH=\"$PREFIX/bin:$PATH\" ./picture f.svg; head -c 4 f.svg\n"
          "PATH=/usr/bin:/bin ./picture g.svg 2>&1 || test ! -e g.svg",
          0, "cannot start the program nabla, which lays out graphs");
}

/* The archives hold no name that a program could have too. */
static void a_program_is_linked_without_shared_libraries_of_ours(void **state)
{
    (void)state;
    shell("cd \"$PREFIX\"; { cat share/nabla/samples/language.c; "
          "echo 'int text_add(void); int text_add(void) { return 1; }'; } > static.c\n"
          "$CC $FLAGS -Iinclude -o static static.c lib/libnabla-session.a lib/libnabla-viz.a "
          "lib/libnabla.a $(pkg-config --libs openblas) -lm -ldl -lpthread\n"
          "./static",
          0, "slope 2.000\n");
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
    shell("command -v $CXX > /dev/null || { echo '12 digraph'; exit 0; }\n"
          "cd \"$PREFIX\"; cat > upper.cpp <<'END'\n"
          "#include <cstdio>\n"
          "#include <nabla/session.h>\n"
          "#include <nabla/viz.h>\n"
          "int main() {\n"
          "    NbFront front = {};\n"
          "    front.size = sizeof front;\n"
          "    NbSession *s = nb_session_new(&front);\n"
          "    bool bad = nb_session_run(s, \"x = 2; f = 3*x^2\", nullptr, 0) != NB_RUN_OK;\n"
          "    NbVar *f = nb_session_value(s, \"f\");\n"
          "    char *dot = nb_picture(f, \"dot\", nullptr, nullptr);\n"
          "    std::printf(\"%g %.7s\\n\", nb_var_value(f), dot);\n"
          "    nb_picture_free(dot);\n"
          "    nb_var_unref(&f);\n"
          "    nb_session_free(&s);\n"
          "    return bad;\n"
          "}\n"
          "END\n"
          "$CXX -std=c++11 -Wall -Wextra -Werror -Wno-missing-field-initializers $FLAGS -o upper "
          "upper.cpp $(pkg-config --cflags --libs nabla-session nabla-viz)\n"
          "./upper",
          0, "12 digraph");
}

static void an_install_can_be_staged(void **state)
{
    (void)state;
    shell("make -s -C \"$ROOT\" install PREFIX=/usr DESTDIR=\"$PREFIX/stage\"\n"
          "test -x \"$PREFIX\"/stage/usr/bin/nabla\n"
          "grep -rlF \"$PREFIX\" \"$PREFIX\"/stage && exit 1\n"
          "cat \"$PREFIX\"/stage/usr/lib/pkgconfig/nabla.pc",
          0, "prefix=${pcfiledir}/../..\n");
}

/* Folders with spaces in their names, and others than those of old. */
static void folders_are_named_freely(void **state)
{
    (void)state;
    shell("make -s -C \"$ROOT\" install PREFIX='/o p t' DESTDIR=\"$PREFIX/a b\" "
          "LIBDIR='/o p t/lib/x' MANDIR=/man\n"
          "cd \"$PREFIX/a b\"; test -f man/man1/nabla.1; test -x 'o p t/bin/nabla'\n"
          "test ! -e 'o p t/share/man'\n"
          "mv 'o p t' ../moved; cd ..\n"
          "cp moved/share/nabla/samples/embed.c .\n"
          "export PKG_CONFIG_PATH=\"$PWD/moved/lib/x/pkgconfig\"\n"
          "$CC $FLAGS -o embed embed.c $(pkg-config --cflags --libs nabla)\n"
          "LD_LIBRARY_PATH=\"$PWD/moved/lib/x\" ./embed",
          0, "accuracy 1\n");
}

static void the_licence_is_there_and_the_program_is_stripped(void **state)
{
    (void)state;
    shell("test -s \"$PREFIX\"/share/doc/nabla/LICENSE\n"
          "! readelf -S \"$PREFIX\"/bin/nabla | grep -E 'debug_info|symtab'; echo stripped",
          0, "stripped\n");
}

static void no_right_to_write_is_said_before_anything_is_written(void **state)
{
    (void)state;
    shell("mkdir -p \"$PREFIX/x\"; touch \"$PREFIX/x/file\"\n"
          "make -s -C \"$ROOT\" install PREFIX=\"$PREFIX/x/new\" LIBDIR=\"$PREFIX/x/file/lib\" "
          "DESTDIR= 2>&1 || test ! -e \"$PREFIX/x/new\" || echo halfway",
          0, "choose a folder of your own");
    shell("make -s -C \"$ROOT\" install PREFIX=here DESTDIR= 2>&1 || :", 0,
          "'here' must be a path from / on");
}

/* … and what the installed libraries above them call. */
static void the_libraries_export_their_lists_and_nothing_else(void **state)
{
    (void)state;
    shell(
        "cd \"$PREFIX\"\n"
        "one() {\n"
        "  nm -D --defined-only lib/$1.so.0 | awk '{ print $3 }' | sed 's/@.*//' | "
        "grep -v -e '^NABLA_' -e '^_*[al]san' | sort > have\n"
        "  for above in $3; do nm -D --undefined-only lib/libnabla-$above.so.0; done | "
        "awk '{ print $2 }' | sed 's/@.*//' | sort -u | comm -12 - have > called\n"
        "  sed -n 's/^    \\(nb_[a-z0-9_]*\\);/\\1/p' \"$ROOT\"/$2/exports.map | "
        "sort -u - called > want\n"
        "  nm -g --defined-only lib/$1.a | awk 'NF == 3 { print $3 }' | grep -v -e "
        "'^_*[al]san' | sort > static\n"
        "  diff want have && diff want static && test -s have\n"
        "  readelf -d lib/$1.so.0 | grep -q \"SONAME.*\\[$1.so.0\\]\"\n"
        "  test $(readlink lib/$1.so) = $1.so.0\n"
        "}\n"
        "one libnabla src 'viz session'; one libnabla-viz viz session; one libnabla-session repl; "
        "echo all",
        0, "all\n");
    shell("if readelf -d \"$PREFIX\"/lib/libnabla.so.0 | sed -n 's/.*NEEDED.*\\[//p' | "
          "grep -v -e blas -e ^libm -e ^libc.so -e ^ld- -e san.so; then exit 1; fi; echo alone",
          0, "alone\n");
}

/* What a header declares is in a list, so that a new function is not forgotten. */
static void every_function_of_the_headers_is_exported(void **state)
{
    (void)state;
    shell("cd \"$PREFIX\"; n=0\n"
          "cat \"$ROOT\"/src/exports.map \"$ROOT\"/viz/exports.map \"$ROOT\"/repl/exports.map "
          "> listed\n"
          "{ for h in include/nabla/*.h; do echo \"#include <nabla/${h##*/}>\"; done; } > all.c\n"
          "$CC -E -P -Iinclude all.c | tr '\\n' ' ' | sed 's/[;{}]/&\\n/g' | grep -v static | "
          "sed -n 's/^[^=(]*[ *]\\(nb_[a-z0-9_]*\\)(.*;$/\\1/p' | sort -u > declared\n"
          "test $(wc -l < declared) -gt 200\n"
          "while read -r f; do grep -q \"^    $f;\" listed || "
          "{ echo \"$f\"; n=1; }; done < declared; echo \"missing $n\"",
          0, "missing 0\n");
}

/* The archive may become part of another shared library. */
static void the_archive_is_position_independent(void **state)
{
    (void)state;
    shell("cd \"$PREFIX\"; echo '#include <nabla/nabla.h>' > part.c\n"
          "echo 'const char *part(void) { return nb_ctx_new() ? nb_version() : 0; }' >> part.c\n"
          "$CC -fPIC -shared $FLAGS -Iinclude -o libpart.so part.c lib/libnabla.a "
          "$(pkg-config --libs openblas) -lm -Wl,-z,text\n"
          "nm -D libpart.so | grep ' T part'",
          0, "part");
}

static void python_calls_the_library(void **state)
{
    (void)state;
    shell("[ -z \"$FLAGS\" ] || { echo 6.0; exit 0; }\n"
          "/usr/bin/python3 - \"$PREFIX\"/lib/libnabla.so.0 <<'END'\n"
          "import sys\n"
          "from ctypes import *\n"
          "nb = CDLL(sys.argv[1])\n"
          "for f in 'nb_ctx_new', 'nb_var_scalar', 'nb_op_find', 'nb_apply1':\n"
          "    getattr(nb, f).restype = c_void_p\n"
          "nb.nb_var_grad_value.restype = c_double\n"
          "ctx = c_void_p(nb.nb_ctx_new())\n"
          "x = c_void_p(nb.nb_var_scalar(ctx, c_double(3), 2))\n"
          "y = c_void_p(nb.nb_apply1(ctx, c_void_p(nb.nb_op_find(b'square')), x))\n"
          "assert y and nb.nb_backward(y, None) == 0\n"
          "print(nb.nb_var_grad_value(x))\n"
          "for v in x, y: nb.nb_var_unref(byref(v))\n"
          "nb.nb_ctx_free(byref(ctx))\n"
          "END",
          0, "6.0\n");
    shell("[ -z \"$FLAGS\" ] || { echo 9.0; exit 0; }\n"
          "/usr/bin/python3 - \"$PREFIX\"/lib/libnabla-session.so.0 <<'END'\n"
          "import sys\n"
          "from ctypes import *\n"
          "Write = CFUNCTYPE(None, c_void_p, c_bool, POINTER(c_char), c_size_t)\n"
          "class Front(Structure):\n"
          "    _fields_ = [('size', c_size_t), ('user', c_void_p), ('is_', c_uint),\n"
          "                ('columns', c_int), ('write', Write)] + [\n"
          "                (n, c_void_p) for n in 'show result error progress ask'.split()]\n"
          "nb = CDLL(sys.argv[1])\n"
          "nb.nb_session_new.restype = c_void_p\n"
          "told = []\n"
          "write = Write(lambda user, err, text, n: told.append(text[:n]))\n"
          "s = c_void_p(nb.nb_session_new(byref(Front(size=sizeof(Front), write=write))))\n"
          "assert s and nb.nb_session_run(s, b'x = 3; print x; f = x^2', None, 0) == 0\n"
          "assert told == [b'3\\n'], told\n"
          "assert nb.nb_session_run(s, b'zz', None, 0) == 1\n"
          "x = c_double()\n"
          "assert nb.nb_session_number(s, b'f', byref(x)) == 0\n"
          "print(x.value)\n"
          "nb.nb_session_free(byref(s))\n"
          "END",
          0, "9.0\n");
}

/* What menus, file managers and shells look for, as their own tools read it. */
static void the_desktop_knows_the_program(void **state)
{
    (void)state;
    shell("cd \"$PREFIX/share\"\n"
          "command -v desktop-file-validate >/dev/null || { echo both known; exit 0; }\n"
          "desktop-file-validate applications/nabla.desktop\n"
          "appstreamcli validate --no-net --pedantic metainfo/org.nabla.nabla.metainfo.xml >&2\n"
          "grep -q \"release version=.$(pkg-config --modversion nabla). date=\" metainfo/*.xml\n"
          "test -s icons/hicolor/scalable/apps/nabla.svg\n"
          "update-mime-database mime 2>/dev/null\n"
          "export XDG_DATA_HOME=$PWD XDG_DATA_DIRS=/usr/share HOME=$PREFIX\n"
          "is() { gio info -a standard::content-type \"$PREFIX/$1\" | "
          "grep -q \"content-type: $2\\$\" || { echo \"$1 is no $2\"; exit 1; }; }\n"
          "echo 'x = 1' > ../a.nabla; ../bin/nabla --norc -e 'x = 1; save \"../b.nabla\"' "
          ">/dev/null\n"
          "cp ../b.nabla ../state\n"
          "is a.nabla text/x-nabla; is b.nabla text/x-nabla-state; is state text/x-nabla-state\n"
          "for t in text/x-nabla text/x-nabla-state; do "
          "grep -q \"MimeType=.*$t;\" applications/nabla.desktop; done\n"
          "echo both known",
          0, "both known\n");
    shell("cd \"$PREFIX/share\"\n"
          "for s in bash:bash-completion/completions/nabla zsh:zsh/site-functions/_nabla "
          "fish:fish/vendor_completions.d/nabla.fish; do\n"
          "  ../bin/nabla --completions ${s%%:*} | cmp - ${s#*:}\n"
          "done; echo same",
          0, "same\n");
}

/* The list of licences names every library that the program is linked with or opens, and no other.
 */
static void licences_are_listed_of_all_that_is_linked(void **state)
{
    (void)state;
    shell("cd \"$PREFIX\"; list=share/doc/nabla/nabla.spdx\n"
          "sed -n 's/^PackageFileName: //p' $list | tr ' ' '\\n' | grep '\\.so' | sort > named\n"
          "{ readelf -d bin/nabla | sed -n 's/.*NEEDED.*\\[\\(.*\\)\\]/\\1/p' | "
          "grep -v -e san.so -e libgcc_s -e libstdc -e ld-linux\n"
          "  grep -rhoE '\"lib[A-Za-z0-9.-]*\\.so\\.[0-9]+\"' \"$ROOT\"/src \"$ROOT\"/viz "
          "\"$ROOT\"/repl | tr -d '\"'; } | sort -u > used\n"
          "readelf -d bin/nabla | grep -q libSDL && exit 1\n"
          "comm -13 named used; comm -23 named used | "
          "grep -v -e libopenblas -e libcjson -e libnettle || echo complete",
          0, "complete\n");
}

static void symbols_stay_when_nothing_strips_them(void **state)
{
    (void)state;
    shell("make -s -C \"$ROOT\" install PREFIX=\"$PREFIX/whole\" DESTDIR= STRIP=\n"
          "readelf -S \"$PREFIX\"/whole/bin/nabla | grep -o debug_info | head -1\n"
          "rm -rf \"$PREFIX/whole\"",
          0, "debug_info\n");
}

static void an_install_that_broke_off_is_taken_away(void **state)
{
    (void)state;
    shell("P=\"$PREFIX/half\"; mkdir -p \"$P/share\"; touch \"$P/share/icons\"\n"
          "if make -s -C \"$ROOT\" install PREFIX=\"$P\" DESTDIR= 2>/dev/null; then exit 1; fi\n"
          "test -x \"$P/bin/nabla\"; rm \"$P/share/icons\"\n"
          "make -s -C \"$ROOT\" uninstall PREFIX=\"$P\" DESTDIR=\n"
          "find \"$P\" -type f -o -type l | wc -l | tr -d ' '",
          0, "0\n");
}

static void uninstall_leaves_no_file(void **state)
{
    (void)state;
    shell("P=\"$PREFIX/gone\"\n"
          "make -s -C \"$ROOT\" install PREFIX=\"$P\" DESTDIR=\n"
          "make -s -C \"$ROOT\" uninstall PREFIX=\"$P\" DESTDIR=\n"
          "find \"$P\" -type f -o -type l | wc -l | tr -d ' '",
          0, "0\n");
    shell("P=\"$PREFIX/kept\"; mkdir -p \"$P/share/nabla/samples\"\n"
          "echo mine > \"$P/share/nabla/samples/mine.nabla\"\n"
          "make -s -C \"$ROOT\" install PREFIX=\"$P\" DESTDIR=\n"
          "make -s -C \"$ROOT\" uninstall PREFIX=\"$P\" DESTDIR=\n"
          "cd \"$P\"; find . -type f",
          0, "./share/nabla/samples/mine.nabla\n");
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_installed_program_runs),
        cmocka_unit_test(lessons_and_manual_are_found_when_installed),
        cmocka_unit_test(manual_names_every_option),
        cmocka_unit_test(pkg_config_names_the_library),
        cmocka_unit_test(the_sample_is_built_against_the_installed_library),
        cmocka_unit_test(an_operation_of_ones_own_is_built_the_same_way),
        cmocka_unit_test(further_samples_are_built_the_same_way),
        cmocka_unit_test(language_and_pictures_are_libraries),
        cmocka_unit_test(a_program_is_linked_without_shared_libraries_of_ours),
        cmocka_unit_test(each_header_compiles_alone_in_c_and_cpp),
        cmocka_unit_test(a_cpp_program_links),
        cmocka_unit_test(an_install_can_be_staged),
        cmocka_unit_test(folders_are_named_freely),
        cmocka_unit_test(the_licence_is_there_and_the_program_is_stripped),
        cmocka_unit_test(no_right_to_write_is_said_before_anything_is_written),
        cmocka_unit_test(the_libraries_export_their_lists_and_nothing_else),
        cmocka_unit_test(every_function_of_the_headers_is_exported),
        cmocka_unit_test(the_archive_is_position_independent),
        cmocka_unit_test(python_calls_the_library),
        cmocka_unit_test(the_desktop_knows_the_program),
        cmocka_unit_test(licences_are_listed_of_all_that_is_linked),
        cmocka_unit_test(symbols_stay_when_nothing_strips_them),
        cmocka_unit_test(an_install_that_broke_off_is_taken_away),
        cmocka_unit_test(uninstall_leaves_no_file),
    };
    return cmocka_run_group_tests(tests, install, clean);
}
