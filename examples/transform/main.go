// Command transform is the example of a transformation in JSONata.
//
//	go run ./examples/transform
package main

import "github.com/seed66d9166c/express/examples/internal/demo"

func main() { demo.Main(transform) }

var transform = demo.Demo{
	Name: "transform",
	Events: []demo.Event{
		{
			About: "An order of a shop",
			Input: `{"number":42,"customer":{"first":"Ada","last":"Lovelace"},"placed":"2030-02-03T04:05:06Z","lines":[{"sku":"tea-1","qty":"2","price":"4.50"},{"sku":"mug-7","qty":"1","price":"9.99"}]}`,
		},
		{About: "An order without lines", Input: `{"number":7,"lines":[]}`},
	},
}
