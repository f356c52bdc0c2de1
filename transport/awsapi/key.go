package awsapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// A Scope is a part of the API that a key may be good for.
type Scope string

const (
	Deploy Scope = "deploy" // change workflows, versions, aliases and tags
	Start  Scope = "start"  // start executions, test states, answer callbacks
	Read   Scope = "read"   // describe, list and validate
)

var scopes = []Scope{Deploy, Start, Read}

// A Key is what a client signs its requests with.
type Key struct {
	ID     string  `json:"id"`     // the access key id, which is no secret
	Secret string  `json:"secret"` // the secret access key
	Scopes []Scope `json:"scopes"`
}

// minSecret is the fewest bytes of a secret: AWS's have 40, and half of that
// cannot be guessed either.
const minSecret = 20

// maxKeys bounds a file of keys, in bytes: some ten thousand keys.
const maxKeys = 1 << 20

// ReadKeys reads a file of keys, which is their list in JSON:
//
//	[{"id": "DEPLOYER", "secret": "...", "scopes": ["deploy", "read"]}]
//
// Its errors quote no secret.
func ReadKeys(path string) ([]Key, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxKeys+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxKeys {
		return nil, fmt.Errorf("keys in %s: larger than %d bytes", path, maxKeys)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var keys []Key
	if err := d.Decode(&keys); err != nil {
		return nil, fmt.Errorf("keys in %s: expected a list of objects with id, secret and scopes", path)
	}
	if err := checkKeys(keys); err != nil {
		return nil, fmt.Errorf("keys in %s: %w", path, err)
	}
	return keys, nil
}

// checkKeys is what is wrong with keys. A list of none would let everybody in
// where there was a file to keep them out.
func checkKeys(keys []Key) error {
	if len(keys) == 0 {
		return errors.New("there is none")
	}
	seen := make(map[string]bool)
	for i, k := range keys {
		switch {
		case k.ID == "":
			return fmt.Errorf("key %d has no id", i+1)
		case seen[k.ID]:
			return fmt.Errorf("there are two keys %s", k.ID)
		case len(k.Secret) < minSecret:
			return fmt.Errorf("the secret of %s has fewer than %d bytes", k.ID, minSecret)
		case len(k.Scopes) == 0:
			return fmt.Errorf("%s has no scopes; there are %v", k.ID, scopes)
		}
		for _, s := range k.Scopes {
			if !slices.Contains(scopes, s) {
				return fmt.Errorf("%s has the scope %q; there are %v", k.ID, s, scopes)
			}
		}
		seen[k.ID] = true
	}
	return nil
}
