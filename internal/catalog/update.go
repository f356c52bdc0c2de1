package catalog

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
)

// An Update is the request of UpdateStateMachine. What is nil stays.
type Update struct {
	Definition         *string
	Set                map[string]string // with Definition; not in AWS's API
	Role               *string
	Logging            *Logging
	Tracing            *bool
	Encryption         *Encryption
	Publish            bool
	VersionDescription string
}

// Update changes a state machine and returns it as it is then. An Update that
// changes nothing keeps the revision. The Version is nil but where the request says
// Publish.
func (r *Registry) Update(ctx context.Context, arn string, q Update) (*StateMachine, *Version, error) {
	a, err := r.unqualified(arn)
	if err != nil {
		return nil, nil, err
	}
	if err := r.checkUpdate(&q); err != nil {
		return nil, nil, err
	}
	if q.Definition != nil {
		if _, err := r.get(ctx, a, absent); err != nil { // said before what is wrong with it
			return nil, nil, err
		}
		if err := r.checkText(*q.Definition, q.Set); err != nil {
			return nil, nil, err
		}
		if _, err := r.store.PutDefinition(ctx, []byte(*q.Definition)); err != nil {
			return nil, nil, err
		}
	}
	var version *Version
	m, err := r.change(ctx, a, absent, func(m *StateMachine) error {
		next := m.Revision.with(&q)
		if next.Role != m.Role || next.Tracing != m.Tracing || !next.does(&m.Revision) {
			next.ID = newRevision()
			m.Revision, m.Updated = next, now()
		}
		if q.Publish {
			version, err = m.publish(q.VersionDescription, now())
			return err
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return m, version, nil
}

// checkUpdate checks what needs no Store.
func (r *Registry) checkUpdate(q *Update) error {
	if q.Definition == nil && q.Role == nil && q.Logging == nil && q.Tracing == nil && q.Encryption == nil {
		return &Error{
			Code:    MissingRequiredParameter,
			Message: "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified",
		}
	}
	if q.VersionDescription != "" && !q.Publish {
		return errDescription
	}
	if q.Definition != nil {
		if err := checkDefinition(*q.Definition); err != nil {
			return err
		}
	}
	if q.Role != nil {
		if err := checkLength(*q.Role, "roleArn", 0, maxARN); err != nil {
			return err
		}
	}
	return cmp.Or(checkDescription(q.VersionDescription, "versionDescription"), checkLogging(q.Logging))
}

// with is r with what q changes.
func (r Revision) with(q *Update) Revision {
	if q.Definition != nil {
		r.Definition, r.Set = DigestOf([]byte(*q.Definition)), q.Set
	}
	if q.Role != nil {
		r.Role = *q.Role
	}
	if q.Logging != nil {
		r.Logging = q.Logging
	}
	if q.Tracing != nil {
		r.Tracing = *q.Tracing
	}
	if q.Encryption != nil {
		r.Encryption = q.Encryption
	}
	return r
}

// newRevision is the ID of a revision: a random UUID.
func newRevision() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
