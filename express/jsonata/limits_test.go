package jsonata_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed66d9166c/express/express/jsonata"
	"github.com/seed66d9166c/express/express/value"
)

// TestLimits checks every limit on both sides.
func TestLimits(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("(", n) + "1" + strings.Repeat(")", n) }
	chain := func(n int) string { return "a" + strings.Repeat("+a", n) }
	recursion := func(n int) string {
		return fmt.Sprintf(`($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(%d))`, n)
	}
	tail := func(n int) string {
		return fmt.Sprintf(`($f := function($n) { $n = 0 ? 0 : $f($n - 1) }; $f(%d))`, n)
	}
	deep := func(n int) string {
		return fmt.Sprintf(`($f := function($a, $n) { $n = 0 ? $a : $f([[$a]], $n - 1) }; $f(1, %d))`, n)
	}
	for _, tt := range []struct {
		name       string
		within     string
		beyond     string
		budget     jsonata.Budget
		code       string
		mayBeNoRun bool // beyond does not compile
	}{
		{"nesting of brackets", nested(990), nested(1010), jsonata.Budget{}, jsonata.CodeNesting, true},
		{"chain of operators", chain(990), chain(1010), jsonata.Budget{}, jsonata.CodeNesting, true},
		{"length of a pattern", "/" + strings.Repeat("a", 1024) + "/('b')", "/" + strings.Repeat("a", 1025) + "/('b')", jsonata.Budget{}, jsonata.CodeRegexp, true},
		{"depth", recursion(498), recursion(501), jsonata.Budget{}, jsonata.CodeLimit, false},
		{"depth given", recursion(8), recursion(11), jsonata.Budget{Depth: 10}, jsonata.CodeLimit, false},
		{"no depth in tail calls", tail(100_000), recursion(11), jsonata.Budget{Depth: 10}, jsonata.CodeLimit, false},
		{"steps", tail(800), tail(10_000), jsonata.Budget{Steps: 12_000, Bytes: 1 << 20}, jsonata.CodeLimit, false},
		{"bytes", `$length($pad("", 1000, "x"))`, `$length($pad("", 100000, "x"))`, jsonata.Budget{Steps: 1 << 20, Bytes: 50_000}, jsonata.CodeLimit, false},
		{"sequence", `$count([1..10].$)`, `$count([1..11].$)`, jsonata.Budget{Sequence: 10}, "D2015", false},
		{"default sequence", `$count([1..100000].$)`, `$count([1..100001].$)`, jsonata.Budget{}, "D2015", false},
		{"range", `$count([1..10000000])`, `$count([0..10000000])`, jsonata.Budget{}, "D2014", false},
		{"depth of a value", deep(199), deep(201), jsonata.Budget{}, jsonata.CodeLimit, false},
		{"picture of a number", `$formatNumber(1, $pad("", 1024, "0"))`, `$formatNumber(1, $pad("", 1025, "0"))`, jsonata.Budget{}, jsonata.CodeLimit, false},
		{"picture of an integer", `$formatInteger(1, $pad("", 1024, "0"))`, `$formatInteger(1, $pad("", 1025, "0"))`, jsonata.Budget{}, jsonata.CodeLimit, false},
		{"picture of a time", `$fromMillis(0, $pad("", 1024, "x"))`, `$fromMillis(0, $pad("", 1025, "x"))`, jsonata.Budget{}, jsonata.CodeLimit, false},
		{"Roman numeral", `$formatInteger(1000000, "I")`, `$formatInteger(1000001, "I")`, jsonata.Budget{}, "D1001", false},
		{"date", `$fromMillis(8.64e15)`, `$fromMillis(8.640000001e15)`, jsonata.Budget{}, "D1001", false},
		{"size of a value", `($f := function($a, $n) { $n = 0 ? $a : $f([[$a], [$a]], $n - 1) }; $exists($f(1, 20)))`,
			`($f := function($a, $n) { $n = 0 ? $a : $f([[$a], [$a]], $n - 1) }; $exists($f(1, 25)))`, jsonata.Budget{}, jsonata.CodeLimit, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			run := func(expr string) error {
				e, err := jsonata.Compile(expr, nil)
				if err != nil {
					return err
				}
				if tt.mayBeNoRun {
					return nil
				}
				budget := tt.budget
				if budget.Steps == 0 {
					all := jsonata.DefaultBudget()
					budget.Steps, budget.Bytes = all.Steps, all.Bytes
				}
				_, err = e.Run(&jsonata.Env{Budget: &budget})
				return err
			}
			if err := run(tt.within); err != nil {
				t.Errorf("within: %v", err)
			}
			if e := failure(t, run(tt.beyond)); e.Code != tt.code {
				t.Errorf("beyond: got %v, want %s", e, tt.code)
			}
		})
	}
}

// TestTimeLimit runs an endless loop against a clock that goes a millisecond
// each time it is read.
func TestTimeLimit(t *testing.T) {
	e := compile(t, `($f := function($n) { $f($n + 1) }; $f(0))`, nil)
	start := time.Unix(0, 0)
	for _, limit := range []time.Duration{0, 20 * time.Millisecond} {
		now := start
		_, err := e.Run(&jsonata.Env{
			Now:    func() time.Time { now = now.Add(time.Millisecond); return now },
			Budget: &jsonata.Budget{Steps: 1 << 40, Bytes: 1 << 40, Time: limit},
		})
		if limit == 0 {
			limit = jsonata.DefaultTime
		}
		if failure(t, err).Code != jsonata.CodeLimit || !strings.Contains(err.Error(), limit.String()) {
			t.Errorf("got %v", err)
		}
		if took := now.Sub(start); took < limit || took > limit+3*time.Millisecond {
			t.Errorf("stopped after %v of %v", took, limit)
		}
	}
}

// TestSharedBudget checks that evaluations use up the Budget they share.
func TestSharedBudget(t *testing.T) {
	e := compile(t, `$count([1..1000].{"n": $})`, nil)
	budget := &jsonata.Budget{Steps: 1 << 20, Bytes: 1 << 20}
	runs := 0
	var err error
	for ; err == nil && runs < 1000; runs++ {
		before := *budget
		if _, err = e.Run(&jsonata.Env{Budget: budget}); err == nil && (budget.Steps >= before.Steps || budget.Bytes >= before.Bytes) {
			t.Fatalf("nothing was used of %+v", before)
		}
	}
	if failure(t, err).Code != jsonata.CodeLimit || runs < 2 {
		t.Errorf("got %v after %d runs", err, runs)
	}
}

// TestMessageIsBounded checks that an error quotes no more of a value than
// events and logs can bear.
func TestMessageIsBounded(t *testing.T) {
	for n, whole := range map[int]bool{1000: true, 2000: false} {
		_, err := compile(t, fmt.Sprintf(`-$pad("", %d, "x")`, n), nil).Eval(value.Value{})
		message := failure(t, err).Message
		if strings.HasSuffix(message, "...") == whole || len(message) > 1100 {
			t.Errorf("%d bytes of %d: %.40s", len(message), n, message)
		}
	}
}
