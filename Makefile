# Everything a newcomer needs. `make help` lists it.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

VENV ?= .venv
PY := $(VENV)/bin/python
PYTHON ?=
ARGS ?=
TEST_VAR := $(or $(PRM_VAR),var)/test

# The virtual environment is as new as the locked requirements that it was made from.
RUN_STAMP := $(VENV)/.installed-run
DEV_STAMP := $(VENV)/.installed-dev
PEERS_VENV := $(VENV)-peers
PEERS_STAMP := $(PEERS_VENV)/.installed-peers

.PHONY: help setup run test test-pg test-peers chaos check fmt messages bench screenshots lock stop clean

help: ## List these commands
	@echo "usage: make COMMAND"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "Variables: PORT (8000), PRM_VAR (folder of data, var), PYTHON (3.11 or newer), ARGS (for test)."

setup: $(RUN_STAMP) $(DEV_STAMP) ## Make the virtual environment with the locked requirements

run: $(RUN_STAMP) ## Serve the product with its demonstration program until Ctrl-C
	@exec $(PY) manage.py serve --demo

test: $(DEV_STAMP) ## Run all tests (ARGS="tests/deals -k won" for some of them)
	@$(PY) -m pytest -n auto --maxprocesses=4 --dist loadgroup $(ARGS); status=$$?; \
	PRM_VAR=$(TEST_VAR) $(PY) -m prm.embedded stop >/dev/null; exit $$status

test-pg: $(DEV_STAMP) ## Run migrations, engine and constraint tests on an installed PostgreSQL, the oldest from 15 on
	@$(PY) .ci/postgres.py $(ARGS)

test-peers: $(PEERS_STAMP) ## Compare the statistics with lifelines and statsmodels, in an environment of their own
	@$(PEERS_VENV)/bin/python -m pytest tests/peers -n 0 -q $(ARGS); status=$$?; \
	PRM_VAR=$(TEST_VAR) $(PEERS_VENV)/bin/python -m prm.embedded stop >/dev/null; exit $$status

chaos: $(DEV_STAMP) ## Kill what runs at random moments, ROUNDS (300) times; 50 rivals on one customer, STAMPEDES (2000) times
	@PRM_CHAOS_ROUNDS=$(or $(ROUNDS),300) $(PY) -m pytest tests/chaos/test_random_kills.py -n 0 -q $(ARGS); status=$$?; \
	PRM_STAMPEDES=$(or $(STAMPEDES),2000) $(PY) -m pytest tests/deals/test_stampede.py -k fifty -n 0 -q || status=1; \
	PRM_VAR=$(TEST_VAR) $(PY) -m prm.embedded stop >/dev/null; exit $$status

check: $(DEV_STAMP) ## Check style, types, layers, templates, migrations and the API schema
	@$(PY) .ci/check.py

fmt: $(DEV_STAMP) ## Put code and templates into shape
	@$(VENV)/bin/ruff check --fix --exit-zero --quiet .
	@$(VENV)/bin/ruff format --quiet .
	@find templates -name '*.html' -exec $(VENV)/bin/djade --target-version 5.2 {} + || true
	@find templates -name '*.html' -exec $(VENV)/bin/djhtml --tabwidth 2 {} + 2>/dev/null || true

messages: $(DEV_STAMP) ## Bring the languages in locale/ up to the code (needs GNU gettext)
	@$(PY) -W ignore manage.py catalogues

bench: $(DEV_STAMP) ## Measure engine and decisions at scale, write docs/benchmarks.md (ARGS: the engine alone, nothing written)
	@$(PY) manage.py bench $(or $(ARGS),--write)
	@$(if $(ARGS),true,$(PY) manage.py bench_deals --write)
	@$(if $(ARGS),true,$(PY) manage.py bench_figures --write)

screenshots: $(DEV_STAMP) ## Write docs/img from the demonstration program (needs Chromium)
	@exec $(PY) manage.py screenshots $(ARGS)

lock: $(DEV_STAMP) ## Write the locked requirements anew from requirements*.in (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv on the PATH." >&2; exit 1; }
	@for name in requirements requirements-dev requirements-peers; do \
	  uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url \
	    --python-version 3.11 $$name.in -o $$name.txt || exit 1; \
	done

stop: ## Stop the product and its database and broker
	@if [ -x $(PY) ]; then \
	  $(PY) -m prm.embedded stop && PRM_VAR=$(TEST_VAR) $(PY) -m prm.embedded stop; \
	else echo "Nothing is set up here."; fi

clean: stop ## Remove the virtual environment and caches; data stays in var/
	@rm -rf $(VENV) $(PEERS_VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN_STAMP): requirements.txt .ci/install
	@PYTHON='$(PYTHON)' .ci/install $(VENV) requirements.txt
	@touch $@

$(DEV_STAMP): requirements-dev.txt .ci/install
	@PYTHON='$(PYTHON)' .ci/install $(VENV) requirements-dev.txt
	@touch $@

$(PEERS_STAMP): requirements-peers.txt .ci/install
	@PYTHON='$(PYTHON)' .ci/install $(PEERS_VENV) requirements-peers.txt
	@touch $@
