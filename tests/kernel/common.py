"""common.py -- a running kernel and what its clients see, for the tests"""
import os
import queue
import time
import unittest

from jupyter_client.manager import KernelManager

ROOT = os.environ['NB_ROOT']
PROGRAM = os.environ['NB_PROGRAM']
# What a measured time may be multiplied with: sanitizers, valgrind, a loaded machine.
PATIENCE = float(os.environ.get('NB_PATIENCE', '1'))


class KernelCase(unittest.TestCase):
    """One kernel for all tests of a class."""

    @classmethod
    def setUpClass(cls):
        cls.manager = KernelManager(kernel_name='nabla')
        cls.manager.start_kernel()
        cls.client = cls.manager.client()
        cls.client.start_channels()
        cls.client.wait_for_ready(timeout=30)
        while True:
            try:
                cls.client.get_iopub_msg(timeout=0.3)
            except queue.Empty:
                break

    @classmethod
    def tearDownClass(cls):
        cls.client.stop_channels()
        cls.manager.shutdown_kernel(now=False)

    def send(self, code, **how):
        how.setdefault('allow_stdin', False)
        return self.client.execute(code, **how)

    def reply(self, request, timeout=60):
        while True:
            m = self.client.get_shell_msg(timeout=timeout)
            if m['parent_header'].get('msg_id') == request:
                return m['content']

    def outputs(self, request, timeout=60):
        """What was published for a request, up to idle, without states."""
        out = []
        while True:
            m = self.client.get_iopub_msg(timeout=timeout)
            if m['parent_header'].get('msg_id') != request:
                continue
            if m['msg_type'] == 'status':
                if m['content']['execution_state'] == 'idle':
                    return out
                continue
            out.append(m)

    def run_cell(self, code, **how):
        request = self.send(code, **how)
        out = self.outputs(request)
        return self.reply(request), out[1:]

    def text(self, outputs, name='stdout'):
        return ''.join(m['content']['text'] for m in outputs
                       if m['msg_type'] == 'stream' and m['content']['name'] == name)

    def kinds(self, outputs):
        return [m['content'].get('name', m['msg_type']) for m in outputs]

    def pid(self):
        return self.manager.provisioner.process.pid

    def memory(self):
        """Resident, in kB."""
        with open(f'/proc/{self.pid()}/status') as f:
            return [int(line.split()[1]) for line in f if line.startswith('VmRSS')][0]

    def quickest(self, times, action):
        """The shortest of some runs: what others do on the machine lengthens the rest."""
        best = 1e9
        for _ in range(times):
            begun = time.monotonic()
            action()
            best = min(best, time.monotonic() - begun)
        return best
