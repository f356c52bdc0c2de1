package catalog

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vmihailenco/msgpack/v5"
)

var update = flag.Bool("update", false, "rewrite golden files")

// A record that was written once can be read for ever: the file is only to be
// added to.
func TestRecordForm(t *testing.T) {
	b, err := encode(full("orders"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "record-1.hex")
	if *update {
		if err := os.WriteFile(path, []byte(hex.Dump(b)), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	dump, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(dump), hex.Dump(b)); diff != "" {
		t.Errorf("the form has changed (-want +got):\n%s", diff)
	}
	m, err := decode(b)
	if diff := cmp.Diff(full("orders"), m); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// record is a record with anything in it.
func record(t *testing.T, elements ...any) []byte {
	t.Helper()
	b, err := msgpack.Marshal(elements)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRecordOfOthers(t *testing.T) {
	type fields map[string]any
	if m, err := decode(record(t, schema, fields{"Name": "x"})); err != nil || m.Name != "x" {
		t.Errorf("with a name alone: %+v, %v", m, err)
	}
	if _, err := decode(record(t, schema+1, fields{"Name": "x"})); !errors.Is(err, ErrNewer) {
		t.Errorf("a later schema: %v", err)
	}
	nested := append(record(t, schema, nil)[:2], 0x81, 0xa1, 'x')
	nested = append(nested, bytes.Repeat([]byte{0x91}, maxRecord-len(nested))...)
	for what, b := range map[string][]byte{
		"nothing":             {},
		"no array":            {0x01},
		"a schema alone":      record(t, schema),
		"a text for a schema": record(t, "1", fields{}),
		"a text for it":       record(t, schema, "x"),
		"a nil":               record(t, schema, fields{"Created": nil}),
		"an unknown field":    record(t, schema, fields{"Name": "x", "Colour": 1}),
		"its half":            record(t, schema, fields{"Name": "x"})[:8],
		"too many versions":   append(record(t, schema, nil)[:2], 0x81, 0xa8, 'V', 'e', 'r', 's', 'i', 'o', 'n', 's', 0xdd, 0xff, 0xff, 0xff, 0xff),
		"many versions":       record(t, schema, fields{"Versions": make([]int, maxRecordItems+1)}),
		"what is too deep":    nested,
		"what is too long":    append(record(t, schema, fields{"Name": "x"}), make([]byte, maxRecord)...),
	} {
		if m, err := decode(b); err == nil {
			t.Errorf("%s is read as %+v", what, m)
		}
	}
}

// What cannot be read back is not written.
func TestRecordBounds(t *testing.T) {
	m := full("x")
	for i := range maxRecordItems/2 - 1 {
		m.Set[fmt.Sprint(i)] = ""
	}
	b, err := encode(m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decode(b); err != nil {
		t.Error(err)
	}
	m.Set["more"] = ""
	if _, err := encode(m); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one more: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	b, err := encode(full("orders"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decode(b)
		if err != nil {
			return
		}
		b, err = encode(m)
		if err != nil {
			t.Skip(err)
		}
		again, err := decode(b)
		if diff := cmp.Diff(m, again); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}

// Names have keys of their own, which a bucket takes.
func TestKeys(t *testing.T) {
	for name, want := range map[string]string{
		"orders": "orders", "a.b": "a=2Eb", "a=2Eb": "a=3D2Eb", "ü": "=C3=BC", "a/b": "a=2Fb",
	} {
		if got := keyOf(name); got != want {
			t.Errorf("key of %q is %q, want %q", name, got, want)
		}
	}
	if key := keyOf(strings.Repeat("ü", maxName)); len(key) > 128 || !strings.HasPrefix(key, "==") {
		t.Errorf("key of a long name is %q", key)
	}
}
