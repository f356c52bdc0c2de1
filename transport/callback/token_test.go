package callback

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestKeys(t *testing.T) {
	for _, tt := range []struct {
		keys [][]byte
		want string
	}{
		{nil, "there is no key to make task tokens with"},
		{[][]byte{key('a', 31)}, "a key of 31 bytes is too short to make task tokens with: want 32 random ones or more"},
		{[][]byte{key('a', 32), key('b', 31)}, "a key of 31 bytes is too short to make task tokens with: want 32 random ones or more"},
		{[][]byte{key('a', 32), key('b', 64)}, ""},
	} {
		got := ""
		if _, err := New(Options{Keys: tt.keys}); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%d keys: got %q, want %q", len(tt.keys), got, tt.want)
		}
	}
}

func TestToken(t *testing.T) {
	r := open(t, Options{})
	deadline := time.Date(2030, 1, 1, 0, 5, 0, 0, time.UTC)
	a, b := r.Token("KEY", deadline), r.Token("KEY", deadline)
	if a == b {
		t.Error("two attempts have the same token")
	}
	if !regexp.MustCompile(`^[A-Za-z0-9_-]+$`).MatchString(a) {
		t.Errorf("%q has characters that a URL escapes", a)
	}
	if strings.Contains(a, "KEY") {
		t.Errorf("%q holds the key of its task", a)
	}
	got, err := r.open(a)
	if err != nil || got.engine != r.engine || !got.expires.Equal(deadline) {
		t.Errorf("got %v (%v)", got, err)
	}
}

// Whatever is not exactly a token that a key of ours has made is refused, and
// counted.
func TestForgedTokens(t *testing.T) {
	r := open(t, Options{})
	good := r.Token("", time.Now())
	other := open(t, Options{Keys: [][]byte{key('o', minKey)}}).Token("", time.Now())
	raw, err := encoding.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	type row struct{ name, token, want string }
	rows := []row{
		{"none", "", "It is no task token"},
		{"a word", "NoSuchTaskToken", "It is no task token"},
		{"one character less", good[1:], "It is no task token"},
		{"one character more", good + "A", "It is no task token"},
		{"other characters", strings.Repeat(".", textSize), "It is no task token"},
		{"a line break", good[:textSize-1] + "\n", "It is no task token"},
		{"of AWS", strings.Repeat("AQCEAAAAKgAAAAMAAAAA", 40), "It is no task token"},
		{"as long as AWS allows", strings.Repeat("A", 2048), "It is no task token"},
		{"of another key", other, "No engine here has made it"},
	}
	for i := range raw {
		raw[i] ^= 0x10
		want := "No engine here has made it"
		if i == 0 {
			want = "It is no task token" // of another version
		}
		rows = append(rows, row{"a bit in byte " + string(rune('0'+i/10)) + string(rune('0'+i%10)), encoding.EncodeToString(raw), want})
		raw[i] ^= 0x10
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			want := "InvalidToken: Invalid Token: '" + tt.want + "'"
			if err := r.Heartbeat(t.Context(), tt.token); err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
	if diff := cmp.Diff(Counts{Malformed: 9, Forged: uint64(rawSize)}, r.Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

// The last character of a token has bits that say nothing: they must be 0.
func TestOneTextForEachToken(t *testing.T) {
	if textSize*6 == rawSize*8 {
		t.Skip("every bit of the text says something")
	}
	r := open(t, Options{})
	good := r.Token("", time.Now())
	taken := 0
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
		if _, err := r.open(good[:textSize-1] + string(c)); err == nil {
			taken++
		}
	}
	if taken != 1 {
		t.Errorf("%d last characters make a good token, want 1", taken)
	}
}

func TestRotation(t *testing.T) {
	was, is := key('1', minKey), key('2', minKey)
	before := open(t, Options{Keys: [][]byte{was}})
	between := open(t, Options{Keys: [][]byte{is, was}})
	after := open(t, Options{Keys: [][]byte{is}})
	tokens := []string{before.Token("", time.Now()), between.Token("", time.Now())}
	for _, tt := range []struct {
		name string
		r    *Registry
		want [2]bool // whether it takes the tokens
	}{
		{"before", before, [2]bool{true, false}},
		{"between", between, [2]bool{true, true}},
		{"after", after, [2]bool{false, true}},
	} {
		for i, token := range tokens {
			if _, err := tt.r.open(token); (err == nil) != tt.want[i] {
				t.Errorf("%s, token %d: %v", tt.name, i, err)
			}
		}
	}
}

func BenchmarkToken(b *testing.B) {
	r := open(b, Options{})
	deadline := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		r.Token("", deadline)
	}
}
