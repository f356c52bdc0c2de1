package jetstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/embedded"
)

// broker starts a broker that ends with the test.
func broker(t *testing.T) *embedded.Server {
	t.Helper()
	s, err := embedded.Start(embedded.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// client is a connection to s that ends with the test.
func client(t *testing.T, s *embedded.Server) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect("", s.Connection())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// starts are the Options of n workflows that take asynchronous starts.
func starts(engine string, n int) (all []Options) {
	for i := range n {
		w := fmt.Sprintf("%s-%d", engine, i)
		all = append(all, Options{Workflow: w, Subject: transport.StartSubject(w), Stream: StartStream, Create: true, Replicas: 1, MaxBytes: DefaultMaxBytes})
	}
	return all
}

// lookAll has the streams of all looked at as OpenAll does, but for the consumers.
func lookAll(t *testing.T, js jetstream.JetStream, all []Options) (errs []error) {
	l := newLook(js, all)
	for _, o := range all {
		s := &Source{o: o, js: js}
		err := s.ensureRecords(t.Context(), l)
		if err == nil {
			_, err = l.stream(t.Context(), s, nil)
		}
		errs = append(errs, err)
	}
	return errs
}

// TestLookTogether has engines with workflows of their own start at the same time,
// at a broker that knows none of them, and at one that does: the subjects of all are
// taken.
func TestLookTogether(t *testing.T) {
	const engines, workflows = 4, 10
	server := broker(t)
	name := func(round, e int) string { return fmt.Sprintf("engine%d-%d", round, e) }
	for round := range 5 {
		var starting sync.WaitGroup
		for e := range engines {
			js := client(t, server)
			starting.Go(func() {
				for _, err := range lookAll(t, js, starts(name(round, e), workflows)) {
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		starting.Wait()
		js := client(t, server)
		for e := range engines {
			for _, o := range starts(name(round, e), workflows) {
				if _, err := js.Publish(t.Context(), o.Subject, []byte("{}")); err != nil {
					t.Errorf("%s: %v", o.Subject, err)
				}
			}
		}
	}
}

// TestAlone has one engine wait for another, and not for one that is gone.
func TestAlone(t *testing.T) {
	server := broker(t)
	ours, theirs := newLook(client(t, server), nil), newLook(client(t, server), nil)
	if errs := lookAll(t, ours.js, starts("w", 1)); errs[0] != nil {
		t.Fatal(errs[0])
	}
	var changed []string
	waiting := make(chan error)
	err := ours.alone(t.Context(), StartStream, func() error {
		go func() {
			waiting <- theirs.alone(t.Context(), StartStream, func() error { changed = append(changed, "theirs"); return nil })
		}()
		if err := theirs.alone(t.Context(), "OTHER", func() error { return nil }); err != nil {
			return err
		}
		changed = append(changed, "ours")
		return nil
	})
	if err := errors.Join(err, <-waiting); err != nil {
		t.Fatal(err)
	}
	if want := []string{"ours", "theirs"}; !slices.Equal(changed, want) {
		t.Errorf("changed by %q, want %q", changed, want)
	}

	ctx, cancel := context.WithCancel(t.Context())
	if err := ours.alone(ctx, StartStream, func() error { cancel(); return nil }); err != nil { // which cannot give it back
		t.Fatal(err)
	}
	if err := theirs.alone(t.Context(), StartStream, func() error { return nil }); err != nil {
		t.Error(err)
	}
}

// TestLookApart has a workflow whose subject another stream has, on a stream of ours,
// and one whose subject is not in a stream of somebody's: the others do not suffer.
func TestLookApart(t *testing.T) {
	js := client(t, broker(t))
	for name, subject := range map[string]string{"TAKEN": transport.StartSubject("w-1"), "THEIRS": "theirs.*"} {
		if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{subject}}); err != nil {
			t.Fatal(err)
		}
	}
	all := starts("w", 3)
	for _, subject := range []string{"theirs.a", "others.a"} {
		all = append(all, Options{Workflow: "t", Subject: subject, Stream: "THEIRS"})
	}
	errs := lookAll(t, js, all)
	for i, want := range []string{"", "subjects overlap", "", "", "does not have subject others.a; it has theirs.*"} {
		if (errs[i] == nil) != (want == "") || errs[i] != nil && !strings.Contains(errs[i].Error(), want) {
			t.Errorf("%s: %v, want %q", all[i].Subject, errs[i], want)
		}
	}
	str, err := js.Stream(t.Context(), StartStream)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"express.start.w-0", "express.start.w-2"}
	if got := str.CachedInfo().Config.Subjects; !slices.Equal(got, want) {
		t.Errorf("subjects are %q, want %q", got, want)
	}
}

func TestWith(t *testing.T) {
	for _, tt := range []struct{ patterns, subjects, want []string }{
		{nil, []string{"a", "b"}, []string{"a", "b"}},
		{[]string{"a"}, []string{"a", "b", "b"}, []string{"a", "b"}},
		{[]string{"a.*"}, []string{"a.b"}, []string{"a.*"}},
		{[]string{"x", "a.b"}, []string{"a.*"}, []string{"x", "a.*"}},
		{nil, []string{"a.b", "a.>", "a.c"}, []string{"a.>"}},
	} {
		if got := with(tt.patterns, tt.subjects); !slices.Equal(got, tt.want) {
			t.Errorf("%q with %q: got %q, want %q", tt.patterns, tt.subjects, got, tt.want)
		}
	}
}
