# peer.py -- the rows of the benchmark in PyTorch: prints "key number unit" lines
#
# peer.py: called by bench when Debian's python3-torch is there. Doubles, one thread, the same sizes.
import statistics
import time

import torch

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
torch.manual_seed(0)


def median(work, passes, runs=5):
    """Median seconds a pass, over runs of so many passes."""
    work(max(1, passes // 5))
    took = []
    for _ in range(runs):
        start = time.perf_counter()
        work(passes)
        took.append((time.perf_counter() - start) / passes)
    return statistics.median(took)


def say(key, seconds, unit):
    print(key, seconds * {"ns": 1e9, "us": 1e6, "ms": 1e3}[unit], unit, flush=True)


def rosenbrock():
    x = torch.tensor(0.0, requires_grad=True)
    y = torch.tensor(2.0, requires_grad=True)
    opt = torch.optim.SGD([x, y], lr=0.001)

    def work(n):
        for _ in range(n):
            f = 100 * (y - x**2) ** 2 + (1 - x) ** 2
            opt.zero_grad()
            f.backward()
            opt.step()

    say("rosenbrock", median(work, 2000), "ns")


def trained(model, opt, loss, x, t):
    def work(n):
        for _ in range(n):
            opt.zero_grad()
            loss(model(x), t).backward()
            opt.step()

    return work


def networks():
    nn = torch.nn
    large = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))
    work = trained(large, torch.optim.Adam(large.parameters()), nn.CrossEntropyLoss(), torch.rand(128, 784),
                   torch.arange(128) % 10)
    say("large", median(work, 20), "ms")
    small = nn.Sequential(nn.Linear(1, 10), nn.ReLU(), nn.Linear(10, 1))
    work = trained(small, torch.optim.SGD(small.parameters(), lr=0.01), nn.MSELoss(), torch.rand(100, 1),
                   torch.rand(100, 1))
    say("small", median(work, 1000), "us")


def recurrent():
    """30 sequences of 33 steps; an update after 30 steps and at the end. A whole stretch is one call."""
    lstm, out = torch.nn.LSTM(1, 100), torch.nn.Linear(100, 1)
    opt = torch.optim.Adam([*lstm.parameters(), *out.parameters()])
    curve = torch.sin(torch.linspace(0, 25, 1000))[:990].reshape(30, 33).T.unsqueeze(2).contiguous()

    def work(n):
        for _ in range(n):
            state = None
            for part in (curve[:30], curve[30:]):
                y, state = lstm(part, state)
                opt.zero_grad()
                (out(y) - part).square().mean(dim=(1, 2)).sum().backward()
                opt.step()
                state = tuple(s.detach() for s in state)

    say("lstm", median(work, 5), "ms")


def chains():
    x = torch.tensor(1.0, requires_grad=True)

    def chain(n):
        y = x
        for _ in range(n):
            y = y * x
        y.backward()

    def products(n):
        s = 0
        for i in range(n):
            s = s + x * (1 + 1e-6 * i)
        s.backward()

    say("chain", median(chain, 20000, 3), "ns")
    say("products", median(products, 20000, 3) / 2, "ns")


print("version", torch.__version__, "-", flush=True)
rosenbrock()
networks()
recurrent()
chains()
