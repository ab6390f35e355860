# The two commands: `make up` runs Patchbay with its demo, `make test` runs the tests. Both need only
# Python 3.11 or newer and make. Everything they install goes into .venv, everything they write into var.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE := tests/clients/node/node_modules
STATIC := $(or $(VAR_DIR),var)/static
export PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help up test test-postgres test-broker test-browser test-faults test-corpora test-fixtures benchmark \
  lint types imports migrations check check-locks check-deploy lock clean

help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

up: $(VENV)/.demo $(STATIC)/.collected ## Run everything with the demo (PORT=9000 moves it)
	@exec $(BIN)/python manage.py up

test: $(VENV)/.dev ## Run the tests
	$(BIN)/python -m pytest -n auto $(ARGS)

test-postgres: $(VENV)/.dev ## The same tests on PostgreSQL (DATABASE_URL)
	DATABASE_URL=$${DATABASE_URL:?such as postgres://user@127.0.0.1/database} $(MAKE) --no-print-directory test

test-broker: $(VENV)/.dev ## Tasks through the real broker named by BROKER_URL
	$(BIN)/python -m pytest -m broker $(ARGS)

test-browser: $(VENV)/.dev ## Walk the console in Chromium (CHROMIUM names another one)
	$(BIN)/python -m pytest -n 2 -m browser $(ARGS)

test-faults: $(VENV)/.dev ## Kill, cut off and fill up the real processes (COUNT=300 recordings; docs/faults.md)
	COUNT=$(COUNT) $(BIN)/python -m pytest -m faults -rsfEP $(or $(TESTS),tests/faults) $(ARGS)

test-clients: $(VENV)/.dev $(NODE)/.package-lock.json ## Twilio's Node client and command line against us (needs node and npm)
	$(BIN)/python -m pytest -n 2 -m node $(ARGS)

test-openapi: $(VENV)/.dev $(NODE)/.package-lock.json ## Every operation of the OpenAPI files, with generated data
	$(BIN)/python -m pytest -n 2 -m openapi $(ARGS)

lint: $(VENV)/.dev ## Style of Python and templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint templates --check --lint --quiet

types: $(VENV)/.dev ## Static types
	$(BIN)/mypy .

imports: $(VENV)/.dev ## The direction of imports
	$(BIN)/lint-imports

test-corpora: $(VENV)/.dev ## Third-party test data in the folder CORPORA, read in place
	CORPORA=$${CORPORA:?the folder of the corpora} $(BIN)/python -m pytest -n auto -m corpora $(ARGS)

test-fixtures: $(VENV)/.dev ## Sample bodies in the folder FIXTURES, compared with ours
	FIXTURES=$${FIXTURES:?the folder of the sample bodies} $(BIN)/python -m pytest -m fixtures $(ARGS)

benchmark: $(VENV)/.dev ## Measure against bare floors (NAME=lists, lookups, results or scale)
	$(BIN)/python -m benchmarks $(or $(NAME),lists) $(ARGS)

check-locks: $(VENV)/.dev ## The lock files agree with pyproject.toml
	$(BIN)/uv lock --check --quiet
	for name in core demo dev; do $(call export,$$name) | diff -q - requirements/$$name.lock || exit 1; done

check-deploy: $(VENV)/.dev ## A production environment passes Django's deployment check
	env -u DEMO -u OUTBOUND_ALLOWED_HOSTS PUBLIC_URL=https://patchbay.example ALLOWED_HOSTS=patchbay.example \
	  $(BIN)/python manage.py check --deploy --fail-level WARNING

migrations: $(VENV)/.dev ## Every model change has its migration
	$(BIN)/python manage.py makemigrations --check --dry-run

check: lint types imports migrations test ## What every change must pass

lock: $(VENV)/.dev ## Lock the dependencies anew after a change of pyproject.toml
	$(BIN)/uv lock
	for name in core demo dev; do $(call export,$$name) > requirements/$$name.lock; done

clean: ## Remove what make installed; keeps the data in var
	rm -rf $(VENV) $(STATIC)

define export
$(BIN)/uv export --quiet --frozen --no-header --no-annotate --no-emit-project \
  $$(case $(1) in demo) echo --extra examples;; dev) echo --extra dev;; esac)
endef

# uv is quick, pip is everywhere; both install exactly the locked files.
define install
	@if command -v uv > /dev/null; then \
	  { test -x $(BIN)/python || uv venv --quiet --python $(PYTHON) $(VENV); } && \
	  VIRTUAL_ENV=$(VENV) uv pip install --quiet --require-hashes -r $(1); \
	else \
	  { test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV); } && \
	  $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(1); \
	fi
	@touch $@
endef

# The development set contains the demo's, so that a checkout used for both installs once.
$(VENV)/.demo: requirements/demo.lock
	@test -f $(VENV)/.dev || echo "Installing Patchbay into $(VENV) (once) ..."
	$(call install,requirements/demo.lock)

$(VENV)/.dev: requirements/dev.lock
	@echo "Installing Patchbay and its test tools into $(VENV) (once) ..."
	$(call install,requirements/dev.lock)

# npm writes this file last. Nothing of these packages runs while they are installed.
$(NODE)/.package-lock.json: tests/clients/node/package.json tests/clients/node/package-lock.json
	@node -e 'process.exit(+(parseInt(process.versions.node) < 20))' && command -v npm > /dev/null \
	  || { echo "Node 20 or newer and npm are needed"; exit 1; }
	@echo "Installing Twilio's Node client and command line into $(NODE) (once) ..."
	@cd tests/clients/node && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(STATIC)/.collected: $(VENV)/.demo $(shell find static schema_forms -name '*.css' -o -name '*.js' -o -name '*.svg')
	@$(BIN)/python manage.py collectstatic --no-input --verbosity=0 --ignore redoc
	@touch $@
