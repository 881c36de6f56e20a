"""test_hostile.py -- frames of strangers: an error, never a hang, never an answer"""
import hashlib
import hmac
import json
import os
import socket
import struct
import subprocess
import tempfile
import time
import unittest
import uuid

import zmq
from common import PATIENCE, PROGRAM

PORTS = ('shell', 'control', 'iopub', 'stdin', 'hb')


def free_ports(n):
    """Of different numbers: all are held until the last one is found."""
    held = [socket.socket() for _ in range(n)]
    for s in held:
        s.bind(('127.0.0.1', 0))
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


class Raw:
    """A kernel started by hand, and sockets without a client's good manners."""

    def __init__(self, key='a key', env=None, program=PROGRAM, before=(), **more):
        self.key = key.encode()
        self.file = {p + '_port': n for p, n in zip(PORTS, free_ports(len(PORTS)))}
        self.file.update(ip='127.0.0.1', transport='tcp', key=key, signature_scheme='hmac-sha256')
        self.file.update(more)
        fd, self.path = tempfile.mkstemp(suffix='.json')
        with os.fdopen(fd, 'w') as f:
            json.dump(self.file, f)
        self.process = subprocess.Popen([*before, program, '--norc', '--kernel', self.path],
                                        stderr=subprocess.PIPE, text=True,
                                        env=dict(os.environ, **(env or {})))
        self.zmq = zmq.Context()
        self.shell = self.connect(zmq.DEALER, 'shell')

    def connect(self, kind, port):
        s = self.zmq.socket(kind)
        s.linger = 0
        s.connect(f'tcp://127.0.0.1:{self.file[port + "_port"]}')
        return s

    def frames(self, kind, content, key=None):
        header = {'msg_id': uuid.uuid4().hex, 'msg_type': kind, 'session': 's', 'username': 'u',
                  'date': '2020-01-01T00:00:00Z', 'version': '5.3'}
        parts = [json.dumps(header).encode(), b'{}', b'{}',
                 content if isinstance(content, bytes) else json.dumps(content).encode()]
        h = hmac.new(self.key if key is None else key, b''.join(parts), hashlib.sha256)
        return [b'<IDS|MSG>', h.hexdigest().encode()] + parts

    def answer(self, seconds=10, channel=None):
        channel = channel or self.shell
        if not channel.poll(int(seconds * 1000 * max(1, PATIENCE))):
            return None
        return channel.recv_multipart()

    def ask(self, kind='kernel_info_request', content=None):
        self.shell.send_multipart(self.frames(kind, content or {}))
        return self.answer()

    def end(self):
        self.process.kill()
        self.process.wait()
        said = self.process.stderr.read()
        self.process.stderr.close()
        self.zmq.destroy(linger=0)
        os.unlink(self.path)
        return said


class Hostile(unittest.TestCase):
    def setUp(self):
        self.raw = Raw()
        self.assertIsNotNone(self.raw.ask())

    def tearDown(self):
        self.raw.end()

    def refused(self, *frames):
        self.raw.shell.send_multipart(list(frames))
        self.assertIsNotNone(self.raw.ask())
        self.assertIsNone(self.raw.process.poll())

    def test_a_wrong_key(self):
        self.refused(*self.raw.frames('shutdown_request', {}, key=b'another'))

    def test_no_signature(self):
        f = self.raw.frames('execute_request', {'code': 'quit'})
        f[1] = b''
        self.refused(*f)

    def test_wrong_json(self):
        for content in (b'', b'{', b'[]', b'{"code": ', b'\xff\xfe', b'[' * 100000, b'null'):
            self.refused(*self.raw.frames('execute_request', content))

    def test_half_a_message(self):
        f = self.raw.frames('execute_request', {'code': '1'})
        for n in range(1, len(f)):
            self.refused(*f[:n])

    def test_frames_without_end(self):
        self.refused(*([b'x'] * 5000))
        self.refused(*([b'id'] * 40 + self.raw.frames('kernel_info_request', {})))

    def test_wrong_types_in_a_request(self):
        for content in ({'code': 7}, {'code': None}, {'code': ['x']}, {},
                        {'code': '1', 'silent': 'no', 'user_expressions': 7},
                        {'code': 'x\u0000y'}, {'code': '\ud800'.encode('utf-8', 'surrogatepass')
                                               .decode('latin-1')}):
            self.assertIsNotNone(self.raw.ask('execute_request', content))
        for content in ({'code': 'min', 'cursor_pos': -5}, {'code': '∂', 'cursor_pos': 10**12},
                        {'code': 'f("', 'cursor_pos': 3}, {'cursor_pos': 1}):
            self.assertIsNotNone(self.raw.ask('complete_request', content))
            self.assertIsNotNone(self.raw.ask('inspect_request', content))
        for content in ({'hist_access_type': 'range', 'start': -9, 'stop': 10**9, 'session': 'x'},
                        {'hist_access_type': 'search', 'pattern': '[', 'n': -1}, {}):
            self.assertIsNotNone(self.raw.ask('history_request', content))

    def test_a_recorded_message_is_refused(self):
        f = self.raw.frames('execute_request', {'code': 'seen = 1', 'silent': False})
        self.raw.shell.send_multipart(f)
        self.assertIsNotNone(self.raw.answer())
        self.refused(*f)  # the next answer is that of another request
        self.assertIsNone(self.raw.answer(0.2))

    def test_bytes_that_are_no_text_are_valid_json_in_every_answer(self):
        listener = self.raw.connect(zmq.SUB, 'iopub')
        listener.setsockopt(zmq.SUBSCRIBE, b'')
        for code in (b'"\xff\xfe"', b'print "\xe2\x28"', b'x\xc3 = 1', b'# \xed\xa0\x80', b'load "\xf5.nabla"'):
            escaped = code.replace(b'"', b'\\"')
            content = b'{"code": "' + escaped + b'", "user_expressions": {"\xff": "1\xff"}}'
            self.raw.shell.send_multipart(self.raw.frames('execute_request', content))
            answer = self.raw.answer()
            for part in answer[2:6]:
                json.loads(part.decode())
            while listener.poll(int(300 * max(1, PATIENCE))):
                for part in listener.recv_multipart()[3:7]:
                    json.loads(part.decode())

    def test_an_unknown_request_is_passed_over(self):
        self.refused(*self.raw.frames('make_coffee_request', {}))

    def test_a_huge_cell_is_answered(self):
        code = 'x = 1; ' * int(300000 / max(1, PATIENCE)) + 'x'
        self.assertIsNotNone(self.raw.ask('execute_request', {'code': code}))

    def test_a_huge_message_ends_only_its_connection(self):
        stranger = self.raw.connect(zmq.DEALER, 'shell')
        stranger.send_multipart(self.raw.frames('execute_request', b'x' * (80 << 20)))
        time.sleep(0.5)
        self.assertIsNotNone(self.raw.ask())

    def test_bytes_that_are_no_protocol(self):
        for port in PORTS:
            with socket.create_connection(('127.0.0.1', self.raw.file[port + '_port'])) as s:
                s.sendall(os.urandom(2000))
            with socket.create_connection(('127.0.0.1', self.raw.file[port + '_port'])) as s:
                s.sendall(b'\xff' + struct.pack('>Q', 1 << 62) + b'\x7f')
        self.assertIsNotNone(self.raw.ask())

    def test_half_a_frame_and_silence(self):
        open_ones = []
        for port in PORTS:
            s = socket.create_connection(('127.0.0.1', self.raw.file[port + '_port']))
            s.sendall(b'\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03')
            open_ones.append(s)
        self.assertIsNotNone(self.raw.ask())
        for s in open_ones:
            s.close()

    def test_heartbeats_while_a_cell_runs(self):
        heart = self.raw.connect(zmq.REQ, 'hb')
        self.raw.shell.send_multipart(self.raw.frames('execute_request', {'code': 'while true { }'}))
        time.sleep(0.2)
        for beat in (b'ping', b'', b'x' * 100000):
            heart.send(beat)
            self.assertEqual(self.raw.answer(channel=heart), [beat])

    def test_it_says_what_it_leaves_out(self):
        self.refused(*self.raw.frames('execute_request', {}, key=b'another'))
        self.assertIn('its signature is wrong', self.raw.end())
        self.raw = Raw()


class Beginning(unittest.TestCase):
    def said(self, text):
        with tempfile.NamedTemporaryFile('w', suffix='.json') as f:
            f.write(text)
            f.flush()
            r = subprocess.run([PROGRAM, '--kernel', f.name], capture_output=True, text=True,
                               timeout=30)
        self.assertEqual(r.returncode, 1)
        return r.stderr

    def test_files_that_are_none(self):
        self.assertIn('no JSON object', self.said(''))
        self.assertIn('no JSON object', self.said('[1, 2]'))
        self.assertIn('signature_scheme', self.said('{"signature_scheme": "md5"}'))
        r = subprocess.run([PROGRAM, '--kernel', '/nowhere.json'], capture_output=True, text=True)
        self.assertEqual(r.returncode, 1)
        self.assertIn('/nowhere.json', r.stderr)

    def test_a_port_that_is_taken(self):
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            s.listen()
            raw = Raw(shell_port=s.getsockname()[1])
            self.assertEqual(raw.process.wait(timeout=20), 1)
            self.assertIn('cannot listen', raw.end())

    def test_without_a_key_nothing_is_signed(self):
        raw = Raw(key='')
        f = raw.frames('kernel_info_request', {})
        f[1] = b''
        raw.shell.send_multipart(f)
        answer = raw.answer()
        self.assertEqual(answer[1], b'')
        raw.end()

    def test_it_ends_with_its_parent(self):
        parent = subprocess.Popen(['sleep', '100'])
        raw = Raw(env={'JPY_PARENT_PID': str(parent.pid)})
        self.assertIsNotNone(raw.ask())
        raw.shell.send_multipart(raw.frames('execute_request', {'code': 'while true { }'}))
        time.sleep(0.2)
        self.assertIsNone(raw.process.poll())
        parent.kill()
        parent.wait()
        self.assertEqual(raw.process.wait(timeout=10 * max(1, PATIENCE)), 0)
        raw.end()

    def test_a_signal_ends_it(self):
        raw = Raw()
        self.assertIsNotNone(raw.ask())
        raw.process.terminate()
        self.assertEqual(raw.process.wait(timeout=10 * max(1, PATIENCE)), 143)
        raw.end()
