# coverage.py -- what the tests of a coverage build ran: lines and branches by folder and by file
#
# coverage.py BUILD LIST [--open PATTERN]: reads the counters of BUILD with gcov and prints a table,
# worst files first. --open also prints every open line of the files that match (a shell pattern, or
# a part of the path): the line number, the branches not taken of those there are, the text.
#
# Counted: lines that hold code, and branches as gcov counts them at -O0: both sides of every
# condition, also of each part of && || ?: and every way out of a switch. Calls are not branches.
# LIST names what no test runs, and why: `file | text or function() | reason`, `*` being every file.
# An entry covers the lines that contain the text, or the whole function. What it excuses is counted
# as such, nothing is left out; an entry that excuses nothing is reported, so that the list stays true.
import fnmatch
import json
import os
import re
import subprocess
import sys

GROUP = 60  # object files for one gcov


def group_of(path):
    """src/graph/x.c is of src/graph; repl/cmd/x.c of repl/cmd."""
    return os.path.dirname(path)


class File:
    def __init__(self, path):
        self.path = path
        self.count = {}  # line: times run
        self.branches = {}  # line: times each was taken
        self.function = {}  # line: name
        with open(path, encoding="utf-8") as f:
            self.text = f.read().split("\n")

    def add(self, number, times, branches, function):
        self.count[number] = self.count.get(number, 0) + times
        self.function[number] = function
        if branches:
            have = self.branches.setdefault(number, [])
            have.extend([0] * (len(branches) - len(have)))
            for i, b in enumerate(branches):
                have[i] += b

    def lines(self):
        return sorted(self.count)

    def missed(self, number):
        return sum(1 for b in self.branches.get(number, []) if not b)


def gcov(notes, root):
    ran = subprocess.run(
        ["gcov", "--json-format", "--stdout", "--branch-probabilities", *notes],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root,
    )
    if ran.returncode:
        sys.exit("gcov: " + ran.stderr.decode("utf-8", "replace").strip().split("\n")[-1])
    out = ran.stdout.decode("utf-8")
    at = 0
    decoder = json.JSONDecoder()
    while at < len(out):
        while at < len(out) and out[at].isspace():
            at += 1
        if at < len(out):
            unit, at = decoder.raw_decode(out, at)
            yield unit


def read_counters(build, root):
    files = {}
    notes = []
    for folder in ("src", "repl", "viz"):
        for where, _, names in os.walk(os.path.join(build, "obj", folder)):
            notes += [os.path.join(where, n) for n in sorted(names) if n.endswith(".gcno")]
    notes = [n for n in notes if os.path.exists(n[len(os.path.join(build, "obj")) + 1:-4] + "c")]
    for i in range(0, len(notes), GROUP):
        for unit in gcov(notes[i:i + GROUP], root):
            for f in unit["files"]:
                path = os.path.relpath(os.path.join(root, f["file"]), root)
                if not re.match(r"(src|repl|viz)/", path):
                    continue
                file = files.setdefault(path, None) or File(path)
                files[path] = file
                for line in f["lines"]:
                    file.add(line["line_number"], line["count"],
                             [b["count"] for b in line["branches"]], line.get("function_name"))
    return files


class Excuse:
    def __init__(self, at, text):
        parts = [p.strip() for p in text.split(" | ")]
        if len(parts) != 3 or not all(parts):
            sys.exit(f"{at}: file | text or function() | reason")
        self.at, (self.file, self.what, self.why) = at, parts
        self.function = self.what[:-2] if re.fullmatch(r"\w+\(\)", self.what) else None
        self.used = 0

    def covers(self, file, number):
        if not fnmatch.fnmatchcase(file.path, self.file):
            return False
        if self.function:
            return file.function[number] == self.function
        return self.what in file.text[number - 1]


def read_list(path):
    with open(path, encoding="utf-8") as f:
        return [Excuse(f"{path}:{i}", t) for i, t in enumerate(f.read().split("\n"), 1)
                if t.strip() and not t.startswith("#")]


class Sum:
    """Of lines, or of branches: all, run, not run but excused."""

    def __init__(self):
        self.all = self.run = self.excused = 0

    def add(self, other):
        self.all += other.all
        self.run += other.run
        self.excused += other.excused

    @property
    def open(self):
        return self.all - self.run - self.excused

    def columns(self):
        share = 100 * self.run / self.all if self.all else 100
        return f"{share:5.1f} {self.all:7d} {self.excused:5d} {self.open:5d}"


def judge(file, excuses):
    """Sums of lines and branches, and the open lines as (number, line open, branches open)."""
    lines, branches, still = Sum(), Sum(), []
    for number in file.lines():
        missed, all_branches = file.missed(number), len(file.branches.get(number, []))
        line_missed = file.count[number] == 0
        lines.all += 1
        lines.run += not line_missed
        branches.all += all_branches
        branches.run += all_branches - missed
        if not line_missed and not missed:
            continue
        excuse = next((e for e in excuses if e.covers(file, number)), None)
        if excuse:
            excuse.used += 1
            lines.excused += line_missed
            branches.excused += missed
        else:
            still.append((number, line_missed, missed))
    return lines, branches, still


def row(name, sums):
    print(f"{name:34s} {sums[0].columns()}   {sums[1].columns()}")


def main():
    build, listed = sys.argv[1:3]
    pattern = sys.argv[4] if sys.argv[3:4] == ["--open"] and len(sys.argv) > 4 else None
    root = os.getcwd()
    files = read_counters(build, root)
    if not files:
        sys.exit(f"{build}: no counters; run make coverage")
    excuses = read_list(listed)
    judged = {p: judge(f, excuses) for p, f in files.items()}
    if pattern:
        for path in sorted(p for p in files if pattern in p or fnmatch.fnmatchcase(p, pattern)):
            for number, line_missed, missed in judged[path][2]:
                file = files[path]
                of = len(file.branches.get(number, []))
                what = ("line" if line_missed else "") + (f" {missed}/{of}" if of else "")
                print(f"{path}:{number}: {what:>10s}  {file.text[number - 1].strip()}")
        print()

    head = f"{'':34s} {'lines %':>7s} {'all':>5s} {'exc.':>5s} {'open':>5s}"
    head += f"   {'br. %':>5s} {'all':>7s} {'exc.':>5s} {'open':>5s}"
    folders, everything = {}, (Sum(), Sum())
    for path, (lines, branches, _) in judged.items():
        for sums in (folders.setdefault(group_of(path), (Sum(), Sum())), everything):
            sums[0].add(lines)
            sums[1].add(branches)
    print(head)
    for path in sorted(judged, key=lambda p: (-judged[p][0].open - judged[p][1].open, p)):
        if judged[path][0].open + judged[path][1].open:
            row(path, judged[path])
    print()
    print(head)
    for folder in sorted(folders):
        row(folder, folders[folder])
    row("all", everything)
    idle = [e for e in excuses if not e.used]
    for e in idle:
        print(f"{e.at}: excuses nothing: {e.file} | {e.what}")
    return bool(idle)


sys.exit(main())
