"""test_protocol.py -- the official suite of Jupyter's protocol against the kernel"""
import unittest

import jupyter_kernel_test


class Protocol(jupyter_kernel_test.KernelTests):
    kernel_name = 'nabla'
    language_name = 'nabla'
    file_extension = '.nabla'
    code_hello_world = 'print "hello, world"'
    code_stderr = 'x = 2; f = x^2; backward f; backward f;'
    completion_samples = [{'text': 'minim', 'matches': {'minimize'}},
                          {'text': 'f = sqr', 'matches': {'sqrt'}}]
    complete_code_samples = ['x = 2', 'def f(x) = x^2', 'repeat 3 { x = 1 }']
    incomplete_code_samples = ['f = (1 +', 'repeat 3 {', "s = [1,"]
    invalid_code_samples = ['x = = 2', 'f = )']
    code_execute_result = [{'code': '1+2+3', 'result': 'ans = 6'},
                           {'code': '6*7', 'result': 'ans = 42'}]
    code_display_data = [{'code': 'x = 2; f = x^2; graph f', 'mime': 'image/png'},
                         {'code': 'vars', 'mime': 'text/html'}]
    code_generate_error = 'y = unknown_name + 1'
    code_inspect_sample = 'backward'
    code_history_pattern = '1?2*'
    supported_history_operations = ('tail', 'range', 'search')


if __name__ == '__main__':
    unittest.main(verbosity=2)
