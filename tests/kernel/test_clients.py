"""test_clients.py -- real clients: nbclient, nbconvert, the console, the editors' colours"""
import glob
import html
import json
import os
import re
import shutil
import subprocess
import sys
import unittest

import nbclient
import nbformat
from common import PROGRAM, ROOT

TMP = os.path.join(os.environ['NB_TMP'], 'notebooks')
SCRIPTS = sorted(glob.glob(ROOT + '/samples/lessons/*.nabla') + glob.glob(ROOT + '/samples/*.nabla'))


def nabla(*args):
    return subprocess.run([PROGRAM, *args], capture_output=True, text=True, timeout=300)


def as_notebook(path, *more):
    r = nabla('--to-notebook', path, *more)
    assert r.returncode == 0, r.stderr
    return nbformat.reads(r.stdout, 4)


def pictures_of(notebook):
    return [o for c in notebook.cells if c.cell_type == 'code' for o in c.outputs
            if o.output_type == 'display_data' and 'image/png' in o.data]


class Notebooks(unittest.TestCase):
    def setUp(self):
        shutil.rmtree(TMP, ignore_errors=True)
        os.makedirs(TMP)

    def test_scripts_come_back_as_they_were(self):
        for path in SCRIPTS:
            with self.subTest(path=os.path.basename(path)):
                file = os.path.join(TMP, 'x.ipynb')
                with open(file, 'w') as f:
                    nbformat.write(as_notebook(path), f)
                with open(path) as f:
                    self.assertEqual(nabla('--from-notebook', file).stdout, f.read())

    def test_the_file_names_the_language_and_its_colours(self):
        info = as_notebook(SCRIPTS[0]).metadata.language_info
        self.assertEqual((info.name, info.codemirror_mode, info.file_extension, info.mimetype),
                         ('nabla', 'nabla', '.nabla', 'text/x-nabla'))

    def test_notebooks_of_others_become_scripts(self):
        n = nbformat.v4.new_notebook(cells=[
            nbformat.v4.new_markdown_cell('# A *title*\n\nSome text'),
            nbformat.v4.new_code_cell('x = 2\nx'), nbformat.v4.new_raw_cell('raw')])
        file = os.path.join(TMP, 'other.ipynb')
        nbformat.write(n, file)
        r = nabla('--from-notebook', file)
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertIn('# # A *title*\n#\n# Some text\n\nx = 2\nx\n', r.stdout)

    def test_what_is_no_notebook_is_an_error(self):
        for text in ('', '{}', '[]', '{"cells": 7}', 'x = 2'):
            file = os.path.join(TMP, 'bad.ipynb')
            with open(file, 'w') as f:
                f.write(text)
            r = nabla('--from-notebook', file)
            self.assertEqual((r.returncode, r.stdout), (1, ''))
            self.assertIn('no notebook', r.stderr)

    def test_nbclient_runs_every_sample_and_lesson(self):
        for path in SCRIPTS:
            with self.subTest(path=os.path.basename(path)):
                n = as_notebook(path)
                folder = os.path.join(TMP, 'run')
                shutil.copytree(ROOT + '/samples', folder, dirs_exist_ok=True)
                where = os.path.join(folder, os.path.relpath(os.path.dirname(path),
                                                             ROOT + '/samples'))
                nbclient.NotebookClient(n, timeout=600, kernel_name='nabla', resources={
                    'metadata': {'path': where}}).execute()
                nbformat.validate(n)

    def test_output_is_kept_when_asked(self):
        n = as_notebook(ROOT + '/samples/lessons/04_descent.nabla', '--run')
        nbformat.validate(n)
        self.assertTrue(pictures_of(n))
        self.assertTrue(any(o.output_type == 'stream' for c in n.cells if c.cell_type == 'code'
                            for o in c.outputs))
        again = as_notebook(ROOT + '/samples/lessons/04_descent.nabla', '--run')
        self.assertEqual(n, again)

    def test_what_is_kept_does_not_depend_on_time(self):
        file = os.path.join(TMP, 'long.nabla')
        with open(file, 'w') as f:
            f.write('x = 5; f = x^2; opt = sgd(x, lr=1e-9)\n'
                    'minimize f, opt, steps=5000000\ntime { x := 3 }\n')
        out = as_notebook(file, '--run').cells[0].outputs
        self.assertEqual([o.get('name', o.output_type) for o in out],
                         ['stdout', 'display_data', 'stdout', 'display_data'])
        self.assertIn('image/png', out[-1].data)
        self.assertNotIn('took', str(out))

    def test_a_cell_that_fails_is_an_error_with_its_output(self):
        file = os.path.join(TMP, 'bad.nabla')
        with open(file, 'w') as f:
            f.write('x = 2\n\nx + zz\n\nx\n')
        r = nabla('--to-notebook', file, '--run')
        self.assertEqual(r.returncode, 1)
        n = nbformat.reads(r.stdout, 4)
        self.assertEqual(n.cells[1].outputs[0].output_type, 'error')
        self.assertEqual(n.cells[2].outputs, [])


class Converted(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        shutil.rmtree(TMP, ignore_errors=True)
        os.makedirs(TMP)
        cls.script = os.path.join(TMP, 'pictures.nabla')
        with open(cls.script, 'w') as f:
            f.write('# pictures.nabla -- Pictures\n\nx, y = 2, 3; f = x*y + x^2\ngraph f\n\n'
                    'def bowl(x, y) = x^2 + y^2\nsurface bowl\n\n'
                    'opt = sgd(x, y, lr=0.1)\nminimize f, opt, steps=5\n\nplot f\n\nwalk f\n\n'
                    'trace f\n\nvars\n\nexplain x, of=f\n')
        cls.notebook = as_notebook(cls.script, '--run')
        cls.notebook.cells = [c for c in cls.notebook.cells if c.cell_type == 'code']  # no pandoc
        cls.file = os.path.join(TMP, 'pictures.ipynb')
        nbformat.write(cls.notebook, cls.file)

    def convert(self, form):
        subprocess.run([sys.executable, '-m', 'nbconvert', '--to', form, self.file],
                       check=True, capture_output=True, timeout=120)
        with open(self.file[:-5] + {'html': 'html', 'latex': 'tex'}[form]) as f:
            return f.read()

    def test_html_shows_every_picture_and_table(self):
        page = self.convert('html')
        self.assertEqual(len(pictures_of(self.notebook)), 6)
        self.assertEqual(page.count('src="data:image/svg+xml;base64,'), 6)
        self.assertEqual(page.count('<iframe'), 2)
        self.assertEqual(page.count('<table'), 2)
        self.assertIn(r'\begin{align*}', page)

    def test_latex_shows_every_picture_and_formula(self):
        latex = self.convert('latex')
        self.assertEqual(latex.count(r'\adjustimage'), 5)
        self.assertEqual(len(glob.glob(self.file[:-6] + '_files/*.png')), 6)
        self.assertGreaterEqual(latex.count(r'\begin{align*}'), 2)  # trace, explain
        self.assertEqual(latex.count(r'\begin{tabular}'), 2)

    def test_words_with_signs_read_as_they_were(self):
        words = r'a < b & c, x_1 _u_ *y*, `q`, [a](b), p | q ~r~ # s, \\ and \<, &lt; is no <'
        script = os.path.join(TMP, 'words.nabla')
        with open(script, 'w') as f:
            f.write(f'# words.nabla -- A < B & C\n\n# {words}\n\nx = 2\n')
        file = script[:-5] + 'ipynb'
        with open(file, 'w') as f:
            nbformat.write(as_notebook(script), f)
        with open(script) as f:
            self.assertEqual(nabla('--from-notebook', file).stdout, f.read())
        subprocess.run([sys.executable, '-m', 'nbconvert', '--to', 'html', file], check=True,
                       capture_output=True, timeout=120)
        with open(script[:-5] + 'html') as f:
            page = html.unescape(re.sub(r'<[^>]*>', '', f.read().split('<body')[1]))
        self.assertIn(words, page)
        self.assertIn('A < B & C', page)

    def test_the_console_answers(self):
        try:
            r = subprocess.run([sys.executable, '-m', 'jupyter_console', '--kernel=nabla',
                                '--simple-prompt'], input='6*7\nx = 2\nx*zz\nquit\n', text=True,
                               capture_output=True, timeout=120)
        except subprocess.TimeoutExpired as e:
            self.fail(f'no end after {e.timeout} s; so far:\n{e.stdout}\n{e.stderr}')
        self.assertIn('ans = 42', r.stdout)
        self.assertIn('unknown name zz', r.stdout + r.stderr)


class Installing(unittest.TestCase):
    def install(self, *args, **env):
        return subprocess.run([PROGRAM, '--install-kernel', *args], capture_output=True, text=True,
                              env=dict(os.environ, **env))

    def test_below_a_folder(self):
        where = os.path.join(TMP, 'prefix')
        shutil.rmtree(where, ignore_errors=True)
        r = self.install('--prefix=' + where)
        spec = where + '/share/jupyter/kernels/nabla/kernel.json'
        self.assertEqual(r.stdout, f'wrote {spec}\n')
        with open(spec) as f:
            d = json.load(f)
        self.assertTrue(os.path.isabs(d['argv'][0]))
        self.assertEqual(d['language'], 'nabla')
        lab = where + '/share/jupyter/labextensions/nabla'
        with open(lab + '/package.json') as f:
            d = json.load(f)
        self.assertEqual((d['name'], os.path.exists(f'{lab}/{d["jupyterlab"]["_build"]["load"]}')),
                         ('nabla', True))
        self.assertEqual(sorted(os.listdir(os.path.dirname(spec))),
                         ['kernel.js', 'kernel.json', 'logo-32x32.png', 'logo-64x64.png',
                          'logo-svg.svg'])

    def test_in_the_active_environment(self):
        where = os.path.join(TMP, 'venv')
        r = self.install('--sys-prefix', VIRTUAL_ENV=where)
        self.assertIn(where + '/share/jupyter', r.stdout)
        r = self.install('--sys-prefix', VIRTUAL_ENV='', CONDA_PREFIX='')
        self.assertEqual(r.returncode, 1)
        self.assertIn('no virtual environment', r.stderr)

    def test_where_nothing_can_be_written(self):
        r = self.install('--prefix=/proc/nowhere')
        self.assertEqual(r.returncode, 1)
        self.assertIn('/proc/nowhere', r.stderr)


SAMPLE = '# words\ndef f(x) = sin(x)^2\nx = 0.5\nbackward f(x)\nprint "a {x:.2f}\\n", true\nx.grad\n'
# A string ends on its line, also one that nobody closed.
STRINGS = "a = 'whole'\nb = 'open\nafter\nc = \"open\nend\n"


class Colours(unittest.TestCase):
    def form(self, name):
        r = nabla('--highlight', name)
        self.assertEqual(r.returncode, 0, r.stderr)
        return r.stdout

    def words(self):
        """What help all lists, but statements, notation, ideas and settings."""
        group, words = '', set()
        for line in nabla('--norc', '-e', 'help all').stdout.split('\n'):
            group = line[:14].strip() or group
            if group not in ('statements', 'notation', 'ideas', 'settings') and line[:5] != 'help ':
                words |= set(line[14:].split())
        return words

    def test_pygments(self):
        space = {}
        exec(self.form('pygments'), space)
        tokens = list(space['NablaLexer']().get_tokens(SAMPLE))
        kind = {text: str(t)[6:] for t, text in tokens}
        self.assertEqual(''.join(t for _, t in tokens), SAMPLE)
        self.assertEqual(kind['# words'], 'Comment.Single')
        self.assertEqual(kind['def'], 'Keyword')
        self.assertEqual(kind['sin'], 'Name.Builtin')
        self.assertEqual(kind['backward'], 'Name.Builtin.Pseudo')
        self.assertEqual(kind['0.5'], 'Literal.Number')
        self.assertEqual(kind['true'], 'Keyword.Constant')
        self.assertEqual(kind['grad'], 'Name.Attribute')
        self.assertEqual(kind['{x:.2f}'], 'Literal.String.Interpol')
        for path in SCRIPTS:
            with open(path) as f:
                self.assertNotIn('Error', {str(t)[6:] for t, _ in
                                           space['NablaLexer']().get_tokens(f.read())}, path)

        tokens = list(space['NablaLexer']().get_tokens(STRINGS))
        self.assertEqual(''.join(t for _, t in tokens), STRINGS)
        self.assertEqual([t for k, t in tokens if 'String' in str(k)],
                         ["'whole'", "'open", '"', 'open'])

    def test_every_word_of_help_is_in_every_form(self):
        for name in ('codemirror', 'jupyterlab', 'pygments', 'vim', 'textmate'):
            text = self.form(name)
            have = set(re.findall(r'\w+', text))
            self.assertEqual(sorted(w for w in self.words() if w.isidentifier() and w not in have),
                             [], name)

    def test_textmate_is_json_whose_patterns_compile(self):
        d = json.loads(self.form('textmate'))
        self.assertEqual(d['scopeName'], 'source.nabla')
        for p in d['patterns']:
            for key in ('match', 'begin', 'end'):
                re.compile(p.get(key, '').replace(r'\p{L}', 'a-z').replace(r'\p{N}', '0-9'))

    def test_codemirror(self):
        node = shutil.which('nodejs') or shutil.which('node')
        base = '/usr/share/javascript/codemirror'
        if not node or not os.path.exists(base):
            self.skipTest('no node or CodeMirror')
        file = os.path.join(TMP, 'mode.js')
        os.makedirs(TMP, exist_ok=True)
        with open(file, 'w') as f:
            f.write(f'var CodeMirror = require("{base}/addon/runmode/runmode.node.js");\n'
                    'var module = undefined, exports = undefined;\n(function () {\n'
                    + self.form('codemirror').replace('typeof define', 'typeof nothing')
                    .replace('(function (mod) {', '(function (mod) { mod(CodeMirror); return;', 1)
                    + '\n})();\nvar out = [];\nCodeMirror.runMode('
                    + json.dumps(SAMPLE + STRINGS) + ', "nabla", function (t, s) { out.push([t, s || ""]); });\n'
                    'console.log(JSON.stringify(out));\n')
        r = subprocess.run([node, file], capture_output=True, text=True)
        self.assertEqual(r.returncode, 0, r.stderr)
        tokens = json.loads(r.stdout)
        kind = dict(map(tuple, tokens))
        self.assertEqual(''.join(t for t, _ in tokens), SAMPLE + STRINGS)
        self.assertEqual([kind[w] for w in ("'whole'", "'open", 'after', '"open', 'end')],
                         ['string', 'string', 'variable', 'string', 'variable'])
        self.assertEqual((kind['def'], kind['sin'], kind['backward'], kind['true'], kind['grad'],
                          kind['0.5'], kind['# words']),
                         ('keyword', 'builtin', 'builtin', 'atom', 'property', 'number', 'comment'))

    def test_vim(self):
        vim = shutil.which('vim')
        if not vim or b'+syntax' not in subprocess.run([vim, '--version'],
                                                       capture_output=True).stdout:
            self.skipTest('no vim with colours')
        os.makedirs(TMP, exist_ok=True)
        for name, text in (('nabla.vim', self.form('vim')),
                           ('sample.txt', SAMPLE + STRINGS)):
            with open(os.path.join(TMP, name), 'w') as f:
                f.write(text)
        at = ((1, 1), (2, 1), (2, 12), (3, 5), (4, 1), (5, 8), (5, 22), (6, 3),
              (7, 6), (8, 7), (9, 2), (10, 7), (11, 2))
        script = ' | '.join(f'call add(r, synIDattr(synID({l}, {c}, 1), "name"))' for l, c in at)
        r = subprocess.run([vim, '-u', 'NONE', '-n', '-es', '-c', 'set nocp enc=utf-8',
                            '-c', 'syntax on', '-c', f'source {TMP}/nabla.vim',
                            '-c', f'let r = [] | {script}',
                            '-c', f'call writefile(r, "{TMP}/out")', '-c', 'qa!',
                            TMP + '/sample.txt'], capture_output=True, text=True, timeout=30)
        with open(TMP + '/out') as f:
            self.assertEqual(f.read().split('\n')[:-1],
                             ['nablaComment', 'nablaKeyword', 'nablaFunction', 'nablaNumber',
                              'nablaCommand', 'nablaString', 'nablaConstant', 'nablaAttribute',
                              'nablaString', 'nablaString', '', 'nablaString', ''], r.stderr)

    def test_an_unknown_editor(self):
        r = nabla('--highlight', 'nano')
        self.assertEqual((r.returncode, r.stdout), (2, ''))
        self.assertIn('codemirror, jupyterlab, pygments, vim or textmate', r.stderr)
