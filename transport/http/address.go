package httptask

import "net/netip"

// A class is a row for each range of addresses that is not the public Internet.
type class struct {
	prefix netip.Prefix
	is     string
	// byName says that a host which is allowed by its name may be there. The others
	// have to be allowed as addresses: a name that could be pointed at where clouds
	// hand out credentials would be as good as a list without it.
	byName bool
}

// classes are by the registries of special-purpose addresses of the IANA
// (RFC 6890). What holds an address of version 4 is looked up as that one, see
// embedded.
var classes = []class{
	{netip.MustParsePrefix("0.0.0.0/8"), "this host", false},
	{netip.MustParsePrefix("10.0.0.0/8"), "a private address", true},
	{netip.MustParsePrefix("100.100.100.200/32"), "cloud metadata", false}, // Alibaba
	{netip.MustParsePrefix("100.64.0.0/10"), "a carrier's address", true},
	{netip.MustParsePrefix("127.0.0.0/8"), "a loopback address", true},
	{netip.MustParsePrefix("168.63.129.16/32"), "cloud metadata", false}, // Azure
	{netip.MustParsePrefix("169.254.0.0/16"), "a link-local address", false},
	{netip.MustParsePrefix("172.16.0.0/12"), "a private address", true},
	{netip.MustParsePrefix("192.0.0.0/24"), "a reserved address", false}, // Oracle's metadata among them
	{netip.MustParsePrefix("192.0.2.0/24"), "a documentation address", false},
	{netip.MustParsePrefix("192.88.99.0/24"), "a reserved address", false},
	{netip.MustParsePrefix("192.168.0.0/16"), "a private address", true},
	{netip.MustParsePrefix("198.18.0.0/15"), "a benchmark address", true},
	{netip.MustParsePrefix("198.51.100.0/24"), "a documentation address", false},
	{netip.MustParsePrefix("203.0.113.0/24"), "a documentation address", false},
	{netip.MustParsePrefix("224.0.0.0/4"), "a multicast address", false},
	{netip.MustParsePrefix("240.0.0.0/4"), "a reserved address", false},

	{netip.MustParsePrefix("::/128"), "this host", false},
	{netip.MustParsePrefix("::1/128"), "a loopback address", true},
	{netip.MustParsePrefix("2001::/23"), "a reserved address", false}, // Teredo among them
	{netip.MustParsePrefix("2001:db8::/32"), "a documentation address", false},
	{netip.MustParsePrefix("3fff::/20"), "a documentation address", false},
	{netip.MustParsePrefix("fd00:ec2::254/128"), "cloud metadata", false}, // AWS
	{netip.MustParsePrefix("fc00::/7"), "a private address", true},
	{netip.MustParsePrefix("fe80::/10"), "a link-local address", false},
	{netip.MustParsePrefix("ff00::/8"), "a multicast address", false},
}

var (
	unicast  = netip.MustParsePrefix("2000::/3") // all that is assigned of version 6
	reserved = class{is: "a reserved address"}
)

// classify is the first class that the address, which has no zone and is not of
// version 4 within version 6, belongs to; nil for the public Internet.
func classify(a netip.Addr) *class {
	a = embedded(a)
	for i := range classes {
		if classes[i].prefix.Contains(a) {
			return &classes[i]
		}
	}
	if a.Is6() && !unicast.Contains(a) {
		return &reserved
	}
	return nil
}

// embeddings are the ranges of version 6 that lead to an address of version 4,
// and the byte at which that begins.
var embeddings = []struct {
	prefix netip.Prefix
	at     int
}{
	{netip.MustParsePrefix("64:ff9b::/96"), 12}, // NAT64
	{netip.MustParsePrefix("2002::/16"), 2},     // 6to4
}

// embedded is the address that a leads to.
func embedded(a netip.Addr) netip.Addr {
	for _, e := range embeddings {
		if e.prefix.Contains(a) {
			b := a.As16()
			return netip.AddrFrom4([4]byte(b[e.at : e.at+4]))
		}
	}
	return a
}
