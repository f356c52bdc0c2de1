package callback

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// post sends an answer as any client of HTTP would.
func post(t *testing.T, url, contentType, body string) (status int, data, code, text string) {
	t.Helper()
	resp, err := http.Post(url, contentType, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp.StatusCode, string(b), "", ""
	}
	var e struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	return resp.StatusCode, "", e.Type, e.Message
}

// listen serves the answers for r over HTTP.
func listen(t *testing.T, r *Registry) string {
	t.Helper()
	s := httptest.NewServer(r.Handler())
	t.Cleanup(func() {
		s.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return s.URL + "/task/"
}

func TestAnswersOverHTTP(t *testing.T) {
	r := open(t, Options{})
	url := listen(t, r)
	for i, tt := range bodies {
		t.Run(tt.name, func(t *testing.T) {
			p := park(t, r)
			status, data, code, text := post(t, url+tt.op, "application/json; charset=utf-8", strings.Replace(tt.body, "TOKEN", p.token, 1))
			check(t, r, p, i, data, code, text)
			want := http.StatusOK
			if tt.code != "" {
				want = http.StatusBadRequest
			}
			if status != want {
				t.Errorf("got the status %d, want %d", status, want)
			}
		})
	}
}

func TestHTTPRefusals(t *testing.T) {
	connect := broker(t)
	r := open(t, Options{NATS: connect()})
	url := listen(t, r)
	silent := open(t, Options{}).Token("", time.Now())
	fill := func(n int) string {
		const begin, end = `{"taskToken": "x", "more": "`, `"}`
		return begin + strings.Repeat("x", n-len(begin)-len(end)) + end
	}
	for _, tt := range []struct {
		name, contentType, body string
		status                  int
		code                    string
	}{
		{"a form of a web page", "application/x-www-form-urlencoded", "taskToken=x", http.StatusUnsupportedMediaType, "UnsupportedMediaType"},
		{"text of a web page", "text/plain", `{"taskToken": "x"}`, http.StatusUnsupportedMediaType, "UnsupportedMediaType"},
		{"no type", "", `{"taskToken": "x"}`, http.StatusUnsupportedMediaType, "UnsupportedMediaType"},
		{"AWS's type", "application/x-amz-json-1.0", `{"taskToken": "x"}`, http.StatusBadRequest, "InvalidToken"},
		{"as large as it may be", "application/json", fill(maxBody), http.StatusBadRequest, "InvalidToken"},
		{"too large", "application/json", fill(maxBody + 1), http.StatusBadRequest, "SerializationException"},
		{"an engine that is gone", "application/json", `{"taskToken": "` + silent + `"}`, http.StatusBadRequest, "TaskDoesNotExist"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, _, code, _ := post(t, url+"heartbeat", tt.contentType, tt.body)
			if status != tt.status || code != tt.code {
				t.Errorf("got %d %s, want %d %s", status, code, tt.status, tt.code)
			}
		})
	}
	for path, want := range map[string]int{"heartbeat": http.StatusMethodNotAllowed, "other": http.StatusNotFound} {
		resp, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("GET %s: got %d, want %d", path, resp.StatusCode, want)
		}
	}
}

// What another engine says comes with the same status as if this one had.
func TestHTTPThroughAnotherEngine(t *testing.T) {
	connect := broker(t)
	here := open(t, Options{NATS: connect()})
	there := open(t, Options{NATS: connect()})
	p := park(t, there)
	body := `{"taskToken": "` + p.token + `", "output": "{}"}`
	url := listen(t, here) + "success"
	if status, data, _, _ := post(t, url, "application/json", body); status != http.StatusOK || strings.TrimSpace(data) != `{}` {
		t.Errorf("got %d %s", status, data)
	}
	if status, _, code, text := post(t, url, "application/json", body); status != http.StatusBadRequest || code != "TaskTimedOut" || text != "Task Timed Out: 'The task was answered before'" {
		t.Errorf("the second time: got %d %s %s", status, code, text)
	}
}
