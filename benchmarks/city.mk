.PHONY: bench-city
bench-city: $(VENV)/run.stamp  ## the whole line at the size of a city, stage by stage
	@$(BIN)/python benchmarks/city.py $(BENCH_ARGS)
