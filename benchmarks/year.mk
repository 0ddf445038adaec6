.PHONY: bench-year
bench-year: $(VENV)/run.stamp  ## the second year of the borough, its churn beside a cold plan's, ten years in a row
	@$(BIN)/python benchmarks/year.py $(BENCH_ARGS)
