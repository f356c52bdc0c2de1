package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"
)

// A pub is one run of the command "pub".
type pub struct {
	*app
	connection
	data    string
	hasData bool
	count   int
	rate    float64
	headers []string
	core    bool
	wait    time.Duration
}

func (a *app) pubCommand() *cobra.Command {
	p := &pub{app: a}
	c := &cobra.Command{
		Use:   "pub SUBJECT [flags]",
		Short: "Publish events, one for each line of standard input",
		Long: `Publish events: one for each line of standard input that is not blank, or those of
--data. Every event is acknowledged by the stream that keeps it. What is not
acknowledged in time is published again under the same Nats-Msg-Id, so that the stream
keeps it once; it may then come after later ones.

The exit code is 1 if any event was not acknowledged.`,
		Example: `  express pub office.readings < readings.ndjson
  express pub office.readings --rate 500 < readings.ndjson
  express pub orders.placed --data '{"id": 7}' --header 'Nats-Msg-Id: order-7'
  express pub orders.placed --data '{}' --count 1000 -o json`,
		Args: exactly("SUBJECT"),
		RunE: func(c *cobra.Command, args []string) error {
			p.hasData = c.Flags().Changed("data")
			return p.run(c.Context(), args[0])
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	f := c.Flags()
	f.StringVarP(&p.data, "data", "d", "", "publish this `text` and do not read standard input")
	f.IntVarP(&p.count, "count", "n", 0, "publish --data `N` times, or no more than N lines")
	f.Float64Var(&p.rate, "rate", 0, "publish no more than `N` events a second")
	f.StringArrayVarP(&p.headers, "header", "H", nil, "a `header` of every event, 'Key: value'; may be repeated")
	f.BoolVar(&p.core, "core", false, "publish without acknowledgement: nothing tells of a loss")
	f.DurationVar(&p.wait, "wait", 30*time.Second, "give up when nothing was acknowledged for this long")
	p.connection.flags(f)
	return c
}

func (p *pub) run(ctx context.Context, subject string) error {
	header, err := p.header()
	switch {
	case err != nil:
		return err
	case p.count < 0 || !(p.rate >= 0) || p.wait <= 0:
		return usagef("--count, --rate and --wait must be positive")
	case !publishable(subject):
		return usagef("%q is no subject to publish to: words with dots between them, without spaces and wildcards", subject)
	}
	nc, err := p.open(p.connection)
	if err != nil {
		return err
	}
	defer nc.Close()
	out, err := newPublisher(nc, p.core, p.wait)
	if err != nil {
		return err
	}

	start := time.Now()
	err = p.send(ctx, subject, header, out)
	lost := p.tell(out.tally, time.Since(start))
	return cmp.Or(err, lost)
}

// send publishes what there is to publish and waits for its acknowledgements.
// When ctx ends it publishes no more.
func (p *pub) send(ctx context.Context, subject string, header nats.Header, out *publisher) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var source *lines
	if p.hasData {
		source = repeated(ctx, p.data, max(p.count, 1))
	} else {
		if isTerminal(p.stdin) {
			fmt.Fprintln(p.stderr, "an event on each line; Ctrl-D ends them")
		}
		source = linesOf(ctx, p.stdin, p.count)
	}
	line := newProgress(p.stderr)
	defer line.clear()
	tick := time.NewTicker(redraw)
	defer tick.Stop()
	start, pace := time.Now(), newPace(p.rate)
	stopped := ctx.Done()
	for more := true; more || len(out.flying) > 0; {
		var next <-chan []byte
		var due <-chan time.Time
		if more && len(out.flying) < maxFlying {
			if wait := pace.wait(); wait > 0 {
				due = time.After(wait)
			} else {
				next = source.c
			}
		}
		acked, failed := out.oldest()
		var err error
		select {
		case data, ok := <-next:
			if more = ok; more {
				pace.step()
				err = out.publish(ctx, subject, header, data)
			}
		case ack := <-acked:
			err = out.landed(ctx, ack, nil)
		case cause := <-failed:
			err = out.landed(ctx, nil, cause)
		case <-due:
		case <-tick.C:
			line.show(out.after(time.Since(start)))
		case <-stopped:
			more, stopped = false, nil
		}
		if err != nil {
			return err
		}
	}
	if err := out.flush(); err != nil || ctx.Err() != nil {
		return err
	}
	return source.err
}

// tell prints what became of the events and returns an error if any is lost.
func (p *pub) tell(t tally, d time.Duration) error {
	if p.output == jsonFormat {
		if err := p.printJSON(pubResult{t.published, t.duplicates, t.refused, d.Seconds(), t.rate(d)}); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(p.stdout, t.after(d))
	}
	if t.refused == 0 {
		return nil
	}
	return fmt.Errorf("%s not taken: %w", counted(t.refused, "event"), t.refusal)
}

// header is what --header says.
func (p *pub) header() (nats.Header, error) {
	h := nats.Header{}
	for _, line := range p.headers {
		k, v, ok := strings.Cut(line, ":")
		if k = strings.TrimSpace(k); !ok || k == "" || strings.ContainsAny(line, "\r\n") {
			return nil, usagef("header %q: want 'Key: value'", line)
		}
		h.Add(k, strings.TrimSpace(v))
	}
	return h, nil
}

// publishable reports whether subject can be published to: it has no empty
// token, no wildcard, no space and no control character.
func publishable(subject string) bool {
	for token := range strings.SplitSeq(subject, ".") {
		if token == "" || token == "*" || token == ">" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
			return false
		}
	}
	return true
}
