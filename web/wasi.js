// wasi.js -- the calls of WASI that the program makes: files in memory, a clock, nothing else
const NOENT = 44, BADF = 8, EXIST = 20, ISDIR = 31, NOTDIR = 54, INVAL = 28, NOTEMPTY = 55;
const DIRECTORY = 3, REGULAR = 4, CHARACTER = 2, ROOT = 3;
const reader = new TextDecoder(), writer = new TextEncoder();

// Files by path without a leading slash; folders are there when something is below them, or made.
export class Files {
  constructor() {
    this.file = new Map();
    this.folder = new Set([""]);
  }
  static path(text) {
    const part = [];
    for (const p of text.split("/")) {
      if (p === "..") part.pop();
      else if (p !== "" && p !== ".") part.push(p);
    }
    return part.join("/");
  }
  above(path) {
    return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
  }
  write(path, bytes) {
    path = Files.path(path);
    for (let p = this.above(path); p; p = this.above(p)) this.folder.add(p);
    this.file.set(path, { bytes, size: bytes.length });
  }
  read(path) {
    const f = this.file.get(Files.path(path));
    return f && f.bytes.subarray(0, f.size);
  }
  within(folder) {
    const names = new Map();
    for (const p of this.folder) if (p && this.above(p) === folder) names.set(p, DIRECTORY);
    for (const p of this.file.keys()) if (this.above(p) === folder) names.set(p, REGULAR);
    return [...names].map(([p, type]) => ({ name: p.slice(folder ? folder.length + 1 : 0), type }));
  }
}

function grow(f, size) {
  if (size > f.bytes.length) {
    const bytes = new Uint8Array(Math.max(size, 2 * f.bytes.length, 4096));
    bytes.set(f.bytes.subarray(0, f.size));
    f.bytes = bytes;
  }
  f.size = Math.max(f.size, size);
}

// Imports for a module: memory() is its memory, print(fd, bytes) takes what goes to 1 and 2.
export function wasi(files, environment, memory, print) {
  const open = new Map([[ROOT, { path: "", type: DIRECTORY }]]);
  let next = ROOT + 1;
  const view = () => new DataView(memory());
  const bytes = (p, n) => new Uint8Array(memory(), p, n);
  const text = (p, n) => reader.decode(bytes(p, n).slice());
  const type = path => files.folder.has(path) ? DIRECTORY : files.file.has(path) ? REGULAR : 0;
  const under = (fd, p, n) => Files.path((open.get(fd)?.path || "") + "/" + text(p, n));
  const lines = environment.map(e => writer.encode(e + "\0"));
  const put64 = (p, x) => view().setBigUint64(p, BigInt(x), true);
  const put32 = (p, x) => view().setUint32(p, x, true);

  function stat(to, kind, size) {
    bytes(to, 64).fill(0);
    view().setUint8(to + 16, kind);
    put64(to + 24, 1);
    put64(to + 32, size);
    return 0;
  }
  const parts = (iovs, n) => Array.from({ length: n }, (_, i) =>
    bytes(view().getUint32(iovs + 8 * i, true), view().getUint32(iovs + 8 * i + 4, true)));

  return {
    environ_sizes_get(count, size) {
      put32(count, lines.length);
      put32(size, lines.reduce((n, l) => n + l.length, 0));
      return 0;
    },
    environ_get(at, room) {
      for (const l of lines) {
        put32(at, room);
        bytes(room, l.length).set(l);
        at += 4;
        room += l.length;
      }
      return 0;
    },
    clock_time_get(id, precision, to) {
      const ms = id === 0 ? Date.now() : performance.now();
      put64(to, Math.round(ms * 1e6));
      return 0;
    },
    fd_close: fd => open.delete(fd) ? 0 : BADF,
    fd_fdstat_get(fd, to) {
      const o = open.get(fd);
      if (!o && fd > 2) return BADF;
      bytes(to, 24).fill(0);
      view().setUint8(to, o ? o.type : CHARACTER);
      put64(to + 8, 0x1fffffff);
      put64(to + 16, 0x1fffffff);
      return 0;
    },
    fd_fdstat_set_flags: () => 0,
    fd_filestat_get(fd, to) {
      const o = open.get(fd);
      if (!o) return fd > 2 ? BADF : stat(to, CHARACTER, 0);
      return stat(to, o.type, o.file ? o.file.size : 0);
    },
    fd_prestat_get(fd, to) {
      if (fd !== ROOT) return BADF;
      put32(to, 0);
      put32(to + 4, 1);
      return 0;
    },
    fd_prestat_dir_name(fd, p, n) {
      bytes(p, n).set(writer.encode("/").subarray(0, n));
      return 0;
    },
    fd_read(fd, iovs, n, done) {
      const o = open.get(fd);
      let sum = 0;
      if (!o) {
        put32(done, 0);
        return fd === 0 ? 0 : BADF;
      }
      if (!o.file) return ISDIR;
      for (const part of parts(iovs, n)) {
        const from = o.file.bytes.subarray(o.at, Math.min(o.at + part.length, o.file.size));
        part.set(from);
        o.at += from.length;
        sum += from.length;
      }
      put32(done, sum);
      return 0;
    },
    fd_write(fd, iovs, n, done) {
      const o = open.get(fd);
      let sum = 0;
      if (!o && fd !== 1 && fd !== 2) return BADF;
      for (const part of parts(iovs, n)) {
        if (!o) {
          print(fd, part.slice());
        } else {
          const at = o.append ? o.file.size : o.at;
          grow(o.file, at + part.length);
          o.file.bytes.set(part, at);
          o.at = at + part.length;
        }
        sum += part.length;
      }
      put32(done, sum);
      return 0;
    },
    fd_seek(fd, offset, whence, to) {
      const o = open.get(fd);
      if (!o || !o.file) return BADF;
      const at = Number(offset) + (whence === 0 ? 0 : whence === 1 ? o.at : o.file.size);
      if (at < 0) return INVAL;
      o.at = at;
      put64(to, at);
      return 0;
    },
    fd_readdir(fd, to, room, cookie, used) {
      const o = open.get(fd);
      if (!o || o.type !== DIRECTORY) return NOTDIR;
      const all = files.within(o.path);
      let n = 0;
      for (let i = Number(cookie); i < all.length && n < room; i++) {
        const name = writer.encode(all[i].name), entry = new Uint8Array(24 + name.length);
        const d = new DataView(entry.buffer);
        d.setBigUint64(0, BigInt(i + 1), true);
        d.setUint32(16, name.length, true);
        d.setUint8(20, all[i].type);
        entry.set(name, 24);
        bytes(to + n, Math.min(entry.length, room - n)).set(entry.subarray(0, room - n));
        n += Math.min(entry.length, room - n);
      }
      put32(used, n);
      return 0;
    },
    path_create_directory(fd, p, n) {
      const path = under(fd, p, n);
      if (type(path)) return EXIST;
      if (type(files.above(path)) !== DIRECTORY) return NOENT;
      files.folder.add(path);
      return 0;
    },
    path_filestat_get(fd, flags, p, n, to) {
      const path = under(fd, p, n), kind = type(path);
      return kind ? stat(to, kind, kind === REGULAR ? files.file.get(path).size : 0) : NOENT;
    },
    path_open(fd, follow, p, n, how, rights, inherited, flags, to) {
      const path = under(fd, p, n), kind = type(path);
      const create = how & 1, folder = how & 2, alone = how & 4, empty = how & 8;
      if (!kind && (!create || type(files.above(path)) !== DIRECTORY)) return NOENT;
      if (kind && create && alone) return EXIST;
      if (kind === DIRECTORY && (create || empty || (rights & 64n && !(rights & 2n)))) return ISDIR;
      if (kind === REGULAR && folder) return NOTDIR;
      if (!kind) files.write(path, new Uint8Array(0));
      const file = files.file.get(path);
      if (file && empty) file.size = 0;
      open.set(next, { path, type: file ? REGULAR : DIRECTORY, file, at: 0, append: flags & 1 });
      put32(to, next++);
      return 0;
    },
    path_readlink: (fd, p, n) => type(under(fd, p, n)) ? INVAL : NOENT,
    path_rename(fd, p, n, fd2, p2, n2) {
      const from = under(fd, p, n), to = under(fd2, p2, n2);
      if (type(from) !== REGULAR || type(files.above(to)) !== DIRECTORY) return NOENT;
      if (type(to) === DIRECTORY) return ISDIR;
      files.file.set(to, files.file.get(from));
      files.file.delete(from);
      return 0;
    },
    path_unlink_file(fd, p, n) {
      const path = under(fd, p, n);
      return type(path) === DIRECTORY ? ISDIR : files.file.delete(path) ? 0 : NOENT;
    },
    path_remove_directory(fd, p, n) {
      const path = under(fd, p, n);
      if (files.within(path).length) return NOTEMPTY;
      return files.folder.delete(path) ? 0 : NOENT;
    },
    // Everything asked about is there at once.
    poll_oneoff(from, to, n, done) {
      for (let i = 0; i < n; i++) {
        bytes(to + 32 * i, 32).fill(0);
        bytes(to + 32 * i, 8).set(bytes(from + 48 * i, 8));
        view().setUint8(to + 32 * i + 10, view().getUint8(from + 48 * i + 8));
      }
      put32(done, n);
      return 0;
    },
    proc_exit(status) {
      throw new Error("the program ended with status " + status);
    },
  };
}
