package catalog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport/embedded"
)

// stores open an empty Store, and return how to open what is in it again, nil
// where nothing outlives it.
var stores = map[string]func(*testing.T) (s Store, again func() Store){
	"memory": func(*testing.T) (Store, func() Store) { return NewMemory(), nil },
	"buckets": func(t *testing.T) (Store, func() Store) {
		b := newBroker(t)
		return b.open(), func() Store { b.restart(); return b.open() }
	},
}

// A broker is an embedded one of a test.
type broker struct {
	testing.TB
	dir    string
	server *embedded.Server
	nc     *nats.Conn
}

func newBroker(t testing.TB) *broker {
	b := &broker{TB: t, dir: t.TempDir()}
	b.start()
	t.Cleanup(func() { b.stop() })
	return b
}

func (b *broker) start() {
	b.Helper()
	var err error
	if b.server, err = embedded.Start(embedded.Options{Dir: b.dir}); err != nil {
		b.Fatal(err)
	}
	if b.nc, err = nats.Connect("", b.server.Connection()); err != nil {
		b.Fatal(err)
	}
}

func (b *broker) stop() {
	b.nc.Close()
	b.server.Close()
}

func (b *broker) restart() {
	b.stop()
	b.start()
}

func (b *broker) js() jetstream.JetStream {
	b.Helper()
	js, err := jetstream.New(b.nc)
	if err != nil {
		b.Fatal(err)
	}
	return js
}

func (b *broker) open() *Buckets {
	b.Helper()
	s, err := OpenBuckets(b.Context(), b.js(), 1)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// forEachStore runs a test of what every Store promises.
func forEachStore(t *testing.T, test func(t *testing.T, s Store)) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			s, _ := open(t)
			test(t, s)
		})
	}
}

// full is a state machine in which everything is set.
func full(name string) *StateMachine {
	at := time.Date(2026, 3, 4, 5, 6, 7, 8e6, time.UTC)
	r := Revision{
		ID:         "5b5e3c5e-0f3c-4e5c-9c0e-0d6d3b7b8a11",
		Definition: DigestOf([]byte("{}")),
		Set:        map[string]string{"Queue": "orders"},
		Role:       "arn:aws:iam::123456789012:role/orders",
		Logging:    &Logging{Level: "ERROR", Data: true, Destinations: []string{"arn:aws:logs:eu-west-1:123456789012:log-group:x:*"}},
		Tracing:    true,
		Encryption: &Encryption{Type: "CUSTOMER_MANAGED_KMS_KEY", Key: "alias/x", ReusePeriod: 60},
	}
	return &StateMachine{
		Name:     name,
		Type:     Express,
		Revision: r,
		Created:  at,
		Updated:  at.Add(time.Hour),
		Tags:     []Tag{{"team", "shop"}, {"tier", ""}},
		Versions: []Version{{Number: 3, Description: "third", Created: at, Revision: r}},
		Latest:   4,
		Aliases:  []Alias{{Name: "live", Description: "d", Routes: []Route{{3, 100}}, Created: at, Updated: at}},
	}
}

func put(t *testing.T, s Store, m *StateMachine, sequence uint64) uint64 {
	t.Helper()
	if err := s.Put(t.Context(), m, sequence); err != nil {
		t.Fatal(err)
	}
	_, now, err := s.Get(t.Context(), m.Name)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// What is put is got, whatever its name, and is the caller's.
func TestStoreGet(t *testing.T) {
	names := []string{"orders", "a.b", "with=sign", "größe", strings.Repeat("ü", 80), "Orders", "with=3Dsign"}
	forEachStore(t, func(t *testing.T, s Store) {
		if _, _, err := s.Get(t.Context(), "orders"); !errors.Is(err, ErrNotFound) {
			t.Errorf("error is %v, want that there is none", err)
		}
		if all, err := s.List(t.Context()); len(all) != 0 || err != nil {
			t.Errorf("List of an empty store: %v, %v", all, err)
		}
		for _, name := range names {
			m := full(name)
			put(t, s, m, 0)
			m.Tags[0].Value = "changed by the caller"
			got, _, err := s.Get(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(full(name), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		all, err := s.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range all {
			got = append(got, m.Name)
		}
		slices.Sort(names)
		if diff := cmp.Diff(names, got); diff != "" {
			t.Errorf("List (-want +got):\n%s", diff)
		}
	})
}

// A change counts only where nobody else made one.
func TestStoreCompareAndSet(t *testing.T) {
	forEachStore(t, func(t *testing.T, s Store) {
		ctx := t.Context()
		refuse := func(what string, err error) {
			t.Helper()
			if !errors.Is(err, ErrChanged) {
				t.Errorf("%s: error is %v, want that it has changed", what, err)
			}
		}
		refuse("changing what is not there", s.Put(ctx, full("x"), 7))
		first := put(t, s, full("x"), 0)
		refuse("making what is there", s.Put(ctx, full("x"), 0))
		second := put(t, s, full("x"), first)
		refuse("changing what was", s.Put(ctx, full("x"), first))
		refuse("removing what was", s.Delete(ctx, "x", first))
		if err := s.Delete(ctx, "x", second); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Get(ctx, "x"); !errors.Is(err, ErrNotFound) {
			t.Errorf("after it was removed: %v", err)
		}
		refuse("changing what was removed", s.Put(ctx, full("x"), second))
		if third := put(t, s, full("x"), 0); third <= second {
			t.Errorf("made anew it has sequence %d, after %d", third, second)
		}
	})
}

// Of many who count at once, nobody loses a count.
func TestStoreConcurrent(t *testing.T) {
	forEachStore(t, func(t *testing.T, s Store) {
		put(t, s, full("x"), 0)
		const writers, each = 8, 10
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for range each {
					for {
						m, sequence, err := s.Get(t.Context(), "x")
						if err != nil {
							t.Error(err)
							return
						}
						m.Latest++
						if err := s.Put(t.Context(), m, sequence); err == nil {
							break
						} else if !errors.Is(err, ErrChanged) {
							t.Error(err)
							return
						}
					}
				}
			})
		}
		wg.Wait()
		m, _, err := s.Get(t.Context(), "x")
		if err != nil || m.Latest != full("x").Latest+writers*each {
			t.Errorf("counted to %d (%v), want %d more than %d", m.Latest, err, writers*each, full("x").Latest)
		}
	})
}

// A definition can be 1 MiB and no more, is kept once, and goes by its digest.
func TestStoreDefinition(t *testing.T) {
	forEachStore(t, func(t *testing.T, s Store) {
		ctx := t.Context()
		if _, err := s.Definition(ctx, DigestOf([]byte("none"))); !errors.Is(err, ErrNotFound) {
			t.Errorf("error is %v, want that there is none", err)
		}
		for _, want := range [][]byte{[]byte("{}"), {}, make([]byte, piece-1), make([]byte, piece), bytes.Repeat([]byte("0123456789abcdef"), MaxDefinition/16)} {
			for range 2 {
				d, err := s.PutDefinition(ctx, want)
				if err != nil {
					t.Fatal(err)
				}
				got, err := s.Definition(ctx, d)
				if err != nil || !bytes.Equal(got, want) || d != DigestOf(want) {
					t.Errorf("%d bytes came back as %d, %v", len(want), len(got), err)
				}
			}
		}
		if _, err := s.PutDefinition(ctx, make([]byte, MaxDefinition+1)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("one byte more: %v", err)
		}
	})
}

// A record has a bound.
func TestStoreTooLarge(t *testing.T) {
	m := full("x")
	for i := range 100 {
		m.Aliases = append(m.Aliases, Alias{Name: strconv.Itoa(i), Description: strings.Repeat("d", maxRecord/100)})
	}
	forEachStore(t, func(t *testing.T, s Store) {
		if err := s.Put(t.Context(), m, 0); !errors.Is(err, ErrTooLarge) {
			t.Errorf("error is %v", err)
		}
	})
}

// A watcher watches a Store in a test.
type watcher struct {
	*testing.T
	batches chan []Event
}

func watch(t *testing.T, s Store) *watcher {
	w := &watcher{t, make(chan []Event, 1000)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Watch(ctx, func(e []Event) { w.batches <- e }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Watch ended with %v", err)
		}
	})
	return w
}

// next is what comes, in words, until there is as much of it.
func (w *watcher) next(n int) (all []string) {
	w.Helper()
	for {
		select {
		case batch := <-w.batches:
			for _, e := range batch {
				word := e.Name + " removed"
				if e.Machine != nil {
					word = fmt.Sprint(e.Name, " ", e.Machine.Latest)
				}
				all = append(all, word)
			}
		case <-time.After(10 * time.Second):
			w.Fatalf("only %q came", all)
		}
		if len(all) >= n {
			return all
		}
	}
}

// Who watches is told what is there, in one call, and then of each name the last
// change at least, in order.
func TestStoreWatch(t *testing.T) {
	forEachStore(t, func(t *testing.T, s Store) {
		empty := watch(t, s)
		if got := empty.next(0); len(got) != 0 {
			t.Errorf("told of %q in an empty store", got)
		}
		a := put(t, s, full("a"), 0)
		put(t, s, full("b"), 0)
		gone := put(t, s, full("gone"), 0)
		if err := s.Delete(t.Context(), "gone", gone); err != nil {
			t.Fatal(err)
		}
		w := watch(t, s)
		got := w.next(0)
		slices.Sort(got)
		if diff := cmp.Diff([]string{"a 4", "b 4"}, got); diff != "" {
			t.Errorf("there (-want +got):\n%s", diff)
		}
		m := full("a")
		for i := range 20 {
			m.Latest = 100 + i
			a = put(t, s, m, a)
		}
		if err := s.Delete(t.Context(), "a", a); err != nil {
			t.Fatal(err)
		}
		put(t, s, full("c"), 0)
		for name, w := range map[string]*watcher{"who came later": w, "who was there first": empty} {
			all := w.next(1)
			for all[len(all)-1] != "c 4" {
				all = append(all, w.next(1)...)
			}
			var last string
			for _, word := range all {
				if !strings.HasPrefix(word, "a 1") {
					continue
				}
				if word < last {
					t.Errorf("%s was told of %q after %q", name, word, last)
				}
				last = word
			}
			if !slices.Contains(all, "a removed") {
				t.Errorf("%s was told %q, and not that a is gone", name, all)
			}
		}
	})
}

// Who has stopped to wait is not told that there is nothing.
func TestBucketsListEnds(t *testing.T) {
	s := newBroker(t).open()
	put(t, s, full("x"), 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if all, err := s.List(ctx); err == nil {
		t.Errorf("listed %v", all)
	}
}

// What is in a broker is there when it starts again.
func TestStoreRestart(t *testing.T) {
	for name, open := range stores {
		s, again := open(t)
		if again == nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			sequence := put(t, s, full("x"), 0)
			d, err := s.PutDefinition(t.Context(), []byte("{}"))
			if err != nil {
				t.Fatal(err)
			}
			s := again()
			m, now, err := s.Get(t.Context(), "x")
			if diff := cmp.Diff(full("x"), m); diff != "" || now != sequence || err != nil {
				t.Errorf("sequence %d, want %d, %v (-want +got):\n%s", now, sequence, err, diff)
			}
			if b, err := s.Definition(t.Context(), d); string(b) != "{}" {
				t.Errorf("the definition is %q, %v", b, err)
			}
			put(t, s, full("x"), sequence)
		})
	}
}

// What nothing refers to is swept, but not at once.
func TestSweep(t *testing.T) {
	s := newBroker(t).open()
	used, err := s.PutDefinition(t.Context(), []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, full("x"), 0)
	if _, err := s.PutDefinition(t.Context(), []byte("unused")); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		age  time.Duration
		want int
	}{{unreferenced, 0}, {0, 1}, {0, 0}} {
		if n, err := s.sweep(t.Context(), tt.age); n != tt.want || err != nil {
			t.Errorf("swept %d, %v, want %d", n, err, tt.want)
		}
	}
	if _, err := s.Definition(t.Context(), used); err != nil {
		t.Error(err)
	}
}
