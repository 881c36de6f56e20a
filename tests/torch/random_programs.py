# random_programs.py -- short random programs translated to PyTorch, run in both, numbers compared
#
# random_programs.py NABLA COUNT SEED [ONLY]: called by make test-torch; COUNT are compared. A program has leaves (scalars
# and tensors), constants, functions, loops with sums, conditions, sweeps, gradients cleared or added,
# optimizers, values written in place, forward, nograd and detach, and prints what came of it. All are
# translated by the program one by one and run in one Python process.
import contextlib
import io
import random
import subprocess
import sys
import tempfile

from programs import differ, numbers

UNARY = ["sin", "cos", "tanh", "exp", "sigmoid", "softplus", "square", "gelu", "relu", "atan"]
REDUCE = ["sum({})", "mean({})", "variance({})", "norm({} + 3)", "sum({}^2)", "logsumexp({})", "max({})", "prod({}/2 + 1)"]
OPTIMIZERS = ["sgd({}, lr=0.05)", "sgd({}, lr=0.02, momentum=0.9)", "sgd({}, lr=0.02, momentum=0.5, dampening=0)",
              "momentum({}, lr=0.02)", "nesterov({}, lr=0.02)", "adam({}, lr=0.05)", "adamw({}, lr=0.05)",
              "adam({}, lr=0.05, eps_hat=true)", "rmsprop({}, lr=0.01)", "adagrad({}, lr=0.05)",
              "sgd({}, lr=0.05, hooks=[clip_grad(0.5)])", "adam({}, lr=0.05, hooks=[weight_decay(0.1)])",
              "sgd({}, lr=0.05, weight_decay=0.1)"]


class Program:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.lines = []
        self.scalar, self.tensor, self.leaf, self.number, self.fresh = [], [], [], [], 0

    def name(self, stem):
        self.fresh += 1
        return f"{stem}{self.fresh}"

    def const(self):
        return self.r.choice(["2", "0.5", "-1.5", "3", "1", "0.25"])

    def term(self):
        """A number: a scalar or a reduced tensor."""
        kind = self.r.random()
        if kind < 0.45 or not self.tensor:
            return self.r.choice(self.scalar)
        if kind < 0.8:
            return self.r.choice(REDUCE).format(self.tensors())
        t = self.r.choice(self.tensor)
        return self.r.choice([f"{t}[0]", f"{t}[-1]", f"sum({t}[1:])", f"mean({t}[[0, 1]])", f"{t}[::-1][0]"])

    def tensors(self):
        t = self.r.choice(self.tensor)
        kind = self.r.random()
        if kind < 0.3:
            return t
        if kind < 0.5:
            return f"{self.r.choice(UNARY)}({t}/2)"
        if kind < 0.6:
            return f"where({t} > 0, {t}, {self.const()})"
        if kind < 0.7:
            return f"clip({t}, -1, 1)"
        if kind < 0.8:
            return f"{t}*({t} > 0)"
        return f"({t} {self.r.choice('+-*')} {self.r.choice(self.scalar + [self.const()])})"

    def formula(self, depth=2):
        if depth == 0:
            return self.term()
        kind = self.r.random()
        a, b = self.formula(depth - 1), self.formula(depth - 1)
        if kind < 0.5:
            return f"({a} {self.r.choice('+-*')} {b})"
        if kind < 0.6:
            return f"{a}/(1 + {b}^2)"
        if kind < 0.7:
            return f"max({a}, {b})" if self.r.random() < 0.5 else f"min({a}, {b})"
        if kind < 0.8:
            return f"({a})^{self.r.choice(['2', '3'])}/10"
        return f"{self.r.choice(UNARY)}(({a})/3)"

    def begin(self):
        for _ in range(self.r.randint(1, 3)):
            n = self.name("x")
            self.lines.append(f"{n} = {self.r.choice(['1', '2', '0.5', '-0.7', '1.5'])}")
            self.scalar.append(n)
            self.leaf.append(n)
        if self.r.random() < 0.6:
            n = self.name("w")
            values = [round(self.r.uniform(-2, 2), 2) for _ in range(self.r.randint(3, 4))]
            self.lines.append(f"{n} = {values}" if self.r.random() < 0.7 else f"{n} = linspace(-1, 1, 4)")
            self.tensor.append(n)
            self.leaf.append(n)
        if self.r.random() < 0.3:
            n = self.name("r")
            self.lines.append(f"{n} = randn(4)")
            self.tensor.append(n)
            self.leaf.append(n)
        if self.r.random() < 0.4:
            n = self.name("c")
            self.lines.append(f"const {n} = {self.const()}")
            self.scalar.append(n)

    def function(self):
        n = self.name("g")
        if self.r.random() < 0.5:
            self.lines.append(f"def {n}(a, b=2) = {self.r.choice(['a*b + a^2', 'sin(a)*b', 'a - b/(1 + a^2)'])}")
        else:
            self.lines.append(f"def {n}(a, b=2) {{\n    if b > 1 {{ return a*b }}\n    s = 0\n"
                              f"    for i in 0:3 {{ s = s + a^i }}\n    return s*b\n}}")
        return n

    def middle(self, function):
        kind = self.r.random()
        if kind < 0.35:
            n = self.name("y")
            self.lines.append(f"{n} = {self.formula()}")
            self.scalar.append(n)
        elif kind < 0.55 and function:
            n = self.name("y")
            last = f", b={self.const()}" if self.r.random() < 0.5 else ""
            self.lines.append(f"{n} = {function}({self.term()}{last})")
            self.scalar.append(n)
        elif kind < 0.7:
            n, i = self.name("s"), self.name("i")
            self.lines.append(f"{n} = 0\nfor {i} in 0:{self.r.randint(2, 4)} {{ {n} = {n} + ({self.term()})*{i} }}")
            self.scalar.append(n)
        elif kind < 0.8:
            n = self.name("k")
            self.lines.append(f"{n} = 0\nrepeat 3 {{ {n} = {n} + 1 }}\nprint \"{n}\", {n}, {n}/2")
        elif kind < 0.9:
            n = self.name("d")
            self.lines.append(f"{n} = detach({self.term()})")
            self.scalar.append(n)
        else:
            n = self.name("z")
            self.lines.append(f"nograd {{ {n} = {self.term()} }}")
            self.scalar.append(n)

    def shown(self):
        return ", ".join(f"{x}.grad" for x in self.leaf)

    def ending(self):
        f = self.name("f")
        mix = " + ".join(f"sum({x}^2)/10" if x in self.tensor else f"{x}^2/10" for x in self.leaf)
        formula = f"{self.formula(3)} + {mix}"
        kind = self.r.random()
        if kind < 0.35:
            self.lines.append(f"{f} = {formula}\nbackward {f}\nprint {f}\nprint {self.shown()}")
            if self.r.random() < 0.4:
                self.lines.append(f"backward {f}\nprint {self.shown()}")
            if self.r.random() < 0.5:
                h = self.name("h")
                self.lines.append(f"cleargrad\n{h} = {self.r.choice(self.leaf)}*1\n{h} = sum({h}^2)*{f}\nbackward {h}\nprint {self.shown()}"
                                  if self.r.random() < 0.3 else f"cleargrad\nprint {self.leaf[0]}.grad")
        elif kind < 0.5:
            g = self.name("g")
            leaf = self.r.choice(self.leaf)
            self.lines.append(f"{f} = {formula}\n{g} = grad({f}, {leaf})\nprint {f}, {g}\nprint grad(sum({g}^2), {leaf})")
        elif kind < 0.85:
            opt = self.r.choice(OPTIMIZERS).format(", ".join(self.leaf))
            self.lines.append(f"opt = {opt}\nfor step_ in 0:{self.r.randint(3, 8)} {{\n    {f} = {formula}\n    cleargrad\n"
                              f"    backward {f}\n    step opt\n    if step_ % 2 == 0 {{ print \"{{step_:4d}} {{{f}:12s}}\" }}\n}}\n"
                              f"print {', '.join(self.leaf)}")
        else:
            x = self.leaf[0]
            self.lines.append(f"{f} = {formula}\nprint {f}\n{x} := {self.const()}\nforward {f}\nbackward {f}\nprint {f}, {x}.grad")

    def text(self):
        self.begin()
        function = self.function() if self.r.random() < 0.6 else None
        for _ in range(self.r.randint(1, 4)):
            self.middle(function)
        self.ending()
        return "\n".join(self.lines) + "\n"


def python(program):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(program, "program", "exec"), {"__name__": "__main__"})
    return out.getvalue()


def one(nabla, text, folder):
    path = f"{folder}/p.nabla"
    with open(path, "w") as f:
        f.write(text)
    nabla_run = [nabla, "--norc", "--digits=full"]
    mine = subprocess.run(nabla_run + ["--no-window", path], capture_output=True, text=True)
    if mine.returncode:
        return "skip", 0
    done = subprocess.run(nabla_run + ["--pytorch", path], capture_output=True, text=True)
    if done.returncode:
        refused = ": error: forward: " in done.stderr
        return ("refused" if refused else done.stderr), 0
    try:
        theirs = numbers(python(done.stdout))
    except Exception as e:
        return f"{type(e).__name__}: {e}", 0
    want = numbers(mine.stdout)
    if len(want) != len(theirs):
        return f"{len(theirs)} numbers, nabla prints {len(want)}", 0
    for k, (a, b) in enumerate(zip(want, theirs)):
        if differ(a, b):
            return f"number {k}: {b!r}, nabla has {a!r}", 0
    return None, len(want)


def main():
    nabla, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    only = int(sys.argv[4]) if len(sys.argv) > 4 else None
    bad = compared = skipped = done = k = 0
    with tempfile.TemporaryDirectory() as folder:
        while done < (count if only is None else 1) and skipped <= count // 2:
            text = Program(f"{seed} {k if only is None else only}").text()
            why, n = one(nabla, text, folder)
            if why in ("skip", "refused"):  # the program itself fails, or a forward has no counterpart
                skipped += 1
            elif why:
                bad += 1
                print(f"program {k} of seed {seed}: {why}\n{text if bad <= 5 or only is not None else ''}")
            done += why not in ("skip", "refused")
            compared += n
            k += 1
    print(f"{done} random programs, {compared} numbers compared with PyTorch: {bad} differ; {skipped} were passed over")
    return 1 if bad or skipped > count // 2 else 0


if __name__ == "__main__":
    sys.exit(main())
