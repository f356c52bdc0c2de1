package awsapi

import (
	"fmt"
	"net/http"
)

// An Error is a request that is refused, as AWS's API words it.
type Error struct {
	Code     string // "StateMachineDoesNotExist"
	Message  string
	Reason   string // of a ValidationException, "" if it has none
	Resource string // that a ResourceNotFound or TooManyTags is about, "" for none
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Codes that the API itself decides on. Those about machines, versions, aliases
// and tags are the catalog's, those about tokens the callbacks'.
const (
	codeAccessDenied     = "AccessDeniedException"
	codeSignature        = "InvalidSignatureException"
	codeIncomplete       = "IncompleteSignatureException"
	codeNoToken          = "MissingAuthenticationTokenException"
	codeUnknownOperation = "UnknownOperationException"
	codeSerialization    = "SerializationException"
	codeTooLarge         = "RequestEntityTooLargeException"
	codeSlow             = "RequestTimeoutException"
	codeInternal         = "InternalFailure"
	codeUnavailable      = "ServiceUnavailable"
	codeThrottling       = "ThrottlingException"
	codeAborted          = "ExecutionAborted" // not AWS's; SDKs do not try it again, as what has begun runs once

	codeValidation       = "ValidationException"
	codeInvalidArn       = "InvalidArn"
	codeInvalidName      = "InvalidName"
	codeInvalidInput     = "InvalidExecutionInput"
	codeInvalidToken     = "InvalidToken"
	codeNoMachine        = "StateMachineDoesNotExist"
	codeTypeNotSupported = "StateMachineTypeNotSupported"
	codeNoExecution      = "ExecutionDoesNotExist"
	codeNoActivity       = "ActivityDoesNotExist"
	codeActivityLimit    = "ActivityLimitExceeded"
	codeNotFound         = "ResourceNotFound"
)

// statuses are the codes whose HTTP status is not 400.
var statuses = map[string]int{
	codeSignature:   http.StatusForbidden,
	codeIncomplete:  http.StatusForbidden,
	codeNoToken:     http.StatusForbidden,
	codeTooLarge:    http.StatusRequestEntityTooLarge,
	codeSlow:        http.StatusRequestTimeout,
	codeInternal:    http.StatusInternalServerError,
	codeUnavailable: http.StatusServiceUnavailable,
}

// Errors of a Starter that are its caller's business. SDKs try both again.
var (
	ErrBusy        = &Error{Code: codeThrottling, Message: "Rate exceeded"}
	ErrUnavailable = &Error{Code: codeUnavailable, Message: "The service cannot start executions now."}
)

// errInternal is a fault of ours, which is in the log.
var errInternal = &Error{Code: codeInternal, Message: "The request cannot be processed."}

// status is the HTTP status of an answer with that code.
func status(code string) int {
	if s := statuses[code]; s != 0 {
		return s
	}
	return http.StatusBadRequest
}

func refuse(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
