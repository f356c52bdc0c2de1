package jsonata

// resolve gives every variable a slot before anything runs. A variable belongs
// to the block, lambda or path that binds it; a reference finds it from inside
// out. Where a reference may run before the binding has, JSONata looks further
// out: such a reference keeps the whole chain of candidates.

type resolver struct {
	env   *environment
	scope *scope
	fn    *fnScope
	bound []*variable // in the order they became bound, to undo branches
	refs  []Ref
	input []Ref // where the input is read as a whole
	inner int   // steps, predicates and functions around, which have a context of their own
}

// resolve annotates the tree under root, which is one function without
// parameters, and returns its scope.
func (r *resolver) resolve(root *node) *scope {
	r.enter(true)
	top := r.scope
	r.declare(root)
	r.node(root)
	return top
}

func (r *resolver) enter(function bool) {
	if function {
		r.fn = &fnScope{up: r.fn}
	}
	r.scope = &scope{up: r.scope, fn: r.fn}
}

func (r *resolver) leave() {
	r.scope = r.scope.up
	r.fn = nil
	if r.scope != nil {
		r.fn = r.scope.fn
	}
}

func (r *resolver) bind(v *variable) {
	if !v.bound {
		v.bound = true
		r.bound = append(r.bound, v)
	}
}

// inside runs f, which resolves what has a context of its own.
func (r *resolver) inside(f func()) {
	r.inner++
	f()
	r.inner--
}

// maybe runs f, which resolves what may never run: what it binds is not
// certainly bound afterwards.
func (r *resolver) maybe(f func()) {
	mark := len(r.bound)
	f()
	for _, v := range r.bound[mark:] {
		v.bound = false
	}
	r.bound = r.bound[:mark]
}

// declare adds to the scope the variables that n binds in it.
func (r *resolver) declare(n *node) {
	switch n.kind {
	case nodeBlock, nodeLambda, nodeTransform:
		// a scope of its own, but for the predicates and the grouping after it
		for _, f := range n.filters {
			r.declare(f)
		}
		for _, st := range n.stages {
			if st.filter != nil {
				r.declare(st.filter)
			}
		}
		if n.group != nil {
			r.declare(n.group)
		}
		return
	case nodePath:
		if n.carries() {
			return // a scope too
		}
	case nodeBind:
		r.scope.add(n.text)
	}
	n.each(r.declare)
}

// each calls f with the parts of n in the order in which they run.
func (n *node) each(f func(*node)) {
	for _, c := range []*node{n.cond, n.left, n.right} {
		if c != nil {
			f(c)
		}
	}
	for _, c := range n.kids {
		f(c)
	}
	for _, p := range n.pairs {
		f(p[0])
		f(p[1])
	}
	for _, t := range n.terms {
		f(t.expr)
	}
	for _, c := range n.filters {
		f(c)
	}
	for _, st := range n.stages {
		if st.filter != nil {
			f(st.filter)
		}
	}
	if n.group != nil {
		f(n.group)
	}
}

// carries reports whether a path carries bindings from step to step.
func (n *node) carries() bool {
	for _, step := range n.kids {
		if step.tuple {
			return true
		}
	}
	return false
}

func (r *resolver) node(n *node) {
	switch n.kind {
	case nodeVariable:
		n.ref = r.lookup(n)
	case nodeParent:
		if v := n.up.label.decl; v != nil {
			n.ref = reference{vars: []*variable{v}}
			r.capture(v)
		}
	case nodePath:
		r.path(n)
		return
	case nodeBlock:
		r.block(n)
	case nodeLambda:
		r.lambda(n)
	case nodeTransform:
		r.transform(n)
	case nodeBind:
		r.node(n.right)
		n.decl = r.scope.find(n.text)
		r.bind(n.decl)
	case nodeCond:
		r.node(n.cond)
		r.maybe(func() { r.node(n.left) })
		if n.right != nil {
			r.maybe(func() { r.node(n.right) })
		}
	case nodeElvis, nodeCoalesce:
		r.node(n.left)
		r.maybe(func() { r.node(n.right) })
	case nodeBinary:
		r.node(n.left)
		if n.text == "and" || n.text == "or" {
			r.maybe(func() { r.node(n.right) })
		} else {
			r.node(n.right)
		}
	case nodeObject:
		r.maybe(func() {
			for _, p := range n.pairs {
				r.node(p[0])
				r.node(p[1])
			}
		})
	case nodeCall, nodePartial:
		r.node(n.left)
		n.hint = r.known(n.left)
		for _, a := range n.kids {
			r.node(a)
		}
	default:
		for _, c := range []*node{n.left, n.right} {
			if c != nil {
				r.node(c)
			}
		}
		for _, c := range n.kids {
			r.node(c)
		}
	}
	r.after(n)
}

// after resolves what follows an operand.
func (r *resolver) after(n *node) {
	r.maybe(func() {
		r.inside(func() {
			for _, f := range n.filters {
				r.node(f)
			}
			if n.group != nil {
				r.node(n.group)
			}
		})
	})
}

func (r *resolver) block(n *node) {
	r.enter(false)
	n.scope = r.scope
	for _, c := range n.kids {
		r.declare(c)
	}
	for _, c := range n.kids {
		r.node(c)
	}
	r.leave()
}

func (r *resolver) lambda(n *node) {
	r.enter(true)
	n.scope = r.scope
	r.maybe(func() {
		for i := range n.params {
			p := &n.params[i]
			p.decl = r.scope.add(p.name)
			r.bind(p.decl)
		}
		r.declare(n.left)
		r.inside(func() { r.node(n.left) })
	})
	r.leave()
}

// transform resolves a function of one argument, which its slot 0 holds; slot 1
// holds the copy that it changes.
func (r *resolver) transform(n *node) {
	ref := r.find("clone", n.pos)
	n.clone = &ref
	r.enter(true)
	n.scope = r.scope
	r.scope.add("")
	r.scope.add("")
	for _, ref := range ref.vars {
		r.capture(ref)
	}
	r.maybe(func() {
		for _, c := range []*node{n.left, n.right, n.cond} {
			if c != nil {
				r.declare(c)
				r.inside(func() { r.node(c) })
			}
		}
	})
	r.leave()
}

func (r *resolver) path(n *node) {
	r.fields(n)
	carries := n.carries()
	if carries {
		r.enter(false)
		n.scope = r.scope
		for _, step := range n.kids {
			r.bindings(step)
		}
		for _, step := range n.kids {
			r.declare(step)
		}
		if n.group != nil {
			r.declare(n.group)
		}
	}
	r.maybe(func() {
		r.step(n.kids[0])
		r.inside(func() {
			for _, step := range n.kids[1:] {
				r.step(step)
			}
			if n.group != nil {
				r.node(n.group)
			}
		})
	})
	if carries {
		r.leave()
	}
}

// bindings declares what step binds.
func (r *resolver) bindings(step *node) {
	if step.focus != "" {
		step.decl = r.scope.add(step.focus)
	}
	if step.index != "" {
		step.indexDec = r.scope.add(step.index)
	}
	if step.ancestor != nil && step.ancestor.label.decl == nil {
		step.ancestor.label.decl = r.scope.add("")
	}
	for i := range step.stages {
		if st := &step.stages[i]; st.index != "" {
			st.decl = r.scope.add(st.index)
		}
	}
}

func (r *resolver) step(n *node) {
	if n.kind == nodeSort {
		for _, t := range n.terms {
			r.node(t.expr)
		}
	} else {
		r.node(n)
	}
	if n.decl != nil && n.focus != "" {
		r.bind(n.decl)
	}
	if n.indexDec != nil {
		r.bind(n.indexDec)
	}
	for _, st := range n.stages {
		if st.filter != nil {
			r.inside(func() { r.node(st.filter) })
		} else {
			r.bind(st.decl)
		}
	}
}

// fields turns the first two steps of $states.input into one variable, where
// the environment gives the fields of $states apart.
func (r *resolver) fields(n *node) {
	if len(n.kids) < 2 {
		return
	}
	first, second := n.kids[0], n.kids[1]
	if first.kind != nodeVariable || second.kind != nodeName || second.tuple || len(first.stages)+len(first.filters) > 0 || first.tuple {
		return
	}
	ref := r.find(first.text, first.pos)
	if len(ref.vars) > 0 || ref.beyond != beyondGroup {
		first.flags = second.text // for the Ref
		return
	}
	slot := r.env.groups[ref.index].slot(second.text)
	r.refs = append(r.refs, Ref{Name: first.text, Field: second.text, Slot: slot, Offset: first.pos})
	merged := *second
	merged.kind, merged.text, merged.pos = nodeExternal, first.text+"."+second.text, first.pos
	if slot >= 0 {
		merged.ref = reference{beyond: beyondExternal, index: slot}
	}
	n.kids = append([]*node{&merged}, n.kids[2:]...)
}

// lookup is what the variable n refers to.
func (r *resolver) lookup(n *node) reference {
	if n.text == "$" || n.text == "" && r.inner == 0 {
		r.input = append(r.input, Ref{Name: n.text, Slot: -1, Offset: n.pos})
	}
	if n.text == "" || n.text == "$" {
		return reference{}
	}
	ref := r.find(n.text, n.pos)
	if ref.beyond == beyondExternal || ref.beyond == beyondGroup || ref.beyond == beyondNothing && len(ref.vars) == 0 {
		slot := -1
		if ref.beyond == beyondExternal {
			slot = ref.index
		}
		r.refs = append(r.refs, Ref{Name: n.text, Field: n.flags, Slot: slot, Offset: n.pos})
	}
	return ref
}

// find looks name up from inside out.
func (r *resolver) find(name string, pos int) reference {
	var ref reference
	for s := r.scope; s != nil; s = s.up {
		v := s.find(name)
		if v == nil {
			continue
		}
		ref.vars = append(ref.vars, v)
		r.capture(v)
		if v.bound {
			return ref
		}
		v.early = true
	}
	ref.beyond, ref.index = r.env.find(name)
	return ref
}

// capture makes v reachable from the function being resolved.
func (r *resolver) capture(v *variable) {
	for fn := r.fn; fn != v.fn; fn = fn.up {
		v.captured = true
		if fn.captured(v) >= 0 {
			return
		}
		fn.captures = append(fn.captures, v)
	}
}

// known reports whether a function is called by a bare name that is the name of
// a variable: the $ was forgotten.
func (r *resolver) known(callee *node) bool {
	if callee.kind != nodePath || callee.kids[0].kind != nodeName {
		return false
	}
	name := callee.kids[0].text
	for s := r.scope; s != nil; s = s.up {
		if s.find(name) != nil {
			return true
		}
	}
	b, _ := r.env.find(name)
	return b != beyondNothing
}
