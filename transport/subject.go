package transport

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"github.com/seed66d9166c/express/express"
)

// Subjects that the engine listens to or publishes on. What varies in them is
// always one [Token].
const (
	syncPrefix  = "express.sync."
	startPrefix = "express.start."
	donePrefix  = "express.done."
	deadPrefix  = "express.dlq."

	lambdaPrefix  = "express.lambda."
	servicePrefix = "express.aws."
	sdkPrefix     = "express.aws-sdk."

	// DoneSubjects are all subjects of DoneSubject.
	DoneSubjects = donePrefix + ">"
	// DeadSubjects are all subjects of dead letters.
	DeadSubjects = deadPrefix + ">"
)

// SyncSubject answers requests to run workflow and wait for its outcome.
func SyncSubject(workflow string) string { return syncPrefix + Token(workflow) }

// StartSubject takes events that start workflow.
func StartSubject(workflow string) string { return startPrefix + Token(workflow) }

// DoneSubject is where outcomes of workflow go that have no subject of their
// own: express.done.orders.SUCCEEDED.
func DoneSubject(workflow string, s express.Status) string {
	return donePrefix + Token(workflow) + "." + s.String()
}

// DeadSubject is where dead letters of workflow with that reason go.
func DeadSubject(workflow, reason string) string {
	return deadPrefix + Token(workflow) + "." + Token(reason)
}

// LambdaSubject takes requests to the Lambda function of that name, and, where
// qualifier is not "", to that version or alias of it: express.lambda.enrich.prod.
func LambdaSubject(name, qualifier string) string {
	if qualifier == "" {
		return lambdaPrefix + Token(name)
	}
	return lambdaPrefix + Token(name) + "." + Token(qualifier)
}

// ServiceSubject takes requests for an action of an AWS service. Those of service
// aws-sdk:sqs have another subject (express.aws-sdk.sqs.sendMessage) than those of
// sqs (express.aws.sqs.sendMessage), as their arguments and answers differ.
func ServiceSubject(service, action string) string {
	if s, ok := strings.CutPrefix(service, "aws-sdk:"); ok {
		return sdkPrefix + Token(s) + "." + Token(action)
	}
	return servicePrefix + Token(service) + "." + Token(action)
}

// maxToken bounds a token in bytes, so that the subjects above stay under 255,
// which is what brokers and file systems take everywhere.
const maxToken = 128

// Token is s as one token of a subject: letters, digits, - and _ stay, any
// other byte is written %XX, and what would be longer than 128 bytes becomes
// the hash of it. Different strings have different tokens, and none of them
// holds a dot, a wildcard, a space or a control character.
func Token(s string) string {
	extra := 0
	for i := range len(s) {
		if !plain(s[i]) {
			extra += 2
		}
	}
	switch {
	case s == "":
		return "%"
	case len(s)+extra > maxToken:
		sum := sha256.Sum256([]byte(s))
		return "%%" + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:])
	case extra == 0:
		return s
	}
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+extra)
	for i := range len(s) {
		if c := s[i]; plain(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}

func plain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}
