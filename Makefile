# On a fresh machine with Python (3.11 or later) and make:
#   make run    sets everything up and starts the conversation in this terminal
#   make test   sets everything up and runs the tests
# For developers: make check (all that CI asks for), make format, make lock, make messages.
PYTHON ?= python3
BIN := .venv/bin
export MBUROJA_CACHE ?= $(CURDIR)/.venv/var/mburoja
# The demonstration's database; `make run` fills it with fictional customers of both companies.
DEMO := $(CURDIR)/.venv/var/demo.db

.PHONY: install run test check format lock messages clean

install: .venv/installed

.venv/installed: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Mburoja needs Python 3.11 or later; set PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Quick when nothing changed: the catalogue and the recogniser are rebuilt only from changed files.
.PHONY: compiled
compiled: install
	@$(BIN)/pybabel --quiet compile --statistics -D messages -d bot/locale 2>/dev/null || $(BIN)/pybabel compile -D messages -d bot/locale
	@$(BIN)/mburoja compile

run: compiled
	@$(BIN)/mburoja customers demo --db $(DEMO)
	@$(BIN)/mburoja chat --db $(DEMO)

test: compiled
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not alone"
	$(BIN)/python -m pytest -m alone

check: compiled
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.tools.catalogue --check
	$(BIN)/mburoja check
	$(MAKE) test

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

messages: install
	$(BIN)/python -m tests.tools.catalogue --write

lock:
	$(BIN)/pip-compile --quiet --extra dev --generate-hashes --allow-unsafe --strip-extras \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv build dist
