package suite

import (
	"cmp"
	"context"
	"regexp"
	"runtime"
	"sync"
	"time"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/config"
)

// Options of Run. The zero value works.
type Options struct {
	Set    map[string]string // ${Name} in definitions, over what files and applications say
	Strict bool              // refuse what AWS refuses for Express Workflows
	Only   *regexp.Regexp    // run the cases whose FILE#CASE it matches; nil is all
	Update bool              // record the snapshots
	Events bool              // keep the events of all cases, not of failed ones alone
	// Env looks up a variable of the environment for express.yaml; nil is
	// os.LookupEnv.
	Env func(name string) (string, bool)
}

// A Result is what came of one test file.
type Result struct {
	File     string
	Workflow string         // path of the definition, "" if there is none
	Reports  config.Reports // of the file, its application and the definition
	Problem  Problem        // why no case was run
	Cases    []CaseResult
	Obsolete []string // names of snapshots that no case has any more
	Err      error    // of the snapshots' file
	Coverage *Coverage
}

// A Problem is why no case of a file was run.
type Problem uint8

const (
	None              Problem = iota
	InvalidFile               // the test file is not as it has to be
	InvalidDefinition         // the definition, or its application's configuration, is not valid
)

// A CaseResult is what came of a case.
type CaseResult struct {
	Name     string
	Line     int
	Failures []Failure
	Problem  string        // why the case failed besides, "" if it did not
	Took     time.Duration // in real time
	Outcome  express.Outcome
	Duration time.Duration // on the virtual clock
	Events   string        // the transcript, "" where it was not kept
}

// Failed reports whether r did not come out as expected.
func (r *CaseResult) Failed() bool { return len(r.Failures) > 0 || r.Problem != "" }

// Failed reports whether anything of r did not come out as expected.
func (r *Result) Failed() bool {
	if r.Problem != None || r.Err != nil {
		return true
	}
	for i := range r.Cases {
		if r.Cases[i].Failed() {
			return true
		}
	}
	return false
}

// RunFiles runs the test files at paths, several at a time, and calls each with
// their results in order. It stops early where ctx ends.
func RunFiles(ctx context.Context, paths []string, o Options, each func(*Result)) {
	results := make([]chan *Result, len(paths))
	for i := range results {
		results[i] = make(chan *Result, 1)
	}
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(paths)) {
		wg.Go(func() {
			for i := range next {
				results[i] <- Run(ctx, paths[i], o)
			}
		})
	}
	wg.Go(func() {
		defer close(next)
		for i := range paths {
			next <- i
		}
	})
	for _, r := range results {
		each(<-r)
	}
	wg.Wait()
}

// Run runs the cases of the test file at path, one after the other.
func Run(ctx context.Context, path string, o Options) *Result {
	r := &Result{File: path}
	f, report := Read(path)
	r.add(report)
	if f == nil {
		r.Problem = InvalidFile
		return r
	}
	definition, err := f.definition()
	if err != nil {
		r.add(config.Report{File: path, Findings: compiler.Diagnostics{{Code: config.NoWorkflow, Message: err.Error()}}})
		r.Problem = InvalidFile
		return r
	}
	r.Workflow = definition
	w, reports := f.compile(definition, &o)
	for _, found := range reports {
		r.add(found)
	}
	if w == nil {
		r.Problem = InvalidDefinition
		return r
	}
	if found := f.checkStates(w); found != nil {
		r.add(config.Report{File: path, Source: f.source, Findings: found})
		r.Problem = InvalidFile
		return r
	}
	snaps, report := readSnapshots(f.Snapshot)
	r.add(report)
	if snaps == nil {
		r.Problem = InvalidFile
		return r
	}
	r.Coverage = newCoverage(w)
	for _, c := range f.Cases {
		if ctx.Err() != nil {
			break
		}
		if o.Only == nil || o.Only.MatchString(ID(path, c.Name)) {
			r.Cases = append(r.Cases, r.runCase(ctx, c, w, snaps, &o))
		}
	}
	if o.Update {
		r.Err = snaps.write(f)
	} else {
		r.Obsolete = snaps.obsolete(f)
	}
	return r
}

// add takes up a report that says something.
func (r *Result) add(report config.Report) {
	if len(report.Findings) > 0 {
		r.Reports = append(r.Reports, report)
	}
}

// failedEvents is how many events are shown of a case that failed: what fits on a
// screen, for what went wrong is mostly near the end.
const failedEvents = 40

func (r *Result) runCase(ctx context.Context, c *Case, w *workflow, snaps *snapshots, o *Options) CaseResult {
	began := time.Now()
	out := CaseResult{Name: c.Name, Line: c.Line}
	p, err := c.run(ctx, w)
	if err != nil {
		out.Problem = err.Error()
		return out
	}
	r.Coverage.add(p.trace)
	if p.missing != nil {
		out.Problem = p.missing.Error()
	} else {
		expect := c.Expect
		if c.Snapshot {
			expect.Status = cmp.Or(expect.Status, p.outcome.Status.String()) // the snapshot says it
			out.Failures, out.Problem = snaps.check(c, p, o.Update)
		}
		out.Failures = append(expect.check(p), out.Failures...)
	}
	out.Outcome, out.Duration = p.outcome, p.duration()
	if o.Events {
		out.Events = p.trace.transcript(maxEvents)
	} else if out.Failed() {
		out.Events = p.trace.transcript(failedEvents)
	}
	out.Took = time.Since(began)
	return out
}

// outcome is how the execution ended, as it is printed.
func (r *CaseResult) outcome() value.Value {
	p := play{outcome: r.Outcome}
	members := []value.Member{{Key: "status", Val: value.String(r.Outcome.Status.String())}}
	for _, m := range []value.Member{{Key: "output", Val: p.output()}, {Key: "error", Val: p.error()}, {Key: "cause", Val: p.cause()}} {
		if !m.Val.IsNothing() {
			members = append(members, m)
		}
	}
	return value.Object(members...)
}

// ID names a case among those of all files, as --run and --mock do.
func ID(file, name string) string { return file + "#" + name }
