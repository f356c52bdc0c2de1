package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/seed66d9166c/express/express/value"
)

// An input is the flag that gives an execution its input: JSON, @FILE, or - for
// standard input.
type input struct{ text string }

func (in *input) flags(f *pflag.FlagSet) {
	f.StringVarP(&in.text, "input", "i", "{}", "the input: `JSON`, @FILE, or - for standard input")
}

// value is the input that the flag names.
func (in *input) value(stdin io.Reader) (value.Value, error) {
	text, from := []byte(in.text), "--input"
	var err error
	if file, ok := strings.CutPrefix(in.text, "@"); ok {
		from = file
		text, err = os.ReadFile(file)
	} else if in.text == "-" {
		from = "standard input"
		// One byte more than is accepted tells that there is too much.
		text, err = io.ReadAll(io.LimitReader(stdin, value.MaxSize+1))
	}
	if err != nil {
		return value.Value{}, usagef("read the input: %w", err)
	}
	v, err := value.Parse(text)
	if err != nil {
		return value.Value{}, usage(fmt.Errorf("the input in %s is not acceptable JSON: %w", from, err))
	}
	return v, nil
}
