// run.mjs -- files of export "f.onnx" in onnxruntime: node tests/onnx/run.mjs BUILD NABLA MODULES [PATTERN]
//
// Every operation whose record has a form for ONNX, in single and in double precision, and models; what
// comes out is held against nabla's own numbers. The files stay in BUILD/onnx for check.py.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const [build, program, modules, pattern = ""] = process.argv.slice(2).map((a, i) => i < 3 ? path.resolve(a) : a);
const ort = createRequire(path.join(modules, "x.js"))("onnxruntime-web");
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "fatal";
const folder = path.join(build, "onnx");
fs.rmSync(folder, { recursive: true, force: true });
fs.mkdirSync(folder, { recursive: true });

// Leaves of every graph; t and l are const.
const given = `
x = [[0.3, -0.7, 1.2], [0.9, 0.4, -1.1]]
y = [[1.4, 0.6, -0.8], [-0.5, 1.7, 0.2]]
p = [[0.3, 0.7, 0.2], [0.9, 0.4, 0.6]]
z = [[0.3, 0, 1.2], [0, 0.4, -1.1]]
u = [0.5, -1.5, 2]
s = 0.75
A = [[2, 0.3], [0.4, 1.5]]
const t, l = [[0, 1, 1], [1, 0, 0.25]], [2, 0]
`;
const leaves = ["x", "y", "p", "z", "u", "s", "A"];

// Operation: expressions it is in.
const cases = {
  add: ["x + y", "x + u", "s + 2"], sub: ["x - y", "1 - x"], mul: ["x * y", "3 * s"], div: ["x / y", "1 / x"],
  mod: ["x % 0.45", "-x % y"], pow: ["p ^ y", "x ^ 2", "2 ^ x"], neg: ["-x"], sin: ["sin(x)"], cos: ["cos(x)"], tan: ["tan(x)"],
  asin: ["asin(p)"], acos: ["acos(p)"], atan: ["atan(x)"], sinh: ["sinh(x)"], cosh: ["cosh(x)"], tanh: ["tanh(x)"],
  exp: ["exp(x)"], log: ["log(p)"], sqrt: ["sqrt(p)"], abs: ["abs(x)"], sign: ["sign(z)"], square: ["square(x)"],
  floor: ["floor(3*x) + 0*x"], ceil: ["ceil(3*x) + 0*x"], round: ["round(3*x) + 0*x"], floordiv: ["floordiv(x, 0.45)"],
  log2: ["log2(p)"], log10: ["log10(p)"], relu: ["relu(x)"], leaky_relu: ["leaky_relu(x)", "leaky_relu(x, slope=0.2)"],
  sigmoid: ["sigmoid(x)"], softplus: ["softplus(x)"], gelu: ["gelu(x)"],
  softmax: ["softmax(x)", "softmax(x, axis=0)"], log_softmax: ["log_softmax(x)", "log_softmax(x, axis=0)"],
  logsumexp: ["logsumexp(x)", "logsumexp(x, axis=1)", "logsumexp(x, axis=0, keepdims=true)"],
  sum: ["sum(x)", "sum(x, axis=0)", "sum(x, axis=[0, 1], keepdims=true)"], mean: ["mean(x)", "mean(x, axis=-1)"],
  variance: ["variance(x)", "variance(x, axis=0, keepdims=true)"], prod: ["prod(x)", "prod(x, axis=0)"],
  max: ["max(x)", "max(x, axis=0)", "max(x, y)", "max(x, 0.5)"], min: ["min(x)", "min(x, axis=1, keepdims=true)", "min(x, y)"],
  argmax: ["argmax(x) + 0*s", "argmax(x, axis=1) + 0*s", "argmax(x, axis=0, keepdims=true) + 0*s"], norm: ["norm(x)", "norm(x, axis=1)"],
  reshape: ["reshape(x, 3, 2)", "reshape(x, 6)"], transpose: ["x.T", "transpose(unsqueeze(x, 0), [2, 0, 1])"],
  squeeze: ["squeeze(unsqueeze(x, 1))", "squeeze(unsqueeze(unsqueeze(x, 0), 0), axis=0)"], unsqueeze: ["unsqueeze(x, 1)", "unsqueeze(x, -1)"],
  broadcast_to: ["broadcast_to(u, 2, 3)"], sum_to: ["sum_to(x, 1, 3)", "sum_to(x, 3)", "sum_to(x, 2, 3)"],
  clip: ["clip(x, -0.5, 0.5)", "clip(x, lo=0)"], where: ["where(z > 0, x, y)", "where(z, x, 1)"], mask_fill: ["mask_fill(x, z, -9)"],
  flip: ["flip(x)", "flip(x, axis=1)"], tile: ["tile(x, 2, 1)", "tile(x, 2)"], matmul: ["x @ y.T", "x @ u", "u @ x.T"], dot: ["dot(u, u)"],
  linear: ["linear(x, y.T, [1, 2])", "linear(x, y.T)"], det: ["det(A)"],
  mse: ["mse(x, y)"], mae: ["mae(x, y)"], huber: ["huber(x, y)", "huber(x, y, delta=0.3)"],
  cross_entropy: ["cross_entropy(x, l)", "cross_entropy(x, l, ignore=2)", "cross_entropy(x[0], 2)"],
  bce: ["bce(p, t)", "bce(x, t, logits=true)", "bce([0, 1], [0, 1]) + s"], accuracy: ["accuracy(x, l) + 0*s"],
  eq: ["(z == 0) + 0*x"], ne: ["(z != 0) + 0*x"], lt: ["(x < y) * x"], le: ["(x <= y) * x"], gt: ["(x > y) * x"], ge: ["(x >= y) * x"],
  not: ["(not z) * x"], and: ["(z and x) * x"], or: ["(z or x) * x"], one_hot: ["one_hot(argmax(x, axis=1), 3) * x"],
  step: ["grad(sum(relu(x)), x) * x"], sech2: ["grad(sum(tanh(x)), x)"], asin_slope: ["grad(sum(asin(0.3*x)), x)"], logistic_slope: ["grad(sum(sigmoid(x)), x)"], per_square: ["grad(sum(atan(x)), x)"], masked: ["grad(sum(relu(x) * y), x) * y"],
  leaky_relu_by: ["leaky_relu(x, slope=s)", "leaky_relu(x, slope=u)"], clip_by: ["clip(x, lo=-s, hi=s)", "clip(x, lo=-s, hi=0.3)"], huber_by: ["huber(x, y, delta=s)"],
  inside: ["inside(x, -0.5, s) * x", "grad(sum(clip(x, lo=-s, hi=s)), x) * y"],
  expm1: null, dropped: null, div0: ["grad(norm(x), x)"], gather: null,
  index: ["x[0]", "x[:, 1]", "x[-1, 0:2]", "x[:, ::-1]", "x[[1, 0, 1]]", "x[:, [2, 0]]", "x[1, 2]", "x[0:1, 1:]"],
  concat: ["concat([x, y])", "concat([x, y], axis=1)"], stack: ["stack([x, y])", "stack([x, y], axis=2)", "stack([s, 2, s^2])"],
};

// Models: how it is made and called; the batch is left free, so it is given another number of rows too.
const models = {
  mlp: "m = mlp([8, 8, 3], activation=tanh)\nX = randn(5, 4)", relu: "m = mlp([16, 2], activation=relu)\nX = randn(7, 2)",
  sequential: "m = sequential([linear(6), gelu, layer_norm(6), dropout(0.5), linear(2), sigmoid])\nX = randn(3, 4)",
  embedding: "m = sequential([embedding(5, 3), tanh])\nX = [1, 4, 0, 2]",
};

function nabla(name, text) {
  fs.writeFileSync(path.join(folder, name + ".nabla"), text);
  const done = spawnSync(program, ["--norc", "--quiet", "--no-window", name + ".nabla"], { cwd: folder, encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr + text);
}

// Numbers of a .npy in double precision, and their shape.
function npy(name) {
  const bytes = fs.readFileSync(path.join(folder, name)), length = bytes.readUInt16LE(8), header = bytes.toString("latin1", 10, 10 + length);
  assert.match(header, /'<f8'.*'fortran_order': False/s);
  const dims = header.match(/'shape': \(([^)]*)\)/)[1].split(",").filter(d => d.trim()).map(Number);
  return { dims, data: new Float64Array(bytes.buffer.slice(bytes.byteOffset + 10 + length, bytes.byteOffset + bytes.length)) };
}

function same(got, want, tolerance) {
  assert.deepEqual([...got.dims], want.dims);
  want.data.forEach((w, i) => {
    const g = Number(got.data[i]);
    assert.ok(Math.abs(g - w) <= tolerance * Math.max(1, Math.abs(w)), `[${i}]: ${g}, wanted ${w}`);
  });
}

function tensor(bits, { dims, data }) {
  return bits === 32 ? new ort.Tensor("float32", Float32Array.from(data), dims) : new ort.Tensor("float64", Float64Array.from(data), dims);
}

// feed: the tensor for an input, by its name.
async function run(name, feed) {
  const session = await ort.InferenceSession.create(path.join(folder, name), { executionProviders: ["wasm"] });
  try {
    const out = await session.run(Object.fromEntries(session.inputNames.map(n => [n, feed(n)])));
    return { out, inputs: session.inputNames, outputs: session.outputNames };
  } finally {
    await session.release();
  }
}

const lacks = new Set(); // operators that onnxruntime has in single precision alone
const tests = {};
for (const [op, expressions] of Object.entries(cases)) {
  (expressions || []).forEach((text, k) => {
    for (const bits of [32, 64]) {
      tests[`${op}_${k}_in_${bits}_bits_is_${text.replace(/[^a-z0-9]+/gi, "_")}`] = async () => {
        const name = `${op}_${k}_${bits}`;
        nabla(name, `${given}f = ${text}\nexport "${name}.onnx", f, precision=${bits}\nexport "${name}.npy", f\n`);
        let got;
        try {
          got = await run(name + ".onnx", leaf => tensor(bits, npy(leaf + ".npy")));
        } catch (e) {
          const missing = bits === 64 && /Could not find an implementation for (\w+)\(\d+\)/.exec(e.message);
          if (!missing) throw e;
          lacks.add(missing[1]);
          return;
        }
        assert.deepEqual(got.outputs, ["f"]);
        same(got.out.f, npy(name + ".npy"), bits === 32 ? 1e-6 : 1e-12);
      };
    }
  });
}
for (const [kind, text] of Object.entries(models)) {
  tests[`model_${kind}_takes_any_number_of_rows`] = async () => {
    nabla(kind, `seed 3\n${text}\ntestmode { f = m(X) }\nexport "${kind}.onnx", m, X\nexport "X.npy", X\nexport "${kind}.npy", f\n`);
    const x = npy("X.npy"), want = npy(kind + ".npy");
    const all = await run(kind + ".onnx", () => tensor(32, x));
    same(all.out.y, want, 1e-6);
    const width = x.data.length / x.dims[0], wide = want.data.length / want.dims[0];
    const one = await run(kind + ".onnx", () => tensor(32, { dims: [1, ...x.dims.slice(1)], data: x.data.slice(0, width) }));
    assert.deepEqual([all.inputs, all.outputs], [["x"], ["y"]]);
    same(one.out.y, { dims: [1, ...want.dims.slice(1)], data: want.data.slice(0, wide) }, 1e-6);
  };
}
tests.leaves_are_inputs_and_weights_are_not = async () => {
  nabla("other", `x, y = -1, 2\nf = (1-x)^2 + 100*(y-x^2)^2\nexport "other.onnx", f, precision=64\n` +
    `m = mlp([3, 1])\nL = mse(m([[1, 2]]), [[0.5]])\nL2 = L + x\nexport "loss.onnx", L2\nexport "loss.npy", L2\n`);
  const { out, inputs } = await run("other.onnx", () => tensor(64, { dims: [], data: [0.5] }));
  assert.deepEqual(inputs, ["x", "y"]);
  assert.equal(out.f.data[0], 0.25 + 100 * 0.0625);
  const loss = await run("loss.onnx", () => tensor(32, { dims: [], data: [-1] }));
  assert.deepEqual(loss.inputs, ["x"]);
  same(loss.out.L2, npy("loss.npy"), 1e-6);
};
tests.the_checker_of_onnx_takes_every_file = async () => {
  const done = spawnSync("/usr/bin/python3", ["-B", "tests/onnx/check.py", folder], { encoding: "utf8" });
  assert.equal(done.status, 0, done.stdout + done.stderr);
  assert.ok(Number(done.stdout.split(" ")[0]) > 250 || pattern);
};
tests.every_operation_with_a_form_has_a_case = async () => {
  const records = fs.readdirSync("src/ops").filter(f => f.endsWith(".c")).flatMap(f =>
    fs.readFileSync("src/ops/" + f, "utf8").split(/^const NbOp nb_op_/m).slice(1).filter(r => r.includes(".onnx =")).map(r => r.match(/^\w+/)[0]));
  assert.ok(records.length > 60);
  assert.deepEqual(records.filter(r => !(r in cases)), []);
};

nabla("leaves", given + leaves.map(n => `export "${n}.npy", ${n}\n`).join(""));
let passed = 0, failed = 0;
const wanted = new RegExp(pattern ? "^" + pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*") + "$" : "");
for (const [name, test] of Object.entries(tests)) {
  if (!wanted.test(name)) continue;
  try {
    await test();
    passed++;
  } catch (e) {
    failed++;
    console.log(`[  FAILED  ] ${name}\n${e.stack || e}`);
  }
}
if (lacks.size) console.log(`onnxruntime has in single precision alone: ${[...lacks].sort().join(" ")}`);
if (process.env.NB_PART) console.log(`${process.env.NB_PART}: ${passed} of ${passed + failed} tests passed`);
console.log(`[==========] onnx: ${passed + failed} test(s) run.\n[  PASSED  ] ${passed} test(s).`);
if (failed) console.log(`[  FAILED  ] ${failed} test(s).`);
fs.writeFileSync(path.join(build, "counts"), `${passed} ${failed}\n`);
process.exit(failed || !passed ? 1 : 0);
