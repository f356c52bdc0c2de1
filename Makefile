# Everything here needs Go and nothing else, but bench-jsonata and the example in
# JavaScript: Node with npm.

GO ?= go
FUZZTIME ?= 30s
SOAK ?= 24h

.PHONY: build run test fmt vet staticcheck unit race examples golden pictures fuzz bench bench-jsonata chaos soak conformance clean

build: ## the binary, at bin/express
	$(GO) build -trimpath -ldflags "-s -w -X main.version=$$(git describe --tags --always --dirty 2>/dev/null || echo dev)" -o bin/express ./cmd/express

run: ## the office example: readings through an embedded broker, until Ctrl-C
	@$(GO) build -o bin/office ./examples/office && exec bin/office

test: fmt vet staticcheck unit race examples ## all that has to hold before a change lands

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

bench: ## throughput of the main path, beside the bare broker loop
	$(GO) run ./cmd/express bench

bench-jsonata: ## express/jsonata beside jsonata on Node; FLAGS='-o json' prints every measure
	npm ci --prefix bench/jsonata/peer --ignore-scripts --no-audit --no-fund >&2
	$(GO) run ./bench/jsonata $(FLAGS)

chaos: ## five minutes of faults, with real processes; FLAGS='-select all' for all of them
	$(GO) run ./bench/chaos $(FLAGS)

soak: ## faults drawn at random, for as long as SOAK says
	$(GO) run ./bench/chaos -duration $(SOAK) $(FLAGS)

conformance: ## recorded executions of AWS, in the folder that EXPRESS_CONFORMANCE names
	$(GO) test -count=1 -v -run TestRecorded ./internal/conformance

clean:
	rm -rf bin dist
