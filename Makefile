# keysnare: one Makefile for everything. "make help" lists the targets.
#
# Sources are found by wildcard: a new lib/<directory>/<stem>.c, a new subcommand cmd/keysnare/<name>.c, a new program
# tests/<set>/<name>.c needs no line here. Objects lie under build/<variant>/. Variants:
#   release   what users run and what is installed        gcc     the same under -Werror: what is tested
#   clang     under clang's eyes, -Werror                 asan    gcc with AddressSanitizer and UBSan
#   fuzz      clang with libFuzzer

VERSION := 0.1.0
PREFIX ?= /usr/local
DESTDIR ?=
V ?= 0
WERROR ?= 0
FUZZ_SECONDS ?= 20

# As many jobs as processors, unless told otherwise.
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),@:,@printf '  %-6s %s\n')

# ---- packages ------------------------------------------------------------------------------------------------------

LIBRARIES := libcrypto libcjson yaml-0.1 sqlite3 zlib libpcre2-8 libcurl expat libmaxminddb libmicrohttpd
DEPS := gcc libc6-dev pkg-config libssl-dev libcjson-dev libyaml-dev libsqlite3-dev libisal-dev libdeflate-dev zlib1g-dev libpcre2-dev \
	libcurl4-openssl-dev libexpat1-dev libmaxminddb-dev libmicrohttpd-dev
DEV_DEPS := $(DEPS) clang llvm python3 python3-venv libcmocka-dev python3-yaml php-cli s3cmd rsyslog python3-aiosmtpd
BENCH_DEPS := ripgrep ugrep jq gzip libdeflate-tools
FUZZ_DEPS := libclang-rt-$$(clang -dumpversion | cut -d. -f1)-dev

# What this machine has: the flags of the libraries, and whether ISA-L and libdeflate are there. Written anew only when it changes;
# make then starts over with the new values. Targets that may install packages do it before the look.
CONFIG := build/config.mk
NO_CONFIG := help clean deps dev-deps bench-deps format uninstall
goals := $(or $(MAKECMDGOALS),all)
ifneq ($(filter-out $(NO_CONFIG),$(goals)),)
include $(CONFIG)
endif
ifneq ($(filter demo,$(goals)),)
$(CONFIG): deps
endif
ifneq ($(filter check check-data check-real asan,$(goals)),)
$(CONFIG): dev-deps
endif
ifneq ($(filter fuzz-smoke,$(goals)),)
$(CONFIG): fuzz-deps
endif

$(CONFIG): FORCE
	@mkdir -p $(@D)
	@command -v pkg-config >/dev/null || { echo 'pkg-config is missing: run "make deps"' >&2; exit 1; }
	@for p in $(LIBRARIES); do pkg-config --exists $$p || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then echo "missing libraries:$$missing (run \"make deps\")" >&2; exit 1; fi
	@isal=$$(pkg-config --exists libisal && echo libisal); \
	libdeflate=$$(pkg-config --exists libdeflate && echo libdeflate); \
	{ echo "HAVE_ISAL := $$isal"; \
	  echo "HAVE_LIBDEFLATE := $$libdeflate"; \
	  echo "PKG_CFLAGS := $$(pkg-config --cflags $(LIBRARIES) $$isal $$libdeflate)"; \
	  echo "PKG_LIBS := $$(pkg-config --libs $(LIBRARIES) $$isal $$libdeflate)"; \
	  echo "CMOCKA_CFLAGS := $$(pkg-config --silence-errors --cflags cmocka)"; \
	  echo "CMOCKA_LIBS := $$(pkg-config --silence-errors --libs cmocka)"; } > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# ---- sources -------------------------------------------------------------------------------------------------------

LIB_SRCS := $(filter-out $(if $(HAVE_ISAL),,lib/codec/inflate_isal.c) \
	$(if $(HAVE_LIBDEFLATE),,lib/codec/libdeflate.c),$(sort $(wildcard lib/*/*.c)))
CMD_SRCS := $(sort $(wildcard cmd/keysnare/*.c))
FUZZ_SRCS := $(sort $(wildcard tests/fuzz/fuzz_*.c))
BENCH_SRCS := $(sort $(wildcard tests/bench/*.c))
TEST_SRCS := $(filter-out tests/fuzz/% tests/bench/% tests/day/%,$(sort $(wildcard tests/*/*.c)))
STUB_SRCS := $(sort $(wildcard tests/bench/stub/*.c))
COMMANDS := $(shell sed -n 's/^KS_COMMAND(\(.*\))$$/\1/p' cmd/keysnare/commands.def)
DATADIR := $(PREFIX)/share/keysnare

# ---- flags ---------------------------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
	-Wwrite-strings -Wundef -Wcast-qual
BASE := -std=c11 -D_GNU_SOURCE -I. -DKS_VERSION='"$(VERSION)"' -DKS_HAVE_ISAL=$(if $(HAVE_ISAL),1,0) \
	-DKS_HAVE_LIBDEFLATE=$(if $(HAVE_LIBDEFLATE),1,0) $(WARNINGS) -g -pthread -MMD -MP $(PKG_CFLAGS) $(CMOCKA_CFLAGS)
CF_PROTECTION := $(if $(filter x86_64,$(shell uname -m)),-fcf-protection)
HARDENED := -O2 -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 $(CF_PROTECTION)
SANITIZED := -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all
LINK_HARDENED := -pie -Wl,-z,relro,-z,now

VARIANTS := release gcc clang asan tsan fuzz
CC_release := $(if $(filter default,$(origin CC)),gcc,$(CC))
CC_gcc := gcc
CC_clang := clang
CC_asan := gcc
CC_tsan := gcc
CC_fuzz := clang
CFLAGS_release := $(HARDENED) $(if $(filter 1,$(WERROR)),-Werror)
CFLAGS_gcc := $(HARDENED) -Werror
CFLAGS_clang := $(HARDENED) -Werror
CFLAGS_asan := $(SANITIZED) -fsanitize=address,undefined -Werror
CFLAGS_tsan := $(SANITIZED) -fsanitize=thread -Werror
CFLAGS_fuzz := $(SANITIZED) -fsanitize=fuzzer-no-link,address,undefined
LDFLAGS_release := $(LINK_HARDENED)
LDFLAGS_gcc := $(LINK_HARDENED)
LDFLAGS_clang := $(LINK_HARDENED)
LDFLAGS_asan := -fsanitize=address,undefined
LDFLAGS_tsan := -fsanitize=thread
LDFLAGS_fuzz := -fsanitize=address,undefined

# ---- rules, once a variant -----------------------------------------------------------------------------------------

define VARIANT_RULES
flags_$(1) = $$(BASE) $$(CFLAGS_$(1)) $$(CFLAGS) $$(CPPFLAGS)
link_$(1) = $$(CC_$(1)) $$(LDFLAGS_$(1)) $$(LDFLAGS) -pthread

# Objects depend on the flags that made them; the file changes only when the flags do.
build/$(1)/flags: FORCE
	@mkdir -p $$(@D)
	@printf '%s\n' '$$(subst ','\'',$$(CC_$(1)) $$(flags_$(1)) $$(LDFLAGS_$(1)) $$(LDFLAGS) $$(PKG_LIBS))' > $$@.new
	@if cmp -s $$@.new $$@; then rm $$@.new; else mv $$@.new $$@; fi

build/$(1)/%.o: %.c build/$(1)/flags
	$$(say) CC '$$@'
	@mkdir -p $$(@D)
	$$(Q)$$(CC_$(1)) $$(flags_$(1)) $$(EXTRA) -c $$< -o $$@

build/$(1)/cmd/keysnare/paths.o: EXTRA := -DKS_DATADIR='"$(DATADIR)"'
build/$(1)/cmd/keysnare/paths.o: build/datadir

# Made anew each time: objects of sources that are gone must not stay in it.
build/$(1)/libkeysnare.a: $$(LIB_SRCS:%.c=build/$(1)/%.o) build/$(1)/flags
	$$(say) AR '$$@'
	@rm -f $$@
	$$(Q)ar rcs $$@ $$(filter %.o,$$^)

build/$(1)/keysnare: $$(CMD_SRCS:%.c=build/$(1)/%.o) build/$(1)/libkeysnare.a
	$$(say) LINK '$$@'
	$$(Q)$$(link_$(1)) -o $$@ $$^ $$(PKG_LIBS)

$$(TEST_SRCS:%.c=build/$(1)/%) $$(BENCH_SRCS:%.c=build/$(1)/%): build/$(1)/%: build/$(1)/%.o build/$(1)/libkeysnare.a
	$$(say) LINK '$$@'
	$$(Q)$$(link_$(1)) -o $$@ $$^ $$(CMOCKA_LIBS) $$(PKG_LIBS)

build/$(1)/tests/bench/stub/stub: $$(STUB_SRCS:%.c=build/$(1)/%.o) build/$(1)/libkeysnare.a
	$$(say) LINK '$$@'
	$$(Q)$$(link_$(1)) -o $$@ $$^ $$(PKG_LIBS)
endef
$(foreach v,$(VARIANTS),$(eval $(call VARIANT_RULES,$(v))))

# The program with a clock of its own (tests/day/clock.c), which stands between it and these functions.
DAY_WRAPS := clock_gettime nanosleep poll pthread_create pthread_join pthread_cond_wait pthread_cond_timedwait \
	pthread_cond_signal pthread_cond_broadcast ks_http_send
build/gcc/tests/day/keysnare: $(CMD_SRCS:%.c=build/gcc/%.o) build/gcc/tests/day/clock.o build/gcc/libkeysnare.a
	$(say) LINK '$@'
	$(Q)$(link_gcc) $(DAY_WRAPS:%=-Wl,--wrap=%) -o $@ $^ $(PKG_LIBS)

build/gcc/tests/day/resolver.so: tests/day/resolver.c build/gcc/flags
	$(say) LINK '$@'
	$(Q)mkdir -p $(@D)
	$(Q)$(CC_gcc) $(flags_gcc) -fPIC -shared -o $@ $<

# A fuzzer is linked with libFuzzer, or with a main that replays files.
build/fuzz/tests/fuzz/fuzz_%: build/fuzz/tests/fuzz/fuzz_%.o build/fuzz/libkeysnare.a
	$(say) LINK '$@'
	$(Q)$(link_fuzz) -fsanitize=fuzzer -o $@ $^ $(PKG_LIBS)

build/asan/tests/fuzz/fuzz_%: build/asan/tests/fuzz/fuzz_%.o build/asan/tests/fuzz/replay.o build/asan/libkeysnare.a
	$(say) LINK '$@'
	$(Q)$(link_asan) -o $@ $^ $(PKG_LIBS)

# The installed place of policies and templates, compiled into one object only.
build/datadir: FORCE
	@mkdir -p $(@D)
	@echo '$(DATADIR)' > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

-include $(foreach v,$(VARIANTS),$(patsubst %.c,build/$(v)/%.d,\
	$(LIB_SRCS) $(CMD_SRCS) $(TEST_SRCS) $(BENCH_SRCS) $(STUB_SRCS) $(FUZZ_SRCS) tests/fuzz/replay.c \
	tests/day/clock.c))

.SECONDARY:
FORCE:
.PHONY: FORCE all demo check check-data check-real lint asan bench fuzz-smoke format install uninstall clean help
.PHONY: deps dev-deps bench-deps fuzz-deps

# ---- targets -------------------------------------------------------------------------------------------------------

all: build/keysnare ## build the program: build/keysnare (V=1 shows commands, WERROR=1 stops at warnings)

build/keysnare: build/release/keysnare
	@ln -sf release/keysnare $@

demo: deps all ## install what is missing, build, plant decoys, read a trail in which one was used, show the findings
	$(Q)examples/demo.sh

# Other people's Sigma engines, signers and servers, each family in an environment of its own, since they want
# different releases of the same packages. The system's Python makes them, whatever else is called python3 here.
ORACLES := $(patsubst %,build/oracle/%/done,sqlite cli aws metrics papers trail)
build/oracle/bench/done: tests/bench/requirements.txt
build/oracle/metrics/done: tests/service/requirements.txt
build/oracle/papers/done: tests/papers/requirements.txt
build/oracle/sqlite/done: tests/oracle/requirements-sqlite.txt
build/oracle/cli/done: tests/oracle/requirements-cli.txt
build/oracle/aws/done: tests/aws/requirements.txt
build/oracle/trail/done: tests/drill/requirements.txt
$(ORACLES) build/oracle/bench/done: | dev-deps
	$(say) VENV '$(@D)'
	@rm -rf $(@D)
	$(Q)/usr/bin/python3 -m venv $(@D)
	$(Q)$(@D)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# axe-core for tests/browser: the wheel alone, nothing of what it would want beside it.
build/oracle/browser/done: tests/browser/requirements.txt | dev-deps
	$(say) VENV '$(@D)'
	@rm -rf $(@D)
	$(Q)/usr/bin/python3 -m venv $(@D)
	$(Q)$(@D)/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

# Everything is built first, with both compilers; then every set runs, also after one has failed. What clang makes
# of the tests is not run, and so not linked.
CHECK_BUILDS := all $(foreach v,gcc asan,build/$(v)/keysnare $(TEST_SRCS:%.c=build/$(v)/%)) \
	build/clang/keysnare $(TEST_SRCS:%.c=build/clang/%.o) $(FUZZ_SRCS:%.c=build/asan/%) $(BENCH_SRCS:%.c=build/gcc/%) build/gcc/tests/bench/stub/stub \
	build/gcc/tests/day/keysnare build/gcc/tests/day/resolver.so
check: dev-deps $(CHECK_BUILDS) $(ORACLES) ## install what the tests need and run them all
	$(Q)tests/check gcc asan

check-data: dev-deps build/gcc/keysnare $(TEST_SRCS:%.c=build/gcc/%) build/oracle/sqlite/done ## tests on real records, where ../shared/data (or KEYSNARE_DATA) is
	$(Q)tests/check --data

check-real: dev-deps build/gcc/keysnare build/gcc/tests/aws/ask build/oracle/aws/done build/oracle/browser/done build/oracle/papers/done ## tests against other people's programs, where this machine has them (chromium; LibreOffice; cargo, to build rsigma and AWSim once; Python 3.13, for LocalEmu)
	$(Q)tests/check --real

lint: build/gcc/libkeysnare.a build/gcc/keysnare ## the rules of the house: floors, names, sizes, tables against files
	$(Q)tests/lint/run

asan: build/asan/keysnare $(TEST_SRCS:%.c=build/asan/%) ## unit tests under AddressSanitizer and UBSan
	$(Q)KEYSNARE_BUILD=build/asan tests/unit/run

bench: all $(BENCH_SRCS:%.c=build/release/%) build/release/tests/bench/stub/stub ## measure what tests/bench/programs lists; "make bench-deps bench" also has all that it is compared with
	$(Q)tests/bench/all
ifneq ($(filter bench-deps,$(goals)),)
bench: | bench-deps
endif

fuzz-smoke: fuzz-deps $(FUZZ_SRCS:%.c=build/fuzz/%) ## run every fuzzer for FUZZ_SECONDS (20)
	$(Q)tests/fuzz/smoke $(FUZZ_SECONDS)

format: ## lay out the C sources with clang-format
	$(Q)clang-format -i $(sort $(wildcard lib/*/*.[ch] cmd/*/*.[ch] tests/*/*.[ch]))

clean: ## remove build/
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' Makefile | while IFS='	' read -r name text; do \
		printf '  %-12s %s\n' "$$name" "$$text"; done

# ---- install -------------------------------------------------------------------------------------------------------

MAN_PAGES := build/man/keysnare.1 $(COMMANDS:%=build/man/keysnare-%.1)
HEADERS := $(sort $(wildcard lib/*/*.h))
TEMPLATES := $(sort $(wildcard lib/decoy/templates/*))
DRILLS := $(sort $(wildcard examples/drills/*.yml))
POLICIES := $(shell find policies -type f 2>/dev/null | sort)

# What goes where, as "source:place below the prefix"; install and uninstall read the same list.
INSTALLED := build/keysnare:bin/keysnare build/release/libkeysnare.a:lib/libkeysnare.a \
	build/keysnare.pc:lib/pkgconfig/keysnare.pc \
	$(foreach f,$(HEADERS),$(f):include/keysnare/$(f)) \
	$(foreach f,$(POLICIES),$(f):share/keysnare/$(f)) \
	$(foreach f,$(TEMPLATES),$(f):share/keysnare/$(f:lib/decoy/%=%)) \
	$(foreach f,$(DRILLS),$(f):share/keysnare/$(f:examples/%=%)) \
	$(foreach f,$(MAN_PAGES),$(f):share/man/man1/$(notdir $(f))) \
	build/completion/bash:share/bash-completion/completions/keysnare \
	build/completion/zsh:share/zsh/site-functions/_keysnare \
	build/completion/fish:share/fish/vendor_completions.d/keysnare.fish \
	build/systemd/keysnare-watch.service:lib/systemd/system/keysnare-watch.service

build/man/keysnare.1: build/keysnare
	@mkdir -p $(@D)
	$(Q)build/keysnare help --man > $@

build/man/keysnare-%.1: build/keysnare
	@mkdir -p $(@D)
	$(Q)build/keysnare help --man $* > $@

build/completion/%: build/keysnare
	@mkdir -p $(@D)
	$(Q)build/keysnare help --completion $* > $@

# The unit starts the program where it is installed.
build/systemd/%: examples/systemd/% build/datadir
	@mkdir -p $(@D)
	@sed 's|^ExecStart=/usr/local/|ExecStart=$(PREFIX)/|' $< > $@

build/keysnare.pc: build/datadir Makefile
	@printf '%s\n' 'prefix=$(PREFIX)' 'Name: keysnare' 'Description: honeytokens and containment for AWS keys' \
		'Version: $(VERSION)' 'Requires: $(LIBRARIES) $(HAVE_ISAL) $(HAVE_LIBDEFLATE)' \
		'Libs: -L$${prefix}/lib -lkeysnare -pthread' \
		'Cflags: -I$${prefix}/include/keysnare' > $@

install: $(foreach i,$(INSTALLED),$(firstword $(subst :, ,$(i)))) ## install below PREFIX (/usr/local), staged under DESTDIR
	$(Q)for i in $(INSTALLED); do \
		case $$i in *:bin/*) mode=755 ;; *) mode=644 ;; esac; \
		install -D -m $$mode "$${i%%:*}" "$(DESTDIR)$(PREFIX)/$${i#*:}" || exit 1; \
	done
	@echo 'keysnare $(VERSION) is installed in $(DESTDIR)$(PREFIX)'

uninstall: ## remove exactly what install put there
	$(Q)for i in $(INSTALLED); do \
		rm -f "$(DESTDIR)$(PREFIX)/$${i#*:}"; \
	done
	$(Q)for d in include/keysnare share/keysnare; do \
		if [ -d "$(DESTDIR)$(PREFIX)/$$d" ]; then find "$(DESTDIR)$(PREFIX)/$$d" -depth -type d -empty -delete; fi; \
	done

# ---- Debian packages -----------------------------------------------------------------------------------------------

# $(1): packages. Touches nothing and needs no network when all of them are there. Without apt-get it says what the
# libraries are called elsewhere, and leaves it to the pkg-config check whether one is really missing.
define INSTALL_PACKAGES
	@if ! command -v apt-get >/dev/null; then \
		for p in $(LIBRARIES); do pkg-config --exists $$p 2>/dev/null || missing="$$missing $$p"; done; \
		if [ -z "$$missing" ]; then exit 0; fi; \
		echo "no apt-get here, and these libraries are missing:$$missing"; \
		echo "  Debian  $(1)"; \
		echo "  Fedora  gcc pkgconf openssl-devel cjson-devel libyaml-devel sqlite-devel isa-l-devel libdeflate-devel zlib-devel" \
			"pcre2-devel libcurl-devel expat-devel libmaxminddb-devel libmicrohttpd-devel; tests: clang llvm python3" \
			"libcmocka-devel" \
			"python3-pyyaml php-cli s3cmd"; \
		echo "  Arch    gcc pkgconf openssl cjson libyaml sqlite isa-l libdeflate zlib pcre2 curl expat libmaxminddb libmicrohttpd;" \
			"tests: clang llvm python cmocka python-yaml php s3cmd"; \
		echo "  macOS   brew install pkg-config openssl cjson libyaml sqlite isa-l libdeflate zlib pcre2 curl expat libmaxminddb" \
			"libmicrohttpd; tests: llvm cmocka php s3cmd, pyyaml"; \
		exit 1; \
	fi; \
	for p in $(1); do \
		dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	echo "installing:$$missing"; \
	if [ "$$(id -u)" = 0 ]; then as_root=; \
	elif sudo -n true 2>/dev/null; then as_root='sudo -n'; \
	elif command -v sudo >/dev/null; then as_root=sudo; \
	else echo "not root, and no sudo: install them as root:$$missing" >&2; exit 1; fi; \
	get="$$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0"; \
	$$get install --no-install-recommends $$missing >/dev/null 2>&1 || \
	{ $$get update >/dev/null && $$get install --no-install-recommends $$missing >/dev/null; }
endef

deps: ## install the Debian packages that the build needs, when they are missing
	$(call INSTALL_PACKAGES,$(DEPS))

dev-deps: ## install the Debian packages that build and tests need, when they are missing
	$(call INSTALL_PACKAGES,$(DEV_DEPS))

bench-deps: build/oracle/bench/done ## install what "make bench" compares with: Debian packages, and DuckDB, chDB and orjson in build/oracle/bench
	$(call INSTALL_PACKAGES,$(BENCH_DEPS))

fuzz-deps: dev-deps
	$(call INSTALL_PACKAGES,$(FUZZ_DEPS))
