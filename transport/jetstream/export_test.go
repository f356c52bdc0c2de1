package jetstream

import "time"

// Every is o with other intervals between looks and audits.
func (o Options) Every(check, audit time.Duration) Options {
	o.checkEvery, o.auditEvery = check, audit
	return o
}

// Budget internals.
const (
	EventFactor   = eventFactor
	EventOverhead = eventOverhead
	MaxDeliver    = maxDeliver
)
