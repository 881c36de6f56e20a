// worker.js -- the program beside the page: what is typed comes in, what is told goes out
import { program, Files } from "./program.js";
import { font, paint } from "./canvas.js";
import { pdf } from "./pdf.js";
import { png } from "./png.js";
import { svg } from "./svg.js";
import { at as layoutAt } from "./graphviz.js";

/* How a statement that runs hears of the page: "jspi" gives the browser its turn; "shared" reads
   memory that both share; "plain" cannot hear, and is ended to be stopped. */
let mode, mailbox, p, call, files, families = "sans-serif";
const say = (message, transfer) => self.postMessage(message, transfer || []);
const inbox = [], texts = [], known = new Map();
let sent = 0; // texts the page has

/* What is told goes out in parts, and waits until the page has shown the one before: a program that
   prints without end leaves the page its time. Of one statement that is typed so much is told. */
const MOST_TOLD = 400000, MOST_LINES = 5000, PART_MS = 40;
let held = [], number = 0, shown = 0, partAt = 0, capped = false, told = 0, lines = 0, leftOut = 0;

function part(all) {
  const now = performance.now();
  if (!held.length || (!all && (number > shown || now - partAt < PART_MS))) return;
  partAt = now;
  number++;
  say({ parts: held, number });
  held = [];
}
function tell(t, error) {
  if (capped && !error && (told >= MOST_TOLD || lines >= MOST_LINES)) {
    leftOut += t.length;
    return;
  }
  told += t.length;
  for (let i = t.indexOf("\n"); i >= 0; i = t.indexOf("\n", i + 1)) lines++;
  const last = held[held.length - 1];
  if (last && last[1] === error) last[0] += t;
  else held.push([t, error]);
  part(false);
}
const owed = () => mode !== "plain" && number > shown;
let running = false, wake = null, turned = 0, captured = null, timer = 0, graphviz = null;

// --- what comes in ---

// Calls that change nothing of the statement that runs: served at any time, also while it waits.
const always = {
  shown: m => shown = Math.max(shown, m.shown),
  stop: () => p.raw.page_stop(running ? 1 : 0),
  answer: m => p.raw.page_answer(p.give(m.answer)),
  layout: m => p.raw.layout_answer(m.layout, p.give(m.text), new TextEncoder().encode(m.text).length),
  size: m => p.raw.pane_size(...m.size),
  hand: m => p.raw.pane_hand(...m.hand),
  key: m => p.raw.pane_key(...m.key),
  close: m => p.raw.pane_close(m.close),
  columns: m => p.raw.page_columns(m.columns),
  complete(m) {
    const [files, space, ...word] = p.zero(p.raw.page_complete(p.give(m.complete), m.from, m.to)).split("\n");
    say({ completed: m.id, files: Number(files), space: space === "1", word: word.filter(w => w) });
  },
};

// These run statements, and wait their turn; what they give is the answer to m.id.
const inTurn = {
  async line(m) {
    capped = true;
    told = lines = leftOut = 0;
    const end = await call.page_line(p.give(m.line), m.offered ? 1 : 0);
    capped = false;
    if (leftOut) tell(`note: what it printed after this was left out (${leftOut} letters)\n`, 1);
    return { more: !!(end & 1), left: !!(end & 2), failed: !!(end & 4) };
  },
  async set(m) {
    captured = m.capture ? "" : null;
    const ok = await call.page_set(p.give(m.set)), text = captured;
    captured = null;
    return { ok: !!ok, text };
  },
  async script(m) {
    return { status: await call.page_script(p.give(m.script), m.echo ? 1 : 0) };
  },
  async state() {
    return { state: p.zero(p.raw.page_state()) };
  },
  async file(m) {
    files.write(m.file, m.bytes);
    return {};
  },
  async read(m) {
    const bytes = files.read(m.read);
    return { bytes: bytes && bytes.slice() };
  },
};

function take(m) {
  const kind = Object.keys(m).find(k => always[k]);
  if (kind) always[kind](m);
  return !!kind;
}

// While a statement waits: what may be served now; the rest stays.
function serve() {
  fetchMail();
  for (let i = 0; i < inbox.length;) {
    if (take(inbox[i])) inbox.splice(i, 1);
    else i++;
  }
}

async function turn() {
  if (running || !p) return;
  running = true;
  clearTimeout(timer);
  try {
    fetchMail();
    while (inbox.length) {
      const m = inbox.shift();
      if (m.hand || m.key) { // may run a statement: a value was dragged
        await (m.hand ? call.pane_hand(...m.hand) : call.pane_key(...m.key));
      } else if (m.stop) {
        p.raw.page_stop(0);
      } else if (!take(m)) {
        const kind = Object.keys(m).find(k => inTurn[k]);
        const answer = await inTurn[kind](m);
        part(true);
        say({ done: m.id, ...answer, home: m.line === undefined ? undefined : home() });
      }
      fetchMail();
    }
    const due = await call.page_pump();
    part(true);
    timer = setTimeout(turn, due < 0 ? 1000 : Math.min(due, 1000));
  } catch (e) {
    say({ died: String(e && e.message || e), range: e instanceof RangeError });
    p = null;
  }
  running = false;
  if (inbox.length) setTimeout(turn, 0);
}

// What the program keeps for the next time: what was done of the lessons.
function home() {
  const all = {};
  for (const path of files.file.keys()) {
    if (path.startsWith("home/")) all[path] = files.read(path).slice();
  }
  return all;
}

// Messages in shared memory: word 0 counts them for waiting, 1 is where they end, 2 where they begin.
function fetchMail() {
  if (!mailbox) return;
  const words = new Int32Array(mailbox), room = new Uint8Array(mailbox, 16);
  let from = Atomics.load(words, 2);
  const to = Atomics.load(words, 1), byte = () => room[from++ % room.length];
  while (from < to) {
    const n = byte() | byte() << 8 | byte() << 16 | byte() << 24, b = new Uint8Array(n);
    for (let i = 0; i < n; i++) b[i] = byte();
    inbox.push(JSON.parse(new TextDecoder().decode(b)));
  }
  Atomics.store(words, 2, from);
}

// --- waiting ---

const LATE_MS = 250; // for a page that is slower than what is told
const channel = new MessageChannel();
let resume = null;
channel.port1.onmessage = () => resume && resume();

async function waitTurn(ms) {
  const before = performance.now();
  part(false);
  if (ms === 0 && before - turned < 12) return;
  // Never without giving the browser its turn, though something waits: an answer may come after it.
  const late = held.length && owed();
  if (ms === 0 && !late) {
    await new Promise(r => {
      resume = r;
      channel.port2.postMessage(0);
    });
  } else {
    await new Promise(r => {
      wake = r;
      setTimeout(r, late ? LATE_MS : ms);
    });
    wake = null;
  }
  turned = performance.now();
  serve();
}

function waitShared(ms) {
  const words = new Int32Array(mailbox), count = Atomics.load(words, 0);
  serve();
  part(false);
  const late = held.length && owed();
  if ((ms > 0 || late) && Atomics.load(words, 1) === Atomics.load(words, 2)) {
    Atomics.wait(words, 0, count, late ? LATE_MS : ms);
    serve();
  }
}

// --- what is told ---

function surface(w, h) {
  return new OffscreenCanvas(Math.max(1, w), Math.max(1, h));
}
const SVG = 1, PDF = 2; // forms of pictures, beside PNG
const pen = surface(1, 1).getContext("2d");
const text = id => texts[id];

const PRINT = 4; // pixels to a pt: 288 dpi

function painted(op, w, h, scale = 1) {
  const c = surface(w, h).getContext("2d");
  c.fillStyle = "#fff";
  c.fillRect(0, 0, w, h);
  c.scale(scale, scale);
  paint(c, op, text, families, surface);
  return c.getImageData(0, 0, w, h).data;
}

const on = {
  write(error, t) {
    if (captured !== null) captured += t;
    else tell(t, error);
  },
  progress: (part, t) => say({ progress: part, text: t }),
  offer(line) {
    part(true);
    say({ offer: line });
  },
  typed: line => say({ typed: line }),
  wrote(path) {
    const bytes = files.read(path);
    part(true);
    if (bytes) say({ wrote: path, bytes: bytes.slice() });
  },
  asks(prompt) {
    part(true);
    say({ asks: prompt });
  },
  canAsk: () => mode !== "plain",
  letters(t, size, bold) {
    const f = font(size, bold, families);
    if (pen.font !== f) pen.font = f;
    return pen.measureText(t).width;
  },
  family(names) {
    families = names.split(",").map(n => `"${n.trim().replace(/["\\]/g, "")}"`).join(",") + ",sans-serif";
    say({ families });
  },
  knows: name => self.fonts ? self.fonts.check(`12px "${name.replace(/["\\]/g, "")}"`) : true,
  text(t) {
    let id = known.get(t);
    if (id === undefined) {
      id = texts.push(t) - 1;
      known.set(t, id);
    }
    return id;
  },
  window: (id, act, kind, title) => say({ pane: id, act, kind, title }),
  frame(id, op) {
    say({ frame: id, op, texts: texts.slice(sent), from: sent }, [op.buffer]);
    sent = texts.length;
  },
  pixels: painted,
  picture(form, op, w, h, title) {
    if (form === SVG) return svg(op, w, h, title, text, families, pen);
    const scale = form === PDF ? PRINT : 1, columns = Math.round(scale * w), lines = Math.round(scale * h);
    const pixels = painted(op, columns, lines, scale);
    return form === PDF ? pdf(pixels, columns, lines, w, h, title) : png(pixels, columns, lines);
  },
  layout(number, job) {
    if (graphviz) inbox.push({ layout: number, text: layoutAt(graphviz, job) });
    else say({ layout: number, job });
  },
  layoutCancel: number => say({ cancel: number }),
};

// --- the beginning ---

async function start(m) {
  mode = m.mode;
  mailbox = m.mailbox;
  files = new Files();
  for (const [path, bytes] of Object.entries(m.files)) files.write(path, bytes);
  await Promise.all((m.fonts || []).map(async f => {
    const face = new FontFace("DejaVu Sans", f.bytes, { weight: f.weight });
    self.fonts.add(await face.load());
  })).catch(() => {});
  if (mode === "plain") { // an answer of another worker could not come in
    if (!self.Graphviz) importScripts("graphviz.js");
    graphviz = await self.Graphviz.load();
  }
  on.wait = mode === "jspi" ? new WebAssembly.Suspending(waitTurn) : mode === "shared" ? waitShared : serve;
  p = await program({ module: m.module, files, environment: ["NABLA_LESSONS=lessons", "HOME=/home"], on });
  const waits = ["page_line", "page_set", "page_script", "page_pump", "pane_hand", "pane_key"];
  call = Object.fromEntries(waits.map(n => [n, mode === "jspi" ? WebAssembly.promising(p.raw[n]) : p.raw[n]]));
  files.folder.add("home");
  if (!p.raw.page_start(1, m.columns)) throw new Error("out of memory");
  say({ ready: p.zero(p.raw.page_version()), breaks: p.zero(p.raw.page_breaks()), mode });
  turn();
}

self.onmessage = e => {
  const m = e.data;
  if (m.start) {
    start(m.start).catch(x => say({ died: String(x && x.message || x) }));
    return;
  }
  if (!m.mail) inbox.push(m); // else it is in shared memory
  if (wake) wake();
  turn();
};
