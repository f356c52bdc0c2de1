package jsonpath

import (
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/seed66d9166c/express/express/value"
)

// condition is conditions joined by ||.
func (p *parser) condition() condition {
	var c anyOf
	for {
		c = append(c, p.conjunction())
		if !p.accept("||") {
			break
		}
	}
	if len(c) == 1 {
		return c[0]
	}
	return c
}

// conjunction is conditions joined by &&.
func (p *parser) conjunction() condition {
	var c allOf
	for {
		p.blanks()
		c = append(c, p.term())
		p.blanks()
		if !p.accept("&&") {
			break
		}
	}
	if len(c) == 1 {
		return c[0]
	}
	return c
}

// term is a negation, a group, a comparison or a path that must exist.
func (p *parser) term() (c condition) {
	switch {
	case p.accept("!"):
		p.blanks()
		p.nested(func() { c = negate{p.negated()} })
		return c
	case p.accept("("):
		p.nested(func() { c = p.condition() })
		p.expect(")")
		return c
	}
	from := p.i
	left := p.operand()
	p.blanks()
	rel := p.relation()
	if rel == nil {
		if left.path == nil {
			p.i = from
			p.fail("a value alone is no condition")
		}
		return exists{left.path}
	}
	p.blanks()
	if rel.name == "=~" {
		return test{left, rel, p.pattern()}
	}
	return test{left, rel, p.operand()}
}

// negated is what may follow an exclamation mark: a comparison only in
// parentheses.
func (p *parser) negated() condition {
	if p.at("!") || p.at("(") {
		return p.term()
	}
	return exists{p.itemPath()}
}

// relation is the relation that follows, nil if none does.
func (p *parser) relation() *relation {
	for i := range relations {
		r := &relations[i]
		if !p.at(r.name) {
			continue
		}
		next := p.i + len(r.name)
		if isWord(r.name[0]) && next < p.end && isWord(p.src[next]) {
			continue
		}
		p.i = next
		return r
	}
	return nil
}

// operand is a path or a literal.
func (p *parser) operand() operand {
	if p.at("@") || p.at("$") {
		return operand{path: p.itemPath()}
	}
	return operand{literal: p.literal()}
}

// itemPath is a path in a filter.
func (p *parser) itemPath() (path *Path) {
	from, stops := p.i, p.stops
	p.stops = " ,)=!<>&|"
	p.nested(func() { path = p.path() })
	p.stops = stops
	if path.root == Context || path.root == Variable {
		p.i = from
		p.fail("a filter sees only @ and $")
	}
	return path
}

// literal is a string, number, word or list of literals. A word that JSON does
// not know is a string: AWS's own samples compare with [?(@.lang==fr)].
func (p *parser) literal() value.Value {
	if p.at("'") || p.at(`"`) {
		return value.String(p.quoted())
	}
	if p.accept("[") {
		return p.list()
	}
	from := p.i
	for p.i < p.end && isWord(p.src[p.i]) {
		p.i++
	}
	word := p.src[from:p.i]
	if word == "" {
		p.fail("expected a path or a value, not %s", p.here())
	}
	switch word {
	case "true":
		return value.True
	case "false":
		return value.False
	case "null":
		return value.Null
	}
	if n, ok := value.ParseNumber(word); ok {
		return n
	}
	if strings.IndexByte("+-.0123456789", word[0]) >= 0 {
		p.i = from
		p.fail("%s is no number", word)
	}
	return value.String(word)
}

func isWord(c byte) bool {
	return 'a' <= c|' ' && c|' ' <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("_+-.", c) >= 0
}

// list is literals, after the opening bracket.
func (p *parser) list() value.Value {
	var e []value.Value
	p.blanks()
	p.nested(func() {
		for more := !p.at("]"); more; more = p.comma() {
			e = append(e, p.literal())
		}
	})
	p.expect("]")
	return value.Array(e...)
}

// pattern is a regular expression between slashes, and its flags. It has to
// match all of a text, as in Java; its syntax is RE2's, which has no
// backreferences and looks neither ahead nor behind, and takes linear time.
func (p *parser) pattern() operand {
	from := p.i
	p.expect("/")
	for p.i < p.end && p.src[p.i] != '/' {
		if p.src[p.i] == '\\' {
			p.i++
		}
		p.i++
	}
	if p.i >= p.end {
		p.i = from
		p.fail("the pattern is not closed")
	}
	text := p.src[from+1 : p.i]
	p.i++
	flags := p.patternFlags()
	o := operand{pattern: &pattern{written: p.src[from:p.i]}}
	end := p.i
	p.i = from
	if len(text) > MaxPattern {
		p.fail("pattern longer than %d bytes", MaxPattern)
	}
	re, err := syntax.Parse(text, flags)
	if err != nil {
		p.fail("%v", err)
	}
	if o.pattern.size = instructions(re); o.pattern.size > MaxInstructions {
		p.fail("pattern of more than %d instructions", MaxInstructions)
	}
	o.pattern.Regexp, err = regexp.Compile(`\A(?:` + re.String() + `)\z`)
	if err != nil {
		p.fail("%v", err)
	}
	p.i = end
	return o
}

// patternFlags are the letters after a pattern.
func (p *parser) patternFlags() syntax.Flags {
	flags := syntax.Flags(syntax.Perl)
	for {
		switch {
		case p.accept("i"):
			flags |= syntax.FoldCase
		case p.accept("m"):
			flags &^= syntax.OneLine
		case p.accept("s"):
			flags |= syntax.DotNL
		default:
			return flags
		}
	}
}

// instructions is about the size of the program of a pattern, to which the time
// of matching a byte is in proportion.
func instructions(re *syntax.Regexp) int {
	n := 1
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	}
	for _, sub := range re.Sub {
		times := 1
		if re.Op == syntax.OpRepeat {
			times = max(re.Min, re.Max, 1)
		}
		n += times * instructions(sub)
	}
	return n
}
