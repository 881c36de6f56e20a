# exported.py -- graphs written by export "g.py", f: what their functions give in PyTorch
#
# exported.py NABLA COUNT SEED [ONLY]: called by make test-torch. The random graphs of graphs.py, whose
# exported function must give the same number for its leaves, and the same gradients.
import contextlib
import io
import os
import subprocess
import sys
import tempfile

import torch

from graphs import Graph, TOLERANCE


def far(a, b):
    return not abs(a - b) <= TOLERANCE * max(1.0, abs(b))


def check(path, graph, want):
    """Why the exported file is wrong, or None."""
    names = {}
    with contextlib.redirect_stdout(io.StringIO()):
        with open(path) as f:
            exec(compile(f.read(), path, "exec"), names)
    leaves = [(n, t) for n, t in graph.leaf if torch.is_tensor(names.get(n)) and names[n].requires_grad]
    given = names["f"].__code__.co_varnames[:names["f"].__code__.co_argcount]
    value = names["f"](*[names[n] for n in given])
    if far(value.item(), want[0].item()):
        return f"{value.item()!r} is not {want[0].item()!r}"
    grads = torch.autograd.grad(value, [names[n] for n, _ in leaves], allow_unused=True)
    grads, wants = [g for g in grads if g is not None], want[1:]
    if len(grads) != len(wants):
        return f"{len(grads)} gradients, {len(wants)} wanted"
    for g, w in zip(grads, wants):
        for a, b in zip(g.flatten().tolist(), w.flatten().tolist()):
            if far(a, b):
                return f"gradient {a!r} is not {b!r}"
    return None


def main():
    nabla, count, seed = os.path.abspath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    todo = [int(sys.argv[4])] if len(sys.argv) > 4 else list(range(count))
    bad = refused = 0
    with tempfile.TemporaryDirectory() as folder:
        for k in todo:
            graph = Graph(seed, k)
            want = graph.finish(False)
            text = "\n".join(graph.lines) + '\nexport "g.py", f\n'
            path = os.path.join(folder, "g.py")
            with open(os.path.join(folder, "g.nabla"), "w") as f:
                f.write(text)
            if os.path.exists(path):
                os.remove(path)
            done = subprocess.run([nabla, "--norc", "--quiet", "g.nabla"], cwd=folder, capture_output=True, text=True)
            why = None
            if done.returncode:
                refused += "slices with negative steps" in done.stderr
                why = None if "slices with negative steps" in done.stderr else done.stderr
            else:
                try:
                    why = check(path, graph, want)
                except Exception as e:
                    why = f"{type(e).__name__}: {e}\n" + open(path).read()
            if why:
                bad += 1
                print(f"graph {k} of seed {seed}: {why}")
    print(f"{len(todo)} graphs exported as functions, {refused} refused: {bad} differ")
    return 1 if bad or refused > len(todo) // 10 else 0


if __name__ == "__main__":
    sys.exit(main())
