package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// limitRows take away what a process needs: time, memory, files.
var limitRows = []*row{
	{
		num: 29, name: "ten times as many orders as the workers can run", promise: "memory stays: what is too much waits in the stream, or is refused", ci: true, soak: true,
		set: setup{
			slots: 16, pace: pace{events: 30_000, rate: 20_000},
			prepare: func(s *stand) error { return s.orders(3 << 20) },
			order:   func(s *stand, id string, i int) order { return order{ID: id, Delay: 20 + i%20} },
		},
		check: func(s *stand, _ *books) error { return s.flat() },
	},
	{
		num: 34, name: "256 MiB of memory (cgroup), GOMEMLIMIT at 90 % of it, orders of 200 KiB ten times as fast as they are run", promise: "the kernel kills nobody", soak: true,
		needs: func() string {
			if _, err := os.Stat(cgroups + "/memory.limit_in_bytes"); err != nil || os.Geteuid() != 0 {
				return "needs root, and the memory controller of cgroup v1 at " + cgroups
			}
			return ""
		},
		set: setup{
			workers: 1, slots: 1024, pace: pace{events: 3_000, rate: 1_000}, maxBytes: "200MiB",
			env:   []string{"GOMEMLIMIT=230MiB"},
			shell: "echo $$ > " + cgroup() + "/cgroup.procs",
			order: func(s *stand, id string, i int) order {
				return order{ID: id, Delay: 300, Padding: strings.Repeat("x", 200<<10)}
			},
			prepare: func(s *stand) error {
				if err := os.Mkdir(cgroup(), 0o755); err != nil && !os.IsExist(err) {
					return err
				}
				return os.WriteFile(cgroup()+"/memory.limit_in_bytes", []byte(fmt.Sprint(capped)), 0o600)
			},
			release: func() { os.Remove(cgroup()) },
		},
		check: func(s *stand, b *books) error {
			u, err := s.workers[0].process().usage()
			if err != nil {
				return err
			}
			s.require("memory", u.Peak <= capped*95/100, "peak of %d MiB, bound 95 %% of %d MiB", u.Peak>>20, capped>>20)
			return nil
		},
	},
	{
		num: 35, name: "64 files at most, and 80 connections to the health listener for 10 s", promise: "orders run on, and health answers afterwards", soak: true,
		set: setup{pace: pace{events: 6_000, rate: 400}, order: working, shell: "ulimit -n 64"},
		fault: func(s *stand) error {
			s.sleep(s.between(2*time.Second, 4*time.Second))
			s.note("80 connections to each worker")
			var all []net.Conn
			for range 80 {
				for _, w := range s.workers {
					c, err := net.DialTimeout("tcp", strings.TrimPrefix(w.url, "http://"), time.Second)
					if err == nil {
						all = append(all, c)
					}
				}
			}
			s.sleep(10 * time.Second)
			for _, c := range all {
				c.Close()
			}
			return nil
		},
	},
	{
		num: 41, name: "four processes that burn CPU for 20 s beside tasks of twice ackWait", promise: "beats are in time: no order is delivered again", soak: true,
		set: setup{
			slots: 512, ackWait: 3 * time.Second, pace: pace{events: 3_000, rate: 150},
			order: func(s *stand, id string, i int) order { return order{ID: id, Delay: 5500 + i%1000} },
		},
		fault: func(s *stand) error {
			s.sleep(2 * time.Second)
			s.note("burners")
			var burners []*process
			for i := range 4 {
				p, err := start(s.dir, fmt.Sprintf("burner%d", i), nil, "/bin/sh", "-c", "while :; do :; done")
				if err != nil {
					return err
				}
				burners = append(burners, p)
			}
			s.sleep(20 * time.Second)
			for _, p := range burners {
				p.kill()
			}
			return nil
		},
	},
}

// flat requires that no worker took much more memory than before the load.
func (s *stand) flat() error {
	for _, w := range s.workers {
		now, err := w.state(s.ctx)
		if err != nil {
			return err
		}
		s.require("memory", now.Peak <= w.base.Peak+64<<20, "%s: peak of %d MiB before, %d MiB after, bound 64 MiB more", w.name, w.base.Peak>>20, now.Peak>>20)
	}
	return nil
}

const (
	cgroups = "/sys/fs/cgroup/memory"
	capped  = 256 << 20
)

// cgroup is the directory of the group that caps a worker of this process.
func cgroup() string { return fmt.Sprintf("%s/express-chaos-%d", cgroups, os.Getpid()) }

// diskRows fill the disk under the only server.
var diskRows = []*row{
	{
		num: 18, name: "the streams are full on a disk of 24 MB: their bounds are below it", promise: "publishers are refused with a reason, and nothing is lost", soak: true, needs: mounts,
		set: setup{
			pace: pace{events: 3_000, rate: 2_000}, disk: "24m", store: "max_file_store: 20MB", maxBytes: "1MiB",
			order: padded,
			prepare: func(s *stand) error {
				if err := s.smallRecords(); err != nil {
					return err
				}
				return s.orders(8 << 20)
			},
		},
		fault: func(s *stand) error { return s.fill(s.note) },
		check: func(s *stand, b *books) error {
			refused, silent := 0, 0
			for _, p := range b.pub {
				refused += p.Refused
				silent += p.Silent
			}
			s.require("refused", refused > 0 && silent == 0, "%d attempts refused with a reason, %d without an answer", refused, silent)
			return nil
		},
	},
	{
		num: 19, name: "the disk is full: no bound is below it", promise: "publishers hear nothing; all is back with a larger disk and a new start of the server", needs: mounts,
		set: setup{
			pace: pace{events: 6_000, rate: 2_000}, disk: "24m", store: "max_file_store: 1GB", order: padded,
			prepare: func(s *stand) error {
				if err := s.smallRecords(); err != nil {
					return err
				}
				return s.orders(256 << 20)
			},
		},
		fault: func(s *stand) error {
			return s.fill(func(string, ...any) {
				s.note("a disk of 96 MB, and the server anew")
				if err := mount(s.store(s.brokers[0]), "remount,size=96m"); err != nil {
					s.require("disk", false, "%v", err)
				}
				s.brokers[0].terminate(startPatience)
				if err := s.restart(s.brokers[0]); err != nil {
					s.require("disk", false, "%v", err)
				}
			})
		},
		reruns: times(4),
	},
}

// padded orders fill a disk soon.
func padded(s *stand, id string, _ int) order {
	return order{ID: id, Padding: strings.Repeat("x", 8<<10)}
}

// fill publishes while no worker takes anything, until nothing has been
// acknowledged for two seconds, then does what helps and starts the workers.
func (s *stand) fill(help func(string, ...any)) error {
	for _, w := range s.workers {
		w.terminate()
	}
	for last := -1; s.ledger.acked() != last; {
		last = s.ledger.acked()
		s.sleep(2 * time.Second)
	}
	s.note("full: %d orders acknowledged", s.ledger.acked())
	s.sleep(3 * time.Second)
	help("workers start")
	for _, w := range s.workers {
		w.start(1)
	}
	for _, w := range s.workers {
		if err := w.ready(startPatience); err != nil {
			return err
		}
	}
	return s.eventually("published", publishPatience, func(context.Context) error {
		select {
		case <-s.published:
			return nil
		default:
			return fmt.Errorf("%d are acknowledged", s.ledger.acked())
		}
	})
}
