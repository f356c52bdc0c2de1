package catalog

import (
	"fmt"
	"strings"

	"github.com/seed66d9166c/express/compiler"
)

// A Code is the name of an error in AWS's API.
type Code string

const (
	AccessDenied                Code = "AccessDeniedException"
	Conflict                    Code = "ConflictException"
	InvalidArn                  Code = "InvalidArn"
	InvalidDefinition           Code = "InvalidDefinition"
	InvalidLoggingConfiguration Code = "InvalidLoggingConfiguration"
	InvalidName                 Code = "InvalidName"
	InvalidToken                Code = "InvalidToken"
	MissingRequiredParameter    Code = "MissingRequiredParameter"
	ResourceNotFound            Code = "ResourceNotFound"
	ServiceQuotaExceeded        Code = "ServiceQuotaExceededException"
	StateMachineAlreadyExists   Code = "StateMachineAlreadyExists"
	StateMachineDoesNotExist    Code = "StateMachineDoesNotExist"
	TooManyTags                 Code = "TooManyTags"
	ValidationException         Code = "ValidationException"
)

// An Error is what AWS answers in the place of a Registry: code and words are its.
// Errors of another type are those of the Store.
type Error struct {
	Code     Code
	Message  string
	Reason   string // of a ValidationException, "" for none
	Resource string // resourceName of ResourceNotFound and TooManyTags
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

func absent(a ARN) *Error {
	return &Error{Code: StateMachineDoesNotExist, Message: fmt.Sprintf("State Machine Does Not Exist: '%s'", a)}
}

// exists is the error of a name that is taken, with why if there is more to say.
func exists(a ARN, why string) *Error {
	return &Error{Code: StateMachineAlreadyExists, Message: fmt.Sprintf("State Machine Already Exists: '%s'%s", a, why)}
}

// noResource is the error of what tags and aliases are asked of.
func noResource(a ARN) *Error {
	return &Error{Code: ResourceNotFound, Message: fmt.Sprintf("Resource not found: '%s'", a), Resource: a.String()}
}

// noAlias is the error of an alias that is not there.
func noAlias(a ARN) *Error {
	return &Error{Code: ResourceNotFound, Message: "Request references a resource that does not exist.", Resource: a.String()}
}

// fixed is the error of changing what the application directory defines.
func fixed(a ARN) *Error {
	return &Error{
		Code:    AccessDenied,
		Message: fmt.Sprintf("State Machine '%s' is defined by a file of the application directory, and changes with that alone", a),
	}
}

// unfit is the error of a field that breaks a rule of AWS's model. value is cut
// where it is long.
func unfit(value, field, rule string) *Error {
	const longest = 2048 // bytes, which all that AWS bounds are, but definitions
	if len(value) > longest {
		value = strings.ToValidUTF8(value[:longest], "") + "..."
	}
	return &Error{
		Code:    ValidationException,
		Message: fmt.Sprintf("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must %s", value, field, rule),
	}
}

// Refusal is the error of a definition in which found are errors, nil if they are
// warnings.
func Refusal(found compiler.Diagnostics) error {
	var all []string
	for i := range found {
		d := &found[i]
		if d.Severity != compiler.Error {
			continue
		}
		s := string(d.Code) + ": " + d.AWSMessage()
		if strings.HasPrefix(d.Path, "/") {
			s += " at " + d.Path
		}
		all = append(all, s)
	}
	if all == nil {
		return nil
	}
	return &Error{Code: InvalidDefinition, Message: "Invalid State Machine Definition: '" + strings.Join(all, ", ") + "'"}
}
