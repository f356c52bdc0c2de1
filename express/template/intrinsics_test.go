package template

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express/value"
)

func TestIntrinsics(t *testing.T) {
	f, err := os.Open("testdata/intrinsics.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	row := regexp.MustCompile(`^(.*?) (->|!!|\?\?)(?: (.*))?$`)
	calls := regexp.MustCompile(`States\.\w+`)
	doc := ""
	called := make(map[string]bool)
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case strings.HasPrefix(line, "= "):
			doc = line[2:]
			continue
		}
		m := row.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("line %d is no row: %s", n, line)
		}
		src, kind, want := m[1], m[2], m[3]
		for _, name := range calls.FindAllString(src, -1) {
			called[name+kind] = true
		}
		t.Run(fmt.Sprintf("%d", n), func(t *testing.T) {
			e, errs := Payload(value.Object(value.Member{Key: "v.$", Val: value.String(src)}), testEnv)
			if kind == "??" {
				if len(errs) != 1 || !strings.Contains(errs[0].Err.Error(), want) {
					t.Errorf("%s compiles with %v, want an error with %q", src, errs, want)
				}
				return
			}
			if len(errs) > 0 {
				t.Fatalf("%s: %v", src, errs[0].Err)
			}
			s := testScope(t, doc)
			got := outcome(e, s)
			switch kind {
			case "->":
				if want == "$" {
					want = s.Doc.String()
				}
				if want = `{"v":` + want + `}`; got != want {
					t.Errorf("%s\n is %s\nnot %s", src, got, want)
				}
			case "!!":
				if !strings.Contains(got, "The function '"+src+"' had the following error: "+want) {
					t.Errorf("%s\n fails with %s\n     not with %s", src, got, want)
				}
			}
			if len(s.stack) != 0 {
				t.Errorf("%d values are left on the stack", len(s.stack))
			}
		})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	for _, fn := range functions {
		if !called[fn.name+"->"] {
			t.Errorf("testdata/intrinsics.txt does not call %s", fn.name)
		}
		if !called[fn.name+"!!"] && fn.name != "States.UUID" {
			t.Errorf("testdata/intrinsics.txt has no failing call of %s", fn.name)
		}
	}
}

func TestRandom(t *testing.T) {
	yield := func(s *Scope, src string) value.Value {
		t.Helper()
		_, e, errs := Entry("v.$", value.String(src), nil)
		if len(errs) > 0 {
			t.Fatal(errs[0].Err)
		}
		v, err := e.Eval(s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	s := testScope(t, `null`)
	v4 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := make(map[string]bool)
	drawn := make(map[int64]bool)
	for range 200 {
		id := yield(s, "States.UUID()").Text()
		if !v4.MatchString(id) || seen[id] {
			t.Fatalf("%s is no new UUID of version 4", id)
		}
		seen[id] = true
		n, ok := yield(s, "States.MathRandom(-2, 1)").Int()
		if !ok || n < -2 || n > 0 {
			t.Fatalf("%d is not from -2 to 0", n)
		}
		drawn[n] = true
	}
	if len(drawn) != 3 {
		t.Errorf("only %v were drawn", drawn)
	}
	const seeded = "States.MathRandom(0, 2000000000, 1763700000123)"
	if a, b := yield(s, seeded), yield(s, seeded); !value.Equal(a, b) {
		t.Errorf("one seed gives %s and %s", a, b)
	}
	if a, b := yield(s, seeded), yield(s, "States.MathRandom(0, 2000000000, 1763700000124)"); value.Equal(a, b) {
		t.Errorf("two seeds give %s", a)
	}
	if a, b := yield(testScope(t, `null`), "States.UUID()"), yield(testScope(t, `null`), "States.UUID()"); !value.Equal(a, b) {
		t.Errorf("the same source of randomness gives %s and %s", a, b)
	}
}
