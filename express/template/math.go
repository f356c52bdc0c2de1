package template

import (
	"math"
	"math/rand/v2"

	"github.com/seed66d9166c/express/express/value"
)

// mathAdd is States.MathAdd(a, b), each rounded before.
func mathAdd(_ *Scope, a []value.Value) (value.Value, error) {
	x, err := rounded(a, 0)
	if err != nil {
		return value.Value{}, err
	}
	y, err := rounded(a, 1)
	if err != nil {
		return value.Value{}, err
	}
	sum := x + y
	if sum < math.MinInt32 || sum > math.MaxInt32 {
		return value.Value{}, badArgumentf("the sum is not between %d and %d", math.MinInt32, math.MaxInt32)
	}
	return value.Int(sum), nil
}

// mathRandom is States.MathRandom(start, end, seed): a whole number from start
// to below end. The same seed, any number, gives the same result, but not AWS's:
// its generator is not published.
func mathRandom(s *Scope, a []value.Value) (value.Value, error) {
	start, err := rounded(a, 0)
	if err != nil {
		return value.Value{}, err
	}
	end, err := rounded(a, 1)
	if err != nil {
		return value.Value{}, err
	}
	if start >= end {
		return value.Value{}, badArgumentf("argument 1 must be less than argument 2")
	}
	r := s.Rand
	if len(a) == 3 {
		r = rand.New(rand.NewPCG(math.Float64bits(a[2].Float()), 0))
	}
	return value.Int(start + r.Int64N(end-start)), nil
}
