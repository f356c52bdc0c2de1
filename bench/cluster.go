package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	natsconn "github.com/seed66d9166c/express/transport/nats"
)

const (
	// clusterNodes is how many brokers there are: the fewest that keep a stream
	// when one of them is gone.
	clusterNodes = 3
	// clusterStart is how long they may take to agree on a leader.
	clusterStart = 30 * time.Second
)

// cluster lets 1, 2 and 4 engines share a backlog in a stream of three replicas.
// Every broker and every engine has a process; on a machine with fewer cores than
// those, what counts is the CPU that they use for an event.
func (s *stand) cluster(ctx context.Context, sec *Section) (err error) {
	if len(s.Command) == 0 {
		return errNoCommand
	}
	c := &stand{Options: s.Options}
	c.Processes = true
	defer func() { err = errors.Join(err, c.close()) }()
	brokers, err := c.startCluster(ctx)
	if err != nil {
		return err
	}
	w, err := WorkloadNamed("w1")
	if err != nil {
		return err
	}
	if ok, err := c.fillCluster(ctx, sec, w); !ok {
		return err
	}
	var engines []*process
	for range 4 {
		p, err := c.start(c.Command)
		if err != nil {
			return err
		}
		engines = append(engines, p)
	}
	for round := range s.Rounds + 1 {
		for _, n := range []int{1, 2, 4} {
			r := &Row{} // to warm up
			if round > 0 {
				r = sec.Row(fmt.Sprintf("engines-%d", n))
			}
			t := Take{Side: Engine, Workload: w, Consumer: fmt.Sprintf("engines-%d-%d", n, round)}
			if err := c.share(ctx, r, t, brokers, engines[:n]); err != nil {
				return fmt.Errorf("%d engines, round %d: %w", n, round, err)
			}
		}
	}
	chart := &Chart{Title: sec.Name, X: "engines", Y: "CPU of an event", XUnit: Count, YUnit: Time}
	for _, name := range []string{"cpu_engine", "cpu_broker"} {
		l := Line{Name: name}
		for _, n := range []int{1, 2, 4} {
			l.Points = append(l.Points, [2]float64{float64(n), sec.Row(fmt.Sprintf("engines-%d", n)).Metric(name).Median()})
		}
		chart.Lines = append(chart.Lines, l)
	}
	sec.Charts = append(sec.Charts, chart)
	return nil
}

// startCluster starts the brokers and the generator, and connects.
func (s *stand) startCluster(ctx context.Context) (brokers []*process, err error) {
	var listens, routes, urls []string
	for range clusterNodes {
		listen, err := freeAddress()
		if err != nil {
			return nil, err
		}
		route, err := freeAddress()
		if err != nil {
			return nil, err
		}
		listens, routes, urls = append(listens, listen), append(routes, route), append(urls, "nats://"+listen)
	}
	for i := range clusterNodes {
		p, err := s.start(s.Command)
		if err != nil {
			return nil, err
		}
		brokers = append(brokers, p)
		config := fmt.Sprintf("listen: %q\nserver_name: n%d\njetstream {}\ncluster { name: bench, listen: %q, no_advertise: true, routes: [nats://%s] }\n",
			listens[i], i+1, routes[i], strings.Join(routes, ", nats://"))
		var at string
		if err := Call(ctx, p.Caller, "Broker", BrokerSpec{Config: config}, &at); err != nil {
			return nil, err
		}
	}
	if s.generator, err = s.start(s.Command); err != nil {
		return nil, err
	}
	s.settings = natsconn.Settings{URL: strings.Join(urls, ",")}
	if s.nc, err = natsconn.Connect(s.settings, "express bench", nil); err != nil {
		return nil, err
	}
	s.js, err = s.settings.JetStream(s.nc)
	return brokers, err
}

// fillCluster makes the stream as soon as the cluster has a leader, and fills it.
func (s *stand) fillCluster(ctx context.Context, sec *Section, w Workload) (bool, error) {
	for deadline := time.Now().Add(clusterStart); ; {
		_, err := s.js.CreateStream(ctx, jetstream.StreamConfig{
			Name: streamName, Subjects: []string{eventSubject}, Storage: jetstream.MemoryStorage, Replicas: clusterNodes,
		})
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			return false, fmt.Errorf("create a stream with %d replicas: %w", clusterNodes, err)
		}
		select {
		case <-time.After(redraw):
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
	return s.store(ctx, sec, w)
}

// freeAddress is an address on loopback that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// share lets engines share the backlog, and adds what that took to r.
func (s *stand) share(ctx context.Context, r *Row, t Take, brokers, engines []*process) error {
	if err := Call(ctx, s.generator.Caller, "Listen", SinkSpec{NATS: s.settings, Events: s.Events, Patience: s.Patience}, new(Nothing)); err != nil {
		return err
	}
	var before, after [2]time.Duration
	if err := errors.Join(total(ctx, engines, &before[0]), total(ctx, brokers, &before[1])); err != nil {
		return err
	}
	for _, e := range engines {
		if err := s.begin(ctx, e, t); err != nil {
			return err
		}
	}
	began := time.Now()
	var got Sunk
	if err := Call(ctx, s.generator.Caller, "Wait", Nothing{}, &got); err != nil {
		return err
	}
	took := time.Since(began)
	if err := errors.Join(total(ctx, engines, &after[0]), total(ctx, brokers, &after[1])); err != nil {
		return err
	}
	for _, e := range engines {
		if err := s.end(ctx, e, t.Side); err != nil {
			return err
		}
	}
	left, err := s.acknowledged(ctx, t.Consumer)
	r.Add("rate", PerSecond, float64(got.Ended())/took.Seconds())
	r.Add("cpu_engine", Time, float64(after[0]-before[0])/float64(s.Events))
	r.Add("cpu_broker", Time, float64(after[1]-before[1])/float64(s.Events))
	r.Add("failed", Count, float64(got.Failed))
	r.Add("dead", Count, float64(got.Dead))
	r.Add("lost", Count, float64(max(s.Events-got.Ended(), left)))
	fmt.Fprintf(s.Log, "cluster %-16s %7.0f/s\n", t.Consumer, float64(got.Ended())/took.Seconds())
	return err
}

// total is the CPU that processes have used so far.
func total(ctx context.Context, of []*process, cpu *time.Duration) error {
	for _, p := range of {
		u, err := p.used(ctx)
		if err != nil {
			return err
		}
		*cpu += u.CPU
	}
	return nil
}
