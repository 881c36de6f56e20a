"""test_memory.py -- memory refused: an error in the cell, an answer to every request, a session that stays"""
import json
import os
import subprocess
import tempfile
import unittest

from common import PROGRAM
from test_hostile import Raw

FAULTY = os.path.join(os.environ['NB_BUILD'], 'tests', 'torture', 'nabla')
PARTS = int(os.environ.get('NB_REFUSED', '40'))  # requests for memory that are refused, one a kernel
REQUESTS = [
    ('execute_request', {'code': 'x, y = 2, 3\nf = x*y + x^2\nbackward f; backward f;\nf'}),
    ('execute_request', {'code': 'graph f\nvars\nexplain x, of=f\nwalk f'}),
    ('execute_request', {'code': 'opt = sgd(x, y, lr=0.01)\nminimize f, opt, steps=30'}),
    ('execute_request', {'code': 'x + unknwn'}),
    ('execute_request', {'code': 'repeat 3 { print "∂" }', 'user_expressions': {'a': 'f'}}),
    ('complete_request', {'code': 'minim', 'cursor_pos': 5}),
    ('inspect_request', {'code': 'backward', 'cursor_pos': 3}),
    ('is_complete_request', {'code': 'repeat 3 {'}),
    ('history_request', {'hist_access_type': 'tail', 'n': 5}),
    ('kernel_info_request', {}),
]


class Faulty(Raw):
    def __init__(self, orders):
        super().__init__(env={'NB_FAULTS': orders}, program=FAULTY)

    def content(self, kind, content):
        m = self.ask(kind, content)
        return m and json.loads(m[m.index(b'<IDS|MSG>') + 5])

    def requests(self):
        return [self.content(*r) for r in REQUESTS]


@unittest.skipIf(os.environ.get('VALGRIND') == '1' or not os.path.exists(FAULTY), 'no such program')
class Refused(unittest.TestCase):
    def counted(self, requests):
        """How often memory is asked for up to the end, which is counted itself."""
        with tempfile.TemporaryDirectory() as d:
            raw = Faulty(f'count memory {d}/n')
            self.assertIsNotNone(raw.ask())
            if requests:
                self.assertEqual([c['status'] for c in raw.requests()],
                                 ['ok', 'ok', 'ok', 'error'] + ['ok'] * 3 + ['incomplete', 'ok', 'ok'])
            raw.ask('shutdown_request')
            raw.process.wait(timeout=20)
            raw.end()
            with open(f'{d}/n.found') as f:
                return int(f.read().split()[1])

    def test_a_request_for_memory_that_is_refused(self):
        first, last = self.counted(False), self.counted(True)
        self.assertGreater(last, first + 1000)
        for i in range(PARTS):
            at = first + (last - first) * i // PARTS
            with self.subTest(at=at):
                raw = Faulty(f'memory at {at}')
                try:
                    self.assertIsNotNone(raw.ask(), raw.process.poll())
                    for request, c in zip(REQUESTS, raw.requests()):
                        self.assertIsNotNone(c, request)
                        self.assertIn(c['status'], ('ok', 'error', 'incomplete'), request)
                    sum_ = ('execute_request', {'code': 'a = 6*7', 'user_expressions': {'a': 'a'}})
                    c = raw.content(*sum_)
                    if c['status'] == 'error':  # it was the one
                        self.assertEqual(c['ename'], 'out of memory')
                        c = raw.content(*sum_)
                    self.assertEqual(c['user_expressions']['a']['data'], {'text/plain': '42'})
                    self.assertIsNone(raw.process.poll())
                finally:
                    raw.end()

    def test_memory_that_stays_refused_ends_nothing_by_a_crash(self):
        first, last = self.counted(False), self.counted(True)
        for i in range(PARTS // 10):
            raw = Faulty(f'memory from {first + (last - first) * i * 10 // PARTS}')
            try:
                for kind, content in REQUESTS:
                    raw.shell.send_multipart(raw.frames(kind, content))
                    raw.answer(0.3)
                self.assertIn(raw.process.poll(), (None, 1))
            finally:
                raw.end()


@unittest.skipIf(any(name in PROGRAM for name in ('/san', '/tsan', 'valgrind')),
                 'a checker needs addresses without end')
class Limited(unittest.TestCase):
    def test_a_cell_too_large_is_an_error(self):
        raw = Raw(before=['prlimit', '--as=700000000'])
        try:
            self.assertIsNotNone(raw.ask())
            for code in ('x = 1; z = zeros(20000, 20000)', 's = rand(100, 100); while true { s = concat([s, s]) }',
                         'w = 1; while true { w = w*1.0000001 + x }'):
                m = raw.ask('execute_request', {'code': code})
                self.assertIsNotNone(m, code)
                c = json.loads(m[-1])
                self.assertEqual((c['status'], c['ename']), ('error', 'out of memory'), code)
            m = raw.ask('execute_request', {'code': '1', 'user_expressions': {'x': 'x'}})
            self.assertEqual(json.loads(m[-1])['status'], 'ok')
        finally:
            raw.end()
