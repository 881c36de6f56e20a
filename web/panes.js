// panes.js -- pictures beside the prompt: canvases with mouse, touch and keys
import { paint } from "./canvas.js";

const special = { Escape: 0, F1: 1, ArrowLeft: 2, ArrowRight: 3, ArrowUp: 4, ArrowDown: 5, Home: 6, End: 7,
  PageUp: 8, PageDown: 9, Enter: 10, Backspace: 11 };
const MOVE = 0, DOWN = 1, UP = 2, WHEEL = 3, LEAVE = 4, LIFT = 5;
const SHIFT = 1, CTRL = 2, RIGHT = 4;
export const CLOSE = 0, OPEN = 1, TITLE = 2, RAISE = 3;

const held = e => (e.shiftKey ? SHIFT : 0) | (e.ctrlKey || e.metaKey ? CTRL : 0) | (e.button === 2 ? RIGHT : 0);
const surface = (w, h) => Object.assign(document.createElement("canvas"), { width: w, height: h });

export class Panes {
  constructor(place, send) {
    Object.assign(this, { place, send, open: new Map(), texts: [], families: "sans-serif", frames: 0 });
  }
  window({ pane: id, act, kind, title }) {
    const pane = this.open.get(id);
    if (act === OPEN) this.open.set(id, new Pane(this, id, kind, title));
    else if (act === CLOSE && pane) {
      this.open.delete(id);
      pane.remove();
    } else if (act === TITLE && pane) pane.title(title);
    else if (act === RAISE && pane) pane.figure.scrollIntoView({ block: "nearest" });
    this.place.classList.toggle("empty", this.open.size === 0);
    this.place.dataset.count = this.open.size;
  }
  frame(m) {
    this.texts.length = m.from;
    this.texts.push(...m.texts);
    const pane = this.open.get(m.frame);
    if (pane) pane.show(m.op);
  }
  clear() {
    for (const id of [...this.open.keys()]) this.window({ pane: id, act: CLOSE });
    this.texts = [];
  }
  // What would open them again.
  statements() {
    return [...this.open.values()].filter(p => p.kind === "graph" || p.kind === "plot")
      .map(p => p.kind === "graph" ? `graph ${p.name}` : "plot");
  }
}

class Pane {
  constructor(all, id, kind, title) {
    Object.assign(this, { all, id, kind, fingers: new Map() });
    this.figure = document.createElement("figure");
    this.figure.className = "pane";
    const head = document.createElement("figcaption"), close = document.createElement("button");
    this.head = document.createElement("span");
    close.type = "button";
    close.textContent = "×";
    close.onclick = () => all.send({ close: id });
    this.close = close;
    head.append(this.head, close);
    const field = document.createElement("div");
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.about = document.createElement("div");
    this.about.id = `about-${id}`;
    this.about.className = "unseen";
    this.canvas.setAttribute("aria-describedby", this.about.id);
    field.append(this.canvas);
    this.figure.append(head, field, this.about);
    all.place.append(this.figure);
    this.title(title);
    this.watch = new ResizeObserver(() => this.size(field));
    this.watch.observe(field);
    this.hands();
  }
  title(text) {
    this.name = text;
    this.head.textContent = text ? `${this.kind} · ${text}` : this.kind;
    this.canvas.setAttribute("aria-label", `${this.kind} of ${text || "nothing yet"}; ? shows its keys`);
    this.close.setAttribute("aria-label", `close ${this.kind}`);
  }
  describe(text) {
    this.about.textContent = text;
  }
  remove() {
    this.watch.disconnect();
    this.figure.remove();
  }
  size(field) {
    const r = field.getBoundingClientRect();
    if (r.width < 10 || r.height < 10) return;
    this.w = r.width;
    this.h = r.height;
    this.all.send({ size: [this.id, r.width, r.height, devicePixelRatio] });
  }
  // Only the newest picture is painted.
  show(op) {
    if (!this.op) requestAnimationFrame(() => this.paint());
    this.op = op;
  }
  paint() {
    const op = this.op, c = this.canvas, w = Math.ceil(this.w * devicePixelRatio), h = Math.ceil(this.h * devicePixelRatio);
    this.op = null;
    if (c.width !== w || c.height !== h) {
      c.width = w;
      c.height = h;
    }
    const pen = c.getContext("2d");
    pen.save();
    paint(pen, op, id => this.all.texts[id] ?? "", this.all.families, surface);
    pen.restore();
    this.all.frames++;
    this.frames = (this.frames || 0) + 1;
  }
  hands() {
    const c = this.canvas, send = m => this.all.send(m), fingers = this.fingers;
    const hand = (what, e, wheel) => send({ hand: [this.id, what, e.offsetX, e.offsetY, wheel || 0, held(e)] });
    c.onpointerdown = e => {
      if (e.button !== 0 && e.button !== 2) return;
      c.focus({ preventScroll: true });
      c.setPointerCapture(e.pointerId);
      fingers.set(e.pointerId, e);
      if (fingers.size === 1) hand(DOWN, e);
      else if (fingers.size === 2) hand(LIFT, [...fingers.values()][0]); // two fingers zoom
    };
    c.onpointermove = e => {
      if (fingers.size < 2 || !fingers.has(e.pointerId)) {
        hand(MOVE, e);
        return;
      }
      const before = [...fingers.values()], far = ([a, b]) => Math.hypot(a.offsetX - b.offsetX, a.offsetY - b.offsetY);
      fingers.set(e.pointerId, e);
      const now = [...fingers.values()], ratio = far(now) / far(before);
      const middle = { offsetX: (now[0].offsetX + now[1].offsetX) / 2, offsetY: (now[0].offsetY + now[1].offsetY) / 2 };
      if (ratio > 0 && isFinite(ratio)) hand(WHEEL, { ...middle, ctrlKey: true }, Math.log(ratio) / Math.log(1.15)); // also on a value
    };
    const up = e => {
      const one = fingers.size === 1;
      if (fingers.delete(e.pointerId) && one) hand(UP, e);
    };
    c.onpointerup = up;
    c.onpointercancel = up;
    c.onpointerleave = e => fingers.size === 0 && hand(LEAVE, e);
    c.oncontextmenu = e => e.preventDefault();
    c.addEventListener("wheel", e => {
      e.preventDefault();
      const lines = e.deltaMode === 1 ? e.deltaY / 3 : e.deltaY / 100;
      hand(WHEEL, e, -Math.max(-3, Math.min(3, lines)));
    }, { passive: false });
    c.onkeydown = e => {
      const one = [...e.key].length === 1;
      const code = e.key in special ? 0x110000 + special[e.key] : one ? e.key.codePointAt(0) : 0;
      const save = (e.ctrlKey || e.metaKey) && e.key === "s";
      if (!code || e.altKey || ((e.ctrlKey || e.metaKey) && !save)) return;
      e.preventDefault();
      send({ key: [this.id, code, held(e)] });
    };
  }
}
