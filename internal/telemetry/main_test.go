package telemetry

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seed66d9166c/express/internal/telemetry/otlp/otlptest"
)

// asReceiver has a test binary be a receiver of records instead, so that what a
// benchmark measures is the sender alone.
const asReceiver = "EXPRESS_TEST_RECEIVER"

func TestMain(m *testing.M) {
	if os.Getenv(asReceiver) != "" {
		if err := otlptest.Main(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	time.Local = time.UTC // before anybody reads it
	goleak.VerifyTestMain(m)
}
