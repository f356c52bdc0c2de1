// Package awsapi is the API of AWS Step Functions: SDKs, the aws command and
// Terraform work against it once they are told where it is.
//
//	s, err := awsapi.New(awsapi.Options{Registry: machines, Starter: starts, KeysFile: "keys.json"})
//	l, err := s.Listen(ctx, "127.0.0.1:8232")
//	err = s.Serve(ctx, l) // until ctx is done
//
// The protocol is AWS JSON 1.0: POST / with the operation in X-Amz-Target and its
// input as a JSON object. Every operation of the service has a row in the table in
// ops.go, with what a caller must be allowed and what performs it. The life of a
// request is (*Server).answer, top to bottom: the operation, the body, the
// signature, the scope, the decoding, the constraints of its members, and then the
// operation itself.
//
// What is wrong with a request is an Error, with AWS's code and words where those
// are known. What executions, activities and map runs of Standard Workflows need
// is not here: Express Workflows do not have it, and such operations answer as
// AWS does for what does not exist.
package awsapi
