package conformance

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// A Result is how far a case agrees with its recording. A level that the
// recording does not reach (no history, no ids) counts as agreed.
type Result struct {
	ID    string    `json:"id"`
	Area  string    `json:"area"`
	Skip  string    `json:"skip,omitempty"` // why it was not run
	Diff  [3]string `json:"diff"`           // per level, "" where it agrees
	Known [3]string `json:"known"`          // per level, the reason of a known failure

	jsonPath bool
}

// Passed reports whether r agrees at level and all below it.
func (r *Result) Passed(level int) bool {
	return strings.Join(r.Diff[:level], "") == ""
}

// A Share is how many cases of an area agree.
type Share struct {
	Area   string `json:"area"`
	Cases  int    `json:"cases"`
	Passed [3]int `json:"passed"` // per level
}

// Summarise counts by area; the last row is the whole.
func Summarise(results []Result) []Share {
	by := map[string]*Share{}
	all := Share{Area: "all"}
	for i := range results {
		r := &results[i]
		if r.Skip != "" {
			continue
		}
		s := by[r.Area]
		if s == nil {
			s = &Share{Area: r.Area}
			by[r.Area] = s
		}
		for _, s := range []*Share{s, &all} {
			s.Cases++
			for level := range s.Passed {
				if r.Passed(level + 1) {
					s.Passed[level]++
				}
			}
		}
	}
	var out []Share
	for _, area := range slices.Sorted(maps.Keys(by)) {
		out = append(out, *by[area])
	}
	return append(out, all)
}

// WriteText prints a table per area, then the ids that fail with what differs.
func WriteText(w io.Writer, results []Result) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "area\tcases\tlevel 1\tlevel 2\tlevel 3\t")
	for _, s := range Summarise(results) {
		fmt.Fprintf(tw, "%s\t%d\t%s\t%s\t%s\t\n", s.Area, s.Cases,
			percent(s.Passed[0], s.Cases), percent(s.Passed[1], s.Cases), percent(s.Passed[2], s.Cases))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	skipped := map[string]int{}
	for _, r := range results {
		if r.Skip != "" {
			skipped[r.Skip]++
			continue
		}
		for level, diff := range r.Diff {
			if diff != "" {
				known := ""
				if r.Known[level] != "" {
					known = "known: " + r.Known[level] + ": "
				}
				fmt.Fprintf(w, "level %d %s: %s%s\n", level+1, r.ID, known, diff)
				break
			}
		}
	}
	for _, why := range slices.Sorted(maps.Keys(skipped)) {
		fmt.Fprintf(w, "not run: %d, %s\n", skipped[why], why)
	}
	return nil
}

func percent(n, of int) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of))
}

// WriteJSON prints the shares and every result as one JSON object.
func WriteJSON(w io.Writer, results []Result) error {
	return json.NewEncoder(w).Encode(struct {
		Areas   []Share  `json:"areas"`
		Results []Result `json:"results"`
	}{Summarise(results), results})
}

// A Known failure is a case that does not agree, and why that is accepted.
type Known struct {
	ID     string
	Level  int
	Reason string
}

//go:embed known.txt
var known string

// KnownFailures are those of this version on the recordings of the real
// service.
func KnownFailures() []Known {
	list, err := ReadKnown(strings.NewReader(known))
	if err != nil {
		panic(err) // a test reads it
	}
	return list
}

// ReadKnown reads a list of known failures: a line each, level, id and reason
// separated by tabs; # begins a comment.
func ReadKnown(r io.Reader) ([]Known, error) {
	var list []Known
	for s := bufio.NewScanner(r); ; {
		if !s.Scan() {
			return list, s.Err()
		}
		line := s.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 3 || len(f[0]) != 1 || f[0] < "1" || f[0] > "3" || f[2] == "" {
			return nil, fmt.Errorf("known failures: expected level, id and reason separated by tabs but got: %q", line)
		}
		list = append(list, Known{ID: f[1], Level: int(f[0][0] - '0'), Reason: f[2]})
	}
}

// Apply marks the results that list excuses. It returns an entry for each
// excuse that excuses nothing any more: the list only shrinks.
func Apply(results []Result, list []Known) (stale []Known) {
	at := map[string]*Result{}
	for i := range results {
		at[results[i].ID] = &results[i]
	}
	for _, k := range list {
		r := at[k.ID]
		if r == nil || r.Skip != "" || r.Diff[k.Level-1] == "" {
			stale = append(stale, k)
			continue
		}
		for level := k.Level - 1; level < len(r.Known); level++ {
			r.Known[level] = k.Reason
		}
	}
	return stale
}

// Unexcused are the results that fail at some level with no known failure.
func Unexcused(results []Result) []Result {
	var out []Result
	for _, r := range results {
		for level, diff := range r.Diff {
			if diff != "" && r.Known[level] == "" {
				out = append(out, r)
				break
			}
		}
	}
	return out
}
