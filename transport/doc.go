// Package transport moves events from where they come from through state
// machines, and decides what becomes of each.
//
// A [Source] hands out deliveries: copies of events, each at least once. A
// [Pump] takes as many as it has free slots, chooses a machine for each, runs
// it, and ends the delivery in exactly one way:
//
//   - acknowledged, when an execution of it ended and its outcome is where the
//     source's completion level wants it. A failed execution is one that ended;
//   - given back, when the process stops before the execution ended: another
//     worker runs the event from the beginning;
//   - buried, when running it is out of the question: the event goes to the
//     dead letters with one of [Reasons], and is taken out of the stream only
//     when they have confirmed it.
//
// A Pump is a few lines to set up; memory and jetstream are sources:
//
//	stream := memory.NewStream(memory.Options{})
//	pump := &transport.Pump{
//		Source:  stream.Source(),
//		Machine: func(transport.Delivery) (*express.Machine, error) { return machine, nil },
//	}
//	err := pump.Run(ctx) // until ctx is done
//
// # The contract
//
// Every event that its publisher got an acknowledgement for has at least one
// execution that ended, or one dead letter; never neither. It can have more
// than one execution: when a worker dies, when the broker forgets an
// acknowledgement that it was sent, when a worker is cut off for longer than
// the broker waits. Every one of them has the same name, and its tasks have the
// same idempotency keys, by which they can tell.
//
// No order is promised. An event is acknowledged when its execution ended, not
// when those before it have.
//
// A synchronous start, in contrast, runs at most once: nobody tries it again
// but its caller. See package nats.
//
// # What kills a worker
//
// Undecodable events are buried at once. An event that kills the process that
// runs it cannot be told from those that it ran beside, whose count of
// deliveries rises with it. So from its third delivery on an event is in
// quarantine: one event at a time runs there, in all Pumps that share a
// [Quarantine], after its source has noted that it begins ([Delivery].Mark). One
// that began before and never ended runs alone, and one that did so [MaxBegun]
// times is buried unrun, however often it was delivered.
//
// # Stopping
//
// When its context is done a Pump fetches no more, gives back what has not
// started, lets what runs go on until its grace is over, and aborts and gives
// back the rest. The source keeps the broker from redelivering what runs.
//
// # Other transports
//
// A transport is right when it passes transporttest.TestSource.
package transport
