package compiler

import "testing"

func TestJSON(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"a.json", `{"Type": "Pass", "Result": [1.0, "a"], "End": true}`, `{"Type":"Pass","Result":[1.0,"a"],"End":true}`},
		{"a.yaml", "Type: Pass\nResult: [1.0, a]\nEnd: true\n", `{"Type":"Pass","Result":[1.0,"a"],"End":true}`},
		{"", "Type: Pass\n", `{"Type":"Pass"}`},
		{"a.json", `{"Type": "Pass", "Type": "Fail"}`, ""},
		{"a.json", `{"Type": `, ""},
		{"a.yaml", "Type: [", ""},
	} {
		got, found := JSON(tt.name, []byte(tt.src))
		if string(got) != tt.want || (found.Err() == nil) != (tt.want != "") {
			t.Errorf("%s %s: got %s, %v", tt.name, tt.src, got, found)
		}
	}
}
