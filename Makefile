# Every target is explained by the comment behind it: `make help`.
VENV ?= .venv
PYTHON ?= python3
BIN = $(VENV)/bin
READY = $(VENV)/.ready
DOCS_READY = $(VENV)/.docs-ready
BENCH_VENV ?= .venv-bench
BENCH_READY = $(BENCH_VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help install quickstart test real check format docs package weights catalogue faults bench clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

install: $(READY)  ## Make .venv and install ftcli with everything that tests need

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("ftcli needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --constraint constraints.txt --editable '.[dev]'
	@touch $@

quickstart: $(READY)  ## Fine-tune a small network to handwritten digits (about a minute)
	$(BIN)/ftcli train quickstart

test: $(READY)  ## Run every test, but those of `make real`
	$(BIN)/python -m pytest --numprocesses=2 --dist=loadfile --ignore=tests/real

real: $(READY)  ## Fine-tune real networks: MiniLM, and those of the folder that FTCLI_REAL names, if it is set
	$(BIN)/python -m pytest --numprocesses=2 tests/real

check: $(READY)  ## Style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)  ## Put the code in its usual form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

package: $(READY)  ## Build the wheel and the source distribution into dist/
	$(BIN)/python -m build

docs: $(DOCS_READY)  ## Build the documentation into build/docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet --config-file docs/mkdocs.yml
	@echo build/docs/index.html

$(DOCS_READY): $(READY)
	$(BIN)/python -m pip install --constraint constraints.txt --editable '.[docs]'
	@touch $@

weights: $(READY)  ## Make the embedded weights again (pre-training on the digits 0-4, a few minutes)
	$(BIN)/python scripts/make_digits_weights.py

catalogue: $(READY)  ## Make the list of models again, from the installed torchvision
	$(BIN)/python scripts/make_catalogue.py

faults: $(READY)  ## Kill, damage and starve real runs (hours; FAULTS="damaged" chooses, see tests/faults)
	$(BIN)/python -m tests.faults $(FAULTS)
	$(if $(FAULTS),,$(BIN)/python -m tests.faults.inputs)

bench: $(BENCH_READY)  ## Time ftcli against its peers (hours; BENCH="--work full-text" chooses, see scripts/bench)
	$(BENCH_VENV)/bin/python scripts/bench/run.py $(BENCH)

$(BENCH_READY): pyproject.toml constraints.txt scripts/bench/requirements.txt
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --constraint constraints.txt --editable . --requirement scripts/bench/requirements.txt
	@touch $@

clean:  ## Remove .venv, .venv-bench and caches
	rm -rf $(VENV) $(BENCH_VENV) .mypy_cache .pytest_cache .ruff_cache build dist *.egg-info
