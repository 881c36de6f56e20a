/* faults.c -- what the program asks of memory and of files, any of which can be made to fail */

/* Linked into a program of the tests alone: the linker's --wrap sends the calls of our own objects
 * through here, those of the libraries go their usual way. What is to fail stands in $NB_FAULTS:
 *
 *   memory at N        the N-th request for memory is refused
 *   memory from N      that one and all after it
 *   files at N E       the N-th call that has to do with files fails with the errno E; 0: it does
 *                      a part of its work, where there is such a thing (write, read)
 *   files kill N       the process is killed by SIGKILL before the N-th call
 *   memory each F P W  every request up to number F, and after it each larger by P percent than
 *                      the one before, is refused in a copy of the process, once alone and once
 *                      with all after it. What the copies print and how they end is compared with
 *                      the files W.out and W.err of a run in which nothing failed, its status with
 *                      $NB_WANTED. Findings go to W.found, one a line; at the end a line "tried N".
 *                      A line "worker N": from the N-th on there was a worker process or a second
 *                      thread, of which a copy has no part, and nothing was tried.
 *   memory new N P W   the same for requests whose callers, the last N, were not met before, or one
 *                      in P of them: those met stand in the file W.met, which programs run one
 *                      after the other share
 *   memory meet N W    nothing fails: the callers of all requests count as met from now on
 *   memory once N W    the first request is refused whose callers were not met before; W.found gets
 *                      a line "refused"
 * In other words "count KIND W": W.found gets "counted N".
 */
#define _GNU_SOURCE /* memfd_create */
#include <dirent.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define REAL(type, name, ...) extern type __real_##name(__VA_ARGS__)
#define WRAP(type, name, ...)                                                                      \
    type __wrap_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__)

REAL(void *, mmap, void *, size_t, int, int, int, off_t); /* also what is asked for here */

#define COPY_SECONDS 60 /* times $NB_PATIENCE */

typedef enum Kind { NOTHING, MEMORY, FILES } Kind;

static Kind kind;
static bool from, kills, each, counting, copy, meeting, once;
static uint64_t
    *met;         /* marks of callers met; mapped. NULL: every request is tried that F and P say */
static int depth; /* callers that make a mark */
static long at, calls, tried, first, percent;
static long one_in = 1, new_ones; /* of requests with new callers */
static long worker_since;
static int code, wanted_status;
static char found_path[512];
static char *wanted[2]; /* what is printed when nothing fails; mapped */
static size_t nwanted[2];

/* A debugger stops here. */
__attribute__((noinline)) void fault_here(void);
void fault_here(void)
{
    __asm__ volatile("");
}

static void put_found(const char *fmt, ...)
{
    char line[512];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    int fd = open(found_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd >= 0) {
        if (n > 0 && write(fd, line, (size_t)n) < 0) {
            _exit(99);
        }
        close(fd);
    }
}

extern char __executable_start[], etext[];

/* A finding ends with the callers as addresses in the file of the program, for addr2line. */
static void put_where(void)
{
    void *frame[16];
    char line[300] = "  @";
    int n = backtrace(frame, 16);
    for (int i = 3; i < n; i++) {
        size_t len = strlen(line);
        snprintf(line + len, sizeof line - len, " %lx",
                 (unsigned long)((char *)frame[i] - __executable_start) - 1);
    }
    put_found("%s\n", line);
}

static char *mapped(const char *path, size_t *n)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    *n = fd >= 0 && fstat(fd, &st) == 0 ? (size_t)st.st_size : 0;
    char *p = *n > 0 ? __real_mmap(NULL, *n, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    if (fd >= 0) {
        close(fd);
    }
    return p == MAP_FAILED ? NULL : p;
}

#define MET_SLOTS ((size_t)1 << 18)

static void map_met(const char *path)
{
    const size_t bytes = MET_SLOTS * sizeof *met;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0 || ftruncate(fd, (off_t)bytes) != 0) {
        _exit(99);
    }
    met = __real_mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (met == MAP_FAILED) {
        _exit(99);
    }
}

/* The callers of this request, `caller` the last, are not among those met; they are now. */
static bool new_callers(const void *caller)
{
    void *frame[40];
    const int most = (int)(sizeof frame / sizeof frame[0]);
    int n = backtrace(frame, depth + 6 < most ? depth + 6 : most), begin = 0;
    while (begin < n && frame[begin] != caller) {
        begin++;
    }
    uint64_t mark = 1469598103934665603u;
    for (int i = begin; i < n && i < begin + depth; i++) {
        const char *at_frame = frame[i];
        const bool ours = at_frame >= __executable_start && at_frame < etext;
        mark = (mark ^ (ours ? (uint64_t)(at_frame - __executable_start) : 1)) * 1099511628211u;
        mark ^= mark >> 29;
    }
    mark |= 1;
    for (size_t i = mark % MET_SLOTS, k = 0; k < MET_SLOTS; i = (i + 1) % MET_SLOTS, k++) {
        if (met[i] == mark) {
            return false;
        }
        if (met[i] == 0) {
            met[i] = mark;
            return true;
        }
    }
    return false;
}

static void read_each(const char *text, bool callers)
{
    char one[600];
    if (callers) {
        sscanf(text, "%*s %*s %d %ld %500s", &depth, &one_in, one);
    } else {
        sscanf(text, "%*s %*s %ld %ld %500s", &first, &percent, one);
    }
    snprintf(found_path, sizeof found_path, "%.500s.found", one);
    size_t n = strlen(one);
    strcpy(one + n, ".out");
    wanted[0] = mapped(one, &nwanted[0]);
    strcpy(one + n, ".err");
    wanted[1] = mapped(one, &nwanted[1]);
    if (callers) {
        strcpy(one + n, ".met");
        map_met(one);
    }
    wanted_status = atoi(getenv("NB_WANTED"));
    each = true;
    at = 1;
}

static void read_orders(const char *text)
{
    char what[16] = "", how[16] = "";
    char one[600];
    if (sscanf(text, "%15s %15s", what, how) < 2) {
        return;
    }
    if (strcmp(what, "count") == 0) {
        counting = true;
        kind = strcmp(how, "memory") == 0 ? MEMORY : FILES;
        sscanf(text, "%*s %*s %500s", one);
        snprintf(found_path, sizeof found_path, "%.500s.found", one);
        return;
    }
    kind = strcmp(what, "memory") == 0 ? MEMORY : FILES;
    from = strcmp(how, "from") == 0;
    kills = strcmp(how, "kill") == 0;
    meeting = strcmp(how, "meet") == 0;
    once = strcmp(how, "once") == 0;
    if (meeting || once) {
        sscanf(text, "%*s %*s %d %500s", &depth, one);
        snprintf(found_path, sizeof found_path, "%.500s.found", one);
        strcat(one, ".met");
        map_met(one);
        return;
    }
    const bool callers = strcmp(how, "new") == 0;
    if (callers || strcmp(how, "each") == 0) {
        read_each(text, callers);
    } else {
        sscanf(text, "%*s %*s %ld %d", &at, &code);
    }
}

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("NB_FAULTS");
    if (text) {
        read_orders(text);
        unsetenv("NB_FAULTS"); /* not for the worker */
    }
}

__attribute__((destructor)) static void end(void)
{
    if (counting) {
        put_found("counted %ld\n", calls);
    } else if (each && !copy) {
        put_found("tried %ld of %ld\n", tried, calls);
    }
}

/* --- copies of the process --- */

/* What was written to fd so far, in a file of its own; the copy goes on there. */
static int own_output(int fd)
{
    char part[4096];
    int own = memfd_create("copy", 0);
    ssize_t n;
    for (off_t pos = 0; (n = pread(fd, part, sizeof part, pos)) > 0; pos += n) {
        if (write(own, part, (size_t)n) != n) {
            _exit(99);
        }
    }
    return own;
}

/* Input from a file is read by the copy on its own. */
static void own_input(void)
{
    off_t pos = lseek(0, 0, SEEK_CUR);
    int own = pos >= 0 ? open("/proc/self/fd/0", O_RDONLY) : -1;
    if (own >= 0) {
        lseek(own, pos, SEEK_SET);
        dup2(own, 0);
        close(own);
    }
}

static char *read_back(int fd, size_t *n)
{
    struct stat st;
    fstat(fd, &st);
    *n = (size_t)st.st_size;
    char *p = *n > 0 ? __real_mmap(NULL, *n, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    return p == MAP_FAILED ? NULL : p;
}

/* Every line of text is one of those wanted, in their order; some may be left out. */
static bool is_part(const char *text, size_t n, const char *want, size_t nwant, char *odd,
                    size_t cap)
{
    size_t w = 0;
    for (size_t i = 0; i < n;) {
        const char *nl = memchr(text + i, '\n', n - i);
        size_t len = nl ? (size_t)(nl - (text + i)) + 1 : n - i;
        bool same = false;
        while (!same && w < nwant) {
            const char *wl = memchr(want + w, '\n', nwant - w);
            size_t wlen = wl ? (size_t)(wl - (want + w)) + 1 : nwant - w;
            same = nl ? wlen == len && memcmp(text + i, want + w, len) == 0
                      : wlen >= len && memcmp(text + i, want + w, len) == 0;
            w += wlen;
        }
        if (!same) {
            snprintf(odd, cap, "%.*s", (int)(len < cap ? len - (nl != NULL) : cap - 1), text + i);
            return false;
        }
        i += len;
    }
    return true;
}

static bool has(const char *text, size_t n, const char *word)
{
    return n > 0 && memmem(text, n, word, strlen(word)) != NULL;
}

static void judge(int status, const int out[2], bool all)
{
    size_t n[2];
    char *text[2] = {read_back(out[0], &n[0]), read_back(out[1], &n[1])};
    char odd[160] = "";
    const char *how = all ? "from" : "at";
    bool same = true, same_out = true, said = has(text[1], n[1], "out of memory");
    for (int i = 0; i < 2; i++) {
        same &= n[i] == nwanted[i] && (n[i] == 0 || memcmp(text[i], wanted[i], n[i]) == 0);
        same_out = i == 0 ? same : same_out;
    }
    char what[200] = "";
    if (WIFSIGNALED(status)) {
        snprintf(what, sizeof what, "signal %d", WTERMSIG(status));
    } else if (same_out && WEXITSTATUS(status) == wanted_status && (same || said)) {
        /* done without, perhaps with a note */
    } else if (WEXITSTATUS(status) != 1) {
        is_part(text[0], n[0], wanted[0], nwanted[0], odd, sizeof odd);
        snprintf(what, sizeof what, "status %d instead of %d%s%s: %.80s: %.60s",
                 WEXITSTATUS(status), wanted_status, same ? "" : ", other output",
                 said ? ", said" : "", odd,
                 n[1] != nwanted[1] ? text[1] + n[1] - (n[1] > 60 ? 60 : n[1]) : "");
    } else if (!said) {
        const int shown = n[1] > 160 ? 160 : (int)n[1];
        snprintf(what, sizeof what, "no word of it: %.*s", shown, n[1] ? text[1] : "");
        for (char *c = what; *c; c++) { /* a line for each finding */
            *c = *c == '\n' ? ' ' : *c;
        }
    } else if (!is_part(text[0], n[0], wanted[0], nwanted[0], odd, sizeof odd)) {
        snprintf(what, sizeof what, "printed: %s", odd);
    }
    if (what[0]) {
        put_found("memory %s %ld: %s", how, calls, what);
        put_where();
    }
    for (int i = 0; i < 2; i++) {
        if (text[i]) {
            munmap(text[i], n[i]);
        }
    }
}

/* true: this is the copy in which the request is refused. */
static bool try_copy(bool all)
{
    const char *patience = getenv("NB_PATIENCE");
    int out[2] = {own_output(1), own_output(2)}, status;
    pid_t pid = fork();
    if (pid == 0) {
        copy = true;
        from = all;
        at = calls;
        dup2(out[0], 1);
        dup2(out[1], 2);
        own_input();
        alarm((unsigned)(COPY_SECONDS * (patience ? atof(patience) : 1)));
        return true;
    }
    tried++;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (pid > 0) {
        judge(status, out, all);
    }
    close(out[0]);
    close(out[1]);
    return false;
}

/* A copy has one thread: what others held would stay held. */
static bool alone(void)
{
    DIR *d = opendir("/proc/self/task");
    int threads = 0;
    for (const struct dirent *e; d && (e = readdir(d));) {
        threads += e->d_name[0] != '.';
    }
    if (d) {
        closedir(d);
    }
    return threads == 1;
}

static void stop_copying(void)
{
    worker_since = calls + 1;
    put_found("worker %ld\n", worker_since);
}

static bool fails_in_copy(const void *caller)
{
    if (calls < at || worker_since || (met && !(new_callers(caller) && new_ones++ % one_in == 0))) {
        return false;
    }
    if (!alone()) {
        stop_copying();
        return false;
    }
    if (try_copy(false) || try_copy(true)) {
        return true;
    }
    at = calls + 1;
    if (calls > first) {
        at += calls * percent / 100;
    }
    return false;
}

/* What is done for the tests at the end of a process is spared (tests/coverage.c). */
void faults_end(void);
void faults_end(void)
{
    kind = NOTHING;
}

/* The first request of callers of its own, unless they are only met. */
static bool fails_once(const void *caller)
{
    const bool now = (meeting || once) && new_callers(caller) && once;
    if (now) {
        once = false;
        put_found("refused\n");
    }
    return now;
}

static bool fails_for(Kind what, const void *caller)
{
    if (kind != what) {
        return false;
    }
    calls++;
    if (counting) {
        return false;
    }
    int before = errno;
    bool now = met && !each    ? fails_once(caller)
               : each && !copy ? fails_in_copy(caller)
               : from          ? calls >= at
                               : calls == at;
    if (now) {
        fault_here();
        if (kills) {
            raise(SIGKILL);
        }
    }
    errno = what == MEMORY && now ? ENOMEM : before;
    return now;
}

#define fails(what) fails_for(what, __builtin_return_address(0))

/* --- memory --- */

REAL(void *, malloc, size_t);
REAL(void *, calloc, size_t, size_t);
REAL(void *, realloc, void *, size_t);
REAL(char *, strdup, const char *);
REAL(char *, strndup, const char *, size_t);
REAL(char *, realpath, const char *, char *);
REAL(FILE *, open_memstream, char **, size_t *);
REAL(FILE *, fopencookie, void *, const char *, cookie_io_functions_t);
REAL(ssize_t, getline, char **, size_t *, FILE *);

WRAP(void *, malloc, size_t n)
{
    return fails(MEMORY) ? NULL : __real_malloc(n);
}

WRAP(void *, calloc, size_t n, size_t size)
{
    return fails(MEMORY) ? NULL : __real_calloc(n, size);
}

WRAP(void *, realloc, void *p, size_t n)
{
    return fails(MEMORY) ? NULL : __real_realloc(p, n);
}

WRAP(void *, mmap, void *where, size_t n, int prot, int flags, int fd, off_t pos)
{
    return fails(MEMORY) ? MAP_FAILED : __real_mmap(where, n, prot, flags, fd, pos);
}

WRAP(char *, strdup, const char *s)
{
    return fails(MEMORY) ? NULL : __real_strdup(s);
}

WRAP(char *, strndup, const char *s, size_t n)
{
    return fails(MEMORY) ? NULL : __real_strndup(s, n);
}

WRAP(char *, realpath, const char *path, char *to)
{
    return !to && fails(MEMORY) ? NULL : __real_realpath(path, to);
}

WRAP(FILE *, open_memstream, char **p, size_t *n)
{
    return fails(MEMORY) ? NULL : __real_open_memstream(p, n);
}

WRAP(FILE *, fopencookie, void *cookie, const char *mode, cookie_io_functions_t calls_of)
{
    return fails(MEMORY) ? NULL : __real_fopencookie(cookie, mode, calls_of);
}

/* Its buffer is refused; the stream is as after the library's own failure. */
WRAP(ssize_t, getline, char **p, size_t *cap, FILE *f)
{
    return fails(MEMORY) ? -1 : __real_getline(p, cap, f);
}

/* --- files --- */

REAL(int, open, const char *, int, ...);
REAL(int, close, int);
REAL(ssize_t, read, int, void *, size_t);
REAL(ssize_t, write, int, const void *, size_t);
REAL(int, fsync, int);
REAL(int, rename, const char *, const char *);
REAL(int, mkstemp, char *);
REAL(int, fchmod, int, mode_t);
REAL(int, fchown, int, uid_t, gid_t);
REAL(int, unlink, const char *);
REAL(FILE *, fopen, const char *, const char *);
REAL(size_t, fread, void *, size_t, size_t, FILE *);
REAL(int, fclose, FILE *);

/* A call that fails with `code`, or is unable to do a part of its work only. */
static bool file_fails(void)
{
    if (!fails(FILES)) {
        return false;
    }
    errno = code > 0 ? code : EIO;
    return true;
}

WRAP(int, open, const char *path, int flags, ...)
{
    va_list ap;
    va_start(ap, flags);
    mode_t mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
    va_end(ap);
    return file_fails() ? -1 : __real_open(path, flags, mode);
}

/* As the systems do: the descriptor is gone, whatever close says. */
WRAP(int, close, int fd)
{
    if (file_fails()) {
        int before = errno;
        __real_close(fd);
        errno = before;
        return -1;
    }
    return __real_close(fd);
}

WRAP(ssize_t, read, int fd, void *to, size_t n)
{
    if (file_fails()) {
        return code > 0 ? -1 : __real_read(fd, to, n > 1 ? n / 2 : n);
    }
    return __real_read(fd, to, n);
}

WRAP(ssize_t, write, int fd, const void *from_where, size_t n)
{
    if (file_fails()) {
        return code > 0 ? -1 : __real_write(fd, from_where, n > 1 ? n / 2 : n);
    }
    return __real_write(fd, from_where, n);
}

WRAP(int, fsync, int fd)
{
    return file_fails() ? -1 : __real_fsync(fd);
}

WRAP(int, rename, const char *a, const char *b)
{
    return file_fails() ? -1 : __real_rename(a, b);
}

WRAP(int, mkstemp, char *path)
{
    return file_fails() ? -1 : __real_mkstemp(path);
}

WRAP(int, fchmod, int fd, mode_t mode)
{
    return file_fails() ? -1 : __real_fchmod(fd, mode);
}

WRAP(int, fchown, int fd, uid_t u, gid_t g)
{
    return file_fails() ? -1 : __real_fchown(fd, u, g);
}

WRAP(int, unlink, const char *path)
{
    return file_fails() ? -1 : __real_unlink(path);
}

WRAP(FILE *, fopen, const char *path, const char *mode)
{
    return file_fails() ? NULL : __real_fopen(path, mode);
}

/* Marks the stream the way the library does: by a read that cannot succeed. */
WRAP(size_t, fread, void *to, size_t size, size_t n, FILE *f)
{
    if (file_fails() && code > 0) {
        int before = errno, fd = fileno(f), keep = dup(fd), bad = __real_open("/", O_RDONLY);
        dup2(bad, fd);
        size_t got = __real_fread(to, size, n, f);
        dup2(keep, fd);
        __real_close(keep);
        __real_close(bad);
        errno = before;
        return got;
    }
    return __real_fread(to, size, n, f);
}

WRAP(int, fclose, FILE *f)
{
    if (file_fails()) {
        int before = errno;
        __real_fclose(f);
        errno = before;
        return EOF;
    }
    return __real_fclose(f);
}

/* --- the worker --- */

REAL(int, posix_spawnp, pid_t *, const char *, const posix_spawn_file_actions_t *,
     const posix_spawnattr_t *, char *const[], char *const[]);

/* Its answers cannot be shared by copies. */
WRAP(int, posix_spawnp, pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
     const posix_spawnattr_t *attr, char *const argv[], char *const env[])
{
    if (each && !copy && !worker_since) {
        stop_copying();
    }
    return __real_posix_spawnp(pid, path, actions, attr, argv, env);
}
