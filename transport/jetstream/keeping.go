package jetstream

import "fmt"

// A Sync says when the broker's servers have an event on disk. It is a setting of
// theirs that they do not tell their clients.
type Sync uint8

const (
	SyncUnknown Sync = iota
	SyncLater        // within two minutes, as they do by default
	SyncAlways       // before it is acknowledged
)

// A Keeping is how a stream keeps its events.
type Keeping struct {
	Stream   string
	Replicas int
	Memory   bool
	Sync     Sync
}

// Keeping is how the stream of s keeps its events, on servers with that Sync.
func (s *Source) Keeping(sync Sync) Keeping {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Keeping{Stream: s.stream.name, Replicas: s.stream.replicas, Memory: s.stream.memory, Sync: sync}
}

// String says in words what k loses, and when: a profile's name, and a sentence.
func (k Keeping) String() string {
	switch clustered := k.Replicas >= 3; {
	case k.Memory && clustered:
		return fmt.Sprintf("memory: events are on %d servers and on no disk; they are lost when most of these stop", k.Replicas)
	case k.Memory:
		return "memory: events are lost when the server stops"
	case clustered && k.Sync == SyncAlways:
		return fmt.Sprintf("cluster, safe: an event is on the disks of most of %d servers before its publisher is told so; none is lost, not even when the power fails; changes of the cluster's members in the middle of failures, and rotten disks, are not covered", k.Replicas)
	case clustered && k.Sync == SyncLater:
		return fmt.Sprintf("cluster, fast: an event is on most of %d servers before its publisher is told so; none is lost when one of them is; when the power fails for most of them, up to two minutes of events are", k.Replicas)
	case clustered:
		return fmt.Sprintf("cluster: an event is on most of %d servers before its publisher is told so; none is lost when one of them is; whether any is when the power fails for most of them is up to their sync_interval: always is safe, the default of two minutes is not", k.Replicas)
	case k.Sync == SyncAlways:
		return "safe: an event is on disk before its publisher is told so; none is lost, not even when the power fails"
	case k.Sync == SyncLater:
		return "fast: no event is lost when this process dies, killed or not; when the power fails, up to two minutes of them are"
	}
	return "one server: no event is lost when a process dies, killed or not; whether any is when the power fails is up to its sync_interval: always is safe, the default of two minutes is not"
}
