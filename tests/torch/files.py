# files.py -- tensors and weights in files, read by nabla and by translated programs
#
# files.py NABLA: called by make test-torch. Both print the same numbers from the same npy, npz and
# safetensors files, and the weights that the translated program writes are those that nabla writes.
import json
import os
import sys
import tempfile

import numpy as np

from programs import compare, numbers, run

PROGRAM = """x, t = npy("data.npz")
y = npy("one.npy")
s = npy("data.safetensors", name="b")
m = mlp([4, 2], activation=tanh)
load "m.npz", m
n = mlp([4, 2], activation=tanh)
load "m.safetensors", n
print m(x), n(x), mean(t), y, s
opt = adam(m, lr=0.1)
repeat 3 {
    loss = cross_entropy(m(x), t)
    cleargrad
    backward loss
    step opt
}
print loss
a, b = csv("d.csv", target="kind", labels="colour", missing="nan")
print a, b, csv("d.csv", labels=["kind", "colour"], missing="nan")
export "after.npz", m
"""


TABLE = "a,colour,kind,yes\n1,red,NA,true\n?,blue,b,false\n3,red,b,true\n"


def write_data():
    with open("d.csv", "w") as f:
        f.write(TABLE)
    np.savez("data.npz", x=np.array([[1, 2], [3, 0.5], [0, 1]]), t=np.array([0, 1, 1]))
    np.save("one.npy", np.array([1, 2, 3], np.int32))
    b = np.array([[3, 4.5]], np.float32)
    head = json.dumps({"b": {"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]}}).encode()
    with open("data.safetensors", "wb") as f:
        f.write(len(head).to_bytes(8, "little") + head + b.tobytes())


def ran(argv):
    done = run(argv, None)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def both_refuse(nabla):
    """Tables with gaps, and with words among numbers, are errors in both."""
    for rows in ("a,b\n1,2\n,3\n", "a,b\n1,2\nNA,3\n", "a,b\n1,2\nred,3\n"):
        with open("bad.csv", "w") as f:
            f.write(rows)
        with open("bad.nabla", "w") as f:
            f.write('print csv("bad.csv", header=true)\n')
        mine = run([*nabla, "bad.nabla"], None)
        with open("bad.py", "w") as f:
            f.write(ran([*nabla, "--pytorch", "bad.nabla"]))
        theirs = run(["/usr/bin/python3", "bad.py"], None)
        if mine.returncode == 0 or "ValueError: bad.csv" not in theirs.stderr:
            return f"{rows!r} is read: {mine.stdout} {theirs.stdout} {theirs.stderr}"
    return None


def main():
    nabla = [os.path.abspath(sys.argv[1]), "--norc", "--digits=full"]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        write_data()
        with open("p.nabla", "w") as f:
            f.write(PROGRAM)
        ran([*nabla, "-e", 'm = mlp([4, 2], activation=tanh); m([[1, 2]]); export "m.npz", m; export "m.safetensors", m'])
        want = numbers(ran([*nabla, "p.nabla"]))
        mine = dict(np.load("after.npz"))
        os.remove("after.npz")
        with open("p.py", "w") as f:
            f.write(ran([*nabla, "--pytorch", "p.nabla"]))
        why = compare(want, numbers(ran(["/usr/bin/python3", "p.py"])))
        theirs = dict(np.load("after.npz"))
        if not why and (sorted(mine) != sorted(theirs) or any(abs(mine[k] - theirs[k]).max() > 1e-10 for k in mine)):
            why = "the weights written differ"
        why = why or both_refuse(nabla)
        os.chdir("/")
    print(f"{len(want)} numbers from files: {why or '0 differ'}")
    return why is not None


if __name__ == "__main__":
    sys.exit(main())
