package httptask

import (
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express/value"
)

func parse(t testing.TB, s string) value.Value {
	t.Helper()
	v, err := value.ParseString(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEncodeForm(t *testing.T) {
	tests := []struct {
		in     string
		arrays arrayFormat
		want   string
	}{
		{`{}`, indices, ``},
		{`{"a":"x y"}`, indices, `a=x%20y`},
		{`{"a":"~-._*+&=/?#[]%"}`, indices, `a=~-._%2A%2B%26%3D%2F%3F%23%5B%5D%25`},
		{`{"ü&":"\u20ac\n"}`, indices, `%C3%BC%26=%E2%82%AC%0A`},
		{`{"n":1.0,"big":12345678901234567890,"t":true,"f":false,"z":null,"e":""}`, indices, `n=1.0&big=12345678901234567890&t=true&f=false&z=&e=`},
		{`{"o":{"p":{"q":"x"},"r":1}}`, indices, `o%5Bp%5D%5Bq%5D=x&o%5Br%5D=1`},
		{`{"a":["x","y"]}`, indices, `a%5B0%5D=x&a%5B1%5D=y`},
		{`{"a":["x","y"]}`, repeat, `a=x&a=y`},
		{`{"a":["x,","y"]}`, commas, `a=x%2C,y`},
		{`{"a":["x","y"]}`, brackets, `a%5B%5D=x&a%5B%5D=y`},
		{`{"a":[["x"],{"k":["y"]}]}`, indices, `a%5B0%5D%5B0%5D=x&a%5B1%5D%5Bk%5D%5B0%5D=y`},
		{`{"a":[["x"],{"k":["y"]}]}`, repeat, `a=x&a%5Bk%5D=y`},
		{`{"a":[["x"],{"k":["y"]}]}`, brackets, `a%5B%5D%5B%5D=x&a%5B%5D%5Bk%5D%5B%5D=y`},
		{`{"a":[],"b":{},"c":1}`, indices, `c=1`},
		{`{"a":[],"c":[null,true]}`, commas, `c=,true`},
		{`{"o":{"a":["x","y"]},"z":1}`, commas, `o%5Ba%5D=x,y&z=1`},
	}
	for _, tt := range tests {
		got, err := encodeForm(parse(t, tt.in), tt.arrays, "RequestBody")
		if err != nil || string(got) != tt.want {
			t.Errorf("%s in format %d is %q, %v, want %q", tt.in, tt.arrays, got, err, tt.want)
		}
	}
}

func TestEncodeFormRefuses(t *testing.T) {
	const bad = "States.Runtime: The Parameters could not be used to start the Task: [The value of the field 'RequestBody' has an invalid format]"
	long := strings.Repeat("k", 60_000)
	tests := []struct {
		name, in string
		arrays   arrayFormat
		want     string
	}{
		{"an array", `[1]`, indices, bad},
		{"a number", `1`, indices, bad},
		{"an array in a list", `{"a":[[1]]}`, commas, bad},
		{"an object in a list", `{"a":[1,{}]}`, commas, bad},
		{"a long name above many values", `{"` + long + `":[1` + strings.Repeat(",1", 60_000) + `]}`, indices,
			"States.DataLimitExceeded: The value of the field 'RequestBody' takes more than 786432 bytes when it is URL-encoded."},
	}
	for _, tt := range tests {
		_, err := encodeForm(parse(t, tt.in), tt.arrays, "RequestBody")
		if got := outcome(value.Null, err); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestMaxForm(t *testing.T) {
	// 256 KiB of what is escaped: a name and its = beside the text.
	text := strings.Repeat("&", (maxForm-len("a=..."))/3)
	for _, tt := range []struct {
		end string
		ok  bool
	}{{"xxxx", true}, {"xxxxx", false}} {
		v := value.Object(value.Member{Key: "a", Val: value.String(text + tt.end)})
		b, err := encodeForm(v, indices, "RequestBody")
		if (err == nil) != tt.ok {
			t.Errorf("%d bytes: %v", len(b), err)
		}
	}
}

func TestEscapeQuery(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "",
		"a=b&c=d+e":              "a=b&c=d+e",
		"a=b c":                  "a=b%20c",
		"a=%20%zz%":              "a=%20%25zz%25",
		"a=\"<>\\^`{|}":          "a=%22%3C%3E%5C%5E%60%7B%7C%7D",
		"a=ü#frag":               "a=%C3%BC%23frag",
		"a\r\nHost: evil\x00":    "a%0D%0AHost:%20evil%00",
		"a[0]=x&u=http://h/?x=y": "a[0]=x&u=http://h/?x=y",
	} {
		if got := escapeQuery(in); got != want {
			t.Errorf("escapeQuery(%q) is %q, want %q", in, got, want)
		}
	}
}
