package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Tag adds tags to a state machine, or changes those that it has.
func (r *Registry) Tag(ctx context.Context, arn string, tags []Tag) error {
	if err := checkTags(tags); err != nil {
		return err
	}
	return r.retag(ctx, arn, func(a ARN, have []Tag) ([]Tag, error) { return merged(a, have, tags) })
}

// Untag removes tags from a state machine. What is not there can be removed.
func (r *Registry) Untag(ctx context.Context, arn string, keys []string) error {
	for i, key := range keys {
		if err := checkLength(key, fmt.Sprintf("tagKeys.%d.member", i+1), 1, maxTagKey); err != nil {
			return err
		}
	}
	return r.retag(ctx, arn, func(_ ARN, have []Tag) ([]Tag, error) {
		return slices.DeleteFunc(have, func(t Tag) bool { return slices.Contains(keys, t.Key) }), nil
	})
}

// Tags are those of a state machine, sorted by key.
func (r *Registry) Tags(ctx context.Context, arn string) ([]Tag, error) {
	a, err := parseTagged(arn)
	if err != nil {
		return nil, err
	}
	m, err := r.get(ctx, a, noResource)
	if err != nil {
		return nil, err
	}
	return m.Tags, nil
}

func (r *Registry) retag(ctx context.Context, arn string, do func(ARN, []Tag) ([]Tag, error)) error {
	a, err := parseTagged(arn)
	if err != nil {
		return err
	}
	_, err = r.change(ctx, a, noResource, func(m *StateMachine) error {
		m.Tags, err = do(a, m.Tags)
		return err
	})
	return err
}

// parseTagged reads the ARN of what can have tags: versions and aliases cannot.
func parseTagged(arn string) (ARN, error) {
	a, err := ParseARN(arn)
	if err == nil && a.Qualifier != "" {
		err = noResource(a)
	}
	return a, err
}

// merged is have with tags over it, sorted by key.
func merged(a ARN, have, tags []Tag) ([]Tag, error) {
	values := make(map[string]string)
	for _, t := range slices.Concat(have, tags) {
		values[t.Key] = t.Value
	}
	if len(values) > maxTags {
		return nil, &Error{
			Code:     TooManyTags,
			Message:  fmt.Sprintf("Too many tags: '%s' can have %d", a, maxTags),
			Resource: a.String(),
		}
	}
	var all []Tag
	for key, value := range values {
		all = append(all, Tag{key, value})
	}
	slices.SortFunc(all, func(a, b Tag) int { return strings.Compare(a.Key, b.Key) })
	return all, nil
}
