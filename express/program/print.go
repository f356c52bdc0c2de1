package program

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

// String is the listing of p: an instruction a line, its operands as the
// definition has them, and a star behind the place of every instruction at which
// a thread or the handler of an error begins.
func (p *Program) String() string {
	begins := p.begins()
	digits := max(3, len(strconv.Itoa(len(p.Code)-1)))
	var b strings.Builder
	for at := range p.Code {
		mark := ' '
		if begins[PC(at)] {
			mark = '*'
		}
		in := &p.Code[at]
		line := fmt.Sprintf("%*d%c %-9s %s", digits, at, mark, in.Op, p.show(in))
		b.WriteString(strings.TrimRight(line, " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// begins are the places at which control arrives from elsewhere.
func (p *Program) begins() map[PC]bool {
	at := map[PC]bool{0: true}
	for i := range p.Forks {
		for _, entry := range p.Forks[i].Entries {
			at[entry] = true
		}
	}
	for i := range p.Maps {
		at[p.Maps[i].Entry] = true
	}
	for i := range p.States {
		for _, c := range p.States[i].Catch {
			at[c.Handler] = true
		}
	}
	return at
}

// show is the operands of in.
func (p *Program) show(in *Instr) string {
	var words []string
	for i, x := range in.operands() {
		if show := operands[ops[in.Op].args[i]].show; show != nil {
			words = append(words, show(p, in, x))
		}
	}
	return strings.Join(words, " ")
}

// showState adds, where a state begins, what its errors do.
func showState(p *Program, in *Instr, x uint32) string {
	s := &p.States[x]
	if in.Op != OpEnter {
		return s.Name
	}
	var b strings.Builder
	b.WriteString(s.Name)
	for i := range s.Retry {
		r := &s.Retry[i]
		fmt.Fprintf(&b, "  retry %s %s*%v max %d", strings.Join(r.Errors, ","), r.Interval, r.Backoff, r.Max)
		if r.MaxDelay > 0 {
			fmt.Fprintf(&b, " up to %s", r.MaxDelay)
		}
		if r.Jitter {
			b.WriteString(" jitter")
		}
	}
	for _, c := range s.Catch {
		fmt.Fprintf(&b, "  catch %s -> %d", strings.Join(c.Errors, ","), c.Handler)
	}
	return b.String()
}

func showExpr(p *Program, _ *Instr, x uint32) string { return p.Exprs[x].String() }

func showConst(p *Program, _ *Instr, x uint32) string { return p.Consts[x].String() }

func showPath(p *Program, _ *Instr, x uint32) string { return p.Paths[x].String() }

func showPC(_ *Program, _ *Instr, x uint32) string { return fmt.Sprintf("-> %d", x) }

func showRule(p *Program, in *Instr, x uint32) string {
	r := &p.Rules[x]
	operand := r.Operand.String()
	if r.Op.Path() {
		operand = p.Exprs[r.Path].String()
	}
	not := ""
	if in.Flag == IfNot {
		not = "not "
	}
	return fmt.Sprintf("%s%s %s %s", not, p.Exprs[r.Variable], r.Op, operand)
}

func showTable(p *Program, _ *Instr, x uint32) string {
	type row struct {
		key string
		to  PC
	}
	t := &p.Tables[x]
	var rows []row
	for k, to := range t.Strings {
		rows = append(rows, row{value.String(k).String(), to})
	}
	for k, to := range t.Numbers {
		rows = append(rows, row{value.Number(k).String(), to})
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Or(cmp.Compare(a.to, b.to), cmp.Compare(a.key, b.key)) })
	words := []string{p.Exprs[t.Variable].String()}
	for _, r := range rows {
		words = append(words, fmt.Sprintf("%s -> %d", r.key, r.to))
	}
	return strings.Join(words, "  ")
}

func showAssign(p *Program, in *Instr, x uint32) string {
	var words []string
	for _, a := range p.Assigns[x : x+in.B] {
		words = append(words, fmt.Sprintf("$%s = %s", a.Name, p.Exprs[a.Expr]))
	}
	return strings.Join(words, "  ")
}

func showTask(p *Program, _ *Instr, x uint32) string {
	t := &p.Tasks[x]
	return t.Resource + p.optional("timeout", t.Timeout) + p.optional("heartbeat", t.Beat) + p.optional("role", t.Role)
}

func showWait(p *Program, _ *Instr, x uint32) string {
	w := &p.Waits[x]
	e := p.Exprs[cmp.Or(w.Seconds, w.Timestamp)]
	if v, ok := e.Const(); ok && w.Seconds != 0 {
		return time.Duration(v.Float() * float64(time.Second)).String()
	}
	return bare(e)
}

func showFork(p *Program, _ *Instr, x uint32) string {
	var words []string
	for _, entry := range p.Forks[x].Entries {
		words = append(words, fmt.Sprintf("-> %d", entry))
	}
	return strings.Join(words, " ")
}

func showMap(p *Program, _ *Instr, x uint32) string {
	m := &p.Maps[x]
	return fmt.Sprintf("-> %d", m.Entry) + p.optional("items", m.Items) + p.optional("item", m.Item) +
		p.optional("concurrency", m.Concurrency) + p.optional("count", m.Count) + p.optional("percentage", m.Percentage)
}

func showFail(p *Program, _ *Instr, x uint32) string {
	f := &p.Fails[x]
	return strings.TrimLeft(p.optional("error", f.Error)+p.optional("cause", f.Cause), " ")
}

// optional shows an expression that may be missing, with a name before it.
func (p *Program) optional(name string, id ID) string {
	if id == 0 {
		return ""
	}
	return "  " + name + " " + p.Exprs[id].String()
}

// bare is an expression without the quotes of a constant string.
func bare(e template.Expr) string {
	if v, ok := e.Const(); ok && v.Kind() == value.KindString {
		return v.Text()
	}
	return e.String()
}
