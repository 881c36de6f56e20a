"""test_browser.py -- the classic notebook in a browser: what a person sees and does there"""
import os
import shutil
import socket
import subprocess
import sys
import time
import unittest

from common import PROGRAM
from browser import Browser

TMP = os.path.join(os.environ['NB_TMP'], 'browser')
SCRIPT = '''# look.nabla -- A look around

x, y = 2, 3
f = x*y + x^2
backward f
graph f

a = 5; g = a^4 - 3*a^2; opt = sgd(a, lr=0.002);
minimize g, opt, steps=200

walk f

explain x, of=f

h = x + unknwn
'''


@unittest.skipUnless(shutil.which('chromium'), 'no chromium')
class WalkPage(unittest.TestCase):
    def test_products_read_as_in_pictures(self):
        folder = os.path.join(os.environ['NB_TMP'], 'walk')
        os.makedirs(folder, exist_ok=True)
        script = 'x, y = 2, 3; f = x*y*sin(x) - x^2*y; backward f; export "w.html", f'
        subprocess.run([PROGRAM, '--no-window', '--norc', '-e', script], cwd=folder, check=True)
        b = Browser(900, 700)
        try:
            b.open(f'file://{folder}/w.html')
            b.until('document.querySelectorAll("svg.graph [data-n]").length > 5')
            told = b.js("""(() => {
                const slider = document.getElementById("slider"), told = [];
                for (let i = 0; i <= +slider.max; i++) {
                    slider.value = i;
                    slider.oninput({ target: slider });
                    for (const n of document.querySelectorAll("svg.graph [data-n]")) {
                        n.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
                        told.push(document.getElementById("tip").textContent);
                    }
                    told.push(slider.getAttribute("aria-valuetext"), document.body.innerText);
                }
                return told.join("\\n");
            })()""")
            self.assertIn('= x · y', told)
            self.assertNotIn('*', told)
        finally:
            b.close()


@unittest.skipUnless(shutil.which('chromium'), 'no chromium')
class Notebook(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        shutil.rmtree(TMP, ignore_errors=True)
        os.makedirs(TMP)
        with open(TMP + '/look.nabla', 'w') as f:
            f.write(SCRIPT)
        with open(TMP + '/look.ipynb', 'w') as f:
            subprocess.run([PROGRAM, '--to-notebook', TMP + '/look.nabla'], stdout=f, check=True)
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            port = s.getsockname()[1]
        cls.log = open(TMP + '/server.log', 'w')
        cls.server = subprocess.Popen(
            [sys.executable, '-m', 'notebook', '--allow-root', '--no-browser', f'--port={port}',
             '--NotebookApp.token=', '--NotebookApp.password='], cwd=TMP, stdout=cls.log,
            stderr=cls.log)
        cls.browser = Browser(1100, 2400)
        for _ in range(200):
            with socket.socket() as s:
                if s.connect_ex(('127.0.0.1', port)) == 0:
                    break
            time.sleep(0.1)
        cls.browser.open(f'http://127.0.0.1:{port}/notebooks/look.ipynb')
        cls.browser.until('window.Jupyter && Jupyter.notebook && Jupyter.notebook.kernel && '
                          'Jupyter.notebook.kernel.is_connected() && '
                          'Jupyter.notebook.ncells() > 5')

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.server.terminate()
        cls.server.wait()
        cls.log.close()

    def last(self, what):
        return self.browser.js(f'var c = Jupyter.notebook.get_cells().slice(-1)[0]; {what}')

    def test_1_cells_show_pictures_pages_formulas_and_errors(self):
        b = self.browser
        b.js('Jupyter.notebook.get_cells().forEach((c, i) => { if (c.cell_type == "code") '
             'Jupyter.notebook.execute_cells([i]); })')
        b.until('document.querySelectorAll(".output_error, .output_subarea.output_text '
                '.ansi-red-fg").length > 0')
        b.until('document.querySelectorAll(".output_subarea .MathJax").length > 0')
        b.until('Array.from(document.querySelectorAll(".output_html img")).filter('
                'i => i.complete && i.naturalWidth > 100).length >= 2')
        self.assertEqual(b.js('document.querySelectorAll("iframe[srcdoc]").length'), 1)
        self.assertEqual(b.js('document.querySelectorAll(".output svg").length'), 0)
        self.assertGreater(b.js('document.querySelectorAll(".output table").length'), 0)
        b.picture(TMP + '/1-cells.png')

    def test_2_words_have_colours(self):
        self.browser.until(  # the colours come with a script of their own
            'JSON.stringify(Jupyter.notebook.get_cells().filter(c => c.cell_type == "code")[0]'
            '.code_mirror.getLineTokens(2).map(t => t.type)) == \'["builtin",null,"variable"]\'')

    def test_3_a_curve_moves_and_stops(self):
        b = self.browser
        b.js('Jupyter.notebook.insert_cell_at_bottom("code")')
        self.last('c.set_text("u = 5; r = u^2; o = sgd(u, lr=1e-8)\\n'
                  'minimize r, o, steps=1000000000000"); c.execute()')
        image = 'Jupyter.notebook.get_cells().slice(-1)[0].element.find("img").attr("src")'
        first = b.until(image, 30)
        b.until(f'{image} != {first!r}', 30)
        self.last('c.element[0].scrollIntoView()')
        b.picture(TMP + '/3-live.png')
        b.js('Jupyter.notebook.kernel.interrupt()')
        b.until('$(".kernel_idle_icon").length > 0', 30)
        self.assertIn('stopped after', self.last('c.element.text()'))

    def test_4_completion(self):
        b = self.browser
        b.js('Jupyter.notebook.insert_cell_at_bottom("code"); '
             'Jupyter.notebook.select(Jupyter.notebook.ncells() - 1); '
             'Jupyter.notebook.edit_mode()')
        self.last('c.element[0].scrollIntoView(); c.focus_editor()')
        b.type('opt = s')
        b.key('Tab', 9)
        b.until('document.querySelectorAll("#complete option").length > 3')
        b.picture(TMP + '/4-completion.png')
        b.key('Escape', 27)

    def test_4b_help_on_a_word(self):
        b = self.browser
        self.last('c.set_text("backward"); c.focus_editor(); c.code_mirror.setCursor(0, 3)')
        b.key('Tab', 9, modifiers=8)
        b.until('$("#tooltip:visible").length > 0 && '
                '$("#tooltip").text().indexOf("Adds ∂f/∂x") > 0', 20)
        b.picture(TMP + '/4b-help.png')
        b.key('Escape', 27)
        b.key('Escape', 27)

    def test_5_a_lesson_fills_the_next_cell(self):
        self.last('c.set_text("lesson 3"); c.execute()')
        self.browser.until('Jupyter.notebook.get_cells().slice(-1)[0].get_text() == "x = 3"')

    def test_6_a_question_has_a_line_to_answer_in(self):
        b, below = self.browser, False
        for _ in range(5):  # on a busy machine its text may be overtaken
            self.last('c.set_text("x = 2; f = x^2; walk f, ask=true"); c.execute()')
            b.until('document.querySelector("input.raw_input")')
            b.js('document.querySelector("input.raw_input").scrollIntoView(); '
                 '$("input.raw_input").focus()')
            b.picture(TMP + '/6-question.png')
            below = below or b.js(
                '(p => $(p).closest(".output_area").prevAll(".output_area").text()'
                '.indexOf("Enter shows it") >= 0)(document.querySelector("input.raw_input"))')
            b.type('q')
            b.key('Enter', 13)
            b.until('document.body.innerText.indexOf("walk left") > 0')
            if below:
                break
            b.until('$(".kernel_idle_icon").length > 0', 30)
        self.assertTrue(below)
