package suite

import (
	"time"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express/value"
)

// A Document is results as programs read them.
type Document struct {
	Summary
	Results  []FileDocument     `json:"results"`
	Coverage []CoverageDocument `json:"coverage,omitempty"`
}

// A FileDocument is what came of one test file.
type FileDocument struct {
	File     string         `json:"file"`
	Workflow string         `json:"workflow,omitempty"`
	OK       bool           `json:"ok"`
	Findings []FileFinding  `json:"findings,omitempty"`
	Cases    []CaseDocument `json:"cases"`
	Obsolete []string       `json:"obsoleteSnapshots,omitempty"`
	Error    string         `json:"error,omitempty"`
}

// A FileFinding is a finding, and the file that it is about.
type FileFinding struct {
	File    string              `json:"file"`
	Finding compiler.Diagnostic `json:"finding"`
}

// A CaseDocument is what came of a case.
type CaseDocument struct {
	Name     string      `json:"name"`
	Line     int         `json:"line"`
	OK       bool        `json:"ok"`
	Seconds  float64     `json:"seconds"`            // in real time
	Duration string      `json:"duration"`           // on the virtual clock
	Problem  string      `json:"problem,omitempty"`  // why it failed, if by no expectation
	Failures []Failure   `json:"failures,omitempty"` // expectations that do not hold
	Outcome  value.Value `json:"outcome"`
}

// A CoverageDocument is the coverage of a workflow.
type CoverageDocument struct {
	Workflow    string   `json:"workflow"`
	States      Count    `json:"states"`
	Transitions Count    `json:"transitions"`
	NotEntered  []string `json:"notEntered,omitempty"`
	NotTaken    []string `json:"notTaken,omitempty"`
}

// Add takes up what came of a file.
func (d *Document) Add(r *Result) {
	d.Summary.Add(r)
	f := FileDocument{File: r.File, Workflow: r.Workflow, OK: !r.Failed(), Cases: []CaseDocument{}, Obsolete: r.Obsolete}
	if r.Err != nil {
		f.Error = r.Err.Error()
	}
	for _, report := range r.Reports {
		for _, found := range report.Findings {
			f.Findings = append(f.Findings, FileFinding{report.File, found})
		}
	}
	for i := range r.Cases {
		c := &r.Cases[i]
		f.Cases = append(f.Cases, CaseDocument{
			Name: c.Name, Line: c.Line, OK: !c.Failed(), Seconds: c.Took.Round(time.Microsecond).Seconds(),
			Duration: c.Duration.String(), Problem: c.Problem, Failures: c.Failures, Outcome: c.outcome(),
		})
	}
	d.Results = append(d.Results, f)
}

// AddCoverage takes up the coverage of all workflows.
func (d *Document) AddCoverage(all []*Coverage) {
	for _, c := range all {
		row := CoverageDocument{Workflow: c.Workflow, States: c.States(), Transitions: c.Transitions()}
		for _, s := range c.states {
			if !s.seen {
				row.NotEntered = append(row.NotEntered, s.name)
			}
		}
		for _, t := range c.transitions {
			if !t.seen {
				row.NotTaken = append(row.NotTaken, t.String())
			}
		}
		d.Coverage = append(d.Coverage, row)
	}
}
