# Each target does all its own set-up: `make demo` and `make test` are enough on a fresh machine with Python 3.11+.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
# Set on some machines; without byte-code every start of the program takes twice as long.
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONPATH

ifeq ($(UV),)
  INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --compile
else
  INSTALL := $(UV) pip install --quiet --python $(BIN)/python --compile-bytecode
endif

.PHONY: help
help: ## What can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(BIN)/python:
	@echo "Making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what the program needs (locked, with hashes)"
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q connector adapters
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installing what tests and tools need (locked, with hashes)"
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

.PHONY: install
install: $(VENV)/.run ## Install the program into .venv

.PHONY: demo
demo: $(VENV)/.run ## A month end, offline, in a fresh folder under build/demo
	@$(BIN)/hourbridge demo --into build/demo

.PHONY: test
test: $(VENV)/.dev ## Every test, then the branches of connector/core that its own tests take
	@$(MAKE) --no-print-directory peers-if-any
	@$(BIN)/python -m pytest -n 2
	@$(MAKE) --no-print-directory coverage

SEEDS ?= 1000
FIRST ?= 1
.PHONY: simulate
simulate: $(VENV)/.dev ## SEEDS=N [FIRST=K]: histories of a firm whose processes die, stop and race; one line at the end
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS) --first $(FIRST)

.PHONY: prove
prove: $(VENV)/.dev ## Never twice, never lost: 50,000 mutated answers, races, the whole kill matrix, every mutant, 10,000 histories (half an hour)
	@$(BIN)/python -m tests.fuzz --bodies 50000
	@$(BIN)/python -m tests.kills --races 0
	@$(BIN)/python -m tests.kills --kills 500
	@$(BIN)/python -m tests.mutants
	@$(BIN)/python -m tests.simulation --seeds 10000 --hits-min 20

.PHONY: coverage
coverage: $(VENV)/.dev ## Branch coverage of connector/core by the tests of core and use cases: all of it
	@$(BIN)/coverage run -m pytest -q -p no:xdist -m "not slow" tests/core tests/use_cases
	@$(BIN)/coverage report

.PHONY: lint
lint: $(VENV)/.dev ## Format, lint, types and import rules
	@$(BIN)/ruff format --check --quiet . || { echo "Run \`$(BIN)/ruff format .\`"; exit 1; }
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

.PHONY: check
check: lint ## Format, lint, types, import rules and fast tests, in about a minute (adapters, PostgreSQL and histories: `make test`)
	@$(BIN)/python -m pytest -n 2 -q -m "not slow" -k "not postgres" --ignore tests/adapters --ignore tests/contract --ignore tests/simulation

.PHONY: real
real: $(VENV)/.run ## The main job on 203,621 real time-log rows (needs ../shared/data/cesaw)
	@$(BIN)/python -m bench.real

.PHONY: bench
bench: $(VENV)/.dev ## What it costs: every gate of speed, and programs of others beside it (about ten minutes)
	@$(MAKE) --no-print-directory peers-if-any
	@$(BIN)/python -m bench.gates

.PHONY: docs
docs: $(VENV)/.dev ## Make docs/messages.md and the README's tables of adapters again from the code
	@$(BIN)/python -m tests.docs.messages
	@$(BIN)/python -m tests.docs.adapter_tables

PEERS := .venv-peers
$(PEERS)/.installed: requirements-peers.lock
	@echo "Making a virtual environment in $(PEERS) for programs of others"
	@$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-peers.lock
	@touch $@

.PHONY: peers
peers: $(PEERS)/.installed ## Programs of others (tap-harvest, dlt) for their test and for the bench, in an environment of their own

.PHONY: peers-if-any
peers-if-any:
	@$(MAKE) --no-print-directory peers || echo "The programs of others could not be installed: what needs them is left out, and says so"

.PHONY: lock
lock: ## Make the lock files again from pyproject.toml
	uv pip compile pyproject.toml --extra build --extra scale --universal --generate-hashes --no-header --quiet -o requirements.lock
	uv pip compile pyproject.toml --extra build --extra dev --extra scale -c requirements.lock --universal --generate-hashes --no-header --quiet -o requirements-dev.lock
	printf '%s\n' "dlt[parquet]==1.31.0" tap-harvest==3.1.1 | uv pip compile - --universal --python-version 3.11 --generate-hashes --no-header --quiet -o requirements-peers.lock

.PHONY: clean
clean: ## Remove what was built
	@rm -rf build dist $(VENV) $(PEERS) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
