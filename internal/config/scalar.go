package config

import (
	"errors"
	"fmt"
	"math"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Bytes is a size: 512MiB.
type Bytes int64

var units = []struct {
	name string
	size Bytes
}{
	{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1},
}

// String is b in the largest unit that it is a whole number of.
func (b Bytes) String() string {
	for _, u := range units {
		if b >= u.size && b%u.size == 0 {
			return strconv.FormatInt(int64(b/u.size), 10) + u.name
		}
	}
	return "0B"
}

func parseBytes(s string) (Bytes, error) {
	for _, u := range units {
		if digits, ok := strings.CutSuffix(s, u.name); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
			if err != nil || n < 0 || n > math.MaxInt64/int64(u.size) {
				break
			}
			return Bytes(n) * u.size, nil
		}
	}
	return 0, fmt.Errorf("expected a size such as 512MiB but got %q", s)
}

// isScalar reports whether to, which points at a setting, holds one value.
func isScalar(to any) bool {
	switch to.(type) {
	case *string, *bool, *int, *float64, *time.Duration, *Bytes:
		return true
	}
	return false
}

// parseScalar reads s into the scalar that to points at.
func parseScalar(to any, s string) (err error) {
	switch to := to.(type) {
	case *string:
		*to = s
	case *bool:
		if s != "true" && s != "false" {
			return fmt.Errorf("expected true or false but got %q", s)
		}
		*to = s == "true"
	case *int:
		if *to, err = strconv.Atoi(s); err != nil {
			return fmt.Errorf("expected a whole number but got %q", s)
		}
	case *float64:
		if *to, err = strconv.ParseFloat(s, 64); err != nil {
			return fmt.Errorf("expected a number but got %q", s)
		}
	case *time.Duration:
		if *to, err = time.ParseDuration(s); err != nil {
			return fmt.Errorf("expected a duration such as 20s or 1m30s but got %q", s)
		}
	case *Bytes:
		*to, err = parseBytes(s)
	default:
		panic(fmt.Sprintf("config: %T is no scalar", to))
	}
	return err
}

// A check says what is wrong with the scalar that to points at, whose type is
// right.
type check func(to any) error

// between wants a number from least to most.
func between[T interface {
	int | float64 | time.Duration | Bytes
}](least, most T) check {
	return func(to any) error {
		if v := *to.(*T); !(v >= least && v <= most) { // not a number is neither
			return fmt.Errorf("expected %v to %v but got %v", least, most, v)
		}
		return nil
	}
}

// text wants a string that f takes.
func text(f func(string) error) check {
	return func(to any) error { return f(*to.(*string)) }
}

func validAddress(s string) error {
	if s == Off {
		return nil
	}
	_, port, err := net.SplitHostPort(s)
	if n, e := strconv.ParseUint(port, 10, 16); err != nil || e != nil || n > math.MaxUint16 {
		return fmt.Errorf("expected an address such as 127.0.0.1:4222, or %s, but got %q", Off, s)
	}
	return nil
}

var (
	regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
	accountID  = regexp.MustCompile(`^[0-9]{12}$`)
)

func validRegion(s string) error {
	if !regionName.MatchString(s) {
		return fmt.Errorf("expected a region such as eu-central-1 but got %q", s)
	}
	return nil
}

func validAccount(s string) error {
	if !accountID.MatchString(s) {
		return fmt.Errorf("expected an account of twelve digits but got %q", s)
	}
	return nil
}

// maxName bounds a name in characters, as that of a state machine on AWS.
const maxName = 80

var name = regexp.MustCompile(`^[0-9A-Za-z_-]+$`)

// validName wants what can stand in a subject, a consumer's name and a file's
// name as it is. AWS wants it, too, of state machines that log.
func validName(s string) error {
	switch {
	case s == "":
		return errors.New("expected a name but got none")
	case !name.MatchString(s):
		return fmt.Errorf("expected a name of letters, digits, - and _ but got %q", s)
	case len(s) > maxName:
		return fmt.Errorf("expected a name of at most %d characters but got %d", maxName, len(s))
	}
	return nil
}
