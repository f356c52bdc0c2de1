package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// The markers between which -report writes.
const (
	reportBegin = "<!-- chaos: begin -->\n"
	reportEnd   = "<!-- chaos: end -->\n"
)

// A summary is what was run, on what, and what became of it.
type summary struct {
	Date    string   `json:"date"`
	Machine string   `json:"machine"`
	Go      string   `json:"go"`
	Server  string   `json:"nats_server"`
	Client  string   `json:"nats_go"`
	Engine  string   `json:"engine"`
	Seed    uint64   `json:"seed"`
	AckWait string   `json:"ack_wait"`
	Events  int      `json:"events"`
	Lost    int      `json:"failed_rows"`
	Rows    []result `json:"rows"`
}

func summarize(o options, results []result) summary {
	s := summary{
		Date:    time.Now().UTC().Format(time.DateOnly),
		Machine: machine(),
		Go:      runtime.Version(),
		Engine:  revision(),
		Seed:    o.seed,
		AckWait: o.ackWait.String(),
		Rows:    results,
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			switch m.Path {
			case "github.com/nats-io/nats-server/v2":
				s.Server = m.Version
			case "github.com/nats-io/nats.go":
				s.Client = m.Version
			}
		}
	}
	for _, r := range results {
		s.Events += r.Events
		if !r.OK && !r.Observed {
			s.Lost++
		}
	}
	return s
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

// revision is the commit of the working directory.
func revision() string {
	b, err := exec.Command("git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(b))
}

// report prints the results, and writes them into the file that is to show them.
func report(o options, results []result, stdout io.Writer) error {
	s := summarize(o, results)
	if o.report != "" {
		if err := s.embed(o.report); err != nil {
			return err
		}
	}
	if o.output == "json" {
		e := json.NewEncoder(stdout)
		e.SetIndent("", "  ")
		return e.Encode(s)
	}
	ran := 0
	for _, r := range results {
		if r.Skipped == "" {
			ran++
		}
	}
	_, err := fmt.Fprintf(stdout, "%d rows run with seed %d, %d events, %d rows failed\n", ran, s.Seed, s.Events, s.Lost)
	return err
}

// embed writes the table between the markers of the file at path.
func (s *summary) embed(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, begins := bytes.Cut(b, []byte(reportBegin))
	_, after, ends := bytes.Cut(rest, []byte(reportEnd))
	if !begins || !ends {
		return fmt.Errorf("%s has no place for the table: %q and %q", path, reportBegin, reportEnd)
	}
	var out bytes.Buffer
	out.Write(before)
	out.WriteString(reportBegin)
	s.markdown(&out)
	out.WriteString(reportEnd)
	out.Write(after)
	return os.WriteFile(path, out.Bytes(), 0o644)
}

// markdown writes the table.
func (s *summary) markdown(w *bytes.Buffer) {
	fmt.Fprintf(w, "\n%s, engine %s, %s, nats-server %s, nats.go %s, %s. Seed %d, `ackWait` %s, %d events.\n\n",
		s.Date, s.Engine, s.Go, s.Server, s.Client, s.Machine, s.Seed, s.AckWait, s.Events)
	w.WriteString("| # | fault | broker | must hold | events | verdict | in figures |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, r := range s.Rows {
		fmt.Fprintf(w, "| %d | %s | %s | %s | %s | %s | %s |\n", r.Row, cell(r.Name), r.Profile, cell(r.Promise), events(&r), r.word(), cell(r.inFigures()))
	}
	w.WriteString("\n")
}

// events is how many there were, nothing of a row that was not run.
func events(r *result) string {
	if r.Skipped != "" {
		return ""
	}
	return fmt.Sprint(r.Events)
}

// word is the verdict in a word.
func (r *result) word() string {
	switch {
	case r.Skipped != "":
		return "not run"
	case r.Observed:
		return "observed"
	case r.OK:
		return "held"
	}
	return "**failed**"
}

// inFigures is why the row was not run, else its figures, the verdicts that say
// more than ok, and all that failed.
func (r *result) inFigures() string {
	if r.Skipped != "" {
		return r.Skipped
	}
	shown := map[string]bool{"L2": true, "L6": true, "L8": true, "redelivery": true, "resume": true, "drain": true, "deaths": true, "memory": true, "late": true, "refused": true, "idle": true}
	var parts []string
	for _, v := range r.Verdicts {
		if shown[v.Check] || !v.OK {
			parts = append(parts, v.Text)
		}
	}
	for _, f := range r.Figures {
		parts = append(parts, f.Name+": "+f.Value)
	}
	return strings.Join(parts, "; ")
}

// cell is text that fits into a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
