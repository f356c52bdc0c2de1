package template

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/seed66d9166c/express/express/jsonpath"
	"github.com/seed66d9166c/express/express/value"
)

// maxNesting is AWS's limit on calls within calls, the outermost included. It
// bounds the recursion over them too.
const maxNesting = 10

// A parser reads the call of an intrinsic function (section "Intrinsic
// Functions" of the States Language).
type parser struct {
	*builder
	src   string
	i     int // offset in src
	depth int // of the calls around it
}

// call compiles src, the call of an intrinsic function and nothing else.
func (b *builder) call(src string) (term, *function, error) {
	p := parser{builder: b, src: src}
	c, err := p.call()
	if err == nil && p.i < len(src) {
		err = p.unexpected()
	}
	if err != nil {
		return term{}, nil, err
	}
	return fold(&invocation{c, src}, len(src)), c.fn, nil
}

// call reads name(argument, ...).
func (p *parser) call() (*call, error) {
	from := p.i
	for p.i < len(p.src) && isNameByte(p.src[p.i]) {
		p.i++
	}
	name := p.src[from:p.i]
	switch {
	case name != "" && p.peek() == '(':
	case p.depth == 0 && p.i == len(p.src):
		return nil, p.wrong(from, errors.New("it is neither a path nor the call of a function"))
	default:
		return nil, p.unexpected()
	}
	fn, ok := functionsByName[name]
	if !ok {
		return nil, p.wrong(from, fmt.Errorf("there is no intrinsic function %s", name))
	}
	p.wants |= WantsElements
	if p.depth++; p.depth > maxNesting {
		return nil, p.wrong(from, fmt.Errorf("calls are nested deeper than %d", maxNesting))
	}
	p.i++
	args, err := p.args(fn)
	if err != nil {
		return nil, err
	}
	if n := len(args); n < fn.min || n > fn.max {
		return nil, p.wrong(from, fmt.Errorf("%s has %d arguments but takes %s", name, n, fn.arity()))
	}
	p.depth--
	return &call{fn, args}, nil
}

// args reads arguments up to and with the closing parenthesis. A constant of a
// kind with which the call would always fail is refused here, as a wrong number
// of arguments is; AWS lets both fail when they are called.
func (p *parser) args(fn *function) ([]term, error) {
	p.blanks()
	if p.peek() == ')' {
		p.i++
		return nil, nil
	}
	var args []term
	for {
		p.blanks()
		from := p.i
		arg, err := p.arg(fn.is(takesTemplate) && len(args) == 0)
		if err != nil {
			return nil, err
		}
		if arg.node == nil {
			if err := fn.accepts(len(args), arg.konst); err != nil {
				return nil, p.wrong(from, err)
			}
		}
		args = append(args, arg)
		p.blanks()
		switch p.peek() {
		case ',':
			p.i++
		case ')':
			p.i++
			return args, nil
		default:
			return nil, p.unexpected()
		}
	}
}

// arg reads one argument. A literal that is a template keeps its escapes.
func (p *parser) arg(template bool) (term, error) {
	switch c := p.peek(); {
	case c == '\'':
		s, err := p.literal(template)
		return term{konst: value.String(s)}, err
	case c == '$':
		return p.path()
	case c == '-' || isDigit(c):
		return p.number()
	}
	for _, k := range keywords {
		if rest := p.src[p.i:]; strings.HasPrefix(rest, k.text) && (len(rest) == len(k.text) || !isNameByte(rest[len(k.text)])) {
			p.i += len(k.text)
			return term{konst: k.v}, nil
		}
	}
	from := p.i
	c, err := p.call()
	if err != nil {
		return term{}, err
	}
	return fold(c, p.i-from), nil
}

var keywords = [...]struct {
	text string
	v    value.Value
}{{"null", value.Null}, {"true", value.True}, {"false", value.False}}

// literal reads a string in single quotes. Of what follows a backslash only
// ' { } and \ are legal; AWS refuses \" too. raw leaves the escapes in place.
func (p *parser) literal(raw bool) (string, error) {
	start := p.i
	p.i++
	from := p.i
	var b strings.Builder
	for ; p.i < len(p.src); p.i++ {
		switch p.src[p.i] {
		case '\'':
			b.WriteString(p.src[from:p.i])
			p.i++
			return b.String(), nil
		case '\\':
			if p.i+1 == len(p.src) || !isEscapable(p.src[p.i+1]) {
				return "", p.wrong(p.i, errors.New(`a backslash must be followed by one of ' { } \`))
			}
			if !raw {
				b.WriteString(p.src[from:p.i])
				from = p.i + 1
			}
			p.i++
		}
	}
	return "", p.wrong(start, errors.New("the string has no end"))
}

func (p *parser) path() (term, error) {
	path, n, err := jsonpath.ParsePrefix(p.src[p.i:])
	if err != nil {
		var at *jsonpath.SyntaxError
		if errors.As(err, &at) {
			return term{}, p.wrong(p.i+at.Offset, err)
		}
		return term{}, err
	}
	r, err := p.ref(path)
	if err != nil {
		return term{}, p.wrong(p.i, err)
	}
	p.i += n
	return term{node: &argument{r}}, nil
}

func (p *parser) number() (term, error) {
	from := p.i
	for p.i < len(p.src) && (isDigit(p.src[p.i]) || strings.IndexByte("+-.eE", p.src[p.i]) >= 0) {
		p.i++
	}
	v, err := value.Parse([]byte(p.src[from:p.i]))
	if err != nil {
		return term{}, p.wrong(from, fmt.Errorf("%s is no number", p.src[from:p.i]))
	}
	return term{konst: v}, nil
}

// peek is the next byte, and 0 at the end.
func (p *parser) peek() byte {
	if p.i < len(p.src) {
		return p.src[p.i]
	}
	return 0
}

func (p *parser) blanks() {
	for strings.IndexByte(" \t\r\n", p.peek()) >= 0 {
		p.i++
	}
}

// wrong is the error err at offset i.
func (p *parser) wrong(i int, err error) error { return &parseError{i, err} }

func (p *parser) unexpected() error {
	if p.i == len(p.src) {
		return p.wrong(p.i, errors.New("the call has no end"))
	}
	r, _ := utf8.DecodeRuneInString(p.src[p.i:])
	return p.wrong(p.i, fmt.Errorf("unexpected %q", r))
}

// A parseError is an error at an offset, in bytes, into the text of a call.
type parseError struct {
	offset int
	err    error
}

func (e *parseError) Error() string { return e.err.Error() }

func (e *parseError) Unwrap() error { return e.err }

func isDigit(c byte) bool { return c-'0' <= 9 }

func isNameByte(c byte) bool {
	return isDigit(c) || (c|0x20)-'a' < 26 || c == '_' || c == '.'
}

func isEscapable(c byte) bool { return c == '\'' || c == '{' || c == '}' || c == '\\' }
