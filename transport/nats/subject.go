package nats

import (
	"regexp"
	"strings"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/transport"
)

var members = regexp.MustCompile(`\{[^}]*\}`)

// Subject is the subject on which t needs a listener or a stream, for
// FindListeners, and whether t tells: which function lambda:invoke calls, only
// its argument says. A member of the argument is the token "%" in it.
func Subject(t *program.Task) (subject string, ok bool) {
	switch {
	case t.Kind == kindRequest, t.Kind == kindPublish, t.Kind == kindStore:
		return members.ReplaceAllLiteralString(t.Target, "%"), true
	case strings.HasPrefix(t.Kind, kindsOfKeys):
		return "$KV." + t.Target + ".%", true
	case strings.HasPrefix(t.Kind, kindsOfObjects):
		return "$O." + t.Target + ".M.%", true
	case t.Kind == kindLambda && t.Service == "":
		f, ok := parseFunction(t.Target)
		return transport.LambdaSubject(f.name, f.qualifier), ok
	case t.Kind == kindAWS:
		return serviceSubject(t.Target)
	}
	return "", false
}

// serviceSubject is the subject for the action of a service, which are target,
// and whether they are.
func serviceSubject(target string) (subject string, ok bool) {
	i := strings.LastIndexByte(target, ':')
	if i < 0 {
		return "", false
	}
	return transport.ServiceSubject(target[:i], target[i+1:]), true
}
