// assets.js -- what the page needs besides itself: beside it in a folder, or within it in one file
/* In one file each is a script element of an unknown type that holds it packed, in base64. */
async function inside(id) {
  const text = document.getElementById(id)?.textContent;
  if (text === undefined) return null;
  const packed = new Blob([Uint8Array.from(atob(text.trim()), c => c.charCodeAt(0))]);
  return new Uint8Array(await new Response(packed.stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
}

async function beside(name) {
  const r = await fetch(name);
  if (!r.ok) throw new Error(`${name}: ${r.status}`);
  return new Uint8Array(await r.arrayBuffer());
}

const script = bytes => new Worker(URL.createObjectURL(new Blob([bytes], { type: "text/javascript" })));

export async function assets() {
  const one = !!document.getElementById("asset-nabla.wasm");
  const get = name => one ? inside(`asset-${name}`) : beside(name);
  const [wasm, sans, bold, files] = await Promise.all(["nabla.wasm", "sans.woff2", "bold.woff2", "files.json"].map(get));
  const fonts = [{ bytes: sans, weight: "normal" }, { bytes: bold, weight: "bold" }];
  for (const f of fonts) {
    const face = new FontFace("DejaVu Sans", f.bytes, { weight: f.weight });
    document.fonts.add(await face.load().catch(() => face));
  }
  const text = JSON.parse(new TextDecoder().decode(files)), writer = new TextEncoder();
  let worker = () => new Worker("worker.js"), graphviz = () => new Worker("layout.js");
  if (one) {
    const [w, g] = [await inside("asset-worker.js"), await inside("asset-layout.js")];
    worker = () => script(w);
    graphviz = () => script(g);
  } else if (navigator.serviceWorker && self.isSecureContext) {
    await served();
  }
  return { worker, graphviz, fonts, module: await WebAssembly.compile(wasm),
    files: Object.fromEntries(Object.entries(text).map(([k, v]) => [k, writer.encode(v)])) };
}

/* A newer version that came during the last visit is taken before anything begins; one that comes
   now waits for the next load. */
async function newest(known) {
  const worker = navigator.serviceWorker;
  if (known.waiting && worker.controller) {
    const taken = new Promise(yes => worker.addEventListener("controllerchange", yes, { once: true }));
    known.waiting.postMessage("take over");
    await taken;
    location.reload();
    await new Promise(() => {});
  }
  known.addEventListener("updatefound", () => {
    const next = known.installing;
    next.addEventListener("statechange", () => {
      if (next.state === "installed" && worker.controller) self.dispatchEvent(new Event("newer"));
    });
  });
}

/* Offline use, and memory that page and worker share where nothing better is there: the service
   worker adds the headers for it, which take effect with the next load; that is tried once. */
async function served() {
  try {
    await newest(await navigator.serviceWorker.register("sw.js"));
    const needed = !("Suspending" in WebAssembly) || new URLSearchParams(location.search).get("mode") === "shared";
    if (needed && !self.crossOriginIsolated && !sessionStorage.getItem("isolated")) {
      sessionStorage.setItem("isolated", "1");
      await navigator.serviceWorker.ready;
      location.reload();
      await new Promise(() => {});
    }
  } catch {
    // without it the page works too
  }
}
