package value

import (
	"fmt"
	"sync"

	"github.com/seed66d9166c/express/internal/seeded"
)

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
func Parse(b []byte) (Value, error) { return parse(nil, b, 0) }

// ParseOwned is Parse of bytes that belong to the Value from now on: it saves a
// copy of them.
func ParseOwned(b []byte) (Value, error) { return parse(nil, b, owned) }

// ParseUnread is ParseOwned for whom does not look into the arrays: those stay the
// text that they are, which saves half of the time. Who looks into one all the same
// has it read then, once.
func ParseUnread(b []byte) (Value, error) { return parse(nil, b, owned|lazy) }

// ParseString is Parse of a string.
func ParseString(s string) (Value, error) { return parse(nil, bytesOf(s), owned) }

// ParseLastWins is Parse for texts of which AWS reads the last of equal keys:
// those that an execution itself reads as JSON (States.StringToJson, $parse).
func ParseLastWins(s string) (Value, error) { return parse(nil, bytesOf(s), owned|repeatable) }

// A mode is how parse differs from Parse.
type mode uint8

const (
	owned      mode = 1 << iota // the bytes belong to the Value
	repeatable                  // an object may have a key twice: the last counts
	lazy                        // arrays may stay text
)

func parse(a *Arena, b []byte, m mode) (Value, error) {
	if len(b) > MaxSize {
		return Value{}, &ParseError{Reason: fmt.Sprintf("larger than %d bytes", MaxSize), Offset: MaxSize}
	}
	s := scanners.Get().(*scanner)
	defer s.release()
	s.reset(b, m&lazy != 0)
	if err := s.document(); err != nil {
		return Value{}, err
	}
	if s.values > manyValues && m&repeatable == 0 && (s.repeats || s.escapes) {
		if err := s.unique(); err != nil {
			return Value{}, err
		}
	}
	if !s.escapes {
		if v, ok := s.build(a, m&owned != 0 || seeded.SharedBytes); ok {
			return v, nil
		}
	}
	return convert(b, s.shape, m&repeatable != 0)
}

// scanners keep their room for tokens, which is 2 MB at most.
var scanners = sync.Pool{New: func() any { return newScanner() }}

func (s *scanner) release() {
	s.reset(nil, false)
	scanners.Put(s)
}
