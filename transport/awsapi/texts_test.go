package awsapi

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What decodeTexts reads is what encoding/json reads.
func FuzzDecodeTexts(f *testing.F) {
	shape := shapeOf(reflect.TypeFor[startInput]())
	for _, body := range []string{
		`{"stateMachineArn":"a","input":"{\"a\":\"\\u00e4\\n\"}","name":"\ud83d\ude00"}`,
		`{"name":"\ud800","input":"x"}`, `{"Name":"a"}`, `{"name":null}`, `{"name":1}`, `{"name":"a","name":"b"}`, `[]`, ` {} `, `{"x":"y"}`,
		`{"name":"a",}`, `{,}`, `{"name":"a"`, `{"name":"a\\`, `{"name":"\\b\\f\\n\\r\\t\\/"} {`, `{"name" : "a" , "input":"b"}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var fast, slow startInput
		if !decodeTexts(body, reflect.ValueOf(&fast).Elem(), shape) {
			return
		}
		if err := json.Unmarshal(body, &slow); err != nil {
			t.Fatalf("%q is read, but %v", body, err)
		}
		if diff := cmp.Diff(slow, fast); diff != "" {
			t.Errorf("%q (-slow +fast):\n%s", body, diff)
		}
	})
}
