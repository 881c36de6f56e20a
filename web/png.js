// png.js -- pixels as a PNG file, at once: browsers offer it only later
const crcs = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

function chunk(type, data) {
  const out = new Uint8Array(12 + data.length), view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) out[4 + i] = type.charCodeAt(i);
  out.set(data, 8);
  let crc = 0xffffffff;
  for (let i = 4; i < 8 + data.length; i++) crc = crcs[(crc ^ out[i]) & 255] ^ (crc >>> 8);
  view.setUint32(8 + data.length, ~crc >>> 0);
  return out;
}

// Bits from the lowest on, as deflate has them.
class Bits {
  constructor(room) {
    this.bytes = new Uint8Array(room);
    this.n = this.held = this.count = 0;
  }
  put(value, bits) {
    this.held |= value << this.count;
    this.count += bits;
    while (this.count >= 8) {
      this.bytes[this.n++] = this.held;
      this.held >>>= 8;
      this.count -= 8;
    }
  }
  code(value, bits) { // Huffman codes begin with their highest bit
    let turned = 0;
    for (let i = 0; i < bits; i++) turned |= (value >> i & 1) << (bits - 1 - i);
    this.put(turned, bits);
  }
  literal(v) {
    if (v < 144) this.code(48 + v, 8);
    else if (v < 256) this.code(400 + v - 144, 9);
    else if (v < 280) this.code(v - 256, 7);
    else this.code(192 + v - 280, 8);
  }
}

// Lengths and distances of RFC 1951: [first, bits] by symbol.
function ladder(first, symbols, step, most) {
  const list = [];
  for (let i = 0, at = first; i < symbols; i++) {
    const bits = i < 2 * step ? 0 : Math.floor(i / step) - 1;
    list.push([at, bits]);
    at += 1 << bits;
  }
  if (most) list[symbols - 1] = [most, 0];
  return list;
}
const lengths = ladder(3, 29, 4, 258), distances = ladder(1, 30, 2);

function symbol(list, value) {
  let i = list.length - 1;
  while (list[i][0] > value) i--;
  return i;
}

// zlib: one block with fixed codes; copies of what stood before are found by their first four bytes.
export function deflate(data) {
  const out = new Bits(data.length * 2 + 64), last = new Int32Array(1 << 15).fill(-1);
  out.put(0x78, 8);
  out.put(0x9c, 8);
  out.put(3, 3);
  let a = 1, b = 0;
  for (const v of data) {
    a = (a + v) % 65521;
    b = (b + a) % 65521;
  }
  for (let i = 0; i < data.length;) {
    let length = 0, distance = 0;
    if (i + 4 <= data.length) {
      const key = (data[i] | data[i + 1] << 8 | data[i + 2] << 16 | data[i + 3] << 24) * 0x9e3779b1 >>> 17;
      const at = last[key];
      last[key] = i;
      if (at >= 0 && i - at <= 32768) {
        while (length < 258 && i + length < data.length && data[at + length] === data[i + length]) length++;
        distance = i - at;
      }
    }
    if (length >= 4) {
      let s = symbol(lengths, length);
      out.literal(257 + s);
      out.put(length - lengths[s][0], lengths[s][1]);
      s = symbol(distances, distance);
      out.code(s, 5);
      out.put(distance - distances[s][0], distances[s][1]);
      i += length;
    } else {
      out.literal(data[i++]);
    }
  }
  out.literal(256);
  out.put(0, 7);
  out.count = out.held = 0;
  for (const v of [b >> 8, b, a >> 8, a]) out.bytes[out.n++] = v;
  return out.bytes.subarray(0, out.n);
}

// Lines of red, green and blue, each behind the number of its filter: none.
export function rows(rgba, w, h) {
  const all = new Uint8Array((3 * w + 1) * h);
  for (let y = 0, at = 0; y < h; y++) {
    at++;
    for (let x = 0; x < w; x++) {
      for (let k = 0; k < 3; k++) all[at++] = rgba[4 * (y * w + x) + k];
    }
  }
  return all;
}

export function png(rgba, w, h) {
  const head = new Uint8Array(13), view = new DataView(head.buffer);
  view.setUint32(0, w);
  view.setUint32(4, h);
  head.set([8, 2, 0, 0, 0], 8);
  const part = [Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10), chunk("IHDR", head),
    chunk("IDAT", deflate(rows(rgba, w, h))), chunk("IEND", new Uint8Array(0))];
  const all = new Uint8Array(part.reduce((n, p) => n + p.length, 0));
  let n = 0;
  for (const p of part) {
    all.set(p, n);
    n += p.length;
  }
  return all;
}
