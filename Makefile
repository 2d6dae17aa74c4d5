# Every command of this project. `make` alone shows them.
#
# Needed: Rust by rustup (rust-toolchain.toml names the version), Go 1.26, python3 (3.9 or later, with pip), make, git, bash, util-linux
# (flock, unshare, nsenter), a C compiler (ring is partly C), Linux with glibc 2.28 or later. `make test` makes namespaces: as root, or
# where user namespaces are allowed.
# CARGO_TARGET_DIR and CARGO_BUILD_JOBS are respected, KUBEBUILDER_ASSETS too (see testbed/README.md).

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# Recipes share one target folder and, in part, one cluster.
.NOTPARALLEL:

.PHONY: help build check test format lint licences generated seeds rules suite seeded campaign mutants demo demo-bad-release demo-hooks demo-data demo-restore demo-trial demo-crash generate bench bench-quick clean

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build for use: target/release/uplift and target/release/kubectl-uplift
	cargo build --locked --release --package uplift

check: format lint ## the fast half, for every save: formatting, lints, tests without a cluster
	cargo test --locked --lib --test shape
	cargo test --locked --test rules scenarios::

# Each part runs by its own name too, so a red one is repeated alone. `make --keep-going test` shows every red part at once.
test: format lint licences generated rules suite seeds ## everything, against a real API server where one is needed

format: ## the code is formatted (mend it with: cargo fmt --all)
	cargo fmt --all --check

lint: ## no warning, in tests and programs neither
	cargo clippy --locked --all-targets -- -D warnings

# tests/shape/boundaries holds the most important of these rules without the tool. Advisories are left out: a new one in the world
# must not break a commit that changed nothing.
licences: ## licences, banned crates and sources (deny.toml), where cargo-deny is installed
	@if command -v cargo-deny >/dev/null; then cargo deny --locked check bans licenses sources; \
	else echo "cargo-deny is not installed: skipped (cargo install --locked cargo-deny)"; fi

# crds/ is compared by tests/shape/crds.rs, in `suite`.
generated: ## deploy/ is what the chart says (mend it with: make generate)
	bin=$$(testbed/build)/bin; UPLIFT_BIN=$$bin deploy/render --check

# After `suite`, whose libraries it uses. Some minutes. `DAY=2026-12-01 make seeds` plays those of that day again.
seeds: ## every seeded bug applies, and two are caught: another two each day (mend the patch, or the test, that it names)
	tests/seeded/run --today

# Simulated months by the hundred are arithmetic: optimized they take a tenth of the time, and building that takes less than it saves.
rules: ## the tests of the rules and of the simulated world, optimized
	testbed/python/prepare
	cargo test --locked --profile campaign --no-fail-fast --test rules

# The control plane, Python's packages and PostgreSQL are there first: minutes the first time, which no test should wait for. One call of cargo
# builds every test once, and plays one program after the other: all but `rules`. Tests of a cluster wait for half of their time, hence two
# for each core.
suite: ## every other test: units, formats, structure, cluster
	testbed/build
	testbed/python/prepare
	testbed/postgres/prepare
	RUST_TEST_THREADS=$$((2 * $$(nproc))) cargo test --locked --no-fail-fast --lib --bins --test '[!r]*'

seeded: ## make each seeded bug and show which test catches it; most of an hour
	testbed/build
	tests/seeded/run

# A first seed of its own for each day; a failure prints the file that replays it, so nothing depends on the day. `SEED=7 HISTORIES=500
# make campaign` chooses. The profile is a release without link-time optimization: half of the time would be the linker's.
campaign: export SEED ?= $(shell date +%Y%m%d)000000
campaign: export HISTORIES ?= 100000
campaign: export ZONE_CASES ?= 1000000
campaign: export PAIRS = all
campaign: ## the long form of the proof: 100,000 histories, 1,000,000 instants, every pair of faults; an hour and a half on two cores
	cargo test --locked --profile campaign --test rules -- --nocapture zones:: crash:: histories::

# Each change is a build of this package: hours in all. LEAVE='src/plan/**' leaves a part out. The first call judges every change by
# tests that take a moment, the second what those let pass. Tests that judge tests are skipped, and so are properties at first. A target
# folder of its own keeps the dependencies from run to run.
LEAVE ?= nothing
MUTANTS = CARGO_TARGET_DIR='$(CURDIR)/target/mutants' HISTORIES=40 cargo mutants --output target --exclude '$(LEAVE)' -C=--lib -C=--test=rules
# Parts of tests/rules that look at other things or take long, and those of the second call. No module of src has such a name.
SLOW = zones:: crash:: stepped_clock::
PLAYED = forged:: histories::
mutants: ## break calendar and planner in every small way: does a test notice? Hours; LEAVE='src/plan/**' leaves a part out
	@command -v cargo-mutants >/dev/null || { echo "cargo-mutants is missing: cargo install --locked cargo-mutants"; exit 1; }
	$(MUTANTS) -- -- --skip properties $(SLOW:%=--skip %) $(PLAYED:%=--skip %) || [ $$? = 2 -o $$? = 3 ]
	$(MUTANTS) --iterate -- -- --skip broken_rules --skip every_ending $(SLOW:%=--skip %) || [ $$? = 2 -o $$? = 3 ]
	tests/mutants/unexplained target/mutants.out

demo: ## a whole monthly cycle on a real API server, in a minute or two
	testbed/build
	cargo run --locked --bin demo

demo-bad-release: ## a release that crashes at its first customers, on a real API server with real Jobs: halted, withdrawn, followed by a good one
	testbed/build
	cargo build --locked --package uplift-testbed --bins
	cargo run --locked --bin demo -- --example bad-release

demo-hooks: ## upgrades with hooks and probes, on a real API server with real Jobs, while the operator is killed after each of its writes
	testbed/build
	cargo build --locked --package uplift-testbed --bins
	cargo run --locked --bin demo -- --example hooks --crash

demo-data: ## upgrades with a real PostgreSQL: backup, migration, counts; rows that are lost and brought back, a Job that hangs
	testbed/build
	testbed/postgres/prepare
	cargo test --locked --package uplift-testbed --test process_node data:: -- --nocapture

demo-restore: ## a migration that loses rows, on a real PostgreSQL: rolled back, and pg_dump says what it said before
	testbed/build
	testbed/postgres/prepare
	cargo test --locked --package uplift-testbed --test process_node data::a_migration_that_loses_rows -- --nocapture

demo-trial: ## a version tried on a copy of a real PostgreSQL: filled, scrubbed, booted, confirmed, emptied; a server outside hears nothing
	testbed/build
	testbed/postgres/prepare
	cargo test --locked --package uplift-testbed --test process_node trial::run -- --nocapture

demo-crash: ## the same, while the operator is killed again and again
	testbed/build
	cargo run --locked --bin demo -- --crash

# As a release is built, and with the log of a release. It wants the machine for itself: what others used meanwhile stands in the report. The
# report is target/bench/report.txt. PLAY plays a part: `make bench PLAY='--only full:100:uplift,helm:2'`.
BENCH = testbed/build && cargo build --locked --release --package uplift-testbed --bin bench --bin plan-pass && \
	cargo run --locked --quiet --release --package uplift-testbed --bin bench --
bench bench-quick: export UPLIFT_DEMO_DIR = $(CURDIR)/target/bench
bench bench-quick: export RUST_LOG = info
bench: ## speed, side by side with kubectl, Helm and Argo Rollouts, up to 10,000 tenants; an hour on two cores
	testbed/argo-rollouts/prepare
	$(BENCH) $(PLAY)

bench-quick: ## the same in two minutes, with 100 tenants; red when a ratio got worse than the stored one by more than noise. ACCEPT=1 stores
	$(BENCH) --quick $(if $(ACCEPT),--accept)

# In this order: the chart holds the CRDs, deploy/ is rendered from the chart.
generate: ## write crds/, charts/uplift/files/crds/ and deploy/ anew
	cargo run --quiet --locked -- crds --dir crds
	cp crds/*.yaml charts/uplift/files/crds/
	bin=$$(testbed/build)/bin; UPLIFT_BIN=$$bin deploy/render

clean: ## remove what cargo built; the control plane stays in ~/.cache/uplift
	cargo clean
