# One entry point. Needs: python3 >= 3.11 with venv, make. Everything else comes as locked, hashed packages.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip
sum = $(shell cat $(1) pyproject.toml | cksum | tr " " "-")
RUN := $(VENV)/.run-$(call sum,requirements.lock)
DEV := $(VENV)/.dev-$(call sum,requirements-dev.lock)
FAST := tests/house tests/cli tests/basics tests/rules tests/engine
EVERY_CORE := -n auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder
LOCK := uv pip compile --no-config --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --no-emit-index-url --quiet
# What is compiled stays compiled, whatever the machine says: every process of a site would do it anew.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.PHONY: help install install-dev lock run test lint check format nightly bench screenshots migration clean

help:            ## This list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 14

install: $(RUN)          ## Make the environment only

install-dev: $(DEV)

run: $(RUN)              ## Start everything on this machine; Ctrl-C stops it
	@exec $(BIN)/concierge up $(ARGS)

test: $(DEV)             ## The whole suite, on every core
	$(BIN)/python -m pytest $(EVERY_CORE) --by-turns $(ARGS)

lint: $(DEV)             ## Format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

check: lint              ## The same, and the fast tests
	$(BIN)/python -m pytest -q -m "not slow" $(wildcard $(FAST))

format: $(DEV)           ## Put the code into the house's form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

nightly: $(DEV)          ## Everything, on every core, with faults, long walks, planted bugs, and the bars of branch coverage
	CONCIERGE_NIGHTLY=1 $(BIN)/python -m pytest $(EVERY_CORE) --cov --cov-report= $(ARGS)
	$(BIN)/python -m tests.coverage_bars

lock: | $(VENV)/bin/python                      ## Write both locks anew; uses uv from PATH
	$(LOCK) pyproject.toml --group dev -o requirements-dev.lock
	sed -E 's/ \\$$//; /^ *--hash/d' requirements-dev.lock > $(VENV)/pins.txt
	$(LOCK) pyproject.toml -c $(VENV)/pins.txt -o requirements.lock

bench: $(DEV)            ## Ratios against floors, in one run
	$(BIN)/python -m benchmarks $(ARGS)

screenshots: $(DEV)      ## Pictures of the main pages into docs/
	$(BIN)/python docs/screenshots.py docs

migration: $(DEV)        ## A new migration from the models: make migration NAME=0002_add_voucher_number
	$(BIN)/python migrations/new.py $(NAME)

clean:           ## Remove the environment and what was built; data in var/ stays
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

# A stamp's name holds the checksum of its lock: a second run installs nothing, a changed lock is installed at once.
$(RUN): | $(VENV)/bin/python
	@echo "Installing the locked packages; this is done once for each lock"
	@$(PIP) install -qq --no-deps --require-hashes -r requirements.lock
	@$(PIP) install -qq --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/.run-* && touch $@

$(DEV): | $(VENV)/bin/python
	@echo "Installing the locked packages; this is done once for each lock"
	@$(PIP) install -qq --no-deps --require-hashes -r requirements-dev.lock
	@$(PIP) install -qq --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/.dev-* && touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Concierge needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "Python's venv module is missing; install your system's python3-venv package" >&2; exit 1; }
