# Every target sets up what it needs: the environment is .venv/ at the top, so .venv/bin/watchconvert is the program.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed
# Many tests wait for another process, so more of them run at once than there are processors.
JOBS ?= 4
PYTEST := $(BIN)/python -m pytest
LONG := tests/faults tests/network tests/fuzz tests/e2e/test_cuts.py tests/e2e/test_bursts.py

.PHONY: demo test check unit e2e sweep simulate soak mutants bench dist deb e2e-deb e2e-systemd pythons format clean help

help:
	@echo "make demo [KEEP=1]  convert real sample files with the built-in server, no account needed"
	@echo "make test           static checks and all tests"
	@echo "make check          static checks alone: ruff, mypy, import-linter, codespell"
	@echo "make unit           the tests that start no process"
	@echo "make sweep          every crash, kill, power cut, fault, cut and odd input there is; takes hours"
	@echo "make simulate       a month in minutes: DAYS=30 SEED=1"
	@echo "make soak           the real process under a steady flow: MINUTES=60"
	@echo "make mutants        break the product on purpose and see the tests notice each time"
	@echo "make bench          measure; docs/performance.md is made of its output"
	@echo "make dist           wheel and sdist, into dist/"
	@echo "make deb            Debian packages, into dist/; wants debhelper and python3-pip"
	@echo "make e2e-deb        install, upgrade, remove and purge them in a fresh Debian; wants root and debootstrap"
	@echo "make e2e-systemd    the packages in booted machines: systemd, Samba, upgrades, power cuts; wants root, apt, 5 GB"
	@echo "make pythons        the tests that start no process, of the wheel, with each Python 3.11, 3.12, 3.13 there is"
	@echo "make clean          remove .venv and what tests leave"

$(STAMP): pyproject.toml
	@PYTHON=$(PYTHON) sh contrib/make-venv.sh
	@touch $@

demo: $(STAMP)
	@$(BIN)/watchconvert demo $(if $(KEEP),--keep)

test: $(STAMP) check
	@sh contrib/install-test-tools.sh
	$(PYTEST) -n $(JOBS) --dist worksteal --cov --cov-report=term $(PYTEST_ARGS)

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell

unit: $(STAMP)
	$(PYTEST) -n $(JOBS) tests/core tests/adapters tests/engine tests/faces tests/crash tests/failures

e2e: $(STAMP)
	$(PYTEST) -n $(JOBS) tests/e2e

# Each prints its figures, which stand in docs/reliability.md.
SECONDS ?= 3600
sweep: $(STAMP)
	@sh contrib/install-test-tools.sh
	$(BIN)/python -m tests.crash.sweep --all --jobs $(shell nproc)
	$(BIN)/python -m tests.kill $(SECONDS)
	$(BIN)/python -m tests.power $(SECONDS)
	WATCHCONVERT_SWEEP=full $(PYTEST) -s -v $(LONG) $(PYTEST_ARGS)

DAYS ?= 30
SEED ?= 1
simulate: $(STAMP)
	$(BIN)/python -m tests.simulate --days $(DAYS) --seed $(SEED)
	$(BIN)/python -m tests.simulate --outage 10000

MINUTES ?= 60
soak: $(STAMP)
	$(BIN)/python -m tests.soak --minutes $(MINUTES)
	$(BIN)/python -m tests.soak --minutes $(MINUTES) --kill-every 20
	$(BIN)/python -m tests.soak --minutes $(MINUTES) --reload-every 20

mutants: $(STAMP)
	$(BIN)/python -m tests.mutants.run --jobs $(shell nproc)

bench: $(STAMP)
	$(BIN)/python bench/run.py

# Dates in the packages are those of the last commit, so that the same source makes the same bytes.
dist: $(STAMP)
	rm -f dist/watchconvert-*.tar.gz dist/watchconvert-*.whl
	SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)} $(BIN)/python -m build --outdir dist .

deb: dist
	@sh contrib/debian/build.sh

e2e-deb: deb
	WATCHCONVERT_DEB=1 $(PYTEST) -v tests/package/chroot $(PYTEST_ARGS)

# What it boots is made once and kept in ~/.cache/watchconvert-machines. The distributions run beside each other, and each
# prints when it is done: SUITES=bookworm takes one alone.
SUITES ?= bookworm trixie
e2e-systemd: $(STAMP)
	@sh contrib/install-test-tools.sh machines
	@$(MAKE) --no-print-directory --keep-going --jobs=2 --output-sync=target $(SUITES:%=machine-%)

machine-%:
	WATCHCONVERT_MACHINE=1 SUITES=$* $(PYTEST) --durations=10 tests/machine $(PYTEST_ARGS)

pythons: dist
	@sh contrib/test-pythons.sh

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .coverage* build dist
