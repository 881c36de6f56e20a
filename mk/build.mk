# build.mk -- how the program is built: configuration, libraries, flags, sources, objects; read by Makefile

WINDOWS ?= 1
BLAS ?= openblas
KERNEL ?= auto
K ?=
V ?= 0
Q := $(if $(filter 1,$(V)),,@)

# --- configuration ---
ifneq ($(CLANG),)
CC := clang
endif
ifneq ($(filter default undefined,$(origin CC)),)
CC := gcc
endif
AR ?= ar
LD ?= ld
OBJCOPY ?= objcopy
comma := ,
empty :=
space := $(empty) $(empty)
CONFIG := $(strip $(filter-out gcc cc,$(notdir $(firstword $(CC)))) $(if $(filter 1,$(FUZZ)),fuzz) $(if $(filter 1,$(FAST)),fast) \
  $(if $(filter 1,$(SAN)),san) $(if $(filter 1,$(TSAN)),tsan) $(if $(filter 1,$(VALGRIND)),valgrind) \
  $(if $(filter 1,$(COV)),cov) $(if $(filter 0,$(WINDOWS)),nowin) $(if $(filter own,$(BLAS)),own) \
  $(if $(filter 0,$(KERNEL)),nokernel) \
  $(if $(filter 1,$(DEBUG)),debug))
B := build$(if $(CONFIG),/$(subst $(space),-,$(CONFIG)))
NPROC := $(shell nproc 2>/dev/null || echo 2)
# A recursive make keeps the caller's -j; without one it uses every core.
SUB = $(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(NPROC))

# --- libraries ---
BLAS_LIBRARY := $(if $(filter own,$(BLAS)),,openblas)
LIBRARIES := $(BLAS_LIBRARY) readline libcgraph libgvc cairo pangocairo
ifneq ($(WINDOWS),0)
LIBRARIES += sdl2 x11
endif
TEST_LIBRARIES := cmocka
pkg = $(shell pkg-config $(1) $(2) 2>/dev/null)
# The kernel for notebooks is left out where its libraries are missing; make deps installs them.
KERNEL_WANTED := $(if $(filter 0,$(KERNEL)),,libzmq libcjson nettle)
KERNEL_LIBRARIES := $(if $(filter auto,$(KERNEL)),$(if $(shell pkg-config --exists $(KERNEL_WANTED) \
  2>/dev/null && echo yes),$(KERNEL_WANTED)),$(KERNEL_WANTED))
LIBRARIES += $(KERNEL_LIBRARIES)
# Other people's headers are not held to our warnings.
SYSTEM = $(patsubst -I%,-isystem %,$(call pkg,--cflags-only-I,$(LIBRARIES) $(TEST_LIBRARIES)))
ifneq ($(MAKECMDGOALS),clean)
LIB_CFLAGS := $(or $(SYSTEM),$(patsubst -I%,-isystem %,$(call pkg,--cflags-only-I,$(LIBRARIES))))
LIB_CFLAGS += $(patsubst -I%,-isystem %,$(call pkg,--cflags-only-I,openblas))
LIB_LIBS := $(call pkg,--libs,$(LIBRARIES)) -lm
ENGINE_LIBS := $(if $(BLAS_LIBRARY),$(call pkg,--libs,$(BLAS_LIBRARY))) -lm
# What is measured against is OpenBLAS in any case.
BENCH_LIBS := $(call pkg,--libs,openblas)
TEST_LIBS := $(call pkg,--libs,$(TEST_LIBRARIES))
endif

# With musl nothing of the system's libraries fits: the program without them.
MUSL := $(findstring musl,$(notdir $(firstword $(CC))))
ifneq ($(MUSL),)
LIB_LIBS := -lm
ENGINE_LIBS := -lm
TEST_LIBS := $(B)/libcmocka.a
LIB_CFLAGS += -isystem $(B)/cmocka/include
endif

# --- flags ---
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wconversion
ifeq ($(SAN),1)
OPT := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else ifeq ($(TSAN),1)
OPT := -O1 -fsanitize=thread -fno-omit-frame-pointer
else ifeq ($(VALGRIND),1)
OPT := -O1 -fno-omit-frame-pointer
else ifeq ($(DEBUG),1)
OPT := -O0
else ifeq ($(COV),1)
OPT := -O0
COVER := --coverage -fprofile-update=prefer-atomic -DINLINE=inline
else
# Hot functions begin a cache line: otherwise unrelated changes move their times by a tenth.
OPT := -O3 -falign-functions=64
# What stops a mistake from becoming more: checked copies, guarded stacks, jumps only to where they
# may go, tables that cannot be written, addresses nobody knows.
X86 := $(filter x86_64% i%86%,$(shell $(CC) -dumpmachine 2>/dev/null))
GCC_MAJOR := $(firstword $(subst ., ,$(shell $(CC) -dumpversion 2>/dev/null)))
FORTIFY := $(if $(filter-out 1 2 3 4 5 6 7 8 9 10 11,$(GCC_MAJOR)),3,2)
HARD := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$(FORTIFY) -fstack-protector-strong \
  -fstack-clash-protection -fPIE -DNB_HARDENED $(if $(X86),-fcf-protection)
# Debian's startup objects do not say that they keep to the marks of -fcf-protection.
HARD_LINK := -pie -Wl,-z,relro,-z,now,-z,noexecstack$(if $(X86),$(comma)-z$(comma)ibt$(comma)-z$(comma)shstk)
# In the engine and the language a guard only where a buffer of bytes is: one for each address taken
# costs a pass of a loop a fortieth.
HARD_HOT = $(if $(filter src/% repl/lang/%,$<),-fstack-protector)
endif
ifeq ($(FUZZ),1)
CC := clang
HARD :=
HARD_HOT :=
HARD_LINK :=
OPT := $(if $(filter 1,$(FAST)),-O2 -fsanitize=fuzzer-no-link,-O1 \
  -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
endif
DEFS := -D_POSIX_C_SOURCE=200809L $(if $(filter 0,$(WINDOWS)),-DNB_NO_WINDOWS) \
  $(if $(KERNEL_LIBRARIES),-DNB_KERNEL) \
  $(if $(findstring address,$(OPT)),-DNB_ASAN) $(if $(filter 1,$(VALGRIND)),-DNB_VALGRIND)
CPPFLAGS ?=
CFLAGS ?=
# The engine and the language are optimised again as the program is linked, where gcc can: an eighth
# faster. What other programs link, and the tests, is the machine code beside it. LTO=0 leaves it out.
LTO ?= $(if $(HARD),$(shell echo 'int main(void) { return 0; }' | $(CC) -flto=auto -ffat-lto-objects \
  -o /dev/null -x c - 2>/dev/null && $(CC) --version | grep -q 'Free Software' && echo 1))
ifeq ($(LTO),1)
LTO_COMPILE = $(if $(filter src/% repl/lang/%,$<),-flto=auto -ffat-lto-objects)
LTO_LINK = -flto=auto $(OPT) -ffp-contract=off -fno-math-errno $(filter -ffile-prefix-map=% -fdebug-prefix-map=%,$(CFLAGS))
NO_LTO := -fno-lto
endif
# Nothing reads errno after a function of math.h, and without it √ vectorises.
ALL_CFLAGS := -std=c17 $(DEFS) $(OPT) $(HARD) -g -ffp-contract=off -fno-math-errno -fno-common $(WARN) \
  -Iinclude -Isrc -Irepl -I. $(LIB_CFLAGS) $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS := $(filter -fsanitize% -fno-sanitize%,$(OPT)) -Wl,-O1 -Wl,--as-needed $(HARD_LINK) $(LDFLAGS) \
  $(if $(COVER),--coverage $(addprefix -Wl$(comma)--wrap=,_exit execv execvp fork kill prctl raise syscall))

# --- sources: of a folder and all below it ---
# Files *_wasi.c are those of the page (web/web.mk), in place of the ones named without that.
below = $(filter-out %_wasi.c,$(sort $(shell find $(1) -name '*.c')))
ENGINE_SRC := $(filter-out $(if $(BLAS_LIBRARY),src/tensor/blas_own.c,src/tensor/blas_open.c), \
  $(call below,src))
LANG_SRC := $(call below,repl/lang)
# Files in viz/window need SDL; none.c stands in for them.
VIZ_SRC := $(filter-out $(if $(filter 0,$(WINDOWS)),viz/window/%.c,%/none.c),$(call below,viz))
# Files of repl/kernel need its libraries; none.c stands in for them.
REPL_SRC := $(filter-out $(LANG_SRC) $(if $(KERNEL_LIBRARIES),%/kernel/none.c,$(filter-out \
  %/none.c,$(wildcard repl/kernel/*.c))),$(call below,repl))
# Without Readline and Graphviz others stand in.
ifeq ($(MUSL),)
VIZ_SRC := $(filter-out viz/diagram/worker_none.c,$(VIZ_SRC))
REPL_SRC := $(filter-out repl/prompt/edit_plain.c,$(REPL_SRC))
else
VIZ_SRC := $(filter-out viz/diagram/worker.c viz/diagram/layout_gvc.c,$(VIZ_SRC))
REPL_SRC := $(filter-out repl/prompt/edit.c,$(REPL_SRC))
$(B)/obj/viz/diagram/layout.o: private ALL_CFLAGS += -DNB_LIBRARY
endif
MAIN_SRC := $(filter %/main.c,$(REPL_SRC))
PAGE := $(shell find viz -name page.html)
HELPERS_PY := repl/pytorch/helpers.py
# Sources that make writes from other files.
MADE_SRC := $(B)/gen/page.c $(B)/gen/helpers.c
obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
LIBS := $(if $(REPL_SRC),$(B)/librepl.a) $(if $(VIZ_SRC),$(B)/libviz.a) \
  $(if $(LANG_SRC),$(B)/liblang.a) $(B)/libnabla.a
ALL_SRC := $(ENGINE_SRC) $(LANG_SRC) $(VIZ_SRC) $(REPL_SRC)

# The program without link-time optimisation, of the same objects.
APART := $(if $(filter 1,$(LTO)),$(B)/tests/bench/nabla-apart)

# --- what a change of flags rebuilds ---
STAMP := $(B)/flags
$(STAMP): FORCE
	@mkdir -p $(B)
	@test -s $@ || CC='$(firstword $(CC))' .ci/deps --check compiler $(LIBRARIES)
	@printf '%s\n' '$(CC) $(ALL_CFLAGS) $(LTO_LINK) $(ALL_LDFLAGS) $(LIB_LIBS)' > $@.new.$$$$; \
	if cmp -s $@.new.$$$$ $@; then rm -f $@.new.$$$$; else mv -f $@.new.$$$$ $@; fi

# Libraries follow their list of sources, also when one goes away.
LISTED := $(B)/sources
$(LISTED): FORCE
	@mkdir -p $(B)
	@printf '%s\n' $(ALL_SRC) > $@.new.$$$$; \
	if cmp -s $@.new.$$$$ $@; then rm -f $@.new.$$$$; else mv -f $@.new.$$$$ $@; fi

# Objects of the program are those of the libraries too: position independent, each compiled once.
PIC = $(if $(filter src/% repl/% viz/%,$<),-fPIC -fno-semantic-interposition,-fPIE)
compile = $(Q)$(CC) $(filter-out -fPIE,$(ALL_CFLAGS)) $(PIC) $(HARD_HOT) $(LTO_COMPILE) \
  $(if $(filter src/% repl/% viz/%,$<),$(COVER)) -MMD -MP -c -o $@ $<
$(B)/obj/%.o: %.c $(STAMP)
	@mkdir -p $(@D)
	@echo "CC $<"
	$(if $(COVER),@rm -f $(@:.o=.gcda))
	$(compile)

# A file as an array of its lines, for the program; the file's first line says what it is for.
# (name of the array, file)
as_array = { echo 'extern const char *const $(1)[];'; echo 'const char *const $(1)[] = {'; \
  sed -e 1d -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n",/' $(2); echo '0};'; }
$(B)/gen/page.c: $(PAGE)
	@mkdir -p $(@D)
	@$(call as_array,nb_viz_page,$<) > $@
$(B)/gen/helpers.c: $(HELPERS_PY)
	@mkdir -p $(@D)
	@$(call as_array,pytorch_helpers,$<) > $@
$(B)/obj/gen/%.o: $(B)/gen/%.c $(STAMP)
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -fPIE,$(ALL_CFLAGS)) -fPIC -c -o $@ $<

archive = @echo "AR $@"; rm -f $@; $(AR) rcs $@ $(filter %.o,$^)
$(B)/libnabla.a: $(LISTED) $(call obj,$(ENGINE_SRC))
	$(archive)
$(B)/liblang.a: $(LISTED) $(call obj,$(LANG_SRC))
	$(archive)
$(B)/libviz.a: $(LISTED) $(call obj,$(VIZ_SRC)) $(B)/obj/gen/page.o
	$(archive)
$(B)/librepl.a: $(LISTED) $(call obj,$(filter-out $(MAIN_SRC),$(REPL_SRC))) $(B)/obj/gen/helpers.o
	$(archive)

# (libraries after the objects)
link = @mkdir -p $(@D); echo "LD $@"; \
  $(CC) $(if $(filter $(B)/nabla,$@),$(LTO_LINK),$(NO_LTO)) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(1)
$(B)/nabla $(APART): $(call obj,$(MAIN_SRC)) $(LIBS)
	$(call link,$(LIBS) $(LIB_LIBS))

-include $(patsubst %.o,%.d,$(call obj,$(ALL_SRC)))
