# The commands of a day. Each makes .venv first if it is not there.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: install test check lessons trust

install: $(BIN)/nnrun                   # with the tools for tests and checks

$(BIN)/nnrun: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -c constraints.txt -e '.[dev]'
	touch $@

test: install                           # all tests but the long lessons, as many at a time as there are cores
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --dist worksteal

check: install
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

lessons: install                        # the long lessons of the course, on whole data sets; an hour or two
	$(BIN)/pytest --lessons -m lesson

trust: install                          # every number behind what is promised of folders: kills, full disks, many times
	OMP_NUM_THREADS=1 $(BIN)/pytest --trust -m trust -n auto --dist worksteal
