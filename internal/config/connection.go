package config

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/seed66d9166c/express/compiler"
)

// A credential is a setting of a Connection. A secret may stand in File, too.
type credential struct {
	key  string
	of   func(*Connection) *string
	file func(*Connection) *string
}

// credentials are what each type of connection has to have.
var credentials = map[ConnectionType][]credential{
	ConnectionBasic: {
		{"username", func(c *Connection) *string { return &c.Username }, nil},
		{"password", func(c *Connection) *string { return &c.Password }, func(c *Connection) *string { return &c.PasswordFile }},
	},
	ConnectionAPIKey: {
		{"header", func(c *Connection) *string { return &c.Header }, nil},
		{"key", func(c *Connection) *string { return &c.Key }, func(c *Connection) *string { return &c.KeyFile }},
	},
	ConnectionOAuth: {
		{"tokenUrl", func(c *Connection) *string { return &c.TokenURL }, nil},
		{"clientId", func(c *Connection) *string { return &c.ClientID }, nil},
		{"clientSecret", func(c *Connection) *string { return &c.ClientSecret }, func(c *Connection) *string { return &c.ClientSecretFile }},
	},
}

// connections checks that each connection has what its type needs, and nothing
// of another type; and what HTTP tasks may reach. Findings stand at the name of
// the connection: the lines of secrets are not to be shown.
func (l *loader) connections() {
	d := l.d
	for _, c := range l.c.Connections {
		at := d.given[&c.Name]
		for _, t := range slices.Sorted(maps.Keys(credentials)) {
			for _, need := range credentials[t] {
				in, file := need.of(c), ""
				given := d.given[in]
				if need.file != nil {
					file = " or " + need.key + "File"
					if other := d.given[need.file(c)]; given != nil && other != nil {
						d.Reportf(at, Ambiguous, "%s and %sFile: give one of them", need.key, need.key)
					} else if given == nil {
						given = other
					}
				}
				switch {
				case t == c.Type && given == nil:
					d.Reportf(at, MissingKey, "a connection of type %s needs %s%s", c.Type, need.key, file)
				case t != c.Type && given != nil:
					d.Reportf(at, UnknownKey, "a connection of type %s has no %s", c.Type, need.key)
				}
			}
		}
		if (c.Certificate == "") != (c.CertificateKey == "") {
			d.Reportf(at, MissingKey, "certificate and certificateKey go together")
		}
	}
	for _, a := range l.c.HTTP.Allow {
		if err := validAllowed(a); err != nil {
			d.Report(d.given[&l.c.HTTP.Allow], compiler.Diagnostic{Code: InvalidValue, Message: fmt.Sprintf("http.allow: %v", err)})
		}
	}
}

// host is the name of a host or an address, with a port if it has one.
var host = regexp.MustCompile(`^(?:[0-9A-Za-z._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$`)

// validAllowed wants what HTTP tasks may be allowed to reach.
func validAllowed(s string) error {
	if strings.Contains(s, "/") {
		if _, err := netip.ParsePrefix(s); err != nil {
			return fmt.Errorf("expected a network such as 10.1.0.0/16 but got %q", s)
		}
		return nil
	}
	if _, err := netip.ParseAddr(s); err != nil && !host.MatchString(s) {
		return fmt.Errorf("expected a host, HOST:PORT or a network such as 10.1.0.0/16 but got %q", s)
	}
	return nil
}
