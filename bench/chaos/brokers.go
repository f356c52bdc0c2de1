package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
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

// serverModule is the module of nats-server, which is a program, too.
const serverModule = "github.com/nats-io/nats-server/v2"

var credentials = []nats.Option{nats.UserInfo(user, password)}

// The ports from which freeAddress draws, and how often. No system gives them to
// connections of its own accord, as it could do while a server is down that must
// come back at its address.
const (
	firstPort, lastPort = 20_000, 32_000
	portDraws           = 100
)

// freeAddress is an address on loopback that nobody listens on.
func freeAddress() (string, error) {
	var err error
	for range portDraws {
		address := fmt.Sprintf("127.0.0.1:%d", firstPort+rand.IntN(lastPort-firstPort))
		var l net.Listener
		if l, err = net.Listen("tcp", address); err == nil {
			return address, l.Close()
		}
	}
	return "", fmt.Errorf("no port is free: %w", err)
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
	if s.set.certified > 0 {
		if err := s.sign(time.Now().Add(s.set.certified)); err != nil {
			return err
		}
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
	if s.set.certified > 0 {
		conf += s.tls()
	}
	if len(routes) > 1 {
		conf += fmt.Sprintf("cluster { name: chaos, listen: \"%s\", no_advertise: true, routes: [nats://%s] }\n", routes[i], strings.Join(routes, ", nats://"))
	}
	return os.WriteFile(b.config, []byte(conf), 0o600)
}

// store is where the streams of b lie.
func (s *stand) store(b *node) string { return filepath.Join(s.dir, "store-"+b.name) }

func (s *stand) startBroker(b *node) (err error) {
	env := []string{roleVariable + "=broker", clockStep(s.set.brokerStep)}
	b.process, err = start(s.dir, b.name, env, s.broker, "-c", b.config)
	return err
}

// released is nats-server of a version, as its module has it, in a directory.
func released(ctx context.Context, dir, version string) (string, error) {
	install := exec.CommandContext(ctx, "go", "install", serverModule+"@"+version)
	install.Env = append(os.Environ(), "GOBIN="+dir)
	if out, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build nats-server %s: %w\n%s", version, err, out)
	}
	return filepath.Join(dir, "nats-server"), nil
}

// unreleased says why there is no nats-server of a version, "" if there is one.
func unreleased(version string) string {
	if out, err := exec.Command("go", "list", "-m", serverModule+"@"+version).CombinedOutput(); err != nil {
		return fmt.Sprintf("needs nats-server %s from a module proxy: %s", version, bytes.TrimSpace(out))
	}
	return ""
}

// restart starts a server again that was stopped, and waits until it takes
// connections.
func (s *stand) restart(b *node) error {
	s.note("start server %s", b.name)
	if err := s.startBroker(b); err != nil {
		return err
	}
	return s.listens("server "+b.name, strings.TrimPrefix(b.url, "nats://"))
}

// listens waits until what is at an address takes connections.
func (s *stand) listens(what, address string) error {
	return s.eventually(what+" listens", startPatience, func(ctx context.Context) error {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
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

// whole waits until no replica of a stream that orders need lags, and orders end,
// unless all are published, and may have.
func (s *stand) whole() error {
	var ended uint64
	return s.eventually("the cluster is whole", quiescePatience, func(ctx context.Context) error {
		for _, name := range []string{orderStream, doneStream} {
			str, err := s.js.Stream(ctx, name)
			if err != nil {
				return err
			}
			info := str.CachedInfo()
			for _, p := range info.Cluster.Replicas {
				if p.Offline || !p.Current {
					return fmt.Errorf("the replica of %s on server %s lags", name, p.Name)
				}
			}
			if name == doneStream {
				was := ended
				ended = info.State.LastSeq
				if (was == 0 || ended == was) && !within(s.published, 0) {
					return errors.New("no order ends")
				}
			}
		}
		return nil
	})
}

// watchElections notes from now on when what orders need gets a leader.
func (s *stand) watchElections() error {
	_, err := s.nc.Subscribe("$JS.EVENT.ADVISORY.*.LEADER_ELECTED.>", func(m *nats.Msg) {
		var a struct{ Stream, Consumer, Leader string }
		if err := json.Unmarshal(m.Data, &a); err != nil || a.Stream != orderStream && a.Stream != doneStream {
			return
		}
		s.note("server %s leads %s", a.Leader, strings.TrimSpace(a.Stream+" "+a.Consumer))
		s.mu.Lock()
		defer s.mu.Unlock()
		s.elected = append(s.elected, time.Now())
	})
	return err
}

// stepDown has the leader of a stream, or of its consumer, give that up.
func (s *stand) stepDown(what string) error {
	_, err := s.nc.Request("$JS.API."+what, nil, 2*time.Second)
	return err
}
