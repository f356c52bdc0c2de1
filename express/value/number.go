package value

// maxExponent bounds the exponent of a number. float64 ends at 308; what is
// beyond four digits strconv no longer reads exactly.
const maxExponent = 9999

// maxWhole and maxDigits are the number of digits before the point, and the
// first of them, of the largest float64.
const (
	maxWhole  = 309
	maxDigits = "17976931348623157081"
)

// ParseNumber is the number that s is in the syntax of JSON, and whether it is
// one that a float64 holds.
func ParseNumber(s string) (Value, bool) {
	c := scanner{b: bytesOf(s)}
	if err := c.number(); err != nil || c.i < len(s) {
		return Value{}, false
	}
	return NumberText(s), true
}

// number scans a number. One that no float64 holds is refused here, so that no
// computation meets an infinity; the digits are compared, because strconv takes
// 26 us for a number beside the limit and a document can hold ten thousand.
func (s *scanner) number() *ParseError {
	from := s.i
	if s.peek() == '-' {
		s.i++
	}
	digits := s.i // of the mantissa
	if s.peek() == '0' {
		s.i++
	} else if !s.digits() {
		return s.unexpected("")
	}
	whole := s.i - digits
	if s.peek() == '.' {
		s.i++
		if !s.digits() {
			return s.unexpected("")
		}
	}
	mantissa := s.b[digits:s.i]
	exp := 0
	if s.peek()|' ' == 'e' {
		s.i++
		neg := s.peek() == '-'
		if neg || s.peek() == '+' {
			s.i++
		}
		at := s.i
		if !s.digits() {
			return s.unexpected("")
		}
		for _, c := range s.b[at:s.i] {
			exp = min(exp*10+int(c-'0'), maxExponent+1)
		}
		if neg {
			exp = -exp
		}
	}
	if exp > maxExponent || exp < -maxExponent || whole+exp >= maxWhole && overflows(mantissa, whole+exp) {
		s.i = from
		return s.refuse("number out of range")
	}
	return nil
}

// digits scans one or more digits.
func (s *scanner) digits() bool {
	from := s.i
	for s.i < len(s.b) && s.b[s.i]-'0' <= 9 {
		s.i++
	}
	return s.i > from
}

// overflows reports whether no float64 holds the mantissa with its point moved
// to follow digit whole.
func overflows(mantissa []byte, whole int) bool {
	n := 0 // digits compared
	for _, c := range mantissa {
		if c == '.' {
			continue
		}
		if n == 0 && c == '0' { // a leading zero
			whole--
			continue
		}
		if n == 0 && whole != maxWhole {
			return whole > maxWhole
		}
		if n == len(maxDigits) {
			return false
		}
		if c != maxDigits[n] {
			return c > maxDigits[n]
		}
		n++
	}
	return false
}
