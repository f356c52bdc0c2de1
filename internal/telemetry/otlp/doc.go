// Package otlp ships log records to OpenTelemetry collectors. A record is
// written once, as protobuf, by the Append functions; a [Queue] copies it into
// the batch that is being filled, and one goroutine sends full batches, in
// order, over HTTP or gRPC.
//
// Nothing is lost without being counted: what was put is exported, dropped for a
// [Reason], or waits; see [Counts]. Records that wait are never overwritten: one
// that finds no room is refused, or waits for room where its caller can.
//
// What OpenTelemetry's variables of the environment say of logs is a table in
// env.go.
package otlp
