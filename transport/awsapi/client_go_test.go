package awsapi_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/transport/awsapi"
)

// The state machines of the scenario that every client plays: one that succeeds,
// one that fails, and one that takes longer than it may.
var scenario = map[string]string{
	"says":  pass("one"),
	"fails": `{"StartAt":"A","States":{"A":{"Type":"Fail","Error":"Refused","Cause":"no"}}}`,
	"slow":  `{"StartAt":"A","TimeoutSeconds":1,"States":{"A":{"Type":"Wait","Seconds":60,"End":true}}}`,
}

// clientServer is a server for a client, and its address.
func clientServer(t *testing.T, keys bool) (e *engine, port string) {
	t.Helper()
	e = newEngine(compiler.Options{})
	o := awsapi.Options{}
	if keys {
		o.KeysFile = writeKeys(t, allScopes)
	}
	_, port, err := net.SplitHostPort(serve(t, newServer(t, e, o)).String())
	if err != nil {
		t.Fatal(err)
	}
	return e, port
}

// The Go SDK is pointed here by its BaseEndpoint. The prefix sync- of the host is
// switched off by a middleware, or the name with it leads here as well.
func TestGoClient(t *testing.T) {
	for _, tt := range []struct {
		name         string
		keys, prefix bool
	}{
		{"no keys", false, false},
		{"no keys, host prefix", false, true},
		{"keys", true, false},
		{"keys, host prefix", true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, port := clientServer(t, tt.keys)
			transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+port) // as a hosts file would
			}}
			defer transport.CloseIdleConnections()
			o := sfn.Options{
				Region:       "us-east-1",
				BaseEndpoint: aws.String("http://localhost:" + port),
				HTTPClient:   &http.Client{Transport: transport},
				Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
					return aws.Credentials{AccessKeyID: allScopes.ID, SecretAccessKey: allScopes.Secret}, nil
				}),
			}
			if !tt.prefix {
				o.APIOptions = append(o.APIOptions, withoutHostPrefix)
			}
			playGo(t, sfn.New(o), e)
			if tt.keys {
				o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
					return aws.Credentials{AccessKeyID: allScopes.ID, SecretAccessKey: "not the secret of this key"}, nil
				})
				refused(t, sfn.New(o).ListStateMachines, &sfn.ListStateMachinesInput{}, "InvalidSignatureException")
			}
		})
	}
}

// withoutHostPrefix leaves the host as BaseEndpoint has it.
func withoutHostPrefix(s *middleware.Stack) error {
	return s.Initialize.Add(middleware.InitializeMiddlewareFunc("WithoutHostPrefix",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
		}), middleware.After)
}

// ok is what an operation answers, which is to succeed.
func ok[In, Out any](t *testing.T, op func(context.Context, *In, ...func(*sfn.Options)) (*Out, error), in *In) *Out {
	t.Helper()
	out, err := op(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// refused wants an error that has this code.
func refused[In, Out any](t *testing.T, op func(context.Context, *In, ...func(*sfn.Options)) (*Out, error), in *In, code string) {
	t.Helper()
	_, err := op(t.Context(), in)
	if e, is := errors.AsType[smithy.APIError](err); !is || e.ErrorCode() != code {
		t.Errorf("error %v, want %s", err, code)
	}
}

func playGo(t *testing.T, c *sfn.Client, e *engine) {
	arns := make(map[string]*string)
	for name, definition := range scenario {
		v := ok(t, c.ValidateStateMachineDefinition, &sfn.ValidateStateMachineDefinitionInput{Definition: &definition, Type: types.StateMachineTypeExpress})
		if v.Result != types.ValidateStateMachineDefinitionResultCodeOk {
			t.Errorf("validate %s: %v", name, v.Diagnostics)
		}
		arns[name] = ok(t, c.CreateStateMachine, &sfn.CreateStateMachineInput{
			Name: &name, Definition: &definition, RoleArn: aws.String(role), Type: types.StateMachineTypeExpress,
			Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("a")}},
		}).StateMachineArn
	}
	says := arns["says"]

	// Starts: what became of them is typed, and a name may be used again.
	for range 2 {
		ok(t, c.StartExecution, &sfn.StartExecutionInput{StateMachineArn: says, Name: aws.String("n"), Input: aws.String(`{"a":1}`)})
	}
	if n := len(e.started); n != 2 {
		t.Errorf("%d executions started, want 2", n)
	}
	for name, want := range map[string]string{"says": `SUCCEEDED {"says":"one"}  `, "fails": "FAILED  Refused no", "slow": "TIMED_OUT  States.Timeout "} {
		out := ok(t, c.StartSyncExecution, &sfn.StartSyncExecutionInput{StateMachineArn: arns[name], Input: aws.String(`{"a":1}`)})
		got := fmt.Sprintf("%s %s %s %s", out.Status, or(out.Output), or(out.Error), or(out.Cause))
		if got != want || *out.Input != `{"a":1}` || out.StopDate.Before(*out.StartDate) || time.Since(*out.StartDate) > time.Hour {
			t.Errorf("%s: %s, want %s; %+v", name, got, want, out)
		}
	}

	// Versions and aliases.
	two := pass("two")
	updated := ok(t, c.UpdateStateMachine, &sfn.UpdateStateMachineInput{StateMachineArn: says, Definition: &two, Publish: true})
	first := updated.StateMachineVersionArn
	three := pass("three")
	ok(t, c.UpdateStateMachine, &sfn.UpdateStateMachineInput{StateMachineArn: says, Definition: &three})
	second := ok(t, c.PublishStateMachineVersion, &sfn.PublishStateMachineVersionInput{StateMachineArn: says}).StateMachineVersionArn
	live := ok(t, c.CreateStateMachineAlias, &sfn.CreateStateMachineAliasInput{
		Name:                 aws.String("live"),
		RoutingConfiguration: []types.RoutingConfigurationListItem{{StateMachineVersionArn: first, Weight: 100}},
	}).StateMachineAliasArn
	if out := ok(t, c.StartSyncExecution, &sfn.StartSyncExecutionInput{StateMachineArn: live}); *out.Output != `{"says":"two"}` {
		t.Errorf("the alias runs %s", *out.Output)
	}
	ok(t, c.UpdateStateMachineAlias, &sfn.UpdateStateMachineAliasInput{
		StateMachineAliasArn: live,
		RoutingConfiguration: []types.RoutingConfigurationListItem{{StateMachineVersionArn: second, Weight: 100}, {StateMachineVersionArn: first, Weight: 0}},
	})
	if out := ok(t, c.StartSyncExecution, &sfn.StartSyncExecutionInput{StateMachineArn: live}); *out.Output != `{"says":"three"}` {
		t.Errorf("the changed alias runs %s", *out.Output)
	}
	if out := ok(t, c.DescribeStateMachineAlias, &sfn.DescribeStateMachineAliasInput{StateMachineAliasArn: live}); len(out.RoutingConfiguration) != 2 {
		t.Errorf("alias: %+v", out)
	}
	refused(t, c.DeleteStateMachineVersion, &sfn.DeleteStateMachineVersionInput{StateMachineVersionArn: first}, "ConflictException")

	// Descriptions, pages, tags.
	described := ok(t, c.DescribeStateMachine, &sfn.DescribeStateMachineInput{StateMachineArn: says})
	if *described.Definition != three || described.Type != types.StateMachineTypeExpress || described.Status != types.StateMachineStatusActive {
		t.Errorf("state machine: %+v", described)
	}
	var names []string
	for p := sfn.NewListStateMachinesPaginator(c, &sfn.ListStateMachinesInput{MaxResults: 2}); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.StateMachines {
			names = append(names, *m.Name)
		}
	}
	if diff := cmp.Diff([]string{"fails", "says", "slow"}, names); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	ok(t, c.TagResource, &sfn.TagResourceInput{ResourceArn: says, Tags: []types.Tag{{Key: aws.String("stage"), Value: aws.String("test")}}})
	ok(t, c.UntagResource, &sfn.UntagResourceInput{ResourceArn: says, TagKeys: []string{"team"}})
	if out := ok(t, c.ListTagsForResource, &sfn.ListTagsForResourceInput{ResourceArn: says}); len(out.Tags) != 1 || *out.Tags[0].Key != "stage" {
		t.Errorf("tags: %v", out.Tags)
	}

	// A state under test, and what an SDK makes of errors.
	tested := ok(t, c.TestState, &sfn.TestStateInput{
		Definition: aws.String(`{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"f"},"End":true}`),
		Mock:       &types.MockInput{Result: aws.String(`{"StatusCode":200,"Payload":{"a":1}}`)},
	})
	if tested.Status != types.TestExecutionStatusSucceeded {
		t.Errorf("test: %+v", tested)
	}
	_, err := c.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{StateMachineArn: aws.String(machines + "none")})
	if e, is := errors.AsType[*types.StateMachineDoesNotExist](err); !is || *e.Message == "" {
		t.Errorf("error %v, want a StateMachineDoesNotExist", err)
	}
	refused(t, c.CreateStateMachine, &sfn.CreateStateMachineInput{Name: aws.String("says"), Definition: &two, RoleArn: aws.String(role)}, "StateMachineAlreadyExists")
	refused(t, c.CreateStateMachine, &sfn.CreateStateMachineInput{Name: aws.String("x"), Definition: aws.String("{}"), RoleArn: aws.String(role)}, "InvalidDefinition")
	refused(t, c.StartExecution, &sfn.StartExecutionInput{StateMachineArn: says, Input: aws.String("no")}, "InvalidExecutionInput")
	refused(t, c.ListExecutions, &sfn.ListExecutionsInput{StateMachineArn: says}, "StateMachineTypeNotSupported")
	refused(t, c.SendTaskSuccess, &sfn.SendTaskSuccessInput{TaskToken: aws.String("x"), Output: aws.String("{}")}, "InvalidToken")

	ok(t, c.DeleteStateMachineAlias, &sfn.DeleteStateMachineAliasInput{StateMachineAliasArn: live})
	ok(t, c.DeleteStateMachineVersion, &sfn.DeleteStateMachineVersionInput{StateMachineVersionArn: first})
	if out := ok(t, c.ListStateMachineVersions, &sfn.ListStateMachineVersionsInput{StateMachineArn: says}); len(out.StateMachineVersions) != 1 {
		t.Errorf("versions: %v", out.StateMachineVersions)
	}
	for _, arn := range arns {
		ok(t, c.DeleteStateMachine, &sfn.DeleteStateMachineInput{StateMachineArn: arn})
	}
	if out := ok(t, c.ListStateMachines, &sfn.ListStateMachinesInput{}); len(out.StateMachines) != 0 {
		t.Errorf("left over: %v", out.StateMachines)
	}
}

// or is what p points at, the zero value for nil.
func or[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
