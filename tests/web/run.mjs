// run.mjs -- the tests of the page in a headless browser: node tests/web/run.mjs BUILD [PATTERN]
//
// In Chromium, with NB_BROWSER=firefox in Firefox, whose counts are added to those that are there.
// Runs each test_*.mjs, with NB_BENCH=1 each bench_*.mjs, whose tests are functions by their sentences, and counts like the others.
import fs from "node:fs";
import path from "node:path";
import { browser, firefox, serve } from "./browser.mjs";

const [build, pattern = ""] = process.argv.slice(2), here = path.dirname(new URL(import.meta.url).pathname);
const wanted = new RegExp(pattern ? "^" + pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*") + "$" : "");
const LIMIT = 180000; // ms of one test
let passed = 0, failed = 0;

const server = await serve(path.resolve("build/web")), b = await browser();
for (const file of fs.readdirSync(here).filter(f => f.startsWith(process.env.NB_BENCH ? "bench_" : "test_") && f.endsWith(".mjs")).sort()) {
  if (firefox && file !== "test_page.mjs") continue; // they need no browser
  const { tests } = await import("./" + file);
  for (const [name, test] of Object.entries(tests)) {
    if (!wanted.test(name)) continue;
    const begun = Date.now();
    let timer;
    try {
      await Promise.race([test({ b, url: server.url, build: path.resolve(build) }),
        new Promise((_, no) => timer = setTimeout(() => no(new Error(`took more than ${LIMIT / 1000} s`)), LIMIT))]);
      passed++;
      console.log(`[       OK ] ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
    } catch (e) {
      failed++;
      console.log(`[  FAILED  ] ${name}\n${e.stack || e}`);
    } finally {
      clearTimeout(timer);
    }
    for (const context of b.browserContexts().slice(1)) await context.close().catch(() => {});
  }
}
await b.close();
server.close();
if (firefox) { // runs after the other
  const [p, f] = fs.readFileSync(path.join(build, "counts"), "utf8").split(" ").map(Number);
  passed += p;
  failed += f;
}
console.log(`${passed} passed, ${failed} failed`);
fs.writeFileSync(path.join(build, "counts"), `${passed} ${failed}\n`);
process.exit(failed || !passed ? 1 : 0);
