package suite

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files and the reference")

// The keys in docs/testing.md are those of the tables.
func TestReference(t *testing.T) {
	const path, begin, end = "../../docs/testing.md", "<!-- keys: written by a test from the tables of internal/suite -->\n", "<!-- end of keys -->"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := bytes.Cut(page, []byte(begin))
	got, after, ok2 := bytes.Cut(rest, []byte(end))
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the keys", path)
	}
	want := "\n" + reference("The file", fileKeys[:len(fileKeys)-len(defaultKeys())]) +
		reference("A case, in the list `cases`; all but the name may stand in the file, for all cases", caseKeys) +
		reference("An answer, under `mocks.STATE`", answerKeys) +
		reference("A failure, under `throw`", throwKeys) +
		reference("What is expected, under `expect`", expectKeys()) +
		"Keys of the file that begin with `x-` are yours: a place for what `&anchors` and `*aliases` share.\n\n"
	if *update {
		if err := os.WriteFile(path, bytes.Join([][]byte{before, []byte(begin), []byte(want), []byte(end), after}, nil), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is not what the tables say, -update rewrites it (-want +got):\n%s", path, diff)
	}
}

// reference is a table of keys in Markdown.
func reference[T any](title string, keys []key[T]) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n| key | value | |\n| --- | --- | --- |\n", title)
	for _, k := range keys {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.name, k.kind, k.help)
	}
	return b.String() + "\n"
}

func TestKeys(t *testing.T) {
	checkKeys(t, fileKeys)
	checkKeys(t, caseKeys)
	checkKeys(t, answerKeys)
	checkKeys(t, throwKeys)
	checkKeys(t, expectKeys())
}

func checkKeys[T any](t *testing.T, keys []key[T]) {
	t.Helper()
	seen := make(map[string]bool)
	for _, k := range keys {
		if k.help == "" || k.kind == "" || k.read == nil || strings.Contains(k.help, "\n") || seen[k.name] {
			t.Errorf("the row of %q lacks a help of one line or a kind, or is there twice", k.name)
		}
		seen[k.name] = true
	}
}

// The first example in docs/testing.md does what it says.
func TestExample(t *testing.T) {
	page, err := os.ReadFile("../../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(page, []byte("```yaml\n"))
	example, _, ok := bytes.Cut(rest, []byte("```\n"))
	if !ok {
		t.Fatal("there is no example")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"orders.test.yaml": string(example),
		"orders.asl.json": `{"QueryLanguage": "JSONata", "StartAt": "Charge", "States": {
			"Charge": {"Type": "Task", "Resource": "func:charge", "Output": "{% $merge([$states.input, $states.result]) %}",
				"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "BackoffRate": 2, "MaxAttempts": 2}], "Next": "Ship"},
			"Ship": {"Type": "Task", "Resource": "func:ship", "Output": "{% $merge([$states.input, $states.result]) %}", "TimeoutSeconds": 60,
				"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Refund"}], "End": true},
			"Refund": {"Type": "Task", "Resource": "func:refund", "Next": "NotShipped"},
			"NotShipped": {"Type": "Fail", "Error": "NotShipped", "Cause": "The order was refunded."}}}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	r := Run(t.Context(), filepath.Join(dir, "orders.test.yaml"), Options{})
	if len(r.Cases) != 3 || r.Failed() {
		var b strings.Builder
		if err := r.WriteText(&b); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%d cases:\n%s", len(r.Cases), &b)
	}
}
