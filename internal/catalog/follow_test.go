package catalog

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/config"
)

// A told is what Follow tells.
type told struct {
	changes []Change
	reports config.Reports
}

// follow has c follow s until the end of the test.
func follow(t *testing.T, c *Catalog, s Store) chan told {
	t.Helper()
	tell := make(chan told, 1000)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- c.Follow(ctx, s, func(ch []Change, r config.Reports) { tell <- told{ch, r} }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Follow ended with %v", err)
		}
	})
	return tell
}

// await waits until a workflow says something.
func await(t *testing.T, c *Catalog, tell chan told, name, want string) {
	t.Helper()
	for run(t, c, name) != want {
		select {
		case <-tell:
		case <-time.After(10 * time.Second):
			t.Fatalf("%s says %q, want %q", name, run(t, c, name), want)
		}
	}
}

// output is what an execution of a workflow says.
func output(t *testing.T, w *Workflow) string {
	t.Helper()
	out := w.Machine.Run(t.Context(), express.Start{Name: "x", Input: value.Object()})
	if out.Err != nil {
		t.Fatal(out.Err)
	}
	return out.Output.Text()
}

// What is deployed by one is served by all, with what was there before.
func TestFollow(t *testing.T) {
	forEachStore(t, func(t *testing.T, s Store) {
		d := &desk{t, NewRegistry(s, RegistryOptions{Account: account})}
		d.create("orders")
		one, two := New(bind), New(bind)
		tellOne, tellTwo := follow(t, one, s), follow(t, two, s)
		await(t, one, tellOne, "orders", "orders")
		await(t, two, tellTwo, "orders", "orders")
		held, _ := two.Get("orders")

		d.update("orders", "changed", false)
		d.create("refunds")
		for c, tell := range map[*Catalog]chan told{one: tellOne, two: tellTwo} {
			await(t, c, tell, "orders", "changed")
			await(t, c, tell, "refunds", "refunds")
		}
		if got := output(t, held); got != "orders" {
			t.Errorf("who held the old workflow has %q", got)
		}
		if err := d.Delete(t.Context(), arn("orders")); err != nil {
			t.Fatal(err)
		}
		await(t, one, tellOne, "orders", "")
		await(t, two, tellTwo, "orders", "")
	})
}

// The first call tells of all that is there, once it is served.
func TestFollowFirst(t *testing.T) {
	s := NewMemory()
	c := New(bind)
	if got := <-follow(t, c, s); got.changes != nil || got.reports != nil {
		t.Errorf("of an empty store: %+v", got)
	}
	(&desk{t, NewRegistry(s, RegistryOptions{Account: account})}).create("orders")
	c = New(bind)
	got := <-follow(t, c, s)
	if diff := cmp.Diff([]Change{{"orders", "", version([]byte(says("orders")), nil)}}, got.changes); diff != "" || got.reports != nil {
		t.Errorf("%v (-want +got):\n%s", got.reports, diff)
	}
	if w, ok := c.Get("orders"); !ok || w.Config.File != "" || w.Config.Name != "orders" {
		t.Errorf("serves %+v", w)
	}
}

// A file wins over what is deployed, which comes to light when the file is gone.
func TestFollowFiles(t *testing.T) {
	a := newApp(t)
	a.write("orders.asl.json", says("file"))
	a.write("other.asl.json", says("other"))
	c := New(bind)
	load(t, c, a.config())
	s := NewMemory()
	d := &desk{t, NewRegistry(s, RegistryOptions{Account: account})}
	d.create("orders")
	d.create("mine")
	got := <-follow(t, c, s)
	if len(got.reports) != 1 || got.reports[0].Findings[0].Code != config.Ambiguous || got.reports.Err() != nil {
		t.Errorf("reports are %v, want a warning about orders", got.reports)
	}
	if got := run(t, c, "orders") + run(t, c, "mine"); got != "filemine" {
		t.Errorf("say %q", got)
	}
	a.remove("orders.asl.json")
	changes, _ := load(t, c, a.config())
	if got := run(t, c, "orders") + run(t, c, "mine"); got != "ordersmine" || len(changes) != 1 {
		t.Errorf("without the file they say %q, and %v has changed", got, changes)
	}
}

// The settings of the application are those of what is deployed, and its own win.
func TestFollowSettings(t *testing.T) {
	a := newApp(t)
	a.write("other.asl.json", says("other"))
	a.write("express.yaml", "set: {Who: app, Where: here}\nlogging: {level: FATAL}\nworkflows: {other: }\n")
	c := New(bind)
	load(t, c, a.config())
	s := NewMemory()
	d := &desk{t, NewRegistry(s, RegistryOptions{Account: account})}
	d.create("plain", func(q *Create) { q.Definition = says("${Who} ${Where}") })
	d.create("own", func(q *Create) {
		q.Definition, q.Set = says("${Who} ${Where}"), map[string]string{"Who": "me"}
		q.Logging = &Logging{Level: "ERROR", Data: true, Destinations: []string{"x"}}
	})
	<-follow(t, c, s)
	if got := run(t, c, "plain") + ", " + run(t, c, "own"); got != "app here, me here" {
		t.Errorf("say %q", got)
	}
	for name, want := range map[string]config.Logging{"plain": {Level: "FATAL"}, "own": {Level: "ERROR", Data: true}} {
		if w, _ := c.Get(name); w.Config.Logging.Level != want.Level || w.Config.Logging.Data != want.Data || w.Config.Completion != config.CompletionLog {
			t.Errorf("%s: %+v", name, w.Config)
		}
	}
	before, _ := c.Get("own")
	load(t, c, a.config())
	if after, _ := c.Get("own"); after.Machine != before.Machine {
		t.Error("it was compiled again, though nothing has changed")
	}
	a.write("express.yaml", "set: {Who: app, Where: there}\nworkflows: {other: }\n")
	load(t, c, a.config())
	if got := run(t, c, "plain") + ", " + run(t, c, "own"); got != "app there, me there" {
		t.Errorf("after a reload they say %q", got)
	}
}

// What cannot be served is reported, and what ran before goes on.
func TestFollowInvalid(t *testing.T) {
	s := NewMemory()
	d := &desk{t, NewRegistry(s, RegistryOptions{Account: account})}
	d.create("orders")
	c := New(bind)
	tell := follow(t, c, s)
	await(t, c, tell, "orders", "orders")

	bad, err := s.PutDefinition(t.Context(), []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	deploy := func(name string, digest Digest) config.Report {
		t.Helper()
		m, sequence, _ := s.Get(t.Context(), name)
		if m == nil {
			m = &StateMachine{Name: name}
		}
		m.Definition = digest
		if err := s.Put(t.Context(), m, sequence); err != nil {
			t.Fatal(err)
		}
		for {
			select {
			case got := <-tell:
				if len(got.reports) > 0 {
					return got.reports[0]
				}
			case <-time.After(10 * time.Second):
				t.Fatal("nothing is reported")
			}
		}
	}
	if r := deploy("orders", bad); r.File != "orders" || r.Findings[0].Code != compiler.SchemaFailed || string(r.Source) != "{}" {
		t.Errorf("reported %+v", r)
	}
	if r := deploy("orders", DigestOf([]byte("lost"))); r.File != "orders" || r.Findings[0].Code != config.Unreadable {
		t.Errorf("reported %+v", r)
	}
	if got := run(t, c, "orders"); got != "orders" {
		t.Errorf("it says %q, want what it said before", got)
	}
	deploy("new", bad)
	if _, ok := c.Get("new"); ok {
		t.Error("what never compiled is served")
	}
	if _, err := c.Choose(t.Context(), "new", "", "x"); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("choosing it: %v, want what is wrong with it", err)
	}
}

func TestChoose(t *testing.T) {
	s := NewMemory()
	d := &desk{t, NewRegistry(s, RegistryOptions{Account: account})}
	ctx := t.Context()
	d.create("orders", published)
	d.update("orders", "two", true)
	d.update("orders", "three", false)
	if _, _, err := d.CreateAlias(ctx, "live", "", []RouteRequest{{arn("orders:1"), 90}, {arn("orders:2"), 10}}); err != nil {
		t.Fatal(err)
	}
	c := New(bind)
	if _, err := c.Choose(ctx, "orders", "", "x"); !errors.Is(err, ErrNotFound) {
		t.Errorf("with no store: %v", err)
	}
	<-follow(t, c, s)
	says := func(name, qualifier, execution string) string {
		t.Helper()
		w, err := c.Choose(ctx, name, qualifier, execution)
		if err != nil {
			return err.Error()
		}
		return output(t, w)
	}
	for qualifier, want := range map[string]string{
		"": "three", "1": "orders", "2": "two", "3": "not found", "none": "not found",
	} {
		if got := says("orders", qualifier, "x"); got != want {
			t.Errorf("%q runs %q, want %q", qualifier, got, want)
		}
	}
	count := make(map[string]int)
	for i := range 10_000 {
		name := fmt.Sprint("order-", i)
		first := says("orders", "live", name)
		count[first]++
		if i < 100 && says("orders", "live", name) != first {
			t.Errorf("%s runs another version the second time", name)
		}
	}
	if n := count["two"]; n < 900 || n > 1100 || n+count["orders"] != 10_000 {
		t.Errorf("of 10,000 executions run %v, want a tenth of them version 2", count)
	}

	one, _ := c.Choose(ctx, "orders", "1", "x")
	if again, _ := c.Choose(ctx, "orders", "1", "y"); again != one {
		t.Error("version 1 was compiled twice")
	}
}

// Who was told that something is deployed can start it at once.
func TestChooseAtOnce(t *testing.T) {
	forEachStore(t, func(t *testing.T, s Store) {
		d := &desk{t, NewRegistry(s, RegistryOptions{Account: account})}
		c := New(bind)
		tell := follow(t, c, s)
		<-tell
		d.create("orders", published)
		if w, err := c.Choose(t.Context(), "orders", "", "x"); err != nil || output(t, w) != "orders" {
			t.Error(w, err)
		}
		d.update("orders", "two", true)
		if w, err := c.Choose(t.Context(), "orders", "2", "x"); err != nil || output(t, w) != "two" {
			t.Error(w, err)
		}
		await(t, c, tell, "orders", "two")
	})
}

// What was seen already, or was removed since, is not deployed again.
func TestStale(t *testing.T) {
	c := New(bind)
	s := NewMemory()
	c.store = s
	digest, err := s.PutDefinition(t.Context(), []byte(says("x")))
	if err != nil {
		t.Fatal(err)
	}
	m := &StateMachine{Name: "x", Revision: Revision{Definition: digest}}
	for _, tt := range []struct {
		e    Event
		want bool
	}{
		{Event{Name: "x", Machine: m, Sequence: 5}, true},
		{Event{Name: "x", Sequence: 4}, true},
		{Event{Name: "x", Sequence: 6}, false},
		{Event{Name: "x", Machine: m, Sequence: 5}, false},
		{Event{Name: "x", Machine: m, Sequence: 7}, true},
	} {
		c.deploy(t.Context(), []Event{tt.e})
		c.serve()
		if _, ok := c.Get("x"); ok != tt.want {
			t.Errorf("after change %d it is served: %v", tt.e.Sequence, ok)
		}
	}
}

// Of what comes at once the last of a name counts.
func TestBatch(t *testing.T) {
	c := New(bind)
	s := NewMemory()
	c.store = s
	digest, err := s.PutDefinition(t.Context(), []byte(says("x")))
	if err != nil {
		t.Fatal(err)
	}
	m := &StateMachine{Name: "x", Revision: Revision{Definition: digest}}
	c.deploy(t.Context(), []Event{{Name: "x", Machine: m, Sequence: 1}, {Name: "x", Sequence: 2}})
	c.serve()
	if _, ok := c.Get("x"); ok {
		t.Error("it is served, though it was removed")
	}
	c.deploy(t.Context(), []Event{{Name: "x", Sequence: 3}, {Name: "x", Machine: m, Sequence: 4}})
	c.serve()
	if _, ok := c.Get("x"); !ok {
		t.Error("it is not served, though it was made again")
	}
}

// Who follows again learns what was removed meanwhile, and compiles nothing twice.
func TestFollowAgain(t *testing.T) {
	forEachStore(t, func(t *testing.T, s Store) {
		d := &desk{t, NewRegistry(s, RegistryOptions{Account: account})}
		d.create("gone")
		d.create("kept")
		c := New(bind)
		once := func() {
			ctx, cancel := context.WithCancel(t.Context())
			if err := c.Follow(ctx, s, func([]Change, config.Reports) { cancel() }); err != nil {
				t.Fatal(err)
			}
		}
		once()
		before, _ := c.Get("kept")
		if err := d.Delete(t.Context(), arn("gone")); err != nil {
			t.Fatal(err)
		}
		once()
		if got := run(t, c, "gone") + run(t, c, "kept"); got != "kept" {
			t.Errorf("they say %q", got)
		}
		if after, _ := c.Get("kept"); after.Machine != before.Machine {
			t.Error("it was compiled again")
		}
	})
}

// What was compiled is kept for what still refers to it, and no longer.
func TestCompiledOnce(t *testing.T) {
	s := NewMemory()
	d := &desk{t, NewRegistry(s, RegistryOptions{Account: account})}
	d.create("orders", published)
	c := New(bind)
	tell := follow(t, c, s)
	await(t, c, tell, "orders", "orders")
	first, _ := c.Get("orders")
	if err := d.Tag(t.Context(), arn("orders"), []Tag{{"a", "b"}}); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		d.update("orders", "other", false)
		d.update("orders", "orders", false)
	}
	d.update("orders", "last", false)
	await(t, c, tell, "orders", "last")
	w, _ := c.Get("orders")
	one, err := c.Choose(t.Context(), "orders", "1", "x")
	if err != nil || one.Machine != first.Machine {
		t.Errorf("version 1 is not what was compiled for it first: %v", err)
	}
	kept := make(map[Digest]bool)
	w.of.compiled.Range(func(key, _ any) bool { kept[key.(build).definition] = true; return true })
	want := map[Digest]bool{DigestOf([]byte(says("orders"))): true, DigestOf([]byte(says("last"))): true}
	if !maps.Equal(kept, want) {
		t.Errorf("%d definitions are kept", len(kept))
	}
}

// Ten thousand workflows that are deployed are served.
func BenchmarkFollow(b *testing.B) {
	for name, open := range map[string]func(*testing.B) Store{
		"memory":  func(*testing.B) Store { return NewMemory() },
		"buckets": func(b *testing.B) Store { return newBroker(b).open() },
	} {
		b.Run(name, func(b *testing.B) {
			const workflows = 10_000
			s := open(b)
			r := NewRegistry(s, RegistryOptions{Account: account})
			for i := range workflows {
				if _, _, err := r.Create(b.Context(), Create{Name: fmt.Sprint("workflow-", i), Definition: says(fmt.Sprint(i)), Type: Express}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				c := New(bind)
				ctx, cancel := context.WithCancel(b.Context())
				if err := c.Follow(ctx, s, func([]Change, config.Reports) { cancel() }); err != nil || len(c.All()) != workflows {
					b.Fatal(err, len(c.All()))
				}
			}
		})
	}
}

func BenchmarkChoose(b *testing.B) {
	s := NewMemory()
	r := NewRegistry(s, RegistryOptions{Account: account})
	if _, _, err := r.Create(b.Context(), Create{Name: "orders", Definition: says("x"), Publish: true}); err != nil {
		b.Fatal(err)
	}
	if _, _, err := r.CreateAlias(b.Context(), "live", "", []RouteRequest{{arn("orders:1"), 100}}); err != nil {
		b.Fatal(err)
	}
	c := New(bind)
	ctx, cancel := context.WithCancel(b.Context())
	if err := c.Follow(ctx, s, func([]Change, config.Reports) { cancel() }); err != nil {
		b.Fatal(err)
	}
	for _, qualifier := range []string{"", "1", "live"} {
		b.Run("qualifier="+qualifier, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Choose(b.Context(), "orders", qualifier, "order-7"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
