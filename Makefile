# On a fresh machine with Python (3.11 or later) and make:
#   make run    sets everything up and starts the demonstration: two shops with the widget, on this machine only
#   make test   sets everything up and runs the tests
#   make wheel  makes the package that a server is set up from (docs/deploying.md)
# For developers: make check (all that CI asks for), make format, make lock, make messages.
PYTHON ?= python3
BIN := .venv/bin
# The tests start hundreds of programs: each would compile the modules anew where this is set.
export PYTHONDONTWRITEBYTECODE :=
export MBUROJA_CACHE ?= $(CURDIR)/.venv/var/mburoja
# The demonstration's database; `make run` fills it with fictional customers of both companies.
DEMO := $(CURDIR)/.venv/var/demo.db

DIST ?= dist

.PHONY: install run test test-engines wheel check format lock messages clean

install: .venv/installed

.venv/installed: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Mburoja needs Python 3.11 or later; set PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Only the tests in a browser and the type check of the widget need node's packages; without npm the former are skipped.
NODE_PARTS := $(if $(shell command -v npm),node_modules/.installed)

node_modules/.installed: package.json package-lock.json
	npm ci --silent --no-fund --no-audit
	@touch $@

# Quick when nothing changed: the catalogue and the recogniser are rebuilt only from changed files.
.PHONY: compiled
compiled: install
	@$(BIN)/pybabel --quiet compile --statistics -D "messages console" -d bot/locale 2>/dev/null || $(BIN)/pybabel compile -D "messages console" -d bot/locale
	@$(BIN)/mburoja compile

run: compiled
	@$(BIN)/mburoja demo --db $(DEMO)

test: compiled $(NODE_PARTS)
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not alone"
	$(BIN)/python -m pytest -m alone

wheel: compiled
	$(BIN)/python -m build --wheel --no-isolation --outdir $(DIST)

# The suites that hold for every engine, on a real PostgreSQL; then with every work run, undone and run again.
ENGINES := tests/services tests/channels tests/delivery tests/console
test-engines: compiled
	MBUROJA_TEST_ENGINE=postgres $(BIN)/python -m pytest -n 2 --dist loadfile -m "not alone" $(ENGINES)
	MBUROJA_TEST_TWICE=1 $(BIN)/python -m pytest -n 2 --dist loadfile -m "not alone" $(ENGINES)

check: compiled node_modules/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	npx --no-install tsc -p .
	$(BIN)/lint-imports
	$(BIN)/python -m tests.tools.catalogue --check
	$(BIN)/mburoja check
	$(MAKE) test

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

messages: install
	$(BIN)/python -m tests.tools.catalogue --write

# Two: what a developer needs, and what runs in a container.
PIP_COMPILE = $(BIN)/pip-compile --quiet --extra postgres --generate-hashes --allow-unsafe --strip-extras \
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host
lock:
	$(PIP_COMPILE) --extra dev --output-file requirements.lock pyproject.toml
	$(PIP_COMPILE) --output-file deploy/requirements.lock --constraint requirements.lock pyproject.toml

clean:
	rm -rf .venv node_modules build dist
