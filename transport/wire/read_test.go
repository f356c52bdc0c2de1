package wire

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// readAll is what a reader makes of all that from has: a line for each operation,
// and the error that ended it.
func readAll(from io.Reader) (frames []string, err error) {
	r := newReader(from)
	for {
		var f frame
		ok, err := r.next(&f)
		switch {
		case err != nil:
			return frames, err
		case !ok:
			if err := r.fill(); err == io.EOF {
				return frames, nil
			} else if err != nil {
				return frames, err
			}
		case f.verb == verbMsg:
			m := &f.msg
			frames = append(frames, fmt.Sprintf("%d %q %q %q %q", f.sid, m.Subject, m.Reply, m.Header, m.Data))
		default:
			frames = append(frames, fmt.Sprintf("verb %d %q", f.verb, f.text))
		}
	}
}

const header = "NATS/1.0\r\nA: b\r\n\r\n"

func TestReader(t *testing.T) {
	large := strings.Repeat("x", 2*readSize)
	long := strings.Repeat("s", maxLine-len("MSG  1 0\r\n"))
	for _, tt := range []struct {
		name, in string
		want     []string
		err      error
	}{
		{"message", "MSG a 1 2\r\nhi\r\n", []string{`1 "a" "" "" "hi"`}, nil},
		{"nothing in it", "MSG a 1 0\r\n\r\n", []string{`1 "a" "" "" ""`}, nil},
		{"reply", "MSG a.b 12 r.s 2\r\n\r\n\r\n", []string{`12 "a.b" "r.s" "" "\r\n"`}, nil},
		{"header", "HMSG a 1 18 20\r\n" + header + "hi\r\n", []string{fmt.Sprintf(`1 "a" "" %q "hi"`, header)}, nil},
		{"header and reply", "HMSG a 1 r 18 18\r\n" + header + "\r\n", []string{fmt.Sprintf(`1 "a" "r" %q ""`, header)}, nil},
		{"several", "PING\r\nMSG a 1 1\r\nx\r\n+OK\r\nPONG\r\n", []string{`verb 2 ""`, `1 "a" "" "" "x"`, `verb 0 ""`, `verb 3 ""`}, nil},
		{"text", "INFO {\"a\": 1} \r\n-ERR 'no'\r\n", []string{`verb 4 "{\"a\": 1}"`, `verb 5 "no"`}, nil},
		{"larger than a read", "MSG a 1 131072\r\n" + large + "\r\nPING\r\n", []string{fmt.Sprintf(`1 "a" "" "" %q`, large), `verb 2 ""`}, nil},
		{"longest line", "MSG " + long + " 1 0\r\n\r\n", []string{fmt.Sprintf(`1 %q "" "" ""`, long)}, nil},
		{"longer line", "MSG s" + long + " 1 0\r\n\r\n", nil, errLine},
		{"line without an end", strings.Repeat("x", maxLine), nil, errLine},
		{"long INFO", "INFO " + strings.Repeat("x", maxLine) + "\r\n", []string{fmt.Sprintf("verb 4 %q", strings.Repeat("x", maxLine))}, nil},
		{"longer INFO", "INFO " + strings.Repeat("x", readSize), nil, errLine},
		{"negative length", "MSG a 1 -1\r\n\r\n", nil, errMessage},
		{"length that is none", "MSG a 1 1x\r\n\r\n", nil, errMessage},
		{"huge length", "MSG a 1 99999999999999999999\r\n", nil, errMessage},
		{"largest length", fmt.Sprintf("MSG a 1 %d\r\n", maxMessage), nil, nil},
		{"larger length", fmt.Sprintf("MSG a 1 %d\r\n", maxMessage+1), nil, errMessage},
		{"header larger than the whole", "HMSG a 1 19 18\r\n" + header + "\r\n", nil, errMessage},
		{"no such subscription", "MSG a b 1\r\nx\r\n", nil, errMessage},
		{"too few words", "MSG a 1\r\n\r\n", nil, errMessage},
		{"too many words", "MSG a 1 r s 1\r\nx\r\n", nil, errMessage},
		{"far too many words", "HMSG a 1 r s t u 1\r\nx\r\n", nil, errMessage},
		{"more than its length", "MSG a 1 1\r\nxyz\r\n", nil, errMessage},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for how, from := range map[string]io.Reader{"whole": strings.NewReader(tt.in), "byte by byte": iotest.OneByteReader(strings.NewReader(tt.in))} {
				got, err := readAll(from)
				if diff := cmp.Diff(tt.want, got); diff != "" || err != tt.err {
					t.Errorf("%s: error %v, want %v (-want +got):\n%.500s", how, err, tt.err, diff)
				}
			}
		})
	}
}

// After a large message the buffer is what it was.
func TestReaderShrinks(t *testing.T) {
	r := newReader(strings.NewReader("MSG a 1 131072\r\n" + strings.Repeat("x", 2*readSize) + "\r\n"))
	var f frame
	for ok := false; !ok; {
		var err error
		if ok, err = r.next(&f); err != nil {
			t.Fatal(err)
		}
		if !ok {
			if err := r.fill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(r.buf) <= readSize {
		t.Errorf("the buffer had %d bytes for a message of %d", len(r.buf), 2*readSize)
	}
	if err := r.fill(); err != io.EOF || len(r.buf) != readSize {
		t.Errorf("the buffer has %d bytes, want %d: %v", len(r.buf), readSize, err)
	}
}

// FuzzReader finds the same in what a server sends, whichever way it is split.
func FuzzReader(f *testing.F) {
	for _, in := range []string{
		"MSG a 1 2\r\nhi\r\n", "HMSG a 1 r 18 20\r\n" + header + "hi\r\n", "INFO {}\r\nPING\r\nPONG\n-ERR 'x'\r\n+OK\r\n",
		"MSG a 1 -2\r\nhi\r\n", "MSG \t a  1 2 \r\nhi\r\n", "HMSG a 1 2 1\r\n\r\n", "MSG", "\n\n", "MSG a 1 9999999\r\n",
	} {
		f.Add(in, uint(3))
	}
	f.Fuzz(func(t *testing.T, in string, at uint) {
		want, wantErr := readAll(strings.NewReader(in))
		at %= uint(len(in) + 1)
		got, err := readAll(io.MultiReader(strings.NewReader(in[:at]), strings.NewReader(in[at:])))
		if diff := cmp.Diff(want, got); diff != "" || err != wantErr {
			t.Errorf("split at %d: error %v, want %v (-want +got):\n%s", at, err, wantErr, diff)
		}
		got, err = readAll(iotest.OneByteReader(strings.NewReader(in)))
		if diff := cmp.Diff(want, got); diff != "" || err != wantErr {
			t.Errorf("byte by byte: error %v, want %v (-want +got):\n%s", err, wantErr, diff)
		}
	})
}
