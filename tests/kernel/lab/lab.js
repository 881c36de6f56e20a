// lab.js -- JupyterLab's client talks to the kernel: lab.js URL prints what it saw as JSON
globalThis.WebSocket = globalThis.WebSocket || require('ws');
const { KernelManager, KernelSpecManager, ServerConnection } = require('@jupyterlab/services');

async function cell(kernel, code, extra) {
  const seen = [];
  const future = kernel.requestExecute(Object.assign({ code }, extra));
  future.onIOPub = m => {
    if (!['status', 'execute_input'].includes(m.header.msg_type))
      seen.push([m.header.msg_type, m.content]);
  };
  future.onStdin = m => {
    if (m.header.msg_type === 'input_request')
      kernel.sendInputReply({ value: 'q', status: 'ok' }, m.header);
  };
  const reply = await future.done;
  return { status: reply.content.status, ename: reply.content.ename, seen };
}

(async () => {
  const serverSettings = ServerConnection.makeSettings({
    baseUrl: process.argv[2], wsUrl: process.argv[2].replace('http', 'ws'),
    WebSocket: require('ws')
  });
  const specs = new KernelSpecManager({ serverSettings });
  await specs.ready;
  const spec = specs.specs.kernelspecs.nabla;
  const manager = new KernelManager({ serverSettings });
  const kernel = await manager.startNew({ name: 'nabla' });
  const info = await kernel.info;
  const out = { display: spec.display_name, language: info.language_info };
  out.value = await cell(kernel, '6*7');
  out.picture = await cell(kernel, 'x, y = 2, 3; f = x*y;\ngraph f');
  out.error = await cell(kernel, 'x + zz');
  out.asked = await cell(kernel, 'walk f, ask=true', { allow_stdin: true });
  out.complete = (await kernel.requestComplete({ code: 'minim', cursor_pos: 5 })).content;
  out.inspect = (await kernel.requestInspect({ code: 'backward', cursor_pos: 3,
                                               detail_level: 0 })).content;
  out.whole = (await kernel.requestIsComplete({ code: 'repeat 3 {' })).content;
  const long = cell(kernel, 'while true { }');
  await new Promise(done => setTimeout(done, 500));
  await kernel.interrupt();
  out.stopped = await long;
  await kernel.restart();
  await kernel.info;
  out.restarted = await cell(kernel, 'x');
  await kernel.shutdown();
  process.stdout.write('\n' + JSON.stringify(out) + '\n', () => process.exit(0));
})().catch(e => { console.error(e); process.exit(1); });
