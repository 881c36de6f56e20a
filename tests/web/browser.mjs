// browser.mjs -- the page in a headless browser: a server for its folder, and hands for its prompt
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../build/npm/package.json", import.meta.url));
const puppeteer = (await import(require.resolve("puppeteer-core"))).default;
const types = { html: "text/html", js: "text/javascript", css: "text/css", wasm: "application/wasm", json: "application/json",
  svg: "image/svg+xml", woff2: "font/woff2" };

export function serve(folder) {
  const server = http.createServer((q, r) => {
    const name = decodeURIComponent(new URL(q.url, "http://x").pathname).replace(/\/$/, "/index.html");
    const file = path.join(folder, path.normalize(name));
    if (!file.startsWith(path.resolve(folder)) || !fs.existsSync(file)) {
      r.writeHead(404).end();
      return;
    }
    r.writeHead(200, { "Content-Type": types[file.split(".").pop()] || "application/octet-stream" });
    fs.createReadStream(file).pipe(r);
  });
  return new Promise(yes => server.listen(0, "127.0.0.1", () => yes({ url: `http://127.0.0.1:${server.address().port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    } })));
}

// NB_BROWSER=firefox: in the other one.
export const firefox = process.env.NB_BROWSER === "firefox";
export async function browser() {
  if (firefox) {
    return puppeteer.launch({ browser: "firefox", executablePath: process.env.FIREFOX || "/usr/bin/firefox-esr", headless: true,
      extraPrefsFirefox: { "browser.download.folderList": 2, "browser.download.dir": path.resolve("build/download-firefox"),
        "browser.download.always_ask_before_handling_new_types": false } });
  }
  return puppeteer.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", headless: true,
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none"] });
}

// A visitor of its own: nothing of others is kept.
export async function visit(b, url, { width = 1280, height = 720, touch = false, wait = true, context } = {}) {
  context ||= await b.createBrowserContext();
  const page = await context.newPage(), troubles = [];
  await page.setViewport({ width, height, hasTouch: touch, isMobile: touch });
  // What a reload cuts off while a worker still loads is no trouble; Firefox tells it as an error.
  page.on("pageerror", e => /NS_BINDING_ABORTED/.test(e) || troubles.push(String(e.stack || e)));
  page.on("console", m => m.type() === "error" && troubles.push(m.text()));
  await page.goto(url);
  const v = { page, context, troubles };
  if (wait) await ready(v);
  return v;
}
const patience = 60000;
export const ready = v => v.page.waitForFunction(() => document.body.dataset.ready && self.nabla.session.busy === 0,
  { timeout: patience, polling: 50 });
export const output = v => v.page.evaluate(() => {
  self.nabla.prompt.flush();
  return document.getElementById("out").textContent;
});
// Until nothing runs and nothing more is to be asked.
export async function calm(v) {
  await v.page.waitForFunction(() => !self.nabla.restoring() && (self.nabla.session.busy === 0 || self.nabla.prompt.asking),
    { timeout: patience, polling: 20 });
}
// Types a line as a person does; what was said since.
export async function type(v, line, { calmly = true } = {}) {
  const before = (await output(v)).length;
  await v.page.focus("#in");
  await v.page.keyboard.type(line);
  await v.page.keyboard.press("Enter");
  if (!calmly) return "";
  await calm(v);
  return (await output(v)).slice(before);
}
export async function says(v, what, ms = patience) {
  await v.page.waitForFunction(w => {
    self.nabla.prompt.flush();
    return document.getElementById("out").textContent.includes(w);
  }, { timeout: ms, polling: 20 }, what);
}
export const frames = v => v.page.evaluate(() => self.nabla.panes.frames);
