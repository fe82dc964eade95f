# Images and machines for applications. Plain cargo does all the rest: `cargo build`, `cargo test`, `cargo clippy`.
#
#   make iso [APP=hello] [MANIFEST=manifests/x.toml]    build/*.iso; without APP, of every application
#   make run [APP=static_web] [MANIFEST=...] [ARGS="-v"]     boots it under QEMU, with the console here, and prints its addresses
#   make run NET=tap [APP=stackv4]                      that, on the tap of net-up in place of a network of QEMU's own
#   make net-up [BRIDGE=br0] [TAP=tap0] [ADDRESS=...]   makes a bridge and a tap of this host, as root
#   make net-down [BRIDGE=br0] [TAP=tap0]               removes what net-up made
#   make debug [APP=greet]                              stops it at its main, under gdb
#   make audit [APP=hello]                              shows and checks what every byte of an image is for
#   make bench [ARGS="--rounds 3"]                      measures kernels beside Linux with nginx: a table, build/bench.json and .svg
#   make bench-quick                                    the same in less than three minutes
#   make bench-counts [UPDATE=1]                        counts instructions and sizes, and compares them with those checked in
#   make test                                           the gate: everything that a change must pass
#   make test-all                                       that, and what takes long
#   make clean                                          removes what was made
#
# `run` and the tests first install what they lack, as root; else they print the line that does.

APP ?=
MANIFEST ?=
ARGS ?=
NET ?=
BRIDGE ?=
TAP ?=
ADDRESS ?=
UPDATE ?=

CARGO ?= cargo
SETUP := build-support/setup.sh
# Built by name, one after the other: features are the affair of each (see Cargo.toml).
KERNELS = $(notdir $(patsubst %/Cargo.toml,%,$(wildcard apps/*/Cargo.toml build-support/tests/kernels/*/Cargo.toml)))
UNIKERNEL := $(CARGO) run --quiet --package unikernel-cli --
BENCH := $(CARGO) run --quiet --package unikernel-bench --

# How links to the outside are called, where the usual names do not do.
NAMES = $(if $(BRIDGE),--bridge $(BRIDGE)) $(if $(TAP),--tap $(TAP))

# What was named. A manifest names its application by itself.
SELECTION = $(if $(APP),--package $(APP)) $(if $(MANIFEST),--manifest $(MANIFEST))

.PHONY: iso run net-up net-down debug audit bench bench-quick bench-counts test test-all clean tool

iso: tool
	@$(UNIKERNEL) iso $(SELECTION) $(ARGS)

run: tool
	@$(SETUP) run
	@$(UNIKERNEL) run $(if $(strip $(SELECTION)),$(SELECTION),--package static_web) $(if $(NET),--net $(NET)) $(ARGS)

net-up: tool
	@$(UNIKERNEL) net up $(NAMES) $(if $(ADDRESS),--address $(ADDRESS))

net-down: tool
	@$(UNIKERNEL) net down $(NAMES)

debug: tool
	@$(SETUP) debug
	@$(UNIKERNEL) debug $(if $(strip $(SELECTION)),$(SELECTION),--package greet) $(ARGS)

audit: tool
	@$(UNIKERNEL) audit $(SELECTION) $(ARGS)

bench:
	@$(SETUP) bench
	@$(BENCH) run $(ARGS)

bench-quick:
	@$(SETUP) bench
	@$(BENCH) run --quick $(ARGS)

bench-counts:
	@$(SETUP) run
	@$(BENCH) counts $(if $(UPDATE),--update) $(ARGS)

# Apart, so that its progress is seen, and the commands above say nothing but what they are asked for.
tool:
	@$(CARGO) build --package unikernel-cli

test:
	$(SETUP) test
	$(CARGO) fmt --all --check
	$(CARGO) clippy --all-targets -- -D warnings
	for kernel in $(KERNELS); do $(CARGO) clippy --quiet --package $$kernel -- -D warnings || exit; done
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps
	$(CARGO) test

# The tests that have more to do where there is time look at this.
test-all: export UNIKERNEL_TEST_ALL = 1
test-all: test
	DAMAGED_VOLUMES=33400 $(CARGO) test --release --package unikernel-rt --lib kv::fat

clean:
	$(CARGO) clean
	rm -rf build
