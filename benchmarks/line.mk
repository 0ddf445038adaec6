.PHONY: bench-line
bench-line: $(VENV)/run.stamp  ## the whole line: demo, Porto, the map's size, the command's start
	@$(BIN)/python benchmarks/line.py $(BENCH_ARGS)
