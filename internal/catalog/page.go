package catalog

import (
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Page says which part of a list is wanted.
type Page struct {
	Max   int    // items, 0 for 100
	Token string // "" for the first, else what came with the page before
}

const (
	defaultPage = 100
	maxPage     = 1000
	maxToken    = 1024
	tokenLife   = 24 * time.Hour // as on AWS
)

// paged is a page of items and the token of the next, "" if it is the last. key
// is in ascending order, and stays what it is while items come and go. of is what
// the list belongs to.
func paged[T any](items []T, of string, key func(T) string, p Page) ([]T, string, error) {
	switch {
	case p.Max > maxPage:
		return nil, "", unfit(strconv.Itoa(p.Max), "maxResults", fmt.Sprintf("have value less than or equal to %d", maxPage))
	case p.Max < 0:
		return nil, "", unfit(strconv.Itoa(p.Max), "maxResults", "have value greater than or equal to 0")
	case len(p.Token) > maxToken:
		return nil, "", unfit(p.Token, "nextToken", fmt.Sprintf("have length less than or equal to %d", maxToken))
	case p.Max == 0:
		p.Max = defaultPage
	}
	if p.Token != "" {
		after, ok := position(p.Token, of)
		if !ok {
			return nil, "", &Error{Code: InvalidToken, Message: "Invalid Token: 'Invalid token'"}
		}
		from, found := slices.BinarySearchFunc(items, after, func(item T, after string) int { return strings.Compare(key(item), after) })
		if found {
			from++
		}
		items = items[from:]
	}
	if len(items) <= p.Max {
		return items, "", nil
	}
	items = items[:p.Max]
	return items, token(of, key(items[p.Max-1])), nil
}

// token says where the next page of a list begins: after what has this key.
func token(of, key string) string {
	text := fmt.Sprintf("%d\n%s\n%s", time.Now().Unix(), of, key)
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// position reads a token.
func position(token, of string) (key string, ok bool) {
	text, err := base64.RawURLEncoding.Strict().DecodeString(token)
	part := strings.SplitN(string(text), "\n", 3)
	if err != nil || len(part) < 3 || part[1] != of {
		return "", false
	}
	made, err := strconv.ParseInt(part[0], 10, 64)
	if err != nil {
		return "", false
	}
	age := time.Since(time.Unix(made, 0))
	return part[2], age >= -time.Minute && age < tokenLife // clocks differ
}

// ascending is a key in the order of n, which is not negative, and descending in
// the opposite one.
func ascending(n int64) string { return fmt.Sprintf("%019d", n) }

func descending(n int) string { return ascending(math.MaxInt32 - int64(n)) }
