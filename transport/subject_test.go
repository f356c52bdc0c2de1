package transport_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/transport"
)

func TestToken(t *testing.T) {
	for s, want := range map[string]string{
		"orders":                 "orders",
		"Orders-2_x":             "Orders-2_x",
		"":                       "%",
		"%":                      "%25",
		"a.b":                    "a%2Eb",
		"*":                      "%2A",
		">":                      "%3E",
		"$JS":                    "%24JS",
		"a b\t\r\n\x00":          "a%20b%09%0D%0A%00",
		"\xff":                   "%FF",
		"größe":                  "gr%C3%B6%C3%9Fe",
		strings.Repeat("x", 128): strings.Repeat("x", 128),
		strings.Repeat("x", 129): "%%B3E6WM7HIUILZXI7F2SVEBXIF4QWJHC4FPWL6K2DH22HLM2MAG6Q",
	} {
		if got := transport.Token(s); got != want {
			t.Errorf("Token(%q) is %q, want %q", s, got, want)
		}
	}
}

// FuzzToken looks for strings whose subject leaves the place that was meant, or
// is that of another string.
func FuzzToken(f *testing.F) {
	f.Add("orders", "a.b")
	f.Add("a%2Eb", "a.b")
	f.Add(strings.Repeat(".", 50), strings.Repeat(" ", 300))
	f.Fuzz(func(t *testing.T, a, b string) {
		if token := transport.Token(a); !safe.MatchString(token) || len(token) > 128 {
			t.Errorf("Token(%q) is %q", a, token)
		}
		if (a == b) != (transport.Token(a) == transport.Token(b)) {
			t.Errorf("the token of both %q and %q is %q", a, b, transport.Token(a))
		}
	})
}

var safe = regexp.MustCompile(`^[A-Za-z0-9_%-]+$`)

func TestSubjects(t *testing.T) {
	for got, want := range map[string]string{
		transport.SyncSubject("a.b"):                                                "express.sync.a%2Eb",
		transport.StartSubject("a>"):                                                "express.start.a%3E",
		transport.DoneSubject("", express.TimedOut):                                 "express.done.%.TIMED_OUT",
		transport.DeadSubject("orders", transport.ReasonLoop):                       "express.dlq.orders.loop",
		transport.DeadSubject(strings.Repeat("ß", 300), transport.ReasonNoWorkflow): "express.dlq." + transport.Token(strings.Repeat("ß", 300)) + ".no_workflow",
		transport.LambdaSubject("enrich", ""):                                       "express.lambda.enrich",
		transport.LambdaSubject("enrich", "prod"):                                   "express.lambda.enrich.prod",
		transport.LambdaSubject("a.b", "$LATEST"):                                   "express.lambda.a%2Eb.%24LATEST",
		transport.ServiceSubject("sqs", "sendMessage"):                              "express.aws.sqs.sendMessage",
		transport.ServiceSubject("aws-sdk:sqs", "sendMessage"):                      "express.aws-sdk.sqs.sendMessage",
		transport.ServiceSubject("sqs", "a:b"):                                      "express.aws.sqs.a%3Ab",
	} {
		if got != want || len(got) > 255 {
			t.Errorf("subject is %s, want %s", got, want)
		}
	}
}
