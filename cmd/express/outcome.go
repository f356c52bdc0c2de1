package main

import (
	"encoding/json"

	"github.com/seed66d9166c/express/express"
)

// An outcome is how an execution ended, as it is printed: what it does not have
// is absent.
type outcome struct {
	Status string          `json:"status"`
	Output json.RawMessage `json:"output,omitempty"`
	Error  *string         `json:"error,omitempty"`
	Cause  *string         `json:"cause,omitempty"`
}

func outcomeOf(o *express.Outcome) outcome {
	out := outcome{Status: o.Status.String()}
	if o.Status == express.Succeeded {
		out.Output = o.Output.AppendJSON(nil)
	} else if o.Err != nil {
		if o.Err.Name != "" {
			out.Error = &o.Err.Name
		}
		if !o.Err.NoCause {
			out.Cause = &o.Err.Cause
		}
	}
	return out
}

// printOutcome prints o on one line. Its error is the exit code of an execution
// that did not succeed.
func (a *app) printOutcome(o outcome) error {
	if err := a.printJSON(o); err != nil {
		return err
	}
	if o.Status != express.Succeeded.String() {
		return failure{exitFailed, nil}
	}
	return nil
}
