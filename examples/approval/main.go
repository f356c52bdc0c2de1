// Command approval is the example of human approval by callback.
//
//	go run ./examples/approval
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/examples/internal/demo"
)

func main() { demo.Main(approval) }

var approval = demo.Demo{
	Name:       "approval",
	Background: lead,
	Events: []demo.Event{
		{About: "A small expense", Input: `{"id":"e-1","cents":4200,"for":"pens"}`},
		{About: "One that the lead agrees to", Input: `{"id":"e-2","cents":25000,"for":"a desk"}`},
		{About: "One that the lead refuses", Input: `{"id":"e-3","cents":990000,"for":"a boat"}`},
	},
}

// A question is what the workflow asks.
type question struct {
	Token   string
	Expense struct {
		Cents int
		For   string
	}
}

// lead is a plain NATS client that answers as a person would, who looks at what
// the money is for.
func lead(_ context.Context, nc *nats.Conn) error {
	_, err := nc.Subscribe("approvals.asked", func(m *nats.Msg) {
		if err := decide(nc, m.Data); err != nil {
			fmt.Fprintf(os.Stderr, "the lead cannot answer: %v\n", err)
		}
	})
	return err
}

func decide(nc *nats.Conn, asked []byte) error {
	var q question
	if err := json.Unmarshal(asked, &q); err != nil {
		return err
	}
	subject, answer := "express.task.success", map[string]any{"output": map[string]string{"decision": "approved", "by": "lead"}}
	if q.Expense.Cents > 100_000 {
		subject, answer = "express.task.failure", map[string]any{"error": "Approval.Refused", "cause": "no money for " + q.Expense.For}
	}
	answer["taskToken"] = q.Token
	body, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return nc.Publish(subject, body)
}
