package telemetry

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/telemetry/otlp/otlptest"
)

func TestRedaction(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rules []string
		in    string
		want  string
	}{
		{"none", nil, `{"password":"x"}`, `{"password":"x"}`},
		{"an empty one", []string{""}, `{"password":"x"}`, `{"password":"x"}`},
		{"part of a name", []string{"pass"}, `{"userPassWord":"x","p":"y"}`, `{"userPassWord":"[REDACTED]","p":"y"}`},
		{"whole values", []string{"secret"}, `{"secrets":{"a":[1,2]},"n":null}`, `{"secrets":"[REDACTED]","n":null}`},
		{"at any depth", []string{"token"}, `[{"a":[{"token":1}]},"token"]`, `[{"a":[{"token":"[REDACTED]"}]},"token"]`},
		{"all of a name", []string{"x-*-key"}, `{"X-Api-Key":1,"my-x-api-key":2,"x-api-keys":3}`, `{"X-Api-Key":"[REDACTED]","my-x-api-key":2,"x-api-keys":3}`},
		{"a character", []string{"?id"}, `{"sid":1,"id":2,"ssid":3}`, `{"sid":"[REDACTED]","id":2,"ssid":3}`},
		{"no expression", []string{"a.c", "(", "[*"}, `{"abc":1,"a.c":2,"f(x)":3,"[y":4}`, `{"abc":1,"a.c":"[REDACTED]","f(x)":"[REDACTED]","[y":"[REDACTED]"}`},
		{"several", DefaultRedact, `{"Authorization":1,"set-cookie":2,"ok":3}`, `{"Authorization":"[REDACTED]","set-cookie":"[REDACTED]","ok":3}`},
		{"a line in a name", []string{"a*b"}, `{"a\nb":1}`, `{"a\nb":"[REDACTED]"}`},
		{"no object", DefaultRedact, `"password"`, `"password"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in, err := value.ParseString(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			r := newRedaction(tt.rules)
			for range 2 { // once more with what it remembers
				if got := string(r.appendJSON(nil, in)); got != tt.want {
					t.Errorf("got %s, want %s", got, tt.want)
				}
			}
		})
	}
}

// A redaction remembers names, but neither long ones nor any number of them.
func TestRedactionRemembers(t *testing.T) {
	r := newRedaction(DefaultRedact)
	for i := range maxKnown + 10 {
		r.hides(fmt.Sprint("member", i))
	}
	if n := len(*r.known.Load()); n != maxKnown {
		t.Errorf("remembers %d names, want %d", n, maxKnown)
	}
	if !r.hides("password of all") || r.hides("member of all") {
		t.Error("what it does not remember is wrong")
	}
	r = newRedaction(DefaultRedact)
	r.hides(strings.Repeat("x", maxKnownName))
	r.hides(strings.Repeat("x", maxKnownName+1))
	if n := len(*r.known.Load()); n != 1 {
		t.Errorf("remembers %d names, want that which is not too long", n)
	}
}

// Values that rules of the application or of the workflow name are in no record.
func TestRedactedRecords(t *testing.T) {
	const definition = `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"cardNumber.$": "$.v", "kept.$": "$.v"}, "End": true}}}`
	c := otlptest.Start(t, nil)
	tel := exporting(t, c)
	m := expresstest.Machine(t, definition, nil, func(o *express.Options) {
		o.Recorder = tel.Recorder(Workflow{Name: "orders", Level: express.LevelAll, Data: true, Redact: []string{"card*"}})
	})
	expresstest.Run(t, m, `{"v": "seen", "apiToken": "`+canary+`", "in": [{"cardHolder": "`+canary+`"}]}`)
	closeNow(t, tel)
	s := transcript(c.Records())
	if strings.Contains(s, canary) || strings.Count(s, "[REDACTED]") == 0 {
		t.Errorf("records:\n%s", s)
	}
	if !strings.Contains(s, `"kept":"seen"`) || !strings.Contains(s, `"cardNumber":"[REDACTED]"`) {
		t.Errorf("variables:\n%s", s)
	}
}
