// page.js -- the page: begins the session, and joins prompt, pictures, files, links and help
import { Session, bestMode } from "./session.js";
import { Prompt } from "./prompt.js";
import { Panes } from "./panes.js";
import { recall, keep, amend, forget } from "./keep.js";
import { asked, pack } from "./link.js";
import { assets } from "./assets.js";

const $ = id => document.getElementById(id);
const SHOWN_MS = 50; // between parts of what is told: time for the page itself
const HISTORY = 10000, LINKS = 30;
const FIRST = ["x, y = 2, 3", "f = x*y + x^2", "graph f"];
const TRY = [["backward f", "gradients of f"], ["g = (x - 1)^2 + (y - x)^2; minimize g, steps=200", "a descent"],
  ["lesson 1", "the first of 17"]];
const wanted = await asked(location.href);
const embed = wanted.embed === "graph";
document.body.classList.toggle("embed", embed);

// --- the session ---
let state = null, safe = "", offeredNow = "", last = "", ended = false, quietly = 0;
const panes = new Panes($("panes"), m => session.send(m));
const prompt = new Prompt({ out: $("out"), box: $("in"), sign: $("sign"), form: $("entry"), words: $("words") }, {
  enter: (lines, offered) => enter(lines, offered),
  answer: line => session.send({ answer: line }),
  stop: () => stop(),
  own: ["share"],
  complete: (text, from, to) => new Promise(yes => {
    completing.set(++completions, yes);
    session.send({ complete: text, from, to, id: completions });
  }),
});
const completing = new Map();
let completions = 0, busyTimer = 0;

const all = await assets();
const mode = bestMode(new URLSearchParams(location.search).get("mode"));
const session = new Session(all, mode, {
  busy(n) {
    clearTimeout(busyTimer);
    if (n > 0) busyTimer = setTimeout(() => $("stop").hidden = quietly > 0 && n <= quietly, 150);
    else {
      $("stop").hidden = true;
      $("progress").hidden = true;
    }
    document.body.dataset.busy = n;
  },
  parts(m) {
    for (const [text, error] of m.parts) prompt.tell(text, error ? "error" : "");
    const { worker } = session;
    setTimeout(() => session.worker === worker && session.send({ shown: m.number }), SHOWN_MS);
  },
  progress(m) {
    $("progress").hidden = m.progress < 0;
    $("bar").value = Math.max(0, m.progress);
    $("far").textContent = m.text;
  },
  offer(m) {
    offeredNow = m.offer;
    prompt.offer(m.offer);
  },
  typed(m) {
    prompt.remember(m.typed);
    amend("history", past => [...past || [], m.typed].slice(-HISTORY)); // other tabs have theirs
  },
  wrote: m => download(m.wrote, m.bytes),
  asks: m => prompt.ask(m.asks),
  completed(m) {
    const yes = completing.get(m.completed);
    completing.delete(m.completed);
    yes && yes(m);
  },
  pane: m => panes.window(m),
  families: m => panes.families = m.families,
  frame: m => panes.frame(m),
  died: m => restore(m.range ? "the calls are nested deeper than the browser's stack" : m.died),
});

// Text of a command, that nobody typed.
async function quiet(set) {
  quietly++;
  const answer = await session.ask({ set, capture: true });
  quietly--;
  return answer.text || "";
}

function columns() {
  const probe = document.createElement("span");
  probe.textContent = "0".repeat(100);
  $("out").append(probe);
  const one = probe.getBoundingClientRect().width / 100;
  probe.remove();
  return Math.max(30, Math.min(120, Math.floor(($("out").clientWidth - 24) / one)));
}

async function enter(lines, offered) {
  await restoring;
  for (const line of lines) {
    last = line;
    const sign = $("sign").textContent;
    prompt.tell(sign + " ", "sign");
    prompt.tell(line + "\n", "typed");
    if (line.trim() === "share" && sign === "∇>") { // a command of the page
      prompt.remember("share");
      await share();
      continue;
    }
    const answer = await session.ask({ line, offered });
    offered = false;
    if (answer.ended) return;
    prompt.sign(answer.more ? "…>" : "∇>");
    if (answer.left) {
      prompt.note("the session stays as long as the page; restart empties it");
    }
    if (!answer.more) await after();
    if (answer.failed && lines.length > 1) {
      prompt.note("the lines after the error were not run");
      return;
    }
  }
}

// What follows a statement: its state is kept, its pictures are described.
let keeping = 0;
function after() {
  clearTimeout(keeping);
  if (mode === "plain") return keepState();
  keeping = setTimeout(keepState, 150);
}
async function keepState() {
  if (session.busy > 0 && mode !== "plain") {
    keeping = setTimeout(keepState, 150);
    return;
  }
  quietly++;
  const answer = await session.ask({ state: true });
  quietly--;
  if (answer.state) {
    state = answer.state;
    if (!embed) await keepAt();
    safe = state;
  }
  for (const pane of panes.open.values()) {
    if (pane.kind === "graph" && state.length < 100000) {
      pane.describe(await quiet(`tree ${pane.name}`));
    } else {
      pane.describe(`${pane.kind} of ${pane.name}`);
    }
  }
}

/* --- where sessions are kept ---
   The student's own session has a place, each link one of its own. A place that somebody else has
   written to since, in another tab, is theirs: this session moves to the next one that is free. */
const linked = wanted.code !== undefined || wanted.state !== undefined || wanted.lesson !== undefined;
const tab = /^[2-9]$/.test(new URLSearchParams(location.search).get("tab")) ? " " + new URLSearchParams(location.search).get("tab") : "";
const base = linked ? `linked ${await digest(location.hash)}` : "session";
let place = base + tab, written;

async function digest(text) {
  const bytes = new TextEncoder().encode(text);
  if (!self.crypto.subtle) return String(bytes.reduce((h, b) => (Math.imul(h, 31) + b) | 0, 7));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash.subarray(0, 12)].map(b => b.toString(16).padStart(2, "0")).join("");
}
async function keepAt() {
  const mark = `${Date.now()} ${Math.random()}`;
  const value = { state, panes: panes.statements(), mark };
  const mine = old => !old || old.mark === written ? value : undefined;
  let had = await amend(place, mine);
  for (let n = 2; had === undefined && n < 10; n++) {
    place = `${base} ${n}`;
    written = undefined;
    had = await amend(place, mine);
    if (had) {
      const address = new URL(location.href);
      address.searchParams.set("tab", n);
      prompt.note(`another tab goes on with this session; this one is kept apart: ${address}`);
    }
  }
  if (had) written = mark;
  if (session.own) await amend("home", old => ({ ...old, ...session.own }));
  if (had && linked) await remember(place);
}
// So many links have a place; the one not seen for longest gives way.
async function remember(one) {
  let gone = [];
  await amend("links", old => {
    const all = [...(old || []).filter(k => k !== one), one];
    gone = all.slice(0, -LINKS);
    return all.slice(-LINKS);
  });
  for (const key of gone) await forget(key);
}

function stop() {
  prompt.words([]);
  if (prompt.asking) {
    prompt.asking = false;
    prompt.tell("\n");
  }
  if (mode === "plain" && session.busy > quietly) restore("");
  else session.send({ stop: true });
  prompt.sign("∇>");
}

// The program is begun anew with the state from before the last statement.
let restoring = null;
async function restore(why) {
  if (ended || restoring) return;
  let over;
  restoring = new Promise(r => over = r);
  session.end();
  panes.clear();
  prompt.asking = false;
  const back = keptPanes;
  prompt.tell(why ? `error: ${why}\n` : "stopped\n", "error");
  await session.start(columns());
  await begin(back);
  prompt.note(state ? `the session is as it was before: ${last}` : "the session begins anew");
  prompt.sign("∇>");
  restoring = null;
  over();
}
let keptPanes = [];
setInterval(() => {
  if (session.busy === 0) keptPanes = panes.statements();
}, 500);

// The state that is known, in a new program.
async function begin(open) {
  await quiet(dark() ? "set theme dark" : "set theme light");
  if (state) {
    await session.ask({ file: ".session", bytes: new TextEncoder().encode(state) });
    await session.ask({ line: 'load ".session"', offered: false });
    await quiet(dark() ? "set theme dark" : "set theme light");
    for (const statement of open || []) await quiet(statement);
  }
}

// --- files ---
function download(path, bytes) {
  if (path.startsWith("home/") || path.startsWith(".")) return;
  const a = document.createElement("a"), type = { svg: "image/svg+xml", png: "image/png", csv: "text/csv" };
  a.href = URL.createObjectURL(new Blob([bytes], { type: type[path.split(".").pop()] || "application/octet-stream" }));
  a.download = path.split("/").pop();
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 10000);
}

async function takeFiles(list) {
  for (const file of list) {
    const name = file.name.replace(/["\\{}\u0000-\u001f]/g, "_"), bytes = new Uint8Array(await file.arrayBuffer());
    await session.ask({ file: name, bytes });
    const stem = name.replace(/\.[^.]*$/, "").replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d)/, "t");
    const line = /\.csv$/i.test(name) ? `${stem} = csv("${name}")` : `load "${name}"`;
    prompt.note(`${name} is here now (${bytes.length} bytes)`);
    if (!$("in").value) prompt.set(line);
  }
  $("in").focus();
}
addEventListener("dragover", e => e.preventDefault());
addEventListener("drop", e => {
  e.preventDefault();
  takeFiles(e.dataTransfer.files);
});
$("file").onchange = e => takeFiles(e.target.files);

// --- beside the prompt ---
function dark() {
  return document.documentElement.dataset.theme === "dark";
}
function paintTheme(name) {
  document.documentElement.dataset.theme = name;
  $("theme").textContent = name === "dark" ? "Light" : "Dark";
}
$("theme").onclick = () => {
  paintTheme(dark() ? "light" : "dark");
  keep("theme", document.documentElement.dataset.theme);
  quiet(dark() ? "set theme dark" : "set theme light");
};
$("stop").onclick = stop;
for (const b of $("keys").children) b.onclick = () => prompt.type(b.textContent);

function chip(line, about, run) {
  const b = document.createElement("button"), code = document.createElement("code");
  b.type = "button";
  b.className = "chip";
  code.textContent = line;
  b.append(code, about ? ` ${about}` : "");
  b.onclick = () => {
    $("in").focus();
    run(line);
  };
  return b;
}

function side(title, content) {
  $("side-title").textContent = title;
  $("side-text").replaceChildren(...content);
  $("side").hidden = false;
  $("side-close").focus();
}
$("side-close").onclick = () => {
  $("side").hidden = true;
  $("in").focus();
};
$("side").onkeydown = e => e.key === "Escape" && $("side-close").onclick();

$("lessons").onclick = async () => {
  const rows = [];
  for (const line of (await quiet("lesson")).split("\n")) {
    const m = line.match(/^(.)\s*(\d+) {2}(.*)$/);
    if (!m) continue;
    const b = chip(`lesson ${m[2]}`, m[3], l => {
      $("side").hidden = true;
      enter([l], false);
    });
    if (m[1] === "✓") b.prepend("✓ ");
    rows.push(b);
  }
  side("Lessons", rows);
};

const paragraph = text => Object.assign(document.createElement("p"), { textContent: text });
const TOUR = [
  ["A name given to a number is a leaf. What is computed from it becomes a graph.", "x, y = 2, 3", "f = x*y + x^2", "graph f"],
  ["backward goes through the graph from f to the leaves and leaves a gradient in each.", "backward f", "x.grad"],
  ["Every step of it can be seen, and asked about.", "walk f", "explain x"],
  ["Gradients lead down hill. Drag x or y in the graph to see what changes.", "g = (1 - x)^2 + 10*(y - x^2)^2", "minimize g, adam(x, y, lr=0.05), steps=500"],
  ["Curves and contours stand beside it.", "plot", "surface g"],
];
$("help").onclick = async () => {
  const pre = document.createElement("pre"), tour = [];
  pre.textContent = await quiet("help all");
  for (const [text, ...lines] of TOUR) {
    tour.push(paragraph(text), ...lines.map(l => chip(l, "", one => enter([one], false))));
  }
  const name = document.createElement("input"), more = document.createElement("pre"), label = document.createElement("label");
  label.textContent = "Help on ";
  label.append(name);
  name.onchange = async () => more.textContent = /^[\w.]+$/.test(name.value) ? await quiet(`help ${name.value}`) : "";
  side("Help", [paragraph("A tour, line by line:"), ...tour, label, more, pre,
    paragraph("Enter runs a line, Tab completes it, ↑ brings back what was typed, Ctrl+C or Stop stops. " +
      "In pictures: drag and wheel or two fingers move and zoom, ? shows the keys.")]);
};

async function share() {
  const answer = await session.ask({ state: true });
  const base = location.href.replace(/[?#].*$/, "");
  const code = `${base}#code=z.${await pack(prompt.past.slice(-40).join("\n"))}`;
  const whole = `${base}#state=z.${await pack(answer.state || "")}`;
  prompt.note(`the lines typed, as a link:\n${code}`);
  prompt.note(`the whole session, as a link (${whole.length} letters):\n${whole}`);
  navigator.clipboard?.writeText(code).catch(() => {});
}
$("share").onclick = share;

// What a state holds, by its lines: they are data, and nothing of them has run.
function summary(text) {
  const names = [], count = { node: 0, object: 0 };
  for (const line of text.split("\n")) {
    const [kind, name] = line.split(" ");
    if (kind === "name" || kind === "const") names.push(name.slice(0, 40));
    else if (kind in count) count[kind]++;
  }
  const some = names.slice(0, 12).join(", ") + (names.length > 12 ? ", …" : "");
  const many = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
  return many(names.length, "name") + (some ? ` (${some})` : "") + `, ${many(count.node, "node")}` +
    (count.object ? `, ${many(count.object, "object")}` : "");
}
addEventListener("newer", () => prompt.note("a newer nabla came: it is there when the page is loaded again"));

// --- the beginning ---
paintTheme(await recall("theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
prompt.past = await recall("history") || [];
prompt.at = prompt.past.length;
const kept = embed ? null : await recall(place);
written = kept?.mark;
session.own = await recall("home") || kept?.home;
const ready = await session.start(columns());
prompt.breaks = ready.breaks;
document.body.dataset.mode = ready.mode;
$("version").textContent = ready.ready;

if (kept?.state) {
  state = kept.state;
  await begin(kept.panes);
  prompt.note(linked ? "what you did with this link is back; restart empties it"
    : "your session from last time is back; restart empties it");
} else {
  await begin();
  if (!linked) {
    for (const line of FIRST) await enter([line], false);
  }
}
if (linked && !embed) prompt.note("what this link runs is kept apart from your own session");
if (kept?.state && linked) {
  if (wanted.code) prompt.past.push(wanted.code); // ↑ brings it
} else if (wanted.code) {
  prompt.note("these lines come from the link; Enter runs them");
  prompt.set(wanted.code);
} else if (wanted.state) {
  await session.ask({ file: "link.nabla", bytes: new TextEncoder().encode(wanted.state) });
  prompt.note(`the link holds a session: ${summary(wanted.state)}; Enter puts it in place of this one`);
  prompt.set('load "link.nabla"');
} else if (wanted.lesson !== undefined) {
  prompt.note("Enter begins the lesson");
  prompt.set(`lesson ${wanted.lesson}`);
}
const chips = embed ? [["backward f", ""], ["cleargrad", ""], ["walk f", ""]] : TRY;
$("try").append(...chips.map(([line, about]) => chip(line, about, l => enter([l], false))));
let resized = 0;
new ResizeObserver(() => {
  clearTimeout(resized);
  resized = setTimeout(() => session.send({ columns: columns() }), 200);
}).observe($("out"));
if (!matchMedia("(pointer: coarse)").matches) $("in").focus();
addEventListener("hashchange", () => location.reload()); // another link
addEventListener("pagehide", () => ended = true);
document.body.dataset.ready = Math.round(performance.now());

// For tests, and for who is curious: nothing the prompt cannot do.
self.nabla = { session, panes, prompt, share, forget: () => forget(place), kept: () => safe, restoring: () => !!restoring };
