package program

import (
	"errors"
	"fmt"
)

// An operand is what A, B or C of an instruction is: the place of a row in a
// table, for most.
type operand uint8

const (
	none operand = iota
	state
	expr
	konst
	path
	rule
	table
	assign
	count
	task
	wait
	fork
	maps
	fail
	pc
	endOperands
)

// operands are the kinds of operands: a row each. The rest of a row is nil where
// there is nothing to do.
var operands = [endOperands]struct {
	name   string
	size   func(p *Program) int                                 // of the table; nil for what is no place
	verify func(p *Program, in *Instr, x uint32) error          // what is wrong with row x
	show   func(p *Program, in *Instr, x uint32) string         // row x in a listing
	next   func(p *Program, x uint32, yield func(PC) bool) bool // where control may go
}{
	none:   {"", nil, unused, nil, nil},
	state:  {"state", func(p *Program) int { return len(p.States) }, nil, showState, nil},
	expr:   {"expression", func(p *Program) int { return len(p.Exprs) }, verifyExpr, showExpr, nil},
	konst:  {"constant", func(p *Program) int { return len(p.Consts) }, nil, showConst, nil},
	path:   {"path", func(p *Program) int { return len(p.Paths) }, nil, showPath, nil},
	rule:   {"rule", func(p *Program) int { return len(p.Rules) }, verifyRule, showRule, nil},
	table:  {"table", func(p *Program) int { return len(p.Tables) }, verifyTable, showTable, nextOfTable},
	assign: {"assignment", func(p *Program) int { return len(p.Assigns) }, verifyAssign, showAssign, nil},
	count:  {"number", nil, nil, nil, nil},
	task:   {"task", func(p *Program) int { return len(p.Tasks) }, verifyTask, showTask, nil},
	wait:   {"wait", func(p *Program) int { return len(p.Waits) }, verifyWait, showWait, nil},
	fork:   {"fork", func(p *Program) int { return len(p.Forks) }, verifyFork, showFork, nil},
	maps:   {"map", func(p *Program) int { return len(p.Maps) }, verifyMap, showMap, nil},
	fail:   {"failure", func(p *Program) int { return len(p.Fails) }, verifyFail, showFail, nil},
	pc:     {"instruction", func(p *Program) int { return len(p.Code) }, nil, showPC, nextOfPC},
}

// all are the operands of in.
func (in *Instr) operands() [3]uint32 { return [3]uint32{in.A, in.B, in.C} }

func unused(_ *Program, _ *Instr, x uint32) error {
	if x != 0 {
		return errors.New("is not used")
	}
	return nil
}

// verifyExprs reports an expression that is not there; where none is needed, 0
// is none.
func (p *Program) verifyExprs(needed bool, ids ...ID) error {
	for _, id := range ids {
		if int(id) >= len(p.Exprs) || (id != 0) != (p.Exprs[id] != nil) || needed && id == 0 {
			return fmt.Errorf("expression %d of %d", id, len(p.Exprs))
		}
	}
	return nil
}

func verifyExpr(p *Program, _ *Instr, x uint32) error { return p.verifyExprs(true, x) }

func verifyRule(p *Program, _ *Instr, x uint32) error {
	r := &p.Rules[x]
	return errors.Join(p.verifyExprs(true, r.Variable), p.verifyExprs(r.Op.Path(), r.Path))
}

func verifyTable(p *Program, _ *Instr, x uint32) error {
	return p.verifyExprs(true, p.Tables[x].Variable)
}

func verifyAssign(p *Program, in *Instr, x uint32) error {
	if in.B == 0 || in.B > uint32(len(p.Assigns))-x {
		return fmt.Errorf("%d assignments from %d of %d", in.B, x, len(p.Assigns))
	}
	for _, a := range p.Assigns[x : x+in.B] {
		if err := p.verifyExprs(true, a.Expr); err != nil {
			return fmt.Errorf("variable %s: %w", a.Name, err)
		}
	}
	return nil
}

func verifyTask(p *Program, _ *Instr, x uint32) error {
	t := &p.Tasks[x]
	return p.verifyExprs(false, t.Timeout, t.Beat, t.Role)
}

func verifyWait(p *Program, _ *Instr, x uint32) error {
	w := &p.Waits[x]
	if (w.Seconds == 0) == (w.Timestamp == 0) {
		return errors.New("a wait has either seconds or a timestamp")
	}
	return p.verifyExprs(false, w.Seconds, w.Timestamp)
}

func verifyFork(p *Program, _ *Instr, x uint32) error {
	f := &p.Forks[x]
	if len(f.Entries) == 0 || len(f.Entries) != len(f.Scopes) {
		return fmt.Errorf("%d branches with %d scopes", len(f.Entries), len(f.Scopes))
	}
	for i := range f.Entries {
		if err := p.verifyEntry(f.Entries[i], f.Scopes[i]); err != nil {
			return fmt.Errorf("branch %d: %w", i, err)
		}
	}
	return nil
}

func verifyMap(p *Program, _ *Instr, x uint32) error {
	m := &p.Maps[x]
	return errors.Join(p.verifyEntry(m.Entry, m.Scope), p.verifyExprs(false, m.Items, m.Item, m.Concurrency, m.Count, m.Percentage))
}

func verifyFail(p *Program, _ *Instr, x uint32) error {
	return p.verifyExprs(false, p.Fails[x].Error, p.Fails[x].Cause)
}

// verifyEntry reports a place at which no thread can begin.
func (p *Program) verifyEntry(at PC, scope ID) error {
	if int(at) >= len(p.Code) || p.Code[at].Op != OpEnter {
		return fmt.Errorf("entry %d begins no state", at)
	}
	if int(scope) >= len(p.Scopes) {
		return fmt.Errorf("scope %d of %d", scope, len(p.Scopes))
	}
	return nil
}

func nextOfPC(_ *Program, x uint32, yield func(PC) bool) bool { return yield(x) }

func nextOfTable(p *Program, x uint32, yield func(PC) bool) bool {
	for _, to := range p.Tables[x].Strings {
		if !yield(to) {
			return false
		}
	}
	for _, to := range p.Tables[x].Numbers {
		if !yield(to) {
			return false
		}
	}
	return true
}
