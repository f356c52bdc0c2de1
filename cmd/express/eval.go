package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/express/jsonata"
	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

// An evaluation is one run of the command "eval".
type evaluation struct {
	*app
	input
	language string
	listing  bool
}

func (a *app) evalCommand() *cobra.Command {
	e := &evaluation{app: a}
	c := &cobra.Command{
		Use:   "eval EXPRESSION [flags]",
		Short: "Evaluate an expression in JSONata, a path, or an intrinsic function",
		Long: `Evaluate an expression over an input, and print its value as JSON on one line; nothing is
printed where there is none.

What begins with $. or $[ is a path, what begins with States. and a name is a call of an
intrinsic function, and anything else is JSONata, with or without {% and %} around it. In
JSONata, $ is the input, and so is $states.input.`,
		Example: `  express eval 'orders[total > 10].id' -i @orders.json
  express eval '$.orders[0].id' -i @orders.json
  express eval "States.Format('{} of {}', $.n, $.of)" -i '{"n": 1, "of": 2}'
  express eval '$sum(items.price)' --listing`,
		Args: exactly("EXPRESSION"),
		RunE: func(_ *cobra.Command, args []string) error { return e.run(args[0]) },
	}
	e.input.flags(c.Flags())
	c.Flags().StringVar(&e.language, "language", "", "jsonata or jsonpath, where the expression does not tell")
	c.Flags().BoolVar(&e.listing, "listing", false, "print the instructions that JSONata is compiled to instead")
	c.RegisterFlagCompletionFunc("language", cobra.FixedCompletions([]string{"jsonata", "jsonpath"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func (e *evaluation) run(text string) error {
	in, err := e.input.value(e.stdin)
	if err != nil {
		return err
	}
	evaluate := e.jsonata
	switch {
	case e.language == "jsonpath", e.language == "" && isJSONPath(text):
		evaluate = e.jsonPath
	case e.language != "" && e.language != "jsonata":
		return usagef("there is no language %q; want jsonata or jsonpath", e.language)
	}
	v, err := evaluate(text, in)
	if err != nil || v.IsNothing() {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, v)
	return err
}

// isJSONPath reports whether text can be no JSONata, or would be bad style there.
func isJSONPath(text string) bool {
	return strings.HasPrefix(text, "$.") || strings.HasPrefix(text, "$[") || strings.HasPrefix(text, "States.") && strings.Contains(text, "(")
}

func (e *evaluation) jsonPath(text string, in value.Value) (value.Value, error) {
	_, expr, errs := template.Entry("expression.$", value.String(text), nil)
	if len(errs) > 0 {
		if errs[0].Err != nil {
			return value.Value{}, failure{exitDefinition, errs[0].Err}
		}
		return value.Value{}, failure{exitDefinition, errs[0]}
	}
	if e.listing {
		return value.Value{}, usagef("a listing is that of an expression in JSONata")
	}
	return expr.Eval(&template.Scope{
		Doc:     in,
		Input:   in,
		Context: func() value.Value { return value.Object() },
		Vars:    new(template.Vars),
		Budget:  &template.Budget{Steps: jsonata.DefaultSteps, Bytes: jsonata.DefaultBytes},
		Now:     time.Now,
		Rand:    rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())),
	})
}

func (e *evaluation) jsonata(text string, in value.Value) (value.Value, error) {
	if inner, ok := strings.CutPrefix(text, "{%"); ok {
		text = strings.TrimSuffix(inner, "%}")
	}
	expr, err := jsonata.Compile(text, &jsonata.Options{Vars: []string{"states.input"}, StepFunctions: true})
	if err != nil {
		return value.Value{}, failure{exitDefinition, err}
	}
	if e.listing {
		_, err := fmt.Fprint(e.stdout, expr.Listing())
		return value.Value{}, err
	}
	return expr.Eval(in, in)
}
