"""test_lab.py -- from npm: JupyterLab's client and editor, and TextMate's highlighter"""
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import unittest

from browser import Browser
from common import PROGRAM
from test_clients import SAMPLE, STRINGS

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lab')
WORK = os.path.join(os.environ['NB_BUILD'], 'lab')


@unittest.skipUnless(shutil.which('npm'), 'no npm')
class Lab(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.makedirs(WORK, exist_ok=True)
        for name in os.listdir(HERE):
            shutil.copy(os.path.join(HERE, name), WORK)
        if not os.path.exists(WORK + '/node_modules/@jupyterlab/codemirror'):
            r = subprocess.run(['npm', 'ci', '--no-audit', '--no-fund', '--ignore-scripts'],
                               cwd=WORK, capture_output=True, text=True)
            if r.returncode != 0:
                raise unittest.SkipTest('npm reaches no registry: ' + r.stderr[-200:])

    def node(self, *args):
        r = subprocess.run([shutil.which('node') or 'nodejs', *args], cwd=WORK,
                           capture_output=True, text=True, timeout=120)
        self.assertEqual(r.returncode, 0, r.stderr)
        return json.loads(r.stdout.strip().split('\n')[-1])  # the client tells of its own

    def test_jupyterlab_talks_to_the_kernel(self):
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            port = s.getsockname()[1]
        server = subprocess.Popen(
            [sys.executable, '-m', 'notebook', '--allow-root', '--no-browser', f'--port={port}',
             '--NotebookApp.token=', '--NotebookApp.password=', '--NotebookApp.disable_check_xsrf=1'],
            cwd=os.environ['NB_TMP'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(200):
                with socket.socket() as s:
                    if s.connect_ex(('127.0.0.1', port)) == 0:
                        break
                time.sleep(0.1)
            saw = self.node('lab.js', f'http://127.0.0.1:{port}/')
        finally:
            server.terminate()
            server.wait()
        self.assertEqual(saw['display'], 'nabla')
        self.assertEqual(saw['language']['file_extension'], '.nabla')
        self.assertEqual(saw['value']['seen'][0][1]['data']['text/plain'], 'ans = 42')
        self.assertIn('image/png', saw['picture']['seen'][0][1]['data'])
        self.assertEqual((saw['error']['status'], saw['error']['ename']), ('error', 'name error'))
        self.assertIn('walk left', json.dumps(saw['asked']['seen']))
        self.assertEqual(saw['complete']['matches'], ['minimize'])
        self.assertTrue(saw['inspect']['found'])
        self.assertEqual(saw['whole']['status'], 'incomplete')
        self.assertEqual(saw['stopped']['ename'], 'stopped')
        self.assertEqual(saw['restarted']['status'], 'error')

    @unittest.skipUnless(shutil.which('chromium'), 'no chromium')
    def test_jupyterlab_colours_the_language(self):
        subprocess.run(['node_modules/.bin/esbuild', 'editor.js', '--bundle', '--format=iife',
                        '--outfile=bundle.js', '--loader:.svg=text', '--loader:.css=empty',
                        '--log-level=error'], cwd=WORK, check=True)
        where = os.path.join(os.environ['JUPYTER_DATA_DIR'], 'labextensions', 'nabla')
        with open(where + '/package.json') as f:
            build = json.load(f)['jupyterlab']['_build']
        self.assertEqual(build['extension'], './extension')
        with open(WORK + '/page.html', 'w') as f:
            f.write('<!DOCTYPE html><meta charset="utf-8"><style>:root { '
                    '--jp-mirror-editor-keyword-color: #008000; '
                    '--jp-mirror-editor-builtin-color: #a000a0; '
                    '--jp-mirror-editor-string-color: #ba2121; '
                    '--jp-mirror-editor-number-color: #0000c0; '
                    '--jp-mirror-editor-comment-color: #408080 }</style><body>'
                    f'<script src="file://{where}/{build["load"]}"></script>'
                    '<script src="bundle.js"></script>')
        browser = Browser(800, 400)
        try:
            browser.open(f'file://{WORK}/page.html')
            browser.until('typeof show === "function"')
            info = {'mime': 'text/x-nabla', 'name': 'nabla'}
            tokens = browser.js(f'show({json.dumps(SAMPLE + STRINGS)}, {json.dumps(info)})')
            self.assertIsInstance(tokens, list, tokens)
            kind = {text: name.replace('tok-', '') for text, name in tokens}
            self.assertEqual(
                [kind.get(w) for w in ('# words', 'def', 'sin', '0.5', 'backward', 'true', 'grad',
                                       "'open", "'whole'", '"open', 'after')],
                ['comment', 'keyword', 'variableName', 'number', 'variableName', 'atom',
                 'propertyName', 'string', 'string', 'string', 'variableName'], tokens)
            self.assertEqual(browser.js('older()'), 0)
            browser.picture(os.path.join(os.environ['NB_TMP'], 'lab.png'))
        finally:
            browser.close()

    def textmate(self, text):
        with open(WORK + '/nabla.json', 'w') as f:
            subprocess.run([PROGRAM, '--highlight', 'textmate'], stdout=f, check=True)
        with open(WORK + '/sample.nabla', 'w') as f:
            f.write(text)
        return {text: scope.replace('.nabla', '') for text, scope in
                self.node('textmate.js', 'nabla.json', 'sample.nabla')}

    def test_a_string_ends_on_its_line_in_textmate(self):
        kind = self.textmate(STRINGS)
        self.assertEqual([kind[w] for w in ('open', 'whole', 'after', 'end')],
                         ['string.quoted.double', 'string.quoted.single', 'variable.other',
                          'variable.other'], kind)

    def test_textmate(self):
        kind = self.textmate(SAMPLE)
        self.assertEqual(
            [kind[w] for w in ('# words', 'def', 'sin', '0.5', 'backward', '{x:.2f}', 'true',
                               'grad')],
            ['comment.line.number-sign', 'keyword.control', 'support.function',
             'constant.numeric', 'support.function.command', 'meta.interpolation',
             'constant.language', 'variable.other.property'])
