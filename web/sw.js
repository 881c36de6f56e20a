// sw.js -- the folder without a network, and the headers that shared memory needs
const KEEP = "nabla-@BUILD@", FILES = ["./", "index.html", "page.css", "page.js", "worker.js", "layout.js", "graphviz.js", "nabla.wasm",
  "files.json", "sans.woff2", "bold.woff2", "icon.svg"];

// Past the browser's own cache; a page that is open keeps the version that it began with.
self.oninstall = e => e.waitUntil(caches.open(KEEP).then(c => c.addAll(FILES.map(f => new Request(f, { cache: "reload" })))));
self.onmessage = e => e.data === "take over" && self.skipWaiting();
self.onactivate = e => e.waitUntil(caches.keys()
  .then(names => Promise.all(names.filter(n => n.startsWith("nabla-") && n !== KEEP).map(n => caches.delete(n))))
  .then(() => self.clients.claim()));

async function answer(request) {
  const cache = await caches.open(KEEP), kept = await cache.match(request, { ignoreSearch: true });
  const found = kept || await fetch(request), headers = new Headers(found.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  return new Response(found.body, { status: found.status, statusText: found.statusText, headers });
}
self.onfetch = e => {
  if (e.request.method === "GET" && new URL(e.request.url).origin === location.origin) e.respondWith(answer(e.request));
};
