package catalog

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/config"
)

// An app is an application directory of a test.
type app struct {
	*testing.T
	dir string
}

func newApp(t *testing.T) *app { return &app{t, t.TempDir()} }

func (a *app) write(name, text string) {
	a.Helper()
	if err := os.WriteFile(filepath.Join(a.dir, name), []byte(text), 0o666); err != nil {
		a.Fatal(err)
	}
}

func (a *app) remove(name string) {
	a.Helper()
	if err := os.Remove(filepath.Join(a.dir, name)); err != nil {
		a.Fatal(err)
	}
}

func (a *app) config() *config.Config {
	a.Helper()
	c, reports := config.Load(a.dir, config.Options{Env: func(string) (string, bool) { return "", false }})
	if c == nil {
		reports.Write(a.Output())
		a.Fatal(reports)
	}
	return c
}

// bind binds to nothing but what records which version ran.
func bind(w *config.Workflow, version string, p *program.Program) (*express.Machine, error) {
	invokers := make(map[string]express.Invoker)
	for _, t := range p.Tasks {
		invokers[t.Kind] = express.InvokerFunc(func(_ context.Context, c *express.Call) (value.Value, error) {
			return value.String(c.Task.Kind + " " + c.Task.Target), nil
		})
	}
	return express.New(p, express.Options{Identity: express.Identity{Name: w.Name, Version: version}, Invokers: invokers})
}

// says is a definition whose output is text.
func says(text string) string {
	return `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "` + text + `", "End": true}}}`
}

// run is the output of a workflow, "" if there is none.
func run(t *testing.T, c *Catalog, name string) string {
	t.Helper()
	w, ok := c.Get(name)
	if !ok {
		return ""
	}
	out := w.Machine.Run(t.Context(), express.Start{Name: "x", Input: value.Object()})
	if out.Err != nil {
		t.Fatal(out.Err)
	}
	return out.Output.Text()
}

func load(t *testing.T, c *Catalog, app *config.Config) ([]Change, config.Reports) {
	t.Helper()
	changes, reports, err := c.Load(app)
	if err != nil {
		t.Fatal(err)
	}
	return changes, reports
}

func TestLoad(t *testing.T) {
	a := newApp(t)
	c := New(bind)
	one, two := version([]byte(says("one")), nil), version([]byte(says("two")), nil)

	a.write("orders.asl.json", says("one"))
	a.write("refunds.asl.json", says("one"))
	changes, reports := load(t, c, a.config())
	if diff := cmp.Diff([]Change{{"orders", "", one}, {"refunds", "", one}}, changes); diff != "" || reports != nil {
		t.Errorf("first (-want +got):\n%s%v", diff, reports)
	}
	if got := run(t, c, "orders"); got != "one" {
		t.Errorf("orders says %q", got)
	}
	if _, ok := c.Get("none"); ok {
		t.Error("there is a workflow none")
	}

	changes, _ = load(t, c, a.config())
	if len(changes) != 0 {
		t.Errorf("nothing has changed, but %v", changes)
	}

	a.write("orders.asl.json", says("two"))
	a.write("refunds.asl.json", `{"StartAt": "A", "States": {"A": {"Type": "Pass"}, "B": {}}}`)
	a.write("new.asl.json", "{")
	changes, reports = load(t, c, a.config())
	if diff := cmp.Diff([]Change{{"orders", one, two}}, changes); diff != "" {
		t.Errorf("one does not compile (-want +got):\n%s", diff)
	}
	var files []string
	for _, r := range reports {
		files = append(files, filepath.Base(r.File))
	}
	if diff := cmp.Diff([]string{"new.asl.json", "refunds.asl.json"}, files); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if n := len(reports[1].Findings); n < 2 {
		t.Errorf("%d findings about refunds, want all", n)
	}
	if got := run(t, c, "orders") + run(t, c, "refunds") + run(t, c, "new"); got != "twoone" {
		t.Errorf("orders, refunds and new say %q, want the new, the old, and nothing", got)
	}

	a.remove("refunds.asl.json")
	a.write("new.asl.json", says("new"))
	changes, _ = load(t, c, a.config())
	want := []Change{{"new", "", version([]byte(says("new")), nil)}, {"refunds", one, ""}}
	if diff := cmp.Diff(want, changes); diff != "" {
		t.Errorf("one is gone (-want +got):\n%s", diff)
	}
	var names []string
	for _, w := range c.All() {
		names = append(names, w.Config.Name)
	}
	if diff := cmp.Diff([]string{"new", "orders"}, names); diff != "" {
		t.Errorf("All (-want +got):\n%s", diff)
	}
}

// Where one cannot be bound all stay as they were.
func TestLoadUnbound(t *testing.T) {
	a := newApp(t)
	a.write("orders.asl.json", says("one"))
	refuse := errors.New("no")
	var err error
	c := New(func(w *config.Workflow, version string, p *program.Program) (*express.Machine, error) {
		if w.Name == "refunds" && err != nil {
			return nil, err
		}
		return bind(w, version, p)
	})
	load(t, c, a.config())
	a.write("orders.asl.json", says("two"))
	a.write("refunds.asl.json", says("one"))
	err = refuse
	if _, _, got := c.Load(a.config()); !errors.Is(got, refuse) || !strings.Contains(got.Error(), "refunds") {
		t.Errorf("error is %v, want it to name the workflow and the reason", got)
	}
	if got := run(t, c, "orders"); got != "one" {
		t.Errorf("orders says %q, want what it said before", got)
	}
}

// What is set changes what a definition compiles to, and so its version; strict
// refuses; bindings choose what performs a task.
func TestCompileOptions(t *testing.T) {
	const charge = `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:lambda:eu-central-1:123456789012:function:${Name}", "End": true}}}`
	const call = `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "func:charge", "End": true}}}`
	a := newApp(t)
	a.write("orders.asl.json", charge)
	a.write("calls.asl.json", call)
	a.write("express.yaml", `
set: {Name: charge}
workflows: {orders: , calls: , refunds: {file: orders.asl.json, set: {Name: refund}}}
tasks:
  "arn:aws:lambda:*:function:charge": nats:request:cards.charge
  "func:*": func:own
`)
	c := New(bind)
	if _, reports := load(t, c, a.config()); reports.Err() != nil {
		reports.Write(t.Output())
		t.Fatal(reports)
	}
	for name, want := range map[string]string{
		"orders": "nats:request cards.charge", "refunds": "lambda refund", "calls": "func own",
	} {
		if got := run(t, c, name); got != want {
			t.Errorf("%s called %q, want %q", name, got, want)
		}
	}
	orders, _ := c.Get("orders")
	refunds, _ := c.Get("refunds")
	if orders.Version == refunds.Version {
		t.Error("the same definition with other substitutions has the same version")
	}

	a.write("express.yaml", "strict: true\nset: {Name: charge}\nworkflows: {orders: , calls: }\n")
	reports := Check(a.config())
	if len(reports) != 1 || filepath.Base(reports[0].File) != "calls.asl.json" || reports.Err() == nil {
		t.Errorf("strict: %v, want an error in calls.asl.json alone", reports)
	}
}

// A definition that was there when the application was read and is gone is a
// finding.
func TestGone(t *testing.T) {
	a := newApp(t)
	a.write("orders.asl.json", says("one"))
	app := a.config()
	a.remove("orders.asl.json")
	reports := Check(app)
	want := config.Reports{{File: filepath.Join(a.dir, "orders.asl.json")}}
	if diff := cmp.Diff(want, reports, cmpopts.IgnoreFields(config.Report{}, "Findings")); diff != "" || reports[0].Findings[0].Code != config.Unreadable {
		t.Errorf("reports (-want +got):\n%s%v", diff, reports)
	}
}

// Who looks up while others load sees the old or the new, never a mixture.
func TestConcurrent(t *testing.T) {
	a := newApp(t)
	a.write("a.asl.json", says("one"))
	a.write("b.asl.json", says("one"))
	c := New(bind)
	load(t, c, a.config())
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if all := c.All(); len(all) != 2 || all[0].Version != all[1].Version {
				t.Errorf("a mixture: %v", all)
				return
			}
		}
	})
	for i := range 50 {
		text := says([]string{"one", "two"}[i%2])
		a.write("a.asl.json", text)
		a.write("b.asl.json", text)
		load(t, c, a.config())
	}
	close(stop)
	wg.Wait()
}

func BenchmarkGet(b *testing.B) {
	c := New(nil)
	s := snapshot{"orders": new(Workflow)}
	c.now.Store(&s)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := c.Get("orders"); !ok {
			b.Fatal("it is not there")
		}
	}
}
