// Package nats connects to NATS, calls tasks over it, and answers synchronous
// starts: everything that needs no stream.
package nats
