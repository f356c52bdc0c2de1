package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/seed66d9166c/express/bench"
)

// A stand is what the sides of a run share. Each thing is there when it is first
// asked for.
type stand struct {
	root string // absolute path of the folders node and go
	bin  string // folder of programs that were built
	self string // this program
	log  io.Writer

	packages func() error           // installs those of npm
	broker   func() (string, error) // starts a NATS server; its URL
	closers  []func() error
}

func newStand(ctx context.Context, o options) (*stand, error) {
	s := &stand{log: o.log}
	var err error
	if s.root, err = filepath.Abs(o.root); err != nil {
		return nil, err
	}
	if s.self, err = os.Executable(); err != nil {
		return nil, err
	}
	if s.bin, err = os.MkdirTemp("", "express-peers-bin-"); err != nil {
		return nil, err
	}
	s.closers = append(s.closers, func() error { return os.RemoveAll(s.bin) })
	s.packages = sync.OnceValue(func() error {
		return s.install(ctx, "npm", "ci", "--prefix", filepath.Join(s.root, "node"), "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel", "error")
	})
	s.broker = sync.OnceValues(func() (url string, err error) {
		w, err := s.worker(ctx)
		if err != nil {
			return "", err
		}
		s.closers = append(s.closers, w.close)
		err = bench.Call(ctx, w.Caller, "Broker", bench.BrokerSpec{}, &url)
		return url, err
	})
	return s, nil
}

// close ends what the sides shared.
func (s *stand) close() (err error) {
	for _, f := range s.closers {
		err = errors.Join(err, f())
	}
	return err
}

// install runs a program that installs something. Its error says what is missing.
func (s *stand) install(ctx context.Context, argv ...string) error {
	if _, err := exec.LookPath(argv[0]); err != nil {
		return fmt.Errorf("%s is needed, and is not installed: %w", argv[0], err)
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = s.log, s.log
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("install: %s: %w", cmd, err)
	}
	return nil
}

// architectures are those of npm that Go calls by other names.
var architectures = map[string]string{"amd64": "x64"}

// nodePath is that of the Node that package-lock.json pins or, where it has none
// for this system, of the one that is installed.
func (s *stand) nodePath() (string, error) {
	name := "node-" + runtime.GOOS + "-" + cmp.Or(architectures[runtime.GOARCH], runtime.GOARCH)
	pinned := filepath.Join(s.root, "node", "node_modules", name, "bin", "node")
	if _, err := os.Stat(pinned); err == nil {
		return pinned, nil
	}
	return exec.LookPath("node")
}

// node opens a peer that is a program of Node.
func node(file string) func(context.Context, *stand, side) (contestant, error) {
	return func(ctx context.Context, s *stand, of side) (contestant, error) {
		if err := s.packages(); err != nil {
			return nil, err
		}
		path, err := s.nodePath()
		if err != nil {
			return nil, err
		}
		return s.open(ctx, of, path, filepath.Join(s.root, "node", file))
	}
}

// golang opens a peer that is a package of the folder go. It is given the paths of
// the tools that it needs, which are built as well.
func golang(name string, tools ...string) func(context.Context, *stand, side) (contestant, error) {
	return func(ctx context.Context, s *stand, of side) (contestant, error) {
		var argv []string
		for i, pkg := range append([]string{"./" + name}, tools...) {
			program := filepath.Join(s.bin, fmt.Sprintf("%s-%d", name, i))
			if err := s.install(ctx, "go", "build", "-C", filepath.Join(s.root, "go"), "-o", program, pkg); err != nil {
				return nil, err
			}
			argv = append(argv, program)
		}
		return s.open(ctx, of, argv...)
	}
}

// open starts a peer.
func (s *stand) open(ctx context.Context, of side, argv ...string) (contestant, error) {
	url, err := s.broker()
	if err != nil {
		return nil, err
	}
	first, err := newSetup(url, of.workloads)
	if err != nil {
		return nil, err
	}
	p, err := start(ctx, s.log, argv...)
	if err != nil {
		return nil, err
	}
	return greet(p, first)
}

// A worker is a process of package bench.
type worker struct {
	*bench.Caller
	close func() error
}

func (s *stand) worker(ctx context.Context) (*worker, error) {
	p, err := start(ctx, s.log, s.self, workerArgument)
	if err != nil {
		return nil, err
	}
	return &worker{bench.NewCaller(p), p.stop}, nil
}
