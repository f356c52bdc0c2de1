package jsonata

import (
	"strconv"
	"strings"

	"github.com/seed66d9166c/express/express/value"
)

var regexFuncs = []row{
	{"match", "<s-f<s:o>n?:a<o>>", matchFunc},
	{"contains", "<s-(sf):b>", contains},
	{"replace", "<s-(sf)(sf)n?:s>", replace},
	{"split", "<s-(sf)n?:a<s>>", split},
}

// limit is how many matches the argument c allows.
func limit(c cell, code string) (float64, *Error) {
	if !c.isNumber() {
		return 1 << 62, nil
	}
	if c.v.Float() < 0 {
		return 0, fail(code)
	}
	return c.v.Float(), nil
}

var matchNames = []string{"match", "index", "groups"}

func matchFunc(m *machine, args []cell) (cell, *Error) {
	s, ok := args[0].text()
	if !ok {
		return cell{}, nil
	}
	most, err := limit(args[2], "D3040")
	if err != nil {
		return cell{}, err
	}
	base := len(m.stack)
	it := newMatches(m, args[1].x.fn, s)
	for float64(len(m.stack)-base) < most {
		found, err := it.find()
		if err != nil {
			return cell{}, err
		}
		if !found {
			break
		}
		values := [3]cell{str(s[it.start:it.end]), whole(it.index(it.start)), it.groupCells()}
		o, err := m.record(matchNames, values[:])
		if err != nil {
			return cell{}, err
		}
		m.push(o)
	}
	c := m.listOf(m.stack[base:], seqFlag)
	m.cut(base)
	return c, nil
}

func contains(m *machine, args []cell) (cell, *Error) {
	s, ok := args[0].text()
	if !ok || args[1].undefined() {
		return cell{}, nil
	}
	if !args[1].isFunc() {
		return boolean(strings.Contains(s, args[1].v.Text())), m.work(len(s) >> 5)
	}
	found, err := newMatches(m, args[1].x.fn, s).find()
	return boolean(found), err
}

func split(m *machine, args []cell) (cell, *Error) {
	s, ok := args[0].text()
	if !ok {
		return cell{}, nil
	}
	most, err := limit(args[2], "D3020")
	if err != nil {
		return cell{}, err
	}
	var parts []value.Value
	add := func(part string) *Error {
		parts = append(parts, value.String(part))
		return m.grow(3 * cellSize)
	}
	full := func() bool { return float64(len(parts)+1) > most }
	switch {
	case args[1].isFunc():
		it := newMatches(m, args[1].x.fn, s)
		from := 0
		for !full() {
			found, err := it.find()
			if err != nil {
				return cell{}, err
			}
			end := len(s)
			if found {
				end = it.start
			}
			if err := add(s[min(from, end):end]); err != nil {
				return cell{}, err
			}
			if !found {
				break
			}
			from = it.end
		}
	case args[1].undefined():
		if !full() {
			parts = []value.Value{args[0].v}
		}
	case args[1].v.Text() == "":
		for i, r := range s {
			if full() {
				break
			}
			if err := add(s[i : i+len(string(r))]); err != nil {
				return cell{}, err
			}
		}
	default:
		sep := args[1].v.Text()
		n := int(min(float64(strings.Count(s, sep)+1), most))
		if err := m.grow(3 * n * cellSize); err != nil {
			return cell{}, err
		}
		parts = make([]value.Value, 0, n)
		for more := true; more && !full(); {
			var part string
			part, s, more = strings.Cut(s, sep)
			parts = append(parts, value.String(part))
		}
	}
	return sealed(cell{v: value.Array(parts...)})
}

func replace(m *machine, args []cell) (cell, *Error) {
	s, ok := args[0].text()
	if !ok {
		return cell{}, nil
	}
	if sep, ok := args[1].text(); ok && sep == "" {
		return cell{}, fail("D3010")
	}
	most, err := limit(args[3], "D3011")
	if err != nil {
		return cell{}, err
	}
	r := replacer{m: m, with: args[2]}
	if args[1].isFunc() {
		err = r.regex(newMatches(m, args[1].x.fn, s), most)
	} else {
		err = r.text(s, args[1].v.Text(), most)
	}
	return str(string(r.b)), err
}

// A replacer builds a string in which something is replaced.
type replacer struct {
	m    *machine
	with cell // a string, or a function of the match
	b    []byte
}

func (r *replacer) add(s string) *Error {
	if err := r.m.grow(2 * len(s)); err != nil { // twice, since what holds it grows by doubling
		return err
	}
	r.b = append(r.b, s...)
	return nil
}

func (r *replacer) text(s, old string, most float64) *Error {
	for n := 0; float64(n) < most; n++ {
		before, after, found := strings.Cut(s, old)
		if !found {
			break
		}
		if err := r.add(before); err != nil {
			return err
		}
		if err := r.add(r.with.v.Text()); err != nil {
			return err
		}
		s = after
	}
	return r.add(s)
}

func (r *replacer) regex(it *matches, most float64) *Error {
	from := 0
	for n := 0; float64(n) < most; n++ {
		found, err := it.find()
		if err != nil {
			return err
		}
		if !found {
			break
		}
		if err := r.add(it.text[min(from, it.start):it.start]); err != nil {
			return err
		}
		if err := r.substitute(it); err != nil {
			return err
		}
		from = it.end
	}
	return r.add(it.text[from:])
}

// substitute adds what takes the place of a match.
func (r *replacer) substitute(it *matches) *Error {
	if !r.with.isFunc() {
		return r.template(it)
	}
	start, end := it.index(it.start), it.index(it.end)
	arg := cell{x: &box{kind: boxRecord, keys: []string{"match", "start", "end", "groups"}, items: []cell{
		str(it.text[it.start:it.end]), whole(start), whole(end), it.groupCells(),
	}}}
	c, err := r.m.call(r.with.x.fn, arg)
	if err != nil {
		return err
	}
	if !c.isString() {
		return fail("D3012")
	}
	return r.add(c.v.Text())
}

// template adds the replacement, in which $0 is the match, $1 its first group
// and $$ a dollar.
func (r *replacer) template(it *matches) *Error {
	rest := r.with.v.Text()
	for {
		before, after, found := strings.Cut(rest, "$")
		if err := r.add(before); err != nil || !found {
			return err
		}
		insert := "$"
		rest = after
		switch {
		case strings.HasPrefix(after, "$"):
			rest = after[1:]
		case strings.HasPrefix(after, "0"):
			insert, rest = it.text[it.start:it.end], after[1:]
		default:
			if n, digits := groupNumber(after, len(it.groups)); digits > 0 {
				insert, rest = "", after[digits:]
				if n >= 1 && n <= len(it.groups) {
					insert = it.groups[n-1]
				}
			}
		}
		if err := r.add(insert); err != nil {
			return err
		}
	}
}

// groupNumber reads the number of a group: no more digits than the number of
// groups has, and one less if there is no such group.
func groupNumber(s string, groups int) (n, digits int) {
	most := len(strconv.Itoa(max(groups, 1)))
	for digits < most && digits < len(s) && s[digits] >= '0' && s[digits] <= '9' {
		digits++
	}
	if n, _ = strconv.Atoi(s[:digits]); digits > 1 && digits == most && n > groups {
		digits--
		n, _ = strconv.Atoi(s[:digits])
	}
	return n, digits
}
