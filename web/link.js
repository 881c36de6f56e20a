// link.js -- sessions in links: code and states, compressed, as letters that links may hold
const writer = new TextEncoder(), reader = new TextDecoder();

async function through(stream, bytes) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

export async function pack(text) {
  const bytes = await through(new CompressionStream("deflate-raw"), writer.encode(text));
  let s = "";
  for (const b of bytes) s += String.fromCharCode(b);
  return btoa(s).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const MOST = 4 << 20; // bytes that a link may unfold to

// The text; null when the letters are none of ours.
export async function unpack(letters) {
  try {
    const packed = Uint8Array.from(atob(letters.replace(/-/g, "+").replace(/_/g, "/")), c => c.charCodeAt(0));
    const from = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    const part = [];
    let n = 0;
    for (;;) {
      const { done, value } = await from.read();
      if (done) break;
      if ((n += value.length) > MOST) return null;
      part.push(value);
    }
    return reader.decode(await new Blob(part).arrayBuffer());
  } catch {
    return null;
  }
}

/* What the address asks for: {code}, {lesson}, {state} or {}; embed: "graph". `#code=` may also be
   plain text, percent-encoded. */
export async function asked(address) {
  const url = new URL(address), hash = url.hash.slice(1), at = hash.indexOf("=");
  const kind = hash.slice(0, at), rest = hash.slice(at + 1), out = { embed: url.searchParams.get("embed") };
  if (kind === "code") {
    let text;
    if (rest.startsWith("z.")) text = await unpack(rest.slice(2));
    else {
      try {
        text = decodeURIComponent(rest);
      } catch {
        text = rest;
      }
    }
    if (text) out.code = text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "").slice(0, 100000);
  } else if (kind === "lesson" && /^\d{1,3}$/.test(rest)) {
    out.lesson = Number(rest);
  } else if (kind === "state") {
    const text = await unpack(rest.replace(/^z\./, ""));
    if (text && text.startsWith("# nabla state")) out.state = text;
  }
  return out;
}
