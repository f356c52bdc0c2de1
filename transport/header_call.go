package transport

import (
	"strconv"
	"time"

	"github.com/seed66d9166c/express/express"
)

// A CallHeader is a header of a request that performs a task. One that is not
// said of the call has no value.
type CallHeader struct{ Key, Val string }

// NumCallHeaders is how many there are.
const NumCallHeaders = 8

// CallHeaders say who calls, by which idempotency key, and for how long yet, which
// is left. A value that would need escapes is left out: what is said of a call
// does not end it.
func CallHeaders(c *express.Call, left time.Duration) [NumCallHeaders]CallHeader {
	all := [NumCallHeaders]CallHeader{
		{HeaderExecution, c.Execution},
		{HeaderAttempt, strconv.Itoa(c.Delivery)},
		{HeaderKey, c.Key()},
		{HeaderRetry, strconv.Itoa(c.Retry)},
		{HeaderDeadline, strconv.FormatInt(left.Milliseconds(), 10)},
		{HeaderHops, strconv.Itoa(c.Hops + 1)},
		{HeaderToken, c.Token},
		{TraceKey(c.Trace), c.Trace},
	}
	for i := range all {
		if !HeaderValueAllowed(all[i].Val) {
			all[i].Val = ""
		}
	}
	return all
}
