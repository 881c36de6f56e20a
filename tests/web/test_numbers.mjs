// test_numbers.mjs -- samples and lessons print the same bytes in the page's program as the native one
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const native = path.resolve("build/own/nabla");
const scripts = ["samples", "samples/lessons"].flatMap(folder => fs.readdirSync(folder)
  .filter(f => f.endsWith(".nabla")).map(f => `${folder}/${f}`));

function both(script) {
  const copy = fs.mkdtempSync(path.resolve("build/samples-"));
  try {
    fs.cpSync("samples", copy, { recursive: true });
    const at = path.join(copy, path.relative("samples", script)), many = { encoding: "utf8", maxBuffer: 1 << 26 };
    const want = spawnSync(native, ["--no-window", "--norc", path.basename(at)],
      { ...many, cwd: path.dirname(at), env: { ...process.env, NABLA_WORKER: native } });
    const got = spawnSync("node", ["tests/web/script.mjs", "build/wasm/nabla.wasm", script], many);
    return [want, got];
  } finally {
    fs.rmSync(copy, { recursive: true });
  }
}

export const tests = Object.fromEntries(scripts.map(script => [
  `${path.basename(script, ".nabla")}_prints_what_the_native_program_prints`, async () => {
    const [want, got] = both(script);
    assert.equal(got.stdout, want.stdout);
    assert.equal(got.status, want.status);
  },
]));
tests.the_page_is_small_enough_to_load = async () => {
  const bytes = fs.readFileSync("build/web-sizes.txt", "utf8").trim().split("\n")
    .reduce((n, line) => n + Number(line.split(" ")[1]), 0);
  console.log(`  ${bytes} bytes compressed`);
  assert.ok(bytes <= 2500000);
};
