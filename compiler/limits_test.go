package compiler

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express/value"
)

// pass is a definition whose one state has the given Result.
func pass(result string) string {
	return `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": ` + result + `, "End": true}}}`
}

// nest is n levels of states within states, with data as deep as it may be in
// the innermost.
func nest(n int) string {
	if n == 1 {
		return pass(brackets(value.MaxDepth))
	}
	return fmt.Sprintf(`{"StartAt": "s%d", "States": {"s%[1]d": {"Type": "Parallel", "Branches": [%s], "End": true}}}`, n, nest(n-1))
}

// parameters is a definition whose one state has a payload template n deep.
func parameters(n int) string {
	return `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"a": ` + brackets(n-1) + `}, "End": true}}}`
}

// pad is text with blanks behind it, n bytes in all.
func pad(text string, n int) string { return text + strings.Repeat(" ", n-len(text)) }

// brackets is a value of n arrays within each other.
func brackets(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

func TestLimits(t *testing.T) {
	aliases := func(n int) string { // n values by aliases, give or take few
		return "StartAt: A\nx-list: &list [" + strings.Repeat("1,", 999) + "1]\nx-lists: [" + strings.Repeat("*list,", n/1000-2) +
			"*list]\nStates: {A: {Type: Succeed}}\n"
	}
	for _, tt := range []struct {
		name     string
		ok, over string
		code     Code
	}{
		{"size", pad(pass("1"), maxSize), pad(pass("1"), maxSize+1), SchemaFailed},
		{"states within states", nest(maxNesting), nest(maxNesting + 1), TooDeep},
		{"data", pass(brackets(value.MaxDepth)), pass(brackets(value.MaxDepth + 1)), TooDeep},
		{"brackets", nest(maxNesting), brackets(maxDepth + 1), TooDeep},
		{"template", parameters(value.MaxDepth), parameters(value.MaxDepth + 1), TooDeep},
		{"values by aliases", aliases(maxNodes - 2000), aliases(maxNodes + 2000), InvalidJSON},
		{"flow collections in YAML", "StartAt: A\nStates: {A: {Type: Pass, Result: " + brackets(value.MaxDepth) + ", End: true}}", "a: " + brackets(maxDepth+1), TooDeep},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, d := Compile("", []byte(tt.ok), nil); d.Err() != nil {
				t.Errorf("within the limit: %v", d)
			}
			p, d := Compile("", []byte(tt.over), nil)
			if p != nil || len(d) != 1 || d[0].Code != tt.code {
				t.Errorf("beyond the limit: %v, want one %s", d, tt.code)
			}
		})
	}
}

func TestFindingLimits(t *testing.T) {
	unknown := func(n int) Diagnostics {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `, "Comment%d": 1`, i)
		}
		_, d := Compile("", []byte(`{"StartAt": "A", "States": {"A": {"Type": "Fail", "Cause": "$.x"`+b.String()+`}}}`), nil)
		return slices.DeleteFunc(d, func(d Diagnostic) bool { return d.Code != SchemaFailed })
	}
	if n := len(unknown(maxFindings - 100)); n != maxFindings-100 {
		t.Errorf("%d findings, want %d", n, maxFindings-100)
	}
	var suggested int
	for _, d := range unknown(2 * maxFindings) {
		if d.Suggest != "" {
			suggested++
		}
	}
	if suggested != maxSuggestions {
		t.Errorf("%d suggestions, want %d", suggested, maxSuggestions)
	}
	for _, n := range []int{maxMessage - 100, maxMessage + 100} {
		_, d := Compile("", []byte(`{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "`+strings.Repeat("n", n)+`"}, "B": {"Type": "Fail"}}}`), nil)
		if got := len(d[0].Message); got > maxMessage+len("...") || got < n && n < maxMessage {
			t.Errorf("a name of %d characters makes a message of %d", n, got)
		}
	}
}
