package teststate

import (
	"archive/zip"
	_ "embed"
	"io/fs"
	"strconv"
	"strings"
	"sync"
)

// The table of shapes is a zip file of a text for each service of AWS, under the
// name that Step Functions has for it. Its first paragraph has a line for each
// operation: its name and the shape of its output. Its second one has a line for
// each shape that is not simple, counted from 0:
//
//	o Name shape Name! shape ...   an object: members, ! for one that is required
//	l shape                        a list
//	m shape                        a map
//	e value TAB value ...          a string that is one of these
//
// where a shape is the number of a line, or s, n or b for a string, a number or a
// boolean, with MIN:MAX behind it where it is bounded, or * for any JSON.
//
//go:generate go run gen.go
//go:embed shapes.zip
var shapesZip string

// A service is what is known of one: outputs by operation, and the lines.
type service struct {
	outputs map[string]string
	lines   []string
}

// archive is the table.
var archive = sync.OnceValue(func() *zip.Reader {
	z, err := zip.NewReader(strings.NewReader(shapesZip), int64(len(shapesZip)))
	if err != nil {
		panic("teststate: " + err.Error()) // it is part of the program
	}
	return z
})

// services are those that were asked for, by name.
var services sync.Map

// serviceOf is the service that Step Functions calls name, nil if there is none.
func serviceOf(name string) *service {
	if s, ok := services.Load(name); ok {
		return s.(*service)
	}
	text, err := fs.ReadFile(archive(), name)
	if err != nil {
		return nil
	}
	s := parseService(string(text))
	services.Store(name, s)
	return s
}

func parseService(text string) *service {
	ops, lines, _ := strings.Cut(text, "\n\n")
	s := &service{outputs: make(map[string]string), lines: strings.Split(lines, "\n")}
	for line := range strings.Lines(ops) {
		name, shape, _ := strings.Cut(strings.TrimSpace(line), " ")
		s.outputs[strings.ToLower(name)] = shape
	}
	return s
}

// A bounded is the bounds of a string's length or of a number; one that is not
// there is "".
type bounded struct{ low, high string }

// simple is the letter and the bounds of a shape that has no line.
func simple(shape string) (letter byte, b bounded) {
	b.low, b.high, _ = strings.Cut(shape[1:], ":")
	return shape[0], b
}

// under and over report whether x is out of bounds.
func (b bounded) under(x float64) bool {
	low, err := strconv.ParseFloat(b.low, 64)
	return err == nil && x < low
}

func (b bounded) over(x float64) bool {
	high, err := strconv.ParseFloat(b.high, 64)
	return err == nil && x > high
}
