// Package jsonpath is the dialect of JSONPath that AWS Step Functions runs
// (Jayway's, without functions), compiled to flat steps.
//
// A path starts from the document ($), the context object ($$) or a variable
// ($name) and goes on with
//
//	.name ['name']          a member
//	[0] [-1]                an element, from the end if negative
//	[(@.length-1)]          the same as [-1]
//	.* [*]                  all members or elements
//	[0,2]                   some elements
//	['a','b']               some members: as the last step one object of them
//	[1:3] [1:] [:-1]        a range of elements
//	[?(@.price < 10)]       the elements, or the object itself, of which a condition holds
//	..name ..* ..[0]        the step in everything below
//
// Names after a dot may escape any character with a backslash; names in
// brackets escape their quote and the backslash. Conditions compare paths that
// start from @ or $ with each other and with literals by == != < <= > >= =~ in
// nin subsetof anyof noneof contains size empty, and combine with && || ! and
// parentheses; a path alone holds if it leads somewhere.
package jsonpath

import (
	"math"
	"strings"
)

// A Root is what a path starts from.
type Root uint8

const (
	Document Root = iota // $
	Context              // $$
	Variable             // $name
	item                 // @, in filters
)

// A Path is a compiled path. It is immutable and safe for concurrent use.
type Path struct {
	src   string
	root  Root
	name  string
	loose bool // a name after a dot has a character that reference paths must escape
	steps []step
	lead  int // that many steps have one result each
}

// A step leads from a value to values below it.
type step struct {
	op      op
	deep    bool // from everything below, the value itself included: ..
	name    string
	index   int
	names   []string
	indexes []int
	to      int // of a slice from index; toEnd if open
	filter  condition
}

type op uint8

const (
	opName op = iota
	opIndex
	opNames
	opIndexes
	opSlice
	opWild
	opFilter
)

// toEnd is the end of a slice that goes as far as the array does.
const toEnd = math.MaxInt

// Root is what p starts from.
func (p *Path) Root() Root { return p.root }

// Name is the variable that p starts from, and "" if it starts from none.
func (p *Path) Name() string { return p.name }

// Definite reports whether p has exactly one result, which Eval returns itself
// and not in an array.
func (p *Path) Definite() bool { return p.lead == len(p.steps) }

// Named reports whether p is names only, each of which leads nowhere from an array.
func (p *Path) Named() bool {
	for i := range p.steps {
		if s := &p.steps[i]; s.deep || s.op != opName {
			return false
		}
	}
	return true
}

// Reference reports whether p is a reference path of the States Language: names
// and indexes only, and none of @ , : ? after a dot unless escaped.
func (p *Path) Reference() bool {
	for i := range p.steps {
		if s := &p.steps[i]; s.deep || s.op != opName && s.op != opIndex {
			return false
		}
	}
	return !p.loose
}

// String is p as written.
func (p *Path) String() string { return p.src }

// Normalized is p as Jayway writes it: $['a'][0]. It parses to the same path.
func (p *Path) Normalized() string { return p.prefix(len(p.steps)) }

// prefix is the first n steps of p, normalised.
func (p *Path) prefix(n int) string {
	var b strings.Builder
	switch p.root {
	case Document:
		b.WriteString("$")
	case Context:
		b.WriteString("$$")
	case Variable:
		b.WriteString("$" + p.name)
	case item:
		b.WriteString("@")
	}
	for i := range p.steps[:n] {
		p.steps[i].print(&b)
	}
	return b.String()
}
