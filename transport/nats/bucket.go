package nats

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// buckets are opened when a task first needs them, which costs a request, and
// stay open. They are safe for concurrent use.
type buckets[B any] struct {
	open func(ctx context.Context, name string) (B, error)
	all  sync.Map // of B by name: as many as definitions name
}

func (b *buckets[B]) get(ctx context.Context, name string) (B, error) {
	if opened, ok := b.all.Load(name); ok {
		return opened.(B), nil
	}
	opened, err := b.open(ctx, name)
	if err == nil {
		b.all.Store(name, opened)
	}
	return opened, err
}

// A bucketTask is one of the tasks that read and write in buckets of keys and
// values or of objects. Its target is the name of the bucket.
type bucketTask[B any] struct {
	*buckets[B]
	fields []field
	do     func(ctx context.Context, in B, c *express.Call) (value.Value, error)
}

// Invoke does it, with arguments that are what its fields say.
func (t *bucketTask[B]) Invoke(ctx context.Context, c *express.Call) (value.Value, error) {
	if err := notAJob(c); err != nil {
		return value.Value{}, err
	}
	if err := checkAll(c.Input, t.fields); err != nil {
		return value.Value{}, err
	}
	bucket := c.Task.Target
	in, err := t.get(ctx, bucket)
	if err != nil {
		return value.Value{}, bucketError(bucket, err)
	}
	v, err := t.do(ctx, in, c)
	if err != nil {
		err = bucketError(bucket, err)
		if e, ok := err.(*express.Error); ok && e.Name == ErrNoBucket { // it was deleted: one that is made anew may differ
			t.all.Delete(bucket)
		}
		return value.Value{}, err
	}
	return v, nil
}

// bucketErrors is a row for each error of a bucket that has a name. %s in a cause
// is the bucket.
var bucketErrors = []struct {
	is          error
	name, cause string
}{
	{jetstream.ErrBucketNotFound, ErrNoBucket, "There is no bucket %s"},
	{jetstream.ErrStreamNotFound, ErrNoBucket, "There is no bucket %s"},
	{jetstream.ErrNoStreamResponse, ErrNoBucket, "There is no bucket %s any more"},
	{nats.ErrNoResponders, ErrNoBucket, "There is no bucket %s any more"},
	{jetstream.ErrInvalidBucketName, ErrNoBucket, "%s cannot be the name of a bucket"},
	{jetstream.ErrKeyNotFound, ErrNoKey, "The bucket %s has no such key"},
	{jetstream.ErrKeyRevisionMismatch, ErrRevision, "The key in the bucket %s has another revision"},
	{jetstream.ErrKeyExists, ErrRevision, "The key is in the bucket %s already"},
	{jetstream.ErrObjectNotFound, ErrNoObject, "The bucket %s has no such object"},
	{errNotJSON, ErrInvalidValue, "What the bucket %s holds is no acceptable JSON"},
	{errNotText, ErrInvalidValue, "What the bucket %s holds is neither text in UTF-8 nor said to be JSON"},
}

// What a bucket holds that no Value is made of.
var (
	errNotJSON = errors.New("not acceptable JSON")
	errNotText = errors.New("not text")
)

// bucketError is err as Retry and Catch see it.
func bucketError(bucket string, err error) error {
	if _, ok := errors.AsType[*express.Error](err); ok {
		return err
	}
	for _, row := range bucketErrors {
		if errors.Is(err, row.is) {
			return &express.Error{Name: row.name, Cause: fmt.Sprintf(row.cause, bucket), Err: err}
		}
	}
	return fmt.Errorf("bucket %s: %w", bucket, err)
}
