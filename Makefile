# Every target makes what it needs the first time: `.venv` with pinned, hashed dependencies.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ARGS ?=
STEPS ?= 2000
INPUTS ?= 10000
SEED ?=
PROOFS := soak crash fuzz
# Where it is set, the tests also say which lines of payments and storage they went through, and fail below 95 %.
COV := $(if $(GUESTLIST_COVERAGE),--cov --cov-report=term:skip-covered --cov-fail-under=95)
# Where it is set nothing compiled is kept, and each of hundreds of processes compiles everything again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test proofs processes bench screenshots crash fuzz check lint types imports coverage soak lock clean

help:
	@echo "make demo    try it on a page in the browser (ARGS=--tour: the main job told in the terminal)"
	@echo "make test    run the tests; those of the pages need Chromium, and are skipped without it"
	@echo "make proofs  soak, crash and fuzz in small, the same each time, the covering cases over the wire, and the tests of the oracle"
	@echo "make processes  the owner's data by real processes: backup, restore, locks, killed at each step"
	@echo "make bench   measure, on Linux: a table to the screen and to bench.json (ARGS='--only acks', ARGS=--quick, ARGS=--peers)"
	@echo "make screenshots  take the README's pictures of the demo's page again (needs Chromium)"
	@echo "make crash   the process dies at every port call of a story, on both engines (ARGS='--at 17 --when before')"
	@echo "make fuzz    10,000 inputs that nobody should send: webhooks, updates, commands, pages (INPUTS=n SEED=s)"
	@echo "make check   lint, types, import rules, then the tests; or one of them: make lint, make types, make imports"
	@echo "make coverage  the tests with line coverage of payments and storage"
	@echo "make soak    the state machine for STEPS=2000 random steps; SEED=n for the same ones again"
	@echo "make lock    pin the dependencies again after a change in pyproject.toml"
	@echo "make clean   remove .venv, all caches, and what make bench left"

$(READY): requirements.lock pyproject.toml
	@echo "Setting up $(VENV): pinned dependencies, checked by hash (once, about a minute)."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Guestlist needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY)
	@$(BIN)/guestlist demo $(ARGS)

test: $(READY)
ifeq ($(strip $(ARGS)),)
	@$(BIN)/python -m pytest $(COV) $(addprefix --ignore tests/,$(PROOFS) browser processes)
	@echo "The tests of the pages, by themselves: what a page shows in passing is missed where many others run."
	@$(BIN)/python -m pytest -n 3 tests/browser
else
	@$(BIN)/python -m pytest $(ARGS)
endif

proofs: $(READY)
	@$(BIN)/python -m pytest $(addprefix tests/,$(PROOFS))

processes: $(READY)
	@$(BIN)/python -m pytest -n 3 tests/processes

bench: $(READY)
	@$(BIN)/python -m tests.bench $(ARGS)

screenshots: $(READY)
	@$(BIN)/python -m tests.browser.screenshots

crash: $(READY)
	@$(BIN)/python -m tests.crash $(ARGS)

fuzz: $(READY)
	@$(BIN)/python -m tests.fuzz --inputs $(INPUTS) $(if $(SEED),--seed $(SEED))

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/mypy

imports: $(READY)
	@$(BIN)/lint-imports

check: lint types imports test

coverage: $(READY)
	@echo "The tests, with the lines of payments and storage that they go through: at least 95 %."
	@GUESTLIST_COVERAGE=required $(MAKE) --no-print-directory test

soak: $(READY)
	@$(BIN)/python -m tests.soak --steps $(STEPS) $(if $(SEED),--seed $(SEED)) $(ARGS)

lock:
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv"; exit 1; }
	@uv pip compile --quiet --universal --generate-hashes --no-strip-extras --python-version 3.11 --extra dev --no-emit-index-url --no-annotate --no-header pyproject.toml -o requirements.lock

clean:
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .bench bench.json
