// Command aggregate is the example of asking HTTP APIs.
//
//	go run ./examples/aggregate
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/seed66d9166c/express/examples/internal/demo"
)

func main() {
	api := httptest.NewServer(handler())
	defer api.Close()
	demo.Main(aggregate(api.URL))
}

// aggregate is the example, with the API at url.
func aggregate(url string) demo.Demo {
	return demo.Demo{
		Name: "aggregate",
		Events: []demo.Event{
			{About: "Three APIs, one of which has nothing", Input: fmt.Sprintf(`{"api":%q,"city":"Lisbon","currency":"USD"}`, url)},
		},
	}
}

// handler is the API: weather for who has the key, rates by a form, and no news.
func handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /weather", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") != "demo" {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		answer(w, map[string]any{"city": r.URL.Query().Get("city"), "celsius": 21.5})
	})
	mux.HandleFunc("POST /rate", func(w http.ResponseWriter, r *http.Request) {
		answer(w, map[string]any{"rate": map[string]float64{"USD": 1.25}[r.PostFormValue("to")]})
	})
	return mux
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v) // its error is the client's
}
