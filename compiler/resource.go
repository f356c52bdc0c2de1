package compiler

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// Kinds of tasks that the table of resources knows. A resource of the form
// KIND:TARGET makes a task of another kind, for an Invoker of the user's own.
const (
	KindLambda     = "lambda"     // a function, called directly or by lambda:invoke
	KindHTTP       = "http"       // http:invoke
	KindStates     = "states"     // an execution of another machine
	KindCallback   = "callback"   // the answer to a task that waits for one
	KindAWS        = "aws"        // any other service of AWS
	KindNATS       = "nats"       // and what is done: nats:request, nats:kv:get
	KindUnresolved = "unresolved" // a placeholder stands for what it calls; a mock can answer it
)

// A form is one of the forms of a Resource: its parts are the groups of the
// expression, its suffix apart.
type form struct {
	text *regexp.Regexp
	aws  bool // Express Workflows have it
	task func(part []string) (program.Task, error)
}

// forms are tried in order. AWS takes a region and an account in the ARN of a
// service integration too.
var forms = []form{
	{regexp.MustCompile(`^arn:[^:]+:lambda:[^:]*:[^:]*:function:([A-Za-z0-9_-]+(?::(?:\$LATEST|[A-Za-z0-9_-]+))?)$`), true, lambdaFunction},
	{regexp.MustCompile(`^arn:[^:]+:states:[^:]*:[^:]*:activity:(.+)$`), true, activity},
	{regexp.MustCompile(`^arn:[^:]+:states:[^:]*:[^:]*:(aws-sdk:[a-z0-9]+):([A-Za-z0-9]+)$`), true, service},
	{regexp.MustCompile(`^arn:[^:]+:states:[^:]*:[^:]*:([a-z][a-z0-9-]*):([A-Za-z0-9]+)$`), true, integration},
	{regexp.MustCompile(`^arn:[^:]+:(lambda|states):.*$`), true, unknown},
	{regexp.MustCompile(`^arn:[^:]+:([a-z0-9-]+):[^:]*:[^:]*:(.+)$`), false, service},
	{regexp.MustCompile(`^nats:(request|publish|jetstream):([^\s:]+)$`), false, subject},
	{regexp.MustCompile(`^nats:(kv:(?:get|put|delete|update)|object:(?:get|put)):([A-Za-z0-9_-]+)$`), false, bucket},
	{regexp.MustCompile(`^(?:arn|nats):.*$`), true, unknown},
	{regexp.MustCompile(`^([a-z][a-z0-9+.-]*):(\S+)$`), false, custom},
}

// wanted says what a Resource may be, for those who are used to less.
const wanted = "a resource is an ARN, nats:request:SUBJECT, nats:publish:SUBJECT, nats:jetstream:SUBJECT, " +
	"nats:kv:get|put|delete|update:BUCKET, nats:object:get|put:BUCKET or KIND:TARGET"

// actions are those of the services of which AWS's integrations have only some.
var actions = map[string][]string{
	"apigateway": {"invoke"},
	"dynamodb":   {"getItem", "putItem", "updateItem", "deleteItem"},
	"events":     {"putEvents"},
	"http":       {"invoke"},
	"lambda":     {"invoke"},
	"sns":        {"publish"},
	"sqs":        {"sendMessage"},
	"states":     {"startExecution"},
}

// kinds are the services, and the actions of one, whose tasks are not of KindAWS.
var kinds = map[string]string{
	"lambda": KindLambda,
	"http":   KindHTTP,
	"states": KindStates,

	"aws-sdk:sfn:startExecution":     KindStates,
	"aws-sdk:sfn:startSyncExecution": KindStates,
	"aws-sdk:sfn:sendTaskSuccess":    KindCallback,
	"aws-sdk:sfn:sendTaskFailure":    KindCallback,
	"aws-sdk:sfn:sendTaskHeartbeat":  KindCallback,
}

// suffixes are the ends of a Resource that ask for a pattern.
var suffixes = []struct {
	text    string
	pattern program.Pattern
	refused string // in AWS's words, of which one ends in a blank
}{
	{".sync:2", program.Sync2, "'.sync' service integration"},
	{".sync", program.Sync, "'.sync' service integration"},
	{".waitForTaskToken", program.Token, "'.waitForTaskToken' service integration "},
}

var errUnknown = errors.New("not a form of a resource")

func lambdaFunction(part []string) (program.Task, error) {
	return program.Task{Kind: KindLambda, Target: part[1]}, nil
}

func activity([]string) (program.Task, error) {
	return program.Task{}, errors.New("Express state machine does not support Activity ARN") //lint:ignore ST1005 AWS's words
}

func service(part []string) (program.Task, error) {
	t := program.Task{Target: part[1] + ":" + part[2], Service: part[1], Action: part[2]}
	t.Kind = cmp.Or(kinds[t.Target], kinds[t.Service], KindAWS)
	return t, nil
}

func integration(part []string) (program.Task, error) {
	if known := actions[part[1]]; known != nil && !slices.Contains(known, part[2]) {
		return program.Task{}, errUnknown
	}
	return service(part)
}

// natsToken is a token of a subject: fixed, or a member of the task's argument.
var natsToken = regexp.MustCompile(`^(?:[^\x00-\x20\x7f.*>{}:]+|\{[^\x00-\x20\x7f{}:]+\})$`)

// subject is a task on a subject whose first token is fixed, so that data never
// chooses whose subject it is, and which is neither the broker's nor the
// engine's own where data is in it.
func subject(part []string) (program.Task, error) {
	tokens := splitSubject(part[2])
	for _, t := range tokens {
		if !natsToken.MatchString(t) {
			return program.Task{}, errUnknown
		}
	}
	switch first := tokens[0]; {
	case strings.HasPrefix(first, "{"), strings.HasPrefix(first, "$"), strings.HasPrefix(first, "_INBOX"), first == "_R_",
		first == "express" && strings.Contains(part[2], "{"):
		return program.Task{}, errUnknown
	}
	return bucket(part)
}

// splitSubject splits a subject at its dots, but for those in braces, where they
// stand between members.
func splitSubject(s string) []string {
	var tokens []string
	begin, open := 0, false
	for i := range len(s) {
		switch {
		case s[i] == '{':
			open = true
		case s[i] == '}':
			open = false
		case s[i] == '.' && !open:
			tokens = append(tokens, s[begin:i])
			begin = i + 1
		}
	}
	return append(tokens, s[begin:])
}

func bucket(part []string) (program.Task, error) {
	return program.Task{Kind: KindNATS + ":" + part[1], Target: part[2], Service: KindNATS, Action: part[1]}, nil
}

func custom(part []string) (program.Task, error) {
	return program.Task{Kind: part[1], Target: part[2], Service: part[1], Action: part[2]}, nil
}

func unknown([]string) (program.Task, error) { return program.Task{}, errUnknown }

// parseResource is the task that a Resource calls by the table. Its error is in
// AWS's words.
func parseResource(text string, strict bool) (program.Task, error) {
	t := program.Task{Resource: text}
	rest, suffix := text, ""
	for _, s := range suffixes {
		if cut, ok := strings.CutSuffix(text, s.text); ok {
			if strict {
				return t, errors.New("Express state machine does not support " + s.refused)
			}
			rest, suffix, t.Pattern = cut, s.text, s.pattern
			break
		}
	}
	for _, f := range forms {
		part := f.text.FindStringSubmatch(rest)
		if part == nil {
			continue
		}
		if strict && !f.aws {
			break
		}
		made, err := f.task(part)
		if errors.Is(err, errUnknown) {
			break
		}
		made.Resource, made.Pattern = t.Resource, t.Pattern
		if made.Action != "" {
			made.Action += suffix
		}
		return made, err
	}
	return t, unrecognized(text)
}

// An unrecognized error is a Resource of no form.
type unrecognized string

func (text unrecognized) Error() string {
	return fmt.Sprintf("The resource provided %s is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.", string(text))
}

// resource is the check of a Resource: what it calls by Options.Resolve, else by
// the table.
func (c *checker) resource(n *node) {
	text, open := n.text, unfilled(n)
	if n.kind != value.KindString && open != "" {
		text = open
	} else if !c.is(n, value.KindString) {
		return
	}
	t, err := parseResource(text, c.o.Strict)
	if c.o.Resolve != nil {
		bound, failed := c.o.Resolve(text)
		if failed != nil {
			c.fail(n, "%v", failed)
			return
		}
		if bound.Kind != "" && (err == nil || !c.o.Strict) {
			if err != nil { // what the table does not know has no service either
				t.Service, t.Action = bound.Kind, bound.Target
			}
			t.Kind, t.Target = bound.Kind, bound.Target
			t.Service, t.Action = cmp.Or(bound.Service, t.Service), cmp.Or(bound.Action, t.Action)
			t.Resource, t.Pattern = cmp.Or(bound.Resource, t.Resource), cmp.Or(bound.Pattern, t.Pattern)
			n.made = t
			return
		}
	}
	switch {
	case open != "":
		c.warn(n, InvalidTask, "Nothing is filled in for %s: only a mock can answer this task", open)
		n.made = program.Task{Kind: KindUnresolved, Target: open, Resource: text, Service: KindUnresolved}
	case err == nil:
		n.made = t
	default:
		d := c.report(n, SchemaFailed, "%v", err)
		if _, ok := err.(unrecognized); ok && !c.o.Strict {
			d.Detail = wanted
		}
	}
}

// unfilled is what a template would still have to fill in for n: a ${Name}, or
// an object of CloudFormation; "" if nothing.
func unfilled(n *node) string {
	if n.kind == value.KindObject && len(n.kids) == 1 {
		if k := n.kids[0].key; k == "Ref" || strings.HasPrefix(k, "Fn::") {
			return n.value().String()
		}
	}
	if n.kind == value.KindString {
		return placeholders.FindString(n.text)
	}
	return ""
}
