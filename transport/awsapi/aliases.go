package awsapi

import (
	"fmt"
	"strconv"

	"github.com/seed66d9166c/express/internal/catalog"
)

type createAliasInput struct {
	Name        *string `json:"name" aws:"required"`
	Description string  `json:"description"`
	Routing     []route `json:"routingConfiguration" aws:"required,1..2"`
}

type route struct {
	Version *string `json:"stateMachineVersionArn" aws:"required,1..256"`
	Weight  *int    `json:"weight" aws:"required"`
}

// String is r as errors have it.
func (r route) String() string {
	return fmt.Sprintf("RoutingConfigurationListItem(stateMachineVersionArn=%s, weight=%d)", or(r.Version), or(r.Weight))
}

func (s *Server) createAlias(q *request, in *createAliasInput) (any, error) {
	arn, alias, err := s.o.Registry.CreateAlias(q.ctx, *in.Name, in.Description, routing(in.Routing))
	if err != nil {
		return nil, err
	}
	s.changed(q, arn.String())
	return aliasItem{arn.String(), epoch(alias.Created)}, nil
}

// routing is a routingConfiguration as the catalog takes it, nil for nil.
func routing(in []route) []catalog.RouteRequest {
	if in == nil {
		return nil
	}
	out := make([]catalog.RouteRequest, len(in))
	for i, r := range in {
		out[i] = catalog.RouteRequest{Version: *r.Version, Weight: *r.Weight}
	}
	return out
}

type aliasItem struct {
	Alias   string `json:"stateMachineAliasArn"`
	Created epoch  `json:"creationDate"`
}

type updateAliasInput struct {
	Alias       *string `json:"stateMachineAliasArn" aws:"required,1..256"`
	Description *string `json:"description"`
	Routing     []route `json:"routingConfiguration" aws:"1..2"`
}

func (s *Server) updateAlias(q *request, in *updateAliasInput) (any, error) {
	alias, err := s.o.Registry.UpdateAlias(q.ctx, *in.Alias, in.Description, routing(in.Routing))
	if err != nil {
		return nil, err
	}
	s.changed(q, *in.Alias)
	return struct {
		Updated epoch `json:"updateDate"`
	}{epoch(alias.Updated)}, nil
}

type aliasInput struct {
	Alias *string `json:"stateMachineAliasArn" aws:"required,1..256"`
}

func (s *Server) describeAlias(q *request, in *aliasInput) (any, error) {
	alias, err := s.o.Registry.Alias(q.ctx, *in.Alias)
	if err != nil {
		return nil, err
	}
	arn, err := catalog.ParseARN(*in.Alias)
	if err != nil {
		return nil, err
	}
	routes := make([]routeOutput, len(alias.Routes))
	for i, r := range alias.Routes {
		arn.Qualifier = strconv.Itoa(r.Version)
		routes[i] = routeOutput{arn.String(), r.Weight}
	}
	return struct {
		Alias       string        `json:"stateMachineAliasArn"`
		Name        string        `json:"name"`
		Description string        `json:"description,omitempty"`
		Routing     []routeOutput `json:"routingConfiguration"`
		Created     epoch         `json:"creationDate"`
		Updated     epoch         `json:"updateDate"`
	}{*in.Alias, alias.Name, alias.Description, routes, epoch(alias.Created), epoch(alias.Updated)}, nil
}

type routeOutput struct {
	Version string `json:"stateMachineVersionArn"`
	Weight  int    `json:"weight"`
}

func (s *Server) deleteAlias(q *request, in *aliasInput) (any, error) {
	if err := s.o.Registry.DeleteAlias(q.ctx, *in.Alias); err != nil {
		return nil, err
	}
	s.changed(q, *in.Alias)
	return nothing{}, nil
}

func (s *Server) listAliases(q *request, in *listOfInput) (any, error) {
	all, next, err := s.o.Registry.Aliases(q.ctx, *in.Machine, in.page())
	if err != nil {
		return nil, err
	}
	arn, err := catalog.ParseARN(*in.Machine)
	if err != nil {
		return nil, err
	}
	items := make([]aliasItem, len(all))
	for i, a := range all {
		arn.Qualifier = a.Name
		items[i] = aliasItem{arn.String(), epoch(a.Created)}
	}
	return struct {
		Aliases []aliasItem `json:"stateMachineAliases"`
		Next    string      `json:"nextToken,omitempty"`
	}{items, next}, nil
}
