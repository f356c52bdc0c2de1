package jsonata

import (
	"crypto/md5"
	crand "crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"math"
	"math/rand/v2"

	"github.com/seed66d9166c/express/express/value"
)

// stepFuncs are the functions that Step Functions adds to JSONata.
var stepFuncs = []row{
	{"partition", "<an:a<a>>", partition},
	{"range", "<nnn:a<n>>", rangeFunc},
	{"hash", "<s-s:s>", hash},
	{"random", "<n?:n>", seededRandom},
	{"uuid", "<:s>", uuid},
	{"parse", "<s-:x>", parseJSON},
}

// partition cuts an array into arrays of size elements, the last perhaps less.
func partition(m *machine, args []cell) (cell, *Error) {
	list := args[0]
	if list.undefined() || !args[1].isNumber() {
		return cell{}, nil
	}
	f := math.Floor(args[1].v.Float())
	if f < 1 {
		return cell{}, fail("D3150", "partition", args[1])
	}
	n := list.len()
	size := int(min(f, float64(max(n, 1))))
	if err := m.growList(2 * n); err != nil {
		return cell{}, err
	}
	var parts []cell
	for i := 0; i < n; i += size {
		part := make([]cell, min(size, n-i))
		for j := range part {
			part[j] = list.index(i + j)
		}
		c, err := arrayOf(part)
		if err != nil {
			return cell{}, err
		}
		parts = append(parts, c)
	}
	return arrayOf(parts)
}

// rangeFunc is the sequence of the numbers from the first argument to the second
// in steps of the third. One number alone is that number, as AWS returns it.
func rangeFunc(m *machine, args []cell) (cell, *Error) {
	if args[0].undefined() || args[1].undefined() || args[2].undefined() {
		return cell{}, nil
	}
	first, last, step := math.Floor(args[0].v.Float()), math.Floor(args[1].v.Float()), math.Floor(args[2].v.Float())
	if step == 0 {
		return cell{}, fail("D3150", "range", args[2])
	}
	n := math.Floor((last-first)/step) + 1
	if n > maxRange {
		return cell{}, fail("D2014", n)
	}
	if err := m.growList(max(int(n), 0)); err != nil {
		return cell{}, err
	}
	var items []cell
	for i := 0.0; i < n; i++ {
		items = append(items, num(first+i*step))
	}
	return sequenceOf(items), nil
}

var hashes = map[string]func([]byte) []byte{
	"MD5":     func(b []byte) []byte { h := md5.Sum(b); return h[:] },
	"SHA-1":   func(b []byte) []byte { h := sha1.Sum(b); return h[:] },
	"SHA-256": func(b []byte) []byte { h := sha256.Sum256(b); return h[:] },
	"SHA-384": func(b []byte) []byte { h := sha512.Sum384(b); return h[:] },
	"SHA-512": func(b []byte) []byte { h := sha512.Sum512(b); return h[:] },
}

func hash(m *machine, args []cell) (cell, *Error) {
	s, ok := args[0].text()
	if !ok || args[1].undefined() {
		return cell{}, nil
	}
	sum, ok := hashes[args[1].v.Text()]
	if !ok {
		return cell{}, fail("D3150", "hash", args[1])
	}
	if err := m.grow(len(s)); err != nil {
		return cell{}, err
	}
	return str(hex.EncodeToString(sum([]byte(s)))), nil
}

// seededRandom is a number from 0 to 1; the same seed makes the same number.
func seededRandom(m *machine, args []cell) (cell, *Error) {
	if !args[0].isNumber() {
		return num(m.random()), nil
	}
	seed := uint64(int64(math.Floor(args[0].v.Float())))
	return num(rand.New(rand.NewPCG(seed, 0)).Float64()), nil
}

// uuid is a random one (version 4), from the source of the evaluation if it has
// one, so that a run can be repeated.
func uuid(m *machine, _ []cell) (cell, *Error) {
	var b [16]byte
	if m.rand != nil {
		for i := range b {
			b[i] = byte(m.rand.Uint32())
		}
	} else {
		crand.Read(b[:]) // never fails
	}
	b[6] = b[6]&0x0F | 0x40
	b[8] = b[8]&0x3F | 0x80
	s := hex.EncodeToString(b[:])
	return str(s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]), nil
}

func parseJSON(m *machine, args []cell) (cell, *Error) {
	s, ok := args[0].text()
	if !ok {
		return cell{}, nil
	}
	if err := m.grow(32 * len(s)); err != nil { // a value takes up to that much a byte
		return cell{}, err
	}
	v, err := value.ParseLastWins(s)
	if err != nil {
		return cell{}, fail("D3150", "parse", args[0])
	}
	if v.Kind() == value.KindNumber && v.Text() == "-0" {
		v = value.Int(0) // as AWS does
	}
	return cell{v: v}, nil
}
