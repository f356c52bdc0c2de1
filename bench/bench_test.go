package bench

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// A small run: both sides take every event, and the report has what it says.
func TestRun(t *testing.T) {
	var log bytes.Buffer
	r, err := Run(t.Context(), Options{Events: 500, Rounds: 2, Log: &log})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Engine) != 2 || len(r.Bare) != 2 || strings.Count(log.String(), "\n") != 4 {
		t.Errorf("got %d and %d measures and the log %q, want 2 of each and 4 lines", len(r.Engine), len(r.Bare), log.String())
	}
	var text, js bytes.Buffer
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "median of 2 rounds of 500 events each") {
		t.Errorf("got the report %q", text.String())
	}
	if err := r.WriteJSON(&js); err != nil {
		t.Fatal(err)
	}
	var got struct{ Ratio float64 }
	if err := json.Unmarshal(js.Bytes(), &got); err != nil || got.Ratio != r.Ratio() {
		t.Errorf("got ratio %v (%v), want %v", got.Ratio, err, r.Ratio())
	}
}
