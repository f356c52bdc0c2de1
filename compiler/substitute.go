package compiler

import (
	"regexp"
	"strings"

	"github.com/seed66d9166c/express/express/value"
)

// placeholders are ${Name}, as the templates of CloudFormation, SAM, the CDK and
// Terraform have them.
var placeholders = regexp.MustCompile(`\$\{([^${}]+)\}`)

// substitute fills the placeholders in the text of a string. One that has no
// value stays as it is: it may be data. A string that is nothing but one may
// become what is wanted where it stands, as with SAM: see checker.is.
func (c *checker) substitute(n *node) {
	if len(c.o.Set) == 0 || !strings.Contains(n.text, "${") {
		return
	}
	n.filled = placeholders.FindString(n.text) == n.text
	n.text = placeholders.ReplaceAllStringFunc(n.text, func(p string) string {
		if v, ok := c.o.Set[p[2:len(p)-1]]; ok {
			return v
		}
		return p
	})
}

// placeholder reads a ${Name} that stands where a value may. Its value is
// JSON, or else the text of a string.
func (s *scanner) placeholder() (*node, *syntaxError) {
	from := s.i
	m := placeholders.FindStringSubmatchIndex(s.text[from:])
	if m == nil || m[0] != 0 {
		return s.word()
	}
	s.i += m[1]
	at := span{uint32(from), uint32(s.i)}
	text, ok := s.o.Set[s.text[from+m[2]:from+m[3]]]
	if !ok {
		return nil, s.refuse(from, "No value is given for %s", s.text[from:s.i])
	}
	if n := scalar(text); n != nil {
		n.at = at
		return n, nil
	}
	return &node{kind: value.KindString, text: text, at: at}, nil
}
