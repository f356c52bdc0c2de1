// Command nested is the example of workflows that start others.
//
//	go run ./examples/nested
package main

import "github.com/seed66d9166c/express/examples/internal/demo"

func main() { demo.Main(nested) }

var nested = demo.Demo{
	Name: "nested",
	Events: []demo.Event{
		{About: "A customer who passes both checks", Input: `{"customer":{"name":"Ada","age":36,"country":"PT"},"checks":["age","country"]}`},
		{About: "One who is too young", Input: `{"customer":{"name":"Tim","age":9,"country":"NO"},"checks":["age","country"]}`},
	},
}
