package telemetry

import (
	"errors"
	"regexp"
	"strings"

	"github.com/seed66d9166c/express/express"
)

// opening begins the causes that the engine words, as AWS does, of what went
// wrong in a state. What follows may quote the state's data.
var opening = regexp.MustCompile(`(?s)^An error occurred while executing the state '.*?' \(entered at the event id #\d+\)\. `)

// wordings are what such causes say before they quote, one row a wording: no
// more than what it matches is shown where data is not. What is in quotation
// marks here stands in the definition.
var wordings = compileAll(
	`The (JSONPath|JsonPath argument) '.*?' specified for the field '.*?' could not be found in the input`,
	`The function '.*?' had the following error: (Invalid arguments in States\.\w+|The JsonPath argument for the field '.*?' could not be found in the input)?`,
	`Unable to apply ReferencePath \S+ to input`,
	`The \w+ (parameter|field) (refers to|references|does not reference|cannot be parsed)[^":=']*`,
	`Invalid path '.*`,
	`Reference path ".*?" must point to array\.`,
	`The variable '.*?' of the path '.*?' has not been assigned a value\.`,
	`Wait state delay is too long\.`,
	`The JSONata expression '.*?' specified for the field '.*?' (returned nothing \(undefined\)\.|returned an unsupported result type\.|returned an unexpected result type\. Expected '\w+', but was '\w+'|threw an error during evaluation\. \w+)`,
	`Map state input must be an array`,
	`The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string`,
	`Failed to transition out of the state.*`,
	`The (execution|expressions of the execution) ha(s|ve) .*`,
)

func compileAll(patterns ...string) []*regexp.Regexp {
	all := make([]*regexp.Regexp, len(patterns))
	for i, p := range patterns {
		all[i] = regexp.MustCompile(`^(?s:` + p + `)`)
	}
	return all
}

// causeOf is the cause of err, without what it quotes of the execution's data
// unless data is to be shown. Causes that tasks and Fail states give are the
// user's own words, and stay, as on AWS.
func causeOf(err *express.Error, data bool) string {
	if data {
		return err.Cause
	}
	if _, ok := errors.AsType[*express.PanicError](err); ok {
		return "panic" // what was panicked with may be anything
	}
	begin := opening.FindString(err.Cause)
	if begin == "" {
		return err.Cause
	}
	rest := err.Cause[len(begin):]
	for _, w := range wordings {
		if at := w.FindStringIndex(rest); at != nil {
			return begin + strings.TrimRight(rest[:at[1]], " ")
		}
	}
	return strings.TrimRight(begin, " ")
}
