// Package callback lets a task wait for an answer from elsewhere: the pattern
// .waitForTaskToken.
//
// The engine gives every attempt of such a task a token. What performs the task
// hands it on, in a message or an e-mail, to whoever will know the answer; and
// that one sends the token back with it, over NATS or HTTP, to any engine. The
// token says which engine waits, and only the engines that share a key can make
// one:
//
//	r, err := callback.New(callback.Options{Keys: [][]byte{key}, NATS: nc})
//	m, err := express.New(p, express.Options{
//		Token:    r.Token,
//		Invokers: map[string]express.Invoker{"nats:publish": r.Wrap(publish)},
//	})
//
// A Registry holds what waits in memory, some hundred bytes each and no
// goroutine. An engine that dies takes its waiting tasks along: their events are
// delivered again, to an engine that calls the tasks again, with tokens of its
// own.
package callback
