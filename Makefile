# HPO on Trial. `make` sets everything up, runs the default study and says where the report is; `make help` lists the rest.

CORES  ?= $(shell nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)
# extra words for Snakemake, such as SNAKEMAKE_ARGS="--config collect=available"
SNAKEMAKE_ARGS ?=
PYTHON ?= $(shell for p in python3.11 python3.12 python3; do command -v $$p >/dev/null 2>&1 && \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null && echo $$p && break; done)
VENV   := .venv
STAMP  := $(VENV)/.built-from-lock
BIN    := $(VENV)/bin
RUN    := PYTHONPATH=src $(BIN)/python
HPOTRIAL = $(RUN) -m hpotrial.cli
# what some methods need beyond requirements.lock, a lock each
EXTRAS := $(patsubst requirements-%.lock,%,$(wildcard requirements-*.lock))

# without bytecode every import of TensorFlow takes three times as long
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := study
.PHONY: study env extras quick full replicate plan power report test test-quick torture docs lint bench bench-load clean help lock

# one process more than cores: the tests on Slurm mostly wait
SHARED_OUT = -n $(shell expr $(CORES) + 1) --no-loadscope-reorder

# $(call study,FILE): the workflow, which says its plan before it trains; its browsable report, and where they lie
define study
@$(HPOTRIAL) run --configfile $(1) --cores $(CORES) $(SNAKEMAKE_ARGS)
endef

study: env ## set up, run the default study (config/config.yaml), print where the report is
	$(call study,config/config.yaml)

env: $(STAMP) ## build .venv from requirements.lock

# and the command hpotrial, of this folder's library
$(STAMP): requirements.lock
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or 3.12 found; install one (Debian 12: apt install python3 python3-venv)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "error: $(PYTHON) lacks its venv module (Debian: apt install python3-venv)" >&2; exit 1; }
	@echo "building $(VENV) from requirements.lock (once; about two minutes)"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --compile -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation --editable .
	@touch $@

extras: $(EXTRAS:%=$(VENV)/.extra-%) ## install what some methods need beyond requirements.lock (requirements-*.lock)

# an extra that cannot be had (no network, no wheel for this machine) is said and left out, and tried again next time
$(VENV)/.extra-%: requirements-%.lock $(STAMP)
	@echo "installing the extra $* from requirements-$*.lock"
	@if $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --compile -r $< \
		>$(VENV)/extra-$*.log 2>&1; \
	then touch $@; \
	else echo "extra $* could not be installed: its tests are skipped and its arms left out ($(VENV)/extra-$*.log)"; fi

quick: env ## the quick study (config/quick.yaml): every method, both datasets, two seeds
	$(call study,config/quick.yaml)

full: env ## the full study (config/full.yaml): 260 seeds, every cv-setting; for a cluster
	$(call study,config/full.yaml)

replicate: env ## the document's MNIST configurations, trained again one by one and held against its figures
	@$(HPOTRIAL) check config/config.yaml
	@$(BIN)/snakemake --cores $(CORES) --configfile config/config.yaml $(SNAKEMAKE_ARGS) -- replicate

plan: env ## what the default study will run and cost, before anything trains
	@$(HPOTRIAL) plan --configfile config/config.yaml --cores $(CORES) $(SNAKEMAKE_ARGS)

power: env ## how many seeds each claim of the default study needs, from its own spread, and what they would cost
	@$(HPOTRIAL) power --configfile config/config.yaml

report: env ## the default study's tables, figures and report from the runs that are there, starting none
	@$(HPOTRIAL) report --configfile config/config.yaml --cores $(CORES) $(SNAKEMAKE_ARGS)

test: env extras ## all tests, those of the extras that can be had included
	@$(BIN)/python -m pytest $(SHARED_OUT)

test-quick: env ## the tests that take seconds
	@$(BIN)/python -m pytest $(SHARED_OUT) -m "not slow"

torture: env ## 100 kills at random moments, ten times as much broken input, drawn anew; the quick study on Slurm and without it
	@HPO_TORTURE=1 HPO_KILLS=$(or $(KILLS),100) $(BIN)/python -m pytest tests/faults/test_kills.py \
		tests/faults/test_killed_workflow.py tests/slurm/test_quick_study.py \
		tests/faults/test_broken_configurations.py tests/faults/test_broken_data.py

docs: env ## write what follows from elsewhere: docs/columns.md, the methods in config/README.md, the speed in README.md
	@$(RUN) docs/write_columns.py
	@$(RUN) docs/write_methods.py
	@$(RUN) docs/write_speed.py

lint: env ## ruff, mypy, snakefmt and snakemake --lint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/snakefmt --check Snakefile workflow
	@$(BIN)/snakemake --lint

bench: env ## speed against stock Keras and SciKeras; writes benchmarks/results.json
	@$(RUN) benchmarks/run.py

bench-load: env ## the plan, `snakemake -n` and collecting for 100 to 10,000 runs; writes benchmarks/load.json
	@$(RUN) benchmarks/load.py

UV      = .cache/lock-tools/bin/uv
RESOLVE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
# of requirements.lock, what an extra needs at another version: TPOT imports pkg_resources, which setuptools 81 dropped
ANEW_tpot := setuptools
# xgboost's wheel brings CUDA, and TPOT only imports it: its build without CUDA is the same module
LOCK_tpot := --no-emit-package xgboost --no-emit-package nvidia-nccl-cu12 --no-emit-package nvidia-nccl-cu13
ADDED_tpot := xgboost-cpu

# requirements-gp.lock is kept by hand, since PyPI does not have PyTorch's CPU build
lock: ## resolve pyproject.toml anew into requirements.lock and requirements-tpot.lock (needs the network)
	@$(PYTHON) -m venv .cache/lock-tools
	@.cache/lock-tools/bin/python -m pip install --quiet --disable-pip-version-check uv
	@$(RESOLVE) --extra dev --output-file requirements.lock pyproject.toml
	@$(MAKE) --no-print-directory lock-tpot

# an extra's lock holds what it adds to requirements.lock, whose versions bind it
lock-%:
	@sed -n 's/^\([a-z0-9.-]*==[^\\]*\).*/\1/p' requirements.lock | grep -v '^$(or $(ANEW_$*),none)==' >.cache/lock-tools/$*.txt
	@echo $(ADDED_$*) | $(RESOLVE) --extra $* --constraints .cache/lock-tools/$*.txt \
		$$(sed 's/==.*//; s/^/--no-emit-package /' .cache/lock-tools/$*.txt | sort -u) $(LOCK_$*) \
		--output-file requirements-$*.lock pyproject.toml -
	@sed -i.bak '/^# The following packages were excluded/,$$d' requirements-$*.lock && rm requirements-$*.lock.bak

clean: ## remove results, logs and what was made of the raw data (.venv and data/raw stay)
	@rm -rf results logs data/processed data/splits .snakemake

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
