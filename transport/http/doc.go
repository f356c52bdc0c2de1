// Package httptask performs tasks over HTTP: AWS's HTTP Task
// (arn:aws:states:::http:invoke), and any server whose URL is a Resource.
//
//	tasks, err := httptask.New(httptask.Options{
//		Allow:       []string{"orders.internal:8080"},
//		Connections: map[string]*httptask.Connection{
//			"stripe": {APIKey: &httptask.APIKey{Header: "Authorization", Key: httptask.File("/run/secrets/stripe")}},
//		},
//	})
//	defer tasks.Close()
//	m, err := express.New(p, express.Options{
//		Invokers: map[string]express.Invoker{"http": tasks, "https": tasks},
//	})
//
// # Who may be called
//
// Definitions and events choose the URL, so the engine's place in the network
// must lend them nothing. Addresses are checked when a connection is made,
// after the name was resolved, so that a name that resolves differently the
// second time gains nothing. Without Options.Allow only public addresses are
// called, and only over HTTPS; a proxy that the environment names is not used.
// Redirects are followed within an origin only.
//
// # How often
//
// A request is sent once: the Retry of the state is what repeats it. Of what
// net/http would repeat by itself, a request on a kept connection that the
// server had closed, only GET, HEAD and OPTIONS are left, which change nothing.
// A 401 makes a request with an OAuth token be sent again once, with a new one.
//
// # Waiting
//
// An Invoker is no express.Starter: a call keeps the goroutine that makes it, as
// net/http keeps two more for its connection.
package httptask
