package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A RouteRequest is an element of a routingConfiguration.
type RouteRequest struct {
	Version string // ARN
	Weight  int
}

// CreateAlias creates an alias for versions of one state machine. Where there is one
// that is the same in all it returns that.
func (r *Registry) CreateAlias(ctx context.Context, name, description string, routing []RouteRequest) (ARN, *Alias, error) {
	if err := cmp.Or(checkAlias(name), checkDescription(description, "description")); err != nil {
		return ARN{}, nil, err
	}
	a, routes, err := parseRouting(routing)
	if err != nil {
		return ARN{}, nil, err
	}
	a.Qualifier = name
	var alias *Alias
	_, err = r.change(ctx, a, noResource, func(m *StateMachine) error {
		if err := m.checkRoutes(a, routes); err != nil {
			return err
		}
		if alias = m.Alias(name); alias != nil {
			if alias.Description != description || !slices.Equal(alias.Routes, routes) {
				return &Error{
					Code:    Conflict,
					Message: "Failed to create alias because an alias with the same name and a different routing configuration already exists.",
				}
			}
			return nil
		}
		if len(m.Aliases) == maxAliases {
			return quota("The state machine has %d aliases, the most that it can have: delete some", maxAliases)
		}
		at := now()
		m.Aliases = append(m.Aliases, Alias{Name: name, Description: description, Routes: routes, Created: at, Updated: at})
		alias = &m.Aliases[len(m.Aliases)-1]
		return nil
	})
	return a, alias, err
}

// UpdateAlias changes an alias: its description if that is not nil, its routes if
// there are any.
func (r *Registry) UpdateAlias(ctx context.Context, arn string, description *string, routing []RouteRequest) (*Alias, error) {
	a, err := parseAlias(arn)
	if err != nil {
		return nil, err
	}
	if description == nil && routing == nil {
		return nil, &Error{Code: ValidationException, Message: "Either the description or the routing configuration must be specified", Reason: "MISSING_REQUIRED_PARAMETER"}
	}
	var routes []Route
	if routing != nil {
		var of ARN
		if of, routes, err = parseRouting(routing); err != nil {
			return nil, err
		}
		if of != a.Unqualified() {
			return nil, misrouted(routing, "must contain versions of the alias's own state machine")
		}
	}
	if description != nil {
		if err := checkDescription(*description, "description"); err != nil {
			return nil, err
		}
	}
	var alias *Alias
	_, err = r.change(ctx, a, noAlias, func(m *StateMachine) error {
		if alias = m.Alias(a.Qualifier); alias == nil {
			return noAlias(a)
		}
		if err := m.checkRoutes(a, routes); err != nil {
			return err
		}
		if routes != nil {
			alias.Routes = routes
		}
		if description != nil {
			alias.Description = *description
		}
		alias.Updated = now()
		return nil
	})
	return alias, err
}

// Alias is the alias that arn names.
func (r *Registry) Alias(ctx context.Context, arn string) (*Alias, error) {
	a, err := parseAlias(arn)
	if err != nil {
		return nil, err
	}
	m, err := r.get(ctx, a, noAlias)
	if err != nil {
		return nil, err
	}
	alias := m.Alias(a.Qualifier)
	if alias == nil {
		return nil, noAlias(a)
	}
	return alias, nil
}

// DeleteAlias removes an alias. What is not there can be removed.
func (r *Registry) DeleteAlias(ctx context.Context, arn string) error {
	a, err := parseAlias(arn)
	if err != nil {
		return err
	}
	_, err = r.change(ctx, a, noAlias, func(m *StateMachine) error {
		m.Aliases = slices.DeleteFunc(m.Aliases, func(alias Alias) bool { return alias.Name == a.Qualifier })
		return nil
	})
	return unless(err, ResourceNotFound)
}

// Aliases is a page of the aliases of a state machine in the order of their
// creation, or, where arn names a version, of those that refer to it.
func (r *Registry) Aliases(ctx context.Context, arn string, p Page) ([]Alias, string, error) {
	a, err := ParseARN(arn)
	if err != nil {
		return nil, "", err
	}
	m, err := r.get(ctx, a, absent)
	if err != nil {
		return nil, "", err
	}
	if a.Qualifier != "" {
		version := m.Version(a.Version())
		if version == nil {
			return nil, "", absent(a)
		}
		m.Aliases = slices.DeleteFunc(m.Aliases, func(alias Alias) bool {
			return !slices.ContainsFunc(alias.Routes, func(route Route) bool { return route.Version == version.Number })
		})
	}
	key := func(alias Alias) string { return ascending(alias.Created.UnixMilli()) + alias.Name }
	slices.SortFunc(m.Aliases, func(a, b Alias) int { return strings.Compare(key(a), key(b)) })
	return paged(m.Aliases, a.String(), key, p)
}

// parseAlias reads the ARN of an alias.
func parseAlias(arn string) (ARN, error) {
	a, err := ParseARN(arn)
	if err == nil && (a.Qualifier == "" || a.Version() > 0) {
		err = invalidARN("Resource type not valid in this context: " + resourceType)
	}
	return a, err
}

// parseRouting is the state machine and the routes that a routingConfiguration
// means.
func parseRouting(routing []RouteRequest) (of ARN, routes []Route, err error) {
	if n := len(routing); n < 1 || n > maxRoutes {
		rule := "have length less than or equal to " + strconv.Itoa(maxRoutes)
		if n < 1 {
			rule = "have length greater than or equal to 1"
		}
		return ARN{}, nil, unfit(inWords(routing), "routingConfiguration", rule)
	}
	sum := 0
	for i, q := range routing {
		field := fmt.Sprintf("routingConfiguration.%d.member.weight", i+1)
		switch {
		case q.Weight > 100:
			return ARN{}, nil, unfit(strconv.Itoa(q.Weight), field, "have value less than or equal to 100")
		case q.Weight < 0:
			return ARN{}, nil, unfit(strconv.Itoa(q.Weight), field, "have value greater than or equal to 0")
		}
		a, err := ParseARN(q.Version)
		if err != nil {
			return ARN{}, nil, err
		}
		number := a.Version()
		switch {
		case number == 0:
			return ARN{}, nil, misrouted(routing, "must contain state machine version ARNs")
		case i > 0 && a.Unqualified() != of:
			return ARN{}, nil, misrouted(routing, "must contain versions of one state machine")
		case i > 0 && number == routes[0].Version:
			return ARN{}, nil, misrouted(routing, "must contain distinct state machine version ARNs")
		}
		of = a.Unqualified()
		routes = append(routes, Route{number, q.Weight})
		sum += q.Weight
	}
	if sum != 100 {
		var weights []string
		for _, q := range routing {
			weights = append(weights, strconv.Itoa(q.Weight))
		}
		return ARN{}, nil, &Error{
			Code:    ValidationException,
			Message: fmt.Sprintf("Sum of routing configuration weights must equal 100. Received: [%s]", strings.Join(weights, ", ")),
			Reason:  invalidRouting,
		}
	}
	return of, routes, nil
}

const invalidRouting = "INVALID_ROUTING_CONFIGURATION"

// misrouted is the error of a routingConfiguration.
func misrouted(routing []RouteRequest, rule string) *Error {
	var arns []string
	for _, q := range routing {
		arns = append(arns, q.Version)
	}
	return &Error{
		Code:    ValidationException,
		Message: fmt.Sprintf("Routing configuration %s. Received: [%s]", rule, strings.Join(arns, ", ")),
		Reason:  invalidRouting,
	}
}

// inWords is a routingConfiguration as AWS's messages have it.
func inWords(routing []RouteRequest) string {
	var items []string
	for _, q := range routing {
		items = append(items, fmt.Sprintf("RoutingConfigurationListItem(stateMachineVersionArn=%s, weight=%d)", q.Version, q.Weight))
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// checkRoutes wants the versions of routes to be there.
func (m *StateMachine) checkRoutes(a ARN, routes []Route) error {
	for _, route := range routes {
		if m.Version(route.Version) == nil {
			return noResource(a.Qualified(route.Version))
		}
	}
	return nil
}

// unless is err, nil where its code is the one given.
func unless(err error, code Code) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Code == code {
		return nil
	}
	return err
}
