package jetstream_test

import (
	"fmt"
	"testing"

	"github.com/seed66d9166c/express/transport"
	ejs "github.com/seed66d9166c/express/transport/jetstream"
)

// TestOpenChangesOnce starts twice: at an empty broker, which has the stream made
// with all subjects, and at one that has them, where nothing changes.
func TestOpenChangesOnce(t *testing.T) {
	js := connect(t, serve(t))
	changes, err := js.Conn().SubscribeSync("$JS.EVENT.ADVISORY.STREAM.UPDATED." + ejs.StartStream)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(workflows int) (n int) {
		t.Helper()
		var all []ejs.Options
		for i := range workflows {
			w := fmt.Sprint("w", i)
			all = append(all, ejs.Options{Workflow: w, Subject: transport.StartSubject(w), Stream: ejs.StartStream, Create: true})
		}
		sources, errs := ejs.OpenAll(t.Context(), js, all)
		for i, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
			sources[i].Close()
		}
		if err := js.Conn().Flush(); err != nil {
			t.Fatal(err)
		}
		n, _, err = changes.Pending()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := changed(10); n != 0 {
		t.Errorf("at the first start the stream is changed %d times after it was made", n)
	}
	if n := changed(10); n != 0 {
		t.Errorf("at the second start the stream is changed %d times", n)
	}
	if n := changed(20); n != 1 {
		t.Errorf("with ten workflows more the stream is changed %d times, want once", n)
	}
}
