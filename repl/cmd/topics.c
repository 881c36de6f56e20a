/* topics.c -- help on statements and ideas, which are in no other table */
#include "cmd/topics.h"

#include <string.h>

static const Topic topics[] = {
    {"=", "statements", "x = 2   x, y = 2, 3",
     "Binds names. Numbers become leaves, whose gradients are tracked; what is computed from them "
     "records the operations. The right side is evaluated first.",
     "x, y = 2, 3\nx, y = y, x"},
    {":=", "statements", "x := 3",
     "Writes new values into a variable, in place, not recorded; shapes must match. Parts too: "
     "w[0, 1] := 3. What was computed from it is stale until forward.",
     "x = 2\nf = x^2\nx := 3\nforward f"},
    {"+=", "statements", "x += 1   w -= 0.1*w.grad   also *= /= %= ^=",
     "x += 1 is x := x + 1 with the values alone: in place, not recorded. For a sum that keeps "
     "its graph write s = s + f; in functions s += f does that for locals.",
     "x = 2\nx += 1"},
    {"const", "statements", "const g = 9.81", "Binds a name to a value without gradient.",
     "const g = 9.81\nx = 2\nf = g*x"},
    {"def", "statements", "f(x) = x^2   def f(x, n=3) = …   def f(x, n=3) { …; return y }",
     "Defines a function; def may be left out before f(x) = …. Names assigned in it are local; "
     "others are read from the session at "
     "the call.",
     "def rosenbrock(x, y) = 100*(y - x^2)^2 + (1 - x)^2\nrosenbrock(0, 2)"},
    {"return", "statements", "return a, b", "Ends a function with its values.",
     "def pair(x) { return x, x^2 }\na, b = pair(3)"},
    {"repeat", "statements", "repeat n { … }", "Runs a block n times.",
     "x = 1\nrepeat 3 { x := 2*x }\nx"},
    {"for", "statements", "for i in 0:10 { … }",
     "Runs a block for each number of a range, each item of a list or row of a tensor.",
     "for i in 0:3 { print i }"},
    {"while", "statements", "while c { … }", "Runs a block as long as c holds.",
     "x = 1\nwhile x < 100 { x := 2*x }\nx"},
    {"if", "statements", "if c { … } else if d { … } else { … }",
     "Runs the block of the first condition that holds.",
     "x = 2\nif x > 0 { print \"positive\" } else { print \"not\" }"},
    {"every", "statements", "every 100 { … }",
     "Inside a loop: runs a block in passes 0, 100, 200, … of the innermost loop.",
     "repeat 10 { every 5 { print \"five\" } }"},
    {"break", "statements", "break   continue",
     "break ends the innermost loop, continue only the pass it is in.",
     "for i in 0:10 { if i == 2 { break }; print i }"},
    {"nograd", "statements", "nograd { … }", "What is computed in the block is constant.",
     "x = 2\nnograd { y = x^2 }"},
    {"testmode", "statements", "testmode { … }",
     "Inside the block dropout lets everything through.",
     "x = ones(4)\ntestmode { y = dropout(x, 0.5) }"},
    {":", "statements", "a:b   a:b:step",
     "The numbers from a up to, not including, b; also in an index: w[1:3], w[:, 0].",
     "for i in 0:6:2 { print i }"},
    {"and", "statements", "a and b   a or b   not a",
     "Conditions: every number but 0 holds, and comparisons give 1 or 0. b is skipped when a "
     "settles the result. Tensors are taken element by element; if and while need a single "
     "number.",
     "x = 2\nif x > 1 and not x == 3 { print \"between\" }"},
    {"numbers", "notation", "2   0.5   1e-3   pi   e   inf   nan   true   false   none",
     "All numbers have double precision. pi and e are constants; inf and nan may come out of a "
     "computation; true and false are 1 and 0; none stands for nothing. A name of your own hides "
     "them.",
     "2*pi\ninf > 1e300\ntrue + true"},
    {"strings", "notation", "\"text\"   'text'   \"x is {x}\"   \"{x:.3f}\"",
     "Text in double or single quotes. {x} inserts a value, {x:.3f} formats it as printf does, {{ "
     "is a brace; \\n, \\t, \\\" and \\\\ as in other languages. In single quotes every character "
     "stands for itself. + joins strings, len counts characters.",
     "x = 2/3\nprint \"x is {x:.3f}\"\n\"ab\" + \"cd\""},
    {"lists", "notation", "[1, 2, 3]   [[1, 2], [3, 4]]   [\"a\", x]",
     "Numbers in brackets are a tensor, rows of equal length a matrix; anything else, strings or "
     "models, is a list. append gives a longer one, len counts.",
     "m = [[1, 2], [3, 4]]\nm @ m\nlen([\"a\", \"b\"])"},
    {"indexing", "notation", "x[0]   x[-1]   x[1:3]   m[0, 1]   m[:, 0]   x[[0, 2]]",
     "Positions count from 0, and from the end when negative; a:b goes up to b and leaves it out, "
     "a:b:s takes every s-th. One item for each axis; missing ones take all. A part of a variable "
     "is an operation: gradients go through it. := writes into a part.",
     "m = [[1, 2, 3], [4, 5, 6]]\nm[1, -1]\nm[:, 0:2]"},
    {"attributes", "notation", "x.grad   x.shape   x.T   x.data   opt.lr   m.params",
     "What belongs to a value, after a dot. x.grad is its gradient, x.shape its sizes, x.T the "
     "transpose, x.data its numbers without a graph; optimizers have their hyperparameters, which "
     "= sets, models their parameters and parts. info x tells more.",
     "x = [1, 2]\nf = sum(x^2)\nbackward f\nx.grad"},
    {"args", "notation", "nabla FILE -- ARG …",
     "In a script: the list of the words after -- on the command line. All are strings; float and "
     "int read numbers from them.",
     "print float(\"0.1\") + int(\"2\")"},
    {"comments", "notation", "# a remark", "What follows # on a line is for readers.",
     "x = 2   # where the descent begins"},
    {"signs", "ideas", "2·x   3×y   5 − x   x²   √x   π",
     "Mathematical signs stand for operators: · × for *, − for -, x² x⁻¹ for x^2 x^-1, √x for "
     "sqrt(x), π for pi; ln is log. √ binds like a minus sign: √x² is √(x²), √2·x is (√2)·x. Lines "
     "copied with their prompts (∇> …> >>> In [3]:) can be pasted.",
     "x = 2\n√(x² + 1)"},
    {"gradients", "ideas", "What backward computes",
     "∂f/∂x tells how fast f changes with x. backward f walks from f to the leaves, multiplying "
     "local derivatives along each path and adding over paths: the chain rule. Leaves keep the "
     "result as x.grad. - means that none has been computed yet, which is not the same as 0. See "
     "walk, explain and check.",
     "x, y = 2, 3\nf = x*y + x^2\nbackward f\nx.grad"},
    {"accumulation", "ideas", "Why cleargrad",
     "backward adds to the gradients that leaves hold, so that several sweeps can be summed before "
     "one step. Between steps cleargrad forgets them; without it old gradients keep pushing. "
     "minimize clears them itself. ledger lists what was added.",
     "x = 3\nf = x^2\nbackward f\nbackward f\ncleargrad"},
    {"leaves", "ideas", "Variables, leaves, constants",
     "A number bound to a name at top level is a leaf: its gradient is tracked. What is computed "
     "from variables is a variable. const, detach, data and whatever is computed under nograd have "
     "no gradient. Comparisons, argmax and the like change in steps: forward computes them again, "
     "and they take no gradient. Inside functions plain numbers stay plain. Constants computed "
     "from constants keep their values when one of these is changed; a note says so. A counter is "
     "best made const: const n = 0, then n = n + 1.",
     "x = 2\nconst g = 9.81\nf = g*x^2/2"},
    {"stale", "ideas", "Values that are out of date",
     "x := 3 writes into x; what was computed from x keeps its value and is marked stale until "
     "forward computes it again. backward refuses a stale graph, because its gradients would "
     "belong to no point. f.stale tells whether it is. A gradient is stale once a value that it "
     "depends on has changed: x.grad = 4 (stale: x changed since backward). step still uses it; "
     "cleargrad, forward and backward make a new one.",
     "x = 2\nf = x^2\nbackward f\nx := 3\nf.stale\nx.grad\nforward f"},
    {"names", "ideas", "x, x~1, v2",
     "x = … binds the name to a new variable; graphs made before keep the earlier one, shown as "
     "x~1, the one before as x~2. Nodes without a name are v1, v2, … in the graph last shown. "
     "Every name shown can be typed. x := … changes the variable itself.",
     "x = 2\nf = x^2\nx = 5\nx~1"},
    {"retained", "ideas", "One graph, many passes",
     "f = … inside a loop builds the graph again in each pass. forward f computes the same graph "
     "again in place, which is faster and draws new dropout masks. Conditions in where, mask_fill "
     "and products follow the values. A branch, count or index that was read from a variable "
     "stays as it was; a note says so.",
     "x = 1\nf = (x - 3)^2\nopt = sgd(x, lr=0.1)\nrepeat 20 { forward f; cleargrad; "
     "backward f; step }\nx"},
    {"orders", "ideas", "Second and higher derivatives",
     "backward f, create_graph=true makes gradients that are variables with a graph of their own, "
     "so they can be differentiated again. grad, hessian and jacobian do it without touching "
     ".grad; numgrad compares with differences.",
     "x = 2\nf = x^3\ng = grad(f, x)\ngrad(g, x)"},
    {"hooks", "ideas", "What is done to gradients before a step",
     "hooks=[clip_grad(1), halve] works on the optimizer's own copy of the gradients, in this "
     "order; x.grad stays as backward left it. A function gets each parameter p in turn and "
     "returns the gradient to use in place of p.grad, or sets p.grad and returns nothing.",
     "x = 5\ndef halve(p) = p.grad/2\nopt = sgd(x, lr=0.1, hooks=[halve])\nf = x^2\nbackward "
     "f\nstep"},
    {"truncation", "ideas", "Long sequences",
     "The graph of a sequence grows with every step. unchain cuts it: values stay, the past is "
     "forgotten, gradients stop there. That is truncated backpropagation. reset_state clears the "
     "memory of a model.",
     "h, w = 1, 0.5\nrepeat 3 { h = tanh(w*h) }\nunchain h"},
    {"runs", "ideas", "What is recorded",
     "A run begins when an optimizer is made, at reset opt, or at a := on a parameter, and lasts "
     "until the next. Each step records its number, the loss, watched values and parameters. plot, "
     "surface and rewind read the record, even when opened afterwards; export \"run.csv\" writes "
     "it.",
     "x = 5\nf = x^2\nopt = sgd(x, lr=0.1)\nminimize f, steps=20\nplot f"},
    {"windows", "ideas", "Pictures on the screen",
     "graph, plot and surface open windows beside the prompt; they follow what is typed and never "
     "take the focus. In each, ? shows its keys and Ctrl+S saves a picture. Without a display the "
     "same "
     "commands print text. set present on is for projectors.",
     "set present on\nset theme dark"},
    {"broadcasting", "ideas", "Shapes that differ",
     "Shapes are aligned at the last axis; an axis of size 1 stretches. Gradients are summed back "
     "to the operand's shape. When both operands stretch, as (3, 1) and (4,) do, a note says so: "
     "often one was meant to be transposed. set broadcast error makes it an error.",
     "a = ones(3, 1)\nb = ones(4)\n(a + b).shape"},
    {"random", "ideas", "Random numbers",
     "rand, randn, layers and data draw from one generator; the same seed gives the same numbers "
     "everywhere, on every machine. The default seed is 0. forward does not draw them again, "
     "except for dropout, which has a stream of its own.",
     "seed 1\nw = randn(2)"},
    {"grading", "ideas", "Exercises that mark themselves",
     "assert stops a script with status 1 and a message. Output is the same from run to run and "
     "full digits are exact, so it can be compared with a file. The words after -- on the command "
     "line are the list args.",
     "x = 2\nf = x^2\nbackward f\nassert x.grad == 4, \"by hand: 2x\""},
};

const char *topic_of_word(const char *word)
{
    static const char *const other[][2] = {
        {"else", "if"},         {"continue", "break"},
        {"in", "for"},          {"or", "and"},
        {"not", "and"},         {"pi", "numbers"},
        {"e", "numbers"},       {"inf", "numbers"},
        {"true", "numbers"},    {"false", "numbers"},
        {"none", "numbers"},    {"string", "strings"},
        {"text", "strings"},    {"index", "indexing"},
        {"slices", "indexing"}, {"attribute", "attributes"},
        {"-=", "+="},           {"*=", "+="},
        {"/=", "+="},           {"%=", "+="},
        {"^=", "+="},           {"tuples", "return"},
        {"conditions", "and"},  {"#", "comments"},
    };
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        if (strcmp(word, other[i][0]) == 0) {
            return other[i][1];
        }
    }
    return word;
}

int topic_count(void)
{
    return (int)(sizeof topics / sizeof topics[0]);
}

const Topic *topic_at(int i)
{
    return &topics[i];
}
