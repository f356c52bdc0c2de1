package config

import (
	"fmt"
	"regexp"
)

// reference is ${NAME} or ${NAME:-text}, with a second dollar before it where
// the text itself is meant.
var reference = regexp.MustCompile(`\$?\$\{([A-Za-z_][0-9A-Za-z_]*)(:-([^}]*))?\}`)

// expand puts the environment's variables into s: ${NAME} is the value of NAME,
// ${NAME:-text} is text where NAME is unset or empty, $${ is ${. Its error names
// a variable that has no value.
func expand(s string, env func(string) (string, bool)) (string, error) {
	var err error
	s = reference.ReplaceAllStringFunc(s, func(ref string) string {
		if ref[1] == '$' {
			return ref[1:]
		}
		m := reference.FindStringSubmatch(ref)
		v, ok := env(m[1])
		switch {
		case m[2] != "" && v == "":
			return m[3]
		case !ok && err == nil:
			err = fmt.Errorf("%s is not set in the environment; ${%s:-text} gives it a default", m[1], m[1])
		}
		return v
	})
	return s, err
}
