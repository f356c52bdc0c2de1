package awsapi

import (
	"context"

	"github.com/seed66d9166c/express/express"
)

// Callbacks take what is reported of tasks that wait with a token. Their errors
// are those of the API: *callback.Error.
type Callbacks interface {
	Success(ctx context.Context, token, output string) error
	Failure(ctx context.Context, token string, e *express.Error) error
	Heartbeat(ctx context.Context, token string) error
}

type sendTaskSuccessInput struct {
	Token  *string `json:"taskToken" aws:"required,1..2048,hidden"`
	Output *string `json:"output" aws:"required,0..262144,hidden"`
}

func (s *Server) sendTaskSuccess(q *request, in *sendTaskSuccessInput) (any, error) {
	if s.o.Callbacks == nil {
		return nil, noCallbacks()
	}
	return nothing{}, s.o.Callbacks.Success(q.ctx, *in.Token, *in.Output)
}

type sendTaskFailureInput struct {
	Token *string `json:"taskToken" aws:"required,1..2048,hidden"`
	Error string  `json:"error" aws:"0..256,hidden"`
	Cause *string `json:"cause" aws:"0..32768,hidden"`
}

func (s *Server) sendTaskFailure(q *request, in *sendTaskFailureInput) (any, error) {
	if s.o.Callbacks == nil {
		return nil, noCallbacks()
	}
	e := &express.Error{Name: in.Error, NoCause: in.Cause == nil}
	if in.Cause != nil {
		e.Cause = *in.Cause
	}
	return nothing{}, s.o.Callbacks.Failure(q.ctx, *in.Token, e)
}

type sendTaskHeartbeatInput struct {
	Token *string `json:"taskToken" aws:"required,1..2048,hidden"`
}

func (s *Server) sendTaskHeartbeat(q *request, in *sendTaskHeartbeatInput) (any, error) {
	if s.o.Callbacks == nil {
		return nil, noCallbacks()
	}
	return nothing{}, s.o.Callbacks.Heartbeat(q.ctx, *in.Token)
}

func noCallbacks() *Error { return refuse(codeInvalidToken, "Invalid Token: 'Invalid token'") }
