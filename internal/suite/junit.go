package suite

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// The elements of a report in the form of JUnit that CI systems read: a suite a
// test file.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Time     string       `xml:"time,attr"` // seconds
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		File    string        `xml:"file,attr"`
		Line    int           `xml:"line,attr,omitempty"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure"`
		Error   *junitFailure `xml:"error"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes results as XML in the form of JUnit. A file that could not be
// run is a case that has an error.
func WriteJUnit(w io.Writer, results []*Result) error {
	var all junitSuites
	var took time.Duration
	for _, r := range results {
		s := junitSuite{Name: r.File}
		var sum time.Duration
		for i := range r.Cases {
			c := &r.Cases[i]
			sum += c.Took
			x := junitCase{Name: c.Name, Class: r.Workflow, File: r.File, Line: c.Line, Time: seconds(c.Took)}
			if c.Failed() {
				s.Failures++
				message, _, _ := strings.Cut(c.Text(), "\n")
				x.Failure = &junitFailure{message, c.Text() + c.Events}
			}
			s.Cases = append(s.Cases, x)
		}
		if e := r.junitError(); e != nil {
			s.Errors++
			s.Cases = append(s.Cases, junitCase{Name: r.File, Class: r.Workflow, File: r.File, Time: seconds(0), Error: e})
		}
		s.Tests, s.Time = len(s.Cases), seconds(sum)
		all.Suites = append(all.Suites, s)
		all.Tests, all.Failures, all.Errors = all.Tests+s.Tests, all.Failures+s.Failures, all.Errors+s.Errors
		took += sum
	}
	all.Time = seconds(took)
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	return err
}

// junitError is why r as a whole failed, nil if it did not.
func (r *Result) junitError() *junitFailure {
	switch {
	case r.Err != nil:
		return &junitFailure{Message: r.Err.Error()}
	case r.Problem != None:
		var b strings.Builder
		r.Reports.Write(&b) // a strings.Builder takes all
		return &junitFailure{r.Reports.Error(), b.String()}
	}
	return nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.6f", d.Seconds()) }
