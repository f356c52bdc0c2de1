package main

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/seed66d9166c/express/express/jsonata"
	"github.com/seed66d9166c/express/express/value"
)

// casesJSON is what both sides read: peer/peer.mjs takes it from its file.
//
//go:embed cases.json
var casesJSON []byte

// kinds are the kinds of case, in the order of the report.
var kinds = []struct{ name, title string }{
	{"path", "field paths and comparisons"},
	{"string", "string functions"},
	{"sum", "filter, map and sum over 10 and 1,000 items"},
	{"object", "object construction"},
	{"group", "group-by and sort"},
	{kindW5, "W5: seven fields of an event of 332 bytes"},
}

// kindW5 has its own goal, and is not among the expressions of the median.
const kindW5 = "w5"

// A testcase is one expression over one input.
type testcase struct {
	ID         string
	Kind       string
	Expression string
	Input      string // a name
	Text       bool   // parsing the input and printing the result is measured, too
	Result     json.RawMessage
}

// An input is a value, or what an expression generates from a count.
type input struct {
	Value json.RawMessage
	Count int
}

type dataset struct {
	Generate string // the expression that makes an input of a count
	Inputs   map[string]input
	Cases    []testcase
}

func readDataset() (*dataset, error) {
	var d dataset
	if err := json.Unmarshal(casesJSON, &d); err != nil {
		return nil, fmt.Errorf("cases.json: %w", err)
	}
	return &d, nil
}

// text is the named input as JSON.
func (d *dataset) text(name string) ([]byte, error) {
	in, ok := d.Inputs[name]
	if !ok {
		return nil, fmt.Errorf("there is no input %q", name)
	}
	if in.Value != nil {
		v, err := value.Parse(in.Value)
		return v.AppendJSON(nil), err
	}
	generate, err := jsonata.Compile(d.Generate, nil)
	if err != nil {
		return nil, err
	}
	v, err := generate.Eval(value.Object(value.Member{Key: "count", Val: value.Int(int64(in.Count))}))
	return v.AppendJSON(nil), err
}
