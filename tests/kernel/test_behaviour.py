"""test_behaviour.py -- cells, pictures, interrupts, questions and lessons as clients see them"""
import base64
import os
import re
import signal
import time

from common import PATIENCE, PROGRAM, KernelCase
from jupyter_client.manager import KernelManager


class Cells(KernelCase):
    def setUp(self):
        self.run_cell('restart')

    def test_text_notes_pictures_and_results_come_in_order(self):
        self.run_cell('x, y = 2, 3; f = x*y;')
        want = ['stdout', 'stderr', 'display_data', 'stdout', 'execute_result']
        for i in range(100):
            _, out = self.run_cell(f'print "a"\nbackward f; backward f;\ngraph f\n'
                                   f'print "b{i}"\nf')
            self.run_cell('cleargrad;')
            self.assertEqual(self.kinds(out), want, f'cell {i + 1}')

    def test_an_error_has_a_traceback_with_a_caret(self):
        reply, out = self.run_cell('x = 2\ny = x + zz')
        self.assertEqual(reply['status'], 'error')
        error = out[-1]['content']
        self.assertEqual((error['ename'], error['evalue']), ('name error', 'unknown name zz'))
        text = '\n'.join(error['traceback'])
        self.assertIn('^', text)
        self.assertIn('\x1b[', text)
        self.assertEqual(reply['traceback'], error['traceback'])

    def test_pictures_are_images_in_html_and_png(self):
        reply, out = self.run_cell(
            'def bowl(x, y) = x^2 + y^2\nx, y = 1, 2; f = bowl(x, y);\ngraph f\nsurface bowl\n'
            'opt = sgd(x, y, lr=0.1); repeat 5 { forward f; backward f; step };\nplot f\n'
            'p, t = moons(40); m = mlp([4, 2]); m(p);\nboundary m, p, t')
        self.assertEqual(reply['status'], 'ok', reply)
        shown = [m['content']['data'] for m in out if m['msg_type'] == 'display_data']
        self.assertEqual([d['text/plain'].split()[0] for d in shown],
                         ['graph', 'surface', 'plot', 'boundary'])
        for d in shown:
            self.assertTrue(d['text/html'].startswith('<img '))
            svg = base64.b64decode(d['text/html'].split('base64,')[1].split('"')[0])
            self.assertIn(b'</svg>', svg)
            png = base64.b64decode(d['image/png'])
            self.assertEqual(int.from_bytes(png[16:20], 'big'), 800)
            self.assertNotIn('image/svg+xml', d)

    def test_a_curve_lives_while_a_long_descent_runs(self):
        request = self.send('x = 5; f = x^2; opt = sgd(x, lr=1e-9)\n'
                            'minimize f, opt, steps=1000000000000')
        begun, out, curves = time.monotonic(), [], 0
        while time.monotonic() - begun < 3 or curves < 2:
            out.append(self.client.get_iopub_msg(timeout=60))
            curves += 'plot of f' in str(out[-1]['content'].get('data'))
        self.manager.interrupt_kernel()
        spent = time.monotonic() - begun
        out = [m for m in out if m['msg_type'] != 'status'] + self.outputs(request)
        self.assertEqual(self.reply(request)['ename'], 'stopped')
        curves = [m for m in out if m['content'].get('data', {}).get('text/plain', '')
                  .startswith('plot of f')]
        kinds = [m['msg_type'] for m in curves]
        self.assertEqual(kinds[0], 'display_data')
        self.assertEqual(set(kinds[1:]), {'update_display_data'})
        self.assertLessEqual(len(curves), 5 * spent + 3)
        self.assertEqual(len({m['content']['transient']['display_id'] for m in curves}), 1)
        self.assertIn('stopped after', self.text(out))
        self.assertNotIn('Ctrl-C', self.text(out))

    def test_a_long_descent_shows_how_far_it_is(self):
        request = self.send('x = 5; f = x^2; opt = sgd(x, lr=1e-9)\n'
                            'minimize f, opt, steps=1000000000000;')
        time.sleep(1 + 0.5 * PATIENCE)
        self.manager.interrupt_kernel()
        out = self.outputs(request)
        self.reply(request)
        first = next(m for m in out if '<progress' in m['content'].get('data', {}).get('text/html', ''))
        bars = [m for m in out if m['content'].get('transient') == first['content']['transient']]
        self.assertEqual([m['msg_type'] for m in bars[:2]],
                         ['display_data', 'update_display_data'])
        self.assertIn('<progress value="0.000"></progress>', bars[0]['content']['data']['text/html'])
        self.assertRegex(bars[0]['content']['data']['text/plain'], r'^\[ {30}\]   0 %   f = 2')
        self.assertEqual(bars[-1]['content']['data'], {'text/plain': '', 'text/html': ''})

    def test_a_file_that_is_written_is_named_where_it_belongs(self):
        folder = os.environ['NB_TMP'] + '/files'
        os.makedirs(folder, exist_ok=True)
        _, out = self.run_cell(f'x = 2; f = x^2\nprint "before"\nexport "{folder}/g.png", f\n'
                               f'print "between"\nsave "{folder}/s.nabla"\nprint "after"')
        self.assertEqual([line.split(' (')[0] for line in self.text(out).split('\n')],
                         ['f = 4', 'before', f'wrote {folder}/g.png', 'between',
                          f'wrote {folder}/s.nabla', 'after', ''])
        self.assertEqual(sorted(os.listdir(folder)), ['g.png', 's.nabla'])
        reply, _ = self.run_cell(f'export "{folder}/no/such/g.png", f')
        self.assertEqual(reply['ename'], 'file error')

    def test_what_info_and_race_say_are_tables(self):
        self.run_cell('x, y = 2, 3; f = (x - 1)^2 + y^2; opt = adam(x, lr=0.1); w = "words"')
        for code, cells in (('info f', ['f = (x - 1)^2 + y^2 = 10', 'grad -']),
                            ('info opt', ['optimizer', '0 steps']), ('info w', ['words', 'a string']),
                            ('race f, sgd(x, y, lr=0.1), adam(x, y, lr=0.1), steps=20',
                             ['sgd(lr=0.1)', 'f at 5', 'f at 20', '0.00132923'])):
            _, out = self.run_cell(code)
            data = [m['content']['data'] for m in out if m['msg_type'] == 'display_data'][0]
            for cell in cells:
                self.assertRegex(data['text/html'], f'>[^<]*{re.escape(cell)}[^<]*</t[dh]>')
                self.assertIn(cell, data['text/plain'])
            self.assertIn(r'\begin{tabular}', data['text/latex'])
        _, out = self.run_cell('race f, sgd(x, y, lr=1e300), adam(x, y, lr=0.1), steps=3')
        self.assertIn('>at step 1</td>', out[0]['content']['data']['text/html'])

    def test_a_muted_descent_shows_nothing(self):
        _, out = self.run_cell('x = 5; f = x^2; opt = sgd(x, lr=0.1);\n'
                               'repeat 20 { forward f; cleargrad; backward f; step };')
        self.assertEqual(out, [])

    def test_what_waits_goes_with_a_cell_that_fails_and_nothing_else(self):
        ids = [self.send(code) for code in ('zz', 'a = 1', 'a = 2')]
        self.assertEqual([self.reply(i)['status'] for i in ids], ['error', 'aborted', 'aborted'])
        for i in ids:
            self.outputs(i)
        self.assertEqual(self.run_cell('a = 3')[0]['status'], 'ok')
        ids = [self.send('zz', stop_on_error=False), self.send('a = 4')]
        self.assertEqual([self.reply(i)['status'] for i in ids], ['error', 'ok'])
        for i in ids:
            self.outputs(i)

    def test_silent_cells_say_and_count_nothing(self):
        before = self.run_cell('1')[0]['execution_count']
        request = self.send('print 1; 2', silent=True)
        self.assertEqual(self.outputs(request), [])
        self.assertEqual(self.reply(request)['execution_count'], before)

    def test_expressions_beside_a_cell(self):
        reply, _ = self.run_cell('q = 6', user_expressions={'a': 'q*7', 'b': 'nothing_here'})
        self.assertEqual(reply['user_expressions']['a']['data']['text/plain'], '42')
        self.assertEqual(reply['user_expressions']['b']['status'], 'error')

    def test_an_expression_that_fails_changes_nothing(self):
        self.run_cell('x = 2; def f() { x := 5; return nosuch }')
        reply, _ = self.run_cell('x := 3;', user_expressions={'a': 'f()', 'b': 'x'})
        self.assertEqual(reply['user_expressions']['a']['status'], 'error')
        self.assertEqual(reply['user_expressions']['b']['data']['text/plain'], '3')
        self.run_cell('undo;')
        _, out = self.run_cell('print x')
        self.assertEqual(self.text(out), '2\n')

    def test_time_prints_a_time(self):
        _, out = self.run_cell('time { x = 1 }')
        self.assertRegex(self.text(out) + self.text(out, 'stderr'), r'\d')

    def test_quit_asks_the_client_and_the_kernel_lives(self):
        reply, _ = self.run_cell('quit')
        self.assertEqual(reply['payload'][0]['source'], 'ask_exit')
        self.assertEqual(self.run_cell('1')[0]['status'], 'ok')

    def test_a_comm_is_closed(self):
        m = self.client.session.msg('comm_open', {'comm_id': 'c1', 'target_name': 't', 'data': {}})
        self.client.shell_channel.send(m)
        out = self.outputs(m['header']['msg_id'])
        self.assertEqual((out[0]['msg_type'], out[0]['content']['comm_id']), ('comm_close', 'c1'))

    def test_restart_of_the_session_empties_it(self):
        self.run_cell('unlikely = 1')
        self.run_cell('restart')
        self.assertEqual(self.run_cell('unlikely')[0]['status'], 'error')


class Asking(KernelCase):
    def ask(self, code, answers):
        request = self.send(code, allow_stdin=True)
        for answer in answers:
            m = self.client.get_stdin_msg(timeout=20)
            self.assertEqual(m['msg_type'], 'input_request')
            self.client.input(answer)
        out = self.outputs(request)
        return self.reply(request), out

    def test_a_walk_asks(self):
        self.run_cell('x, y = 2, 3; f = x*y;')
        reply, out = self.ask('walk f, ask=true', ['n', '', 'q'])
        self.assertEqual(reply['status'], 'ok')
        self.assertIn('walk left', self.text(out))

    def test_a_walk_where_nobody_can_be_asked_runs_through(self):
        self.run_cell('x, y = 2, 3; f = x*y;')
        reply, out = self.run_cell('walk f, ask=true')
        self.assertEqual(reply['status'], 'ok')
        self.assertIn('Nothing stored', self.text(out))

    def test_an_interrupt_ends_a_question(self):
        self.run_cell('x, y = 2, 3; f = x*y;')
        for how in (self.manager.interrupt_kernel, self.by_message):
            request = self.send('walk f, ask=true', allow_stdin=True)
            self.client.get_stdin_msg(timeout=20)
            how()
            out = self.outputs(request, timeout=10)
            self.assertEqual(self.reply(request)['status'], 'ok')
            self.assertIn('walk left', self.text(out))
        self.assertEqual(self.run_cell('1')[0]['status'], 'ok')

    def by_message(self):
        self.client.control_channel.send(self.client.session.msg('interrupt_request', {}))

    def test_a_lesson_offers_its_cells(self):
        def offered(reply):
            return [p['text'] for p in reply['payload'] if p['source'] == 'set_next_input']
        reply, out = self.run_cell('lesson 3')
        self.assertIn('Accumulation', self.text(out))
        for _ in range(4):
            line = offered(reply)
            self.assertEqual(len(line), 1)
            reply, out = self.run_cell(line[0])
            self.assertEqual(reply['status'], 'ok')
            told = self.text(out)
        reply, out = self.run_cell(offered(reply)[0])
        told += self.text(out)
        self.assertIn('Make x forget its gradient', told)
        self.assertEqual(offered(reply), [])
        self.assertIn('The command is cleargrad', self.text(self.run_cell('#')[1]))
        reply, out = self.run_cell('#')
        self.assertEqual(offered(reply), ['cleargrad'])
        reply, out = self.run_cell('cleargrad')
        self.assertIn('right', self.text(out))
        self.assertEqual(len(offered(reply)), 1)
        self.run_cell('lesson stop')


class Stopping(KernelCase):
    LOOPS = ('while true { }', 'i = 0; while true { i = i + 1 }',
             'x = 5; f = x^2; opt = sgd(x, lr=1e-9); minimize f, opt, steps=1000000000000;')

    def stopped_within(self, stop):
        best = 1e9
        for code in self.LOOPS:
            for _ in range(3):
                request = self.send(code)
                time.sleep(0.4)
                begun = time.monotonic()
                stop()
                reply = self.reply(request, timeout=20)
                best = min(best, time.monotonic() - begun)
                self.assertEqual(reply['ename'], 'stopped')
                self.outputs(request)
        return best

    def test_by_signal_within_50_ms(self):
        self.assertLess(self.stopped_within(lambda: os.kill(self.pid(), signal.SIGINT)),
                        0.05 * PATIENCE)

    def test_by_message_within_50_ms(self):
        self.assertLess(self.stopped_within(
            lambda: self.client.control_channel.send(
                self.client.session.msg('interrupt_request', {}))), 0.05 * PATIENCE)

    def test_an_idle_kernel_outlives_interrupts(self):
        for _ in range(20):
            os.kill(self.pid(), signal.SIGINT)
        self.assertEqual(self.run_cell('1')[0]['status'], 'ok')

    def test_control_answers_while_a_cell_runs(self):
        request = self.send('while true { }')
        time.sleep(0.2)
        m = self.client.session.msg('kernel_info_request', {})
        self.client.control_channel.send(m)
        while self.client.get_control_msg(timeout=5)['msg_type'] != 'kernel_info_reply':
            pass
        self.manager.interrupt_kernel()
        self.reply(request)
        self.outputs(request)


class Bounds(KernelCase):
    def test_first_answer_within_300_ms(self):
        def first():
            m = KernelManager(kernel_name='nabla')
            m.start_kernel()
            c = m.client()
            c.start_channels()
            c.kernel_info()
            c.get_shell_msg(timeout=30)
            spent.append(time.monotonic() - begun[0])
            c.stop_channels()
            m.shutdown_kernel(now=True)
        spent, begun = [], [0]
        for _ in range(5):
            begun[0] = time.monotonic()
            first()
        self.assertLess(min(spent), 0.3 * PATIENCE)

    def test_one_plus_one_within_5_ms(self):
        def one():
            request = self.send('1 + 1')
            self.reply(request)
            self.outputs(request)
        self.assertLess(self.quickest(200, one), 0.005 * PATIENCE)

    def test_thirty_megabytes_of_text_survive(self):
        line = 'a' * 99
        reply, out = self.run_cell('repeat 300000 { print "%s" }' % line)
        self.assertEqual(reply['status'], 'ok')
        self.assertEqual(len(self.text(out)), 1 << 20)
        self.assertIn('29 MB of output left out', self.text(out, 'stderr'))
        self.assertEqual(self.run_cell('1')[0]['status'], 'ok')

    def test_memory_stays_over_ten_thousand_cells(self):
        if '/san' in PROGRAM or '/tsan' in PROGRAM or 'valgrind' in PROGRAM:
            self.skipTest('a sanitizer keeps what was freed')
        def some(n):
            for i in range(n):
                # nothing that undo would keep: that has a limit of its own
                request = self.send('print f, x\nf')
                self.reply(request)
                self.outputs(request)
        cells = int(os.environ.get('NB_CELLS', '10000'))
        self.run_cell('x, y = 2, 3; f = x*y + x^2; g = f*2; graph f')
        some(cells // 10)
        before = self.memory()
        some(cells)
        self.assertLess(self.memory() - before, 1000)


class Ending(KernelCase):
    def start(self, **env):
        m = KernelManager(kernel_name='nabla')
        m.start_kernel(env=dict(os.environ, **env))
        c = m.client()
        c.start_channels()
        c.wait_for_ready(timeout=30)
        return m, c

    def gone(self, process, seconds):
        end = time.monotonic() + seconds * max(1, PATIENCE)
        while time.monotonic() < end:
            if process.poll() is not None:
                return True
            time.sleep(0.02)
        return False

    def test_a_shutdown_ends_a_cell_that_runs(self):
        m, c = self.start()
        c.execute('while true { }')
        time.sleep(0.3)
        process = m.provisioner.process
        c.control_channel.send(c.session.msg('shutdown_request', {'restart': False}))
        self.assertTrue(self.gone(process, 3))
        self.assertEqual(process.returncode, 0)
        c.stop_channels()
        m.cleanup_resources()

    def test_a_shutdown_on_the_shell_channel(self):
        m, c = self.start()
        process = m.provisioner.process
        c.shell_channel.send(c.session.msg('shutdown_request', {'restart': False}))
        self.assertTrue(self.gone(process, 3))
        c.stop_channels()
        m.cleanup_resources()

    def test_restart_begins_empty(self):
        m, c = self.start()
        request = c.execute('x = 1')
        c.get_shell_msg(timeout=10)
        m.restart_kernel(now=False)
        c.wait_for_ready(timeout=30)
        request = c.execute('x')
        while True:
            r = c.get_shell_msg(timeout=10)
            if r['parent_header'].get('msg_id') == request:
                break
        self.assertEqual(r['content']['status'], 'error')
        c.stop_channels()
        m.shutdown_kernel(now=True)
