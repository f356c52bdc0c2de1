package transport

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seed66d9166c/express/express/value"
)

// maxSubject bounds a subject that data is part of, in bytes: what brokers and
// file systems take everywhere.
const maxSubject = 255

// ExpandSubject is the subject that a pattern stands for: each of its tokens of
// the form {name} or {a.b} becomes the [Token] of that member of arg, which is a
// string, a number or a boolean. So data chooses among the subjects that the
// fixed tokens leave open, and can neither add a token nor become a wildcard.
//
// The first token is fixed, and not one of the broker's own ($JS, _INBOX); where
// data follows, it is not the engine's either (express). The error is a
// States.Runtime.
func ExpandSubject(pattern string, arg value.Value) (string, error) {
	open := strings.IndexByte(pattern, '{') >= 0
	var b []byte
	if open {
		b = make([]byte, 0, maxSubject)
	}
	for rest, first := pattern, true; ; first = false {
		token, ok := cutToken(rest)
		if !ok {
			return "", BadArguments("The subject '%s' is not one, or has {name} as part of a token", pattern)
		}
		rest = rest[len(token):]
		switch {
		case first && !mayBegin(token, open):
			return "", BadArguments("The subject '%s' begins with a token that is reserved", pattern)
		case !open:
		case token[0] == '{':
			text, err := member(arg, token[1:len(token)-1])
			if err != nil {
				return "", BadArguments("The subject '%s' needs the field '%s', %v", pattern, token[1:len(token)-1], err)
			}
			b = append(b, Token(text)...)
		default:
			b = append(b, token...)
		}
		if rest == "" {
			break
		}
		rest = rest[1:]
		if open {
			b = append(b, '.')
		}
	}
	switch {
	case !open:
		return pattern, nil
	case len(b) > maxSubject:
		return "", BadArguments("The subject '%s' becomes longer than %d bytes", pattern, maxSubject)
	}
	return string(b), nil
}

// cutToken is the token that s begins with, and whether it is one that a dot or
// the end follows.
func cutToken(s string) (token string, ok bool) {
	if strings.HasPrefix(s, "{") {
		end := strings.IndexByte(s, '}') + 1
		return s[:end], end > len("{}") && (end == len(s) || s[end] == '.' && end+1 < len(s))
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.':
			return s[:i], i > 0 && i+1 < len(s)
		case c <= ' ', c == 0x7f, c == '*', c == '>', c == '{', c == '}':
			return "", false
		}
	}
	return s, s != ""
}

// mayBegin reports whether a subject may begin with token; open says that data
// follows.
func mayBegin(token string, open bool) bool {
	return token[0] != '$' && token[0] != '{' && token != "_R_" && !strings.HasPrefix(token, "_INBOX") && !(open && token == "express")
}

// member is the text of the member of v at path, whose names have dots between
// them.
func member(v value.Value, path string) (string, error) {
	for name := range strings.SplitSeq(path, ".") {
		var ok bool
		if v, ok = v.Get(name); !ok {
			return "", errors.New("which is missing")
		}
	}
	switch v.Kind() {
	case value.KindString, value.KindNumber:
		return v.Text(), nil
	case value.KindBool:
		return v.String(), nil
	}
	return "", fmt.Errorf("which is of type %s and not a string, number or boolean", v.Kind())
}
