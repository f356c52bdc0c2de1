package value

import "fmt"

// Limits of a document. Each bounds what hostile input can cost before it is
// refused, and with that the cost of everything that walks a Value.
const (
	MaxSize   = 262_144 // bytes: the payload limit of Step Functions, 256 KiB
	MaxDepth  = 64      // of brackets: recursion over a Value is this deep at most
	MaxValues = 65_536  // 256 KiB can hold twice as many, and each costs 24 bytes and more
)

// A ParseError says why bytes are not an acceptable JSON value.
type ParseError struct {
	Reason string // "nested deeper than 64", "invalid UTF-8", `duplicate key "a"`, ...
	Offset int    // in bytes; -1 for a duplicate key, which is named instead
}

func (e *ParseError) Error() string {
	if e.Offset < 0 {
		return e.Reason
	}
	return fmt.Sprintf("%s at offset %d", e.Reason, e.Offset)
}

// Parse is the one gate for data from outside: exactly one JSON value in strict
// syntax (RFC 8259) and UTF-8, within [MaxSize], [MaxDepth] and [MaxValues],
// without lone surrogates, without numbers beyond float64 and without objects
// that have a key twice, which other readers would understand otherwise. Its
// error is a *[ParseError]. The Value keeps nothing of b.
func Parse(b []byte) (Value, error) { return parse(b, false) }

// ParseString is Parse of a string.
func ParseString(s string) (Value, error) { return parse(bytesOf(s), false) }

// ParseLastWins is Parse for texts of which AWS reads the last of equal keys:
// those that an execution itself reads as JSON (States.StringToJson, $parse).
func ParseLastWins(s string) (Value, error) { return parse(bytesOf(s), true) }

func parse(b []byte, lastWins bool) (Value, error) {
	if len(b) > MaxSize {
		return Value{}, &ParseError{Reason: fmt.Sprintf("larger than %d bytes", MaxSize), Offset: MaxSize}
	}
	s := scanner{b: b}
	if err := s.document(); err != nil {
		return Value{}, err
	}
	c := converterFor(s.values)
	defer c.release()
	return c.convert(b, s.shape, lastWins)
}
