package awsapi

import (
	"strconv"

	"github.com/seed66d9166c/express/internal/catalog"
)

type publishInput struct {
	Machine     *string `json:"stateMachineArn" aws:"required,1..256"`
	Revision    string  `json:"revisionId"`
	Description string  `json:"description"`
}

func (s *Server) publishVersion(q *request, in *publishInput) (any, error) {
	m, v, err := s.o.Registry.Publish(q.ctx, *in.Machine, in.Revision, in.Description)
	if err != nil {
		return nil, err
	}
	s.changed(q, *in.Machine)
	return versionItem{versionARN(s.o.Registry.ARN(m.Name), v), epoch(v.Created)}, nil
}

type versionItem struct {
	Version string `json:"stateMachineVersionArn"`
	Created epoch  `json:"creationDate"`
}

type versionInput struct {
	Version *string `json:"stateMachineVersionArn" aws:"required,1..2000"`
}

func (s *Server) deleteVersion(q *request, in *versionInput) (any, error) {
	if err := s.o.Registry.DeleteVersion(q.ctx, *in.Version); err != nil {
		return nil, err
	}
	s.changed(q, *in.Version)
	return nothing{}, nil
}

type listOfInput struct {
	Machine *string `json:"stateMachineArn" aws:"required,1..256"`
	Max     int     `json:"maxResults"`
	Token   *string `json:"nextToken" aws:"1..1024"`
}

func (in *listOfInput) page() catalog.Page { return catalog.Page{Max: in.Max, Token: or(in.Token)} }

func (s *Server) listVersions(q *request, in *listOfInput) (any, error) {
	all, next, err := s.o.Registry.Versions(q.ctx, *in.Machine, in.page())
	if err != nil {
		return nil, err
	}
	arn, err := catalog.ParseARN(*in.Machine)
	if err != nil {
		return nil, err
	}
	items := make([]versionItem, len(all))
	for i, v := range all {
		arn.Qualifier = strconv.Itoa(v.Number)
		items[i] = versionItem{arn.String(), epoch(v.Created)}
	}
	return struct {
		Versions []versionItem `json:"stateMachineVersions"`
		Next     string        `json:"nextToken,omitempty"`
	}{items, next}, nil
}
