"""test_search.py -- what is looked up at the cursor: names, files, help, history, comms"""
import os
import subprocess
import tempfile

from common import PROGRAM, KernelCase


class Search(KernelCase):
    def ask(self, type, content):
        m = self.client.session.msg(type, content)
        self.client.shell_channel.send(m)
        return self.reply(m['header']['msg_id'])

    def complete(self, code, at=None):
        c = self.ask('complete_request', {'code': code, 'cursor_pos': len(code) if at is None else at})
        self.assertEqual(c['status'], 'ok')
        return c['matches'], c['cursor_start'], c['cursor_end']

    def help(self, code, at):
        c = self.ask('inspect_request', {'code': code, 'cursor_pos': at, 'detail_level': 0})
        return c['data'].get('text/plain', '').split('\n')[0] if c['found'] else None

    def test_files_complete_in_quotes(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ('a[1].csv', 'a[2].csv', 'b*c.csv', 'bbc.csv', 'häuser.csv'):
                open(os.path.join(folder, name), 'w').close()
            os.mkdir(os.path.join(folder, 'sub'))
            for typed, names in (('a[', ['a[1].csv', 'a[2].csv']), ('b*', ['b*c.csv']),
                                 ('h', ['häuser.csv']), ('su', ['sub/']), ('zz', [])):
                code = f'∂ = csv("{folder}/{typed}'
                want = [os.path.join(folder, n) for n in names]
                self.assertEqual(self.complete(code), (want, 9, len(code)), typed)
        self.assertEqual(self.complete('load "/' + 'x' * 5000)[0], [])

    def test_names_complete_where_the_cursor_stands(self):
        self.run_cell('weight_ß, weight_a = 1, 2;')
        self.assertEqual(self.complete('y = weig + 1', 8), (['weight_a', 'weight_decay', 'weight_ß'], 4, 8))
        self.assertEqual(self.complete('ßß; weight_ß', 12)[1:], (4, 12))
        self.assertEqual(self.complete('')[1:], (0, 0))
        c = self.ask('complete_request', {'code': 'minimi'})  # without a place: the end
        self.assertEqual((c['matches'], c['cursor_start']), (['minimize'], 0))

    def test_help_is_of_the_word_or_of_the_call_around(self):
        sqrt = self.help('sqrt', 2)
        self.assertEqual(sqrt, 'sqrt(x)')
        for code, at in (('sqrt', 0), ('sqrt', 4), ('y = sqrt(', 9), ('y = sqrt((1 + 2), ', 17),
                         ('sqrt(max(1, 2), ', 16), ('y = sqrt + 1', 6)):
            self.assertEqual(self.help(code, at), sqrt, (code, at))
        for code, at in (('', 0), ('(', 1), ('sqrt(\n', 6), (') + ', 4), ('no_such', 3), ('1 + ', 4)):
            self.assertIsNone(self.help(code, at), (code, at))

    def test_history_has_the_inputs_asked_for(self):
        for code in ('h1 = 1;', 'h2 = 2;', 'h1 = 1;'):
            self.run_cell(code)
        how = {'output': False, 'raw': True}
        def history(**more):
            return self.ask('history_request', {**how, **more})['history']
        self.assertEqual([e[2] for e in history(hist_access_type='tail', n=2)], ['h2 = 2;', 'h1 = 1;'])
        self.assertEqual([e[2] for e in history(hist_access_type='search', pattern='h? =*', n=9)],
                         ['h1 = 1;', 'h2 = 2;', 'h1 = 1;'])
        self.assertEqual([e[2] for e in history(hist_access_type='search', pattern='h? =*', n=9, unique=True)],
                         ['h2 = 2;', 'h1 = 1;'])
        self.assertEqual(history(hist_access_type='search', pattern='no such*'), [])
        whole = history(hist_access_type='range', session=0, start=0)
        self.assertEqual([e[2] for e in whole][-3:], ['h1 = 1;', 'h2 = 2;', 'h1 = 1;'])
        last = whole[-1][1]
        part = history(hist_access_type='range', session=0, start=last - 1, stop=last, output=True)
        self.assertEqual(part, [[0, last - 1, ['h2 = 2;', None]]])
        self.assertEqual(history(hist_access_type='range', session=3, start=0), [])

    def test_there_are_no_comms(self):
        self.assertEqual(self.ask('comm_info_request', {}), {'status': 'ok', 'comms': {}})


class Install(KernelCase):
    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def install(self, *arguments, **environment):
        clean = {k: v for k, v in os.environ.items() if k not in ('HOME', 'JUPYTER_DATA_DIR')}
        return subprocess.run([PROGRAM, '--install-kernel', *arguments], env={**clean, **environment},
                              capture_output=True, text=True)

    def test_the_folder_is_chosen_in_order(self):
        with tempfile.TemporaryDirectory() as folder:
            for arguments, environment, base in (
                    ((f'--prefix={folder}/p',), {'HOME': folder}, 'p/share/jupyter'),
                    ((), {'JUPYTER_DATA_DIR': folder + '/d', 'HOME': folder}, 'd'),
                    ((), {'JUPYTER_DATA_DIR': '', 'HOME': folder + '/h'}, 'h/.local/share/jupyter')):
                done = self.install(*arguments, **environment)
                path = f'{folder}/{base}/kernels/nabla/kernel.json'
                self.assertEqual((done.returncode, done.stdout), (0, f'wrote {path}\n'), done.stderr)
                self.assertTrue(os.path.exists(path))
                self.assertTrue(os.path.exists(f'{folder}/{base}/labextensions/nabla/package.json'))

    def test_what_cannot_be_written_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            open(folder + '/file', 'w').close()
            done = self.install(f'--prefix={folder}/file')
            self.assertEqual((done.returncode, done.stderr),
                             (1, f'nabla: cannot make {folder}/file/share/jupyter/labextensions/nabla: Not a directory\n'))
            blocked = folder + '/b/share/jupyter/kernels/nabla/kernel.json'
            os.makedirs(blocked)
            done = self.install(f'--prefix={folder}/b')
            self.assertEqual((done.returncode, done.stderr), (1, f'nabla: cannot write {blocked}: Is a directory\n'))
        for environment in ({}, {'HOME': ''}):
            done = self.install(**environment)
            self.assertEqual((done.returncode, done.stderr),
                             (1, 'nabla: no HOME and no JUPYTER_DATA_DIR: --prefix=DIR says where\n'))
        done = self.install('--prefix=/tmp/' + 'x' * 5000)
        self.assertEqual((done.returncode, done.stderr), (1, 'nabla: the path is too long\n'))
