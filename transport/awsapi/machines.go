package awsapi

import (
	"strconv"

	"github.com/seed66d9166c/express/internal/catalog"
)

type createStateMachineInput struct {
	Name        *string          `json:"name" aws:"required"`
	Definition  *string          `json:"definition" aws:"required,1..1048576,hidden"`
	Role        *string          `json:"roleArn" aws:"required,1..256"`
	Type        *string          `json:"type" aws:"STANDARD|EXPRESS"`
	Logging     *loggingInput    `json:"loggingConfiguration"`
	Tracing     *tracing         `json:"tracingConfiguration"`
	Encryption  *encryptionInput `json:"encryptionConfiguration"`
	Tags        []tag            `json:"tags"`
	Publish     bool             `json:"publish"`
	Description string           `json:"versionDescription"`
}

type loggingInput struct {
	Level        *string       `json:"level" aws:"ALL|ERROR|FATAL|OFF"`
	Data         bool          `json:"includeExecutionData"`
	Destinations []destination `json:"destinations"`
}

type destination struct {
	Group logGroup `json:"cloudWatchLogsLogGroup"`
}

type logGroup struct {
	ARN string `json:"logGroupArn"`
}

type tracing struct {
	Enabled bool `json:"enabled"`
}

type encryptionInput struct {
	Type   *string `json:"type" aws:"required,AWS_OWNED_KEY|CUSTOMER_MANAGED_KMS_KEY"`
	Key    *string `json:"kmsKeyId" aws:"1..2048"`
	Period *int    `json:"kmsDataKeyReusePeriodSeconds" aws:"60..900"`
}

func (l *loggingInput) settings() *catalog.Logging {
	if l == nil {
		return nil
	}
	c := &catalog.Logging{Level: or(l.Level), Data: l.Data}
	for _, d := range l.Destinations {
		c.Destinations = append(c.Destinations, d.Group.ARN)
	}
	return c
}

func (e *encryptionInput) settings() *catalog.Encryption {
	if e == nil {
		return nil
	}
	return &catalog.Encryption{Type: *e.Type, Key: or(e.Key), ReusePeriod: or(e.Period)}
}

func (s *Server) createStateMachine(q *request, in *createStateMachineInput) (any, error) {
	kind := catalog.Type(or(in.Type))
	if s.o.Strict && kind != catalog.Express {
		return nil, refuse(codeTypeNotSupported, "%s: state machines run as EXPRESS here", typeNotSupported)
	}
	m, v, err := s.o.Registry.Create(q.ctx, catalog.Create{
		Name:               *in.Name,
		Definition:         *in.Definition,
		Role:               *in.Role,
		Type:               kind,
		Logging:            in.Logging.settings(),
		Tracing:            in.Tracing != nil && in.Tracing.Enabled,
		Encryption:         in.Encryption.settings(),
		Tags:               settings(in.Tags),
		Publish:            in.Publish,
		VersionDescription: in.Description,
	})
	if err != nil {
		return nil, err
	}
	arn := s.o.Registry.ARN(m.Name)
	s.changed(q, arn.String())
	if m.Type == catalog.Standard {
		s.o.Log.Warn("state machine of type STANDARD runs as EXPRESS: five minutes at most, no history, at least once", "machine", arn.String())
	}
	return struct {
		Machine string `json:"stateMachineArn"`
		Created epoch  `json:"creationDate"`
		Version string `json:"stateMachineVersionArn,omitempty"`
	}{arn.String(), epoch(m.Created), versionARN(arn, v)}, nil
}

// versionARN is the ARN of a version of the state machine arn, "" for nil.
func versionARN(arn catalog.ARN, v *catalog.Version) string {
	if v == nil {
		return ""
	}
	arn.Qualifier = strconv.Itoa(v.Number)
	return arn.String()
}

// changed logs who has changed what.
func (s *Server) changed(q *request, arn string) {
	by := ""
	if q.key != nil {
		by = q.key.ID
	}
	s.o.Log.Info("changed by the API", "operation", q.op.name, "resource", arn, "key", by, "request_id", q.id)
}

type updateStateMachineInput struct {
	Machine     *string          `json:"stateMachineArn" aws:"required,1..256"`
	Definition  *string          `json:"definition" aws:"1..1048576,hidden"`
	Role        *string          `json:"roleArn" aws:"1..256"`
	Logging     *loggingInput    `json:"loggingConfiguration"`
	Tracing     *tracing         `json:"tracingConfiguration"`
	Encryption  *encryptionInput `json:"encryptionConfiguration"`
	Publish     bool             `json:"publish"`
	Description string           `json:"versionDescription"`
}

func (s *Server) updateStateMachine(q *request, in *updateStateMachineInput) (any, error) {
	u := catalog.Update{
		Definition:         in.Definition,
		Role:               in.Role,
		Logging:            in.Logging.settings(),
		Encryption:         in.Encryption.settings(),
		Publish:            in.Publish,
		VersionDescription: in.Description,
	}
	if in.Tracing != nil {
		u.Tracing = &in.Tracing.Enabled
	}
	m, v, err := s.o.Registry.Update(q.ctx, *in.Machine, u)
	if err != nil {
		return nil, err
	}
	s.changed(q, *in.Machine)
	return struct {
		Updated  epoch  `json:"updateDate"`
		Revision string `json:"revisionId,omitempty"`
		Version  string `json:"stateMachineVersionArn,omitempty"`
	}{epoch(m.Updated), m.ID, versionARN(s.o.Registry.ARN(m.Name), v)}, nil
}

type machineInput struct {
	Machine *string `json:"stateMachineArn" aws:"required,1..256"`
}

func (s *Server) deleteStateMachine(q *request, in *machineInput) (any, error) {
	if err := s.o.Registry.Delete(q.ctx, *in.Machine); err != nil {
		return nil, err
	}
	s.changed(q, *in.Machine)
	return nothing{}, nil
}

type listInput struct {
	Max   int     `json:"maxResults"`
	Token *string `json:"nextToken" aws:"1..1024"`
}

type machineItem struct {
	Machine string       `json:"stateMachineArn"`
	Name    string       `json:"name"`
	Type    catalog.Type `json:"type"`
	Created epoch        `json:"creationDate"`
}

func (s *Server) listStateMachines(q *request, in *listInput) (any, error) {
	all, next, err := s.o.Registry.List(q.ctx, catalog.Page{Max: in.Max, Token: or(in.Token)})
	if err != nil {
		return nil, err
	}
	items := make([]machineItem, len(all))
	for i, m := range all {
		items[i] = machineItem{s.o.Registry.ARN(m.Name).String(), m.Name, m.Type, epoch(m.Created)}
	}
	return struct {
		Machines []machineItem `json:"stateMachines"`
		Next     string        `json:"nextToken,omitempty"`
	}{items, next}, nil
}
