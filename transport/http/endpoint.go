package httptask

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxURL bounds a URL in bytes: no server is known to take as much.
const maxURL = 64 << 10

// endpoint is the URL that s is: of http or https, with a host and no user. Its
// fragment, which is not sent, is dropped. Its errors quote nothing of s.
func endpoint(s string) (*url.URL, error) {
	if len(s) > maxURL {
		return nil, fmt.Errorf("it is longer than %d bytes", maxURL)
	}
	u, err := url.Parse(s)
	switch {
	case err != nil, !utf8.ValidString(s):
		return nil, errors.New("it cannot be read")
	case u.Scheme != "http" && u.Scheme != "https", u.Opaque != "":
		return nil, errors.New("it does not begin with https://")
	case u.User != nil:
		return nil, errors.New("it names a user: credentials belong into a connection")
	case !validHost(u.Hostname()):
		return nil, errors.New("it names no host")
	case u.Port() != "" && !validPort(u.Port()):
		return nil, errors.New("its port is out of range")
	}
	u.Fragment, u.RawFragment = "", ""
	u.RawQuery, u.ForceQuery = escapeQuery(u.RawQuery), false
	return u, nil
}

// validHost reports whether s is the name of a host, in any script, or an
// address. What looks like an address but is none is refused: some resolvers
// take 2130706433, 0x7f.1 and 0177.0.0.1 for 127.0.0.1.
func validHost(s string) bool {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Zone() == ""
	}
	name := normal(s)
	for i := range len(name) {
		if c := name[i]; !alphanumeric(c) && c != '-' && c != '_' && c != '.' && c < utf8.RuneSelf {
			return false
		}
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	return last != "" && !numeric(last) && !strings.HasPrefix(name, ".") && !strings.Contains(name, "..")
}

// numeric reports whether the last label of a name makes it an address, as the
// URL standard of the WHATWG has it.
func numeric(label string) bool {
	digits, hexadecimal := strings.CutPrefix(label, "0x")
	return strings.Trim(digits, "0123456789") == "" || hexadecimal && strings.Trim(digits, "0123456789abcdef") == ""
}

func validPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}
