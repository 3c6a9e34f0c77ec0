# SPDX-License-Identifier: GPL-2.0-or-later
# Every target does its own set-up: python3 (3.11 or newer), python3-venv and make are all it takes.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Two workers: what a small CI machine has, and what the real-tree tests have memory for.
WORKERS ?= 2

.PHONY: help demo test kernels clean

help:
	@echo "make demo     lint a small series over a small tree, and show the finding with its path"
	@echo "make test     every check: format, lint, types, tests"
	@echo "make docs     the documents and a page for each rule, in build/site, and the manual page"
	@echo "make kernels  bring the kernel trees that the real-tree tests run on (Debian's linux-source)"
	@echo "make clean    remove the virtual environment and caches"

$(STAMP): pyproject.toml kpatchlint/__init__.py
	@$(PYTHON) -c 'import sys; sys.exit("kpatchlint needs Python 3.11 or newer, this is " + sys.version.split()[0] \
		if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV) || { echo "cannot make a virtual environment: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

demo: $(STAMP)
	@echo '$$ kpatchlint check --tree fixtures/tree-arm64-mini fixtures/demo/hotplug-series.mbox'
	@$(BIN)/kpatchlint check --tree fixtures/tree-arm64-mini --fail-on never fixtures/demo/hotplug-series.mbox

test: $(STAMP)
	@sh tools/packages.sh
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n $(WORKERS)

docs: $(STAMP)
	@$(BIN)/python -m kpatchlint.dev.site build/site
	@$(BIN)/kpatchlint man > build/kpatchlint.1 && echo build/kpatchlint.1

kernels:
	@sh tools/kernels.sh

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
