# web.mk -- the page: the program for a browser (build/web), and its tests; read by Makefile

WEB := build/web
WEB_OBJ := build/wasm
WEB_CC ?= clang-14
WEB_SYS := /usr/include/wasm32-wasi
WEB_LIB := /usr/lib/wasm32-wasi
WEB_RT := $(wildcard /usr/lib/llvm-*/lib/clang/*/lib/wasi/libclang_rt.builtins-wasm32.a)

# What a page has no use for: terminal, notebooks, other programs, SDL, cairo, libgvc, OpenBLAS. In
# place of X.c there may be X_wasi.c.
WEB_WASI := $(shell find src viz repl -name '*_wasi.c')
WEB_LEFT_OUT := $(WEB_WASI:%_wasi.c=%.c) src/tensor/blas_open.c repl/prompt/% repl/kernel/% \
  repl/pytorch/% repl/embed/% %/safe_process.c viz/none.c viz/embed.c viz/picture/draw_cairo.c viz/picture/load.c \
  viz/diagram/layout.c viz/diagram/layout_gvc.c viz/diagram/worker%.c viz/window/window.c \
  viz/window/window_desk.c viz/window/window_events.c viz/window/window_loop.c \
  viz/window/window_screen.c viz/window/window_sdl.c viz/window/window_wayland.c \
  viz/window/window_x11.c viz/window/place.c
WEB_SRC := $(filter-out $(WEB_LEFT_OUT),$(sort $(shell find src viz repl -name '*.c'))) \
  $(wildcard web/*.c)
WEB_OBJS := $(patsubst %.c,$(WEB_OBJ)/%.o,$(WEB_SRC)) $(WEB_OBJ)/gen/page.o
WEB_CFLAGS := --target=wasm32-wasi --sysroot=/usr -nostdlibinc -isystem $(WEB_SYS) -std=c17 \
  -D_POSIX_C_SOURCE=200809L -D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_GETPID \
  -include web/libc.h -O3 -msimd128 -ffunction-sections -fdata-sections -ffp-contract=off \
  -fno-math-errno -fno-common $(filter-out -Wconversion,$(WARN)) -Iinclude -Isrc -Irepl -I.
# Signatures that differ would only warn, and then trap.
WEB_LDFLAGS := --target=wasm32-wasi -nostdlib -Wl,--no-entry -Wl,--fatal-warnings -Wl,--gc-sections \
  -Wl,--export=_initialize -Wl,-z,stack-size=8388608 -Wl,--stack-first -Wl,--max-memory=4294967296

$(WEB_OBJ)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(WEB_CC) $(WEB_CFLAGS) $(WEB_LDFLAGS) $(WEB_SRC)' > $@.new; \
	if cmp -s $@.new $@; then rm -f $@.new; else mv -f $@.new $@; fi
$(WEB_OBJ)/%.o: %.c $(WEB_OBJ)/flags
	@mkdir -p $(@D)
	@echo "WASM $<"
	$(Q)$(WEB_CC) $(WEB_CFLAGS) -MMD -MP -c -o $@ $<
$(WEB_OBJ)/gen/page.o: $(B)/gen/page.c $(WEB_OBJ)/flags
	@mkdir -p $(@D)
	$(Q)$(WEB_CC) $(WEB_CFLAGS) -c -o $@ $<
# clang's -O at linking would call wasm-opt without SIMD.
$(WEB_OBJ)/nabla.wasm: $(WEB_OBJS)
	@echo "LD $@"
	$(Q)$(WEB_CC) $(WEB_LDFLAGS) -o $@.big $(WEB_LIB)/crt1-reactor.o $(WEB_OBJS) -L$(WEB_LIB) \
	  -lwasi-emulated-signal -lwasi-emulated-getpid -lm -lc $(firstword $(WEB_RT))
	$(Q)wasm-opt --enable-simd --enable-bulk-memory --enable-nontrapping-float-to-int \
	  --enable-sign-ext --strip-debug -O2 -o $@ $@.big
-include $(WEB_OBJS:.o=.d)

# --- the page from its parts ---
WEB_FONTS := build/fonts
WEB_JS := $(wildcard web/*.js web/*.mjs web/*.html web/*.css web/*.svg)
WEB_NPM := build/npm/node_modules/.package-lock.json
.PHONY: web run-web test-web bench-web
#:: the page
#: web             | build/web, a folder for any host, and build/web/nabla.html alone
web: deps
	@.ci/deps --tools web
	@+$(SUB) run-web
run-web: $(WEB)/index.html
$(WEB_NPM): web/package.json web/package-lock.json
	@mkdir -p build/npm
	@cp web/package.json web/package-lock.json build/npm
	@cd build/npm && npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1 || { cat npm.log; exit 1; }
$(WEB_FONTS)/%.woff2:
	@mkdir -p $(@D)
	@cp /usr/share/fonts/truetype/dejavu/$(if $(filter sans,$*),DejaVuSans,DejaVuSans-Bold).ttf $(@:.woff2=.ttf)
	@woff2_compress $(@:.woff2=.ttf) 2>/dev/null
$(WEB)/index.html: $(WEB_OBJ)/nabla.wasm $(WEB_NPM) $(WEB_FONTS)/sans.woff2 $(WEB_FONTS)/bold.woff2 $(WEB_JS) \
  $(wildcard samples/*.nabla samples/lessons/*.nabla samples/data/*.csv)
	@node web/bundle.mjs $< build/npm/node_modules $(WEB_FONTS) $(WEB)

# Its speed beside the native program, and pictures, first prompt and Stop as they should be on an idle machine.
#: bench-web       | its speed beside the native program
bench-web: deps
	@.ci/deps --tools web chromium
	@+$(SUB) run-web $(B)/nabla
	@+$(SUB) BLAS=own build/own/nabla
	@NB_BENCH=1 node tests/web/run.mjs $(B) '$(K)'
	@NB_PATIENCE=1 node tests/web/run.mjs $(B) '*second*'
	@NB_PATIENCE=1 node tests/web/run.mjs $(B) '*stop*'

# The page in headless Chromium, beside the native program with the same matrix products, and in
# Firefox. FIREFOX=0 leaves that out.
#: test-web [K=PATTERN]  | the page in a browser
test-web: deps
	@.ci/deps --tools web chromium $(if $(filter 0,$(FIREFOX)),,firefox)
	@+$(SUB) run-web $(B)/nabla
	@+$(SUB) BLAS=own build/own/nabla
	@status=0; node tests/web/run.mjs $(B) '$(K)' || status=1; $(if $(filter 0,$(FIREFOX)),, \
	  NB_BROWSER=firefox node tests/web/run.mjs $(B) '$(K)' || status=1;) exit $$status
