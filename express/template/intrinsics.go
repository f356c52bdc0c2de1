package template

import (
	"fmt"
	"math"
	"strconv"

	"github.com/seed66d9166c/express/express/value"
)

// A function is an intrinsic function. Its name, arguments and limits are those
// of AWS.
type function struct {
	name     string
	min, max int    // number of arguments
	takes    string // the kinds of the first of them, a letter each: see kinds
	traits   trait
	// call must not keep a. Its error is a badArgument or a *Failure.
	call func(s *Scope, a []value.Value) (value.Value, error)
}

// kinds are the letters of function.takes; any other is anything.
var kinds = [256]value.Kind{'a': value.KindArray, 'n': value.KindNumber, 'o': value.KindObject, 's': value.KindString}

// A trait is a set of things that hold for a function.
type trait uint8

const (
	pure          trait = 1 << iota // the same arguments give the same result
	givesText                       // the result may be a string: allowed in ErrorPath and CausePath
	takesTemplate                   // the first argument is a template with {} in it
)

// is reports whether t holds for f.
func (f *function) is(t trait) bool { return f.traits&t != 0 }

// many is the number of arguments of a function that takes any number.
const many = math.MaxInt

// Limits of the functions, all of them AWS's.
const (
	maxText  = 10_000    // characters to encode, decode or hash
	maxRange = 1000      // elements of a range
	maxArray = 256 << 10 // bytes of an array to partition, as JSON
)

var functions = [...]function{
	{"States.Array", 0, many, "", pure, newArray},
	{"States.ArrayContains", 2, 2, "a.", pure, arrayContains},
	{"States.ArrayGetItem", 2, 2, "an", pure | givesText, arrayGetItem},
	{"States.ArrayLength", 1, 1, "a", pure, arrayLength},
	{"States.ArrayPartition", 2, 2, "an", pure, arrayPartition},
	{"States.ArrayRange", 3, 3, "nnn", pure, arrayRange},
	{"States.ArrayUnique", 1, 1, "a", pure, arrayUnique},
	{"States.Base64Decode", 1, 1, "s", pure | givesText, base64Decode},
	{"States.Base64Encode", 1, 1, "s", pure | givesText, base64Encode},
	{"States.Format", 1, many, "s", pure | givesText | takesTemplate, format},
	{"States.Hash", 2, 2, ".s", pure | givesText, hashData},
	{"States.JsonMerge", 3, 3, "oo.", pure, jsonMerge},
	{"States.JsonToString", 1, 1, ".", pure | givesText, jsonToString},
	{"States.MathAdd", 2, 2, "nn", pure, mathAdd},
	{"States.MathRandom", 2, 3, "nnn", 0, mathRandom},
	{"States.StringSplit", 2, 2, "ss", pure, stringSplit},
	{"States.StringToJson", 1, 1, "s", pure, stringToJSON},
	{"States.UUID", 0, 0, "", givesText, uuid},
}

var functionsByName = func() map[string]*function {
	m := make(map[string]*function, len(functions))
	for i := range functions {
		m[functions[i].name] = &functions[i]
	}
	return m
}()

// arity is how many arguments f takes, in words.
func (f *function) arity() string {
	switch {
	case f.max == many:
		return fmt.Sprintf("at least %d", f.min)
	case f.min == f.max:
		return strconv.Itoa(f.min)
	}
	return fmt.Sprintf("%d to %d", f.min, f.max)
}

// accepts is nil if f takes v as argument i, counted from 0.
func (f *function) accepts(i int, v value.Value) error {
	if i >= len(f.takes) {
		return nil
	}
	if k := kinds[f.takes[i]]; k != value.KindNothing && k != v.Kind() {
		return badArgumentf("expected argument %d to be '%s', but was '%s'", i+1, k, v.Kind())
	}
	return nil
}

// rounded is argument i of a, a number, rounded to the nearest whole number of 32
// bits, halves up as in Java.
func rounded(a []value.Value, i int) (int64, error) { return whole(math.Floor(a[i].Float()+0.5), i) }

func whole(x float64, i int) (int64, error) {
	if x < math.MinInt32 || x > math.MaxInt32 {
		return 0, badArgumentf("argument %d is not between %d and %d", i+1, math.MinInt32, math.MaxInt32)
	}
	return int64(x), nil
}

// shortText is argument i of a, a string of at most maxText characters.
func shortText(a []value.Value, i int) (string, error) {
	if a[i].RuneLen() > maxText {
		return "", badArgumentf("argument %d is longer than %d characters", i+1, maxText)
	}
	return a[i].Text(), nil
}
