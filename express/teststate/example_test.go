package teststate_test

import (
	"context"
	"fmt"

	"github.com/seed66d9166c/express/express/teststate"
)

func ExampleRun() {
	r, err := teststate.Run(context.Background(), teststate.Request{
		Definition: `{"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "Parameters": {"TableName": "orders", "Key": {"id": {"S.$": "$.id"}}},
			"ResultSelector": {"name.$": "$.Item.name.S"}, "ResultPath": "$.order", "Next": "Ship"}`,
		Input: `{"id": "a1"}`,
		Level: teststate.Debug,
		Mock:  &teststate.Mock{Result: `{"Item": {"name": {"S": "chair"}}}`},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range r.Inspection.Stages {
		fmt.Println(s.Name, s.Value)
	}
	fmt.Println(r.Status, r.NextState, r.Output)
	// Output:
	// input {"id":"a1"}
	// afterInputPath {"id":"a1"}
	// afterParameters {"TableName":"orders","Key":{"id":{"S":"a1"}}}
	// result {"Item":{"name":{"S":"chair"}}}
	// afterResultSelector {"name":"chair"}
	// afterResultPath {"id":"a1","order":{"name":"chair"}}
	// SUCCEEDED Ship {"id":"a1","order":{"name":"chair"}}
}
