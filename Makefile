# Điểm Cầu. `make run` and `make test` need only python3.11, python3.11-venv and make; both set up what they use.

SHELL := /bin/sh
# Without compiled modules every start takes a second longer.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help

BIN := .venv/bin
PRODUCT := .venv/.product-installed
TOOLS := .venv/.tools-installed
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard conference/translations/*/LC_MESSAGES/*.po))

# Three workers share the tests as tests/sharing.py says, also on two cores: browsers and clocks are waited for a quarter
# of the time (WORKERS=0: one process).
WORKERS ?= 3
SHARED = --numprocesses=$(WORKERS) --dist=loadscope --no-loadscope-reorder

.PHONY: help setup setup-test run test lint types dead-code format bench scale prove lock clean

help: ## Say what each target does
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' Makefile | awk -F'|' '{printf "%-18s%s\n", $$1, $$2}'

setup: $(PRODUCT) $(CATALOGUES) ## Make .venv with the pinned packages and compile the translations; nothing to do takes no time

setup-test: setup $(TOOLS) ## Add what the tests use: test packages and, where it is missing, Chromium
	@.ci/install-browser.sh
	@.ci/fetch-proxy.sh

run: setup ## Start everything at http://127.0.0.1:8000 (PORT=…), with the reference conference (DATA_DIR=…)
	@exec $(BIN)/flask --app wsgi run-embedded

test: setup-test ## Check format, style, types and dead code, then test everything on SQLite and PostgreSQL
	@$(MAKE) --no-print-directory --jobs=3 lint types dead-code
	@$(BIN)/python -m pytest $(SHARED) $(ARGS)

lint: $(TOOLS) ## Check format and style
	@$(BIN)/ruff format --quiet --check . || { $(BIN)/ruff format --check .; exit 1; }
	@$(BIN)/ruff check --quiet .

types: $(TOOLS) ## Check types
	@$(BIN)/mypy --no-error-summary conference

dead-code: $(TOOLS) ## Look for code that nothing uses
	@$(BIN)/python .ci/dead_code.py

format: $(TOOLS) ## Put code into its format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup-test ## Measure; prints a table and writes build/bench.json (ARGS="checkin export" for some)
	@$(BIN)/python -m tests.benchmarks $(ARGS)

scale: setup-test ## Start the form for more than one machine on this one: PostgreSQL, Redis, web processes, proxy (PORT=…)
	@$(BIN)/python -m tests.scale

prove: setup-test ## Test the promises at full size (PROMISE="R1 F6" for some of those in tests/README.md)
	@tests=$$($(BIN)/python -m tests.promises $(PROMISE)) && PROVE=1 $(BIN)/python -m pytest $(SHARED) $$tests $(ARGS)

lock: $(TOOLS) ## Write the lock files anew from pyproject.toml (ARGS=--upgrade for newer versions)
	@.ci/lock.sh $(ARGS)

clean: ## Take away what set-up and tests made; data stays
	@rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .hypothesis $(CATALOGUES)

$(PRODUCT): requirements.txt requirements-setup.txt
	@.ci/install-packages.sh requirements.txt
	@rm -f $(TOOLS)
	@touch $@

$(TOOLS): requirements-test.txt $(PRODUCT)
	@.ci/install-packages.sh requirements-test.txt
	@touch $@

%.mo: %.po $(PRODUCT)
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@
