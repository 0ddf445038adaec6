.PHONY: bench-web
bench-web: $(VENV)/test.stamp  ## the web application: maps beside plain Folium, search at 500,000 enterprises, 50 readers
	@$(BIN)/python benchmarks/webmap.py $(BENCH_ARGS)
