package jsonata

// call lowers a call; first, if there is one, is the argument that ~> gives it.
func (l *lowerer) call(n, first *node) {
	flags := keepFlagOf(n)
	if len(n.filters) > 0 || n.group != nil {
		flags |= flagRaw
	}
	ref := n.left.ref
	direct := n.left.kind == nodeVariable && len(n.left.filters) == 0 && len(ref.vars) == 0 && ref.beyond == beyondFunction
	if !direct {
		l.expr(n.left)
	}
	argc := len(n.kids)
	if first != nil {
		l.expr(first)
		argc++
	}
	for _, arg := range n.kids {
		l.expr(arg)
	}
	if n.hint {
		flags |= flagHint
	}
	switch {
	case direct:
		l.emit(opCall, n.pos, ref.index, argc, flags)
	case n.tail && first == nil:
		l.emit(opTail, n.pos, argc, l.callee(n.left), flags)
	default:
		l.emit(opInvoke, n.pos, argc, l.callee(n.left), flags)
	}
}

// callee is what an error about a call of n names.
func (l *lowerer) callee(n *node) int {
	name := n.text
	if n.kind == nodePath {
		name = n.kids[0].text
	}
	l.p.callees = append(l.p.callees, name)
	return len(l.p.callees) - 1
}

func (l *lowerer) partial(n *node) {
	l.expr(n.left)
	holes := make([]bool, len(n.kids))
	for i, arg := range n.kids {
		if holes[i] = arg.kind == nodeHole; holes[i] {
			l.emit(opUndefined, arg.pos, 0, 0, 0)
		} else {
			l.expr(arg)
		}
	}
	var flags uint8
	if n.hint {
		flags = flagHint
	}
	l.p.holes = append(l.p.holes, holes)
	l.emit(opPartial, n.pos, len(l.p.holes)-1, l.callee(n.left), flags)
}

func (l *lowerer) apply(n *node) {
	if n.right.kind == nodeCall {
		l.call(n.right, n.left)
		return
	}
	l.expr(n.left)
	l.expr(n.right)
	l.emit(opApply, n.pos, 0, 0, keepFlagOf(n))
}

// closure lowers the making of a function; its code follows later.
func (l *lowerer) closure(n *node) {
	fn := n.scope.fn
	f := proto{params: len(n.params), sig: n.sig, slots: fn.slots}
	if n.kind == nodeTransform {
		f.params, f.sig = 1, transformSignature
	}
	for _, v := range fn.captures {
		c := capture{slot: v.fn == l.fn, at: v.slot}
		if !c.slot {
			c.at = l.fn.captured(v)
		}
		f.captures = append(f.captures, c)
	}
	l.p.protos = append(l.p.protos, f)
	index := len(l.p.protos) - 1
	l.pending = append(l.pending, pendingProto{index: index, fn: fn, node: n})
	l.emit(opClosure, n.pos, index, 0, 0)
}

var transformSignature = mustSignature("<(oa):o>")

// body lowers the code of a function.
func (l *lowerer) body(f pendingProto) {
	n := f.node
	l.fn = f.fn
	l.p.protos[f.index].entry = uint32(l.here())
	params := map[*variable]bool{}
	for _, p := range n.params {
		params[p.decl] = true
		if p.decl.captured {
			l.emit(opBox, n.pos, p.decl.slot, 0, 0)
		}
	}
	for _, v := range n.scope.vars {
		if !params[v] {
			l.fresh(&scope{vars: []*variable{v}}, n.pos)
		}
	}
	if n.kind == nodeTransform {
		l.transform(n)
	} else {
		l.expr(n.left)
	}
	l.emit(opReturn, n.pos, 0, 0, 0)
}

// transform lowers the body of |pattern|update,delete|, whose argument is in
// slot 0 and whose value, the changed copy, in slot 1.
func (l *lowerer) transform(n *node) {
	l.load(*n.clone, n.pos)
	l.emit(opLocal, n.pos, 0, 0, 0)
	l.emit(opClone, n.pos, 0, 0, 0)
	l.expr(n.left)
	l.emit(opIter, n.pos, 0, 0, 0)
	next := l.emit(opNext, n.pos, 0, 0, 0)
	l.expr(n.right)
	l.emit(opUpdate, n.right.pos, 0, 0, 0)
	if n.cond != nil {
		l.expr(n.cond)
		l.emit(opDelete, n.cond.pos, 0, 0, 0)
	}
	l.again(next, n.pos)
	l.emit(opLocal, n.pos, 1, 0, 0)
}
