package config

// nearest is the one of names that word is nearly, "" if it is none: one edit
// for every three letters makes it so.
func nearest(word string, names []string) string {
	best, most := "", len(word)/3+1
	for _, n := range names {
		if d := distance(word, n); d < most {
			best, most = n, d
		}
	}
	return best
}

// distance is the number of bytes to insert, delete or change to get from a to
// b, capital letters counting as small ones.
func distance(a, b string) int {
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range len(a) {
		diagonal := prev[0]
		prev[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if lower(a[i]) != lower(b[j]) {
				change++
			}
			diagonal = prev[j+1]
			prev[j+1] = min(change, prev[j]+1, prev[j+1]+1)
		}
	}
	return prev[len(b)]
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
