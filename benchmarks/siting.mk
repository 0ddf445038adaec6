# Siting against its peers and against published answers. spopt lives in a venv of its own under .cache/;
# logs go to stderr, the last line on stdout is one JSON object.
SITING_PEERS := .cache/siting-peers
SITING_PYTHON ?= $(if $(wildcard .venv/bin/python),.venv/bin/python,python3)

.PHONY: bench-siting
bench-siting: $(SITING_PEERS)/ready
	@$(SITING_PYTHON) benchmarks/siting.py --peers-python $(SITING_PEERS)/bin/python $(BENCH_ARGS)

$(SITING_PEERS)/ready:
	@mkdir -p .cache
	@$(SITING_PYTHON) -m venv $(SITING_PEERS) 1>&2
	@$(SITING_PEERS)/bin/python -m pip install --quiet "spopt>=0.6" highspy 1>&2
	@touch $@
