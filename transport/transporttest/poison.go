package transporttest

import (
	"strings"

	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

// A Poison is an event that is made to do harm to who decodes it.
type Poison struct {
	Name   string
	Data   []byte
	Reason string // of its dead letter
}

// MaxRefusal bounds what the refusal of a Poison may allocate, in bytes.
const MaxRefusal = 1 << 20

// Poisons is a row for each kind of harm. None of them may ever run.
func Poisons() []Poison {
	const deep, wide = 100_000, value.MaxSize / 2
	return []Poison{
		{"MessagePack: an array of four billion", []byte("\xdd\xff\xff\xff\xff"), transport.ReasonDecode},
		{"MessagePack: a map of fifty million", []byte("\xdf\x02\xfa\xf0\x80"), transport.ReasonDecode},
		{"MessagePack: a string of four billion bytes", []byte("\xdb\xff\xff\xff\xff"), transport.ReasonDecode},
		{"MessagePack: arrays in arrays", []byte(strings.Repeat("\xdc\xff\xff", 300)), transport.ReasonDecode},
		{"arrays in arrays", []byte(strings.Repeat("[", deep) + strings.Repeat("]", deep)), transport.ReasonDecode},
		{"arrays in arrays, never closed", []byte(strings.Repeat("[", value.MaxSize)), transport.ReasonDecode},
		{"objects in objects", []byte(strings.Repeat(`{"a":`, value.MaxSize/5)), transport.ReasonDecode},
		{"a million levels", []byte(strings.Repeat("[", 1e6) + strings.Repeat("]", 1e6)), transport.ReasonOversize},
		{"a megabyte of zeros in an array", []byte("[" + strings.Repeat("0,", 1<<19-2) + "0]"), transport.ReasonOversize},
		{"as many zeros in an array as fit", []byte("[" + strings.Repeat("0,", wide-1) + "]"), transport.ReasonDecode},
		{"too many values", []byte("[" + strings.Repeat("0,", value.MaxValues) + "0]"), transport.ReasonDecode},
		{"a key twice", []byte(`{"a":1,"a":2}`), transport.ReasonDecode},
		{"a key forty thousand times", []byte(`{"a":0` + strings.Repeat(`,"a":0`, 40_000) + "}"), transport.ReasonDecode},
		{"an escaped key twenty thousand times", []byte(`{"a":0` + strings.Repeat(`,"\u0061":0`, 20_000) + "}"), transport.ReasonDecode},
		{"a key twice, behind as many objects as fit", []byte("[" + strings.Repeat(`{"a":0,"b":0},`, 18_000) + `{"a":0,"a":0}]`), transport.ReasonDecode},
		{"invalid UTF-8 at the end", []byte(`"` + strings.Repeat("x", value.MaxSize-3) + "\xff\""), transport.ReasonDecode},
		{"an overlong encoding of a quote", []byte("\"\xc0\xa2\""), transport.ReasonDecode},
		{"half a surrogate pair, raw", []byte("\"\xed\xa0\x80\""), transport.ReasonDecode},
		{"a zero byte", []byte("\x00"), transport.ReasonDecode},
		{"a control character in a string", []byte("\"\x01\""), transport.ReasonDecode},
		{"a string that never ends", []byte(`"` + strings.Repeat("\\\\", wide-1)), transport.ReasonDecode},
		{"a number with an endless exponent", []byte("1e" + strings.Repeat("9", value.MaxSize-3)), transport.ReasonDecode},
		{"no number", []byte("NaN"), transport.ReasonDecode},
		{"nothing", nil, transport.ReasonDecode},
		{"two documents", []byte("{}{}"), transport.ReasonDecode},
	}
}
