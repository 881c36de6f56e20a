/* helpers.c -- the whole program: imports, helpers that are used, and what was translated */
#include <ctype.h>

#include "pytorch/internal.h"

extern const char *const pytorch_helpers[]; /* lines of helpers.py */

#define PARTS 64

typedef struct Part {
    const char *names; /* behind "#% " */
    const char *const *line;
    int n;
    bool used;
} Part;

static int parts_of(Part part[PARTS])
{
    int n = 0;
    for (const char *const *l = pytorch_helpers; *l; l++) {
        if (strncmp(*l, "#% ", 3) == 0 && n < PARTS) {
            part[n++] = (Part){.names = *l + 3, .line = l + 1};
        } else if (n > 0) {
            part[n - 1].n++;
        }
    }
    return n;
}

static bool is_letter(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

static bool named(const char *names, const char *word, size_t len)
{
    for (const char *s = names; *s && *s != '\n';) {
        size_t n = strcspn(s, " \n");
        if (n == len && strncmp(s, word, n) == 0) {
            return true;
        }
        s += n + (s[n] == ' ');
    }
    return false;
}

bool helper_is(const char *name)
{
    for (const char *const *l = pytorch_helpers; *l; l++) {
        if (strncmp(*l, "#% ", 3) == 0 && named(*l + 3, name, strlen(name))) {
            return true;
        }
    }
    return false;
}

/* --- words of a program, outside its comments and strings --- */

typedef void (*Word)(void *user, const char *word, size_t len);

static const char *skip_string(const char *s, bool formatted, Word fn, void *user);

/* Names of members, of options, of what is defined and of what is handed on are no words. */
static const char *code(const char *s, char end, Word fn, void *user)
{
    const char *start = s;
    bool defines = false;
    while (*s && *s != end) {
        if (*s == '#') {
            s += strcspn(s, "\n");
        } else if (*s == '"' || *s == '\'') {
            s = skip_string(s, false, fn, user);
        } else if (is_letter(*s)) {
            const char *from = s;
            while (is_letter(*s)) {
                s++;
            }
            bool member = from > start && from[-1] == '.', key = *s == '=' && s[1] != '=';
            bool handed = from > start && from[-1] == '=' && (*s == ')' || *s == ',');
            if (*s == '"' && s - from == 1 && *from == 'f') {
                s = skip_string(s, true, fn, user);
            } else if (!member && !key && !handed && !defines) {
                fn(user, from, (size_t)(s - from));
            }
            defines = (s - from == 3 && strncmp(from, "def", 3) == 0) ||
                      (s - from == 5 && strncmp(from, "class", 5) == 0);
        } else {
            s++;
        }
    }
    return s;
}

static const char *skip_string(const char *s, bool formatted, Word fn, void *user)
{
    char quote = *s;
    if (quote == '"' && strncmp(s, "\"\"\"", 3) == 0) {
        const char *end = strstr(s + 3, "\"\"\"");
        return end ? end + 3 : s + strlen(s);
    }
    for (s++; *s && *s != quote; s++) {
        if (*s == '\\' && s[1]) {
            s++;
        } else if (formatted && *s == '{' && s[1] == '{') {
            s++;
        } else if (formatted && *s == '{') {
            s = code(s + 1, '}', fn, user);
        }
        if (!*s) {
            return s;
        }
    }
    return *s ? s + 1 : s;
}

/* --- what is used --- */

typedef struct Uses {
    Part part[PARTS];
    int n;
    bool warnings, math, numpy, functional, nn, plt, sys, os, json, again;
} Uses;

static bool is_word(const char *word, size_t len, const char *name)
{
    return strlen(name) == len && strncmp(word, name, len) == 0;
}

static void use(void *user, const char *word, size_t len)
{
    Uses *u = user;
    u->warnings = u->warnings || is_word(word, len, "warnings");
    u->math = u->math || is_word(word, len, "math");
    u->numpy = u->numpy || is_word(word, len, "np");
    u->functional = u->functional || is_word(word, len, "F");
    u->nn = u->nn || is_word(word, len, "nn");
    u->plt = u->plt || is_word(word, len, "plt");
    u->sys = u->sys || is_word(word, len, "sys");
    u->json = u->json || is_word(word, len, "json");
    u->os = u->os || is_word(word, len, "os");
    for (int i = 0; i < u->n; i++) {
        if (!u->part[i].used && named(u->part[i].names, word, len)) {
            u->part[i].used = u->again = true;
        }
    }
}

/* Lines between "#d" and "#w" are for a program that draws its numbers, between "#w" and "#." for
 * one that reads what was drawn. Whether a line is there; *only is kept from one to the next. */
static bool is_there(const Trans *T, const char *line, char *only)
{
    if (line[0] == '#' && strchr("dw.", line[1]) && line[2] == '\n') {
        *only = line[1];
        return false;
    }
    return *only == '.' || (*only == 'w') == (T->o->weights != NULL);
}

static void all_uses(const Trans *T, Uses *u, const char *program)
{
    code(program, '\0', use, u);
    while (u->again) {
        u->again = false;
        for (int i = 0; i < u->n; i++) {
            char only = '.';
            for (int k = 0; u->part[i].used && k < u->part[i].n; k++) {
                if (is_there(T, u->part[i].line[k], &only)) {
                    code(u->part[i].line[k], '\0', use, u);
                }
            }
        }
    }
}

/* --- text --- */

static void add_imports(const Trans *T, const Uses *u, Text *out)
{
    text_add(out, u->json ? "import json\n" : "");
    text_add(out, u->math ? "import math\n" : "");
    text_add(out, u->os ? "import os\n" : "");
    text_add(out, u->sys ? "import sys\n" : "");
    text_add(out, u->warnings ? "import warnings\n" : "");
    text_add(out, u->json || u->math || u->os || u->sys || u->warnings ? "\n" : "");
    text_add(out, u->numpy ? "import numpy as np\n" : "");
    text_add(out, "import torch\n");
    text_add(out, T->o->ddp ? "import torch.distributed as dist\n" : "");
    text_add(out, u->functional ? "import torch.nn.functional as F\n" : "");
    text_add(out, u->nn ? "from torch import nn\n" : "");
    if (u->plt) {
        text_add(
            out,
            "\ntry:\n    import matplotlib.pyplot as plt\nexcept ImportError:\n    plt = None\n");
    }
    text_add(out, "\n");
}

static const char *replaced(Trans *T, const char *line)
{
    if (T->o->ddp && strstr(line, "yield x[part].detach(), t[part].detach()")) {
        return "        share = len(part[rank::world]) / len(part)\n"
               "        yield x[part][rank::world].detach(), t[part][rank::world].detach()\n"
               "    share = 1 / world\n";
    }
    if (T->o->ddp && strstr(line, "\"\"\"Rows of x and t, size at a time.\"\"\"")) {
        return "    \"\"\"This process's share of the rows of x and t, size at a time.\"\"\"\n"
               "    global share\n";
    }
    static const char *const marks[] = {"SEED", "DROPSEED", "SPEC", "NUMSTEP", "WEIGHTS"};
    const char *with[] = {
        tr_fmt(T, "%llu", (unsigned long long)T->o->seed),
        tr_fmt(T, "*mask_seed(%llu)", (unsigned long long)T->o->seed),
        tr_fmt(T, ".%dg", T->o->digits),
        T->o->float32 ? "1e-3" : "6.055454452393343e-06 * max(1, abs(value))",
        T->o->weights ? emit_quoted(T, T->o->weights, strlen(T->o->weights)) : "",
    };
    for (int i = 4; i >= 0; i--) {
        const char *at = strstr(line, marks[i]);
        if (at && (i != 0 || at == line || at[-1] != 'P')) {
            return tr_fmt(T, "%.*s%s%s", (int)(at - line), line, with[i], at + strlen(marks[i]));
        }
    }
    return line;
}

static void add_part(Trans *T, const Part *p, Text *out)
{
    int n = p->n;
    while (n > 0 && p->line[n - 1][0] == '\n') {
        n--;
    }
    char only = '.';
    for (int i = 0; i < n; i++) {
        if (is_there(T, p->line[i], &only)) {
            text_add(out, replaced(T, p->line[i]));
        }
    }
    text_add(out, "\n\n");
}

/* Every process draws the same data, weights and orders, and takes its share of each batch. */
static const char processes[] =
    "# Run by torchrun --nproc_per_node=N (Debian: with -r 9:1 -t 9:1). Every process draws the "
    "same\n"
    "# data, weights and order, and takes its share of the rows of a batch; gradients are added "
    "up.\n"
    "dist.init_process_group(\"nccl\" if torch.cuda.is_available() else \"gloo\")\n"
    "rank, world = dist.get_rank(), dist.get_world_size()\n"
    "if torch.cuda.is_available():\n"
    "    torch.cuda.set_device(int(os.environ.get(\"LOCAL_RANK\", 0)))\n"
    "    torch.set_default_tensor_type(torch.cuda.FLOATS)\n"
    "share = 1 / world  # of the rows now worked on\n"
    "if rank > 0:\n"
    "    print = lambda *args, **kw: None\n"
    "\n"
    "\n"
    "def whole(x):\n"
    "    \"\"\"The mean over a batch, of the means x of its shares.\"\"\"\n"
    "    x = x.detach() * share if share else torch.zeros_like(x)\n"
    "    dist.all_reduce(x)\n"
    "    return x\n"
    "\n"
    "\n"
    "def add_gradients(opt):\n"
    "    \"\"\"The gradients of the shares added up, in one message.\"\"\"\n"
    "    params = [p for g in opt.param_groups for p in g[\"params\"] if p.grad is not None]\n"
    "    flat = torch.cat([p.grad.detach().reshape(-1) for p in params])\n"
    "    flat = flat * share if share else torch.zeros_like(flat)\n"
    "    dist.all_reduce(flat)\n"
    "    for p, g in zip(params, flat.split([p.numel() for p in params])):\n"
    "        p.grad = g.view_as(p)\n"
    "\n";

bool helpers_write(Trans *T, Text *out)
{
    Uses u = {.n = 0};
    u.n = parts_of(u.part);
    all_uses(T, &u, text_str(&T->out));
    u.os = T->o->ddp;
    add_imports(T, &u, out);
    if (!T->o->float32) {
        text_add(out, "torch.set_default_dtype(torch.float64)\n");
    }
    if (T->shows) {
        text_printf(out, "torch.set_printoptions(precision=%d%s)\n", T->o->digits,
                    T->o->digits > 14 ? ", threshold=10**9, linewidth=10**9" : "");
    }
    text_add(out, "\n");
    if (T->o->ddp) {
        const char *floats = strstr(processes, "FLOATS");
        text_printf(out, "%.*s%s%s", (int)(floats - processes), processes,
                    T->o->float32 ? "FloatTensor" : "DoubleTensor", floats + strlen("FLOATS"));
    }
    bool first = true;
    for (int i = 0; i < u.n; i++) {
        if (u.part[i].used) {
            text_add(out, first ? "\n" : "");
            first = false;
            add_part(T, &u.part[i], out);
        }
    }
    if (T->drops && T->o->ddp) {
        return tr_fail(T, NULL, "--ddp: dropout draws masks for a whole batch");
    }
    const char *program = text_str(&T->out);
    bool alone = first && (strncmp(program, "def ", 4) == 0 || strncmp(program, "class ", 6) == 0);
    text_add(out, alone ? "\n" : "");
    text_add(out, program);
    for (int i = 0; i < u.n; i++) {
        bool resumes = u.part[i].used && named(u.part[i].names, "checkpointed", 12);
        text_add(out, resumes ? "\nremove_checkpoints()" : "");
    }
    text_add(out, T->o->ddp ? "\ndist.destroy_process_group()\n" : "");
    return !T->failed;
}
