# programs.py -- samples and lessons translated to PyTorch, run, and their numbers compared
#
# programs.py NABLA FILE…: called by make test-torch. Each file is translated with --digits=full and
# run, and so is the file itself without the lines that only show something. Both must print the
# same numbers at 1e-10 (absolute below 1, relative above). A file that has no translation must say
# at which line; those expected to are listed in REFUSED.
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOLERANCE = 1e-10
VIEWS = re.compile(r"^\s*(tree|info|graph|plot|surface|boundary|export \"[^\"]*\.(?!csv)).*$", re.M)
NUMBER = re.compile(r"(?<![A-Za-z_])[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?|inf\b|nan\b)", re.I)

# What these teach has no counterpart: the command at which they are refused.
REFUSED = {
    "grade.nabla": "load", "pictures.nabla": "race", "02_chain_rule.nabla": "explain",
    "03_cleargrad.nabla": "ledger", "05_optimizers.nabla": "race", "07_neuron.nabla": "explain",
    "01_expressions.nabla": "undo", "09_sequences.nabla": "ledger", "10_vanishing.nabla": "trace",
    "11_nudge.nabla": "check", "12_order.nabla": "walk", "13_saturated.nabla": "walk",
    "14_dead_relu.nabla": "walk", "15_matrix_product.nabla": "check", "17_momentum.nabla": "race",
}
# Numbers compared of those that go another way on purpose.
UNTIL = {"04_descent.nabla": (111, "minimize stops where f is not finite, the program goes on")}
# Of these the numbers drawn are also read from a file beside them.
DRAWN = ("moons.nabla", "mlp_sine.nabla", "iris.nabla", "regularization.nabla")
LAST = re.compile(r"^(stopped|the loss rose|loss rose).*$", re.M)  # minimize's last word


def run(argv, folder):
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=600)


def numbers(text):
    return [float(w) for w in NUMBER.findall(text.replace("tensor(", " ").replace("True", "1").replace("False", "0"))]


def differ(a, b):
    if a != a or b != b:
        return (a == a) != (b == b)
    return a != b and not abs(a - b) <= TOLERANCE * max(1.0, abs(a), abs(b))


def compare(want, got):
    """Why the two differ, or None."""
    for k, (a, b) in enumerate(zip(want, got)):
        if differ(a, b):
            return f"number {k}: {b!r}, nabla has {a!r}"
    return None if len(want) == len(got) else f"{len(got)} numbers, nabla prints {len(want)}"


def chaos(folder, program, want, got):
    """Where training amplifies the last bit of a weight as much as that, numbers are compared up to
    there: the same program with every weight moved by one part in 2^52."""
    moved = program.replace("w.T * (1 / math.sqrt(self.in_features))",
                            "w.T * ((1 + 2**-52) / math.sqrt(self.in_features))")
    if moved == program:
        return False
    with open(os.path.join(folder, "moved.py"), "w") as f:
        f.write(moved)
    drifted = numbers(run(["/usr/bin/python3", "moved.py"], folder).stdout)
    first = next((k for k, (a, b) in enumerate(zip(got, drifted)) if differ(a, b)), len(got))
    if compare(want[:first], got[:first]) or len(want) != len(got):
        return False
    # Beyond, nabla may be no further away than ten times that drift.
    for a, b, c in zip(want[first:], got[first:], drifted[first:]):
        if abs(a - b) > max(100 * abs(b - c), 1e-6 * max(1.0, abs(a))):
            return False
    print(f"  chaotic from number {first} of {len(want)} on: one last bit moves {got[first]!r} to {drifted[first]!r}")
    return True


def from_weights(nabla, path, folder, want):
    """Why the same program prints something else with --weights, or None."""
    done = run([nabla, "--norc", "--no-window", "--digits=full", "--pytorch", "--weights=w.npz", os.path.basename(path)], folder)
    with open(os.path.join(folder, "weights.py"), "w") as f:
        f.write(done.stdout)
    again = run(["/usr/bin/python3", "weights.py"], folder)
    if done.returncode or again.returncode:
        return f"--weights: {done.stderr}{again.stderr}"
    if "np.load" not in done.stdout or "0x2360ED" in done.stdout:
        return "--weights: the program draws its numbers"
    return None if again.stdout == want else "--weights: other numbers than with nabla's generator"


def one(nabla, path):
    """What is wrong, or None; and the numbers compared."""
    name = os.path.basename(path)
    done = run([nabla, "--norc", "--digits=full", "--pytorch", path], None)
    if name in REFUSED:
        place = re.search(re.escape(name) + r":\d+:\d+: error: " + REFUSED[name], done.stderr)
        return (None if place and done.returncode == 1 and not done.stdout else f"not refused as it should be: {done.stderr}"), 0
    if done.returncode:
        return done.stderr, 0
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(os.path.dirname(path), "data")
        if os.path.isdir(data):
            shutil.copytree(data, os.path.join(folder, "data"))
        with open(path) as f:
            text = VIEWS.sub("", f.read())
        with open(os.path.join(folder, name), "w") as f:
            f.write(text)
        with open(os.path.join(folder, "program.py"), "w") as f:
            f.write(done.stdout)
        mine = run([nabla, "--norc", "--no-window", "--digits=full", name], folder)
        theirs = run(["/usr/bin/python3", "program.py"], folder)
        if theirs.returncode:
            return theirs.stderr.strip()[-1500:], 0
        want, got = numbers(LAST.sub("", mine.stdout)), numbers(theirs.stdout)
        if name in UNTIL:
            most, reason = UNTIL[name]
            print(f"  {name}: {most} of {len(want)} numbers: {reason}")
            want, got = want[:most], got[:most]
        why = compare(want, got)
        if why and chaos(folder, done.stdout, want, got):
            why = None
        if not why and name in DRAWN:
            why = from_weights(nabla, path, folder, theirs.stdout)
        return why, len(want)


def other_forms(nabla, folder_of):
    """The notebook has the same program in its cells; single precision is near."""
    path = os.path.join(folder_of, "spiral.nabla")
    plain = run([nabla, "--norc", "--pytorch", path], None).stdout
    book = json.loads(run([nabla, "--norc", "--pytorch", "--notebook", path], None).stdout)
    code = "\n".join("".join(c["source"]) for c in book["cells"] if c["cell_type"] == "code")
    want = [line for line in plain.splitlines() if line and not line.startswith("#")]
    if [line for line in code.splitlines() if line and not line.startswith("#")] != want:
        return "the notebook of spiral.nabla has another program"
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "p.py"), "w") as f:
            f.write(run([nabla, "--norc", "--pytorch", "--float32", os.path.join(folder_of, "matyas.nabla")], None).stdout)
        with open(os.path.join(folder, "p.py")) as f:
            if "float64" in f.read():
                return "--float32 asks for doubles"
        done = run(["/usr/bin/python3", "p.py"], folder)
    mine = run([nabla, "--norc", os.path.join(folder_of, "matyas.nabla")], None)
    # matyas.nabla asserts a gradient to 1e-15, which only doubles have: it ends there.
    want, got = numbers(mine.stdout)[:3], numbers(done.stdout)[:3]
    if len(got) != 3 or any(abs(a - b) > 1e-6 for a, b in zip(want, got)):
        return f"--float32: {got}, nabla has {want}: {done.stderr}"
    return None


def main():
    nabla = os.path.abspath(sys.argv[1])
    bad = count = 0
    why = other_forms(nabla, os.path.dirname(os.path.abspath(sys.argv[2])))
    if why:
        bad += 1
        print(why)
    for path in sys.argv[2:]:
        why, n = one(nabla, os.path.abspath(path))
        count += n
        if why:
            bad += 1
            print(f"{path}: {why}")
    print(f"{len(sys.argv) - 2} programs, {count} numbers compared at {TOLERANCE}: {bad} differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
