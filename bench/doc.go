// Package bench measures the way of an event through the engine, beside what has
// to be done for it in any case: a bare client of the same broker that consumes,
// publishes and acknowledges as much, the same in the broker's protocol by hand,
// fastjson reading and printing the event, a service that answers at once.
//
// The sides of a comparison take turns, round by round. Machines differ and are
// busy with other things; ratios within one run hold. What is reported are
// medians, with the least and the most.
//
// Load is closed, so many events in flight, which finds the highest rate; or open,
// at a fixed rate, with a time at which each event is to be sent. Latency counts
// from then on, so that a system that is slow makes those events late that it holds
// up. No event counts that was not acknowledged.
//
// Broker, engine and generator share a process, or have one each, which tells what
// each of them uses.
package bench
