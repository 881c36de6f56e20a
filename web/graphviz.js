// graphviz.js -- the layout worker's other end: jobs of layout_wire.h for Graphviz and back
// Graphviz itself stands before this in the made file, as `Graphviz`.

// The same wishes as in layout_gvc.c.
export function toDot(job) {
  const line = job.split("\n"), [, n, m, how] = line[0].split(" ").map(Number);
  const upright = how & 1, tight = how & 2, inch = px => (px / 72).toFixed(4);
  const out = ["digraph g {", `graph [rankdir=${upright ? "TB" : "LR"},nodesep=${inch(upright ? 30 : 24)},` +
    `ranksep=${inch(tight ? 22 : upright ? 34 : 44)}${n > 150 ? ",nslimit=0.1,nslimit1=0.1,mclimit=0.1,splines=line" : ""}];`,
    `node [label="",fixedsize=true,shape=box,width=1,height=1]; edge [arrowsize=0.8];`];
  for (let i = 0; i < n; i++) {
    const [w, h, oval] = line[1 + i].split(" ").map(Number);
    out.push(`${i} [width=${inch(w)},height=${inch(h)}${oval ? ",shape=ellipse" : ""}];`);
  }
  for (let i = 0; i < m; i++) {
    const [from, to] = line[1 + n + i].split(" ");
    out.push(`${from} -> ${to} [id=${i}];`);
  }
  return { dot: out.join("\n") + "}\n", n, m };
}

export function toAnswer(json, n, m) {
  const g = JSON.parse(json), [left, bottom, right, top] = g.bb.split(",").map(Number);
  const place = (x, y) => `${(x - left).toFixed(2)} ${(top - y).toFixed(2)}`;
  const node = [], edge = [];
  for (const o of g.objects || []) node[Number(o.name)] = o.pos.split(",").map(Number);
  for (const e of g.edges || []) {
    const part = (e.pos || "").split(";")[0].split(" ").filter(p => p);
    const point = part.filter(p => !/^[es]/.test(p)).map(p => p.split(",").map(Number));
    const end = part.find(p => p.startsWith("e,"));
    const tip = end ? end.split(",").slice(1).map(Number) : point[point.length - 1];
    edge[Number(e.id)] = point.length ? [tip, point] : null;
    if (!point.length) { // Graphviz drew nothing: straight from centre to centre
      const [from, to] = [e.tail, e.head].map(i => node[Number(g.objects[i].name)]);
      edge[Number(e.id)] = [to, [from, from, to, to]];
    }
  }
  const out = [`ok ${(right - left).toFixed(2)} ${(top - bottom).toFixed(2)}`];
  for (let i = 0; i < n; i++) out.push(place(...node[i]));
  for (let i = 0; i < m; i++) {
    const [tip, point] = edge[i];
    out.push(`${point.length} ${place(...tip)} ${point.map(p => place(...p)).join(" ")}`);
  }
  return out.join("\n") + "\nend\n";
}

let loaded;
export async function layout(job) {
  try {
    loaded ||= Graphviz.load();
    return at(await loaded, job);
  } catch {
    return "fail\nend\n";
  }
}

// With Graphviz at hand already.
export function at(graphviz, job) {
  const { dot, n, m } = toDot(job);
  return toAnswer(graphviz.layout(dot, "json", "dot"), n, m);
}
