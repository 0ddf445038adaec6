# Enterprises to organisations, blocks and adjacency at the size of a city. Each in a process of its own, so that
# the peak of one does not hide another's; logs go to stderr, each process prints one JSON object.
ORGANISATIONS_PYTHON ?= $(if $(wildcard .venv/bin/python),.venv/bin/python,python3)

.PHONY: bench-organisations
bench-organisations:
	@for part in organisations areas porto shanghai; do \
		$(ORGANISATIONS_PYTHON) benchmarks/organisations.py $$part || exit 1; done
