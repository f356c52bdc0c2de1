package semconv

import (
	"testing"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
)

func TestOperationOf(t *testing.T) {
	for _, tt := range []struct {
		kind, name string
		sends      bool
	}{
		{"nats:request", "request", true},
		{"nats:publish", "publish", true},
		{"nats:jetstream", "publish", true},
		{"nats:kv:get", "kv:get", false},
		{"func", "call", false},
		{"lambda", "call", false},
	} {
		if name, sends := OperationOf(&program.Task{Kind: tt.kind}); name != tt.name || sends != tt.sends {
			t.Errorf("%s: %s, %t, want %s, %t", tt.kind, name, sends, tt.name, tt.sends)
		}
	}
}

func TestErrorType(t *testing.T) {
	for _, tt := range []struct {
		err  *express.Error
		want string
	}{{nil, Other}, {&express.Error{}, Other}, {&express.Error{Name: "Busy"}, "Busy"}} {
		if got := ErrorType(tt.err); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.err, got, tt.want)
		}
	}
}
