package callback

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// Options of a Registry. Keys is required.
type Options struct {
	// Keys are the secrets that tokens are made with, the same in all engines of
	// an account: the first makes them, and those of all are good. To change the
	// key without a token lost, give it to all engines as the last one first.
	Keys [][]byte
	// NATS is where answers come in, and where engines hand them to each other.
	// Without it, this one is alone, and answers come by its methods only.
	NATS    *nats.Conn
	Version string       // of the engine, for $SRV.INFO, as semantic versioning has it
	Log     *slog.Logger // nil is slog.Default()
}

// minKey is the fewest bytes of a key: as many as the hash has, more than which
// make no difference.
const minKey = 32

// A Registry knows the tasks of one engine that wait for a callback, and takes the
// answers for all engines. It is safe for concurrent use.
type Registry struct {
	engine engine
	keys   [][]byte
	log    *slog.Logger
	shards [numShards]shard
	fates  [numFates]atomic.Uint64
	peers  *peers // nil where this engine is alone
	calls  sync.WaitGroup
}

// An engine is the random name of a Registry, by which tokens find it.
type engine [8]byte

func (e engine) String() string { return hex.EncodeToString(e[:]) }

// New makes a Registry, and has it answer where there is a connection.
func New(o Options) (*Registry, error) {
	if len(o.Keys) == 0 {
		return nil, errors.New("there is no key to make task tokens with")
	}
	for _, k := range o.Keys {
		if len(k) < minKey {
			return nil, fmt.Errorf("a key of %d bytes is too short to make task tokens with: want %d random ones or more", len(k), minKey)
		}
	}
	r := &Registry{keys: slices.Clone(o.Keys), log: cmp.Or(o.Log, slog.Default())}
	rand.Read(r.engine[:]) // never fails
	for i := range r.shards {
		r.shards[i].waiting = make(map[id]*waiting)
	}
	if o.NATS != nil {
		if err := r.serve(o.NATS, o.Version); err != nil {
			return nil, errors.Join(fmt.Errorf("answer callbacks of tasks: %w", err), r.Close())
		}
	}
	return r, nil
}

// Close takes no more answers, and waits for those that are on their way. It is
// for when the executions have ended.
func (r *Registry) Close() error {
	var err error
	if r.peers != nil {
		err = r.peers.close()
	}
	r.calls.Wait()
	return err
}

// Token is what express.Options.Token wants. The key is that of the task, which
// two attempts share, and a token does not.
func (r *Registry) Token(_ string, deadline time.Time) string {
	t := token{engine: r.engine, expires: deadline}
	rand.Read(t.id[:])
	return t.seal(r.keys[0])
}

// Success ends the task that waits with this token; output is the JSON text of
// its result, as in AWS's SendTaskSuccess. Its error is an *Error, as those of
// Failure and Heartbeat.
func (r *Registry) Success(ctx context.Context, token, output string) error {
	v, err := value.ParseString(output)
	if err != nil {
		return r.refuse(badOutput, err)
	}
	return r.take(ctx, &answer{op: success, token: token, output: v})
}

// Failure fails the task that waits with this token, with an error that its Retry
// and Catch see. One without a name is States.TaskFailed.
func (r *Registry) Failure(ctx context.Context, token string, e *express.Error) error {
	a := &answer{op: failure, token: token, err: e}
	if err := a.check(); err != nil {
		return r.refuse(invalid, err)
	}
	return r.take(ctx, a)
}

// Heartbeat says that the task that waits with this token is still worked on.
func (r *Registry) Heartbeat(ctx context.Context, token string) error {
	return r.take(ctx, &answer{op: heartbeat, token: token})
}

// take brings a to the task that waits for it, here or at another engine.
func (r *Registry) take(ctx context.Context, a *answer) error {
	t, err := r.open(a.token)
	switch {
	case err != nil:
		return err
	case t.engine == r.engine:
		return r.deliver(t.id, a)
	}
	return r.handOn(ctx, &t, a)
}

// handOn brings a to the engine of t, which is another one.
func (r *Registry) handOn(ctx context.Context, t *token, a *answer) error {
	switch {
	case time.Now().After(t.expires.Add(maxSkew)):
		return r.refuse(late, nil)
	case r.peers == nil:
		return r.refuse(gone, nil)
	}
	return r.peers.handOn(ctx, t.engine, a)
}
