package awsapi

import "reflect"

// An operation is a row of the API.
type operation struct {
	name    string
	scope   Scope
	perform func(*Server, *request) (any, error)
	// defines is set where the body holds a definition, and so may be larger.
	defines bool
	// here says what the operation does in this engine, where that is not all that
	// AWS says of it.
	here string
	// absent is set for what Express Workflows do not have.
	absent bool
}

// on is an operation whose input is an In.
func on[In any](f func(*Server, *request, *In) (any, error)) func(*Server, *request) (any, error) {
	shape := shapeOf(reflect.TypeFor[In]())
	return func(s *Server, q *request) (any, error) {
		in := new(In)
		if err := decode(q.body, in, shape); err != nil {
			return nil, err
		}
		return f(s, q, in)
	}
}

// table has a row for each operation of the service, in order of their names.
var table = []*operation{
	{name: "CreateActivity", scope: Deploy, perform: on((*Server).createActivity), absent: true,
		here: "`ActivityLimitExceeded`: there may be none"},
	{name: "CreateStateMachine", scope: Deploy, perform: on((*Server).createStateMachine), defines: true,
		here: "type STANDARD is kept and runs as EXPRESS, with a warning in the log; refused where `strict` is set"},
	{name: "CreateStateMachineAlias", scope: Deploy, perform: on((*Server).createAlias)},
	{name: "DeleteActivity", scope: Deploy, perform: on((*Server).deleteActivity), absent: true,
		here: "nothing, as AWS does for what does not exist"},
	{name: "DeleteStateMachine", scope: Deploy, perform: on((*Server).deleteStateMachine)},
	{name: "DeleteStateMachineAlias", scope: Deploy, perform: on((*Server).deleteAlias)},
	{name: "DeleteStateMachineVersion", scope: Deploy, perform: on((*Server).deleteVersion)},
	{name: "DescribeActivity", scope: Read, perform: on((*Server).describeActivity), absent: true,
		here: "`ActivityDoesNotExist`"},
	{name: "DescribeExecution", scope: Read, perform: on((*Server).describeExecution), absent: true,
		here: "`InvalidArn` for an execution of an Express Workflow, `ExecutionDoesNotExist` for another"},
	{name: "DescribeMapRun", scope: Read, perform: on((*Server).describeMapRun), absent: true,
		here: "`ResourceNotFound`"},
	{name: "DescribeStateMachine", scope: Read, perform: on((*Server).describeStateMachine)},
	{name: "DescribeStateMachineAlias", scope: Read, perform: on((*Server).describeAlias)},
	{name: "DescribeStateMachineForExecution", scope: Read, perform: on((*Server).describeExecution), absent: true,
		here: "as DescribeExecution"},
	{name: "GetActivityTask", scope: Start, perform: on((*Server).describeActivity), absent: true,
		here: "`ActivityDoesNotExist`"},
	{name: "GetExecutionHistory", scope: Read, perform: on((*Server).describeExecution), absent: true,
		here: "as DescribeExecution; the log has the history"},
	{name: "ListActivities", scope: Read, perform: on((*Server).listActivities), absent: true,
		here: "the empty list"},
	{name: "ListExecutions", scope: Read, perform: on((*Server).listExecutions), absent: true,
		here: "`StateMachineTypeNotSupported`"},
	{name: "ListMapRuns", scope: Read, perform: on((*Server).describeExecution), absent: true,
		here: "as DescribeExecution"},
	{name: "ListStateMachineAliases", scope: Read, perform: on((*Server).listAliases)},
	{name: "ListStateMachineVersions", scope: Read, perform: on((*Server).listVersions)},
	{name: "ListStateMachines", scope: Read, perform: on((*Server).listStateMachines)},
	{name: "ListTagsForResource", scope: Read, perform: on((*Server).listTags)},
	{name: "PublishStateMachineVersion", scope: Deploy, perform: on((*Server).publishVersion)},
	{name: "RedriveExecution", scope: Start, perform: on((*Server).describeExecution), absent: true,
		here: "as DescribeExecution"},
	{name: "SendTaskFailure", scope: Start, perform: on((*Server).sendTaskFailure),
		here: "for tasks that wait for a callback, which Express Workflows have here"},
	{name: "SendTaskHeartbeat", scope: Start, perform: on((*Server).sendTaskHeartbeat), here: "as SendTaskFailure"},
	{name: "SendTaskSuccess", scope: Start, perform: on((*Server).sendTaskSuccess), here: "as SendTaskFailure"},
	{name: "StartExecution", scope: Start, perform: on((*Server).startExecution),
		here: "answers when the broker has the event; attempts of one call start one execution"},
	{name: "StartSyncExecution", scope: Start, perform: on((*Server).startSyncExecution),
		here: "attempts of one call join the running execution"},
	{name: "StopExecution", scope: Start, perform: on((*Server).describeExecution), absent: true,
		here: "as DescribeExecution"},
	{name: "TagResource", scope: Deploy, perform: on((*Server).tagResource)},
	{name: "TestState", scope: Start, perform: on((*Server).testState), defines: true,
		here: "see [test-state.md](test-state.md)"},
	{name: "UntagResource", scope: Deploy, perform: on((*Server).untagResource)},
	{name: "UpdateMapRun", scope: Start, perform: on((*Server).describeMapRun), absent: true,
		here: "`ResourceNotFound`"},
	{name: "UpdateStateMachine", scope: Deploy, perform: on((*Server).updateStateMachine), defines: true},
	{name: "UpdateStateMachineAlias", scope: Deploy, perform: on((*Server).updateAlias)},
	{name: "ValidateStateMachineDefinition", scope: Read, perform: on((*Server).validateDefinition), defines: true,
		here: "diagnostics are those of `express validate`; severity WARNING also warns of type STANDARD"},
}

// operations is table by name.
var operations = func() map[string]*operation {
	m := make(map[string]*operation, len(table))
	for _, op := range table {
		m[op.name] = op
	}
	return m
}()

// limit bounds the body of a request, in bytes.
func (op *operation) limit() int64 {
	if op.defines {
		return maxDefinitionBody
	}
	return maxBody
}

// nothing is the answer {}.
type nothing struct{}
