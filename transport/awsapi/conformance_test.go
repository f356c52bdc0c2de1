package awsapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/mock"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/conformance"
	"github.com/seed66d9166c/express/transport/awsapi"
)

// recorded are the areas of conversations that Express Workflows have.
var recorded = []string{
	"api", "api_aliasing", "api_express", "api_logs", "api_tagging", "api_variable_references", "api_versioning",
	"create_errors", "express", "test_state", "validate",
}

// A conversation is calls of the API, and what came back.
type conversation struct {
	ID       string
	Express  bool `json:"express_ok"`
	Recorded string
	Steps    []step
}

type step struct {
	N        int
	Op       string
	Request  map[string]any
	Gives    map[string]any
	Error    bool
	Recorded []struct {
		Path     string
		Response map[string]any
	}
}

// Every recorded conversation agrees but for those in known.txt, of which none
// agrees. It agrees at level 1 if codes and fields do, at level 2 if messages do as
// well.
func TestRecorded(t *testing.T) {
	dir := os.Getenv("EXPRESS_CONFORMANCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "conformance")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("there are no recorded cases: set EXPRESS_CONFORMANCE to the folder that has them")
	}
	known, err := conformance.ReadMisses(filepath.Join("testdata", "known.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var all, fields, words int
	for _, area := range recorded {
		files, err := filepath.Glob(filepath.Join(dir, "api", area, "*.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no cases of %s: %v", area, err)
		}
		for _, file := range files {
			c := readConversation(t, file)
			if !c.had() {
				continue
			}
			all++
			diff, wording := play(t, c)
			switch reason := known[c.ID]; {
			case diff == "" && wording == "" && reason != "":
				t.Errorf("%s agrees, but known.txt has it", c.ID)
			case diff != "" && reason == "":
				t.Errorf("%s: %s", c.ID, diff)
			case wording != "" && reason == "":
				t.Errorf("%s, in words: %s", c.ID, wording)
			}
			delete(known, c.ID)
			if diff == "" {
				fields++
				if wording == "" {
					words++
				}
			}
		}
	}
	for id := range known {
		t.Errorf("known.txt has %s, which is no case", id)
	}
	t.Logf("%d conversations: %d agree in codes and fields (%.1f %%), %d in messages too (%.1f %%)",
		all, fields, 100*float64(fields)/float64(all), words, 100*float64(words)/float64(all))
}

// had reports whether Express Workflows have what c is about: all of it, or, of
// the references to variables, what describes the state machine.
func (c *conversation) had() bool {
	if strings.HasPrefix(c.ID, "api_variable_references/") {
		if d, _ := c.Steps[0].Request["definition"].(string); strings.Contains(d, `"DISTRIBUTED"`) {
			return false
		}
		c.Steps = slices.DeleteFunc(c.Steps, func(s step) bool {
			return s.Op != "CreateStateMachine" && s.Op != "DescribeStateMachine"
		})
		return true
	}
	c.Steps = slices.DeleteFunc(c.Steps, func(s step) bool { return s.Op == "GetPaginator" }) // of a client library
	return c.Express
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

// A player makes the calls of a conversation.
type player struct {
	t       *testing.T
	c       *conversation
	server  *awsapi.Server
	answers map[string]any // by "stepN", and of placeholders by name
}

// play makes the calls of c against a server of its own. It returns the first
// difference in codes and fields, and in messages.
func play(t *testing.T, c *conversation) (diff, wording string) {
	// The recordings of type EXPRESS refuse what is refused by strict alone.
	strict := slices.ContainsFunc(c.Steps, func(s step) bool { return s.Request["type"] == "EXPRESS" })
	e := newEngine(compiler.Options{Strict: strict})
	o := awsapi.Options{}
	answer := recordedTask(c)
	e.bind = func(o *express.Options) {
		o.Invokers[compiler.KindLambda], o.Invokers[compiler.KindAWS] = answer, answer
		mock.NewClock(time.Now()).Bind(o)
	}
	o.Invokers = map[string]express.Invoker{compiler.KindLambda: answer}
	p := &player{t, c, newServer(t, e, o), make(map[string]any)}
	for i := range c.Steps {
		d, w := p.step(&c.Steps[i])
		if d != "" {
			return fmt.Sprintf("step %d: %s", c.Steps[i].N, d), ""
		}
		if wording == "" && w != "" {
			wording = fmt.Sprintf("step %d: %s", c.Steps[i].N, w)
		}
	}
	return "", wording
}

// recordedTask performs tasks that the service performed: what they answered is in
// what was recorded of the execution.
func recordedTask(c *conversation) express.Invoker {
	var output any
	for _, s := range c.Steps {
		for _, r := range s.Recorded {
			if out, ok := r.Response["output"]; ok {
				output = out
			}
		}
	}
	return express.InvokerFunc(func(_ context.Context, call *express.Call) (value.Value, error) {
		if out, ok := output.(map[string]any); ok && out["Error"] != nil && out["Cause"] != nil {
			return value.Value{}, &express.Error{Name: fmt.Sprint(out["Error"]), Cause: fmt.Sprint(out["Cause"])}
		}
		b, err := json.Marshal(read(output))
		if err != nil {
			return value.Value{}, err
		}
		return value.Parse(b)
	})
}

func (p *player) step(s *step) (diff, wording string) {
	for _, r := range s.Recorded {
		if r.Response["client_side_error"] != nil {
			return "", "" // it was never sent
		}
	}
	in := p.fill(s.Request).(map[string]any)
	if d, ok := in["definition"].(map[string]any); ok { // recorded as JSON where it is some
		b, err := json.Marshal(d)
		if err != nil {
			p.t.Fatal(err)
		}
		in["definition"] = string(b)
	}
	status, got := do(p.t, p.server, request(s.Op, in))
	p.answers[fmt.Sprintf("step%d", s.N)] = got
	p.learn(s.Gives, got)
	if s.Error != (status != 200) {
		return fmt.Sprintf("%s: status %d %v", s.Op, status, got), ""
	}
	for _, r := range s.Recorded {
		want := r.Response
		if want, ok := want["Error"].(map[string]any); ok {
			if want["Code"] != got["__type"] || r.Response["httpStatus"] != nil && r.Response["httpStatus"] != float64(status) {
				return fmt.Sprintf("%s: got %v %v, want %v", s.Op, status, got, want), ""
			}
			message := fmt.Sprint(got["message"])
			for written, meant := range invented {
				message = strings.ReplaceAll(message, meant, written)
			}
			if !conformance.Match(want["Message"], message) {
				wording = fmt.Sprintf("got %v, want %v", message, want["Message"])
			}
			continue
		}
		have := p.comparable(got)
		delete(want, "httpStatus")
		if r.Path != "" {
			have, _ = have[strings.TrimPrefix(r.Path, ".")].(map[string]any)
		}
		if !conformance.Match(read(strip(want)), read(strip(have))) {
			return fmt.Sprintf("%s: got %v\nwant %v", s.Op, read(strip(have)), read(strip(want))), wording
		}
		p.learn(want, got)
	}
	return "", wording
}

// A service adds members to its answers: a recording has those of its day.
// Encryption came in July 2024.
func (p *player) comparable(got object) object {
	at, err := time.Parse("02-01-2006", p.c.Recorded)
	if err != nil {
		p.t.Fatal(err)
	}
	got = maps.Clone(got)
	if at.Before(time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)) {
		delete(got, "encryptionConfiguration")
	}
	return got
}

// notCompared differ between runs, or are the engine's own.
var notCompared = []string{"roleArn", "billingDetails", "inputDetails", "outputDetails", "creationDate", "updateDate", "startDate", "stopDate"}

func strip(m map[string]any) map[string]any {
	m = maps.Clone(m)
	for _, key := range notCompared {
		delete(m, key)
	}
	return m
}

var placeholder = regexp.MustCompile(`⟦[^⟦⟧]*⟧`)

// invented are texts that the recorder wrote in the place of others.
var invented = map[string]string{
	"xarn":                     "arn:aws:logs:us-east-1:111111111111:log-group:log_group_name:*",
	"invalid_token_1025_chars": strings.Repeat("x", 1025),
}

// fill is v with the placeholders in it replaced by what they stand for.
func (p *player) fill(v any) any {
	switch v := v.(type) {
	case string:
		if meant := invented[v]; meant != "" {
			return meant
		}
		return placeholder.ReplaceAllStringFunc(v, func(name string) string {
			stepN, field, _ := strings.Cut(strings.Trim(name, "⟦⟧"), ".")
			if a, ok := p.answers[stepN].(object); ok {
				return fmt.Sprint(a[field])
			}
			if a, ok := p.answers[name]; ok {
				return fmt.Sprint(a)
			}
			return name
		})
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = p.fill(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, e := range v {
			out[key] = p.fill(e)
		}
		return out
	}
	return v
}

// learn remembers what the placeholders in want stand for in got.
func (p *player) learn(want, got map[string]any) {
	for key, w := range want {
		text, ok := w.(string)
		have, isText := got[key].(string)
		if !ok || !isText {
			continue
		}
		names := placeholder.FindAllString(text, -1)
		re := regexp.QuoteMeta(text)
		for _, name := range names {
			re = strings.Replace(re, regexp.QuoteMeta(name), "(.*?)", 1)
		}
		if m := regexp.MustCompile("^" + re + "$").FindStringSubmatch(have); m != nil {
			for i, name := range names {
				p.answers[name] = m[i+1]
			}
		}
	}
}

// read is v with the JSON that it has as text read: the recordings have objects
// read, and arrays as text of their own spacing.
func read(v any) any {
	switch v := v.(type) {
	case string:
		var inner any
		if json.Unmarshal([]byte(v), &inner) == nil && reflect.TypeOf(inner) != nil {
			return read(inner)
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
