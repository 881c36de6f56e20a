# points.py -- operations at odd points in nabla and in PyTorch: values, first and second derivatives
#
# points.py NABLA: called by make test-torch. Every operation of one or two numbers at ties, kinks,
# zeros of both signs, infinities, NaN, tiny, huge and saturating numbers, as a scalar and as a
# tensor, at 1e-12 of each number, NaN and infinity in the same places. Where the two differ on
# purpose the reason stands in by_choice.
import itertools
import math
import subprocess
import sys
import tempfile

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
INF, NAN = math.inf, math.nan
POINTS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.3, 2.0, 3.0, 20.0, -20.0, 40.0, -40.0, 710.0, -745.0, 1e-310, 5e-324,
          1e-9, -1e-9, 1e16, 1e200, -1e200, INF, -INF, NAN]
PAIRS = [0.0, -0.0, 1.0, -1.0, 2.0, -2.5, 0.5, 1e-200, 1e200, INF, -INF, NAN]

UNARY = {
    "sin(x)": torch.sin, "cos(x)": torch.cos, "tan(x)": torch.tan, "asin(x)": torch.asin,
    "acos(x)": torch.acos, "atan(x)": torch.atan, "sinh(x)": torch.sinh, "cosh(x)": torch.cosh,
    "tanh(x)": torch.tanh, "exp(x)": torch.exp, "log(x)": torch.log, "sqrt(x)": torch.sqrt,
    "abs(x)": torch.abs, "sign(x)": torch.sign, "square(x)": torch.square, "relu(x)": torch.relu,
    "leaky_relu(x)": F.leaky_relu, "sigmoid(x)": torch.sigmoid,
    "softplus(x)": lambda x: F.softplus(x, threshold=800), "gelu(x)": lambda x: F.gelu(x, approximate="tanh"),
    "clip(x, -1, 2)": lambda x: x.clamp(-1, 2), "x^2": lambda x: x**2, "x^3": lambda x: x**3,
    "x^0": lambda x: x**0, "x^(-1)": lambda x: x**-1, "x^0.5": lambda x: x**0.5, "x^1.5": lambda x: x**1.5,
    "2^x": lambda x: 2**x, "1/x": lambda x: 1 / x, "-x": lambda x: -x,
    "sqrt(relu(x) + 1)": lambda x: torch.sqrt(torch.relu(x) + 1),
}
BINARY = {
    "x + y": torch.add, "x - y": torch.sub, "x*y": torch.mul, "x/y": torch.div, "max(x, y)": torch.maximum,
    "min(x, y)": torch.minimum, "where(x > y, x, y)": lambda x, y: torch.where(x > y, x, y),
    "where(x > 0, x*y, y)": lambda x, y: torch.where(x > 0, x * y, y),
    "(x < y)*y": lambda x, y: (x < y) * y, "mask_fill(x, y > 0, 3)": lambda x, y: x.masked_fill(~(y > 0), 3.0),
}


# PyTorch's own formulas cancel or overflow here; ours are held against exact ones in tests/lang.
CANCELS = ("tanh(x)", "sigmoid(x)", "softplus(x)", "gelu(x)")


def by_choice(name, point, mine, torchs):
    """Where the two differ on purpose."""
    if any(math.isnan(p) for p in point) and math.isnan(mine):
        return True  # a NaN operand stays NaN in value and slope
    if name in CANCELS and (abs(mine - torchs) <= 1e-15 or math.isnan(torchs)):
        return True
    return name in ("x^0.5", "x^1.5") and point == (-INF,)  # C's pow, not a square root


def text(x):
    return repr(float(x))


def numbers(line):
    return [float(w) for w in line.replace("[", " ").replace("]", " ").replace(",", " ").replace("none", "0").split()]


def nabla(program, lines):
    with tempfile.NamedTemporaryFile("w", suffix=".nabla") as f:
        f.write("set nan off\n" + "\n".join(lines))
        f.flush()
        done = subprocess.run([program, "--norc", "--quiet", "--digits=full", f.name], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[:2000])
    return [numbers(line) for line in done.stdout.splitlines()]


def derivatives(f, point):
    """Value, gradient and the gradient's own gradient, summed over the operands."""
    xs = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in point]
    y = f(*xs)
    first = torch.autograd.grad(y, xs, create_graph=True, allow_unused=True) if y.requires_grad else [None] * len(xs)
    out = [y] + [g if g is not None else torch.tensor(0.0) for g in first]
    total = sum(g for g in first if g is not None and g.requires_grad)
    again = [None] * len(xs)
    if isinstance(total, torch.Tensor) and total.requires_grad:
        again = torch.autograd.grad(total, xs, allow_unused=True)
    return [float(t) for t in out + [g if g is not None else torch.tensor(0.0) for g in again]]


def ours(program, name, points):
    """The same of every point, then the gradients of all of them as one tensor."""
    names = ["x", "y"][: len(points[0])]
    reached = name  # every operand is a part of f, with a derivative that stays 0
    for n in names:
        reached = f"where(0, {n}, {reached})"
    lines = []
    for p in points:
        lines += [f"{n} = {text(v)};" for n, v in zip(names, p)]
        lines += [f"f = {reached};", "print f"] + [f"print grad(f, {n})" for n in names]
        total = " + ".join(f"grad(f, {n})" for n in names)
        for n in names:
            total = f"where(0, {n}, {total})"
        lines += [f"g = {total};"] + [f"print grad(g, {n})" for n in names]
        lines += [f"cleargrad; backward f; print " + ", ".join(f"{n}.grad" for n in names)]
    for k, n in enumerate(names):
        lines += [f"{n} = [" + ", ".join(text(p[k]) for p in points) + "];"]
    lines += [f"f = sum({reached});", "backward f;"] + [f"print {n}.grad" for n in names]
    out = nabla(program, lines)
    each = 2 + 2 * len(names)
    of_points = [out[k * each : (k + 1) * each] for k in range(len(points))]
    return of_points, out[each * len(points) :]


def same(a, b, tolerance):
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b or abs(a - b) <= tolerance * abs(b) + 1e-300


def main():
    program = sys.argv[1]
    bad = count = 0
    tables = [(n, f, [(p,) for p in POINTS]) for n, f in UNARY.items()]
    tables += [(n, f, list(itertools.product(PAIRS, PAIRS))) for n, f in BINARY.items()]
    for name, f, points in tables:
        found, tensor = ours(program, name, points)
        for k, (p, mine) in enumerate(zip(points, found)):
            want = derivatives(f, p)
            flat = [row[0] for row in mine[:-1]]
            swept = mine[-1]
            grads = flat[1 : 1 + len(p)]
            checks = [(f"order {0 if j == 0 else 1 if j <= len(p) else 2}", a, b, 1e-12)
                      for j, (a, b) in enumerate(zip(flat, want))]
            checks += [("backward and grad", a, b, 1e-13) for a, b in zip(swept, grads)]
            checks += [("tensor and scalar", row[k], b, 1e-13) for row, b in zip(tensor, grads)]
            for what, a, b, tolerance in checks:
                count += 1
                if not same(a, b, tolerance) and not by_choice(name, p, a, b):
                    bad += 1
                    print(f"{name} at {', '.join(text(v) for v in p)}, {what}: {text(a)} is not {text(b)}")
    print(f"{count} numbers at odd points compared with torch {torch.__version__}: {bad} differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
