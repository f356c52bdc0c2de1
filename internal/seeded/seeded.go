//go:build !bugs

// Package seeded names bugs that the build tag bugs puts into the program, one at
// a time, so that it can be seen that the tests find each of them: make bugs. In
// every other build they are false constants, and the compiler leaves out what
// they guard.
package seeded

// A row each; the comment says what the program does wrong.
const (
	AckBeforePublish = false // events are acknowledged before their outcome is confirmed
	DeliverNew       = false // a consumer that is made again begins at the end
	BackOff          = false // consumers have a BackOff
	LostPull         = false // nobody notices that a pull is lost
	Stop             = false // what was fetched and not started is not given back
	NoMessageID      = false // what is published once has no Nats-Msg-Id
	DoubleAck        = false // the goroutine that reads waits for acknowledgements of acknowledgements
	BeatForever      = false // the timer of an event is renewed however long it hangs
	NoCountGate      = false // events run however often they were delivered
	NoQuarantine     = false // suspicious events run beside others
	NoUTF8           = false // texts of events need not be UTF-8
	SharedBytes      = false // values keep the bytes that they were read from, whoever they belong to
)
