package awsapi_test

import (
	"net/http"
	"testing"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/transport/awsapi"
)

// Whatever the body of a request says, its answer is that of the operation or a
// typed error, and never a fault of ours.
func FuzzAWSJSON(f *testing.F) {
	e := newEngine(compiler.Options{})
	s := newServer(f, e, awsapi.Options{})
	create := `{"name":"orders","definition":"{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Succeed\"}}}","roleArn":"r","type":"EXPRESS"}`
	call(f, s, "CreateStateMachine", create)
	ops := awsapi.Operations()
	for i := range ops {
		f.Add(uint8(i), "{}")
		f.Add(uint8(i), `{"stateMachineArn":"`+machines+`orders","input":"{}","maxResults":1,"nextToken":"x"}`)
	}
	f.Add(uint8(1), create)
	f.Add(uint8(2), `{"name":"a","routingConfiguration":[{"stateMachineVersionArn":"`+machines+`orders:1","weight":100}]}`)
	f.Add(uint8(30), `{"resourceArn":"`+machines+`orders","tags":[{"key":"a","value":null}]}`)
	f.Fuzz(func(t *testing.T, op uint8, body string) {
		status, out := do(t, s, request(ops[int(op)%len(ops)], body))
		_, typed := out["__type"].(string)
		if status >= http.StatusInternalServerError || status != http.StatusOK && !typed {
			t.Errorf("%s: %d %v", ops[int(op)%len(ops)], status, out)
		}
	})
}
