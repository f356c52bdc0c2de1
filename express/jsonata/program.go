package jsonata

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seed66d9166c/express/express/value"
)

// An Instr is one instruction. What A, B and C are, the row of Op says.
type Instr struct {
	Op   Op
	C    uint8
	A, B uint32
}

// A program is a compiled expression: one flat slice of instructions, that of
// the whole expression first, and the tables they index. It does not change.
type program struct {
	code    []Instr
	pos     []uint32 // pos[pc] is where in the source code[pc] came from
	consts  []value.Value
	names   [][]string // of paths and of objects
	protos  []proto
	sorts   []sortTable
	tuples  []tupleTable
	groups  []groupTable
	holes   [][]bool // of a partial application: which arguments are missing
	regexes []*regex
	callees []string // what is called, as errors name it
	slots   int      // of the expression itself
	env     *environment
	lone    bool // strings may hold halves of surrogate pairs
	source  string
}

// A proto is a lambda before it is closed over anything.
type proto struct {
	entry    uint32
	slots    int
	params   int
	sig      *signature
	captures []capture
}

// A capture is where a closure finds a variable when it is made: in a slot of
// the frame, or among what the function around it captured.
type capture struct {
	slot bool
	at   int
}

// A sortTable is an order-by clause.
type sortTable struct {
	desc  []bool
	tuple int // table of the rows to be sorted, noTuple for items
}

// A tupleTable lists the variables that a path carries along: column i+1 of its
// rows goes into slots[i].
type tupleTable struct {
	slots []int
	boxed []bool
	binds []rowBinding
}

// A rowBinding is what a step binds in the rows it makes: columns, 0 for none.
type rowBinding struct{ focus, index, ancestor int }

// A groupTable is a grouping: where the value of each pair is computed.
type groupTable struct {
	values []uint32
	tuple  int // noTuple if the items are no rows
}

const noTuple = -1

// Flags in C.
const (
	flagKeep  = 1 << iota // [] was given
	flagCons              // opArray: do not flatten
	flagFirst             // opIter, opTuples, opFields: the context of the whole path
	flagLast              // opFields, opClose: of the last step
	flagRaw               // opClose: do not collapse
	flagHint              // opInvoke, opPartial: there is a variable of that name
	flagNorm              // opFields: collapse, for the predicate that follows
	flagJSON              // opFields: a list is JSON at once, as it becomes part of the value
)

// stored tells the instruction at pc, whose value becomes the value of the
// expression or part of an object, that no list is needed on the way.
func (p *program) stored(pc int) {
	in := &p.code[pc]
	if in.C&flagLast != 0 && (in.Op == opField || in.Op == opFields || in.Op == opFieldsOf) {
		in.C |= flagJSON
	}
}

// Listing is the program of e, an instruction a line: its number, its name,
// what it works on. The lines of lambdas follow those of the expression.
func (e *Expr) Listing() string {
	p := e.prog
	var b strings.Builder
	entries := map[int]int{}
	for i := range p.protos {
		entries[int(p.protos[i].entry)] = i
	}
	for pc, in := range p.code {
		if i, ok := entries[pc]; ok {
			f := &p.protos[i]
			fmt.Fprintf(&b, "lambda %d: %d parameters, %d slots, %d captured\n", i, f.params, f.slots, len(f.captures))
		}
		row := &ops[in.Op]
		line := fmt.Sprintf("%4d  %-13s", pc, row.name)
		for _, o := range []struct {
			kind operand
			n    uint32
		}{{row.a, in.A}, {row.b, in.B}, {row.c, uint32(in.C)}} {
			if s := p.operand(o.kind, o.n); s != "" {
				line += " " + s
			}
		}
		b.WriteString(strings.TrimRight(line, " "))
		b.WriteByte('\n')
	}
	return b.String()
}

func (p *program) operand(kind operand, n uint32) string {
	switch kind {
	case none:
		return ""
	case aConst:
		return p.consts[n].String()
	case aNames:
		return strings.Join(p.names[n], ".")
	case aSlot:
		return "s" + strconv.Itoa(int(n))
	case aCapture:
		return "u" + strconv.Itoa(int(n))
	case aExternal:
		return "$" + p.env.opts.Vars[n]
	case aGroupVar:
		return "$" + p.env.groups[n].name
	case aFunc:
		return "$" + p.env.table[n].name
	case aPC:
		return "-> " + strconv.Itoa(int(n))
	case aOp:
		return Op(n).String()
	case aOperand:
		if n == 0 {
			return ""
		}
		return p.consts[n-1].String()
	case aFlags:
		return flagText(uint8(n))
	case aRegex:
		return p.regexes[n].String()
	case aCallee:
		return p.callees[n]
	case aSort:
		return p.sorts[n].String()
	case aTuple:
		return "t" + strconv.Itoa(int(n))
	case aGroup:
		return "g" + strconv.Itoa(int(n))
	case aHoles:
		return holesText(p.holes[n])
	case aProto:
		return "lambda " + strconv.Itoa(int(n))
	}
	return strconv.Itoa(int(n))
}

var flagNames = [...]string{"keep", "cons", "first", "last", "raw", "hint", "norm", "json"}

func flagText(c uint8) string {
	var names []string
	for i, name := range flagNames {
		if c&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

func (s sortTable) String() string {
	b := make([]byte, len(s.desc))
	for i, desc := range s.desc {
		b[i] = '<'
		if desc {
			b[i] = '>'
		}
	}
	return string(b)
}

func holesText(holes []bool) string {
	b := make([]byte, len(holes))
	for i, hole := range holes {
		b[i] = '.'
		if hole {
			b[i] = '?'
		}
	}
	return "(" + string(b) + ")"
}
