package teststate

import (
	"io/fs"
	"strconv"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express/value"
)

func TestValidate(t *testing.T) {
	const (
		dynamodb = "arn:aws:states:::dynamodb:getItem"
		lambda   = "arn:aws:states:::lambda:invoke"
		execute  = "arn:aws:states:::states:startExecution"
		job      = "arn:aws:states:::states:startExecution.sync"
		metrics  = "arn:aws:states:::aws-sdk:cloudwatch:getMetricData"
		secret   = "arn:aws:states:::aws-sdk:secretsmanager:getSecretValue"
		database = "arn:aws:states:::aws-sdk:rds:describeDBInstances"
	)
	for _, tt := range []struct {
		resource string
		mode     Validation
		result   string
		want     string // what is wrong
	}{
		{dynamodb, Strict, `{"Item": {"id": {"S": "a"}, "set": {"NS": ["1"]}, "list": {"L": [{"BOOL": true}]}}}`, ""},
		{dynamodb, Strict, `{"Item": {"id": {"S": 1}}}`, "Field 'S' must be a string"},
		{dynamodb, Strict, `{"Item": {"list": {"L": [{"BOOL": "true"}]}}}`, "Field 'BOOL' must be a boolean"},
		{dynamodb, Strict, `{"Item": {"list": {"L": {}}}}`, "Field 'L' must be an array"},
		{dynamodb, Strict, `{"Item": []}`, "Field 'Item' must be an object"},
		{dynamodb, Strict, `{"Item": {"id": 1}}`, "Field 'id' must be an object"},
		{dynamodb, Strict, `{"Item": null}`, "Field 'Item' must be an object"},
		{dynamodb, Strict, `{"item": 1, "Other": 1}`, ""},
		{dynamodb, Strict, `[]`, "Mocked result must be a JSON object."},
		{dynamodb, None, `[]`, ""},
		{lambda, Strict, `{"Payload": {"any": "JSON"}, "StatusCode": 200}`, ""},
		{"arn:aws:states:::aws-sdk:lambda:invoke", Strict, `{"Payload": {"any": "JSON"}}`, "Field 'Payload' must be a string"},
		{"arn:aws:lambda:us-east-1:123456789012:function:f", Strict, `"any JSON"`, ""},
		{lambda + ".waitForTaskToken", Strict, `"any JSON"`, ""},
		{execute, Strict, `{}`, "Required field 'ExecutionArn' is missing"},
		{execute, Present, `{}`, ""},
		{execute, Present, `{"StartDate": true}`, "Field 'StartDate' must be a string"},
		{execute, None, `{"StartDate": true}`, ""},
		{job, Present, `{"Output": {"parsed": true}, "Status": "SUCCEEDED"}`, ""},
		{job, Present, `{"Status": "DONE"}`, "Field 'Status' is not an expected value"},
		{job, Present, `{"Status": 1}`, "Field 'Status' must be a string"},
		{"arn:aws:states:::ecs:runTask.sync", Strict, `{"anything": true}`, ""},
		{metrics, Strict, `{"MetricDataResults": [{"Values": [1, "2"]}]}`, "Field 'Values' must be a number"},
		{secret, Strict, `{"Name": ""}`, "Field 'Name' is smaller than the minimum length"},
		{secret, Strict, `{"Name": "` + strings.Repeat("é", 256) + `"}`, ""},
		{secret, Strict, `{"Name": "` + strings.Repeat("é", 257) + `"}`, "Field 'Name' exceeds the maximum length"},
		{"arn:aws:states:::aws-sdk:lambda:getFunctionConfiguration", Strict, `{"Timeout": 0}`, "Field 'Timeout' is less than the minimum value"},
		{"arn:aws:states:::aws-sdk:lambda:getFunctionConfiguration", Strict, `{"Timeout": 1}`, ""},
		{"arn:aws:states:::aws-sdk:lambda:getFunctionUrlConfig", Present, `{"Cors": {"MaxAge": 86400}}`, ""},
		{"arn:aws:states:::aws-sdk:lambda:getFunctionUrlConfig", Present, `{"Cors": {"MaxAge": 86401}}`, "Field 'MaxAge' exceeds the maximum value"},
		// Acronyms are words in Step Functions; either way is checked.
		{database, Strict, `{"DbInstances": [{"DbInstanceIdentifier": 1}]}`, "Field 'DbInstanceIdentifier' must be a string"},
		{database, Strict, `{"DBInstances": [{"DBInstanceIdentifier": 1}]}`, "Field 'DBInstanceIdentifier' must be a string"},
		{"arn:aws:states:::aws-sdk:databasemigration:describeEndpoints", Strict, `{"Endpoints": 1}`, "Field 'Endpoints' must be an array"},
		{"arn:aws:states:::aws-sdk:nosuchservice:act", Strict, `1`, ""},
		{"arn:aws:states:::aws-sdk:sfn:noSuchAction", Strict, `1`, ""},
		{"arn:aws:states:::http:invoke", Strict, `1`, ""},
		{"nats:request:orders.price", Strict, `1`, ""},
	} {
		_, err := Run(t.Context(), Request{
			Definition: `{"Type": "Task", "Resource": "` + tt.resource + `", "End": true}`,
			Mock:       &Mock{Result: tt.result, Validation: tt.mode},
		})
		got := ""
		if err != nil {
			got = strings.TrimPrefix(err.(*Error).Message, "Mock result schema validation error: ")
		}
		if got != tt.want {
			t.Errorf("%s %s %.60s: got %q, want %q", tt.resource, tt.mode, tt.result, got, tt.want)
		}
	}
}

// Whatever stands in the table can be read: each shape that is named is there, of
// a kind that is known, and each bound is a number.
func TestShapes(t *testing.T) {
	operations := 0
	for _, f := range archive().File {
		text, err := fs.ReadFile(archive(), f.Name)
		if err != nil {
			t.Fatal(err)
		}
		s := parseService(string(text))
		operations += len(s.outputs)
		for op, shape := range s.outputs {
			if n, err := strconv.Atoi(shape); err != nil || s.lines[n][0] != 'o' {
				t.Errorf("%s:%s yields %q", f.Name, op, shape)
			}
		}
		for i, line := range s.lines {
			var shapes []string
			switch fields := strings.Split(line, " "); line[0] {
			case 'o':
				for j := 2; j < len(fields); j += 2 {
					shapes = append(shapes, fields[j])
				}
			case 'l', 'm':
				shapes = fields[1:]
			case 'e':
			default:
				t.Errorf("%s line %d: %q", f.Name, i, line)
			}
			for _, shape := range shapes {
				if !readable(shape, len(s.lines)) {
					t.Errorf("%s line %d: shape %q in %q", f.Name, i, shape, line)
				}
			}
		}
	}
	if len(archive().File) < 400 || operations < 10_000 {
		t.Errorf("there are %d services and %d operations", len(archive().File), operations)
	}
	const most = 3 << 19 // 1.5 MiB: it is part of the binary
	if len(shapesZip) > most {
		t.Errorf("the table has %d bytes", len(shapesZip))
	}
}

func readable(shape string, lines int) bool {
	if n, err := strconv.Atoi(shape); err == nil {
		return n >= 0 && n < lines
	}
	if shape == "" || !strings.Contains("snb*", shape[:1]) {
		return false
	}
	_, b := simple(shape)
	for _, bound := range []string{b.low, b.high} {
		if _, err := strconv.ParseFloat(bound, 64); bound != "" && err != nil {
			return false
		}
	}
	return true
}

// A shape is no deeper than the value that is held against it.
func TestRecursiveShape(t *testing.T) {
	v := value.Object(value.Member{Key: "S", Val: value.Int(1)})
	for range value.MaxDepth/2 - 2 {
		v = value.Object(value.Member{Key: "L", Val: value.Array(v)})
	}
	item := value.Object(value.Member{Key: "Item", Val: value.Object(value.Member{Key: "deep", Val: v})})
	_, err := Run(t.Context(), Request{
		Definition: `{"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "End": true}`,
		Mock:       &Mock{Result: item.String()},
	})
	if e, ok := err.(*Error); !ok || !strings.HasSuffix(e.Message, "Field 'S' must be a string") {
		t.Errorf("got %v", err)
	}
}

// The first check against a service reads its shapes: EC2 has the most.
func BenchmarkReadService(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		text, err := fs.ReadFile(archive(), "ec2")
		if err != nil {
			b.Fatal(err)
		}
		parseService(string(text))
	}
}
