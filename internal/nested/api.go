package nested

import (
	"fmt"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// An api is the way in which a kind of integration speaks of Step Functions.
type api struct {
	prefix   string // of error names
	cause    string // of errors: message, code and request
	date     func(time.Time) value.Value
	metadata bool // about the HTTP request that there would be
}

var (
	// optimized is that of arn:aws:states:::states.
	optimized = api{
		prefix:   "StepFunctions.",
		cause:    "%[1]s (Service: AWSStepFunctions; Status Code: 400; Error Code: %[2]s; Request ID: %[3]s; Proxy: null)",
		date:     func(t time.Time) value.Value { return value.Int(t.UnixMilli()) },
		metadata: true,
	}
	// sdk is that of arn:aws:states:::aws-sdk:sfn.
	sdk = api{
		prefix: "Sfn.",
		cause:  "%[1]s (Service: Sfn, Status Code: 400, Request ID: %[3]s) (SDK Attempt Count: 1)",
		date:   func(t time.Time) value.Value { return value.String(t.UTC().Format("2006-01-02T15:04:05.000Z")) },
	}
)

// refused is the error of a request that Step Functions refuses with code.
func (s *start) refused(code, message string, err error) error {
	return &express.Error{
		Name:  s.api.prefix + code + "Exception",
		Cause: fmt.Sprintf(s.api.cause, message, code, s.request),
		Err:   err,
	}
}
