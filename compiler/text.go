package compiler

// JSON is the text of a definition called name, in JSON or YAML, as JSON: for
// those who read definitions themselves. Findings are those of Compile about the
// text alone; there is no JSON if any of them is an error.
func JSON(name string, src []byte) ([]byte, Diagnostics) {
	c := newChecker(src, nil)
	root := c.parse(name)
	if root == nil || c.diags.Err() != nil {
		return nil, c.diags
	}
	return root.value().AppendJSON(nil), c.diags
}
