# sections.py -- the sections of tests/lang/translated.nabla in nabla and in PyTorch, numbers compared
#
# sections.py NABLA FILE: called by make test-torch. Sections with messages (#!) and those for several
# processes (--ddp) are left out; their text is compared by tests/lang alone. Those that read files
# are left to files.py.
import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile

from programs import LAST, compare, numbers


def sections(path):
    """Title, arguments, program."""
    with open(path, encoding="utf-8") as f:
        parts = re.split(r"^#---- (.*)\n", f.read(), flags=re.M)[1:]
    for title, text in zip(parts[::2], parts[1::2]):
        arguments = re.search(r"^#@ pytorch ?(.*)$", text, re.M)
        if arguments and not re.search(r"^#!", text, re.M) and "--ddp" not in arguments[1] and "npy(" not in text:
            yield title, arguments[1].split(), re.sub(r"^#[>@].*\n", "", text, flags=re.M)


def printed(program):
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(program, "program", "exec"), {"__name__": "program"})
    except Exception as e:  # whatever PyTorch raises is what is wrong
        return f"{type(e).__name__}: {e}", []
    return None, numbers(out.getvalue())


def one(nabla, arguments, program):
    with open("section.nabla", "w", encoding="utf-8") as f:
        f.write(program)
    mine = [nabla, "--norc", "--no-window", "--digits=full"]
    run = subprocess.run([*mine, "section.nabla"], capture_output=True, text=True, timeout=60)
    translated = subprocess.run([*mine, "--pytorch", *arguments, "section.nabla"], capture_output=True, text=True, timeout=60)
    if run.returncode or translated.returncode:
        return run.stderr + translated.stderr, 0
    why, got = printed(translated.stdout)
    want = numbers(LAST.sub("", run.stdout))
    return why or compare(want, got), len(want)


def main():
    nabla, *paths = (os.path.abspath(a) for a in sys.argv[1:])
    bad = programs = count = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for title, arguments, program in (p for path in paths for p in sections(path)):
            why, n = one(nabla, arguments, program)
            programs += 1
            count += n
            if why:
                bad += 1
                print(f"{title}: {why}")
        os.chdir("/")
    print(f"{programs} sections, {count} numbers compared: {bad} differ")
    return bad != 0 or programs == 0


if __name__ == "__main__":
    sys.exit(main())
