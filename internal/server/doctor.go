package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	natsio "github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/internal/catalog"
	"github.com/seed66d9166c/express/internal/config"
	"github.com/seed66d9166c/express/transport/nats"
)

// A Finding is something that a Doctor has looked at.
type Finding struct {
	About  string `json:"about"`            // "broker", "task", "stream", ...
	What   string `json:"what"`             // which of them
	OK     bool   `json:"ok"`               //
	Text   string `json:"text"`             // in one line
	Help   string `json:"help,omitempty"`   // what to do
	Source string `json:"source,omitempty"` // workflow and state, of a task
}

// DoctorOptions are those of Diagnose.
type DoctorOptions struct {
	Config config.Options
	Funcs  map[string]express.Invoker // as those of Options
	// Broker connects to where the application's engines are connected; its error
	// is a finding.
	Broker func(*config.Config) (*natsio.Conn, natsjs.JetStream, error)
	// Wait is how long the broker and HTTP servers may take to say something.
	Wait time.Duration
}

// Diagnose looks at an application directory and at the broker that it is served
// on: whether the definitions are valid, whether the broker can do its part, and
// whether somebody listens to what tasks call. Nothing is published and nothing is
// called. The error is a config.Reports where the application is not valid.
func Diagnose(ctx context.Context, dir string, o DoctorOptions) ([]Finding, error) {
	app, found, _ := load(dir, Options{Config: o.Config})
	if found.Err() != nil {
		return nil, found
	}
	d := &doctor{o: o, app: app}
	s := &Server{o: Options{Funcs: o.Funcs}, app: app}
	s.now.Store(app)
	s.catalog = catalog.New(func(_ *config.Workflow, _ string, p *program.Program) (*express.Machine, error) {
		return express.New(p, express.Options{Invokers: s.performing(p)})
	})
	if _, _, err := s.catalog.Load(app); err != nil {
		return nil, err
	}
	d.note(true, "application", app.Name, "workflows: %d, triggers: %d", len(app.Workflows), len(app.Triggers))
	for _, r := range found {
		for _, f := range r.Findings {
			d.note(false, "application", r.File, "%s", f.Message)
		}
	}
	nc := d.broker(ctx)
	if nc != nil {
		defer nc.Close()
	}
	d.tasks(ctx, nc, s.uses())
	return d.found, nil
}

// A doctor is one diagnosis.
type doctor struct {
	o     DoctorOptions
	app   *config.Config
	found []Finding
}

func (d *doctor) note(ok bool, about, what, format string, args ...any) *Finding {
	d.found = append(d.found, Finding{About: about, What: what, OK: ok, Text: fmt.Sprintf(format, args...)})
	return &d.found[len(d.found)-1]
}

// leastServer is the first version of NATS that the protocol was tested on.
var leastServer = [2]int{2, 15}

// maxSkew is how much two clocks may differ before timers in the broker and here
// disagree.
const maxSkew = 2 * time.Second

// broker looks at the broker. It is nil where there is none.
func (d *doctor) broker(ctx context.Context) *natsio.Conn {
	nc, js, err := d.o.Broker(d.app)
	if err != nil {
		d.note(false, "broker", "connection", "%v", err).Help = "is the application served? express dev and express serve start a broker in the process where none is named"
		return nil
	}
	version := nc.ConnectedServerVersion()
	var major, minor int
	fmt.Sscanf(version, "%d.%d", &major, &minor) // 0.0 is too old
	if ok := major > leastServer[0] || major == leastServer[0] && minor >= leastServer[1]; ok {
		d.note(ok, "broker", nc.ConnectedUrlRedacted(), "NATS %s", version)
	} else {
		d.note(ok, "broker", nc.ConnectedUrlRedacted(), "NATS %s is older than what is tested: %d.%d", version, leastServer[0], leastServer[1]).Help = "upgrade the server"
	}
	if err := d.streams(ctx, js); err != nil {
		d.note(false, "broker", "JetStream", "%v", err).Help = "events need JetStream: enable it in the server, and for this account"
	}
	return nc
}

// fullShare is the share of a bound from which on a stream is nearly full.
const fullShare = 0.9

// streams looks at the account's limits and at the streams that triggers use.
func (d *doctor) streams(ctx context.Context, js natsjs.JetStream) error {
	ctx, cancel := context.WithTimeout(ctx, d.o.Wait)
	defer cancel()
	info, err := js.AccountInfo(ctx)
	if err != nil {
		return err
	}
	bound := "the server's max_file_store, which is to be less than 80 % of the volume"
	if info.Limits.MaxStore > 0 {
		bound = config.Bytes(info.Limits.MaxStore).String()
	}
	d.note(info.Limits.MaxStore <= 0 || float64(info.Store) < fullShare*float64(info.Limits.MaxStore),
		"broker", "JetStream", "streams take %d bytes; the bound is %s", info.Store, bound)
	for _, key := range slices.Sorted(maps.Keys(feeds(d.app))) {
		f := feeds(d.app)[key]
		if f.Stream == "" {
			if f.Stream, err = js.StreamNameBySubject(ctx, f.Subject); err != nil {
				d.note(false, "stream", f.Subject, "no stream has the subject").Help = "the engine makes one when it starts"
				continue
			}
		}
		d.stream(ctx, js, f.Stream, f.Durable, f.Workflow)
	}
	return nil
}

// stream looks at a stream and at the consumer of a workflow on it.
func (d *doctor) stream(ctx context.Context, js natsjs.JetStream, name, durable, workflow string) {
	what := name + "/" + durable
	str, err := js.Stream(ctx, name)
	if err != nil {
		d.note(false, "stream", what, "%v", err).Help = "the engine makes it when it starts"
		return
	}
	c, err := str.Consumer(ctx, durable)
	if err != nil {
		d.note(false, "stream", what, "%v", err).Help = "the engine makes it when it starts"
		return
	}
	s, now := str.CachedInfo(), c.CachedInfo()
	text := fmt.Sprintf("%d events wait for workflow %s, %d are being worked on, %d were redelivered", now.NumPending, workflow, now.NumAckPending, now.NumRedelivered)
	full := s.Config.MaxBytes > 0 && float64(s.State.Bytes) > fullShare*float64(s.Config.MaxBytes)
	if full {
		text += fmt.Sprintf("; the stream is nearly full: %s of %s", config.Bytes(s.State.Bytes), config.Bytes(s.Config.MaxBytes))
	}
	skew := time.Until(now.TimeStamp)
	if skew = max(skew, -skew); skew > maxSkew {
		text += fmt.Sprintf("; its server's clock differs from this one by %s", skew.Round(time.Second))
	}
	d.note(!full && skew <= maxSkew, "stream", what, "%s", text)
}

// tasks looks at who performs each task.
func (d *doctor) tasks(ctx context.Context, nc *natsio.Conn, uses []use) {
	ctx, cancel := context.WithTimeout(ctx, d.o.Wait)
	defer cancel()
	var asked []use
	var subjects []string
	for _, u := range uses {
		subject, tells := nats.Subject(u.task)
		switch {
		case u.task.Kind == kindFunc && d.o.Funcs[u.task.Target] == nil:
			d.task(u, false, "no Go handler of this process has the name").Help = help(u.task)
		case strings.HasPrefix(u.task.Target, "//"):
			d.server(ctx, u)
		case !tells:
			d.task(u, true, "what it calls, its arguments say")
		case nc == nil:
			d.task(u, false, "who listens to %s is not known without a broker", subject)
		default:
			asked, subjects = append(asked, u), append(subjects, subject)
		}
	}
	if nc == nil || len(subjects) == 0 {
		return
	}
	all, err := nats.FindListeners(ctx, nc, subjects)
	if err != nil {
		d.note(false, "task", "listeners", "%v", err)
		return
	}
	for i, l := range all {
		d.listeners(asked[i], &l)
	}
}

func (d *doctor) task(u use, ok bool, format string, args ...any) *Finding {
	f := d.note(ok, "task", u.task.Resource, format, args...)
	f.Source = u.workflow + ": " + u.state
	return f
}

// listeners says who listens to what u calls.
func (d *doctor) listeners(u use, l *nats.Listeners) {
	var who []string
	for _, c := range l.Clients {
		who = append(who, cmp.Or(c, "a client without a name"))
	}
	for _, s := range l.Streams {
		who = append(who, "stream "+s)
	}
	slices.Sort(who)
	who = slices.Compact(who)
	switch {
	case len(who) > 0:
		d.task(u, true, "%s: %s", l.Subject, strings.Join(who, ", "))
	case l.Err != nil:
		d.task(u, false, "%s: %v", l.Subject, l.Err)
	case u.task.Kind == "nats:publish": // which waits for nobody
		d.task(u, true, "%s: nobody listens now", l.Subject)
	default:
		d.task(u, false, "nobody listens to %s", l.Subject).Help = "start what answers it, or " + help(u.task)
	}
}

// server looks whether there is a server at the URL that u calls.
func (d *doctor) server(ctx context.Context, u use) {
	at, err := url.Parse(u.task.Kind + ":" + u.task.Target)
	if err == nil {
		var c net.Conn
		c, err = new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(at.Hostname(), cmp.Or(at.Port(), u.task.Kind)))
		if err == nil {
			err = c.Close()
		}
	}
	if err == nil {
		d.task(u, true, "a server answers at %s", at.Host)
		return
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		err = e.Err
	}
	d.task(u, false, "no server answers there: %v", err)
}
