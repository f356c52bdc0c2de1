// Command travel is the example of a saga with retries.
//
//	go run ./examples/travel
package main

import (
	"encoding/json"
	"sync/atomic"

	"github.com/seed66d9166c/express/examples/internal/demo"
)

func main() { demo.Main(travel()) }

func travel() demo.Demo {
	var busy atomic.Bool // the airline has been, once
	return demo.Demo{
		Name: "travel",
		Services: map[string]demo.Service{
			"flights.book": func(in []byte) (any, error) {
				if !busy.Swap(true) {
					return nil, demo.Failure{Name: "Booking.Busy", Cause: "try again"}
				}
				return book("f-", in)
			},
			"hotels.book":    func(in []byte) (any, error) { return book("h-", in) },
			"cars.book":      cars,
			"hotels.cancel":  cancel,
			"flights.cancel": cancel,
		},
		Events: []demo.Event{
			{About: "A trip; the airline is busy at first", Input: `{"trip":"t-1","to":"Lisbon","nights":3}`},
			{About: "A trip for which there is no car: all is cancelled", Input: `{"trip":"rush","to":"Porto","nights":1}`},
		},
	}
}

type request struct{ Trip string }

func book(prefix string, in []byte) (any, error) {
	var r request
	if err := json.Unmarshal(in, &r); err != nil {
		return nil, err
	}
	return map[string]string{"id": prefix + r.Trip}, nil
}

func cars(in []byte) (any, error) {
	var r request
	if err := json.Unmarshal(in, &r); err != nil {
		return nil, err
	}
	if r.Trip == "rush" {
		return nil, demo.Failure{Name: "Booking.Full", Cause: "no car"}
	}
	return book("c-", in)
}

func cancel([]byte) (any, error) { return map[string]bool{"cancelled": true}, nil }
