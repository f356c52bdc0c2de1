// Package sim runs the engine through faults that a seed chooses, in virtual time,
// and holds it to what docs/delivery.md promises.
//
// What runs is the real thing: machines, the pump, the source of package
// jetstream, the service for synchronous starts, and nats.go. Only the broker is a
// model, see [Broker], and what tasks call. A simulation has up to three workers,
// which are killed, stopped, held and cut off, a broker that dies, loses its
// leader, forgets, and is full, and services that are slow, busy, silent, or
// answer twice. It ends when everything has settled; [Run] reports which promises
// were broken, and what happened before.
//
// A seed decides on what happens and when. It does not decide on the order of what
// happens at the same time, which is Go's: where a seed does not fail again, run it
// a few times.
package sim
