package template

import (
	"bytes"
	"hash/maphash"
	"math"
	"slices"

	"github.com/seed66d9166c/express/express/value"
)

// newArray is States.Array: the array of its arguments.
func newArray(s *Scope, a []value.Value) (value.Value, error) {
	if err := s.build(len(a), len("[]")+len(a)); err != nil {
		return value.Value{}, err
	}
	return value.Array(slices.Clone(a)...), nil
}

// arrayContains is States.ArrayContains(array, value). AWS compares texts, those
// that States.Format makes: true is found in ["true"], and {"a":1,"b":2} not in
// [{"b":2,"a":1}].
func arrayContains(s *Scope, a []value.Value) (value.Value, error) {
	size := plainSize(a[0]) + plainSize(a[1])
	if err := s.text(size, size); err != nil {
		return value.Value{}, err
	}
	if err := s.step(a[0].Len()); err != nil {
		return value.Value{}, err
	}
	sought := appendPlain(nil, a[1])
	var text []byte
	for _, e := range a[0].Elements() {
		if text = appendPlain(text[:0], e); bytes.Equal(text, sought) {
			return value.True, nil
		}
	}
	return value.False, nil
}

// arrayGetItem is States.ArrayGetItem(array, index), counted from 0.
func arrayGetItem(_ *Scope, a []value.Value) (value.Value, error) {
	i, err := rounded(a, 1)
	if err != nil {
		return value.Value{}, err
	}
	if a[0].Len() == 0 && i >= 0 {
		return value.Null, nil // as on AWS
	}
	if i < 0 || i >= int64(a[0].Len()) {
		return value.Value{}, badArgumentf("there is no element %d in an array of %d", i, a[0].Len())
	}
	return a[0].Index(int(i)), nil
}

// arrayLength is States.ArrayLength(array).
func arrayLength(_ *Scope, a []value.Value) (value.Value, error) {
	return value.Int(int64(a[0].Len())), nil
}

// arrayPartition is States.ArrayPartition(array, size): arrays of size elements
// each, the last one of what is left.
func arrayPartition(s *Scope, a []value.Value) (value.Value, error) {
	if a[0].Size() > maxArray {
		return value.Value{}, badArgumentf("argument 1 is longer than %d bytes", maxArray)
	}
	size, err := rounded(a, 1)
	if err != nil {
		return value.Value{}, err
	}
	if size < 1 {
		return value.Value{}, badArgumentf("argument 2 must be 1 or more")
	}
	n := a[0].Len()
	if err := s.build(n, a[0].Size()+2*n); err != nil {
		return value.Value{}, err
	}
	elems := make([]value.Value, n)
	for i, e := range a[0].Elements() {
		elems[i] = e
	}
	var out []value.Value
	for part := range slices.Chunk(elems, int(size)) {
		out = append(out, value.Array(part...))
	}
	return value.Array(out...), nil
}

// arrayRange is States.ArrayRange(first, last, step), last included if the steps
// meet it.
func arrayRange(s *Scope, a []value.Value) (value.Value, error) {
	first, err := rounded(a, 0)
	if err != nil {
		return value.Value{}, err
	}
	last, err := rounded(a, 1)
	if err != nil {
		return value.Value{}, err
	}
	step, err := rounded(a, 2)
	if err != nil {
		return value.Value{}, err
	}
	if step == 0 {
		return value.Value{}, badArgumentf("argument 3 must not be 0")
	}
	n := int64(0)
	if first == last || (first < last) == (step > 0) {
		n = (last-first)/step + 1
	}
	if n > maxRange {
		return value.Value{}, badArgumentf("the range has more than %d elements", maxRange)
	}
	const digits = len("-2147483648,")
	if err := s.build(int(n), len("[]")+int(n)*digits); err != nil {
		return value.Value{}, err
	}
	out := make([]value.Value, n)
	for i := range out {
		out[i] = value.Int(first + int64(i)*step)
	}
	return value.Array(out...), nil
}

// arrayUnique is States.ArrayUnique(array): of equal elements the first.
func arrayUnique(s *Scope, a []value.Value) (value.Value, error) {
	if err := s.build(a[0].Len(), a[0].Size()); err != nil {
		return value.Value{}, err
	}
	h := hasher{maphash.MakeSeed()}
	seen := make(map[uint64][]value.Value, a[0].Len())
	var out []value.Value
	for _, e := range a[0].Elements() {
		sum := h.sum(e)
		if slices.ContainsFunc(seen[sum], func(x value.Value) bool { return value.Equal(x, e) }) {
			continue
		}
		seen[sum] = append(seen[sum], e)
		out = append(out, e)
	}
	return value.Array(out...), nil
}

// A hasher makes sums that are the same for equal values.
type hasher struct{ seed maphash.Seed }

func (h hasher) sum(v value.Value) uint64 {
	sum := uint64(v.Kind()) // and below, whatever the order of members
	switch v.Kind() {
	case value.KindBool:
		return maphash.Comparable(h.seed, v.Bool())
	case value.KindNumber:
		return maphash.Comparable(h.seed, math.Abs(v.Float())) // so that -0 is 0
	case value.KindString:
		return maphash.String(h.seed, v.Text())
	case value.KindArray:
		for _, e := range v.Elements() {
			sum = maphash.Comparable(h.seed, [2]uint64{sum, h.sum(e)})
		}
	case value.KindObject:
		for k, e := range v.Members() {
			sum += maphash.Comparable(h.seed, [2]uint64{maphash.String(h.seed, k), h.sum(e)})
		}
	}
	return sum
}
