package program_test

import (
	"fmt"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express/program"
)

// A program prints as its listing.
func ExampleProgram_String() {
	var p *program.Program
	p, found := compiler.Compile("greet", []byte(`{
		"StartAt": "Route",
		"States": {
			"Route": {
				"Type": "Choice",
				"Choices": [{"Variable": "$.name", "IsPresent": true, "Next": "Greet"}],
				"Default": "Nobody"
			},
			"Greet": {"Type": "Task", "Resource": "func:greet", "ResultPath": "$.greeting", "End": true},
			"Nobody": {"Type": "Fail", "Error": "Nobody"}
		}
	}`), nil)
	if err := found.Err(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(p)
	fmt.Println("short:", p.Short())
	// Output:
	//   0* enter     Route
	//   1  test      $.name IsPresent true -> 3
	//   2  exit      Route -> 8
	//   3  exit      Route -> 4
	//   4  enter     Greet
	//   5  task      func:greet
	//   6  merge     $.greeting
	//   7  exit      Greet -> 10
	//   8  enter     Nobody
	//   9  fail      error "Nobody"
	//  10  halt
	// short: false
}
