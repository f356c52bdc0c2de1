package program

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

// A RuleOp is one of the 39 operators of a Choice rule in JSONPath: a row of
// ruleOps, with pathForm if its operand is a path to what the row compares with
// (section "Choice State" of the States Language).
type RuleOp uint8

const (
	StringEquals RuleOp = iota
	StringLessThan
	StringGreaterThan
	StringLessThanEquals
	StringGreaterThanEquals
	StringMatches
	NumericEquals
	NumericLessThan
	NumericGreaterThan
	NumericLessThanEquals
	NumericGreaterThanEquals
	BooleanEquals
	TimestampEquals
	TimestampLessThan
	TimestampGreaterThan
	TimestampLessThanEquals
	TimestampGreaterThanEquals
	IsNull
	IsPresent
	IsNumeric
	IsString
	IsBoolean
	IsTimestamp
	endRuleOps
)

// pathForm marks an operator whose operand is a path: StringEqualsPath.
const pathForm RuleOp = 1 << 7

// An order is a set of results of a comparison.
type order uint8

const (
	less order = 1 << iota
	equal
	greater
)

// A ruleOp either compares two values or tests one.
type ruleOp struct {
	name    string
	operand value.Kind                              // of a constant operand
	path    bool                                    // there is a path form too
	compare func(v, w value.Value) (c int, ok bool) // not ok where a type is wrong
	holds   order                                   // for which results of compare
	is      func(v value.Value) bool                // instead of compare
}

var ruleOps = [endRuleOps]ruleOp{
	StringEquals:               {"StringEquals", value.KindString, true, compareStrings, equal, nil},
	StringLessThan:             {"StringLessThan", value.KindString, true, compareStrings, less, nil},
	StringGreaterThan:          {"StringGreaterThan", value.KindString, true, compareStrings, greater, nil},
	StringLessThanEquals:       {"StringLessThanEquals", value.KindString, true, compareStrings, less | equal, nil},
	StringGreaterThanEquals:    {"StringGreaterThanEquals", value.KindString, true, compareStrings, greater | equal, nil},
	StringMatches:              {"StringMatches", value.KindString, false, matchString, equal, nil},
	NumericEquals:              {"NumericEquals", value.KindNumber, true, compareNumbers, equal, nil},
	NumericLessThan:            {"NumericLessThan", value.KindNumber, true, compareNumbers, less, nil},
	NumericGreaterThan:         {"NumericGreaterThan", value.KindNumber, true, compareNumbers, greater, nil},
	NumericLessThanEquals:      {"NumericLessThanEquals", value.KindNumber, true, compareNumbers, less | equal, nil},
	NumericGreaterThanEquals:   {"NumericGreaterThanEquals", value.KindNumber, true, compareNumbers, greater | equal, nil},
	BooleanEquals:              {"BooleanEquals", value.KindBool, true, compareBooleans, equal, nil},
	TimestampEquals:            {"TimestampEquals", value.KindString, true, compareTimestamps, equal, nil},
	TimestampLessThan:          {"TimestampLessThan", value.KindString, true, compareTimestamps, less, nil},
	TimestampGreaterThan:       {"TimestampGreaterThan", value.KindString, true, compareTimestamps, greater, nil},
	TimestampLessThanEquals:    {"TimestampLessThanEquals", value.KindString, true, compareTimestamps, less | equal, nil},
	TimestampGreaterThanEquals: {"TimestampGreaterThanEquals", value.KindString, true, compareTimestamps, greater | equal, nil},
	IsNull:                     {"IsNull", value.KindBool, false, nil, 0, isKind(value.KindNull)},
	IsPresent:                  {"IsPresent", value.KindBool, false, nil, 0, isPresent},
	IsNumeric:                  {"IsNumeric", value.KindBool, false, nil, 0, isKind(value.KindNumber)},
	IsString:                   {"IsString", value.KindBool, false, nil, 0, isKind(value.KindString)},
	IsBoolean:                  {"IsBoolean", value.KindBool, false, nil, 0, isKind(value.KindBool)},
	IsTimestamp:                {"IsTimestamp", value.KindBool, false, nil, 0, isTimestamp},
}

var ruleOpsByName = func() map[string]RuleOp {
	m := make(map[string]RuleOp, 39)
	for i := range ruleOps {
		o, r := RuleOp(i), &ruleOps[i]
		m[r.name] = o
		if r.path {
			m[r.name+"Path"] = o | pathForm
		}
	}
	return m
}()

// RuleOpByName is the operator that a definition calls name.
func RuleOpByName(name string) (RuleOp, bool) {
	o, ok := ruleOpsByName[name]
	return o, ok
}

// String is the name of o in the States Language.
func (o RuleOp) String() string {
	if o.Path() {
		return ruleOps[o&^pathForm].name + "Path"
	}
	return ruleOps[o].name
}

// Path reports whether the operand of o is a path.
func (o RuleOp) Path() bool { return o&pathForm != 0 }

// Accepts is nil if w may stand beside o, which is no path form, in a
// definition, and says why not otherwise.
func (o RuleOp) Accepts(w value.Value) error {
	r := &ruleOps[o]
	if w.Kind() != r.operand {
		return fmt.Errorf("%s wants a %s, not a %s", o, r.operand, w.Kind())
	}
	switch o {
	case TimestampEquals, TimestampLessThan, TimestampGreaterThan, TimestampLessThanEquals, TimestampGreaterThanEquals:
		if !isTimestamp(w) {
			return fmt.Errorf("%s wants an RFC 3339 timestamp", o)
		}
	case StringMatches:
		if strings.HasSuffix(strings.ReplaceAll(w.Text(), `\\`, ""), `\`) {
			return fmt.Errorf("the pattern of %s ends in a backslash that escapes nothing", o)
		}
	}
	return nil
}

// Holds reports whether o holds for v, the value of the rule's Variable, and w,
// its operand or what its operand leads to. It is false where either has the
// wrong type. v is nothing where the Variable leads nowhere, which only
// IsPresent may see: the Variable of other operators fails then.
func (o RuleOp) Holds(v, w value.Value) bool {
	r := &ruleOps[o&^pathForm]
	if r.is != nil {
		return r.is(v) == w.Bool()
	}
	c, ok := r.compare(v, w)
	return ok && r.holds&(1<<(c+1)) != 0
}

func isPresent(v value.Value) bool { return !v.IsNothing() }

func isKind(k value.Kind) func(value.Value) bool {
	return func(v value.Value) bool { return v.Kind() == k }
}

func isTimestamp(v value.Value) bool {
	_, ok := template.ParseTimestamp(v)
	return ok
}

func compareNumbers(v, w value.Value) (int, bool) {
	if v.Kind() != value.KindNumber || w.Kind() != value.KindNumber {
		return 0, false
	}
	return value.CompareNumbers(v, w), true
}

func compareBooleans(v, w value.Value) (int, bool) {
	if v.Kind() != value.KindBool || w.Kind() != value.KindBool || v.Bool() != w.Bool() {
		return 0, false
	}
	return 0, true
}

func compareTimestamps(v, w value.Value) (int, bool) {
	a, ok := template.ParseTimestamp(v)
	if !ok {
		return 0, false
	}
	b, ok := template.ParseTimestamp(w)
	return a.Compare(b), ok
}

func compareStrings(v, w value.Value) (int, bool) {
	if v.Kind() != value.KindString || w.Kind() != value.KindString {
		return 0, false
	}
	return compareUTF16(v.Text(), w.Text()), true
}

// compareUTF16 orders two strings by their UTF-16 code units, as Java's
// String.compareTo does. UTF-8 has the same order but for one thing: in UTF-16
// the characters from U+10000 on come before U+E000 to U+FFFF.
func compareUTF16(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		// No byte after the first of a character is above 0xBF: both are first.
		if x >= 0xEE && y >= 0xEE && (x >= 0xF0) != (y >= 0xF0) {
			return cmp.Compare(y, x)
		}
		return cmp.Compare(x, y)
	}
	return cmp.Compare(len(a), len(b))
}
