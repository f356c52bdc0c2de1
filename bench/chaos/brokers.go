package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
)

// The harness and the service are their own user, so that a row can take the
// workers' rights away.
const (
	user     = "harness"
	password = "harness-password"
	engine   = "engine"
	secret   = "engine-password"
)

var credentials = []nats.Option{nats.UserInfo(user, password)}

// freeAddress is an address on loopback that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// startBrokers starts one server, or a cluster of them.
func (s *stand) startBrokers() error {
	routes := make([]string, s.set.servers)
	for i := range s.set.servers {
		address, err := freeAddress()
		if err != nil {
			return err
		}
		routes[i], err = freeAddress()
		if err != nil {
			return err
		}
		name := fmt.Sprintf("n%d", i+1)
		s.brokers = append(s.brokers, &node{name: name, config: filepath.Join(s.dir, name+".conf"), url: "nats://" + address})
	}
	var urls []string
	for i, b := range s.brokers {
		urls = append(urls, b.url)
		if err := s.configure(b, routes, i, secret); err != nil {
			return err
		}
		if err := os.Mkdir(s.store(b), 0o700); err != nil {
			return err
		}
		if s.set.disk != "" {
			if err := mount(s.store(b), "size="+s.set.disk); err != nil {
				return err
			}
		}
		if err := s.startBroker(b); err != nil {
			return err
		}
	}
	s.urls = strings.Join(urls, ",")
	return nil
}

// configure writes the configuration of server i.
func (s *stand) configure(b *node, routes []string, i int, enginePassword string) error {
	conf := fmt.Sprintf(`listen: "%s"
server_name: %s
jetstream { store_dir: "%s", %s }
lame_duck_duration: "30s"
lame_duck_grace_period: "1s"
accounts {
  $SYS {}
  CHAOS { jetstream: enabled, users: [
    {user: %s, password: %q}
    {user: %s, password: %q}
  ] }
}
`, strings.TrimPrefix(b.url, "nats://"), b.name, s.store(b), s.set.store, user, password, engine, enginePassword)
	if len(routes) > 1 {
		conf += fmt.Sprintf("cluster { name: chaos, listen: \"%s\", no_advertise: true, routes: [nats://%s] }\n", routes[i], strings.Join(routes, ", nats://"))
	}
	return os.WriteFile(b.config, []byte(conf), 0o600)
}

// store is where the streams of b lie.
func (s *stand) store(b *node) string { return filepath.Join(s.dir, "store-"+b.name) }

func (s *stand) startBroker(b *node) (err error) {
	env := []string{roleVariable + "=broker", clockStep(s.set.brokerStep)}
	b.process, err = start(s.dir, b.name, env, s.broker, b.config)
	return err
}

// restart starts a server again that was stopped, and waits until it takes
// connections.
func (s *stand) restart(b *node) error {
	s.note("start server %s", b.name)
	if err := s.startBroker(b); err != nil {
		return err
	}
	return s.eventually("server "+b.name+" listens", startPatience, func(ctx context.Context) error {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(b.url, "nats://"))
		if err != nil {
			return err
		}
		return c.Close()
	})
}

// killBroker ends a server with SIGKILL.
func (s *stand) killBroker(b *node) {
	s.note("kill -9 server %s", b.name)
	b.kill()
}

// freeze stops a process for d with SIGSTOP.
func (s *stand) freeze(p *process, d time.Duration) {
	s.note("SIGSTOP %s for %v", p.name, d)
	p.signal(syscall.SIGSTOP)
	s.sleep(d)
	p.signal(syscall.SIGCONT)
	s.note("SIGCONT %s", p.name)
}

// leader is the server that leads the stream of orders.
func (s *stand) leader() (b *node, err error) {
	err = s.eventually("the stream has a leader", startPatience, func(ctx context.Context) error {
		str, err := s.js.Stream(ctx, orderStream)
		if err != nil {
			return err
		}
		for _, b = range s.brokers {
			if c := str.CachedInfo().Cluster; c != nil && c.Leader == b.name {
				return nil
			}
		}
		return fmt.Errorf("none of the servers leads")
	})
	return b, err
}

// stepDown has the leader of a stream, or of its consumer, give that up.
func (s *stand) stepDown(what string) error {
	_, err := s.nc.Request("$JS.API."+what, nil, 2*time.Second)
	return err
}
