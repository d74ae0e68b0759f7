# Every target sets up what it needs: the environment is .venv/ at the top, so .venv/bin/watchconvert is the program.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed

.PHONY: demo test check unit e2e bench format clean help

help:
	@echo "make demo [KEEP=1]  convert real sample files with the built-in server, no account needed"
	@echo "make test           static checks and all tests"
	@echo "make check          static checks alone: ruff, mypy, import-linter, codespell"
	@echo "make unit           the tests that start no process"
	@echo "make bench          measure; docs/performance.md is made of its output"
	@echo "make clean          remove .venv and what tests leave"

$(STAMP): pyproject.toml
	@PYTHON=$(PYTHON) sh contrib/make-venv.sh
	@touch $@

demo: $(STAMP)
	@$(BIN)/watchconvert demo $(if $(KEEP),--keep)

test: $(STAMP) check
	@sh contrib/install-test-tools.sh
	$(BIN)/python -m pytest --cov --cov-report=term $(PYTEST_ARGS)

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell

unit: $(STAMP)
	$(BIN)/python -m pytest tests/core tests/adapters tests/engine tests/faces tests/crash

e2e: $(STAMP)
	$(BIN)/python -m pytest tests/e2e

bench: $(STAMP)
	$(BIN)/python bench/run.py

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .coverage* build dist
