package config

import (
	"fmt"
	"io"
	"strings"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/internal/document"
)

// Codes of findings about an application; those of definitions are the
// compiler's.
const (
	Unreadable      compiler.Code = "UNREADABLE_FILE"
	InvalidYAML                   = document.InvalidYAML
	UnknownKey      compiler.Code = "UNKNOWN_KEY"
	DuplicateKey    compiler.Code = "DUPLICATE_KEY"
	MissingKey      compiler.Code = "MISSING_KEY"
	InvalidValue    compiler.Code = "INVALID_VALUE"
	UnsetVariable   compiler.Code = "UNSET_VARIABLE"   // of the environment
	NoWorkflow      compiler.Code = "NO_WORKFLOW"      // the directory has none
	UnknownWorkflow compiler.Code = "UNKNOWN_WORKFLOW" // a trigger names it
	Ambiguous       compiler.Code = "AMBIGUOUS"        // two things claim one name, event or task
	TriggerLoop     compiler.Code = "TRIGGER_LOOP"     // a result starts the workflow that made it
)

// A Report is what was found in one file.
type Report struct {
	File     string // path; or where else a setting came from: --slots, $EXPRESS_SLOTS
	Source   []byte // nil where there is no text to point at
	Findings compiler.Diagnostics
}

// Write prints r for people: each finding with its place and its line.
func (r *Report) Write(w io.Writer) error {
	if r.Source != nil {
		return r.Findings.Write(w, r.File, r.Source)
	}
	for i := range r.Findings {
		if _, err := fmt.Fprintf(w, "%s: %s\n", r.File, &r.Findings[i]); err != nil {
			return err
		}
	}
	return nil
}

// Reports are what was found in the files of an application, one a file.
type Reports []Report

// Err is rs if there is an error among the findings, and nil otherwise.
func (rs Reports) Err() error {
	for i := range rs {
		if rs[i].Findings.Err() != nil {
			return rs
		}
	}
	return nil
}

// Error says how much was found, and where.
func (rs Reports) Error() string {
	var parts []string
	for i := range rs {
		errors := 0
		for _, d := range rs[i].Findings {
			if d.Severity == compiler.Error {
				errors++
			}
		}
		switch errors {
		case 0:
		case 1:
			parts = append(parts, "1 error in "+rs[i].File)
		default:
			parts = append(parts, fmt.Sprintf("%d errors in %s", errors, rs[i].File))
		}
	}
	return strings.Join(parts, ", ")
}

// Write prints rs for people.
func (rs Reports) Write(w io.Writer) error {
	for i := range rs {
		if err := rs[i].Write(w); err != nil {
			return err
		}
	}
	return nil
}
