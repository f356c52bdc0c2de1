package suite

import (
	"strings"

	"github.com/seed66d9166c/express/express/value"
)

// Diff shows how got differs from want: their JSON line by line, with - before
// what is expected and + before what there is instead. Members of objects stand in
// the order of want.
func Diff(want, got value.Value) string {
	if got.IsNothing() {
		return marked("- ", lines(want)) + "+ nothing\n"
	}
	return diffLines(lines(want), lines(aligned(want, got)))
}

// aligned is got, written as want where they are equal.
func aligned(want, got value.Value) value.Value {
	if value.Equal(want, got) {
		return want
	}
	switch {
	case want.Kind() == value.KindObject && got.Kind() == value.KindObject:
		var members []value.Member
		for key, w := range want.Members() {
			if g, ok := got.Get(key); ok {
				members = append(members, value.Member{Key: key, Val: aligned(w, g)})
			}
		}
		for key, g := range got.Members() {
			if _, ok := want.Get(key); !ok {
				members = append(members, value.Member{Key: key, Val: g})
			}
		}
		return value.Object(members...)
	case want.Kind() == value.KindArray && got.Kind() == value.KindArray:
		list := make([]value.Value, got.Len())
		for i, g := range got.Elements() {
			if list[i] = g; i < want.Len() {
				list[i] = aligned(want.Index(i), g)
			}
		}
		return value.Array(list...)
	}
	return got
}

// lines is v as indented JSON.
func lines(v value.Value) []string { return strings.Split(string(indented(nil, v, "")), "\n") }

// lineSize is how long a part of a value may be to stand on one line, in bytes.
const lineSize = 60

func indented(b []byte, v value.Value, indent string) []byte {
	open, shut := byte('{'), byte('}')
	switch {
	case v.Len() == 0 || v.Kind() != value.KindObject && v.Kind() != value.KindArray, indent != "" && v.Size() <= lineSize:
		return v.AppendJSON(b)
	case v.Kind() == value.KindArray:
		open, shut = '[', ']'
	}
	b = append(b, open)
	for i := range v.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '\n')
		b = append(b, indent+"  "...)
		if v.Kind() == value.KindArray {
			b = indented(b, v.Index(i), indent+"  ")
			continue
		}
		m := v.Member(i)
		b = append(value.AppendQuoted(b, m.Key), ": "...)
		b = indented(b, m.Val, indent+"  ")
	}
	b = append(b, '\n')
	return append(append(b, indent...), shut)
}

const (
	// around is how many equal lines are shown around those that differ.
	around = 3
	// maxDiff bounds the work of a diff, in pairs of lines: beyond it, all that is
	// expected stands before all that there is.
	maxDiff = 4 << 20
)

// diffLines is the shortest way from a to b.
func diffLines(a, b []string) string {
	head := 0
	for head < min(len(a), len(b)) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < min(len(a), len(b))-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var all []string
	for _, line := range a[:head] {
		all = append(all, "  "+line)
	}
	all = append(all, middle(a[head:len(a)-tail], b[head:len(b)-tail])...)
	for _, line := range a[len(a)-tail:] {
		all = append(all, "  "+line)
	}
	return collapsed(all)
}

// middle is what lies between the common beginning and end, by the longest common
// subsequence.
func middle(a, b []string) []string {
	var out []string
	if len(a)*len(b) > maxDiff {
		for _, line := range a {
			out = append(out, "- "+line)
		}
		for _, line := range b {
			out = append(out, "+ "+line)
		}
		return out
	}
	common := make([][]int32, len(a)+1) // length of the longest one of a[i:] and b[j:]
	for i := range common {
		common[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, "  "+a[i])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			out = append(out, "- "+a[i])
			i++
		default:
			out = append(out, "+ "+b[j])
			j++
		}
	}
	return out
}

// collapsed leaves out lines that are equal and far from any that is not.
func collapsed(all []string) string {
	near := make([]bool, len(all))
	for i, line := range all {
		if line[0] != ' ' {
			for j := max(0, i-around); j <= min(len(all)-1, i+around); j++ {
				near[j] = true
			}
		}
	}
	var b strings.Builder
	for i, line := range all {
		if near[i] {
			b.WriteString(line + "\n")
		} else if i == 0 || near[i-1] {
			b.WriteString("  ...\n")
		}
	}
	return b.String()
}

func marked(mark string, lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(mark + line + "\n")
	}
	return b.String()
}
