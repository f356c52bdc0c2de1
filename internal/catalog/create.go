package catalog

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/seed66d9166c/express/compiler"
)

// A Create is the request of CreateStateMachine.
type Create struct {
	Name               string
	Definition         string
	Set                map[string]string // what stands for ${Name} in it; not in AWS's API
	Role               string
	Type               Type // "" is Standard, as on AWS
	Logging            *Logging
	Tracing            bool
	Encryption         *Encryption
	Tags               []Tag
	Publish            bool
	VersionDescription string
}

// errDescription is the error of a description for no version.
var errDescription = &Error{Code: ValidationException, Message: "Version description can only be set when publish is true"}

// Create creates a state machine. Where there is one that was created by the same
// request it returns that; role and tags may differ, and stay as they are. The
// Version is nil but where the request says Publish.
func (r *Registry) Create(ctx context.Context, q Create) (*StateMachine, *Version, error) {
	q.Type = cmp.Or(q.Type, Standard)
	if err := r.checkCreate(&q); err != nil {
		return nil, nil, err
	}
	tags, err := merged(r.ARN(q.Name), nil, q.Tags)
	if err != nil {
		return nil, nil, err
	}
	now := now()
	m := &StateMachine{
		Name: q.Name,
		Type: q.Type,
		Revision: Revision{
			Definition: DigestOf([]byte(q.Definition)),
			Set:        q.Set,
			Role:       q.Role,
			Logging:    q.Logging,
			Tracing:    q.Tracing,
			Encryption: q.Encryption,
		},
		Created: now,
		Updated: now,
		Tags:    tags,
	}
	if q.Publish {
		if _, err := m.publish(q.VersionDescription, now); err != nil {
			return nil, nil, err
		}
	}
	for {
		old, _, inFile, err := r.find(ctx, q.Name)
		switch {
		case err == nil && inFile:
			return nil, nil, exists(r.ARN(q.Name), ": a file of the application directory defines it")
		case err == nil && sameCreation(old, m, q.Publish):
			return old, old.publishedIf(q.Publish), nil
		case err == nil:
			return nil, nil, exists(r.ARN(q.Name), "")
		case !errors.Is(err, ErrNotFound):
			return nil, nil, err
		}
		if err := r.checkText(q.Definition, q.Set); err != nil {
			return nil, nil, err
		}
		if _, err := r.store.PutDefinition(ctx, []byte(q.Definition)); err != nil {
			return nil, nil, err
		}
		switch err := r.store.Put(ctx, m, 0); {
		case err == nil:
			return m, m.publishedIf(q.Publish), nil
		case errors.Is(err, ErrTooLarge):
			return nil, nil, quota("%v", err)
		case !errors.Is(err, ErrChanged):
			return nil, nil, err
		}
		if err := again(ctx); err != nil {
			return nil, nil, err
		}
	}
}

// checkCreate checks what needs no Store.
func (r *Registry) checkCreate(q *Create) error {
	if q.Type != Express && q.Type != Standard {
		return unfit(string(q.Type), "type", "satisfy enum value set: [STANDARD, EXPRESS]")
	}
	if q.VersionDescription != "" && !q.Publish {
		return errDescription
	}
	return cmp.Or(
		checkName(q.Name),
		checkDefinition(q.Definition),
		checkLength(q.Role, "roleArn", 0, maxARN),
		checkDescription(q.VersionDescription, "versionDescription"),
		checkTags(q.Tags),
		checkLogging(q.Logging),
	)
}

// sameCreation reports whether old is what the request that made m makes.
func sameCreation(old, m *StateMachine, publish bool) bool {
	if old.Type != m.Type || !old.Revision.does(&m.Revision) || old.Tracing != m.Tracing {
		return false
	}
	v := old.published()
	if !publish {
		return v == nil || v.ID != ""
	}
	return v != nil && v.Description == m.Versions[0].Description
}

// does reports whether r is configured as o, whoever's role it has and however it
// is traced.
func (r *Revision) does(o *Revision) bool {
	return r.Definition == o.Definition && maps.Equal(r.Set, o.Set) &&
		sameLogging(r.Logging, o.Logging) && sameEncryption(r.Encryption, o.Encryption)
}

func sameLogging(a, b *Logging) bool {
	var none Logging
	a, b = cmp.Or(a, &none), cmp.Or(b, &none)
	return cmp.Or(a.Level, "OFF") == cmp.Or(b.Level, "OFF") && a.Data == b.Data && slices.Equal(a.Destinations, b.Destinations)
}

func sameEncryption(a, b *Encryption) bool {
	var none Encryption
	return *cmp.Or(a, &none) == *cmp.Or(b, &none)
}

// checkText compiles a definition.
func (r *Registry) checkText(definition string, set map[string]string) error {
	o := *r.o.Compiler()
	o.Set = maps.Clone(o.Set)
	if o.Set == nil {
		o.Set = make(map[string]string)
	}
	maps.Copy(o.Set, set)
	_, found := compiler.Compile("definition", []byte(definition), &o)
	return Refusal(found)
}
