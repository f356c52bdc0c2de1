package nats

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

func TestParseFunction(t *testing.T) {
	for _, tt := range []struct {
		text string
		want function
		ok   bool
	}{
		{"enrich", function{name: "enrich"}, true},
		{"enrich:prod", function{name: "enrich", qualifier: "prod"}, true},
		{"enrich:7", function{name: "enrich", qualifier: "7"}, true},
		{"enrich:$LATEST", function{name: "enrich"}, true},
		{"function:enrich", function{name: "enrich"}, true},
		{"123456789012:function:enrich:prod", function{"", "123456789012", "enrich", "prod"}, true},
		{"123456789012:enrich", function{account: "123456789012", name: "enrich"}, true},
		{"arn:aws:lambda:eu-west-1:123456789012:function:enrich", function{"eu-west-1", "123456789012", "enrich", ""}, true},
		{"arn:aws-cn:lambda:cn-north-1:123456789012:function:enrich:$LATEST", function{"cn-north-1", "123456789012", "enrich", ""}, true},
		{"arn:aws:lambda:::function:enrich", function{name: "enrich"}, true},
		{"", function{}, false},
		{"enrich:", function{}, false},
		{"a.b", function{}, false},
		{"enrich:a:b", function{}, false},
		{"arn:aws:sqs:eu-west-1:123456789012:function:enrich", function{}, false},
		{"enrich>", function{}, false},
	} {
		if got, ok := parseFunction(tt.text); got != tt.want || ok != tt.ok {
			t.Errorf("%q is %+v (%t), want %+v (%t)", tt.text, got, ok, tt.want, tt.ok)
		}
	}
}

const functionARN = "arn:aws:lambda:eu-west-1:123456789012:function:"

// functions serve what the tests call.
func functions(t *testing.T) *nats.Conn {
	nc := connect(t)
	echo := func(m *nats.Msg) { m.Respond(m.Data) }
	answer(t, nc, "express.lambda.echo", echo)
	answer(t, nc, "express.lambda.echo.prod", func(m *nats.Msg) { m.Respond([]byte(`"prod"`)) })
	answer(t, nc, "express.lambda.unhandled", func(m *nats.Msg) {
		m.RespondMsg(&nats.Msg{
			Header: nats.Header{"X-Amz-Function-Error": {"Unhandled"}},
			Data:   []byte(`{"errorType": "ValueError", "errorMessage": "no", "stackTrace": []}`),
		})
	})
	service, err := micro.AddService(nc, micro.Config{Name: "functions", Version: "1.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	for subject, h := range map[string]micro.HandlerFunc{
		"named":     func(r micro.Request) { r.Error("OutOfStock", "none is left", nil) },
		"numbered":  func(r micro.Request) { r.Error("500", "it broke", nil) },
		"described": func(r micro.Request) { r.Error("500", "it broke", []byte(`{"errorType":"E","errorMessage":"m"}`)) },
	} {
		if err := service.AddEndpoint(subject, h, micro.WithEndpointSubject("express.lambda."+subject)); err != nil {
			t.Fatal(err)
		}
	}
	return nc
}

func TestDirectFunction(t *testing.T) {
	nc := functions(t)
	for _, tt := range []struct{ function, want, name string }{
		{"echo", `{"a":[1.0]}`, ""},
		{"echo:$LATEST", `{"a":[1.0]}`, ""},
		{"echo:prod", `"prod"`, ""},
		{"unhandled", `{"errorType": "ValueError", "errorMessage": "no", "stackTrace": []}`, "ValueError"},
		{"named", `{"errorMessage":"none is left","errorType":"OutOfStock"}`, "OutOfStock"},
		{"numbered", `{"errorMessage":"it broke","errorType":"Nats.ServiceError.500"}`, "Nats.ServiceError.500"},
		{"described", `{"errorType":"E","errorMessage":"m"}`, "E"},
		{"absent", "Function not found: " + functionARN + "absent (Service: AWSLambda; Status Code: 404; " +
			"Error Code: ResourceNotFoundException; Request ID: KEY; Proxy: null)", "Lambda.ResourceNotFoundException"},
		{"echo:test", "Function not found: " + functionARN + "echo:test (Service", "Lambda.ResourceNotFoundException"},
	} {
		t.Run(tt.function, func(t *testing.T) {
			v, err := invoke(t, nc, functionARN+tt.function, `{"a": [1.0]}`)
			expect(t, v, err, tt.want, tt.name)
		})
	}
}

func TestInvokeFunction(t *testing.T) {
	nc := functions(t)
	const refused = "The Parameters could not be used to start the Task: ["
	for _, tt := range []struct{ args, payload, name string }{
		{`{"FunctionName": "echo", "Payload": {"n": 0.0}}`, `{"n":0.0}`, ""},
		{`{"FunctionName": "echo", "Payload": "text"}`, `"text"`, ""},
		{`{"FunctionName": "echo", "Payload": null}`, `null`, ""},
		{`{"FunctionName": "echo"}`, `{}`, ""},
		{`{"FunctionName": "` + functionARN + `echo:$LATEST", "LogType": "Tail", "Unknown": 1}`, `{}`, ""},
		{`{"FunctionName": "echo:prod"}`, `"prod"`, ""},
		{`{"FunctionName": "echo", "Qualifier": "prod"}`, `"prod"`, ""},
		{`{"FunctionName": "echo:prod", "Qualifier": "prod"}`, `"prod"`, ""},
		{`{"FunctionName": "unhandled"}`, `{"errorType":"ValueError","errorMessage":"no","stackTrace":[]}`, "ValueError"},
		{`{"FunctionName": "named"}`, `{"errorMessage":"none is left","errorType":"OutOfStock"}`, "OutOfStock"},
		{`{"FunctionName": "absent"}`, "Function not found: arn:aws:lambda:eu-west-1:123456789012:function:absent (", "Lambda.ResourceNotFoundException"},
		{`{}`, refused + "The field 'FunctionName' is required but was missing]", "States.Runtime"},
		{`[]`, refused + "The arguments are of type array and not an object]", "States.Runtime"},
		{`{"FunctionName": 7}`, refused + "The value of the field 'FunctionName' has an invalid format]", "States.Runtime"},
		{`{"FunctionName": "a b"}`, refused + "The value of the field 'FunctionName' has an invalid format]", "States.Runtime"},
		{`{"FunctionName": "echo", "Qualifier": {}}`, refused + "The value of the field 'Qualifier' has an invalid format]", "States.Runtime"},
		{`{"FunctionName": "echo:prod", "Qualifier": "test"}`, refused + "The field 'Qualifier' differs from", "States.Runtime"},
		{`{"FunctionName": "echo", "InvocationType": "Later"}`, refused + "The value of the field 'InvocationType' has an invalid format]", "States.Runtime"},
		{`{"FunctionName": "echo", "LogType": "All"}`, refused + "The value of the field 'LogType' has an invalid format]", "States.Runtime"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			v, err := perform(t, nc, Options{Region: "eu-west-1", Account: "123456789012"}, resolve(t, "arn:aws:states:::lambda:invoke"), tt.args)
			if err == nil {
				v, _ = v.Get("Payload")
			}
			expect(t, v, err, tt.payload, tt.name)
		})
	}
}

// The result of lambda:invoke has the members that AWS's has.
func TestInvokeResult(t *testing.T) {
	nc := functions(t)
	v, err := invoke(t, nc, "arn:aws:states:::lambda:invoke", `{"FunctionName": "echo:prod"}`)
	if err != nil {
		t.Fatal(err)
	}
	date, _ := at(v, "SdkHttpMetadata", "HttpHeaders", "Date")
	if when, err := time.Parse(time.RFC1123, date.Text()); err != nil || time.Since(when).Abs() > time.Hour {
		t.Errorf("the date is %s (%v)", date, err)
	}
	want := strings.ReplaceAll(`{"ExecutedVersion":"prod","Payload":"prod","StatusCode":200,`+
		`"SdkHttpMetadata":{"AllHttpHeaders":{"X-Amz-Executed-Version":["prod"],"x-amzn-Remapped-Content-Length":["0"],"Connection":["keep-alive"],`+
		`"x-amzn-RequestId":["KEY"],"Content-Length":["6"],"Date":[DATE],"Content-Type":["application/json"],`+
		`"X-Amzn-Trace-Id":["Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1"]},`+
		`"HttpHeaders":{"X-Amz-Executed-Version":"prod","x-amzn-Remapped-Content-Length":"0","Connection":"keep-alive",`+
		`"x-amzn-RequestId":"KEY","Content-Length":"6","Date":DATE,"Content-Type":"application/json",`+
		`"X-Amzn-Trace-Id":"Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1"},"HttpStatusCode":200},`+
		`"SdkResponseMetadata":{"RequestId":"KEY"}}`, "DATE", date.String())
	if got := v.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestXRay(t *testing.T) {
	const w3c = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-"
	for trace, want := range map[string]string{
		w3c + "01": "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1",
		w3c + "02": "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=0",
		"Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1",
		"Root=\xff":          "Root=",
		"":                   "",
		"00-0af7-b7ad-01":    "",
		w3c + "01-more":      "",
		w3c[:40] + "\xff-01": "",
	} {
		if got := xray(trace); got != want {
			t.Errorf("the trace %q is %q, want %q", trace, got, want)
		}
	}
}

// at is the member of v that is found by these keys.
func at(v value.Value, keys ...string) (value.Value, bool) {
	ok := true
	for _, k := range keys {
		if v, ok = v.Get(k); !ok {
			return v, false
		}
	}
	return v, ok
}

// An Event is published and not waited for, a DryRun is nothing at all.
func TestInvocationTypes(t *testing.T) {
	nc := connect(t)
	called, err := nc.SubscribeSync("express.lambda.>")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		kind, status string
		called       bool
	}{{"DryRun", "204", false}, {"Event", "202", true}} {
		v, err := invoke(t, nc, "arn:aws:states:::lambda:invoke", `{"FunctionName": "later", "Payload": 7, "InvocationType": "`+tt.kind+`"}`)
		if err != nil {
			t.Fatal(err)
		}
		if status, _ := v.Get("StatusCode"); status.String() != tt.status {
			t.Errorf("%s: the status is %s, want %s", tt.kind, status, tt.status)
		}
		if _, ok := v.Get("Payload"); ok {
			t.Errorf("%s: there is a payload in %s", tt.kind, v)
		}
		if err := nc.Flush(); err != nil {
			t.Fatal(err)
		}
		if n, _, _ := called.Pending(); n == 1 != tt.called {
			t.Errorf("%s: %d requests were sent", tt.kind, n)
		}
	}
	if m, err := called.NextMsg(10 * time.Second); err != nil || m.Subject != "express.lambda.later" || m.Reply != "" || string(m.Data) != "7" {
		t.Errorf("the event is %+v (%v)", m, err)
	}
}

// A function that is bound is a task of what it is bound to, however it is named.
func TestBoundFunction(t *testing.T) {
	nc := connect(t)
	answer(t, nc, "office.enrich", func(m *nats.Msg) { m.Respond(m.Data) })
	all, err := Invokers(nc, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var called *express.Call
	handler := express.InvokerFunc(func(_ context.Context, c *express.Call) (value.Value, error) {
		called = c
		return value.Null, &express.Error{Name: "Refused", Cause: "by rule"}
	})
	o := Options{
		Region: "eu-west-1", Account: "123456789012",
		Function: func(arn string) (express.Invoker, *program.Task) {
			switch arn {
			case functionARN + "enrich":
				return all["nats:request"], &program.Task{Kind: "nats:request", Target: "office.enrich"}
			case functionARN + "enrich:prod":
				return handler, &program.Task{Kind: "func", Target: "enrich"}
			}
			return nil, nil
		},
	}
	task := resolve(t, "arn:aws:states:::lambda:invoke")
	for _, name := range []string{"enrich", "enrich:$LATEST", "123456789012:function:enrich", functionARN + "enrich"} {
		v, err := perform(t, nc, o, task, `{"FunctionName": "`+name+`", "Payload": [7]}`)
		if err == nil {
			v, _ = v.Get("Payload")
		}
		expect(t, v, err, `[7]`, "")
	}

	v, err := perform(t, nc, o, task, `{"FunctionName": "enrich:prod", "Payload": [7]}`)
	expect(t, v, err, "by rule", "Refused")
	if called.Task.Target != "enrich" || called.Task.Kind != "func" || called.Input.String() != "[7]" || called.Key() != "KEY" {
		t.Errorf("the handler was called with %+v of %+v", called, called.Task)
	}
	if v, err = perform(t, nc, o, task, `{"FunctionName": "enrich:prod", "InvocationType": "Event"}`); err != nil {
		t.Errorf("how an event fares is told: %v, %v", v, err)
	}

	v, err = perform(t, nc, o, task, `{"FunctionName": "other"}`)
	expect(t, v, err, "Function not found: ", ErrNoFunction)
}
