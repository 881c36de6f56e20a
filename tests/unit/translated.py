# translated.py -- programs written by the translation to PyTorch, as Python reads them
#
# translated.py FILE: the programs stand one behind the other, each after a line "\0 NAME". Every one
# must be a program of Python, and bind each name that it uses; notebooks begin with {.
import ast
import builtins
import json
import sys
import warnings


def unbound(tree):
    bound = set(dir(builtins)) | {"__name__", "__file__"}
    for n in ast.walk(tree):
        if isinstance(n, (ast.FunctionDef, ast.ClassDef)):
            bound.add(n.name)
        elif isinstance(n, ast.arg):
            bound.add(n.arg)
        elif isinstance(n, ast.alias):
            bound.add((n.asname or n.name).split(".")[0])
        elif isinstance(n, ast.ExceptHandler) and n.name:
            bound.add(n.name)
        elif isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load):
            bound.add(n.id)
    return sorted({n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} - bound)


def fault(text):
    """Why this is no program, or None."""
    if text.startswith("{"):
        cells = json.loads(text)["cells"]
        text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    compile(text, "program", "exec")  # finds what parsing alone does not: a parameter given twice
    names = unbound(ast.parse(text))
    return f"not bound: {', '.join(names)}" if names else None


bad = 0
warnings.simplefilter("ignore")
with open(sys.argv[1], encoding="utf-8") as f:
    programs = f.read().split("\0 ")[1:]
for program in programs:
    name, text = program.split("\n", 1)
    try:
        why = fault(text)
    except (SyntaxError, ValueError, KeyError) as e:
        why = f"{type(e).__name__}: {e}"
    if why:
        bad += 1
        if bad <= 10:
            print(f"{name}: {why}\n{text}")
sys.exit(f"{bad} of {len(programs)} are no programs" if bad or not programs else 0)
