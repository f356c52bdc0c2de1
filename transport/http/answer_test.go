package httptask

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express/value"
)

// An HTTP Task and a task whose Resource is a URL read the same answers.
func TestAnswers(t *testing.T) {
	const notText = "States.Runtime: The answer of HOST is not text: it cannot be read as a string."
	tests := []struct {
		name, media, body string
		body2, result     string // ResponseBody, or the error of both; the result of the other, if it differs
	}{
		{"JSON", "application/json", `{"b": 1.0, "a": [true]}`, `{"b":1.0,"a":[true]}`, ``},
		{"JSON with a character set", "Application/JSON ; charset=utf-8", ` 7 `, `7`, ``},
		{"a dialect of JSON", "application/problem+json", `{"n":1}`, `{"n":1}`, ``},
		{"text/json", "text/json", `[1]`, `[1]`, ``},
		{"bad JSON", "application/json", `{"n":`, `States.TaskFailed: The answer of HOST is not acceptable JSON: unexpected end of input at offset 5`, ``},
		{"JSON with a key twice", "application/json", `{"n":1,"n":2}`, `States.TaskFailed: The answer of HOST is not acceptable JSON: duplicate key`, ``},
		{"JSON that is too deep", "application/json", strings.Repeat("[", 65) + strings.Repeat("]", 65),
			`States.TaskFailed: The answer of HOST is not acceptable JSON: nested deeper than 64 at offset 64`, ``},
		{"MessagePack", "application/msgpack", "\x81\xa1n\x07", `{"n":7}`, ``},
		{"MessagePack by its registered name", "application/vnd.msgpack", "\x92\xc3\xc0", `[true,null]`, ``},
		{"a MessagePack bomb", "application/x-msgpack", "\xdd\xff\xff\xff\xff", `States.TaskFailed: The answer of HOST is not acceptable MessagePack: `, ``},
		{"text", "text/plain; charset=utf-8", "ü\n", `"ü\n"`, ``},
		{"text that is JSON", "text/plain", `{"n":1}`, `"{\"n\":1}"`, ``},
		{"XML", "application/xml", `<a/>`, `"<a/>"`, `States.TaskFailed: The answer of HOST is not acceptable JSON: unexpected character at offset 0`},
		{"no type, JSON", "", `{"n":1}`, `{"n":1}`, ``},
		{"no type, text", "", `hello`, `"hello"`, `States.TaskFailed: The answer of HOST is not acceptable JSON: `},
		{"nothing", "application/json", ``, `""`, `null`},
		{"nothing, not even a type", "", ``, `""`, `null`},
		{"bytes", "application/octet-stream", "abc", notText, ``},
		{"an image", "image/svg+xml", "<svg/>", notText, ``},
		{"a video", "video/mp4", "abc", notText, ``},
		{"sound", "audio/ogg", "abc", notText, ``},
		{"text that is none", "text/plain", "a\xffb", notText, ``},
	}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Path[1:])
		w.Header()["Content-Type"] = nil
		if tests[n].media != "" {
			w.Header().Set("Content-Type", tests[n].media)
		}
		io.WriteString(w, tests[n].body)
	})
	i := open(t, loopback)
	host := strings.TrimPrefix(s.URL, "http://")
	check := func(t *testing.T, what, got, want string) {
		if want = strings.ReplaceAll(want, "HOST", host); got != want && !(strings.HasPrefix(want, "States.") && strings.HasPrefix(got, want)) {
			t.Errorf("%s: got\n%s\nwant\n%s", what, got, want)
		}
	}
	for n, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			url := fmt.Sprintf("%s/%d", s.URL, n)
			v, err := i.Invoke(t.Context(), get(t, url))
			if err == nil {
				v, _ = v.Get("ResponseBody")
			}
			check(t, "http:invoke", outcome(v, err), tt.body2)
			if tt.result == "" {
				tt.result = tt.body2
			}
			check(t, "URL", outcome(i.Invoke(t.Context(), posting(url, value.Null))), tt.result)
		})
	}
}

func TestResponse(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Date"] = nil
		h.Set("X-Many", "a")
		h.Add("x-many", "b")
		h.Set("X-Bytes", "a\xff")
		h.Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"id":7}`)
	})
	wantOutcome(t, open(t, loopback), get(t, s.URL), `{"Headers":{"content-length":["8"],"content-type":["application/json"],"x-bytes":["a`+"\uFFFD"+
		`"],"x-many":["a","b"]},"ResponseBody":{"id":7},"StatusCode":201,"StatusText":"Created"}`)
}

func TestHead(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		w.Header().Set("Content-Length", "1000000")
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "application/json")
	})
	wantOutcome(t, open(t, loopback), task(t, `{"Method":"HEAD","ApiEndpoint":%q}`, s.URL),
		`{"Headers":{"content-encoding":["gzip"],"content-length":["1000000"],"content-type":["application/json"]},"ResponseBody":"","StatusCode":200,"StatusText":"OK"}`)
}

func TestStatus(t *testing.T) {
	type row struct {
		status     int
		media      string
		body, want string
	}
	tests := []row{
		{400, "application/json", `{"message":"no such room"}`, `States.Http.StatusCode.400: {"message":"no such room"}`},
		{404, "text/plain", "\n", `States.Http.StatusCode.404: 404 Not Found`},
		{500, "", "", `States.Http.StatusCode.500: 500 Internal Server Error`},
		{503, "image/png", "\xff\xd8", `States.Http.StatusCode.503: 503 Service Unavailable`},
		{429, "text/plain", "slow down", `States.Http.StatusCode.429: slow down`},
		{599, "text/plain", "", `States.Http.StatusCode.599: 599`},
		{500, "text/plain", strings.Repeat("x", maxErrorBody), `States.Http.StatusCode.500: ` + strings.Repeat("x", maxErrorBody)},
		{500, "text/plain", strings.Repeat("x", maxErrorBody) + "y", `States.Http.StatusCode.500: ` + strings.Repeat("x", maxErrorBody)},
		{500, "text/plain", "x" + strings.Repeat("ü", maxErrorBody), `States.Http.StatusCode.500: x` + strings.Repeat("ü", maxErrorBody/2-1)},
		{500, "text/plain", strings.Repeat("x", 10<<20), `States.Http.StatusCode.500: ` + strings.Repeat("x", maxErrorBody)},
	}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Path[1:])
		w.Header().Set("Content-Type", tests[n].media)
		w.WriteHeader(tests[n].status)
		io.WriteString(w, tests[n].body)
	})
	i := open(t, loopback)
	for n, tt := range tests {
		url := fmt.Sprintf("%s/%d", s.URL, n)
		wantOutcome(t, i, get(t, url), tt.want)
		wantOutcome(t, i, posting(url, value.Null), tt.want)
	}
}

// zip is b compressed, which random bytes are not.
func zip(t testing.TB, b []byte) []byte {
	t.Helper()
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write(b)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return z.Bytes()
}

// text is a JSON string of n bytes, which can hardly be compressed if random.
func text(n int, random bool) []byte {
	b := bytes.Repeat([]byte("x"), n)
	if random {
		r := rand.New(rand.NewPCG(1, 2))
		for i := range b {
			b[i] = 'a' + byte(r.IntN(16))
		}
	}
	b[0], b[n-1] = '"', '"'
	return b
}

func TestSizes(t *testing.T) {
	const tooLarge = "States.DataLimitExceeded: The state/task 'http' returned a result with a size exceeding the maximum number of bytes service limit."
	bomb := zip(t, make([]byte, 1<<26))
	sum := zip(t, []byte("[7]"))
	sum = sum[len(sum)-8:] // and the length
	tests := []struct {
		name, encoding string
		body           []byte
		want           string // what the outcome begins with
	}{
		{"the largest", "", text(value.MaxSize, false), `"xxx`},
		{"one more", "", text(value.MaxSize+1, false), tooLarge},
		{"10 MB", "", text(10_000_000, false), tooLarge},
		{"the largest, compressed", "gzip", zip(t, text(value.MaxSize, true)), `"`},
		{"one more, compressed", "gzip", zip(t, text(value.MaxSize+1, false)), tooLarge},
		{"a bomb", "gzip", bomb, tooLarge},
		{"a bomb of nothing", "gzip", bytes.Repeat(zip(t, nil), 20_000), tooLarge},
		{"another name", "X-GZIP", zip(t, []byte(`[7]`)), `[7]`},
		{"not compressed at all", "identity", []byte(`[7]`), `[7]`},
		{"nothing", "gzip", nil, `null`},
		{"no such thing", "gzip", []byte(`{"n":1}, and more`), "States.Runtime: The answer of HOST is not compressed as it says."},
		{"damaged", "gzip", append(zip(t, nil)[:10], 0xff, 0xff, 0xff), "States.Runtime: The answer of HOST is not compressed as it says."},
		{"with another sum", "gzip", append(bytes.TrimSuffix(zip(t, []byte("[7]")), sum), 0, 0, 0, 0, 3, 0, 0, 0), "States.Runtime: The answer of HOST is not compressed as it says."},
		{"the half of it", "gzip", zip(t, text(100, true))[:60], "States.Http.Socket: HOST has closed the connection before its answer was complete."},
		{"another encoding", "br", []byte("x"), `States.Runtime: The answer of HOST has the content encoding "br", which cannot be read.`},
		{"two encodings", "gzip, gzip", []byte("x"), `States.Runtime: The answer of HOST has the content encoding "gzip, gzip", which cannot be read.`},
	}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Path[1:])
		w.Header().Set("Content-Type", "application/json")
		if tests[n].encoding != "" {
			w.Header().Set("Content-Encoding", tests[n].encoding)
		}
		w.Write(tests[n].body)
	})
	i := open(t, loopback)
	for n, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got := outcome(i.Invoke(t.Context(), posting(fmt.Sprintf("%s/%d", s.URL, n), value.Null)))
			runtime.ReadMemStats(&after)
			if want := strings.ReplaceAll(tt.want, "HOST", s.Listener.Addr().String()); !strings.HasPrefix(got, want) {
				t.Errorf("got\n%.200s\nwant\n%s", got, want)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 {
				t.Errorf("it took %d bytes", n)
			}
		})
	}
}

func TestHeadersTooLarge(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Path[1:])
		for ; n > 0; n -= 1 << 10 {
			w.Header().Add("X", strings.Repeat("x", min(n, 1<<10)-len("X: \r\n")))
		}
	})
	i := open(t, loopback)
	const others = 1 << 10 // Date and the like; net/http counts as it reads
	if got := outcome(i.Invoke(t.Context(), get(t, fmt.Sprintf("%s/%d", s.URL, maxHeaders-others)))); !strings.HasPrefix(got, "{") {
		t.Errorf("headers below the limit: %s", got)
	}
	if got := outcome(i.Invoke(t.Context(), get(t, fmt.Sprintf("%s/%d", s.URL, 2*maxHeaders)))); !strings.HasPrefix(got, "States.Http.Socket: ") {
		t.Errorf("headers above the limit: %.300s", got)
	}
}

// raw starts a server that reads a request and answers with what it likes.
func raw(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-done })
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			http.ReadRequest(bufio.NewReader(conn))
			answer(conn)
			conn.Close()
		}
	}()
	return l.Addr().String()
}

func TestSocket(t *testing.T) {
	closed := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		return l.Addr().String()
	}()
	const halved = "HOST has closed the connection before its answer was complete."
	tests := []struct{ name, host, want string }{
		{"nobody listens", closed, "HOST refuses the connection."},
		{"no answer", raw(t, func(net.Conn) {}), halved},
		{"reset", raw(t, func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) }), halved},
		{"half a header", raw(t, func(c net.Conn) { io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n") }), halved},
		{"half a body", raw(t, func(c net.Conn) { io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"n\":") }), halved},
		{"half a chunk", raw(t, func(c net.Conn) { io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n12") }), halved},
		{"not HTTP", raw(t, func(c net.Conn) { io.WriteString(c, "SSH-2.0-OpenSSH_9.9\r\n\r\n") }), "The connection to HOST has failed: net/http: HTTP/1.x transport connection broken: malformed HTTP response \"SSH-2.0-OpenSSH_9.9\"."},
	}
	i := open(t, loopback)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantOutcome(t, i, get(t, "http://"+tt.host+"/?secret"), "States.Http.Socket: "+strings.ReplaceAll(tt.want, "HOST", tt.host))
		})
	}
}
