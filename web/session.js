// session.js -- the page's side of the worker: messages to it, answers from it, a new one when it ends
const ROOM = 1 << 20; // bytes of messages in shared memory

export function bestMode(wanted) {
  if (wanted) return wanted;
  if ("Suspending" in WebAssembly) return "jspi";
  return self.crossOriginIsolated ? "shared" : "plain";
}

export class Session {
  /* assets: { worker(): Worker, graphviz(): Worker, module, fonts, files }; on: calls by the
     names of messages. */
  constructor(assets, mode, on) {
    Object.assign(this, { assets, mode, on, ids: 0, busy: 0 });
  }
  start(columns) {
    this.waiting = new Map();
    this.queue = [];
    this.busy = 0;
    this.worker = this.assets.worker();
    this.mailbox = this.mode === "shared" ? new SharedArrayBuffer(ROOM + 16) : null;
    this.worker.onmessage = e => this.take(e.data);
    this.worker.onerror = e => {
      e.preventDefault();
      this.take({ died: e.message || "the program ended" });
    };
    this.worker.postMessage({ start: { mode: this.mode, mailbox: this.mailbox, columns,
      module: this.assets.module, fonts: this.assets.fonts, files: { ...this.assets.files, ...this.own } } });
    return new Promise(r => this.begun = r);
  }
  take(m) {
    if (m.done !== undefined) {
      const yes = this.waiting.get(m.done);
      this.waiting.delete(m.done);
      if (m.home) this.own = m.home;
      this.busy--;
      this.on.busy(this.busy);
      yes && yes(m);
    } else if (m.ready) {
      this.begun(m);
    } else if (m.job) {
      this.layout(m);
    } else if (m.died !== undefined) {
      this.end();
      this.on.died(m);
    } else {
      const kind = Object.keys(m).find(k => this.on[k]);
      if (kind) this.on[kind](m);
    }
  }
  // Graphviz blocks: it has a worker of its own, which outlives this one.
  layout(m) {
    this.graphviz ||= this.assets.graphviz();
    const to = this;
    this.graphviz.onmessage = e => to.send({ layout: e.data.number, text: e.data.text });
    this.graphviz.postMessage({ number: m.layout, job: m.job });
  }
  send(m) {
    if (!this.mailbox || m.bytes) {
      this.worker && this.worker.postMessage(m);
    } else {
      this.queue.push(new TextEncoder().encode(JSON.stringify(m)));
      this.post();
    }
  }
  post() {
    const words = new Int32Array(this.mailbox), room = new Uint8Array(this.mailbox, 16);
    while (this.queue.length) {
      const b = this.queue[0];
      let to = Atomics.load(words, 1);
      if (to - Atomics.load(words, 2) + b.length + 4 > room.length) {
        setTimeout(() => this.post(), 5);
        break;
      }
      this.queue.shift();
      for (const v of [b.length, b.length >> 8, b.length >> 16, b.length >> 24]) room[to++ % room.length] = v;
      for (const v of b) room[to++ % room.length] = v;
      Atomics.store(words, 1, to);
    }
    Atomics.add(words, 0, 1);
    Atomics.notify(words, 0);
    this.worker.postMessage({ mail: true });
  }
  ask(m) {
    const id = ++this.ids;
    this.busy++;
    this.on.busy(this.busy);
    return new Promise(yes => {
      this.waiting.set(id, yes);
      this.send({ ...m, id });
    });
  }
  end() {
    this.worker && this.worker.terminate();
    this.worker = null;
    this.busy = 0;
    for (const yes of this.waiting.values()) yes({ ended: true });
    this.waiting.clear();
    this.on.busy(0);
  }
}
