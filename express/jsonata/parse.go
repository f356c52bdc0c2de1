package jsonata

import "unicode/utf8"

// maxNesting bounds the height of the syntax tree, so that recursion over it is
// bounded. The longest chain of one operator seen in published state machines
// has some thirty links.
const maxNesting = 1000

// powers are the left binding powers of the infix operators.
var powers = map[string]int{
	".": 75, "[": 80, "{": 70, "(": 80, "@": 80, "#": 80,
	"?": 20, "+": 50, "-": 50, "*": 60, "/": 60, "%": 60,
	"=": 40, "<": 40, ">": 40, "^": 40, ":=": 10, "!=": 40, "<=": 40, ">=": 40,
	"~>": 40, "?:": 40, "??": 40, "and": 30, "or": 25, "in": 40, "&": 50,
}

// prefixPower is the power of the operators before an operand.
const prefixPower = 70

// A parser is a top-down operator precedence parser: every token has a meaning
// at the start of an operand (prefix) and one after it (infix).
type parser struct {
	lexer
	tok    token
	depth  int
	strict bool
}

// parse reads src into a tree in the shape that the compiler wants. It returns
// false for lone where no string holds half a surrogate pair.
func parse(src string, strict bool) (root *node, lone bool, err *Error) {
	if !utf8.ValidString(src) {
		return nil, false, fail("S0201", "invalid UTF-8").at(0, "")
	}
	p := &parser{lexer: lexer{src: src}, strict: strict}
	defer func() {
		// the functions of the parser panic with an *Error, which stops here
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			root, err = nil, e
		}
	}()
	p.advance(false)
	root = p.expression(0)
	if p.tok.kind != tokEnd {
		p.fail("S0201", p.tok.text)
	}
	root = p.shape(root)
	if root.kind == nodeParent || len(root.seeking) > 0 {
		panic(fail("S0217").at(root.pos, ""))
	}
	return root, p.lone, nil
}

// fail stops the parser at the current token.
func (p *parser) fail(code string, inserts ...any) {
	panic(fail(code, inserts...).at(p.tok.pos, p.tok.text))
}

func (p *parser) advance(infix bool) {
	tok, err := p.next(infix)
	if err != nil {
		panic(err)
	}
	p.tok = tok
	if p.at("!") || p.at("~") {
		p.fail("S0204", tok.text)
	}
}

func (p *parser) at(op string) bool { return p.tok.kind == tokOp && p.tok.text == op }

// expect passes the operator op; what follows is an operand, or after infix an
// operator.
func (p *parser) expect(op string, infix bool) {
	if !p.at(op) {
		if p.tok.kind == tokEnd {
			p.fail("S0203", op)
		}
		p.fail("S0202", op, p.tok.text)
	}
	p.advance(infix)
}

// comma passes a comma and reports whether there was one.
func (p *parser) comma() bool {
	if !p.at(",") {
		return false
	}
	p.advance(false)
	return true
}

// expression reads an operand and the operators that bind it more tightly than
// power.
func (p *parser) expression(power int) *node {
	before := p.depth
	p.deeper()
	tok := p.tok
	p.advance(true)
	left := p.prefix(tok)
	for {
		tok = p.tok
		if tok.kind != tokOp || powers[tok.text] <= power {
			break
		}
		p.deeper()
		p.advance(false)
		left = p.infix(tok, left)
	}
	// an operand after an operand is seen by whoever called
	p.depth = before
	return left
}

func (p *parser) deeper() {
	if p.depth++; p.depth > maxNesting {
		panic(fail(CodeNesting, maxNesting).at(p.tok.pos, p.tok.text))
	}
}

// prefix is the operand that begins with tok, which has been passed.
func (p *parser) prefix(tok token) *node {
	n := &node{pos: tok.pos, text: tok.text, flags: tok.flags, val: tok.val}
	switch tok.kind {
	case tokEnd:
		n.kind = nodeEnd
	case tokName:
		n.kind = nodeName
	case tokVar:
		n.kind = nodeVariable
	case tokRegex:
		n.kind = nodeRegex
	case tokString, tokNumber, tokLiteral:
		n.kind = nodeLiteral
	case tokOp:
		p.prefixOp(n)
	}
	return n
}

func (p *parser) prefixOp(n *node) {
	switch n.text {
	case "and", "or", "in":
		n.kind = nodeWord
	case "-":
		n.kind = nodeNegate
		n.left = p.expression(prefixPower)
	case "*":
		n.kind = nodeWildcard
	case "**":
		n.kind = nodeDescendant
	case "%":
		n.kind = nodeParent
	case "(":
		n.kind = nodeBlock
		p.block(n)
	case "[":
		n.kind = nodeArray
		p.array(n)
	case "{":
		n.kind = nodeObject
		p.object(n)
	case "|":
		n.kind = nodeTransform
		n.left = p.expression(0)
		p.expect("|", false)
		n.right = p.expression(0)
		if p.at(",") {
			p.advance(false)
			n.cond = p.expression(0)
		}
		p.expect("|", true)
	default:
		panic(fail("S0211", n.text).at(n.pos, n.text))
	}
}

// infix is what the operator tok, which has been passed, makes of left.
func (p *parser) infix(tok token, left *node) *node {
	n := &node{pos: tok.pos, text: tok.text, left: left}
	switch tok.text {
	case ".":
		n.kind = nodeDot
		n.right = p.expression(powers["."])
	case "[":
		return p.predicate(n)
	case "{":
		n.kind = nodeGroup
		p.object(n)
	case "(":
		return p.call(n)
	case "^":
		n.kind = nodeOrder
		p.order(n)
	case "@", "#":
		n.kind = nodeFocus
		if tok.text == "#" {
			n.kind = nodeIndex
		}
		n.right = p.expression(powers[tok.text])
		if !n.right.bindable() {
			panic(fail("S0214", tok.text).at(n.right.pos, tok.text))
		}
	case "?":
		n.kind = nodeCond
		n.cond, n.left = left, p.expression(0)
		if p.at(":") {
			p.advance(false)
			n.right = p.expression(0)
		}
	case "?:", "??":
		if p.strict {
			panic(fail(CodeSince, tok.text).at(tok.pos, tok.text))
		}
		n.kind = nodeElvis
		if tok.text == "??" {
			n.kind = nodeCoalesce
		}
		n.right = p.expression(0)
	case ":=":
		if !left.bindable() {
			panic(fail("S0212").at(left.pos, left.text))
		}
		n.kind, n.text, n.left = nodeBind, left.text, nil
		n.right = p.expression(powers[":="] - 1) // binds to the right
	case "~>":
		n.kind = nodeApply
		n.right = p.expression(powers["~>"])
	default:
		n.kind = nodeBinary
		n.right = p.expression(powers[tok.text])
	}
	return n
}

// block reads the rest of ( a; b; c ).
func (p *parser) block(n *node) {
	for !p.at(")") {
		n.kids = append(n.kids, p.expression(0))
		if !p.at(";") {
			break
		}
		p.advance(false)
	}
	p.expect(")", true)
}

// array reads the rest of [ a, b..c ].
func (p *parser) array(n *node) {
	for more := !p.at("]"); more; more = p.comma() {
		item := p.expression(0)
		if p.at("..") {
			item = &node{kind: nodeBinary, text: "..", pos: p.tok.pos, left: item}
			p.advance(false)
			item.right = p.expression(0)
		}
		n.kids = append(n.kids, item)
	}
	p.expect("]", true)
}

// object reads the rest of { k: v }.
func (p *parser) object(n *node) {
	for more := !p.at("}"); more; more = p.comma() {
		k := p.expression(0)
		p.expect(":", false)
		n.pairs = append(n.pairs, [2]*node{k, p.expression(0)})
	}
	p.expect("}", true)
}

// predicate reads the rest of left[...]. Empty brackets mark the step that all
// brackets here belong to: an array even of one.
func (p *parser) predicate(n *node) *node {
	if p.at("]") {
		step := n.left
		for step.kind == nodeFilter {
			step = step.left
		}
		step.keep = true
		p.advance(true)
		return n.left
	}
	n.kind = nodeFilter
	n.right = p.expression(0)
	p.expect("]", true)
	return n
}

// order reads the rest of left^(<a, >b).
func (p *parser) order(n *node) {
	p.expect("(", false)
	for more := true; more; more = p.comma() {
		t := term{desc: p.at(">")}
		if t.desc || p.at("<") {
			p.advance(false)
		}
		t.expr = p.expression(0)
		n.terms = append(n.terms, t)
	}
	p.expect(")", true)
}

// call reads the rest of left(a, ?), or the definition of a lambda.
func (p *parser) call(n *node) *node {
	n.kind = nodeCall
	for more := !p.at(")"); more; more = p.comma() {
		if p.at("?") {
			n.kind = nodePartial
			n.kids = append(n.kids, &node{kind: nodeHole, pos: p.tok.pos})
			p.advance(true)
		} else {
			n.kids = append(n.kids, p.expression(0))
		}
	}
	p.expect(")", true)
	if f := n.left; f.kind == nodeName && (f.text == "function" || f.text == "λ") {
		return p.lambda(n)
	}
	return n
}

func (p *parser) lambda(n *node) *node {
	fn := &node{kind: nodeLambda, pos: n.left.pos, text: n.left.text}
	for i, arg := range n.kids {
		if arg.kind != nodeVariable {
			panic(fail("S0208", i+1).at(arg.pos, arg.text))
		}
		fn.params = append(fn.params, param{name: arg.text})
	}
	if p.at("<") {
		fn.sig = p.signature()
	}
	p.expect("{", false)
	fn.left = p.expression(0)
	p.expect("}", true)
	return fn
}

// signature reads <s-n?:s> up to and including its last >.
func (p *parser) signature() *signature {
	start := p.tok.pos
	for depth := 0; ; p.advance(false) {
		switch {
		case p.tok.kind == tokEnd || p.at("{"):
			p.expect(">", false) // which it is not
		case p.at("<"):
			depth++
		case p.at(">"):
			if depth--; depth == 0 {
				end := p.tok.pos + 1
				p.advance(false)
				sig, err := parseSignature(p.src[start:end])
				if err != nil {
					err.Offset += start
					panic(err)
				}
				return sig
			}
		}
	}
}
