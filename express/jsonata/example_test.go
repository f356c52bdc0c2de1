package jsonata_test

import (
	"fmt"

	"github.com/seed66d9166c/express/express/jsonata"
	"github.com/seed66d9166c/express/express/value"
)

func Example() {
	e, err := jsonata.Compile(`lines[price > 3].{"sku": sku, "total": price * qty}`, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	input, err := value.Parse([]byte(`{"lines": [
		{"sku": "a", "price": 5, "qty": 2}, {"sku": "b", "price": 2, "qty": 1}, {"sku": "c", "price": 4, "qty": 3}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := e.Eval(input)
	fmt.Println(v, err)
	// Output: [{"sku":"a","total":10},{"sku":"c","total":12}] <nil>
}

// A variable can be given as a whole, or as an object field by field; what the
// expression does not read need not be made.
func ExampleExpr_Refs() {
	e, err := jsonata.Compile(`$states.input.id & "-" & $suffix`, &jsonata.Options{
		Vars: []string{"states.input", "states.context", "suffix"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	vars := make([]value.Value, 3)
	for _, r := range e.Refs() {
		switch r.Slot {
		case 0:
			vars[0] = value.Object(value.Member{Key: "id", Val: value.Int(7)})
		case 2:
			vars[2] = value.String("x")
		}
	}
	v, err := e.Eval(value.Value{}, vars...)
	fmt.Println(v, err)
	// Output: "7-x" <nil>
}

func ExampleExpr_Listing() {
	e, err := jsonata.Compile(`device.temp * 1.8 + 32 > $limit`, &jsonata.Options{Vars: []string{"limit"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(e.Listing())
	// Output:
	//    0  fields        device.temp first last
	//    1  mul           1.8
	//    2  add           32
	//    3  external      $limit
	//    4  greater
	//    5  return
}
