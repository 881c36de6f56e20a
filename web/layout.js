// layout.js -- Graphviz in a worker of its own: it blocks while it works
import { layout } from "./graphviz.js";

self.onmessage = async e => {
  self.postMessage({ number: e.data.number, text: await layout(e.data.job) });
};
