package awsapi

import (
	"cmp"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/internal/catalog"
)

// maxDiagnostics is how many are told of, as on AWS, if a request does not say
// less.
const maxDiagnostics = 100

type validateInput struct {
	Definition *string `json:"definition" aws:"required,0..1048576,hidden"`
	Type       *string `json:"type" aws:"STANDARD|EXPRESS"`
	Severity   *string `json:"severity" aws:"ERROR|WARNING"`
	Max        *int    `json:"maxResults" aws:"0..100"`
}

type diagnostic struct {
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Message  string `json:"message"`
	Location string `json:"location,omitempty"`
}

// standardType is the code of the warning of type STANDARD. It is not AWS's, whose
// codes are about definitions.
const standardType = "STANDARD_RUNS_AS_EXPRESS"

func (s *Server) validateDefinition(q *request, in *validateInput) (any, error) {
	_, found := compiler.Compile("definition.json", []byte(*in.Definition), s.options())
	result := "OK"
	if found.Err() != nil {
		result = "FAIL"
	}
	list := []diagnostic{}
	if kind := catalog.Type(or(in.Type)); kind != catalog.Express {
		switch {
		case s.o.Strict:
			result = "FAIL"
			list = append(list, diagnostic{compiler.Error.String(), standardType, typeNotSupported, ""})
		case or(in.Severity) == compiler.Warning.String():
			list = append(list, diagnostic{compiler.Warning.String(), standardType, "A state machine of type STANDARD runs as EXPRESS here", ""})
		}
	}
	for i := range found {
		d := &found[i]
		if d.Severity == compiler.Error || or(in.Severity) == compiler.Warning.String() {
			list = append(list, diagnostic{d.Severity.String(), string(d.Code), d.AWSMessage(), d.Path})
		}
	}
	most := cmp.Or(or(in.Max), maxDiagnostics)
	truncated := len(list) > most
	return struct {
		Result      string       `json:"result"`
		Diagnostics []diagnostic `json:"diagnostics"`
		Truncated   bool         `json:"truncated"`
	}{result, list[:min(len(list), most)], truncated}, nil
}
