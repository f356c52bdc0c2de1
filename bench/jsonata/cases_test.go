package main

import (
	"encoding/json"
	"testing"
)

func testData(tb testing.TB) *dataset {
	tb.Helper()
	d, err := readDataset()
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// The peer checks the results of its own.
func TestResults(t *testing.T) {
	d := testData(t)
	for _, c := range d.Cases {
		t.Run(c.ID, func(t *testing.T) {
			o, err := newOurs(d, c)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := o.run(2); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestWrongResult(t *testing.T) {
	d := testData(t)
	c := d.Cases[0]
	c.Result = json.RawMessage(`"plant-4"`)
	if _, err := newOurs(d, c); err == nil {
		t.Error("a result that is not the expected one is none of an error")
	}
}

// The goals are about thirty expressions, as many of each kind.
func TestKinds(t *testing.T) {
	count, ids := map[string]int{}, map[string]int{}
	for _, c := range testData(t).Cases {
		count[c.Kind]++
		if ids[c.ID]++; ids[c.ID] > 1 {
			t.Errorf("two cases are called %s", c.ID)
		}
	}
	for _, k := range kinds {
		want := 6
		if k.name == kindW5 {
			want = 2
		}
		if count[k.name] != want {
			t.Errorf("%d cases are of the kind %s, want %d", count[k.name], k.name, want)
		}
		delete(count, k.name)
	}
	if len(count) > 0 {
		t.Errorf("cases are of unknown kinds: %v", count)
	}
}

func TestInputs(t *testing.T) {
	d := testData(t)
	for name, in := range d.Inputs {
		text, err := d.text(name)
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ Lines []json.RawMessage }
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Lines) != in.Count {
			t.Errorf("%s has %d lines, want %d", name, len(got.Lines), in.Count)
		}
		if name == "event" && len(text) != 332 {
			t.Errorf("the event has %d bytes, want 332", len(text))
		}
	}
	if _, err := d.text("none"); err == nil {
		t.Error("an input that is not there has a text")
	}
}

func BenchmarkOurs(b *testing.B) {
	d := testData(b)
	for _, c := range d.Cases {
		b.Run(c.ID, func(b *testing.B) {
			o, err := newOurs(d, c)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := o.once(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
