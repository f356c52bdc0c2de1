// Package nats connects to NATS, performs tasks over it, finds out who would
// answer them, and answers synchronous starts: everything about NATS but events
// from streams.
package nats
