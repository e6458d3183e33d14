# What people type; `.ci/run` runs the same `make check`. `make` alone explains itself.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup run work test journey coverage lint format check lock bench clean
PYTHON ?= python3
BIN := .venv/bin
# Programs of the tools find the library in the tree.
export PYTHONPATH := $(CURDIR):$(CURDIR)/baken/src

# What a production installation would say; only `check --deploy` reads it.
PRODUCTION := BAKEN_PUBLIC_URL=https://hotline.example BAKEN_HOSTS=hotline.example \
	DATABASE_URL=postgresql://127.0.0.1/hotline BAKEN_DEMONSTRATION=no \
	BAKEN_SECRET_KEY=no-secret-just-long-enough-for-the-check-of-settings-0123456789

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

setup: .installed-test ## install everything for development, and the commit hook
	@git config core.hooksPath .githooks
	@echo "Ready. Next: make run (try it), make test (check it)."

run: .installed-run ## try it: the whole hotline with demonstration data; Ctrl-C stops it
	@BAKEN_DEMONSTRATION=$${BAKEN_DEMONSTRATION:-yes} exec $(BIN)/python manage.py run

work: .installed-run ## one more worker, beside a hotline that runs
	@exec $(BIN)/python manage.py work

test: .installed-test ## all tests, with the journey through the real processes
	@$(BIN)/python -m pytest

coverage: .installed-test ## the tests without the journeys, and which branches they leave out
	@$(BIN)/python -m pytest -m "not journey" --cov --cov-branch --cov-report=term:skip-covered

lint: .installed-test ## what the commit hook runs: format, lint, import directions
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/lint-imports --no-cache > .tools/lint-imports.log 2>&1 || (cat .tools/lint-imports.log; exit 1)

format: .installed-test ## put the code into its form
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

check: lint ## everything that must hold: lint, types, settings, tests
	@$(BIN)/mypy
	@$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
	@$(BIN)/python -m pytest

lock: ## resolve requirements*.in, with hashes; make lock OPTIONS=--upgrade for new versions
	@$(PYTHON) tools/bootstrap.py lock $(OPTIONS)

bench: .installed-test ## measure: make bench NAME=chain
	@test -f bench/$(NAME).py || (echo "Say which: make bench NAME=one of $$(ls bench | sed -n 's/\.py$$//p' | tr '\n' ' ')"; exit 2)
	@$(BIN)/python bench/$(NAME).py

clean: ## remove what was installed; the data in .data stays
	rm -rf .venv .tools .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage

.PHONY: .installed-run .installed-test
.installed-run:
	@$(PYTHON) tools/bootstrap.py run
.installed-test:
	@$(PYTHON) tools/bootstrap.py test
