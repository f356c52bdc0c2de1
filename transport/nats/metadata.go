package nats

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// A line is a header of an answer.
type line struct{ name, val string }

// timeFormat is that of dates in HTTP.
const timeFormat = "Mon, 02 Jan 2006 15:04:05 GMT"

// metadata are the members that the results of AWS's own integrations have
// beside the answer itself: of an answer with that status and so many bytes, with
// more headers than all have. The id of the request is the idempotency key.
func metadata(c *express.Call, status, size int, more ...line) []value.Member {
	headers := append(more,
		line{"Connection", "keep-alive"},
		line{"x-amzn-RequestId", c.Key()},
		line{"Content-Length", strconv.Itoa(size)},
		line{"Date", time.Now().UTC().Format(timeFormat)},
		line{"Content-Type", "application/json"},
	)
	if trace := xray(c.Trace); trace != "" {
		headers = append(headers, line{"X-Amzn-Trace-Id", trace})
	}
	lists, texts := make([]value.Member, len(headers)), make([]value.Member, len(headers))
	for i, h := range headers {
		v := value.String(h.val)
		lists[i] = value.Member{Key: h.name, Val: value.Array(v)}
		texts[i] = value.Member{Key: h.name, Val: v}
	}
	return []value.Member{
		{Key: "SdkHttpMetadata", Val: value.Object(
			value.Member{Key: "AllHttpHeaders", Val: value.Object(lists...)},
			value.Member{Key: "HttpHeaders", Val: value.Object(texts...)},
			value.Member{Key: "HttpStatusCode", Val: value.Int(int64(status))},
		)},
		{Key: "SdkResponseMetadata", Val: value.Object(value.Member{Key: "RequestId", Val: value.String(c.Key())})},
	}
}

// xray is a trace in AWS's form, "" where there is none.
func xray(trace string) string {
	if strings.HasPrefix(trace, "Root=") {
		return strings.ToValidUTF8(trace, "")
	}
	p := strings.Split(trace, "-") // version, trace, parent, flags
	if len(p) != 4 || len(p[1]) != 32 || !utf8.ValidString(trace) {
		return ""
	}
	flags, _ := strconv.ParseUint(p[3], 16, 8)
	return fmt.Sprintf("Root=1-%s-%s;Parent=%s;Sampled=%d", p[1][:8], p[1][8:], p[2], flags&1)
}
