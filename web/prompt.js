// prompt.js -- the prompt: what is typed, history, completion, lines offered by a lesson, what is told
const bytes = t => new TextEncoder().encode(t).length;
const letters = (t, n) => new TextDecoder().decode(new TextEncoder().encode(t).subarray(0, n)).length;
const MOST = 400000, LINES = 5000; // characters and lines of what was told that stay
const linesOf = t => t.split("\n").length - 1;
const NAME = { 1: "bold", 2: "dim", 31: "red", 32: "green", 33: "yellow", 34: "blue", 35: "violet", 36: "cyan", 90: "dim" };

export class Prompt {
  /* on: enter(lines, offered), answer(line), stop(), complete(text, from, to) -> promise, own: commands that
     are the page's. */
  constructor(dom, on) {
    Object.assign(this, { dom, on, past: [], at: 0, draft: "", offered: "", began: false, asking: false, breaks: " ",
      shown: 0, lines: 0, held: [], style: "" });
    const box = dom.box;
    box.oninput = () => this.changed();
    box.onkeydown = e => this.key(e);
    dom.form.onsubmit = e => {
      e.preventDefault();
      this.enter();
    };
  }

  // --- what is told ---
  // Escapes for colours become classes; many pieces of one moment become one change of the page.
  tell(text, kind) {
    this.held.push([text, kind]);
    if (this.held.length === 1) requestAnimationFrame(() => this.flush());
    if (this.held.length > 1 && document.hidden) this.flush();
  }
  flush() {
    const out = this.dom.out, near = out.scrollHeight - out.scrollTop - out.clientHeight < 60;
    const all = document.createDocumentFragment();
    for (const [text, kind] of this.held) {
      for (const part of text.split(/(\x1b\[[0-9;]*m)/)) {
        if (part.startsWith("\x1b[")) {
          this.style = part.slice(2, -1).split(";").map(n => NAME[n] || "").join(" ").trim();
        } else if (part) {
          const plain = part.replace(/\x1b\[[0-9;]*[A-Za-z]|\r(?!\n)/g, "");
          const span = document.createElement("span");
          span.className = `${kind || ""} ${this.style}`.trim();
          span.textContent = plain;
          all.append(span);
          this.shown += plain.length;
          this.lines += linesOf(plain);
        }
      }
    }
    this.held = [];
    out.append(all);
    while ((this.shown > MOST || this.lines > LINES) && out.firstChild) {
      this.shown -= out.firstChild.textContent.length;
      this.lines -= linesOf(out.firstChild.textContent);
      out.firstChild.remove();
    }
    if (near) out.scrollTop = out.scrollHeight;
  }
  // A line of its own.
  note(text) {
    this.tell(text + "\n", "note");
  }

  // --- the line ---
  sign(text) {
    this.dom.sign.textContent = text;
  }
  set(text) {
    this.dom.box.value = text;
    this.dom.box.setSelectionRange(text.length, text.length);
    this.changed();
  }
  changed() {
    const box = this.dom.box;
    if (!box.value) this.began = false;
    box.classList.toggle("offered", this.began && box.value === this.offered);
    box.rows = Math.min(8, box.value.split("\n").length);
    this.words([]);
  }
  offer(line) {
    const box = this.dom.box;
    if (box.value && !this.began) { // somebody types
      this.offered = line;
      return;
    }
    this.offered = line;
    this.began = !!line;
    this.set(line);
  }
  ask(prompt) {
    this.asking = true;
    this.tell(prompt, "sign");
    this.sign(prompt.trim().split("\n").pop());
    this.set("");
    this.dom.box.focus();
  }
  enter() {
    const text = this.dom.box.value;
    this.words([]);
    if (this.asking) {
      this.asking = false;
      this.tell(text + "\n", "typed");
      this.set("");
      this.on.answer(text);
      return;
    }
    const began = this.began;
    this.began = false;
    this.offered = "";
    this.set("");
    this.at = this.past.length;
    this.on.enter(text.split("\n"), began);
  }
  remember(line) {
    if (this.past[this.past.length - 1] !== line) this.past.push(line);
    if (this.past.length > 2000) this.past.shift();
    this.at = this.past.length;
  }
  walk(by) {
    if (this.at === this.past.length) this.draft = this.dom.box.value;
    const to = this.at + by;
    if (to < 0 || to > this.past.length) return false;
    this.at = to;
    this.began = false;
    this.set(to === this.past.length ? this.draft : this.past[to]);
    return true;
  }
  key(e) {
    const box = this.dom.box, at = box.selectionStart, none = at === box.selectionEnd;
    if (e.isComposing) return;
    if (e.key === "Enter" && !e.shiftKey) {
      e.preventDefault();
      this.enter();
    } else if (e.key === "ArrowUp" && none && !box.value.slice(0, at).includes("\n")) {
      if (this.walk(-1)) e.preventDefault();
    } else if (e.key === "ArrowDown" && none && !box.value.slice(at).includes("\n")) {
      if (this.walk(1)) e.preventDefault();
    } else if (e.key === "Tab" && !e.shiftKey && none && /\S$/.test(box.value.slice(0, at))) {
      e.preventDefault();
      this.complete();
    } else if (e.key === "Escape") {
      this.words([]);
    } else if ((e.key === "c" || e.key === "C") && e.ctrlKey && none) {
      e.preventDefault();
      this.on.stop();
    } else if (e.key === "l" && e.ctrlKey) {
      e.preventDefault();
      this.dom.out.textContent = "";
      this.shown = this.lines = 0;
    }
  }

  // --- completion ---
  async complete() {
    const box = this.dom.box, to = box.selectionStart, text = box.value;
    let from = to;
    while (from > 0 && !this.breaks.includes(text[from - 1])) from--;
    const answer = await this.on.complete(text, bytes(text.slice(0, from)), bytes(text.slice(0, to)));
    if (!answer || box.value !== text) return;
    if (answer.files) from = letters(text, answer.files);
    const begun = text.slice(from, to), alone = !/[^\n]$/.test(text.slice(0, from).replace(/[ \t]+$/, ""));
    const word = [...answer.word, ...this.on.own.filter(w => alone && begun && w.startsWith(begun))].sort();
    if (word.length === 1) {
      this.insert(from, to, word[0] + (answer.space ? " " : ""));
    } else if (word.length > 1) {
      let n = word[0].length;
      for (const w of word) while (!w.startsWith(word[0].slice(0, n))) n--;
      if (n > to - from) this.insert(from, to, word[0].slice(0, n));
      this.words(word.slice(0, 60), w => this.insert(from, box.selectionStart, w));
    }
  }
  insert(from, to, text) {
    const box = this.dom.box;
    box.value = box.value.slice(0, from) + text + box.value.slice(to);
    box.setSelectionRange(from + text.length, from + text.length);
    this.changed();
    box.focus();
  }
  words(list, take) {
    this.dom.words.replaceChildren(...list.map(w => {
      const b = document.createElement("button");
      b.type = "button";
      b.textContent = w;
      b.onclick = () => take(w);
      return b;
    }));
    this.dom.words.hidden = list.length === 0;
  }
  // A key of the row for touch screens.
  type(what) {
    const box = this.dom.box;
    box.focus();
    if (what === "Tab") this.complete();
    else if (what === "↑") this.walk(-1);
    else if (what === "↓") this.walk(1);
    else this.insert(box.selectionStart, box.selectionEnd, what);
  }
}
