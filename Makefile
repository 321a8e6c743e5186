# Everything sets itself up in .venv from the hashed lock files; needs Python 3.11+ and make.
PYTHON ?= python3
BIN := .venv/bin
RUN := .venv/.run
DEV := .venv/.dev
unexport PYTHONDONTWRITEBYTECODE  # the tests start hundreds of processes, and each would compile it all

.PHONY: demo test lint audit check bench lock clean

demo: $(RUN)
	$(BIN)/onebacklog demo

test: $(DEV)
	$(BIN)/pytest -n auto

lint: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml sync adapters config

# Has a locked package a known vulnerability? Without a network it says that it was skipped.
audit: $(DEV)
	.ci/audit

check: lint audit
	$(BIN)/pytest -n auto --cov --cov-report=term-missing:skip-covered

bench: $(DEV)
	$(BIN)/python -m bench

.venv/pyvenv.cfg:
	$(PYTHON) -m venv .venv

$(RUN): .venv/pyvenv.cfg requirements/build.txt requirements/run.txt pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(DEV): $(RUN) requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	touch $@

# Needs uv on the PATH; writes lock files with hashes and without any index's address.
# Extras stay in them: without, pip looks at the newest release of `name[extra]` and finds no hash for it.
LOCK := uv pip compile --quiet --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header
lock:
	echo "setuptools>=77" | $(LOCK) - -o requirements/build.txt
	$(LOCK) pyproject.toml -o requirements/run.txt
	$(LOCK) pyproject.toml --extra traces -c requirements/run.txt -o requirements/traces.txt
	$(LOCK) pyproject.toml --group dev -c requirements/run.txt -o requirements/dev.txt

clean:
	rm -rf .venv build *.egg-info .coverage .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
