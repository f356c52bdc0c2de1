package jsonata

// Each % becomes a hidden variable, bound by the step whose input it means. The
// search for that step goes from right to left along a path, into blocks and
// out of the constructs around it, one level for each %.

// inherit makes n seek what its part c seeks.
func (n *node) inherit(c *node) {
	n.seeking = append(n.seeking, c.seeking...)
	if c.kind == nodeParent {
		n.seeking = append(n.seeking, c.up)
	}
}

// resolveParents looks among the steps of path for those that the last one
// seeks; what is not found, the path seeks.
func resolveParents(path *node) {
	last := path.last()
	seeking := last.seeking
	if last.kind == nodeParent {
		seeking = append(seeking, last.up)
	}
	for _, up := range seeking {
		for i := len(path.kids) - 2; up.level > 0; {
			if i < 0 {
				path.seeking = append(path.seeking, up)
				break
			}
			step := path.kids[i]
			i--
			// consecutive bindings of a context share that context
			for i >= 0 && step.focus != "" && path.kids[i].focus != "" {
				step = path.kids[i]
				i--
			}
			seek(step, up)
		}
	}
}

// seek goes up through n, and binds up there if its level is reached.
func seek(n *node, up *parent) {
	switch n.kind {
	case nodeName, nodeWildcard:
		if up.level--; up.level == 0 {
			if n.ancestor != nil {
				up.label = n.ancestor.label // both mean this input
			}
			n.ancestor = up
			n.tuple = true
		}
	case nodeParent:
		up.level++
	case nodeBlock:
		if len(n.kids) > 0 {
			n.tuple = true
			seek(n.last(), up)
		}
	case nodePath:
		n.tuple = true
		for i := len(n.kids) - 1; i >= 0; i-- {
			seek(n.kids[i], up)
			if up.level == 0 {
				break
			}
		}
	default:
		panic(fail("S0217").at(n.pos, n.text))
	}
}
