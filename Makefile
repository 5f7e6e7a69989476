# `make run` and `make test` are enough to start with. Both install their packages in .venv.
# Before each commit, `make quick`. Continuous integration runs `make test` and `make test-long`.

.DEFAULT_GOAL := help
.PHONY: help run quick test test-long check lint types style endure bench soak backup restore verify \
	check-roles settings move messages screenshots accept format lock sample clean

# The first Python on this machine that is 3.11 or newer. PYTHON=... overrides it.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
PORT ?= 8501
# The numbers of sends in the stores of `make bench`, and the rows in its files.
SIZES ?= 10000 1000000 10000000
ROWS ?= 1000000
# The number of tests that run at a time. `make test` runs one more, because its tests wait for browsers
# and servers for a fifth of their time.
WORKERS ?= 2
TEST_WORKERS ?= 3
BIN := .venv/bin
PYTEST = $(BIN)/python -m pytest -n $(WORKERS)
# Each process gets a part of the list of tests. One that has finished takes over a half of the rest of
# another, so that none is idle at the end.
SHARED := --dist worksteal
# A file's tests run in one process, so that its servers start once.
BY_FILE := --dist loadfile --no-loadscope-reorder
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
# Some images set this. Each process of the tests would then compile all modules again.
unexport PYTHONDONTWRITEBYTECODE
CHECK_SCHEMA := $(BIN)/check-jsonschema --quiet --builtin-schema

help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: .venv/.runtime ## Start the dashboard and print its link (PORT=... for another port)
	$(BIN)/python -m streamlit run dashboard.py --server.port $(PORT)

quick: .venv/.dev lint ## Check format, types and imports, and run the tests that need no server (90 seconds)
	$(PYTEST) --level quick $(SHARED) -q

test: .venv/.dev check ## Run every check, and every kind of test (8 minutes); print the coverage
	@sh tests/install_browser.sh $(BIN)/python
	$(PYTEST) -n $(TEST_WORKERS) --level test $(SHARED) --cov

test-long: .venv/.dev ## Run the tests that `make test` leaves out, and property tests in full
	@sh tests/install_browser.sh $(BIN)/python
	$(PYTEST) --level long $(BY_FILE)

check: lint ## Run `make lint`, and look for known vulnerabilities in the packages
	$(BIN)/python -m tests.audit

lint: .venv/.dev ## Check style, format, types, imports, dead code, the lock and the delivery files
	@$(MAKE) --no-print-directory --jobs 2 types style

types: .venv/.dev
	$(BIN)/mypy

style: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/vulture
	$(BIN)/python -m tests.lock
	$(BIN)/hadolint Dockerfile
	$(CHECK_SCHEMA) vendor.compose-spec compose.yaml
	$(CHECK_SCHEMA) vendor.github-workflows .github/workflows/*.yml
	$(CHECK_SCHEMA) vendor.dependabot .github/dependabot.yml
	$(CHECK_SCHEMA) vendor.github-issue-forms .github/ISSUE_TEMPLATE/wrong-reading.yml

endure: .venv/.dev ## Run races and kills for 15 minutes; count broken rules and lost aborts
	$(BIN)/python -m tests.kills --kills 60
	$(BIN)/python -m tests.races --seconds 600 --threads 16
	$(BIN)/python -m tests.races --delivering --seconds 300
	$(BIN)/python -m tests.races --delivering --postgres --seconds 300
	$(BIN)/python -m tests.races --replacing --seconds 120

bench: .venv/.dev ## Measure speed, and compare it with limits and peers; SIZES="10000" ROWS=100000 for less
	@sh tests/install_browser.sh $(BIN)/python
	$(BIN)/python -m tests.benchmarks --postgres --sizes $(SIZES)
	$(BIN)/python -m tests.benchmarks.peers --rows $(ROWS)
	$(BIN)/python -m tests.benchmarks.peers.bulk --rows $(ROWS)
	$(BIN)/python -m tests.benchmarks.engines
	$(BIN)/python -m tests.benchmarks.bulk
	$(BIN)/python -m tests.benchmarks.deliveries
	$(BIN)/python -m tests.benchmarks.feeds --postgres --rows $(ROWS)
	$(BIN)/python -m tests.benchmarks.waits --rows $(ROWS)
	$(BIN)/python -m tests.benchmarks.forecasts

soak: .venv/.dev ## Open a hundred pages for 30 minutes; measure their speed and the memory
	$(BIN)/python -m tests.soak --minutes 30 --sessions 100

backup: .venv/.runtime ## Copy the database to data/backups (the dashboard may run)
	@$(BIN)/python -m core backup

restore: .venv/.runtime ## Restore a backup: make restore FILE=data/backups/... (stop the dashboard first)
	@$(BIN)/python -m core restore "$(FILE)"

verify: .venv/.runtime ## Check the audit log for changes that Freio did not make
	@$(BIN)/python -m core verify

check-roles: .venv/.runtime ## Check the roles file: FREIO_ROLES, or make check-roles FILE=...
	@$(BIN)/python -m core check-roles $(if $(FILE),"$(FILE)")

move: .venv/.runtime ## Copy a store into an empty database: make move FROM=duckdb:///... TO=postgresql://...
	@$(BIN)/python -m core move "$(FROM)" "$(TO)"

settings: .venv/.runtime ## Write the table of settings in OPERATING.md from the code
	@$(BIN)/python -m core settings-table OPERATING.md

messages: .venv/.dev ## Update the translation catalogues from the code
	$(BIN)/python -m tests.messages

screenshots: .venv/.dev ## Take a screenshot of every page: three languages, two themes, two widths
	@sh tests/install_browser.sh $(BIN)/python
	$(BIN)/python -m tests.screenshots

accept: .venv/.dev ## Do a manager's seven tasks in a real browser; print clicks and seconds for each
	@sh tests/install_browser.sh $(BIN)/python
	$(BIN)/python -m tests.journeys.acceptance

lock: .venv/.dev ## Write requirements.lock from the two lists (UPGRADE=1: take the newest versions)
	$(BIN)/python -m tests.lock --write $(if $(UPGRADE),--upgrade)

format: .venv/.dev ## Format the code, and fix what ruff can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

sample: .venv/.runtime ## Generate data/sample.csv again
	$(BIN)/python data/make_sample.py --rows 5000 --out data/sample.csv --relative

clean: ## Remove .venv and the caches; keep the database
	rm -rf .venv .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Freio needs Python 3.11 or newer. Install it, or name it: make run PYTHON=/path/to/python"; \
		exit 1; fi
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "Python cannot make a virtual environment. On Debian or Ubuntu: apt install python3-venv"; \
		exit 1; }

# These stamps hold the time of the last installation. Delete one to install again.
.venv/.runtime: requirements.lock | .venv/bin/python
	@sed '/^# Development only/,$$d' requirements.lock > .venv/runtime.txt
	$(PIP) -r .venv/runtime.txt
	@touch $@

.venv/.dev: requirements.lock | .venv/bin/python
	$(PIP) -r requirements.lock
	@touch $@ .venv/.runtime
