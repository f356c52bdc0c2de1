package awsapi_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/internal/catalog"
	"github.com/seed66d9166c/express/transport/awsapi"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

var account = catalog.Account{Partition: "aws", Region: "us-east-1", ID: "111111111111"}

// An engine runs what the API starts, in this process.
type engine struct {
	registry *catalog.Registry
	compiler compiler.Options
	bind     func(*express.Options) // what performs tasks

	running sync.WaitGroup

	mu      sync.Mutex          // guards what follows
	started []*awsapi.Execution // by StartExecution
}

var _ awsapi.Starter = (*engine)(nil)

func newEngine(o compiler.Options) *engine {
	e := &engine{compiler: o}
	e.registry = catalog.NewRegistry(catalog.NewMemory(), catalog.RegistryOptions{
		Account:  account,
		Compiler: func() *compiler.Options { return &e.compiler },
	})
	return e
}

// machine is what runs for an ARN: for an alias the version with the most weight.
func (e *engine) machine(ctx context.Context, arn catalog.ARN) (*express.Machine, error) {
	d, err := e.registry.Describe(ctx, arn.String())
	if err != nil {
		return nil, catalog.ErrNotFound
	}
	p, found := compiler.Compile(d.Machine.Name, d.Definition, &e.compiler)
	if p == nil {
		return nil, found
	}
	o := express.Options{
		Identity: express.Identity{Name: d.Machine.Name, ARN: arn.Unqualified().String(), Role: d.Revision.Role},
		Invokers: make(map[string]express.Invoker),
	}
	if e.bind != nil {
		e.bind(&o)
	}
	return express.New(p, o)
}

func (e *engine) Start(ctx context.Context, x *awsapi.Execution) error {
	m, err := e.machine(ctx, x.Machine)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.started {
		if s.ID == x.ID {
			return nil
		}
	}
	e.started = append(e.started, x)
	e.running.Go(func() {
		m.Run(context.WithoutCancel(ctx), express.Start{Name: x.Name, ARN: x.ARN, Input: x.Input, Trace: x.Trace})
	})
	return nil
}

func (e *engine) StartSync(ctx context.Context, x *awsapi.Execution) (express.Outcome, error) {
	m, err := e.machine(ctx, x.Machine)
	if err != nil {
		return express.Outcome{}, err
	}
	return m.Run(ctx, express.Start{Name: x.Name, ARN: x.ARN, Input: x.Input, Trace: x.Trace, Sync: true}), nil
}

// newServer is a server of what e runs.
func newServer(t testing.TB, e *engine, o awsapi.Options) *awsapi.Server {
	t.Helper()
	o.Registry = e.registry
	o.Starter = cmp.Or[awsapi.Starter](o.Starter, e)
	o.Compiler = func() *compiler.Options { return &e.compiler }
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	s, err := awsapi.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.running.Wait)
	return s
}

// An object is what JSON of an answer says.
type object = map[string]any

// request is a call of op with the input in, which is text as it is or any value.
func request(op string, in any) *http.Request {
	body, ok := in.(string)
	if !ok {
		b, err := json.Marshal(in)
		if err != nil {
			panic(err)
		}
		body = string(b)
	}
	r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader([]byte(body)))
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "AWSStepFunctions."+op)
	return r
}

// do is the status and the answer to r.
func do(t testing.TB, s http.Handler, r *http.Request) (int, object) {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	b, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := object{}
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatalf("answer %q: %v", b, err)
	}
	if got := w.Header().Get("Content-Type"); got != "application/x-amz-json-1.0" {
		t.Errorf("content type %q", got)
	}
	if w.Header().Get("x-amzn-RequestId") == "" {
		t.Error("the answer has no x-amzn-RequestId")
	}
	return w.Code, out
}

// call is the answer to op, which is to succeed.
func call(t testing.TB, s http.Handler, op string, in any) object {
	t.Helper()
	status, out := do(t, s, request(op, in))
	if status != http.StatusOK {
		t.Fatalf("%s: %d %v", op, status, out)
	}
	return out
}

const role = "arn:aws:iam::111111111111:role/any"

// pass is a definition whose output is {"says": text}.
func pass(text string) string {
	return `{"StartAt":"A","States":{"A":{"Type":"Pass","Result":{"says":"` + text + `"},"End":true}}}`
}
