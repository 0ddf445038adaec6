# Registers, coordinates, densities and snapshots at the size of a city. Every case is a module of its own
# (_registers_<case>.py) and runs in a process of its own, so that the peak of one does not hide another's.
# Logs go to stderr, the last line on stdout is one JSON object. Peers live in a venv of their own under .cache/.
REGISTERS_PEERS := .cache/registers-peers
REGISTERS_PYTHON ?= $(if $(wildcard .venv/bin/python),.venv/bin/python,python3)

.PHONY: bench-registers
bench-registers: $(REGISTERS_PEERS)/ready  ## registers: half a million rows, workbooks, datums beside their peers
	@$(REGISTERS_PYTHON) benchmarks/registers.py --peers-python $(REGISTERS_PEERS)/bin/python $(BENCH_ARGS)

$(REGISTERS_PEERS)/ready:
	@mkdir -p .cache
	@$(REGISTERS_PYTHON) -m venv $(REGISTERS_PEERS) 1>&2
	@$(REGISTERS_PEERS)/bin/python -m pip install --quiet numpy coord-convert eviltransform pygcj 1>&2
	@touch $@
