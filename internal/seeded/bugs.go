//go:build bugs

package seeded

import "os"

// The bug that EXPRESS_BUG names is in the program.
var (
	AckBeforePublish = bug("ack-before-publish")
	DeliverNew       = bug("deliver-new")
	BackOff          = bug("backoff")
	LostPull         = bug("lost-pull")
	Stop             = bug("stop")
	NoMessageID      = bug("no-message-id")
	DoubleAck        = bug("double-ack")
	BeatForever      = bug("beat-forever")
	NoCountGate      = bug("no-count-gate")
	NoQuarantine     = bug("no-quarantine")
	NoUTF8           = bug("no-utf8")
	SharedBytes      = bug("shared-bytes")
)

func bug(name string) bool { return os.Getenv("EXPRESS_BUG") == name }
