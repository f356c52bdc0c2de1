package awsapi_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/transport/awsapi"
)

const secret = "an example of a secret access key"

// allScopes is a key for everything.
var allScopes = awsapi.Key{ID: "AKIDALL", Secret: secret, Scopes: []awsapi.Scope{awsapi.Deploy, awsapi.Start, awsapi.Read}}

// writeKeys is a file of keys.
func writeKeys(t testing.TB, keys ...awsapi.Key) string {
	t.Helper()
	b, err := json.Marshal(keys)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// signed is r, signed with a key at a time as the SDK does it.
func signed(t testing.TB, r *http.Request, k awsapi.Key, at time.Time) *http.Request {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.Header.Set("Amz-Sdk-Invocation-Id", "b0a1")
	sum := sha256.Sum256(body)
	credentials := aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: k.Secret}
	if err := v4.NewSigner().SignHTTP(t.Context(), credentials, r, hex.EncodeToString(sum[:]), "states", "us-east-1", at); err != nil {
		t.Fatal(err)
	}
	return r
}

// What is changed of a signed request after it was signed makes it one that is
// refused, and so does another key.
func TestSignature(t *testing.T) {
	s := newServer(t, newEngine(compiler.Options{}), awsapi.Options{KeysFile: writeKeys(t, allScopes)})
	other, unknown := allScopes, allScopes
	other.Secret += "!"
	unknown.ID = "AKIDNONE"
	now := time.Now()
	for _, tt := range []struct {
		name   string
		key    awsapi.Key
		at     time.Time
		change func(r *http.Request)
		code   string // "" is that it is good
	}{
		{name: "as it is"},
		{name: "what is not signed", change: func(r *http.Request) { r.Header.Set("User-Agent", "x") }},
		{name: "a retry", change: func(r *http.Request) { r.Header.Set("X-Not-Signed", "x") }},
		{name: "almost too old", at: now.Add(-5*time.Minute + 10*time.Second)},
		{name: "almost too new", at: now.Add(5*time.Minute - 10*time.Second)},
		{name: "too old", at: now.Add(-5*time.Minute - 10*time.Second), code: "InvalidSignatureException"},
		{name: "too new", at: now.Add(5*time.Minute + 10*time.Second), code: "InvalidSignatureException"},
		{name: "another secret", key: other, code: "InvalidSignatureException"},
		{name: "an unknown key", key: unknown, code: "InvalidSignatureException"},
		{name: "none", change: func(r *http.Request) { r.Header.Del("Authorization") }, code: "MissingAuthenticationTokenException"},
		{name: "of another kind", change: func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, code: "IncompleteSignatureException"},
		{name: "no date", change: func(r *http.Request) { r.Header.Del("X-Amz-Date") }, code: "IncompleteSignatureException"},
		{name: "body", change: func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(`{"maxResults":6}`)) }, code: "InvalidSignatureException"},
		{name: "host", change: func(r *http.Request) { r.Host = "elsewhere" }, code: "InvalidSignatureException"},
		{name: "target", change: func(r *http.Request) { r.Header.Set("X-Amz-Target", "AWSStepFunctions.ListActivities") }, code: "InvalidSignatureException"},
		{name: "a date of another form", change: func(r *http.Request) {
			r.Header.Set("X-Amz-Date", strings.Replace(r.Header.Get("X-Amz-Date"), "Z", ".0Z", 1))
		}, code: "IncompleteSignatureException"},
		{name: "invocation", change: func(r *http.Request) { r.Header.Set("Amz-Sdk-Invocation-Id", "c") }, code: "InvalidSignatureException"},
		{name: "date", change: func(r *http.Request) {
			r.Header.Set("X-Amz-Date", now.UTC().Add(time.Second).Format("20060102T150405Z"))
		}, code: "InvalidSignatureException"},
		{name: "content hash", change: func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD") }, code: "InvalidSignatureException"},
		{name: "region", change: inAuthorization("/us-east-1/", "/eu-west-1/"), code: "InvalidSignatureException"},
		{name: "service", change: inAuthorization("/states/", "/sqs/"), code: "InvalidSignatureException"},
		{name: "host not signed", change: inAuthorization("host;", ""), code: "InvalidSignatureException"},
		{name: "target not signed", change: inAuthorization(";x-amz-target", ""), code: "InvalidSignatureException"},
		{name: "a header that is not there", change: inAuthorization("host;", "host;x-a;"), code: "InvalidSignatureException"},
		{name: "headers in another order", change: inAuthorization("content-type;host", "host;content-type"), code: "InvalidSignatureException"},
		{name: "no signature", change: inAuthorization("Signature=", "X="), code: "IncompleteSignatureException"},
		{name: "two signatures", change: inAuthorization("Signature=", "Signature=0, Signature="), code: "IncompleteSignatureException"},
		{name: "a signature in capitals", change: func(r *http.Request) {
			a := r.Header.Get("Authorization")
			i := strings.Index(a, "Signature=") + len("Signature=")
			r.Header.Set("Authorization", a[:i]+strings.ToUpper(a[i:]))
		}, code: "InvalidSignatureException"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.key.ID == "" {
				tt.key = allScopes
			}
			if tt.at.IsZero() {
				tt.at = now
			}
			r := signed(t, request("ListStateMachines", `{"maxResults":5}`), tt.key, tt.at)
			if tt.change != nil {
				tt.change(r)
			}
			status, out := do(t, s, r)
			if tt.code == "" && status != http.StatusOK || tt.code != "" && (status != http.StatusForbidden || out["__type"] != tt.code) {
				t.Errorf("%d %v, want %q", status, out, tt.code)
			}
			if strings.Contains(fmt.Sprint(out), secret) {
				t.Errorf("the answer has the secret: %v", out)
			}
		})
	}
}

// inAuthorization changes the header Authorization.
func inAuthorization(old, next string) func(*http.Request) {
	return func(r *http.Request) {
		before := r.Header.Get("Authorization")
		after := strings.Replace(before, old, next, 1)
		if before == after {
			panic(old + " is not in " + before)
		}
		r.Header.Set("Authorization", after)
	}
}

// An unknown key is answered as a wrong signature is, word for word.
func TestUnknownKey(t *testing.T) {
	s := newServer(t, newEngine(compiler.Options{}), awsapi.Options{KeysFile: writeKeys(t, allScopes)})
	wrong, unknown := allScopes, allScopes
	wrong.Secret += "!"
	unknown.ID = "AKIDNONE"
	_, a := do(t, s, signed(t, request("ListStateMachines", "{}"), wrong, time.Now()))
	_, b := do(t, s, signed(t, request("ListStateMachines", "{}"), unknown, time.Now()))
	if fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("%v and %v tell a known key from an unknown one", a, b)
	}
}

// A key is good for the operations of its scopes, and for no other.
func TestScopes(t *testing.T) {
	key := func(scope awsapi.Scope) awsapi.Key {
		return awsapi.Key{ID: "AKID" + string(scope), Secret: secret, Scopes: []awsapi.Scope{scope}}
	}
	all := []awsapi.Scope{awsapi.Deploy, awsapi.Start, awsapi.Read}
	s := newServer(t, newEngine(compiler.Options{}), awsapi.Options{KeysFile: writeKeys(t, key(all[0]), key(all[1]), key(all[2]))})
	for _, op := range awsapi.Operations() {
		for _, scope := range all {
			status, out := do(t, s, signed(t, request(op, `{"definition":7}`), key(scope), time.Now()))
			denied := status == http.StatusBadRequest && out["__type"] == "AccessDeniedException"
			if allowed := awsapi.ScopeOf(op) == scope; allowed == denied {
				t.Errorf("%s with the scope %s: %d %v", op, scope, status, out)
			}
		}
	}
}

func TestReadKeys(t *testing.T) {
	const good = `{"id":"A","secret":"0123456789abcdefghij","scopes":["read"]}`
	for text, want := range map[string]string{
		"[" + good + "]":              "",
		"[]":                          "there is none",
		good:                          "expected a list",
		"[" + good + "," + good + "]": "there are two keys A",
		`[{"id":"A","password":"hunter2hunter2hunter2"}]`:               "expected a list of objects with id, secret and scopes",
		`[{"secret":"0123456789abcdefghij","scopes":["read"]}]`:         "key 1 has no id",
		`[{"id":"A","secret":"0123456789abcdefghi","scopes":["r"]}]`:    "fewer than 20 bytes",
		`[{"id":"A","secret":"0123456789abcdefghij"}]`:                  "no scopes",
		`[{"id":"A","secret":"0123456789abcdefghij","scopes":["fly"]}]`: `the scope "fly"`,
		"[" + strings.Repeat(" ", 1<<20) + "]":                          "larger than",
	} {
		path := filepath.Join(t.TempDir(), "keys.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		keys, err := awsapi.ReadKeys(path)
		switch {
		case want == "" && (err != nil || len(keys) != 1):
			t.Errorf("%.80s: %v, %v", text, keys, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%.80s: error %v, want %q", text, err, want)
		case err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "0123456789")):
			t.Errorf("%.80s: the error has the secret: %v", text, err)
		}
	}
	if _, err := awsapi.New(awsapi.Options{KeysFile: filepath.Join(t.TempDir(), "none")}); err == nil {
		t.Error("there is no file of keys, and no error")
	}
}

// Keys are those in the file: a new one is good soon after it was written, one
// that is gone no longer; and a file that cannot be read changes nothing.
func TestKeysReload(t *testing.T) {
	old, next := allScopes, allScopes
	next.Secret = "another secret of the same key id"
	path := writeKeys(t, old)
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, newEngine(compiler.Options{}), awsapi.Options{KeysFile: path, Log: slog.New(slog.NewTextHandler(&log, nil))})
		good := func(k awsapi.Key) bool {
			time.Sleep(2 * time.Second)
			status, _ := do(t, s, signed(t, request("ListStateMachines", "{}"), k, time.Now()))
			return status == http.StatusOK
		}
		write := func(keys []awsapi.Key, garbage string) {
			b, _ := json.Marshal(keys)
			if err := os.WriteFile(path, append(b, garbage...), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if !good(old) || good(next) {
			t.Error("the keys are not those in the file")
		}
		write([]awsapi.Key{next}, "")
		if good(old) || !good(next) {
			t.Error("the keys are not those in the new file")
		}
		write(nil, "[")
		if !good(next) {
			t.Error("the keys are gone with a file that cannot be read")
		}
	})
	if text := log.String(); !strings.Contains(text, "files read again") || !strings.Contains(text, "not read again") ||
		slices.ContainsFunc([]string{old.Secret, next.Secret}, func(s string) bool { return strings.Contains(text, s) }) {
		t.Errorf("the log says %s", text)
	}
}

// A signed request of which a part is changed is refused, whatever the change.
func FuzzSigV4(f *testing.F) {
	s := newServer(f, newEngine(compiler.Options{}), awsapi.Options{KeysFile: writeKeys(f, allScopes)})
	f.Add(uint8(0), uint16(40), uint16(4), "x")
	f.Add(uint8(0), uint16(0), uint16(500), "AWS4-HMAC-SHA256 Credential=////aws4_request, SignedHeaders=;, Signature=")
	f.Add(uint8(1), uint16(3), uint16(1), "9")
	f.Add(uint8(2), uint16(0), uint16(0), ":80")
	f.Add(uint8(3), uint16(2), uint16(0), " ")
	f.Add(uint8(4), uint16(0), uint16(9), "")
	f.Fuzz(func(t *testing.T, part uint8, at, drop uint16, insert string) {
		r := signed(t, request("ListStateMachines", "{}"), allScopes, time.Now())
		change := func(text string) string {
			from := min(int(at), len(text))
			to := min(from+int(drop), len(text))
			return text[:from] + insert + text[to:]
		}
		var before, after string
		header := func(name string) {
			before = r.Header.Get(name)
			after = change(before)
			r.Header.Set(name, after)
		}
		switch part % 5 {
		case 0: // it is not signed itself: white space between its parts does not count
			header("Authorization")
			before, after = strings.ReplaceAll(before, " ", ""), strings.Join(strings.Fields(after), "")
		case 1:
			header("X-Amz-Date")
		case 2: // a host with the port of its scheme is signed without, and white space is as below
			before, after = r.Host, change(r.Host)
			r.Host = after
			after = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(after), "80"), ":")
		case 3:
			before, after = "{}", change("{}")
			r.Body = io.NopCloser(strings.NewReader(after))
		case 4: // white space around a value, and of more than a blank inside, is signed as one
			header("Amz-Sdk-Invocation-Id")
			after = strings.Join(strings.Fields(after), " ")
		}
		if status, out := do(t, s, r); before != after && status != http.StatusForbidden {
			t.Errorf("%q for %q: %d %v", after, before, status, out)
		}
	})
}
