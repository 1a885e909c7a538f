# Overflight. `make` or `make help` lists what there is.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Three stamps: what running needs, what developing needs on top, and what is raced against.
$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --editable .
	@touch $@

$(VENV)/.developing: $(VENV)/.installed
	$(BIN)/pip install --quiet --group dev
	@touch $@

$(VENV)/.racing: $(VENV)/.developing
	$(BIN)/pip install --quiet --editable '.[fast]' --group bench
	@touch $@

.PHONY: install
install: $(VENV)/.installed ## create .venv and install overflight into it

.PHONY: demo
demo: $(VENV)/.installed ## rehearse a day of greetings on bundled data
	$(BIN)/overflight demo

.PHONY: test
test: $(VENV)/.developing ## run all tests
	$(BIN)/pytest --quiet --numprocesses auto

.PHONY: check
check: $(VENV)/.developing lint types layers test ## everything that must be green before a commit

.PHONY: lint
lint: $(VENV)/.developing ## ruff: style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: types
types: $(VENV)/.developing ## mypy, strict
	$(BIN)/mypy

.PHONY: layers
layers: $(VENV)/.developing ## import-linter: who may import whom
	$(BIN)/lint-imports

.PHONY: fix
fix: $(VENV)/.developing ## let ruff repair what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: bench
bench: $(VENV)/.developing ## measure speed, as ratios to Skyfield in the same run
	$(BIN)/python -m benchmarks

.PHONY: bench-orbit
bench-orbit: $(VENV)/.racing ## measure pass finding: engines, growth, memory, peers
	$(BIN)/python -m benchmarks orbit

.PHONY: fuzz
fuzz: $(VENV)/.developing ## throw damaged element files at the parser; SECONDS=60 SEED=1
	$(BIN)/python -m scripts.fuzz_elements --seconds $(or $(SECONDS),60) --seed $(or $(SEED),1)

.PHONY: build
build: $(VENV)/.developing ## build the wheel
	$(BIN)/python -m build --wheel

.PHONY: clean
clean: ## remove .venv and everything built
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
