package bench

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// served is how many workflows the application of serve has.
const served = 100

// idleFor is how long a server is left alone before its memory is looked at: what
// starting it took is given back by then.
const idleFor = 3 * time.Second

// serve measures how long the product takes from its start until it is ready, how
// much memory it holds then, and how large it is. Without a command line of the
// product it measures nothing.
func serve(ctx context.Context, o Options, sec *Section) error {
	if len(o.Express) == 0 {
		return nil
	}
	dir, err := os.MkdirTemp("", "express-bench-serve-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := writeApplication(dir, served); err != nil {
		return err
	}
	r := sec.Row(fmt.Sprintf("workflows-%d", served))
	info, err := os.Stat(o.Express[0])
	if err != nil {
		return err
	}
	for i := range o.Rounds {
		ready, memory, err := startOnce(ctx, o.Express, dir, filepath.Join(dir, "store", strconv.Itoa(i)))
		if err != nil {
			return err
		}
		r.Add("ready", Time, float64(ready))
		r.Add("idle", Bytes, float64(memory))
		r.Add("binary", Bytes, float64(info.Size()))
		fmt.Fprintf(o.Log, "serve round %d: ready after %s, %s idle\n", i+1, shortTime(ready), shortBytes(float64(memory)))
	}
	return nil
}

// writeApplication writes an application of n workflows, each W1 by another name.
func writeApplication(dir string, n int) error {
	w, err := WorkloadNamed("w1")
	if err != nil {
		return err
	}
	for i := range n {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("w%d.asl.json", i)), w.Definition, 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "express.yaml"), []byte("name: bench\n"), 0o600)
}

// startOnce starts the product and stops it again.
func startOnce(ctx context.Context, express []string, dir, store string) (ready time.Duration, memory int64, err error) {
	cmd := exec.CommandContext(ctx, express[0], append(express[1:], "serve", dir, "-o", "json")...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Env = append(withoutSettings(os.Environ()),
		"EXPRESS_LISTEN=off", "EXPRESS_API_LISTEN=off", "EXPRESS_CALLBACKS_LISTEN=off", "EXPRESS_EMBEDDED_LISTEN=off", "EXPRESS_EMBEDDED_STORE="+store)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, 0, err
	}
	var said strings.Builder
	cmd.Stderr = &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	_, err = bufio.NewReader(out).ReadString('\n')
	ready = time.Since(began)
	if err != nil {
		cmd.Wait()
		return 0, 0, fmt.Errorf("express serve: %w: %s", err, lastLine(said.String()))
	}
	select {
	case <-time.After(idleFor):
	case <-ctx.Done():
	}
	memory = rss(strconv.Itoa(cmd.Process.Pid))
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, 0, err
	}
	if err := cmd.Wait(); err != nil {
		return 0, 0, fmt.Errorf("express serve: %w: %s", err, lastLine(said.String()))
	}
	return ready, memory, nil
}

// lastLine is the last line of text: what a program says in the end.
func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// withoutSettings is env without what would lead a child elsewhere than it is told
// to.
func withoutSettings(env []string) (kept []string) {
	for _, e := range env {
		if !strings.HasPrefix(e, "NATS_") && !strings.HasPrefix(e, "EXPRESS_") && !strings.HasPrefix(e, "OTEL_") {
			kept = append(kept, e)
		}
	}
	return kept
}
