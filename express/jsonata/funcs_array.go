package jsonata

import (
	"math/rand/v2"

	"github.com/seed66d9166c/express/express/value"
)

var arrayFuncs = []row{
	{"count", "<a:n>", count},
	{"append", "<xx:a>", appendFunc},
	{"sort", "<af?:a>", sortFunc},
	{"reverse", "<a:a>", reverse},
	{"shuffle", "<a:a>", shuffle},
	{"distinct", "<x:x>", distinct},
	{"zip", "<a+>", zip},
}

func count(_ *machine, args []cell) (cell, *Error) { return whole(args[0].len()), nil }

func appendFunc(m *machine, args []cell) (cell, *Error) {
	switch {
	case args[0].undefined():
		return args[1], nil
	case args[1].undefined():
		return args[0], nil
	}
	n := 0
	for _, a := range args {
		if a.isArray() {
			n += a.len()
		} else {
			n++
		}
	}
	if err := m.growList(n); err != nil {
		return cell{}, err
	}
	items := make([]cell, 0, n)
	for _, a := range args {
		if !a.isArray() {
			items = append(items, a)
			continue
		}
		for i := range a.len() {
			items = append(items, a.index(i))
		}
	}
	return arrayOf(items)
}

// sortFunc sorts numbers, strings, or anything by a function that says whether
// its first argument comes after its second.
func sortFunc(m *machine, args []cell) (cell, *Error) {
	list := args[0]
	if list.len() < 2 {
		return list, nil
	}
	if err := m.growList(2 * list.len()); err != nil {
		return cell{}, err
	}
	items := append([]cell(nil), list.elements()...)
	after := func(a, b cell) (bool, *Error) { return compareScalars(&a, &b) > 0, m.work(1) }
	if args[1].isFunc() {
		f := args[1].x.fn
		after = func(a, b cell) (bool, *Error) {
			c, err := m.call(f, a, b)
			return m.jsTruth(c), err
		}
	} else if !allNumbers(items) && !allStrings(items) {
		return cell{}, fail("D3070")
	}
	if err := mergeSort(items, make([]cell, len(items)), after); err != nil {
		return cell{}, err
	}
	return arrayOf(items)
}

// jsTruth is what JavaScript thinks of c: all objects and arrays are true.
func (m *machine) jsTruth(c cell) bool {
	return c.isArray() || c.isObject() || c.isFunc() || m.truth(c)
}

func allNumbers(items []cell) bool {
	for _, c := range items {
		if !c.isNumber() {
			return false
		}
	}
	return true
}

func allStrings(items []cell) bool {
	for _, c := range items {
		if !c.isString() {
			return false
		}
	}
	return true
}

// mergeSort sorts items and keeps the order of equals; room is as long as items.
func mergeSort[T any](items, room []T, after func(a, b T) (bool, *Error)) *Error {
	if len(items) < 2 {
		return nil
	}
	half := len(items) / 2
	if err := mergeSort(items[:half], room, after); err != nil {
		return err
	}
	if err := mergeSort(items[half:], room, after); err != nil {
		return err
	}
	left, right := room[:half], items[half:]
	copy(left, items)
	for i := range items {
		if len(left) == 0 {
			break // the rest is in place
		}
		takeRight := false
		if len(right) > 0 {
			var err *Error
			if takeRight, err = after(left[0], right[0]); err != nil {
				return err
			}
		}
		if takeRight {
			items[i], right = right[0], right[1:]
		} else {
			items[i], left = left[0], left[1:]
		}
	}
	return nil
}

func reverse(m *machine, args []cell) (cell, *Error) {
	list := args[0]
	n := list.len()
	if n < 2 {
		return list, nil
	}
	if err := m.growList(n); err != nil {
		return cell{}, err
	}
	items := make([]cell, n)
	for i := range items {
		items[i] = list.index(n - 1 - i)
	}
	return arrayOf(items)
}

func shuffle(m *machine, args []cell) (cell, *Error) {
	list := args[0]
	if list.len() < 2 {
		return list, nil
	}
	if err := m.growList(list.len()); err != nil {
		return cell{}, err
	}
	items := append([]cell(nil), list.elements()...)
	swap := func(i, j int) { items[i], items[j] = items[j], items[i] }
	if m.rand != nil {
		m.rand.Shuffle(len(items), swap)
	} else {
		rand.Shuffle(len(items), swap)
	}
	return arrayOf(items)
}

// distinct drops what equals something before it: scalars by hash, the others
// one by one.
func distinct(m *machine, args []cell) (cell, *Error) {
	list := args[0]
	if !list.isArray() || list.len() < 2 {
		return list, nil
	}
	if err := m.growList(3 * list.len()); err != nil {
		return cell{}, err
	}
	texts, numbers := map[string]bool{}, map[float64]bool{}
	var items, others []cell
	for i := range list.len() {
		c := list.index(i)
		var seen bool
		switch c.v.Kind() {
		case value.KindString:
			seen = texts[c.v.Text()]
			texts[c.v.Text()] = true
		case value.KindNumber:
			seen = numbers[c.v.Float()]
			numbers[c.v.Float()] = true
		default:
			for j := 0; j < len(others) && !seen; j++ {
				seen = m.equal(c, others[j])
			}
			if err := m.work(len(others)); err != nil {
				return cell{}, err
			}
			if !seen {
				others = append(others, c)
			}
		}
		if !seen {
			items = append(items, c)
		}
	}
	if list.isSequence() {
		return sequenceOf(items), nil
	}
	return arrayOf(items)
}

// zip makes arrays of the first elements, the second elements, and so on, as far
// as the shortest goes.
func zip(m *machine, args []cell) (cell, *Error) {
	n := 0
	for i, a := range args {
		if i == 0 || a.len() < n {
			n = a.len()
		}
	}
	if err := m.growList(n * (len(args) + 1)); err != nil {
		return cell{}, err
	}
	items := make([]cell, n)
	for i := range items {
		row := make([]cell, len(args))
		for j, a := range args {
			row[j] = a.index(i)
		}
		var err *Error
		if items[i], err = arrayOf(row); err != nil {
			return cell{}, err
		}
	}
	return arrayOf(items)
}
