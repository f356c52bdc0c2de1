package nats

import (
	"cmp"
	"context"
	"regexp"
	"strings"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

// latest is the qualifier of a function's newest version, which is the same as
// none.
const latest = "$LATEST"

// A function is a Lambda function as a Resource or a FunctionName has it.
type function struct{ region, account, name, qualifier string }

// functionForm is that of a FunctionName: a name, a partial or a full ARN, each
// with a qualifier or without.
var functionForm = regexp.MustCompile(
	`^(?:arn:[^:]+:lambda:([^:]*):([^:]*):function:|(?:(\d{12}):)?(?:function:)?)([A-Za-z0-9_-]+)(?::(\$LATEST|[A-Za-z0-9_-]+))?$`)

// parseFunction is the function that text names, and whether it names one.
func parseFunction(text string) (f function, ok bool) {
	p := functionForm.FindStringSubmatch(text)
	if p == nil {
		return f, false
	}
	return function{p[1], cmp.Or(p[2], p[3]), p[4], strings.TrimPrefix(p[5], latest)}, true
}

// arn is the full ARN, with region and account where f has none.
func (f function) arn(region, account string) string {
	arn := "arn:aws:lambda:" + cmp.Or(f.region, region) + ":" + cmp.Or(f.account, account) + ":function:" + f.name
	if f.qualifier != "" {
		arn += ":" + f.qualifier
	}
	return arn
}

// lambda calls functions, directly or by lambda:invoke. A function is who answers
// requests on transport.LambdaSubject.
type lambda struct {
	ask, tell express.Invoker
	o         Options
}

// part is what l does for c.
func (l *lambda) part(c *express.Call) (part, error) {
	if err := notAJob(c); err != nil {
		return part{}, err
	}
	if c.Task.Service == "" {
		return l.direct(c)
	}
	return l.invoke(c)
}

// direct is the call of a function whose ARN is the Resource: the argument is
// what it gets, and its answer the result.
func (l *lambda) direct(c *express.Call) (part, error) {
	f, ok := parseFunction(c.Task.Target)
	if !ok {
		return part{}, transport.BadArguments("%s names no function", c.Task.Resource)
	}
	of := asking(c, kindRequest, transport.LambdaSubject(f.name, f.qualifier), c.Input)
	return part{l.ask, of, func(v value.Value, err error) (value.Value, error) { return v, failed(of, of.Task.Resource, err) }}, nil
}

// invokeFields are the arguments of lambda:invoke that mean something here. As on
// AWS, others are ignored.
var invokeFields = []field{
	{"FunctionName", true, isText},
	{"Payload", false, nil},
	{"Qualifier", false, isText},
	{"InvocationType", false, isOneOf("RequestResponse", "Event", "DryRun")},
	{"ClientContext", false, isText},
	{"LogType", false, isOneOf("None", "Tail")},
}

// invoke is the call of lambda:invoke, whose argument says which function gets
// which payload, and whose result says more than the answer.
func (l *lambda) invoke(c *express.Call) (part, error) {
	if err := check(c.Input, invokeFields); err != nil {
		return part{}, err
	}
	f, ok := parseFunction(text(c.Input, "FunctionName"))
	if !ok {
		return part{}, transport.BadArguments("The value of the field 'FunctionName' has an invalid format")
	}
	if q := strings.TrimPrefix(text(c.Input, "Qualifier"), latest); q != "" {
		if f.qualifier != "" && f.qualifier != q {
			return part{}, transport.BadArguments("The field 'Qualifier' differs from the qualifier in the field 'FunctionName'")
		}
		f.qualifier = q
	}
	payload, ok := c.Input.Get("Payload")
	if !ok {
		payload = value.Object()
	}
	by, of := l.ask, asking(c, kindRequest, transport.LambdaSubject(f.name, f.qualifier), payload)
	arn := f.arn(l.o.Region, l.o.Account)
	fails := func(err error) error { return failed(of, arn, err) }
	if l.o.Function != nil {
		if bound, t := l.o.Function(arn); bound != nil {
			by, of = bound, asking(c, t.Kind, t.Target, payload)
			fails = func(err error) error { return err }
		}
	}
	switch text(c.Input, "InvocationType") {
	case "Event": // how the function fares is not told
		told := of.Task.Kind == kindRequest
		if told {
			by = l.tell
		}
		return part{by, of, func(v value.Value, err error) (value.Value, error) {
			if told && err != nil {
				return v, err
			}
			return accepted(of, 202), nil
		}}, nil
	case "DryRun":
		return part{nothing, of, func(value.Value, error) (value.Value, error) { return accepted(of, 204), nil }}, nil
	}
	return part{by, of, func(v value.Value, err error) (value.Value, error) {
		if err != nil {
			return v, fails(err)
		}
		return answered(of, f, v), nil
	}}, nil
}

// nothing does nothing.
var nothing = express.InvokerFunc(func(context.Context, *express.Call) (value.Value, error) { return value.Null, nil })
