# `make demo` shows the program, `make test` runs everything CI runs. Nothing here is needed by the program itself.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test test-python lint types layers unit browser database office messages golden lock format clean

help:  ## say what there is
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 22

# Python 3.11 has a lock for planning and one for testing; each later version has one lock for both.
RUN_LOCK ?= requirements.lock
TEST_LOCK ?= requirements-test.lock

$(VENV)/run.stamp: $(RUN_LOCK) pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(RUN_LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/planner compile
	@touch $@

$(VENV)/test.stamp: $(TEST_LOCK) pyproject.toml $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(TEST_LOCK)
	@touch $@

demo: $(VENV)/run.stamp  ## install, make a sample borough, plan it, verify the plan, draw the map
	$(BIN)/planner demo --dir demo

test: $(VENV)/test.stamp lint types layers browser database office unit  ## everything CI runs

lint: $(VENV)/test.stamp  ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/test.stamp  ## static types of geodata and planner
	$(BIN)/mypy

layers: $(VENV)/test.stamp  ## who may import whom
	$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

unit: $(VENV)/test.stamp  ## the tests
	$(BIN)/pytest -n 2 --dist loadfile

VERSION ?= 3.12
test-python:  ## the tests with another Python: make test-python VERSION=3.13
	$(MAKE) --no-print-directory unit VENV=.venv-$(VERSION) PYTHON=python$(VERSION) \
		RUN_LOCK=requirements-$(VERSION).lock TEST_LOCK=requirements-$(VERSION).lock

browser: $(VENV)/test.stamp  ## find or install the browser the map is tested in
	$(BIN)/python tests/browser.py

database: $(VENV)/test.stamp  ## find or install the PostgreSQL with PostGIS that tables are read from in tests
	$(BIN)/python tests/database.py

office: $(VENV)/test.stamp  ## find or install LibreOffice, in which the workbook is opened in tests
	$(BIN)/python tests/office.py

messages: $(VENV)/test.stamp  ## collect texts, merge translations, compile the catalogues
	$(BIN)/python tests/messages.py

golden: $(VENV)/test.stamp  ## write the golden plan's table again, after a change that is meant to change plans
	$(BIN)/python tests/golden.py

LOCK := pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-annotate \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header
GROUPS := import sys, tomllib; p = tomllib.load(open("pyproject.toml", "rb")); \
	print(*p["project"]["dependencies"], *(r for g in sys.argv[1:] for r in p["dependency-groups"][g]), sep="\n")

lock: $(VENV)/test.stamp  ## pin versions with hashes, naming no index
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/python -c '$(GROUPS)' build > $(VENV)/run.in
	$(BIN)/python -c '$(GROUPS)' build test > $(VENV)/test.in
	$(BIN)/$(LOCK) --upgrade -o requirements.lock $(VENV)/run.in
	$(BIN)/$(LOCK) -c requirements.lock -o requirements-test.lock $(VENV)/test.in
	for version in 3.12 3.13; do \
		python$$version -m venv .venv-lock-$$version && \
		.venv-lock-$$version/bin/python -m pip install --quiet pip-tools && \
		grep == requirements.lock requirements-test.lock -h | cut -d ' ' -f 1 > $(VENV)/same.txt && \
		.venv-lock-$$version/bin/$(LOCK) -c $(VENV)/same.txt -o requirements-$$version.lock $(VENV)/test.in || exit 1; \
		rm -rf .venv-lock-$$version; \
	done

format: $(VENV)/test.stamp  ## rewrite style
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format .

clean:  ## remove what was made
	rm -rf demo build dist $(VENV) .venv-3.* .pytest_cache .mypy_cache .ruff_cache .hypothesis

-include benchmarks/*.mk
