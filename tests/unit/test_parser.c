/* test_parser.c -- trees of expressions and statements, incomplete text, limits */
#include "lang/ast.h"
#include "lang.h"

/* A tree as text: (+ a b). */
static void dump(const Program *p, const Node *n, char *buf, size_t cap);

static void add(char *buf, size_t cap, const char *fmt, ...) NB_PRINTF(3, 4);
static void add(char *buf, size_t cap, const char *fmt, ...)
{
    size_t len = strlen(buf);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(buf + len, cap - len, fmt, ap);
    va_end(ap);
}

static void dump_kids(const Program *p, const Node *n, const char *head, char *buf, size_t cap)
{
    add(buf, cap, "(%s", head);
    for (int i = 0; i < n->n; i++) {
        add(buf, cap, " ");
        if (n->kid[i]) {
            dump(p, n->kid[i], buf, cap);
        } else {
            add(buf, cap, "_");
        }
    }
    add(buf, cap, ")");
}

static void dump_two(const Program *p, const Node *n, const char *head, char *buf, size_t cap)
{
    add(buf, cap, "(%s ", head);
    dump(p, n->a, buf, cap);
    if (n->b) {
        add(buf, cap, " ");
        dump(p, n->b, buf, cap);
    }
    add(buf, cap, ")");
}

static void dump(const Program *p, const Node *n, char *buf, size_t cap)
{
    size_t len;
    const char *source = node_source(p, n, &len);
    switch ((NodeKind)n->kind) {
    case N_UNARY: dump_two(p, n, "neg", buf, cap); break;
    case N_BINARY: dump_two(p, n, n->op ? n->op->symbol : "?", buf, cap); break;
    case N_CHAIN: dump_kids(p, n, "chain", buf, cap); break;
    case N_AND: dump_kids(p, n, "and", buf, cap); break;
    case N_OR: dump_kids(p, n, "or", buf, cap); break;
    case N_NOT: dump_two(p, n, "not", buf, cap); break;
    case N_RANGE: dump_kids(p, n, ":", buf, cap); break;
    case N_LIST: dump_kids(p, n, "list", buf, cap); break;
    case N_TUPLE: dump_kids(p, n, "tuple", buf, cap); break;
    case N_BLOCK: dump_kids(p, n, "block", buf, cap); break;
    case N_FORMAT: dump_kids(p, n, "format", buf, cap); break;
    case N_PIECE: dump_two(p, n, n->str ? n->str->text : "{}", buf, cap); break;
    case N_STR: add(buf, cap, "'%s'", n->str->text); break;
    case N_CALL:
        add(buf, cap, "%.*s", (int)(n->call->callee->end - n->call->callee->start),
            p->text + n->call->callee->start);
        dump_kids(p, n, "", buf, cap);
        break;
    case N_INDEX:
        dump(p, n->a, buf, cap);
        dump_kids(p, n, "index", buf, cap);
        break;
    case N_ATTR:
        dump(p, n->a, buf, cap);
        add(buf, cap, ".%s", n->attr);
        break;
    case N_ASSIGN: dump_two(p, n, "=", buf, cap); break;
    case N_CONST: dump_two(p, n, "const", buf, cap); break;
    case N_WRITE: dump_two(p, n, ":=", buf, cap); break;
    case N_REPEAT: dump_two(p, n, "repeat", buf, cap); break;
    case N_WHILE: dump_two(p, n, "while", buf, cap); break;
    case N_EVERY: dump_two(p, n, "every", buf, cap); break;
    case N_NOGRAD: dump_two(p, n, "nograd", buf, cap); break;
    case N_TESTMODE: dump_two(p, n, "testmode", buf, cap); break;
    case N_FOR: dump_kids(p, n, "for", buf, cap); break;
    case N_IF: dump_kids(p, n, "if", buf, cap); break;
    case N_DEF:
        add(buf, cap, "(def %d/%d ", n->def->nparams, n->def->nslots);
        dump(p, n->def->body, buf, cap);
        add(buf, cap, ")");
        break;
    case N_LOCAL: add(buf, cap, "$%d", n->id); break;
    default: add(buf, cap, "%.*s", (int)len, source);
    }
}

static void parses(const char *text, const char *expected)
{
    Bench *b = bench_new();
    char buf[2000] = "";
    Program *p = interp_parse(b->I, text, strlen(text), "", 1, false);
    if (!p) {
        fail_msg("%s\n%s", text, bench_error(b));
    }
    for (int i = 0; i < program_statements(p); i++) {
        add(buf, sizeof buf, i ? " ; " : "");
        dump(p, program_statement(p, i), buf, sizeof buf);
    }
    assert_string_equal(buf, expected);
    program_unref(&p);
    bench_free(b);
}

static void power_binds_tighter_than_minus_and_to_the_right(void **state)
{
    (void)state;
    parses("-2^2", "(neg (^ 2 2))");
    parses("2^3^2", "(^ 2 (^ 3 2))");
    parses("x^-1", "(^ x -1)");
    parses("2**3", "(^ 2 3)");
    parses("-x.grad^2", "(neg (^ x.grad 2))");
}

static void operators_of_one_level_join_from_the_left(void **state)
{
    (void)state;
    parses("a - b", "(- a b)");
    parses("a - b + c", "(chain a b c)");
    parses("a + b*c@d", "(+ a (chain b c d))");
    parses("a*b + c", "(+ (* a b) c)");
}

static void logic_is_looser_than_comparison(void **state)
{
    (void)state;
    parses("a < b and not c == d or e", "(or (and (< a b) (not (== c d))) e)");
    parses("not a and b", "(and (not a) b)");
}

static void a_range_is_loosest(void **state)
{
    (void)state;
    parses("1+1:n*2", "(: (+ 1 1) (* n 2) _)");
    parses("0:10:2", "(: 0 10 2)");
    parses("x[1:, :, ::2, 0]", "x(index (: 1 _ _) (: _ _ _) (: _ _ 2) 0)");
}

static void calls_indices_and_attributes_follow_each_other(void **state)
{
    (void)state;
    parses("m.linear[0].w(x, n=3).T", "m.linear[0].w( x 3).T");
}

static void a_literal_tensor_is_one_node(void **state)
{
    (void)state;
    parses("[[1, 2], [3, -4]]", "[[1, 2], [3, -4]]");
    parses("[[1, 2], [3]]", "(list [1, 2] [3])");
    parses("[1, x]", "(list 1 x)");
    parses("[]", "(list)");
}

static void strings_hold_expressions_and_formats(void **state)
{
    (void)state;
    parses("\"a{x}b{x + 1:.2f}{{}}\"", "(format 'a' ({} x) 'b' (.2f (+ x 1)) '{}')");
    parses("\"{'k'}\"", "(format ({} 'k'))");
    parses("'{x}\\n'", "'{x}\\n'");
    parses("\"\"", "''");
}

static void statements_end_at_newlines_semicolons_and_braces(void **state)
{
    (void)state;
    parses("a; b\nc", "a ; b ; c");
    parses("repeat 2 { a } b", "(repeat 2 (block a)) ; b");
    parses("repeat 2\n\n{ a\nb; c }", "(repeat 2 (block a b c))");
    parses("(a +\nb)", "(+ a b)");
}

static void several_names_and_values_are_assigned_at_once(void **state)
{
    (void)state;
    parses("x, y = 2, 3", "(= (tuple x y) (tuple 2 3))");
    parses("const x, t = f(2)", "(const (tuple x t) f( 2))");
    parses("x := 3", "(:= x 3)");
    parses("w[0, 1] := 3", "(:= w(index 0 1) 3)");
    parses("opt.lr = 0.1", "(= opt.lr 0.1)");
}

static void names_assigned_in_a_function_are_slots(void **state)
{
    (void)state;
    parses("def f(x, n=3) { s = 0; repeat n { s = s + x }; return s*k }",
           "(def 2/3 (block (= $2 0) (repeat $1 (block (= $2 (+ $2 $0)))) return s*k))");
    parses("def f(x) = x^2 + g(x)", "(def 1/1 (+ (^ $0 2) g( $0)))");
    parses("def f(g, x) { y = g(x); for i in 0:3 { y = \"{i}\" } }",
           "(def 2/4 (block (= $2 g( $1)) (for $3 (: 0 3 _) (block (= $2 (format ({} $3)))))))");
}

static void else_may_stand_on_the_next_line(void **state)
{
    (void)state;
    parses("if a { b }\nelse if c { d }\n\nelse { e }", "(if a (block b) c (block d) (block e))");
    parses("if a { b }\nc", "(if a (block b)) ; c");
}

static void a_parenthesis_after_a_command_is_its_list_only_at_the_end(void **state)
{
    (void)state;
    parses("print (x + 1)*2", "print( (* (+ x 1) 2))");
    parses("print(1, 2)", "print( 1 2)");
    parses("print (1), (2)", "print( 1 2)");
    parses("repeat 2 { print(1) }", "(repeat 2 (block print( 1)))");
    parses("print(\"a)\") # comment", "print( 'a)')");
    parses("backward f, create_graph=true", "backward( f true)");
}

static void words_need_no_quotes(void **state)
{
    (void)state;
    parses("set digits full; a", "set( 'digits' 'full') ; a");
    parses("help ^", "help( '^')");
    parses("help x~1 # comment", "help( 'x~1')");
    parses("?sin", "?( 'sin')");
    parses("set title 'two words'", "set( 'title' 'two words')");
    parses("help(print)", "help( 'print')");
}

static void options_and_attributes_may_be_named_like_commands(void **state)
{
    (void)state;
    parses("f(step=1, in=2)", "f( 1 2)");
    parses("x.step", "x.step");
}

static void incomplete(const char *text, bool expected)
{
    Bench *b = bench_new();
    if (interp_incomplete(b->I, text, strlen(text)) != expected) {
        fail_msg("%s", text);
    }
    bench_free(b);
}

static void text_inside_brackets_and_blocks_is_incomplete(void **state)
{
    (void)state;
    incomplete("x = (1 +", true);
    incomplete("x = [1, 2", true);
    incomplete("repeat 10 {", true);
    incomplete("repeat 10", true);
    incomplete("def f(x)", true);
    incomplete("def f(x) {\n y = [1,", true);
    incomplete("if a { b } else", true);
    incomplete("f(\"abc\",", true);
}

static void wrong_text_is_not_incomplete(void **state)
{
    (void)state;
    incomplete("print 'abc", false);
    incomplete("y = x'", false);
    incomplete("x = 2", false);
    incomplete("x = 2 +", false);
    incomplete("print \"abc", false);
    incomplete("x = )", false);
    incomplete("repeat 10 { x = ) ", false);
    incomplete("if a { b }", false);
    incomplete("", false);
}

static void an_unclosed_bracket_is_reported_where_it_opens(void **state)
{
    (void)state;
    fails("x = 2\ny = (x + [1, 2\nz = 3", "  2 | y = (x + [1, 2\n    |          ^\n");
    fails("repeat 3 {\n  x = (1\n}\n", "  2 |   x = (1\n    |       ^\n");
    fails("repeat 3 {\n  x = 1\n", "  1 | repeat 3 {\n    |          ^\n");
    fails("x = (1]", "error: ( is not closed: found ] where ) should be");
}

static void else_at_the_prompt_stands_on_the_line_of_the_brace(void **state)
{
    (void)state;
    Bench *b = bench_new();
    assert_true(bench_run_at(b, "if 1 { 2 }", "", true));
    assert_false(bench_run_at(b, "else { 3 }", "", true));
    assert_non_null(strstr(bench_error(b), "hint: at the prompt else stands on the line"));
    assert_false(bench_run_at(b, "if 1 { 2 }\nelse { 3 }", "", true));
    bench_free(b);
}

/* Text repeated: before^n middle after^n. */
static char *nested(const char *before, const char *middle, const char *after, int n)
{
    size_t lb = strlen(before), lm = strlen(middle), la = strlen(after);
    char *s = malloc((lb + la) * (size_t)n + lm + 1), *at = s;
    assert_non_null(s);
    for (int i = 0; i < n; i++, at += lb) {
        memcpy(at, before, lb);
    }
    memcpy(at, middle, lm);
    at += lm;
    for (int i = 0; i < n; i++, at += la) {
        memcpy(at, after, la);
    }
    *at = '\0';
    return s;
}

static void nesting_has_a_limit_that_is_an_error(void **state)
{
    (void)state;
    static const char *const form[][3] = {
        {"(", "1", ")"},
        {"[", "1", "]"},
        {"-", "x", ""},
        {"not ", "x", ""},
        {"2^", "2", ""},
        {"sin(", "1", ")"},
        {"repeat 1 { ", "a", " }"},
        {"x[", "0", "]"},
        {"", "x", ".T"},
        {"", "f", "(1)"},
        {"\"{", "x", "}\""},
        {"(", "1", ""},
        {"if 1 { } else { ", "a", "}"},
    };
    for (size_t i = 0; i < sizeof form / sizeof form[0]; i++) {
        char *text = nested(form[i][0], form[i][1], form[i][2], 100000);
        Bench *b = bench_new();
        assert_null(interp_parse(b->I, text, strlen(text), "", 1, false));
        bench_free(b);
        free(text);
    }
}

static void moderate_nesting_parses(void **state)
{
    (void)state;
    char *text = nested("(", "1", ")", 150);
    prints(text, "");
    free(text);
}

static void long_chains_parse(void **state)
{
    (void)state;
    static const char *const form[] = {"1+", "1*", "1 and ", "1 or ", "1-"};
    for (size_t i = 0; i < sizeof form / sizeof form[0]; i++) {
        char *text = nested(form[i], "1", "", 100000);
        prints(text, "");
        free(text);
    }
    char *text = nested("if 0 { } else ", "if 1 { }", "", 20000);
    prints(text, "");
    free(text);
}

/* A long block line by line, as it comes through a pipe: brackets in comments and strings are none.
 */
static void a_growing_text_is_whole_where_its_brackets_close(void **state)
{
    Bench *b = bench_new();
    char text[16384];
    Growing g = {0};
    size_t n = 0;
    (void)state;
    n += (size_t)snprintf(text, sizeof text, "def f(x) {\n");
    for (int i = 0; i < 140; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n,
                              "  # it's { a remark [ (\n  y = x + %d # }\n"
                              "  print \"( \\\" [ ' # {{ {x}\"\n  print 'a \" ( # } '\n",
                              i);
        assert_true(interp_growing(b->I, &g, text, n));
    }
    assert_true(n > 8192);
    n += (size_t)snprintf(text + n, sizeof text - n, "}\n");
    assert_false(interp_growing(b->I, &g, text, n));
    bench_free(b);
}

static const struct CMUnitTest group[] = {
    cmocka_unit_test(a_growing_text_is_whole_where_its_brackets_close),
    cmocka_unit_test(power_binds_tighter_than_minus_and_to_the_right),
    cmocka_unit_test(operators_of_one_level_join_from_the_left),
    cmocka_unit_test(logic_is_looser_than_comparison),
    cmocka_unit_test(a_range_is_loosest),
    cmocka_unit_test(calls_indices_and_attributes_follow_each_other),
    cmocka_unit_test(a_literal_tensor_is_one_node),
    cmocka_unit_test(strings_hold_expressions_and_formats),
    cmocka_unit_test(statements_end_at_newlines_semicolons_and_braces),
    cmocka_unit_test(several_names_and_values_are_assigned_at_once),
    cmocka_unit_test(names_assigned_in_a_function_are_slots),
    cmocka_unit_test(else_may_stand_on_the_next_line),
    cmocka_unit_test(a_parenthesis_after_a_command_is_its_list_only_at_the_end),
    cmocka_unit_test(words_need_no_quotes),
    cmocka_unit_test(options_and_attributes_may_be_named_like_commands),
    cmocka_unit_test(text_inside_brackets_and_blocks_is_incomplete),
    cmocka_unit_test(wrong_text_is_not_incomplete),
    cmocka_unit_test(an_unclosed_bracket_is_reported_where_it_opens),
    cmocka_unit_test(else_at_the_prompt_stands_on_the_line_of_the_brace),
    cmocka_unit_test(nesting_has_a_limit_that_is_an_error),
    cmocka_unit_test(moderate_nesting_parses),
    cmocka_unit_test(long_chains_parse),
};

NB_TEST_MAIN(group)
