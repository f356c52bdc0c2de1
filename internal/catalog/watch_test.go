package catalog

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed66d9166c/express/internal/config"
)

// A change is told once it has come to rest, whichever file it was in.
func TestWatch(t *testing.T) {
	a := newApp(t)
	elsewhere := filepath.Join(t.TempDir(), "flow.json")
	if err := os.WriteFile(elsewhere, []byte(says("one")), 0o666); err != nil {
		t.Fatal(err)
	}
	a.write("orders.asl.json", says("one"))
	a.write("express.yaml", "workflows: {orders: , far: {file: "+elsewhere+"}}\n")
	read := LookAt(a.dir)
	app := a.config()
	read.Add(app)

	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var told atomic.Int64
		done := make(chan struct{})
		go func() {
			defer close(done)
			Watch(ctx, app, read, func() *config.Config { told.Add(1); return app })
		}()
		// pass lets the files be looked at n times.
		pass := func(n int) int {
			time.Sleep(time.Duration(n) * watchEvery)
			synctest.Wait()
			return int(told.Load())
		}
		time.Sleep(watchEvery / 2)
		if got := pass(3); got != 0 {
			t.Errorf("told %d times of nothing", got)
		}
		text := says("one")
		for i := range 3 { // it is being written
			text += " "
			a.write("orders.asl.json", text)
			if got := pass(1); got != 0 {
				t.Errorf("told after %d writes, though it goes on", i+1)
			}
		}
		if got := pass(1); got != 1 {
			t.Errorf("told %d times of a change, want once", got)
		}
		for i, change := range []func(){
			func() { os.WriteFile(elsewhere, []byte(says("three")), 0o666) },
			func() { a.write("express.yaml", "workflows: {orders: }\n") },
			func() { a.write("new.asl.json", says("one")) },
			func() { a.remove("new.asl.json") },
		} {
			change()
			if got := pass(3); got != 2+i {
				t.Errorf("told %d times after change %d, want %d", got, 2+i, 2+i)
			}
		}
		os.Mkdir(filepath.Join(a.dir, ".express"), 0o777)
		if got := pass(3); got != 5 {
			t.Error("told of a directory")
		}
		cancel()
		<-done
	})
}
