package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
)

// A Type is what a state machine was declared as. All run as EXPRESS.
type Type string

const (
	Express  Type = "EXPRESS"
	Standard Type = "STANDARD"
)

// A StateMachine is a workflow as the API of AWS knows it: the revision that runs,
// and all else that has its name. It is the unit of change: what a Store holds of
// a name is replaced as a whole, so that no alias ever refers to a version that
// is gone.
type StateMachine struct {
	Name     string
	Type     Type
	Revision           // the current one
	Created  time.Time // whole milliseconds in UTC, as all times here
	Updated  time.Time // of the current revision; Created until the first update
	Tags     []Tag     // sorted by key
	Versions []Version // oldest first
	Latest   int       // the greatest number that a version ever had: numbers are not used again
	Aliases  []Alias   // oldest first
}

// A Revision is what a state machine is at one time.
type Revision struct {
	ID         string // UUID, "" until the first update
	Definition Digest
	Set        map[string]string // what stands for ${Name} in the definition
	Role       string            // ARN, as it was given: nothing here assumes it
	Logging    *Logging          // nil where none was given
	Tracing    bool
	Encryption *Encryption // nil where none was given
}

// A Version is a revision that was published under a number. It does not change.
type Version struct {
	Number      int // from 1
	Description string
	Created     time.Time
	Revision
}

// An Alias is a name for one version of a state machine, or for two that share
// its executions.
type Alias struct {
	Name        string
	Description string
	Routes      []Route // one or two
	Created     time.Time
	Updated     time.Time
}

// A Route gives a version its share of the executions of an alias.
type Route struct {
	Version int
	Weight  int // percent
}

// Logging is the loggingConfiguration of a state machine.
type Logging struct {
	Level        string // ALL, ERROR, FATAL or OFF
	Data         bool   // includeExecutionData
	Destinations []string
}

// Encryption is the encryptionConfiguration of a state machine. It is kept for
// those who ask; the broker is what encrypts.
type Encryption struct {
	Type        string
	Key         string
	ReusePeriod int // of a data key, in seconds
}

// A Tag is a label of a state machine.
type Tag struct{ Key, Value string }

// A Digest is the SHA-256 of a definition.
type Digest [sha256.Size]byte

// DigestOf is the Digest of a definition.
func DigestOf(definition []byte) Digest { return sha256.Sum256(definition) }

// String is d in hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Version is the version that has this number, nil if there is none.
func (m *StateMachine) Version(number int) *Version {
	i, ok := slices.BinarySearchFunc(m.Versions, number, func(v Version, n int) int { return v.Number - n })
	if !ok {
		return nil
	}
	return &m.Versions[i]
}

// Alias is the alias that has this name, nil if there is none.
func (m *StateMachine) Alias(name string) *Alias {
	i := slices.IndexFunc(m.Aliases, func(a Alias) bool { return a.Name == name })
	if i < 0 {
		return nil
	}
	return &m.Aliases[i]
}

// published is the version of the current revision, nil if there is none.
func (m *StateMachine) published() *Version {
	for i := len(m.Versions) - 1; i >= 0; i-- {
		if m.Versions[i].ID == m.ID {
			return &m.Versions[i]
		}
	}
	return nil
}

// definitions are what m refers to.
func (m *StateMachine) definitions() []Digest {
	all := []Digest{m.Definition}
	for i := range m.Versions {
		all = append(all, m.Versions[i].Definition)
	}
	return all
}
