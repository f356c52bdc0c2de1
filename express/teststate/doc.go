// Package teststate tests one state of a machine, as the TestState of AWS Step
// Functions does: it runs the state in the engine, with a mocked answer in the
// place of the service it calls, and shows each stage of its data flow.
//
//	out, err := teststate.Run(ctx, teststate.Request{
//		Definition: state, // {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", ...}
//		Input:      `{"id": "a1"}`,
//		Level:      teststate.Debug,
//		Mock:       &teststate.Mock{Result: `{"Item": {"id": {"S": "a1"}}}`},
//	})
//
// The definition is compiled into a machine of the state under test and an empty
// state for each one it can go on to, and express runs that with an
// [express.Probe]. A mocked result is held against what the API that it stands
// for returns: the table in shapes.zip has the operations of all services of AWS,
// and is read once one of them is asked for.
//
// What a request may not be is an [Error] with the code and message of AWS; what
// becomes of the state is a [Response], also where the state fails.
package teststate
