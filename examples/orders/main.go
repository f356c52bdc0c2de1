// Command orders is the example of order processing with compensation.
//
//	go run ./examples/orders
package main

import (
	"encoding/json"
	"fmt"

	"github.com/seed66d9166c/express/examples/internal/demo"
)

func main() { demo.Main(orders) }

var orders = demo.Demo{
	Name: "orders",
	Services: map[string]demo.Service{
		"stock.reserve":   reserve,
		"stock.release":   done,
		"payments.charge": charge,
		"payments.refund": done,
		"shipping.ship":   ship,
	},
	Events: []demo.Event{
		{About: "An order that goes through", Input: `{"id":"o-1","items":[{"sku":"tea","count":2}],"card":"visa","cents":900,"address":"Elm Street 1"}`},
		{About: "More than there is in stock", Input: `{"id":"o-2","items":[{"sku":"tea","count":99}],"card":"visa","cents":900,"address":"Elm Street 1"}`},
		{About: "A card without money: the stock is given back", Input: `{"id":"o-3","items":[{"sku":"tea","count":1}],"card":"empty","cents":450,"address":"Elm Street 1"}`},
		{About: "No such address: the money is given back, and the stock", Input: `{"id":"o-4","items":[{"sku":"tea","count":1}],"card":"visa","cents":450,"address":""}`},
	},
}

// order is what the services look at.
type order struct {
	Order   string
	Items   []struct{ Count int }
	Card    string
	Address string
}

func reserve(in []byte) (any, error) {
	var o order
	if err := json.Unmarshal(in, &o); err != nil {
		return nil, err
	}
	for _, i := range o.Items {
		if i.Count > 10 {
			return nil, demo.Failure{Name: "Stock.Empty", Cause: fmt.Sprintf("there are 10, not %d", i.Count)}
		}
	}
	return map[string]string{"id": "r-" + o.Order}, nil
}

func charge(in []byte) (any, error) {
	var o order
	if err := json.Unmarshal(in, &o); err != nil {
		return nil, err
	}
	if o.Card == "empty" {
		return nil, demo.Failure{Name: "Card.Declined", Cause: "no money"}
	}
	return map[string]string{"receipt": "p-" + o.Order}, nil
}

func ship(in []byte) (any, error) {
	var o order
	if err := json.Unmarshal(in, &o); err != nil {
		return nil, err
	}
	if o.Address == "" {
		return nil, demo.Failure{Name: "Shipping.NoAddress", Cause: "where to?"}
	}
	return map[string]string{"parcel": "x-" + o.Order}, nil
}

// done answers what undoes something.
func done([]byte) (any, error) { return map[string]bool{"done": true}, nil }
