// bundle.mjs -- the page from its parts: node web/bundle.mjs PROGRAM.wasm NODE_MODULES FONTS OUT
//
// Modules become one script each, in the order in which they need each other; OUT is a folder for a
// host, and OUT/nabla.html the same in one file.
import fs from "node:fs";
import path from "node:path";
import crypto from "node:crypto";
import zlib from "node:zlib";

const [wasm, modules, fonts, out] = process.argv.slice(2);
const here = path.dirname(new URL(import.meta.url).pathname), root = path.dirname(here);
const read = name => fs.readFileSync(path.join(here, name), "utf8");

// One script: each module a function that gives what it exports, after those that it imports.
function joined(name, seen) {
  if (seen.has(name)) return "";
  seen.add(name);
  const id = from => `of_${from.replace(/\W/g, "_")}`, names = [];
  let before = "";
  let text = read(name).replace(/^import \{([^}]*)\} from "\.\/([\w.]+)";$/gm, (line, what, from) => {
    before += joined(from, seen);
    return `const {${what.replace(/ as /g, ": ")}} = ${id(from)};`;
  });
  text = text.replace(/^export \{([^}]*)\};$/gm, (line, what) => {
    names.push(...what.split(",").map(n => n.trim()).filter(n => n));
    return "";
  }).replace(/^export ((?:async )?(?:function|class|const) )(\w+)/gm, (line, kind, what) => {
    names.push(what);
    return kind + what;
  });
  return `${before}const ${id(name)} = await (async () => {\n${text}return { ${names.join(", ")} };\n})();\n`;
}
const script = name => `"use strict";(async () => {\n${joined(name, new Set())}})();\n`;

// Graphviz as the npm package has it, under its name.
const dist = fs.readFileSync(path.join(modules, "@hpcc-js/wasm-graphviz/dist/index.js"), "utf8")
  .replace(/\/\/# sourceMappingURL.*/, "");
const graphviz = `(() => {${dist.replace(/export\s*\{([^}]*)\};?\s*$/, (all, names) =>
  `self.Graphviz = ${names.split(",").map(n => n.trim().split(/\s+as\s+/)).find(n => (n[1] || n[0]) === "Graphviz")[0]};`)}})();\n`;

// Scripts and lessons, by the paths that the program knows.
const files = {};
for (const e of fs.readdirSync(path.join(root, "samples"), { recursive: true, withFileTypes: true })) {
  const at = path.join(e.path, e.name), name = path.relative(path.join(root, "samples"), at);
  if (e.isFile() && /\.(nabla|csv)$/.test(name) && !name.startsWith("grading")) files[name] = fs.readFileSync(at, "utf8");
}

const part = {
  "page.css": read("page.css"),
  "page.js": script("page.js"),
  "worker.js": script("worker.js"),
  "graphviz.js": graphviz,
  "layout.js": `importScripts("graphviz.js");\n${script("layout.js")}`,
  "nabla.wasm": fs.readFileSync(wasm),
  "files.json": JSON.stringify(files),
  "sans.woff2": fs.readFileSync(path.join(fonts, "sans.woff2")),
  "bold.woff2": fs.readFileSync(path.join(fonts, "bold.woff2")),
  "icon.svg": read("icon.svg"),
};
const build = crypto.createHash("sha256");
for (const p of Object.values(part)) build.update(p);
const number = build.digest("hex").slice(0, 12);
part["sw.js"] = read("sw.js").replace("@BUILD@", number);

const common = "default-src 'none'; base-uri 'none'; form-action 'none'; object-src 'none'; img-src data: blob: 'self'";
const hash = text => `'sha256-${crypto.createHash("sha256").update(text).digest("base64")}'`;
function page(policy, head, foot) {
  return read("index.html").replace("@POLICY@", () => policy).replace("@HEAD@", () => head).replace("@FOOT@", () => foot);
}
part["index.html"] = page(`${common}; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; ` +
  `font-src 'self' data:; connect-src 'self'; manifest-src 'self'`,
  `<link rel="icon" href="icon.svg"><link rel="stylesheet" href="page.css">`, `<script src="page.js"></script>`);

fs.rmSync(out, { recursive: true, force: true });
fs.mkdirSync(out, { recursive: true });
for (const [name, content] of Object.entries(part)) fs.writeFileSync(path.join(out, name), content);

// In one file each worker has Graphviz within it.
const whole = { "worker.js": graphviz + part["worker.js"], "layout.js": graphviz + script("layout.js") };
const packed = name => `<script type="text/plain" id="asset-${name}">${zlib.gzipSync(whole[name] ?? part[name],
  { level: 9 }).toString("base64")}</script>`;
const assets = ["nabla.wasm", "files.json", "sans.woff2", "bold.woff2", "worker.js", "layout.js"].map(packed).join("\n");
fs.writeFileSync(path.join(out, "nabla.html"), page(
  `${common}; script-src ${hash(part["page.js"])} 'wasm-unsafe-eval'; worker-src blob:; style-src ${hash(part["page.css"])}; font-src data:`,
  `<style>${part["page.css"]}</style>`, `${assets}\n<script>${part["page.js"]}</script>`));

const squeezed = Object.entries(part).filter(([n]) => n !== "sw.js")
  .map(([n, c]) => [n, zlib.brotliCompressSync(c).length]);
fs.writeFileSync(path.join(out, "..", "web-sizes.txt"), squeezed.map(([n, s]) => `${n} ${s}\n`).join(""));
console.log(`${out}: ${squeezed.reduce((n, [, s]) => n + s, 0)} bytes compressed, build ${number}`);
