package config

import (
	"bytes"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestKeys(t *testing.T) {
	var names []string
	for _, k := range Keys() {
		if k.Help == "" || strings.Contains(k.Help, "\n") {
			t.Errorf("%s has no help of one line: %q", k.Name, k.Help)
		}
		names = append(names, k.Name, k.Env(), k.Flag())
	}
	for i, n := range names {
		if j := slices.Index(names, n); i/3 != j/3 {
			t.Errorf("%s is a name of two keys", n)
		}
	}
	checkRows(t, applicationKeys)
	checkRows(t, workflowKeys)
	checkRows(t, triggerKeys)
}

// checkRows checks that each row has a place of its own, and that its default
// is one that it accepts.
func checkRows[T any](t *testing.T, rs rows[T]) {
	t.Helper()
	in := new(T)
	seen := make(map[any]string)
	for _, r := range rs {
		to := r.in(in)
		if other, ok := seen[to]; ok {
			t.Errorf("%s and %s have the same place", r.Name, other)
		}
		seen[to] = r.Name
	}
	defaults(rs, in) // panics over one that is not accepted
}

func TestNamesOfKeys(t *testing.T) {
	k := Key{Name: "logging.includeExecutionData"}
	if got, want := k.Env(), "EXPRESS_LOGGING_INCLUDE_EXECUTION_DATA"; got != want {
		t.Errorf("Env = %s, want %s", got, want)
	}
	if got, want := k.Flag(), "logging-include-execution-data"; got != want {
		t.Errorf("Flag = %s, want %s", got, want)
	}
}

// Each bound has a test on both of its sides.
func TestBounds(t *testing.T) {
	find := func(section, name string) (check, any) {
		if section == "trigger" {
			r := triggerKeys.find(name)
			return r.valid, r.in(new(Trigger))
		}
		r := applicationKeys.find(name)
		return r.valid, r.in(new(Config))
	}
	for _, tt := range []struct {
		section, key  string
		inside, under string
		top, over     string
	}{
		{"", "slots", "1", "0", "1000000", "1000001"},
		{"", "drain", "0s", "-1ns", "5m", "5m1ns"},
		{"", "logging.share", "0", "-0.1", "1", "1.01"},
		{"", "logging.slow", "0s", "-1ns", "5m", "5m1ns"},
		{"", "streams.maxBytes", "1MiB", "1023KiB", "1024TiB", "1025TiB"},
		{"", "streams.replicas", "1", "0", "5", "6"},
		{"trigger", "ackWait", "1s", "999ms", "5m", "5m1ns"},
		{"trigger", "maxPending", "0", "-1", "1000000", "1000001"},
		{"", "api.account", "000000000000", "99999999999", "999999999999", "1000000000000"},
		{"", "name", "x", "", strings.Repeat("x", 80), strings.Repeat("x", 81)},
		{"trigger", "subject", "x", "", strings.Repeat("x", 255), strings.Repeat("x", 256)},
	} {
		valid, to := find(tt.section, tt.key)
		for s, ok := range map[string]bool{tt.inside: true, tt.under: false, tt.top: true, tt.over: false} {
			if err := set(&Key{}, valid, to, s); (err == nil) != ok {
				t.Errorf("%s %s: error is %v, want accepted %t", tt.key, s, err, ok)
			}
		}
	}
}

func TestParseScalar(t *testing.T) {
	for _, tt := range []struct {
		text string
		want any // nil if it is refused
		to   any
	}{
		{"x", "x", new(string)},
		{"true", true, new(bool)},
		{"yes", nil, new(bool)},
		{"12", 12, new(int)},
		{"1e3", nil, new(int)},
		{"0.25", 0.25, new(float64)},
		{"NaN", math.NaN(), new(float64)},
		{"a quarter", nil, new(float64)},
		{"1m30s", 90 * time.Second, new(time.Duration)},
		{"90", nil, new(time.Duration)},
		{"3MiB", Bytes(3 << 20), new(Bytes)},
		{"12B", Bytes(12), new(Bytes)},
		{"12", nil, new(Bytes)},
		{"-1MiB", nil, new(Bytes)},
		{"9000000TiB", nil, new(Bytes)},
		{"1.5GiB", nil, new(Bytes)},
	} {
		err := parseScalar(tt.to, tt.text)
		if (err == nil) != (tt.want != nil) {
			t.Errorf("%T %q: %v", tt.to, tt.text, err)
			continue
		}
		if tt.want == nil {
			continue
		}
		var got any
		switch to := tt.to.(type) {
		case *string:
			got = *to
		case *bool:
			got = *to
		case *int:
			got = *to
		case *float64:
			got = *to
			if math.IsNaN(*to) {
				continue // parsed; its check refuses it
			}
		case *time.Duration:
			got = *to
		case *Bytes:
			got = *to
		}
		if got != tt.want {
			t.Errorf("%T %q = %v, want %v", tt.to, tt.text, got, tt.want)
		}
	}
}

func TestBytesString(t *testing.T) {
	for b, want := range map[Bytes]string{0: "0B", 1: "1B", 1 << 10: "1KiB", 1025: "1025B", 4 << 30: "4GiB", 3 << 40: "3TiB"} {
		if got := b.String(); got != want {
			t.Errorf("%d bytes are %s, want %s", int64(b), got, want)
		}
		if got, err := parseBytes(b.String()); got != b || err != nil {
			t.Errorf("parseBytes(%s) = %d, %v, want %d", b, got, err, b)
		}
	}
}

const referencePath = "../../docs/configuration.md"

// docs/configuration.md is what WriteReference writes.
func TestReference(t *testing.T) {
	var b bytes.Buffer
	if err := WriteReference(&b); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(referencePath, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(referencePath)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-want +got), run with -update:\n%s", referencePath, diff)
	}
}
