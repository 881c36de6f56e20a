// keep.js -- what the browser keeps of a session until the next visit
const NAME = "nabla", SHELF = "kept";
let opened;

function base() {
  opened ||= new Promise((yes, no) => {
    const r = indexedDB.open(NAME, 1);
    r.onupgradeneeded = () => r.result.createObjectStore(SHELF);
    r.onsuccess = () => yes(r.result);
    r.onerror = () => no(r.error);
  });
  return opened;
}

// Nothing is kept where the browser forbids it.
async function request(how, act) {
  try {
    const db = await base();
    return await new Promise((yes, no) => {
      const r = act(db.transaction(SHELF, how).objectStore(SHELF));
      r.onsuccess = () => yes(r.result);
      r.onerror = () => no(r.error);
    });
  } catch {
    return undefined;
  }
}

/* Puts change(what is there) in its place, at once; what is there then. Nothing where change gives
   undefined: that is the answer then. */
export async function amend(key, change) {
  try {
    const db = await base();
    return await new Promise((yes, no) => {
      const shelf = db.transaction(SHELF, "readwrite").objectStore(SHELF), r = shelf.get(key);
      r.onerror = () => no(r.error);
      r.onsuccess = () => {
        const value = change(r.result);
        if (value === undefined) return yes(undefined);
        const put = shelf.put(value, key);
        put.onsuccess = () => yes(value);
        put.onerror = () => no(put.error);
      };
    });
  } catch {
    return null; // the browser forbids it
  }
}

export const recall = key => request("readonly", s => s.get(key));
export const keep = (key, value) => request("readwrite", s => s.put(value, key));
export const forget = key => request("readwrite", s => s.delete(key));
