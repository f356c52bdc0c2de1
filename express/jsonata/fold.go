package jsonata

import "github.com/seed66d9166c/express/express/value"

// fold replaces what can be computed now: operators on literals, and arrays and
// objects of literals. What fails is left to fail when it runs.
func fold(n *node) {
	n.each(func(c *node) {
		if c == n.group {
			c.each(fold) // the pairs, not the object, which depends on n
		} else {
			fold(c)
		}
	})
	if n.group != nil || n.tuple || n.cons {
		return
	}
	switch n.kind {
	case nodeBinary:
		if v, ok := foldBinary(n); ok {
			n.become(v)
		}
	case nodeBlock:
		if len(n.kids) == 1 && n.kids[0].constant() {
			n.become(n.kids[0].val)
		}
	case nodeArray:
		if len(n.filters) > 0 {
			return
		}
		items := make([]value.Value, len(n.kids))
		for i, c := range n.kids {
			if !c.constant() {
				return
			}
			items[i] = c.val
		}
		n.become(value.Array(items...))
	case nodeObject:
		foldObject(n)
	}
}

func (n *node) constant() bool {
	return n.kind == nodeLiteral && len(n.filters) == 0 && n.group == nil
}

func (n *node) become(v value.Value) {
	n.kind, n.val = nodeLiteral, v
	n.left, n.right, n.kids, n.pairs = nil, nil, nil, nil
}

func foldBinary(n *node) (value.Value, bool) {
	op, ok := binaries[n.text]
	if !ok || op == opRange || op == opIn || !n.left.constant() || !n.right.constant() {
		return value.Value{}, false
	}
	m := &machine{fuel: tank, own: *DefaultBudget()}
	m.budget = &m.own
	m.push(cell{v: n.left.val})
	m.push(cell{v: n.right.val})
	in := &Instr{Op: op}
	var err *Error
	switch op {
	case opAdd, opSub, opMul, opDiv, opMod:
		err = m.arithmetic(in)
	case opConcat:
		err = m.concat()
	default:
		err = m.comparison(in)
	}
	if err != nil {
		return value.Value{}, false
	}
	return m.pop().v, true
}

func foldObject(n *node) {
	keys, ok := constantKeys(n)
	if !ok {
		return
	}
	members := make([]value.Member, len(keys))
	for i, p := range n.pairs {
		if !p[1].constant() {
			return
		}
		members[i] = value.Member{Key: keys[i], Val: p[1].val}
	}
	n.become(value.Object(members...))
}
