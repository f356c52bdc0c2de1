package awsapi

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/internal/catalog"
)

// Options of a Server. Registry and Starter are required.
type Options struct {
	Registry *catalog.Registry
	Starter  Starter
	// Callbacks take what SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat
	// report. Without them no token is good.
	Callbacks Callbacks
	// Invokers perform a task that TestState is given no mock for, by
	// program.Task.Kind.
	Invokers map[string]express.Invoker
	// Compiler says how definitions are validated, as catalog.RegistryOptions has
	// it. nil is the compiler's default.
	Compiler func() *compiler.Options
	Strict   bool // refuse state machines of type STANDARD

	// KeysFile has the keys that requests are signed with, see ReadKeys. It is read
	// again when it changes. Without it any signature is good, and none too.
	KeysFile string
	// CertificateFile and KeyFile, in PEM, make the listener speak TLS. They are
	// read again when they change.
	CertificateFile, KeyFile string

	// Done is called after each request, for counting: with the name of the
	// operation, "" if there is none of that name, and the code of its error, "" for
	// none. It must not block.
	Done func(operation, code string, took time.Duration)
	Log  *slog.Logger // nil is slog.Default()
}

// A Server answers the API. It is safe for concurrent use.
type Server struct {
	o       Options
	keys    *reloaded[*verifier] // nil without keys
	running *running
}

// New makes a Server. Its error is that of the file of keys.
func New(o Options) (*Server, error) {
	o.Log = cmp.Or(o.Log, slog.Default())
	s := &Server{o: o, running: newRunning()}
	if o.KeysFile == "" {
		return s, nil
	}
	var err error
	s.keys, err = reloading(o.Log, func() (*verifier, error) {
		keys, err := ReadKeys(o.KeysFile)
		if err != nil {
			return nil, err
		}
		return newVerifier(keys, o.Registry.ARN("").Region), nil
	}, o.KeysFile)
	if err != nil {
		return nil, err
	}
	return s, nil
}
