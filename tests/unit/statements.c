/* statements.c -- random statements over the whole language, for tests of undo and save */
#include "statements.h"

#include <stdio.h>
#include <string.h>

/* In a template $S is a scalar name, $F a computed one, $V a vector's, $M a matrix's, $O an
 * optimizer's, $N a module's, $G a function's, $L a list's, $C a const's; $# a number, $E and $T an
 * expression that gives a scalar or a vector. */
static const char *const names[][5] = {
    ['S'] = {"x", "y", "z", "w", "x"},          ['F'] = {"f", "k", "p", "q", "f"},
    ['V'] = {"u", "v", "u", "v", "s"},          ['M'] = {"A", "B", "A", "B", "A"},
    ['O'] = {"opt", "o2", "opt", "opt", "opt"}, ['N'] = {"m", "n", "m", "n", "m"},
    ['G'] = {"g", "h", "g", "h", "g"},          ['L'] = {"l", "r", "l", "r", "l"},
    ['C'] = {"c", "d", "c", "d", "e1"},
};

static const char *const scalars[] = {
    "$S",      "$S",          "$S",      "$F",          "$#",       "$S*$S",       "$S + $E",
    "$E*$S",   "$S^2",        "sin($E)", "exp(-$S^2)",  "sum($T)",  "mean($T*$V)", "max($S, $E)",
    "$G($S)",  "$V[0]",       "$C",      "($E - $#)^2", "norm($V)", "log($S)",     "sum($M @ $M.T)",
    "$S.grad", "dot($V, $T)", "ans",     "$L[0]",       "sqrt($E)", "$S/$E",
};

static const char *const vectors[] = {
    "$V",
    "$V",
    "$V*$S",
    "$V + $T",
    "tanh($T)",
    "[$S, $E, $#]",
    "dropout($V, 0.5)",
    "relu($V)",
    "$M[0]",
    "softmax($V)",
    "$V.data",
    "$M[:, 0]",
    "concat([$V, $V])",
    "where($V > 0, $V, $#)",
    "$M[0, [2, 0, 1]]",
    "clip($V, -1, 1)",
    "$V.grad",
    "$M.T[:, 1]",
    "cumulate",
    "ones(3)*$S",
};

static const char *const statements[] = {
    /* names and values */
    "$S = $#",
    "$S = $#",
    "$S, $S = $#, $#",
    "$S = $S",
    "$F = $E",
    "$F = $E",
    "$F = $E",
    "$F = $E",
    "$F = sum($T)",
    "$F = mean(($M*$S)^2)",
    "$V = randn(3)",
    "$V = [$#, $#, $#]",
    "$V = $T",
    "$M = randn(2, 3)",
    "$M = rand(2, 3)",
    "const $C = $#",
    "const $C = $V",
    "$C = detach($E)",
    "$C = $F.data",
    "$S = $F",
    "$F = ans",
    "$F = $F",
    "$S, $S = $S, $S",
    "$V = $V",
    "const $C = $F",
    "$E",
    "$T",
    "$E",
    "$F",
    "$S.grad",
    "$V.grad",
    "x~1",
    "$F = x~1 + f~1",
    "f~1",
    /* in place */
    "$S := $#",
    "$S := $#",
    "$S := $E",
    "$V := randn(3)",
    "$V[1] := $#",
    "$M[0, 1:3] := $#",
    "$C := $#",
    "$F := 3",
    "$S, $S := $#, $#",
    "$V := $V*2",
    "$S := -0.0",
    "$S := nan",
    "$S := inf",
    "$M.T[0] := 1",
    "$S := $S",
    "$C[0] := 4",
    /* graphs */
    "forward $F",
    "forward $F",
    "forward $F",
    "backward $F",
    "backward $F",
    "backward $F",
    "backward $F, create_graph=true",
    "backward $F, retain_grad=false",
    "backward $S",
    "backward $T, seed=[1, 2, 3]",
    "cleargrad",
    "cleargrad",
    "cleargrad $S",
    "cleargrad $O",
    "unchain $F",
    "unchain $V",
    "$C = $S.grad",
    "$S.grad = none",
    "$S.grad = $#",
    "$V.grad = $T",
    "$C = grad($F, $S)",
    "hessian($F, $S)",
    "$F = sum(grad($F, $V))",
    "numgrad($F, $S)",
    "repeat 1 { backward $F, create_graph=true; $F = $S.grad + $E }",
    "repeat 1 { forward $F; backward $F }",
    "nograd { $C = $M.T }",
    "nograd { $F = $E; $S := $# }",
    "testmode { forward $F }",
    "testmode { $F = sum(dropout($V, 0.5)) }",
    "$F = sum(dropout($V, 0.3)*$V)",
    "$V = $M.T[0]",
    "$F = reshape($M, 3, 2)",
    "$F = sum($M.T @ $M)",
    "$F = squeeze($M[0:1])",
    /* optimizers */
    "$O = sgd($S, $S, lr=0.01)",
    "$O = sgd($S, $V, lr=0.01, momentum=0.5)",
    "$O = adam($S, $S)",
    "$O = adamw($S, $M, lr=0.1)",
    "$O = rmsprop($S)",
    "$O = adagrad($V, $S, lr=0.1)",
    "$O = nesterov($S, $S)",
    "$O = momentum($S, $V)",
    "$O = sgd($N, lr=0.1)",
    "$O = adam($N, $S, hooks=[clip_grad(1), weight_decay(0.01)])",
    "$O.lr = $#",
    "$O.lr = 0.02",
    "$O.momentum = 0.3",
    "step $O",
    "step",
    "step $O",
    "reset $O",
    "minimize $F, $O, steps=4",
    "minimize $F, steps=3",
    "minimize $F, $O, steps=40, tol=0.1",
    "$C = clip_grad(2)",
    "repeat 1 { cleargrad; backward $F; step $O }",
    "repeat 1 { backward $F; step $O; forward $F }",
    /* modules and data */
    "$N = mlp([3, 1])",
    "$N = mlp([2, 2], activation=tanh)",
    "$N = lstm(2)",
    "$N = rnn(2)",
    "$N = sequential(linear(3), dropout(0.5), tanh, linear(1))",
    "$N = layer_norm(3)",
    "$N = lstm_model(2, 1)",
    "$N = embedding(4, 2)",
    "linear(2)",
    "$N = sequential(ans, relu)",
    "$N = sequential(ans, ans)",
    "$N = ans",
    "$F = mean($N($M)^2)",
    "$F = $N($M)",
    "$N($M)",
    "repeat 1 { $F = sum($N($M)); backward $F }",
    "$N($M.T)",
    "reset_state $N",
    "$N = $N.linear[0]",
    "$V = $N.linear[0].w",
    "$N.linear[0].b := 1",
    "$L = $N.params",
    "unchain $N.h",
    "testmode { $F = sum($N($M)) }",
    "$N = $N",
    "$L = [$N, $O, $S]",
    "$N = $L[0]",
    "$N = batches($M, $M, 1, shuffle=true)",
    "$C, $C = moons(4, 0.1)",
    "seed $#",
    "for a, b in $N { $S := $S + sum(a) }",
    "$C = curve(sin, n=5)",
    "$N = sequences($V, 2)",
    "repeat 3 { $F = mean($N($M)^2); cleargrad; backward $F; step $O }",
    /* lists, texts, functions, settings */
    "$L = [$S, 'a \"b\" {', $#]",
    "$L = append($L, $E)",
    "$S = $L[0]",
    "$L = [[1, $S], sin, $G]",
    "$L = \"{$S} is\\n $F\"",
    "$L = 0:5:2",
    "$L = none",
    "$L = 2 > 1",
    "$L = [$C, $V, [none]]",
    "$G = sin",
    "$G = sgd",
    "$L = $G",
    "def $G(a) = a^2 + $#*a",
    "def $G(a, n=2) { t = a; repeat n { t = t*$S }; return t }",
    "def $G(a) { x := a; return nosuch }",
    "def $G(a) = dropout(a, 0.5)",
    "set digits 4",
    "set digits full",
    "set nan off",
    "set nan error",
    "set nan warn",
    "set broadcast off",
    "set broadcast note",
    "set present on",
    "set digits 6",
    "watch $E",
    "watch $S, $F",
    "unwatch",
    "unwatch $S",
    "seed 1",
    "seed 3, 4",
    "restart",
    "print $E",
    "walk $F",
    "explain $S, of=$F",
    "ledger $S",
    "trace $F",
    "check $F",
    "wrong order, $F",
    "race $F, sgd($S, $S, lr=0.01), adam($S, $S), steps=5",
    "rewind 0",
    "rewind 1",
    "rewind 3",
    "explain nan",
    "wrong noclear, $F",
    "wrong stale, $F",
    "plot $F",
    "set auto on",
    "set auto off",
    "surface $F",
    "tree $F",
    "info $F",
    "help sin",
    /* blocks */
    "repeat 3 { $S := $S + 1 }",
    "repeat 40 { $S := $S*0.9; $F = $E }",
    "repeat 5 { forward $F; cleargrad; backward $F; step $O }",
    "repeat 5 { $F = $E; cleargrad; backward $F; step $O }",
    "repeat 3 { $V = $V*0.5 }",
    "for i in 0:3 { $S := $S + i; $F = $F + $S*i }",
    "for i in $V { $S := i }",
    "while $S < 3 { $S := $S + 1 }",
    "if $S > 0 { $F = $E } else { $F = -$E; $S := $# }",
    "repeat 9 { $S := $S + 1; if $S > 2 { nosuch }; $F = $E }",
    "repeat 2 { $V := randn(3) }",
    "repeat 3 { unchain $F; $F = $F*$S + 1 }",
    "repeat 4 { $S := $S + 1; nosuch }",
    "repeat 3 { forward $F; nosuch }",
    "repeat 3 { backward $F; step $O; forward $F; nosuch }",
    "repeat 1 { $S := 5; nosuch }",
    "repeat 2 { every 1 { $F = $E } }",
    "time { $S := $# }",
    "repeat 4 { $O = sgd($S, lr=0.1); $F = $E; backward $F; step $O }",
    "repeat 2 { backward $F, create_graph=true; $F = $S.grad^2 + $E }",
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

typedef struct Out {
    NbRng *rng;
    char *buf;
    size_t n, cap;
    int depth;
} Out;

static size_t below(NbRng *rng, size_t n)
{
    return (size_t)(nb_rng_u64(rng) % n);
}

static void put(Out *o, const char *s)
{
    for (; *s && o->n + 1 < o->cap; s++) {
        o->buf[o->n++] = *s;
    }
    o->buf[o->n] = '\0';
}

static void expand(Out *o, const char *t);

static void put_number(Out *o)
{
    static const char *const numbers[] = {"0", "1",    "2",     "-1", "0.5",
                                          "3", "1e-3", "-2.25", "7",  "0.1"};
    put(o, numbers[below(o->rng, COUNT(numbers))]);
}

static void put_part(Out *o, char kind)
{
    o->depth++;
    if (kind == '#' || o->depth > 4) {
        put_number(o);
    } else if (kind == 'E') {
        expand(o, scalars[below(o->rng, COUNT(scalars))]);
    } else if (kind == 'T') {
        expand(o, vectors[below(o->rng, COUNT(vectors))]);
    } else {
        put(o, names[(size_t)kind][below(o->rng, 5)]);
    }
    o->depth--;
}

static void expand(Out *o, const char *t)
{
    char one[2] = {0};
    for (; *t; t++) {
        if (*t == '$') {
            put_part(o, *++t);
        } else {
            one[0] = *t;
            put(o, one);
        }
    }
}

void random_statement(NbRng *rng, char *buf, size_t cap)
{
    Out o = {.rng = rng, .buf = buf, .cap = cap};
    expand(&o, statements[below(rng, COUNT(statements))]);
}
