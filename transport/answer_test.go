package transport_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

func TestDecode(t *testing.T) {
	quotes := "\xda\xff\xff" + strings.Repeat(`"`, 0xffff) // twice as long in JSON
	for _, tt := range []struct{ contentType, body, want, refused string }{
		{"", "", `null`, ""},
		{"application/msgpack", "", `null`, ""},
		{"", `[1.0]`, `[1.0]`, ""},
		{"text/html; charset=utf-8", `[1.0]`, `[1.0]`, ""},
		{"application/msgpack", "\x91\x07", `[7]`, ""},
		{"Application/VND.MsgPack ; v=5", "\x91\x07", `[7]`, ""},
		{"application/x-msgpack", "\x91\x07", `[7]`, ""},
		{"application/x-msgpack-fragment", "\x91\x07", ``, "invalid UTF-8 at offset 0"},
		{"", "\x91\x07", ``, "invalid UTF-8 at offset 0"},
		{"application/msgpack", "[7]", ``, "data after the value at offset 1"},
		{"application/msgpack", "\x92\x01" + quotes, ``, ""},
		{"application/msgpack", "\x93\x01" + quotes + quotes, ``, "larger than 262144 bytes"},
		{"", `"` + strings.Repeat("x", value.MaxSize-2) + `"`, ``, ""},
		{"", `"` + strings.Repeat("x", value.MaxSize-1) + `"`, ``, "larger than 262144 bytes"},
	} {
		v, err := transport.Decode(tt.contentType, []byte(tt.body))
		switch {
		case tt.refused != "":
			if err == nil || err.Error() != tt.refused {
				t.Errorf("%s %.20q is %.50v (%v), want the error %s", tt.contentType, tt.body, v, err, tt.refused)
			}
		case err != nil || tt.want != "" && v.String() != tt.want:
			t.Errorf("%s %.20q is %.50v (%v), want %s", tt.contentType, tt.body, v, err, tt.want)
		}
	}
}

func TestAnswer(t *testing.T) {
	large := []byte(`"` + strings.Repeat("x", value.MaxSize) + `"`)
	for _, tt := range []struct {
		task        program.Task
		contentType string
		body        []byte
		name, cause string
	}{
		{program.Task{Service: "lambda"}, "", large, "States.DataLimitExceeded",
			"The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit."},
		{program.Task{Resource: "arn:x"}, "", large, "States.DataLimitExceeded",
			"The state/task 'arn:x' returned a result with a size exceeding the maximum number of bytes service limit."},
		{program.Task{}, "", []byte(`{"secret": 1, "secret": 2}`), "States.TaskFailed", "The answer of prices is not acceptable JSON: duplicate key"},
		{program.Task{}, "", []byte(`secret`), "States.TaskFailed", "The answer of prices is not acceptable JSON: unexpected character at offset 0"},
		{program.Task{}, "application/msgpack", []byte("\xc1"), "States.TaskFailed",
			"The answer of prices is not acceptable MessagePack: the byte 0xc1, which begins no value at offset 0"},
	} {
		_, err := transport.Answer(&express.Call{Task: &tt.task}, "prices", tt.contentType, tt.body)
		if e, ok := errors.AsType[*express.Error](err); !ok || e.Name != tt.name || e.Cause != tt.cause {
			t.Errorf("got %v, want %s: %s", err, tt.name, tt.cause)
		}
	}
}
