# Everything happens in .venv; see README.md. `make setup` is run by the other targets when it is needed.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# More arguments for installing torch, for example an index with CPU-only builds.
TORCH_ARGS ?=

.PHONY: setup demo test test-ardupilot lint bench bench-planner bench-flight bench-detector bench-detector-quick clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt scripts/fit_opencv.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade -c constraints.txt pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(TORCH_ARGS) torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	$(BIN)/python scripts/fit_opencv.py
	$(BIN)/python -m planner.search
	touch $(READY)

demo: setup
	$(BIN)/patrol demo

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Three workers, a file each at a time: many tests wait for a vehicle or a server rather than compute.
# The files of slow tests are begun first (tests/conftest.py), not those of the most tests.
test: lint
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not ardupilot"

# Real ArduPilot: ARDUCOPTER=path/to/arducopter, else the one on PATH; COPTER_PARM=path/to/copter.parm is read before our
# own defaults. One worker: the simulator's speed-up wants a core of its own. Then the matrix of faults, whose results are
# kept in build/flight-faults.json (what was flown is not flown again) and docs/flight-faults.md.
FAULT_SEEDS ?= 10
FAULT_JOBS ?= 2
test-ardupilot: setup
	SKYPATROL_REQUIRE=ardupilot $(BIN)/pytest -m ardupilot
	$(BIN)/python -m tests.flight.faults --seeds $(FAULT_SEEDS) --jobs $(FAULT_JOBS)

bench: setup
	for table in benchmarks/[a-z]*.py; do echo "== $$table"; $(BIN)/python $$table || exit 1; done

# Where the real road networks and arc-routing instances lie; about two hours of CPU time in all.
DATA ?= $(or $(SKYPATROL_DATA),../shared/data)
bench-planner: setup
	$(BIN)/python -m benchmarks.planner single --data $(DATA)/roads --seconds 5 --peer
	$(BIN)/python -m benchmarks.planner single --data $(DATA)/roads --seconds 20 --peer
	$(BIN)/python -m benchmarks.planner fleet --data $(DATA)/roads --seconds 10 --peer
	$(BIN)/python -m benchmarks.planner carp --data $(DATA)/arc-routing --seconds 20
	$(BIN)/python -m benchmarks.planner growth --data $(DATA)/roads
	$(BIN)/python -m benchmarks.planner city --data $(DATA)/roads

# Missions through a radio that loses frames, and twenty vehicles on one process; about twenty minutes.
bench-flight: setup
	$(BIN)/python -m benchmarks.flight.upload
	$(BIN)/python -m benchmarks.flight.telemetry

# What the detector finds and costs, with real data where it lies; hours in all, kept in build/bench-detector, so that a
# run that is broken off goes on where it was. BENCH="--peer a.onnx --held-out FOLDER --again" for more.
BENCH ?=
bench-detector: setup
	$(BIN)/python -m benchmarks.detector --data $(DATA)/vision $(BENCH)

# Fewer pictures, scenes and seconds: a quarter of an hour on two cores.
bench-detector-quick: setup
	$(BIN)/python -m benchmarks.detector --quick --data $(DATA)/vision $(BENCH)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
