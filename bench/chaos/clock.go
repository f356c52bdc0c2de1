package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	// clockVariable is by how many seconds the clock of a child steps that was
	// built with another package time, and clockAfter when, after its start.
	clockVariable = "CHAOS_CLOCK"
	clockAfter    = 8 * time.Second
)

// now is the line of the package time that is changed, and what it becomes.
const (
	now     = "\tsec, nsec, mono := runtimeNow()\n\tif mono == 0 {"
	nowStep = "\tsec, nsec, mono := runtimeNow()\n\tif mono-startNano > chaosAfter {\n\t\tsec += chaosStep\n\t}\n\tif mono == 0 {"
	stepVar = `
const chaosAfter = %d

var chaosStep = func() int64 {
	text, _ := syscall.Getenv(%q)
	n, _ := atoi(text)
	return int64(n)
}()
`
)

// steppable builds a package of the module so that its clock can step, and
// returns the program's path. The monotonic clock is as it was.
func steppable(ctx context.Context, dir, pkg string) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("find the standard library: %w", err)
	}
	original := filepath.Join(strings.TrimSpace(string(out)), "src", "time", "time.go")
	src, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	if !bytes.Contains(src, []byte(now)) {
		return "", errors.New("this Go reads the clock in another way than is known here")
	}
	src = bytes.Replace(src, []byte(now), []byte(nowStep), 1)
	src = bytes.Replace(src, []byte("import ("), []byte("import (\n\t\"syscall\""), 1)
	src = fmt.Appendf(src, stepVar, clockAfter, clockVariable)
	changed, overlay := filepath.Join(dir, "time.go"), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{original: changed}})
	if err != nil {
		panic(err) // texts
	}
	if err := errors.Join(os.WriteFile(changed, src, 0o600), os.WriteFile(overlay, replace, 0o600)); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "steppable-"+filepath.Base(pkg))
	if out, err := exec.CommandContext(ctx, "go", "build", "-overlay", overlay, "-o", path, module+pkg).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s with another clock: %w\n%s", pkg, err, out)
	}
	return path, nil
}

// clockStep is the variable that has a child's clock step by d.
func clockStep(d time.Duration) string { return fmt.Sprintf("%s=%.0f", clockVariable, d.Seconds()) }

// module begins the paths of packages.
const module = "github.com/seed66d9166c/express/"

// clockRows step clocks.
var clockRows = []*row{
	{
		num: 27, name: "a worker's clock steps by ten minutes, another's back by ten", promise: "limits are on the monotonic clock: no execution times out, no order is delivered again",
		set: setup{
			pace: pace{events: 6_000, rate: 300},
			order: func(s *stand, id string, i int) order {
				if i%20 == 0 {
					return order{ID: id, Delay: 6000} // from before the step to after it
				}
				return working(s, id, i)
			},
			steps: [2]time.Duration{10 * time.Minute, -10 * time.Minute},
		},
		check: func(s *stand, b *books) error {
			by := s.byStatus(b)
			s.require("ended", by["SUCCEEDED"] == len(b.done), "%s", counts(by))
			return nil
		},
	},
	{
		num: 28, name: "a worker is killed, then the server's clock steps back by ten minutes", promise: "what it held is delivered again when the clock is right",
		set: setup{
			pace: pace{events: 6_000, rate: 300}, brokerStep: -10 * time.Minute,
			order: func(s *stand, id string, i int) order { return order{ID: id, Delay: 1000 + i%100} },
			slots: 1024,
		},
		fault: func(s *stand) error {
			s.sleep(time.Until(s.began.Add(clockAfter - 500*time.Millisecond)))
			s.workers[0].kill()
			<-s.published
			s.sleep(s.set.ackWait + 2*time.Second)
			_, unacked, err := s.left(s.ctx)
			if err != nil {
				return err
			}
			s.measured("late", "%d orders of the dead worker were not delivered again %v later", unacked, s.set.ackWait+2*time.Second)
			s.note("the server anew, with a clock that is right")
			s.set.brokerStep = 0
			s.brokers[0].terminate(startPatience)
			if err := s.restart(s.brokers[0]); err != nil {
				return err
			}
			s.workers[0].start(1)
			return s.workers[0].ready(startPatience)
		},
		reruns: times(2),
	},
}
