package document

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What cannot be read is said with its place.
func TestParse(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"comments alone", "# a\n", ""},
		{"YAML", "a: [1]", ""},
		{"JSON", `{"a": [1]}`, ""},
		{"twice the same name", "a: 1\na: 2", ""},
		{"a bracket that is not closed", "a: [1", "2:1: INVALID_YAML: while parsing a flow sequence: did not find expected ',' or ']'"},
		{"a tab", "a:\n\t- 1", "2:1: INVALID_YAML: while scanning for the next token: found character that cannot start any token"},
		{"an alias of nothing", "a: *b", "1:4: INVALID_YAML: unknown anchor 'b' referenced"},
		{"two documents", "a: 1\n---\nb: 2", "3:1: INVALID_YAML: expected one document but got a second"},
		{"a second that cannot be read", "a: 1\n---\n[", "4:1: INVALID_YAML: while parsing a flow node: did not find expected node content"},
	} {
		var r Reader
		if n := r.Parse([]byte(tt.text)); n != nil && r.found != nil && !strings.Contains(tt.text, "---") {
			t.Errorf("%s: there is a node besides %v", tt.name, r.found)
		}
		if diff := cmp.Diff(tt.want, r.Found().Error()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// Findings stand in the order of the text, and there is a bound to them.
func TestReport(t *testing.T) {
	var r Reader
	n := r.Parse([]byte("[first, 'the second', [*a, b], &a c]"))
	if n != nil {
		t.Fatal("an alias came before its anchor")
	}
	r = Reader{}
	n = r.Parse([]byte("[first, 'the second',\n &a c, *a]"))
	for i := len(n.Content) - 1; i >= 0; i-- {
		r.Reportf(Follow(n.Content[i]), "CODE", "%s", n.Content[i].Value)
	}
	r.Reportf(nil, "CODE", "all of it")
	var places []uint32
	for _, d := range r.Found() {
		places = append(places, d.Pos.Line, d.Pos.Col, d.End.Col)
	}
	if diff := cmp.Diff([]uint32{0, 0, 0, 1, 2, 7, 1, 9, 21, 2, 2, 3, 2, 2, 3}, places); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for len(r.found) < maxFindings-1 {
		r.Reportf(n, "CODE", "one more")
	}
	for range 2 {
		r.Reportf(n, "CODE", "the last")
		if len(r.Found()) != maxFindings {
			t.Errorf("there are %d findings", len(r.found))
		}
	}
}
