// svg.js -- the numbers of draw.c as an SVG file
import { OP, cut, font, unpack } from "./canvas.js";
import { png } from "./png.js";

const number = x => String(Math.round(x * 1000) / 1000);
const escape = t => t.replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);
const hex = (r, g, b) => "#" + [r, g, b].map(v => Math.round(v * 255).toString(16).padStart(2, "0")).join("");

function base64(bytes) {
  let s = "";
  for (const b of bytes) s += String.fromCharCode(b);
  return btoa(s);
}

// pen: a 2D context to measure with.
export function svg(op, w, h, title, text, family, pen) {
  const out = [], defs = [], saved = [];
  let now = { m: [1, 0, 0, 1, 0, 0], ink: "#000000", alpha: 1, width: 2, dash: [0, 0], cap: 1, join: -1, groups: 0 };
  let path = "", apart = false, ids = 0;
  const at = (x, y) => {
    const m = now.m;
    return `${number(m[0] * x + m[2] * y + m[4])} ${number(m[1] * x + m[3] * y + m[5])}`;
  };
  const scale = () => Math.hypot(now.m[0], now.m[1]);
  const times = (a, b, c, d, e, f) => {
    const m = now.m;
    now.m = [m[0] * a + m[2] * b, m[1] * a + m[3] * b, m[0] * c + m[2] * d, m[1] * c + m[3] * d,
      m[0] * e + m[2] * f + m[4], m[1] * e + m[3] * f + m[5]];
  };
  const fill = d => out.push(`<path d="${d}" fill="${now.ink}"${now.alpha < 1 ? ` fill-opacity="${number(now.alpha)}"` : ""}/>`);
  const rectangle = (x, y, rw, rh) => `M${at(x, y)}L${at(x + rw, y)}L${at(x + rw, y + rh)}L${at(x, y + rh)}Z`;
  const arc = (x, y, r, from, to) => {
    const point = a => at(x + r * Math.cos(a), y + r * Math.sin(a)), s = number(r * scale());
    const half = (from + to) / 2; // two halves: a whole circle has no ends
    path += (path && !apart ? "L" : "M") + point(from) + `A${s} ${s} 0 0 1 ${point(half)}A${s} ${s} 0 0 1 ${point(to)}`;
  };
  const clip = d => {
    defs.push(`<clipPath id="c${++ids}"><path d="${d}"/></clipPath>`);
    out.push(`<g clip-path="url(#c${ids})">`);
    now.groups++;
  };
  const restore = () => {
    out.push("</g>".repeat(now.groups));
    now = saved.pop();
  };
  // What was saved is what comes back; the groups opened since are closed then.
  const begin = () => {
    const before = now;
    saved.push(before);
    now = { ...before, groups: 0 };
  };
  for (let i = 0; i < op.length;) {
    switch (op[i++]) {
      case OP.SAVE: begin(); break;
      case OP.RESTORE: restore(); break;
      case OP.TRANSLATE: times(1, 0, 0, 1, op[i++], op[i++]); break;
      case OP.SCALE: times(op[i++], 0, 0, op[i++], 0, 0); break;
      case OP.ROTATE: {
        const a = op[i++];
        times(Math.cos(a), Math.sin(a), -Math.sin(a), Math.cos(a), 0, 0);
        break;
      }
      case OP.INK:
        now.ink = hex(op[i], op[i + 1], op[i + 2]);
        now.alpha = op[i + 3];
        i += 4;
        break;
      case OP.WIDTH: now.width = op[i++]; break;
      case OP.DASH: now.dash = [op[i++], op[i++]]; break;
      case OP.CAP: now.cap = op[i++]; break;
      case OP.JOIN: now.join = op[i++]; break;
      case OP.MOVE:
        path += "M" + at(op[i++], op[i++]);
        apart = false;
        break;
      case OP.LINE:
        path += (path && !apart ? "L" : "M") + at(op[i++], op[i++]);
        apart = false;
        break;
      case OP.CURVE: path += `C${at(op[i++], op[i++])} ${at(op[i++], op[i++])} ${at(op[i++], op[i++])}`; break;
      case OP.RECT: path += rectangle(op[i++], op[i++], op[i++], op[i++]); break;
      case OP.ARC:
        arc(op[i++], op[i++], op[i++], op[i++], op[i++]);
        apart = false;
        break;
      case OP.CLOSE: path += "Z"; break;
      case OP.NEW: path = ""; break;
      case OP.SUB: apart = true; break;
      case OP.FILL:
        fill(path);
        path = "";
        break;
      case OP.FILL_KEEP: fill(path); break;
      case OP.STROKE: {
        const s = scale(), dash = now.dash[0] || now.dash[1];
        out.push(`<path d="${path}" fill="none" stroke="${now.ink}" stroke-width="${number(now.width * s)}"` +
          (now.alpha < 1 ? ` stroke-opacity="${number(now.alpha)}"` : "") + (now.cap ? "" : ` stroke-linecap="round"`) +
          (now.join < 0 ? "" : ` stroke-linejoin="${now.join ? "bevel" : "round"}"`) +
          (dash ? ` stroke-dasharray="${now.dash.map(d => number(d * s)).join(" ")}"` : "") + "/>");
        path = "";
        break;
      }
      case OP.CLIP:
        clip(path);
        path = "";
        break;
      case OP.PAINT: out.push(`<rect width="${number(w)}" height="${number(h)}" fill="${now.ink}"/>`); break;
      case OP.IMAGE: {
        const [columns, rows, x, y, iw, ih] = op.subarray(i, i + 6), n = columns * rows;
        const data = base64(png(unpack(op, i + 6, n), columns, rows));
        out.push(`<image transform="matrix(${now.m.map(number).join(" ")})" x="${number(x)}" y="${number(y)}" width="${number(iw)}" ` +
          `height="${number(ih)}" preserveAspectRatio="none" href="data:image/png;base64,${data}"/>`);
        i += 6 + Math.ceil(n / 2);
        break;
      }
      case OP.RAMP: {
        const [from, to, n] = op.subarray(i, i + 3), [x1, y1] = at(from, 0).split(" "), [x2, y2] = at(to, 0).split(" ");
        i += 3;
        let stops = "";
        for (let k = 0; k < n; k++, i += 3) {
          stops += `<stop offset="${number(k / (n - 1))}" stop-color="${hex(op[i], op[i + 1], op[i + 2])}"/>`;
        }
        defs.push(`<linearGradient id="r${++ids}" gradientUnits="userSpaceOnUse" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}">${stops}</linearGradient>`);
        now.ink = `url(#r${ids})`;
        now.alpha = 1;
        break;
      }
      case OP.TEXT: {
        const [id, size, bold, base, most] = op.subarray(i, i + 5);
        i += 5;
        pen.font = font(size, bold, family);
        const words = most ? cut(pen, text(id), most) : text(id);
        out.push(`<text transform="matrix(${now.m.map(number).join(" ")})" y="${number(base)}" font-size="${number(size)}"` +
          `${bold ? ` font-weight="bold"` : ""} fill="${now.ink}" xml:space="preserve">${escape(words)}</text>`);
        break;
      }
      case OP.BEGIN:
        begin();
        clip(rectangle(0, 0, op[i++], op[i++]));
        break;
      case OP.END: restore(); break;
    }
  }
  return new TextEncoder().encode(`<svg xmlns="http://www.w3.org/2000/svg" width="${number(w)}" height="${number(h)}" ` +
    `viewBox="0 0 ${number(w)} ${number(h)}" font-family="${escape(family)}">\n<title>${escape(title)}</title>\n` +
    `<defs>${defs.join("")}</defs>\n${out.join("\n")}\n</svg>\n`);
}
