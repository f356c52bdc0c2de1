package jsonata

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// Numbers in letters, Roman numerals and English words.

// alphabetic is a, b, ... z, aa, ab and so on.
func alphabetic(f float64) string {
	var b []byte
	for f > 0 {
		b = append(b, 'a'+byte(math.Mod(f-1, 26)))
		f = math.Floor((f - 1) / 26)
	}
	slices.Reverse(b)
	return string(b)
}

var numerals = []struct {
	n int
	s string
}{
	{1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"}, {50, "l"}, {40, "xl"},
	{10, "x"}, {9, "ix"}, {5, "v"}, {4, "iv"}, {1, "i"},
}

func roman(n int) string {
	var b strings.Builder
	for _, r := range numerals {
		for n >= r.n {
			b.WriteString(r.s)
			n -= r.n
		}
	}
	return b.String()
}

var (
	cardinals = strings.Fields(`Zero One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve Thirteen
		Fourteen Fifteen Sixteen Seventeen Eighteen Nineteen`)
	ordinals = strings.Fields(`Zeroth First Second Third Fourth Fifth Sixth Seventh Eighth Ninth Tenth Eleventh
		Twelfth Thirteenth Fourteenth Fifteenth Sixteenth Seventeenth Eighteenth Nineteenth`)
	decades    = strings.Fields("Twenty Thirty Forty Fifty Sixty Seventy Eighty Ninety")
	magnitudes = strings.Fields("Thousand Million Billion Trillion")
)

// words is f in English.
func words(f float64, ordinal bool) string {
	switch {
	case f < 20 && ordinal:
		return ordinals[int(f)]
	case f < 20:
		return cardinals[int(f)]
	case f < 100:
		decade := decades[int(f)/10-2]
		if rest := math.Mod(f, 10); rest > 0 {
			return decade + "-" + words(rest, ordinal)
		}
		if ordinal {
			return strings.TrimSuffix(decade, "y") + "ieth"
		}
		return decade
	case f < 1000:
		return joinWords(cardinals[int(f)/100]+" Hundred", math.Mod(f, 100), ordinal)
	}
	power := min(int(math.Log10(f)/3), len(magnitudes)) // the largest word again and again
	unit := math.Pow(10, float64(3*power))
	count := math.Floor(f / unit)
	return joinWords(words(count, false)+" "+magnitudes[power-1], f-count*unit, ordinal)
}

func joinWords(head string, rest float64, ordinal bool) string {
	switch {
	case rest > 0 && rest < 100:
		return head + " and " + words(rest, ordinal)
	case rest > 0:
		return head + ", " + words(rest, ordinal)
	case ordinal:
		return head + "th"
	}
	return head
}

// wordValues are the words of numbers, in lower case, and what they mean.
var wordValues = func() map[string]float64 {
	all := map[string]float64{"hundred": 100, "hundredth": 100}
	for i := range cardinals {
		all[strings.ToLower(cardinals[i])] = float64(i)
		all[strings.ToLower(ordinals[i])] = float64(i)
	}
	for i, w := range decades {
		w = strings.ToLower(w)
		all[w] = float64(i+2) * 10
		all[strings.TrimSuffix(w, "y")+"ieth"] = float64(i+2) * 10
	}
	for i, w := range magnitudes {
		w = strings.ToLower(w)
		all[w] = math.Pow(10, float64(3*(i+1)))
		all[w+"th"] = all[w]
	}
	return all
}()

// wordPattern matches numbers in words, and no other words.
var wordPattern = "(?:" + strings.Join(slices.Sorted(maps.Keys(wordValues)), "|") + `|and|[\-, ])+`

func parseLetters(s string) (float64, bool, *Error) {
	f := 0.0
	for _, c := range s {
		if c < 'a' || c > 'z' {
			return 0, false, nil
		}
		f = f*26 + float64(c-'a'+1)
	}
	return f, !math.IsInf(f, 0), nil
}

func parseRoman(s string) (float64, bool, *Error) {
	total, most := 0, 1
	for i := len(s) - 1; i >= 0; i-- {
		at := slices.IndexFunc(numerals, func(n struct {
			n int
			s string
		}) bool {
			return n.s == s[i:i+1]
		})
		if at < 0 {
			return 0, false, nil
		}
		if n := numerals[at].n; n < most {
			total -= n
		} else {
			most = n
			total += n
		}
	}
	return float64(total), true, nil
}

func parseWords(s string) (float64, bool, *Error) {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == '-' })
	sums := []float64{0}
	for _, part := range parts {
		if part == "and" {
			continue
		}
		n, ok := wordValues[part]
		if !ok {
			return 0, false, nil
		}
		last := &sums[len(sums)-1]
		switch {
		case n >= 100:
			*last *= n
		case *last >= 1000:
			sums = append(sums, n)
		default:
			*last += n
		}
	}
	total := 0.0
	for _, f := range sums {
		total += f
	}
	return total, !math.IsInf(total, 0), nil
}
