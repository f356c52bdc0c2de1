package server

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/seed66d9166c/express/internal/catalog"
	"github.com/seed66d9166c/express/internal/config"
	"github.com/seed66d9166c/express/transport/jetstream"
)

// TestReservedStreams has triggers on the streams that the packages make: a check
// of the application refuses those that hold what the engine keeps for itself.
func TestReservedStreams(t *testing.T) {
	for stream, refused := range map[string]bool{
		jetstream.DeadStream: true, jetstream.AdvisoryStream: true, jetstream.RanStream: true, jetstream.BegunStream: true,
		"KV_" + catalog.RecordBucket: true, "KV_" + catalog.DefinitionBucket: true,
		jetstream.StartStream: false, jetstream.DoneStream: false, "ORDERS": false,
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{
			"orders.asl.json": `{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}`,
			"express.yaml":    "triggers: [{subject: orders, workflow: orders, stream: " + stream + "}]",
		} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := Check(dir, config.Options{}).Err(); (err != nil) != refused {
			t.Errorf("%s: %v, refused should be %t", stream, err, refused)
		}
	}
}
