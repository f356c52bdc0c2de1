package jsonpath

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a path. Evaluation recurses over steps, parsing and printing over
// conditions.
const (
	MaxSteps        = 256  // four times the depth of any data
	MaxNesting      = 32   // of parentheses, negations, lists and filters in a filter
	MaxPattern      = 1024 // bytes of a regular expression
	MaxInstructions = 2000 // of its program: 1,024 bytes can make 150,000 of them, and 100 MB
)

// Parse compiles a path. Blanks around it do not count. The error is a
// *[SyntaxError].
func Parse(src string) (*Path, error) {
	p := parser{src: src, end: len(strings.TrimRight(src, " "))}
	return p.parse(func() {
		if p.i < p.end {
			p.fail("unexpected %s", p.here())
		}
	})
}

// ParsePrefix compiles the path that src begins with, for one that stands among
// the arguments of an intrinsic function, and reports where it ends: before a
// blank, a comma, a closing parenthesis or the end.
func ParsePrefix(src string) (*Path, int, error) {
	p := parser{src: src, end: len(src), stops: " ,)"}
	path, err := p.parse(func() {})
	return path, p.i, err
}

// A parser reads one path. Its methods panic with a *SyntaxError.
type parser struct {
	src    string
	i, end int
	stops  string // what a name after a dot ends at, beside a dot and a bracket
	depth  int
}

func (p *parser) parse(last func()) (path *Path, err error) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *SyntaxError:
			path, err = nil, e
		default:
			panic(e)
		}
	}()
	if !utf8.ValidString(p.src) {
		p.fail("invalid UTF-8")
	}
	p.blanks()
	from := p.i
	path = p.path()
	last()
	path.src = p.src[from:p.i]
	return path, nil
}

// path is a root and its steps.
func (p *parser) path() *Path {
	path := new(Path)
	switch {
	case p.accept("$$"):
		path.root = Context
	case p.accept("$"):
		if path.name = p.identifier(); path.name != "" {
			path.root = Variable
		}
	case p.depth > 0 && p.accept("@"): // in a filter
		path.root = item
	default:
		p.fail("a path starts with $, not with %s", p.here())
	}
	for p.i < p.end && (p.src[p.i] == '.' || p.src[p.i] == '[') {
		if len(path.steps) == MaxSteps {
			p.fail("more than %d steps", MaxSteps)
		}
		path.steps = append(path.steps, p.step(path))
	}
	path.lead = lead(path.steps)
	return path
}

// lead is how many of the first steps have one result each. Names as the last
// step select one object.
func lead(steps []step) int {
	for i := range steps {
		switch s := &steps[i]; {
		case s.deep:
			return i
		case s.op == opName, s.op == opIndex, s.op == opNames && i == len(steps)-1:
		default:
			return i
		}
	}
	return len(steps)
}

// identifier is the name of a variable, "" if there is none.
func (p *parser) identifier() string {
	from := p.i
	for p.i < p.end {
		r, n := utf8.DecodeRuneInString(p.src[p.i:p.end])
		if r != '_' && !unicode.IsLetter(r) && (p.i == from || !unicode.IsDigit(r) && !unicode.IsMark(r)) {
			break
		}
		p.i += n
	}
	return p.src[from:p.i]
}

// step is one step, from its dots or bracket on.
func (p *parser) step(path *Path) step {
	deep := false
	if p.accept(".") {
		deep = p.accept(".")
		switch {
		case p.accept("*"):
			return step{op: opWild, deep: deep}
		case !p.at("["):
			return step{op: opName, deep: deep, name: p.dotName(path)}
		}
	}
	p.expect("[")
	p.blanks()
	s := p.bracket()
	s.deep = deep
	p.blanks()
	p.expect("]")
	return s
}

// dotName is a name after a dot.
func (p *parser) dotName(path *Path) string {
	var b strings.Builder
	for p.i < p.end {
		r, n := utf8.DecodeRuneInString(p.src[p.i:p.end])
		if r == '.' || r == '[' || strings.ContainsRune(p.stops, r) {
			break
		}
		switch {
		case r == '\\':
			p.i++
			if p.i == p.end {
				p.fail("nothing follows the backslash")
			}
			r, n = utf8.DecodeRuneInString(p.src[p.i:p.end])
		case r == '(':
			p.fail("function %s() is not supported", b.String())
		case r == ' ':
			p.fail("a name with a blank is written ['in brackets']")
		case r < ' ' || strings.ContainsRune(`]*'")`, r):
			p.fail("unexpected %s", p.here())
		case strings.ContainsRune("@,:?", r):
			path.loose = true
		}
		b.WriteRune(r)
		p.i += n
	}
	if b.Len() == 0 {
		p.fail("a name is missing before %s", p.here())
	}
	return b.String()
}

// bracket is what stands between brackets.
func (p *parser) bracket() step {
	switch {
	case p.at("'"), p.at(`"`):
		names := []string{p.quoted()}
		for p.comma() {
			names = append(names, p.quoted())
		}
		if len(names) == 1 {
			return step{op: opName, name: names[0]}
		}
		return step{op: opNames, names: names}
	case p.accept("*"):
		return step{op: opWild}
	case p.accept("?"):
		p.blanks()
		p.expect("(")
		c := p.condition()
		p.expect(")")
		return step{op: opFilter, filter: c}
	case p.accept(":"):
		p.blanks()
		return step{op: opSlice, to: p.integer()}
	case p.accept("(@.length"):
		return step{op: opIndex, index: p.fromEnd()}
	}
	first := p.integer()
	p.blanks()
	if p.accept(":") {
		p.blanks()
		if p.at("]") {
			return step{op: opSlice, index: first, to: toEnd}
		}
		return step{op: opSlice, index: first, to: p.integer()}
	}
	indexes := []int{first}
	for p.comma() {
		indexes = append(indexes, p.integer())
	}
	if len(indexes) == 1 {
		return step{op: opIndex, index: first}
	}
	return step{op: opIndexes, indexes: indexes}
}

// fromEnd is the rest of (@.length-1), the one expression of an index that AWS
// knows: it finds the last element.
func (p *parser) fromEnd() int {
	p.blanks()
	p.expect("-")
	p.blanks()
	n := p.integer()
	if n < 1 {
		p.fail("there is no element %d from the end", n)
	}
	p.blanks()
	p.expect(")")
	return -n
}

// comma is a comma with blanks around it.
func (p *parser) comma() bool {
	p.blanks()
	if !p.accept(",") {
		return false
	}
	p.blanks()
	return true
}

// quoted is a string in single or double quotes. A backslash escapes the quote
// and itself, and is an ordinary character before any other: AWS finds the key
// a\"b by ['a\"b'].
func (p *parser) quoted() string {
	if !p.at("'") && !p.at(`"`) {
		p.fail("expected a quoted name, not %s", p.here())
	}
	from, q := p.i, p.src[p.i]
	var b strings.Builder
	for p.i++; p.i < p.end; p.i++ {
		c := p.src[p.i]
		if c == q {
			p.i++
			return b.String()
		}
		if c == '\\' && p.i+1 < p.end && (p.src[p.i+1] == q || p.src[p.i+1] == '\\') {
			p.i++
			c = p.src[p.i]
		}
		b.WriteByte(c)
	}
	p.i = from
	p.fail("the quote is not closed")
	return ""
}

// integer is an index: no array has more than 32 bits of them.
func (p *parser) integer() int {
	from := p.i
	p.accept("-")
	for p.i < p.end && '0' <= p.src[p.i] && p.src[p.i] <= '9' {
		p.i++
	}
	n, err := strconv.ParseInt(p.src[from:p.i], 10, 32)
	if err != nil {
		p.i = from
		p.fail("expected an index, a name in quotes, * or ?(, not %s", p.here())
	}
	return int(n)
}

// nested runs f one level down.
func (p *parser) nested(f func()) {
	if p.depth == MaxNesting {
		p.fail("nested deeper than %d", MaxNesting)
	}
	p.depth++
	f()
	p.depth--
}

func (p *parser) blanks() {
	for p.at(" ") {
		p.i++
	}
}

func (p *parser) at(s string) bool { return strings.HasPrefix(p.src[p.i:p.end], s) }

func (p *parser) accept(s string) bool {
	if !p.at(s) {
		return false
	}
	p.i += len(s)
	return true
}

func (p *parser) expect(s string) {
	if !p.accept(s) {
		p.fail("expected %s, not %s", s, p.here())
	}
}

// here names what stands at p.i, for errors.
func (p *parser) here() string {
	if p.i >= p.end {
		return "the end"
	}
	r, _ := utf8.DecodeRuneInString(p.src[p.i:p.end])
	return strconv.QuoteRune(r)
}

func (p *parser) fail(format string, args ...any) {
	panic(&SyntaxError{Offset: p.i, Message: fmt.Sprintf(format, args...)})
}
