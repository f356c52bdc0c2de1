package memory_test

import (
	"testing"
	"testing/synctest"

	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/memory"
	"github.com/seed66d9166c/express/transport/transporttest"
)

func TestSource(t *testing.T) {
	transporttest.TestSource(t, synctest.Test, func(t *testing.T, s transporttest.Settings) *transporttest.Bed {
		stream := memory.NewStream(memory.Options{AckWait: s.AckWait, Deadline: s.Deadline})
		return &transporttest.Bed{
			Open: func() transport.Source { return stream.Source() },
			Kill: func(src transport.Source) { src.(*memory.Source).Kill() },
			Publish: func(e transporttest.Event) {
				stream.Publish(memory.Message{ID: e.ID, Subject: e.Subject, Header: e.Header, Data: e.Data})
			},
			Dead: func() (dead []transporttest.Dead) {
				for _, d := range stream.Dead() {
					dead = append(dead, transporttest.Dead{Workflow: d.Workflow, Reason: d.Reason, Data: d.Data})
				}
				return dead
			},
		}
	})
}
