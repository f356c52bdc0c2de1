# Everything here needs Go and nothing else, but bench-jsonata, bench-peers and the
# example in JavaScript: Node with npm.

GO ?= go
FUZZTIME ?= 30s
SEEDS ?= 10000
SOAK ?= 24h

.PHONY: build run test fmt vet staticcheck unit race examples golden pictures fuzz bench bench-scale bench-jsonata bench-peers chaos soak sim bugs conformance clean

# grpcnotrace leaves out a page of traces, which nobody here can open: with its
# templates the linker would have to keep every exported method.
build: ## the binary, at bin/express
	$(GO) build -trimpath -tags grpcnotrace -ldflags "-s -w -X main.version=$$(git describe --tags --always --dirty 2>/dev/null || echo dev)" -o bin/express ./cmd/express

run: ## the office example: readings through an embedded broker, until Ctrl-C
	@$(GO) build -o bin/office ./examples/office && exec bin/office

test: fmt vet staticcheck unit race examples chaos ## all that has to hold before a change lands

fmt:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }

vet:
	$(GO) vet ./...

staticcheck:
	$(GO) tool staticcheck ./...

unit: ## unit, golden, script, layer and contract tests
	$(GO) test ./...

race: ## what runs concurrently, under the race detector
	$(GO) test -race ./express/... ./transport/...

examples: ## the test files beside the examples' definitions
	$(GO) run ./cmd/express test --coverage ./examples/...

golden: ## rewrite listings, diagnostics and transcripts: read the diff
	$(GO) generate ./...
	$(GO) test ./compiler ./express ./internal/suite ./internal/graph ./internal/records -update

pictures: ## the pictures of docs/observability.md, from a run of an example
	./docs/pictures/make.sh

fuzz: ## every fuzz target for FUZZTIME
	./internal/fuzz.sh $(FUZZTIME)

bench: build ## speed, beside what has to be done in any case; FLAGS='--page docs/performance.md' writes the page
	bin/express bench --measure alone,backlog --workload all --events 100000 --processes $(FLAGS)
	bin/express bench --measure live,open,sync,serve --processes $(FLAGS)
	$(GO) run ./examples/office readings --count 5000 | bin/express bench examples/office/office.asl.json --input - --events 20000 --processes --threshold 'dead<=1000'

bench-scale: build ## engines on a cluster, a million executions that wait, large events and definitions; FLAGS as of bench
	bin/express bench --measure scale --events 50000 $(FLAGS)

bench-jsonata: ## express/jsonata beside jsonata on Node; FLAGS='-o json' prints every measure
	npm ci --prefix bench/jsonata/peer --ignore-scripts --no-audit --no-fund >&2
	$(GO) run ./bench/jsonata $(FLAGS)

bench-peers: ## the engine beside others, from npm and Go's module proxy; FLAGS='-page docs/peers.md' writes the page
	$(GO) run ./bench/peers $(FLAGS)

chaos: ## faults with real processes, two and a half minutes of them; FLAGS='-select all' for all of them
	$(GO) run ./bench/chaos $(FLAGS)

soak: ## faults drawn at random, for as long as SOAK says
	$(GO) run ./bench/chaos -duration $(SOAK) $(FLAGS)

sim: ## SEEDS simulations of the engine through faults, in virtual time; a failure prints its seed
	$(GO) test -count=1 -v -timeout 0 -run TestSimulation ./internal/sim -sim.seeds $(SEEDS)

bugs: ## puts twelve bugs into the program, one by one, and shows which test finds each
	./internal/bugs.sh

conformance: ## recorded executions and API calls of AWS, in the folder that EXPRESS_CONFORMANCE names
	$(GO) test -count=1 -v -run TestRecorded ./internal/conformance ./express/teststate ./transport/awsapi

clean:
	rm -rf bin dist
