package conformance

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReport(t *testing.T) {
	results := []Result{
		{ID: "a/good", Area: "a"},
		{ID: "a/cause", Area: "a", Diff: [3]string{"", "cause: other", ""}},
		{ID: "b/output", Area: "b", Diff: [3]string{"output: other", "events: other", ""}},
		{ID: "b/not", Area: "b", Skip: "not for Express"},
		{ID: "b/ids", Area: "b", Diff: [3]string{2: "ids: other"}},
	}
	stale := Apply(results, []Known{
		{ID: "a/cause", Level: 2, Reason: "it is so"},
		{ID: "b/ids", Level: 2, Reason: "of level 3 only"},
		{ID: "b/not", Level: 1, Reason: "not run"},
		{ID: "c/gone", Level: 1, Reason: "no such case"},
	})
	var ids []string
	for _, k := range stale {
		ids = append(ids, k.ID)
	}
	if diff := cmp.Diff([]string{"b/ids", "b/not", "c/gone"}, ids); diff != "" {
		t.Errorf("stale (-want +got):\n%s", diff)
	}
	ids = nil
	for _, r := range Unexcused(results) {
		ids = append(ids, r.ID)
	}
	if diff := cmp.Diff([]string{"b/output", "b/ids"}, ids); diff != "" {
		t.Errorf("unexcused (-want +got):\n%s", diff)
	}

	var text strings.Builder
	if err := WriteText(&text, results); err != nil {
		t.Fatal(err)
	}
	want := `  area  cases  level 1  level 2  level 3
     a      2  100.0 %   50.0 %   50.0 %
     b      2   50.0 %   50.0 %    0.0 %
   all      4   75.0 %   50.0 %   25.0 %
level 2 a/cause: known: it is so: cause: other
level 1 b/output: output: other
level 3 b/ids: ids: other
not run: 1, not for Express
`
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}

	var out strings.Builder
	if err := WriteJSON(&out, results); err != nil {
		t.Fatal(err)
	}
	var back struct {
		Areas   []Share
		Results []Result
	}
	if err := json.Unmarshal([]byte(out.String()), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Summarise(results), back.Areas); diff != "" || len(back.Results) != len(results) || back.Results[1].Known[1] != "it is so" {
		t.Errorf("as JSON: %s\n%s", diff, out.String())
	}
}

func TestReportOfNothing(t *testing.T) {
	var text strings.Builder
	if err := WriteText(&text, nil); err != nil {
		t.Fatal(err)
	}
	if want := "  area  cases  level 1  level 2  level 3\n   all      0        -        -        -\n"; text.String() != want {
		t.Errorf("got\n%s\nwant\n%s", text.String(), want)
	}
}

func TestReadKnown(t *testing.T) {
	got, err := ReadKnown(strings.NewReader("# why\n\n2\ta/b[c]\tbecause of that\n"))
	if diff := cmp.Diff([]Known{{ID: "a/b[c]", Level: 2, Reason: "because of that"}}, got); diff != "" || err != nil {
		t.Errorf("%v, %s", err, diff)
	}
	for _, bad := range []string{"a/b", "4\ta\twhy", "0\ta\twhy", "12\ta\twhy", "1\ta\t", "1 a why", "\ta\twhy"} {
		if list, err := ReadKnown(strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), "level, id and reason") {
			t.Errorf("%q is read as %v, %v", bad, list, err)
		}
	}
}
