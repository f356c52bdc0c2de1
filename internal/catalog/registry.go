package catalog

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/seed66d9166c/express/compiler"
)

// RegistryOptions of NewRegistry. Account is required.
type RegistryOptions struct {
	Account Account
	// Files are the state machines of an application directory, nil for none. Their
	// names win over those in the Store, and cannot be changed here.
	Files Reader
	// Compiler says how definitions are checked; Set is added to that of a request.
	// nil is the compiler's default.
	Compiler func() *compiler.Options
}

// A Registry creates, changes and describes state machines by AWS's rules, in a
// Store that it shares with others. Every change is one compare-and-set of the
// state machine it is about. It is safe for concurrent use. What breaks a rule is
// answered with an *Error.
type Registry struct {
	store Store
	o     RegistryOptions
}

// NewRegistry makes a Registry.
func NewRegistry(s Store, o RegistryOptions) *Registry {
	if o.Compiler == nil {
		o.Compiler = func() *compiler.Options { return new(compiler.Options) }
	}
	return &Registry{s, o}
}

// ARN is that of the state machine name.
func (r *Registry) ARN(name string) ARN { return r.o.Account.Of(name) }

// Delete removes a state machine with its versions, aliases and tags. What is not
// there can be removed. Executions that run go on.
func (r *Registry) Delete(ctx context.Context, arn string) error {
	a, err := ParseARN(arn)
	if err != nil {
		return err
	}
	if a.Qualifier != "" {
		return &Error{Code: ValidationException, Message: "A state machine is deleted by its own ARN. Received: " + arn}
	}
	for a.Account == r.o.Account {
		_, sequence, inFile, err := r.find(ctx, a.Name)
		switch {
		case errors.Is(err, ErrNotFound):
			return nil
		case err != nil:
			return err
		case inFile:
			return fixed(a)
		}
		if err := r.store.Delete(ctx, a.Name, sequence); !errors.Is(err, ErrChanged) {
			return err
		}
		if err := again(ctx); err != nil {
			return err
		}
	}
	return nil
}

// A Description is what an ARN stands for.
type Description struct {
	ARN        ARN
	Machine    *StateMachine
	Revision   *Revision // of Machine or Version
	Version    *Version  // where the ARN names one, or an alias: that with the greatest weight
	Definition []byte    // as it was given
}

// Describe is what arn stands for.
func (r *Registry) Describe(ctx context.Context, arn string) (*Description, error) {
	a, err := ParseARN(arn)
	if err != nil {
		return nil, err
	}
	m, err := r.get(ctx, a, absent)
	if err != nil {
		return nil, err
	}
	d := &Description{ARN: a, Machine: m, Revision: &m.Revision}
	if a.Qualifier != "" {
		if d.Version = m.qualified(a); d.Version == nil {
			return nil, absent(a)
		}
		d.Revision = &d.Version.Revision
	}
	d.Definition, err = r.definition(ctx, d.Revision.Definition)
	if err != nil {
		return nil, fmt.Errorf("definition of %s: %w", a, err)
	}
	return d, nil
}

// qualified is the version that a names, by its number or an alias.
func (m *StateMachine) qualified(a ARN) *Version {
	if n := a.Version(); n > 0 {
		return m.Version(n)
	}
	alias := m.Alias(a.Qualifier)
	if alias == nil || len(alias.Routes) == 0 {
		return nil
	}
	return m.Version(slices.MaxFunc(alias.Routes, func(a, b Route) int { return a.Weight - b.Weight }).Version)
}

// List is a page of the state machines, by name. Their definitions are not read.
func (r *Registry) List(ctx context.Context, p Page) ([]*StateMachine, string, error) {
	all, err := r.store.List(ctx)
	if err != nil {
		return nil, "", err
	}
	if r.o.Files != nil {
		files, err := r.o.Files.List(ctx)
		if err != nil {
			return nil, "", err
		}
		byName := func(a, b *StateMachine) int { return strings.Compare(a.Name, b.Name) }
		all = append(files, all...) // of two with one name the file comes first
		slices.SortStableFunc(all, byName)
		all = slices.CompactFunc(all, func(a, b *StateMachine) bool { return a.Name == b.Name })
	}
	return paged(all, "", func(m *StateMachine) string { return m.Name }, p)
}

// unqualified is an ARN of a state machine itself: to others, nothing belongs.
func (r *Registry) unqualified(arn string) (ARN, error) {
	a, err := ParseARN(arn)
	if err == nil && a.Qualifier != "" {
		err = absent(a)
	}
	return a, err
}

// get is the state machine of a. missing makes the error where there is none.
func (r *Registry) get(ctx context.Context, a ARN, missing func(ARN) *Error) (*StateMachine, error) {
	if a.Account != r.o.Account {
		return nil, missing(a)
	}
	m, _, _, err := r.find(ctx, a.Name)
	if errors.Is(err, ErrNotFound) {
		return nil, missing(a)
	}
	return m, err
}

// find is a state machine, and whether it is one of the application directory.
func (r *Registry) find(ctx context.Context, name string) (m *StateMachine, sequence uint64, inFile bool, err error) {
	if r.o.Files != nil {
		if m, _, err = r.o.Files.Get(ctx, name); !errors.Is(err, ErrNotFound) {
			return m, 0, true, err
		}
	}
	m, sequence, err = r.store.Get(ctx, name)
	return m, sequence, false, err
}

func (r *Registry) definition(ctx context.Context, d Digest) ([]byte, error) {
	if r.o.Files != nil {
		if b, err := r.o.Files.Definition(ctx, d); !errors.Is(err, ErrNotFound) {
			return b, err
		}
	}
	return r.store.Definition(ctx, d)
}

// change changes the state machine of a, by do, again and again until nobody else
// has meanwhile, and returns it. missing makes the error where there is none. What
// do leaves as it was is not written.
func (r *Registry) change(ctx context.Context, a ARN, missing func(ARN) *Error, do func(*StateMachine) error) (*StateMachine, error) {
	if a.Account != r.o.Account {
		return nil, missing(a)
	}
	for {
		m, sequence, inFile, err := r.find(ctx, a.Name)
		switch {
		case errors.Is(err, ErrNotFound):
			return nil, missing(a)
		case err != nil:
			return nil, err
		case inFile:
			return nil, fixed(a.Unqualified())
		}
		before, err := encode(m)
		if err != nil {
			return nil, err
		}
		if err := do(m); err != nil {
			return nil, err
		}
		if after, err := encode(m); err == nil && string(before) == string(after) {
			return m, nil
		}
		switch err := r.store.Put(ctx, m, sequence); {
		case err == nil:
			return m, nil
		case errors.Is(err, ErrTooLarge):
			return nil, quota("%v", err)
		case !errors.Is(err, ErrChanged):
			return nil, err
		}
		if err := again(ctx); err != nil {
			return nil, err
		}
	}
}

// again waits before a change is tried again: for those who were faster, and for
// the copy of the Store that is read to have heard of them.
func again(ctx context.Context) error {
	select {
	case <-time.After(rand.N(10 * time.Millisecond)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// now is the time in the resolution that AWS has.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
