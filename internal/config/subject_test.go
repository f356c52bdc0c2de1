package config

import "testing"

func TestValidFilter(t *testing.T) {
	for s, ok := range map[string]bool{
		"orders": true, "a.b-c.d_e": true, "orders.*.new": true, "orders.>": true, ">": true, "*": true, "größe.x": true,
		"": false, "a..b": false, ".a": false, "a.": false, "a b": false, "a.\x00": false, "a.\xff": false, "a.>.b": false, "a.b*": false, "a>": false,
		"$JS.API.>": false, "_INBOX.x": false, "_INBOXES": true,
	} {
		if err := validFilter(s); (err == nil) != ok {
			t.Errorf("%q: %v, want accepted %t", s, err, ok)
		}
	}
}

func TestValidSubject(t *testing.T) {
	for s, ok := range map[string]bool{"orders.done": true, "orders.*": false, ">": false, "": false} {
		if err := validSubject(s); (err == nil) != ok {
			t.Errorf("%q: %v, want accepted %t", s, err, ok)
		}
	}
}

func TestValidToken(t *testing.T) {
	for s, ok := range map[string]bool{"ORDERS": true, "orders@2": true, "a.b": false, "a/b": false, `a\b`: false, "a b": false, "*": false, "": false} {
		if err := validToken(s); (err == nil) != ok {
			t.Errorf("%q: %v, want accepted %t", s, err, ok)
		}
	}
}

func TestOverlap(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"a.b", "a.b", true},
		{"a.b", "a.c", false},
		{"a.*", "a.c", true},
		{"a.*", "*.c", true},
		{"a.*", "a.b.c", false},
		{"a.>", "a.b.c", true},
		{"a.>", "a", false},
		{"a.>", "*.b", true},
		{"a.*.c", "a.b.*", true},
		{"a.*.c", "a.b.d", false},
		{">", "x", true},
	} {
		if got := overlap(tt.a, tt.b); got != tt.want {
			t.Errorf("overlap(%s, %s) = %t, want %t", tt.a, tt.b, got, tt.want)
		}
		if got := overlap(tt.b, tt.a); got != tt.want {
			t.Errorf("overlap(%s, %s) = %t, want %t", tt.b, tt.a, got, tt.want)
		}
	}
}

func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		pattern, s string
		want       bool
	}{
		{"a", "a", true},
		{"a", "ab", false},
		{"*", "", true},
		{"a*", "abc", true},
		{"a*c", "abc", true},
		{"a*c", "ac", true},
		{"ab*bc", "abc", false},
		{"*b*", "abc", true},
		{"*bb*", "abc", false},
		{"a*b*a", "aba", true},
		{"a*b*a", "ab", false},
	} {
		if got := matches(tt.pattern, tt.s); got != tt.want {
			t.Errorf("matches(%s, %s) = %t, want %t", tt.pattern, tt.s, got, tt.want)
		}
	}
}

func TestDurable(t *testing.T) {
	for _, tt := range []struct{ workflow, subject, want string }{
		{"orders", "shop.orders.>", "express-orders-shop-orders-all"},
		{"orders", "shop.*.new", "express-orders-shop-any-new"},
		{"orders", "größe/x", "express-orders-gr__e_x"},
	} {
		if got := durable(tt.workflow, tt.subject); got != tt.want {
			t.Errorf("durable(%s, %s) = %s, want %s", tt.workflow, tt.subject, got, tt.want)
		}
	}
}

func TestExpand(t *testing.T) {
	env := lookup(map[string]string{"A": "1", "EMPTY": ""})
	for _, tt := range []struct {
		text, want string
		fails      bool
	}{
		{"x${A}y", "x1y", false},
		{"${A:-2}${B:-2}", "12", false},
		{"${EMPTY}", "", false},
		{"${EMPTY:-x}", "x", false},
		{"${B:-}", "", false},
		{"${B}", "", true},
		{"$${A}", "${A}", false},
		{"$A ${} ${1}", "$A ${} ${1}", false},
		{"${AWS::Region}", "${AWS::Region}", false},
	} {
		got, err := expand(tt.text, env)
		if got != tt.want || (err != nil) != tt.fails {
			t.Errorf("expand(%s) = %q, %v, want %q, an error %t", tt.text, got, err, tt.want, tt.fails)
		}
	}
}
