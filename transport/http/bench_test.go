package httptask

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express/value"
)

// BenchmarkInvoke is beside net/http alone, on the same server, what a task
// costs over it.
func BenchmarkInvoke(b *testing.B) {
	s := serve(b, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"n":14}`)
	})
	i := open(b, loopback)
	run := func(name string, f func() error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("net/http", func() error {
		resp, err := i.none.client.http.Post(s.URL, "application/json", strings.NewReader(`{"n":7}`))
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = io.ReadAll(resp.Body)
		return err
	})
	post := posting(s.URL, value.Object(value.Member{Key: "n", Val: value.Int(7)}))
	run("URL", func() error {
		_, err := i.Invoke(b.Context(), post)
		return err
	})
	invoke := task(b, `{"Method":"POST","ApiEndpoint":%q,"RequestBody":{"n":7},"QueryParameters":{"q":"a b"},"Headers":{"X-Room":"12"}}`, s.URL)
	run("http:invoke", func() error {
		_, err := i.Invoke(b.Context(), invoke)
		return err
	})
}
