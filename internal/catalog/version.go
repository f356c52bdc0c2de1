package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Publish is the version of the current revision: that which there is, or a new one.
// Where revision is not "" it has to be the current one.
func (r *Registry) Publish(ctx context.Context, arn, revision, description string) (*StateMachine, *Version, error) {
	a, err := r.unqualified(arn)
	if err != nil {
		return nil, nil, err
	}
	if err := checkDescription(description, "description"); err != nil {
		return nil, nil, err
	}
	var version *Version
	m, err := r.change(ctx, a, absent, func(m *StateMachine) error {
		if revision != "" && revision != m.ID {
			return &Error{
				Code: Conflict,
				Message: fmt.Sprintf("Failed to publish the State Machine version for revision %s. The current State Machine revision is %s.",
					revision, m.ID),
			}
		}
		version, err = m.publish(description, now())
		return err
	})
	return m, version, err
}

// publish is the version of m's current revision. One that is there keeps its
// description, as on AWS.
func (m *StateMachine) publish(description string, at time.Time) (*Version, error) {
	if v := m.published(); v != nil {
		return v, nil
	}
	if len(m.Versions) == maxVersions {
		return nil, quota("The state machine has %d versions, the most that it can have: delete some", maxVersions)
	}
	m.Latest++
	m.Versions = append(m.Versions, Version{Number: m.Latest, Description: description, Created: at, Revision: m.Revision})
	return &m.Versions[len(m.Versions)-1], nil
}

// publishedIf is the version of the current revision if a request said to publish
// it.
func (m *StateMachine) publishedIf(asked bool) *Version {
	if !asked {
		return nil
	}
	return m.published()
}

// DeleteVersion removes a version to which no alias refers. What is not there can be
// removed.
func (r *Registry) DeleteVersion(ctx context.Context, arn string) error {
	a, err := ParseARN(arn)
	if err != nil {
		return err
	}
	number := a.Version()
	if number == 0 {
		return invalidARN("Resource type not valid in this context: " + resourceType)
	}
	_, err = r.change(ctx, a, absent, func(m *StateMachine) error {
		var by []string
		for _, alias := range m.Aliases {
			if slices.ContainsFunc(alias.Routes, func(route Route) bool { return route.Version == number }) {
				by = append(by, alias.Name)
			}
		}
		if by != nil {
			return &Error{
				Code: Conflict,
				Message: fmt.Sprintf("Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [%s]",
					strings.Join(by, ", ")),
			}
		}
		m.Versions = slices.DeleteFunc(m.Versions, func(v Version) bool { return v.Number == number })
		return nil
	})
	return unless(err, StateMachineDoesNotExist)
}

// Versions is a page of the versions of a state machine, newest first.
func (r *Registry) Versions(ctx context.Context, arn string, p Page) ([]Version, string, error) {
	a, err := r.unqualified(arn)
	if err != nil {
		return nil, "", err
	}
	m, err := r.get(ctx, a, absent)
	if err != nil {
		return nil, "", err
	}
	slices.Reverse(m.Versions)
	return paged(m.Versions, a.String(), func(v Version) string { return descending(v.Number) }, p)
}
