package compiler

import (
	"iter"
	"strings"
	"unicode/utf8"
)

// maxSuggestions bounds the work of finding names that were meant: who has more
// wrong names than this has another problem.
const maxSuggestions = 100

// suggest adds to d the one of names that is most like name.
func (c *checker) suggest(d *Diagnostic, name string, names iter.Seq[string]) {
	if c.suggestions++; c.suggestions <= maxSuggestions {
		d.Suggest = Nearest(name, names)
	}
}

// Nearest is the one of names that is most like name, "" if none is near: at
// most a third of its characters differ.
func Nearest(name string, names iter.Seq[string]) string {
	best, least := "", utf8.RuneCountInString(name)/3+1
	if least > maxName/3 {
		return best
	}
	for other := range names {
		if other == name {
			continue
		}
		d := distance(strings.ToLower(name), strings.ToLower(other), least+1)
		if d < least || d == least && best != "" && other < best { // names may come in any order
			best, least = other, d
		}
	}
	return best
}

// distance is the number of characters to insert, delete, replace or swap with
// their neighbour to make b of a, most if there are more.
func distance(a, b string, most int) int {
	if len(b) > utf8.UTFMax*(len(a)+most) {
		return most
	}
	s, t := []rune(a), []rune(b)
	if len(s)-len(t) >= most || len(t)-len(s) >= most {
		return most
	}
	before, row, next := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range row {
		row[j] = j
	}
	for i := range s {
		next[0] = i + 1
		for j := range t {
			cost := 1
			if s[i] == t[j] {
				cost = 0
			}
			next[j+1] = min(row[j]+cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(t)]
}
