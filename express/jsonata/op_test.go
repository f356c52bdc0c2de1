package jsonata

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestOps checks that every instruction has a row of its own, and that it occurs
// in what the expressions of testdata compile to.
func TestOps(t *testing.T) {
	used := map[Op]bool{}
	names := map[string]Op{}
	for _, expr := range testExpressions(t) {
		e, err := Compile(expr, &Options{Vars: []string{"states.input", "states.context", "v"}, EvalFunction: true})
		if err != nil {
			continue
		}
		for _, in := range e.prog.code {
			used[in.Op] = true
		}
	}
	for op := range opEnd {
		row := &ops[op]
		if row.name == "" || row.doc == "" {
			t.Errorf("op %d has no name or no sentence", op)
		}
		if other, ok := names[row.name]; ok {
			t.Errorf("ops %d and %d are both called %s", other, op, row.name)
		}
		names[row.name] = op
		if !used[op] {
			t.Errorf("no expression of testdata makes the instruction %s", op)
		}
	}
}

// TestLibrary checks that every function is called by an expression of testdata
// or of the tests of its dialect, and that no name occurs twice in a dialect.
func TestLibrary(t *testing.T) {
	text := strings.Join(testExpressions(t), "\n")
	tests, err := os.ReadFile("jsonata_test.go")
	if err != nil {
		t.Fatal(err)
	}
	text += string(tests)
	for d := range dialects {
		var names []string
		for i, rows := range tables(d) {
			for _, r := range rows {
				if slices.Contains(names, r.name) && i < len(tables(dialectPlain)) {
					t.Errorf("there are two functions %s", r.name)
				}
				names = append(names, r.name)
				if !strings.Contains(text, "$"+r.name+"(") {
					t.Errorf("no expression calls $%s", r.name)
				}
			}
		}
	}
}

// TestMessages checks that every code is that of some case.
func TestMessages(t *testing.T) {
	var text string
	for _, name := range []string{"jsonata_test.go", "limits_test.go", "bomb_test.go", filepath.Join("testdata", "cases.txt")} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text += string(b)
	}
	symbolic := map[string]string{CodeLimit: "CodeLimit", CodeNesting: "CodeNesting", CodeSince: "CodeSince", CodeRegexp: "CodeRegexp"}
	for code := range messages {
		if !strings.Contains(text, code) && (symbolic[code] == "" || !strings.Contains(text, symbolic[code])) {
			t.Errorf("no case ends in %s", code)
		}
	}
}

// testExpressions are those of testdata/cases.txt and testdata/listings.txt.
func testExpressions(t *testing.T) []string {
	var all []string
	for _, name := range []string{"cases.txt", "listings.txt"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			expr, _, _ := strings.Cut(line, "  =>  ")
			all = append(all, strings.TrimPrefix(strings.TrimSpace(expr), "> "))
		}
	}
	return all
}

// TestArena checks that lists beyond what the arena holds are as good as those
// in it, and that it is empty afterwards.
func TestArena(t *testing.T) {
	a := newArena()
	var lists []cell
	for i := range 3 * arenaBoxes {
		lists = append(lists, a.listOf([]cell{whole(i), whole(-i)}, seqFlag))
	}
	big := a.listOf(make([]cell, arenaCells), 0)
	for i, l := range lists {
		if l.len() != 2 || l.index(0).v.Float() != float64(i) || l.index(1).v.Float() != float64(-i) {
			t.Errorf("list %d is %v", i, l.x.items)
		}
	}
	if big.len() != arenaCells {
		t.Errorf("big list has %d items", big.len())
	}
	cells, boxes := a.cells[:cap(a.cells)], a.boxes[:cap(a.boxes)]
	a.reset()
	for _, c := range cells {
		if c != (cell{}) {
			t.Fatal("a cell is left")
		}
	}
	for i := range boxes {
		if boxes[i].items != nil {
			t.Fatal("a box is left")
		}
	}
}
