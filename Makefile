# Makes and runs images of applications. Plain cargo does everything else: `cargo build`, `cargo test`, `cargo clippy`.
#
#   make iso [APP=hello] [MANIFEST=manifests/x.toml]    build/*.iso; without APP, of every application
#   make run [APP=static_web] [MANIFEST=...] [ARGS="-v"]     boots it under QEMU, with the console on this terminal
#   make run NET=tap [APP=stackv4]                      the same, on the tap of net-up instead of QEMU's user network
#   make net-up [BRIDGE=br0] [TAP=tap0] [ADDRESS=...]   creates a bridge and a tap on this host, as root
#   make net-down [BRIDGE=br0] [TAP=tap0]               removes what net-up created
#   make debug [APP=greet]                              runs it under gdb, stopped at its main
#   make audit [APP=hello]                              attributes every byte of a kernel, and checks it
#   make bench [ARGS="--rounds 3"]                      measures kernels beside Linux with nginx: a table, build/bench.json and .svg
#   make bench-quick                                    the same in less than three minutes
#   make bench-counts [UPDATE=1]                        counts instructions and sizes, and compares them with those checked in
#   make kvm-check [ARGS="-p static_web"]               boots every application under each monitor here, where there is KVM
#   make test                                           the gate: everything that a change must pass
#   make test-all                                       the same, and slower tests: more cases, mutants, longer transfers
#   make soak [PART="pings lossy"]                      tests that take hours, in parts; resumes after the last part that passed
#   make clean                                          removes all output
#
# `run` and the tests first install missing packages if run as root; otherwise they print the command.

APP ?=
MANIFEST ?=
ARGS ?=
NET ?=
BRIDGE ?=
TAP ?=
ADDRESS ?=
UPDATE ?=
PART ?=

CARGO ?= cargo
SETUP := build-support/setup.sh
# The packages of kernels. Each has features of its own, and is built by itself (see Cargo.toml).
folders = $(notdir $(patsubst %/Cargo.toml,%,$(wildcard $(1)/*/Cargo.toml)))
# Those of `std` take minutes to check, and each of the tests' own some seconds: they are left to `make test-all`.
STD = $(notdir $(patsubst %/Cargo.toml,%,$(shell grep -l '^unikernel-rt = .*"std"' apps/*/Cargo.toml)))
SLOW = $(STD) $(addprefix kernels-,$(subst _,-,$(call folders,build-support/tests/kernels)))
KERNELS = $(filter-out $(STD),$(call folders,apps)) $(if $(UNIKERNEL_TEST_ALL),$(SLOW))
UNIKERNEL := $(CARGO) run --quiet --package unikernel-cli --
BENCH := $(CARGO) run --quiet --package unikernel-bench --

# The names of the bridge and the tap, if not the default ones.
NAMES = $(if $(BRIDGE),--bridge $(BRIDGE)) $(if $(TAP),--tap $(TAP))

# The selected application. A manifest names its application itself.
SELECTION = $(if $(APP),--package $(APP)) $(if $(MANIFEST),--manifest $(MANIFEST))

.PHONY: iso run net-up net-down debug audit bench bench-quick bench-counts kvm-check test test-all soak clean tool

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

# Not in the gate: machines that run it have no KVM.
kvm-check:
	@$(SETUP) run
	@$(BENCH) kvm-check $(ARGS)

# Apart, so that its progress is seen, and the commands above say nothing but what they are asked for.
tool:
	@$(CARGO) build --package unikernel-cli

# For programs of the host, where nothing is run: tests unwind, and what both need would be checked for an abort and for that.
HOST = CARGO_PROFILE_DEV_PANIC=unwind

# Without the program that it runs for others, a second build of the tools: the tests here have one already.
LIBRARY = --package unikernel-test --no-default-features

# What a registry would get: applications depend on these packages, or are made by them.
PACKAGE = $(CARGO) package --quiet --allow-dirty $(addprefix --package unikernel-,vocabulary macros net rt build cli test)

test:
	$(SETUP) $(if $(UNIKERNEL_TEST_ALL),all,test)
	$(CARGO) fmt --all --check
	$(HOST) $(CARGO) clippy --all-targets -- -D warnings
	$(HOST) $(CARGO) clippy $(LIBRARY) --all-targets -- -D warnings
	for kernel in $(KERNELS); do $(CARGO) clippy --quiet --package $$kernel -- -D warnings || exit; done
	$(HOST) RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps
	$(HOST) RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps $(LIBRARY)
	$(PACKAGE) --no-verify
	$(CARGO) test $(LIBRARY)
	$(CARGO) test

# Parsers of what comes from outside, with this many random inputs each, and FAT volumes, this many damaged ones of each kind.
CASES = $(CARGO) test --profile checked --lib --package unikernel-rt --package unikernel-cli --package unikernel-vocabulary
VOLUMES = $(CARGO) test --profile checked --lib --package unikernel-rt kv::fat

# Read by the tests that run more cases in `make test-all`.
test-all: export UNIKERNEL_TEST_ALL = 1
test-all: test
	$(PACKAGE)
	RANDOM_CASES=1000000 $(CASES)
	DAMAGED_VOLUMES=3340 $(VOLUMES)

# A part that has passed is not done again for the same sources, unless it is named.
PARTS = cases volumes networks hostile pings connections bulk lossy idle kills
PASSED = target/soak/$(shell git rev-parse --short HEAD)-$(shell git diff HEAD | sha1sum | cut -c 1-8)
MACHINES = $(CARGO) test --package unikernel-tests --

soak:
	$(SETUP) test
	@mkdir -p $(PASSED)
	@for part in $(or $(PART),$(PARTS)); do \
	    if [ -z "$(PART)" ] && [ -e $(PASSED)/$$part ]; then echo "soak: $$part has passed before"; continue; fi; \
	    echo "soak: $$part" && $(MAKE) --no-print-directory soak-$$part && touch $(PASSED)/$$part || exit; \
	done

soak-%: export UNIKERNEL_SOAK = 1
soak-cases:
	RANDOM_CASES=20000000 $(CASES)
soak-volumes:
	DAMAGED_VOLUMES=33400 $(VOLUMES)
soak-networks:
	$(CARGO) test --profile checked --package unikernel-net
soak-hostile:
	$(MACHINES) net_hostile
soak-pings:
	$(MACHINES) net::indices_of_rings net::random_frames net_clients::a_flood_of_pings net_clients::ipv6_is_pinged
soak-connections:
	$(MACHINES) net_clients::connections net_services::a_flood_of_connections
soak-bulk:
	$(MACHINES) net_services::a_hundred_megabytes net_clients::offloads
soak-lossy:
	$(MACHINES) net_clients::lossy
soak-kills:
	$(MACHINES) std_kills
soak-idle:
	$(MACHINES) static_web_counts::nothing_is_executed

clean:
	$(CARGO) clean
	rm -rf build
