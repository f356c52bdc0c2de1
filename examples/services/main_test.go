package main

import (
	"os"
	"os/exec"
	"testing"

	"github.com/seed66d9166c/express/examples/internal/demotest"
)

func TestOutcomes(t *testing.T) {
	if _, err := os.Stat("node_modules/nats"); err != nil {
		install(t)
	}
	demotest.Run(t, services("."))
}

// install installs what the service in JavaScript needs.
func install(t *testing.T) {
	t.Helper()
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("the service in JavaScript needs Node.js and npm, and there is no npm here")
	}
	if out, err := exec.Command(npm, "ci", "--no-audit", "--no-fund").CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
}
