package awsapi

import (
	"strings"

	"github.com/seed66d9166c/express/transport"
)

// What Express Workflows do not have answers as AWS does where it is asked of an
// Express Workflow, and as for what does not exist where it is asked of another
// thing, for there is none.

type executionInput struct {
	Execution *string `json:"executionArn" aws:"required,1..256"`
	Included  *string `json:"includedData" aws:"ALL_DATA|METADATA_ONLY"`
	MaxItems  *int    `json:"maxResults" aws:"0..1000"`
	Token     *string `json:"nextToken" aws:"1..1024"`
	Error     *string `json:"error" aws:"0..256,hidden"`
	Cause     *string `json:"cause" aws:"0..32768,hidden"`
	Client    *string `json:"clientToken" aws:"1..64"`
}

func (s *Server) describeExecution(_ *request, in *executionInput) (any, error) {
	arn := *in.Execution
	part := strings.Split(arn, ":")
	switch {
	case part[0] != "arn":
		return nil, refuse(codeInvalidArn, "Invalid Arn: 'Invalid ARN prefix: %s'", arn)
	case len(part) < 7 || part[2] != service:
		return nil, refuse(codeInvalidArn, "Invalid Arn: 'Invalid ARN: %s'", arn)
	case part[5] != "execution":
		return nil, refuse(codeInvalidArn, "Invalid Arn: 'Resource type not valid in this context: %s'", part[5])
	}
	return nil, refuse(codeNoExecution, "Execution Does Not Exist: '%s'", arn)
}

type listExecutionsInput struct {
	Machine  *string `json:"stateMachineArn" aws:"1..256"`
	MapRun   *string `json:"mapRunArn" aws:"1..2000"`
	Status   *string `json:"statusFilter" aws:"RUNNING|SUCCEEDED|FAILED|TIMED_OUT|ABORTED|PENDING_REDRIVE"`
	Redrive  *string `json:"redriveFilter" aws:"REDRIVEN|NOT_REDRIVEN"`
	MaxItems *int    `json:"maxResults" aws:"0..1000"`
	Token    *string `json:"nextToken" aws:"1..3096"`
}

func (s *Server) listExecutions(q *request, in *listExecutionsInput) (any, error) {
	if (in.Machine == nil) == (in.MapRun == nil) {
		return nil, refuse(codeValidation, "Exactly one of the following parameters must be specified: [stateMachineArn, mapRunArn]")
	}
	if in.MapRun != nil {
		return nil, noResource(*in.MapRun)
	}
	if _, err := s.o.Registry.Describe(q.ctx, *in.Machine); err != nil {
		return nil, err
	}
	return nil, refuse(codeTypeNotSupported, typeNotSupported)
}

const typeNotSupported = "This operation is not supported by this type of state machine"

type mapRunInput struct {
	MapRun      *string  `json:"mapRunArn" aws:"required,1..2000"`
	Concurrency *int     `json:"maxConcurrency" aws:"0.."`
	Count       *int     `json:"toleratedFailureCount" aws:"0.."`
	Percentage  *float64 `json:"toleratedFailurePercentage"`
}

func (s *Server) describeMapRun(_ *request, in *mapRunInput) (any, error) {
	return nil, noResource(*in.MapRun)
}

func noResource(arn string) *Error {
	e := refuse(codeNotFound, "Resource not found: '%s'", arn)
	e.Resource = arn
	return e
}

type createActivityInput struct {
	Name       *string          `json:"name" aws:"required,1..80"`
	Tags       []tag            `json:"tags"`
	Encryption *encryptionInput `json:"encryptionConfiguration"`
}

func (s *Server) createActivity(_ *request, in *createActivityInput) (any, error) {
	if !transport.ValidName(*in.Name) {
		return nil, invalidName(*in.Name)
	}
	return nil, refuse(codeActivityLimit, "Activity Limit Exceeded: there are no activities for Express Workflows")
}

func invalidName(name string) *Error { return refuse(codeInvalidName, "Invalid Name: '%s'", name) }

type activityInput struct {
	Activity *string `json:"activityArn" aws:"required,1..256"`
	Worker   *string `json:"workerName" aws:"1..80"`
}

func (s *Server) describeActivity(_ *request, in *activityInput) (any, error) {
	if err := checkActivity(*in.Activity); err != nil {
		return nil, err
	}
	return nil, refuse(codeNoActivity, "Activity Does Not Exist: '%s'", *in.Activity)
}

func (s *Server) deleteActivity(_ *request, in *activityInput) (any, error) {
	if err := checkActivity(*in.Activity); err != nil {
		return nil, err
	}
	return nothing{}, nil
}

// checkActivity is what is wrong with the ARN of an activity, nil if nothing is.
func checkActivity(arn string) error {
	part := strings.Split(arn, ":")
	switch {
	case part[0] != "arn":
		return refuse(codeInvalidArn, "Invalid Arn: 'Invalid ARN prefix: %s'", arn)
	case len(part) != 7 || part[2] != service || part[5] != "activity":
		return refuse(codeInvalidArn, "Invalid Arn: 'Invalid ARN: %s'", arn)
	}
	return nil
}

type listActivitiesInput struct {
	MaxItems *int    `json:"maxResults" aws:"0..1000"`
	Token    *string `json:"nextToken" aws:"1..1024"`
}

func (s *Server) listActivities(_ *request, in *listActivitiesInput) (any, error) {
	if in.Token != nil {
		return nil, refuse(codeInvalidToken, "Invalid Token: 'Invalid token'")
	}
	return struct {
		Activities []nothing `json:"activities"`
	}{[]nothing{}}, nil
}
