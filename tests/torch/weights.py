# weights.py -- weights that travel between nabla's models and the modules they are translated to
#
# weights.py NABLA: called by make test-torch. export "m.npz", m and "m.safetensors", m hold what
# state_dict of the translated model names and lays out; what PyTorch writes, load puts back.
import json
import os
import struct
import subprocess
import sys
import tempfile

import numpy as np

MODELS = {
    "mlp([4, 3, 2], activation=tanh)": "[[1, 2]]",
    "sequential(linear(4), relu, layer_norm(4), linear(2, bias=false))": "[[1, 2]]",
    "embedding(5, 3)": "[0, 3]",
    "rnn(3)": "[[1, 2]]",
    "lstm_model(3, 2)": "[[1, 2]]",
}


def safetensors(path):
    """The format: the length of the header (8 bytes, lowest first), the header in JSON, the numbers."""
    with open(path, "rb") as f:
        raw = f.read()
    begin = 8 + struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:begin])
    header.pop("__metadata__", None)
    kinds = {"F64": "<f8", "F32": "<f4"}
    return {name: np.frombuffer(raw[begin + e["data_offsets"][0]:begin + e["data_offsets"][1]],
                                kinds[e["dtype"]]).reshape(e["shape"]) for name, e in header.items()}


def run(argv, folder):
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def one(nabla, model, given, folder):
    """What is wrong, or None."""
    with open(folder + "/m.nabla", "w") as f:
        f.write(f"m = {model};\nx = {given};\nm(x);\n")
    with open(folder + "/m.py", "w") as f:
        f.write(run([nabla, "--norc", "--pytorch", "m.nabla"], folder))
        f.write("\nimport numpy\nhave = {k: v.numpy() for k, v in m.state_dict().items()}\n"
                "numpy.savez('torch.npz', **{k: v + 0.25 for k, v in have.items()})\n"
                "numpy.savez_compressed('same.npz', **have)\n")
    run(["/usr/bin/python3", "m.py"], folder)
    with open(folder + "/w.nabla", "w") as f:
        f.write(f"m = {model};\nm({given});\nexport \"m.npz\", m\nexport \"m.safetensors\", m, precision=32\n"
                f"n = {model};\nload \"torch.npz\", n\nexport \"back.npz\", n\n")
    run([nabla, "--norc", "w.nabla"], folder)
    want, got = np.load(folder + "/same.npz"), np.load(folder + "/m.npz")
    single, back = safetensors(folder + "/m.safetensors"), np.load(folder + "/back.npz")
    if not sorted(want) == sorted(got) == sorted(single) == sorted(back):
        return f"names {list(got)}, PyTorch has {list(want)}"
    for name in want:
        if want[name].shape != got[name].shape or abs(want[name] - got[name]).max() > 1e-15:
            return f"{name} differs"
        if not np.array_equal(single[name], got[name].astype(np.float32)):
            return f"{name} differs in single precision"
        if not np.array_equal(back[name], want[name] + 0.25):
            return f"{name} is not what PyTorch wrote"
    return None


def main():
    nabla = os.path.abspath(sys.argv[1])
    bad = 0
    for model, given in MODELS.items():
        with tempfile.TemporaryDirectory() as folder:
            why = one(nabla, model, given, folder)
        if why:
            bad += 1
            print(f"{model}: {why}")
    print(f"{len(MODELS)} models' weights to PyTorch and back: {bad} differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
