# Needs rustup, Python >= 3.11 with venv, Node >= 20 with npm, and a C compiler. Nothing as root.
# `make` alone lists the targets, by the text after `##`.

PYTHON ?= python3
# One profile for every artefact, so that dependencies are compiled once. `release` is for `dist`.
PROFILE := fast
BIN := .venv/bin
BUILT := target/$(PROFILE)
# Always the same packages: cargo unites the features of those that it is asked for, and compiles
# what they depend on anew for others.
CRATES := -p drivebell -p drivebell-mirror -p drivebell-store -p drivebell-cli -p drivebell-simulator -p drivebell-fleet -p drivebell-generate

# What is imported once is compiled once, in whatever environment make runs: tests start hundreds of Pythons.
unexport PYTHONDONTWRITEBYTECODE

# Most tests wait. So there are more of Rust's at once than processors. Python's judge times, and each has a
# processor of its own.
PROCESSORS := $(shell getconf _NPROCESSORS_ONLN)
export RUST_TEST_THREADS ?= $(shell expr $(PROCESSORS) '*' 4)
AT_ONCE := -n $(PROCESSORS)

RUST_SOURCES := Cargo.toml Cargo.lock $(shell find core cli mirror store -name '*.rs' -o -name '*.sql' -o -name Cargo.toml)
PYTHON_SOURCES := pyproject.toml README.md THIRD-PARTY-NOTICES bindings-python/drivebell.cdx.json $(shell find bindings-python -name '*.rs' -o -name '*.toml' -o -name '*.py' -o -name '*.pyi')
NODE_SOURCES := THIRD-PARTY-NOTICES $(shell find bindings-node \( -name node_modules -o -name dist -o -name native \) -prune -o -type f -print)

SIMULATOR_SOURCES := Cargo.toml Cargo.lock simulator/README.md simulator/THIRD-PARTY-NOTICES $(shell find simulator -name tests -prune -o \( -name '*.rs' -o -name '*.toml' -o -name '*.py' -o -name '*.js' -o -name '*.mjs' -o -name '*.ts' -o -name '*.json' -o -name '*.css' -o -name '*.html' \) -print)

.PHONY: help generate demo check test test-rust test-python test-node test-extra hostile limits lint fuzz loom soak soak-many soak-fleet format faults drift bench bench-delta bench-mirror bench-micro dist dist-sources dist-check check-targets oldest-rust publish-npm publish-crates clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: CRATES := -p drivebell -p drivebell-simulator
demo: rust wheel addon  ## Subscribe from Rust, Python and Node at once, on the simulator
	$(BIN)/python demo/run.py

.PHONY: demo-svg
demo-svg: rust wheel addon  ## Draw a run of the demo: docs/demo.svg, the README's picture
	$(BIN)/python demo/draw.py

# `make check SINCE=main` checks a whole branch.
SINCE := HEAD
check:  ## Check format, lints and unit tests of your changes since the last commit
	PROFILE=$(PROFILE) .ci/check $(SINCE)

test: test-rust test-python test-node  ## Run all tests

test-rust: tests/servers/node_modules/ready fuzz loom  ## Run the tests of the Rust crates, fuzz briefly, and try interleavings
	cargo test --locked --profile $(PROFILE) $(CRATES)

test-python: rust wheel .venv/simulator addon tests/servers/node_modules/ready tests/pyright/node_modules/ready  ## Run the tests of the Python package
	$(BIN)/pytest $(AT_ONCE) --dist worksteal

test-node: rust addon node_modules/simulator tests/servers/node_modules/ready examples/node/node_modules/ready  ## Run the tests of the Node package
	cd bindings-node && npm test

# NATS servers, the fleet, and what consumes its stream. Nothing runs beside its tests, which judge times.
test-extra: target/nats/oldest/ready target/nats/too-old/ready fleet-consumers
# The examples that build on other libraries have an environment of their own.
test-extra: examples/python/.venv/wheel examples/node/node_modules/ready
# Other run times, bundlers, and the driver of a browser.
test-extra: tests/extra/node/node_modules/ready docs
test-extra: rust wheel addon simulator-packages tests/servers/node_modules/ready tests/extra/consumers/node_modules/ready tests/extra/runners/node_modules/ready otel  ## Run the tests with tinyproxy, nginx, Chromium, zsh, fish, man, faketime and systemd-analyze, which must be installed, of source distributions and crates as they are published, with vitest and jest, in every TypeScript, on other run times, in bundles, of all examples, of OpenTelemetry, and hostile servers for a second each
	cd bindings-node && npm run build:tests
	$(BIN)/pytest $(AT_ONCE) --dist loadfile --ignore-glob '*/test_fleet_*' tests/extra
	$(BIN)/pytest tests/extra/test_fleet_*.py
	NATS_SERVER=$(CURDIR)/$(BIN)/nats-server cargo test --locked --profile $(PROFILE) $(CRATES) --test nats
	HOSTILE_SECONDS=1.5 $(HOSTILE)

# HOSTILE_SECONDS=30 for longer.
HOSTILE := $(BIN)/pytest $(AT_ONCE) --rootdir tests/hostile -p no:cacheprovider tests/hostile
hostile: rust wheel addon  ## Send everything that hurts to the crate and both packages: five minutes
	$(HOSTILE)

limits: .venv/ready  ## Write docs/limits.md from the hostile cases
	$(BIN)/python tests/hostile/limits_page.py

# Offline, once npm has installed what it needs. `make docs-preview` serves it.
docs: docs/site/dist/index.html  ## Build the site with the documentation: docs/site/dist

SITE := cd docs/site && node scripts/with-node.mjs
SITE_SOURCES := $(shell find docs *.md simulator/README.md \( -name node_modules -o -path docs/site/dist -o -path docs/site/.astro -o -path docs/site/src/content \) -prune -o -type f -print) \
	$(shell find bindings-node/lib bindings-python/python simulator/python -name '*.ts' -o -name '*.py' -o -name '*.pyi')
docs/site/dist/index.html: docs/site/node_modules/ready bindings-node/node_modules/ready .venv/wheel $(SITE_SOURCES)
	$(SITE) scripts/pages.mjs
	$(BIN)/python docs/site/scripts/python_reference.py docs/site/src/content/docs/reference/python
	$(SITE) node_modules/astro/bin/astro.mjs build
	$(SITE) scripts/check.mjs

.PHONY: docs docs-preview
docs-preview: docs  ## Serve the site on this machine
	$(SITE) node_modules/astro/bin/astro.mjs preview

lint: lint-generated lint-rust lint-python lint-node lint-workflows  ## Check formats, lints, types and generated files of everything

# All of these may run at the same time: `make --jobs 2 lint`.
.PHONY: lint-generated lint-rust lint-python lint-node lint-workflows
lint-generated: generate
	git diff --exit-code --stat -- $(GENERATED)

lint-rust: lint-generated
	cargo fmt --all --check
	cargo fmt --all --check --manifest-path bench/Cargo.toml
	cargo metadata --locked --format-version 1 --manifest-path bench/Cargo.toml > target/bench-metadata.json
	cargo fmt --all --check --manifest-path fuzz/Cargo.toml
	cargo fmt --all --check --manifest-path loom/Cargo.toml
	cargo fmt --check --manifest-path $(OTEL_RUST)
	cargo metadata --locked --format-version 1 --manifest-path $(OTEL_RUST) > target/otel-metadata.json
	cargo fmt --check --manifest-path $(FLEET_CONSUMER)
	cargo metadata --locked --format-version 1 --manifest-path $(FLEET_CONSUMER) > target/fleet-consumer-metadata.json
	$(OTHER_CARGO) clippy --locked --profile $(PROFILE) --manifest-path fuzz/Cargo.toml --all-targets --features programs -- -D warnings
	$(OTHER_CARGO) clippy --locked --profile $(PROFILE) --manifest-path loom/Cargo.toml -- -D warnings
	cargo clippy --locked --profile $(PROFILE) --workspace --all-targets -- -D warnings
	cargo clippy --locked --profile $(PROFILE) --workspace --test nats -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --profile $(PROFILE) --no-deps $(CRATES)

lint-python: lint-generated wheel
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest drivebell._native --ignore-disjoint-bases

lint-node: lint-generated addon node_modules/simulator
	cd bindings-node && npm run lint && npm run --silent check:package && npx biome check --error-on-warnings ../demo ../tests/servers ../tests/extra/consumers ../tests/extra/runners ../tests/extra/node ../tests/pages ../simulator/npm/*.*js ../simulator/npm/*.ts ../simulator/src/ui ../examples/node ../examples/fleet/*.mjs ../examples/fleet/sqlite/*.mjs ../bench/clients/node ../.github/lint/*.mjs ../docs/site/*.mjs ../docs/site/scripts ../docs/site/src/*.ts ../docs/site/src/styles

lint-workflows: .venv/ready .github/lint/node_modules/ready
	$(BIN)/zizmor --quiet --offline --persona pedantic .github/workflows/*.yml .github/dependabot.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	node .github/lint/workflows.mjs

# On stable Rust. CONTRIBUTING.md says how to fuzz with libFuzzer. FUZZ='--seed 7 frames' for another
# seed, or a few targets only.
SECONDS := 27
fuzz:  ## Fuzz what reads foreign bytes for half a minute; SECONDS=600 for longer
	$(OTHER_CARGO) run --locked --quiet --profile $(PROFILE) --manifest-path fuzz/Cargo.toml -- --seconds $(SECONDS) $(FUZZ)

loom:  ## Try the interleavings of the mailboxes' threads; LOOM=--full for all of them, which takes long
	$(OTHER_CARGO) run --locked --quiet --profile $(PROFILE) --manifest-path loom/Cargo.toml -- $(LOOM)

MINUTES := 10
SOAK := --seconds $$(($(MINUTES) * 60))
soak:  ## Run 200 subscriptions with random faults for ten minutes; MINUTES=60 for longer
	cargo build --locked --profile $(PROFILE) -p drivebell-simulator -p drivebell-soak --bins
	$(BUILT)/drivebell-soak $(SOAK)
	DRIVEBELL_MODEL_SEQUENCES=100000 cargo test --locked --profile $(PROFILE) -p drivebell --lib changes::model
	DRIVEBELL_MODEL_SEQUENCES=100000 cargo test --locked --profile $(PROFILE) -p drivebell-mirror --lib model
	DRIVEBELL_KILLS=200 cargo test --locked --profile $(PROFILE) -p drivebell-mirror --test it kills

soak-many:  ## Run 5,000 users in one set and cut connections; then follow 5,000 drives that must all look at once
	cargo build --locked --profile $(PROFILE) -p drivebell-simulator -p drivebell-soak --bins
	ulimit -n $$(ulimit -Hn) && $(BUILT)/drivebell-soak stampede $(STAMPEDE)
	ulimit -n $$(ulimit -Hn) && $(BUILT)/drivebell-soak drives $(DRIVES)

# Ten thousand drives with kills, partitions and pauses, in about a quarter of an hour. Some scenes only, or
# fewer drives: FLEET='--drives 1000 kills'. With a profile of its own: each kill lets four thousand drives
# connect in ten seconds.
SOAK_FLEET := DRIVEBELL_FLEET=target/soak/drivebell-fleet DRIVEBELL_SIMULATOR=target/soak/drivebell-simulator PYTHONPATH=tests/fleet:tests/python
soak-fleet: .venv/ready  ## Run a fleet of five workers on NATS with 10,000 drives, and kill them: 15 minutes
	cargo build --locked --profile soak -p drivebell-fleet -p drivebell-simulator --bins
	ulimit -n $$(ulimit -Hn) && $(SOAK_FLEET) $(BIN)/python -m proof.soak $(FLEET)

# Follow from the core's declarations of options, names and fields of items.
GENERATED := docs/options.md tests/pages.json $(addprefix bindings-python/python/drivebell/,_names.py _client_options.py _changes_options.py _mirror_options.py _shared_options.py _native.pyi sync/_changes_options.py sync/_mirror_options.py sync/_shared_options.py) \
	$(addprefix bindings-node/lib/,names.ts client/options.ts changes/options.ts changes/item.ts event/lifecycle-kinds.ts mirror/options.ts shared/options.ts runtime/platform-packages.ts) \
	docs/command-line.md cli/completions cli/man fleet/completions fleet/man THIRD-PARTY-NOTICES fleet/THIRD-PARTY-NOTICES $(addsuffix .cdx.json,bindings-python/drivebell bindings-node/drivebell cli/drivebell-cli fleet/drivebell-fleet) \
	$(addprefix simulator/,THIRD-PARTY-NOTICES drivebell-simulator.cdx.json npm/drivebell-simulator.cdx.json npm/platforms.json)
generate: rust .venv/ready bindings-node/node_modules/ready  ## Write the files that follow from the core's declarations, and from what is linked
	$(BUILT)/drivebell-generate
	$(BIN)/python -m supply
	node bindings-node/scripts/write-platforms.mjs
	$(BIN)/ruff format --quiet $(filter %.py %.pyi,$(GENERATED))
	cd bindings-node && npx biome check --write --log-level=error $(patsubst bindings-node/%,%,$(filter %.ts,$(GENERATED)))

# Built from source, in a minute or two. Kept where `cargo` does not clean.
TOOLS := target/tools
CARGO_DENY := 0.20.2
$(TOOLS)/cargo-deny-$(CARGO_DENY):
	CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_CODEGEN_UNITS=4 CARGO_TARGET_DIR=$(TOOLS)/build cargo install --quiet --locked --debug --root $(TOOLS) cargo-deny@$(CARGO_DENY)
	rm -rf $(TOOLS)/build
	touch $@

# The advisories need GitHub, where their database is. Where it cannot be had, nothing is known about
# them, and the others are checked all the same.
supply: $(TOOLS)/cargo-deny-$(CARGO_DENY)  ## Check licences, sources, hashes, advisories and oldest Rust of dependencies, that all packages have one version, and that no shipped code is unsafe
	$(TOOLS)/bin/cargo-deny --locked check licenses bans sources
	if $(TOOLS)/bin/cargo-deny --locked fetch db; then \
		$(TOOLS)/bin/cargo-deny --locked check --disable-fetch advisories; \
	else \
		echo "The advisories were NOT checked: their database cannot be had here." >&2; \
	fi
	$(PYTHON) -m supply.check

UV := uv==0.13.9
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --python-version 3.11 --custom-compile-command "make lock"
lock: .venv/ready  ## Lock what developers need of Python's index, and complete npm's locks
	$(BIN)/pip install --quiet --disable-pip-version-check $(UV)
	$(LOCK) --output-file requirements-dev.txt requirements-dev.in
	$(LOCK) --output-file bench/requirements.txt bench/requirements.in
	$(LOCK) --output-file examples/python/otel/requirements.txt examples/python/otel/requirements.in
	$(LOCK) --output-file examples/python/requirements.txt examples/python/requirements.in
	$(LOCK) --output-file release/requirements.txt release/requirements.in
	$(LOCK) --output-file release/runtimes/musl.txt release/runtimes/musl.in
	$(LOCK) --output-file tests/fleet/nats/oldest.txt tests/fleet/nats/oldest.in
	$(LOCK) --output-file tests/fleet/nats/too-old.txt tests/fleet/nats/too-old.in
	$(PYTHON) -m supply.npm_lock

format: .venv/ready bindings-node/node_modules/ready  ## Format everything
	cargo fmt --all
	cargo fmt --all --manifest-path bench/Cargo.toml
	cargo fmt --all --manifest-path fuzz/Cargo.toml
	cargo fmt --all --manifest-path loom/Cargo.toml
	cargo fmt --manifest-path $(OTEL_RUST)
	cargo fmt --manifest-path $(FLEET_CONSUMER)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	cd bindings-node && npm run format

# Writes docs/faults.md, in about fifteen minutes. The Rust peers need OpenSSL's headers. A few rows
# or columns only: FAULTS='--fault FIN --client Node --output /tmp/faults.md'.
faults: rust addon bench/ready  ## Compare with other clients under faults: docs/faults.md, 15 minutes
	$(call bench_install,fast)
	$(call bench_build,fast,bench-drivebell)
	$(call bench_build,fast,bench-peers)
	$(BENCH_PYTHON) -m drivebell_bench.faults $(FAULTS)

# Writes docs/drift.md, in about five minutes. Some clients only: DRIFT='--client Node --output /tmp/drift.md'.
# DRIFT='--scale 60' compresses time more.
drift: rust addon bench/ready  ## Compare with other clients on a drive that loses changes: docs/drift.md, 5 minutes
	$(call bench_install,fast)
	$(call bench_build,fast,bench-drivebell)
	$(BENCH_PYTHON) -m drivebell_bench.drift $(DRIFT)

# Writes docs/performance.md, on Linux with two cores, in about forty minutes. The Rust peers need
# OpenSSL's headers. BENCH=--quick is a short run that writes no page.
bench: addon bench/ready  ## Compare speed with other clients: docs/performance.md, 40 minutes
	$(call bench_install,release)
	$(call bench_build,release,bench-drivebell)
	$(call bench_build,release,bench-floor bench-server)
	$(call bench_build,release,bench-peers)
	$(BENCH_PYTHON) -m drivebell_bench.speed $(BENCH)

# Writes docs/performance/delta.md, on Linux with two cores. For a short run:
# N=50000 DELTA='--rounds 1 --output /tmp/delta.md'.
N := 1000000
bench-delta: addon bench/ready  ## Compare delta queries with other clients: docs/performance/delta.md
	cargo build --locked --release -p drivebell-simulator
	$(call bench_install,release)
	$(call bench_build,release,bench-drivebell)
	$(call bench_build,release,bench-floor)
	$(BENCH_PYTHON) -m drivebell_bench.delta --items $(N) $(DELTA)

# Writes docs/performance/mirror.md, on Linux with two cores, in about a quarter of an hour. For a short
# run: N=50000 MIRROR='--rounds 1 --live-rounds 3 --output /tmp/mirror.md'.
bench-mirror: addon bench/ready  ## Compare mirrors with tables kept by hand: docs/performance/mirror.md
	cargo build --locked --release -p drivebell-simulator
	$(call bench_install,release)
	$(call bench_build,release,bench-drivebell)
	$(call bench_build,release,bench-mirror)
	$(BENCH_PYTHON) -m drivebell_bench.mirror --items $(N) $(MIRROR)

# How long the steps of a message take, and how many instructions. It fails if a step takes more
# than 3 % above bench/micro/instructions.json. INSTRUCTIONS=--record writes that file instead.
bench-micro:  ## Measure the steps of a message, in time and instructions
	$(OTHER_CARGO) bench --locked --manifest-path bench/Cargo.toml -p drivebell-micro
	$(call bench_build,release,drivebell-micro)
	PYTHONPATH=bench $(PYTHON) -m drivebell_bench.micro $(INSTRUCTIONS)

# For the workspaces beside the product, with its target directory as an absolute path: criterion would
# resolve a relative one elsewhere. Each group of packages is built alone, so that drivebell is measured without the
# features that its peers enable.
OTHER_CARGO := CARGO_TARGET_DIR=$(CURDIR)/target cargo
BENCH_PYTHON := PYTHONPATH=bench bench/.venv/bin/python
bench_build = $(OTHER_CARGO) build --locked --profile $(1) --manifest-path bench/Cargo.toml $(addprefix -p ,$(2))

# Installs the wheel and the addon, built with this profile, where the clients find them.
BENCH_ADDON := bench/clients/node/node_modules/drivebell
define bench_install
bench/.venv/bin/pip install --quiet --disable-pip-version-check --config-settings=build-args="--locked --profile $(1)" .
	cargo build --locked --profile $(1) -p drivebell-node
	rm -rf $(BENCH_ADDON)
	mkdir -p $(BENCH_ADDON)/native
	cp -r bindings-node/dist bindings-node/package.json $(BENCH_ADDON)/
	cp target/$(1)/libdrivebell_node.so $(BENCH_ADDON)/native/$$(basename bindings-node/native/*.node)
endef

# `make dist TARGETS=aarch64-unknown-linux-gnu` builds for that platform alone; without TARGETS for all that
# this machine can build. DIST_PROFILE=fast is quick, and for trying this out.
DIST_PROFILE := release
TARGETS :=
RELEASE_ENVIRONMENT := release/.venv
# Windows has another name for the folder of programs.
RELEASE_BIN := $(RELEASE_ENVIRONMENT)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
RELEASE := $(RELEASE_BIN)/python
dist: $(RELEASE_ENVIRONMENT)/ready bindings-node/node_modules/ready  ## Build what is published for this platform and others, into dist/; slow, with fat LTO
	$(RELEASE) -m release.build --profile $(DIST_PROFILE) $(TARGETS)

dist-sources: $(RELEASE_ENVIRONMENT)/ready addon  ## Build what is published once for all platforms, into dist/
	$(RELEASE) -m release.sources

# EXPECT='aarch64-apple-darwin/*' fails if that cannot be run here.
dist-check: $(RELEASE_ENVIRONMENT)/ready bindings-node/node_modules/ready release/runtimes/node_modules/ready  ## Install what is in dist/ into empty folders, and use it
	$(RELEASE) -m release.check $(TARGETS) $(foreach name,$(EXPECT),--expect '$(name)')

# Also where nothing can be linked. `rustup target add` gives what it needs.
check-targets: $(RELEASE_ENVIRONMENT)/ready  ## Compile without linking, for the platforms in TARGETS
	$(RELEASE) -m release.build --only-check $(TARGETS)

# GitHub's runners have rustup, which brings this compiler.
OLDEST_RUST := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
oldest-rust:  ## Check that the oldest supported Rust compiles everything; rustup installs it
	rustup toolchain install $(OLDEST_RUST) --profile minimal --no-self-update
	cargo +$(OLDEST_RUST) check --locked --workspace

# The workflow `release` calls these; RELEASING.md has the steps.
DRY_RUN :=
publish-npm:  ## Send dist/*.tgz to npm; DRY_RUN=--dry-run sends nothing
	$(PYTHON) -m release.publish npm $(DRY_RUN)

publish-crates:  ## Send the crates to crates.io; DRY_RUN=--dry-run sends nothing
	$(PYTHON) -m release.publish crates $(DRY_RUN)

clean:  ## Delete all build products and installed packages
	rm -rf target .venv node_modules dist release/.venv release/runtimes/node_modules
	rm -rf bindings-node/node_modules bindings-node/dist bindings-node/native simulator/npm/native
	rm -rf docs/site/node_modules docs/site/dist docs/site/.astro docs/site/src/content
	rm -rf bench/.venv bench/results bench/clients/node/node_modules
	rm -rf examples/fleet/node_modules examples/node/node_modules examples/node/otel/node_modules examples/python/otel/.venv examples/python/.venv
	rm -rf .github/lint/node_modules tests/node/node_modules tests/node/build tests/servers/node_modules tests/pyright/node_modules tests/extra/consumers/node_modules tests/extra/runners/node_modules tests/extra/node/node_modules

# What other people wrote, for lint and all tests. It mostly waits for the network and the disk, so `.ci/run`
# installs it while `make rust` compiles.
.PHONY: environments
environments: .venv/ready bindings-node/node_modules/ready $(addsuffix /node_modules/ready,tests/servers tests/pyright .github/lint docs/site tests/extra/consumers tests/extra/runners tests/extra/node examples/node examples/node/otel examples/fleet)
environments: examples/python/.venv/ready examples/python/otel/.venv/ready target/nats/oldest/ready target/nats/too-old/ready $(TOOLS)/cargo-deny-$(CARGO_DENY)

.PHONY: rust wheel addon simulator-packages
rust:  ## Build the Rust programs and examples
	cargo build --locked --profile $(PROFILE) $(CRATES) --bins --examples

wheel: .venv/wheel  ## Build the Python package, and install it into .venv
addon: node_modules/addon  ## Build the Node package

.PHONY: fleet-consumers
FLEET_CONSUMER := examples/fleet/consumer-rust/Cargo.toml
fleet-consumers: examples/fleet/node_modules/ready
	$(OTHER_CARGO) build --locked --profile $(PROFILE) --manifest-path $(FLEET_CONSUMER)

examples/fleet/node_modules/ready: examples/fleet/package-lock.json
	cd examples/fleet && npm ci --no-audit --no-fund
	touch $@

simulator-packages: .venv/simulator node_modules/simulator  ## Build the simulator's Python package and its npm package

.venv/simulator: .venv/ready $(SIMULATOR_SOURCES)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --config-settings=build-args="--locked --profile $(PROFILE)" ./simulator
	touch $@

.venv/ready: requirements-dev.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python >= 3.11 is needed: make PYTHON=python3.x")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-compile -r requirements-dev.txt
	touch $@

# With the maturin that is locked: pip would take another one for itself.
.venv/wheel: .venv/ready $(RUST_SOURCES) $(PYTHON_SOURCES)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --config-settings=build-args="--locked --profile $(PROFILE)" .
	touch $@

$(RELEASE_ENVIRONMENT)/ready: release/requirements.txt
	$(PYTHON) -m venv $(RELEASE_ENVIRONMENT)
	$(RELEASE_BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

# With those for other platforms, which are run by emulators.
release/runtimes/node_modules/ready: release/runtimes/package-lock.json
	cd release/runtimes && npm ci --force --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

# Its scripts would build the addon, which not everything needs.
bindings-node/node_modules/ready: bindings-node/package-lock.json
	cd bindings-node && npm ci --ignore-scripts --no-audit --no-fund
	touch $@

tests/servers/node_modules/ready: tests/servers/package-lock.json
	cd tests/servers && npm ci --no-audit --no-fund
	touch $@

.github/lint/node_modules/ready: .github/lint/package-lock.json
	cd .github/lint && npm ci --no-audit --no-fund --ignore-scripts
	touch $@

tests/pyright/node_modules/ready: tests/pyright/package-lock.json
	cd tests/pyright && npm ci --no-audit --no-fund
	touch $@

docs/site/node_modules/ready: docs/site/package-lock.json
	cd docs/site && npm ci --no-audit --no-fund --ignore-scripts
	touch $@

tests/extra/consumers/node_modules/ready: tests/extra/consumers/package-lock.json
	cd tests/extra/consumers && npm ci --no-audit --no-fund
	touch $@

tests/extra/node/node_modules/ready: tests/extra/node/package-lock.json
	cd tests/extra/node && npm ci --no-audit --no-fund
	touch $@

# The NATS servers that the tests of a fleet use beside that of requirements-dev.txt.
target/nats/%/ready: tests/fleet/nats/%.txt .venv/ready
	rm -rf $(@D)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --target $(@D) -r $<
	touch $@

# The tests there find the packages by their names, as projects of users do.
tests/extra/runners/node_modules/ready: tests/extra/runners/package-lock.json
	cd tests/extra/runners && npm ci --no-audit --no-fund --ignore-scripts
	ln -sfn ../../../../bindings-node tests/extra/runners/node_modules/drivebell
	ln -sfn ../../../../simulator/npm tests/extra/runners/node_modules/drivebell-simulator
	touch $@

examples/node/node_modules/ready: examples/node/package-lock.json
	cd examples/node && npm ci --no-audit --no-fund
	touch $@

# The examples of OpenTelemetry, whose packages nothing else needs.
OTEL_RUST := examples/rust/otel/Cargo.toml
.PHONY: otel
otel: examples/python/otel/.venv/wheel examples/node/otel/node_modules/ready
	$(OTHER_CARGO) build --locked --profile $(PROFILE) --manifest-path $(OTEL_RUST)

examples/python/otel/.venv/ready: examples/python/otel/requirements.txt
	$(PYTHON) -m venv examples/python/otel/.venv
	examples/python/otel/.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-compile -r $<
	touch $@

# The package as it is installed in .venv: the same Python runs both.
examples/python/otel/.venv/wheel: examples/python/otel/.venv/ready .venv/wheel
	rm -rf examples/python/otel/.venv/lib/python3*/site-packages/drivebell*
	cp -r .venv/lib/python3*/site-packages/drivebell* examples/python/otel/.venv/lib/python3*/site-packages/
	touch $@

examples/node/otel/node_modules/ready: examples/node/otel/package-lock.json
	cd examples/node/otel && npm ci --no-audit --no-fund
	touch $@

examples/python/.venv/ready: examples/python/requirements.txt
	$(PYTHON) -m venv examples/python/.venv
	examples/python/.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-compile -r $<
	touch $@

# The package as it is installed in .venv: the same Python runs both.
examples/python/.venv/wheel: examples/python/.venv/ready .venv/wheel
	rm -rf examples/python/.venv/lib/python3*/site-packages/drivebell*
	cp -r .venv/lib/python3*/site-packages/drivebell* examples/python/.venv/lib/python3*/site-packages/
	touch $@

.PHONY: bench/ready
bench/ready: bench/.venv/ready bench/clients/node/node_modules/ready

bench/.venv/ready: bench/requirements.txt
	$(PYTHON) -m venv bench/.venv
	bench/.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

bench/clients/node/node_modules/ready: bench/clients/node/package-lock.json
	cd bench/clients/node && npm ci --no-audit --no-fund
	touch $@

# Programs find the package by its name there.
node_modules/simulator: $(SIMULATOR_SOURCES)
	cd simulator/npm && DRIVEBELL_CARGO_PROFILE=$(PROFILE) npm run build
	mkdir -p node_modules
	ln -sfn ../simulator/npm node_modules/drivebell-simulator
	touch $@

# The demo and the README's examples find the package by its name there.
node_modules/addon: bindings-node/node_modules/ready $(RUST_SOURCES) $(NODE_SOURCES)
	cd bindings-node && DRIVEBELL_CARGO_PROFILE=$(PROFILE) npm run build
	mkdir -p node_modules
	ln -sfn ../bindings-node node_modules/drivebell
	touch $@
