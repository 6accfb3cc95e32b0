# make serve · make test · make test-long · make check · make bench: each makes what it needs first.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
export HOST PORT
unexport PYTHONDONTWRITEBYTECODE # else each process compiles all modules again

.DELETE_ON_ERROR:
.PHONY: serve test test-long check bench bench-match lock clean

serve:
	@$(PYTHON) -I app/cli/address.py "$(HOST)" "$(PORT)"
	@$(MAKE) --no-print-directory .venv/serve
	.venv/bin/onrecord serve --migrate --import seed

test: .venv/test
	.venv/bin/pytest -n auto --dist loadfile --no-loadscope-reorder

# The same with every test on both engines, the bench's own runs, and properties tried some thousand times.
test-long: .venv/test
	.venv/bin/pytest -n auto --dist loadfile --no-loadscope-reorder --hypothesis-profile=long

check: .venv/test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/pytest tests/test_architecture.py tests/test_migrations.py

# make bench CLAIMS=20000 BENCH="--engine sqlite --only pages"; without, 100,000 and 1,000,000 claims on both engines, beside
# an earlier commit: many hours. BENCH=--resume goes on where a run broke off.
bench: .venv/test
	.venv/bin/python -m bench $(addprefix --claims ,$(CLAIMS)) $(BENCH)

# make bench-match DATA=folder: how well texts find the claims that say the same; bench/matching.py says which data.
bench-match: .venv/test
	.venv/bin/python -m bench.matching --data "$(DATA)"

# The environments: what serving needs, and that with what testing needs. Packages are locked, with their hashes.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "OnRecord needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	@echo "making an environment in .venv"
	@$(PYTHON) -m venv .venv

.venv/serve: requirements.txt pyproject.toml | .venv/bin/python
	@echo "installing what serving needs, $$(grep -c == requirements.txt) packages: a minute or so the first time"
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

.venv/test: requirements-dev.txt .venv/serve
	@echo "installing what testing needs, $$(grep -c == requirements-dev.txt) packages with those: some minutes the first time"
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# Takes the newest versions that pyproject.toml admits. Names, versions and hashes only.
LOCK = .venv/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 --no-header pyproject.toml
lock: .venv/test
	$(LOCK) --group build -o requirements.txt
	$(LOCK) --group build --group dev -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
