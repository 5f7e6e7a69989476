# Freio: `make run` and `make test` are all a newcomer needs. Both install what they need in .venv.
# Before each commit, `make quick`. Continuous integration runs `make test` and `make test-long`.

.DEFAULT_GOAL := help
.PHONY: help run quick test test-long check endure bench soak backup restore verify move messages screenshots \
	format sample clean

# The first Python on this machine that is new enough; PYTHON=... overrides.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
PORT ?= 8501
# How many sends `make bench` fills its stores with.
SIZES ?= 10000 1000000 10000000
ROWS ?= 1000000
# How many tests run at a time.
WORKERS ?= 2
BIN := .venv/bin
PYTEST = $(BIN)/python -m pytest -n $(WORKERS)
# A file's tests run in one process, so that its servers start once.
BY_FILE := --dist loadfile --no-loadscope-reorder
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

help: ## Say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: .venv/.runtime ## Start the dashboard and print the link that opens it (PORT=... for another port)
	$(BIN)/python -m streamlit run dashboard.py --server.port $(PORT)

quick: .venv/.dev lint ## Check format, types and imports, and run the tests that need no server (a minute)
	$(PYTEST) --level quick --dist worksteal -q

test: .venv/.dev check ## Run every check, and every kind of test (minutes); print the coverage
	@sh tests/install_browser.sh $(BIN)/python
	$(PYTEST) --level test $(BY_FILE) --cov

test-long: .venv/.dev ## Run the tests that `make test` leaves out, and property tests in full
	@sh tests/install_browser.sh $(BIN)/python
	$(PYTEST) --level long $(BY_FILE)

check: lint ## Lint, format, types, import contracts, known vulnerabilities
	$(BIN)/python -m tests.audit

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

endure: .venv/.dev ## Race and kill for a quarter of an hour, and count what is violated or lost
	$(BIN)/python -m tests.kills --kills 60
	$(BIN)/python -m tests.races --seconds 600 --threads 16
	$(BIN)/python -m tests.races --replacing --seconds 120

bench: .venv/.dev ## Measure speed beside its limits and its peers; SIZES="10000" ROWS=100000 for less
	@sh tests/install_browser.sh $(BIN)/python
	$(BIN)/python -m tests.benchmarks --postgres --sizes $(SIZES)
	$(BIN)/python -m tests.benchmarks.peers --rows $(ROWS)
	$(BIN)/python -m tests.benchmarks.engines
	$(BIN)/python -m tests.benchmarks.feeds --postgres --rows $(ROWS)
	$(BIN)/python -m tests.benchmarks.forecasts

soak: .venv/.dev ## Open a hundred pages for half an hour: how quick they stay, and whether memory does
	$(BIN)/python -m tests.soak --minutes 30 --sessions 100

backup: .venv/.runtime ## Copy the database to data/backups, also while the dashboard runs
	@$(BIN)/python -m core backup

restore: .venv/.runtime ## Put a backup back: make restore FILE=data/backups/... (stop the dashboard first)
	@$(BIN)/python -m core restore "$(FILE)"

verify: .venv/.runtime ## Check that nobody changed the record of receipts past Freio
	@$(BIN)/python -m core verify

check-roles: .venv/.runtime ## Check the list of roles: FREIO_ROLES, or make check-roles FILE=...
	@$(BIN)/python -m core check-roles $(if $(FILE),"$(FILE)")

move: .venv/.runtime ## Copy a store into an empty database: make move FROM=duckdb:///... TO=postgresql://...
	@$(BIN)/python -m core move "$(FROM)" "$(TO)"

messages: .venv/.dev ## Bring the catalogues of texts up to date with the code
	$(BIN)/python -m tests.messages

screenshots: .venv/.dev ## Take a picture of every page: three languages, two themes, two widths
	@sh tests/install_browser.sh $(BIN)/python
	$(BIN)/python -m tests.screenshots

format: .venv/.dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

sample: .venv/.runtime ## Write data/sample.csv anew
	$(BIN)/python data/make_sample.py --rows 5000 --out data/sample.csv --relative

clean: ## Remove what was installed and cached; the database stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Freio needs Python 3.11 or newer. Install it, or name it: make run PYTHON=/path/to/python"; \
		exit 1; fi
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "Python cannot make a virtual environment. On Debian or Ubuntu: apt install python3-venv"; \
		exit 1; }

# The stamps say which requirements are installed, so that nothing is installed twice.
.venv/.runtime: requirements.txt | .venv/bin/python
	$(PIP) -r requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt requirements.txt | .venv/bin/python
	$(PIP) -r requirements-dev.txt
	@touch $@ .venv/.runtime
