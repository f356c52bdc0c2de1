package jsonata

import "github.com/seed66d9166c/express/express/value"

// shape rewrites what the parser made into what the compiler wants: chains of
// dots become paths, predicates, groupings and bindings are hung on the step
// they follow, and every % finds the step whose input it means.
func (p *parser) shape(n *node) *node {
	out := n
	switch n.kind {
	case nodeEnd:
		panic(fail("S0207").at(n.pos, "(end)"))
	case nodeDot:
		out = p.shapeDot(n)
	case nodeFilter:
		out = p.shapeFilter(n)
	case nodeGroup:
		out = p.shapeGroup(n)
	case nodeOrder:
		out = p.shapeOrder(n)
	case nodeFocus:
		out = p.shapeFocus(n)
	case nodeIndex:
		out = p.shapeIndex(n)
	case nodeName, nodeWord:
		n.kind = nodeName
		out = pathOf(n)
	case nodeParent:
		n.up = &parent{level: 1, label: new(label)}
	case nodeNegate:
		n.left = p.shape(n.left)
		if f, ok := n.left.number(); ok {
			out = n.left
			out.val = value.Number(-f)
		} else {
			n.inherit(n.left)
		}
	case nodeApply:
		n.left, n.right = p.shape(n.left), p.shape(n.right)
		n.keep = n.keep || n.left.keep || n.right.keep
	case nodeLambda:
		n.left = p.shape(n.left)
		markTail(n.left)
	case nodeTransform:
		n.left, n.right = p.shape(n.left), p.shape(n.right)
		if n.cond != nil {
			n.cond = p.shape(n.cond)
		}
	default:
		p.shapeParts(n)
	}
	if n.keep {
		out.keep = true
	}
	return out
}

// shapeParts shapes the operands of what keeps its form; what they seek, n
// seeks.
func (p *parser) shapeParts(n *node) {
	part := func(c *node) *node {
		if c == nil {
			return nil
		}
		c = p.shape(c)
		n.inherit(c)
		return c
	}
	n.cond = part(n.cond)
	for i := range n.kids {
		n.kids[i] = part(n.kids[i])
		if n.kind == nodeBlock && n.kids[i].consFirst() {
			n.cons = true
		}
	}
	for i := range n.pairs {
		n.pairs[i] = [2]*node{part(n.pairs[i][0]), part(n.pairs[i][1])}
	}
	if n.kind == nodeCall || n.kind == nodePartial {
		n.left = p.shape(n.left) // a % in the function's place is its own
		return
	}
	n.left, n.right = part(n.left), part(n.right)
}

func (n *node) consFirst() bool {
	return n.cons || n.kind == nodePath && n.kids[0].cons
}

// pathOf is the path whose only step is n.
func pathOf(n *node) *node { return &node{kind: nodePath, pos: n.pos, kids: []*node{n}, keep: n.keep} }

func (n *node) last() *node { return n.kids[len(n.kids)-1] }

func (p *parser) shapeDot(n *node) *node {
	path := p.shape(n.left)
	if path.kind == nodeParent {
		up := path.up
		path = pathOf(path)
		path.seeking = []*parent{up}
	} else if path.kind != nodePath {
		path = pathOf(path)
	}
	rest := p.shape(n.right)
	if rest.kind == nodePath {
		path.kids = append(path.kids, rest.kids...)
	} else {
		rest.filtersToStages()
		path.kids = append(path.kids, rest)
	}
	for _, step := range path.kids {
		switch {
		case step.isString():
			step.kind, step.text = nodeName, step.val.Text()
		case step.kind == nodeLiteral:
			panic(fail("S0213", cell{v: step.val}).at(step.pos, step.text))
		}
		path.keep = path.keep || step.keep
	}
	if first := path.kids[0]; first.kind == nodeArray {
		first.cons = true
	}
	if last := path.last(); last.kind == nodeArray {
		last.cons = true
	}
	resolveParents(path)
	return path
}

func (n *node) filtersToStages() {
	for _, f := range n.filters {
		n.stages = append(n.stages, stage{filter: f})
	}
	n.filters = nil
}

func (p *parser) shapeFilter(n *node) *node {
	out := p.shape(n.left)
	step := out
	if out.kind == nodePath {
		step = out.last()
	}
	if step.group != nil {
		panic(fail("S0209").at(n.pos, n.text))
	}
	pred := p.shape(n.right)
	for _, up := range pred.seeking {
		if up.level == 1 {
			seek(step, up)
		} else {
			up.level--
		}
	}
	if len(pred.seeking) > 0 {
		step.inherit(pred)
	}
	if out.kind == nodePath {
		step.stages = append(step.stages, stage{filter: pred})
	} else {
		step.filters = append(step.filters, pred)
	}
	return out
}

func (p *parser) shapeGroup(n *node) *node {
	out := p.shape(n.left)
	if out.group != nil {
		panic(fail("S0210").at(n.pos, n.text))
	}
	group := &node{kind: nodeObject, pos: n.pos}
	for _, pair := range n.pairs {
		group.pairs = append(group.pairs, [2]*node{p.shape(pair[0]), p.shape(pair[1])})
	}
	out.group = group
	return out
}

func (p *parser) shapeOrder(n *node) *node {
	path := p.shape(n.left)
	if path.kind != nodePath {
		path = pathOf(path)
	}
	sort := &node{kind: nodeSort, pos: n.pos, terms: n.terms}
	for i := range sort.terms {
		sort.terms[i].expr = p.shape(sort.terms[i].expr)
		sort.inherit(sort.terms[i].expr)
	}
	path.kids = append(path.kids, sort)
	resolveParents(path)
	return path
}

func (p *parser) shapeFocus(n *node) *node {
	out := p.shape(n.left)
	step := out
	if out.kind == nodePath {
		step = out.last()
	}
	if len(step.stages) > 0 || len(step.filters) > 0 {
		panic(fail("S0215").at(n.pos, n.text))
	}
	if step.kind == nodeSort {
		panic(fail("S0216").at(n.pos, n.text))
	}
	step.keep = step.keep || n.keep
	step.focus, step.tuple = n.right.text, true
	return out
}

func (p *parser) shapeIndex(n *node) *node {
	path := p.shape(n.left)
	if path.kind != nodePath {
		path.filtersToStages()
		path = pathOf(path)
	}
	step := path.last()
	if len(step.stages) == 0 {
		step.index = n.right.text
	} else {
		step.stages = append(step.stages, stage{index: n.right.text})
	}
	step.tuple = true
	return path
}

// markTail marks the calls whose value is the value of the lambda around them:
// they take its place on the stack.
func markTail(n *node) {
	if len(n.filters) > 0 || n.group != nil || n.keep {
		return
	}
	switch n.kind {
	case nodeCall:
		n.tail = true
	case nodeCond:
		markTail(n.left)
		if n.right != nil {
			markTail(n.right)
		}
	case nodeBlock:
		if len(n.kids) > 0 {
			markTail(n.last())
		}
	}
}
