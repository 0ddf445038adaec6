# Travel times against their peers. The peers live in a venv of their own under .cache/;
# logs go to stderr, the last line on stdout is one JSON object.
TRAVEL_TIME_PEERS := .cache/travel-time-peers
TRAVEL_TIME_VALHALLA := .cache/travel-time-valhalla
TRAVEL_TIME_PYTHON ?= $(if $(wildcard .venv/bin/python),.venv/bin/python,python3)

.PHONY: bench-travel-time
bench-travel-time: $(TRAVEL_TIME_PEERS)/ready $(TRAVEL_TIME_VALHALLA)/ready
	@$(TRAVEL_TIME_PYTHON) benchmarks/travel_time.py --peers-python $(TRAVEL_TIME_PEERS)/bin/python \
		--valhalla $(TRAVEL_TIME_VALHALLA) $(BENCH_ARGS)

$(TRAVEL_TIME_PEERS)/ready:
	@mkdir -p .cache
	@$(TRAVEL_TIME_PYTHON) -m venv $(TRAVEL_TIME_PEERS) 1>&2
	@$(TRAVEL_TIME_PEERS)/bin/python -m pip install --quiet pandana igraph rustworkx networkx scipy 1>&2
	@touch $@

# Only its programs are run, so the wheel of any Python will do: the ones for 3.11 cannot build tiles.
# It is optional: where it does not install the benchmark says so and goes on.
$(TRAVEL_TIME_VALHALLA)/ready: | $(TRAVEL_TIME_PEERS)/ready
	@rm -rf $(TRAVEL_TIME_VALHALLA) && mkdir -p $(TRAVEL_TIME_VALHALLA)
	@$(TRAVEL_TIME_PEERS)/bin/python -m pip install --quiet --no-deps --only-binary=:all: \
		--target $(TRAVEL_TIME_VALHALLA) --implementation cp --abi abi3 --python-version 3.12 \
		--platform manylinux_2_28_$$(uname -m) "pyvalhalla>=3.6" 1>&2 \
		|| echo "pyvalhalla does not install here; the benchmark leaves this peer out" 1>&2
	@touch $@
