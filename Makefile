# Two commands are enough: `make demo` and `make test`. Each makes .venv first when it has to,
# from files that pin every package by its hash. `make` alone lists the rest.

VENV  := .venv
PY    := $(VENV)/bin/python
PIP   := $(PY) -m pip --disable-pip-version-check
ARGS  ?=
UV    ?= $(VENV)/bin/uv

# A .venv that has been moved, or whose Python has gone, is made again.
ifneq ($(shell test -x $(PY) && cat $(VENV)/.made 2>/dev/null),$(CURDIR))
.PHONY: $(VENV)/.made
endif

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test test-long check lint types imports rules deps map-check map golden written simulate mutate bench audit sbom lock clean

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.run  ## try a meeting on a page of this machine (ARGS="--script": as plain text)
	@$(PY) -m bot demo $(ARGS)

# The core's own tests cover it; measuring while the others run would take them half as long again.
CORE = tests/core
# The others wait for clocks and sockets now and then: one worker more than there are cores.
WORKERS := $(shell echo $$(($$(nproc 2>/dev/null || echo 1) + 1)))

test: $(VENV)/.dev  ## run every test; the core must be covered to the last branch
	$(PY) -m pytest -q -n auto --dist loadfile $(CORE) \
	  --cov=bot/core --cov-branch --cov-fail-under=100 --cov-report=term-missing:skip-covered \
	  $(if $(RESULTS),--junitxml=$(RESULTS)/core.xml) $(ARGS)
	$(PY) -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder \
	  tests $(CORE:%=--ignore=%) -m "not long" \
	  $(if $(RESULTS),--junitxml=$(RESULTS)/rest.xml) $(ARGS)

test-long: $(VENV)/.dev  ## search longer for what make test looks for only shortly (within half an hour)
	$(PY) -m pytest -q -n $(WORKERS) --dist loadfile tests -m long \
	  $(if $(RESULTS),--junitxml=$(RESULTS)/long.xml) $(ARGS)

check: lint types imports rules deps map-check test  ## everything a change must pass

lint: $(VENV)/.dev
	$(PY) -m ruff check
	$(PY) -m ruff format --check

types: $(VENV)/.dev
	$(PY) -m mypy

imports: $(VENV)/.dev
	$(VENV)/bin/lint-imports

rules: $(VENV)/.dev
	$(PY) tools/house_rules.py

deps: $(VENV)/.dev
	$(PY) -m deptry --no-ansi .

map-check: $(VENV)/.dev
	$(PY) tools/file_map.py --check

map: $(VENV)/.dev  ## write docs/map.md anew
	$(PY) tools/file_map.py --write

golden: $(VENV)/.dev  ## write the golden transcripts anew, to be read as a diff
	$(PY) -m pytest -q tests/test_golden.py tests/test_year.py --snapshot-update $(ARGS)

written: map golden  ## write anew all that is not written by hand: map, transcripts, tables of docs/
	$(PY) -m tools.reference --write

simulate: $(VENV)/.dev  ## run the whole bot on a virtual clock (RUNS=1000 SEED=1)
	$(PY) -m tests.simulation $(if $(RUNS),--runs $(RUNS)) $(if $(SEED),--seed $(SEED)) $(ARGS)

mutate: $(VENV)/.dev  ## plant small faults in what must not fail: tests see them (ARGS="--only outbox")
	$(PY) -m tests.mutation $(ARGS)

bench: $(VENV)/.dev  ## measure how many people one process carries
	$(PY) -m bench $(ARGS)

audit: $(VENV)/.dev  ## ask whether a pinned package has a known weakness (ARGS=--strict: no network fails)
	$(PY) tools/weaknesses.py $(ARGS)

sbom: $(VENV)/.made  ## print the bill of materials of what runs, as CycloneDX
	@$(PY) tools/sbom.py

# Pins stay where they are unless pyproject.toml asks for more, or `make lock UPGRADE=1` does.
LOCK = $(UV) pip compile --universal --python-version 3.11 --generate-hashes \
  --no-header --no-emit-index-url --no-emit-find-links --quiet $(if $(UPGRADE),--upgrade)

lock: $(VENV)/.made  ## pin all packages anew, for every Python and system we support
	@test -x "$(UV)" || command -v "$(UV)" >/dev/null || $(PIP) install --quiet uv
	$(LOCK) pyproject.toml --output-file requirements.txt
	$(LOCK) pyproject.toml --group dev --constraint requirements.txt --output-file requirements-dev.txt
	$(LOCK) --group build --constraint requirements-dev.txt --output-file requirements-build.txt

clean:  ## remove what tools left behind (.venv stays)
	rm -rf build dist .coverage .coverage.* htmlcov .import_linter_cache
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find bot tests tools migrations bench -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# --- .venv: made once, one stamp for what runs the bot and one for what tests it ------------------

$(VENV)/.made:
	@sh tools/make_venv.sh $(VENV) $(PYTHON)
	@printf '%s\n' '$(CURDIR)' > $@

$(VENV)/.run: $(VENV)/.made requirements.txt requirements-build.txt pyproject.toml
	@echo "Installing what the bot needs into $(VENV) ..."
	@$(PIP) install --quiet --require-hashes --no-deps -r requirements.txt -r requirements-build.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.made requirements.txt requirements-dev.txt pyproject.toml
	@echo "Installing what the tests need into $(VENV) (a minute or two) ..."
	@$(PIP) install --quiet --require-hashes --no-deps -r requirements-dev.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $(VENV)/.run $@
