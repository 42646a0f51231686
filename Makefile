# Steps fail fast and run in the order written, whatever -j says.
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help run build test check lint fmt doc deny contract unit suites bench bench-quick train simulate tools \
	clean-test

TARGET := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
STEP := tests/tools/step
PYTHON := tests/tools/python
STARTED := $(shell date +%s)

help: ## Show this list
	@sed -nE 's/^([a-z-]+):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

# Without what the profile tells the compiler of where the time goes, a request takes a quarter longer.
build: ## Build the program as it should be run, target/release/cardfile
	CARGO_ENCODED_RUSTFLAGS="-Cprofile-use=$(CURDIR)/crates/server/cardfile.profdata" \
		cargo build --locked --release --bin cardfile $(ALSO)

run: build ## Build and serve a sandbox on 127.0.0.1:8080, with everything kept in ./cardfile-data
	exec $(TARGET)/release/cardfile serve --sandbox --data-dir ./cardfile-data --listen 127.0.0.1:8080

test: check unit suites bench-quick ## Run everything there is, as CI does
	@echo; echo "make test: ok, $$(($$(date +%s) - $(STARTED))) s in all"

check: lint deny doc contract ## Run what needs no test: lint, deny, doc, contract

lint: ## Check the format, and run clippy with warnings as errors
	@$(STEP) fmt cargo fmt --all --check
	@$(STEP) clippy cargo clippy --locked --workspace --all-targets -- -D warnings

fmt: ## Format the code
	cargo fmt --all

deny: tools ## Check deny.toml: the arrows between crates, licences, versions, sources
	@$(STEP) deny $(PYTHON) tests/tools/deny.py

doc: ## Build the documentation with warnings as errors
	@RUSTDOCFLAGS="-D warnings" $(STEP) doc cargo doc --locked --workspace --no-deps

contract: tools ## Check that openapi.yaml is valid, and its examples with it
	@$(STEP) contract $(PYTHON) tests/tools/check_openapi.py

unit: ## Run the Rust tests on both databases, those in the documentation included
	@$(STEP) "cargo test" tests/tools/with_postgres cargo test --locked --workspace

suites: tools ## Run the Python suites against the built binary
	@$(STEP) build cargo build --locked --bin cardfile
	@CARDFILE_BIN="$${CARDFILE_BIN:-$(TARGET)/debug/cardfile}" \
		$(STEP) "python suites" $(PYTHON) -m pytest -q tests/python

bench: tools ## Measure beside yardsticks, and write docs/performance; 45 minutes on a quiet machine
	@$(STEP) bench $(PYTHON) tests/tools/bench.py

bench-quick: tools ## Print the same table at small sizes, within 3 minutes after the build
	@# Beforehand, so that the time of the step itself is seen.
	@$(STEP) "release build" $(MAKE) build ALSO="--bin cardfile-bench"
	@$(STEP) bench-quick $(PYTHON) tests/tools/bench.py --quick

train: tools ## Learn anew what the compiler is told of where the time goes, crates/server/cardfile.profdata; half an hour
	@$(PYTHON) tests/tools/train.py

simulate: ## Print the model of cost of docs/scale.md, up to a thousand million cards
	@python3 tests/tools/simulate.py

tools: ## Make the Python environment of the tests, .venv
	@$(STEP) "python tools" $(PYTHON) -c ''

clean-test: ## Remove what the tests installed or left behind
	tests/tools/postgres sweep
	rm -rf .venv .hypothesis target/tools
