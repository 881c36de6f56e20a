"""mutants.py -- changes one operator, constant or condition at a time and asks the tests

Called by `make mutants` with the compiler and flags in the environment. The engine, the language and
the prompt are built as one shared library, in which every branch says that it ran: so it is known
which test runs which line. A mutant is one changed file, compiled alone and linked into a copy of
that library; the tests that run the changed line follow, the quickest first, until one fails. What
does not compile is drawn again; a test that takes far longer than usual has noticed. What no test
notices is tried once more under the sanitizers, as make SAN=1 test would: a byte too far, a leak.

The order in which mutants are drawn is that of a hash of the seed and the mutant's own words, so an
edit elsewhere changes none of the others. What was caught stands in build/mutants/caught-SEED.txt and
is not tried again as long as its function stays as it is, and what is explained is not either;
MUTANTS_FRESH=1 tries all of them. MUTANTS=0 builds what a run needs, and no more.

tests/mutants/survivors.txt lists those that change nothing a test could see, with the reason.
"""
import concurrent.futures
import glob
import hashlib
import os
import pickle
import re
import resource
import subprocess
import sys
import threading
import time

CC = os.environ.get("CC", "gcc").split()
FLAGS = os.environ["MUT_FLAGS"].split() + ["-O0", "-g1", "-fPIC", "-w", "-DNB_NO_CLONES"]
LIBS = os.environ["MUT_LIBS"].split()
BUILD = os.environ.get("MUT_BUILD", "build/mutants")
COUNT = int(os.environ.get("MUTANTS", "300"))
SEED = int(os.environ.get("MUTANTS_SEED", "1"))
WORKERS = int(os.environ.get("MUTANTS_WORKERS", "2"))
SECONDS = float(os.environ.get("MUTANTS_SECONDS", "0"))  # 0: until all are done
TRACE = ["-fsanitize-coverage=trace-pc"]
SAN = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer",
       "-DNB_ASAN"]
SHARE = 0.95
ROOT = os.getcwd()
MADE = os.environ.get("MUT_MADE", "").split()  # sources that make writes
MAIN = next(n for n in os.environ["MUT_SOURCES"].split() if n.endswith("/main.c"))


def sources():
    names = os.environ["MUT_SOURCES"].split()
    return [n for n in names if n != MAIN]


def run(argv, **more):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)


def must(argv):
    done = run(argv)
    if done.returncode:
        sys.exit(" ".join(argv) + "\n" + done.stdout.decode(errors="replace"))


def newest_header():
    names = [n for d in ("include", "src", "repl", "viz", "tests")
             for n in glob.glob(d + "/**/*.h", recursive=True)]
    return max(os.path.getmtime(n) for n in names)


def obj(source, part="obj"):
    return f"{BUILD}/{part}/{source[:-2]}.o"


def made_obj(source):
    return f"{BUILD}/obj/{os.path.basename(source)[:-2]}.o"


def compile_all(names, extra, part="obj"):
    newest = max(newest_header(), os.path.getmtime(__file__))

    def one(name):
        to = obj(name, part)
        os.makedirs(os.path.dirname(to), exist_ok=True)
        if not os.path.exists(to) or os.path.getmtime(to) < max(newest, os.path.getmtime(name)):
            must(CC + FLAGS + extra + ["-c", "-o", to, name])

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(one, names))


def link_library(to, objects, extra=()):
    return run(CC + ["-shared", "-Wl,-O0", *extra, "-o", to] + objects + LIBS)


# --- programs and tests ---


class Test:
    """A unit test program, or one file of tests/lang."""

    def __init__(self, name, argv):
        self.name, self.argv = name, argv
        self.seconds = 0.0  # of the processor
        self.lines = set()  # (file, line) it runs

    def run(self, folder, trace=None, limit=0.0, san=False):
        """True when it passes with the library of this folder."""
        env = dict(os.environ, LC_ALL="C.UTF-8", TERM="xterm", K="", NB_STOP="1")
        tmp = os.path.join(ROOT, folder, "tmp")
        os.makedirs(tmp, exist_ok=True)
        env.update(LD_LIBRARY_PATH=os.path.join(ROOT, folder), NB_TMP=tmp, HOME=tmp, NB_ROOT=ROOT,
                   NB_PROGRAM=f"{ROOT}/{BUILD}/nabla", NABLA_WORKER=f"{ROOT}/{BUILD}/nabla",
                   NABLA_HISTORY=tmp + "/history", XDG_STATE_HOME=tmp, XDG_CONFIG_HOME=tmp,
                   NABLA_LESSONS=ROOT + "/samples/lessons", NB_BUILD=f"{ROOT}/{BUILD}")
        argv = self.argv
        if san:
            argv = [a.replace(f"{BUILD}/", f"{BUILD}/san/") for a in argv]
            program = f"{ROOT}/{BUILD}/san/nabla"
            env.update(NB_PROGRAM=program, NABLA_WORKER=program, NB_PATIENCE="4",
                       ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=0:"
                                    "allocator_may_return_null=1",
                       LSAN_OPTIONS=f"suppressions={ROOT}/tests/lsan.supp:print_suppressions=0")
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "NO_COLOR", "MAKEFLAGS"):
            env.pop(name, None)
        if "lang" in self.name:
            env["NB_ONCE"] = "1"
        if trace:
            env["NB_TRACE"] = trace

        def bounds():
            if limit:
                resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit) + 1))
                if not san:  # which takes its shadow from the address space
                    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))

        p = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, preexec_fn=bounds,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             start_new_session=True)
        try:
            p.wait(timeout=300 if not limit else 60 + 10 * limit)
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, 9)
            p.wait()
        return p.returncode == 0


UNITS = sorted(glob.glob("tests/unit/test_*.c") + glob.glob("tests/pen/test_*.c"))
HELPERS = sorted(set(glob.glob("tests/unit/*.c")) - set(UNITS)) + ["tests/suite.c", "tests/proc.c"]
LANGUAGE = sorted(glob.glob("tests/lang/*.c"))


def build():
    every, units, helpers = sources(), UNITS, HELPERS
    compile_all(every, TRACE)
    compile_all(units + helpers + LANGUAGE + [MAIN, "tests/mutants/trace.c"], [])
    for name in MADE:
        must(CC + FLAGS + ["-c", "-o", made_obj(name), name])
    objects = [obj(s) for s in every] + [obj("tests/mutants/trace.c")]
    objects += [made_obj(s) for s in MADE]
    os.makedirs(f"{BUILD}/whole", exist_ok=True)
    done = link_library(f"{BUILD}/whole/libmutant.so", objects)
    if done.returncode:
        sys.exit(done.stdout.decode())
    against = ["-L" + f"{BUILD}/whole", "-lmutant"] + LIBS
    must(CC + ["-o", f"{BUILD}/nabla", obj(MAIN)] + against)
    must(CC + ["-o", f"{BUILD}/lang"] + [obj(s) for s in LANGUAGE] + [obj("tests/proc.c")] + against)
    tests = []
    for unit in units:
        name = os.path.basename(unit)[:-2]
        done = run(CC + ["-o", f"{BUILD}/{name}", obj(unit)] + [obj(h) for h in helpers] +
                   against + ["-lcmocka"])
        if done.returncode == 0:
            tests.append(Test(name, [f"{BUILD}/{name}"]))
        else:
            print(f"{name}: not built: {done.stdout.decode()[-300:]}")
    for text in sorted(glob.glob("tests/lang/*.nabla")):
        name = "lang/" + os.path.basename(text)[:-6]
        tests.append(Test(name, [f"{BUILD}/lang", text]))
    return objects, tests


class Sanitized:
    """The same under the sanitizers, made when the first mutant asks for it."""

    def __init__(self, tests):
        self.tests, self.lock, self.objects, self.passes = tests, threading.Lock(), None, {}

    def make(self):
        every = sources()
        compile_all(every + UNITS + HELPERS + LANGUAGE + ["repl/prompt/main.c"], SAN, "san/obj")
        self.objects = [obj(s, "san/obj") for s in every]
        self.objects += [made_obj(s) for s in MADE]
        folder = f"{BUILD}/san/whole"
        os.makedirs(folder, exist_ok=True)
        done = link_library(f"{folder}/libmutant.so", self.objects, SAN)
        if done.returncode:
            sys.exit(done.stdout.decode())
        against = SAN + ["-L" + folder, "-lmutant"] + LIBS
        must(CC + ["-o", f"{BUILD}/san/nabla", obj("repl/prompt/main.c", "san/obj")] + against)
        must(CC + ["-o", f"{BUILD}/san/lang"] + [obj(s, "san/obj") for s in LANGUAGE] +
             [obj("tests/proc.c", "san/obj")] + against)
        sources_of = {os.path.basename(u)[:-2]: u for u in UNITS}
        for t in self.tests:
            if t.name in sources_of:
                must(CC + ["-o", f"{BUILD}/san/{t.name}", obj(sources_of[t.name], "san/obj")] +
                     [obj(h, "san/obj") for h in HELPERS] + against + ["-lcmocka"])

    def sound(self, t):
        """It passes under the sanitizers with nothing changed."""
        if t not in self.passes:
            self.passes[t] = t.run(f"{BUILD}/san/whole", san=True)
        return self.passes[t]

    def notices(self, mutant, changed, folder, tests):
        """The test that does, or None."""
        with self.lock:
            if not self.objects:
                self.make()
        folder += "-san"
        os.makedirs(folder, exist_ok=True)
        new = f"{folder}/changed.o"
        here = os.path.dirname(mutant.path)
        must(CC + FLAGS + SAN + ["-iquote", here, "-c", "-o", new, changed])
        own = obj(mutant.path, "san/obj")
        if link_library(f"{folder}/libmutant.so", [new if o == own else o for o in self.objects],
                        SAN).returncode:
            return None
        for t in tests[:8]:  # what is wrong with memory is wrong wherever the line runs
            if self.sound(t) and not t.run(folder, limit=20 + 20 * t.seconds, san=True):
                return t
        return None


def lines_of(addresses):
    """(file, line) of addresses in the library, asked in one go."""
    text = "\n".join(f"{a - 1:#x}" for a in addresses)
    done = subprocess.run(["addr2line", "-e", f"{BUILD}/whole/libmutant.so"], input=text.encode(),
                          stdout=subprocess.PIPE)
    where = {}
    for a, line in zip(addresses, done.stdout.decode().splitlines()):
        m = re.match(r"(.*):(\d+)", line)
        if m:
            where[a] = (os.path.relpath(m.group(1), ROOT), int(m.group(2)))
    return where


def state_of_files():
    digest = hashlib.sha256()
    for part in ("include", "src", "repl", "viz", "tests"):
        for name in sorted(glob.glob(part + "/**/*.*", recursive=True)):
            if os.path.isfile(name) and "/mutants/" not in name:
                with open(name, "rb") as f:
                    digest.update(name.encode() + b"\n" + f.read())
    return digest.hexdigest()


def watched(tests):
    """As watch_tests; what was seen is kept as long as no file changes."""
    path, state = f"{BUILD}/watched", state_of_files()
    if os.path.exists(path):
        with open(path, "rb") as f:
            kept, seen = pickle.load(f)
        if kept == state:
            for t in tests:
                t.seconds, t.lines = seen.get(t.name, (0, None))
            return [t for t in tests if t.lines is not None]
    good = watch_tests(tests)
    with open(path, "wb") as f:
        pickle.dump((state, {t.name: (t.seconds, t.lines) for t in good}), f)
    return good


def watch_tests(tests):
    """What each test runs and how long it takes; those that fail already are left out."""
    hits = {}

    def one(t):
        path = f"{ROOT}/{BUILD}/trace-{t.name.replace('/', '-')}"
        with open(path, "wb") as f:
            f.truncate(16 << 20)
        before = time.monotonic()
        ok = t.run(f"{BUILD}/tmp-{t.name.replace('/', '-')}-lib", path)
        took = time.monotonic() - before
        with open(path, "rb") as f:
            data = f.read()
        os.unlink(path)
        return t, ok, took, [m.start() for m in re.finditer(b"\x01", data)]

    for t in tests:
        folder = f"{BUILD}/tmp-{t.name.replace('/', '-')}-lib"
        os.makedirs(folder, exist_ok=True)
        if not os.path.islink(folder + "/libmutant.so"):
            os.symlink(f"{ROOT}/{BUILD}/whole/libmutant.so", folder + "/libmutant.so")
    good = []
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for t, ok, took, pcs in pool.map(one, tests):
            if ok:
                good.append(t)
                t.seconds = took
                hits[t] = pcs
            else:
                print(f"left out, fails unchanged: {t.name}", flush=True)
    where = lines_of(sorted({a for pcs in hits.values() for a in pcs}))
    for t, pcs in hits.items():
        t.lines = {where[a] for a in pcs if a in where}
    return good


# --- mutants ---

TOKEN = re.compile(r"""
    (?P<skip>/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|^[ \t]*\#(?:\\\n|[^\n])*)
  | (?P<number>(?<![\w.])(?:0[xX][0-9a-fA-F]+|\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)[uUlL]*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<op>->|\+\+|--|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%<>!&|^~?:=])
  | (?P<other>[()\[\]{};,.])
""", re.X | re.S | re.M)

# In `NbTensor few[4];` a larger number changes nothing but the room.
DECLARED = re.compile(r"^[ \t]*(?!return|else|case)(?:(?:const|static|unsigned|struct)[ ])*\w+[ ]"
                      r"[*]*(?:\w+(?:\[\w+\])?, )*\w+\[\Z", re.M)

SWAP = {"<": ["<="], "<=": ["<"], ">": [">="], ">=": [">"], "==": ["!="], "!=": ["=="],
        "&&": ["||"], "||": ["&&"], "+=": ["-="], "-=": ["+="], "*=": ["/="], "/=": ["*="],
        "++": ["--"], "--": ["++"]}
BINARY = {"+": "-", "-": "+", "*": "/", "/": "*", "%": "*"}


class Mutant:
    def __init__(self, path, function, at, old, new, line, source_line):
        self.path, self.function, self.at, self.old, self.new = path, function, at, old, new
        self.line, self.source_line = line, source_line
        self.again = 0  # how many of the same words stand before it in the function
        self.digest = ""  # of the function's text

    def key(self):
        more = f" | {self.again + 1}" if self.again else ""
        return self.words() + more

    def words(self):
        change = " ".join(f"{self.old} -> {self.new}".split())
        return f"{self.path} | {self.function}() | {self.source_line} | {change}"

    def place(self):
        return hashlib.sha256(f"{SEED} {self.key()}".encode()).hexdigest()


def matching(text, at):
    depth = 0
    for i in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i
    return -1


def sites(path):
    with open(path) as f:
        text = f.read()
    before, opened, function = "", "", ""
    # Rows of help are read by people, and sizes of arrays are no conditions: only function bodies.
    found, depth, brackets, body, out, begin = [], 0, 0, False, [], 0
    for m in TOKEN.finditer(text):
        kind, tok = m.lastgroup, m.group()
        if kind == "skip":
            continue
        if tok == "(" and depth == 0 and brackets == 0:
            opened = before
        brackets += {"(": 1, ")": -1}.get(tok, 0)
        if tok == "{":
            if depth == 0 and before == ")":
                body, function, begin, found = True, opened, m.start(), []
            depth += 1
        elif tok == "}":
            depth -= 1
            if body and depth == 0:
                body = False
                out += mutants_of(path, text, function, found, text[begin:m.end()])
        elif body:
            found += changes(text, m, kind, tok, before)
        before = tok
    return out


def mutants_of(path, text, function, found, words):
    digest, seen, out = hashlib.sha256(words.encode()).hexdigest()[:16], {}, []
    for at, old, new in found:
        start = text.rfind("\n", 0, at) + 1
        line = text[start:text.find("\n", at)].strip()
        m = Mutant(path, function, at, old, new, text.count("\n", 0, at) + 1, line)
        m.again = seen.get(m.words(), 0)
        seen[m.words()] = m.again + 1
        m.digest = digest
        out.append(m)
    return out


def changes(text, m, kind, tok, before):
    at = m.start()
    value_before = re.match(r"[\w.)\]]", before[-1:] or " ") and before not in ("return", "case")
    if kind == "number" and before == "[" and DECLARED.search(text, 0, at):
        return []
    if kind == "number":
        if re.fullmatch(r"\d+[uUlL]*", tok):
            n = int(re.match(r"\d+", tok).group())
            return [(at, tok, tok.replace(str(n), str(n + 1 if n != 1 else 0), 1))]
        if "x" not in tok.lower():
            return [(at, tok, f"({tok} + 1)")]
    if kind == "word":
        if tok in ("true", "false"):
            return [(at, tok, "false" if tok == "true" else "true")]
        if tok in ("if", "while"):
            open_ = text.find("(", at)
            close = matching(text, open_)
            if close > 0:
                cond = text[open_:close + 1]
                return [(open_, cond, f"(!{cond})")]
    if kind == "op":
        if tok in SWAP:
            return [(at, tok, new) for new in SWAP[tok]]
        if tok in BINARY and value_before:
            return [(at, tok, BINARY[tok])]
        if tok == "!":
            return [(at, tok, " ")]
    return []


def draw():
    every = []
    for path in sorted(glob.glob("src/**/*.c", recursive=True) + glob.glob("repl/lang/**/*.c", recursive=True)):
        if path in sources():
            every += sites(path)
    return sorted(every, key=lambda m: m.place())


def tests_of(mutant, tests):
    """Those that run its line, or what comes shortly before it; quickest first."""
    for back in range(0, 6):
        at = (mutant.path, mutant.line - back)
        those = [t for t in tests if at in t.lines]
        if those:
            return sorted(those, key=lambda t: t.seconds)
    return []


def try_one(mutant, objects, tests, free, sanitized):
    folder = free.pop()
    try:
        with open(mutant.path) as f:
            text = f.read()
        changed = f"{folder}/{os.path.basename(mutant.path)}"
        with open(changed, "w") as f:
            f.write(f'#line 1 "{mutant.path}"\n' + text[:mutant.at] + mutant.new +
                    text[mutant.at + len(mutant.old):])
        here = os.path.dirname(mutant.path)
        done = run(CC + FLAGS + ["-iquote", here, "-c", "-o", f"{folder}/changed.o", changed])
        if done.returncode:
            return "no program", ""
        new = [f"{folder}/changed.o" if o == obj(mutant.path) else o for o in objects]
        if link_library(f"{folder}/libmutant.so", new).returncode:
            return "no program", ""
        those = tests_of(mutant, tests)
        for t in those:
            if not t.run(folder, limit=5 + 4 * t.seconds):
                return "caught", t.name
        t = sanitized.notices(mutant, changed, folder, those) if those else None
        if t:
            return "caught", t.name + ", sanitized"
        return "survived", f"{len(those)} tests run the line" if those else "no test runs the line"
    finally:
        free.append(folder)


def caught_path():
    return f"{BUILD}/caught-{SEED}.txt"


FRESH = os.environ.get("MUTANTS_FRESH", "0") not in ("", "0")


def caught_before():
    """(function's text, key): the test that noticed."""
    if FRESH or not os.path.exists(caught_path()):
        return {}
    with open(caught_path()) as f:
        rows = [line.rstrip("\n").split("\t") for line in f]
    return {(r[0], r[1]): r[2] for r in rows if len(r) == 3}


def explained():
    known, reason = {}, ""
    try:
        with open("tests/mutants/survivors.txt") as f:
            for line in f:
                line = line.rstrip("\n")
                if line.startswith("  "):
                    reason = line.strip()
                    known[last] = reason
                elif line and not line.startswith("#"):
                    last = line
                    known[last] = ""
    except FileNotFoundError:
        pass
    return known


def main():
    begun = time.monotonic()
    objects, tests = build()
    if not COUNT:
        print(f"{len(tests)} test programs and files: built")
        return 0
    tests = watched(tests)
    if not tests:
        sys.exit("no test passes with the program unchanged")
    print(f"{len(tests)} test programs and files, watched in {time.monotonic() - begun:.0f} s",
          flush=True)
    known, counts, lock = explained(), {"caught": 0, "survived": 0, "explained": 0}, threading.Lock()
    free, pending, sanitized = [], iter(draw()), Sanitized(tests)
    for i in range(WORKERS):
        folder = f"{BUILD}/worker{i}"
        os.makedirs(folder, exist_ok=True)
        free.append(folder)
    begun = time.monotonic()
    taken, before = 0, caught_before()
    log = open(caught_path(), "a" if before else "w")

    def work():
        nonlocal taken
        while True:
            with lock:
                late = SECONDS and time.monotonic() - begun > SECONDS
                if taken >= COUNT or late:
                    return
                mutant = next(pending, None)
                if not mutant:
                    return
                taken += 1
            what = before.get((mutant.digest, mutant.key()))
            verdict = "caught" if what else ""
            if not verdict and not FRESH and mutant.key() in known:
                verdict, what = "explained", known[mutant.key()]
            if not verdict:
                verdict, what = try_one(mutant, objects, tests, free, sanitized)
            with lock:
                if verdict == "caught" and (mutant.digest, mutant.key()) not in before:
                    log.write(f"{mutant.digest}\t{mutant.key()}\t{what}\n")
                    log.flush()
                if verdict == "no program":
                    taken -= 1
                    continue
                if verdict == "survived" and mutant.key() in known:
                    verdict, what = "explained", known[mutant.key()]
                counts[verdict] += 1
                old, new = mutant.old, mutant.new
                if len(old) > 50:
                    old, new = old[:20] + "…", new[:20] + "…"
                print(f"{verdict:9} {mutant.path}:{mutant.line}: {old} -> {new}   [{what}]",
                      flush=True)
                if verdict == "survived":
                    print(f"          {mutant.key()}", flush=True)

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for job in [pool.submit(work) for _ in range(WORKERS)]:
            job.result()
    total = sum(counts.values())
    noticed = counts["caught"] + counts["explained"]
    print(f"{total} mutants (seed {SEED}): {counts['caught']} caught, {counts['explained']} change "
          f"nothing, {counts['survived']} survived; {100 * noticed / max(total, 1):.1f} % in "
          f"{time.monotonic() - begun:.0f} s")
    return 0 if total and noticed >= SHARE * total else 1


sys.exit(main())
