# carnet: two commands on a fresh machine with Python 3.11 or later
#   make demo   its own environment, then one invented trial from protocol to report
#   make test   its own environment, then all tests

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
OUT ?= demo

.PHONY: demo test check bench docs lock clean

demo: $(VENV)/.run
	@$(BIN)/carnet demo --out $(OUT)

test: $(VENV)/.dev
	$(BIN)/pytest -n 2 --dist loadfile

check: $(VENV)/.dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check
	$(BIN)/sphinx-build -W -q -b html docs docs/_build

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/bench_grade.py
	$(BIN)/python benchmarks/bench_lupus.py
	$(BIN)/python benchmarks/bench_kinetics.py

docs: $(VENV)/.dev
	$(BIN)/python docs/generate.py
	$(BIN)/sphinx-build -W -q -b html docs docs/_build

# The pinned versions, with hashes and without the address of any index
lock: $(VENV)/.dev
	$(BIN)/uv pip compile pyproject.toml --group build --universal -p 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group build --group dev -c requirements.lock --universal -p 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements-dev.lock

clean:
	rm -rf $(VENV) $(OUT) docs/_build

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "carnet needs Python 3.11 or later; install it or say make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python requirements.lock pyproject.toml
	@echo "Making the environment (once, about a minute) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python requirements-dev.lock pyproject.toml
	@echo "Making the environment (once, a minute or two) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.run
