package telemetry

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"go.opentelemetry.io/otel/trace"
)

func TestSafe(t *testing.T) {
	for _, tt := range []struct {
		s    string
		most int
		want string
		cut  bool
	}{
		{"", 4, "", false},
		{"größe", 7, "größe", false},
		{"größe", 6, "größ", true},
		{"größe", 4, "grö", true},
		{"größe", 3, "gr", true},
		{"a\nb", 20, `a\u000ab`, false},
		{"\x1b[31mred", 20, `\u001b[31mred`, false},
		{"\x7f\u0085\u2028\u202e", 40, `\u007f\u0085\u2028\u202e`, false},
		{"a\xffb", 10, "a\uFFFDb", false},
		{"{\"a\":\"\u009b\"}", 40, "{\"a\":\"\\u009b\"}", false},
		{"a\nbc", 7, `a\u000a`, true},
	} {
		got, cut := safe(tt.s, tt.most)
		if got != tt.want || cut != tt.cut {
			t.Errorf("safe(%q, %d) = %q, %t, want %q, %t", tt.s, tt.most, got, cut, tt.want, tt.cut)
		}
	}
}

func FuzzSafe(f *testing.F) {
	f.Add("a\x1b\xff\u202eb", 3)
	f.Fuzz(func(t *testing.T, s string, most int) {
		if most < 1 {
			return
		}
		got, cut := safe(s, most)
		if len(got) > most || !utf8.ValidString(got) || strings.ContainsFunc(got, control) {
			t.Errorf("safe(%q, %d) = %q", s, most, got)
		}
		if !cut && printable(s) && got != s {
			t.Errorf("safe(%q, %d) = %q, which needed no change", s, most, got)
		}
	})
}

func TestTrace(t *testing.T) {
	const id, span = "5759e988bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
	for _, tt := range []struct {
		header     string
		trace      string // "" for none
		span, flag string
	}{
		{"00-" + id + "-" + span + "-01", id, span, "01"},
		{"00-" + id + "-" + span + "-00", id, span, "00"},
		{"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=" + span + ";Sampled=1", id, span, "01"},
		{"Sampled=0; Parent=" + span + "; Root=1-5759e988-bd862e3fe1be46a994272793; Self=x", id, span, "00"},
		{"Root=1-5759e988-bd862e3fe1be46a994272793", "", "", ""}, // no span to belong to
		{"Root=2-5759e988-bd862e3fe1be46a994272793;Parent=" + span, "", "", ""},
		{"00-xyz-" + span + "-01", "", "", ""},
		{"=", "", "", ""},
		{"", "", "", ""},
	} {
		sc := trace.SpanContextFromContext(withTrace(context.Background(), tt.header))
		if tt.trace == "" {
			if sc.IsValid() {
				t.Errorf("%q is trace %s, want none", tt.header, sc.TraceID())
			}
			continue
		}
		if got := sc.TraceID().String(); got != tt.trace {
			t.Errorf("%q is trace %s, want %s", tt.header, got, tt.trace)
		}
		if got := sc.SpanID().String(); got != tt.span {
			t.Errorf("%q is span %s, want %s", tt.header, got, tt.span)
		}
		if got := sc.TraceFlags().String(); got != tt.flag {
			t.Errorf("%q has flags %s, want %s", tt.header, got, tt.flag)
		}
	}
}
