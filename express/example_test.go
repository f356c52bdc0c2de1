package express_test

import (
	"context"
	"fmt"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

func Example() {
	const definition = `{
		"StartAt": "Price",
		"States": {
			"Price": {
				"Type": "Task", "Resource": "func:price", "ResultPath": "$.price", "Next": "Cheap?",
				"Catch": [{"ErrorEquals": ["NoSuchItem"], "Next": "Sorry"}]
			},
			"Cheap?": {
				"Type": "Choice", "Default": "Ask",
				"Choices": [{"Variable": "$.price", "NumericLessThan": 100, "Next": "Buy"}]
			},
			"Buy": {"Type": "Pass", "Parameters": {"buy.$": "$.item"}, "End": true},
			"Ask": {"Type": "Pass", "Parameters": {"ask.$": "States.Format('{} for {}?', $.item, $.price)"}, "End": true},
			"Sorry": {"Type": "Fail", "ErrorPath": "$.Error", "CausePath": "$.Cause"}
		}
	}`
	prices := map[string]int64{"pen": 3, "desk": 450}
	price := func(_ context.Context, c *express.Call) (value.Value, error) {
		item, _ := c.Input.Get("item")
		p, ok := prices[item.Text()]
		if !ok {
			return value.Value{}, &express.Error{Name: "NoSuchItem", Cause: item.Text()}
		}
		return value.Int(p), nil
	}

	p, diags := compiler.Compile("buy", []byte(definition), nil)
	if p == nil {
		fmt.Println(diags)
		return
	}
	m, err := express.New(p, express.Options{Invokers: map[string]express.Invoker{"func": express.InvokerFunc(price)}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, item := range []string{"pen", "desk", "moon"} {
		in := value.Object(value.Member{Key: "item", Val: value.String(item)})
		out := m.Run(context.Background(), express.Start{Name: "order-" + item, Input: in})
		if out.Status == express.Succeeded {
			fmt.Println(out.Status, out.Output)
		} else {
			fmt.Println(out.Status, out.Err)
		}
	}
	// Output:
	// SUCCEEDED {"buy":"pen"}
	// SUCCEEDED {"ask":"desk for 450?"}
	// FAILED NoSuchItem: moon
}
