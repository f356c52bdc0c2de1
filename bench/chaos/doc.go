// Command chaos proves what docs/delivery.md promises: it runs the engine, its
// broker, a service that performs tasks and a collector as processes of their
// own, breaks them in every way of its table of faults, and holds the books of
// what was published, performed, ended and buried against each other.
//
//	go run ./bench/chaos -select ci
//	go run ./bench/chaos -rows 1,6,9 -seed 7
//	go run ./bench/chaos -duration 24h
//
// Everything listens on loopback, lies under one temporary directory, and is a
// child of this process that dies with it.
package main
