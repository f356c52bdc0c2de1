package awsapi

import "github.com/seed66d9166c/express/internal/catalog"

type tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// settings are tags as the catalog takes them.
func settings(tags []tag) []catalog.Tag {
	var out []catalog.Tag
	for _, t := range tags {
		out = append(out, catalog.Tag(t))
	}
	return out
}

type tagInput struct {
	Resource *string `json:"resourceArn" aws:"required,1..256"`
	Tags     []tag   `json:"tags" aws:"required"`
}

func (s *Server) tagResource(q *request, in *tagInput) (any, error) {
	if err := s.o.Registry.Tag(q.ctx, *in.Resource, settings(in.Tags)); err != nil {
		return nil, err
	}
	s.changed(q, *in.Resource)
	return nothing{}, nil
}

type untagInput struct {
	Resource *string  `json:"resourceArn" aws:"required,1..256"`
	Keys     []string `json:"tagKeys" aws:"required"`
}

func (s *Server) untagResource(q *request, in *untagInput) (any, error) {
	if err := s.o.Registry.Untag(q.ctx, *in.Resource, in.Keys); err != nil {
		return nil, err
	}
	s.changed(q, *in.Resource)
	return nothing{}, nil
}

type listTagsInput struct {
	Resource *string `json:"resourceArn" aws:"required,1..256"`
}

func (s *Server) listTags(q *request, in *listTagsInput) (any, error) {
	tags, err := s.o.Registry.Tags(q.ctx, *in.Resource)
	if err != nil {
		return nil, err
	}
	out := make([]tag, len(tags))
	for i, t := range tags {
		out[i] = tag(t)
	}
	return struct {
		Tags []tag `json:"tags"`
	}{out}, nil
}
