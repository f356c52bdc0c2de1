package awsapi

import (
	"slices"

	"github.com/seed66d9166c/express/express/program"
)

// variables are the names of the variables that each state refers to, sorted, but
// for states that refer to none. States of one name in several branches are one,
// as AWS's answer has no place for more.
func variables(p *program.Program) map[string][]string {
	all := make(map[string][]string)
	for i := range p.States {
		s := &p.States[i]
		names := all[s.Name]
		for _, in := range p.Code[s.Entry:s.End] {
			for _, id := range expressions(p, in) {
				if id != 0 {
					names = append(names, p.Exprs[id].Refs()...)
				}
			}
		}
		if len(names) > 0 {
			slices.Sort(names)
			all[s.Name] = slices.Compact(names)
		}
	}
	return all
}

// expressions are those that in evaluates, 0 for none.
func expressions(p *program.Program, in program.Instr) []program.ID {
	switch in.Op {
	case program.OpInput, program.OpArg, program.OpSelect, program.OpOutput, program.OpCond:
		return []program.ID{in.A}
	case program.OpAssign:
		var ids []program.ID
		for _, a := range p.Assigns[in.A : in.A+in.B] {
			ids = append(ids, a.Expr)
		}
		return ids
	case program.OpTask:
		t := &p.Tasks[in.A]
		return []program.ID{t.Timeout, t.Beat, t.Role}
	case program.OpMap:
		m := &p.Maps[in.A]
		return []program.ID{m.Items, m.Item, m.Concurrency, m.Count, m.Percentage}
	case program.OpWait:
		w := &p.Waits[in.A]
		return []program.ID{w.Seconds, w.Timestamp}
	case program.OpTest:
		r := &p.Rules[in.A]
		return []program.ID{r.Variable, r.Path}
	case program.OpTable:
		return []program.ID{p.Tables[in.A].Variable}
	case program.OpFail:
		f := &p.Fails[in.A]
		return []program.ID{f.Error, f.Cause}
	}
	return nil
}
