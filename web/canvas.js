// canvas.js -- paints the numbers of draw.c on a canvas

// The records of draw.c, in its order.
export const OP = Object.fromEntries(("- SAVE RESTORE TRANSLATE SCALE ROTATE INK WIDTH DASH CAP JOIN MOVE LINE " +
  "CURVE RECT ARC CLOSE NEW SUB FILL FILL_KEEP STROKE CLIP PAINT IMAGE RAMP TEXT BEGIN END")
  .split(" ").map((name, i) => [name, i]));

// Two pixels in one number, as RGBA.
export function unpack(op, at, pixels) {
  const rgba = new Uint8ClampedArray(4 * pixels);
  for (let i = 0; i < pixels; i++) {
    const two = op[at + (i >> 1)], one = i & 1 ? two % 16777216 : Math.floor(two / 16777216);
    rgba[4 * i] = one >> 16 & 255; // the array clamps what is above
    rgba[4 * i + 1] = one >> 8 & 255;
    rgba[4 * i + 2] = one & 255;
    rgba[4 * i + 3] = 255;
  }
  return rgba;
}

export const font = (size, bold, family) => `${bold ? "bold " : ""}${size}px ${family}`;

const colour = (r, g, b, alpha) => `rgba(${r * 255},${g * 255},${b * 255},${alpha})`;

/* c: a 2D context; op: numbers; text: number -> string; family: of the letters; surface(w, h): a
   canvas beside. */
export function paint(c, op, text, family, surface) {
  let apart = false; // the next point begins a part of the path of its own
  c.lineWidth = 2;
  c.beginPath();
  for (let i = 0; i < op.length;) {
    switch (op[i++]) {
      case OP.SAVE: c.save(); break;
      case OP.RESTORE: c.restore(); break;
      case OP.TRANSLATE: c.translate(op[i++], op[i++]); break;
      case OP.SCALE: c.scale(op[i++], op[i++]); break;
      case OP.ROTATE: c.rotate(op[i++]); break;
      case OP.INK:
        c.fillStyle = c.strokeStyle = colour(op[i++], op[i++], op[i++], op[i++]);
        break;
      case OP.WIDTH: c.lineWidth = op[i++]; break;
      case OP.DASH:
        c.setLineDash(op[i] || op[i + 1] ? [op[i], op[i + 1]] : []);
        i += 2;
        break;
      case OP.CAP: c.lineCap = op[i++] ? "butt" : "round"; break;
      case OP.JOIN: c.lineJoin = op[i++] ? "bevel" : "round"; break;
      case OP.MOVE:
        apart = false;
        c.moveTo(op[i++], op[i++]);
        break;
      case OP.LINE:
        if (apart) c.moveTo(op[i++], op[i++]);
        else c.lineTo(op[i++], op[i++]);
        apart = false;
        break;
      case OP.CURVE: c.bezierCurveTo(op[i++], op[i++], op[i++], op[i++], op[i++], op[i++]); break;
      case OP.RECT: c.rect(op[i++], op[i++], op[i++], op[i++]); break;
      case OP.ARC: {
        const [x, y, r, from, to] = op.subarray(i, i + 5);
        if (apart) c.moveTo(x + r * Math.cos(from), y + r * Math.sin(from));
        apart = false;
        c.arc(x, y, r, from, to);
        i += 5;
        break;
      }
      case OP.CLOSE: c.closePath(); break;
      case OP.NEW: c.beginPath(); break;
      case OP.SUB: apart = true; break;
      case OP.FILL:
        c.fill();
        c.beginPath();
        break;
      case OP.FILL_KEEP: c.fill(); break;
      case OP.STROKE:
        c.stroke();
        c.beginPath();
        break;
      case OP.CLIP:
        c.clip();
        c.beginPath();
        break;
      case OP.PAINT:
        c.save();
        c.setTransform(1, 0, 0, 1, 0, 0);
        c.fillRect(0, 0, c.canvas.width, c.canvas.height);
        c.restore();
        break;
      case OP.IMAGE: {
        const [columns, rows, x, y, w, h] = op.subarray(i, i + 6), n = columns * rows;
        const beside = surface(columns, rows);
        beside.getContext("2d").putImageData(new ImageData(unpack(op, i + 6, n), columns, rows), 0, 0);
        c.drawImage(beside, x, y, w, h);
        i += 6 + Math.ceil(n / 2);
        break;
      }
      case OP.RAMP: {
        const [from, to, n] = op.subarray(i, i + 3), ramp = c.createLinearGradient(from, 0, to, 0);
        i += 3;
        for (let k = 0; k < n; k++, i += 3) {
          ramp.addColorStop(k / (n - 1), colour(op[i], op[i + 1], op[i + 2], 1));
        }
        c.fillStyle = c.strokeStyle = ramp;
        break;
      }
      case OP.TEXT: {
        const [id, size, bold, base, most] = op.subarray(i, i + 5);
        i += 5;
        c.font = font(size, bold, family);
        c.fillText(most ? cut(c, text(id), most) : text(id), 0, base);
        break;
      }
      case OP.BEGIN:
        c.save();
        c.beginPath();
        c.rect(0, 0, op[i++], op[i++]);
        c.clip();
        c.beginPath();
        c.lineWidth = 2;
        break;
      case OP.END: c.restore(); break;
      default: throw new Error(`a drawing with ${op[i - 1]} at ${i - 1}`);
    }
  }
}

// As much of a text as fits, with an ellipsis.
export function cut(c, text, most) {
  const letters = [...text];
  while (letters.length > 1 && c.measureText(letters.join("") + "…").width > most) letters.pop();
  return letters.join("") + "…";
}
