package main

import (
	"net"
	"net/http"
	"testing"

	"github.com/seed66d9166c/express/examples/internal/demotest"
)

// address is that of the API in outcomes.txt.
const address = "127.0.0.1:28377"

func TestOutcomes(t *testing.T) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("the port of the example's API is taken: %v", err)
	}
	api := &http.Server{Handler: handler()}
	go api.Serve(l)
	defer api.Close()
	demotest.Run(t, aggregate("http://"+address))
}
