package server

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"

	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/internal/config"
)

// childDir is the variable that makes the test binary serve a directory.
const childDir = "EXPRESS_TEST_SERVE"

// child serves dir until it is killed, and prints where its broker listens.
func child(dir string) int {
	s, err := Start(context.Background(), dir, Options{
		Config: config.Options{Flags: map[string]string{"listen": "off", "callbacks.listen": "off", "api.listen": "off", "embedded.listen": "127.0.0.1:0"}},
		Log:    slog.New(slog.DiscardHandler),
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(s.Info().Broker)
	s.Run(context.Background())
	return 0
}

// spawn starts a child, which is killed when the test ends at the latest.
func spawn(t *testing.T, dir string) (url string, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, "NATS_URL=", "NATS_CONTEXT=", "XDG_CONFIG_HOME="+t.TempDir())
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		cmd.Process.Kill()
		cmd.Wait() // its error is the kill
	}
	t.Cleanup(kill)
	url, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the child did not start: %v", err)
	}
	return strings.TrimSpace(url), kill
}

// A process that is killed in the middle of its work, and its broker with it,
// loses no event: whoever starts next runs what is left.
func TestKill(t *testing.T) {
	dir := app(t, map[string]string{
		"orders.asl.json": `{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1, "End": true}}}`,
		"express.yaml":    "completion: publish\nslots: 16\ntriggers: [{subject: shop.orders, stream: SHOP, workflow: orders, ackWait: 1s}]\n",
	})
	const events = 64 // with 16 slots, four seconds of work
	url, kill := spawn(t, dir)
	nc, js := dial(t, url)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for i := range events {
		if _, err := js.Publish(ctx, "shop.orders", fmt.Appendf(nil, `{"n": %d}`, i), natsjs.WithMsgID(fmt.Sprint("order-", i))); err != nil {
			t.Fatal(err)
		}
	}
	before := len(stored(t, js, 1))
	kill()
	nc.Close()

	url, _ = spawn(t, dir)
	_, js = dial(t, url)
	stored(t, js, events)
	if before == events {
		t.Error("nothing was left to do")
	}
}
