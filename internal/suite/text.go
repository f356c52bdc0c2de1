package suite

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// WriteText prints r for people: a line a case, and what did not come out as
// expected, and the events that were kept.
func (r *Result) WriteText(w io.Writer) error {
	var b strings.Builder
	if r.Problem != None {
		fmt.Fprintf(&b, "FAIL %s\n", r.File)
	}
	if err := r.Reports.Write(&b); err != nil {
		return err
	}
	for i := range r.Cases {
		c := &r.Cases[i]
		word := "ok  "
		if c.Failed() {
			word = "FAIL"
		}
		fmt.Fprintf(&b, "%s %s  %s\n", word, ID(r.File, c.Name), c.Took.Round(10*time.Microsecond))
		if c.Failed() {
			fmt.Fprintf(&b, "     %s:%d\n", r.File, c.Line)
			b.WriteString(indent(c.Text()))
		}
		b.WriteString(indent(c.Events))
	}
	for _, name := range r.Obsolete {
		fmt.Fprintf(&b, "     %s: the snapshot %q belongs to no case\n", r.File, name)
	}
	if r.Err != nil {
		fmt.Fprintf(&b, "FAIL %s: %v\n", r.File, r.Err)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Text is why c failed.
func (c *CaseResult) Text() string {
	var b strings.Builder
	if c.Problem != "" {
		b.WriteString(c.Problem + "\n")
	}
	for i := range c.Failures {
		f := &c.Failures[i]
		b.WriteString(f.Text())
		if f.Key == "status" && c.Outcome.Status != express.Succeeded {
			fmt.Fprintf(&b, "it ended with %s\n", cut(c.outcome().String()))
		}
	}
	return b.String()
}

// Text is what does not hold: on one line what has no parts, else as a diff.
func (f *Failure) Text() string {
	if f.Expected.Kind() != value.KindObject && f.Expected.Kind() != value.KindArray {
		got := "nothing"
		if !f.Got.IsNothing() {
			got = f.Got.String()
		}
		return fmt.Sprintf("%s: expected %s but got %s\n", f.Key, f.Expected, got)
	}
	return f.Key + " (- expected, + got):\n" + Diff(f.Expected, f.Got)
}

// indent is text with each line further to the right.
func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("     " + line)
	}
	return b.String()
}

// A Summary counts the cases of all files.
type Summary struct {
	Files  int `json:"files"`
	Passed int `json:"passed"`
	Failed int `json:"failed"` // a file that could not be run is one, too
}

// Add counts the cases of r.
func (s *Summary) Add(r *Result) {
	s.Files++
	if r.Problem != None || r.Err != nil {
		s.Failed++
	}
	for i := range r.Cases {
		if r.Cases[i].Failed() {
			s.Failed++
		} else {
			s.Passed++
		}
	}
}
