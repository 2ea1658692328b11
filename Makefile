# Spillway's commands. `make run` is all a newcomer needs.

SCENARIO ?= --short Scenarios/quickstart-burst.yaml Scenarios/quickstart-harvest.yaml
SWIFT_FILES = Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources Examples
FORMAT_OPTIONS = --recursive --parallel --configuration .swift-format

# On a terminal the builder shows its progress in one line; elsewhere it is silent unless something goes wrong.
QUIET := $(shell test -t 2 || echo --quiet)

# How the command is built. Exclusive access is a law that the builds of the tests and of the sanitizers check while they
# run; in the optimised build the checks would take half of the time. Swift's libraries are linked in: starting is
# 6 ms faster without a search for them, and lld does not mention functions of Foundation that are not called. The program
# is linked for a fixed address, which spares another 2 ms of relocation at every start. A package that uses the library
# has the same speed with the same options.
OPTIMISED = -c release -Xswiftc -enforce-exclusivity=unchecked -Xswiftc -static-stdlib -Xswiftc -use-ld=lld -Xlinker --no-pie

# What the engine's optimised tests are built from, and how: a part of the package, in a folder of its own.
RELEASE_TESTS = -c release -Xswiftc -enable-testing --scratch-path .build-release-tests

.PHONY: run build test test-launchers test-python test-pictures pictures static deb wheel try-packages gallery \
  example release-tests coverage fuzz libfuzzer planted test-data claims claims-short nightly bench docs \
  format lint sanitize clean setup help

run: build
	@.build/release/spillway run $(SCENARIO)

build: setup
	@test -x .build/release/spillway || echo 'Building Spillway; the first build takes about five minutes.'
	@Scripts/name-commit.sh
	@swift build $(QUIET) $(OPTIMISED) --product spillway

test: setup
	@test -d .build/debug || echo 'Building the tests; the first build takes about four minutes.'
	@swift build $(QUIET) --build-tests
	@swift test --skip-build --disable-xctest --skip BrowserTests
	@swift test --skip-build --disable-xctest --filter BrowserTests

# The template of a package with a policy of its own, built and run as its reader would. It shares the build folder of
# the tests, so that only its own two files are compiled.
EXAMPLE = Examples/ShortestJobFirst
example: setup
	@swift build $(QUIET) --package-path $(EXAMPLE) --scratch-path .build --product my-spillway
	@cd $(EXAMPLE) && ../../.build/debug/my-spillway policies shortest-job-first
	@cd $(EXAMPLE) && ../../.build/debug/my-spillway compare scenario.yaml --no-store --set 'duration=20 s' --quiet

# Sweeps on a Slurm and on a Ray cluster of two nodes each, started here, with a node of each killed.
test-launchers: setup
	@swift build $(QUIET) --product spillway
	@Launchers/slurm/test.sh .build/debug/spillway
	@Launchers/ray/test.sh .build/debug/spillway .build/ray-venv

# The Python package on the program as the tests build it; timelines read by the classes of Perfetto's own package.
test-python: setup
	@swift build $(QUIET) --product spillway
	@test -x .build/python-venv/bin/python || python3 -m venv .build/python-venv
	@.build/python-venv/bin/pip install --quiet --disable-pip-version-check 'pandas>=2.0' 'perfetto>=0.50'
	@cd Python && SPILLWAY_PROGRAM="$(CURDIR)/.build/debug/spillway" PYTHONPATH=. PYTHONDONTWRITEBYTECODE=1 \
		../.build/python-venv/bin/python -m unittest discover --start-directory tests

# The report in a browser, compared with kept pictures; 'make pictures' keeps new ones, to be looked at.
test-pictures: setup
	@swift build $(QUIET) --product spillway
	@test -x .build/python-venv/bin/python || python3 -m venv .build/python-venv
	@.build/python-venv/bin/pip install --quiet --disable-pip-version-check 'pillow>=11'
	@SPILLWAY_PROGRAM="$(CURDIR)/.build/debug/spillway" PYTHONDONTWRITEBYTECODE=1 \
		.build/python-venv/bin/python -m unittest discover --start-directory Tests/Pictures

pictures:
	@SPILLWAY_REMAKE=1 $(MAKE) --no-print-directory test-pictures

# For machines without Swift or these libraries: the program with all of them linked in, a Debian package, and the Python
# package with the program inside.
static: setup
	@Scripts/make-static.sh

deb: setup
	@Scripts/make-deb.sh dist

wheel: setup
	@Scripts/make-wheel.sh dist

# Both packages in bare Debian systems, the quickstart run in each. Wants root, debootstrap and a package server.
try-packages: deb wheel
	@Scripts/try-packages.sh dist

# A picture of every kind of chart, in Results/gallery.
gallery: build
	@Scripts/make-gallery.sh .build/release/spillway

# The engine and what it stands on, tested as it is used: optimised. SPILLWAY_PACKAGE leaves the rest out.
release-tests: setup
	@test -d .build-release-tests || echo 'Building the optimised engine and its tests; the first time takes four minutes.'
	@SPILLWAY_PACKAGE=engine swift build $(QUIET) $(RELEASE_TESTS) --build-tests
	@SPILLWAY_PACKAGE=engine swift test $(RELEASE_TESTS) --skip-build --disable-xctest

# How often intervals cover, at full length: a quarter of an hour on two cores. COVERAGE_SHARE=0.01 tries it out.
COVERAGE ?= Results/coverage.md
coverage: setup
	@SPILLWAY_PACKAGE=engine swift build $(QUIET) $(RELEASE_TESTS) --build-tests
	@SPILLWAY_COVERAGE="$(abspath $(COVERAGE))" SPILLWAY_COVERAGE_SHARE="$(COVERAGE_SHARE)" SPILLWAY_PACKAGE=engine \
		swift test $(RELEASE_TESTS) --skip-build --disable-xctest --filter CoverageTests

# Tests on public data sets, which are not part of the repository: DATA is the folder they were saved in.
test-data: setup
	@test -n "$(DATA)" -a -d "$(DATA)" || { echo 'make test-data wants DATA=FOLDER, see CONTRIBUTING.md' >&2; exit 64; }
	@swift build $(QUIET) --build-tests
	@SPILLWAY_DATA="$(abspath $(DATA))" swift test --skip-build --disable-xctest --filter DataTests

# Published claims, tested by simulation: a page for each folder of scenarios that has a page.md. DATA is the folder of public data
# sets; without it, claims that need them are not run.
CLAIMS ?= Results
CLAIMS_DATA = $(if $(DATA),--data "$(abspath $(DATA))")
claims: build
	@for page in Scenarios/*/page.md; do folder=$$(dirname $$page); echo "$(CLAIMS)/$$(basename $$folder).md"; \
	  files=$$(grep -l '^claim:' $$folder/*.yaml) || continue; \
	  .build/release/spillway claims $$files --preface $$page --output $(CLAIMS)/$$(basename $$folder).md \
	    $(CLAIMS_DATA) $(CLAIMS_OPTIONS) || exit; done

# The same with few seeds, to see that everything runs and whether the pages are out of date; it leaves them alone.
claims-short: build
	@for page in Scenarios/*/page.md; do name=$$(basename $$(dirname $$page)); made=Results/$$name.md; \
	  files=$$(grep -l '^claim:' Scenarios/$$name/*.yaml) || continue; \
	  .build/release/spillway claims $$files --short --output .build/claims/$$name.md \
	    $$(if test -f $$made; then echo --against $$made; fi) $(CLAIMS_DATA) $(CLAIMS_OPTIONS) || exit; done

# What takes too long for every change: twenty times the random cases, sanitizers, ten million requests.
nightly: test
	@SPILLWAY_TEST_FACTOR=20 $(MAKE) --no-print-directory release-tests
	@test -z "$(DATA)" || $(MAKE) --no-print-directory test-data
	@$(MAKE) --no-print-directory sanitize
	@$(MAKE) --no-print-directory bench BENCH_OPTIONS=--large

# Web pages of what `import Spillway` promises.
docs: setup
	@Scripts/make-docs.sh .build/documentation

# BENCH_OPTIONS: --quick for a smoke run, --large for ten million requests, --instructions to count instructions in place
# of time (with valgrind), --write FILE.md to keep the results.
bench: build
	@swift build $(QUIET) -c release --package-path Benchmarks
	@Benchmarks/.build/release/spillway-benchmarks --spillway .build/release/spillway $(BENCH_OPTIONS)

# Random scenarios over every key, damaged inputs of every kind, and faults of the machine, held against laws;
# FUZZ_OPTIONS='--seed N' goes through the same again, '--record Results' adds to the counts of Results/fuzz.md. What
# breaks is written to .build/fuzz, shrunk.
FUZZ_SECONDS ?= 3600
fuzz: setup
	@swift build $(QUIET) $(OPTIMISED) --product spillway-fuzz
	@.build/release/spillway-fuzz --seconds $(FUZZ_SECONDS) $(FUZZ_OPTIONS)

# Inputs that libFuzzer finds by what code they reach, for one reader: READER=trace, yaml, json or profile. What breaks
# is written to .build-libfuzzer. libFuzzer brings a 'main' of its own; of two, gold takes neither, and lld that of the
# program.
READER ?= trace
libfuzzer: setup
	@SPILLWAY_PACKAGE=libfuzzer swift build $(QUIET) -c release -Xswiftc -sanitize=fuzzer -Xswiftc -use-ld=lld \
	  --product spillway-libfuzzer --scratch-path .build-libfuzzer
	@Scripts/fuzz-reader.sh $(READER) $(FUZZ_SECONDS)

# How long the harness takes to find faults that are put in on purpose, in a copy of the sources.
planted: setup
	@Scripts/planted-faults.sh

format:
	@swift format format --in-place $(FORMAT_OPTIONS) $(SWIFT_FILES)

lint:
	@swift format lint --strict $(FORMAT_OPTIONS) $(SWIFT_FILES)
	@Scripts/embed-catalogue.sh --check
	@git apply --check Scripts/planted-faults.patch

# The tests under the thread and the address sanitizer, each in a build of its own. With many cores the first reports a
# 'Swift access race' or a 'data race' inside 'withLock' where two threads wait for one Mutex: the part of Swift's Mutex
# that waits is in a library that is not compiled for the sanitizer, and any program with a contended Mutex shows it.
sanitize: setup
	@echo 'Building and running the tests twice, for two sanitizers; that takes about half an hour.'
	@swift build $(QUIET) --build-tests --sanitize=thread --scratch-path .build-thread
	@swift test --skip-build --disable-xctest --sanitize=thread --scratch-path .build-thread
	@swift build $(QUIET) --build-tests --sanitize=address --scratch-path .build-address
	@LSAN_OPTIONS=suppressions=$(CURDIR)/Scripts/leaks-of-others.txt:print_suppressions=0 \
	  swift test --skip-build --disable-xctest --sanitize=address --scratch-path .build-address

clean:
	@rm -rf .build .build-thread .build-address .build-release-tests .build-portable .build-manual .build-packages Benchmarks/.build

setup:
	@Scripts/setup.sh

help:
	@echo 'make run        build, and run a scenario (SCENARIO=file; two short ones when left out)'
	@echo 'make test       build and run the tests; needs nothing from outside'
	@echo 'make fuzz       random scenarios, damaged inputs, faults (FUZZ_SECONDS, one hour; FUZZ_OPTIONS)'
	@echo 'make libfuzzer  inputs found by the code that they reach (READER=trace, yaml, json or profile; FUZZ_SECONDS)'
	@echo 'make planted    how long the harness takes to find faults that are put in on purpose'
	@echo 'make coverage   how often the intervals of results cover what they should'
	@echo 'make example    build and run the template of a package with a policy of its own'
	@echo 'make release-tests  build and run the tests of the engine, optimised'
	@echo 'make test-data  run the tests on public data sets (DATA=folder)'
	@echo 'make claims     published claims tested, a page for each system in Results (DATA=folder)'
	@echo 'make claims-short   the same with few seeds, pages left alone'
	@echo 'make test-python  the Python package'
	@echo 'make test-pictures  the report in a browser, compared with kept pictures; make pictures keeps new ones'
	@echo 'make static     build the program for machines without Swift or these libraries'
	@echo 'make deb        build a Debian package of it, in dist; make wheel the Python package with it inside'
	@echo 'make try-packages  both in bare Debian systems, with the quickstart (as root, with debootstrap)'
	@echo 'make gallery    a picture of every kind of chart, in Results/gallery'
	@echo 'make test-launchers  sweeps on Slurm and on Ray, started here'
	@echo 'make nightly    everything, the long versions'
	@echo 'make bench      measure the simulator (BENCH_OPTIONS="--quick")'
	@echo 'make docs       web pages of the library, in .build/documentation'
	@echo 'make lint       check the format of the code and the embedded files; make format mends the former'
	@echo 'make sanitize   run the tests under the thread and the address sanitizer'
	@echo 'make clean      remove what was built'
