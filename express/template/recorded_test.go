package template

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express/value"
)

// Executions of one Pass state with a template, recorded on AWS.
func TestRecordedCalls(t *testing.T) {
	dir := os.Getenv("EXPRESS_CONFORMANCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "conformance")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "cases", "intrinsic_functions", "*.json"))
	if len(files) == 0 {
		t.Skip("no recorded cases in $EXPRESS_CONFORMANCE: ", dir)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			var c struct {
				Input      json.RawMessage
				Definition struct {
					States map[string]struct {
						Parameters json.RawMessage
						ResultPath string
					}
				}
				Expected struct {
					Output json.RawMessage
				}
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, &c); err != nil {
				t.Fatal(err)
			}
			want := parse(t, string(c.Expected.Output))
			for _, state := range c.Definition.States {
				if state.Parameters == nil || state.ResultPath != "" {
					t.Skip("it is more than a template")
				}
				e, errs := Payload(parse(t, string(state.Parameters)), nil)
				if len(errs) > 0 {
					t.Fatal(errs[0].Err)
				}
				s := testScope(t, string(c.Input))
				s.Context = func() value.Value {
					return parse(t, `{"Execution":{"Input":`+string(c.Input)+`},"StateMachine":{"Name":"a-b"}}`)
				}
				got, err := e.Eval(s)
				if err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(want.String(), "⟦") && !value.Equal(got, want) {
					t.Errorf("%s\n is %s\nnot %s", e, got, want)
				}
			}
		})
	}
}
