# samples.py -- PyTorch's own samples of its operations in nabla: values to third derivatives
#
# samples.py NABLA [ONLY]: called by make test-torch. PyTorch tests its operations with samples of
# operands and options (op_db). Each that can be written in nabla (spelled.py) is: its value, the
# sweep, the gradient with a random seed gradient, the gradient of a projection of that, and once
# more; then `:=` writes other numbers and `forward` repeats all of it. Elementwise operations are
# tried at extremes as well, and options that may be variables are leaves. Compared at 1e-10,
# relative above 1. Every operation of the registry with a form in PyTorch is here, or in ELSEWHERE.
# ONLY: operations whose name has this in it, with the programs of those that differ.
import collections
import inspect
import itertools
import math
import os
import random
import re
import subprocess
import sys
import types
import unittest

import torch
import torch.nn.functional as F

from spelled import ENTRIES, Operand, Skip

try:
    import expecttest  # noqa: F401
except ImportError:  # PyTorch's tests ask for it, the samples do not
    sys.modules["expecttest"] = types.ModuleType("expecttest")
    sys.modules["expecttest"].TestCase = unittest.TestCase
    sys.modules["expecttest"].ACCEPT = False
from torch.testing._internal.common_methods_invocations import op_db  # noqa: E402

torch.set_num_threads(1)
TOLERANCE = 1e-10
BATCH = 60      # cases in one program
LARGEST = 1500  # elements of a case's operands, or of its result
INF, NAN = math.inf, math.nan
EXTREMES = [0.0, -0.0, 1e-300, -1e-300, 1e300, -1e300, INF, -INF, NAN, 1.0, -1.0, 0.5, -0.3, 2.0, 3.0, 1e-9, -1e-9,
            40.0, -40.0, 710.0, 1e16, 5e-324]
PAIRS = [0.0, -0.0, 1e-300, -1e-300, 1e300, -1e300, INF, -INF, NAN, 1.0, -1.0, 0.5, -2.5, 3.0]

SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "mod": "%", "pow": "^", "matmul": "@", "eq": "==", "ne": "!=", "lt": "<",
         "le": "<=", "gt": ">", "ge": ">=", "and": " and ", "or": " or ", "not": "not ", "neg": "-"}
# Operations with a form in PyTorch that have no sample here: random ones, and the parts of others.
ELSEWHERE = {"rand", "randn", "normal", "dropout_by", "dropped"}
PARTS = {
    "step": "relu(", "sech2": "tanh(", "asin_slope": "asin(", "cofactors_along": "cofactors(", "leaky_relu_by": "slope=x1", "clip_by": "lo=x1",
    "mask_fill_by": "mask_fill(x0^2", "huber_by": "delta=x2", "inside": "clip(", "masked": "relu(", "div0": "norm(",
}
# No gradient passes: a sweep of them alone is an error in nabla.
STEPS = re.compile(r"^(floor|ceil|round|div/floor_rounding|floor_divide|eq|ne|lt|le|gt|ge|logical_\w+|argmax|sign|sgn|zeros_like|ones_like|full_like)\b")


def literal(t):
    if t.numel() == 0:
        return f"zeros({list(t.shape)})"
    def write(v):
        return "[" + ", ".join(map(write, v)) + "]" if isinstance(v, list) else repr(float(v)) if isinstance(v, float) else str(int(v))
    return write(t.tolist())


class Case:
    """One expression: leaves with numbers, numbers for the replay, and what PyTorch computes."""

    def __init__(self, name, leaves, constants, expression, f, orders=3, replay=None, seeds=None):
        self.name, self.leaves, self.constants, self.expression, self.f = name, leaves, constants, expression, f
        self.orders = 0 if STEPS.match(name) or not leaves else orders
        r = random.Random(name + expression + str([tuple(t.shape) for t in leaves]))
        some = lambda shape: torch.tensor([r.choice([-1.5, -1, -0.75, 0.5, 0.625, 1, 1.25]) for _ in range(math.prod(shape))],
                                          dtype=torch.float64).reshape(shape)
        self.again = replay or [t * torch.tensor([r.uniform(0.85, 0.97) for _ in range(t.numel())],
                                                 dtype=torch.float64).reshape(t.shape) for t in leaves]
        with torch.no_grad():
            shape = f(leaves).shape
        if math.prod(shape) > LARGEST:
            raise Skip("too large")
        self.seed = some(shape) if seeds is None else torch.full(shape, float(seeds), dtype=torch.float64)
        self.along = [some(t.shape) if seeds is None else torch.full(t.shape, float(seeds), dtype=torch.float64) for t in leaves]

    def wants(self):
        """PyTorch's value, gradients and so on at both places; may lower the number of orders."""
        out = []
        for place in (self.leaves, self.again):
            xs = [t.detach().clone().requires_grad_(self.orders > 0) for t in place]
            y = self.f(xs)
            rows = [[y]]
            s = (y * self.seed).sum()
            for k in range(self.orders):
                if s.requires_grad:
                    try:
                        gs = torch.autograd.grad(s, xs, create_graph=True, allow_unused=True)
                    except RuntimeError as e:
                        if "not implemented" not in str(e):
                            raise
                        self.orders = k
                        break
                else:
                    gs = [None] * len(xs)
                rows.append([torch.zeros_like(x) if g is None else g for g, x in zip(gs, xs)])
                s = sum(((g * u).sum() for g, u in zip(gs, self.along) if g is not None), torch.zeros(()))
            out.append(rows)
        return [[[t.detach().double() + 0.0 for t in row] for row in rows[:self.orders + 1]] for rows in out]

    def program(self):
        """Prints the shape, then at each place: value, the sweep's gradients, those of each order."""
        n = range(len(self.leaves))
        lines = [f"x{k} = {literal(t)};" for k, t in enumerate(self.leaves)]
        lines += [f"const k{k} = {literal(t)};" for k, t in self.constants]
        lines += [f"y = {self.expression};", "print y.shape"]
        sweep, show, sums = [], ["print y"], []
        if self.orders:
            lines += [f"const u = {literal(self.seed)};"] + [f"const v{k} = {literal(t)};" for k, t in enumerate(self.along)]
            lines += ["s0 = sum(y*u);"]
            sweep = ["cleargrad; backward s0;"] + [f"print x{k}.grad" for k in n]
            sums = ["s0"]
        for order in range(self.orders):
            lines += [f"g{order}_{k} = grad(s{order}, x{k});" for k in n]
            lines += [f"s{order + 1} = " + " + ".join(f"sum(g{order}_{k}*v{k})" for k in n) + ";"]
            show += [f"print g{order}_{k}" for k in n]
            sums += [f"s{order + 1}"]
        lines += show[:1] + sweep + show[1:]
        if self.leaves:
            lines += [f"all = {' + '.join(sums) or 'y'};"]
            lines += [f"x{k} := {literal(t)};" for k, t in enumerate(self.again)] + ["forward all;"]
            lines += show[:1] + sweep + show[1:]
        return lines


# --- PyTorch's samples ---


def leibniz(m):
    """The determinant as a sum over permutations, which has every derivative."""
    n = m.shape[-1]
    total = torch.zeros(m.shape[:-2], dtype=m.dtype)
    for p in itertools.permutations(range(n)):
        sign = (-1) ** sum(p[i] > p[j] for i in range(n) for j in range(i + 1, n))
        total = total + sign * math.prod((m[..., i, p[i]] for i in range(n)), start=torch.ones(m.shape[:-2], dtype=m.dtype))
    return total


def layer_norm(x, shape, weight=None, bias=None, eps=1e-5):
    d = list(range(-len(shape), 0))
    y = (x - x.mean(d, keepdim=True)) / torch.sqrt(x.var(d, unbiased=False, keepdim=True) + eps)
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


def bce(p, t, weight=None, reduction="mean"):
    loss = -(t * p.log() + (1 - t) * (1 - p).log())
    return {"none": loss, "sum": loss.sum(), "mean": loss.mean()}[reduction]


# In the place of PyTorch's functions whose own derivatives are not exact.
EXACT = {
    "linalg.det": leibniz, "linalg.det/singular": leibniz,  # others than leading orders, near singular matrices
    "nn.functional.layer_norm": layer_norm,                 # the third order
    "nn.functional.binary_cross_entropy": bce,              # 1e-12 is added in the second
    "nn.functional.hardsigmoid": lambda x: x.add(3).clamp(0, 6) / 6,  # the slope is 1/6 of single precision
    "__rpow__": lambda x, y: y**x,                          # y is cut off
}


def walk(value, take):
    """The same lists and dictionaries with every tensor replaced."""
    if isinstance(value, torch.Tensor):
        return take(value)
    if isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
        return type(value)(walk(v, take) for v in value)
    if isinstance(value, dict):
        return {k: walk(v, take) for k, v in value.items()}
    return value


def cases_of(op, name, sample):
    """The cases of a sample, or Skip."""
    leaves, constants, operands = [], [], {}

    def operand(t):
        if id(t) not in operands:
            if t.dtype == torch.float64 and (t.requires_grad or not op.supports_autograd):
                operands[id(t)] = Operand(f"x{len(leaves)}", t), len(leaves)
                leaves.append(t.detach().clone().contiguous())
            else:
                operands[id(t)] = Operand(f"k{len(constants)}", t), None
                constants.append((len(constants), t.detach()))
        return operands[id(t)][0]

    everything = [sample.input, *sample.args]
    args, kwargs = walk(list(everything), operand), walk(dict(sample.kwargs), operand)
    if sum(t.numel() for t in leaves) > LARGEST:
        raise Skip("too large")
    if any(t.is_complex() for _, t in constants):
        raise Skip("complex numbers")
    entry = ENTRIES[name]
    try:
        inspect.signature(entry).bind(*args, **kwargs)
    except TypeError as e:
        raise Skip(f"an option: {e}") from None
    written = entry(*args, **kwargs)
    spelled = written if isinstance(written, list) else [(written, None)]

    def f_of(pick):
        exact = EXACT.get(name)

        def f(xs):
            put = lambda t: xs[operands[id(t)][1]] if operands[id(t)][1] is not None else t
            y = (exact or op.op)(*walk(list(everything), put), **walk(dict(sample.kwargs), put))
            return y[pick] if pick is not None else y
        return f
    return [Case(name, leaves, constants, text, f_of(pick)) for text, pick in spelled]


def every_sample(only, skipped):
    seen, out = set(), []
    for op in op_db:
        name = op.name + ("/" + op.variant_test_name if op.variant_test_name else "")
        if name not in ENTRIES:
            skipped["no operation of nabla"] += 1
            continue
        seen.add(name)
        if only and only not in name:
            continue
        torch.manual_seed(1)
        random.seed(1)
        for sample in op.sample_inputs("cpu", torch.float64, requires_grad=op.supports_autograd):
            try:
                out += cases_of(op, name, sample)
            except Skip as why:
                skipped[str(why)] += 1
    missing = sorted(set(ENTRIES) - seen)
    if missing:
        sys.exit(f"no operation of this PyTorch: {', '.join(missing)}")
    return out


# --- options as leaves, operands at extremes ---


def tensor(*v):
    return torch.tensor(v[0] if len(v) == 1 else list(v), dtype=torch.float64)


X, W = tensor(-2, -0.4, 0.3, 1.7), tensor(0.2, 0.1, -0.3, 0.5)
RAGGED = torch.linspace(-1.9, 2.2, 12, dtype=torch.float64).reshape(3, 4)
BOUNDS = tensor(-1.0, -0.5, 0, 0.25)
LEAVES = [
    ("leaky_relu", "leaky_relu(x0, slope=x1)", [X, tensor(0.1)], lambda x, a: torch.where(x > 0, x, a * x)),
    ("leaky_relu", "leaky_relu(x0, slope=x1)", [RAGGED, W], lambda x, a: torch.where(x > 0, x, a * x)),
    ("leaky_relu", "leaky_relu(x0, slope=x1)", [tensor(-2.0), tensor(0.3)], lambda x, a: torch.where(x > 0, x, a * x)),
    ("clip", "clip(x0, x1, x2)", [RAGGED, tensor(-1.0), tensor(1.1)], torch.clamp),
    ("clip", "clip(x0, x1, x2)", [RAGGED, BOUNDS, BOUNDS + 1], torch.clamp),
    ("clip", "clip(x0, x1, 1)", [RAGGED, BOUNDS], lambda x, lo: torch.clamp(x, lo, torch.ones_like(x))),
    ("clip", "clip(x0, lo=x1)", [RAGGED, tensor(-0.3)], lambda x, lo: torch.clamp(x, min=lo)),
    ("clip", "clip(x0, hi=x1)", [RAGGED, BOUNDS], lambda x, hi: torch.clamp(x, max=hi)),
    ("clip", "clip(x0*x1, x1, x1^2)", [RAGGED, tensor(1.5)], lambda x, a: torch.clamp(x * a, a, a**2)),
    ("mask_fill", "mask_fill(x0, [1, 0, 0, 1], x1)", [RAGGED, tensor(0.7)], lambda x, v: torch.where(tensor(1, 0, 0, 1) > 0, x, v)),
    ("mask_fill", "mask_fill(x0^2, x0 > 0, x1^3)", [RAGGED, tensor(0.7)], lambda x, v: torch.where(x > 0, x**2, v**3)),
    ("mask_fill", "mask_fill(x0, x0 > 0, x0[0])", [X], lambda x: torch.where(x > 0, x, x[0])),
    ("huber", "huber(x0, x1, delta=x2)", [X, W, tensor(0.8)],
     lambda y, t, d: torch.where((y - t).abs() <= d, (y - t)**2 / 2, d * ((y - t).abs() - d / 2)).mean()),
    ("huber", "huber(x0, 0, delta=x1^2)*x1", [tensor(-2.0), tensor(0.8)],
     lambda y, d: torch.where(y.abs() <= d**2, y**2 / 2, d**2 * (y.abs() - d**2 / 2)) * d),
    ("full", "full([2, 3], x0)^2", [tensor(1.5)], lambda v: v.expand(2, 3)**2),
    ("softplus", "softplus(x0)", [torch.linspace(-30, 30, 25, dtype=torch.float64)], lambda x: torch.logaddexp(x, torch.zeros_like(x))),
    ("dropout", "dropout(x0, 0)", [X], lambda x: x + 0),
    ("one_hot", "one_hot([2, 0, 1], 3)*x0", [tensor(1, 2, 3)], lambda x: F.one_hot(torch.tensor([2, 0, 1]), 3) * x),
    ("accuracy", "accuracy([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]], [1, 0, 0])*x0", [tensor(1.5)], lambda x: 2 / 3 * x),
    ("cofactors", "cofactors(x0)", [tensor([[2, 1, 0.5], [0.3, 3, -1], [1, 0.2, 1.5]])], lambda m: torch.linalg.det(m) * torch.linalg.inv(m).mT),
    ("mse", "mse(x0, x1)", [X, W], F.mse_loss), ("mae", "mae(x0, x1)", [X, W], F.l1_loss),
    ("transpose", "transpose(x0)", [RAGGED], lambda x: x.T), ("dot", "dot(x0, x0)", [X], lambda x: torch.dot(x, x)),
]


def leaf_cases():
    return [Case(f"{name} of leaves", leaves, [], text, lambda xs, f=f: f(*xs)) for name, text, leaves, f in LEAVES]


ONE = "abs acos asin atan cos cosh exp log log10 log2 sign sin sinh sqrt tan tanh sigmoid square floor ceil nn.functional.relu " \
      "neg reciprocal expm1 nn.functional.leaky_relu round"
TWO = "add sub mul div/no_rounding_mode remainder maximum minimum clamp_min clamp_max eq ne lt le gt ge div/floor_rounding pow"


def extreme_cases(only):
    """Elementwise operations at every extreme. PyTorch's second derivatives of a power are not those at
    0 and at infinity; ours are held against exact ones in tests/lang."""
    by_name = {op.name + ("/" + op.variant_test_name if op.variant_test_name else ""): op for op in op_db}
    out, wanted = [], [n for n in (ONE + " " + TWO).split() if not only or only in n]
    for name in wanted:
        two = name in TWO.split()
        points = list(zip(*itertools.product(PAIRS, PAIRS))) if two else [EXTREMES]
        xs = [torch.tensor(p, dtype=torch.float64) for p in points]
        kwargs = {"rounding_mode": "floor"} if name == "div/floor_rounding" else {}
        f = lambda ts, op=by_name[name], kw=kwargs: op.op(*ts, **kw)
        text = ENTRIES[name](*(Operand(f"x{k}", x) for k, x in enumerate(xs)), **kwargs)
        case = Case(f"{name} at extremes", xs, [], text, f, 1 if name == "pow" else 2, [x.flip(0) for x in xs], 1)
        case.points = [tuple(p) for p in zip(*points)]
        out.append(case)
    return out


# --- both answers ---


def numbers(line):
    if line.startswith("zeros("):
        return []
    return [0.0] if line == "none" else [float(w) for w in line.replace("[", " ").replace("]", " ").replace(",", " ").split()]


def run(program, cases):
    """Of each case the printed lines, or the error that stopped it."""
    out, todo = {}, list(range(len(cases)))
    while todo:
        text = ["set nan off"]
        for k in todo:
            text += ["restart;"] + cases[k].program() + [f'print "end {k}"']
        # From a pipe statements run one by one: one that cannot be read stops its own case only.
        done = subprocess.run([program, "--norc", "--quiet", "--no-window", "--digits=full"], input="\n".join(text) + "\n",
                              capture_output=True, text=True)
        lines = []
        for line in done.stdout.splitlines():
            if line.startswith("end "):
                out[int(line[4:])], lines = lines, []
            else:
                lines.append(line)
        rest = [k for k in todo if k not in out]
        if rest:
            said = [line for line in done.stderr.splitlines() if "error" in line or line.strip().startswith(("hint", "|"))]
            out[rest[0]] = " ".join(said)[:300] or f"status {done.returncode}"
            rest = rest[1:]
        todo = rest
    return [out[k] for k in range(len(cases))]


def off(a, b):
    if math.isnan(a) or math.isnan(b):
        return not (math.isnan(a) and math.isnan(b))
    return a != b and not abs(a - b) <= TOLERANCE * max(1.0, abs(b))


def differences(case, wants, lines, choices):
    """(what, element, mine, theirs) of each number that differs, and how many were compared."""
    places = wants if case.leaves else wants[:1]
    if isinstance(lines, str):
        return [(lines, -1, NAN, NAN)], 0
    rows = lines[1:]
    per = len(rows) // len(places)
    bad, count = [], 0
    shape = [int(n) for n in re.findall(r"\d+", lines[0])]
    if shape != list(places[0][0][0].shape):
        bad.append((f"shape {shape}, not {list(places[0][0][0].shape)}", -1, NAN, NAN))
        return bad, 0
    for j, want in enumerate(places):
        mine = rows[j * per:(j + 1) * per]
        if len(mine) != 1 + case.orders * len(case.leaves) + (len(case.leaves) if case.orders else 0):
            return [(f"{len(mine)} results printed", -1, NAN, NAN)], count
        expected = [("value", want[0][0])]
        expected += [(f"sweep x{k}", g) for k, g in enumerate(want[1])] if case.orders else []
        expected += [(f"order {o} x{k}", g) for o in range(1, case.orders + 1) for k, g in enumerate(want[o])]
        for (what, w), line in zip(expected, mine):
            got, theirs = numbers(line), w.flatten().tolist()
            if line == "none" or (got == [0.0] and len(theirs) != 1):
                got = [0.0] * len(theirs)
            if len(got) != len(theirs):
                bad.append((f"{what}: {len(got)} numbers, {len(theirs)} wanted", -1, NAN, NAN))
                continue
            for i, (a, b) in enumerate(zip(got, theirs)):
                count += 1
                if off(a, b):
                    why = by_choice(case, what, i, j, a, b)
                    if why:
                        choices[why] += 1
                    else:
                        bad.append((f"{what}{', replayed' if j else ''}", i, a, b))
    return bad, count


def by_choice(case, what, i, j, mine, theirs):
    """Why the two differ on purpose, or None."""
    points = getattr(case, "points", None)
    name = case.name.split(" ")[0]
    if name == "linalg.norm/subgradients_at_zero" and math.isnan(theirs) and mine == 0:
        return "norm: derivatives at 0 are 0"
    if not points:
        return None
    point = points[len(points) - 1 - i if j else i]
    if any(map(math.isnan, point)) and math.isnan(mine):
        return "a NaN operand stays NaN in value and slope"
    if name in ("remainder", "div/floor_rounding") and math.isnan(theirs):
        return "remainders by fmod: a quotient that overflows is no NaN"
    if name == "pow" and what.endswith("x1") and "2" not in what and point[0] == 0 and point[1] == 0:
        return "∂/∂b of a^b at 0^0 is log 0"
    return None


def without_sample(cases):
    """Operations whose record has a form in PyTorch, and that no case is made of."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "src", "ops")
    text = "\n".join(case.expression for case in cases)
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            for op, record in re.findall(r"^const NbOp nb_op_(\w+) = \{(.*?)\};$", f.read(), re.M | re.S):
                sign = SIGNS.get(op) or PARTS.get(op) or f"{op}("
                if ".torch =" in record and op not in ELSEWHERE and sign not in text:
                    yield op


def main():
    program = sys.argv[1]
    only = sys.argv[2] if len(sys.argv) > 2 else ""
    skipped, choices = collections.Counter(), collections.Counter()
    cases = every_sample(only, skipped)
    cases += [c for c in leaf_cases() if only in c.name] + extreme_cases(only)
    bad = compared = 0
    for op in without_sample(cases) if not only else ():
        bad += 1
        print(f"{op}: no sample here, and not in ELSEWHERE")
    for start in range(0, len(cases), BATCH):
        batch = cases[start:start + BATCH]
        wants = [case.wants() for case in batch]  # before the programs: orders PyTorch has not are left out
        for case, want, lines in zip(batch, wants, run(program, batch)):
            found, count = differences(case, want, lines, choices)
            compared += count
            if found:
                bad += 1
                what, i, a, b = found[0]
                where = f" [{i}]: {a!r} is not {b!r}" if i >= 0 else ""
                print(f"{case.name}: {case.expression}: {len(found)} differ, first {what}{where}")
                if only:
                    print("\n".join(case.program()))
    missing = skipped.pop("no operation of nabla", 0)
    print(f"{missing} operations of PyTorch have no counterpart; {sum(skipped.values())} samples of the others are not expressible: "
          + "; ".join(f"{n} {reason}" for reason, n in skipped.most_common()))
    print("by choice differ: " + "; ".join(f"{n} {reason}" for reason, n in choices.most_common()))
    print(f"{len(cases)} samples of operations, {compared} numbers compared with torch {torch.__version__} at {TOLERANCE}: {bad} differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
