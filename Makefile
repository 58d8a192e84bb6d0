SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Tests start hundreds of processes; without bytecode each would compile all that it imports anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
READY := .venv/.ready
IS_RIGHT := import sys, ensurepip, venv; sys.exit(sys.version_info[:2] != (3, 11))
PYTHON ?= $(shell for name in python3.11 python3 /usr/bin/python3.11; do \
	$$name -c '$(IS_RIGHT)' 2>/dev/null && echo $$name && break; done)
FOUND = $(shell python3.11 --version 2>/dev/null || python3 --version 2>/dev/null || echo no Python)
LOCK := uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet

# Packages of stages are thousands of small files: in memory where there is room for them.
TMPFS := $(shell df --output=avail /dev/shm 2>/dev/null | awk 'NR == 2 && $$1 > 8000000 {print "TMPDIR=/dev/shm"}')

UPPY_VERSION := 6.0.1
UPPY_SHA256 := 2635f034972f7e492a2b51cc447cf408587cdf916844232010bb7d46ab09ef70
UPPY := build/uppy-$(UPPY_VERSION)
IS_UPPY := import hashlib, sys; sys.exit(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest() != "$(UPPY_SHA256)")

.PHONY: help run test lint format bench proof package lock uppy

help: ## Say what can be done here
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(READY) ## Start everything on this machine: local AWS, API, staff site, worker (Ctrl-C ends it)
	@$(BIN)/python -m imagestore.local $(ARGS)

# In the order of their names: files of many short tests and of few that wait then run side by side.
test: $(READY) ## Run the tests; ARGS="tests/files -k name" runs some of them
	@$(MAKE) uppy || { test -z "$${CI:-}" && echo "Without Uppy: what it uploads is not tested." >&2; }
	@$(TMPFS) $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(READY) ## Check format, lint rules, types and import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

format: $(READY) ## Format the code and mend what can be mended
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(READY) ## Measure requests and capacity units against their budgets
	@$(BIN)/python -m benchmarks $(ARGS)

proof: $(READY) ## Run the slow evidence that `make test` leaves out
	@$(BIN)/python -m pytest -m proof $(ARGS)

package: $(READY) ## Make the ZIP of a stage for Lambda: STAGE=files; ARGS=--installed asks no package index
	@$(BIN)/python infrastructure/package.py $(or $(STAGE),$(error Say which stage: make package STAGE=files)) $(ARGS)

uppy: $(UPPY)/uppy.min.mjs ## Fetch the stock Uppy that tests upload with

lock: $(READY) ## Pin what requirements/*.in ask for, with hashes
	@cd requirements && for name in run dev; do ../$(BIN)/$(LOCK) $$name.in -o $$name.txt; done
	@cd requirements && ../$(BIN)/$(LOCK) lambda.in --only-binary :all: --python-platform x86_64-manylinux2014 -o lambda.txt

$(UPPY)/uppy.min.mjs: | $(READY)
	@echo "Fetching Uppy $(UPPY_VERSION) into $(UPPY)"
	@rm -rf $(UPPY) && mkdir -p $(UPPY)
	@PATH="$(abspath $(BIN)):$$PATH" npm pack --silent --pack-destination $(UPPY) uppy@$(UPPY_VERSION) >/dev/null
	@$(BIN)/python -c '$(IS_UPPY)' $(UPPY)/uppy-$(UPPY_VERSION).tgz || { echo "This is not the Uppy that is pinned." >&2; exit 1; }
	@tar -xzf $(UPPY)/uppy-$(UPPY_VERSION).tgz -C $(UPPY) --strip-components 2 package/dist/uppy.min.css package/dist/uppy.min.mjs

$(READY): requirements/dev.txt
	@$(BIN)/python -c '$(IS_RIGHT)' 2>/dev/null || { \
	  test -n "$(PYTHON)" || { echo "imagestore needs Python 3.11 with venv, found: $(FOUND)." \
	    "Install it (Debian 12: apt-get install python3.11-venv; elsewhere: pyenv install 3.11, or make PYTHON=path)." >&2; exit 1; }; \
	  "$(PYTHON)" -m venv --clear .venv; }
	@echo "Installing requirements/dev.txt into .venv (about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --no-compile \
	  -r requirements/dev.txt
	@touch $@
