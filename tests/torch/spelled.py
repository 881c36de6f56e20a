# spelled.py -- operations of PyTorch written in nabla: a table for samples.py
#
# An entry takes the arguments of PyTorch's function and gives an expression, or a list of (expression,
# place in the tuple PyTorch returns). Tensors come as Operand, which reads as the name it has in the
# program. Skip says why a sample cannot be written.
import math

import torch


class Skip(Exception):
    """Why a sample is not expressible."""


class Operand:
    """A tensor with the name it has in the program."""

    def __init__(self, name, tensor):
        self.name, self.t = name, tensor
        self.shape, self.dim = list(tensor.shape), tensor.dim()

    def __str__(self):
        return self.name

    def whole(self):
        """Its whole numbers, as literals."""
        return self.t.tolist()


def num(v):
    """A number, or a tensor's name, as an operand of anything."""
    if isinstance(v, Operand):
        return str(v)
    text = repr(float(v))
    return f"({text})" if text.startswith("-") else text


def value(v):
    return v.t.detach() if isinstance(v, Operand) else torch.tensor(float(v))


def axis(x, dim, keep=False):
    """The options axis= and keepdims=."""
    kept = ", keepdims=true" if keep else ""
    dim = list(dim) if isinstance(dim, (tuple, list)) else dim
    if dim is None or dim == []:
        return kept
    if x.dim == 0:
        raise Skip("an axis of a number")
    return f", axis={dim}{kept}"


def count(x, dim):
    if dim is None or dim == [] or dim == ():
        return math.prod(x.shape)
    return math.prod(x.shape[d] for d in (dim if isinstance(dim, (tuple, list)) else [dim]))


def sizes(args):
    return list(args[0]) if len(args) == 1 and isinstance(args[0], (tuple, list)) else list(args)


def filled(x, shape):
    """A shape without -1 as PyTorch's expand has it."""
    lead = len(shape) - x.dim
    return [x.shape[i - lead] if n == -1 else n for i, n in enumerate(shape)]


# --- kinds of entries ---


def call(name):
    return lambda x: f"{name}({x})"


def form(text):
    """Of one operand, {a}."""
    return lambda a: text.format(a=num(a))


def infix(sign):
    return lambda a, b: f"{num(a)} {sign} {num(b)}"


def turned(sign):
    return lambda a, b: f"{num(b)} {sign} {num(a)}"


def scaled(sign):
    return lambda a, b, alpha=1: f"{num(a)} {sign} {num(b)}" if alpha == 1 else f"{num(a)} {sign} {num(alpha)}*{num(b)}"


def reduce(name):
    def entry(x, dim=None, keepdim=False, dtype=None):
        return f"{name}({x}{axis(x, dim, keepdim)})"
    return entry


def best(name):
    """max and min: of two tensors, along an axis with the places, of everything."""
    def entry(x, dim=None, keepdim=False):
        if isinstance(dim, Operand):
            return f"{name}({x}, {dim})"
        if dim is None:
            return f"{name}({x})"
        return [(f"{name}({x}{axis(x, dim, keepdim)})", 0)]
    return entry


def along(name):
    return lambda x, dim, dtype=None: f"{name}({x}{axis(x, dim)})"


def mean_of(name):
    """Losses that nabla has as a mean; a sum is the mean times how many, none each for itself."""
    def entry(y, t, reduction="mean", **options):
        for k, v in options.items():
            if k != "delta":
                raise Skip(f"an option {k}")
        if reduction == "none":
            raise Skip("a loss of each element")
        text = f"{name}({y}, {t}" + "".join(f", {k}={num(v)}" for k, v in options.items()) + ")"
        return f"{text}*{math.prod(y.shape)}" if reduction == "sum" else text
    return entry


# --- entries that need more than a line ---


def variance(x, *args, dim=None, unbiased=None, correction=1, keepdim=False, root=False):
    for a in args:
        if isinstance(a, bool):
            unbiased = a
        else:
            dim = a
    c = int(unbiased) if unbiased is not None else 1 if correction is None else correction
    n = count(x, dim)
    text = f"variance({x}{axis(x, dim, keepdim)})*{num(n / (n - c) if n != c else math.nan)}"
    return f"sqrt({text})" if root else text


def two_norm(x, ord=2, dim=None, keepdim=False, dtype=None):
    if ord not in (2, 2.0, None, "fro"):
        raise Skip("a norm other than the root of the sum of squares")
    return f"norm({x}{axis(x, dim, keepdim)})"


def matrix_norm(x, ord=None, dim=None, keepdim=False, dtype=None):
    vector = dim is not None and (isinstance(dim, int) or len(dim) == 1) or dim is None and x.dim == 1
    if ord in (None, "fro") or ord == 2 and vector:
        return f"norm({x}{axis(x, dim, keepdim)})"
    raise Skip("a norm other than the root of the sum of squares")


def clamp(x, lo=None, hi=None, min_val=None, max_val=None):
    lo, hi = (lo if lo is not None else min_val), (hi if hi is not None else max_val)
    if lo is not None and hi is not None and bool(value(lo).gt(value(hi)).any()):
        raise Skip("bounds in the wrong order are an error")
    options = ([f"lo={num(lo)}"] if lo is not None else []) + ([f"hi={num(hi)}"] if hi is not None else [])
    return f"clip({x}, {', '.join(options)})"


def getitem(x, index):
    def part(i):
        if isinstance(i, slice):
            ends = [("" if e is None else str(e)) for e in (i.start, i.stop)]
            return ":".join(ends + ([str(i.step)] if i.step is not None else []))
        if isinstance(i, Operand):
            if str(i.t.dtype) == "torch.bool":
                if i.dim != 1:
                    raise Skip("a mask of more than one axis")
                return str([k for k, v in enumerate(i.whole()) if v])
            if i.dim > 1:
                raise Skip("places of more than one axis")
            return str(i.whole())
        if isinstance(i, (list, tuple)):
            if any(not isinstance(k, int) for k in i):
                raise Skip("places of more than one axis")
            return str(list(i))
        if isinstance(i, int):
            return str(i)
        raise Skip("an index with ... or None")
    parts = list(index) if isinstance(index, tuple) else [index]
    if len(parts) > 1 and parts[-1] is Ellipsis:
        parts = parts[:-1]
    if sum(isinstance(p, (list, tuple, Operand)) for p in parts) > 1:
        raise Skip("several lists of places at once")
    return f"{x}[{', '.join(part(p) for p in parts)}]"


def place(x, d, text):
    """x[..., text, ...] with `text` at axis d."""
    if x.dim == 0:
        raise Skip("an axis of a number")
    return f"{x}[{', '.join([':'] * (d % x.dim) + [text])}]"


def whole(v):
    return v.whole() if isinstance(v, Operand) else v


def narrow(x, d, start, length):
    start = whole(start) % max(x.shape[d], 1)
    return place(x, d, f"{start}:{start + length}")


def split(x, size, dim=0):
    size = whole(size)
    if isinstance(size, int):
        n = x.shape[dim]
        size = [min(size, n - k) for k in range(0, n, size)]
    if any(n == 0 for n in size):
        raise Skip("a part of no elements")
    return [(f"split({x}, {list(size)}, axis={dim})[{k}]", k) for k in range(len(size))]


def chunk(x, n, dim=0):
    return split(x, -(-x.shape[dim] // n), dim)


def tensor_split(x, parts, dim=0):
    n, parts = x.shape[dim], whole(parts)
    if isinstance(parts, int):
        small, more = divmod(n, parts)
        return split(x, [small + 1] * more + [small] * (parts - more), dim)
    ends = [0] + [min(p, n) for p in parts] + [n]
    return split(x, [b - a for a, b in zip(ends, ends[1:])], dim)


def unbind(x, dim=0):
    return [(place(x, dim, str(k)), k) for k in range(x.shape[dim])]


def cat(xs, dim=0):
    return f"concat([{', '.join(map(str, xs))}], axis={dim})"


def stack(xs, dim=0):
    return f"stack([{', '.join(map(str, xs))}], axis={dim})"


def swap(x, i, j):
    if x.dim == 0:
        raise Skip("an axis of a number")
    order = list(range(x.dim))
    order[i], order[j] = order[j], order[i]
    return f"transpose({x}, {order})"


def movedim(x, source, target):
    order = [None] * x.dim
    for s, t in zip(source, target):
        order[t % x.dim] = s % x.dim
    return f"transpose({x}, {order})"


def last_two(x):
    return f"{x}" if x.dim == 0 else swap(x, -1, -2)


def flatten(x, start_dim=0, end_dim=-1):
    if x.dim == 0:
        return f"reshape({x}, [1])"
    a, b = start_dim % x.dim, end_dim % x.dim
    return f"reshape({x}, {x.shape[:a] + [math.prod(x.shape[a:b + 1])] + x.shape[b + 1:]})"


def unflatten(x, dim, inner):
    inner, d = list(inner), dim % x.dim
    if -1 in inner:
        inner[inner.index(-1)] = x.shape[d] // -math.prod(inner)
    return f"reshape({x}, {x.shape[:d] + inner + x.shape[d + 1:]})"


def at_least(rank):
    def entry(*xs):
        if len(xs) != 1 or not isinstance(xs[0], Operand):
            raise Skip("several tensors at once")
        x, s = xs[0], xs[0].shape
        s = s if len(s) >= rank else [1] * (rank - len(s)) + s if rank < 3 else ([1] * (2 - len(s)) + s)[:2] + [1]
        return f"reshape({x}, {s})"
    return entry


def squeeze(x, *dim):
    if x.dim == 0:
        return [(f"squeeze({x})", None)]
    if dim and x.shape[dim[0]] != 1:
        raise Skip("squeeze of an axis that is longer than 1 is an error")
    return f"squeeze({x}{axis(x, dim[0] if dim else None)})"


def repeat(x, *counts):
    counts = sizes(counts)
    return f"tile({x}, {counts})" if counts else f"reshape({x}, {x.shape})"


def flip(x, dims):
    dims = list(dims)
    if not dims:
        raise Skip("flip along no axis")
    return f"flip({x}, axis={dims})"


def linear(x, w, b=None):
    return f"linear({x}, transpose({w}){f', {b}' if b is not None else ''})"


def times(k, text):
    return text if k == 1 else f"{num(k)}*{text}"


def add_product(product):
    def entry(c, a, b, alpha=1, beta=1):
        return f"{times(beta, str(c))} + {times(alpha, '(' + product(a, b) + ')')}"
    return entry


def cross_entropy(x, t, weight=None, reduction="mean", ignore_index=-100, label_smoothing=0.0):
    if weight is not None or label_smoothing:
        raise Skip("weights and smoothing of classes")
    if x.dim != 2:
        raise Skip("labels of more than one axis")
    if str(t.t.dtype) == "torch.float64":
        rows = f"-sum({t}*log_softmax({x}, axis=1), axis=1)"
        return {"none": rows, "sum": f"sum({rows})", "mean": f"mean({rows})"}[reduction]
    ignore = f", ignore={ignore_index}" if ignore_index != -100 else ""
    if reduction == "none":
        raise Skip("a loss of each element")
    n = sum(k != ignore_index for k in t.whole())
    return f"cross_entropy({x}, {t}{ignore})" + (f"*{n}" if reduction == "sum" else "")


def nll(x, t, weight=None, reduction="mean", ignore_index=-100):
    if weight is not None or x.dim != 2 or reduction == "none":
        raise Skip("weights of classes, labels of more axes, a loss of each element")
    rows = [k for k in range(x.shape[0]) if t.whole()[k] != ignore_index]
    if not rows:
        raise Skip("no row that counts")
    total = " - ".join([""] + [f"{x}[{k}, {t.whole()[k]}]" for k in rows]).strip()
    return f"({total})" + (f"/{len(rows)}" if reduction == "mean" else "")


def bce(logits):
    def entry(p, t, weight=None, reduction="mean", pos_weight=None):
        if weight is not None or pos_weight is not None:
            raise Skip("weights of elements")
        if reduction == "none":
            raise Skip("a loss of each element")
        text = f"bce({p}, {t}{', logits=true' if logits else ''})"
        return f"{text}*{math.prod(p.shape)}" if reduction == "sum" else text
    return entry


def embedding(w, ids, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False):
    if padding_idx is not None or max_norm is not None or scale_grad_by_freq:
        raise Skip("an option of embedding")
    return f"gather({w}, {ids})"


def gelu(x, approximate="none"):
    if approximate != "tanh":
        raise Skip("gelu by erf")
    return f"gelu({x})"


def softplus(x, beta=1, threshold=20):
    if threshold < 700:
        raise Skip("a threshold above which softplus is x")
    return f"softplus({x})"


def leaky(x, slope=0.01, negative_slope=None):
    return f"leaky_relu({x}, slope={num(slope if negative_slope is None else negative_slope)})"


def prelu(x, weight):
    if math.prod(weight.shape) != 1 and x.dim > 1:
        return f"leaky_relu({x}, slope=reshape({weight}, {[1, -1] + [1] * (x.dim - 2)}))"
    if weight.dim == 1 and x.dim == 0:
        return f"leaky_relu({x}, slope={weight}[0])"
    return f"leaky_relu({x}, slope={weight})"


def layer_norm(x, shape, weight=None, bias=None, eps=1e-5):
    ax = list(range(-len(shape), 0))
    text = f"({x} - mean({x}, axis={ax}, keepdims=true))/sqrt(variance({x}, axis={ax}, keepdims=true) + {num(eps)})"
    return text + (f"*{weight}" if weight is not None else "") + (f" + {bias}" if bias is not None else "")


def matrix_power(x, n):
    if n < 1:
        raise Skip("a power below 1 of a matrix")
    return " @ ".join([str(x)] * n)


def solve(a, b, left=True):
    if not left:
        raise Skip("x @ a = b")
    if b.dim != 1 and (b.dim != a.dim or b.shape == a.shape[:-1]) and b.dim == a.dim - 1:
        raise Skip("a batch of vectors")
    return f"solve({a}, {b})"


def masked_fill(x, mask, v):
    if list(torch.broadcast_shapes(x.shape, mask.shape)) != x.shape:
        raise Skip("a mask of more axes than the tensor")
    return f"mask_fill({x}, not {mask}, {num(v)})"


def dropout(x, p=0.5, training=True, inplace=False):
    if training and p:
        raise Skip("random")
    return f"dropout({x}, 0)"


def rounded(x, decimals=0):
    if decimals:
        raise Skip("rounding to decimals")
    return f"round({x})"


def arange(start, stop=None, step=1, end=None, **kw):
    stop = end if end is not None else stop
    if stop is None:
        start, stop = 0, start
    return f"arange({num(start)}, {num(stop)}, {num(step)})"


def linspace(a, b, n, **kw):
    return f"linspace({num(a)}, {num(b)}, {n})"


def like(name):
    return lambda x, **kw: f"{name}({x})"


def eye(n, m=None, **kw):
    return f"eye({n})" if m is None else f"eye({n}, {m})"


def made(name):
    return lambda *shape, **kw: f"{name}({', '.join(map(str, sizes(shape)))})"


def cosine(a, b, dim=1, eps=1e-8):
    ax = axis(a, dim)
    if eps != 1e-8:
        raise Skip("an option eps")
    if a.shape != b.shape:
        raise Skip("similarity of different shapes")
    return f"sum({a}*{b}{ax})/(norm({a}{ax})*norm({b}{ax}))"


def smooth(y, t, beta=1.0, reduction="mean"):
    return mean_of("huber")(y, t, reduction, delta=beta) + f"/{num(beta)}" if beta else mean_of("mae")(y, t, reduction)


def addc(sign):
    return lambda c, a, b, value=1: f"{c} + {times(value, f'({a} {sign} {b})')}"


def inner(a, b):
    return f"{a}*{b}" if a.dim == 0 or b.dim == 0 else f"{a} @ transpose({b})"


matmul = infix("@")
ENTRIES = {
    **{n: call(n) for n in "abs acos asin atan cos cosh exp log log10 log2 sign sin sinh sqrt tan tanh sigmoid square floor ceil".split()},
    "sgn": call("sign"), "expm1": call("expm1"), "nn.functional.relu": call("relu"), "neg": form("-{a}"),
    "positive": form("1*{a}"), "reciprocal": form("1/{a}"), "rsqrt": form("1/sqrt({a})"), "exp2": form("2^{a}"),
    "nn.functional.silu": form("{a}*sigmoid({a})"), "nn.functional.softsign": lambda x: f"{x}/(1 + abs({x}))",
    "nn.functional.logsigmoid": lambda x: f"-softplus(-{x})", "nn.functional.tanhshrink": form("{a} - tanh({a})"),
    "nn.functional.mish": lambda x: f"{x}*tanh(softplus({x}))", "nn.functional.relu6": lambda x: f"clip({x}, 0, 6)",
    "nn.functional.hardsigmoid": lambda x: f"clip({x} + 3, 0, 6)/6", "nn.functional.hardtanh": lambda x, min_val=-1, max_val=1: clamp(x, min_val, max_val),
    "nn.functional.elu": lambda x, alpha=1.0: f"where({x} > 0, {x}, {num(alpha)}*(exp({x}) - 1))", "log1p": lambda x: f"log(1 + {x})",
    "nn.functional.gelu": gelu, "nn.functional.softplus": softplus, "nn.functional.leaky_relu": leaky, "nn.functional.prelu": prelu,
    "nn.functional.threshold": lambda x, t, v: f"mask_fill({x}, {x} > {num(t)}, {num(v)})", "round": rounded, "frac": lambda x: f"{x} - sign({x})*floor(abs({x}))",
    "add": scaled("+"), "sub": scaled("-"), "mul": infix("*"), "div/no_rounding_mode": infix("/"), "true_divide": infix("/"),
    "div/floor_rounding": lambda a, b, rounding_mode: f"floordiv({a}, {b})", "floor_divide": lambda a, b: f"floordiv({a}, {b})",
    "remainder": infix("%"), "pow": infix("^"), "float_power": infix("^"), "__radd__": turned("+"), "__rmul__": turned("*"), "__rdiv__": turned("/"),
    "__rsub__": turned("-"), "__rpow__": turned("^"), "__rmod__": turned("%"), "__rmatmul__": lambda a, b: f"{b} @ {a}",
    "rsub": lambda a, b, alpha=1: f"{num(b)} - {times(alpha, str(a))}", "eq": infix("=="), "ne": infix("!="), "lt": infix("<"), "le": infix("<="), "gt": infix(">"), "ge": infix(">="),
    "logical_and": infix("and"), "logical_or": infix("or"), "logical_not": lambda x: f"not {x}", "hypot": lambda a, b: f"sqrt({a}^2 + {b}^2)",
    "logaddexp": lambda a, b: f"logsumexp(stack([{a}, {b}]), axis=0)", "lerp": lambda a, b, w: f"{a} + {num(w)}*({b} - {a})", "addcmul": addc("*"), "addcdiv": addc("/"),
    "maximum": best("max"), "minimum": best("min"), **{f"{n}/{v}": best(n) for n in ("max", "min") for v in ("binary", "reduction_no_dim", "reduction_with_dim")},
    "clamp": clamp, "clamp_min": lambda x, lo: clamp(x, lo), "clamp_max": lambda x, hi: clamp(x, None, hi), "masked_fill": masked_fill,
    "where": lambda a, cond, b: f"where({cond}, {a}, {b})", "amax": reduce("max"), "amin": reduce("min"), "sum": reduce("sum"), "mean": reduce("mean"),
    "prod": reduce("prod"), "logsumexp": reduce("logsumexp"), "argmax": reduce("argmax"), "var": variance,
    "std": lambda *a, **k: variance(*a, **k, root=True), "softmax": along("softmax"), "softmax/with_dtype": along("softmax"), "log_softmax": along("log_softmax"),
    "log_softmax/dtype": along("log_softmax"), "nn.functional.softmin": lambda x, dim, dtype=None: f"softmax(-{x}{axis(x, dim)})",
    "norm": lambda x, p="fro", dim=None, keepdim=False: two_norm(x, p, dim, keepdim), "norm/fro": lambda x, p="fro", dim=None: two_norm(x, p, dim),
    "linalg.vector_norm": two_norm, "linalg.norm": matrix_norm, "linalg.norm/subgradients_at_zero": matrix_norm,
    "linalg.matrix_norm": lambda x, ord="fro", dim=(-2, -1), keepdim=False: matrix_norm(x, ord, dim, keepdim), "trace": lambda x: f"sum({x}*eye({x.shape[0]}, {x.shape[1]}))",
    "reshape": lambda x, shape: f"reshape({x}, {list(shape)})", "view": lambda x, shape: f"reshape({x}, {list(shape)})",
    "reshape_as": lambda x, o: f"reshape({x}, {o.shape})", "view_as": lambda x, o: f"reshape({x}, {o.shape})", "ravel": lambda x: f"reshape({x}, [-1])",
    "flatten": flatten, "unflatten": unflatten, "permute": lambda x, d: f"transpose({x}, {list(d)})" if d else str(x), "transpose": swap, "T": lambda x: f"{x}.T",
    "t": lambda x: f"{x}.T", "mT": last_two, "mH": last_two, "H": lambda x: f"{x}.T", "movedim": movedim, "squeeze": squeeze, "unsqueeze": lambda x, d: f"unsqueeze({x}, {d})",
    "expand": lambda x, s: f"broadcast_to({x}, {filled(x, list(s))})", "broadcast_to": lambda x, s: f"broadcast_to({x}, {filled(x, list(s))})",
    "expand_as": lambda x, o: f"broadcast_to({x}, {o.shape})", "sum_to_size": lambda x, *s: f"sum_to({x}, {sizes(s)})", "flip": flip, "fliplr": lambda x: f"flip({x}, axis=1)",
    "flipud": lambda x: f"flip({x}, axis=0)", "tile": repeat, "repeat": repeat, "cat": cat, "stack": stack, "split": split, "split/list_args": split, "split_with_sizes": split,
    "chunk": chunk, "tensor_split": tensor_split, "unbind": unbind, "narrow": narrow, "select": lambda x, d, k: place(x, d, str(k)), "__getitem__": getitem,
    "index_select": lambda x, d, ids: place(x, d, str(ids.whole())), "atleast_1d": at_least(1), "atleast_2d": at_least(2), "atleast_3d": at_least(3), "hstack": lambda xs: cat(xs, min(1, xs[0].dim - 1)),
    "matmul": matmul, "mm": matmul, "bmm": matmul, "mv": matmul, "dot": lambda a, b: f"dot({a}, {b})", "vdot": lambda a, b: f"dot({a}, {b})", "inner": inner,
    "outer": lambda a, b: f"unsqueeze({a}, 1)*{b}", "linalg.multi_dot": lambda xs: " @ ".join(map(str, xs)), "linalg.matrix_power": matrix_power,
    "linalg.vecdot": lambda a, b, dim=-1: f"sum({a}*{b}{axis(a, dim)})", "addmm": add_product(matmul), "addmm/decomposed": add_product(matmul), "addmv": add_product(matmul),
    "addbmm": add_product(lambda a, b: f"sum({a} @ {b}, axis=0)"), "baddbmm": add_product(matmul), "addr": add_product(lambda a, b: f"unsqueeze({a}, 1)*{b}"),
    "nn.functional.linear": linear, "linalg.det": lambda x: f"det({x})", "linalg.det/singular": lambda x: f"det({x})", "logdet": lambda x: f"log(det({x}))",
    "linalg.slogdet": lambda x: [(f"sign(det({x}))", 0), (f"log(abs(det({x})))", 1)], "linalg.inv": lambda x: f"inv({x})", "linalg.inv_ex": lambda x: [(f"inv({x})", 0)],
    "linalg.solve": solve, "linalg.solve_ex": lambda *a, **k: [(solve(*a, **k), 0)], "nn.functional.mse_loss": mean_of("mse"), "nn.functional.l1_loss": mean_of("mae"),
    "nn.functional.huber_loss": mean_of("huber"), "nn.functional.smooth_l1_loss": smooth, "nn.functional.cross_entropy": cross_entropy, "nn.functional.nll_loss": nll,
    "nn.functional.binary_cross_entropy": bce(False), "nn.functional.binary_cross_entropy_with_logits": bce(True), "nn.functional.embedding": embedding,
    "nn.functional.dropout": dropout, "nn.functional.layer_norm": layer_norm, "nn.functional.cosine_similarity": cosine, "arange": arange, "linspace": linspace, "eye": eye,
    "zeros": made("zeros"), "ones": made("ones"), "zeros_like": like("zeros_like"), "ones_like": like("ones_like"),
    "full_like": lambda x, v, **kw: f"full({x.shape}, {num(v)})",
}
