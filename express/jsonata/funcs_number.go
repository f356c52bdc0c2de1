package jsonata

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
)

var numberFuncs = []row{
	{"sum", "<a<n>:n>", sum},
	{"max", "<a<n>:n>", maximum},
	{"min", "<a<n>:n>", minimum},
	{"average", "<a<n>:n>", average},
	{"number", "<(nsb)-:n>", toNumber},
	{"floor", "<n-:n>", mapNumber(math.Floor)},
	{"ceil", "<n-:n>", mapNumber(math.Ceil)},
	{"abs", "<n-:n>", mapNumber(math.Abs)},
	{"round", "<n-n?:n>", roundTo},
	{"sqrt", "<n-:n>", squareRoot},
	{"power", "<n-n:n>", power},
	{"random", "<:n>", random},
	{"formatBase", "<n-n?:s>", formatBase},
	{"formatNumber", "<n-so?:s>", formatNumber},
	{"formatInteger", "<n-s:s>", formatInteger},
	{"parseInteger", "<s-s:n>", parseInteger},
	{"boolean", "<x-:b>", toBoolean},
	{"not", "<x-:b>", not},
}

func total(m *machine, list cell) (float64, *Error) {
	n := list.len()
	if err := m.work(n); err != nil {
		return 0, err
	}
	t := 0.0
	for i := range n {
		t += list.index(i).v.Float()
	}
	return t, nil
}

func sum(m *machine, args []cell) (cell, *Error) {
	if args[0].undefined() {
		return cell{}, nil
	}
	t, err := total(m, args[0])
	if err != nil {
		return cell{}, err
	}
	return finite(t)
}

func average(m *machine, args []cell) (cell, *Error) {
	if args[0].len() == 0 {
		return cell{}, nil
	}
	t, err := total(m, args[0])
	if err != nil {
		return cell{}, err
	}
	return finite(t / float64(args[0].len()))
}

func maximum(m *machine, args []cell) (cell, *Error) { return extreme(m, args[0], math.Max) }

func minimum(m *machine, args []cell) (cell, *Error) { return extreme(m, args[0], math.Min) }

func extreme(m *machine, list cell, pick func(x, y float64) float64) (cell, *Error) {
	n := list.len()
	if n == 0 {
		return cell{}, nil
	}
	if err := m.work(n); err != nil {
		return cell{}, err
	}
	f := list.index(0).v.Float()
	for i := 1; i < n; i++ {
		f = pick(f, list.index(i).v.Float())
	}
	return num(f), nil
}

func mapNumber(f func(float64) float64) func(*machine, []cell) (cell, *Error) {
	return func(_ *machine, args []cell) (cell, *Error) {
		if !args[0].isNumber() {
			return cell{}, nil
		}
		return num(f(args[0].v.Float())), nil
	}
}

func toNumber(_ *machine, args []cell) (cell, *Error) {
	c := args[0]
	switch {
	case c.undefined(), c.isNumber():
		return c, nil
	case c.isBool():
		if c.v.Bool() {
			return num(1), nil
		}
		return num(0), nil
	case c.isString():
		if f, ok := parseNumber(c.v.Text()); ok {
			return num(f), nil
		}
	}
	return cell{}, fail("D3030", c)
}

// parseNumber reads a decimal number, with leading zeros if it likes, or a
// hexadecimal, octal or binary one after 0x, 0o or 0b.
func parseNumber(s string) (float64, bool) {
	if len(s) > 2 && s[0] == '0' {
		if base := strings.IndexByte("bBoOxX", s[1]); base >= 0 {
			i, ok := new(big.Int).SetString(s[2:], [...]int{2, 8, 16}[base/2])
			if !ok || s[2] == '-' || s[2] == '+' {
				return 0, false
			}
			f, _ := new(big.Float).SetInt(i).Float64()
			return f, !math.IsInf(f, 0)
		}
	}
	digits := strings.TrimPrefix(s, "-")
	zeros := strings.TrimLeft(digits, "0")
	if len(zeros) == 0 || zeros[0] < '0' || zeros[0] > '9' {
		zeros = "0" + zeros
	}
	if len(digits) == 0 || digits[0] < '0' || digits[0] > '9' || numberLen(zeros) != len(zeros) {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

func roundTo(_ *machine, args []cell) (cell, *Error) {
	if !args[0].isNumber() {
		return cell{}, nil
	}
	return finite(round(args[0].v.Float(), int(args[1].v.Float())))
}

// round rounds to a number of decimal places, halves to the even neighbour; the
// decimal point of the printed number is what moves.
func round(f float64, places int) float64 {
	x := shift(f, places)
	r := math.RoundToEven(x)
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return f
	}
	r = shift(r, -places)
	if r == 0 {
		return 0 // not -0
	}
	return r
}

// shift is f times ten to the power of places, in decimal.
func shift(f float64, places int) float64 {
	if places == 0 || f == 0 {
		return f
	}
	s := strconv.FormatFloat(f, 'e', -1, 64)
	mantissa, exp, _ := strings.Cut(s, "e")
	e, _ := strconv.Atoi(exp)
	g, _ := strconv.ParseFloat(mantissa+"e"+strconv.Itoa(e+places), 64)
	return g
}

func squareRoot(_ *machine, args []cell) (cell, *Error) {
	if !args[0].isNumber() {
		return cell{}, nil
	}
	f := args[0].v.Float()
	if f < 0 {
		return cell{}, fail("D3060", args[0])
	}
	return num(math.Sqrt(f)), nil
}

func power(_ *machine, args []cell) (cell, *Error) {
	if !args[0].isNumber() || !args[1].isNumber() {
		return cell{}, nil
	}
	f := math.Pow(args[0].v.Float(), args[1].v.Float())
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return cell{}, fail("D3061", args[0], args[1])
	}
	return num(f), nil
}

func random(m *machine, _ []cell) (cell, *Error) { return num(m.random()), nil }

func (m *machine) random() float64 {
	if m.rand != nil {
		return m.rand.Float64()
	}
	return rand.Float64()
}

func formatBase(_ *machine, args []cell) (cell, *Error) {
	if !args[0].isNumber() {
		return cell{}, nil
	}
	base := 10
	if args[1].isNumber() {
		f := round(args[1].v.Float(), 0)
		if f < 2 || f > 36 {
			return cell{}, fail("D3100", f)
		}
		base = int(f)
	}
	i, _ := new(big.Float).SetFloat64(round(args[0].v.Float(), 0)).Int(nil)
	return str(i.Text(base)), nil
}

func toBoolean(m *machine, args []cell) (cell, *Error) {
	if args[0].undefined() {
		return cell{}, nil
	}
	return boolean(m.truth(args[0])), nil
}

func not(m *machine, args []cell) (cell, *Error) {
	if args[0].undefined() {
		return cell{}, nil
	}
	return boolean(!m.truth(args[0])), nil
}
