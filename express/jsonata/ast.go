package jsonata

import "github.com/seed66d9166c/express/express/value"

type nodeKind uint8

const (
	nodeEnd        nodeKind = iota
	nodeLiteral             // val: a string, number, boolean or null
	nodeName                // text; as a whole expression it is a path of one step
	nodeVariable            // text, without the $; "" is the context, "$" the root
	nodeWildcard            // *
	nodeDescendant          // **
	nodeParent              // %
	nodeRegex               // text, flags
	nodeNegate              // left
	nodeArray               // kids
	nodeObject              // pairs
	nodeBinary              // left text right: arithmetic, comparison, and, or, in, &, ..
	nodeCall                // left(kids)
	nodePartial             // left(kids), some of them holes
	nodeHole                // ?
	nodeLambda              // params, sig, left
	nodeCond                // cond ? left : right (or nil)
	nodeElvis               // left ?: right
	nodeCoalesce            // left ?? right
	nodeBlock               // kids
	nodeBind                // text := right
	nodeApply               // left ~> right
	nodeTransform           // |left|right,cond|
	nodePath                // kids are the steps
	nodeSort                // a step: terms
	nodeExternal            // ref: a field of a variable, each given apart

	// What the parser makes and shape replaces.
	nodeDot    // left . right
	nodeFilter // left [ right ]
	nodeGroup  // left { pairs }
	nodeOrder  // left ^ ( terms )
	nodeFocus  // left @ right
	nodeIndex  // left # right
	nodeWord   // and, or, in where an operand stands: a name
	nodeOp     // an operator where an operand stands
)

// A node is one node of the syntax tree.
type node struct {
	kind   nodeKind
	pos    int
	text   string
	flags  string
	val    value.Value
	left   *node
	right  *node
	cond   *node
	kids   []*node
	pairs  [][2]*node
	terms  []term
	params []param
	sig    *signature

	// What shape adds.
	filters  []*node // predicates of what is no path
	stages   []stage // of a step: predicates and index bindings, in order
	group    *node   // the grouping { } that follows
	keep     bool    // [] follows: an array even of one
	cons     bool    // an array constructor whose arrays are not flattened
	tuple    bool    // the step (or path) carries bindings
	focus    string  // @$focus
	index    string  // #$index
	ancestor *parent // % elsewhere refers to the input of this step
	seeking  []*parent
	up       *parent // of nodeParent: which ancestor it is

	// What resolve adds.
	ref      reference  // of a variable or %
	decl     *variable  // of a binding; of focus
	indexDec *variable  // of index
	scope    *scope     // of a block, lambda or path with bindings
	clone    *reference // of a transform: its $clone
	hint     bool       // of a call of a name: there is a variable called so
	tail     bool       // of a call: its value is the lambda's
	table    int        // of a path with bindings, its tupleTable
}

type term struct {
	expr *node
	desc bool
}

type param struct {
	name string
	decl *variable
}

// A stage follows a step: a predicate, or an index binding after one.
type stage struct {
	filter *node
	index  string
	decl   *variable
}

// A parent is what one or more % refer to: the input of the step that binds it.
type parent struct {
	level int // steps still to go up
	label *label
}

// A label is the hidden variable that a step binds for %. Several parents that
// end at the same step share one.
type label struct{ decl *variable }

func (n *node) number() (float64, bool) {
	if n.kind == nodeLiteral && n.val.Kind() == value.KindNumber {
		return n.val.Float(), true
	}
	return 0, false
}

// bindable reports whether n is a variable that can be bound: not $ or $$.
func (n *node) bindable() bool { return n.kind == nodeVariable && n.text != "" && n.text != "$" }

func (n *node) isString() bool { return n.kind == nodeLiteral && n.val.Kind() == value.KindString }
