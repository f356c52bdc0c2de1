package compiler

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/seed66d9166c/express/express/program"
)

// A Code says what kind of finding a Diagnostic is. The codes are those of
// AWS's ValidateStateMachineDefinition; a code never changes its meaning.
type Code string

const (
	InvalidJSON    Code = "INVALID_JSON_DESCRIPTION"  // the text is no JSON, or no YAML
	SchemaFailed   Code = "SCHEMA_VALIDATION_FAILED"  // a field is missing, unknown or has a bad value
	MissingTarget  Code = "MISSING_TRANSITION_TARGET" // a state that is named is not there, or one that is there cannot be reached
	MissingEnd     Code = "MISSING_END_STATE"         // the machine has no terminal state
	DuplicateState Code = "DUPLICATE_STATE_NAME"      // two states have one name
	InvalidState   Code = "INVALID_STATE_NAME"        // a name is empty or too long
	InvalidTask    Code = "INVALID_RESOURCE"          // warning: a Resource is left to be filled in
	TooDeep        Code = "TOO_DEEPLY_NESTED"         // states within states, or brackets within brackets
	NoDollar       Code = "NO_DOLLAR"                 // warning: a value looks like a path, but its key does not end in .$
	NoPath         Code = "NO_PATH"                   // warning: a value looks like a path, but its field does not end in Path
	ResultStatic   Code = "PASS_RESULT_IS_STATIC"     // warning: the Result of a Pass holds what looks like a path
)

// A Diagnostic is one finding about a definition.
type Diagnostic struct {
	Code     Code
	Severity Severity
	Pos, End program.Pos // End is the first place behind it
	Path     string      // as AWS writes it: "/States/Validate/Next", "/States/Fork/Branches[0]/StartAt"; "" if AWS names none
	Message  string      // in AWS's words where they are known
	Detail   string      // what AWS's words leave out, ""
	Suggest  string      // a name that is nearly right, ""
}

// Severity of a Diagnostic.
type Severity uint8

const (
	Error   Severity = iota // the definition does not compile
	Warning                 // it compiles, but may not do what was meant
)

var severities = [...]string{"ERROR", "WARNING"}

// String is s as AWS writes it.
func (s Severity) String() string { return severities[s] }

// String is d on one line, without its place.
func (d *Diagnostic) String() string {
	s := string(d.Code) + ": " + d.Message
	if d.Detail != "" {
		s += ": " + d.Detail
	}
	if d.Suggest != "" {
		s += fmt.Sprintf("; did you mean %q?", d.Suggest)
	}
	if d.Severity == Warning {
		s = "warning: " + s
	}
	return s
}

// MarshalJSON is d with field names that stay as they are.
func (d Diagnostic) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Code       Code   `json:"code"`
		Severity   string `json:"severity"`
		Line       uint32 `json:"line"`
		Column     uint32 `json:"column"`
		Path       string `json:"path,omitempty"`
		Message    string `json:"message"`
		Detail     string `json:"detail,omitempty"`
		Suggestion string `json:"suggestion,omitempty"`
	}{d.Code, d.Severity.String(), d.Pos.Line, d.Pos.Col, d.Path, d.Message, d.Detail, d.Suggest})
}

// AWSMessage is the message as ValidateStateMachineDefinition has it: a syntax
// error repeats its location there.
func (d *Diagnostic) AWSMessage() string {
	if strings.HasPrefix(d.Path, "[Source: ") {
		return d.Message + "\n at " + d.Path
	}
	return d.Message
}

// Diagnostics are the findings about a definition, in the order of its text.
type Diagnostics []Diagnostic

// Err is l if there is an error among them, and nil otherwise.
func (l Diagnostics) Err() error {
	if slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error }) {
		return l
	}
	return nil
}

// Error is the findings of l, each on a line.
func (l Diagnostics) Error() string {
	lines := make([]string, len(l))
	for i := range l {
		d := &l[i]
		lines[i] = fmt.Sprintf("%d:%d: %s", d.Pos.Line, d.Pos.Col, d)
	}
	return strings.Join(lines, "\n")
}

// Write prints l for people: each finding with its line of src, the definition
// called name, and carets under what it is about.
func (l Diagnostics) Write(w io.Writer, name string, src []byte) error {
	s := newSource(string(src))
	var b strings.Builder
	for i := range l {
		d := &l[i]
		at := name
		if d.Pos.Line > 0 { // else it is about the file as a whole
			at = fmt.Sprintf("%s:%d:%d", name, d.Pos.Line, d.Pos.Col)
		}
		fmt.Fprintf(&b, "%s: %s\n", at, d)
		s.excerpt(&b, d)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// window is how much of a long line an excerpt shows, in characters.
const window = 120

// excerpt prints the line of d, and carets under what d is about.
func (s *source) excerpt(b *strings.Builder, d *Diagnostic) {
	line := int(d.Pos.Line)
	if line == 0 || line > len(s.lines) {
		return
	}
	from := int(d.Pos.Col) - 1
	cut := 0 // characters left out on the left
	if from > window*2/3 {
		cut = from - window/3
	}
	shown := []rune(s.text[s.offset(line, cut+1):s.offset(line, cut+window+1)])
	to := cut + len(shown)
	if d.End.Line == d.Pos.Line {
		to = min(to, int(d.End.Col)-1)
	}
	gutter := fmt.Sprintf("%3d | ", line)
	fmt.Fprintf(b, "%s%s\n", gutter, clean(shown))
	fmt.Fprintf(b, "%s| %s%s\n", strings.Repeat(" ", len(gutter)-2), strings.Repeat(" ", from-cut), strings.Repeat("^", max(1, to-from)))
}

// clean is text with a blank for each character that would move the cursor of a
// terminal.
func clean(text []rune) string {
	for i, r := range text {
		if unicode.IsControl(r) {
			text[i] = ' '
		}
	}
	return string(text)
}
