"""run.py -- the tests of the kernel with real clients

run.py BUILD [PATTERN]: installs the kernel below BUILD, runs each test_*.py, and counts like the
other test programs. The home folder is not touched. What sanitizers say of any kernel is a failure;
with VALGRIND=1 the kernels run under valgrind, and what that says is one too.
"""
import fnmatch
import json
import os
import shutil
import subprocess
import sys
import unittest

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(os.path.dirname(here))
build = os.path.abspath(sys.argv[1])
pattern = sys.argv[2] if len(sys.argv) > 2 else ''
tmp = os.path.join(build, 'tmp', 'kernel')

shutil.rmtree(tmp, ignore_errors=True)
os.makedirs(tmp)
for name in ('JUPYTER_PATH', 'DISPLAY', 'WAYLAND_DISPLAY', 'NO_COLOR', 'VIRTUAL_ENV',
             'CONDA_PREFIX', 'JPY_PARENT_PID'):
    os.environ.pop(name, None)
os.environ.update(
    NB_ROOT=root, NB_BUILD=build, NB_PROGRAM=os.path.join(build, 'nabla'), NB_TMP=tmp, HOME=tmp,
    JUPYTER_DATA_DIR=tmp + '/data', JUPYTER_RUNTIME_DIR=tmp + '/runtime',
    JUPYTER_CONFIG_DIR=tmp + '/config', IPYTHONDIR=tmp + '/ipython', XDG_CONFIG_HOME=tmp + '/xdg',
    NABLA_HISTORY='', LC_ALL='C.UTF-8', PYTHONWARNINGS='ignore', PYTHONDONTWRITEBYTECODE='1',
    NABLA_WORKER=os.path.join(build, 'nabla'), NABLA_LESSONS=root + '/samples/lessons',
    PYDEVD_DISABLE_FILE_VALIDATION='1',
    ASAN_OPTIONS=f'detect_leaks=1:detect_stack_use_after_return=0:allocator_may_return_null=1:'
                 f'log_path={tmp}/checker',
    LSAN_OPTIONS=f'suppressions={root}/tests/lsan.supp:print_suppressions=0',
    UBSAN_OPTIONS=f'print_stacktrace=1:log_path={tmp}/checker',
    TSAN_OPTIONS=f'suppressions={root}/tests/tsan.supp:log_path={tmp}/checker')
subprocess.run([os.environ['NB_PROGRAM'], '--install-kernel'], check=True,
               stdout=subprocess.DEVNULL)
sys.path.insert(0, here)


def under_valgrind():
    """The program that clients start is a script from here on."""
    program, script = os.environ['NB_PROGRAM'], os.path.join(tmp, 'nabla-valgrind')
    with open(script, 'w') as f:
        f.write('#!/bin/sh\nexec valgrind -q --vgdb=no --error-exitcode=99 --leak-check=full '
                '--show-leak-kinds=definite --errors-for-leak-kinds=definite --num-callers=24 '
                f'--suppressions={root}/tests/valgrind.supp --log-file={tmp}/checker.%p '
                f'{program} "$@"\n')
    os.chmod(script, 0o755)
    os.environ['NB_PROGRAM'] = script
    spec = os.path.join(os.environ['JUPYTER_DATA_DIR'], 'kernels', 'nabla', 'kernel.json')
    with open(spec) as f:
        d = json.load(f)
    d['argv'][0] = script
    with open(spec, 'w') as f:
        json.dump(d, f)


if os.environ.get('VALGRIND') == '1':
    under_valgrind()

passed = failed = 0


def cases(suite):
    for t in suite:
        yield from cases(t) if isinstance(t, unittest.TestSuite) else [t]


for file in sorted(os.listdir(here)):
    if not (file.startswith('test_') and file.endswith('.py')):
        continue
    suite = unittest.defaultTestLoader.loadTestsFromName(file[:-3])
    chosen = unittest.TestSuite(t for t in cases(suite)
                                if not pattern or fnmatch.fnmatch(t.id(), pattern))
    n = chosen.countTestCases()
    if n == 0:
        continue
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1, buffer=True).run(chosen)
    bad = {getattr(t, 'test_case', t).id() for t, _ in result.failures + result.errors}
    bad |= {t.id() for t in result.unexpectedSuccesses}
    skipped = {getattr(t, 'test_case', t).id() for t, _ in result.skipped} - bad
    good = max(0, result.testsRun - len(bad) - len(skipped))
    print(f'[==========] kernel/{file[:-3]}: {good + len(bad)} test(s) run.')
    print(f'[  PASSED  ] {good} test(s).')
    if bad:
        print(f'[  FAILED  ] {len(bad)} test(s).')
        for name in sorted(bad):
            print(f'[  FAILED  ] {name}')
    sys.stdout.flush()
    passed += good
    failed += len(bad)

# What sanitizers say of the kernels that ran.
reports = sorted(f for f in os.listdir(tmp)
                 if f.startswith('checker.') and os.path.getsize(os.path.join(tmp, f)))
for name in reports:
    with open(os.path.join(tmp, name)) as f:
        print(f.read())
    print(f'[  FAILED  ] {name}')
failed += len(reports)

with open(os.path.join(build, 'counts'), 'w') as f:
    f.write(f'{passed} {failed}\n')
part = os.environ.get('NB_PART')
print(f'{part}, kernel: {passed} of {passed + failed} tests passed' if part
      else f'{passed} passed, {failed} failed')
sys.exit(failed != 0 or passed == 0)
