package compiler

import (
	"cmp"
	"slices"

	"github.com/seed66d9166c/express/express/program"
)

// Options of Compile. The zero value, and nil, work.
type Options struct {
	// Strict refuses what Express Workflows refuse, in AWS's words: callbacks,
	// jobs, and resources that are no ARN.
	Strict bool
	// Distributed accepts Map states in mode DISTRIBUTED. They are compiled as
	// inline ones, for programs whose iterations do not run.
	Distributed bool
	// Set has the values of ${Name} substitutions by name. In a string one that
	// is not in Set stays as it is.
	Set map[string]string
	// Resolve says what a Resource calls, before the built-in table is asked: a
	// Task without a Kind leaves the Resource to that. What the Task does not
	// say of Resource, Service, Action and Pattern comes from the table too.
	Resolve func(resource string) (program.Task, error)
}

// Compile compiles a definition, in JSON or YAML, called name. It reports all
// that it finds in the order of the text; the program is nil if any of that is
// an error.
func Compile(name string, src []byte, o *Options) (*program.Program, Diagnostics) {
	return newChecker(src, o).compile(name)
}

func (c *checker) compile(name string) (*program.Program, Diagnostics) {
	m := c.read(name)
	if m == nil {
		return nil, c.diags
	}
	p := lower(name, c.source, m)
	if err := p.Verify(); err != nil {
		panic("compiler: " + err.Error()) // our bug, not the definition's
	}
	return p, c.diags
}

// read is the machine that the text says, nil if any of what is found in it is
// an error.
func (c *checker) read(name string) (m *body) {
	if root := c.parse(name); root != nil {
		m = c.declare(root)
		c.check(m)
	}
	slices.SortStableFunc(c.diags, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col))
	})
	if c.diags.Err() != nil {
		return nil
	}
	return m
}
