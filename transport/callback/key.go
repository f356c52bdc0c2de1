package callback

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// KeyBucket holds the key of an account. Who may read it can make tokens: only
	// engines should.
	KeyBucket = "EXPRESS_KEYS"
	keyName   = "callback"
)

// SharedKey is the key that all engines of an account make tokens with: the first
// of them makes it and puts it where the others find it.
func SharedKey(ctx context.Context, js jetstream.JetStream, replicas int) ([]byte, error) {
	kv, err := js.KeyValue(ctx, KeyBucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket:      KeyBucket,
			Description: "what engines make the tokens of callbacks with",
			Replicas:    replicas,
		})
		if errors.Is(err, jetstream.ErrBucketExists) { // by another engine, with other settings
			kv, err = js.KeyValue(ctx, KeyBucket)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", KeyBucket, err)
	}
	key := make([]byte, minKey)
	rand.Read(key) // never fails
	_, err = kv.Create(ctx, keyName, key)
	if err == nil {
		return key, nil
	}
	if !errors.Is(err, jetstream.ErrKeyExists) {
		return nil, fmt.Errorf("make a key for callbacks: %w", err)
	}
	e, err := kv.Get(ctx, keyName)
	if err != nil {
		return nil, fmt.Errorf("read the key for callbacks: %w", err)
	}
	if len(e.Value()) < minKey {
		return nil, fmt.Errorf("the key %s in bucket %s has %d bytes, which is too short: want %d random ones or more", keyName, KeyBucket, len(e.Value()), minKey)
	}
	return e.Value(), nil
}
