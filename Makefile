# Mika 密卡. `make` alone prints what there is.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv --quiet
INSTALL := $(UV) pip install --python $(BIN)/python
COMPILE := $(UV) pip compile pyproject.toml --group build --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $(UPGRADE)

export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
unexport PYTHONDONTWRITEBYTECODE  # where it is set, each process that a test starts compiles every library anew

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: bench storm screenshots transcripts docs help install run setup check test proof proof-full lock clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r target what; do \
		printf '%-20s%s\n' "$$target" "$$what"; done

run: $(VENV)/.runtime ## open a demo shop in your browser; nothing else to install or configure
	@$(BIN)/mika demo

install: $(VENV)/.runtime ## the shop alone, without the tools of development: .venv/bin/mika init
	@:

setup: $(VENV)/.dev ## everything to work on the shop, into .venv
	@:

check: setup ## style, types, who may import whom, sentences in every language
	@echo 'ruff';         $(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@echo 'pyright';      $(BIN)/pyright --pythonpath $(BIN)/python > $(VENV)/said 2>&1 || { cat $(VENV)/said; exit 1; }
	@echo 'lint-imports'; $(BIN)/lint-imports --no-logo > $(VENV)/said 2>&1 || { cat $(VENV)/said; exit 1; }
	@echo 'locales';      $(BIN)/pytest --quiet --numprocesses=0 tests/locales

test: check ## check, then every test; the slow ones and the proofs only with CI=true
	@tests/prepare
	@$(BIN)/pytest
	@if [ "$$CI" = true ]; then $(BIN)/python -m proofs --size ci; fi

proof: setup ## what the shop claims, played on both stores: half an hour on two cores
	@tests/prepare
	@$(BIN)/python -m proofs --size ci

proof-full: setup ## the same at full size, some hours; goes on where it was interrupted
	@tests/prepare
	@$(BIN)/python -m proofs --size release --keep docs/proof/release.json

bench: setup ## whole orders a second beside bare SQL, how long a verdict of risk takes; each last line is JSON
	@$(BIN)/python -m proofs bench
	@$(BIN)/python -m proofs risk --size $(or $(SIZE),ci)

storm: setup ## a chat or a way to pay at full size, CHAT=telegram or wechat, or RAIL=stripe; the last line is JSON
	@$(BIN)/python -m proofs $(if $(RAIL),rails --rail $(RAIL),storm $(if $(CHAT),--chat $(CHAT))) --size $(or $(SIZE),release)

screenshots: setup ## take the pictures of docs/images anew
	@$(BIN)/python docs/screenshots.py
	@$(BIN)/python docs/wechat_pages.py
	@$(BIN)/python docs/init_pictures.py

transcripts: setup ## play the conversations of docs/transcripts anew
	@$(BIN)/python docs/transcripts.py

docs: setup ## the documents as a site, into site/
	@$(BIN)/python docs/reference_pages.py
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo 'site/index.html is the first page.'

lock: setup ## remake the lock files from pyproject.toml; UPGRADE=--upgrade takes the newest versions
	@$(COMPILE) --output-file requirements.lock
	@$(COMPILE) --output-file requirements-dev.lock --extra dev --constraints requirements.lock

clean: ## remove what was installed or built; your shop's data/ stays
	@rm -rf $(VENV) build dist site *.egg-info .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} +

# From here on, how .venv is filled. Every package comes from a lock file, with its hash checked, uv itself too.

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo 'Installing the tools of development ...'
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/uv
	@echo 'Installing the shop ...'
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-build-isolation --no-deps --editable .
	@touch $@

$(BIN)/uv: | $(BIN)/pip
	@awk '/^[^ ]/ { uv = /^uv==/ } uv' requirements.lock > $(VENV)/uv.lock
	@$(BIN)/python -m pip -qq --disable-pip-version-check install --require-hashes -r $(VENV)/uv.lock

$(BIN)/pip:
	@command -v $(PYTHON) > /dev/null || { \
		echo 'Mika needs Python 3.11 or newer. On Debian or Ubuntu: apt-get install python3 python3-venv'; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Mika needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V). Another one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { \
		echo "$$($(PYTHON) -V) is here without venv. On Debian or Ubuntu: apt-get install $(notdir $(PYTHON))-venv"; exit 1; }
	@echo 'Making $(VENV) ...'
	@$(PYTHON) -m venv $(VENV)
