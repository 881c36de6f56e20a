# processes.py -- translated programs under torchrun: 1 to 4 processes, killed ones, checkpoints
#
# processes.py NABLA SAMPLE PLAIN…: called by make test-torch. The program prints what nabla prints with any
# number of processes; one that is killed ends the others with an error, and started again, also with
# another number of processes, the program goes on from its checkpoint. The PLAIN ones run with 1, 2 and 4.
import os
import shutil
import socket
import subprocess
import sys
import tempfile

from programs import compare, numbers, run

# Makes the process of RANK kill itself in PASS: KILL="RANK PASS".
DIE = "    if os.environ.get('KILL') == f'{rank} {epoch}':\n        os.kill(os.getpid(), 9)\n"
CARRIED = """seed 1
x, t = moons(40, 0.1)
m = mlp([4, 2], activation=tanh)
opt = OPT
rate, best = 0.02, 10
for epoch in 0:32 {
    total, last = 0, best
    for bx, bt in batches(x, t, 7, shuffle=true) {
        loss = cross_entropy(m(bx), bt)
        cleargrad
        backward loss
        step opt
        total = total + loss.data
    }
    rate = rate*0.97
    opt.lr = rate
    if total < best { best = total }
    print "{epoch:d} {total:s} {rate:s} {best:s}"
}
print best, rate
"""
OPTIMIZERS = ("sgd(m, lr=0.02)", "sgd(m, lr=0.02, momentum=0.9, dampening=0.9)", "momentum(m, lr=0.02)",
              "adam(m, lr=0.02)", "adamw(m, lr=0.02)", "rmsprop(m, lr=0.02)", "adagrad(m, lr=0.02)")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start(n, folder, kill=None):
    env = dict(os.environ, OMP_NUM_THREADS="1")
    if kill:
        env["KILL"] = kill
    return subprocess.run(["/usr/bin/torchrun", f"--nproc_per_node={n}", f"--master_port={free_port()}", "-r", "9:1",
                           "-t", "9:1", "p.py"], cwd=folder, env=env, capture_output=True, text=True, timeout=500)


def translate(nabla, path, folder, passes):
    """The program, which can be told to kill itself; and nabla's numbers."""
    done = run([nabla, "--norc", "--digits=full", "--pytorch", "--ddp", path], None)
    assert done.returncode == 0 and "no checkpoints" not in done.stderr, done.stderr
    head = f"for epoch in checkpointed(range({passes}), "
    assert head in done.stdout, "the loop has no checkpoints"
    at = done.stdout.index("\n", done.stdout.index(head)) + 1
    with open(folder + "/p.py", "w") as f:
        f.write(done.stdout[:at] + DIE + done.stdout[at:])
    return numbers(run([nabla, "--norc", "--digits=full", path], folder).stdout)


def left(folder):
    return sorted(f for f in os.listdir(folder) if ".pt" in f)


def same(n, done, want):
    if done.returncode:
        return f"{n} processes: {done.stderr[-1500:]}"
    why = compare(want, numbers(done.stdout))
    return f"{n} processes: {why}" if why else None


def killed(folder, want, n, who, then):
    """What is wrong where process `who` of n is killed in pass 25, and `then` processes go on."""
    done = start(n, folder, f"{who} 25")
    if done.returncode == 0:
        return f"process {who} of {n} was killed, and the others ended well"
    if left(folder) != ["p.1.pt"]:
        return f"after a killed process there is {left(folder)}"
    with open(folder + "/p.1.pt.new", "wb") as f:
        f.write(b"half a checkpoint")
    done = start(then, folder)
    got = numbers(done.stdout)
    if done.returncode or not 0 < len(got) < len(want):
        return f"{then} processes do not go on: {len(got)} numbers of {len(want)}: {done.stderr[-1500:]}"
    why = compare(want[-len(got):], got)
    if why:
        return f"{then} processes go on: {why}"
    os.path.exists(folder + "/p.1.pt.new") and os.remove(folder + "/p.1.pt.new")
    return f"{left(folder)} is left" if left(folder) else None


def other_program(folder):
    """A checkpoint of another program is refused, and stays."""
    start(1, folder, "0 25")
    with open(folder + "/p.py", "a") as f:
        f.write("# changed\n")
    done = start(2, folder)
    if done.returncode == 0 or "is of another program" not in done.stderr + done.stdout:
        return "a checkpoint of another program was taken"
    return None if left(folder) == ["p.1.pt"] else "the checkpoint of another program is gone"


def sample(nabla, path):
    with tempfile.TemporaryDirectory() as folder:
        want = translate(nabla, path, folder, 41)
        why = None
        for n in (1, 2, 3, 4):
            why = why or same(n, start(n, folder), want)
        why = why or killed(folder, want, 2, 1, 2) or killed(folder, want, 3, 0, 1)
        return why or other_program(folder)


def plain(nabla, path):
    """The program alone, and shared."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(os.path.join(os.path.dirname(path), "data"), os.path.join(folder, "data"))
        for option, file in ((["--ddp"], "p.py"), ([], "alone.py")):
            done = run([nabla, "--norc", "--digits=full", "--pytorch"] + option + [path], None)
            if done.returncode:
                return done.stderr
            with open(os.path.join(folder, file), "w") as f:
                f.write(done.stdout)
        want = numbers(run(["/usr/bin/python3", "alone.py"], folder).stdout)
        for n in (1, 2, 4):
            why = same(n, start(n, folder), want)
            if why:
                return f"{os.path.basename(path)} with {why}"
    return None


def carried(nabla, opt):
    """What a loop carries from pass to pass, and what an optimizer remembers, is in the checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/c.nabla", "w") as f:
            f.write(CARRIED.replace("OPT", opt))
        want = translate(nabla, folder + "/c.nabla", folder, 32)
        why = killed(folder, want, 1, 0, 1)
        return why and f"{opt}: {why}"


def main():
    nabla, path, *others = (os.path.abspath(a) for a in sys.argv[1:])
    results = [sample(nabla, path)] + [carried(nabla, opt) for opt in OPTIMIZERS] + [plain(nabla, p) for p in others]
    bad = [why for why in results if why]
    for why in bad:
        print(why)
    print(f"processes: 1 to 4 of {1 + len(others)} programs, {2 + len(OPTIMIZERS)} killed: {len(bad)} differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
