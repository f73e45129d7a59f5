# Two commands matter: `make run` and `make test`; each does its own set-up.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell command -v python3.11 >/dev/null 2>&1 && python3.11 -c '' 2>/dev/null && echo python3.11 || echo python3)

ATHERIS := 3.0.0

.PHONY: audit licences sbom fuzz docs screenshots run test check bench format clean setup setup-dev system browser

run: setup
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/energy up

test: setup-dev system
	$(BIN)/python -m pytest

check: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	@$(MAKE) --no-print-directory audit || { test ! -s build/audit.txt \
	  && echo "energy: the package index does not answer: known weaknesses were not looked up"; }

# Packages with known weaknesses; what is found lies in build/audit.txt.
audit: setup-dev
	@mkdir -p build && rm -f build/audit.txt
	$(BIN)/pip-audit --disable-pip --require-hashes --requirement requirements/base.lock \
	  --timeout 5 --progress-spinner off --output build/audit.txt

# docs/licences.md, from what the installed packages say of themselves.
licences: setup-dev
	$(BIN)/pip-licenses --from=mixed --format=json | $(BIN)/python requirements/licences.py

# All components with versions and hashes, for those who must keep track (CycloneDX).
sbom: setup-dev
	@mkdir -p build
	$(BIN)/cyclonedx-py requirements requirements/base.lock --pyproject pyproject.toml --of JSON --output-reproducible -o build/sbom.json

# The importers under libFuzzer for MINUTES (5); atheris is installed for it alone.
fuzz: setup-dev
	$(BIN)/pip install --quiet --disable-pip-version-check --target build/atheris atheris==$(ATHERIS)
	PYTHONPATH=build/atheris $(BIN)/python -m tests.fuzz.atheris_importers -max_total_time=$$(( $(or $(MINUTES),5) * 60 ))

# Every benchmark, and docs/benchmarks.md from their figures; QUICK=1 for minutes in place of an hour.
bench: setup-dev system build/peers/.done
	$(BIN)/python -m benchmarks.run $(if $(QUICK),--quick)

# What stands beside us in the benchmarks, where it can't be in the way of what we run on.
build/peers/.done: benchmarks/peers.lock
	$(PYTHON) -m venv --clear build/peers
	build/peers/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# The site; the references are written anew from the settings, the API and the commands first.
docs: setup-dev
	$(BIN)/python -m config.reference
	$(BIN)/python -m app.reference
	$(BIN)/python -m cli.reference
	$(BIN)/python -m mkdocs build --strict --quiet

# Every page of the dashboard as a PNG, from the tests that walk through them; then the three of the
# README, anew.
screenshots: setup-dev system
	@mkdir -p build/screenshots
	ENERGY_SCREENSHOTS=$(CURDIR)/build/screenshots $(BIN)/python -m pytest tests/browser -q
	$(BIN)/python -m tests.browser.pictures docs/images

format: setup-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

setup: $(VENV)/.base app/browser/node_modules/.done

setup-dev: $(VENV)/.dev app/browser/node_modules/.dev-done

# System packages that some tests need; where we may not install them, those tests say so.
system:
	@sh tests/system_packages.sh

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' \
	  || { echo "energy: needs Python 3.11 or 3.12; say which with make PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: requirements/base.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.base
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@touch $@

# Browser libraries, for tests with what checks the pages: with the npm on the PATH, else with the
# one that a wheel carries.
NPM_CI = ci --silent --ignore-scripts --no-audit --no-fund

app/browser/node_modules/.done: app/browser/package-lock.json | $(VENV)/bin/python
	@$(call npm,$(NPM_CI) --omit=dev)
	@touch $@

app/browser/node_modules/.dev-done: app/browser/package-lock.json | $(VENV)/bin/python
	@$(call npm,$(NPM_CI))
	@touch app/browser/node_modules/.done $@

define npm
if command -v npm >/dev/null 2>&1; then \
  cd app/browser && npm $(1); \
else \
  $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/node.lock && \
  cd app/browser && $(CURDIR)/$(BIN)/npm $(1); \
fi
endef

clean:
	rm -rf $(VENV) app/browser/node_modules *.egg-info build .pytest_cache .mypy_cache .ruff_cache
