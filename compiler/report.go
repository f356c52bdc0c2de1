package compiler

import (
	"fmt"
	"unicode/utf8"
)

// Limits of what is reported.
const (
	// maxFindings bounds the findings of each severity: AWS hands out a hundred,
	// and a text of a mebibyte could have a hundred thousand.
	maxFindings = 1000
	// maxMessage bounds what a finding quotes of the text, in characters.
	maxMessage = 1000
)

// find takes up a finding; what it returns may be added to.
func (c *checker) find(severity Severity, at span, path string, code Code, format string, args ...any) *Diagnostic {
	if c.found[severity]++; c.found[severity] > maxFindings {
		return new(Diagnostic)
	}
	c.diags = append(c.diags, Diagnostic{
		Code: code, Severity: severity, Pos: c.pos(at.from), End: c.pos(at.to),
		Path: clip(path), Message: clip(fmt.Sprintf(format, args...)),
	})
	return &c.diags[len(c.diags)-1]
}

// clip is text within maxMessage.
func clip(text string) string {
	if utf8.RuneCountInString(text) <= maxMessage {
		return text
	}
	return string([]rune(text)[:maxMessage]) + "..."
}

// report takes up an error about n.
func (c *checker) report(n *node, code Code, format string, args ...any) *Diagnostic {
	return c.find(Error, n.mark(), n.path(), code, format, args...)
}

// reportField takes up an error about n being where it is; AWS's path is that
// of the object around it.
func (c *checker) reportField(n *node, format string, args ...any) *Diagnostic {
	return c.find(Error, n.keyAt, n.up.path(), SchemaFailed, format, args...)
}

// fail takes up the error that the value of a field is not as it has to be.
func (c *checker) fail(n *node, format string, args ...any) {
	c.report(n, SchemaFailed, format, args...)
}

// warn takes up a warning about n.
func (c *checker) warn(n *node, code Code, format string, args ...any) {
	c.find(Warning, n.mark(), n.path(), code, format, args...)
}
