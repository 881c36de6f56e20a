# graphs.py -- random graphs in nabla and in PyTorch: values and gradients of both orders agree
#
# graphs.py NABLA [GRAPHS] [SEED] [ONLY]: called by make test-torch. Graph k of a seed is always the
# same; ONLY=k runs that one alone and prints its program. Each has 5 to 50 operations on leaves of
# several shapes; an operation is taken only where its operands lie well inside its domain and away
# from kinks and ties. The loss is a weighted sum of every node nothing else used. Compared at
# 1e-10, relative above 1: the loss, each leaf's gradient, and (every third graph) the gradient of a
# weighted sum of those gradients.
import math
import random
import subprocess
import sys
import tempfile

import torch
import torch.nn.functional as F

TOLERANCE = 1e-10
BATCH = 50  # graphs in one program
torch.set_num_threads(1)


def full(x):
    return repr(float(x))


def literal(values):
    if isinstance(values, list):
        return "[" + ", ".join(literal(v) for v in values) + "]"
    return full(values)


def gap(t):
    """Smallest distance between two elements: what a tie or an argmax could hinge on."""
    s = t.detach().flatten().sort().values
    return float((s[1:] - s[:-1]).min()) if s.numel() > 1 else 1.0


class Graph:
    """The same graph as text for nabla and as tensors of torch."""

    def __init__(self, seed, index):
        self.r = random.Random(seed * 1000003 + index)
        self.lines, self.node, self.leaf, self.used = [], [], [], set()
        for i in range(self.r.randint(2, 4)):
            shape = self.r.choice([(), (3,), (2, 3), (2, 1), (1, 3), (2, 3), (3, 2), (2, 2, 3), (4,)])
            t = self.numbers(shape, -1.5, 1.5)
            name = f"x{i}"
            self.lines.append(f"{name} = {literal(t.tolist())};")
            t.requires_grad_(True)
            self.leaf.append((name, t))
            self.node.append((name, t))
        wanted = self.r.randint(5, 50)
        count = tries = 0
        while count < wanted and tries < 2000:
            tries += 1
            count += self.grow(count)
        self.operations = count

    def numbers(self, shape, lo, hi):
        n = math.prod(shape)
        return torch.tensor([self.r.uniform(lo, hi) for _ in range(n)], dtype=torch.float64).reshape(shape)

    def pick(self, ok=lambda t: True):
        """A node, newer ones more often; None when the one drawn does not do."""
        k = len(self.node) - 1 - int(len(self.node) * self.r.random() ** 2)
        name, t = self.node[k]
        return (k, name, t) if ok(t) else None

    def add(self, text, t, *operands):
        """Takes a node in unless it is too large, not finite or has grown out of range."""
        v = t.detach()
        if not torch.isfinite(v).all() or v.numel() > 200 or v.numel() == 0 or v.dim() > 4:
            return 0
        if float(v.abs().max()) > 30:
            return 0
        name = f"n{len(self.node)}"
        self.lines.append(f"{name} = {text};")
        self.node.append((name, t))
        self.used.update(operands)
        return 1

    def grow(self, count):
        kind = self.r.choice([self.unary, self.unary, self.binary, self.binary, self.binary,
                              self.reduce, self.shape, self.product, self.rows, self.join,
                              self.select, self.loss, self.index])
        return kind()

    # --- kinds of operations ---

    def unary(self):
        got = self.pick()
        if not got:
            return 0
        k, a, t = got
        v = t.detach()
        lo, hi, least = float(v.min()), float(v.max()), float(v.abs().min())
        small = max(-lo, hi)
        choice = [("sin", torch.sin), ("cos", torch.cos), ("tanh", torch.tanh), ("atan", torch.atan),
                  ("sigmoid", torch.sigmoid), ("softplus", lambda x: F.softplus(x, threshold=500)), ("square", torch.square),
                  ("gelu", lambda x: F.gelu(x, approximate="tanh"))]
        if least > 1e-3:
            choice += [("relu", torch.relu), ("abs", torch.abs),
                       ("leaky_relu", lambda x: F.leaky_relu(x, 0.01))]
        if small < 3:
            choice += [("exp", torch.exp), ("sinh", torch.sinh), ("cosh", torch.cosh)]
        if small < 1.2:
            choice += [("tan", torch.tan)]
        if small < 0.9:
            choice += [("asin", torch.asin), ("acos", torch.acos)]
        if lo > 0.1:
            choice += [("log", torch.log), ("sqrt", torch.sqrt)]
        if self.r.random() < 0.15:
            p = self.r.choice([2, 3, -1, 0.5, 1.7])
            if (p in (2, 3) or (p == -1 and least > 0.3) or lo > 0.2):
                return self.add(f"{a}^{p}" if p != -1 else f"{a}^(-1)", t**p, k)
            return self.add(f"-{a}", -t, k)
        name, f = self.r.choice(choice)
        return self.add(f"{name}({a})", f(t), k)

    def binary(self):
        one, two = self.pick(), self.pick()
        if not one or not two:
            return 0
        (i, a, s), (j, b, t) = one, two
        try:
            shape = torch.broadcast_shapes(s.shape, t.shape)
        except RuntimeError:
            return 0
        if self.r.random() < 0.2:  # with a number
            c = self.r.uniform(0.3, 2) * self.r.choice([-1, 1])
            text, y = self.r.choice([(f"{a} + {full(c)}", s + c), (f"{full(c)} - {a}", c - s),
                                     (f"{full(c)}*{a}", c * s), (f"{a}/({full(c)})", s / c)])
            return self.add(text, y, i)
        choice = [(f"{a} + {b}", lambda: s + t), (f"{a} - {b}", lambda: s - t), (f"{a}*{b}", lambda: s * t)]
        if float(t.detach().abs().min()) > 0.3:
            choice.append((f"{a}/{b}", lambda: s / t))
        if float(s.detach().min()) > 0.2 and float(t.detach().abs().max()) < 3:
            choice.append((f"{a}^{b}", lambda: s**t))
        if i != j and float((s - t).detach().abs().min()) > 1e-3:
            choice += [(f"max({a}, {b})", lambda: torch.maximum(s, t)),
                       (f"min({a}, {b})", lambda: torch.minimum(s, t)),
                       (f"where({a} > {b}, {a}, {b}^2)", lambda: torch.where(s > t, s, t**2))]
        text, f = self.r.choice(choice)
        return self.add(text, f(), i, j)

    def axes(self, t):
        """Text of axis= and keepdims=, and the same for torch."""
        rank = t.dim()
        keep = self.r.random() < 0.4
        some = self.r.sample(range(rank), self.r.randint(1, rank)) if rank else []
        if not some or self.r.random() < 0.25:
            return (", keepdims=true" if keep else ""), tuple(range(rank)), keep
        signed = [d - rank if self.r.random() < 0.5 else d for d in some]
        text = str(signed[0]) if len(signed) == 1 else str(signed)
        return f", axis={text}" + (", keepdims=true" if keep else ""), tuple(some), keep

    def reduce(self):
        got = self.pick(lambda t: t.dim() > 0)
        if not got:
            return 0
        k, a, t = got
        text, dims, keep = self.axes(t)
        choice = [("sum", lambda: t.sum(dims, keepdim=keep)), ("mean", lambda: t.mean(dims, keepdim=keep)),
                  ("variance", lambda: t.var(dims, unbiased=False, keepdim=keep)),
                  ("logsumexp", lambda: t.logsumexp(dims, keepdim=keep))]
        if gap(t) > 1e-4:
            choice += [("max", lambda: t.amax(dims, keepdim=keep)), ("min", lambda: t.amin(dims, keepdim=keep))]
        if float(t.detach().abs().min()) > 0.05:
            choice += [("norm", lambda: t.square().sum(dims, keepdim=keep).sqrt())]
            if len(dims) == 1:
                choice += [("prod", lambda: t.prod(dims[0], keepdim=keep))]
        name, f = self.r.choice(choice)
        return self.add(f"{name}({a}{text})", f(), k)

    def rows(self):
        got = self.pick(lambda t: t.dim() > 0)
        if not got:
            return 0
        k, a, t = got
        d = self.r.randrange(-t.dim(), t.dim())
        name, f = self.r.choice([("softmax", torch.softmax), ("log_softmax", torch.log_softmax)])
        return self.add(f"{name}({a}, axis={d})", f(t, d), k)

    def shape(self):
        got = self.pick(lambda t: t.dim() > 0)
        if not got:
            return 0
        k, a, t = got
        rank, d = t.dim(), self.r.randrange(-t.dim(), t.dim())
        order = self.r.sample(range(rank), rank)
        times = [self.r.randint(1, 2) for _ in range(rank)]
        wide = [self.r.randint(2, 3)] + list(t.shape)
        narrow = [1 if self.r.random() < 0.5 else n for n in t.shape]
        choice = [(f"reshape({a}, -1)", lambda: t.reshape(-1)), (f"{a}.T", lambda: t.permute(*range(rank)[::-1])),
                  (f"transpose({a}, {order})", lambda: t.permute(order)),
                  (f"unsqueeze({a}, {d})", lambda: t.unsqueeze(d)), (f"squeeze({a})", lambda: t.squeeze()),
                  (f"flip({a}, axis={d})", lambda: t.flip(d)), (f"tile({a}, {times})", lambda: t.tile(times)),
                  (f"broadcast_to({a}, {wide})", lambda: t.expand(wide)),
                  (f"sum_to({a}, {narrow})", lambda: t.sum_to_size(narrow))]
        if rank >= 2:
            n = t.shape[0] * t.shape[1]
            flat_two = [n] + list(t.shape[2:])
            choice.append((f"reshape({a}, {flat_two})", lambda: t.reshape(flat_two)))
        text, f = self.r.choice(choice)
        return self.add(text, f(), k)

    def product(self):
        one, two = self.pick(lambda t: t.dim() > 0), self.pick(lambda t: t.dim() > 0)
        if not one or not two:
            return 0
        (i, a, s), (j, b, t) = one, two
        try:
            if s.dim() == 1 and t.dim() == 1 and self.r.random() < 0.5:
                return self.add(f"dot({a}, {b})", torch.dot(s, t), i, j)
            if s.dim() == 2 and t.dim() == 2 and self.r.random() < 0.3:
                w = self.numbers((t.shape[1],), -1, 1)
                return self.add(f"linear({a}, {b}, {literal(w.tolist())})", s @ t + w, i, j)
            if s.dim() == 2 and t.dim() == 2 and s.shape[1] != t.shape[0]:
                return self.add(f"{a} @ {b}.T", s @ t.T, i, j)
            return self.add(f"{a} @ {b}", torch.matmul(s, t), i, j)
        except RuntimeError:
            return 0

    def join(self):
        one, two = self.pick(lambda t: t.dim() > 0), self.pick(lambda t: t.dim() > 0)
        if not one or not two:
            return 0
        (i, a, s), (j, b, t) = one, two
        d = self.r.randrange(-s.dim(), s.dim())
        try:
            if s.shape == t.shape and self.r.random() < 0.5:
                return self.add(f"stack([{a}, {b}], axis={d})", torch.stack([s, t], d), i, j)
            return self.add(f"concat([{a}, {b}], axis={d})", torch.cat([s, t], d), i, j)
        except (RuntimeError, IndexError):
            return 0

    def select(self):
        got = self.pick()
        if not got:
            return 0
        k, a, t = got
        v = t.detach()
        lo, hi = sorted([self.r.uniform(-2, 2), self.r.uniform(-2, 2)])
        if min(float((v - lo).abs().min()), float((v - hi).abs().min())) < 1e-3:
            return 0
        choice = [(f"clip({a}, {full(lo)}, {full(hi)})", lambda: t.clamp(lo, hi)),
                  (f"mask_fill({a}, {a} > {full(lo)}, {full(hi)})", lambda: t.masked_fill(t <= lo, hi)),
                  (f"where({a} < {full(hi)}, {a}*{a}, {full(lo)})",
                   lambda: torch.where(t < hi, t * t, torch.tensor(lo, dtype=torch.float64)))]
        text, f = self.r.choice(choice)
        return self.add(text, f(), k)

    def index(self):
        got = self.pick(lambda t: t.dim() > 0)
        if not got:
            return 0
        k, a, t = got
        n, i = t.shape[0], self.r.randrange(t.shape[0])
        many = [self.r.randrange(n) for _ in range(self.r.randint(1, 4))]
        choice = [(f"{a}[{i - n}]", lambda: t[i]), (f"{a}[{many}]", lambda: t[many]),
                  (f"{a}[::-1]", lambda: t.flip(0)), (f"{a}[{i}:]", lambda: t[i:])]
        if t.dim() > 1:
            m = self.r.randrange(t.shape[1])
            choice += [(f"{a}[:, {m}]", lambda: t[:, m]), (f"{a}[{i}, {m}:]", lambda: t[i, m:]),
                       (f"{a}[:, {[m, 0, m]}]", lambda: t[:, [m, 0, m]])]
        if n % 2 == 0:
            choice += [(f"split({a}, 2)[1]", lambda: t.chunk(2)[1]),
                       (f"split({a}, [1, {n - 1}])[{1 if n > 1 else 0}]", lambda: t.split([1, n - 1])[1])]
        text, f = self.r.choice(choice)
        return self.add(text, f(), k)

    def loss(self):
        got = self.pick(lambda t: t.dim() > 0)
        if not got:
            return 0
        k, a, t = got
        target = self.numbers(t.shape, -2, 2)
        away = (t.detach() - target).abs()
        at = literal(target.tolist())
        choice = [(f"mse({a}, {at})", lambda: F.mse_loss(t, target))]
        if float(away.min()) > 1e-3 and float((away - 1).abs().min()) > 1e-3:
            choice += [(f"mae({a}, {at})", lambda: F.l1_loss(t, target)),
                       (f"huber({a}, {at})", lambda: F.huber_loss(t, target))]
        share = torch.sigmoid(target)
        odds = literal(share.tolist())
        choice += [(f"bce({a}, {odds}, logits=true)", lambda: F.binary_cross_entropy_with_logits(t, share))]
        if float(t.detach().abs().max()) < 4:  # beyond, 1 - sigmoid loses its digits on both sides
            # F.binary_cross_entropy adds 1e-12 inside its second derivative.
            p = torch.sigmoid(t)
            choice += [(f"bce(sigmoid({a}), {odds})",
                        lambda: -(share * p.log() + (1 - share) * (1 - p).log()).mean())]
        if t.dim() == 2 and t.shape[1] > 1:
            labels = [self.r.randrange(t.shape[1]) for _ in range(t.shape[0])]
            labels[0] = -100 if t.shape[0] > 1 and self.r.random() < 0.3 else labels[0]
            choice += 3 * [(f"cross_entropy({a}, {labels})", lambda: F.cross_entropy(t, torch.tensor(labels)))]
        text, f = self.r.choice(choice)
        return self.add(text, f(), k)

    # --- both answers ---

    def finish(self, twice):
        """The program's last lines, and what torch says: loss, gradients, second gradients."""
        terms, total = [], 0
        for k, (name, t) in enumerate(self.node):
            if k not in self.used:
                w = self.numbers(t.shape, -1, 1)
                terms.append(f"sum({name}*{literal(w.tolist())})")
                total = total + (t * w).sum()
        self.lines.append(f"f = {' + '.join(terms)};")
        order = "backward f, create_graph=true;" if twice else "backward f;"
        self.lines += [order, "print f"]
        names = [name for name, _ in self.leaf]
        leaves = [t for _, t in self.leaf]
        grads = torch.autograd.grad(total, leaves, create_graph=twice, allow_unused=True)
        want = [total] + [g for g in grads if g is not None]
        self.lines += [f"print {name}.grad" for name, g in zip(names, grads) if g is not None]
        tracked = [(n, g) for n, g in zip(names, grads) if g is not None and g.requires_grad]
        if twice and tracked:
            sums, again = [], 0
            for n, g in tracked:
                w = self.numbers(g.shape, -1, 1)
                sums.append(f"sum({n}.grad*{literal(w.tolist())})")
                again = again + (g * w).sum()
            if again.requires_grad:
                second = torch.autograd.grad(again, leaves, allow_unused=True)
                self.lines += [f"h = {' + '.join(sums)};", "cleargrad;", "backward h;"]
                want += [g for g in second if g is not None]
                self.lines += [f"print {n}.grad" for n, g in zip(names, second) if g is not None]
        return want


def flat(line):
    return [float(w) for w in line.replace("[", " ").replace("]", " ").replace(",", " ").split()]


def run(nabla, text):
    with tempfile.NamedTemporaryFile("w", suffix=".nabla") as f:
        f.write(text)
        f.flush()
        return subprocess.run([nabla, "--norc", "--quiet", "--digits=full", f.name],
                              capture_output=True, text=True)


def wrong(want, lines):
    """Why the printed lines differ from torch's numbers, or None."""
    if len(lines) != len(want):
        return f"{len(lines)} results printed, {len(want)} wanted"
    for k, (w, line) in enumerate(zip(want, lines)):
        theirs = (w.detach() + 0.0).flatten().tolist()
        # A leaf on which nothing depends has no gradient here, and may have zeros there.
        mine = [0.0] * len(theirs) if line == "none" else flat(line)
        if len(mine) != len(theirs):
            return f"result {k}: {len(mine)} numbers, {len(theirs)} wanted"
        for a, b in zip(mine, theirs):
            if not abs(a - b) <= TOLERANCE * max(1.0, abs(b)):
                return f"result {k}: {full(a)} is not {full(b)}"
    return None


def main():
    nabla = sys.argv[1]
    count, seed, only = (int(a) for a in (sys.argv[2:] + ["1200", "1", "-1"][len(sys.argv) - 2:]))
    todo = [only] if only >= 0 else list(range(count))
    bad = operations = numbers = 0
    for start in range(0, len(todo), BATCH):
        batch = [(k, Graph(seed, k)) for k in todo[start:start + BATCH]]
        wants = [graph.finish(k % 3 == 0) for k, graph in batch]
        text = "\n".join("\n".join(["restart;"] + g.lines + ['print "end"']) for _, g in batch)
        if only >= 0:
            print(text)
        done = run(nabla, text)
        parts = done.stdout.split("end\n")
        for (k, graph), want, part in zip(batch, wants, parts):
            operations += graph.operations
            numbers += sum(w.numel() for w in want)
            why = wrong(want, part.splitlines())
            if why:
                bad += 1
                print(f"graph {k} of seed {seed}: {why}")
        if done.returncode != 0:
            print(done.stderr.strip()[:2000])
            return 1
    print(f"{len(todo)} graphs, {operations} operations, {numbers} numbers compared with torch "
          f"{torch.__version__} at {TOLERANCE}: {bad} differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
