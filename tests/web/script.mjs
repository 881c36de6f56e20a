// script.mjs -- one script in the page's program, without a browser: as `nabla FILE` prints it
//
//   node tests/web/script.mjs PROGRAM.wasm SCRIPT
import fs from "node:fs";
import path from "node:path";
import { program, Files } from "../../web/program.js";

const [wasm, script] = process.argv.slice(2);
const files = new Files(), folder = path.dirname(script);
for (const e of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
  const at = path.join(e.path, e.name);
  if (e.isFile()) files.write(path.relative(folder, at), fs.readFileSync(at));
}
const nothing = () => {};
const on = {
  write: (error, text) => fs.writeSync(error ? 2 : 1, text),
  progress: nothing, offer: nothing, typed: nothing, wrote: nothing, asks: nothing, wait: nothing,
  canAsk: () => false, letters: (text, size) => 0.6 * size * text.length, family: nothing,
  knows: () => true, text: () => 0, window: nothing, frame: nothing,
  pixels: (op, w, h) => new Uint8Array(4 * w * h), picture: () => new Uint8Array(8),
  layoutCancel: nothing,
  // Nodes in a row: where they stand is not printed.
  layout(number, job) {
    const [, n, m] = job.split("\n")[0].split(" ").map(Number);
    const answer = "ok 100 100\n" + "50 50\n".repeat(n) + "4 1 1 1 1 1 1 1 1 1 1\n".repeat(m) + "end\n";
    const at = p.give(answer);
    p.raw.layout_answer(number, at, answer.length);
  },
};
const p = await program({ module: new WebAssembly.Module(fs.readFileSync(wasm)), files,
  environment: ["NABLA_LESSONS=lessons"], on });
p.raw.page_start(0, 0);
process.exitCode = p.raw.page_script(p.give(path.basename(script)), 0);
