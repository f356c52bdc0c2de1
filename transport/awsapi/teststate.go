package awsapi

import "github.com/seed66d9166c/express/express/teststate"

type testStateInput struct {
	Definition *string             `json:"definition" aws:"required,1..1048576,hidden"`
	State      *string             `json:"stateName" aws:"1..80"`
	Role       *string             `json:"roleArn" aws:"1..256"`
	Input      *string             `json:"input" aws:"0..262144,hidden"`
	Level      *string             `json:"inspectionLevel" aws:"INFO|DEBUG|TRACE"`
	Reveal     *bool               `json:"revealSecrets"`
	Variables  *string             `json:"variables" aws:"0..262144,hidden"`
	Mock       *mockInput          `json:"mock"`
	Context    *string             `json:"context" aws:"0..262144,hidden"`
	Config     *configurationInput `json:"stateConfiguration"`
}

type mockInput struct {
	Result *string          `json:"result" aws:"0..262144,hidden"`
	Error  *mockErrorOutput `json:"errorOutput"`
	Mode   *string          `json:"fieldValidationMode" aws:"STRICT|PRESENT|NONE"`
}

type mockErrorOutput struct {
	Error *string `json:"error" aws:"0..256,hidden"`
	Cause *string `json:"cause" aws:"0..32768,hidden"`
}

type configurationInput struct {
	Retries  *int    `json:"retrierRetryCount" aws:"0.."`
	CausedBy *string `json:"errorCausedByState" aws:"1..80"`
	Failures *int    `json:"mapIterationFailureCount" aws:"0.."`
	Items    *string `json:"mapItemReaderData" aws:"0..262144,hidden"`
}

func (s *Server) testState(q *request, in *testStateInput) (any, error) {
	account := s.o.Registry.ARN("")
	r := teststate.Request{
		Definition:    *in.Definition,
		StateName:     or(in.State),
		RoleArn:       or(in.Role),
		Input:         or(in.Input),
		Level:         teststate.Level(or(in.Level)),
		RevealSecrets: or(in.Reveal),
		Variables:     or(in.Variables),
		Context:       or(in.Context),
		Region:        account.Region,
		Account:       account.ID,
		Invokers:      s.o.Invokers,
	}
	if m := in.Mock; m != nil {
		r.Mock = &teststate.Mock{Result: or(m.Result), Validation: teststate.Validation(or(m.Mode))}
		if m.Error != nil {
			r.Mock.ErrorOutput = &teststate.ErrorOutput{Error: or(m.Error.Error), Cause: m.Error.Cause}
		}
	}
	if c := in.Config; c != nil {
		r.Configuration = &teststate.Configuration{
			RetrierRetryCount:        or(c.Retries),
			ErrorCausedByState:       or(c.CausedBy),
			MapIterationFailureCount: or(c.Failures),
			MapItemReaderData:        or(c.Items),
		}
	}
	return teststate.Run(q.ctx, r)
}

// or is what p points at, the zero value for nil.
func or[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
