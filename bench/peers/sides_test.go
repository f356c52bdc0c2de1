package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/bench"
)

// Ours is the first side of each section, with which the others are compared.
func TestSides(t *testing.T) {
	for _, sec := range sections {
		var names []string
		for _, s := range sides {
			if s.section != sec.name {
				continue
			}
			if slices.Contains(names, s.name) {
				t.Errorf("%s is in %s twice", s.name, sec.name)
			}
			names = append(names, s.name)
			for _, n := range s.callers {
				if !slices.ContainsFunc(sec.loads, func(l load) bool { return l.Callers == n }) {
					t.Errorf("%s has no load of %d callers", sec.name, n)
				}
			}
		}
		if len(names) < 2 || names[0] != ours {
			t.Errorf("the sides of %s are %v, want ours and others", sec.name, names)
		}
	}
	for _, s := range sides {
		if !slices.ContainsFunc(sections, func(c section) bool { return c.name == s.section }) || s.guarantees == "" {
			t.Errorf("%s is in the section %q and guarantees %q", s.name, s.section, s.guarantees)
		}
		for _, w := range s.workloads {
			if _, err := bench.WorkloadNamed(w); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := goals(sides); err != nil {
		t.Error(err)
	}
}

func TestChosen(t *testing.T) {
	got, err := chosen([]string{"restate"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range got {
		names = append(names, s.section+"."+s.name)
	}
	if diff := cmp.Diff([]string{"calls.express", "calls.express-sync", "calls.restate"}, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"-o", "yaml"}, {"-rounds", "0"}, {"extra"}, {"-none"}, {"-peer", "nobody"}} {
		var out, log bytes.Buffer
		if got := run(t.Context(), args, &out, &log); got != 2 || log.Len() == 0 || out.Len() > 0 {
			t.Errorf("%v: got status %d, output %q and log %q, want status 2 and why", args, got, &out, &log)
		}
	}
}

func TestMissingTool(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	s := &stand{log: t.Output()}
	if err := s.install(t.Context(), "npm", "ci"); err == nil || !strings.Contains(err.Error(), "npm is needed, and is not installed") {
		t.Errorf("got %v, want that npm is not installed", err)
	}
}

// All versions are exact ones, those of the lock file.
func TestPinned(t *testing.T) {
	var wanted struct{ Dependencies, OptionalDependencies map[string]string }
	var locked struct {
		Packages map[string]struct{ Version, Integrity string }
	}
	for file, into := range map[string]any{"package.json": &wanted, "package-lock.json": &locked} {
		text, err := os.ReadFile(filepath.Join("node", file))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	exact := regexp.MustCompile(`^\d+\.\d+\.\d+$`)
	for _, all := range []map[string]string{wanted.Dependencies, wanted.OptionalDependencies} {
		for name, version := range all {
			p := locked.Packages["node_modules/"+name]
			if !exact.MatchString(version) || p.Version != version || p.Integrity == "" {
				t.Errorf("%s is %s, and %s with the digest %q in the lock file", name, version, p.Version, p.Integrity)
			}
		}
	}
}

// The peers on Node that need no server, where they are installed.
func TestNode(t *testing.T) {
	if _, err := os.Stat("node/node_modules"); err != nil {
		t.Skip("the peers on Node are not installed: make bench-peers does that")
	}
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	s := &stand{root: root, log: t.Output(), packages: func() error { return nil }, broker: func() (string, error) { return "", nil }}
	for _, name := range []string{"aws-local-stepfunctions", "jsonata"} {
		of := sides[slices.IndexFunc(sides, func(s side) bool { return s.name == name })]
		p, err := of.open(t.Context(), s, of)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range of.workloads {
			got, err := p.measure(t.Context(), load{Workload: w, Callers: 1, Time: time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			workload, err := bench.WorkloadNamed(w)
			if err != nil {
				t.Fatal(err)
			}
			want, err := output(workload)
			if err != nil {
				t.Fatal(err)
			}
			if err := got.check(want); err != nil {
				t.Error(err)
			}
		}
		if err := p.close(); err != nil {
			t.Error(err)
		}
	}
}

// Express's own sides run a few events each, the test binary being their processes.
func TestOurs(t *testing.T) {
	s, err := newStand(t.Context(), options{root: ".", log: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	for _, of := range sides {
		if !of.isOurs() || of.section == alone { // which TestAlone of package bench runs
			continue
		}
		p, err := of.open(t.Context(), s, of)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.measure(t.Context(), load{Workload: "w1", Callers: 4, Events: 100, Time: time.Millisecond})
		if err != nil || got.rate(false) <= 0 {
			t.Errorf("%s of %s: %v, %v", of.name, of.section, got, err)
		}
		if err := p.close(); err != nil {
			t.Error(err)
		}
	}
}
