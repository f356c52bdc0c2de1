package otlp

// A Reason says why a record was dropped.
type Reason uint8

const (
	Full     Reason = iota // as many records wait as may
	Memory                 // those that wait take as many bytes as they may
	TooLarge               // the record is larger than MaxRecord
	Rejected               // the collector does not want it
	Retries                // the collector did not take it in time
	Shutdown               // the process ended before
	numReasons
)

var reasons = [numReasons]string{"queue_full", "memory", "too_large", "rejected", "retries_exhausted", "shutdown"}

// String is r as metrics name it.
func (r Reason) String() string { return reasons[r] }

// Error makes a Reason what a Receipt says of a record that was dropped.
func (r Reason) Error() string { return "a log record was dropped: " + r.String() }

// Reasons are all of them.
func Reasons() []Reason { return []Reason{Full, Memory, TooLarge, Rejected, Retries, Shutdown} }

// Counts is what became of records: at any time those that were emitted are the
// sum of those that were exported, those that were dropped and those that wait.
type Counts struct {
	Emitted, Exported uint64
	Dropped           [numReasons]uint64 // by Reason
	Waiting           uint64             // with those of the request that is under way
	Retries           uint64             // attempts to send a request but its first one
}

// Lost is how many records were dropped, whatever the reason.
func (c *Counts) Lost() (n uint64) {
	for _, d := range c.Dropped {
		n += d
	}
	return n
}
