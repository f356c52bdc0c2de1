package httptask

import (
	"net/netip"
	"strings"
	"testing"
)

// FuzzHTTPURL reads URLs: what is taken names a host, speaks HTTP, prints to what
// is read again as the same, and cannot break out of the line it is sent in; and
// no address that it names is called unless it is public.
func FuzzHTTPURL(f *testing.F) {
	for _, s := range []string{
		"https://a.test/x?q=1#f", "http://127.0.0.1:80/", "https://[::ffff:10.0.0.1]/", "https://user:pw@a.test", "https://0x7f.1/", "https://2130706433",
		"https://ü.test/ü?ü", "https://a.test/a b?c d%zz", "https://a.test:0443//x/../y", "https://[fe80::1%25lo]/", "https://１２７.０.０.１/", "https:a", "//a",
		"https://a.test\\@b", "https://a.test?x=\r\n", "https://[2002:a00:1::]:1", "https://%31%32%37.0.0.1/",
	} {
		f.Add(s)
	}
	g, err := newGuard(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := endpoint(s)
		if err != nil {
			return
		}
		if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
			t.Errorf("%q is %#v", s, u)
		}
		if line := u.RequestURI(); strings.ContainsFunc(line, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			t.Errorf("%q is sent as %q", s, line)
		}
		if again, err := endpoint(u.String()); err != nil || again.String() != u.String() {
			t.Errorf("%q prints as %q, which is %v, %v", s, u, again, err)
		}
		if a, err := netip.ParseAddr(u.Hostname()); err == nil {
			public := a.Unmap().IsGlobalUnicast() && !a.Unmap().IsPrivate() && !a.Unmap().IsLoopback() && !a.Unmap().IsLinkLocalUnicast()
			if g.permit(u.Hostname(), portOf(u), a, u.Scheme == "http") == nil && (!public || u.Scheme == "http") {
				t.Errorf("%q may be called", s)
			}
		}
	})
}
