package value

import (
	"strings"
	"sync"
	"testing"
)

// Documents of all sizes at once: every parser is used by one at a time, and
// given back after errors too. Run with -race.
func TestParseConcurrently(t *testing.T) {
	big := "[" + strings.Repeat(`{"a":"b"},`, manyValues) + `"e\u006ed"]`
	bad := big[:len(big)-1] + `,{"a":1,"a":2}]`
	var wg sync.WaitGroup
	for range 4 * cap(large) {
		wg.Go(func() {
			for range 3 {
				if v, err := ParseString(big); err != nil || v.Len() != manyValues+1 || v.Index(manyValues).Text() != "end" {
					t.Errorf("big document: %v", err)
				}
				if _, err := ParseString(bad); err == nil {
					t.Error("a duplicate key is accepted")
				}
				if v, err := ParseString(`{"a":[1,"\u0078"]}`); err != nil || v.String() != `{"a":[1,"x"]}` {
					t.Errorf("got %v, %v", v, err)
				}
			}
		})
	}
	wg.Wait()
	if len(large) != cap(large) {
		t.Errorf("%d of %d kept parsers were given back", len(large), cap(large))
	}
}

// A parser that has read enough is replaced, whatever it read.
func TestParserIsReplaced(t *testing.T) {
	c := newConverter(false)
	c.charge(maxParsed)
	if c.parsed != maxParsed {
		t.Errorf("replaced after %d values", maxParsed)
	}
	c.charge(3)
	if c.parsed != 3 {
		t.Errorf("not replaced: %d values on its account", c.parsed)
	}
}

// Text, elements and members are one allocation each.
func TestConvertAllocs(t *testing.T) {
	doc := []byte(`{"id":"e-1","n":12.5,"list":[1,2,{"a":"\u0062"}],"text":"a \"b\""}`)
	s := newScanner()
	s.reset(doc, false)
	if err := s.document(); err != nil {
		t.Fatal(err)
	}
	c := newConverter(false)
	got := testing.AllocsPerRun(100, func() {
		if _, err := c.convert(doc, s.shape, false); err != nil {
			t.Fatal(err)
		}
	})
	if got != 3 {
		t.Errorf("%v allocations, want 3", got)
	}
}
