// bench_speed.mjs -- the page's program beside the native one: time of the processor, which other work does not lengthen
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const folder = path.resolve("build/speed");
const rosenbrock = n => `def r(x, y) = 100*(y - x^2)^2 + (1 - x)^2
x, y = 0, 2; opt = sgd(x, y, lr=0.0001)
repeat ${n} { f = r(x, y); cleargrad; backward f; step opt }
print x, y
`;
const mlp = n => `const x = rand(128, 784); const t = zeros(128)
m = mlp([256, 128, 10], activation=relu); f = cross_entropy(m(x), t); opt = adam(m)
repeat ${n} { forward f; cleargrad; backward f; step opt }
print f
`;

// Seconds of the processor; the shell's `times` ends with those of what it ran.
function spent(command, script) {
  const file = path.join(folder, "script.nabla");
  fs.writeFileSync(file, script);
  const r = spawnSync("sh", ["-c", `${command} "$0" >/dev/null && times`, file], { encoding: "utf8" });
  assert.equal(r.status, 0, r.stderr);
  return r.stdout.trim().split("\n").pop().trim().split(/\s+/)
    .reduce((sum, t) => sum + 60 * parseFloat(t) + parseFloat(t.split("m")[1]), 0);
}
const NATIVE = "build/own/nabla --norc --no-window", PAGE = "node tests/web/script.mjs build/wasm/nabla.wasm";
// Of 3n passes: the beginning and the first n, in which the program is compiled, are taken off.
function ratio(of, n) {
  const least = { [NATIVE]: [Infinity, Infinity], [PAGE]: [Infinity, Infinity] };
  fs.mkdirSync(folder, { recursive: true });
  for (let i = 0; i < 4; i++) { // in turn, so that both meet the same neighbours
    for (const command of [NATIVE, PAGE]) {
      least[command] = least[command].map((t, k) => Math.min(t, spent(command, of(k ? 4 * n : n))));
    }
  }
  const [native, page] = [NATIVE, PAGE].map(c => least[c][1] - least[c][0]);
  console.log(`  ${native.toFixed(2)} s native, ${page.toFixed(2)} s in the page: ${(page / native).toFixed(2)} times`);
  return page / native;
}

export const tests = {
  async rosenbrock_built_anew_takes_at_most_2_6_times_the_native_time() {
    assert.ok(ratio(rosenbrock, 600000) <= 2.6);
  },
  async a_step_of_a_network_takes_at_most_twice_the_native_time() {
    assert.ok(ratio(mlp, 20) <= 2);
  },
};
