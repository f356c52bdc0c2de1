package teststate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/teststate"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/conformance"
)

// A conversation is a recorded case: calls of the API, and what came back.
type conversation struct {
	ID    string
	Steps []struct {
		Op       string
		Request  json.RawMessage
		Recorded []struct{ Response map[string]any }
	}
}

// Every recorded conversation agrees but for those in known.txt, of which none
// agrees. Fields and codes count, and messages beside them.
func TestRecorded(t *testing.T) {
	dir := os.Getenv("EXPRESS_CONFORMANCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "conformance")
	}
	files, err := filepath.Glob(filepath.Join(dir, "api", "test_state", "*.json"))
	if err != nil || len(files) == 0 {
		t.Skip("there are no recorded cases: set EXPRESS_CONFORMANCE to the folder that has them")
	}
	known, err := conformance.ReadMisses(filepath.Join("testdata", "known.txt"))
	if err != nil {
		t.Fatal(err)
	}
	agree, inWords := 0, 0
	for _, file := range files {
		c := readConversation(t, file)
		diff, words := play(t, c)
		reason := known[c.ID]
		delete(known, c.ID)
		switch {
		case diff == "" && reason != "":
			t.Errorf("%s agrees, but known.txt has it", c.ID)
		case diff != "" && reason == "":
			t.Errorf("%s\n%s", c.ID, diff)
		}
		if diff == "" {
			agree++
			if words {
				inWords++
			}
		}
	}
	for id := range known {
		t.Errorf("known.txt has %s, which is no case", id)
	}
	t.Logf("%d of %d cases agree (%.1f %%), %d with their messages (%.1f %%)",
		agree, len(files), 100*float64(agree)/float64(len(files)), inWords, 100*float64(inWords)/float64(len(files)))
}

func readConversation(t *testing.T, file string) *conversation {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := new(conversation)
	if err := json.Unmarshal(b, c); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return c
}

// play makes the calls of a conversation. It returns the first difference, and
// whether messages agree too.
func play(t *testing.T, c *conversation) (diff string, words bool) {
	words = true
	for _, s := range c.Steps {
		if s.Op != "TestState" {
			t.Fatalf("%s: there is a call of %s", c.ID, s.Op)
		}
		for _, r := range s.Recorded {
			want := r.Response
			got := call(t, s.Request, want)
			if e, ok := want["Error"].(map[string]any); ok {
				have, _ := got["Error"].(map[string]any)
				if e["Code"] != have["Code"] {
					return fmt.Sprintf("want %v\ngot  %v", want, got), false
				}
				words = words && e["Message"] == have["Message"]
				continue
			}
			delete(want, "httpStatus")
			if !conformance.Match(read(want), read(got)) {
				return fmt.Sprintf("want %v\ngot  %v", read(want), read(got)), false
			}
		}
	}
	return "", words
}

// call is the response to a request as the API has it. A task that is not mocked
// was performed by the service: its recorded result is what performs it here.
func call(t *testing.T, request json.RawMessage, recorded map[string]any) map[string]any {
	t.Helper()
	var r teststate.Request
	// A definition is recorded as JSON, and as text where it is none.
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(request, &fields); err != nil {
		t.Fatal(err)
	}
	if d := fields["definition"]; len(d) > 0 && d[0] == '{' {
		fields["definition"], _ = json.Marshal(string(d))
	}
	text, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	r.Account = "111111111111" // of the recordings
	r.Invokers = map[string]express.Invoker{compiler.KindLambda: express.InvokerFunc(func(context.Context, *express.Call) (value.Value, error) {
		b, err := json.Marshal(read(recorded["output"]))
		if err != nil {
			return value.Value{}, err
		}
		return value.Parse(b)
	})}
	out, err := teststate.Run(t.Context(), r)
	if refused, ok := errors.AsType[*teststate.Error](err); ok {
		return map[string]any{"Error": map[string]any{"Code": refused.Code, "Message": refused.Message}}
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// read is v with the JSON that it has as text read: the recordings have objects
// read, and arrays as text of their own spacing.
func read(v any) any {
	switch v := v.(type) {
	case string:
		var inner any
		if json.Unmarshal([]byte(v), &inner) == nil && reflect.TypeOf(inner) != nil {
			return inner
		}
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, e := range v {
			out[key] = read(e)
		}
		return out
	}
	return v
}
