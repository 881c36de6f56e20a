/* test_sheet.c -- individual sheets: numbers from ids, no ties, keys and graders that fit */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"

#include "tests/proc.h"

static char folder[1024];

static void put(const char *name, const char *text)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_true(proc_write_file(path, text));
}

static char *get(const char *name)
{
    char path[1200];
    const bool key = strstr(name, "-key.") || strstr(name, "-grader.");
    const int n = (int)(strrchr(name, '.') - name);
    snprintf(path, sizeof path, "%s/out/%s%.*s/%s", folder, key ? "keys" : "sheets/", key ? 0 : n,
             name, name);
    char *text = proc_read_file(path, NULL);
    if (!text) {
        print_message("no file %s\n", path);
        fail();
    }
    return text;
}

static Proc sheets(const char *exercise, const char *list)
{
    put("ex.nabla", exercise);
    put("list.csv", list);
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"),
                          "--sheet",
                          "ex.nabla",
                          "--students=list.csv",
                          "--out=out",
                          NULL};
    Proc p;
    assert_true(proc_run(argv, folder, NULL, 60, &p));
    return p;
}

static void made(const char *exercise, const char *list)
{
    Proc p = sheets(exercise, list);
    if (p.status != 0) {
        print_message("%s%s\n", p.out, p.err);
    }
    assert_int_equal(p.status, 0);
    proc_free(&p);
}

static const char exercise[] =
    "# ex.nabla -- A sheet\ndraw a in [2, 3, 5]\ndraw k in 1:4\n# f is {a}·x at {k}.\nx = k\n"
    "f = a*x^2\n#> Bind d to the slope.\n#? 2ax\nd = 2*a*x\n#= near(d, grad(f, x)), \"d is {d}\"\n";

static void a_student_gets_the_same_numbers_again(void **state)
{
    (void)state;
    made(exercise, "id,name\nada,Ada\nben,Ben\n");
    char *first = get("ada.tex"), *html = get("ada.html"), *script = get("ada.nabla");
    made(exercise, "name,id\nBen,ben\n\"Ada\",\"ada\"\n");
    char *second = get("ada.tex");
    assert_string_equal(first, second);
    assert_null(strstr(first, "{a}"));
    assert_null(strstr(script, "2*a*x"));
    assert_null(strstr(script, "slope of a"));
    assert_non_null(strstr(html, "Bind d to the slope."));
    free(first);
    free(second);
    free(html);
    free(script);
}

/* A draw leaves options and parameters of its name alone, numbers are written short, and a heading
 * `name` alone is no student. */
static void draws_stand_beside_names(void **state)
{
    static const char text[] =
        "# ex.nabla -- A sheet\ndraw lr in [0.2]\ndraw a in [7]\ndef g(a) = 2*a\nx = a\n"
        "f = g(x)^2\nopt = sgd(x, lr=lr)\n#> Bind d to the slope.\nd = 8*x\n"
        "#= near(d, grad(f, x)), \"d is {d}\"\n";
    (void)state;
    made(text, "name\nada\n");
    char *script = get("ada.nabla");
    assert_non_null(strstr(script, "def g(a) = 2*a"));
    assert_non_null(strstr(script, "x = 7"));
    assert_non_null(strstr(script, "lr=0.2)"));
    free(script);
    char path[1100];
    snprintf(path, sizeof path, "%s/out/sheets/name/name.nabla", folder);
    assert_null(proc_read_file(path, NULL));
}

static void students_get_numbers_of_their_own(void **state)
{
    (void)state;
    int different = 0;
    made(exercise, "s1\ns2\ns3\ns4\ns5\ns6\n");
    char *first = get("s1.nabla");
    for (int i = 2; i <= 6; i++) {
        char name[32];
        snprintf(name, sizeof name, "s%d.nabla", i);
        char *other = get(name);
        different += strcmp(strchr(first, '\n'), strchr(other, '\n')) != 0;
        free(other);
    }
    assert_true(different >= 3);
    free(first);
}

static void the_key_has_the_answers(void **state)
{
    (void)state;
    made("# e.nabla -- E\ndraw a in [4]\nx = 3\nf = a*x\n#> The slope?\nd = grad(f, x)\n"
         "#= near(d, a)\n",
         "u\n");
    char *key = get("u-key.tex"), *html = get("u-key.html"), *sheet = get("u.tex");
    assert_non_null(strstr(key, "d~=~4"));
    assert_non_null(strstr(html, "<i>d = 4</i>"));
    assert_null(strstr(sheet, "grad"));
    free(key);
    free(html);
    free(sheet);
}

static void nothing_ties_or_lands_on_a_kink(void **state)
{
    (void)state;
    static const char ties[] = "# e.nabla -- E\ndraw a in [1, 3]\nx = a\ny = 3\nf = max(x, y)\n"
                               "#> m?\nm = f\n#= near(m, f)\n";
    made(ties, "a\nb\nc\nd\ne\nf\n");
    for (char id = 'a'; id <= 'f'; id++) {
        char name[32];
        snprintf(name, sizeof name, "%c.nabla", id);
        char *text = get(name);
        assert_non_null(strstr(text, "x = 1\n"));
        free(text);
    }
    Proc p = sheets("# e.nabla -- E\ndraw a in [3]\nx = a\ny = 3\nf = max(x, y)\n", "a\n");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "f stands on a kink or a tie"));
    proc_free(&p);
}

static void the_grader_fits(void **state)
{
    (void)state;
    char path[2][1200];
    made(exercise, "ada\n");
    char *sheet = get("ada.nabla"), text[2000];
    snprintf(path[0], sizeof path[0], "%s/out/keys/ada-grader.nabla", folder);
    snprintf(path[1], sizeof path[1], "%s/done.nabla", folder);
    for (int good = 0; good < 2; good++) {
        snprintf(text, sizeof text, "%s\n%s\n", sheet,
                 good ? "d = grad(f, x)" : "f = 0*x; d = grad(f, x)");
        put("done.nabla", text);
        const char *argv[] = {
            proc_env("NB_PROGRAM", "build/nabla"), "--grade", path[0], path[1], "--csv", NULL};
        Proc p;
        assert_true(proc_run(argv, folder, NULL, 60, &p));
        assert_non_null(strstr(p.out, good ? "done.nabla,1,1,1\n" : "done.nabla,0,1,0\n"));
        proc_free(&p);
    }
    free(sheet);
}

static void mistakes_are_told(void **state)
{
    (void)state;
    static const char *const bad[][3] = {
        {"draw a\nx = 1\n", "a\n", "ex.nabla:1: expected a name and a list"},
        {"draw a in []\nx = a\n", "a\n", "nothing to draw from"},
        {"draw a in list(\"u\")\nx = a\n", "a\n", "ex.nabla:1: draw: only numbers are drawn"},
        {"draw a in 5\nx = a\n", "a\n", "nothing to draw from"},
        {"draw a in 3:1\nx = a\n", "a\n", "nothing to draw from"},
        {"draw a inside [1]\n", "a\n", "ex.nabla:1: expected a name and a list"},
        {"draw 1 in [1]\n", "a\n", "ex.nabla:1: expected a name and a list"},
        {"draw a4567890123456789012345678901234567890123456789012345678901234567 in [1]\n", "a\n",
         "ex.nabla:1: expected a name and a list"},
        {"x = 1\n", "id\n", "list.csv: there are no students in it"},
        {"x = 1\n", "id;name\n\nada;Ada\nada;Ben\n",
         "list.csv:4: this id stands here twice: ada, as on line 3"},
        {"#> t\nd = 2\n#= d == 2\n#> u\nd = 3\n#= d == 3\n", "a\n",
         "ex.nabla: the answers of a do not get the points of task 1: d == 2 (3 and 2)"},
        {"#> t\nd = 2\n#= d == 2\n# later\nquit\n", "a\n", "no numbers drawn do"},
        {"draw a in [1, q]\nx = a\n", "a\n", "unknown name q"},
        {"draw a in [1]\nx = a +\n", "a\n", "no numbers drawn do"},
        {"draw a in [1]\n#> t\nx = a\n#= x == 2, \"no\"\n", "a\n", "assertion failed: no"},
        {"x = 1\n", "a b\na_b\n", "list.csv:2: two ids would have one file: a_b, as on line 1"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Proc p = sheets(bad[i][0], bad[i][1]);
        if (p.status != 1 || !strstr(p.err, bad[i][2])) {
            print_message("%s\n%s%s\n", bad[i][0], p.out, p.err);
            fail();
        }
        proc_free(&p);
    }
}

static void numbers_take_their_places(void **state)
{
    (void)state;
    made("# e.nabla -- A <b> & \"c\"\n"
         "draw a in -3:-2\ndraw b in linspace(2, 3, 1)\ndraw c in list(1, 1)\ndrawn = 1\n"
         "# a is {a}, {b}, {q}\nx = a^2  # it's a\nx, q = a, 2*a\ny = a*b - c\nz = \"a {a} \" + "
         "'a'\nw = [x][0]\n",
         "u\n");
    char *text = get("u.nabla"), *html = get("u.html");
    assert_non_null(strstr(text, "drawn = 1\n"));
    assert_non_null(strstr(text, "# a is -3, 2, {q}\n"));
    assert_non_null(strstr(text, "x = (-3)^2  # it's a\nx, q = -3, 2*(-3)\ny = -3*2 - 1\n"));
    assert_non_null(strstr(html, "<title>A &lt;b&gt; &amp; &quot;c&quot;</title>"));
    free(text);
    free(html);
}

static void lists_are_tables_of_any_kind(void **state)
{
    (void)state;
    made("x = 1\n", "Name,ID,Id2\r\n\"A, B\", x 1 ,z\r\n\n,\n\"C\",\"y,2\",z");
    char *a = get("x_1.tex"), *b = get("y_2.tex"), *html = get("x_1.html");
    assert_non_null(strstr(a, "\\noindent x\\_1 · A, B\n"));
    assert_non_null(strstr(html, "<p>x_1 · A, B</p>"));
    free(a);
    free(b);
    free(html);
    Proc p = sheets("x = 1\n", "u\n");
    assert_string_equal(p.out, "wrote 1 sheet to out/sheets, keys and graders to out/keys\n");
    proc_free(&p);
}

/* Which of the columns has the ids, and which the names. */
static void lists_have_headings_of_all_kinds(void **state)
{
    (void)state;
    static const char *const lists[] = {
        "matrikel;name\nm1;Ada Lovelace\n",
        "\xEF\xBB\xBFMatrikelnummer;Nachname;Vorname\r\nm1;Lovelace;Ada\r\n",
        "First name,Last name,ID number,Email address\nAda,Lovelace,m1,a@b.c\n",
        "Name\tUsername\nAda Lovelace\tm1\n", "name,id\n\"Ada Lovelace\",m1\n"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        char path[1200];
        snprintf(path, sizeof path, "%s/out", folder);
        proc_fresh_dir(path);
        Proc p = sheets("x = 1\n", lists[i]);
        assert_string_equal(p.out, "wrote 1 sheet to out/sheets, keys and graders to out/keys\n");
        proc_free(&p);
        char *text = get("m1.tex");
        assert_non_null(strstr(text, "\\noindent m1 · Ada Lovelace\n"));
        free(text);
    }
    made("x = 1\n", "Name\nAda\nBen\n"); /* names alone are ids */
    free(get("Ada.nabla"));
    made("x = 1\n", "user1\nuser2\n");
    free(get("user1.nabla"));
}

/* What a sheet reads below its folder has no answers in it. */
static void keys_are_out_of_reach_of_sheets(void **state)
{
    (void)state;
    char path[1200];
    made(exercise, "ada\nben\n");
    snprintf(path, sizeof path, "%s/out/sheets/ada/ada.nabla", folder);
    assert_true(proc_write_file(path,
                                "d = csv(\"../../keys/ada-key.tex\")\n"
                                "d = csv(\"../ben/ben.tex\")\nd = csv(\"keys/ada-key.tex\")\n"));
    const char *argv[] = {proc_env("NB_PROGRAM", "build/nabla"),
                          "--grade",
                          "out/keys",
                          "out/sheets/ada",
                          "out/sheets/ben",
                          NULL};
    Proc p;
    assert_true(proc_run(argv, folder, NULL, 60, &p));
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.out, "ben.nabla   0 of 1 points\n"));
    assert_non_null(strstr(p.out, "      line 1: error: csv: cannot read"));
    assert_non_null(strstr(p.out, "      line 2: error: csv: cannot read"));
    assert_non_null(strstr(p.out, "      line 3: error: csv: cannot read"));
    assert_null(strstr(p.out, "noindent"));
    proc_free(&p);
}

static void what_cannot_be_read_or_written_is_told(void **state)
{
    (void)state;
    put("ex.nabla", "x = 1\n");
    put("list.csv", "u\n");
    const char *program = proc_env("NB_PROGRAM", "build/nabla");
    static const char *const tries[][4] = {
        {"no.nabla", "--students=list.csv", "--out=out",
         "nabla: cannot read no.nabla: there is no such file\n"},
        {"ex.nabla", "--students=no.csv", "--out=out",
         "nabla: cannot read no.csv: there is no such file\n"},
        {"ex.nabla", "--students=list.csv", "--out=no/where",
         "nabla: cannot make no/where: No such file or directory\n"},
        {"ex.nabla", "--students=list.csv", "--out=ex.nabla",
         "nabla: cannot make ex.nabla/sheets: Not a directory\n"},
        {"nul.nabla", "--students=list.csv", "--out=out",
         "nabla: nul.nabla:1: there are NUL bytes in it\n"},
        {"ex.nabla", "--students=nul.nabla", "--out=out",
         "nabla: nul.nabla: there are NUL bytes in it\n"}};
    char path[1200];
    snprintf(path, sizeof path, "%s/nul.nabla", folder);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fwrite("x = 1\n\0", 1, 7, f);
    fclose(f);
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        const char *argv[] = {program, "--sheet", tries[i][0], tries[i][1], tries[i][2], NULL};
        Proc p;
        assert_true(proc_run(argv, folder, NULL, 60, &p));
        assert_int_equal(p.status, 1);
        assert_string_equal(p.err, tries[i][3]);
        proc_free(&p);
    }
}

static void ids_leave_their_folder_in_no_way(void **state)
{
    (void)state;
    made("x = 1\n", "../../evil\n.hidden\n");
    char *a = get("_._.._evil.tex"), *b = get("_hidden.tex");
    free(a);
    free(b);
}

SUITE()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_student_gets_the_same_numbers_again),
        cmocka_unit_test(students_get_numbers_of_their_own),
        cmocka_unit_test(draws_stand_beside_names),
        cmocka_unit_test(the_key_has_the_answers),
        cmocka_unit_test(nothing_ties_or_lands_on_a_kink),
        cmocka_unit_test(the_grader_fits),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(numbers_take_their_places),
        cmocka_unit_test(lists_are_tables_of_any_kind),
        cmocka_unit_test(lists_have_headings_of_all_kinds),
        cmocka_unit_test(keys_are_out_of_reach_of_sheets),
        cmocka_unit_test(what_cannot_be_read_or_written_is_told),
        cmocka_unit_test(ids_leave_their_folder_in_no_way),
    };
    snprintf(folder, sizeof folder, "%s/sheets", proc_env("NB_TMP", "build/tmp"));
    proc_fresh_dir(folder);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
