package transport

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

func TestValidName(t *testing.T) {
	for s, want := range map[string]bool{
		"":                        false,
		"a":                       true,
		"order_4711-x.y(z)=ä@!'+": true,
		strings.Repeat("x", 80):   true,
		strings.Repeat("ä", 80):   true,
		strings.Repeat("x", 81):   false,
		strings.Repeat("ä", 81):   false,
		"a b":                     false,
		"a\u00a0b":                false,
		"a\tb":                    false,
		"a\x7fb":                  false,
		"a\u0085b":                false,
		"a\xffb":                  false,
	} {
		if got := ValidName(s); got != want {
			t.Errorf("ValidName(%q) is %t, want %t", s, got, want)
		}
	}
	for _, r := range `<>{}[]?*"#%\^|~` + "`$&,;:/" {
		if ValidName("a" + string(r)) {
			t.Errorf("a name with %q is valid", r)
		}
	}
}

func TestReasons(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Reasons {
		if r.Name == "" || r.Means == "" || seen[r.Name] || Token(r.Name) != r.Name {
			t.Errorf("row %+v is empty, twice there, or no token", r)
		}
		seen[r.Name] = true
	}
	for _, g := range gates {
		if !seen[g.reason] {
			t.Errorf("reason %s has no row", g.reason)
		}
	}
}

func TestLetterText(t *testing.T) {
	_, quoted := value.Parse([]byte(`{"secret":1,"secret":2}`))
	_, character := value.Parse([]byte(`[s`))
	_, end := value.Parse([]byte(`[`))
	for _, tt := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errors.New("no such workflow"), "no such workflow"},
		{&express.Error{Name: "Refused", Cause: "secret"}, "Refused"},
		{quoted, "duplicate key"},
		{character, "unexpected character at offset 1"},
		{end, "unexpected end of input at offset 1"},
	} {
		if got := (&Letter{Err: tt.err}).Text(); got != tt.want {
			t.Errorf("text of %v is %q, want %q", tt.err, got, tt.want)
		}
	}
}

func TestAppendOutcome(t *testing.T) {
	for _, tt := range []struct {
		o    express.Outcome
		want string
	}{
		{express.Outcome{Output: value.Null}, `{"name":"n","status":"SUCCEEDED","output":null}`},
		{express.Outcome{Status: express.Failed, Err: &express.Error{Name: "A\"", Cause: "\n"}}, `{"name":"n","status":"FAILED","error":"A\"","cause":"\n"}`},
		{express.Outcome{Status: express.Failed, Err: &express.Error{Name: "A", NoCause: true}}, `{"name":"n","status":"FAILED","error":"A"}`},
		{express.Outcome{Status: express.Aborted}, `{"name":"n","status":"ABORTED"}`},
	} {
		if got := string(AppendOutcome(nil, "n", &tt.o)); got != tt.want {
			t.Errorf("outcome is %s, want %s", got, tt.want)
		}
	}
}

// TestRecent fills the memory of names: the last half of them must be there, and
// it must not grow.
// A named is a Delivery of which no more is known.
type named struct {
	Delivery
	id   string
	time time.Time
}

func (d named) ID() string      { return d.id }
func (d named) Time() time.Time { return d.time }

func TestRecent(t *testing.T) {
	var r recent
	at := time.Now()
	event := func(i int) Delivery { return named{id: fmt.Sprint(i), time: at} }
	if r.has(event(0)) {
		t.Error("an empty memory knows an event")
	}
	const (
		n    = 20 * recentSets
		last = 10_000 // what a broker may redeliver
		few  = 100    // of those, thirty times what is likely
	)
	forgotten, old := 0, 0
	for i := range n {
		r.add(event(i))
		if i < len(recentSet{}) && !r.has(event(0)) {
			t.Fatalf("the first event is forgotten after %d", i)
		}
	}
	if len(r.sets) != recentSets {
		t.Fatalf("there are %d sets, want %d", len(r.sets), recentSets)
	}
	for i := range n {
		switch has := r.has(event(i)); {
		case i >= n-last && !has:
			forgotten++
		case i < n-last && has:
			old++
		}
	}
	if forgotten > few {
		t.Errorf("%d of the last %d events are forgotten", forgotten, last)
	}
	if most := len(recentSet{}) * recentSets; old > most {
		t.Errorf("%d older events are known, want %d at most", old, most)
	}
	if r.has(named{id: fmt.Sprint(n - 1), time: at.Add(1)}) {
		t.Error("another event of the same name is taken for the first")
	}
}
