package compiler_test

import (
	"fmt"
	"os"

	"github.com/seed66d9166c/express/compiler"
)

// A definition that is right becomes a program.
func Example() {
	src := []byte(`{
  "StartAt": "Validate",
  "States": {
    "Validate": {
      "Type": "Task",
      "Resource": "nats:request:orders.validate",
      "Parameters": {"order.$": "$.order"},
      "ResultPath": "$.check",
      "Next": "Cool"
    },
    "Cool": {"Type": "Wait", "Seconds": 60, "End": true}
  }
}`)
	p, found := compiler.Compile("orders.asl.json", src, nil)
	if err := found.Err(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(p)
	// Output:
	//   0* enter     Validate
	//   1  arg       {"order.$":"$.order"}
	//   2  task      nats:request:orders.validate
	//   3  merge     $.check
	//   4  exit      Validate -> 5
	//   5  enter     Cool
	//   6  wait      1m0s
	//   7  exit      Cool -> 8
	//   8  halt
}

// Findings point at what they are about.
func ExampleDiagnostics_Write() {
	src := []byte(`{
  "StartAt": "Validate",
  "States": {
    "Validate": {"Type": "Pass", "Next": "Rejct"},
    "Reject": {"Type": "Fail"}
  }
}`)
	_, found := compiler.Compile("orders.asl.json", src, nil)
	if err := found.Write(os.Stdout, "orders.asl.json", src); err != nil {
		fmt.Println(err)
	}
	// Output:
	// orders.asl.json:4:42: MISSING_TRANSITION_TARGET: Missing 'Next' target: Rejct; did you mean "Reject"?
	//   4 |     "Validate": {"Type": "Pass", "Next": "Rejct"},
	//     |                                          ^^^^^^^
}
