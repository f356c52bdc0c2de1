package template

import (
	"strings"

	"github.com/seed66d9166c/express/express/value"
)

// stringToJSON is States.StringToJson(string); blanks alone are null, and of equal
// keys the last wins.
func stringToJSON(s *Scope, a []value.Value) (value.Value, error) {
	text := a[0].Text()
	if err := s.text(len(text), len(text)); err != nil {
		return value.Value{}, err
	}
	switch strings.TrimSpace(text) {
	case "":
		return value.Null, nil
	case "-0":
		return value.Int(0), nil
	}
	v, err := value.ParseLastWins(text)
	if err != nil {
		return value.Value{}, badArgumentf("argument 1 is not JSON: %v", err)
	}
	return v, nil
}

// jsonToString is States.JsonToString(value): compact JSON.
func jsonToString(s *Scope, a []value.Value) (value.Value, error) {
	size := a[0].Size()
	if err := s.text(size, len(`""`)+2*size); err != nil { // of a quote in it, \" is made
		return value.Value{}, err
	}
	return value.String(a[0].String()), nil
}

// jsonMerge is States.JsonMerge(left, right, false): the members of both, those
// of right where both have one. AWS has no deep merge, and takes any third argument
// but true.
func jsonMerge(s *Scope, a []value.Value) (value.Value, error) {
	if a[2].Bool() {
		return value.Value{}, badArgument("argument 3 must be false: deep merging is not supported")
	}
	n := a[0].Len() + a[1].Len()
	if err := s.build(n, a[0].Size()+a[1].Size()); err != nil {
		return value.Value{}, err
	}
	out := make([]value.Member, 0, n)
	for _, side := range a[:2] {
		for k, v := range side.Members() {
			out = append(out, value.Member{Key: k, Val: v})
		}
	}
	return value.Object(out...), nil
}
