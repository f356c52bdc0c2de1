package program

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

// Executions of one Choice with one rule, recorded on AWS.
func TestRecordedChoices(t *testing.T) {
	dir := os.Getenv("EXPRESS_CONFORMANCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "conformance")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "cases", "choice_operators", "*.json"))
	if len(files) == 0 {
		t.Skip("no recorded cases in $EXPRESS_CONFORMANCE: ", dir)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			var c struct {
				Input      json.RawMessage
				Definition struct {
					States struct {
						CheckValues struct {
							Choices []map[string]json.RawMessage
						}
					}
				}
				Expected struct {
					Output map[string]string
				}
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, &c); err != nil {
				t.Fatal(err)
			}
			want := c.Expected.Output["TestResult.$"] == "ConditionTrue"
			rule := c.Definition.States.CheckValues.Choices[0]
			if got := ruleHolds(t, rule, parseJSON(t, string(c.Input))); got != want {
				t.Errorf("%s on %s: %v, want %v", rule, c.Input, got, want)
			}
		})
	}
}

// ruleHolds compiles the rule and evaluates it on doc.
func ruleHolds(t *testing.T, rule map[string]json.RawMessage, doc value.Value) bool {
	s := &template.Scope{Doc: doc, Budget: &template.Budget{Steps: 1000, Bytes: 1000}}
	eval := func(f template.Field, src value.Value) value.Value {
		e, err := template.Path(f, src.Text(), nil)
		if err != nil {
			t.Fatal(err)
		}
		v, err := e.Eval(s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	variable := parseJSON(t, string(rule["Variable"]))
	for name, text := range rule {
		o, ok := RuleOpByName(name)
		if !ok {
			continue
		}
		field := template.Variable
		if o == IsPresent {
			field = template.PresentVariable
		}
		v, w := eval(field, variable), parseJSON(t, string(text))
		if o.Path() {
			w = eval(template.Variable, w)
		} else if err := o.Accepts(w); err != nil {
			t.Fatal(err)
		}
		return o.Holds(v, w)
	}
	t.Fatalf("no operator in %s", rule)
	return false
}
