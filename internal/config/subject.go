package config

import (
	"fmt"
	"slices"
	"strings"
)

// maxSubject bounds a subject in bytes: brokers and file systems take it
// everywhere.
const maxSubject = 255

// validFilter wants a subject in which * can stand for a token, and > for all
// that follow.
func validFilter(s string) error {
	if err := checkSubject(s); err != nil {
		return err
	}
	tokens := strings.Split(s, ".")
	for i, t := range tokens {
		switch {
		case t == ">" && i < len(tokens)-1:
			return fmt.Errorf("> stands for all tokens that follow, and can only be the last: %q", s)
		case len(t) > 1 && strings.ContainsAny(t, "*>"):
			return fmt.Errorf("* and > stand for whole tokens, not for a part of one: %q", s)
		}
	}
	return nil
}

// validSubject wants a subject that can be published on.
func validSubject(s string) error {
	if err := checkSubject(s); err != nil {
		return err
	}
	if strings.ContainsAny(s, "*>") {
		return fmt.Errorf("a subject to publish on has no wildcards: %q", s)
	}
	return nil
}

func checkSubject(s string) error {
	switch tokens := strings.Split(s, "."); {
	case s == "":
		return fmt.Errorf("expected a subject but got none")
	case len(s) > maxSubject:
		return fmt.Errorf("expected a subject of at most %d bytes but got %d", maxSubject, len(s))
	case slices.Contains(tokens, ""):
		return fmt.Errorf("a subject has no empty token: %q", s)
	case strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\uFFFD' }):
		return fmt.Errorf("a subject has no white space and no control characters: %q", s)
	case strings.HasPrefix(s, "$") || tokens[0] == "_INBOX":
		return fmt.Errorf("subjects that begin with $ or _INBOX are the broker's own: %q", s)
	}
	return nil
}

// validToken wants the name of a stream or of a consumer: a token of a subject
// that can be the name of a directory.
func validToken(s string) error {
	if err := validSubject(s); err != nil || strings.ContainsAny(s, `./\`) {
		return fmt.Errorf("expected a name without white space, wildcards, dots and slashes but got %q", s)
	}
	return nil
}

// overlap reports whether there are subjects that fit both filters.
func overlap(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		switch {
		case x[i] == ">" || y[i] == ">":
			return true
		case x[i] != y[i] && x[i] != "*" && y[i] != "*":
			return false
		}
	}
	return len(x) == len(y)
}

// matches reports whether s fits pattern, in which * stands for any text.
func matches(pattern, s string) bool {
	first, rest, wild := strings.Cut(pattern, "*")
	s, ok := strings.CutPrefix(s, first)
	if !ok || !wild {
		return ok && s == ""
	}
	pieces := strings.Split(rest, "*")
	last := pieces[len(pieces)-1]
	for _, p := range pieces[:len(pieces)-1] {
		i := strings.Index(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return strings.HasSuffix(s, last)
}

// durable is the name of the consumer of a trigger that names none:
// express-orders-shop-orders-all for workflow orders and shop.orders.>. It is
// the same on every engine and after every restart.
func durable(workflow, subject string) string {
	words := strings.NewReplacer(".", "-", "*", "any", ">", "all").Replace(subject)
	return "express-" + workflow + "-" + strings.Map(func(r rune) rune {
		if name.MatchString(string(r)) {
			return r
		}
		return '_'
	}, words)
}
