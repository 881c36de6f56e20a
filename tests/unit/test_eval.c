/* test_eval.c -- running programs: values, names, functions, loops, writing, nothing left over */
#include "lang.h"
#include "objects/library.h"
#include "objects/optimizer.h"

/* --- plain, const and variable --- */

/* Kind of the variable a name is bound to. */
static NbKind kind_of(Bench *b, const char *name)
{
    Value v = interp_get(b->I, interp_symbol(b->I, name));
    assert_int_equal(v.tag, V_VAR);
    return nb_var_kind(v.var);
}

static void binding(const char *program, const char *name, NbKind kind)
{
    Bench *b = bench_new();
    if (!bench_run(b, program)) {
        fail_msg("%s\n%s", program, bench_error(b));
    }
    assert_int_equal(kind_of(b, name), kind);
    bench_free(b);
}

static void a_plain_value_bound_at_session_level_is_a_leaf(void **state)
{
    (void)state;
    binding("x = 2", "x", NB_LEAF);
    binding("x = 2*3 + 1", "x", NB_LEAF);
    binding("x = randn(3, 2)", "x", NB_LEAF);
    binding("x = zeros(2) + 1", "x", NB_LEAF);
    binding("repeat 1 { x = 2 }", "x", NB_LEAF);
    binding("x = pi", "x", NB_LEAF);
    binding("def f() = 3\nx = f()", "x", NB_LEAF);
}

static void const_takes_no_gradient(void **state)
{
    (void)state;
    binding("const g = 9.81", "g", NB_CONST);
    binding("const g = [1, 2]", "g", NB_CONST);
    binding("x = 2\nconst y = x^2", "y", NB_CONST);
    binding("const a, c = 1, 2", "c", NB_CONST);
    binding("const g = 2\ny = g*3", "y", NB_CONST);
    binding("y = 2 > 1", "y", NB_CONST);
    binding("x = 2\nconst y = x > 1", "y", NB_CONST);
    binding("x = 2\nnograd { y = x > 1 }", "y", NB_CONST);
    binding("x = 2\ny = detach(x > 1)", "y", NB_CONST);
    binding("x = 2\ny = detach(x)", "y", NB_CONST);
    binding("x = 2\ny = x.data", "y", NB_CONST);
    binding("x = 2\nnograd { y = x*2 }", "y", NB_CONST);
    binding("x = [1, 2]\nnograd { y = x*2 }", "y", NB_CONST);
    binding("for i in 0:3 { y = i*2 }", "y", NB_CONST);
    binding("x = [1, 2]\ny = x.shape[0]", "y", NB_CONST);
    binding("const m = [1, 2]\ny = m + 1", "y", NB_CONST);
    binding("for i in 0:2 { y = i*ones(2) }", "y", NB_CONST);
}

static void anything_with_a_variable_is_a_variable(void **state)
{
    (void)state;
    binding("x = 2\ny = 3*x", "y", NB_INNER);
    binding("x = 2\ny = x > 1", "y", NB_INNER);
    binding("x = [2, 1]\ny = argmax(x)", "y", NB_INNER);
    binding("x = 2\ny = x > 1 and x < 3", "y", NB_INNER);
    binding("x = 2\ny = not x", "y", NB_INNER);
    binding("x = 2\nconst g = 3\ny = g*x", "y", NB_INNER);
    binding("x = 2\ny = [x, 1]", "y", NB_INNER);
    binding("x = [1, 2]\ny = x[0]", "y", NB_INNER);
}

static void a_second_name_is_the_same_variable(void **state)
{
    (void)state;
    prints("x = 2\ny = x\ny := 7\nprint x, y, y.name", "7 7 x\n");
}

static void a_shared_plain_tensor_is_copied_when_named(void **state)
{
    (void)state;
    prints("l = list(zeros(2))\nx = l[0]\nx := [1, 2]\nprint l[0], x", "[0, 0] [1, 2]\n");
}

static void values_inside_functions_stay_plain(void **state)
{
    (void)state;
    prints("def f(x) { w = 3; y = w*x; return y.op }\na = 2\nprint f(a), f(2)", "mul none\n");
}

static void a_session_name_replaces_a_local_one(void **state)
{
    (void)state;
    prints("def f(x) { y = x^2; return y }\na = 2\nz = f(a)\nprint z.name", "z\n");
    prints("def f(x) { y = x^2; return y*1 + y }\na = 2\nz = f(a)\nb = z\nprint b.name", "z\n");
}

static void ans_labels_nothing(void **state)
{
    (void)state;
    Bench *b = bench_new();
    assert_true(bench_run(b, "x = 2\ny = x^2"));
    int ans = interp_symbol(b->I, "ans");
    assert_true(interp_bind(b->I, ans, NUM(3), false));
    assert_int_equal(interp_get(b->I, ans).tag, V_NUM);
    bench_free(b);
}

/* --- statements --- */

static void the_right_side_comes_first(void **state)
{
    (void)state;
    prints("a, b = 1, 2\na, b = b, a\nprint a, b", "2 1\n");
    prints("def both(a, b) { return a + b, a - b }\np, q = both(5, 3)\nprint p, q", "8 2\n");
    prints("a, b = [[1, 2], [3, 4]]\nprint a, b", "[1, 2] [3, 4]\n");
    fails("a, b = 1, nothing", "unknown name nothing");
    fails("a, b = [1, 2, 3]", "2 names and 3 values");
    fails("a, b = 2", "2 names, but the value is a number");
}

static void loops_run_over_ranges_lists_and_rows(void **state)
{
    (void)state;
    prints("for i in 0:10:4 { print i }", "0\n4\n8\n");
    prints("for i in 3:0:-1 { print i }", "3\n2\n1\n");
    prints("for i in arange(0, 1, 0.25) { print i }", "0\n0.25\n0.5\n0.75\n");
    prints("for v in list(1, \"two\") { print v }", "1\ntwo\n");
    prints("for r in [[1, 2], [3, 4]] { print r }", "[1, 2]\n[3, 4]\n");
    prints("for a, b in [[1, 2], [3, 4]] { print a + b }", "3\n7\n");
    prints("for i in 0:0 { print i }", "");
    prints("repeat 3 { for j in 0:3 { every 2 { print j } } }", "0\n2\n0\n2\n0\n2\n");
}

static void break_and_continue_belong_to_the_innermost_loop(void **state)
{
    (void)state;
    prints(
        "for i in 0:3 { for j in 0:5 { if j == 2 { break }; if j == 0 { continue }; print i, j } }",
        "0 1\n1 1\n2 1\n");
    prints("i = 0; while true { i := i + 1; if i > 4 { break } }; print i", "5\n");
    fails("break", "break outside a loop");
    fails("def f() { continue }", "continue outside a loop");
    fails("return 2", "return outside a function");
    fails("every 2 { }", "every belongs inside a loop");
}

static void counts_are_checked(void **state)
{
    (void)state;
    fails("repeat -1 { }", "the count of repeat must be at least 0, not -1");
    fails("repeat 2.5 { }", "must be a whole number, not 2.5");
    fails("repeat nan { }", "must be a whole number, not nan");
    fails("repeat inf { }", "must be a whole number, not inf");
    fails("repeat \"a\" { }", "must be a whole number, not a string");
    fails("for i in 0:inf { }", "the range has no end");
    fails("for i in nan:3 { }", "a range cannot begin, end or step with nan");
    fails("for i in 0:3:0 { }", "a range cannot have step 0");
    fails("for i in 5 { }", "for runs over a range, list or tensor, not a number");
    fails("repeat 1 { every 0 { } }", "the count of every must be at least 1, not 0");
}

static void conditions_are_one_number(void **state)
{
    (void)state;
    prints("if 0 { print 1 } else if 2 { print 2 } else { print 3 }", "2\n");
    prints("x = 3\nprint x > 2 and x < 5, x < 2 or x == 3, not x", "1 1 0\n");
    prints("print 0 and nothing_here, 1 or nothing_here", "0 1\n");
    prints("a = [1, 0, 1]\nprint a and [1, 1, 0], not a", "[1, 0, 0] [0, 1, 0]\n");
    fails("if [1, 2] { }", "a condition must be one number, not (2,)");
    fails("if \"a\" { }", "a condition must be a number, not a string");
}

/* --- functions --- */

static void functions_take_defaults_and_options(void **state)
{
    (void)state;
    prints(
        "def f(x, n=3, m=n + 1) = x*100 + n*10 + m\nprint f(1), f(1, 2), f(1, m=0), f(1, m=7, n=5)",
        "134 123 130 157\n");
    fails("def f(a, b) = a\nf(1)", "f takes 2 arguments, 1 given");
    fails("def f(a, b=1) = a\nf()", "f takes at least 1 argument, 0 given");
    fails("def f(a) = a\nf(1, 2)", "f takes 1 argument, 2 given");
    fails("def f(a) = a\nf(1, a=2)", "f already has a");
    fails("def f(a) = a\nf(1, z=2)", "f has no parameter z");
    fails("def f(a, a) = a", "two parameters named a");
    fails("def f(a=1, b) = a", "b needs a default");
    fails("def f() { def g() = 1 }", "def inside a function");
}

static void names_of_a_function_are_its_own(void **state)
{
    (void)state;
    prints("s = 10\ndef f(x) { s = x + 1; return s }\nprint f(1), s", "2 10\n");
    prints("def later() = k + 1\nk = 4\nprint later()", "5\n");
    fails("s = 1\ndef f() { t = s; s = 2; return t }\nf()", "s has no value yet in this function");
}

static void functions_are_values(void **state)
{
    (void)state;
    prints("def twice(f, x) = f(f(x))\nprint twice(sin, 0), twice(square, 3)", "0 81\n");
    prints("g = exp\nprint g(0)", "1\n");
    prints("def f(x) = x + 1\ng = f\ndef f(x) = x + 2\nprint g(1), f(1)", "2 3\n");
}

static void a_function_may_be_redefined_while_it_runs(void **state)
{
    (void)state;
    prints("def f(n) { if n > 0 { return f(n - 1) + 1 }; return 0 }\nprint f(10)", "10\n");
}

static void recursion_has_a_limit_that_is_an_error(void **state)
{
    (void)state;
    fails("def f(n) = f(n + 1)\nf(0)", "functions call each other 1000 deep, the limit");
    prints("def f(n) { if n <= 0 { return 0 }; return 1 + f(n - 1) }\nprint f(990)", "990\n");
}

static void a_function_writes_through_its_parameters(void **state)
{
    (void)state;
    prints("def set_to(p, v) { p := v }\nx = 2\nset_to(x, 5)\nprint x", "5\n");
    fails("def bad() { s = 1; s := 2 }\nbad()",
          ":= writes variables and const values; s is a plain");
}

/* --- writing in place --- */

static void writing_copies_into_names_and_parts(void **state)
{
    (void)state;
    prints("x = 2\nx := x\nx := x + 1\nprint x", "3\n");
    prints("w = zeros(2, 2)\nw[0, 1] := 7\nw[1] := [8, 9]\nw[:, 0] := 5\nprint w",
           "[[5, 7], [5, 9]]\n");
    prints("w = [1, 2, 3]\nw := w[::-1]\nprint w", "[3, 2, 1]\n");
    prints("const g = [1, 2]\ng := [3, 4]\nprint g", "[3, 4]\n");
    prints("x = 2\nl = list(x)\nl[0] := 9\nprint x", "9\n");
    prints("x = 2\nx.grad := 3\nprint x.grad", "3\n");
    fails("x = 2\ny = x^2\ny := 3", "cannot write into a computed value");
    fails("w = ones(2, 2)\nw := ones(3)", "hint: w = …");
    fails("zz := 3", "zz has no value to write into");
    fails("w = [1, 2]\nw[0] = 3", "parts are written with :=");
    fails("x = 2\nx.shape := 3", "the attribute shape of a number cannot be set");
}

/* --- operations --- */

static void operations_bind_operands_axes_shapes_and_numbers(void **state)
{
    (void)state;
    prints(
        "w = [[1, 2, 3], [4, 5, 6]]\nprint sum(w), sum(w, 0), sum(w, axis=1), sum(w, axis=[0, 1])",
        "21 [5, 7, 9] [6, 15] 21\n");
    prints("w = [[1, 2, 3], [4, 5, 6]]\nprint sum(w, axis=-1, keepdims=true)", "[[6], [15]]\n");
    prints(
        "w = [1, 2, 3, 4]\nprint reshape(w, 2, 2), reshape(w, [2, 2]), reshape(w, (w + 0).shape)",
        "[[1, 2], [3, 4]] [[1, 2], [3, 4]] [1, 2, 3, 4]\n");
    prints("print zeros(2), zeros([1, 2]), full([2], 7), full(2, 7), zeros()",
           "[0, 0] [[0, 0]] [7, 7] [7, 7] 0\n");
    prints("print max(2, 5), max([2, 5]), max([[1, 2], [3, 0]], axis=0), clip(5, 0, 1)",
           "5 5 [3, 2] 1\n");
    prints(
        "a, b = [1, 2], [3, 4]\nprint concat([a, b]), concat(a, b, axis=0), stack([a, b], axis=1)",
        "[1, 2, 3, 4] [1, 2, 3, 4] [[1, 3], [2, 4]]\n");
    prints("print transpose([[1, 2], [3, 4]]), [[1, 2], [3, 4]].T @ [1, 1]",
           "[[1, 3], [2, 4]] [4, 6]\n");
    fails("sin(1, 2)", "sin takes at most 1 argument, 2 given");
    fails("sum([1], axes=0)", "sum has no option axes");
    fails("sum([1], axis=1.5)", "sum: axis must be a whole number, not 1.5");
    fails("reshape(1)", "reshape: shape is missing");
    fails("sin(\"a\")", "sin: needs a number or tensor, not a string");
    fails("1 + none", "add: needs a number or tensor, not none");
}

static void indices_select_and_count_from_the_end(void **state)
{
    (void)state;
    prints("w = [[1, 2, 3], [4, 5, 6]]\nprint w[-1], w[1, -1], w[0, ::2], w[:, [2, 0]], w[0, 1:]",
           "[4, 5, 6] 6 [1, 3] [[3, 1], [6, 4]] [2, 3]\n");
    prints("l = list(1, 2, 3)\nprint l[0], l[-1], l[1:], l[::-1], l[[0, 0]]",
           "1 3 [2, 3] [3, 2, 1] [1, 1]\n");
    prints("r = 0:2\nw = [5, 6, 7]\nprint w[r]", "[5, 6]\n");
    fails("w = [1, 2]\nw[2]", "out of range");
    fails("w = [1, 2]\nw[0.5]", "an index must be a whole number, not 0.5");
    fails("l = list(1)\nl[3]", "index 3 is out of range: the list has 1 item");
    fails("x = sin\nx[0]", "a function has no parts to index");
}

static void lists_of_numbers_become_tensors_where_needed(void **state)
{
    (void)state;
    prints("w = ones(2, 3)\nprint w.shape == [2, 3], zeros(w.shape)",
           "[1, 1] [[0, 0, 0], [0, 0, 0]]\n");
    prints("x, y = 1, 2\nv = [x, y]\nprint v.op, [1, \"a\"], [], [sin]",
           "stack [1, \"a\"] [] [sin]\n");
}

static void lists_nest_to_a_limit(void **state)
{
    (void)state;
    fails("l = list()\nrepeat 1000 { l = list(l) }", "lists nested too deeply");
}

static void strings_take_values_in_formats(void **state)
{
    (void)state;
    prints("x = 3\nprint \"x is {x}, {x + 1:.2f}, {{x}} {x:d} {x:8.3f}|\"",
           "x is 3, 4.00, {x} 3    3.000|\n");
    prints("print \"{[1, 2]:.1f} {-0.0:g} {'s':5s}|\"", "[1.0, 2.0] 0     s|\n");
    fails("print \"{1.5:d}\"", "the format d wants a whole number, not 1.5");
    fails("print \"{1:q}\"", "unknown format q");
    fails("print \"{1:999999f}\"", "unknown format");
    fails("print \"{\"", "{ is not closed in the string");
    fails("print \"}\"", "} without { in a string");
    fails("print \"\\q\"", "unknown escape in a string");
}

static void attributes_tell_of_a_variable(void **state)
{
    (void)state;
    prints("x = [[1, 2, 3]]\nf = x^2\nprint x.shape, x.size, x.ndim, x.T.shape, f.name, f.op, "
           "f.stale, x.grad",
           "[1, 3] 3 2 [3, 1] f pow 0 none\n");
    prints("x = 2\nf = x^2\nx := 3\nprint f.stale\nforward f\nprint f.stale, f", "1\n0 9\n");
    fails("x = 2\nx.grda", "hint: did you mean .grad?");
}

/* --- gradients --- */

static void gradients_flow_through_everything(void **state)
{
    (void)state;
    prints("x, y = 2, 3\nf = x*y + x^2\nbackward f\nprint x.grad, y.grad", "7 2\n");
    prints("def f(x, n=3) { s = 0; repeat n { s = s + sin(x) }; return s }\nx = 0\ny = f(x)\n"
           "backward y\nprint x.grad",
           "3\n");
    prints("w = [[1, 2], [3, 4]]\ns = sum(w[:, 1])\nbackward s\nprint w.grad",
           "[[0, 1], [0, 1]]\n");
    prints("s = 0\nx = 2\nrepeat 3 { s = s + x*x }\nbackward s\nprint s, x.grad", "12 12\n");
}

static void derivatives_as_functions_leave_grad_alone(void **state)
{
    (void)state;
    prints("def f(x) = x^3\nx = 2\nbackward f(x)\nprint grad(f, x), grad(f, 3), x.grad",
           "12 27 12\n");
    prints("def f(x) = x^3\ndef df(x) = grad(f, x)\ndef ddf(x) = grad(df, x)\nprint ddf(2), "
           "grad(ddf, 2)",
           "12 6\n");
    prints("x, y = 1, 2\nprint hessian(x^2*y, x, y), hessian(x^3, x), x.grad",
           "[[4, 2], [2, 0]] 6 none\n");
    prints("w = [1, 2]\nprint jacobian(w^2, w), hessian(sum(w^3), w)",
           "[[2, 0], [0, 4]] [[6, 0], [0, 12]]\n");
    prints("x = 2\nf = x^3\nprint \"{numgrad(f, x):.4f}\", x, f, f.stale", "12.0000 2 8 0\n");
    fails("w = [1, 2]\ngrad(w, w)", "grad: needs one number, not (2,)");
    fails("x = 2\nconst c = 1\ngrad(x, c)", "grad: c is a number without gradient");
}

static void branches_decided_by_a_variable_are_marked(void **state)
{
    (void)state;
    Bench *b = bench_new();
    assert_true(bench_run(b, "x = 2\ny = 1\nif x > 1 {\n y = x*3\n}\nz = x*4\n"));
    Value y = interp_get(b->I, interp_symbol(b->I, "y"));
    Value z = interp_get(b->I, interp_symbol(b->I, "z"));
    assert_int_equal(nb_var_branch(y.var), 3);
    assert_int_equal(nb_var_branch(z.var), 0);
    assert_true(bench_run(b, "for i in 0:x {\n y = x*i\n}\n z = x*5\n w = [1, 2, 3]\n v = w[x]"));
    y = interp_get(b->I, interp_symbol(b->I, "y"));
    assert_int_equal(nb_var_branch(y.var), 1);
    Value v = interp_get(b->I, interp_symbol(b->I, "v"));
    assert_int_equal(nb_var_branch(v.var), 6);
    bench_free(b);
}

static void nan_is_told_with_its_inputs(void **state)
{
    (void)state;
    Bench *b = bench_new();
    assert_true(bench_run(b, "a = 2\nz = log(a - 3)\nprint 1e300*1e10\nw = log([1, -1])"));
    assert_non_null(strstr(b->notes, "log(-1) is nan: its input a - 3 = -1; log needs > 0\n"));
    assert_non_null(strstr(b->notes, "1e+300 * 1e+10 is inf; too large for a double"));
    assert_non_null(strstr(b->notes, "in 1 of 2 elements, first at [1]"));
    b->notes[0] = '\0';
    interp_nan_mode(b->I, NB_NAN_OFF);
    assert_true(bench_run(b, "y = log(a - 3)"));
    assert_string_equal(b->notes, "");
    interp_nan_mode(b->I, NB_NAN_ERROR);
    assert_false(bench_run(b, "y = log(a - 3)"));
    assert_non_null(strstr(bench_error(b), "error: log(-1) is nan: its input a - 3 = -1"));
    assert_false(bench_run(b, "log(-1)"));
    bench_free(b);
}

static void broadcasting_both_operands_is_told(void **state)
{
    (void)state;
    Bench *b = bench_new();
    assert_true(
        bench_run(b, "a = ones(3, 1)\nc = ones(4)\nd = a + c\nd = a + 1\nd = a + ones(3, 4)"));
    assert_string_equal(b->notes, "add: a (3, 1) and c (4,) give (3, 4)\n");
    interp_broadcast_mode(b->I, NB_NAN_ERROR);
    assert_false(bench_run(b, "d = a + c"));
    bench_free(b);
}

/* --- host --- */

static void a_unit_reports_each_binding_once(void **state)
{
    (void)state;
    Bench *b = bench_new();
    assert_true(bench_run(b, "x = 1\nrepeat 10 { x = 2 }"));
    assert_int_equal(b->touched, 1);
    assert_int_equal(b->rebound, 10);
    interp_new_unit(b->I);
    assert_true(bench_run(b, "x = 3"));
    assert_int_equal(b->touched, 2);
    bench_free(b);
}

static const char *found_as_named(void *user, const char *name, char *buf, size_t cap)
{
    (void)user;
    snprintf(buf, cap, "%s", name);
    return buf;
}

/* The language and its objects alone, as a program without a session has them. */
static void programs_run_without_a_host(void **state)
{
    (void)state;
    Bench *b = bench_new();
    const LangHost none = {.user = NULL};
    LibraryRows *library = library_rows_new();
    OptimizerRows *rules = optimizer_rows_new();
    Rows data = data_rows();
    interp_host(b->I, &none);
    assert_true(library && library_rows_add(library, b->I));
    assert_true(rules && optimizer_rows_add(rules, b->I));
    assert_true(interp_add(b->I, data.row, data.n));
    assert_true(bench_run(b,
                          "x = [1, 2]; y = x + [[1], [2]]; x.grad = [3, 4]; x.grad = none\n"
                          "m = linear(2); y = m([[1, 2]]); opt = sgd(m, x, lr=0.1)\n"
                          "opt.lr = 0.2; m = 3; opt = 4\n"
                          "def f(x) = x.name\nx = 5; repeat 3 { x = x + 1 }\nprint x, y.name\n"));
    assert_string_equal(bench_printed(b), "8 y\n");
    assert_false(bench_run(b, "print x~1"));
    assert_non_null(strstr(bench_error(b), "no earlier value x~1 is in use"));
    assert_false(bench_run(b, "t = csv(\"a.csv\")"));
    assert_non_null(strstr(bench_error(b), "csv: no file a.csv"));
    const LangHost finds = {.find_file = found_as_named};
    interp_host(b->I, &finds);
    assert_false(bench_run(b, "t = csv(\"a.csv\")"));
    assert_non_null(strstr(bench_error(b), "csv: cannot read a.csv: no files are read here"));
    interp_clear_error(b->I);
    assert_true(bench_run(b, "sum(x)"));
    bench_free(b);
    library_rows_free(&library);
    optimizer_rows_free(&rules);
}

static void passes_of_the_outermost_loop_are_told(void **state)
{
    (void)state;
    Bench *b = bench_new();
    assert_true(bench_run(b, "repeat 3 { for i in 0:5 { } }"));
    assert_int_equal(b->passes, 3);
    bench_free(b);
}

static void an_endless_loop_stops_when_asked(void **state)
{
    (void)state;
    Bench *b = bench_new();
    volatile sig_atomic_t flag = 0;
    b->stop_at_poll = 2;
    assert_false(bench_run(b, "while true { }"));
    assert_int_equal(interp_error(b->I)->err.code, NB_EINTERRUPT);
    nb_ctx_interrupt(b->ctx, &flag);
    flag = 1;
    b->stop_at_poll = 0;
    assert_false(bench_run(b, "while true { }"));
    flag = 0;
    interp_limit(b->I, 1000);
    assert_false(bench_run(b, "while true { }"));
    assert_false(bench_run(b, "def f(n) { repeat 9 { f(n) } }\nf(1)"));
    interp_limit(b->I, -1);
    assert_true(bench_run(b, "x = 2"));
    bench_free(b);
}

static void a_kept_expression_is_evaluated_at_session_level(void **state)
{
    (void)state;
    Bench *b = bench_new();
    Value v;
    assert_true(bench_run(b, "x = 2\ny = 5"));
    const char *text = "def f(y) { x + y }";
    Program *p = interp_parse(b->I, text, strlen(text), "", 1, false);
    assert_non_null(p);
    assert_true(interp_eval_kept(b->I, p, program_statement(p, 0), &v) == false);
    program_unref(&p);
    text = "x*y + 1";
    p = interp_parse(b->I, text, strlen(text), "", 1, false);
    assert_true(interp_eval_kept(b->I, p, program_statement(p, 0), &v));
    assert_true(value_number(v) == 11);
    value_unref(&v);
    program_unref(&p);
    bench_free(b);
}

static void commands_get_words_blocks_and_other_options(void **state)
{
    (void)state;
    Bench *b = bench_new();
    assert_true(bench_run(b, "set digits full\nwatch x^2 , 3, a=1:2\ntime { print 1 }"));
    assert_string_equal(bench_printed(b), "<digits><full>\n<x^2><3>a=a range;\n\n1\n");
    bench_free(b);
}

static void the_outcome_names_what_happened(void **state)
{
    (void)state;
    static const struct {
        const char *text, *item;
        OutcomeKind kind;
    } row[] = {
        {"x = 2", "x", OUT_BIND},
        {"x := 3", "x", OUT_WRITE},
        {"x", "x", OUT_VALUE},
        {"x.grad", "x.grad", OUT_VALUE},
        {"x + 1", "ans", OUT_VALUE},
        {"w = [1, 2]", "w", OUT_BIND},
        {"w[ 0 ]", "w[ 0 ]", OUT_VALUE},
        {"w[0] := 3", "w[0]", OUT_WRITE},
        {"def g(a,n = 3) = a", "g(a, n=3)", OUT_DEF},
        {"print 1", "", OUT_NONE},
        {"repeat 1 { }", "", OUT_NONE},
    };
    Bench *b = bench_new();
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        Program *p = interp_parse(b->I, row[i].text, strlen(row[i].text), "", 1, false);
        Outcome out;
        assert_non_null(p);
        assert_true(interp_exec(b->I, p, 0, &out));
        assert_int_equal(out.kind, row[i].kind);
        assert_string_equal(out.n > 0 ? out.item[0].text : "", row[i].item);
        if (out.kind == OUT_WRITE) {
            assert_true(value_number(out.item[0].before) != value_number(out.item[0].after));
        }
        outcome_clear(&out);
        program_unref(&p);
    }
    bench_free(b);
}

static void clearing_drops_every_binding(void **state)
{
    (void)state;
    Bench *b = bench_new();
    assert_true(bench_run(b, "x = 2\ny = x^2\ndef f(x) = x\nl = list(x, f)"));
    interp_clear(b->I);
    assert_int_equal(nb_ctx_live_nodes(b->ctx), 0);
    assert_false(bench_run(b, "x"));
    bench_free(b);
}

static void a_chain_of_a_hundred_thousand_terms_runs(void **state)
{
    (void)state;
    enum { N = 100000 };
    char *text = malloc(N * 2 + 40);
    assert_non_null(text);
    strcpy(text, "x = 1\ny = x");
    size_t len = strlen(text);
    for (int i = 0; i < N; i++) {
        text[len++] = '+';
        text[len++] = 'x';
    }
    strcpy(text + len, "\nbackward y\nprint y, x.grad");
    prints(text, "100001 100001\n");
    free(text);
}

static void memory_stays_flat_over_many_passes(void **state)
{
    (void)state;
    Bench *b = bench_new();
    assert_true(bench_run(b, "def r(x, y) = 100*(y - x^2)^2 + (1 - x)^2\nx, y = 0, 2\nf = 0\n"
                             "repeat 1000 { f = r(x, y); backward f; z = grad(r, x, y) }"));
    uint64_t live = nb_ctx_live_nodes(b->ctx);
    assert_true(bench_run(b, "repeat 5000 { f = r(x, y); backward f; z = grad(r, x, y) }"));
    nb_collect_cycles(b->ctx);
    assert_true(nb_ctx_live_nodes(b->ctx) <= live);
    bench_free(b);
}

static void plain(const char *text, size_t cap, const char *want)
{
    char buf[64];
    memset(buf, '~', sizeof buf);
    assert_string_equal(interp_plain(text, buf, cap), want);
    assert_int_equal(buf[cap], '~');
}

static void signs_have_plain_forms(void **state)
{
    (void)state;
    plain("∂f/∂x → 2·β₁m", 60, "df/dx -> 2*beta1 m");
    plain("√x ≤ 1…2, é", 60, "sqrt x <= 1...2, é");
    plain("(∈) x², mᵗ", 60, "(in) x^2, m^t");
    plain("abcdefghij", 12, "abc");
}

/* A text that is put together, not typed: of a state, of a window. */
static void refuses_function(Bench *b, const char *text, const char *why)
{
    assert_int_equal(interp_function(b->I, text, strlen(text), "f.nabla", 1).tag, V_UNSET);
    if (!strstr(interp_error(b->I)->err.msg, why)) {
        fail_msg("%s: %s, not: %s", text, interp_error(b->I)->err.msg, why);
    }
    interp_clear_error(b->I);
}

static void refuses_expression(Bench *b, const char *text, const char *why)
{
    const Node *expr;
    assert_null(interp_expression(b->I, text, strlen(text), &expr));
    assert_null(expr);
    if (!strstr(interp_error(b->I)->err.msg, why)) {
        fail_msg("%s: %s, not: %s", text, interp_error(b->I)->err.msg, why);
    }
    interp_clear_error(b->I);
}

static void texts_put_together_are_one_function_or_expression(void **state)
{
    (void)state;
    Bench *b = bench_new();
    refuses_function(b, "x = 2", "a definition is expected");
    refuses_function(b, "", "one statement is expected");
    refuses_function(b, "def f(a) = a\ndef g(a) = a", "one statement is expected");
    refuses_function(b, "def f(", "( is not closed");
    refuses_expression(b, "x = 2", "an expression is expected");
    refuses_expression(b, "print 2", "an expression is expected");
    refuses_expression(b, "1; 2", "one statement is expected");
    refuses_expression(b, "1 +", "expected an expression");
    Value f = interp_function(b->I, "def f(a) = a + 1", 16, "", 1);
    assert_int_equal(f.tag, V_FUNC);
    value_unref(&f);
    bench_free(b);
}

static void names_and_paths_are_told_from_other_texts(void **state)
{
    (void)state;
    Bench *b = bench_new();
    static const char *const no_name[] = {"", "2", "x y", " x", "x ", "x.y", "print", "none", "if"};
    static const char *const path[] = {"x", "x.grad", "m.w", "w[0]", "m.linear[0].w", "x[1][2]"};
    static const char *const no_path[] = {"",     "2",    "x.",    "x[", "x[0",
                                          "x[y]", "x .y", "x[ 0]", "x+1"};
    for (size_t i = 0; i < sizeof no_name / sizeof *no_name; i++) {
        if (interp_bindable(b->I, no_name[i])) {
            fail_msg("%s is bindable", no_name[i]);
        }
    }
    assert_true(interp_bindable(b->I, "x") && interp_bindable(b->I, "sin"));
    for (size_t i = 0; i < sizeof path / sizeof *path; i++) {
        assert_true(interp_is_path(path[i]));
    }
    for (size_t i = 0; i < sizeof no_path / sizeof *no_path; i++) {
        assert_false(interp_is_path(no_path[i]));
    }
    bench_free(b);
}

static void bytes_that_are_no_text_are_refused_where_they_stand(void **state)
{
    (void)state;
    fails("x = \x80", "not valid UTF-8");
    fails("x = 'a\xff'", "not valid UTF-8");
    fails("x = \"a\xff\"", "not valid UTF-8");
    fails("x = \"a\x01\"", "unexpected control character");
    fails("x = 'a\x01'", "unexpected control character");
    fails("x = 1 \x01", "unexpected control character");
    fails("help a\x01", "unexpected control character");
    fails("help a\xff", "not valid UTF-8");
    prints("x\xc2\xa0=\xc2\xa0"
           "2\nprint x",
           "2\n");
}

static const struct CMUnitTest group[] = {
    cmocka_unit_test(a_plain_value_bound_at_session_level_is_a_leaf),
    cmocka_unit_test(const_takes_no_gradient),
    cmocka_unit_test(anything_with_a_variable_is_a_variable),
    cmocka_unit_test(a_second_name_is_the_same_variable),
    cmocka_unit_test(a_shared_plain_tensor_is_copied_when_named),
    cmocka_unit_test(values_inside_functions_stay_plain),
    cmocka_unit_test(a_session_name_replaces_a_local_one),
    cmocka_unit_test(ans_labels_nothing),
    cmocka_unit_test(the_right_side_comes_first),
    cmocka_unit_test(loops_run_over_ranges_lists_and_rows),
    cmocka_unit_test(break_and_continue_belong_to_the_innermost_loop),
    cmocka_unit_test(counts_are_checked),
    cmocka_unit_test(conditions_are_one_number),
    cmocka_unit_test(functions_take_defaults_and_options),
    cmocka_unit_test(names_of_a_function_are_its_own),
    cmocka_unit_test(functions_are_values),
    cmocka_unit_test(a_function_may_be_redefined_while_it_runs),
    cmocka_unit_test(recursion_has_a_limit_that_is_an_error),
    cmocka_unit_test(a_function_writes_through_its_parameters),
    cmocka_unit_test(writing_copies_into_names_and_parts),
    cmocka_unit_test(operations_bind_operands_axes_shapes_and_numbers),
    cmocka_unit_test(indices_select_and_count_from_the_end),
    cmocka_unit_test(lists_of_numbers_become_tensors_where_needed),
    cmocka_unit_test(lists_nest_to_a_limit),
    cmocka_unit_test(strings_take_values_in_formats),
    cmocka_unit_test(attributes_tell_of_a_variable),
    cmocka_unit_test(gradients_flow_through_everything),
    cmocka_unit_test(derivatives_as_functions_leave_grad_alone),
    cmocka_unit_test(branches_decided_by_a_variable_are_marked),
    cmocka_unit_test(nan_is_told_with_its_inputs),
    cmocka_unit_test(broadcasting_both_operands_is_told),
    cmocka_unit_test(a_unit_reports_each_binding_once),
    cmocka_unit_test(programs_run_without_a_host),
    cmocka_unit_test(passes_of_the_outermost_loop_are_told),
    cmocka_unit_test(an_endless_loop_stops_when_asked),
    cmocka_unit_test(a_kept_expression_is_evaluated_at_session_level),
    cmocka_unit_test(commands_get_words_blocks_and_other_options),
    cmocka_unit_test(the_outcome_names_what_happened),
    cmocka_unit_test(clearing_drops_every_binding),
    cmocka_unit_test(a_chain_of_a_hundred_thousand_terms_runs),
    cmocka_unit_test(memory_stays_flat_over_many_passes),
    cmocka_unit_test(signs_have_plain_forms),
    cmocka_unit_test(texts_put_together_are_one_function_or_expression),
    cmocka_unit_test(names_and_paths_are_told_from_other_texts),
    cmocka_unit_test(bytes_that_are_no_text_are_refused_where_they_stand),
};

NB_TEST_MAIN(group)
