.PHONY: bench-districting

# The peers live in a folder of their own: they are compared with, never depended on.
DISTRICTING_PEERS := .cache/venv-districting-peers
DISTRICTING_PYTHON ?= $(if $(wildcard .venv/bin/python),.venv/bin/python,python3)

$(DISTRICTING_PEERS)/installed:
	$(DISTRICTING_PYTHON) -m venv $(DISTRICTING_PEERS) 1>&2
	$(DISTRICTING_PEERS)/bin/python -m pip install --quiet --disable-pip-version-check \
		spopt gerrychain k-means-constrained scikit-learn pymetis libpysal networkx 1>&2
	touch $@

bench-districting: $(DISTRICTING_PEERS)/installed
	@$(DISTRICTING_PYTHON) benchmarks/districting.py --peers $(DISTRICTING_PEERS)/bin/python $(BENCH_ARGS)
