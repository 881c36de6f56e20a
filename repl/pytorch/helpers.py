# helpers.py -- Python beside translated programs: each part is printed only where it is used
#% Random random dropouts
#d
class Random:
    """nabla's random numbers: PCG-DXSM, and normals by the ziggurat of Marsaglia and Tsang."""

    def __init__(self, hi=0, lo=0):
        self.seed(hi, lo)
        f32, r, area = np.float32, 3.442619855899, 9.91256303526217e-3
        q = area / math.exp(-0.5 * r * r)
        self.k = [int(r / q * 2**31), 0] + [0] * 126
        self.w = [float(f32(q / 2**31))] + [0.0] * 126 + [float(f32(r / 2**31))]
        self.f = [f32(1)] + [f32(0)] * 126 + [f32(math.exp(-0.5 * r * r))]
        edge = last = r
        for i in range(126, 0, -1):
            edge = math.sqrt(-2 * math.log(area / edge + math.exp(-0.5 * edge * edge)))
            self.k[i + 1] = int(edge / last * 2**31)
            self.w[i], self.f[i] = float(f32(edge / 2**31)), f32(math.exp(-0.5 * edge * edge))
            last = edge

    def seed(self, hi=0, lo=0):
        self.state = hi << 64 | lo

    def bits(self):
        self.state = (self.state * 0x2360ED051FC65DA44385DF649FCCF645
                      + 0x5851F42D4C957F2D14057B7EF767814F) & (1 << 128) - 1
        x, lo = self.state >> 64, self.state & (1 << 64) - 1
        x = (x ^ x >> 32) * 0xDA942042E4DD58B5 & (1 << 64) - 1
        return (x ^ x >> 48) * (lo | 1) & (1 << 64) - 1

    def uniform(self):
        return (self.bits() & (1 << 53) - 1) * 2.0**-53

    def gauss(self):
        while True:
            u = self.bits()
            j, i = (u & 0xFFFFFFFF ^ 0x80000000) - 0x80000000, u >> 32 & 127
            x = j * self.w[i]
            if abs(j) < self.k[i]:
                return x
            if i == 0:
                while True:
                    x = -math.log(self.uniform()) / 3.442619855899
                    if -2 * math.log(self.uniform()) >= x * x:
                        return math.copysign(3.442619855899 + x, j)
            y = self.f[i] + np.float32(self.uniform()) * (self.f[i - 1] - self.f[i])
            if y < np.float32(math.exp(-0.5 * x * x)):
                return x

#w
class Random:
    """Numbers that nabla drew, one after the other."""

    def __init__(self, name):
        self.drawn, self.state = np.load(WEIGHTS)[name], 0

    def seed(self, hi=0, lo=0):
        pass  # the numbers drawn behind it follow all the same

    def uniform(self):
        self.state += 1
        return float(self.drawn[self.state - 1])

    gauss = uniform

#.
    def draw(self, one, shape):
        shape = tuple(shape[0] if shape and isinstance(shape[0], (tuple, list)) else shape)
        return torch.tensor([one() for _ in range(math.prod(shape))]).reshape(shape)

    def rand(self, *shape):
        return self.draw(self.uniform, shape)

    def randn(self, *shape):
        return self.draw(self.gauss, shape)

    def normal(self, shape, mean, std):
        return mean + std * self.randn(*shape)

    def permutation(self, n):
        order = list(range(n))
        for i in range(n - 1, 0, -1):
            j = int(self.uniform() * (i + 1))
            order[i], order[j] = order[j], order[i]
        return order


#d
random = Random(SEED)
#w
random = Random("values")
#.

#% dropout Dropout dropouts mask_seed
def mask_seed(hi, lo=0):
    return ~hi & (1 << 64) - 1, lo ^ 0x9E3779B97F4A7C15


#d
dropouts = Random(DROPSEED)
#w
dropouts = Random("masks")
#.


def dropout(x, p, training=True):
    """F.dropout, with a mask from a generator of its own."""
    if not training:
        return x
    keep = [dropouts.uniform() >= p for _ in range(x.numel())]
    return x * torch.tensor(keep).reshape(x.shape) / (1 - p)


class Dropout(nn.Dropout):
    """nn.Dropout, with masks from a generator of its own."""

    def forward(self, x):
        return dropout(x, self.p, self.training)

#% moons
def moons(n=200, noise=0.1):
    """Two half circles that reach into each other, with labels 0 and 1."""
    t = torch.arange(n) % 2
    a = math.pi * (torch.arange(n) // 2 / ((n - t + 1) // 2 - 1).clamp(min=1))
    x = torch.stack([torch.where(t == 0, a.cos(), 1 - a.cos()),
                     torch.where(t == 0, a.sin(), 0.5 - a.sin())], 1)
    return x + noise * random.randn(n, 2), t

#% spiral
def spiral(n=300, noise=0.05):
    """Three arms wound around the origin, with labels 0, 1, 2."""
    t = torch.arange(n) % 3
    r = torch.arange(n) // 3 / ((n - t + 2) // 3 - 1).clamp(min=1)
    a = 2 * math.pi * t / 3 + 4 * r
    x = torch.stack([r * a.cos(), r * a.sin()], 1)
    return x + noise * random.randn(n, 2), t

#% circles
def circles(n=200, noise=0.05):
    """A circle, label 0, around one half as large, label 1."""
    t = torch.arange(n) % 2
    a = 2 * math.pi * (torch.arange(n) // 2) / ((n - t + 1) // 2)
    r = 1 - 0.5 * t
    x = torch.stack([r * a.cos(), r * a.sin()], 1)
    return x + noise * random.randn(n, 2), t

#% xor
def xor(n=200, noise=0.05):
    """Points in a square, with label 1 where the signs of the two differ."""
    x = 2 * random.rand(n, 2) - 1
    t = ((x[:, 0] < 0) != (x[:, 1] < 0)).long()
    return x + noise * random.randn(n, 2), t

#% curve
def curve(f, n=1000, noise=0.05):
    """n points from 0 to 2π, and f there plus noise."""
    x = 2 * math.pi * (torch.arange(n) / max(n - 1, 1)).reshape(n, 1)
    return x, f(x) + noise * random.randn(n, 1)

#% csv
def csv(file, target=None, header=None, missing="error", sep=",", decimal=".", labels=()):
    """The numbers of a table; with a target, its column apart. Text becomes labels 0, 1, …"""
    with open(file, encoding="utf-8-sig") as f:
        rows = [[w.strip() for w in line.split(sep)] for line in f if line.strip()]
    names = rows.pop(0) if header is not False else [str(i) for i in range(len(rows[0]))]
    at = None if target is None else names.index(target) if isinstance(target, str) else target % len(names)

    def number(word):
        try:
            return float(word.replace(decimal, "."))
        except ValueError:
            return {"true": 1.0, "false": 0.0}.get(word.lower())

    def column(i, words):
        gone = {"", "NA", "N/A", "na", "n/a", "null", "NULL", "nan", "NaN", "?"}
        told = names[i] in ([labels] if isinstance(labels, str) else labels)
        values = [math.nan if w in gone else number(w) for w in words]
        text = told or None in values
        if text and not told and i != at and any(v == v for v in values if v is not None):
            raise ValueError(f"{file}: numbers and words in column {names[i]}")
        gone = {""} if text and i == at else gone
        if missing == "error" and not gone.isdisjoint(words):
            raise ValueError(f"{file}: a value of column {names[i]} is missing")
        seen = [w for w in dict.fromkeys(words) if w not in gone]
        if text and gone.isdisjoint(words):
            return torch.tensor([seen.index(w) for w in words])
        return torch.tensor([math.nan if w in gone else float(seen.index(w)) for w in words] if text else values)

    columns = [column(i, words) for i, words in enumerate(zip(*rows))]
    t = None if at is None else columns.pop(at)
    x = torch.stack([c.to(torch.get_default_dtype()) for c in columns], 1)
    return x if at is None else (x, t)

#% safetensors
def safetensors(file):
    """Tensors by name: a length in 8 bytes, so much JSON, the numbers."""
    raw = open(file, "rb").read()
    begin = 8 + int.from_bytes(raw[:8], "little")
    kinds = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "u1", "BOOL": "?"}
    found = {}
    for name, e in json.loads(raw[8:begin]).items():
        if name != "__metadata__":
            first, end = e["data_offsets"]
            found[name] = np.frombuffer(raw[begin + first : begin + end], kinds[e["dtype"]]).reshape(e["shape"]).copy()
    return found

#% batches
def batches(x, t, size=None, shuffle=False):
    """Rows of x and t, size at a time."""
    if size is None:
        t, size = x, t
    rows = torch.tensor(random.permutation(len(x))) if shuffle else torch.arange(len(x))
    for part in rows.split(size):
        yield x[part].detach(), t[part].detach()

#% sequences
def sequences(x, t, n=None):
    """n runs of x read side by side, one step at a time, each with the values that follow."""
    if n is None:
        steps = (len(x) - 1) // t
        for i in range(steps):
            yield x[i : t * steps : steps], x[i + 1 : t * steps + 1 : steps]
    else:
        steps = len(x) // n
        for i in range(steps):
            yield x[i : n * steps : steps], t[i : n * steps : steps]

#% Linear
warnings.filterwarnings("ignore", "Lazy modules")


class Linear(nn.LazyLinear):
    """nn.Linear whose weights are randn/sqrt(inputs), drawn at the first call."""

    def reset_parameters(self):
        if not self.has_uninitialized_params() and self.in_features:
            w = random.randn(self.in_features, self.out_features)
            with torch.no_grad():
                self.weight.copy_(w.T * (1 / math.sqrt(self.in_features)))
                if self.bias is not None:
                    self.bias.zero_()

#% Embedding
class Embedding(nn.Embedding):
    """nn.Embedding with weights from our generator."""

    def reset_parameters(self):
        with torch.no_grad():
            self.weight.copy_(random.randn(self.num_embeddings, self.embedding_dim))

    def forward(self, labels):
        return super().forward(labels.long())

#% mlp
def mlp(sizes, activation=nn.Sigmoid):
    """Linear layers with an activation between them."""
    layers = []
    for n in sizes:
        layers += [Linear(n), activation()]
    return nn.Sequential(*layers[:-1])

#% Elementwise
class Elementwise(nn.Module):
    """A function as a layer."""

    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        return self.f(x)

#% Recurrent
class Recurrent(nn.Module):
    """A layer that keeps its state between calls."""

    def reset_state(self):
        self.h = self.c = None

    def detach_state(self):
        self.h = None if self.h is None else self.h.detach()
        self.c = None if self.c is None else self.c.detach()

#% RNN
class RNN(Recurrent):
    """h = tanh(x·Wx + b + h·Wh); the first step has no h term."""

    def __init__(self, n):
        super().__init__()
        self.x2h = Linear(n)
        self.h2h = nn.Parameter(random.randn(n, n) * (1 / math.sqrt(n)))
        self.reset_state()

    def forward(self, x):
        a = self.x2h(x)
        self.h = torch.tanh(a if self.h is None else a + self.h @ self.h2h)
        return self.h

#% LSTM
class LSTM(Recurrent):
    """One step of an LSTM; the first step has no h terms and no f·c."""

    def __init__(self, n):
        super().__init__()
        self.x2 = nn.ModuleList([Linear(n) for _ in "fiou"])
        self.h2 = nn.ParameterList([nn.Parameter(random.randn(n, n) * (1 / math.sqrt(n))) for _ in "fiou"])
        self.reset_state()

    def forward(self, x):
        gates = [x2(x) for x2 in self.x2]
        if self.h is not None:
            gates = [g + self.h @ h2 for g, h2 in zip(gates, self.h2)]
        f, i, o = [torch.sigmoid(g) for g in gates[:3]]
        c = i * torch.tanh(gates[3])
        self.c = c if self.c is None else f * self.c + c
        self.h = o * torch.tanh(self.c)
        return self.h

#% LSTMModel
class LSTMModel(nn.Module):
    """An LSTM and a linear layer; each call is one step."""

    def __init__(self, hidden, out):
        super().__init__()
        self.lstm = LSTM(hidden)
        self.linear = Linear(out)

    def forward(self, x):
        return self.linear(self.lstm(x))

#% reset_state
def reset_state(m):
    """Forgets h and c of every recurrent layer in m."""
    for layer in m.modules():
        if isinstance(layer, Recurrent):
            layer.reset_state()

#% detach_state
def detach_state(m):
    """Keeps h and c of every recurrent layer in m, without the graph behind them."""
    for layer in m.modules():
        if isinstance(layer, Recurrent):
            layer.detach_state()

#% SGD
class SGD(torch.optim.Optimizer):
    """u = μu + (1-d)g; p = p(1 - lr·wd) - lr·u. torch.optim.SGD takes the first g whole and adds wd·p to g."""

    def __init__(self, params, lr, momentum=0, dampening=None, nesterov=False, weight_decay=0):
        d = momentum if dampening is None else dampening
        super().__init__(params, dict(lr=lr, momentum=momentum, dampening=d, nesterov=nesterov, wd=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            lr, mu = group["lr"], group["momentum"]
            for p in group["params"]:
                if p.grad is not None:
                    u = self.state[p].get("u", 0) * mu + (1 - group["dampening"]) * p.grad
                    self.state[p]["u"] = u
                    p.mul_(1 - lr * group["wd"]).sub_(lr * (p.grad + mu * u if group["nesterov"] else u))

#% Momentum
class Momentum(torch.optim.Optimizer):
    """v = μv - lr·g; p = p + v. In torch.optim.SGD lr is outside v: the same while lr stays as it is."""

    def __init__(self, params, lr, momentum=0.9):
        super().__init__(params, dict(lr=lr, momentum=momentum))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    v = self.state[p].get("v", 0) * group["momentum"] - group["lr"] * p.grad
                    self.state[p]["v"] = v
                    p.add_(v)

#% Adagrad
class Adagrad(torch.optim.Optimizer):
    """s = s + g²; p = p - lr·g/(√s + eps). torch.optim.Adagrad wants the weights before they are drawn."""

    def __init__(self, params, lr, eps=1e-10):
        super().__init__(params, dict(lr=lr, eps=eps))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    s = self.state[p].get("s", 0) + p.grad ** 2
                    self.state[p]["s"] = s
                    p.sub_(group["lr"] * p.grad / (s.sqrt() + group["eps"]))

#% AdamEpsHat
class AdamEpsHat(torch.optim.Adam):
    """Adam with eps beside the uncorrected root: torch's, with eps divided by sqrt(1 - beta2^t)."""

    def step(self):
        group = self.param_groups[0]
        params, eps = group["params"], group["eps"]
        for p in params:  # each has its own count of steps
            t = 1 + int(self.state.get(p, {}).get("step", 0))
            group["params"], group["eps"] = [p], eps / math.sqrt(1 - group["betas"][1] ** t)
            super().step()
        group["params"], group["eps"] = params, eps

#% AdamWEpsHat
class AdamWEpsHat(torch.optim.AdamW):
    """AdamW with eps beside the uncorrected root: torch's, with eps divided by sqrt(1 - beta2^t)."""

    def step(self):
        group = self.param_groups[0]
        params, eps = group["params"], group["eps"]
        for p in params:  # each has its own count of steps
            t = 1 + int(self.state.get(p, {}).get("step", 0))
            group["params"], group["eps"] = [p], eps / math.sqrt(1 - group["betas"][1] ** t)
            super().step()
        group["params"], group["eps"] = params, eps

#% with_hooks
def with_hooks(opt, *hooks):
    """The optimizer, with hooks on its own copy of the gradients before each step."""
    plain_step = opt.step

    def step():
        params = [p for g in opt.param_groups for p in g["params"] if p.grad is not None]
        held = [p.grad for p in params]
        grads = [g.detach() for g in held]
        for hook in hooks:
            grads = hook([p.detach() for p in params], grads)
        for p, g in zip(params, grads):
            p.grad = g
        plain_step()
        for p, g in zip(params, held):
            p.grad = g

    opt.step = step
    return opt

#% counted
def counted(opt):
    """The optimizer, which counts its steps in t."""
    plain_step = opt.step

    def step():
        opt.t += 1
        plain_step()

    opt.t, opt.step = 0, step
    return opt

#% weight_decay
def weight_decay(decay):
    return lambda params, grads: [g + decay * p for p, g in zip(params, grads)]

#% clip_grad
def clip_grad(most):
    def hook(params, grads):
        norm = torch.sqrt(sum((g * g).sum() for g in grads))
        if 1e-140 < norm < 1e150:
            return [g * (most / norm) for g in grads] if norm > most else grads
        unit = max(float(g.abs().max()) for g in grads)  # squares left the range of a double
        unit = unit if 0 < unit < math.inf else 1.0
        norm = torch.sqrt(sum((g / unit * (g / unit)).sum() for g in grads))
        return [g / unit / norm * most for g in grads] if norm > most / unit else grads

    return hook

#% grad
def grad(f, x):
    """∂f/∂x as part of a graph; zeros where f does not depend on x; by a list of parts stacked alike."""
    if isinstance(x, list):
        return torch.stack([grad(f, part) for part in x])
    if not f.requires_grad or not x.requires_grad:
        return torch.zeros_like(x)
    (g,) = torch.autograd.grad(f, x, create_graph=True, allow_unused=True)
    return torch.zeros_like(x) if g is None else g

#% chosen
def chosen(i):
    """An index: a condition selects, numbers count."""
    return i if i.dtype == torch.bool else i.long()

#% grad_of
def grad_of(f, *at):
    """Derivatives of a function at a point, as part of a graph."""
    at = [x if torch.is_tensor(x) and x.requires_grad else torch.as_tensor(x, dtype=torch.get_default_dtype()).detach().requires_grad_() for x in at]
    y = f(*at)
    return grad(y, at[0]) if len(at) == 1 else [grad(y, x) for x in at]

#% hessian
def hessian(f, *xs):
    """Second derivatives of f by all numbers in xs; by one x with its axes twice."""
    first = [grad(f, x) for x in xs]
    rows = [torch.cat([grad(g, x).reshape(-1) for x in xs]) for d in first for g in d.reshape(-1)]
    return torch.stack(rows).reshape(2 * first[0].shape) if len(xs) == 1 else torch.stack(rows)

#% jacobian
def jacobian(f, *xs):
    """Derivatives of every element of f by every element of x; by several as columns side by side."""
    rows = [[grad(y, x) for x in xs] for y in f.reshape(-1)]
    flat = torch.stack([torch.cat([g.reshape(-1) for g in row]) for row in rows])
    return flat.reshape(f.shape + rows[0][0].shape) if len(xs) == 1 else flat

#% numgrad
def numgrad(f, x):
    """Derivatives of f() by x from central differences."""
    g = torch.zeros_like(x)
    flat = x.data.view(-1)
    for i, value in enumerate(flat.tolist()):
        h = NUMSTEP
        flat[i] = value + h
        up, above = flat[i].item(), f().item()
        flat[i] = value - h
        down, below = flat[i].item(), f().item()
        flat[i] = value
        g.view(-1)[i] = (above - below) / (up - down)
    return g

#% near
def near(a, b, tol=1e-5):
    """Whether both have one shape and hardly differ, relative to b where that is above 1."""
    if a is None or b is None:
        return False
    a, b = torch.as_tensor(a).detach().double(), torch.as_tensor(b).detach().double()
    return a.shape == b.shape and bool((a - b).abs().le(tol * b.abs().clamp(min=1)).all())

#% edges
class Edges:
    """Numbers as in nabla: inf or nan where Python ends in an error."""

    def __getattr__(self, name):
        def of(x):
            try:
                return getattr(math, name)(x)
            except (ValueError, OverflowError):
                return getattr(torch, name)(self.tensor(x)).item()

        return of

    def tensor(self, x):
        return torch.tensor(float(x), dtype=torch.float64)

    def div(self, a, b):
        return a / b if b else (self.tensor(a) / self.tensor(b)).item()

    def floordiv(self, a, b):
        return a // b if b else self.div(a, b)

    def mod(self, a, b):
        return a % b if b else math.nan

    def pow(self, a, b):
        try:
            y = a**b
            abs(y) + 0.0  # no whole number that floats cannot hold
        except (ZeroDivisionError, OverflowError):
            y = (self.tensor(a) ** self.tensor(b)).item()
        return math.nan if isinstance(y, complex) else y


edges = Edges()

#% argument
def argument(name, usual):
    """What the command line gives this name, as in lr=0.1."""
    for word in sys.argv[1:]:
        if word.startswith(name + "="):
            word = word[len(name) + 1 :]
            return word if isinstance(usual, str) else float(word)
    return usual

#% text
def text(x, form="SPEC"):
    """A value as nabla prints it."""
    if torch.is_tensor(x):
        x = x.tolist()
    if isinstance(x, range):
        return f"{x.start}:{x.stop}" + (f":{x.step}" if x.step != 1 else "")
    if isinstance(x, (list, tuple)):
        return "[" + ", ".join(text(v, form) for v in x) + "]"
    return format(x, form) if isinstance(x, (int, float)) else str(x)

#% grad_norm
def grad_norm(opt):
    """The norm of all gradients together."""
    grads = [p.grad for g in opt.param_groups for p in g["params"] if p.grad is not None]
    return torch.sqrt(sum((g * g).sum() for g in grads))

#% checkpointed remove_checkpoints checkpoints load_checkpoint save_checkpoint put_back
checkpoints = []  # a file for each loop that trains


def checkpointed(passes, models, optimizers, names, places=(), every=10):
    """The passes of a loop that were not made before. What they change is written at every tenth, and is
    read when the program is started again after it was stopped."""
    file = f"{os.path.splitext(__file__)[0]}.{len(checkpoints) + 1}.pt"
    checkpoints.append(file)
    passes = list(passes)
    done = load_checkpoint(file, models, optimizers)
    for i in range(done, len(passes)):
        yield passes[i]
        if (i + 1) % every == 0 and i + 1 < len(passes):
            save_checkpoint(file, i + 1, models, optimizers, names, places)


def save_checkpoint(file, done, models, optimizers, names, places):
    """Whole or not at all: by one process, under another name first."""
    if rank > 0:
        return
    params = [[p for g in opt.param_groups for p in g["params"]] for opt in optimizers]
    values = {n: globals()[n] for n in names if n in globals()}
    state = {
        "program": open(__file__).read(),
        "done": done,
        "models": [m.state_dict() for m in models],
        "optimizers": [opt.state_dict() for opt in optimizers],
        "params": [[(p.data, p.grad) for p in ps] for ps in params],
        "names": {n: v.detach() if torch.is_tensor(v) else v for n, v in values.items()},
        "places": {n: (globals()[n].data, globals()[n].grad) for n in places},
        "drawn": globals()["random"].state if "random" in globals() else None,
    }
    with open(file + ".new", "wb") as f:
        torch.save(state, f)
        f.flush()
        os.fsync(f.fileno())
    os.replace(file + ".new", file)


def load_checkpoint(file, models, optimizers):
    """The number of passes made before; 0 without a file. One process reads it for all."""
    found = [torch.load(file, map_location="cpu") if rank == 0 and os.path.exists(file) else None]
    dist.broadcast_object_list(found)
    state = found[0]
    if state is None:
        return 0
    if state["program"] != open(__file__).read():
        raise ValueError(f"{file} is of another program; remove it to start anew")
    device = torch.empty(0).device
    for m, s in zip(models, state["models"]):
        m.load_state_dict(s)
    for opt, s, values in zip(optimizers, state["optimizers"], state["params"]):
        opt.load_state_dict(s)
        put_back([p for g in opt.param_groups for p in g["params"]], values)
    put_back([globals()[n] for n in state["places"]], state["places"].values())
    for n, v in state["names"].items():
        globals()[n] = v.to(device) if torch.is_tensor(v) else v
    if state["drawn"] is not None:
        globals()["random"].state = state["drawn"]
    return state["done"]


def put_back(params, values):
    for p, (value, slope) in zip(params, values):
        p.data.copy_(value)
        p.grad = None if slope is None else slope.to(p.device)


def remove_checkpoints():
    """The program has come to its end."""
    for file in checkpoints:
        if rank == 0 and os.path.exists(file):
            os.remove(file)
