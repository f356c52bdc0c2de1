package nats

import (
	"maps"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
)

// Error names of tasks over NATS. States.TaskFailed in Retry and Catch matches
// them, as it does all names of tasks.
const (
	// ErrNoResponders says that nobody listens to the task's subject. It is
	// known at once, not after a timeout.
	ErrNoResponders = "Nats.NoResponders"
	// ErrNoStream says that no stream has the subject.
	ErrNoStream = "Nats.NoStream"
	// ErrNoBucket says that there is no such bucket, of keys and values or of
	// objects.
	ErrNoBucket = "Nats.BucketNotFound"
	// ErrNoKey says that the bucket has no such key, or had it once.
	ErrNoKey = "Nats.KeyNotFound"
	// ErrNoObject says that the bucket has no object of that name.
	ErrNoObject = "Nats.ObjectNotFound"
	// ErrRevision says that the key has another revision than the task expects:
	// somebody else was faster, or, where it expects none, the key is there.
	ErrRevision = "Nats.WrongRevision"
	// ErrInvalidValue says that what the bucket holds is no acceptable JSON, or,
	// of an object that does not say that it is JSON, no text.
	ErrInvalidValue = "Nats.InvalidValue"
	// ErrPattern says that a Resource asks for a job (.sync), which only nested
	// executions are: an answer would be taken for its result.
	ErrPattern = "Nats.UnsupportedPattern"
	// ServiceError begins the names of errors that a NATS micro service gives a
	// number: Nats.ServiceError.404. A code that is a name is the error's name.
	ServiceError = "Nats.ServiceError."
)

// Kinds of tasks over NATS; those of buckets have what is done after them.
const (
	kindRequest    = "nats:request"
	kindPublish    = "nats:publish"
	kindStore      = "nats:jetstream"
	kindsOfKeys    = "nats:kv:"
	kindsOfObjects = "nats:object:"
	kindLambda     = "lambda"
	kindAWS        = "aws"
)

// Options of Invokers.
type Options struct {
	// JetStream is where streams and buckets are; nil is that of the connection.
	JetStream jetstream.JetStream
	// Requests make the requests of all tasks; nil is new ones.
	Requests *Requests
	// Function is what performs the Lambda function with that ARN, whose last
	// part may be a qualifier, and the task to perform: what binds the function in
	// a Resource binds it in the FunctionName of lambda:invoke, too. Nil, and a nil
	// Invoker, leave it to who answers transport.LambdaSubject.
	Function func(arn string) (express.Invoker, *program.Task)
	// Region and Account are in the ARN of a function of which FunctionName says
	// no more than the name.
	Region, Account string
}

// Invokers are those for tasks over NATS, by kind:
//
//   - nats:request waits for an answer; nats:publish does not, and yields {};
//     nats:jetstream waits until a stream has the message, and yields {"stream",
//     "sequence", "duplicate"};
//   - nats:kv:get, put, update and delete, nats:object:get and put read and write
//     in a bucket;
//   - lambda asks who serves a function on transport.LambdaSubject, aws who
//     serves an action of another service on transport.ServiceSubject.
//
// The body of a message is the task's argument as JSON. Its headers are those of
// package transport: who calls, by which idempotency key, for how long yet.
//
// They make the request of a task that waits for a callback, and yield the answer
// to it: package callback waits. A job fails with ErrPattern.
func Invokers(nc *nats.Conn, o Options) (map[string]express.Invoker, error) {
	js := o.JetStream
	if js == nil {
		var err error
		if js, err = jetstream.New(nc); err != nil {
			return nil, err
		}
	}
	ask, tell := o.Requests, &publish{nc}
	if ask == nil {
		ask = NewRequests(nc)
	}
	all := map[string]express.Invoker{
		kindRequest: ask,
		kindPublish: tell,
		kindStore:   &store{js},
		kindLambda:  around((&lambda{ask, tell, o}).part),
		kindAWS:     around((&services{ask}).part),
	}
	maps.Copy(all, keyValueInvokers(js))
	maps.Copy(all, objectInvokers(js))
	return all, nil
}
