"""browser.py -- a headless Chromium, driven over its own protocol"""
import asyncio
import base64
import json
import shutil
import subprocess
import tempfile
import urllib.request

from tornado.websocket import websocket_connect


class Browser:
    def __init__(self, width=1100, height=1600):
        self.profile = tempfile.mkdtemp(prefix='chromium-')
        self.process = subprocess.Popen(
            ['chromium', '--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars',
             '--remote-debugging-port=0', '--remote-allow-origins=*',
             f'--window-size={width},{height}', f'--user-data-dir={self.profile}', 'about:blank'],
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        for line in self.process.stderr:
            if 'DevTools listening on' in line:
                self.port = line.split('ws://')[1].split('/')[0]
                break
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        pages = json.load(urllib.request.urlopen(f'http://{self.port}/json'))
        url = [p for p in pages if p['type'] == 'page'][0]['webSocketDebuggerUrl']
        self.n = 0
        self.socket = self.wait(websocket_connect(url, max_message_size=1 << 28))

    def wait(self, future, seconds=60):
        return self.loop.run_until_complete(asyncio.wait_for(future, seconds))

    def call(self, method, **params):
        self.n += 1
        self.wait(self.socket.write_message(
            json.dumps({'id': self.n, 'method': method, 'params': params})))
        while True:
            m = json.loads(self.wait(self.socket.read_message()))
            if m.get('id') == self.n:
                return m.get('result', m)

    def open(self, url):
        self.call('Page.navigate', url=url)

    def js(self, code):
        r = self.call('Runtime.evaluate', expression=code, returnByValue=True, awaitPromise=True)
        return r.get('result', {}).get('value')

    def until(self, code, seconds=60):
        """Polls until the expression is true; its value."""
        import time
        end = time.time() + seconds
        while time.time() < end:
            v = self.js(code)
            if v:
                return v
            time.sleep(0.1)
        raise TimeoutError(code)

    def key(self, key, code=0, modifiers=0):
        for kind in ('rawKeyDown', 'keyUp'):
            self.call('Input.dispatchKeyEvent', type=kind, key=key, windowsVirtualKeyCode=code,
                      modifiers=modifiers)

    def type(self, text):
        self.call('Input.insertText', text=text)

    def picture(self, path, **clip):
        extra = {'clip': dict(clip, scale=1), 'captureBeyondViewport': True} if clip else {}
        data = self.call('Page.captureScreenshot', format='png', **extra)['data']
        with open(path, 'wb') as f:
            f.write(base64.b64decode(data))

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)
