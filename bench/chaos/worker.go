package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// restartPause is how long a supervisor waits before it starts a worker again
// that has died.
const restartPause = 500 * time.Millisecond

// A worker is an engine's process under a supervisor, which starts it again when
// it dies of itself. It is safe for concurrent use.
type worker struct {
	s     *stand
	index int
	name  string
	url   string // of its health listener
	base  *state // after the warm up
	going sync.WaitGroup

	mu      sync.Mutex // guards what follows
	proc    *process
	version int      // of the definition that the next process serves
	down    bool     // on purpose
	ended   *process // the last that was, on purpose
	over    bool
	changed *sync.Cond
	deaths  int // of itself
}

// A state is what a worker holds.
type state struct {
	usage
	pid        int
	goroutines int
}

// startWorkers starts all workers and waits until they are ready.
func (s *stand) startWorkers() error {
	for i := range s.set.workers {
		if err := s.addWorker(i); err != nil {
			return err
		}
	}
	for _, w := range s.workers {
		if err := w.ready(startPatience); err != nil {
			return err
		}
		w.mu.Lock()
		w.deaths = 0 // a cluster that has just come up refuses some
		w.mu.Unlock()
	}
	return nil
}

func (s *stand) addWorker(i int) error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	w := &worker{s: s, index: i, name: fmt.Sprintf("worker%d", i+1), url: "http://" + address, version: 1}
	w.changed = sync.NewCond(&w.mu)
	s.workers = append(s.workers, w)
	w.going.Go(w.supervise)
	return nil
}

// supervise keeps the process running while it is wanted.
func (w *worker) supervise() {
	for {
		w.mu.Lock()
		for w.down && !w.over {
			w.changed.Wait()
		}
		if w.over {
			w.mu.Unlock()
			return
		}
		p, err := w.launch()
		if err != nil {
			w.s.note("%s: %v", w.name, err)
			w.over = true
			w.mu.Unlock()
			return
		}
		w.proc = p
		w.mu.Unlock()
		<-p.done
		w.mu.Lock()
		died := w.ended != p && !w.over
		if died {
			w.deaths++
		}
		w.mu.Unlock()
		if died {
			w.s.note("%s died: %v", w.name, p.cmd.ProcessState)
			time.Sleep(restartPause)
		}
	}
}

// launch starts the process.
func (w *worker) launch() (*process, error) {
	s := w.s
	url := s.urls
	if s.proxy != nil {
		url = "nats://" + s.proxy.Addr().String()
	}
	var env []string
	if s.set.certified > 0 {
		url = strings.Replace(url, "nats://", "tls://", 1)
		env = append(env, "EXPRESS_NATS_AUTHORITY="+s.authority())
	}
	env = append(env,
		"EXPRESS_NATS_URL="+url,
		"EXPRESS_NATS_USER="+engine,
		"EXPRESS_NATS_PASSWORD="+secret,
		"EXPRESS_LISTEN="+strings.TrimPrefix(w.url, "http://"),
	)
	if s.exporter != "" {
		env = append(env, "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT="+s.exporter+"/v1/logs")
	}
	if w.index < len(s.set.steps) {
		env = append(env, clockStep(s.set.steps[w.index]))
	}
	env = append(env, s.set.env...)
	argv := []string{s.express, "serve", s.app(w.version)}
	if s.set.poisoned {
		env = append(env, roleVariable+"=worker")
		argv = []string{s.self, s.app(w.version)}
	}
	if s.set.shell != "" {
		argv = append([]string{"/bin/sh", "-c", s.set.shell + ` && exec "$@"`, "sh"}, argv...)
	}
	return start(s.dir, w.name, env, argv...)
}

// process is the one that runs now, or ran last.
func (w *worker) process() *process {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.proc
}

// died is how often the worker died of itself.
func (w *worker) died() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.deaths
}

// hold says that the process is to be down, and returns it.
func (w *worker) hold() *process {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down, w.ended = true, w.proc
	return w.proc
}

// kill ends the process with SIGKILL, and keeps it down.
func (w *worker) kill() {
	w.s.note("kill -9 %s", w.name)
	w.hold().kill()
}

// terminate ends the process with SIGTERM, keeps it down, and says how long its
// end took.
func (w *worker) terminate() time.Duration {
	p := w.hold()
	took := p.terminate(time.Minute)
	w.s.note("SIGTERM %s: gone after %v, exit code %d", w.name, took.Round(time.Millisecond), p.exit())
	return took
}

// start starts the process again, with the given version of the definition.
func (w *worker) start(version int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.s.note("start %s", w.name)
	w.down, w.version = false, version
	w.changed.Broadcast()
}

// end ends the worker for good.
func (w *worker) end() {
	w.mu.Lock()
	w.over = true
	p := w.proc
	w.changed.Broadcast()
	w.mu.Unlock()
	if p != nil {
		p.signal(syscall.SIGCONT)
		p.kill()
	}
	w.going.Wait()
}

// client asks workers, which may be frozen.
var client = &http.Client{Timeout: 5 * time.Second}

// get is what the worker answers at path.
func (w *worker) get(ctx context.Context, path string) (string, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+path, nil)
	if err != nil {
		return "", err
	}
	r, err := client.Do(q)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = errors.New(strings.TrimSpace(string(body)))
	}
	return string(body), err
}

// ready waits until the worker takes events.
func (w *worker) ready(patience time.Duration) error {
	return w.s.eventually(w.name+" is ready", patience, func(ctx context.Context) error {
		_, err := w.get(ctx, "/readyz")
		return err
	})
}

// notReady waits until the worker says that it takes none, and returns why.
func (w *worker) notReady(patience time.Duration) (why string, err error) {
	err = w.s.eventually(w.name+" says that it is not ready", patience, func(ctx context.Context) error {
		_, err := w.get(ctx, "/readyz")
		if err == nil {
			return errors.New("it says that it is")
		}
		why = err.Error()
		return nil
	})
	return why, err
}

// state is what the worker holds now.
func (w *worker) state(ctx context.Context) (*state, error) {
	p := w.process()
	u, err := p.usage()
	if err != nil {
		return nil, err
	}
	profile, err := w.get(ctx, "/debug/pprof/goroutine?debug=1")
	if err != nil {
		return nil, err
	}
	line, _, _ := strings.Cut(profile, "\n") // goroutine profile: total 37
	n, err := strconv.Atoi(line[strings.LastIndexByte(line, ' ')+1:])
	return &state{u, p.cmd.Process.Pid, n}, err
}

// metric adds up the series of a metric of the worker.
func (w *worker) metric(ctx context.Context, name string) (sum float64, err error) {
	text, err := w.get(ctx, "/metrics")
	for line := range strings.Lines(text) {
		series, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if name2, _, _ := strings.Cut(series, "{"); ok && name2 == name {
			// A label may hold a blank: the value is behind the last one.
			v, err := strconv.ParseFloat(value[strings.LastIndexByte(value, ' ')+1:], 64)
			if err != nil {
				return 0, err
			}
			sum += v
		}
	}
	return sum, err
}
