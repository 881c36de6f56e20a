// pdf.js -- a picture as a page of a PDF file: its pixels, since it has no fonts of its own
import { deflate, rows } from "./png.js";

// A text as UTF-16 in hexadecimal, as titles are.
const title16 = t => "<FEFF" + Array.from({ length: t.length }, (_, i) =>
  t.charCodeAt(i).toString(16).padStart(4, "0")).join("").toUpperCase() + ">";

/* rgba: columns × lines pixels, shown on a page of w × h pt. */
export function pdf(rgba, columns, lines, w, h, title) {
  const packed = deflate(rows(rgba, columns, lines)), draw = `q ${w} 0 0 ${h} 0 0 cm /I Do Q`;
  const parts = [], places = [], writer = new TextEncoder();
  let at = 0;
  const put = p => {
    const bytes = typeof p === "string" ? writer.encode(p) : p;
    parts.push(bytes);
    at += bytes.length;
  };
  const object = (head, stream) => {
    places.push(at);
    put(`${places.length} 0 obj\n${head}\n`);
    if (stream !== undefined) {
      put("stream\n");
      put(stream);
      put("\nendstream\n");
    }
    put("endobj\n");
  };
  put("%PDF-1.4\n");
  object("<< /Type /Catalog /Pages 2 0 R >>");
  object("<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
  object(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${w} ${h}] /Resources << /XObject << /I 4 0 R >> >> /Contents 5 0 R >>`);
  object(`<< /Type /XObject /Subtype /Image /Width ${columns} /Height ${lines} /ColorSpace /DeviceRGB /BitsPerComponent 8 ` +
    `/Filter /FlateDecode /DecodeParms << /Predictor 15 /Colors 3 /Columns ${columns} >> /Length ${packed.length} >>`, packed);
  object(`<< /Length ${draw.length} >>`, draw);
  object(`<< /Title ${title16(title)} /Producer (nabla) >>`);
  const table = at;
  put(`xref\n0 ${places.length + 1}\n0000000000 65535 f \n` + places.map(p => `${String(p).padStart(10, "0")} 00000 n \n`).join("") +
    `trailer\n<< /Size ${places.length + 1} /Root 1 0 R /Info 6 0 R >>\nstartxref\n${table}\n%%EOF\n`);
  const all = new Uint8Array(at);
  let n = 0;
  for (const p of parts) {
    all.set(p, n);
    n += p.length;
  }
  return all;
}
