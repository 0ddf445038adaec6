# Travel times against their peers. The peers live in a venv of their own under .cache/;
# logs go to stderr, the last line on stdout is one JSON object.
TRAVEL_TIME_PEERS := .cache/travel-time-peers
TRAVEL_TIME_PYTHON ?= $(if $(wildcard .venv/bin/python),.venv/bin/python,python3)

.PHONY: bench-travel-time
bench-travel-time: $(TRAVEL_TIME_PEERS)/ready
	@$(TRAVEL_TIME_PYTHON) benchmarks/travel_time.py --peers-python $(TRAVEL_TIME_PEERS)/bin/python $(BENCH_ARGS)

$(TRAVEL_TIME_PEERS)/ready:
	@mkdir -p .cache
	@$(TRAVEL_TIME_PYTHON) -m venv $(TRAVEL_TIME_PEERS) 1>&2
	@$(TRAVEL_TIME_PEERS)/bin/python -m pip install --quiet pandana igraph rustworkx networkx scipy 1>&2
	@touch $@
