package teststate

import (
	"bytes"
	"encoding/json"
)

// MarshalJSON is r in the form of the API: what is JSON is text.
func (r *Response) MarshalJSON() ([]byte, error) {
	out := struct {
		Output     *string     `json:"output,omitempty"`
		Error      *string     `json:"error,omitempty"`
		Cause      *string     `json:"cause,omitempty"`
		Inspection *Inspection `json:"inspectionData,omitempty"`
		NextState  string      `json:"nextState,omitempty"`
		Status     Status      `json:"status"`
	}{Inspection: r.Inspection, NextState: r.NextState, Status: r.Status}
	if !r.Output.IsNothing() {
		out.Output = new(r.Output.String())
	}
	if r.Err != nil {
		if r.Err.Name != "" {
			out.Error = &r.Err.Name
		}
		if !r.Err.NoCause {
			out.Cause = &r.Err.Cause
		}
	}
	return encode(out)
}

// numeric are the stages that are no text in the API.
var numeric = map[string]bool{"maxConcurrency": true, "toleratedFailureCount": true, "toleratedFailurePercentage": true}

// MarshalJSON is i in the form of the API: a member for each stage.
func (i *Inspection) MarshalJSON() ([]byte, error) {
	out := make(map[string]any)
	for _, s := range i.Stages {
		out[s.Name] = s.Value.String()
		if numeric[s.Name] {
			out[s.Name] = json.Number(s.Value.String())
		}
	}
	if i.Handling != nil {
		out["errorDetails"] = i.Handling
	}
	if i.Request != nil {
		out["request"] = i.Request
	}
	if i.Response != nil {
		out["response"] = i.Response
	}
	return encode(out)
}

// encode is v as JSON, without the escapes that only HTML needs.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}
