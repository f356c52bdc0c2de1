package template

import (
	"bufio"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seed66d9166c/express/express/value"
)

// printCall is c in one spelling of many: that which parses to c again.
func printCall(c *call) string {
	var b strings.Builder
	b.WriteString(c.fn.name + "(")
	for i, a := range c.args {
		if i > 0 {
			b.WriteString(",")
		}
		switch n := a.node.(type) {
		case *call:
			b.WriteString(printCall(n))
		case *argument:
			b.WriteString(n.path.String())
		default:
			b.WriteString(printLiteral(a.konst, c.fn.is(takesTemplate) && i == 0))
		}
	}
	b.WriteString(")")
	return b.String()
}

// printLiteral is v as an argument; what was folded is a call again.
func printLiteral(v value.Value, raw bool) string {
	switch v.Kind() {
	case value.KindString:
		if raw {
			return "'" + v.Text() + "'"
		}
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(v.Text()) + "'"
	case value.KindArray:
		var args []string
		for _, e := range v.Elements() {
			args = append(args, printLiteral(e, false))
		}
		return "States.Array(" + strings.Join(args, ", ") + ")"
	case value.KindObject:
		return "States.StringToJson(" + printLiteral(value.String(v.String()), false) + ")"
	}
	return v.String()
}

// What compiles prints and compiles again to the same, and evaluates within its
// budget; what does not compile is refused within its text.
func FuzzCall(f *testing.F) {
	file, err := os.Open("testdata/intrinsics.txt")
	if err != nil {
		f.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		for _, sep := range []string{" -> ", " !! ", " ?? "} {
			if src, _, ok := strings.Cut(lines.Text(), sep); ok {
				f.Add(src)
			}
		}
	}
	const doc = `{"n":3,"s":"a,b;c","list":[1,2,2,"x",null,2.0],"obj":{"a":1,"b":{"c":[true,"t"]}}}`
	f.Fuzz(func(t *testing.T, src string) {
		if strings.ToValidUTF8(src, "") != src {
			return
		}
		b := builder{env: testEnv}
		term, fn, err := b.call(src)
		if err != nil {
			if e := syntaxError("", err); e.Offset < 0 || e.Offset > len(src) {
				t.Errorf("%q is refused at offset %d: %v", src, e.Offset, err)
			}
			return
		}
		s := testScope(t, doc)
		first, firstErr := term.eval(s)
		s.Doc = value.Null // other failures
		_, _ = term.eval(s)
		if len(s.stack) != 0 || s.Budget.Steps < 0 || s.Budget.Bytes < 0 {
			t.Errorf("%q leaves %d values and the budget %+v", src, len(s.stack), *s.Budget)
		}
		if _, ok := firstErr.(*Failure); firstErr != nil && !ok {
			t.Errorf("%q ends with a %T", src, firstErr)
		}
		inv, ok := term.node.(*invocation)
		if !ok {
			return // folded
		}
		printed := printCall(inv.call)
		again, _, err := b.call(printed)
		if err != nil {
			t.Fatalf("%q prints as %q: %v", src, printed, err)
		}
		second, secondErr := again.eval(testScope(t, doc))
		if fn.is(pure) && !strings.Contains(src, "States.UUID") && !strings.Contains(src, "States.MathRandom") {
			if diff := cmp.Diff(text(first), text(second)); diff != "" || (firstErr == nil) != (secondErr == nil) {
				t.Errorf("%q prints as %q, which is something else: %s%v, %v", src, printed, diff, firstErr, secondErr)
			}
		}
		if twice, ok := again.node.(*invocation); ok && printCall(twice.call) != printed {
			t.Errorf("%q prints as %q, then as %q", src, printed, printCall(twice.call))
		}
	})
}

func FuzzPayload(f *testing.F) {
	for _, seed := range []string{
		`{"a.$":"$.n","b":[{"c.$":"$$.Execution.Name"}],"d":{"e.$":"$list[0]"}}`,
		`{"a.$":"States.Array($, $)","a":1}`,
		`{".$":"$..*","x.$":5,"y.$":"$unset"}`,
		`[{"a.$":"$"},0]`,
	} {
		f.Add(seed, `{"n":[1,{"m":null}]}`)
	}
	f.Fuzz(func(t *testing.T, template, doc string) {
		tpl, err := value.Parse([]byte(template))
		if err != nil {
			return
		}
		d, err := value.Parse([]byte(doc))
		if err != nil {
			return
		}
		e, errs := Payload(tpl, testEnv)
		if (e == nil) != (len(errs) > 0) {
			t.Fatalf("%s compiles to %v with %d errors", template, e, len(errs))
		}
		if e == nil {
			return
		}
		s := testScope(t, `null`)
		s.Doc = d
		v, err := e.Eval(s)
		var failure *Failure
		if err != nil && !errors.As(err, &failure) {
			t.Errorf("%s ends with a %T", template, err)
		}
		if err == nil && v.Kind() != tpl.Kind() {
			t.Errorf("%s yields %s", template, v)
		}
		if k, ok := e.Const(); ok && k != v {
			t.Errorf("%s is constant %s but yields %s", template, k, v)
		}
		if err == nil && v.Size() <= value.MaxSize && v.Depth() <= value.MaxDepth && v.Values() <= value.MaxValues {
			if _, err := value.ParseString(v.String()); err != nil {
				t.Errorf("%s on %s yields %s: %v", template, doc, v, err)
			}
		}
	})
}
