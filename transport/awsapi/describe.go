package awsapi

import (
	"cmp"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/internal/catalog"
)

type describeInput struct {
	Machine  *string `json:"stateMachineArn" aws:"required,1..256"`
	Included *string `json:"includedData" aws:"ALL_DATA|METADATA_ONLY"`
}

// A description is the answer of DescribeStateMachine.
type description struct {
	Machine     string              `json:"stateMachineArn"`
	Name        string              `json:"name"`
	Status      string              `json:"status"`
	Definition  string              `json:"definition"`
	Role        string              `json:"roleArn"`
	Type        catalog.Type        `json:"type"`
	Created     epoch               `json:"creationDate"`
	Logging     logging             `json:"loggingConfiguration"`
	Tracing     tracing             `json:"tracingConfiguration"`
	Revision    string              `json:"revisionId,omitempty"`
	Description string              `json:"description,omitempty"`
	Encryption  encryption          `json:"encryptionConfiguration"`
	Variables   map[string][]string `json:"variableReferences,omitempty"`
}

type logging struct {
	Level        string        `json:"level"`
	Data         bool          `json:"includeExecutionData"`
	Destinations []destination `json:"destinations,omitempty"`
}

type encryption struct {
	Type   string `json:"type"`
	Key    string `json:"kmsKeyId,omitempty"`
	Period int    `json:"kmsDataKeyReusePeriodSeconds,omitempty"`
}

func (s *Server) describeStateMachine(q *request, in *describeInput) (any, error) {
	d, err := s.o.Registry.Describe(q.ctx, *in.Machine)
	if err != nil {
		return nil, err
	}
	m, r := d.Machine, d.Revision
	out := &description{
		Machine:    d.ARN.String(),
		Name:       m.Name,
		Status:     "ACTIVE",
		Role:       r.Role,
		Type:       m.Type,
		Created:    epoch(m.Created),
		Logging:    logging{Level: "OFF"},
		Tracing:    tracing{r.Tracing},
		Revision:   r.ID,
		Encryption: encryption{Type: "AWS_OWNED_KEY"},
	}
	if l := r.Logging; l != nil {
		out.Logging.Level, out.Logging.Data = cmp.Or(l.Level, "OFF"), l.Data
		for _, arn := range l.Destinations {
			out.Logging.Destinations = append(out.Logging.Destinations, destination{logGroup{arn}})
		}
	}
	if e := r.Encryption; e != nil {
		out.Encryption = encryption{e.Type, e.Key, e.ReusePeriod}
	}
	if v := d.Version; v != nil {
		out.Created, out.Description = epoch(v.Created), v.Description
	}
	if or(in.Included) == "METADATA_ONLY" {
		return out, nil
	}
	out.Definition = string(d.Definition)
	o := s.options()
	o.Set = r.Set
	if p, _ := compiler.Compile(m.Name, d.Definition, o); p != nil {
		out.Variables = variables(p)
	}
	return out, nil
}

// options are a copy of those that definitions are compiled with.
func (s *Server) options() *compiler.Options {
	if s.o.Compiler == nil {
		return new(compiler.Options)
	}
	return new(*s.o.Compiler())
}
