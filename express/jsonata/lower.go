package jsonata

import "github.com/seed66d9166c/express/express/value"

// A lowerer turns the resolved tree into instructions.
type lowerer struct {
	p       *program
	fn      *fnScope
	pending []pendingProto // lambdas whose code is still to be written
}

type pendingProto struct {
	index int
	fn    *fnScope
	node  *node
}

// lower compiles root; top is its scope.
func lower(root *node, top *scope, env *environment, source string, lone bool) (p *program, err *Error) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			p, err = nil, e
		}
	}()
	l := &lowerer{p: &program{env: env, source: source, lone: lone}, fn: top.fn}
	l.fresh(top, root.pos)
	l.expr(root)
	l.emit(opReturn, root.pos, 0, 0, 0)
	for len(l.pending) > 0 {
		next := l.pending[0]
		l.pending = l.pending[1:]
		l.body(next)
	}
	l.p.slots = top.fn.slots
	return l.p, nil
}

func (l *lowerer) emit(op Op, pos int, a, b int, c uint8) int {
	l.p.code = append(l.p.code, Instr{Op: op, C: c, A: uint32(a), B: uint32(b)})
	l.p.pos = append(l.p.pos, uint32(pos))
	return len(l.p.code) - 1
}

func (l *lowerer) here() int { return len(l.p.code) }

// patch makes the jump at pc go to where the next instruction will be.
func (l *lowerer) patch(pc int) {
	in := &l.p.code[pc]
	if ops[in.Op].b == aPC {
		in.B = uint32(l.here())
	} else {
		in.A = uint32(l.here())
	}
}

// constant is the index of v. A number that prints as it is written is kept as
// the float64 that it is, so that it is not read at every evaluation.
func (l *lowerer) constant(v value.Value) int {
	if v.Kind() == value.KindNumber {
		if computed := value.Number(v.Float()); computed.Text() == v.Text() {
			v = computed
		}
	}
	l.p.consts = append(l.p.consts, v)
	return len(l.p.consts) - 1
}

func (l *lowerer) nameList(names []string) int {
	l.p.names = append(l.p.names, names)
	return len(l.p.names) - 1
}

// expr lowers n: it leaves its value on the stack.
func (l *lowerer) expr(n *node) {
	if n.kind == nodePath {
		l.path(n)
		return
	}
	l.operand(n)
	table, rows := n.rows()
	for i, f := range n.filters {
		if rows {
			l.filterRows(f, table)
		} else {
			l.filter(f, n.keep && i == len(n.filters)-1)
		}
	}
	if n.group != nil {
		l.group(n.group, noTuple)
	}
	if len(n.filters) > 0 || n.kind == nodeWildcard || n.kind == nodeDescendant {
		l.emit(opNorm, n.pos, 0, 0, keepFlagOf(n))
	}
}

func keepFlagOf(n *node) uint8 {
	if n.keep {
		return flagKeep
	}
	return 0
}

// operand lowers n without what follows it.
func (l *lowerer) operand(n *node) {
	switch n.kind {
	case nodeLiteral:
		l.emit(opConst, n.pos, l.constant(n.val), 0, 0)
	case nodeName:
		l.emit(opField, n.pos, l.nameList([]string{n.text}), 0, flagNorm)
	case nodeVariable:
		l.variable(n)
	case nodeParent, nodeExternal:
		l.load(n.ref, n.pos)
	case nodeWildcard:
		l.emit(opWildcard, n.pos, 0, 0, 0)
	case nodeDescendant:
		l.emit(opDescendants, n.pos, 0, 0, 0)
	case nodeRegex:
		re, err := compileRegex(n.text, n.flags)
		if err != nil {
			panic(err.at(n.pos, n.text))
		}
		l.p.regexes = append(l.p.regexes, re)
		l.emit(opRegex, n.pos, len(l.p.regexes)-1, 0, 0)
	case nodeNegate:
		l.expr(n.left)
		l.emit(opNegate, n.pos, 0, 0, 0)
	case nodeArray:
		l.array(n)
	case nodeObject:
		l.object(n)
	case nodeBinary:
		l.binary(n)
	case nodeCall:
		l.call(n, nil)
	case nodePartial:
		l.partial(n)
	case nodeLambda, nodeTransform:
		l.closure(n)
	case nodeCond:
		l.condition(n)
	case nodeElvis, nodeCoalesce:
		l.expr(n.left)
		op := opElvis
		if n.kind == nodeCoalesce {
			op = opCoalesce
		}
		end := l.emit(op, n.pos, 0, 0, 0)
		l.expr(n.right)
		l.patch(end)
	case nodeBlock:
		l.block(n)
	case nodeBind:
		l.expr(n.right)
		op := opSet
		if n.decl.captured {
			op = opSetBox
		}
		l.emit(op, n.pos, n.decl.slot, 0, 0)
	case nodeApply:
		l.apply(n)
	default:
		panic("jsonata: node cannot be lowered")
	}
}

func (l *lowerer) variable(n *node) {
	switch n.text {
	case "":
		l.emit(opContext, n.pos, 0, 0, 0)
	case "$":
		l.emit(opRoot, n.pos, 0, 0, 0)
	default:
		l.load(n.ref, n.pos)
	}
}

// load pushes what ref refers to.
func (l *lowerer) load(ref reference, pos int) {
	var done []int
	for i, v := range ref.vars {
		last := i == len(ref.vars)-1 && ref.beyond == beyondNothing
		pc := l.emit(loadOp(v, l.fn, last), pos, v.slot, 0, 0)
		if v.fn != l.fn {
			l.p.code[pc].A = uint32(l.fn.captured(v))
		}
		if !last {
			done = append(done, pc)
		}
	}
	switch ref.beyond {
	case beyondExternal:
		l.emit(opExternal, pos, ref.index, 0, 0)
	case beyondGroup:
		l.emit(opGroupVar, pos, ref.index, 0, 0)
	case beyondFunction:
		l.emit(opFunc, pos, ref.index, 0, 0)
	case beyondNothing:
		if len(ref.vars) == 0 {
			l.emit(opUndefined, pos, 0, 0, 0)
		}
	}
	for _, pc := range done {
		l.patch(pc)
	}
}

// loadOp is the instruction that pushes v in fn; unless it is the last
// candidate, it falls through where v is not bound.
func loadOp(v *variable, fn *fnScope, last bool) Op {
	switch {
	case v.fn != fn && last:
		return opUp
	case v.fn != fn:
		return opUpOr
	case v.captured && last:
		return opBoxed
	case v.captured:
		return opBoxedOr
	case last:
		return opLocal
	}
	return opLocalOr
}

// fresh makes the variables of s new where the text is entered again.
func (l *lowerer) fresh(s *scope, pos int) {
	for _, v := range s.vars {
		switch {
		case v.captured:
			l.emit(opFreshBox, pos, v.slot, 0, 0)
		case v.early:
			l.emit(opFresh, pos, v.slot, 0, 0)
		}
	}
}

func (l *lowerer) array(n *node) {
	if len(n.kids) == 1 && n.kids[0].text == ".." && n.kids[0].kind == nodeBinary && !n.cons {
		r := n.kids[0]
		l.expr(r.left)
		l.expr(r.right)
		l.emit(opRange, r.pos, 0, 0, flagCons) // takes no memory
		return
	}
	l.emit(opOpen, n.pos, 0, 0, 0)
	for _, item := range n.kids {
		l.expr(item)
		if item.kind == nodeArray || item.kind == nodeLiteral {
			l.emit(opPut, item.pos, 0, 0, 0)
		} else {
			l.emit(opSpread, item.pos, 0, 0, 0)
		}
	}
	var flags uint8
	if n.cons {
		flags = flagCons
	}
	l.emit(opArray, n.pos, 0, 0, flags)
}

func (l *lowerer) object(n *node) {
	names, ok := constantKeys(n)
	if !ok {
		l.emit(opInput, n.pos, 0, 0, 0)
		l.group(n, noTuple)
		return
	}
	l.emit(opEnter, n.pos, 0, 0, 0)
	for _, p := range n.pairs {
		l.expr(p[1])
		l.p.stored(l.here() - 1)
	}
	l.emit(opObject, n.pos, l.nameList(names), 0, 0)
}

// constantKeys are the keys of an object that are all strings and all
// different.
func constantKeys(n *node) ([]string, bool) {
	seen := make(map[string]bool, len(n.pairs))
	names := make([]string, len(n.pairs))
	for i, p := range n.pairs {
		key := p[0]
		if !key.isString() || len(key.filters) > 0 || key.group != nil || seen[key.val.Text()] {
			return nil, false
		}
		names[i] = key.val.Text()
		seen[names[i]] = true
	}
	return names, true
}

// group lowers the pairs of n over the items on the stack.
func (l *lowerer) group(n *node, tuple int) {
	g := len(l.p.groups)
	l.p.groups = append(l.p.groups, groupTable{tuple: tuple, values: make([]uint32, len(n.pairs))})
	l.emit(opGroup, n.pos, g, 0, 0)
	next := l.emit(opNext, n.pos, 0, 0, 0)
	for i, p := range n.pairs {
		l.expr(p[0])
		l.emit(opKey, n.pos, g, i, 0)
	}
	l.again(next, n.pos)
	groups := l.emit(opGroups, n.pos, g, 0, 0)
	for i, p := range n.pairs {
		l.p.groups[g].values[i] = uint32(l.here())
		l.expr(p[1])
		l.emit(opMember, p[1].pos, 0, 0, 0)
		l.emit(opJump, p[1].pos, groups, 0, 0)
	}
	l.patch(groups)
}

// binaries are the instructions of the binary operators.
var binaries = map[string]Op{
	"+": opAdd, "-": opSub, "*": opMul, "/": opDiv, "%": opMod, "&": opConcat,
	"=": opEqual, "!=": opUnequal, "<": opLess, "<=": opLessEqual, ">": opGreater, ">=": opGreaterEqual,
	"in": opIn, "..": opRange,
}

func (l *lowerer) binary(n *node) {
	l.expr(n.left)
	if n.text == "and" || n.text == "or" {
		op := opAnd
		if n.text == "or" {
			op = opOr
		}
		end := l.emit(op, n.pos, 0, 0, 0)
		l.expr(n.right)
		l.emit(opBool, n.pos, 0, 0, 0)
		l.patch(end)
		return
	}
	op := binaries[n.text]
	if ops[op].b == aOperand && n.right.constant() {
		l.emit(op, n.pos, 0, l.constant(n.right.val)+1, 0)
		return
	}
	l.expr(n.right)
	l.emit(op, n.pos, 0, 0, 0)
}

func (l *lowerer) condition(n *node) {
	l.expr(n.cond)
	otherwise := l.emit(opIfFalse, n.pos, 0, 0, 0)
	l.expr(n.left)
	end := l.emit(opJump, n.pos, 0, 0, 0)
	l.patch(otherwise)
	if n.right != nil {
		l.expr(n.right)
	} else {
		l.emit(opUndefined, n.pos, 0, 0, 0)
	}
	l.patch(end)
}

func (l *lowerer) block(n *node) {
	l.fresh(n.scope, n.pos)
	if len(n.kids) == 0 {
		l.emit(opUndefined, n.pos, 0, 0, 0)
	}
	for i, c := range n.kids {
		if i > 0 {
			l.emit(opPop, c.pos, 0, 0, 0)
		}
		l.expr(c)
	}
}
