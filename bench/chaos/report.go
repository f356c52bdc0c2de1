package main

import (
	"cmp"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
)

// A summary is what was run, on what, and what became of it. It is safe for
// concurrent use.
type summary struct {
	Date    string  `json:"date"`
	Engine  string  `json:"engine"`
	Go      string  `json:"go"`
	Server  string  `json:"nats_server"`
	Client  string  `json:"nats_go"`
	Machine string  `json:"machine"`
	Seed    uint64  `json:"seed"`
	AckWait string  `json:"ack_wait"`
	Slack   float64 `json:"slack"`

	mu     sync.Mutex // guards what follows
	Events int        `json:"events"`
	Failed int        `json:"failed_rows"`
	Rows   []result   `json:"rows"`
}

// newSummary is one of nothing so far, by the engine at a path.
func newSummary(o options, engine string) *summary {
	s := &summary{
		Date:    time.Now().UTC().Format(time.DateOnly),
		Engine:  revision(engine),
		Go:      runtime.Version(),
		Machine: machine(),
		Seed:    o.seed,
		AckWait: o.ackWait.String(),
		Slack:   o.slack,
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			switch m.Path {
			case serverModule:
				s.Server = m.Version
			case "github.com/nats-io/nats.go":
				s.Client = m.Version
			}
		}
	}
	return s
}

// add takes in what became of a row, and writes it into the page at a path, if
// there is one.
func (s *summary) add(r result, page string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Events += r.Events
	if !r.OK && !r.Observed {
		s.Failed++
	}
	s.Rows = append(s.Rows, r)
	slices.SortStableFunc(s.Rows, func(a, b result) int { return cmp.Compare(a.Row, b.Row) })
	if page == "" {
		return nil
	}
	return s.write(page, &r)
}

// print prints the summary, as text or as JSON.
func (s *summary) print(format string, w io.Writer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if format == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(s)
	}
	ran := 0
	for _, r := range s.Rows {
		if r.Skipped == "" {
			ran++
		}
	}
	_, err := fmt.Fprintf(w, "%d rows run with seed %d, %d events, %d rows failed\n", ran, s.Seed, s.Events, s.Failed)
	return err
}

// machine is what this is run on, in a few words.
func machine() string {
	model := runtime.GOARCH
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%d cores of %s, %s", runtime.NumCPU(), model, runtime.GOOS)
}

// revision is the commit that the program at a path says it was built from, else
// that of the working directory.
func revision(path string) string {
	settings := make(map[string]string)
	if info, err := buildinfo.ReadFile(path); err == nil {
		for _, s := range info.Settings {
			settings[s.Key] = s.Value
		}
	}
	commit := settings["vcs.revision"]
	if commit == "" {
		out, err := exec.Command("git", "describe", "--always", "--dirty").Output()
		if err != nil {
			return "unknown"
		}
		return strings.TrimSpace(string(out))
	}
	if settings["vcs.modified"] == "true" {
		return commit[:7] + "-dirty"
	}
	return commit[:7]
}
