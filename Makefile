# Every target makes its own environment first; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

$(READY): pyproject.toml requirements.lock
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --allow-existing --python "$(PYTHON)" $(VENV) && \
	  VIRTUAL_ENV="$(CURDIR)/$(VENV)" uv pip install --quiet --require-hashes -r requirements.lock && \
	  VIRTUAL_ENV="$(CURDIR)/$(VENV)" uv pip install --quiet --no-deps --editable . ; \
	else \
	  $(PYTHON) -m venv $(VENV) && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable . ; \
	fi
	@touch $(READY)

setup: $(READY)  ## Make the environment (.venv) from the lock file
.PHONY: setup
