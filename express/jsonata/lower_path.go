package jsonata

// A path runs depth first: the steps are nested loops, and the last one gathers
// results. Runs of plain names need no loop. Sorting needs all items at once, so
// it ends the loops before it; from the first step that binds variables on, the
// items are rows of bindings and each step is a loop of its own.

type pathLowerer struct {
	*lowerer
	loops []int // the instructions that begin those open, from outside in
}

func (l *lowerer) path(n *node) {
	p := &pathLowerer{lowerer: l}
	if n.carries() {
		p.carrying(n)
		return
	}
	end := p.steps(n.kids, n.pos)
	flags := flagLast | keepFlagOf(n)
	if n.group != nil {
		flags |= flagRaw
	}
	p.close(n.pos, flags)
	if end >= 0 {
		l.patch(end)
	}
	if n.group != nil {
		l.group(n.group, noTuple)
	}
}

// steps lowers steps that bind nothing, up to a result on the stack that close
// makes a sequence of. It returns a jump to be patched to behind that, or -1.
func (p *pathLowerer) steps(steps []*node, pos int) int {
	end := -1
	i := 0
	switch first := steps[0]; {
	case first.kind == nodeVariable || first.kind == nodeExternal:
		// does not depend on the items of a context that is an array
		p.step(first)
		i = 1
	case first.cons: // nor does an array, which also stands for itself if empty
		first.cons = false // its elements are the items of the next step
		p.step(first)
		if len(steps) > 1 {
			end = p.emit(opIfEmpty, first.pos, 0, 0, 0)
		}
		i = 1
	case first.plainName():
		i = run(steps, 0)
		op := opFields
		if i == 1 {
			op = opField
		}
		p.emit(op, first.pos, p.names(steps[:i]), 0, flagFirst)
	default:
		p.emit(opInput, pos, 0, 0, 0)
		p.iter(pos, flagFirst)
		p.step(first)
		i = 1
	}
	for i < len(steps) {
		step := steps[i]
		switch {
		case step.kind == nodeSort:
			p.close(step.pos, flagRaw)
			p.sort(step, noTuple)
			for _, st := range step.stages {
				p.filter(st.filter, false)
			}
			i++
		case step.plainName():
			to := run(steps, i)
			p.emit(opFieldsOf, step.pos, p.names(steps[i:to]), 0, 0)
			i = to
		default:
			p.iter(step.pos, 0)
			p.step(step)
			i++
		}
	}
	return end
}

// plainName reports whether a step is a name and nothing else.
func (n *node) plainName() bool { return n.kind == nodeName && len(n.stages) == 0 && !n.tuple }

// run is the end of the run of plain names that begins at steps[i].
func run(steps []*node, i int) int {
	for i < len(steps) && steps[i].plainName() {
		i++
	}
	return i
}

func (p *pathLowerer) names(steps []*node) int {
	names := make([]string, len(steps))
	for i, s := range steps {
		names[i] = s.text
	}
	return p.nameList(names)
}

// step lowers a step for the item that is the context: its result.
func (p *pathLowerer) step(n *node) {
	p.expr(n)
	for _, st := range n.stages {
		p.filter(st.filter, false)
	}
}

// iter begins a loop over the items of the result on the stack.
func (p *pathLowerer) iter(pos int, flags uint8) {
	p.emit(opIter, pos, 0, 0, flags)
	if len(p.loops) == 0 {
		p.emit(opOpen, pos, 0, 0, 0)
	}
	p.loops = append(p.loops, p.emit(opNext, pos, 0, 0, 0))
}

// close ends the loops; the results of the innermost are gathered.
func (p *pathLowerer) close(pos int, flags uint8) {
	if len(p.loops) == 0 {
		p.end(pos, flags)
		return
	}
	p.emit(opEmit, pos, 0, 0, 0)
	for i := len(p.loops) - 1; i >= 0; i-- {
		p.again(p.loops[i], pos)
	}
	p.loops = nil
	p.emit(opClose, pos, 0, 0, flags)
}

// end makes the value of the path of the result on the stack.
func (p *pathLowerer) end(pos int, flags uint8) {
	last := &p.p.code[p.here()-1]
	switch {
	case flags&flagRaw != 0: // what follows takes a result
	case flags&flagKeep == 0 && (last.Op == opField || last.Op == opFields || last.Op == opFieldsOf):
		last.C |= flagLast
	default:
		p.emit(opPathEnd, pos, 0, 0, flags)
	}
}

// again ends the body of the loop that begins at next.
func (l *lowerer) again(next, pos int) {
	l.emit(opAgain, pos, next+1, 0, 0)
	l.patch(next)
}

// filter lowers a predicate over the items on the stack.
func (l *lowerer) filter(n *node, keep bool) {
	var flags uint8
	if keep {
		flags = flagKeep
	}
	if _, ok := n.number(); ok && len(n.filters) == 0 {
		l.emit(opIndex, n.pos, l.constant(n.val), 0, flags)
		return
	}
	if name, ok := n.comparesName(); ok && !keep {
		l.emit(opWhere, n.pos, l.nameList([]string{name}), l.constant(n.right.val), uint8(binaries[n.text]))
		return
	}
	l.emit(opFilter, n.pos, 0, 0, 0)
	next := l.emit(opNext, n.pos, 0, 0, 0)
	l.expr(n)
	l.emit(opSelect, n.pos, 0, 0, 0)
	l.again(next, n.pos)
	l.emit(opSelected, n.pos, 0, 0, flags)
}

// comparesName is the name that a predicate compares with a constant, if that is
// all it does.
func (n *node) comparesName() (string, bool) {
	if n.kind != nodeBinary || len(n.filters) > 0 || n.group != nil || !n.right.constant() {
		return "", false
	}
	op := binaries[n.text]
	if op < opEqual || op > opGreaterEqual {
		return "", false
	}
	path := n.left
	if path.kind != nodePath || len(path.kids) != 1 || !path.kids[0].plainName() || path.keep || path.group != nil {
		return "", false
	}
	return path.kids[0].text, true
}

// sort lowers an order-by clause over the items, or rows, on the stack.
func (l *lowerer) sort(n *node, tuple int) {
	t := sortTable{tuple: tuple}
	for _, term := range n.terms {
		t.desc = append(t.desc, term.desc)
	}
	l.p.sorts = append(l.p.sorts, t)
	index := len(l.p.sorts) - 1
	few := l.emit(opSort, n.pos, index, 0, 0)
	next := l.emit(opNext, n.pos, 0, 0, 0)
	for _, term := range n.terms {
		l.expr(term.expr)
	}
	l.again(next, n.pos)
	l.emit(opSorted, n.pos, index, 0, 0)
	l.patch(few)
}

// carrying lowers a path that binds variables.
func (p *pathLowerer) carrying(n *node) {
	p.fresh(n.scope, n.pos)
	first := 0
	for !n.kids[first].tuple {
		first++
	}
	end := -1
	var flags uint8
	if first > 0 {
		end = p.steps(n.kids[:first], n.pos)
		p.close(n.pos, flagRaw)
	} else {
		p.emit(opInput, n.pos, 0, 0, 0)
		flags = flagFirst
		if k := n.kids[0].kind; k == nodeVariable || k == nodeExternal || k == nodeArray {
			flags = flagRaw // the context is one item, whatever it is
		}
	}
	t := p.tuple(n)
	p.emit(opTuples, n.pos, t, 0, flags)
	for _, step := range n.kids[first:] {
		p.rowStep(step, t)
	}
	p.adopt(n, t)
	switch {
	case n.group != nil:
		p.group(n.group, t)
	case !n.tuple:
		p.emit(opUntuple, n.pos, 0, 0, 0)
		p.emit(opPathEnd, n.pos, 0, 0, flagLast|keepFlagOf(n))
	}
	if end >= 0 {
		p.patch(end)
	}
}

// tuple makes the table of the variables that the path n carries.
func (p *pathLowerer) tuple(n *node) int {
	var t tupleTable
	for _, v := range n.scope.vars {
		t.slots = append(t.slots, v.slot)
		t.boxed = append(t.boxed, v.captured)
	}
	p.p.tuples = append(p.p.tuples, t)
	n.table = len(p.p.tuples) - 1
	return n.table
}

// adopt adds the variables of the paths inside n whose rows become n's.
func (p *pathLowerer) adopt(n *node, t int) {
	for _, step := range n.kids {
		if inner, ok := step.rows(); ok {
			from := p.p.tuples[inner]
			to := &p.p.tuples[t]
			to.slots = append(to.slots, from.slots...)
			to.boxed = append(to.boxed, from.boxed...)
		}
	}
}

// rows is the table of the rows that a block yields whose path is part of the
// path around it.
func (n *node) rows() (table int, ok bool) {
	for n.kind == nodeBlock && n.tuple && len(n.kids) > 0 {
		n = n.last()
	}
	return n.table, n.kind == nodePath && n.tuple && n.carries()
}

// column is the column of v in the rows of t, 0 if there is no v.
func (p *pathLowerer) column(t int, v *variable) int {
	if v == nil {
		return 0
	}
	for i, slot := range p.p.tuples[t].slots {
		if slot == v.slot {
			return i + 1
		}
	}
	panic("jsonata: variable is not carried")
}

// rowStep lowers a step over the rows on the stack.
func (p *pathLowerer) rowStep(n *node, t int) {
	if n.kind == nodeSort {
		p.sort(n, t)
		if n.indexDec != nil {
			p.emit(opNumber, n.pos, t, p.column(t, n.indexDec), 0)
		}
	} else {
		b := rowBinding{focus: p.column(t, n.focusDecl()), index: p.column(t, n.indexDec)}
		if n.ancestor != nil {
			b.ancestor = p.column(t, n.ancestor.label.decl)
		}
		table := &p.p.tuples[t]
		table.binds = append(table.binds, b)
		bind := len(table.binds) - 1
		p.rows(n, t, opBindRow, bind)
	}
	for _, st := range n.stages {
		if st.filter == nil {
			p.emit(opNumber, n.pos, t, p.column(t, st.decl), 0)
		} else {
			p.filterRows(st.filter, t)
		}
	}
}

func (n *node) focusDecl() *variable {
	if n.focus == "" {
		return nil
	}
	return n.decl
}

// rows lowers a loop over the rows on the stack, in which op keeps what the value
// of n makes of each.
func (l *lowerer) rows(n *node, t int, op Op, b int) {
	l.emit(opRows, n.pos, t, 0, 0)
	next := l.emit(opNext, n.pos, 0, 0, 0)
	l.expr(n)
	l.emit(op, n.pos, t, b, 0)
	l.again(next, n.pos)
	l.emit(opRowsEnd, n.pos, t, 0, 0)
}

// filterRows lowers a predicate over rows.
func (l *lowerer) filterRows(n *node, t int) { l.rows(n, t, opKeepRow, 0) }
