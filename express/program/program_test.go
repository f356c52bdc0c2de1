package program

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

var update = flag.Bool("update", false, "rewrite docs/instructions.md")

// The table of operations is whole: each row has a name of its own and a
// sentence, and its operands are kinds that can be shown.
func TestOps(t *testing.T) {
	seen := make(map[string]Op)
	for o := range opEnd {
		row := &ops[o]
		if row.name == "" || !strings.Contains(row.does, " ") {
			t.Errorf("operation %d has the row %+v", o, row)
		}
		if first, ok := seen[row.name]; ok {
			t.Errorf("operations %d and %d are both called %s", first, o, row.name)
		}
		seen[row.name] = o
		for i, kind := range row.args {
			if kind == none {
				continue
			}
			if letter := string(rune('A' + i)); !strings.Contains(" "+strings.NewReplacer(",", " ", ":", " ", ";", " ").Replace(row.does)+" ", " "+letter+" ") {
				t.Errorf("the sentence of %s does not say what %s is", row.name, letter)
			}
			if operands[kind].name == "" || operands[kind].size != nil && operands[kind].show == nil {
				t.Errorf("%s has an operand that is no row of operands", row.name)
			}
		}
	}
}

// docs/instructions.md is what the table of operations says.
func TestInstructions(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "instructions.md")
	want := instructions()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("run go generate ./express/program (-want +got):\n%s", diff)
	}
}

// instructions is the table of operations in Markdown.
func instructions() string {
	var b strings.Builder
	b.WriteString(`# Instructions

Written by ` + "`go generate ./express/program`" + ` from the table ` + "`ops`" + ` in ` + "`express/program/op.go`" + `: change it there.

A thread of an execution has three registers: *raw*, the input of the state; *arg*, its effective input, then its argument;
and *cur*, its result, then its output. An instruction has up to three operands; most are places in a table of the program.
What it does is said of these and of the tables; the events are those of an execution's history.

| operation | A | B | C | what it does |
| --- | --- | --- | --- | --- |
`)
	for o := range opEnd {
		row := &ops[o]
		fmt.Fprintf(&b, "| `%s` |", row.name)
		for _, kind := range row.args {
			fmt.Fprintf(&b, " %s |", operands[kind].name)
		}
		fmt.Fprintf(&b, " %s |\n", row.does)
	}
	return strings.ReplaceAll(b.String(), "  |", " |")
}

// sample is a program that has nothing wrong, with every kind of table: a Choice
// by table and by test, then a Task with a handler, a Wait, a Parallel and a Map
// of the same processor, and a Fail.
func sample() *Program {
	p := &Program{
		States: []State{
			{Name: "Choose", Type: TypeChoice, Entry: 0, End: 8},
			{Name: "Call", Type: TypeTask, Entry: 8, End: 18, Catch: []Catcher{{Errors: []string{"States.ALL"}, Handler: 15}}},
			{Name: "Pause", Type: TypeWait, Entry: 18, End: 21},
			{Name: "Fork", Type: TypeParallel, Entry: 21, End: 24},
			{Name: "Each", Type: TypeMap, Entry: 24, End: 27},
			{Name: "Stop", Type: TypeFail, Entry: 28, End: 30},
			{Name: "Inner", Type: TypeSucceed, Entry: 30, End: 32},
		},
		Consts:  []value.Value{value.True},
		Exprs:   []template.Expr{nil, template.Const(value.String("x")), template.Const(value.Int(3))},
		Paths:   []Path{place("$.x")},
		Rules:   []Rule{{Op: StringEquals, Variable: 1, Operand: value.String("x")}, {Op: StringEquals | pathForm, Variable: 1, Path: 2}},
		Tables:  []Table{{Variable: 1, Strings: map[string]PC{"a": 6, "b": 7}, Numbers: map[float64]PC{1: 7}}},
		Assigns: []Assign{{Name: "v", Expr: 1}, {Name: "w", Slot: 1, Expr: 2}},
		Tasks:   []Task{{Kind: "func", Target: "f", Resource: "func:f", Timeout: 2, Role: 1}},
		Waits:   []Wait{{Seconds: 2}},
		Forks:   []Fork{{Entries: []PC{30, 30}, Scopes: []ID{1, 1}}},
		Maps:    []Map{{Entry: 30, Scope: 1, Item: 1, Concurrency: 2}},
		Fails:   []Fail{{Error: 1}},
		Scopes:  []Scope{{Names: []string{"v", "w"}}, {}},
		Code: []Instr{
			0:  {Op: OpEnter},
			1:  {Op: OpInput, A: 1},
			2:  {Op: OpTable},
			3:  {Op: OpTest, B: 6},
			4:  {Op: OpTest, Flag: IfNot, A: 1, B: 7},
			5:  {Op: OpUnmatched},
			6:  {Op: OpExit, B: 8},
			7:  {Op: OpExit, B: 28},
			8:  {Op: OpEnter, A: 1},
			9:  {Op: OpArg, A: 1},
			10: {Op: OpTask},
			11: {Op: OpSelect, A: 1},
			12: {Op: OpAssign, B: 2},
			13: {Op: OpMerge},
			14: {Op: OpExit, A: 1, B: 18},
			15: {Op: OpKeep},
			16: {Op: OpOutput, A: 2},
			17: {Op: OpExit, A: 1, B: 28},
			18: {Op: OpEnter, A: 2},
			19: {Op: OpWait},
			20: {Op: OpExit, A: 2, B: 21},
			21: {Op: OpEnter, A: 3},
			22: {Op: OpFork},
			23: {Op: OpExit, A: 3, B: 24},
			24: {Op: OpEnter, A: 4},
			25: {Op: OpMap},
			26: {Op: OpExit, A: 4, B: 27},
			27: {Op: OpHalt},
			28: {Op: OpEnter, A: 5},
			29: {Op: OpFail},
			30: {Op: OpEnter, A: 6},
			31: {Op: OpExit, A: 6, B: 32},
			32: {Op: OpHalt},
		},
	}
	p.Pos = make([]Pos, len(p.Code))
	return p
}

// A place is a path that is only printed.
type place string

func (p place) Put(_ *value.Arena, root, _ value.Value) (value.Value, error) { return root, nil }
func (p place) String() string                                               { return string(p) }

func TestListing(t *testing.T) {
	p := sample()
	if err := p.Verify(); err != nil {
		t.Fatal(err)
	}
	want := `  0* enter     Choose
  1  input     "x"
  2  table     "x"  "a" -> 6  "b" -> 7  1 -> 7
  3  test      "x" StringEquals "x" -> 6
  4  test      not "x" StringEqualsPath 3 -> 7
  5  unmatched
  6  exit      Choose -> 8
  7  exit      Choose -> 28
  8  enter     Call  catch States.ALL -> 15
  9  arg       "x"
 10  task      func:f  timeout 3  role "x"
 11  select    "x"
 12  assign    $v = "x"  $w = 3
 13  merge     $.x
 14  exit      Call -> 18
 15* keep
 16  output    3
 17  exit      Call -> 28
 18  enter     Pause
 19  wait      3s
 20  exit      Pause -> 21
 21  enter     Fork
 22  fork      -> 30 -> 30
 23  exit      Fork -> 24
 24  enter     Each
 25  map       -> 30  item "x"  concurrency 3
 26  exit      Each -> 27
 27  halt
 28  enter     Stop
 29  fail      error "x"
 30* enter     Inner
 31  exit      Inner -> 32
 32  halt
`
	if diff := cmp.Diff(want, p.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Verify finds every way in which the sample can be broken.
func TestVerify(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		harm       func(p *Program)
	}{
		{"no code", "does not begin with a state", func(p *Program) { p.Code = nil }},
		{"begins with another", "does not begin with a state", func(p *Program) { p.Code[0].Op = OpHalt }},
		{"places", "33 instructions have 32 places", func(p *Program) { p.Pos = p.Pos[1:] }},
		{"scopes", "no scope", func(p *Program) { p.Scopes = nil }},
		{"operation", "29: operation 255", func(p *Program) { p.Code[29].Op = 255 }},
		{"state", "0 enter: state 7 of 7", func(p *Program) { p.Code[0].A = 7 }},
		{"expression", "1 input: expression 3 of 3", func(p *Program) { p.Code[1].A = 3 }},
		{"no expression", "1 input: A: expression 0 of 3", func(p *Program) { p.Code[1].A = 0 }},
		{"expression that is nil", "1 input: A: expression 1 of 3", func(p *Program) { p.Exprs[1] = nil }},
		{"constant", "11 const: constant 1 of 1", func(p *Program) { p.Code[11] = Instr{Op: OpConst, A: 1} }},
		{"path", "13 merge: path 1 of 1", func(p *Program) { p.Code[13].A = 1 }},
		{"rule", "3 test: rule 2 of 2", func(p *Program) { p.Code[3].A = 2 }},
		{"variable of a rule", "3 test: A: expression 0 of 3", func(p *Program) { p.Rules[0].Variable = 0 }},
		{"path of a rule", "4 test: A: expression 9 of 3", func(p *Program) { p.Rules[1].Path = 9 }},
		{"table", "2 table: table 1 of 1", func(p *Program) { p.Code[2].A = 1 }},
		{"variable of a table", "2 table: A: expression 0 of 3", func(p *Program) { p.Tables[0].Variable = 0 }},
		{"row of a table", "2 table: goes to 33 of 33", func(p *Program) { p.Tables[0].Strings["a"] = 33 }},
		{"number of a table", "2 table: goes to 8, enter", func(p *Program) { p.Tables[0].Numbers[1] = 8 }},
		{"assignments", "12 assign: A: 3 assignments from 0 of 2", func(p *Program) { p.Code[12].B = 3 }},
		{"no assignments", "12 assign: A: 0 assignments from 0 of 2", func(p *Program) { p.Code[12].B = 0 }},
		{"value of a variable", "12 assign: A: variable w: expression 0 of 3", func(p *Program) { p.Assigns[1].Expr = 0 }},
		{"task", "10 task: task 1 of 1", func(p *Program) { p.Code[10].A = 1 }},
		{"timeout", "10 task: A: expression 7 of 3", func(p *Program) { p.Tasks[0].Timeout = 7 }},
		{"wait", "19 wait: A: a wait has either seconds or a timestamp", func(p *Program) { p.Waits[0].Timestamp = 1 }},
		{"branches", "22 fork: A: 0 branches with 2 scopes", func(p *Program) { p.Forks[0].Entries = nil }},
		{"entry of a branch", "22 fork: A: branch 1: entry 31 begins no state", func(p *Program) { p.Forks[0].Entries[1] = 31 }},
		{"scope of a branch", "22 fork: A: branch 0: scope 2 of 2", func(p *Program) { p.Forks[0].Scopes[0] = 2 }},
		{"entry of a map", "25 map: A: entry 99 begins no state", func(p *Program) { p.Maps[0].Entry = 99 }},
		{"items of a map", "25 map: A: expression 3 of 3", func(p *Program) { p.Maps[0].Items = 3 }},
		{"cause", "29 fail: A: expression 3 of 3", func(p *Program) { p.Fails[0].Cause = 3 }},
		{"jump out of the code", "3 test: instruction 33 of 33", func(p *Program) { p.Code[3].B = 33 }},
		{"jump into a state", "3 test: goes to 8, enter", func(p *Program) { p.Code[3].B = 8 }},
		{"exit to no state", "6 exit: goes to 7, exit", func(p *Program) { p.Code[6].B = 7 }},
		{"code runs out of a state", "17 output: goes to 18, enter", func(p *Program) { p.Code[17] = Instr{Op: OpOutput, A: 1} }},
		{"code runs out", "31 keep: goes to 32 of 32", func(p *Program) {
			p.Code = p.Code[:32]
			p.Pos = p.Pos[:32]
			p.Code[31] = Instr{Op: OpKeep}
		}},
		{"operand that is not used", "15 keep: A: is not used", func(p *Program) { p.Code[15].A = 1 }},
		{"entry of a state", `state "Call": is not at 9 to 18`, func(p *Program) { p.States[1].Entry = 9 }},
		{"end of a state", `state "Inner": is not at 30 to 34`, func(p *Program) { p.States[6].End = 34 }},
		{"handler elsewhere", `state "Call": handler 19 is not in it`, func(p *Program) { p.States[1].Catch[0].Handler = 19 }},
		{"exit of another state", `state "Call": has exit at 14 in it`, func(p *Program) { p.Code[14].A = 2 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := sample()
			tt.harm(p)
			if err := p.Verify(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestShort(t *testing.T) {
	short := func() *Program {
		return &Program{
			States: []State{{Name: "A", Entry: 0, End: 2}, {Name: "B", Entry: 2, End: 4}},
			Exprs:  []template.Expr{nil, template.Const(value.True)},
			Scopes: make([]Scope, 1), Pos: make([]Pos, 5),
			Code: []Instr{{Op: OpEnter}, {Op: OpExit, B: 2}, {Op: OpEnter, A: 1}, {Op: OpExit, A: 1, B: 4}, {Op: OpHalt}},
		}
	}
	if p := short(); p.Verify() != nil || !p.Short() {
		t.Errorf("two states: short %t, %v", p.Short(), p.Verify())
	}
	loop := short()
	loop.Code[3].B = 0
	if loop.Verify() != nil || loop.Short() {
		t.Errorf("a loop: short %t, %v", loop.Short(), loop.Verify())
	}
	query := short()
	query.States[1].JSONata = true
	if query.Short() {
		t.Error("JSONata is short")
	}
	for _, op := range []Op{OpTask, OpWait, OpFork, OpMap} {
		p := short()
		p.Code[1] = Instr{Op: op}
		if p.Short() {
			t.Errorf("%s is short", op)
		}
	}
}

func TestStateTypeByName(t *testing.T) {
	for typ := TypeTask; typ <= TypeFail; typ++ {
		if got, ok := StateTypeByName(typ.String()); got != typ || !ok {
			t.Errorf("%s is %s, %t", typ, got, ok)
		}
	}
	if _, ok := StateTypeByName("task"); ok {
		t.Error("task is a type")
	}
}

func TestWants(t *testing.T) {
	p := sample()
	if got := p.Wants(); got != template.WantsElements {
		t.Errorf("a program with a Map wants %b", got)
	}
	p.Maps = nil
	if got := p.Wants(); got != 0 {
		t.Errorf("a program of constants wants %b", got)
	}
}
