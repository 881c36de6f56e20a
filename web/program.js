// program.js -- one instance of the program with its files: texts in and out, pictures, waiting
import { Files, wasi } from "./wasi.js";

const reader = new TextDecoder(), writer = new TextEncoder();

/* what: module: WebAssembly.Module; files: Files; environment: ["A=b"]; and calls
     write(error, text), progress(part, text), offer(line), typed(line), wrote(path), asks(prompt),
     canAsk(), wait(ms) (may be a WebAssembly.Suspending), letters(text, size, bold), family(names),
     knows(family), text(string) -> number, window(id, what, kind, title), frame(id, numbers),
     pixels(numbers, w, h) -> bytes of RGBA, picture(form, numbers, w, h, title) -> bytes,
     layout(number, job), layoutCancel(number) */
export async function program(what) {
  const on = what.on;
  let instance, picture;
  const memory = () => instance.exports.memory.buffer;
  const bytes = (p, n) => new Uint8Array(memory(), p, n);
  const text = (p, n) => reader.decode(bytes(p, n).slice());
  const numbers = (p, n) => new Float64Array(memory(), p, n).slice();
  const zero = p => {
    const all = new Uint8Array(memory());
    return text(p, all.indexOf(0, p) - p);
  };
  const streams = [new TextDecoder(), new TextDecoder()];
  const imports = {
    wasi_snapshot_preview1: wasi(what.files, what.environment, memory,
      (fd, b) => on.write(fd === 2, streams[fd - 1].decode(b, { stream: true }))),
    nabla: {
      write: (error, p, n) => on.write(!!error, streams[error].decode(bytes(p, n).slice(), { stream: true })),
      progress: (part, p, n) => on.progress(part, text(p, n)),
      offer: (p, n) => on.offer(text(p, n)),
      typed: (p, n) => on.typed(text(p, n)),
      wrote: (p, n) => on.wrote(text(p, n)),
      asks: (p, n) => on.asks(text(p, n)),
      can_ask: () => on.canAsk() ? 1 : 0,
      wait: on.wait,
      letters: (p, n, size, bold) => on.letters(text(p, n), size, bold),
      family: (p, n) => on.family(text(p, n)),
      knows: (p, n) => on.knows(text(p, n)) ? 1 : 0,
      text: (p, n) => on.text(text(p, n)),
      window: (id, act, kind, title) => on.window(id, act, zero(kind), zero(title)),
      frame: (id, p, n) => on.frame(id, numbers(p, n)),
      pixels(p, n, w, h, to) {
        const rgba = on.pixels(numbers(p, n), w, h), out = new Uint32Array(memory(), to, w * h);
        for (let i = 0; i < w * h; i++) {
          out[i] = rgba[4 * i] << 16 | rgba[4 * i + 1] << 8 | rgba[4 * i + 2];
        }
      },
      picture(form, p, n, w, h, title) {
        picture = on.picture(form, numbers(p, n), w, h, zero(title));
        return picture.length;
      },
      fetch: to => bytes(to, picture.length).set(picture),
      layout: (job, p, n) => on.layout(job, text(p, n)),
      layout_cancel: job => on.layoutCancel(job),
    },
  };
  instance = await WebAssembly.instantiate(what.module, imports);
  const raw = instance.exports;
  raw._initialize();
  // A text in the program's memory, which the call that gets it frees.
  const give = t => {
    const b = writer.encode(t), p = raw.page_room(b.length);
    if (!p) throw new Error("out of memory");
    bytes(p, b.length).set(b);
    return p;
  };
  return { raw, give, zero, text, memory };
}
export { Files };
