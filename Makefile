# `make demo` and `make test` are all that a fresh machine with Python 3.11+ and git needs.
# PYTHON=python3.12 chooses the interpreter, VENV=folder another place than .venv.

VENV ?= .venv
PYTHON ?=
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq
JOBS ?= 2
# Bytecode is written even where the environment says no: the tests start Python many times.
PYTEST := PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS)

.DEFAULT_GOAL := help
.PHONY: help demo test test-oracle test-all lint format bench clean

# An environment whose interpreter is gone (an upgrade of the system) is made anew.
ifneq ($(wildcard $(VENV)/.made),)
ifneq ($(shell $(BIN)/python -c "import pip" 2>/dev/null && echo works),works)
$(shell rm -f $(VENV)/.made $(VENV)/.installed*)
endif
endif

help:
	@echo "make demo         train a network on handwritten digits; leaves digits.safetensors and digits-report.html"
	@echo "make test         run the tests (at most four minutes)"
	@echo "make test-oracle  run the comparisons with PyTorch, installing it"
	@echo "make test-all     run every test: those of test, test-oracle and the slow ones"
	@echo "make lint         check style and types"
	@echo "make format       put the code into the house style"
	@echo "make bench        run the benchmarks beside other libraries, installing them"
	@echo "make clean        remove the environment and everything made"

demo: $(VENV)/.installed
	$(BIN)/glassnet train digits

test: $(VENV)/.installed-test
	$(PYTEST) -m "not oracle and not slow"

test-oracle: $(VENV)/.installed-torch
	$(PYTEST) -m oracle

test-all: $(VENV)/.installed-torch
	$(PYTEST)

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy glassnet

format: $(VENV)/.installed-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# BENCH="mlp predict-1" runs some of them only.
bench: $(VENV)/.installed-peers
	@sh scripts/install_fann.sh
	@mkdir -p build/benchmarks
	$(BIN)/python -m benchmarks $(BENCH) --json build/benchmarks/results.json \
		--table build/benchmarks/table.md --picture build/benchmarks/ratios.png

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -f digits.safetensors digits-report.html
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each file says that its step succeeded; a change of pyproject.toml repeats the installation.
$(VENV)/.made: | scripts/make_venv.sh
	@PYTHON="$(PYTHON)" sh scripts/make_venv.sh $(VENV)
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.made
	@echo "installing glassnet and what it needs"
	@$(PIP) -e .
	@touch $@

$(VENV)/.installed-test: pyproject.toml $(VENV)/.made
	@echo "installing glassnet and what its tests need"
	@$(PIP) -e ".[test]"
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-torch: $(VENV)/.installed-test
	@echo "installing PyTorch, to compare with"
	@$(PIP) torch==2.13.0
	@touch $@

$(VENV)/.installed-peers: $(VENV)/.installed-test
	@echo "installing the libraries to measure beside"
	@for peer in torch==2.13.0 scikit-learn jax keras; do \
		$(PIP) $$peer || echo "$$peer cannot be installed here; the benchmarks leave it out"; done
	@touch $@
