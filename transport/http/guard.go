package httptask

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// A guard makes connections to those addresses that may be called.
type guard struct {
	names    map[string]bool // "host" and "host:port", as normal has them
	networks []netip.Prefix
	resolver *net.Resolver // nil is the system's
}

// newGuard is the guard that permits, besides the public Internet, what is
// listed, see Options.Allow.
func newGuard(allow []string) (*guard, error) {
	g := &guard{names: make(map[string]bool)}
	for _, entry := range allow {
		if err := g.allow(entry); err != nil {
			return nil, fmt.Errorf("allow %q: %w", entry, err)
		}
	}
	return g, nil
}

func (g *guard) allow(entry string) error {
	if strings.Contains(entry, "/") {
		p, err := netip.ParsePrefix(entry)
		if err != nil || p.Addr().Is4In6() {
			return errors.New("expected a network such as 10.1.0.0/16")
		}
		g.networks = append(g.networks, p.Masked())
		return nil
	}
	if a, err := netip.ParseAddr(entry); err == nil {
		a = a.Unmap()
		g.networks = append(g.networks, netip.PrefixFrom(a, a.BitLen()))
		return nil
	}
	host, port := entry, ""
	if strings.Contains(entry, ":") {
		var err error
		if host, port, err = net.SplitHostPort(entry); err != nil || !validPort(port) {
			return errors.New("expected a host and a port such as orders.internal:8080")
		}
	}
	if !validHost(host) || !isASCII(host) {
		return errors.New("expected the name of a host, in ASCII, an address or a network")
	}
	if host = normal(host); port != "" {
		host = net.JoinHostPort(host, port)
	}
	g.names[host] = true
	return nil
}

// connectTimeout bounds the connecting to one address, after which another is
// tried: a host that is down drops packets, and does not refuse.
const connectTimeout = 10 * time.Second

// dial connects to addr. plain says that what is sent will not be encrypted.
func (g *guard) dial(ctx context.Context, network, addr string, plain bool) (net.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{
		Timeout:  connectTimeout,
		Resolver: g.resolver,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(address)
			if err != nil {
				return err
			}
			return g.permit(host, port, to.Addr(), plain)
		},
	}
	return d.DialContext(ctx, network, addr)
}

// permit is nil if the address to, which host has been resolved to, may be
// connected to. Its error tells no more of the address than its class.
func (g *guard) permit(host, port string, to netip.Addr, plain bool) error {
	to = to.WithZone("").Unmap() // else no network contains it
	for _, n := range g.networks {
		if n.Contains(to) {
			return nil
		}
	}
	name := normal(host)
	named := g.names[name] || g.names[net.JoinHostPort(name, port)]
	if _, err := netip.ParseAddr(name); err == nil && named { // an address with its port
		return nil
	}
	at := classify(to)
	switch {
	case at != nil && !(named && at.byName):
		return failure(ErrPermissions, "%s must not be called: it is %s, which http.allow does not permit.", host, at.is)
	case plain && !named:
		return failure(ErrPermissions, "%s must not be called without TLS: http.allow does not permit it.", host)
	}
	return nil
}

// normal is host as it is compared: in lower case, without the dot of the root.
func normal(host string) string { return strings.TrimSuffix(strings.ToLower(host), ".") }
