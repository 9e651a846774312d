# Verbs that only call tools. Each makes the environment that it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# One thread for BLAS: compassess runs its own threads over blocks of persons.
# Two processes, whatever the machine: on more they are as quick, and each holds some hundred MB.
TWO := -n 2
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

.PHONY: help demo test test-slow explore lint format bank build clean

help:
	@echo "make demo       the whole road once: pilot, bank, sitting, conclusion"
	@echo "make test       the tests (warnings are errors)"
	@echo "make test-slow  the slow statistical tier"
	@echo "make explore    the laws again, with cases that hypothesis has not drawn before"
	@echo "make lint       ruff (rules and format) and mypy --strict"
	@echo "make format     let ruff format the code"
	@echo "make bank       simulate the pilot again and rewrite item_banks/civil_service/bank.json"
	@echo "make build      sdist and wheel into dist/"
	@echo "make clean      remove what the other verbs made"

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP_INSTALL) --editable '.[cli]'
	@touch $@

$(VENV)/dev.stamp: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP_INSTALL) --editable '.[dev]'
	@touch $@ $(VENV)/run.stamp

demo: $(VENV)/run.stamp
	@$(BIN)/compassess demo --output build/demo

test: $(VENV)/dev.stamp
	$(ONE_THREAD) $(BIN)/python -m pytest $(TWO)

test-slow: $(VENV)/dev.stamp
	$(ONE_THREAD) $(BIN)/python -m pytest $(TWO) -m slow

explore: $(VENV)/dev.stamp
	HYPOTHESIS_PROFILE=explore $(ONE_THREAD) $(BIN)/python -m pytest -m "hypothesis and not slow"

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/dev.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bank: $(VENV)/run.stamp
	$(BIN)/python item_banks/pilot.py

build: $(VENV)/dev.stamp
	$(BIN)/python -m build

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
